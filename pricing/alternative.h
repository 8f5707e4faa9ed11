/* pricing/alternative.h -- what a quote's policy would want before expenses were it a little another: without its state-actor clause,
 * or with the market's typical answers where it has none. Without the draws' load; money of the term.        [methods: premium] */
#ifndef QUO_ALTERNATIVE_H
#define QUO_ALTERNATIVE_H

#include "pricing/quote.h"
#include "risk/controls/typical.h"

/* What the prices of one quote share: a workspace a thread, one memory. */
struct quo_alternative_tools {
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo;
};
/* score: of the quote's protocol, its relativities and caps are all that is looked at; with: the quote's own law. *pure stays as it is where the policy
 * has no such clause. */
enum quo_status quo_alternative_without_clause(const struct quo_quote *quote, const struct quo_score *score,
                                               const struct quo_policylaw *with,
                                               const struct quo_alternative_tools *tools, double *pure);

/* The policy with typical answers: the policy and the protocol, what is priced of its score, its hazards without their mean losses. */
struct quo_alternative {
    struct quo_typical typical;
    struct quo_policy policy;
    struct quo_score score;
    struct quo_hazard hazard[QUO_PERILS];
};
/* Of the quote only engine and policy are looked at. typical.n_filled: the questions that were answered so; 0: none, and all else is empty. Freed also
 * after a failure; it must not move. */
enum quo_status quo_alternative_typical(const struct quo_quote *quote, struct quo_alternative *out);
void quo_alternative_free(struct quo_alternative *alternative);
/* One peril's payouts at that resolution into the memory; the price by a law of it. Nothing where no question was filled. */
enum quo_status quo_alternative_prepare(const struct quo_quote *quote, const struct quo_alternative *alternative,
                                        struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                                        enum quo_peril peril);
enum quo_status quo_alternative_price(const struct quo_quote *quote, const struct quo_alternative *alternative,
                                      struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                                      double *pure);
#endif
