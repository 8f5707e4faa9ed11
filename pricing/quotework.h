/* pricing/quotework.h -- a quote's work, on two threads where there are two: score, hazards, payouts, laws, draws, the prices beside, and what
 * follows from them. What is done does not hang on the number of threads, to the last bit. */
#ifndef QUO_QUOTEWORK_H
#define QUO_QUOTEWORK_H

#include "pricing/crew.h"
#include "pricing/quote.h"

#define QUO_QUOTEWORK_WORKERS 2

/* What the work is done with; nothing of it changes a number. Between two quotes the crew's round is over and the memory is clear. */
struct quo_quotetools {
    struct quo_crew crew;
    struct quo_workspace *workspace[QUO_QUOTEWORK_WORKERS]; /* one a thread */
    struct quo_payoutmemo *memo;                            /* shared */
};

/* Engine, policy, term and seed of the quote are set, all else is zero and is found. */
enum quo_status quo_quotework_do(struct quo_quote *quote, const struct quo_quote_options *options,
                                 struct quo_quotetools *tools);
#endif
