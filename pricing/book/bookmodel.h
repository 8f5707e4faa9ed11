/* pricing/book/bookmodel.h -- what quotes of the book rest on: the model as the hashes of all files of the engine, and the run that they belong to. */
#ifndef QUO_BOOKMODEL_H
#define QUO_BOOKMODEL_H

#include "pricing/book/bookstore.h"
#include "pricing/engine.h"

/* Within the caller's transaction, all of them. *number: of the engine's files in the table of models, where they stand once. */
enum quo_status quo_bookmodel_note(const struct quo_bookstore *book, const struct quo_engine *engine, int64_t *number,
                                   struct quo_faults *faults);
struct quo_bookmodel_run {
    int64_t model;
    uint64_t seed;
    const char *kind, *options; /* "reprice" or "quote"; JSON */
    int64_t against;            /* 0: none */
};
/* A new run, by this program, now, with its entry in the log. */
enum quo_status quo_bookmodel_begin(const struct quo_bookstore *book, const struct quo_bookmodel_run *begun,
                                    int64_t *number, struct quo_faults *faults);
enum quo_status quo_bookmodel_finish(const struct quo_bookstore *book, int64_t run, struct quo_faults *faults);
#endif
