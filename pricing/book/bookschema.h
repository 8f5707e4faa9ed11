/* pricing/book/bookschema.h -- the tables of a book, version by version. A new book is made by the same steps that bring an old one up. */
#ifndef QUO_BOOKSCHEMA_H
#define QUO_BOOKSCHEMA_H

#include "pricing/book/bookstore.h"

/* Makes the tables of a new, empty file, with the first entry of the log. */
enum quo_status quo_bookschema_create(const struct quo_bookstore *book, struct quo_faults *faults);
/* Whether an open file is a book that this program knows; an older one is brought up, each version in a transaction with its entry in the
 * log. QUO_REFUSED: no book, empty, damaged, or newer. */
enum quo_status quo_bookschema_check(const struct quo_bookstore *book, struct quo_faults *faults);
#endif
