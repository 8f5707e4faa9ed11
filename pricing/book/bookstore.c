#include "pricing/book/bookstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "risk/base/text.h"

static const char *const schema =
    "CREATE TABLE protocol(pk INTEGER PRIMARY KEY, protocol_id TEXT NOT NULL, version INTEGER NOT NULL, name TEXT, "
    "exposure_usd REAL NOT NULL,"
    " chain TEXT, bridge INTEGER NOT NULL, answers TEXT NOT NULL, vendors TEXT NOT NULL, threshold INTEGER NOT NULL, "
    "signers TEXT NOT NULL,"
    " UNIQUE(protocol_id, version)) STRICT;"
    "CREATE TABLE policy(pk INTEGER PRIMARY KEY, policy_id TEXT NOT NULL, version INTEGER NOT NULL, protocol_id TEXT "
    "NOT NULL,"
    " perils INTEGER NOT NULL, idx INTEGER NOT NULL, shape INTEGER NOT NULL, attach REAL, exhaust REAL, steps TEXT NOT "
    "NULL,"
    " event_limit REAL NOT NULL, annual_limit REAL, waiting_hours REAL NOT NULL, inception INTEGER NOT NULL, term_days "
    "INTEGER NOT NULL,"
    " expiring_premium REAL, UNIQUE(policy_id, version)) STRICT;"
    "CREATE TABLE model(pk INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, model_id TEXT NOT NULL, files TEXT NOT "
    "NULL) STRICT;"
    "CREATE TABLE run(pk INTEGER PRIMARY KEY, model INTEGER NOT NULL REFERENCES model(pk), engine TEXT NOT NULL, build "
    "TEXT NOT NULL,"
    " seed INTEGER NOT NULL, started TEXT NOT NULL, finished TEXT, who TEXT NOT NULL, kind TEXT NOT NULL, last_policy "
    "INTEGER NOT NULL,"
    " against INTEGER REFERENCES run(pk)) STRICT;"
    "CREATE TABLE quote(pk INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(pk), policy_id TEXT NOT NULL, "
    "protocol_id TEXT NOT NULL,"
    " policy INTEGER REFERENCES policy(pk), protocol INTEGER REFERENCES protocol(pk), status TEXT NOT NULL, "
    "expected_payout REAL, payout_sd REAL,"
    " technical_premium REAL, gross_premium REAL, rate_on_line REAL, score REAL, decision TEXT, reasons TEXT, change "
    "REAL, change_why TEXT,"
    " detail TEXT, UNIQUE(run, policy_id)) STRICT;"
    "CREATE TABLE log(pk INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT "
    "NOT NULL,"
    " previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE TRIGGER quote_stays BEFORE UPDATE ON quote BEGIN SELECT RAISE(ABORT, 'quotes are never changed'); END;"
    "CREATE TRIGGER quote_kept BEFORE DELETE ON quote BEGIN SELECT RAISE(ABORT, 'quotes are never removed'); END;"
    "CREATE TRIGGER log_stays BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;"
    "CREATE TRIGGER log_kept BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is never shortened'); END;"
    "PRAGMA application_id = 1364214098;" /* "QUOR" */
    "PRAGMA user_version = 1;";

enum quo_status quo_bookstore_told(const struct quo_bookstore *book, int code, struct quo_faults *faults)
{
    const char *said = book->db ? sqlite3_errmsg(book->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return QUO_OK;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy; nothing was written",
                              "damaged, or no book: %s", said);
    case SQLITE_CONSTRAINT:
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, NULL, "refused by the book: %s", said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, "wait for the other program to end",
                              "another program is writing to the book");
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0,
                              "make room and run it again with --resume; the book is whole", "cannot be written: %s",
                              said);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, "a file and a folder that can be written",
                              "cannot be opened: %s", said);
    default:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, NULL, "%s", said);
    }
}

enum quo_status quo_bookstore_run(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults)
{
    return quo_bookstore_told(book, sqlite3_exec(book->db, sql, NULL, NULL, NULL), faults);
}

sqlite3_stmt *quo_bookstore_prepare(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults)
{
    sqlite3_stmt *statement = NULL;
    if (quo_bookstore_told(book, sqlite3_prepare_v2(book->db, sql, -1, &statement, NULL), faults) != QUO_OK) {
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

int64_t quo_bookstore_number(const struct quo_bookstore *book, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(book->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void quo_bookstore_close(struct quo_bookstore *book)
{
    if (book->db)
        sqlite3_close(book->db);
    free(book->path);
    *book = (struct quo_bookstore){0};
}

static enum quo_status check_schema(const struct quo_bookstore *book, struct quo_faults *faults)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(book->db, "SELECT count(*) FROM sqlite_schema", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    enum quo_status status = quo_bookstore_told(book, code, faults);
    if (status)
        return status;
    if (quo_bookstore_number(book, "PRAGMA application_id", 0) != 1364214098)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "make one with 'quorate book init'",
                              "is a database, but no book");
    const int64_t version = quo_bookstore_number(book, "PRAGMA user_version", 0);
    if (version > QUO_BOOKSTORE_SCHEMA)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "use the newer program",
                              "has schema %lld, made by a newer program; this one knows schema %d", (long long)version,
                              QUO_BOOKSTORE_SCHEMA);
    /* Migrations from older schemas, one a version, stand here in a transaction each; there is none before 1. */
    return QUO_OK;
}

enum quo_status quo_bookstore_open(const char *path, bool create, const char *who, struct quo_bookstore *out,
                                   struct quo_faults *faults)
{
    *out = (struct quo_bookstore){.path = quo_text_copy(path), .who = who};
    if (!out->path)
        return QUO_MACHINE;
    const bool there = access(path, F_OK) == 0;
    enum quo_status status = QUO_OK;
    if (create && there)
        status = quo_faults_add(faults, QUO_REFUSED, path, 0, "another name; a book is never made anew over an old one",
                                "is there already");
    else if (!create && !there)
        status =
            quo_faults_add(faults, QUO_REFUSED, path, 0, "make it with 'quorate book init'", "there is no such book");
    if (status == QUO_OK)
        status = quo_bookstore_told(
            out, sqlite3_open_v2(path, &out->db, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), NULL),
            faults);
    if (status == QUO_OK)
        sqlite3_busy_timeout(out->db, 2000);
    if (status == QUO_OK && !create)
        status = check_schema(out, faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(
            out, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;", faults);
    if (status == QUO_OK && create) {
        status = quo_bookstore_run(out, "BEGIN IMMEDIATE", faults);
        if (status == QUO_OK)
            status = quo_bookstore_run(out, schema, faults);
        if (status == QUO_OK)
            status = quo_bookstore_log(out, "init", "{}", faults);
        if (status == QUO_OK)
            status = quo_bookstore_run(out, "COMMIT", faults);
        if (status)
            unlink(path);
    }
    if (status)
        quo_bookstore_close(out);
    return status;
}

void quo_bookstore_now(char text[32])
{
    const time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* The hash of an entry: of all that stands in it, each part with its length in front. */
static void entry_hash(const char *const part[5], char hex[QUO_HASH_SIZE])
{
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        n += strlen(part[i]) + 24;
    char *all = malloc(n), *at = all;
    if (!all) {
        hex[0] = '\0';
        return;
    }
    for (int i = 0; i < 5; i++)
        at += quo_text_print(at, n - (size_t)(at - all), "%zu:%s", strlen(part[i]), part[i]);
    quo_hash_bytes(all, (size_t)(at - all), hex);
    free(all);
}

enum quo_status quo_bookstore_log(const struct quo_bookstore *book, const char *what, const char *detail,
                                  struct quo_faults *faults)
{
    char now[32], previous[QUO_HASH_SIZE] = "", hex[QUO_HASH_SIZE];
    sqlite3_stmt *last = quo_bookstore_prepare(book, "SELECT hash FROM log ORDER BY pk DESC LIMIT 1", faults);
    if (!last)
        return QUO_MACHINE;
    if (sqlite3_step(last) == SQLITE_ROW)
        quo_text_print(previous, sizeof previous, "%s", (const char *)sqlite3_column_text(last, 0));
    sqlite3_finalize(last);
    quo_bookstore_now(now);
    entry_hash((const char *const[5]){now, book->who, what, detail, previous}, hex);
    sqlite3_stmt *insert = quo_bookstore_prepare(
        book, "INSERT INTO log(time, who, what, detail, previous, hash) VALUES(?,?,?,?,?,?)", faults);
    if (!insert || !hex[0]) {
        sqlite3_finalize(insert);
        return QUO_MACHINE;
    }
    const char *field[] = {now, book->who, what, detail, previous, hex};
    for (int i = 0; i < 6; i++)
        sqlite3_bind_text(insert, i + 1, field[i], -1, SQLITE_STATIC);
    const enum quo_status status = quo_bookstore_told(book, sqlite3_step(insert), faults);
    sqlite3_finalize(insert);
    return status;
}

enum quo_status quo_bookstore_quotes_hash(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
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
                quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy", "damaged: %s",
                               i ? "a row points at nothing" : said);
        }
        status = check ? quo_bookstore_told(book, code, faults) : QUO_REFUSED;
        sqlite3_finalize(check);
    }
    return status;
}

/* A batch's entry: {"run":1,"from":1,"to":500,"sha256":"..."}. */
static enum quo_status verify_batch(const struct quo_bookstore *book, int64_t entry, const char *detail,
                                    int64_t *quotes, struct quo_faults *faults)
{
    long long run, from, to;
    char want[QUO_HASH_SIZE] = "", have[QUO_HASH_SIZE];
    if (sscanf(detail, "{\"run\":%lld,\"from\":%lld,\"to\":%lld,\"sha256\":\"%64[0-9a-f]", &run, &from, &to, want) != 4)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy",
                              "log entry %lld cannot be read", (long long)entry);
    const enum quo_status status = quo_bookstore_quotes_hash(book, run, from, to, have, faults);
    if (status == QUO_OK && strcmp(want, have) != 0)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy",
                              "quotes %lld to %lld of run %lld are not those that were written", from, to, run);
    *quotes += to - from + 1;
    return status;
}

enum quo_status quo_bookstore_verify(const struct quo_bookstore *book, int64_t *entries, int64_t *quotes,
                                     struct quo_faults *faults)
{
    char previous[QUO_HASH_SIZE] = "", hex[QUO_HASH_SIZE];
    *entries = *quotes = 0;
    enum quo_status status = sqlite_checks(book, faults);
    sqlite3_stmt *log =
        status ? NULL
               : quo_bookstore_prepare(book, "SELECT time, who, what, detail, previous, hash, pk FROM log ORDER BY pk",
                                       faults);
    int code = SQLITE_DONE;
    while (status == QUO_OK && log && (code = sqlite3_step(log)) == SQLITE_ROW) {
        const char *part[6];
        for (int i = 0; i < 6; i++)
            part[i] = (const char *)sqlite3_column_text(log, i);
        const int64_t pk = sqlite3_column_int64(log, 6);
        entry_hash((const char *const[5]){part[0], part[1], part[2], part[3], part[4]}, hex);
        if (strcmp(part[4], previous) != 0 || strcmp(part[5], hex) != 0 || pk != *entries + 1)
            quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy",
                           "log entry %lld is not what was written", (long long)pk);
        quo_text_print(previous, sizeof previous, "%s", part[5]);
        if (strcmp(part[2], "quotes") == 0 && verify_batch(book, pk, part[3], quotes, faults) == QUO_MACHINE)
            status = QUO_MACHINE;
        ++*entries;
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(log);
    if (status == QUO_OK && quo_faults_refusals(faults) == 0 &&
        *quotes != quo_bookstore_number(book, "SELECT count(*) FROM quote", 0))
        quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy",
                       "there are quotes that no log entry speaks of");
    return status == QUO_OK && quo_faults_refusals(faults) ? QUO_REFUSED : status;
}
