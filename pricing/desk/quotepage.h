/* pricing/desk/quotepage.h -- a quote as one web page that needs nothing else: tables, the exceedance curve as a drawing, no script.
 * Every text of the user's is escaped. */
#ifndef QUO_QUOTEPAGE_H
#define QUO_QUOTEPAGE_H

#include <stdio.h>
#include "pricing/desk/quotesheet.h"

/* Into a stream; whoever opened it looks at its errors. */
void quo_quotepage_write(FILE *to, const struct quo_quote *quote, const struct quo_sheet *sheet);
#endif
