#include "pricing/book/bookrun.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/version.h"
#include "risk/base/money.h"
#include "risk/base/text.h"

#define BATCH ((size_t)16384)

struct run {
    const struct quo_bookstore *book;
    const struct quo_engine *engine;
    const struct quo_bookrun_options *options;
    struct quo_faults *faults;
    struct quo_bookprotocols protocols;
    int64_t *protocol_pk, *policy_pk; /* policy_pk[batch] */
    struct quo_bookrows rows;
    struct quo_repriced *priced;
    size_t batch;
    int64_t number, last, model;
};

/* Everything the engine was read from, as one hash; noted in the book. */
static enum quo_status note_model(struct run *r)
{
    struct quo_booktext all = {0};
    char hex[QUO_HASH_SIZE];
    for (size_t i = 0; i < r->engine->n_inputs; i++) {
        quo_booktext_add(&all, r->engine->input[i].sha256, 64);
        quo_booktext_add(&all, ";", 1);
    }
    quo_hash_bytes(all.text ? all.text : "", all.n, hex);
    quo_booktext_add(&all, "", 1);
    sqlite3_stmt *s = quo_bookstore_prepare(
        r->book, "INSERT INTO model(sha256, model_id, files) VALUES(?1,?2,?3) ON CONFLICT(sha256) DO NOTHING",
        r->faults);
    enum quo_status status = s && !all.failed ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        sqlite3_bind_text(s, 1, hex, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, r->engine->model->id, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, all.text, -1, SQLITE_STATIC);
        status = quo_bookstore_told(r->book, sqlite3_step(s), r->faults);
    }
    sqlite3_finalize(s);
    quo_booktext_free(&all);
    char sql[160];
    quo_text_print(sql, sizeof sql, "SELECT pk FROM model WHERE sha256 = '%s'", hex);
    r->model = quo_bookstore_number(r->book, sql, 0);
    return status;
}

/* The run to go on with, or a new one. */
static enum quo_status open_run(struct run *r)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status)
        return status;
    status = note_model(r);
    const int64_t open = quo_bookstore_number(
        r->book, "SELECT pk FROM run WHERE kind = 'reprice' AND finished IS NULL ORDER BY pk DESC LIMIT 1", 0);
    char sql[256], now[32];
    if (status == QUO_OK && r->options->resume && open) {
        quo_text_print(sql, sizeof sql, "SELECT model FROM run WHERE pk = %lld AND build = '%s'", (long long)open,
                       quo_version_build());
        if (quo_bookstore_number(r->book, sql, 0) != r->model)
            status = quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0,
                                    "the same files and program, or a new run without --resume",
                                    "run %lld was begun with another model or engine", (long long)open);
        quo_text_print(sql, sizeof sql, "SELECT last_policy FROM run WHERE pk = %lld", (long long)open);
        r->last = quo_bookstore_number(r->book, sql, 0);
        r->number = open;
    } else if (status == QUO_OK) {
        sqlite3_stmt *s = quo_bookstore_prepare(
            r->book,
            "INSERT INTO run(model, engine, build, seed, started, who, kind, last_policy, against)"
            " VALUES(?,?,?,1,?,?,'reprice',0,?)",
            r->faults);
        quo_bookstore_now(now);
        sqlite3_bind_int64(s, 1, r->model);
        sqlite3_bind_text(s, 2, quo_version(), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, quo_version_build(), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 4, now, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 5, r->book->who, -1, SQLITE_STATIC);
        if (r->options->against)
            sqlite3_bind_int64(s, 6, r->options->against);
        status = s ? quo_bookstore_told(r->book, sqlite3_step(s), r->faults) : QUO_MACHINE;
        sqlite3_finalize(s);
        r->number = sqlite3_last_insert_rowid(r->book->db);
    }
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, "COMMIT", r->faults);
    if (status)
        sqlite3_exec(r->book->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* The next batch of policies into rows. */
static enum quo_status read_batch(struct run *r)
{
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
    struct quo_bookpolicy row;
    quo_bookrows_clear(&r->rows);
    sqlite3_stmt *s = quo_bookstore_prepare(r->book, quo_bookcontent_policies_sql, r->faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, r->last);
    int code = SQLITE_DONE;
    enum quo_status status = QUO_OK;
    while (status == QUO_OK && r->rows.n < r->batch && (code = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t pk;
        if (!quo_bookcontent_policy(s, &r->protocols, step, &row, &pk))
            status = quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0, "restore it from a copy",
                                    "policy '%s' cannot be read", row.id);
        else
            status = quo_bookrows_add(&r->rows, &row);
        if (status == QUO_OK)
            r->policy_pk[r->rows.n - 1] = pk;
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(r->book, code, r->faults);
    sqlite3_finalize(s);
    return status;
}

/* What the run before says of this policy, and which of the inputs is another.                        [methods: change] */
static void compare(struct run *r, sqlite3_stmt *before, size_t i)
{
    struct quo_bookresult *result = &r->priced[i].result;
    result->before = NAN;
    memset(result->why, 0, sizeof result->why);
    sqlite3_bind_int64(before, 1, r->options->against);
    sqlite3_bind_text(before, 2, r->rows.row[i].id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(before, 3, r->protocol_pk[r->rows.row[i].protocol]);
    if (sqlite3_step(before) == SQLITE_ROW && sqlite3_column_type(before, 0) != SQLITE_NULL &&
        result->status == QUO_OK) {
        result->before = sqlite3_column_double(before, 0);
        const bool terms = sqlite3_column_int64(before, 1) != r->policy_pk[i];
        const bool protocol = sqlite3_column_int64(before, 2) != r->protocol_pk[r->rows.row[i].protocol];
        const bool exposure = protocol && sqlite3_column_int(before, 4),
                   controls = protocol && !sqlite3_column_int(before, 5);
        const bool model = sqlite3_column_int64(before, 3) != r->model;
        /* Several: the last of them in this order takes all. */
        const enum quo_change why = model      ? QUO_CHANGE_MODEL
                                    : controls ? QUO_CHANGE_CONTROLS
                                    : terms    ? QUO_CHANGE_TERMS
                                    : exposure ? QUO_CHANGE_EXPOSURE
                                               : QUO_CHANGE_RATE;
        result->why[why] = result->gross_premium - result->before;
    }
    sqlite3_reset(before);
}

static void bind_row(sqlite3_stmt *s, const struct run *r, size_t i, const char *why)
{
    const struct quo_bookpolicy *row = &r->rows.row[i];
    const struct quo_repriced *p = &r->priced[i];
    const struct quo_bookresult *b = &p->result;
    sqlite3_clear_bindings(s);
    sqlite3_bind_int64(s, 1, r->number);
    sqlite3_bind_text(s, 2, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, row->protocol_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, r->policy_pk[i]);
    sqlite3_bind_int64(s, 5, r->protocol_pk[row->protocol]);
    sqlite3_bind_text(s, 6, b->status ? "refused" : "priced", -1, SQLITE_STATIC);
    if (b->status)
        return;
    const double number[] = {b->expected_payout, b->payout_sd,    b->technical_premium,
                             b->gross_premium,   b->rate_on_line, b->score};
    for (int k = 0; k < 6; k++)
        sqlite3_bind_double(s, 7 + k, number[k]);
    sqlite3_bind_text(s, 13, quo_decision_id(b->decision), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 14, p->reasons, -1, SQLITE_STATIC);
    if (!isnan(b->before)) {
        sqlite3_bind_double(s, 15, quo_money_rounded(b->gross_premium - b->before));
        sqlite3_bind_text(s, 16, why, -1, SQLITE_STATIC);
    }
    sqlite3_bind_text(s, 17, p->detail, -1, SQLITE_STATIC);
}

static enum quo_status write_rows(struct run *r, struct quo_bookrun_result *out)
{
    sqlite3_stmt *insert = quo_bookstore_prepare(
        r->book,
        "INSERT INTO quote(run, policy_id, protocol_id, policy, protocol, status, expected_payout, payout_sd,"
        " technical_premium, gross_premium, rate_on_line, score, decision, reasons, change, change_why, detail)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        r->faults);
    sqlite3_stmt *before = quo_bookstore_prepare(
        r->book,
        "SELECT q.gross_premium, q.policy, q.protocol, run.model, a.exposure_usd <> b.exposure_usd,"
        " a.bridge = b.bridge AND a.answers = b.answers AND a.vendors = b.vendors AND a.threshold = b.threshold"
        " AND a.signers = b.signers FROM quote q JOIN run ON run.pk = q.run JOIN protocol a ON a.pk = q.protocol"
        " JOIN protocol b ON b.pk = ?3 WHERE q.run = ?1 AND q.policy_id = ?2",
        r->faults);
    enum quo_status status = insert && before ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < r->rows.n && status == QUO_OK; i++) {
        struct quo_booktext why = {0};
        if (r->options->against)
            compare(r, before, i);
        quo_bookresult_why(&r->priced[i].result, &why);
        quo_booktext_add(&why, "", 1);
        bind_row(insert, r, i, why.text);
        status = why.failed ? QUO_MACHINE : quo_bookstore_told(r->book, sqlite3_step(insert), r->faults);
        sqlite3_reset(insert);
        quo_booktext_free(&why);
        *(r->priced[i].result.status ? &out->refused : &out->priced) += 1;
    }
    sqlite3_finalize(insert);
    sqlite3_finalize(before);
    return status;
}

/* Quotes, place and log entry of a batch: all or nothing. */
static enum quo_status write_batch(struct run *r, struct quo_bookrun_result *out)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status)
        return status;
    char sql[200], hex[QUO_HASH_SIZE];
    const int64_t from = 1 + quo_bookstore_number(r->book, "SELECT max(pk) FROM quote", 0);
    quo_text_print(sql, sizeof sql, "SELECT last_policy FROM run WHERE pk = %lld", (long long)r->number);
    if (quo_bookstore_number(r->book, sql, -1) != r->last)
        status = quo_faults_add(r->faults, QUO_MACHINE, r->book->path, 0, "let one of them end",
                                "another program goes on with run %lld", (long long)r->number);
    if (status == QUO_OK)
        status = write_rows(r, out);
    const int64_t to = quo_bookstore_number(r->book, "SELECT max(pk) FROM quote", 0),
                  last = r->policy_pk[r->rows.n - 1];
    quo_text_print(sql, sizeof sql, "UPDATE run SET last_policy = %lld WHERE pk = %lld", (long long)last,
                   (long long)r->number);
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, sql, r->faults);
    if (status == QUO_OK)
        status = quo_bookstore_quotes_hash(r->book, r->number, from, to, hex, r->faults);
    quo_text_print(sql, sizeof sql, "{\"run\":%lld,\"from\":%lld,\"to\":%lld,\"sha256\":\"%s\"}", (long long)r->number,
                   (long long)from, (long long)to, hex);
    if (status == QUO_OK)
        status = quo_bookstore_log(r->book, "quotes", sql, r->faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, "COMMIT", r->faults);
    if (status)
        sqlite3_exec(r->book->db, "ROLLBACK", NULL, NULL, NULL);
    else
        r->last = last;
    return status;
}

static enum quo_status close_run(struct run *r)
{
    char sql[160], now[32];
    quo_bookstore_now(now);
    quo_text_print(sql, sizeof sql, "UPDATE run SET finished = '%s' WHERE pk = %lld", now, (long long)r->number);
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, sql, r->faults);
    quo_text_print(sql, sizeof sql, "{\"run\":%lld}", (long long)r->number);
    if (status == QUO_OK)
        status = quo_bookstore_log(r->book, "run finished", sql, r->faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, "COMMIT", r->faults);
    if (status)
        sqlite3_exec(r->book->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum quo_status quo_bookrun_price(const struct quo_bookstore *book, const struct quo_engine *engine,
                                  const struct quo_bookrun_options *options, struct quo_bookrun_result *out,
                                  struct quo_faults *faults)
{
    struct run r = {.book = book,
                    .engine = engine,
                    .options = options,
                    .faults = faults,
                    .batch = options->batch ? options->batch : BATCH};
    const struct quo_reprice_options how = {.jobs = options->jobs, .detail = true};
    char sql[96];
    *out = (struct quo_bookrun_result){0};
    quo_text_print(sql, sizeof sql, "SELECT count(*) FROM run WHERE pk = %lld", (long long)options->against);
    if (options->against && quo_bookstore_number(book, sql, 0) == 0)
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "'quorate book show' lists them",
                              "there is no run %lld", (long long)options->against);
    enum quo_status status = quo_bookcontent_protocols(book, engine->catalogue, &r.protocols, &r.protocol_pk, faults);
    const size_t all = (size_t)quo_bookstore_number(book, "SELECT count(DISTINCT policy_id) FROM policy", 0);
    if (status == QUO_OK && all == 0)
        status = quo_faults_add(faults, QUO_REFUSED, book->path, 0, "fill it with 'quorate book import'",
                                "the book has no policy");
    r.policy_pk = malloc(r.batch * sizeof *r.policy_pk);
    r.priced = calloc(r.batch, sizeof *r.priced);
    if (status == QUO_OK && (!r.policy_pk || !r.priced))
        status = QUO_MACHINE;
    if (status == QUO_OK)
        status = open_run(&r);
    out->run = r.number;
    quo_text_print(sql, sizeof sql, "SELECT count(*) FROM quote WHERE run = %lld", (long long)r.number);
    out->resumed_after = (size_t)quo_bookstore_number(book, sql, 0);
    while (status == QUO_OK && (status = read_batch(&r)) == QUO_OK && r.rows.n) {
        status = quo_reprice_rows(engine, &r.protocols, r.rows.row, r.rows.n, &how, r.priced);
        if (status == QUO_OK)
            status = write_batch(&r, out);
        quo_repriced_free(r.priced, r.rows.n);
        if (options->progress)
            options->progress(options->context, out->resumed_after + out->priced + out->refused, all);
    }
    if (status == QUO_OK)
        status = close_run(&r);
    quo_bookrows_free(&r.rows);
    quo_bookprotocols_free(&r.protocols);
    free(r.protocol_pk);
    free(r.policy_pk);
    free(r.priced);
    return status;
}

enum quo_status quo_bookrun_export(const struct quo_bookstore *book, int64_t run, FILE *to, struct quo_faults *faults)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT policy_id, protocol_id, status, expected_payout, payout_sd, technical_premium, gross_premium,"
        " rate_on_line, score, decision, reasons, change, change_why FROM quote WHERE run = ? ORDER BY pk",
        faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, run);
    fputs(quo_bookresult_header, to);
    struct quo_booktext line = {0};
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        line.n = 0;
        for (int c = 0; c < 13; c++) {
            quo_booktext_add(&line, ",", c > 0);
            const bool money = (c >= 3 && c <= 6) || c == 11;
            if (sqlite3_column_type(s, c) == SQLITE_NULL)
                continue;
            if (money)
                quo_booktext_money(&line, sqlite3_column_double(s, c));
            else if (c == 7 || c == 8)
                quo_booktext_real(&line, sqlite3_column_double(s, c), c == 7 ? 6 : 4);
            else
                quo_booktext_csv(&line, (const char *)sqlite3_column_text(s, c));
        }
        quo_booktext_add(&line, "\n", 1);
        fwrite(line.text, 1, line.n, to);
    }
    sqlite3_finalize(s);
    const bool failed = line.failed;
    quo_booktext_free(&line);
    return failed ? QUO_MACHINE : quo_bookstore_told(book, code, faults);
}
