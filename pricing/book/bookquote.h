/* pricing/book/bookquote.h -- one quote kept in the book: `quote --save`. */
#ifndef QUO_BOOKQUOTE_H
#define QUO_BOOKQUOTE_H

#include <jansson.h>
#include "pricing/book/bookstore.h"
#include "pricing/quote.h"

/* What is kept of it beside the numbers. */
struct quo_bookquote {
    const struct quo_quote *quote;
    const char *document; /* the policy with its protocol as libconfig text: the inputs, hashed */
    const char *options;  /* JSON: what else was asked for */
    const json_t *detail; /* the whole quote (quotejson.h) */
};

/* A run of its own, with seed, time and who; one transaction. *run: its number. */
enum quo_status quo_bookquote_save(const struct quo_bookstore *book, const struct quo_bookquote *what, int64_t *run,
                                   struct quo_faults *faults);
#endif
