/* pricing/whatif/planpiece.h -- a node's perils as pieces of a sum, and what its bounds share. Inside of planbound.c and planpremium.c. */
#ifndef QUO_PLANPIECE_H
#define QUO_PLANPIECE_H

#include "pricing/whatif/planbound.h"

#define QUO_PLANBOUND_ROUNDING 3e-9 /* of what is bounded: a bound must be so far beyond */

struct quo_planbound {
    const struct quo_planbound_ask *ask;
    struct quo_splitpiece piece[QUO_PERILS];
    double *rate_slope[QUO_PERILS]; /* slope of the rate by entry of a piece */
    unsigned *law[QUO_PERILS];      /* law by entry */
    double *log[QUO_PERILS];        /* of scores: table's rest_log by entry; NULL */
    bool logged;                    /* the pieces' e are logarithms already */
    unsigned *used[QUO_PERILS];     /* used[n_used]: the laws of the sets between */
    size_t n_used[QUO_PERILS];
    /* What a sum is made of: sum over perils of rate x weight(law) + flat(law), by law of the table; of the used ones only. */
    double *weight[QUO_PERILS], *flat[QUO_PERILS];
    double rate_least[QUO_PERILS], rate_most[QUO_PERILS];
    double d_least, d_most; /* shape + years x events, of the sets between */
    struct quo_planpremium *premium; /* NULL: not asked for yet */
};

/* A lower bound of constant + sum over perils (rate x weight(law) + flat(law)) + own x - credit back, of the sets between within the budget.
 * It is looked for no further than past ROUNDING x magnitude. -INFINITY without memory, INFINITY where no set is within the budget. */
struct quo_plansum {
    double constant, magnitude, budget;
    const double *own; /* own[QUO_SPLIT_CHANGES] */
    double credit;     /* of back, by entry of the piece of world->back_table; NULL: nothing */
    const double *back;
};
/* The same of the pieces' alpha and slope as they are. */
double quo_planbound_solve(struct quo_planbound *bound, struct quo_plannode *node, const struct quo_plansum *sum);
double quo_planbound_least(struct quo_planbound *bound, struct quo_plannode *node, const struct quo_plansum *sum);

/* planpaid.c and planpremium.c */
void quo_planpremium_free(struct quo_planpremium *premium);
bool quo_planpremium_none(struct quo_planbound *bound, struct quo_plannode *node, double beta, double budget);
/* scorebound.c */
bool quo_scorebound_none(struct quo_planbound *bound, struct quo_plannode *node, double beta, double budget);
#endif
