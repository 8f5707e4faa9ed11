/* pricing/whatif/planscore.h -- how two sets of changes compare under a goal. Inside of the planner. */
#ifndef QUO_PLANSCORE_H
#define QUO_PLANSCORE_H

#include "pricing/whatif/planner.h"

/* One planner's work: what is asked, of whom, and the best so far. */
struct quo_planscore {
    struct quo_values *values;
    const struct quo_shares *attribution;
    const double *cost; /* cost[n] a year */
    size_t n;
    const struct quo_planner_request *request;
    struct quo_planned best;
    double best_measure; /* INFINITY: none yet */
};

/* Two sums of costs this near are one: sums in another order round otherwise. Relative to the budget or the costs. */
#define QUO_PLAN_SAME 1e-12

/* Measures this near may be one: rounding to cents, and what shared parts are off by. Money; a score. */
#define QUO_PLAN_NEAR 0.011
#define QUO_PLAN_NEAR_SCORE 2e-6

/* Whether the goal is a least cost that reaches a target. */
bool quo_planscore_targeted(enum quo_goal goal);
/* What is to be small: premium, premium and cost over the term, loss; for a target the premium, or minus the score. To the cent (a
 * score to a millionth), so that rounding decides nothing. */
double quo_planscore_measure(const struct quo_planner_request *request, const struct quo_outcome *outcome,
                             double cost_per_year);
double quo_planscore_cost(const struct quo_planscore *score, struct quo_subset changes);
/* Whether the cost is within the budget. */
bool quo_planscore_affordable(const struct quo_planner_request *request, double cost_per_year);
/* Prices the set and keeps it if it is better; *measure (may be NULL) is INFINITY where the changes cannot stand together. */
enum quo_status quo_planscore_offer(struct quo_planscore *score, struct quo_subset changes, double *measure);
/* The same for a set whose plain measure (premium, loss or minus the score) is known to within NEAR: a quote is made where it may be better. */
enum quo_status quo_planscore_consider(struct quo_planscore *score, struct quo_subset changes, double plain);
/* Branch and bound (plansearch.c); proves nothing: best.exact stays false. */
enum quo_status quo_plansearch_run(struct quo_planscore *score);
/* All sets of at most that cost and the request's budget, one by one (planlist.c): proved. QUO_REFUSED, with nothing found, where they are
 * more than QUO_PLANNER_SETS and the request's `most`, or no price of shared parts. */
enum quo_status quo_planlist_run(struct quo_planscore *score, double budget);
/* The sets on the frontier of cost and measure by rising cost, of all that cost at most so much. QUO_REFUSED as above. The caller frees
 * *out. */
enum quo_status quo_planlist_front(struct quo_planscore *score, double budget, struct quo_subset **out, size_t *n);
#endif
