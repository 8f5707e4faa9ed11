/* pricing/book/bookdocument.h -- policies that no row can hold (several covers, clauses, terms of their own): kept as libconfig text, priced one
 * by one by the quote itself. */
#ifndef QUO_BOOKDOCUMENT_H
#define QUO_BOOKDOCUMENT_H

#include "pricing/book/reprice.h"
#include "pricing/quoter.h"

/* row->document priced with this protocol in place of its own, as quote --draws 0 does. QUO_MACHINE alone fails; else the result says why there is no
 * price. */
enum quo_status quo_bookdocument_price(struct quo_quoter *quoter, const struct quo_engine *engine,
                                       const struct quo_bookpolicy *row, struct quo_protocol *protocol, bool detail,
                                       struct quo_repriced *out);
#endif
