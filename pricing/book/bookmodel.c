#include "pricing/book/bookmodel.h"

#include "pricing/book/bookresult.h"
#include "pricing/book/bookverify.h"
#include "pricing/version.h"
#include "risk/base/text.h"

enum quo_status quo_bookmodel_note(const struct quo_bookstore *book, const struct quo_engine *engine, int64_t *number,
                                   struct quo_faults *faults)
{
    struct quo_booktext all = {0};
    char hex[QUO_HASH_SIZE], sql[160];
    for (size_t i = 0; i < engine->n_inputs; i++) {
        quo_booktext_add(&all, engine->input[i].sha256, 64);
        quo_booktext_add(&all, ";", 1);
    }
    quo_hash_bytes(all.text ? all.text : "", all.n, hex);
    quo_booktext_add(&all, "", 1);
    sqlite3_stmt *s = quo_bookstore_prepare(
        book, "INSERT INTO model(sha256, model_id, files) VALUES(?1,?2,?3) ON CONFLICT(sha256) DO NOTHING", faults);
    enum quo_status status = s && !all.failed ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        sqlite3_bind_text(s, 1, hex, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, engine->model->id, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, all.text, -1, SQLITE_STATIC);
        status = quo_bookstore_told(book, sqlite3_step(s), faults);
    }
    sqlite3_finalize(s);
    quo_booktext_free(&all);
    quo_text_print(sql, sizeof sql, "SELECT pk FROM model WHERE sha256 = '%s'", hex);
    *number = quo_bookstore_number(book, sql, 0);
    return status;
}

enum quo_status quo_bookmodel_begin(const struct quo_bookstore *book, const struct quo_bookmodel_run *begun,
                                    int64_t *number, struct quo_faults *faults)
{
    char now[32];
    sqlite3_stmt *s =
        quo_bookstore_prepare(book,
                              "INSERT INTO run(model, engine, build, seed, started, who, kind, last_policy, against,"
                              " options) VALUES(?,?,?,?,?,?,?,0,?,?)",
                              faults);
    if (!s)
        return QUO_MACHINE;
    quo_bookstore_now(now);
    sqlite3_bind_int64(s, 1, begun->model);
    sqlite3_bind_text(s, 2, quo_version(), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, quo_version_build(), -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, (int64_t)begun->seed);
    sqlite3_bind_text(s, 5, now, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 6, book->who, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 7, begun->kind, -1, SQLITE_STATIC);
    if (begun->against)
        sqlite3_bind_int64(s, 8, begun->against);
    sqlite3_bind_text(s, 9, begun->options, -1, SQLITE_STATIC);
    const enum quo_status status = quo_bookstore_told(book, sqlite3_step(s), faults);
    sqlite3_finalize(s);
    *number = sqlite3_last_insert_rowid(book->db);
    return status ? status : quo_bookverify_log_run(book, *number, faults);
}

enum quo_status quo_bookmodel_finish(const struct quo_bookstore *book, int64_t run, struct quo_faults *faults)
{
    char sql[160], now[32];
    quo_bookstore_now(now);
    quo_text_print(sql, sizeof sql, "UPDATE run SET finished = '%s' WHERE pk = %lld", now, (long long)run);
    const enum quo_status status = quo_bookstore_run(book, sql, faults);
    quo_text_print(sql, sizeof sql, "{\"run\":%lld}", (long long)run);
    return status ? status : quo_bookstore_log(book, "run finished", sql, faults);
}
