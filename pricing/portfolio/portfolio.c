#include "pricing/portfolio/portfolio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/accumulate.h"
#include "pricing/portfolio/pass.h"

static const double levels[QUO_PORTFOLIO_LEVELS] = {0.9, 0.95, 0.99, 0.995, 0.999};
static const double periods[QUO_PORTFOLIO_PERIODS] = {2, 5, 10, 20, 25, 50, 100, 200, 250, 1000};

void quo_portfolio_options_init(struct quo_portfolio_options *options)
{
    *options = (struct quo_portfolio_options){
        .years = 100000, .seed = 1, .level = 0.99, .added = SIZE_MAX, .ranks = {.ranks = 1}, .checkpoint_seconds = 0.7};
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
static enum quo_status first_pass(struct quo_pass *pass, struct quo_portfolio *p, int64_t *column)
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
    enum quo_status status = quo_pass_all(pass);
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
    struct quo_pass pass = {.shocks = shocks, .options = options, .in_book = p->policies, .above = &t->all};
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
        status = quo_pass_tail(&pass);
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
