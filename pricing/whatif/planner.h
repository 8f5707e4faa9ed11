/* pricing/whatif/planner.h -- the best set of changes: under a budget, or the cheapest one that reaches a target.
 *
 * Proved by listing up to 20 changes: every set that the budget allows is priced, or all are known already from the shares. For a target, and of more
 * changes, a quick search (plansearch.c), whose bounds are judged: what is not yet decided can save no more than all of it together does, nor
 * than the dearest fraction of it that the budget buys, each change at what it saves here and half of what every pair with it saves extra, and 2
 * per cent. From what it finds on a search by bounds that hold (planproof.c), for premium, net, loss and both targets; what it ends with is proved. Where those bounds do not reach, the quick
 * search goes on to the request's `most`, and a list is made where it has at most QUO_PLANNER_SETS or `most` sets. [methods: plans], [methods: proofs] */
#ifndef QUO_PLANNER_H
#define QUO_PLANNER_H

#include "pricing/whatif/shares.h"

#define QUO_PLANNER_LISTED 10
#define QUO_PLANNER_SETS ((size_t)1 << 20)

enum quo_goal {
    QUO_GOAL_PREMIUM,        /* least gross premium */
    QUO_GOAL_NET,            /* least gross premium + cost of the changes over the term */
    QUO_GOAL_LOSS,           /* least expected loss of the protocol */
    QUO_GOAL_TARGET_PREMIUM, /* least cost with a gross premium of at most the target */
    QUO_GOAL_TARGET_SCORE    /* least cost with an overall score of at least the target; the values must be scored */
};
#define QUO_GOALS 5
const char *const *quo_goal_ids(void); /* "premium", "net", "loss", "target_premium", "target_score" */

struct quo_planner_request {
    enum quo_goal goal;
    double budget; /* a year, in the policy's currency; INFINITY: none */
    double target; /* of the last two goals */
    double term_years;
    size_t most;   /* sets to price before the search is cut short; listed, if they are no more */
    bool searched; /* by branch and bound however few the changes are */
};

struct quo_planned {
    bool found; /* false: no set reaches the target within the budget */
    struct quo_subset chosen;
    double cost_per_year;
    struct quo_outcome outcome;
    bool exact;    /* nothing better exists: every set that could be was priced */
    bool searched; /* by branch and bound to its end; false: cut short, or a bound was broken */
    double bound; /* not exact: no set measures less, for a target none costs less; NaN: not known */
    double gap;   /* not exact: to the bound, or to what all changes come to if they cost nothing; NaN for a target without bound */
    size_t priced; /* sets looked at */
};

/* cost[n] a year. The attribution is of the same values. Among equals: the cheaper, then the fewer changes, then the earlier. */
enum quo_status quo_planner_find(struct quo_values *values, const struct quo_shares *attribution, const double *cost,
                                 const struct quo_planner_request *request, struct quo_planned *out);

/* One point of the efficient frontier: no set costs no more and has a lower premium. */
struct quo_frontier_point {
    double cost_per_year;
    struct quo_subset chosen;
    struct quo_outcome outcome;
    bool exact;  /* no set of at most that cost is better */
    bool listed; /* and no efficient set up to that cost is left out */
    double gap;  /* not exact: none within its budget is better by more; NaN: not known */
};
#define QUO_FRONTIER_BUDGETS 24
/* By rising cost; goal: premium or loss. All points where all sets can be listed (QUO_PLANNER_SETS); else all up to the largest of
 * QUO_FRONTIER_BUDGETS even budgets that buys few enough, and the best under each of the others. The caller frees *out. */
enum quo_status quo_planner_frontier(struct quo_values *values, const struct quo_shares *attribution,
                                     const double *cost, enum quo_goal goal, size_t most,
                                     struct quo_frontier_point **out, size_t *n);
#endif
