/* pricing/aggregate/plainyears.h -- years of a plain compound: a Poisson count of losses of one law, added up. No cover, no ties, no order of
 * time: what is left of a book where there is nothing else, and what the random numbers and sizes alone cost.
 *
 * Sizes: straight in the uniform number within cells of its leading bits, 256 to a power of two at either end; relative error below 2e-5 for a
 * lognormal of sdlog 1.5 (tests/test_plainyears.c). Numbers are addressed by (seed, block of years). [methods: simulation] */
#ifndef QUO_PLAINYEARS_H
#define QUO_PLAINYEARS_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"

/* Size exceeded with chance u. */
typedef double quo_plainyears_size(double u, const void *context);

struct quo_plainyears;
/* rate: a year, in (0, 600]. QUO_DOMAIN: another, or sizes that are not finite and falling in u. */
enum quo_status quo_plainyears_new(double rate, quo_plainyears_size *size, const void *context,
                                   struct quo_plainyears **out);
void quo_plainyears_free(struct quo_plainyears *plain);
/* total[n]: of the years from `first` on, a multiple of 256; n any number. *events (may be NULL): all of them. */
enum quo_status quo_plainyears_run(const struct quo_plainyears *plain, uint64_t seed, uint64_t first, size_t n,
                                   double *total, uint64_t *events);
#endif
