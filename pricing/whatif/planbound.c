#include "pricing/whatif/planbound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/policylaw.h"

#define ROUNDING 3e-9 /* of what is bounded: a bound must be so far beyond */
#define INTERVALS 14  /* of the VaR, at most */
#define NARROW 4.0    /* points: no narrower */

struct quo_planbound {
    const struct quo_planbound_ask *ask;
    struct quo_splitpiece piece[QUO_PERILS];
    double *rate_slope[QUO_PERILS]; /* slope of the rate by entry of a piece */
    unsigned *law[QUO_PERILS];      /* law by entry */
    double *worth[QUO_PERILS];      /* worth of an event, by law of the table; of the laws between only */
    unsigned *used[QUO_PERILS];     /* used[n_used]: those laws */
    size_t n_used[QUO_PERILS];
    double rate_least[QUO_PERILS], rate_most[QUO_PERILS];
    double d_least, d_most; /* shape + years x events, of the sets between */
    /* For premiums: at least and at most what any set pays. */
    bool priced;
    struct quo_boundyear least, most;
    double *events_least[QUO_PERILS], *events_most[QUO_PERILS]; /* by peril, own experience in them; NULL: not covered */
    double *slope; /* slope[n_covers x points]: what one more step of a payout is worth, at least */
    double *back;  /* by entry of the piece of what reinstatements bring back; NULL: nothing */
    double credit; /* what `back` is multiplied by in the sum */
};

/* ---- rates ------------------------------------------------------------------------------------------ */

/* Numbers in a table of all sets of some changes on top of others. */
static void numbers(uint64_t in, const unsigned char *open, size_t n, const unsigned char *bit, size_t bits, size_t *out)
{
    out[0] = (size_t)quo_periltable_pack(in, bit, bits);
    for (size_t i = 0; i < n; i++) {
        const size_t one = (size_t)quo_periltable_pack((uint64_t)1 << open[i], bit, bits);
        for (size_t s = 0; s < (size_t)1 << i; s++)
            out[s | (size_t)1 << i] = out[s] | one;
    }
}

static size_t list_bits(uint64_t set, unsigned char *bit)
{
    size_t n = 0;
    for (; set; set &= set - 1)
        bit[n++] = (unsigned char)__builtin_ctzll(set);
    return n;
}

static bool piece_room(struct quo_planbound *b, size_t i)
{
    struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << (p->n_both + p->n_often), rest = (size_t)1 << (p->n_both + p->n_rest);
    p->e = malloc(often * sizeof *p->e);
    p->order = malloc(often * sizeof *p->order);
    p->alpha = malloc(rest * sizeof *p->alpha);
    p->slope = malloc(rest * sizeof *p->slope);
    b->rate_slope[i] = malloc(rest * sizeof **b->rate_slope);
    b->law[i] = malloc(rest * sizeof **b->law);
    b->worth[i] = malloc(b->ask->world->table[i].n_laws * sizeof **b->worth);
    b->used[i] = malloc(b->ask->world->table[i].n_laws * sizeof **b->used);
    return b->used[i] && p->e && p->order && p->alpha && p->slope && b->rate_slope[i] && b->law[i] && b->worth[i];
}

static void find_used(struct quo_planbound *b, size_t i)
{
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t n = b->ask->world->table[i].n_laws;
    for (size_t k = 0; k < n; k++)
        b->worth[i][k] = 0.0;
    for (size_t k = 0; k < (size_t)1 << (p->n_both + p->n_rest); k++)
        b->worth[i][b->law[i][k]] = 1.0;
    for (size_t k = 0; k < n; k++)
        if (b->worth[i][k] > 0.0)
            b->used[i][b->n_used[i]++] = (unsigned)k;
}

/* A peril's table at the node. */
static bool make_piece(struct quo_planbound *b, const struct quo_plannode *node, size_t i)
{
    const struct quo_periltable *t = &b->ask->world->table[i];
    struct quo_splitpiece *p = &b->piece[i];
    p->n_both = list_bits(node->open & t->often & t->rest, p->both_bit);
    p->n_often = list_bits(node->open & t->often & ~t->rest, p->often_bit);
    p->n_rest = list_bits(node->open & t->rest & ~t->often, p->rest_bit);
    const size_t both = (size_t)1 << p->n_both, often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    size_t *in_often = malloc(often * sizeof *in_often), *in_rest = malloc(rest * sizeof *in_rest);
    const bool made = piece_room(b, i) && in_often && in_rest;
    b->rate_least[i] = INFINITY;
    b->rate_most[i] = 0.0;
    for (size_t z = 0; made && z < both; z++) {
        const uint64_t chosen = quo_periltable_unpack(z, p->both_bit, p->n_both), shared = (node->in & t->often & t->rest) | chosen;
        const double neither = t->often_rate[quo_periltable_pack(shared, t->often_bit, t->n_often)] - t->untouched;
        double e_least = INFINITY, e_most = 0.0, s_least = INFINITY, s_most = 0.0;
        numbers(node->in | chosen, p->often_bit, p->n_often, t->often_bit, t->n_often, in_often);
        numbers(node->in | chosen, p->rest_bit, p->n_rest, t->rest_bit, t->n_rest, in_rest);
        for (size_t k = 0; k < often; k++) {
            const double e = t->often_rate[in_often[k]] - t->untouched;
            p->e[z * often + k] = e;
            e_least = fmin(e_least, e);
            e_most = fmax(e_most, e);
        }
        for (size_t k = 0; k < rest; k++) {
            const double s = neither > 0.0 ? (t->rest_rate[in_rest[k]] - t->untouched) / neither : 0.0;
            b->rate_slope[i][z * rest + k] = s;
            b->law[i][z * rest + k] = t->law[in_rest[k]];
            s_least = fmin(s_least, s);
            s_most = fmax(s_most, s);
        }
        b->rate_least[i] = fmin(b->rate_least[i], t->untouched + e_least * s_least);
        b->rate_most[i] = fmax(b->rate_most[i], t->untouched + e_most * s_most);
    }
    free(in_often);
    free(in_rest);
    if (made) {
        find_used(b, i);
        quo_splitpiece_sort(p);
        memcpy(p->mu, node->mu[i], sizeof p->mu);
    }
    return made;
}

struct quo_planbound *quo_planbound_new(const struct quo_planbound_ask *ask, const struct quo_plannode *node)
{
    struct quo_planbound *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    const struct quo_planworld *w = ask->world;
    b->ask = ask;
    b->d_least = b->d_most = w->shape;
    for (size_t i = 0; i < w->n_tables; i++) {
        if (!make_piece(b, node, i)) {
            quo_planbound_free(b);
            return NULL;
        }
        if (w->table[i].money) {
            b->d_least += w->years * b->rate_least[i];
            b->d_most += w->years * b->rate_most[i];
        }
    }
    return b;
}

void quo_planbound_free(struct quo_planbound *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < QUO_PERILS; i++) {
        free(b->piece[i].e);
        free(b->piece[i].order);
        free(b->piece[i].alpha);
        free(b->piece[i].slope);
        free(b->rate_slope[i]);
        free(b->law[i]);
        free(b->worth[i]);
        free(b->used[i]);
        free(b->events_least[i]);
        free(b->events_most[i]);
    }
    quo_boundyear_free(&b->least);
    quo_boundyear_free(&b->most);
    free(b->slope);
    free(b->back);
    free(b);
}

/* ---- a sum of rates with weights ---------------------------------------------------------------------- */

/* Whether constant + sum of weight(law) rate + own x > 0 for all sets between within the budget; weight = scale worth + shift. */
static bool all_above(struct quo_planbound *b, struct quo_plannode *node, const double *scale, const double *shift, double constant,
                      double magnitude, const double *own, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    struct quo_splitbound bound = {.piece = b->piece,
                                   .n_pieces = w->n_tables,
                                   .cost = b->ask->cost,
                                   .own = own,
                                   .budget = budget - node->cost,
                                   .constant = constant,
                                   .lambda = node->lambda,
                                   .enough = ROUNDING * magnitude,
                                   .magnitude = magnitude,
                                   .steps = node->steps};
    if (bound.budget < 0.0)
        return true;
    for (size_t i = 0; i < w->n_tables; i++) {
        struct quo_splitpiece *p = &b->piece[i];
        for (size_t k = 0; k < (size_t)1 << (p->n_both + p->n_rest); k++) {
            const double weight = scale[i] * b->worth[i][b->law[i][k]] + shift[i];
            p->alpha[k] = weight * w->table[i].untouched;
            p->slope[k] = weight * b->rate_slope[i][k];
            if (b->back && (int)i == w->back_table)
                p->alpha[k] -= b->credit * b->back[k];
        }
    }
    if (!quo_splitbound_run(&bound))
        return false;
    node->lambda = bound.lambda;
    for (size_t i = 0; i < w->n_tables; i++)
        memcpy(node->mu[i], b->piece[i].mu, sizeof node->mu[i]);
    memcpy(node->wish, bound.wish, sizeof node->wish);
    return bound.bound > bound.enough;
}

/* With experience (a + n)/(a + t L), L the sum of rates, a loss below beta is sum rate ((a + n) mean - t beta) < a beta. */
static bool none_loss(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const double own[QUO_SPLIT_CHANGES] = {0.0};
    double scale[QUO_PERILS], shift[QUO_PERILS];
    for (size_t i = 0; i < w->n_tables; i++) {
        scale[i] = w->shape + w->claims;
        shift[i] = -w->years * beta;
        for (size_t k = 0; k < b->n_used[i]; k++)
            b->worth[i][b->used[i][k]] = w->table[i].laws[b->used[i][k]].mean;
    }
    return all_above(b, node, scale, shift, -beta * w->shape, fabs(beta) * w->shape, own, budget);
}

/* ---- premiums ----------------------------------------------------------------------------------------- */

/* At each amount the least and the most that any state of the peril brings at or above it. */
static bool envelopes(struct quo_planbound *b, size_t i)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_periltable *t = &w->table[i];
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double *low = malloc(w->points * sizeof *low), *high = calloc(w->points, sizeof *high), *least = malloc(2 * t->n_laws * sizeof *least),
           *most = least + t->n_laws;
    b->events_least[t->peril] = low;
    b->events_most[t->peril] = high;
    if (!low || !high || !least) {
        free(least);
        return false;
    }
    for (size_t k = 0; k < t->n_laws; k++) {
        least[k] = INFINITY;
        most[k] = -1.0;
    }
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++) {
        const double e_most = p->e[z * often + p->order[z * often]], e_least = p->e[z * often + p->order[z * often + often - 1]];
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            const double s = b->rate_slope[i][k];
            const unsigned law = b->law[i][k];
            least[law] = fmin(least[law], t->untouched + s * e_least);
            most[law] = fmax(most[law], t->untouched + s * e_most);
        }
    }
    const double claims = w->shape + w->claims, few = t->money ? claims / b->d_most : 1.0, many = t->money ? claims / b->d_least : 1.0;
    for (size_t j = 0; j < w->points; j++)
        low[j] = INFINITY;
    for (size_t k = 0; k < t->n_laws; k++) {
        const float *above = t->laws[k].above;
        for (size_t j = 0; j < w->points && most[k] >= 0.0; j++) {
            low[j] = fmin(low[j], few * least[k] * above[j]);
            high[j] = fmax(high[j], many * most[k] * above[j]);
        }
    }
    free(least);
    return true;
}

static double tail_at(const double *above, size_t points, double k)
{
    return k < 0.0 ? 1.0 : k >= (double)points ? 0.0 : above[(size_t)k];
}

/* back[entry of the piece]: a premium with its reinstatement credit s is 1 - s of that without; s/(1 - s) at most, of the states that an entry stands
 * for. What comes back rises with the rate, and falls with what the other covers are expected to pay. */
static bool credits(struct quo_planbound *b)
{
    struct quo_planworld *w = b->ask->world;
    if (w->back_table < 0)
        return true;
    const size_t i = (size_t)w->back_table;
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double others = 0.0;
    for (size_t c = 0; c < w->policy->n_covers; c++)
        others += (int)c == w->back_cover ? 0.0 : b->least.expected[c];
    b->back = malloc(((size_t)1 << (p->n_both + p->n_rest)) * sizeof *b->back);
    for (size_t z = 0; b->back && z < (size_t)1 << p->n_both; z++)
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            struct quo_planback one;
            const double rate = w->table[i].untouched + b->rate_slope[i][k] * p->e[z * often + p->order[z * often]];
            if (!quo_planworld_back(w, rate, b->law[i][k], &one))
                return false;
            const double share = one.expected > 0.0 ? one.back / (one.expected + others) : 0.0;
            if (!(share < 1.0))
                return false;
            b->back[k] = share / (1.0 - share);
        }
    return b->back != NULL;
}

static bool price(struct quo_planbound *b)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_policy *policy = w->policy;
    double *alarms[QUO_PERILS * 8], *top[QUO_PERILS * 8];
    double *room = malloc(2 * policy->n_covers * w->points * sizeof *room);
    bool made = room && policy->n_covers <= sizeof alarms / sizeof *alarms;
    for (size_t i = 0; i < w->n_tables && made; i++)
        made = w->cover[i] < 0 || envelopes(b, i);
    for (size_t c = 0; c < policy->n_covers && made; c++) {
        const double rate = policy->cover[c].trigger.false_alarm_per_year * policy->term_days / 365.0;
        alarms[c] = room + 2 * c * w->points;
        top[c] = alarms[c] + w->points;
        for (size_t k = 0; k < w->points; k++) {
            alarms[c][k] = rate * w->alarm_least[c * w->points + k];
            top[c][k] = rate * w->alarm_most[c * w->points + k];
        }
    }
    b->slope = malloc(policy->n_covers * w->points * sizeof *b->slope);
    made = made && b->slope && quo_boundyear_new(policy, &w->grid, &w->sums, &b->least) &&
           quo_boundyear_new(policy, &w->grid, &w->sums, &b->most) &&
           quo_boundyear_fill(&b->least, b->events_least, w->size, alarms, w->points) &&
           quo_boundyear_fill(&b->most, b->events_most, w->size, top, w->points);
    free(room);
    made = made && credits(b);
    b->priced = made;
    return made;
}

/* What one more step of a payout, from k on, is worth in a mean and a TVaR whose VaR is at most `var` points: of the sets between, the least. */
static void slopes(struct quo_planbound *b, double var)
{
    const struct quo_planworld *w = b->ask->world;
    const size_t points = w->sums.points;
    const double step = w->grid.step, whole = w->policy->annual_limit / step;
    for (size_t c = 0; c < w->policy->n_covers; c++) {
        const double limit = quo_coverlaw_annual_limit(&w->policy->cover[c]) / step;
        for (size_t k = 0; k < w->points; k++) {
            const double at = (double)k;
            double full = isfinite(limit) ? tail_at(b->most.cover_above[c], points, floor(limit - at - 2.0)) : 0.0;
            full += isfinite(whole) ? tail_at(b->most.above, points, floor(whole - at - 2.0)) : 0.0;
            const double far = tail_at(b->least.above, points, ceil(var - at));
            b->slope[c * w->points + k] =
                step * (w->on_mean * fmax(0.0, 1.0 - full) + w->on_tail / (1.0 - w->level) * fmax(0.0, far - full));
        }
    }
}

static double worth_of(const struct quo_planbound *b, size_t i, const double *events, const float *above)
{
    const struct quo_planworld *w = b->ask->world;
    const double *slope = b->slope + (size_t)w->cover[i] * w->points;
    double sum = 0.0;
    if (events) {
        for (size_t k = 0; k < w->points; k++)
            sum += slope[k] * events[k];
        return sum;
    }
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < w->points; k++)
        sum += slope[k] * above[k];
    return sum;
}

/* Of a peril without own experience: the least of rate x worth, less the credit. */
static double least_hours(const struct quo_planbound *b, size_t i, double premium)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double least = INFINITY;
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++)
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            const double rate = w->table[i].untouched + b->rate_slope[i][k] * p->e[z * often + p->order[z * often + often - 1]];
            least = fmin(least, rate * b->worth[i][b->law[i][k]] - ((int)i == w->back_table ? premium * b->back[k] : 0.0));
        }
    return least;
}

/* No set has on_mean E[T] + on_tail (q + E[(T - q)+]/(1 - level)) below beta, q being at points. */
static bool none_at(struct quo_planbound *b, struct quo_plannode *node, double at, double beta, double premium, const double *own,
                    double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const double step = w->grid.step, claims = w->shape + w->claims;
    double scale[QUO_PERILS], shift[QUO_PERILS], hours_least = 0.0;
    double stop = 0.0, own_at_least[QUO_SPLIT_CHANGES];
    for (size_t k = 0; k < b->least.total.n; k++)
        stop += b->least.total.mass[k] * fmax(0.0, (double)k - at);
    beta -= w->on_mean * b->least.mean + w->on_tail * step * (at + stop / (1.0 - w->level));
    double credit = 0.0;
    if (b->back)
        for (size_t k = 0, n = (size_t)1 << (b->piece[w->back_table].n_both + b->piece[w->back_table].n_rest); k < n; k++)
            credit = fmax(credit, premium * b->back[k]);
    if (beta + credit < -ROUNDING * premium)
        return true; /* not even with all that is best for each peril */
    slopes(b, at);
    for (size_t i = 0; i < w->n_tables; i++) {
        const struct quo_periltable *t = &w->table[i];
        if (w->cover[i] < 0) {
            memset(b->worth[i], 0, t->n_laws * sizeof **b->worth);
            continue;
        }
        const double tilt = isinf(w->size[t->peril]) ? 1.0 : fmax(0.0, 1.0 - b->events_most[t->peril][0] / w->size[t->peril]);
        beta += tilt * worth_of(b, i, b->events_least[t->peril], NULL);
        for (size_t k = 0; k < b->n_used[i]; k++)
            b->worth[i][b->used[i][k]] = tilt * worth_of(b, i, NULL, t->laws[b->used[i][k]].above);
    }
    for (size_t i = 0; i < w->n_tables; i++)
        hours_least += w->table[i].money ? 0.0 : least_hours(b, i, premium);
    for (size_t i = 0; i < w->n_tables; i++) {
        scale[i] = w->table[i].money ? claims : b->d_least;
        shift[i] = w->table[i].money ? (hours_least - beta) * w->years : 0.0;
    }
    for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
        own_at_least[i] = own[i] * b->d_least;
    b->credit = b->d_least * premium;
    return all_above(b, node, scale, shift, (hours_least - beta) * w->shape - b->d_least * hours_least,
                     (fabs(beta) + w->on_mean * b->least.mean) * b->d_most, own_at_least, budget);
}

/* TVaR is the least over q of a convex function; so far it may lie below the lesser of its values at two places, of any set between. */
static double dip(const struct quo_planbound *b, double from, double to)
{
    const double rest = 1.0 - b->ask->world->level;
    const size_t points = b->ask->world->sums.points;
    const double falls = fmax(0.0, tail_at(b->most.above, points, from) / rest - 1.0),
                 rises = fmax(0.0, 1.0 - tail_at(b->least.above, points, to) / rest);
    return falls > 0.0 && rises > 0.0 ? (to - from) * falls * rises / (falls + rises) : 0.0;
}

static bool none_premium(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_terms *terms = &w->policy->terms;
    const bool net = b->ask->goal == QUO_GOAL_NET;
    const double kept = 1.0 - terms->brokerage - terms->expenses_share - terms->profit;
    double own[QUO_SPLIT_CHANGES] = {0.0};
    if (terms->minimum_premium * (1.0 + terms->tax) + (net ? node->cost * b->ask->term_years : 0.0) >= beta)
        return true;
    if (!b->priced && !price(b))
        return false;
    const double unit = kept / (1.0 + terms->tax); /* of a premium, before loads for expenses */
    if (net) {
        beta -= node->cost * b->ask->term_years;
        for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
            own[i] = b->ask->cost[i] * b->ask->term_years * unit;
    }
    beta = beta * unit - terms->expenses_fixed;
    if (beta <= 0.0)
        return true;
    const double step = w->grid.step;
    double low = 0.0, high = 0.0;
    if (w->on_tail > 0.0) {
        low = floor(quo_measure_var(w->level, &b->least.total) / step - 1.0);
        high = ceil(quo_measure_var(w->level, &b->most.total) / step + 1.0);
        low = fmax(0.0, low);
        if (!isfinite(high))
            high = (double)b->most.total.n;
    }
    const int n = w->on_tail > 0.0 ? (int)fmin(INTERVALS, fmax(1.0, floor((high - low) / NARROW))) : 0;
    double left = 0.0;
    for (int k = 0; k <= n; k++) {
        const double at = floor(low + (high - low) * k / fmax(n, 1)), next = k < n ? floor(low + (high - low) * (k + 1) / n) : at,
                     right = step * dip(b, at, next);
        if (!none_at(b, node, at, beta + w->on_tail * fmax(left, right), beta, own, budget))
            return false;
        left = right;
    }
    return true;
}

bool quo_planbound_none(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    return b->ask->goal == QUO_GOAL_LOSS ? none_loss(b, node, beta, budget) : none_premium(b, node, beta, budget);
}
