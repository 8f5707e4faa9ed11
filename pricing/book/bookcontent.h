/* pricing/book/bookcontent.h -- what is insured, into the book and out of it: protocols and policies, each change a new version beside the old. */
#ifndef QUO_BOOKCONTENT_H
#define QUO_BOOKCONTENT_H

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookprotocols.h"
#include "pricing/book/bookresult.h"
#include "pricing/book/bookstore.h"

struct quo_bookcounts {
    size_t rows, added, changed; /* good rows; new ones; new versions of old ones */
};

/* One transaction each; nothing is changed where it fails, or where `strict` and a row was bad. */
enum quo_status quo_bookcontent_import_protocols(const struct quo_bookstore *book, const char *path,
                                                 const struct quo_catalogue *catalogue, bool strict,
                                                 struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                 struct quo_faults *faults);
enum quo_status quo_bookcontent_import_policies(const struct quo_bookstore *book, const char *path,
                                                const struct quo_catalogue *catalogue, bool strict,
                                                struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                struct quo_faults *faults);
/* The newest version of every protocol, by id; pk[n] (malloc) their numbers in the book. */
enum quo_status quo_bookcontent_protocols(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                          struct quo_bookprotocols *out, int64_t **pk, struct quo_faults *faults);
/* For policies after `after` (their number), newest versions in order of number. Columns as quo_bookcontent_policy reads them. */
extern const char quo_bookcontent_policies_sql[];
/* The statement's row; texts live until it steps on. step has room for QUO_PAYOUT_STEPS_MAX. *pk: its number. */
bool quo_bookcontent_policy(sqlite3_stmt *statement, const struct quo_bookprotocols *protocols,
                            struct quo_payout_step *step, struct quo_bookpolicy *row, int64_t *pk);
#endif
