#include "pricing/book/tablerun.h"

#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookterms.h"
#include "pricing/version.h"

struct chunk {
    struct quo_bookrows rows;
    struct quo_partmark mark; /* behind its last row */
    double share;             /* of the input */
    bool last;
    enum quo_status status;
};

struct work {
    const struct quo_tablerun *run;
    struct quo_bookpolicies *policies;
    struct quo_faults reading; /* the reading thread's own */
    struct quo_partmark mark;  /* rows read so far */
    struct chunk chunk[2];
    struct quo_repriced *priced;
    size_t room; /* rows a chunk */
};

/* The row added to the digest: everything that its price depends on. SipHash [AB12], keyed by the digest before. */
static uint64_t digest_row(uint64_t before, const struct quo_bookpolicy *row)
{
    unsigned char key[crypto_shorthash_KEYBYTES] = {0};
    struct {
        uint64_t id, protocol, steps;
        double number[6];
        int64_t whole[5];
    } all = {.number = {row->attach, row->exhaust, row->waiting_hours, row->event_limit, row->annual_limit,
                        row->expiring_premium},
             .whole = {row->perils, row->index, row->shape, row->inception, row->term_days}};
    memcpy(key, &before, sizeof before);
    crypto_shorthash((unsigned char *)&all.id, (const unsigned char *)row->id, strlen(row->id), key);
    crypto_shorthash((unsigned char *)&all.protocol, (const unsigned char *)row->protocol_id, strlen(row->protocol_id), key);
    crypto_shorthash((unsigned char *)&all.steps, (const unsigned char *)row->step,
                     (size_t)row->n_steps * sizeof *row->step, key);
    uint64_t digest;
    crypto_shorthash((unsigned char *)&digest, (const unsigned char *)&all, sizeof all, key);
    return digest;
}

/* Fills a chunk; rows that were done before are passed over. */
static void *read_chunk(void *context)
{
    struct work *w = ((void **)context)[0];
    struct chunk *c = ((void **)context)[1];
    const struct quo_partmark *done = &w->run->done;
    const struct quo_bookpolicy *row = NULL;
    quo_bookrows_clear(&c->rows);
    c->status = QUO_OK;
    while (c->rows.n < w->room && (c->status = quo_bookpolicies_next(w->policies, &row, &w->reading)) == QUO_OK && row) {
        struct quo_bookpolicy one = *row;
        w->mark.digest = digest_row(w->mark.digest, row);
        w->mark.done++;
        one.terms = w->run->terms;
        if (w->mark.done > done->done)
            c->status = quo_bookrows_add(&c->rows, &one);
        if (c->status || (w->mark.done == done->done && w->mark.digest != done->digest))
            break;
    }
    if (c->status == QUO_OK && w->mark.done <= done->done && w->mark.digest != done->digest && done->done)
        c->status = quo_faults_add(&w->reading, QUO_REFUSED, w->run->policies, 0, "begin anew, without --resume",
                                   "is not the file that the first %llu prices were made from",
                                   (unsigned long long)done->done);
    c->last = !row;
    c->mark = w->mark;
    c->share = quo_bookpolicies_share(w->policies);
    return NULL;
}

#define BLOCK 1024 /* rows of one text */
#define TEXTS 32

/* Rows as text by all threads, written in order. */
static enum quo_status write_rows(const struct quo_tablerun *run, const struct quo_bookrows *rows,
                                  const struct quo_repriced *priced, struct quo_faults *faults)
{
    struct quo_booktext text[TEXTS] = {0};
    const int jobs = run->jobs > 0 ? run->jobs : omp_get_max_threads();
    bool failed = false;
    int error = 0;
    for (size_t from = 0; from < rows->n && !error; from += (size_t)TEXTS * BLOCK) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(jobs) if (rows->n > BLOCK)
        for (size_t t = 0; t < TEXTS; t++) {
            const size_t first = from + t * BLOCK, end = first + BLOCK < rows->n ? first + BLOCK : rows->n;
            text[t].n = 0;
            for (size_t i = first; i < end; i++)
                quo_bookresult_write(&priced[i].result, rows->row[i].id, rows->row[i].protocol_id, priced[i].reasons,
                                     &text[t]);
        }
        for (size_t t = 0; t < TEXTS; t++) {
            failed |= text[t].failed;
            errno = 0;
            if (!error && text[t].n && fwrite(text[t].text, 1, text[t].n, run->to) != text[t].n)
                error = errno ? errno : EIO;
        }
    }
    for (size_t t = 0; t < TEXTS; t++)
        quo_booktext_free(&text[t]);
    if (error)
        return quo_faults_add(faults, QUO_MACHINE, "", 0,
                              run->keep ? "make room and run it again with --resume" : NULL,
                              "the prices cannot be written: %s", strerrordesc_np(error));
    return failed ? QUO_MACHINE : QUO_OK;
}

static enum quo_status price_chunk(struct work *w, const struct chunk *c, struct quo_faults *faults)
{
    const struct quo_tablerun *run = w->run;
    const struct quo_reprice_options how = {.jobs = run->jobs};
    enum quo_status status =
        quo_reprice_rows(run->engine, run->protocols, c->rows.row, c->rows.n, &how, w->priced);
    if (status == QUO_OK)
        status = write_rows(run, &c->rows, w->priced, faults);
    quo_repriced_free(w->priced, c->rows.n);
    if (status == QUO_OK && run->keep && c->rows.n && !c->last) /* the last one counts with the file's end */
        status = run->keep(run->context, &c->mark, faults);
    if (status == QUO_OK && run->progress)
        run->progress(run->context, c->mark.done, c->share);
    return status;
}

/* One chunk is read while the one before it is priced. */
static enum quo_status price_all(struct work *w, struct quo_faults *faults)
{
    struct chunk *now = &w->chunk[0], *next = &w->chunk[1];
    read_chunk((void *[]){w, now});
    enum quo_status status = now->status;
    while (status == QUO_OK) {
        pthread_t thread;
        void *context[] = {w, next};
        const bool more = !now->last, beside = more && pthread_create(&thread, NULL, read_chunk, context) == 0;
        status = price_chunk(w, now, faults);
        if (beside)
            pthread_join(thread, NULL);
        else if (more && status == QUO_OK)
            read_chunk(context);
        if (!more)
            break;
        status = status ? status : next->status;
        struct chunk *other = now;
        now = next;
        next = other;
    }
    return status;
}

enum quo_status quo_tablerun_price(const struct quo_tablerun *run, struct quo_faults *faults)
{
    struct work w = {.run = run, .room = run->chunk ? run->chunk : QUO_TABLERUN_CHUNK};
    quo_faults_init(&w.reading);
    run->rejects->good = 0;
    w.priced = calloc(w.room, sizeof *w.priced);
    enum quo_status status = w.priced && sodium_init() >= 0 ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = (run->part ? quo_bookpolicies_open_part : quo_bookpolicies_open)(run->policies, run->protocols,
                                                                                  run->rejects, &w.policies, faults);
    if (status == QUO_OK && !run->part && !run->done.done)
        fputs(quo_bookresult_header, run->to);
    if (status == QUO_OK)
        status = price_all(&w, faults);
    for (size_t i = 0; i < w.reading.n; i++) {
        const struct quo_fault *f = &w.reading.fault[i];
        quo_faults_add(faults, f->code, f->file, f->line, f->hint, "%s", f->text);
    }
    quo_faults_free(&w.reading);
    quo_bookrows_free(&w.chunk[0].rows);
    quo_bookrows_free(&w.chunk[1].rows);
    quo_bookpolicies_close(w.policies);
    free(w.priced);
    return status;
}

enum quo_status quo_tablerun_identity(const struct quo_engine *engine, const struct quo_terms *terms,
                                      const char *protocols, char hex[QUO_HASH_SIZE], struct quo_faults *faults)
{
    struct quo_booktext all = {0};
    char file[QUO_HASH_SIZE];
    if (quo_hash_file(protocols, file) != QUO_OK)
        return quo_faults_add(faults, QUO_REFUSED, protocols, 0, "give the path of a CSV file", "cannot be read");
    char *options = quo_bookterms_options(terms);
    for (size_t i = 0; i < engine->n_inputs; i++)
        quo_booktext_add(&all, engine->input[i].sha256, 64);
    quo_booktext_add(&all, file, 64);
    quo_booktext_add(&all, quo_version_build(), strlen(quo_version_build()));
    if (options)
        quo_booktext_add(&all, options, strlen(options));
    const bool lost = all.failed || !options;
    quo_hash_bytes(lost ? "" : all.text, lost ? 0 : all.n, hex);
    free(options);
    quo_booktext_free(&all);
    return lost ? QUO_MACHINE : QUO_OK;
}
