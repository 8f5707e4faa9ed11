#include "pricing/whatif/splitbound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AIM 1e-3

static void sort_by_e(const double *e, unsigned *order, size_t n, unsigned *room)
{
    for (size_t i = 0; i < n; i++)
        order[i] = (unsigned)i;
    for (size_t width = 1; width < n; width *= 2) { /* merges */
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t i = at, k = at + width < n ? at + width : n, out = at;
            const size_t middle = k, end = at + 2 * width < n ? at + 2 * width : n;
            while (out < end)
                room[out++] = k >= end || (i < middle && e[order[i]] >= e[order[k]]) ? order[i++] : order[k++];
        }
        memcpy(order, room, n * sizeof *order);
    }
}

static uint64_t bits_of(const unsigned char *bit, size_t n)
{
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= (uint64_t)1 << bit[i];
    return set;
}

void quo_splitpiece_sort(struct quo_splitpiece *p)
{
    const size_t n = (size_t)1 << p->n_often;
    /* The room is what the last group's order will overwrite: sort it last, through the prices' place in the caller's memory. */
    unsigned *room = malloc(n * sizeof *room);
    for (size_t z = 0; room && z < (size_t)1 << p->n_both; z++)
        sort_by_e(p->e + z * n, p->order + z * n, n, room);
    free(room);
    p->changes = bits_of(p->both_bit, p->n_both) | bits_of(p->often_bit, p->n_often) | bits_of(p->rest_bit, p->n_rest);
}

/* Prices of all sets of some changes. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void price_sets(const unsigned char *bit, size_t n, const double *mu, double *out)
{
    out[0] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double one = mu[bit[i]];
        double *with = out + ((size_t)1 << i);
#pragma omp simd
        for (size_t s = 0; s < (size_t)1 << i; s++)
            with[s] = out[s] + one;
    }
}

struct room {
    double *often, *rest, *both; /* prices of sets */
    unsigned *line;              /* the lines of the lower envelope, by falling slope */
    double *from;                /* line i is least from here on */
};

static double crossing(double e1, double c1, double e2, double c2) { return (c2 - c1) / (e1 - e2); }

/* Lower envelope of the lines t e[i] + price[i]: lines in room, their number. */
static size_t envelope(const double *e, const unsigned *order, size_t n, struct room *r)
{
    size_t m = 0;
    for (size_t k = 0; k < n; k++) {
        const unsigned i = order[k];
        if (m && e[r->line[m - 1]] == e[i]) {
            if (r->often[r->line[m - 1]] <= r->often[i])
                continue;
            m--;
        }
        while (m && crossing(e[r->line[m - 1]], r->often[r->line[m - 1]], e[i], r->often[i]) <= r->from[m - 1])
            m--;
        r->from[m] = m ? crossing(e[r->line[m - 1]], r->often[r->line[m - 1]], e[i], r->often[i]) : -INFINITY;
        r->line[m++] = i;
    }
    return m;
}

static uint64_t unpack(size_t number, const unsigned char *bit, size_t n)
{
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= (uint64_t)(number >> i & 1u) << bit[i];
    return set;
}

/* The least of f + mu x, and where. */
static double least(struct quo_splitpiece *p, struct room *r)
{
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double best = INFINITY;
    size_t best_z = 0, best_rest = 0;
    unsigned best_often = 0;
    price_sets(p->often_bit, p->n_often, p->mu, r->often);
    price_sets(p->rest_bit, p->n_rest, p->mu, r->rest);
    price_sets(p->both_bit, p->n_both, p->mu, r->both);
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++) {
        const double *e = p->e + z * often, *alpha = p->alpha + z * rest, *slope = p->slope + z * rest;
        const size_t lines = envelope(e, p->order + z * often, often, r);
        for (size_t k = 0; k < rest; k++) {
            size_t low = 0, high = lines;
            while (high - low > 1) {
                const size_t middle = (low + high) / 2;
                if (r->from[middle] <= slope[k])
                    low = middle;
                else
                    high = middle;
            }
            const double value =
                r->both[z] + r->rest[k] + alpha[k] + slope[k] * e[r->line[low]] + r->often[r->line[low]];
            if (value < best) {
                best = value;
                best_z = z;
                best_rest = k;
                best_often = r->line[low];
            }
        }
    }
    p->least = unpack(best_z, p->both_bit, p->n_both) | unpack(best_rest, p->rest_bit, p->n_rest) |
               unpack(best_often, p->often_bit, p->n_often);
    return best;
}

static bool room_for(const struct quo_splitbound *b, struct room *r)
{
    size_t often = 1, rest = 1, both = 1;
    for (size_t p = 0; p < b->n_pieces; p++) {
        const struct quo_splitpiece *one = &b->piece[p];
        often = one->n_often > often ? one->n_often : often;
        rest = one->n_rest > rest ? one->n_rest : rest;
        both = one->n_both > both ? one->n_both : both;
    }
    r->often = malloc(sizeof(double) << often);
    r->rest = malloc(sizeof(double) << rest);
    r->both = malloc(sizeof(double) << both);
    r->line = malloc(sizeof(unsigned) << often);
    r->from = malloc(sizeof(double) << often);
    return r->often && r->rest && r->both && r->line && r->from;
}

/* Prices that do not add up to g + lambda c are shared out evenly. */
static void balance(struct quo_splitbound *b, const int *pieces)
{
    for (int i = 0; i < QUO_SPLIT_CHANGES; i++) {
        double sum = 0.0;
        if (!pieces[i])
            continue;
        for (size_t p = 0; p < b->n_pieces; p++)
            if (b->piece[p].changes >> i & 1u)
                sum += b->piece[p].mu[i];
        const double wanted = b->own[i] + b->lambda * b->cost[i];
        for (size_t p = 0; p < b->n_pieces; p++)
            if (b->piece[p].changes >> i & 1u)
                b->piece[p].mu[i] += (wanted - sum) / pieces[i];
    }
}

/* One step towards what is wanted [Pol69]. scale: of a cost in the step's length. */
static void step(struct quo_splitbound *b, const int *pieces, double wanted, double scale)
{
    double norm = 0.0, spent = 0.0;
    for (int i = 0; i < QUO_SPLIT_CHANGES; i++) {
        if (!pieces[i])
            continue;
        spent += b->wish[i] * b->cost[i];
        norm += pieces[i] * b->wish[i] * (1.0 - b->wish[i]);
    }
    double excess = isfinite(b->budget) ? (spent - b->budget) / scale : 0.0;
    if (excess < 0.0 && b->lambda <= 0.0)
        excess = 0.0;
    norm += excess * excess;
    if (!(norm > 1e-12))
        return;
    const double length = wanted / norm;
    for (size_t p = 0; p < b->n_pieces; p++)
        for (int i = 0; i < QUO_SPLIT_CHANGES; i++)
            if (b->piece[p].changes >> i & 1u)
                b->piece[p].mu[i] += length * ((b->piece[p].least >> i & 1u ? 1.0 : 0.0) - b->wish[i]);
    b->lambda = fmax(0.0, b->lambda + length * excess / scale);
    balance(b, pieces);
}

bool quo_splitbound_run(struct quo_splitbound *b)
{
    struct room room = {0};
    int pieces[QUO_SPLIT_CHANGES] = {0};
    double scale = 0.0;
    for (int i = 0; i < QUO_SPLIT_CHANGES; i++) {
        for (size_t p = 0; p < b->n_pieces; p++)
            pieces[i] += (int)(b->piece[p].changes >> i & 1u);
        scale += pieces[i] ? b->cost[i] * b->cost[i] : 0.0;
    }
    scale = scale > 0.0 ? sqrt(scale) : 1.0;
    const bool made = room_for(b, &room);
    b->bound = -INFINITY;
    if (made && !isfinite(b->budget))
        b->lambda = 0.0;
    if (made)
        balance(b, pieces);
    for (int k = 0; made && k < b->steps; k++) {
        double sum = b->constant - (b->lambda > 0.0 ? b->lambda * b->budget : 0.0);
        memset(b->wish, 0, sizeof b->wish);
        for (size_t p = 0; p < b->n_pieces; p++) {
            sum += least(&b->piece[p], &room);
            for (int i = 0; i < QUO_SPLIT_CHANGES; i++)
                if (b->piece[p].least >> i & 1u)
                    b->wish[i] += 1.0 / pieces[i];
        }
        b->bound = fmax(b->bound, sum);
        if (b->bound > b->enough || k + 1 == b->steps)
            break;
        step(b, pieces, b->enough + AIM * b->magnitude - sum, scale);
    }
    free(room.often);
    free(room.rest);
    free(room.both);
    free(room.line);
    free(room.from);
    return made;
}
