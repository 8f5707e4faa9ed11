/* pricing/book/bookdetail.h -- what a book keeps of a repriced policy beside its figures: limits, quantiles and walk, as compact JSON. Written by hand:
 * a tree of values for each of a million rows took longer than to price them. The bytes are those of Jansson's, at 15 digits. */
#ifndef QUO_BOOKDETAIL_H
#define QUO_BOOKDETAIL_H

#include "pricing/quote.h"

char *quo_bookdetail_of(const struct quo_quote *quote); /* the caller frees it; NULL without memory */
#endif
