#include "pricing/portfolio/portfolio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/accumulate.h"
#include "pricing/portfolio/tally.h"

static const double levels[QUO_PORTFOLIO_LEVELS] = {0.9, 0.95, 0.99, 0.995, 0.999};
static const double periods[QUO_PORTFOLIO_PERIODS] = {2, 5, 10, 20, 25, 50, 100, 200, 250, 1000};

/* Years that a thread takes at once. */
#define BLOCK 256

void quo_portfolio_options_init(struct quo_portfolio_options *options)
{
    *options = (struct quo_portfolio_options){.years = 100000, .seed = 1, .level = 0.99};
}

void quo_portfolio_free(struct quo_portfolio *p)
{
    if (!p)
        return;
    free(p->contribution);
    free(p->accumulation);
    free(p);
}

/* One pass over all years, or over those of the tail. */
struct pass {
    const struct quo_shocks *shocks;
    const struct quo_portfolio_options *options;
    int64_t *total, *largest;     /* [years]: filled by the first pass */
    const struct quo_tail *tail;  /* NULL: all years are simulated */
    struct quo_tally *above, *at; /* what all years, or those above the VaR, add up to; and those at it */
};

static enum quo_status one_block(const struct pass *pass, struct quo_worker *worker, uint64_t from, struct quo_tally *above, struct quo_tally *at)
{
    const uint64_t years = pass->options->years, to = from + BLOCK < years ? from + BLOCK : years;
    for (uint64_t y = from; y < to; y++) {
        const struct quo_paid *paid;
        size_t n;
        int64_t largest;
        if (pass->tail && (pass->total[y] < pass->tail->var || pass->total[y] == 0))
            continue;
        const enum quo_status status = quo_worker_year(worker, y, &paid, &n);
        if (status)
            return status;
        const int64_t total = quo_tally_add(pass->tail && pass->total[y] == pass->tail->var ? at : above, paid, n, &largest);
        if (!pass->tail) {
            pass->total[y] = total;
            pass->largest[y] = largest;
        }
    }
    return QUO_OK;
}

static enum quo_status run_pass(const struct pass *pass)
{
    const uint64_t years = pass->options->years;
    enum quo_status failed = QUO_OK;
    uint64_t done = 0;
#pragma omp parallel
    {
        struct quo_worker *worker = NULL;
        struct quo_tally above, at;
        enum quo_status status = quo_worker_new(pass->shocks, pass->options->seed, &worker);
        memset(&above, 0, sizeof above);
        memset(&at, 0, sizeof at);
        if (status == QUO_OK)
            status = quo_tally_new(pass->shocks, &above);
        if (status == QUO_OK && pass->tail)
            status = quo_tally_new(pass->shocks, &at);
#pragma omp for schedule(dynamic, 1)
        for (uint64_t from = 0; from < years; from += BLOCK) {
            if (status == QUO_OK)
                status = one_block(pass, worker, from, &above, &at);
            if (pass->options->progress && !pass->tail) {
#pragma omp critical(quo_portfolio_progress)
                {
                    done += from + BLOCK < years ? BLOCK : years - from;
                    pass->options->progress(pass->options->context, done, years);
                }
            }
        }
#pragma omp critical(quo_portfolio_join)
        {
            if (status == QUO_OK) {
                quo_tally_join(pass->above, &above);
                if (pass->tail)
                    quo_tally_join(pass->at, &at);
            } else {
                failed = status;
            }
        }
        quo_tally_free(&above);
        quo_tally_free(&at);
        quo_worker_free(worker);
    }
    return failed;
}

static void curves(struct quo_portfolio *p, const int64_t *total, const int64_t *largest, double level)
{
    const size_t n = (size_t)p->years;
    for (int i = 0; i < QUO_PORTFOLIO_PERIODS; i++) {
        p->aep[i] = quo_ordered_return(periods[i], total, n);
        p->oep[i] = quo_ordered_return(periods[i], largest, n);
    }
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        p->var[i].return_period = levels[i];
        p->var[i].loss = quo_ordered_var(levels[i], total, n, &p->var[i].low, &p->var[i].high);
        p->tvar[i] = quo_ordered_tvar(levels[i], total, n);
    }
    p->tail = quo_ordered_tail(level, total, n);
    p->largest = 0.01 * (double)total[n - 1];
}

/* Mean and its error from a sum and a sum of squares over n years. */
static struct quo_estimate mean_of(double sum, double squares, double n)
{
    const double mean = sum / n, variance = fmax(0.0, squares / n - mean * mean);
    return (struct quo_estimate){0.01 * mean, n > 1.0 ? 0.01 * sqrt(variance / (n - 1.0)) : NAN};
}

static void contributions(struct quo_portfolio *p, const struct quo_tally *all, const struct quo_tally *above, const struct quo_tally *at)
{
    for (size_t i = 0; i < p->policies; i++) {
        struct quo_contribution *c = &p->contribution[i];
        c->expected = mean_of((double)all->policy[i], (double)all->square[i], (double)p->years);
        const double f = p->tail.share_at;
        c->tail = mean_of((double)above->policy[i] + f * (double)at->policy[i], (double)above->square[i] + f * (double)at->square[i], p->tail.years);
    }
}

static double tail_sum(const struct quo_tally *above, const struct quo_tally *at, double share_at)
{
    __int128 over = 0, on = 0;
    for (size_t i = 0; i < above->policies; i++) {
        over += above->policy[i];
        on += at->policy[i];
    }
    return 0.01 * ((double)over + share_at * (double)on);
}

struct tallies {
    struct quo_tally all, above, at;
};

static enum quo_status simulate(const struct quo_shocks *shocks, const struct quo_portfolio_options *options, struct quo_portfolio *p,
                                struct tallies *t)
{
    const size_t n = (size_t)options->years;
    int64_t *total = malloc(2 * n * sizeof *total), *sorted = malloc(2 * n * sizeof *sorted);
    struct pass pass = {.shocks = shocks, .options = options, .total = total, .largest = total ? total + n : NULL, .above = &t->all};
    enum quo_status status = total && sorted ? run_pass(&pass) : QUO_MACHINE;
    if (status == QUO_OK) {
        memcpy(sorted, total, 2 * n * sizeof *sorted);
        quo_ordered_sort(sorted, n);
        quo_ordered_sort(sorted + n, n);
        p->mean = quo_ordered_mean(sorted, n, &p->sd);
        curves(p, sorted, sorted + n, options->level);
        pass.tail = &p->tail;
        pass.above = &t->above;
        pass.at = &t->at;
        status = run_pass(&pass);
    }
    free(total);
    free(sorted);
    return status;
}

enum quo_status quo_portfolio_run(const struct quo_shocks *shocks, const struct quo_portfolio_options *options, struct quo_portfolio **out)
{
    *out = NULL;
    const struct quo_exposures *e = shocks->exposures;
    if (options->years < 1 || options->years > QUO_PORTFOLIO_YEARS_MAX || e->n_policies == 0 || !(options->level >= 0.0 && options->level < 1.0))
        return QUO_DOMAIN;
    struct quo_portfolio *p = calloc(1, sizeof *p);
    struct tallies t;
    memset(&t, 0, sizeof t);
    enum quo_status status = p && (p->contribution = calloc(e->n_policies, sizeof *p->contribution)) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        p->years = options->years;
        p->seed = options->seed;
        p->policies = e->n_policies;
        p->protocols = e->n_risks;
        p->events_per_year = quo_shocks_events(shocks) * e->horizon;
        for (size_t i = 0; i < e->n_policies; i++)
            p->exact_mean += e->policy[i].expected;
        status = quo_tally_new(shocks, &t.all);
    }
    if (status == QUO_OK)
        status = quo_tally_new(shocks, &t.above);
    if (status == QUO_OK)
        status = quo_tally_new(shocks, &t.at);
    if (status == QUO_OK)
        status = simulate(shocks, options, p, &t);
    if (status == QUO_OK) {
        p->tail_mean = tail_sum(&t.above, &t.at, p->tail.share_at) / p->tail.years;
        contributions(p, &t.all, &t.above, &t.at);
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
