/* pricing/whatif/nextbest.h -- without a plan: the next level of each control of the catalogue, priced and ranked.
 *
 * For each control that concerns the protocol two steps: to the next level, shown on the effort file's grade of evidence where the
 * present one is lower; and the level that is claimed now proved better. Each alone, against the base. [methods: next steps] */
#ifndef QUO_NEXTBEST_H
#define QUO_NEXTBEST_H

#include "pricing/whatif/effort.h"
#include "pricing/whatif/values.h"

struct quo_next {
    int control;          /* index in the catalogue */
    bool proof;           /* the same level, better shown */
    int from_level;       /* -1: not answered */
    int level, evidence;  /* reached */
    int class;            /* of effort; index in the file */
    double cost_per_year; /* in the policy's currency */
    struct quo_outcome outcome;
    double saving; /* premium, to the cent */
};

struct quo_nextbest {
    char *policy_id, *insured, *currency;
    double term_years;
    struct quo_outcome base;
    struct quo_next *next; /* next[n], the largest saving first; those that save nothing are left out */
    size_t n;
    size_t tried;
};

/* variants: the base, whose changes are replaced. The effort is of the engine's catalogue. */
enum quo_status quo_nextbest_find(const struct quo_engine *engine, struct quo_variants *variants,
                                  const struct quo_effort *effort, const struct quo_values_options *options,
                                  struct quo_nextbest *out);
void quo_nextbest_free(struct quo_nextbest *best); /* the contents */
#endif
