#include "pricing/book/bookrun.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookchange.h"
#include "pricing/book/bookcontagion.h"
#include "pricing/book/bookcopy.h"
#include "pricing/book/bookmodel.h"
#include "pricing/book/bookterms.h"
#include "pricing/book/bookverify.h"
#include "pricing/book/rowshare.h"
#include "pricing/version.h"
#include "risk/base/money.h"
#include "risk/base/text.h"

#define BATCH ((size_t)16384)

/* Policies that are read, priced and written together. */
struct batch {
    struct quo_bookrows rows;
    struct quo_repriced *priced; /* priced[batch] */
    int64_t *policy_pk;          /* policy_pk[batch] */
    unsigned char (*digest)[QUO_BOOKDIGEST_SIZE]; /* of the policies; digest[batch] */
    bool done; /* priced, and not yet written */
};

#define BATCHES 3 /* one is written, one priced, one read */

struct run {
    const struct quo_bookstore *book;
    const struct quo_engine *engine;
    const struct quo_bookrun_options *options;
    struct quo_faults *faults;
    struct quo_bookload load;
    struct quo_bookload_scratch scratch;
    struct batch held[BATCHES], *before, *now, *next;
    struct quo_bookrun_result *out;
    size_t all; /* policies of the book */
    struct quo_bookchange change;
    struct quo_terms terms;
    char *noted; /* the run's options as they are kept */
    size_t batch;
    int64_t number, last, model;
    int64_t place; /* behind the last one read, in the list of what is to do */
    bool helped; /* other ranks wait for rows */
};

/* The run to go on with, or a new one. */
static enum quo_status open_run(struct run *r)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status)
        return status;
    status = quo_bookmodel_note(r->book, r->engine, &r->model, r->faults);
    const int64_t open = quo_bookstore_number(
        r->book, "SELECT pk FROM run WHERE kind = 'reprice' AND finished IS NULL ORDER BY pk DESC LIMIT 1", 0);
    char sql[256];
    if (status == QUO_OK && r->options->resume && open) {
        sqlite3_stmt *s = quo_bookstore_prepare(
            r->book,
            "SELECT model = ?2 AND build = ?3 AND options = ?4 AND coalesce(against, 0) = ?5 FROM run WHERE pk = ?1",
            r->faults);
        sqlite3_bind_int64(s, 1, open);
        sqlite3_bind_int64(s, 2, r->model);
        sqlite3_bind_text(s, 3, quo_version_build(), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 4, r->noted, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 5, r->options->against);
        if (sqlite3_step(s) != SQLITE_ROW || !sqlite3_column_int(s, 0))
            status = quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0,
                                    "the same files, options and program, or a new run without --resume",
                                    "run %lld was begun with another model, engine, pricing or --against", (long long)open);
        sqlite3_finalize(s);
        quo_text_print(sql, sizeof sql, "SELECT last_policy FROM run WHERE pk = %lld", (long long)open);
        r->last = quo_bookstore_number(r->book, sql, 0);
        r->number = open;
    } else if (status == QUO_OK) {
        const struct quo_bookmodel_run begun = {r->model, 1, "reprice", r->noted, r->options->against};
        status = quo_bookmodel_begin(r->book, &begun, &r->number, r->faults);
    }
    /* A run that has begun waits its turn, however long others take for theirs. */
    if (status == QUO_OK)
        sqlite3_busy_timeout(r->book->db, 60000);
    return quo_bookstore_end(r->book, status, r->faults);
}

/* What is to do, protocol by protocol, so that a protocol's work is done in one batch or in few: the newest version of every policy that has no quote of this
 * run. The list is the connection's own; a run that is gone on with makes it anew. */
static enum quo_status list_policies(const struct run *r)
{
    char sql[512];
    quo_text_print(sql, sizeof sql,
                   "DROP TABLE IF EXISTS temp.todo; CREATE TEMP TABLE todo AS SELECT p.pk AS policy FROM policy p WHERE NOT EXISTS"
                   " (SELECT 1 FROM policy q WHERE q.policy_id = p.policy_id AND q.version > p.version) AND NOT EXISTS"
                   " (SELECT 1 FROM quote q WHERE q.run = %lld AND q.policy_id = p.policy_id) ORDER BY p.protocol_id, p.pk",
                   (long long)r->number);
    return quo_bookstore_run(r->book, sql, r->faults);
}

/* The next policies into the batch. */
static enum quo_status read_batch(struct run *r, struct batch *b)
{
    struct quo_bookpolicy row;
    char sql[1024];
    quo_bookrows_clear(&b->rows);
    quo_text_print(sql, sizeof sql,
                   "SELECT p.pk, %s FROM temp.todo t CROSS JOIN policy p ON p.pk = t.policy WHERE t.rowid > ?1 ORDER BY t.rowid",
                   quo_bookload_policy_columns);
    sqlite3_stmt *s = quo_bookstore_prepare(r->book, sql, r->faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, r->place);
    int code = SQLITE_DONE;
    enum quo_status status = QUO_OK;
    while (status == QUO_OK && b->rows.n < r->batch && (code = sqlite3_step(s)) == SQLITE_ROW) {
        status = quo_bookload_policy(s, 1, &r->load, r->engine->catalogue, &r->scratch, &row);
        if (status == QUO_REFUSED)
            quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0,
                           row.protocol < 0 ? "import the protocol" : "restore it from a copy",
                           row.protocol < 0 ? "policy '%s' covers protocol '%s', which is not there"
                                            : "policy '%s' of protocol '%s' cannot be read",
                           row.id, row.protocol_id);
        row.terms = &r->terms;
        if (status == QUO_OK)
            status = quo_bookrows_add(&b->rows, &row);
        if (status)
            break;
        b->policy_pk[b->rows.n - 1] = sqlite3_column_int64(s, 0);
        quo_bookload_digest(s, 1, QUO_BOOKLOAD_POLICY_COLUMNS, b->digest[b->rows.n - 1]);
    }
    r->place += (int64_t)b->rows.n; /* the list has no gaps */
    if (status == QUO_OK)
        status = quo_bookstore_told(r->book, code, r->faults);
    sqlite3_finalize(s);
    return status;
}

static void bind_row(sqlite3_stmt *s, const struct run *r, const struct batch *batch, size_t i, const char *why)
{
    const struct quo_bookpolicy *row = &batch->rows.row[i];
    const struct quo_repriced *p = &batch->priced[i];
    const struct quo_bookresult *b = &p->result;
    char inputs[QUO_HASH_SIZE];
    sqlite3_clear_bindings(s);
    sqlite3_bind_int64(s, 1, r->number);
    sqlite3_bind_text(s, 2, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, row->protocol_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, batch->policy_pk[i]);
    sqlite3_bind_int64(s, 5, r->load.version[row->protocol].pk);
    quo_bookdigest_inputs(batch->digest[i], r->load.version[row->protocol].digest, inputs);
    sqlite3_bind_text(s, 18, inputs, -1, SQLITE_TRANSIENT);
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

static enum quo_status write_rows(struct run *r, const struct batch *b)
{
    sqlite3_stmt *insert = quo_bookstore_prepare(
        r->book,
        "INSERT INTO quote(run, policy_id, protocol_id, policy, protocol, status, expected_payout, payout_sd,"
        " technical_premium, gross_premium, rate_on_line, score, decision, reasons, change, change_why, detail,"
        " inputs) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        r->faults);
    enum quo_status status = insert ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < b->rows.n && status == QUO_OK; i++) {
        struct quo_booktext why = {0};
        quo_bookresult_why(&b->priced[i].result, &why);
        quo_booktext_add(&why, "", 1);
        bind_row(insert, r, b, i, why.text);
        status = why.failed ? QUO_MACHINE : quo_bookstore_told(r->book, sqlite3_step(insert), r->faults);
        sqlite3_reset(insert);
        quo_booktext_free(&why);
        *(b->priced[i].result.status ? &r->out->refused : &r->out->priced) += 1;
    }
    sqlite3_finalize(insert);
    return status;
}

/* Quotes, place and log entry of a batch: all or nothing. */
static enum quo_status write_batch(struct run *r, struct batch *b)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status)
        return status;
    char sql[200];
    const int64_t from = 1 + quo_bookstore_number(r->book, "SELECT max(pk) FROM quote", 0);
    quo_text_print(sql, sizeof sql, "SELECT last_policy FROM run WHERE pk = %lld", (long long)r->number);
    if (quo_bookstore_number(r->book, sql, -1) != r->last)
        status = quo_faults_add(r->faults, QUO_MACHINE, r->book->path, 0, "let one of them end",
                                "another program goes on with run %lld", (long long)r->number);
    if (status == QUO_OK)
        status = write_rows(r, b);
    const int64_t to = quo_bookstore_number(r->book, "SELECT max(pk) FROM quote", 0),
                  last = b->policy_pk[b->rows.n - 1];
    quo_text_print(sql, sizeof sql, "UPDATE run SET last_policy = %lld WHERE pk = %lld", (long long)last,
                   (long long)r->number);
    if (status == QUO_OK)
        status = quo_bookstore_run(r->book, sql, r->faults);
    if (status == QUO_OK)
        status = quo_bookverify_log_quotes(r->book, r->number, from, to, r->faults);
    status = quo_bookstore_end(r->book, status, r->faults);
    if (status == QUO_OK)
        r->last = last;
    quo_repriced_free(b->priced, b->rows.n);
    b->done = false;
    if (r->options->progress)
        r->options->progress(r->options->context, r->out->resumed_after + r->out->priced + r->out->refused, r->all);
    return status;
}

static enum quo_status close_run(struct run *r)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN IMMEDIATE", r->faults);
    if (status == QUO_OK)
        status = quo_bookmodel_finish(r->book, r->number, r->faults);
    return quo_bookstore_end(r->book, status, r->faults);
}

/* All protocols, the same ones for all ranks whoever writes to the book meanwhile. */
static enum quo_status load_protocols(struct run *r)
{
    enum quo_status status = quo_bookstore_run(r->book, "BEGIN", r->faults);
    if (status == QUO_OK)
        status = quo_bookload_protocols(r->book, r->engine->catalogue, &r->load, r->faults);
    if (quo_rowshare_several(r->options->ranks)) {
        r->helped = status == QUO_OK;
        if (r->helped)
            status = quo_bookcopy_give(r->book, false, r->options->ranks, r->faults);
        else
            quo_bookcopy_refuse(r->options->ranks, status);
    }
    if (status == QUO_OK)
        status = quo_bookcontagion_put(r->engine, &r->load.protocols);
    return quo_bookstore_end(r->book, status, r->faults);
}

static bool open_batches(struct run *r)
{
    bool good = true;
    for (int i = 0; i < BATCHES; i++) {
        struct batch *b = &r->held[i];
        b->policy_pk = malloc(r->batch * sizeof *b->policy_pk);
        b->digest = malloc(r->batch * sizeof *b->digest);
        b->priced = calloc(r->batch, sizeof *b->priced);
        good = good && b->policy_pk && b->digest && b->priced;
    }
    r->before = &r->held[0];
    r->now = &r->held[1];
    r->next = &r->held[2];
    return good;
}

static enum quo_status open_all(struct run *r)
{
    enum quo_status status = load_protocols(r);
    if (status == QUO_OK && quo_bookstore_number(r->book, "SELECT count(*) FROM policy", 0) == 0)
        status = quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0, "fill it with 'quorate book import'",
                                "the book has no policy");
    r->terms = *r->options->terms;
    r->noted = quo_bookterms_options(&r->terms);
    if (status == QUO_OK && (!r->noted || !open_batches(r)))
        status = QUO_MACHINE;
    char sql[96];
    quo_text_print(sql, sizeof sql, "SELECT count(*) FROM run WHERE pk = %lld", (long long)r->options->against);
    if (status == QUO_OK && r->options->against && quo_bookstore_number(r->book, sql, 0) == 0)
        status = quo_faults_add(r->faults, QUO_REFUSED, r->book->path, 0, "'quorate book show' lists them",
                                "there is no run %lld", (long long)r->options->against);
    if (status == QUO_OK)
        status = open_run(r);
    r->change = (struct quo_bookchange){.book = r->book,
                                        .load = &r->load,
                                        .against = r->options->against,
                                        .ways = {.engine = r->engine, .terms = &r->terms, .jobs = r->options->jobs},
                                        .faults = r->faults};
    if (status == QUO_OK && r->options->against)
        status = quo_bookchange_open(&r->change, r->model, r->noted);
    return status;
}

static void close_all(struct run *r)
{
    for (int i = 0; i < BATCHES; i++) {
        struct batch *b = &r->held[i];
        if (b->priced)
            quo_repriced_free(b->priced, b->rows.n);
        quo_bookrows_free(&b->rows);
        free(b->policy_pk);
        free(b->digest);
        free(b->priced);
    }
    quo_bookload_free(&r->load);
    quo_bookload_scratch_free(&r->scratch);
    free(r->noted);
}

/* While a batch is priced: the one before it is written, the one after it read. The book is one thread's. */
static enum quo_status write_and_read(void *context)
{
    struct run *r = context;
    const enum quo_status status = r->before->done ? write_batch(r, r->before) : QUO_OK;
    return status ? status : read_batch(r, r->next);
}

static enum quo_status price_batch(struct run *r)
{
    const struct quo_bookrun_options *options = r->options;
    const struct quo_reprice_options how = {.jobs = options->jobs,
                                            .detail = true,
                                            .ranks = options->ranks,
                                            .beside = write_and_read,
                                            .context = r};
    struct batch *b = r->now;
    enum quo_status status = quo_rowshare_pass(options->ranks, &b->rows);
    if (status == QUO_OK)
        status = quo_reprice_rows(r->engine, &r->load.protocols, b->rows.row, b->rows.n, &how, b->priced);
    if (status == QUO_OK && options->against)
        status = quo_bookchange_explain(&r->change, b->rows.row, b->policy_pk, b->rows.n, b->priced);
    b->done = status == QUO_OK;
    return status;
}

static enum quo_status price_all(struct run *r)
{
    enum quo_status status = read_batch(r, r->now);
    while (status == QUO_OK && r->now->rows.n) {
        status = price_batch(r);
        struct batch *const written = r->before;
        r->before = r->now;
        r->now = r->next;
        r->next = written;
    }
    return status == QUO_OK && r->before->done ? write_batch(r, r->before) : status;
}

enum quo_status quo_bookrun_price(const struct quo_bookstore *book, const struct quo_engine *engine,
                                  const struct quo_bookrun_options *options, struct quo_bookrun_result *out,
                                  struct quo_faults *faults)
{
    struct run r = {.book = book,
                    .engine = engine,
                    .options = options,
                    .out = out,
                    .faults = faults,
                    .batch = options->batch ? options->batch : BATCH};
    char sql[96];
    *out = (struct quo_bookrun_result){0};
    enum quo_status status = open_all(&r);
    r.all = (size_t)quo_bookstore_number(book, "SELECT count(DISTINCT policy_id) FROM policy", 0);
    out->run = r.number;
    quo_text_print(sql, sizeof sql, "SELECT count(*) FROM quote WHERE run = %lld", (long long)r.number);
    out->resumed_after = (size_t)quo_bookstore_number(book, sql, 0);
    if (status == QUO_OK)
        status = list_policies(&r);
    if (status == QUO_OK)
        status = price_all(&r);
    if (r.helped)
        status = quo_rowshare_end(options->ranks, status);
    if (status == QUO_OK)
        status = close_run(&r);
    close_all(&r);
    return status;
}

enum quo_status quo_bookrun_help(const char *path, const struct quo_engine *engine,
                                 const struct quo_bookrun_options *options, struct quo_faults *faults)
{
    const struct quo_reprice_options how = {.jobs = options->jobs, .detail = true, .ranks = options->ranks};
    struct quo_bookstore copy;
    struct quo_bookload load;
    enum quo_status status = quo_bookcopy_take(path, options->ranks, &copy, faults);
    if (status)
        return status;
    status = quo_bookload_protocols(&copy, engine->catalogue, &load, faults);
    if (status == QUO_OK) {
        status = quo_bookcontagion_put(engine, &load.protocols);
        if (status == QUO_OK)
            status = quo_rowshare_help(engine, &load.protocols, options->terms, &how);
        quo_bookload_free(&load);
    }
    quo_bookstore_close(&copy);
    return status;
}

enum quo_status quo_bookrun_export(const struct quo_bookstore *book, int64_t run, FILE *to, struct quo_faults *faults)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT policy_id, protocol_id, status, expected_payout, payout_sd, technical_premium, gross_premium,"
        " rate_on_line, score, decision, reasons, change, change_why FROM quote WHERE run = ? ORDER BY policy, pk",
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
