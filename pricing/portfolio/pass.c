#include "pricing/portfolio/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pricing/portfolio/checkpoint.h"

/* Years that a thread takes at once. */
#define BLOCK QUO_YEARBLOCK_YEARS

/* An event before the treaties see it. */
struct happening {
    float time;
    uint32_t order;
    struct quo_treaty_event event;
};

/* One thread's part of a pass. */
struct share {
    struct quo_yearblock *block;
    struct quo_tally above, at;
    struct quo_treaty_sums *ceded;
    struct quo_treaty_event *events; /* room for a year's */
    struct happening *happening;
    size_t room, happening_room;
};

static void share_free(struct share *s)
{
    quo_yearblock_free(s->block);
    quo_tally_free(&s->above);
    quo_tally_free(&s->at);
    free(s->ceded);
    free(s->events);
    free(s->happening);
}

static enum quo_status share_new(const struct quo_pass *pass, struct share *s)
{
    memset(s, 0, sizeof *s);
    enum quo_status status = 
        quo_yearblock_new(pass->shocks, pass->options->seed, pass->in_book, &s->block);
    if (status == QUO_OK)
        status = quo_tally_new(pass->shocks, pass->in_book, &s->above);
    if (status == QUO_OK && pass->tail)
        status = quo_tally_new(pass->shocks, pass->in_book, &s->at);
    if (status == QUO_OK && pass->net && !(s->ceded = calloc(pass->options->treaties->n, sizeof *s->ceded)))
        status = QUO_MACHINE;
    return status;
}

static void share_join(const struct quo_pass *pass, const struct share *s)
{
    quo_tally_join(pass->above, &s->above);
    if (pass->tail)
        quo_tally_join(pass->at, &s->at);
    for (size_t k = 0; pass->net && k < pass->options->treaties->n; k++) {
        pass->ceded[k].ceded += s->ceded[k].ceded;
        pass->ceded[k].reinstatement_premium += s->ceded[k].reinstatement_premium;
        pass->ceded[k].touched += s->ceded[k].touched;
        pass->ceded[k].exhausted += s->ceded[k].exhausted;
        pass->ceded[k].square += s->ceded[k].square;
    }
}

static int earlier(const void *a, const void *b)
{
    const struct happening *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool happens(struct share *s, size_t *n, float time, int64_t cents, int64_t market, int64_t book)
{
    if (cents <= 0 && market <= 0 && book <= 0)
        return true;
    if (!quo_exposures_room((void **)&s->happening, &s->happening_room, *n, sizeof *s->happening))
        return false;
    s->happening[*n] = (struct happening){time, (uint32_t)*n, {cents, market, book}};
    ++*n;
    return true;
}

/* What cost somebody something in the year, of the book and the market around it, in the order of time. */
static bool gather_events(const struct quo_pass *pass, struct share *s, const struct quo_year_sums *sums, size_t *n)
{
    const int64_t *cents, *market, *lost = quo_yearblock_lost(s->block);
    const struct quo_event *event = quo_yearblock_events(s->block, &cents, &market);
    const struct quo_marketother *other = quo_yearblock_others(s->block);
    const bool every = pass->shocks->exposures->dependence.every_loss;
    bool good = true;
    *n = 0;
    for (uint32_t i = sums->event_from; i < sums->event_to && good; i++) {
        int64_t book = 0;
        for (size_t p = 0; p < QUO_COVERED_PERILS && every; p++)
            book += lost[(size_t)i * QUO_COVERED_PERILS + p];
        good = happens(s, n, event[i].time, cents[i], every ? market[i] : 0, book);
    }
    for (uint32_t i = sums->paid_from; i < sums->paid_to && good; i++)
        good = happens(s, n, event[i].time, cents[i], 0, 0);
    for (uint32_t i = sums->other_from; i < sums->other_to && good; i++)
        good = happens(s, n, other[i].time, 0, other[i].cents, 0);
    if (*n > 1)   /* a year without events may come before the list has any memory */
        qsort(s->happening, *n, sizeof *s->happening, earlier);
    return good;
}

static enum quo_status reinsure(const struct quo_pass *pass, struct share *s, uint64_t y, const struct quo_year_sums *sums)
{
    struct quo_treaty_year left;
    size_t n;
    if (!gather_events(pass, s, sums, &n) || !quo_exposures_room((void **)&s->events, &s->room, n, sizeof *s->events))
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++)
        s->events[i] = s->happening[i].event;
    quo_treaties_year(pass->options->treaties, s->events, n, s->ceded, &left);
    pass->net[y] = left.net;
    pass->net_largest[y] = left.largest;
    return QUO_OK;
}

static enum quo_status all_years(const struct quo_pass *pass, struct share *s, uint64_t from, uint64_t to)
{
    uint64_t year[BLOCK];
    struct quo_year_sums sums[BLOCK];
    struct quo_tally *const tally[2] = {&s->above, &s->at};
    for (uint64_t i = 0; i < BLOCK; i++)
        year[i] = from + i;
    enum quo_status status = quo_yearblock_run(s->block, year, (size_t)(to - from), NULL, tally, sums);
    for (uint64_t y = from; y < to && status == QUO_OK; y++) {
        pass->total[y] = sums[y - from].total;
        pass->largest[y] = sums[y - from].largest;
        if (pass->added)
            pass->added[y] = sums[y - from].added;
        if (pass->net)
            status = reinsure(pass, s, y, &sums[y - from]);
    }
    return status;
}

/* Those above the VaR, and at it. */
static enum quo_status tail_years(const struct quo_pass *pass, struct share *s, uint64_t from, uint64_t to)
{
    uint64_t year[BLOCK];
    uint8_t which[BLOCK];
    struct quo_year_sums sums[BLOCK];
    struct quo_tally *const tally[2] = {&s->above, &s->at};
    enum quo_status status = QUO_OK;
    size_t n = 0;
    for (uint64_t y = from; y < to && status == QUO_OK; y++) {
        if (pass->total[y] >= pass->tail->var && pass->total[y] != 0) {
            year[n] = y;
            which[n++] = pass->total[y] == pass->tail->var;
        }
        if (n == BLOCK || (n && y + 1 == to)) {
            status = quo_yearblock_run(s->block, year, n, which, tally, sums);
            n = 0;
        }
    }
    return status;
}

/* Years that a thread is given at once: of the tail, so many that a block of them is simulated together. */
static uint64_t stride_of(const struct quo_pass *pass)
{
    if (!pass->tail)
        return BLOCK;
    const double more = 1.0 / fmax(1.0 / 64.0, 1.0 - pass->tail->level);
    return BLOCK * (uint64_t)more;
}

/* The years from `begin` to before `end`; begin is a whole number of strides. */
static enum quo_status run_pass(const struct quo_pass *pass, uint64_t begin, uint64_t end)
{
    const uint64_t years = pass->options->years, stride = stride_of(pass);
    enum quo_status failed = QUO_OK;
    uint64_t done = begin;
#pragma omp parallel
    {
        struct share share;
        enum quo_status status = share_new(pass, &share);
#pragma omp for schedule(dynamic, 1)
        for (uint64_t from = begin; from < end; from += stride) {
            const uint64_t to = from + stride < end ? from + stride : end;
            if (status == QUO_OK &&
                from / stride % (uint64_t)pass->options->ranks.ranks == (uint64_t)pass->options->ranks.rank)
                status = pass->tail ? tail_years(pass, &share, from, to) : all_years(pass, &share, from, to);
            if (pass->options->progress && !pass->tail) {
#pragma omp critical(quo_portfolio_progress)
                {
                    done += to - from;
                    pass->options->progress(pass->options->context, done, years);
                }
            }
        }
#pragma omp critical(quo_portfolio_join)
        {
            if (status == QUO_OK)
                share_join(pass, &share);
            else
                failed = status;
        }
        share_free(&share);
    }
    return failed;
}

/* ---- over ranks -------------------------------------------------------------------------------- */

static size_t columns_of(const struct quo_pass *pass, int64_t *column[QUO_PASS_COLUMNS])
{
    int64_t *const all[] = {pass->total, pass->largest, pass->added, pass->net, pass->net_largest};
    size_t n = 0;
    for (int k = 0; k < QUO_PASS_COLUMNS; k++)
        if (all[k])
            column[n++] = all[k];
    return n;
}

static enum quo_status gather_ceded(const struct quo_pass *pass)
{
    const struct quo_ranks *ranks = &pass->options->ranks;
    enum quo_status status = QUO_OK;
    for (size_t k = 0; pass->net && k < pass->options->treaties->n && status == QUO_OK; k++) {
        struct quo_treaty_sums *s = &pass->ceded[k];
        int64_t four[4] = {s->ceded, s->reinstatement_premium, (int64_t)s->touched, (int64_t)s->exhausted};
        status = ranks->sum(ranks->context, four, 4) ? quo_tally_gather_wide(&s->square, 1, ranks) : QUO_MACHINE;
        s->ceded = four[0];
        s->reinstatement_premium = four[1];
        s->touched = (uint64_t)four[2];
        s->exhausted = (uint64_t)four[3];
    }
    return status;
}

/* What the ranks have of the years from `begin` to before `end`, in each of them. */
static enum quo_status gather(const struct quo_pass *pass, uint64_t begin, uint64_t end)
{
    const struct quo_ranks *ranks = &pass->options->ranks;
    int64_t *column[QUO_PASS_COLUMNS];
    enum quo_status status = QUO_OK;
    if (ranks->ranks == 1)
        return QUO_OK;
    const size_t n = pass->tail ? 0 : columns_of(pass, column);
    for (size_t k = 0; k < n && status == QUO_OK; k++)
        status = ranks->sum(ranks->context, column[k] + begin, (size_t)(end - begin)) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_tally_gather(pass->above, ranks);
    if (status == QUO_OK && pass->tail)
        status = quo_tally_gather(pass->at, ranks);
    return status == QUO_OK ? gather_ceded(pass) : status;
}

/* ---- slices ------------------------------------------------------------------------------------ */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One slice, its sums joined to those of the slices before it. */
static enum quo_status one_slice(const struct quo_pass *pass, uint64_t begin, uint64_t end)
{
    struct quo_pass slice = *pass;
    struct quo_tally tally;
    const size_t treaties = pass->net ? pass->options->treaties->n : 0;
    slice.above = &tally;
    slice.ceded = calloc(treaties + 1, sizeof *slice.ceded);
    enum quo_status status = quo_tally_new(pass->shocks, pass->in_book, &tally);
    if (status == QUO_OK)
        status = slice.ceded ? run_pass(&slice, begin, end) : QUO_MACHINE;
    if (status == QUO_OK)
        status = gather(&slice, begin, end);
    if (status == QUO_OK) {
        const struct share one = {.above = tally, .ceded = slice.ceded};
        share_join(pass, &one);
    }
    quo_tally_free(&tally);
    free(slice.ceded);
    return status;
}

/* Saved so seldom that writing is a twentieth of the work at most. */
enum quo_status quo_pass_all(struct quo_pass *pass)
{
    const struct quo_portfolio_options *o = pass->options;
    int64_t *column[QUO_PASS_COLUMNS];
    struct quo_checkpoint state = {.path = o->checkpoint,
                                   .shocks = pass->shocks,
                                   .options = o,
                                   .column = column,
                                   .n_columns = columns_of(pass, column),
                                   .tally = pass->above,
                                   .ceded = pass->ceded};
    uint64_t slice = o->years;
    enum quo_status status = QUO_OK;
    if (o->checkpoint) {
        slice = (o->years / 50 / BLOCK + 1) * BLOCK;
        slice = slice < 16 * BLOCK ? 16 * BLOCK : slice;
        status = o->resume ? quo_checkpoint_load(&state, o->faults) : QUO_OK;
    }
    if (status == QUO_OK)
        status = quo_checkpoint_agree(&state, o->faults);
    double saved = seconds(), took = 0.0;
    for (uint64_t from = state.done; from < o->years && status == QUO_OK; from = state.done) {
        const uint64_t to = from + slice < o->years ? from + slice : o->years;
        status = one_slice(pass, from, to);
        state.done = to;
        const double now = seconds();
        if (status == QUO_OK && o->checkpoint && o->ranks.rank == 0 && now - saved > fmax(o->checkpoint_seconds, 20.0 * took)) {
            status = quo_checkpoint_save(&state, o->faults);
            saved = seconds();
            took = saved - now;
        }
    }
    return status;
}

enum quo_status quo_pass_tail(struct quo_pass *pass)
{
    const enum quo_status status = run_pass(pass, 0, pass->options->years);
    return status == QUO_OK ? gather(pass, 0, 0) : status;
}
