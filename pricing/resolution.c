#include "pricing/resolution.h"

#include <math.h>

#include "pricing/aggregate/measures.h"
#include "pricing/marketcover.h"

static double relative(double a, double b) { return fabs(a - b) / fmax(fabs(b), 1e-300); }

struct quo_resolution quo_resolution_half(struct quo_resolution half)
{
    half.cells /= 2;
    half.padding = 1;
    half.table_nodes /= 2;
    half.error_nodes = half.error_nodes * 3 / 4;
    return half;
}

double quo_resolution_between_points(double p, double tvar, const struct quo_lattice *annual)
{
    const double at = quo_measure_var(p, annual) / annual->step;
    const size_t k = (size_t)at;
    if (k < 1 || k + 1 >= annual->n || !(tvar > 0.0))
        return 0.0;
    /* The lesser neighbour: the other may be an atom. */
    return annual->step * fmin(annual->mass[k - 1], annual->mass[k + 1]) / (8.0 * (1.0 - p) * tvar);
}

/* Normal scores beyond this weigh nothing. */
#define FAR 8.0
/* The table's own error is a sixteenth of the half's, that of its slopes an eighth. */
#define OF_THE_HALF 0.25
/* A quartic's remainder: the largest error of the slope over that of the value, times the width. */
#define SLOPE_OF_VALUE 3.08

/* The largest error of rest and of its slope from a loss on, as a table of every second node would have it. */
static void defect(const struct quo_losstable *table, enum quo_peril peril, double from, double *rest, double *slope)
{
    const double *x = table->x, *r = table->rest[peril], *right = table->right[peril], *left = table->left[peril];
    double widest = 0.0; /* of a cell, over its lower end */
    size_t first = 0;
    while (first + 1 < table->n && x[first + 1] <= from)
        first++;
    for (size_t i = first; i + 1 < table->n; i++)
        if (x[i + 1] > x[i] * (1.0 + widest))
            widest = x[i + 1] / x[i] - 1.0;
    *rest = *slope = 0.0;
    for (size_t i = first > 0 ? first : 1; i + 1 < table->n; i++) {
        const double low = x[i] - x[i - 1], high = x[i + 1] - x[i], h = low + high;
        if (low < 0.9 * widest * x[i - 1] || high < 0.9 * widest * x[i]) /* about a kink the nodes lie closer */
            continue;
        const double u = low / h, v = 1.0 - u;
        const double off = fabs(v * v * ((1.0 + 2.0 * u) * r[i - 1] - u * h * right[i - 1]) +
                                u * u * ((3.0 - 2.0 * u) * r[i + 1] + v * h * left[i + 1]) - r[i]);
        *rest = off > *rest ? off : *rest;
        *slope = SLOPE_OF_VALUE * off / h > *slope ? SLOPE_OF_VALUE * off / h : *slope;
    }
}

double quo_resolution_table_error(const struct quo_losstable *table, enum quo_peril peril,
                                  const struct quo_perilpayout_terms *terms)
{
    const double s = terms->error;
    double rest, slope, sum = 0.0;
    if (terms->n_pieces == 0 || table->n < 3)
        return 0.0;
    defect(table, peril, terms->piece[0].x0 * terms->scale * exp(-FAR * s), &rest, &slope);
    for (size_t i = 0; i < terms->n_pieces; i++) {
        const struct quo_payment_piece *p = &terms->piece[i];
        const double rise = p->y1 - p->y0, x0 = p->x0 * terms->scale;
        if (p->x1 > p->x0)
            sum += rise / ((p->x1 - p->x0) * terms->scale) * 2.0 * rest * exp(0.5 * s * s);
        else if (s > 0.0 && x0 * exp(FAR * s) > table->x[0]) /* without error, and below it, the chance is exact */
            sum += rise * fmin(slope, 0.8 * rest / (s * x0)); /* 0.8: of the normal density's slope, all in all */
    }
    return OF_THE_HALF * sum;
}

/* What folding a table with the index error, and the clause's places, leave of error: seen in no difference of two laws. */
#define OF_INDEX 1e-7
/* And a clause where no index error smooths its table's cells: their errors come and go from one table to the next, by 3.8e-6 at most of 4,000
 * contracts at random: a judgement with some to spare, no bound. */
#define OF_CLAUSE 5e-6
/* What laws of any resolution share: quadratures, rounding. */
#define OF_ANY 2e-8

static bool hardly_scattered(const struct quo_engine *engine, const struct quo_cover *cover)
{
    const double said = cover->trigger.reporting_error, error = isnan(said) ? engine->model->index_error : said;
    return !quo_coverlaw_in_hours(cover) && !quo_marketcover_is(cover) && error < QUO_INDEXGRID_ERROR_MIN;
}

double quo_resolution_unseen(const struct quo_engine *engine, const struct quo_policy *policy)
{
    bool sharp = false;
    for (size_t c = 0; c < policy->n_covers; c++)
        sharp |= hardly_scattered(engine, &policy->cover[c]);
    return OF_ANY + (sharp && policy->clauses.state_actor != QUO_CLAUSE_NONE ? OF_CLAUSE : 0.0);
}

double quo_resolution_folded(const struct quo_policylaw *law)
{
    for (size_t c = 0; c < law->n_covers; c++)
        if (law->cover[c].table_error > 0.0)
            return OF_INDEX;
    return 0.0;
}

/* Folded with the error, a table of 240 nodes is as good as one of 600: what a cubic does within a cell is smoothed away. */
#define SCATTERED_NODES 240

struct quo_resolution quo_resolution_first(const struct quo_engine *engine, const struct quo_policy *policy)
{
    struct quo_resolution first = quo_resolution_fine;
    bool sharp = false;
    for (size_t c = 0; c < policy->n_covers; c++)
        sharp |= hardly_scattered(engine, &policy->cover[c]);
    if (!sharp)
        first.table_nodes = SCATTERED_NODES;
    return first;
}

bool quo_resolution_halves(const struct quo_engine *engine, const struct quo_policy *policy)
{
    quo_peril_set seen = 0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        const struct quo_cover *cover = &policy->cover[c];
        if (quo_marketcover_is(cover) || seen & cover->perils)
            return false;
        if (hardly_scattered(engine, cover) &&
            (policy->clauses.state_actor != QUO_CLAUSE_NONE || cover->trigger.reporting_error > 0.0))
            return false;
        seen |= cover->perils;
    }
    return true;
}

/* What the covers' bounds amount to in mean and TVaR, relative. A cover moves what lies above an amount only where all others together come
 * as near to it as its own largest payout. */
static void of_tables(const struct quo_policylaw *law, double tvar, double *mean, double *tail)
{
    *mean = *tail = quo_resolution_folded(law);
    const double var = quo_measure_var(0.99, &law->annual);
    for (size_t c = 0; c < law->n_covers; c++) {
        const struct quo_coverlaw *one = &law->cover[c];
        if (!(one->table_error > 0.0))
            continue;
        const double from = var - (one->event.n ? one->event.step * (double)(one->event.n - 1) : INFINITY);
        *mean += one->table_error / fmax(law->expected, 1e-300);
        *tail += one->table_error * (from > 0.0 ? quo_measure_sf(from - one->event.step, &law->annual) : 1.0) /
                 ((1.0 - 0.99) * fmax(tvar, 1e-300));
    }
}

double quo_resolution_error(const struct quo_policylaw *fine, const struct quo_policylaw *half)
{
    const double tvar = quo_measure_tvar(0.99, &fine->annual);
    double mean_off, tail_off;
    of_tables(fine, tvar, &mean_off, &tail_off);
    mean_off += relative(half->expected, fine->expected);
    tail_off += fmax(relative(quo_measure_tvar(0.99, &half->annual), tvar),
                     quo_resolution_between_points(0.99, tvar, &fine->annual));
    return fmax(mean_off, tail_off);
}

struct quo_resolution quo_resolution_doubled(struct quo_resolution twice)
{
    twice.cells *= 2;
    twice.table_nodes *= 2;
    return twice;
}
