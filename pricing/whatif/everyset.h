/* pricing/whatif/everyset.h -- the gross premium and the expected loss of many sets of changes, on all threads.   [methods: sets] */
#ifndef QUO_EVERYSET_H
#define QUO_EVERYSET_H

#include <stdint.h>

#include "pricing/engine.h"
#include "pricing/whatif/variants.h"

#define QUO_EVERYSET_MAX 24

struct quo_everyset_watch {
    void (*progress)(void *context, size_t done, size_t of); /* NULL: nobody */
    void *context;
};

/* All 2^n sets of the first n changes, by the bits of the set: gross[2^n] unrounded, loss[2^n] USD; either may be NULL. n at most
 * QUO_EVERYSET_MAX. QUO_REFUSED: as quo_setlaw_gross. */
enum quo_status quo_everyset_all(const struct quo_engine *engine, const struct quo_variants *variants, size_t n,
                                 const struct quo_everyset_watch *watch, double *gross, double *loss);
/* Those in set[n_sets]; score[n_sets]: the overall one. Each may be NULL. */
enum quo_status quo_everyset_some(const struct quo_engine *engine, const struct quo_variants *variants,
                                  const uint64_t *set, size_t n_sets, const struct quo_everyset_watch *watch,
                                  double *gross, double *loss, double *score);

/* The sets of the variants' changes that cost at most so much a year, cost[n]; those that follow each other share much. *out is the
 * caller's. QUO_REFUSED: more than `most`, or more changes than parts can tell apart. */
enum quo_status quo_everyset_within(const struct quo_engine *engine, const struct quo_variants *variants,
                                    const double *cost, double budget, size_t most, uint64_t **out, size_t *n);
#endif
