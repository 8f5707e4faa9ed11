/* pricing/book/bookwriter.h -- protocols and policies put into the book in one transaction: what differs from the newest version becomes a new
 * version beside it. */
#ifndef QUO_BOOKWRITER_H
#define QUO_BOOKWRITER_H

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookstore.h"
#include "risk/controls/catalogue.h"

struct quo_bookcounts {
    size_t rows, added, changed; /* good rows; new ones; new versions of old ones */
};

struct quo_bookwriter {
    const struct quo_bookstore *book;
    const struct quo_catalogue *catalogue;
    struct quo_faults *faults;
    sqlite3_stmt *protocol, *policy;
    int64_t protocols_before, policies_before;
    struct quo_bookcounts protocols, policies;
};

/* Begins the transaction; where it fails there is nothing to close. */
enum quo_status quo_bookwriter_open(struct quo_bookwriter *writer, const struct quo_bookstore *book,
                                    const struct quo_catalogue *catalogue, struct quo_faults *faults);
/* document: the group `protocol = {...}` as libconfig text, where the columns do not say all; else NULL. */
enum quo_status quo_bookwriter_protocol(struct quo_bookwriter *writer, const struct quo_protocol *protocol,
                                        const char *document);
/* The same for the group `policy = {...}` without its protocol. */
enum quo_status quo_bookwriter_policy(struct quo_bookwriter *writer, const struct quo_bookpolicy *row,
                                      const char *document);
/* Commits with an entry of the log that names what was done and from where; undoes all where status is not QUO_OK. */
enum quo_status quo_bookwriter_close(struct quo_bookwriter *writer, enum quo_status status, const char *what,
                                     const char *path);
#endif
