/* pricing/whatif/whatif.h -- what changes to a policy are worth: each, all, their shares, the best plan, its two sides. */
#ifndef QUO_WHATIF_H
#define QUO_WHATIF_H

#include "pricing/whatif/shares.h"
#include "pricing/whatif/planner.h"

/* A difference with its quantiles over the draws of the model, each draw taken for both sides. NaN without draws. */
struct quo_difference {
    double p05, p50, p95;
};

struct quo_whatif_options {
    struct quo_values_options values; /* as the quote it is compared with: draws 50, seed 1 */
    struct quo_shares_options attribution;
    bool planned;                    /* look for a plan */
    struct quo_planner_request plan; /* its term is filled in */
    bool frontier;
};
void quo_whatif_options_init(struct quo_whatif_options *options);

struct quo_whatif {
    const struct quo_engine *engine;     /* not owned */
    const struct quo_variants *variants; /* not owned: ids and costs of the changes */
    char *policy_id, *insured, *protocol, *currency;
    double term_years;
    double *cost; /* cost[n], a year */
    struct quo_shares attribution;
    struct quo_difference *alone; /* alone[n]: of the premium saved */
    struct quo_difference all;
    size_t n_draws;
    bool planned;
    struct quo_planner_request request;
    struct quo_planned plan;
    struct quo_difference plan_saving;
    struct quo_frontier_point *frontier, *loss_frontier;
    size_t n_frontier, n_loss_frontier;
    size_t priced; /* sets of changes priced in all */
};

/* The engine and the variants must outlive the result. */
enum quo_status quo_whatif_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               const struct quo_whatif_options *options, struct quo_whatif **out);
void quo_whatif_free(struct quo_whatif *whatif);
/* Premium saved against the base, to the cent: the difference of two quotes. */
double quo_whatif_saving(const struct quo_whatif *whatif, const struct quo_outcome *outcome);
#endif
