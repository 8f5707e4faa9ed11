#include "pricing/book/bookcopy.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookresult.h"
#include "pricing/book/bookschema.h"
#include "risk/base/text.h"

/* Rows passed on at once, in bytes. */
#define BLOCK ((size_t)1 << 20)

static const char *const newest[] = {
    "SELECT * FROM protocol p WHERE NOT EXISTS (SELECT 1 FROM protocol q WHERE q.protocol_id = p.protocol_id"
    " AND q.version > p.version) ORDER BY p.pk",
    "SELECT * FROM policy p WHERE NOT EXISTS (SELECT 1 FROM policy q WHERE q.policy_id = p.policy_id"
    " AND q.version > p.version) ORDER BY p.pk"};
static const char *const table[] = {"protocol", "policy"};

/* A cell: its type, its length where it is a text, and what it holds. */
static void add_cell(sqlite3_stmt *s, int c, struct quo_booktext *to)
{
    const int type = sqlite3_column_type(s, c);
    quo_booktext_add(to, (const char *)&type, sizeof type);
    if (type == SQLITE_INTEGER) {
        const int64_t whole = sqlite3_column_int64(s, c);
        quo_booktext_add(to, (const char *)&whole, sizeof whole);
    } else if (type == SQLITE_FLOAT) {
        const double real = sqlite3_column_double(s, c);
        quo_booktext_add(to, (const char *)&real, sizeof real);
    } else if (type == SQLITE_TEXT) {
        const char *text = (const char *)sqlite3_column_text(s, c);
        const int n = sqlite3_column_bytes(s, c);
        quo_booktext_add(to, (const char *)&n, sizeof n);
        quo_booktext_add(to, text, (size_t)n);
    }
}

void quo_bookcopy_refuse(const struct quo_ranks *ranks, enum quo_status status)
{
    int64_t n = -(int64_t)status;
    ranks->share(ranks->context, &n, sizeof n);
}

/* n < 0: something went wrong, with that status; 0: the end of a table. */
static bool pass(const struct quo_ranks *ranks, struct quo_booktext *rows)
{
    int64_t n = rows->failed ? -(int64_t)QUO_MACHINE : (int64_t)rows->n;
    const bool good = ranks->share(ranks->context, &n, sizeof n) && n >= 0 &&
                      (n == 0 || ranks->share(ranks->context, rows->text, (size_t)n));
    rows->n = 0;
    return good;
}

enum quo_status quo_bookcopy_give(const struct quo_bookstore *book, bool policies, const struct quo_ranks *ranks,
                                  struct quo_faults *faults)
{
    struct quo_booktext rows = {0};
    enum quo_status status = QUO_OK;
    for (int t = 0; t < 2 && status == QUO_OK; t++) {
        sqlite3_stmt *s = policies || t == 0 ? quo_bookstore_prepare(book, newest[t], faults) : NULL;
        int code = SQLITE_DONE;
        while (s && status == QUO_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(s); c++)
                add_cell(s, c, &rows);
            if (rows.n >= BLOCK || rows.failed)
                status = pass(ranks, &rows) ? QUO_OK : QUO_MACHINE;
        }
        if (status == QUO_OK)
            status = quo_bookstore_told(book, code, faults);
        sqlite3_finalize(s);
        rows.failed |= status != QUO_OK;
        if (rows.n && !rows.failed)
            status = pass(ranks, &rows) ? QUO_OK : QUO_MACHINE;
        if (!pass(ranks, &rows))
            status = status ? status : QUO_MACHINE;
    }
    quo_booktext_free(&rows);
    return status;
}

static bool bind_cell(sqlite3_stmt *s, int c, const char **at, const char *end)
{
    int type, n;
    if (end - *at < (ptrdiff_t)sizeof type)
        return false;
    memcpy(&type, *at, sizeof type);
    *at += sizeof type;
    const size_t size = type == SQLITE_INTEGER || type == SQLITE_FLOAT ? 8 : type == SQLITE_TEXT ? sizeof n : 0;
    if ((size_t)(end - *at) < size)
        return false;
    const char *cell = *at;
    *at += size;
    if (type == SQLITE_INTEGER) {
        int64_t whole;
        memcpy(&whole, cell, sizeof whole);
        return sqlite3_bind_int64(s, c + 1, whole) == SQLITE_OK;
    }
    if (type == SQLITE_FLOAT) {
        double real;
        memcpy(&real, cell, sizeof real);
        return sqlite3_bind_double(s, c + 1, real) == SQLITE_OK;
    }
    if (type != SQLITE_TEXT)
        return sqlite3_bind_null(s, c + 1) == SQLITE_OK;
    memcpy(&n, cell, sizeof n);
    if (n < 0 || end - *at < n)
        return false;
    *at += n;
    return sqlite3_bind_text(s, c + 1, *at - n, n, SQLITE_STATIC) == SQLITE_OK;
}

static enum quo_status insert(const struct quo_bookstore *book, sqlite3_stmt *s, const char *bytes, size_t n,
                              struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (const char *at = bytes, *end = bytes + n; at < end && status == QUO_OK;) {
        bool good = true;
        for (int c = 0; c < sqlite3_bind_parameter_count(s) && good; c++)
            good = bind_cell(s, c, &at, end);
        status = good ? quo_bookstore_told(book, sqlite3_step(s), faults) : QUO_MACHINE;
        sqlite3_reset(s);
    }
    return status;
}

static enum quo_status take_table(const struct quo_bookstore *book, int t, const struct quo_ranks *ranks,
                                  struct quo_faults *faults)
{
    char sql[256];
    quo_text_print(sql, sizeof sql, "SELECT count(*) FROM pragma_table_info('%s')", table[t]);
    const int64_t columns = quo_bookstore_number(book, sql, 0);
    int at = quo_text_print(sql, sizeof sql, "INSERT INTO %s VALUES(?", table[t]);
    for (int64_t c = 1; c < columns; c++)
        at += quo_text_print(sql + at, sizeof sql - (size_t)at, ",?");
    quo_text_print(sql + at, sizeof sql - (size_t)at, ")");
    sqlite3_stmt *s = quo_bookstore_prepare(book, sql, faults);
    enum quo_status status = s ? QUO_OK : QUO_MACHINE;
    int64_t n = 1;
    while (status == QUO_OK && n > 0) {
        char *bytes = NULL;
        if (!ranks->share(ranks->context, &n, sizeof n))
            status = QUO_MACHINE;
        else if (n < 0)
            status = (enum quo_status)-n;
        else if (!(bytes = malloc((size_t)n + 1)) ||
            (n > 0 && !ranks->share(ranks->context, bytes, (size_t)n)))
            status = QUO_MACHINE;
        else
            status = insert(book, s, bytes, (size_t)n, faults);
        free(bytes);
    }
    sqlite3_finalize(s);
    return status;
}

enum quo_status quo_bookcopy_take(const char *path, const struct quo_ranks *ranks, struct quo_bookstore *out,
                                  struct quo_faults *faults)
{
    *out = (struct quo_bookstore){.path = quo_text_copy(path), .who = ""};
    enum quo_status status = out->path ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) /* no name: in memory, and on disk where that does not suffice */
        status = quo_bookstore_told(out, sqlite3_open_v2("", &out->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
                                    faults);
    if (status == QUO_OK)
        status = quo_bookschema_create(out, faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(out, "BEGIN", faults);
    for (int t = 0; t < 2 && status == QUO_OK; t++)
        status = take_table(out, t, ranks, faults);
    status = quo_bookstore_end(out, status, faults);
    if (status)
        quo_bookstore_close(out);
    return status;
}
