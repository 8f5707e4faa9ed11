/* pricing/book/bookcopy.h -- what a book insures, passed on from rank 0 to the others: a book is one machine's file (its journal lives in that
 * machine's memory), so that rank 0 alone opens it. */
#ifndef QUO_BOOKCOPY_H
#define QUO_BOOKCOPY_H

#include "pricing/book/bookstore.h"
#include "risk/base/ranks.h"

/* Rank 0: the newest versions of the protocols, and of the policies if they are asked for. */
enum quo_status quo_bookcopy_give(const struct quo_bookstore *book, bool policies, const struct quo_ranks *ranks,
                                  struct quo_faults *faults);
/* Rank 0: there will be nothing, because of this. */
void quo_bookcopy_refuse(const struct quo_ranks *ranks, enum quo_status status);
/* Another rank: a book of those alone, in a file without a name that is gone when it is closed. */
enum quo_status quo_bookcopy_take(const char *path, const struct quo_ranks *ranks, struct quo_bookstore *out,
                                  struct quo_faults *faults);
#endif
