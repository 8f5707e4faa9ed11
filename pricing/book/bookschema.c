#include "pricing/book/bookschema.h"

#include <sys/stat.h>

#include "risk/base/text.h"

#define APPLICATION_ID 1364214098 /* "QUOR" */

/* From no table to version 1, from 1 to 2, ... What is stored once is never stored otherwise: a step only adds. */
static const char *const step[QUO_BOOKSTORE_SCHEMA] = {
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
    "CREATE TRIGGER log_kept BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is never shortened'); END;",
    "ALTER TABLE protocol ADD COLUMN document TEXT;"
    "ALTER TABLE policy ADD COLUMN document TEXT;"
    "ALTER TABLE run ADD COLUMN options TEXT NOT NULL DEFAULT '{}';"
    "ALTER TABLE quote ADD COLUMN inputs TEXT;"
    "ALTER TABLE quote ADD COLUMN document TEXT;"
    "CREATE TRIGGER protocol_stays BEFORE UPDATE ON protocol BEGIN SELECT RAISE(ABORT, 'versions are never changed'); END;"
    "CREATE TRIGGER protocol_kept BEFORE DELETE ON protocol BEGIN SELECT RAISE(ABORT, 'versions are never removed'); END;"
    "CREATE TRIGGER policy_stays BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'versions are never changed'); END;"
    "CREATE TRIGGER policy_kept BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'versions are never removed'); END;"
    "CREATE TRIGGER model_stays BEFORE UPDATE ON model BEGIN SELECT RAISE(ABORT, 'models are never changed'); END;"
    "CREATE TRIGGER model_kept BEFORE DELETE ON model BEGIN SELECT RAISE(ABORT, 'models are never removed'); END;"
    "CREATE TRIGGER run_kept BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'runs are never removed'); END;",
};

static enum quo_status climb(const struct quo_bookstore *book, int from, struct quo_faults *faults)
{
    char sql[96];
    enum quo_status status = quo_bookstore_run(book, step[from], faults);
    quo_text_print(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, from + 1);
    return status ? status : quo_bookstore_run(book, sql, faults);
}

enum quo_status quo_bookschema_create(const struct quo_bookstore *book, struct quo_faults *faults)
{
    enum quo_status status = quo_bookstore_run(book, "BEGIN IMMEDIATE", faults);
    for (int v = 0; v < QUO_BOOKSTORE_SCHEMA && status == QUO_OK; v++)
        status = climb(book, v, faults);
    if (status == QUO_OK)
        status = quo_bookstore_log(book, "init", "{}", faults);
    return quo_bookstore_end(book, status, faults);
}

static enum quo_status upgrade(const struct quo_bookstore *book, int from, struct quo_faults *faults)
{
    enum quo_status status = quo_bookstore_run(book, "BEGIN IMMEDIATE", faults);
    char detail[64];
    if (status)
        return status;
    /* Another program may have done it while this one waited. */
    from = (int)quo_bookstore_number(book, "PRAGMA user_version", from);
    for (int v = from; v < QUO_BOOKSTORE_SCHEMA && status == QUO_OK; v++) {
        status = climb(book, v, faults);
        quo_text_print(detail, sizeof detail, "{\"from\":%d,\"to\":%d}", v, v + 1);
        if (status == QUO_OK)
            status = quo_bookstore_log(book, "schema", detail, faults);
    }
    return quo_bookstore_end(book, status, faults);
}

enum quo_status quo_bookschema_check(const struct quo_bookstore *book, struct quo_faults *faults)
{
    struct stat about;
    if (stat(book->path, &about) == 0 && about.st_size == 0)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0,
                              "remove it and make a book with 'quorate book init'", "is empty");
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(book->db, "SELECT count(*) FROM sqlite_schema", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    enum quo_status status = quo_bookstore_told(book, code, faults);
    if (status)
        return status;
    if (quo_bookstore_number(book, "PRAGMA application_id", 0) != APPLICATION_ID)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "make one with 'quorate book init'",
                              "is a database, but no book");
    const int64_t version = quo_bookstore_number(book, "PRAGMA user_version", 0);
    if (version > QUO_BOOKSTORE_SCHEMA)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "use the newer program",
                              "has schema %lld, made by a newer program; this one knows schema %d", (long long)version,
                              QUO_BOOKSTORE_SCHEMA);
    if (version < QUO_BOOKSTORE_SCHEMA && sqlite3_db_readonly(book->db, "main") == 1)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "open it once where it can be written, or a copy of it",
                              "has schema %lld, which is brought to %d first, and it cannot be written", (long long)version,
                              QUO_BOOKSTORE_SCHEMA);
    return version < QUO_BOOKSTORE_SCHEMA ? upgrade(book, (int)version, faults) : QUO_OK;
}
