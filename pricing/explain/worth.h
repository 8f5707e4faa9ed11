/* pricing/explain/worth.h -- what each control is worth in premium: what its answer takes off, and what the best answer would.
 *
 * The gross premium with this one answer at level 0, and at level 4 on the best evidence, all else as it is: each a price of its own, what a
 * what-if of that answer comes to. Controls overlap: the amounts do not add up (a what-if shares them out).                                [methods: worth] */
#ifndef QUO_WORTH_H
#define QUO_WORTH_H

#include "pricing/quote.h"

struct quo_worth_line {
    int control;         /* index in the catalogue */
    int level, evidence; /* as answered; level -1: no answer */
    double without;      /* gross premium at level 0 */
    double best;         /* gross premium at level 4, evidence 4, all of the value; reliability as said, or unsaid where that is better */
    double credit;       /* without - gross: what the answer takes off */
    double saving;       /* gross - best: what is left to win */
};

struct quo_worth {
    struct quo_worth_line *line; /* line[n] */
    size_t n;
    double gross; /* as it stands, unrounded */
    int unpriced; /* where it fails: the first control with an answer under which the policy has no price; -1: none */
    bool unpriced_best; /* that answer: level 4, else level 0 */
};

/* Of a quote: controls that move the premium by a cent, the largest saving first. */
enum quo_status quo_worth_of(const struct quo_quote *quote, struct quo_worth *out);
/* Without a quote: every control, in the catalogue's order. The draws are taken where the terms load the premium for uncertainty. */
enum quo_status quo_worth_alone(const struct quo_engine *engine, const struct quo_policy *policy, long draws,
                                uint64_t seed, struct quo_worth *out);
void quo_worth_free(struct quo_worth *worth); /* the contents */
#endif
