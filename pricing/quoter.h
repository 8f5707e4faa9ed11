/* pricing/quoter.h -- for who prices one policy after another: what a quote needs besides its numbers is made once.
 *
 * A quoter keeps its second thread (pricing/crew.h), its workspaces and their transforms' plans. Nothing that was computed for one quote
 * serves another: each is priced anew, to the same bits as by quo_quote_price. */
#ifndef QUO_QUOTER_H
#define QUO_QUOTER_H

#include "pricing/quote.h"

struct quo_quoter;
/* OpenMP's setting at this moment says whether there will be a second thread. NULL without memory. */
struct quo_quoter *quo_quoter_new(void);
void quo_quoter_free(struct quo_quoter *quoter);
/* As quo_quote_price; by one thread at a time. */
enum quo_status quo_quoter_price(struct quo_quoter *quoter, const struct quo_engine *engine,
                                 const struct quo_policy *policy, const struct quo_quote_options *options,
                                 struct quo_quote **out);
#endif
