/* pricing/book/reprice.h -- many rows of policies priced at once: a protocol's score, rates and loss laws once for all its policies, the law of
 * a cover once for all policies with the same terms, whatever their limits. Threads share protocols out; every row's price depends on
 * the row and its protocol alone, so that it is the same for any number of threads and any order, and to the cent that of a quote
 * without draws.                                                                                      [methods: reprice] */
#ifndef QUO_REPRICE_H
#define QUO_REPRICE_H

#include <stddef.h>
#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookprotocols.h"
#include "pricing/book/bookresult.h"
#include "pricing/engine.h"
#include "risk/base/ranks.h"

/* Rows kept for a while: copies with their text. */
struct quo_bookrows {
    struct quo_bookpolicy *row; /* row[n] */
    size_t n, room;
    char **block; /* of text and steps */
    size_t n_blocks, used, size;
};
void quo_bookrows_clear(struct quo_bookrows *rows); /* no rows, memory kept */
void quo_bookrows_free(struct quo_bookrows *rows);
enum quo_status quo_bookrows_add(struct quo_bookrows *rows, const struct quo_bookpolicy *row);

/* What is kept of a row's quote beside the result; `walk` asks for the walk and the quantiles as JSON. */
struct quo_repriced {
    struct quo_bookresult result;
    char *reasons; /* "; " between; NULL: none. Freed by quo_repriced_free */
    char *detail;  /* JSON; NULL: not asked for */
};
void quo_repriced_free(struct quo_repriced *priced, size_t n);

/* What is kept of a quote. */
enum quo_status quo_repriced_take(const struct quo_quote *quote, bool detail, struct quo_repriced *out);

/* What a thread needs to price rows; one a thread. */
struct quo_repricer;
struct quo_repricer *quo_repricer_new(const struct quo_engine *engine); /* NULL without memory */
void quo_repricer_free(struct quo_repricer *repricer);
/* priced[n] is filled, row by row, by this thread alone. As quo_reprice_rows. */
enum quo_status quo_repricer_rows(struct quo_repricer *repricer, const struct quo_bookprotocols *protocols,
                                  const struct quo_bookpolicy *row, size_t n, bool detail, struct quo_repriced *priced);

struct quo_reprice_options {
    int jobs;    /* threads; 0: as many as there are */
    bool detail; /* walk and quantiles as JSON */
    const struct quo_ranks *ranks; /* all of them are given the same rows (rowshare.h), and rank 0 has all results; NULL: alone */
    /* Other work of the caller's: one of the threads does it before it prices, while the others price. NULL: none. */
    enum quo_status (*beside)(void *context);
    void *context;
};

/* priced[n] is filled, row by row. A row that cannot be priced says so in its result; QUO_MACHINE, or what `beside` returns, alone ends the work. */
enum quo_status quo_reprice_rows(const struct quo_engine *engine, const struct quo_bookprotocols *protocols,
                                 const struct quo_bookpolicy *row, size_t n, const struct quo_reprice_options *options,
                                 struct quo_repriced *priced);
#endif
