/* tests/kit_book.h -- books in memory for the tests of the portfolio: the shipped policies, and random ones made from them. */
#ifndef KIT_BOOK_H
#define KIT_BOOK_H

#include "pricing/engine.h"
#include "pricing/portfolio/portfolio.h"
#include "risk/base/stream.h"

#define KIT_BOOK_MAX 64

struct kit_book {
    struct quo_faults faults;
    struct quo_engine *engine;
    struct quo_policy *policy[KIT_BOOK_MAX]; /* each with its own protocol */
    const struct quo_protocol *protocol[KIT_BOOK_MAX];
    uint32_t risk[KIT_BOOK_MAX];
    size_t n;
};

/* The engine that ships; an empty book. */
void kit_book_open(struct kit_book *book);
void kit_book_close(struct kit_book *book);
/* Adds a shipped policy; its id and its protocol's get that suffix. */
struct quo_policy *kit_book_add(struct kit_book *book, const char *file, const char *suffix);
/* A random book of n policies: exposures, terms, limits, vendors and lenders at random. */
void kit_book_random(struct kit_book *book, struct quo_stream *stream, size_t n);
/* A dependency more. */
void kit_book_depend(struct quo_policy *policy, const char *kind, const char *vendor);
/* Its token is taken as collateral there. */
void kit_book_lend(struct quo_policy *policy, const char *lender, double usd);
/* Made ready; fails the test where that fails. dependence NULL: the defaults. */
struct quo_exposures *kit_book_exposures(const struct kit_book *book, const struct quo_dependence *dependence);
struct quo_portfolio *kit_book_run(const struct quo_exposures *exposures, uint64_t years, uint64_t seed);
extern const char *const kit_book_files[];
extern const size_t kit_book_n_files;
#endif
