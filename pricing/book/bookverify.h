/* pricing/book/bookverify.h -- whether a book holds what was written: SQLite's own checks, the log's chain, the hash of every batch of
 * quotes, the inputs of every quote, the models. */
#ifndef QUO_BOOKVERIFY_H
#define QUO_BOOKVERIFY_H

#include "pricing/book/bookstore.h"

/* Each damage is a fault. */
enum quo_status quo_bookverify_book(const struct quo_bookstore *book, int64_t *entries, int64_t *quotes,
                                    struct quo_faults *faults);
/* The hash of the quotes of a run from one to another (their numbers), in order. */
enum quo_status quo_bookverify_quotes_hash(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                           char hex[QUO_HASH_SIZE], struct quo_faults *faults);
/* The entry of the log for these quotes, within the caller's transaction. */
enum quo_status quo_bookverify_log_quotes(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                          struct quo_faults *faults);
/* The entry for a run that begins: what its row says of model, engine, seed and options, so that a change of the row is found. */
enum quo_status quo_bookverify_log_run(const struct quo_bookstore *book, int64_t run, struct quo_faults *faults);
#endif
