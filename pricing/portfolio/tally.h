/* pricing/portfolio/tally.h -- sums over simulated years: by policy, by cause, by peril; whole numbers, so that parts add up in any
 * order. */
#ifndef QUO_TALLY_H
#define QUO_TALLY_H

#include "risk/base/ranks.h"
#include "pricing/portfolio/shocks.h"

#define QUO_TALLY_PERILS (QUO_PERILS + 2)

__extension__ typedef unsigned __int128 quo_wide;

struct quo_tally {
    size_t policies, shocks;
    size_t added;     /* policies from here on are no part of the book: they go into policy[] and square[] alone */
    int64_t *policy;  /* policy[policies]: cents */
    quo_wide *square; /* square[policies]: of the year's cents */
    int64_t *shock;   /* shock[shocks]: cents */
    int64_t peril[QUO_TALLY_PERILS]; /* behind the perils: false alarms; covers of the market's loss */
    int64_t own, passed_on;
};

/* added: the number of the first policy that is no part of the book; the number of policies: all are. */
enum quo_status quo_tally_new(const struct quo_shocks *shocks, size_t added, struct quo_tally *out);
void quo_tally_free(struct quo_tally *tally); /* the contents */
/* Adds another tally of the same book. */
void quo_tally_join(struct quo_tally *tally, const struct quo_tally *other);
/* Joins those of all ranks, in each. */
enum quo_status quo_tally_gather(struct quo_tally *tally, const struct quo_ranks *ranks);
/* Wide whole numbers over all ranks. */
enum quo_status quo_tally_gather_wide(quo_wide *x, size_t n, const struct quo_ranks *ranks);
#endif
