/* Bounds of the overall score (planbound.h): a peril's is linear in ln(A + F G) + H, A + F G its rate, H of `rest` alone. In ln F that is convex, so
 * that each entry of `rest` has a tangent below it, exact at one F.                                     [methods: proofs] */
#include <math.h>
#include <string.h>

#include "pricing/whatif/planpiece.h"

#define POINTS 100.0

/* ln F in place of F: the order stays. False where some F is 0. */
static bool take_logs(struct quo_planbound *b)
{
    for (size_t i = 0; i < b->ask->world->n_tables && !b->logged; i++) {
        struct quo_splitpiece *p = &b->piece[i];
        for (size_t k = 0; k < (size_t)1 << (p->n_both + p->n_often); k++) {
            if (!(p->e[k] > 0.0))
                return false;
            p->e[k] = log(p->e[k]);
        }
    }
    b->logged = true;
    return true;
}

/* One entry of `rest`: alpha + slope ln F, below weight x (the logarithm as the score takes it, between best and worst) for ln F from low to
 * high; a tangent at `at`. */
static void tangent(const struct quo_periltable *t, double rate_slope, double rest_log, double at, double low, double high,
                    double weight, double *alpha, double *slope)
{
    const double f = exp(at) * rate_slope, own = log(t->untouched + f) + rest_log, top = log(t->untouched + exp(high) * rate_slope) + rest_log;
    double rises = f / (t->untouched + f), from = own + rises * (low - at); /* at low */
    if (top <= t->log_best) { /* no better than the best */
        rises = 0.0;
        from = t->log_best;
    }
    from = fmin(from, t->log_worst); /* no worse than the worst */
    if (high > low)
        rises = fmin(rises, (t->log_worst - from) / (high - low));
    *alpha = weight * (from - rises * low);
    *slope = weight * rises;
}

static void fill(struct quo_planbound *b, size_t i, uint64_t wished, double weight)
{
    const struct quo_periltable *t = &b->ask->world->table[i];
    struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    const double hits = t->often_rate[quo_periltable_pack(wished, t->often_bit, t->n_often)] - t->untouched;
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++) {
        const double *e = p->e + z * often;
        const unsigned *order = p->order + z * often;
        const double high = e[order[0]], low = e[order[often - 1]], wish = hits > 0.0 ? log(hits) : low,
                     at = fmin(high, fmax(low, wish));
        for (size_t k = z * rest; k < (z + 1) * rest; k++)
            tangent(t, b->rate_slope[i][k], b->log[i][k], at, low, high, weight, &p->alpha[k], &p->slope[k]);
    }
}

/* Minus the score of every set between, within the budget, against beta. */
bool quo_scorebound_none(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const double own[QUO_SPLIT_CHANGES] = {0.0};
    struct quo_plansum sum = {.constant = -beta, .magnitude = POINTS, .budget = budget, .own = own};
    if (!take_logs(b))
        return false;
    for (size_t i = 0; i < w->n_tables; i++)
        if (w->score_weight[i] > 0.0)
            sum.constant -= w->score_weight[i] * POINTS * w->table[i].log_worst / (w->table[i].log_worst - w->table[i].log_best);
    /* A second time with tangents where the first one led. */
    for (int pass = 0; pass < 2; pass++) {
        uint64_t wished = node->in;
        for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
            wished |= node->open & (uint64_t)(node->wish[i] >= 0.5) << i;
        for (size_t i = 0; i < w->n_tables; i++) {
            const struct quo_periltable *t = &w->table[i];
            fill(b, i, wished, w->score_weight[i] > 0.0 ? w->score_weight[i] * POINTS / (t->log_worst - t->log_best) : 0.0);
        }
        if (quo_planbound_solve(b, node, &sum) > QUO_PLANBOUND_ROUNDING * sum.magnitude)
            return true;
    }
    return false;
}
