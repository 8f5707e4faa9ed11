/* pricing/portfolio/arrivals.h -- what strikes a book in a block of simulated years: events, and whom each of them hits how hard.
 *
 * Year y of seed s is the same whoever simulates it, in whichever block: its numbers are addressed by (seed, year). One thread's.
 * [methods: portfolio] */
#ifndef QUO_ARRIVALS_H
#define QUO_ARRIVALS_H

#include "risk/base/marks.h"
#include "pricing/portfolio/shocks.h"
#include "risk/base/stream.h"

#define QUO_CAUSE_OWN UINT32_MAX          /* the protocol's own event */
#define QUO_CAUSE_ALARM (UINT32_MAX - 1u) /* a false alarm */

/* The purpose of a year's streams, and the entities behind those of arrivals.c. */
enum { QUO_YEAR_STREAM = 50, QUO_YEAR_MARKET = 4, QUO_YEAR_READINGS = 5 };

#define QUO_ARRIVALS_SIZES 3 /* of own events, where there is a tilt */

struct quo_event {
    float time;     /* years from the start */
    uint32_t cause; /* index of a shock, or one of the above */
};

/* A protocol hit: one size, one reading of it, one chance to be overlooked, for all its policies alike. 24 bits are enough for each: they are
 * turned from numbers of 52 bits. */
struct quo_hit {
    float score;      /* normal score of the size: the chance that an event exceeds it is Q(score) */
    float reading;    /* normal score of its reading */
    float seen;       /* in [0, 1) */
    float time;       /* of the event */
    uint32_t event, risk;
    uint32_t item;    /* of a false alarm: which one; within the year that is drawn: where its numbers are */
    uint16_t year;    /* place in the block */
    uint8_t peril;    /* QUO_PERILS: a false alarm; `seen` is its bin */
    bool passed_on;   /* by contagion */
};

struct quo_arrivals {
    const struct quo_shocks *shocks;
    const struct quo_exposures *exposures;
    uint64_t seed;
    struct quo_event *event; /* those of one year stand together */
    size_t n_events, event_room;
    struct quo_hit *hit;     /* by year */
    size_t n_hits, hit_room;
    const double *tilt;      /* tilt[quo_arrivals_classes]: what the classes' rates are multiplied by where `tilted`; NULL: nothing */
    bool tilted;
    bool shared_only;        /* no false alarms, and own events of those alone who may pass them on */
    double ratio;            /* of the last year: log of its tilted over its plain density */
    float *count;            /* count[classes] of it; NULL: nobody asks */
    /* Of the year that is drawn. */
    struct quo_arrivals_run *run;
    size_t n_runs, run_room, n_items;
    double season[QUO_PERILS];
    uint16_t place;
    double *fine, *middle, *coarse; /* [item_room] */
    uint32_t *index;
    size_t item_room;
    uint64_t *taken, event_number; /* taken[n_risks]: the last event that took it */
    uint64_t year;
    struct quo_stream structure, passing;
    bool passing_open;
};

enum quo_status quo_arrivals_init(const struct quo_shocks *shocks, uint64_t seed, struct quo_arrivals *out);
void quo_arrivals_free(struct quo_arrivals *arrivals); /* the contents */
void quo_arrivals_clear(struct quo_arrivals *arrivals);
/* Adds a year, which is the block's `place`. QUO_MACHINE without memory. */
enum quo_status quo_arrivals_year(struct quo_arrivals *arrivals, uint64_t year, uint32_t place);
/* Own events by peril and size, false alarms, groups of shocks, campaigns: what can be tilted apart. */
size_t quo_arrivals_classes(const struct quo_shocks *shocks);
#endif
