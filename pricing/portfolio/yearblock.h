/* pricing/portfolio/yearblock.h -- a block of simulated years: what each policy is paid in each of them, and what the years add up to.
 *
 * Protocol by protocol, and not year by year: its sizes are turned round and its policies' payments made in vectors. Policies have limits
 * of their own alone, so each goes through its own events in the order of time. Sums are of whole cents: the same in any order.
 * [methods: portfolio] */
#ifndef QUO_YEARBLOCK_H
#define QUO_YEARBLOCK_H

#include "pricing/portfolio/arrivals.h"
#include "pricing/portfolio/marketblock.h"
#include "pricing/portfolio/tally.h"

#define QUO_YEARBLOCK_YEARS 1024

/* A year of the book, cents. */
struct quo_year_sums {
    int64_t total, largest; /* of all events; of the one that cost most */
    int64_t added;          /* what the policies outside the book were paid */
    uint32_t event_from, event_to; /* its events in the block's */
    uint32_t paid_from, paid_to;   /* and the windows that covers of the market's loss are paid for */
    uint32_t other_from, other_to; /* the market's losses beyond the book, of quo_yearblock_others */
};

struct quo_yearblock;
/* in_book: policies from this number on are no part of the book. One thread's. */
enum quo_status quo_yearblock_new(const struct quo_shocks *shocks, uint64_t seed, size_t in_book,
                                  struct quo_yearblock **out);
void quo_yearblock_free(struct quo_yearblock *block);
/* Simulates year[n], n <= QUO_YEARBLOCK_YEARS; the sums of year[i] go into sums[i], and what was paid is added to tally[which[i]]
 * (which NULL: to tally[0]). */
enum quo_status quo_yearblock_run(struct quo_yearblock *block, const uint64_t *year, size_t n, const uint8_t *which,
                                  struct quo_tally *const tally[2], struct quo_year_sums *sums);
/* The runs from here on draw by a tilt: the years i with tilted[i] from tilted rates; ratio[i] and count[i][classes] are filled, where they are not
 * NULL. A tilt of NULL multiplies nothing. */
struct quo_yearblock_tilt {
    const double *tilt;
    const uint8_t *tilted;
    double *ratio;
    float *count;
};
void quo_yearblock_tilt(struct quo_yearblock *block, const struct quo_yearblock_tilt *tilt);
/* Only what quo_yearblock_lost tells of these years, of events that are shared: without own events of protocols that pass nothing on. */
enum quo_status quo_yearblock_shared(struct quo_yearblock *block, const uint64_t *year, size_t n, size_t *events);
/* The last run's events, those of a year together, not in the order of time; what the book paid for each; and of what its protocols lost, the
 * part that counts as the market's (0 unless every loss is drawn), cents. */
const struct quo_event *quo_yearblock_events(const struct quo_yearblock *block, const int64_t **cents,
                                             const int64_t **market);
/* lost[events][QUO_COVERED_PERILS]: cents that the book's protocols lost, where every loss is drawn. */
const int64_t *quo_yearblock_lost(const struct quo_yearblock *block);
/* The market's losses that are none of the book, where every loss is drawn. */
const struct quo_marketother *quo_yearblock_others(const struct quo_yearblock *block);
#endif
