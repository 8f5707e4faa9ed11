#include "pricing/book/bookverify.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookload.h"
#include "pricing/book/bookdigest.h"
#include "risk/base/text.h"

#define COPY "restore it from a copy"

/* How schema 1 hashed them: as text, each quote's hash of the one before too. Its entries have no "form". */
static enum quo_status first_form(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                  char hex[QUO_HASH_SIZE], struct quo_faults *faults)
{
    sqlite3_stmt *rows = quo_bookstore_prepare(
        book,
        "SELECT policy_id, protocol_id, policy, protocol, status, expected_payout, payout_sd, technical_premium,"
        " gross_premium, rate_on_line, score, decision, reasons, change, change_why, detail"
        " FROM quote WHERE run = ? AND pk BETWEEN ? AND ? ORDER BY pk",
        faults);
    if (!rows)
        return QUO_MACHINE;
    sqlite3_bind_int64(rows, 1, run);
    sqlite3_bind_int64(rows, 2, from);
    sqlite3_bind_int64(rows, 3, to);
    char chain[2 * QUO_HASH_SIZE] = "", *all = NULL;
    size_t room = 0;
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        size_t n = strlen(chain);
        for (int c = 0; c < sqlite3_column_count(rows); c++)
            n += (size_t)sqlite3_column_bytes(rows, c) + 40;
        if (n > room) {
            char *grown = realloc(all, n * 2);
            if (!grown)
                break;
            all = grown;
            room = n * 2;
        }
        size_t at = (size_t)quo_text_print(all, room, "%s", chain);
        for (int c = 0; c < sqlite3_column_count(rows); c++) {
            if (sqlite3_column_type(rows, c) == SQLITE_FLOAT)
                at += (size_t)quo_text_print(all + at, room - at, "|%.17g", sqlite3_column_double(rows, c));
            else
                at += (size_t)quo_text_print(
                    all + at, room - at, "|%s",
                    sqlite3_column_type(rows, c) == SQLITE_NULL ? "\\N" : (const char *)sqlite3_column_text(rows, c));
        }
        quo_hash_bytes(all, at, chain); /* each quote's hash is of the one before too */
    }
    free(all);
    sqlite3_finalize(rows);
    quo_text_print(hex, QUO_HASH_SIZE, "%s", chain);
    return code == SQLITE_DONE ? QUO_OK : code == SQLITE_ROW ? QUO_MACHINE : quo_bookstore_told(book, code, faults);
}

enum quo_status quo_bookverify_quotes_hash(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                           char hex[QUO_HASH_SIZE], struct quo_faults *faults)
{
    sqlite3_stmt *rows = quo_bookstore_prepare(
        book,
        "SELECT policy_id, protocol_id, policy, protocol, status, expected_payout, payout_sd, technical_premium,"
        " gross_premium, rate_on_line, score, decision, reasons, change, change_why, detail, inputs, document"
        " FROM quote WHERE run = ? AND pk BETWEEN ? AND ? ORDER BY pk",
        faults);
    if (!rows)
        return QUO_MACHINE;
    sqlite3_bind_int64(rows, 1, run);
    sqlite3_bind_int64(rows, 2, from);
    sqlite3_bind_int64(rows, 3, to);
    struct quo_bookdigest digest;
    unsigned char all[QUO_BOOKDIGEST_SIZE];
    quo_bookdigest_begin(&digest);
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW)
        quo_bookdigest_columns(&digest, rows, 0, sqlite3_column_count(rows));
    quo_bookdigest_end(&digest, all);
    quo_bookdigest_hex(all, hex);
    const enum quo_status status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(rows);
    return status;
}

enum quo_status quo_bookverify_log_quotes(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                          struct quo_faults *faults)
{
    char detail[200], hex[QUO_HASH_SIZE];
    const enum quo_status status = quo_bookverify_quotes_hash(book, run, from, to, hex, faults);
    quo_text_print(detail, sizeof detail, "{\"run\":%lld,\"from\":%lld,\"to\":%lld,\"sha256\":\"%s\",\"form\":2}",
                   (long long)run, (long long)from, (long long)to, hex);
    return status ? status : quo_bookstore_log(book, "quotes", detail, faults);
}

/* What stands in a run's row and is never changed; "" where there is no such run. */
static char *run_detail(const struct quo_bookstore *book, int64_t run, struct quo_faults *faults)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT json_object('run', run.pk, 'kind', kind, 'model', sha256, 'engine', engine, 'build', build, 'seed', seed,"
        " 'started', started, 'who', who, 'against', against, 'options', json(options)) FROM run JOIN model ON"
        " model.pk = run.model WHERE run.pk = ?",
        faults);
    char *text = NULL;
    if (s) {
        sqlite3_bind_int64(s, 1, run);
        text = quo_text_copy(sqlite3_step(s) == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : "");
    }
    sqlite3_finalize(s);
    return text;
}

enum quo_status quo_bookverify_log_run(const struct quo_bookstore *book, int64_t run, struct quo_faults *faults)
{
    char *detail = run_detail(book, run, faults);
    const enum quo_status status = detail ? quo_bookstore_log(book, "run begun", detail, faults) : QUO_MACHINE;
    free(detail);
    return status;
}

static enum quo_status sqlite_checks(const struct quo_bookstore *book, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    static const char *const checks[] = {"PRAGMA integrity_check", "PRAGMA foreign_key_check"};
    for (int i = 0; i < 2 && status == QUO_OK; i++) {
        sqlite3_stmt *check = quo_bookstore_prepare(book, checks[i], faults);
        int code = SQLITE_DONE;
        while (check && (code = sqlite3_step(check)) == SQLITE_ROW) {
            const char *said = (const char *)sqlite3_column_text(check, 0);
            if (i == 1 || strcmp(said, "ok") != 0)
                quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "damaged: %s",
                               i ? "a row points at nothing" : said);
        }
        status = check ? quo_bookstore_told(book, code, faults) : QUO_REFUSED;
        sqlite3_finalize(check);
    }
    return status;
}

/* A batch's entry: {"run":1,"from":1,"to":500,"sha256":"...","form":2}. */
static enum quo_status verify_batch(const struct quo_bookstore *book, int64_t entry, const char *detail,
                                    int64_t *quotes, struct quo_faults *faults)
{
    long long run, from, to;
    char want[QUO_HASH_SIZE] = "", have[QUO_HASH_SIZE];
    if (sscanf(detail, "{\"run\":%lld,\"from\":%lld,\"to\":%lld,\"sha256\":\"%64[0-9a-f]", &run, &from, &to, want) != 4)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "log entry %lld cannot be read",
                              (long long)entry);
    const enum quo_status status = (strstr(detail, "\"form\":2") ? quo_bookverify_quotes_hash : first_form)(
        book, run, from, to, have, faults);
    if (status == QUO_OK && strcmp(want, have) != 0)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY,
                              "quotes %lld to %lld of run %lld are not those that were written", from, to, run);
    *quotes += to - from + 1;
    return status;
}

static enum quo_status verify_run(const struct quo_bookstore *book, const char *detail, struct quo_faults *faults)
{
    long long run = 0;
    const bool read = sscanf(detail, "{\"run\":%lld", &run) == 1;
    char *have = run_detail(book, run, faults);
    if (!have)
        return QUO_MACHINE;
    if (!read || strcmp(have, detail) != 0)
        quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "run %lld does not say what it said when it began",
                       run);
    free(have);
    return QUO_OK;
}

static enum quo_status verify_log(const struct quo_bookstore *book, int64_t *entries, int64_t *quotes,
                                  struct quo_faults *faults)
{
    char previous[QUO_HASH_SIZE] = "", hex[QUO_HASH_SIZE];
    sqlite3_stmt *log =
        quo_bookstore_prepare(book, "SELECT time, who, what, detail, previous, hash, pk FROM log ORDER BY pk", faults);
    if (!log)
        return QUO_REFUSED;
    int code = SQLITE_DONE;
    enum quo_status status = QUO_OK;
    while (status != QUO_MACHINE && (code = sqlite3_step(log)) == SQLITE_ROW) {
        const char *part[6];
        for (int i = 0; i < 6; i++)
            part[i] = (const char *)sqlite3_column_text(log, i);
        const int64_t pk = sqlite3_column_int64(log, 6);
        quo_bookstore_entry_hash((const char *const[5]){part[0], part[1], part[2], part[3], part[4]}, hex);
        if (strcmp(part[4], previous) != 0 || strcmp(part[5], hex) != 0 || pk != *entries + 1)
            quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "log entry %lld is not what was written",
                           (long long)pk);
        quo_text_print(previous, sizeof previous, "%s", part[5]);
        if (strcmp(part[2], "quotes") == 0)
            status = verify_batch(book, pk, part[3], quotes, faults);
        else if (strcmp(part[2], "run begun") == 0)
            status = verify_run(book, part[3], faults);
        ++*entries;
    }
    if (status != QUO_MACHINE)
        status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(log);
    return status;
}

/* Every quote's inputs are still the versions that it was priced from. */
static enum quo_status verify_inputs(const struct quo_bookstore *book, struct quo_faults *faults)
{
    char *sql = NULL;
    if (asprintf(&sql, "SELECT q.pk, q.inputs, q.document, %s, %s FROM quote q LEFT JOIN policy p ON p.pk = q.policy"
                       " LEFT JOIN protocol r ON r.pk = q.protocol WHERE q.inputs IS NOT NULL",
                 quo_bookload_policy_columns, quo_bookload_protocol_columns) < 0)
        return QUO_MACHINE;
    sqlite3_stmt *s = quo_bookstore_prepare(book, sql, faults);
    free(sql);
    if (!s)
        return QUO_REFUSED;
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        char hex[QUO_HASH_SIZE];
        const char *document = (const char *)sqlite3_column_text(s, 2);
        if (document) {
            quo_hash_bytes(document, strlen(document), hex);
        } else {
            unsigned char policy[QUO_BOOKDIGEST_SIZE], protocol[QUO_BOOKDIGEST_SIZE];
            quo_bookload_digest(s, 3, QUO_BOOKLOAD_POLICY_COLUMNS, policy);
            quo_bookload_digest(s, 3 + QUO_BOOKLOAD_POLICY_COLUMNS, QUO_BOOKLOAD_PROTOCOL_COLUMNS, protocol);
            quo_bookdigest_inputs(policy, protocol, hex);
        }
        if (strcmp((const char *)sqlite3_column_text(s, 1), hex) != 0)
            quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY,
                           "what quote %lld was priced from is not what stood there",
                           (long long)sqlite3_column_int64(s, 0));
    }
    const enum quo_status status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(s);
    return status;
}

static enum quo_status verify_models(const struct quo_bookstore *book, struct quo_faults *faults)
{
    sqlite3_stmt *s = quo_bookstore_prepare(book, "SELECT pk, sha256, files FROM model", faults);
    int code = SQLITE_DONE;
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) {
        char hex[QUO_HASH_SIZE];
        const char *files = (const char *)sqlite3_column_text(s, 2);
        quo_hash_bytes(files, strlen(files), hex);
        if (strcmp(hex, (const char *)sqlite3_column_text(s, 1)) != 0)
            quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "model %lld is not what was written",
                           (long long)sqlite3_column_int64(s, 0));
    }
    const enum quo_status status = s ? quo_bookstore_told(book, code, faults) : QUO_REFUSED;
    sqlite3_finalize(s);
    return status;
}

/* Policies whose protocol is not in the book. */
static enum quo_status verify_orphans(const struct quo_bookstore *book, struct quo_faults *faults)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT policy_id, protocol_id FROM policy WHERE protocol_id NOT IN (SELECT protocol_id FROM protocol)", faults);
    int code = SQLITE_DONE;
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW)
        quo_faults_add(faults, QUO_REFUSED, book->path, 0, "import the protocol",
                       "policy '%s' covers protocol '%s', which is not there", (const char *)sqlite3_column_text(s, 0),
                       (const char *)sqlite3_column_text(s, 1));
    const enum quo_status status = s ? quo_bookstore_told(book, code, faults) : QUO_REFUSED;
    sqlite3_finalize(s);
    return status;
}

enum quo_status quo_bookverify_book(const struct quo_bookstore *book, int64_t *entries, int64_t *quotes,
                                    struct quo_faults *faults)
{
    *entries = *quotes = 0;
    enum quo_status status = sqlite_checks(book, faults);
    if (status == QUO_OK)
        status = verify_log(book, entries, quotes, faults);
    if (status == QUO_OK)
        status = verify_models(book, faults);
    if (status == QUO_OK)
        status = verify_orphans(book, faults);
    if (status == QUO_OK)
        status = verify_inputs(book, faults);
    if (status == QUO_OK && quo_faults_refusals(faults) == 0 &&
        *quotes != quo_bookstore_number(book, "SELECT count(*) FROM quote", 0))
        quo_faults_add(faults, QUO_REFUSED, book->path, 0, COPY, "there are quotes that no log entry speaks of");
    return status == QUO_OK && quo_faults_refusals(faults) ? QUO_REFUSED : status;
}
