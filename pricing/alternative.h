/* pricing/alternative.h -- what a quote's policy would want before expenses were it a little another: without its state-actor clause,
 * or with the market's typical answers where it has none. Without the draws' load; money of the term.        [methods: premium] */
#ifndef QUO_ALTERNATIVE_H
#define QUO_ALTERNATIVE_H

#include "pricing/quote.h"

/* What the prices of one quote share: a workspace a thread, one memory. */
struct quo_alternative_tools {
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo;
};
/* *pure stays as it is where the policy has no such clause. */
enum quo_status quo_alternative_without_clause(const struct quo_quote *quote, const struct quo_alternative_tools *tools,
                                               double *pure);
/* By a law of that resolution; of the quote only engine, policy, term and seed are looked at. *filled: the questions that were answered so;
 * 0: none, and *pure stays as it is. */
enum quo_status quo_alternative_typical(const struct quo_quote *quote, struct quo_resolution resolution,
                                        const struct quo_alternative_tools *tools, double *pure, size_t *filled);
#endif
