/* pricing/whatif/planbound.h -- whether any set of changes between two sets, within a budget, measures less than so much: bounds that hold whatever
 * the changes do together. Inside of the proofs.                                                       [methods: proofs] */
#ifndef QUO_PLANBOUND_H
#define QUO_PLANBOUND_H

#include "pricing/whatif/boundyear.h"
#include "pricing/whatif/planworld.h"
#include "pricing/whatif/splitbound.h"

/* Changes that are in, and those not decided; the others are out. */
struct quo_plannode {
    uint64_t in, open;
    double cost; /* of `in` */
    int steps;   /* of the bound's prices, at most */
    double mu[QUO_PERILS][QUO_SPLIT_CHANGES], lambda; /* prices to start from; what a bound ends with is left here */
    double doubt;                                     /* VaR, in points, that a bound failed at last; 0: none yet. Asked first */
    double wish[QUO_SPLIT_CHANGES];                   /* out: share of the perils that want the change in */
};

struct quo_planbound_ask {
    const struct quo_planworld *world;
    int lane; /* of the world, below n_lanes: asked by one thread at a time */
    enum quo_goal goal;
    const double *cost; /* cost[QUO_SPLIT_CHANGES] a year */
    double term_years;
};

/* What a node's questions share. */
struct quo_planbound;
/* NULL without memory. The ask and the node must outlive it. */
struct quo_planbound *quo_planbound_new(const struct quo_planbound_ask *ask, const struct quo_plannode *node);
void quo_planbound_free(struct quo_planbound *bound);
/* True: no set between costs at most budget and measures less than beta. False: there may be one. Measures are those of the goal: loss, premium,
 * premium and cost of the term. */
bool quo_planbound_none(struct quo_planbound *bound, struct quo_plannode *node, double beta, double budget);
#endif
