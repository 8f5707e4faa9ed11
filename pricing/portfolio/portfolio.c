#include "pricing/portfolio/portfolio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/accumulate.h"
#include "pricing/portfolio/yearblock.h"

static const double levels[QUO_PORTFOLIO_LEVELS] = {0.9, 0.95, 0.99, 0.995, 0.999};
static const double periods[QUO_PORTFOLIO_PERIODS] = {2, 5, 10, 20, 25, 50, 100, 200, 250, 1000};

/* Years that a thread takes at once. */
#define BLOCK QUO_YEARBLOCK_YEARS

void quo_portfolio_options_init(struct quo_portfolio_options *options)
{
    *options = (struct quo_portfolio_options){
        .years = 100000, .seed = 1, .level = 0.99, .added = SIZE_MAX, .ranks = {0, 1, NULL, NULL}};
}

void quo_portfolio_free(struct quo_portfolio *p)
{
    if (!p)
        return;
    free(p->contribution);
    free(p->ceded);
    free(p->accumulation);
    free(p);
}

/* One pass over all years, or over those of the tail. */
struct pass {
    const struct quo_shocks *shocks;
    const struct quo_portfolio_options *options;
    int64_t *total, *largest;   /* [years]: filled by the first pass */
    int64_t *added;             /* [years]; NULL: nothing is */
    int64_t *net, *net_largest; /* [years]; NULL: no reinsurance */
    struct quo_treaty_sums *ceded;
    size_t in_book;               /* policies */
    const struct quo_tail *tail;  /* NULL: all years are simulated */
    struct quo_tally *above, *at; /* what all years, or those above the VaR, add up to; and those at it */
};

/* One thread's part of a pass. */
struct share {
    struct quo_yearblock *block;
    struct quo_tally above, at;
    struct quo_treaty_sums *ceded;
    struct quo_treaty_event *events; /* room for a year's */
    const struct quo_event **ordered;
    size_t room, ordered_room;
};

static void share_free(struct share *s)
{
    quo_yearblock_free(s->block);
    quo_tally_free(&s->above);
    quo_tally_free(&s->at);
    free(s->ceded);
    free(s->events);
    free(s->ordered);
}

static enum quo_status share_new(const struct pass *pass, struct share *s)
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

static void share_join(const struct pass *pass, const struct share *s)
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
    const struct quo_event *const *x = a, *const *y = b;
    if ((*x)->time != (*y)->time)
        return (*x)->time < (*y)->time ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

/* The year's events that cost the book something, in the order of time, through the treaties. */
static enum quo_status reinsure(const struct pass *pass, struct share *s, uint64_t y, const struct quo_year_sums *sums)
{
    const int64_t *cents;
    const struct quo_event *event = quo_yearblock_events(s->block, &cents);
    struct quo_treaty_year left;
    size_t n = 0;
    if (!quo_exposures_room((void **)&s->events, &s->room, sums->event_to - sums->event_from, sizeof *s->events) ||
        !quo_exposures_room((void **)&s->ordered, &s->ordered_room, sums->event_to - sums->event_from,
                            sizeof *s->ordered))
        return QUO_MACHINE;
    for (uint32_t i = sums->event_from; i < sums->event_to; i++)
        if (cents[i] > 0)
            s->ordered[n++] = &event[i];
    qsort(s->ordered, n, sizeof *s->ordered, earlier);
    for (size_t i = 0; i < n; i++)
        s->events[i] = (struct quo_treaty_event){cents[s->ordered[i] - event]};
    quo_treaties_year(pass->options->treaties, s->events, n, s->ceded, &left);
    pass->net[y] = left.net;
    pass->net_largest[y] = left.largest;
    return QUO_OK;
}

static enum quo_status all_years(const struct pass *pass, struct share *s, uint64_t from, uint64_t to)
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
static enum quo_status tail_years(const struct pass *pass, struct share *s, uint64_t from, uint64_t to)
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
static uint64_t stride_of(const struct pass *pass)
{
    if (!pass->tail)
        return BLOCK;
    const double more = 1.0 / fmax(1.0 / 64.0, 1.0 - pass->tail->level);
    return BLOCK * (uint64_t)more;
}

static enum quo_status run_pass(const struct pass *pass)
{
    const uint64_t years = pass->options->years, stride = stride_of(pass);
    enum quo_status failed = QUO_OK;
    uint64_t done = 0;
#pragma omp parallel
    {
        struct share share;
        enum quo_status status = share_new(pass, &share);
#pragma omp for schedule(dynamic, 1)
        for (uint64_t from = 0; from < years; from += stride) {
            const uint64_t to = from + stride < years ? from + stride : years;
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

/* What the ranks have, in each of them. columns[n]: the numbers of all years; 0: those of the tail are known. */
static enum quo_status gather(const struct pass *pass, int64_t *columns, size_t n)
{
    const struct quo_ranks *ranks = &pass->options->ranks;
    if (ranks->ranks == 1)
        return QUO_OK;
    enum quo_status status = n == 0 || ranks->sum(ranks->context, columns, n) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_tally_gather(pass->above, ranks);
    if (status == QUO_OK && pass->tail)
        status = quo_tally_gather(pass->at, ranks);
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

/* total[n] and largest[n] are put in order. */
static void curves(int64_t *total, int64_t *largest, size_t n, struct quo_portfolio_curves *c)
{
    quo_ordered_sort(total, n);
    quo_ordered_sort(largest, n);
    c->mean = quo_ordered_mean(total, n, &c->sd);
    for (int i = 0; i < QUO_PORTFOLIO_PERIODS; i++) {
        c->aep[i] = quo_ordered_return(periods[i], total, n);
        c->oep[i] = quo_ordered_return(periods[i], largest, n);
    }
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        c->var[i].return_period = levels[i];
        c->var[i].loss = quo_ordered_var(levels[i], total, n, &c->var[i].low, &c->var[i].high);
        c->tvar[i] = quo_ordered_tvar(levels[i], total, n);
    }
    c->largest = 0.01 * (double)total[n - 1];
}

/* Mean and its error from a sum and a sum of squares over n years. */
static struct quo_estimate mean_of(double sum, double squares, double n)
{
    const double mean = sum / n, variance = fmax(0.0, squares / n - mean * mean);
    return (struct quo_estimate){0.01 * mean, n > 1.0 ? 0.01 * sqrt(variance / (n - 1.0)) : NAN};
}

static void contributions(struct quo_portfolio *p, const struct quo_tally *all, const struct quo_tally *above,
                          const struct quo_tally *at)
{
    for (size_t i = 0; i < all->policies; i++) {
        struct quo_contribution *c = &p->contribution[i];
        c->expected = mean_of((double)all->policy[i], (double)all->square[i], (double)p->years);
        const double f = p->tail.share_at;
        c->tail = mean_of((double)above->policy[i] + f * (double)at->policy[i],
                          (double)above->square[i] + f * (double)at->square[i], p->tail.years);
    }
}

static double tail_sum(const struct quo_tally *above, const struct quo_tally *at, double share_at)
{
    __int128 over = 0, on = 0;
    for (size_t i = 0; i < above->added; i++) {
        over += above->policy[i];
        on += at->policy[i];
    }
    return 0.01 * ((double)over + share_at * (double)on);
}

struct tallies {
    struct quo_tally all, above, at;
};

/* The same years with the added policies. work: [years]. */
static void with_added(struct quo_portfolio *p, const int64_t *total, const int64_t *added, double level, int64_t *work)
{
    const size_t n = (size_t)p->years;
    struct quo_portfolio_added *a = &p->added;
    struct quo_estimate sd;
    a->expected = quo_ordered_mean(added, n, &sd);
    a->tvar_before = quo_ordered_tvar(level, work, n).value; /* the book's years, in order */
    a->var_before = quo_ordered_var(level, work, n, NULL, NULL);
    a->sd_before = p->gross.sd.value;
    memcpy(work, added, n * sizeof *work);
    quo_ordered_sort(work, n);
    a->tvar_alone = quo_ordered_tvar(level, work, n).value;
    for (size_t y = 0; y < n; y++)
        work[y] = total[y] + added[y];
    quo_ordered_mean(work, n, &sd);
    a->sd_after = sd.value;
    quo_ordered_sort(work, n);
    a->tvar_after = quo_ordered_tvar(level, work, n).value;
    a->var_after = quo_ordered_var(level, work, n, NULL, NULL);
    a->tvar_added.value = a->tvar_after - a->tvar_before;
    const double alone = a->tvar_alone - a->expected.value;
    a->diversification = alone > 0.0 ? fmin(1.0, fmax(0.0, (a->tvar_added.value - a->expected.value) / alone)) : 1.0;
}

/* From the second pass: what the added were paid in the book's tail. */
static void added_contribution(struct quo_portfolio *p, size_t all)
{
    double variance = 0.0;
    for (size_t i = p->policies; i < all; i++) {
        p->added.contribution += p->contribution[i].tail.value;
        variance += p->contribution[i].tail.std_error * p->contribution[i].tail.std_error;
    }
    p->added.tvar_added.std_error = sqrt(variance);
}

static void cede(struct quo_portfolio *p, const struct quo_treaty_sums *sums)
{
    for (size_t k = 0; k < p->n_ceded; k++) {
        const double n = (double)p->years;
        p->ceded[k] = (struct quo_ceded){.expected = mean_of((double)sums[k].ceded, (double)sums[k].square, n),
                                         .reinstatement_premium = 0.01 * (double)sums[k].reinstatement_premium / n,
                                         .touched = (double)sums[k].touched / n,
                                         .exhausted = (double)sums[k].exhausted / n};
    }
}

/* column[5][years]: total, largest, added, net, net_largest, those that are asked for. */
static enum quo_status first_pass(struct pass *pass, struct quo_portfolio *p, int64_t *column)
{
    const size_t n = (size_t)p->years;
    pass->total = column;
    pass->largest = column + n;
    size_t used = 2;
    if (p->added.policies)
        pass->added = column + n * used++;
    if (p->n_ceded) {
        pass->net = column + n * used;
        pass->net_largest = column + n * (used + 1);
        if (!(pass->ceded = calloc(p->n_ceded, sizeof *pass->ceded)))
            return QUO_MACHINE;
    }
    enum quo_status status = run_pass(pass);
    if (status == QUO_OK)
        status = gather(pass, column, n * (p->n_ceded ? used + 2 : used));
    if (status == QUO_OK && p->n_ceded) {
        curves(pass->net, pass->net_largest, n, &p->net);
        cede(p, pass->ceded);
    }
    free(pass->ceded);
    pass->ceded = NULL;
    pass->net = NULL;
    return status;
}

static enum quo_status simulate(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                                struct quo_portfolio *p, struct tallies *t)
{
    const size_t n = (size_t)options->years, columns = 2u + (p->added.policies ? 1u : 0u) + (p->n_ceded ? 2u : 0u);
    int64_t *column = calloc(columns * n, sizeof *column), *sorted = malloc(n * sizeof *sorted);
    struct pass pass = {.shocks = shocks, .options = options, .in_book = p->policies, .above = &t->all};
    enum quo_status status = column && sorted ? first_pass(&pass, p, column) : QUO_MACHINE;
    if (status == QUO_OK) {
        memcpy(sorted, pass.total, n * sizeof *sorted);
        curves(sorted, pass.largest, n, &p->gross);
        p->tail = quo_ordered_tail(options->level, sorted, n);
        if (pass.added)
            with_added(p, pass.total, pass.added, options->level, sorted);
        pass.tail = &p->tail;
        pass.above = &t->above;
        pass.at = &t->at;
        status = run_pass(&pass);
        if (status == QUO_OK)
            status = gather(&pass, NULL, 0);
    }
    free(column);
    free(sorted);
    return status;
}

static void describe(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                     struct quo_portfolio *p)
{
    const struct quo_exposures *e = shocks->exposures;
    p->years = options->years;
    p->seed = options->seed;
    p->policies = options->added < e->n_policies ? options->added : e->n_policies;
    p->added.policies = e->n_policies - p->policies;
    p->protocols = e->n_risks;
    p->n_ceded = options->treaties ? options->treaties->n : 0;
    p->events_per_year = quo_shocks_events(shocks) * e->horizon;
    for (size_t i = 0; i < e->n_policies; i++)
        *(i < p->policies ? &p->exact_mean : &p->added.quoted) += e->policy[i].expected;
}

enum quo_status quo_portfolio_run(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                                  struct quo_portfolio **out)
{
    *out = NULL;
    const struct quo_exposures *e = shocks->exposures;
    if (options->years < 1 || options->years > QUO_PORTFOLIO_YEARS_MAX || e->n_policies == 0 || options->added == 0 ||
        !(options->level >= 0.0 && options->level < 1.0))
        return QUO_DOMAIN;
    struct quo_portfolio *p = calloc(1, sizeof *p);
    struct tallies t;
    memset(&t, 0, sizeof t);
    enum quo_status status =
        p && (p->contribution = calloc(e->n_policies, sizeof *p->contribution)) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        describe(shocks, options, p);
        if (p->n_ceded && !(p->ceded = calloc(p->n_ceded, sizeof *p->ceded)))
            status = QUO_MACHINE;
    }
    if (status == QUO_OK) {
        status = quo_tally_new(shocks, p->policies, &t.all);
    }
    if (status == QUO_OK)
        status = quo_tally_new(shocks, p->policies, &t.above);
    if (status == QUO_OK)
        status = quo_tally_new(shocks, p->policies, &t.at);
    if (status == QUO_OK)
        status = simulate(shocks, options, p, &t);
    if (status == QUO_OK) {
        p->tail_mean = tail_sum(&t.above, &t.at, p->tail.share_at) / p->tail.years;
        contributions(p, &t.all, &t.above, &t.at);
        added_contribution(p, e->n_policies);
        status = quo_accumulate(shocks, &t.all, &t.above, &t.at, p);
    }
    quo_tally_free(&t.all);
    quo_tally_free(&t.above);
    quo_tally_free(&t.at);
    if (status)
        quo_portfolio_free(p);
    else
        *out = p;
    return status;
}
