/* pricing/portfolio/marketyears.h -- what the whole market loses in a simulated year, with the book's own losses in it.
 *
 * The market's losses of a peril have the law of pricing/marketlaw.h whatever the book holds: given the year's season they are Poisson, of the
 * fitted size, and over any window of the year their number is the negative binomial of the quotes. What the book's protocols lose in an event
 * stands for one of the market's losses of its size, as long as the book has no more of that size than the market: each of them is kept with the
 * chance min(1, market's rate / book's rate) and of the others' each with max(0, 1 - book's rate / market's rate), size by size. The book's rates
 * are those of its own events' laws; what is shared is counted in years of its own (marketpilot.h).                                                               [methods: market years] */
#ifndef QUO_MARKETYEARS_H
#define QUO_MARKETYEARS_H

#include "pricing/portfolio/exposures.h"
#include "pricing/portfolio/scores.h"
#include "risk/base/stream.h"

#define QUO_MARKETYEARS_BINS 288 /* of sizes, from the floor on; the last is open */
#define QUO_MARKETYEARS_BINS_TO_E 16.0

struct quo_marketperil {
    double events; /* a year; 0: none */
    double size;   /* negative binomial, of a year; INFINITY: Poisson */
    double floor, cap;
    struct quo_sizetable sizes;        /* without the cap */
    double all[QUO_MARKETYEARS_BINS];  /* events a year of the market */
    double book[QUO_MARKETYEARS_BINS]; /* and of the book, whose protocols lost most by the peril */
    double over[QUO_MARKETYEARS_BINS]; /* what the market's are divided by for the chance to be kept: the book's, and what a count leaves open */
    double *counted, *scale;           /* [n_readings]: the share of the events that a reading counts, and their size there */
    double counted_all;                /* the same, of one whose trends have run to their end */
};

struct quo_marketyears {
    const struct quo_exposures *exposures;
    struct quo_marketperil peril[QUO_COVERED_PERILS];
};

/* The exposures must be finished, and outlive the result; book[] and over[] are 0. */
enum quo_status quo_marketyears_new(const struct quo_exposures *exposures, struct quo_marketyears **out);
void quo_marketyears_free(struct quo_marketyears *market);
/* The bin of a size in USD; -1: below the floor. */
int quo_marketyears_bin(const struct quo_marketperil *peril, double usd);

/* One loss of the market. */
struct quo_marketloss {
    double time, usd; /* usd without the cap */
    double mark;      /* uniform: by it fewer are counted */
    uint32_t event;   /* of the book; UINT32_MAX: somebody else's */
    uint8_t peril;
};

/* A year of it; one thread's. */
struct quo_marketyear {
    struct quo_marketloss *loss;
    size_t n, room;
};
void quo_marketyear_free(struct quo_marketyear *year); /* the contents */

/* What the book's protocols lost in one event, most of it by this peril. */
struct quo_booklost {
    double time, usd;
    uint32_t event;
    uint8_t peril;
};
/* Fills the year from what the book lost in it (lost[n]), by the seasons of the simulation. QUO_MACHINE without memory. */
enum quo_status quo_marketyear_draw(const struct quo_marketyears *market, const double season[QUO_PERILS],
                                    const struct quo_booklost *lost, size_t n, const struct quo_scores *scores,
                                    struct quo_stream *stream, struct quo_marketyear *out);
/* The index of a reading: index[windows]. */
void quo_marketyear_index(const struct quo_marketyears *market, const struct quo_marketyear *year, uint32_t reading,
                          double *index);
#endif
