/* pricing/portfolio/marketblock.h -- the market's losses of a block of simulated years, and what covers of them pay. Inside of the year block.
 *                                                                                                    [methods: market years] */
#ifndef QUO_MARKETBLOCK_H
#define QUO_MARKETBLOCK_H

#include "pricing/portfolio/arrivals.h"
#include "pricing/portfolio/marketyears.h"

#define QUO_CAUSE_MARKET (UINT32_MAX - 2u) /* of an event: a window of a market's index that somebody is paid for */
#define QUO_HIT_MARKET (QUO_PERILS + 1)    /* the peril of its hits; `item`: which payment */

/* Before the year's terms. */
struct quo_marketpaid {
    uint32_t node;
    int64_t cents;
};

/* A loss of the market that is none of the book. */
struct quo_marketother {
    float time;
    int64_t cents;
};

struct quo_marketblock {
    const struct quo_marketyears *market;
    uint32_t *row_from; /* row_from[n_readings + 1]: in the exposures' market_row, which stand by reading */
    double *index;      /* of one reading */
    struct quo_marketyear year;
    struct quo_booklost *book;
    size_t book_room;
    int64_t *kept; /* kept[events]: of what the book's protocols lost in an event, the part that counts as the market's; cents */
    size_t kept_room;
    struct quo_marketpaid *paid;
    size_t n_paid, paid_room;
    struct quo_marketother *other;
    size_t n_others, other_room;
};

enum quo_status quo_marketblock_init(const struct quo_marketyears *market, struct quo_marketblock *out);
void quo_marketblock_free(struct quo_marketblock *block); /* the contents */
/* What the book's protocols lost in an event is one loss of the market, of the peril that most of it came by; false: nothing. */
bool quo_marketblock_lost(const int64_t *lost, uint32_t event, double time, struct quo_booklost *out);
/* lost[events][QUO_COVERED_PERILS]: cents that the book's protocols lost. Forgets what the runs before found. */
enum quo_status quo_marketblock_clear(struct quo_marketblock *block, size_t events);
/* One year, the block's `place`, of events [from, to): its market's losses; payments become events and hits of the arrivals. */
enum quo_status quo_marketblock_year(struct quo_marketblock *block, struct quo_arrivals *arrivals, uint64_t year,
                                     uint16_t place, uint32_t from, uint32_t to, const int64_t *lost,
                                     const double season[QUO_PERILS]);
#endif
