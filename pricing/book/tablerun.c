#include "pricing/book/tablerun.h"

#include <errno.h>
#include <malloc.h>
#include <omp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookterms.h"
#include "pricing/book/policystream.h"
#include "pricing/book/spread.h"
#include "pricing/book/taskshare.h"
#include "pricing/version.h"

/* In a long table what threads give back in pieces is returned now and then: else it adds up, chunk by chunk. */
#define TRIM_TASKS 4

struct chunk {
    struct quo_spread *rows;
    struct quo_partmark mark; /* behind its last row */
    double share;             /* of the input */
    bool last;
};

struct work {
    const struct quo_tablerun *run;
    struct quo_bookpolicies *policies;
    struct quo_policystream *stream; /* of them */
    struct quo_faults *faults;
    struct quo_partmark mark;  /* rows read so far */
    struct quo_booktext digested; /* of the row in hand */
    struct chunk chunk;
    bool several; /* chunks, as far as is known */
    size_t room;    /* rows a chunk */
    uint64_t done;  /* rows priced, those of before included */
    double share;   /* of the input, before the chunk in hand */
};

static int threads_of(const struct quo_tablerun *run) { return run->jobs > 0 ? run->jobs : omp_get_max_threads(); }

/* The row added to the digest: everything that its price depends on. SipHash [AB12], keyed by the digest before. */
static enum quo_status digest_row(struct work *w, const struct quo_bookpolicy *row)
{
    unsigned char key[crypto_shorthash_KEYBYTES] = {0};
    const double number[] = {row->attach, row->exhaust, row->waiting_hours, row->event_limit, row->annual_limit,
                             row->expiring_premium};
    const int64_t whole[] = {row->perils, row->index, row->shape, row->inception, row->term_days, row->n_steps};
    struct quo_booktext *all = &w->digested;
    all->n = 0;
    quo_booktext_add(all, (const char *)number, sizeof number);
    quo_booktext_add(all, (const char *)whole, sizeof whole);
    quo_booktext_add(all, (const char *)row->step, (size_t)row->n_steps * sizeof *row->step);
    quo_booktext_add(all, row->id, strlen(row->id) + 1);
    quo_booktext_add(all, row->protocol_id, strlen(row->protocol_id));
    if (all->failed)
        return QUO_MACHINE;
    memcpy(key, &w->mark.digest, sizeof w->mark.digest);
    crypto_shorthash((unsigned char *)&w->mark.digest, (const unsigned char *)all->text, all->n, key);
    w->mark.done++;
    return QUO_OK;
}

/* The next row, into the chunk unless it was done before. */
static enum quo_status take_row(void *context, const struct quo_bookpolicy *row, bool *enough)
{
    struct work *w = context;
    struct quo_spread *rows = w->chunk.rows;
    const struct quo_partmark *done = &w->run->done;
    enum quo_status status = digest_row(w, row);
    if (status == QUO_OK && w->mark.done > done->done && (status = quo_spread_add(rows, row)) == QUO_MACHINE)
        quo_spread_told(rows, w->faults);
    *enough = quo_spread_rows(rows) == w->room || (w->mark.done == done->done && w->mark.digest != done->digest);
    return status;
}

/* Fills a chunk; rows that were done before are passed over. */
static enum quo_status read_chunk(struct work *w)
{
    const struct quo_partmark *done = &w->run->done;
    struct chunk *c = &w->chunk;
    quo_spread_clear(c->rows);
    enum quo_status status = quo_policystream_rows(w->stream, take_row, w, &c->last, w->faults);
    if (status == QUO_OK && w->mark.done <= done->done && w->mark.digest != done->digest && done->done)
        status = quo_faults_add(w->faults, QUO_REFUSED, w->run->policies, 0, "begin anew, without --resume",
                                "is not the file that the first %llu prices were made from",
                                (unsigned long long)done->done);
    w->several = w->several || !c->last;
    if (w->several)
        quo_spread_save(c->rows);
    c->mark = w->mark;
    c->share = quo_bookpolicies_share(w->policies);
    return status;
}

struct place {
    struct quo_spread *spread;
    size_t task;
};

static enum quo_status put(void *context, const char *text, size_t n)
{
    const struct place *to = context;
    return quo_spread_text(to->spread, to->task, text, n);
}

/* One task's rows priced, and put as text where they belong. */
static enum quo_status price_task(const struct quo_tablerun *run, struct quo_repricer *repricer,
                                  struct quo_spread *spread, size_t task)
{
    struct quo_spreadrows rows;
    struct place to = {spread, task};
    enum quo_status status = quo_spread_read(spread, task, run->protocols, run->terms, &rows);
    if (status == QUO_OK)
        status = quo_taskshare_price(run, repricer, &rows, put, &to);
    quo_spreadrows_free(&rows);
    return status;
}

static void task_done(struct work *w, const struct chunk *c, size_t rows, size_t of)
{
    const struct quo_tablerun *run = w->run;
    w->done += rows;
    const double left = (double)(c->mark.done - w->done) / (double)of;
    if (run->progress)
        run->progress(run->context, w->done, c->share - left * (c->share - w->share));
}

static enum quo_status price_one(struct work *w, const struct chunk *c, struct quo_repricer *repricer, size_t task)
{
    const enum quo_status status = repricer ? price_task(w->run, repricer, c->rows, task) : QUO_MACHINE;
#pragma omp critical(tablerun_done)
    task_done(w, c, quo_spread_task_rows(c->rows, task), quo_spread_rows(c->rows));
    return status;
}

/* This rank's tasks by its threads. */
static enum quo_status price_own(struct work *w, size_t tasks, const int *owner)
{
    enum quo_status failed = QUO_OK;
#pragma omp parallel num_threads(threads_of(w->run)) if (tasks > 1)
    {
        struct quo_repricer *repricer = quo_repricer_new(w->run->engine);
#pragma omp for schedule(dynamic, 1)
        for (size_t t = 0; t < tasks; t++) {
            const enum quo_status status = owner[t] == 0 ? price_one(w, &w->chunk, repricer, t) : QUO_OK;
            if (w->several && t % TRIM_TASKS == 0)
                malloc_trim(0);
            if (status) {
#pragma omp atomic write
                failed = status;
            }
        }
        quo_repricer_free(repricer);
    }
    return failed;
}

static enum quo_status price_tasks(struct work *w)
{
    const struct chunk *c = &w->chunk;
    const size_t tasks = quo_spread_cut(c->rows);
    int *owner = malloc((tasks + 1) * sizeof *owner);
    enum quo_status status = tasks && owner ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        quo_taskshare_out(w->run->ranks, c->rows, tasks, owner);
        status = quo_taskshare_hand(w->run->ranks, c->rows, tasks, owner);
    }
    if (status == QUO_OK)
        status = price_own(w, tasks, owner);
    if (status == QUO_OK)
        status = quo_taskshare_collect(w->run->ranks, c->rows, tasks, owner);
    for (size_t t = 0; t < tasks && status == QUO_OK; t++)
        if (owner[t])
            task_done(w, c, quo_spread_task_rows(c->rows, t), quo_spread_rows(c->rows));
    free(owner);
    return status;
}

static enum quo_status price_chunk(struct work *w)
{
    const struct quo_tablerun *run = w->run;
    const struct chunk *c = &w->chunk;
    int error = 0;
    w->done = c->mark.done - quo_spread_rows(c->rows);
    malloc_trim(0); /* what reading gave back lies in pieces among what stays: else pricing would come on top of it, and writing on both */
    enum quo_status status = price_tasks(w);
    malloc_trim(0);
    if (status == QUO_OK)
        status = quo_spread_write(c->rows, threads_of(run), run->to, &error);
    if (error)
        return quo_faults_add(w->faults, QUO_MACHINE, "", 0, run->keep ? "make room and run it again with --resume" : NULL,
                              "the prices cannot be written: %s", strerrordesc_np(error));
    if (status == QUO_MACHINE)
        quo_spread_told(c->rows, w->faults);
    w->share = c->share;
    if (status == QUO_OK && run->keep && !c->last) /* the last one counts with the file's end */
        status = run->keep(run->context, &c->mark, w->faults);
    return status;
}

/* Reading has all threads, and so has pricing: side by side they would be no faster, and hold two chunks. */
static enum quo_status price_all(struct work *w)
{
    enum quo_status status = QUO_OK;
    while (status == QUO_OK && !w->chunk.last) {
        status = read_chunk(w);
        if (status == QUO_OK && quo_spread_rows(w->chunk.rows))
            status = price_chunk(w);
    }
    return status;
}

enum quo_status quo_tablerun_price(const struct quo_tablerun *run, struct quo_faults *faults)
{
    struct work w = {.run = run, .room = run->chunk ? run->chunk : QUO_TABLERUN_CHUNK, .faults = faults};
    run->rejects->good = 0;
    w.chunk.rows = quo_spread_new();
    enum quo_status status = w.chunk.rows && sodium_init() >= 0 ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = (run->part ? quo_bookpolicies_open_part : quo_bookpolicies_open)(run->policies, run->protocols,
                                                                                  run->rejects, &w.policies, faults);
    if (status == QUO_OK && !run->part && !run->done.done)
        fputs(quo_bookresult_header, run->to);
    if (status == QUO_OK)
        status = (w.stream = quo_policystream_new(w.policies, threads_of(run))) ? price_all(&w) : QUO_MACHINE;
    quo_booktext_free(&w.digested);
    quo_policystream_free(w.stream);
    quo_spread_free(w.chunk.rows);
    quo_bookpolicies_close(w.policies);
    return quo_taskshare_end(run->ranks, status);
}

/* The file's hash behind the others; none for NULL. */
static enum quo_status add_file(struct quo_booktext *to, const char *path, struct quo_faults *faults)
{
    char hex[QUO_HASH_SIZE] = "none";
    if (path && quo_hash_file(path, hex) != QUO_OK)
        return quo_faults_add(faults, QUO_REFUSED, path, 0, "give the path of a file", "cannot be read");
    quo_booktext_add(to, hex, strlen(hex));
    return QUO_OK;
}

enum quo_status quo_tablerun_identity(const struct quo_engine *engine, const struct quo_terms *terms, const char *protocols,
                                      const struct quo_tablechange_files *then, char hex[QUO_HASH_SIZE],
                                      struct quo_faults *faults)
{
    struct quo_booktext all = {0};
    char *options = quo_bookterms_options(terms);
    for (size_t i = 0; i < engine->n_inputs; i++)
        quo_booktext_add(&all, engine->input[i].sha256, 64);
    enum quo_status status = add_file(&all, protocols, faults);
    const char *const past[] = {then ? then->prices : NULL, then ? then->protocols : NULL, then ? then->policies : NULL,
                                then ? then->pricing : NULL, then ? then->model : NULL};
    for (size_t i = 0; i < sizeof past / sizeof *past && then && status == QUO_OK; i++)
        status = add_file(&all, past[i], faults);
    quo_booktext_add(&all, quo_version_build(), strlen(quo_version_build()));
    if (options)
        quo_booktext_add(&all, options, strlen(options));
    const bool lost = all.failed || !options;
    quo_hash_bytes(lost ? "" : all.text, lost ? 0 : all.n, hex);
    free(options);
    quo_booktext_free(&all);
    return status ? status : lost ? QUO_MACHINE : QUO_OK;
}
