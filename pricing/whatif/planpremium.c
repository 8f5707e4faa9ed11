/* Bounds of a premium (planbound.h): from what every set between pays at least on, by slopes that hold for all of them.  [methods: proofs] */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/policylaw.h"
#include "pricing/whatif/planpaid.h"

#define EASY 0.01 /* of what is asked: a row of VaRs that leaves less than this in doubt is not divided before it is tried */

/* One question: no set's gross premium, before loads, below beta. */
struct question {
    struct quo_planbound *bound;
    struct quo_plannode *node;
    double beta, budget;
    const double *own;
};

/* ---- slopes ------------------------------------------------------------------------------------------- */

static double tail_at(const double *above, size_t points, double k)
{
    return k < 0.0 ? 1.0 : k >= (double)points ? 0.0 : above[(size_t)k];
}

/* What one more step of a payout, from k on, is worth in a mean and a TVaR whose VaR is at `var` points: of the sets between, the least. */
static void slopes(const struct quo_planbound *b, double var)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_planpremium *p = b->premium;
    const size_t points = w->sums.points;
    const double step = w->grid.step, whole = w->policy->annual_limit / step;
    for (size_t c = 0; c < w->policy->n_covers; c++) {
        const double limit = quo_coverlaw_annual_limit(&w->policy->cover[c]) / step;
        for (size_t k = 0; k < w->points; k++) {
            const double at = (double)k;
            double full = isfinite(limit) ? tail_at(p->most.cover_above[c], points, floor(limit - at - 2.0)) : 0.0;
            full += isfinite(whole) ? tail_at(p->most.above, points, floor(whole - at - 2.0)) : 0.0;
            const double far = tail_at(p->least.above, points, ceil(var - at));
            p->slope[c * w->points + k] =
                step * (w->on_mean * fmax(0.0, 1.0 - full) + w->on_tail / (1.0 - w->level) * fmax(0.0, far - full));
        }
    }
}

static double worth_of(const struct quo_planbound *b, int cover, const double *events)
{
    const struct quo_planworld *w = b->ask->world;
    const double *slope = b->premium->slope + (size_t)cover * w->points;
    double sum = 0.0;
    for (size_t k = 0; k < w->points; k++)
        sum += slope[k] * events[k];
    return sum;
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static double law_worth(const double *slope, size_t n, const float *above)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < n; k++)
        sum += slope[k] * (double)above[k];
    return sum;
}

/* What an event is worth, by law; the worth of all that is paid at least, which the slopes start from. */
static double weigh(struct quo_planbound *b)
{
    const struct quo_planworld *w = b->ask->world;
    struct quo_planpremium *p = b->premium;
    double least = 0.0;
    for (size_t i = 0; i < w->n_tables; i++) {
        const struct quo_periltable *t = &w->table[i];
        if (w->cover[i] < 0)
            continue;
        least += p->tilt[i] * worth_of(b, w->cover[i], p->events_least[t->peril]);
        for (size_t k = 0; k < b->n_used[i]; k++)
            p->worth[i][b->used[i][k]] = law_worth(p->slope + (size_t)w->cover[i] * w->points, w->points, t->laws[b->used[i][k]].above);
        if (p->alone[i] > 0.0)
            least += worth_of(b, w->cover[i], p->alarm_least + (size_t)w->cover[i] * w->points);
    }
    if (p->shared.cover >= 0)
        least += worth_of(b, p->shared.cover, p->alarm_least + (size_t)p->shared.cover * w->points);
    return least;
}

/* ---- sums of worths ----------------------------------------------------------------------------------- */

/* Alarms of a cover of one peril are worth what its events that pay are worth. */
static double alone_worth(const struct quo_planbound *b, size_t i, unsigned law)
{
    const struct quo_planpremium *p = b->premium;
    const double pays = b->ask->world->table[i].laws[law].pays;
    return p->alone[i] > 0.0 && pays > 0.0 ? p->alone[i] * p->worth[i][law] / pays : 0.0;
}

/* Of what own experience does not multiply: a peril's least, less the credit. */
static double least_of(const struct quo_planbound *b, size_t i, double premium)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_planpremium *own = b->premium;
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double least = INFINITY;
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++)
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            const unsigned law = b->law[i][k];
            const double rate = w->table[i].untouched + b->rate_slope[i][k] * p->e[z * often + p->order[z * often + often - 1]];
            least = fmin(least, (w->table[i].money ? 0.0 : rate * own->tilt[i] * own->worth[i][law]) + alone_worth(b, i, law) -
                                    ((int)i == w->back_table ? premium * own->back[k] : 0.0));
        }
    return least;
}

/* Shared alarms are worth rate x ratio, ratio = sum of rate x worth over sum of rate x pays: what they are at least, and, where *typical is asked
 * for, at the set that the last prices wish for. */
static double shared_ratio(const struct quo_planbound *b, const struct quo_plannode *node, double *typical)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_planpremium *p = b->premium;
    uint64_t wished = 0;
    double least = INFINITY, worth = 0.0, paying = 0.0;
    for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
        wished |= (uint64_t)(node->wish[i] >= 0.5) << i;
    wished = node->in | (node->open & (wished ? wished : node->open));
    for (size_t i = 0; i < w->n_tables; i++) {
        if (w->cover[i] != p->shared.cover)
            continue;
        unsigned law;
        const double rate = quo_periltable_rate(&w->table[i], wished, &law);
        worth += rate * p->worth[i][law];
        paying += rate * w->table[i].laws[law].pays;
        for (size_t k = 0; k < b->n_used[i]; k++) {
            const double pays = w->table[i].laws[b->used[i][k]].pays;
            least = pays > 0.0 ? fmin(least, p->worth[i][b->used[i][k]] / pays) : least;
        }
    }
    *typical = paying > 0.0 ? worth / paying : least;
    return least;
}

/* D times (what own experience multiplies)/D + others - beta, D = shape + years x events: a sum over perils by D O >= D- O + O- D - D- O- for
 * what it does not, O. Alarms' ratio is at least middle + per (worth - middle x paying), `per` a reciprocal of events that pay. A bound of
 * the question's measure at this VaR, looked for no further than `enough`. */
static double bound_of(const struct question *q, double fixed, double enough, double middle, double ratio, double per)
{
    struct quo_planbound *b = q->bound;
    const struct quo_planworld *w = b->ask->world;
    const struct quo_planpremium *p = b->premium;
    const double claims = w->shape + w->claims, d = b->d_least, alarms = p->shared.rate * d, beta = enough - fixed;
    double others = p->shared.rate * ratio, own[QUO_SPLIT_CHANGES];
    for (size_t i = 0; i < w->n_tables; i++)
        if (!w->table[i].money || p->alone[i] > 0.0 || (int)i == w->back_table)
            others += least_of(b, i, q->beta);
    for (size_t i = 0; i < w->n_tables; i++) {
        const bool money = w->table[i].money, shares = w->cover[i] >= 0 && w->cover[i] == p->shared.cover;
        for (size_t k = 0; k < b->n_used[i]; k++) {
            const unsigned law = b->used[i][k];
            const double worth = p->worth[i][law];
            b->weight[i][law] = money ? claims * p->tilt[i] * worth + (others - beta) * w->years : d * p->tilt[i] * worth;
            if (shares)
                b->weight[i][law] += alarms * per * (worth - middle * w->table[i].laws[law].pays);
            b->flat[i][law] = d * alone_worth(b, i, law);
        }
    }
    for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
        own[i] = q->own[i] * d;
    const struct quo_plansum sum = {.constant = (others - beta) * w->shape - d * others + alarms * middle,
                                    .magnitude = (fabs(beta) + fabs(fixed)) * b->d_most,
                                    .budget = q->budget,
                                    .own = own,
                                    .credit = d * q->beta,
                                    .back = p->back};
    const double bound = quo_planbound_least(b, q->node, &sum) - QUO_PLANBOUND_ROUNDING * sum.magnitude;
    return enough + bound / (bound > 0.0 ? b->d_most : b->d_least);
}

/* Below every set's on_mean E[T] + on_tail (q + E[(T - q)+]/(1 - level)) less its credit, q being at points; not looked for beyond enough. */
static double least_at(const struct question *q, double at, double enough)
{
    struct quo_planbound *b = q->bound;
    const struct quo_planworld *w = b->ask->world;
    const struct quo_planpremium *p = b->premium;
    double stop = 0.0, credit = 0.0;
    for (size_t k = 0; k < p->least.total.n; k++)
        stop += p->least.total.mass[k] * fmax(0.0, (double)k - at);
    const double paid = w->on_mean * p->least.mean + w->on_tail * w->grid.step * (at + stop / (1.0 - w->level));
    if (p->back)
        for (size_t k = 0, n = (size_t)1 << (b->piece[w->back_table].n_both + b->piece[w->back_table].n_rest); k < n; k++)
            credit = fmax(credit, q->beta * p->back[k]);
    if (paid - credit > enough * (1.0 + QUO_PLANBOUND_ROUNDING))
        return paid - credit; /* all that is best for each peril, and it is not enough */
    slopes(b, at);
    const double fixed = paid - weigh(b);
    if (p->shared.cover < 0)
        return bound_of(q, fixed, enough, 0.0, 0.0, 0.0);
    double middle;
    const double ratio = shared_ratio(b, q->node, &middle),
                 above = bound_of(q, fixed, enough, middle, ratio, 1.0 / p->shared.paying_most);
    if (above <= q->beta)
        return above;
    return fmin(above, bound_of(q, fixed, enough, middle, ratio, 1.0 / p->shared.paying_least));
}

/* ---- all VaRs ----------------------------------------------------------------------------------------- */

/* A place of the VaR, in points, and what is bounded there. */
struct place {
    double at, least;
};

/* TVaR is the least over q of a convex function, that falls and rises by no more than so much a point. */
struct bend {
    double falls, rises;
};

static struct bend bend_of(const struct quo_planbound *b, double from, double to)
{
    const struct quo_planworld *w = b->ask->world;
    const double rest = 1.0 - w->level, unit = w->on_tail * w->grid.step;
    const size_t points = w->sums.points;
    return (struct bend){unit * fmax(0.0, tail_at(b->premium->most.above, points, from) / rest - 1.0),
                         unit * fmax(0.0, 1.0 - tail_at(b->premium->least.above, points, to) / rest)};
}

/* So far it may lie below the lesser of two values. */
static double dip(struct bend bend, double width)
{
    return bend.falls > 0.0 && bend.rises > 0.0 ? width * bend.falls * bend.rises / (bend.falls + bend.rises) : 0.0;
}

/* The least between two places, of any set: where a line that falls from the first meets one that rises to the second. */
static double least_between(struct bend bend, struct place a, struct place z)
{
    const double width = z.at - a.at;
    if (width <= 1.0)
        return fmin(a.least, z.least); /* amounts are whole points, and the kinks at them */
    if (a.least - bend.falls * width >= z.least)
        return a.least - bend.falls * width;
    if (z.least - bend.rises * width >= a.least)
        return z.least - bend.rises * width;
    const double both = bend.falls + bend.rises;
    return both > 0.0 ? (bend.rises * a.least + bend.falls * z.least - bend.falls * bend.rises * width) / both
                      : fmin(a.least, z.least);
}

static bool none_between(const struct question *q, struct place a, struct place z)
{
    const struct bend bend = bend_of(q->bound, a.at, z.at);
    const double width = z.at - a.at;
    if (!(a.least > q->beta && z.least > q->beta))
        return false;
    if (least_between(bend, a, z) > q->beta)
        return true;
    struct place middle = {.at = floor((a.at + z.at) / 2.0)};
    const double doubt = fmin(dip(bend, width / 2.0), EASY * q->beta);
    middle.least = least_at(q, middle.at, q->beta + doubt);
    if (!(middle.least > q->beta))
        q->node->doubt = middle.at;
    return none_between(q, a, middle) && none_between(q, middle, z);
}

static bool none_tail(const struct question *q)
{
    const struct quo_planworld *w = q->bound->ask->world;
    const struct quo_planpremium *p = q->bound->premium;
    struct place low = {.at = 0.0}, high;
    if (!(w->on_tail > 0.0))
        return least_at(q, 0.0, q->beta) > q->beta;
    low.at = fmax(0.0, floor(quo_measure_var(w->level, &p->least.total) / w->grid.step - 1.0));
    high.at = ceil(quo_measure_var(w->level, &p->most.total) / w->grid.step + 1.0);
    if (!isfinite(high.at))
        high.at = (double)p->most.total.n;
    const double doubt = fmin(dip(bend_of(q->bound, low.at, high.at), high.at - low.at), EASY * q->beta);
    if (q->node->doubt > low.at && q->node->doubt < high.at && least_at(q, q->node->doubt, q->beta) <= q->beta)
        return false;
    low.least = least_at(q, low.at, q->beta + doubt);
    if (!(low.least > q->beta))
        return false;
    high.least = least_at(q, high.at, q->beta + doubt);
    return none_between(q, low, high);
}

bool quo_planpremium_none(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_terms *terms = &w->policy->terms;
    const bool net = b->ask->goal == QUO_GOAL_NET;
    const double unit = (1.0 - terms->brokerage - terms->expenses_share - terms->profit) / (1.0 + terms->tax), /* of a premium, before loads */
                 cost = net ? node->cost * b->ask->term_years : 0.0;
    double own[QUO_SPLIT_CHANGES] = {0.0};
    if (terms->minimum_premium * (1.0 + terms->tax) + cost >= beta)
        return true;
    if (!b->premium && !(b->premium = quo_planpaid_new(b)))
        return false;
    for (size_t i = 0; i < QUO_SPLIT_CHANGES && net; i++)
        own[i] = b->ask->cost[i] * b->ask->term_years * unit;
    const struct question question = {b, node, (beta - cost) * unit - terms->expenses_fixed, budget, own};
    return question.beta <= 0.0 || none_tail(&question);
}
