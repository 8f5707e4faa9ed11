/* pricing/whatif/splitbound.h -- a lower bound of a sum of functions of a few changes each, under a budget.
 *
 * min over sets x of sum_p f_p(x) + g x, c x <= b. Each piece p gets its own copy of the changes and part mu_p of their prices, sum_p mu_p = g + lambda c;
 * then every piece is minimised by itself, exactly, and for any such mu and lambda >= 0
 *   sum_p min_x (f_p(x) + mu_p x) - lambda b
 * is a lower bound (Lagrangian decomposition, [GK87]). mu and lambda are raised by subgradient steps.  [methods: plans] */
#ifndef QUO_SPLITBOUND_H
#define QUO_SPLITBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUO_SPLIT_CHANGES 64

/* f(both, often, rest) = alpha[both, rest] + slope[both, rest] e[both, often], of three disjoint groups of changes; numbers run over
 * the sets of `both` first, in the order of the bits. */
struct quo_splitpiece {
    size_t n_both, n_often, n_rest;
    unsigned char both_bit[32], often_bit[32], rest_bit[32]; /* change by its place in a number */
    double *e;            /* e[2^(n_both + n_often)] */
    double *alpha, *slope; /* [2^(n_both + n_rest)] */
    unsigned *order;      /* order[2^(n_both + n_often)]: by falling e within each set of `both`; filled in by quo_splitpiece_sort */
    uint64_t changes;     /* of the three groups; filled in */
    double mu[QUO_SPLIT_CHANGES]; /* start and end of the prices */
    uint64_t least;       /* where it is least, at the end */
};
/* Fills in order and changes. */
void quo_splitpiece_sort(struct quo_splitpiece *piece);

struct quo_splitbound {
    struct quo_splitpiece *piece;
    size_t n_pieces;
    const double *cost, *own; /* c, g: [64], at least 0 */
    double budget;            /* b; INFINITY: none */
    double constant;          /* added */
    double lambda;            /* start and end */
    double enough;            /* no need to go beyond this bound */
    double magnitude;         /* of what is bounded: how far a step aims beyond `enough` */
    int steps;                /* at most */
    double bound;             /* out: the best that was found */
    double wish[QUO_SPLIT_CHANGES]; /* out: share of the pieces that want the change */
};
/* False without memory. */
bool quo_splitbound_run(struct quo_splitbound *bound);
#endif
