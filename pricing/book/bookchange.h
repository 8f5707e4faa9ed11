/* pricing/book/bookchange.h -- what moved each premium since an earlier run: exposure, terms, controls, model, rate.   [methods: change] */
#ifndef QUO_BOOKCHANGE_H
#define QUO_BOOKCHANGE_H

#include "pricing/book/bookload.h"
#include "pricing/book/changeways.h"

/* The earlier run beside the one at hand. */
struct quo_bookchange {
    const struct quo_bookstore *book;
    const struct quo_bookload *load; /* what the run at hand prices */
    int64_t against;
    struct quo_changeways ways; /* the caller's: engine, terms, jobs; the rest is set here */
    struct quo_faults *faults;
};

/* QUO_REFUSED: there is no such run. model: this run's number in the table of models; options: its own (bookrun.h). */
enum quo_status quo_bookchange_open(struct quo_bookchange *change, int64_t model, const char *options);
/* Fills `before` and `why` of each result that the earlier run has a premium for, and refers movements beyond authority. pk[n]: the numbers
 * of the policies' versions. Prices between the two are computed where several inputs differ. */
enum quo_status quo_bookchange_explain(const struct quo_bookchange *change, const struct quo_bookpolicy *row,
                                       const int64_t *pk, size_t n, struct quo_repriced *priced);
#endif
