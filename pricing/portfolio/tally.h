/* pricing/portfolio/tally.h -- sums over simulated years: by policy, by cause, by peril; whole numbers, so that parts add up in any
 * order. */
#ifndef QUO_TALLY_H
#define QUO_TALLY_H

#include "pricing/portfolio/ranks.h"
#include "pricing/portfolio/years.h"

__extension__ typedef unsigned __int128 quo_wide;

struct quo_tally {
    size_t policies, shocks;
    size_t added;     /* policies from here on are no part of the book: they go into policy[] and square[] alone */
    int64_t *policy;  /* policy[policies]: cents */
    quo_wide *square; /* square[policies]: of the year's cents */
    int64_t *shock;   /* shock[shocks]: cents */
    int64_t peril[QUO_PERILS + 1]; /* the last: false alarms */
    int64_t own, passed_on;
    /* Of the year that is being added. */
    int64_t *of_year;
    uint32_t *touched;
};

/* added: the number of the first policy that is no part of the book; the number of policies: all are. */
enum quo_status quo_tally_new(const struct quo_shocks *shocks, size_t added, struct quo_tally *out);
void quo_tally_free(struct quo_tally *tally); /* the contents */
/* A year of the book, cents. */
struct quo_year_sums {
    int64_t total, largest; /* of all events; of the one that cost most */
    int64_t added;          /* what the policies outside the book were paid */
};
void quo_tally_add(struct quo_tally *tally, const struct quo_paid *paid, size_t n, struct quo_year_sums *out);
/* Adds another tally of the same book. */
void quo_tally_join(struct quo_tally *tally, const struct quo_tally *other);
/* Joins those of all ranks, in each. */
enum quo_status quo_tally_gather(struct quo_tally *tally, const struct quo_ranks *ranks);
/* Wide whole numbers over all ranks. */
enum quo_status quo_tally_gather_wide(quo_wide *x, size_t n, const struct quo_ranks *ranks);
#endif
