/* pricing/desk/whatiftext.h -- a what-if for people on a terminal of 80 columns. */
#ifndef QUO_WHATIFTEXT_H
#define QUO_WHATIFTEXT_H

#include "pricing/desk/table.h"
#include "pricing/whatif/whatif.h"

void quo_whatiftext_print(const struct quo_page *page, const struct quo_whatif *whatif);
#endif
