/* pricing/book/exchange/bookfolder.h -- a folder of libconfig files into the book: each *.cfg holds a policy with its protocol, or a protocol. */
#ifndef QUO_BOOKFOLDER_H
#define QUO_BOOKFOLDER_H

#include "pricing/book/bookwriter.h"
#include "pricing/book/rejects.h"

/* In order of their names, in one transaction. A file with a fault is rejected whole, each of its faults told; so is one that gives an id again
 * with other contents. Pricing terms and everything else of a policy are kept. */
enum quo_status quo_bookfolder_import(const struct quo_bookstore *book, const char *folder,
                                      const struct quo_catalogue *catalogue, bool strict, struct quo_rejects *rejects,
                                      struct quo_bookcounts *protocols, struct quo_bookcounts *policies,
                                      struct quo_faults *faults);
#endif
