/* pricing/book/bookrun.h -- a whole book priced again: a run. Batches of policies, each with its quotes, its place and its entry in the log in
 * one transaction, so that a run that was cut off anywhere goes on where it was: nothing lost, nothing twice. */
#ifndef QUO_BOOKRUN_H
#define QUO_BOOKRUN_H

#include "pricing/book/bookload.h"
#include "pricing/book/reprice.h"

struct quo_bookrun_options {
    bool resume;     /* go on with the last run if it was cut off; it must be of the same model and engine */
    const struct quo_terms *terms; /* pricing terms of all rows (bookterms.h) */
    int64_t against; /* a run to compare with; 0: none, the expiring premiums */
    int jobs;
    size_t batch; /* policies a transaction; 0: 16384 */
    const struct quo_ranks *ranks; /* this one, rank 0, has the others help (quo_bookrun_help); NULL: alone */
    /* Called after each batch; NULL: nobody wants to know. */
    void (*progress)(void *context, size_t done, size_t all);
    void *context;
};

struct quo_bookrun_result {
    int64_t run;
    size_t priced, refused, resumed_after; /* of this call; quotes that were there already */
};

enum quo_status quo_bookrun_price(const struct quo_bookstore *book, const struct quo_engine *engine,
                                  const struct quo_bookrun_options *options, struct quo_bookrun_result *out,
                                  struct quo_faults *faults);
/* Another rank's part in it; path: of the book, for what is told. */
enum quo_status quo_bookrun_help(const char *path, const struct quo_engine *engine,
                                 const struct quo_bookrun_options *options, struct quo_faults *faults);
/* A run's quotes in the form of reprice's output, in the order of the policies. */
enum quo_status quo_bookrun_export(const struct quo_bookstore *book, int64_t run, FILE *to, struct quo_faults *faults);
#endif
