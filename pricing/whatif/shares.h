/* pricing/whatif/shares.h -- what each change is worth: alone, on top of all the others, and its Shapley share.
 *
 * The game is the saving s(S) = premium without changes - premium under the changes S, unrounded. Shapley's share of change i is
 * the mean of s(S + i) - s(S) over all orders in which the changes can come [Sha53]: the shares add up to s(all). Exact over all
 * 2^n sets up to QUO_SHAPLEY_EXACT changes; beyond, and where sets share no parts (values.h) beyond QUO_SHAPLEY_ANYWAY unless asked for,
 * over random orders in pairs of an order and its reverse, with a standard error; those add up too, as every order does.                                             [methods: what-if] */
#ifndef QUO_SHARES_H
#define QUO_SHARES_H

#include "pricing/whatif/values.h"

#define QUO_SHAPLEY_EXACT 20
#define QUO_SHAPLEY_ANYWAY 12 /* so many sets are priced the long way too */
/* Pairs are looked at among so many changes, those that save most alone. */
#define QUO_PAIRED_MAX 40

struct quo_share {
    struct quo_outcome alone;      /* base and this change */
    struct quo_outcome others;     /* all changes but this */
    double shapley, shapley_error; /* error: standard error, 0 where exact */
    bool does_nothing;             /* alone it moves no number at all */
};

/* Two changes: what they save together beyond what each saves alone. Positive: they need each other; negative: they overlap. */
struct quo_pair {
    size_t first, second;
    double extra;
};

struct quo_shares {
    struct quo_outcome base, all;
    struct quo_share *share; /* share[n], in the plan's order */
    size_t n;
    bool exact;            /* the Shapley shares */
    bool shared;           /* from sets that were priced by shared parts */
    long orders;           /* sampled; 0 where exact */
    struct quo_pair *pair; /* pair[n_pairs], the largest |extra| first */
    size_t n_pairs;
};

struct quo_shares_options {
    long orders;   /* random orders beyond QUO_SHAPLEY_EXACT changes, taken up to an even number */
    uint64_t seed; /* of them */
    bool sampled;  /* orders, though all sets could be priced by shared parts; beyond QUO_SHAPLEY_ANYWAY changes */
    bool exact;    /* all sets up to QUO_SHAPLEY_EXACT changes, be it the long way */
    struct quo_everyset_watch watch;
};
/* orders 64, seed 1 */
void quo_shares_options_init(struct quo_shares_options *options);

/* Shapley's shares of n <= QUO_SHAPLEY_EXACT in what they save: cost[2^n] of each set, bit i of its number: i is in it. The share of i is the
 * sum over sets S without it of |S|! (n - |S| - 1)!/n! (cost(S) - cost(S + i)). */
void quo_shares_shapley(const double *cost, size_t n, double *share);
/* n: changes of the variants. QUO_REFUSED where some set of changes cannot stand together, though each alone and all do. */
enum quo_status quo_shares_new(struct quo_values *values, size_t n, const struct quo_shares_options *options,
                               struct quo_shares *out);
/* The same without Shapley's shares, which cost the most: what the planner needs. */
enum quo_status quo_shares_margins(struct quo_values *values, size_t n, struct quo_shares *out);
void quo_shares_free(struct quo_shares *attribution); /* the contents */
#endif
