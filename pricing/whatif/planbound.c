#include "pricing/whatif/planbound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/planpiece.h"

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
    const size_t laws = b->ask->world->table[i].n_laws;
    b->weight[i] = calloc(laws, sizeof **b->weight);
    b->flat[i] = calloc(laws, sizeof **b->flat);
    b->used[i] = malloc(laws * sizeof **b->used);
    if (b->ask->world->table[i].rest_log && !(b->log[i] = malloc(rest * sizeof **b->log)))
        return false;
    return b->used[i] && p->e && p->order && p->alpha && p->slope && b->rate_slope[i] && b->law[i] && b->weight[i] && b->flat[i];
}

static void find_used(struct quo_planbound *b, size_t i)
{
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t n = b->ask->world->table[i].n_laws;
    for (size_t k = 0; k < (size_t)1 << (p->n_both + p->n_rest); k++)
        b->weight[i][b->law[i][k]] = 1.0;
    for (size_t k = 0; k < n; k++)
        if (b->weight[i][k] > 0.0)
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
            if (t->rest_log)
                b->log[i][z * rest + k] = t->rest_log[in_rest[k]];
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
        free(b->log[i]);
        free(b->used[i]);
        free(b->weight[i]);
        free(b->flat[i]);
    }
    quo_planpremium_free(b->premium);
    free(b);
}

/* ---- sums --------------------------------------------------------------------------------------------- */

double quo_planbound_solve(struct quo_planbound *b, struct quo_plannode *node, const struct quo_plansum *sum)
{
    struct quo_splitbound bound = {.piece = b->piece,
                                   .n_pieces = b->ask->world->n_tables,
                                   .cost = b->ask->cost,
                                   .own = sum->own,
                                   .budget = sum->budget - node->cost,
                                   .constant = sum->constant,
                                   .lambda = node->lambda,
                                   .enough = QUO_PLANBOUND_ROUNDING * sum->magnitude,
                                   .magnitude = sum->magnitude,
                                   .steps = node->steps};
    if (bound.budget < 0.0)
        return INFINITY;
    if (!quo_splitbound_run(&bound))
        return -INFINITY;
    node->lambda = bound.lambda;
    for (size_t i = 0; i < bound.n_pieces; i++)
        memcpy(node->mu[i], b->piece[i].mu, sizeof node->mu[i]);
    memcpy(node->wish, bound.wish, sizeof node->wish);
    return bound.bound;
}

double quo_planbound_least(struct quo_planbound *b, struct quo_plannode *node, const struct quo_plansum *sum)
{
    const struct quo_planworld *w = b->ask->world;
    for (size_t i = 0; i < w->n_tables; i++) {
        struct quo_splitpiece *p = &b->piece[i];
        const double untouched = w->table[i].untouched;
        for (size_t k = 0; k < (size_t)1 << (p->n_both + p->n_rest); k++) {
            const unsigned law = b->law[i][k];
            p->alpha[k] = b->weight[i][law] * untouched + b->flat[i][law];
            p->slope[k] = b->weight[i][law] * b->rate_slope[i][k];
            if (sum->back && (int)i == w->back_table)
                p->alpha[k] -= sum->credit * sum->back[k];
        }
    }
    return quo_planbound_solve(b, node, sum);
}

/* With experience (a + n)/(a + t L), L the sum of rates, a loss below beta is sum rate ((a + n) mean - t beta) < a beta. */
static bool none_loss(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    const struct quo_planworld *w = b->ask->world;
    const double own[QUO_SPLIT_CHANGES] = {0.0};
    for (size_t i = 0; i < w->n_tables; i++)
        for (size_t k = 0; k < b->n_used[i]; k++) {
            const unsigned law = b->used[i][k];
            b->weight[i][law] = (w->shape + w->claims) * w->table[i].laws[law].mean - w->years * beta;
            b->flat[i][law] = 0.0;
        }
    const struct quo_plansum sum = {
        .constant = -beta * w->shape, .magnitude = fabs(beta) * w->shape, .budget = budget, .own = own};
    return quo_planbound_least(b, node, &sum) > QUO_PLANBOUND_ROUNDING * sum.magnitude;
}

bool quo_planbound_none(struct quo_planbound *b, struct quo_plannode *node, double beta, double budget)
{
    return b->ask->goal == QUO_GOAL_LOSS           ? none_loss(b, node, beta, budget)
           : b->ask->goal == QUO_GOAL_TARGET_SCORE ? quo_scorebound_none(b, node, beta, budget)
                                                   : quo_planpremium_none(b, node, beta, budget);
}
