/* pricing/quotework.h -- a quote's work, on two threads where there are two: score, hazards, payouts, laws, draws, and the prices beside.
 *
 * All of it but what follows from the price (quo_quote_explain). What is done does not hang on the number of threads, to the last bit. */
#ifndef QUO_QUOTEWORK_H
#define QUO_QUOTEWORK_H

#include "pricing/price.h"
#include "pricing/quote.h"

struct quo_quotework {
    struct quo_price price; /* the caller frees it */
    double pure_without_clause, pure_typical; /* before expenses and the draws' load; NaN: nothing */
};

/* Engine, policy, term and seed of the quote are set; score, hazards, weights, resolution, its error, basis risk and n_unanswered are found. */
enum quo_status quo_quotework_do(struct quo_quote *quote, const struct quo_quote_options *options,
                                 struct quo_quotework *out);
#endif
