/* pricing/whatif/everyset.h -- the gross premium of every set of changes, on all threads.            [methods: sets] */
#ifndef QUO_EVERYSET_H
#define QUO_EVERYSET_H

#include "pricing/engine.h"
#include "pricing/whatif/variants.h"

#define QUO_EVERYSET_MAX 24

/* gross[2^n], unrounded, by the bits of the set; the first n changes of the variants, n at most QUO_EVERYSET_MAX. progress may be NULL.
 * QUO_REFUSED: as quo_setlaw_gross. */
enum quo_status quo_everyset_gross(const struct quo_engine *engine, const struct quo_variants *variants, size_t n,
                                   void (*progress)(void *context, size_t done, size_t of), void *context,
                                   double *gross);
#endif
