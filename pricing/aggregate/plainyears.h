/* pricing/aggregate/plainyears.h -- years of a plain compound: a Poisson count of losses of one law, added up. No cover, no ties, no order of
 * time: what is left of a book where there is nothing else, and what the random numbers and sizes alone cost.
 *
 * Sizes: straight in the chance u to the nearer end, between the law's own quantiles at 256 points to each power of two down to 2^-12; beyond,
 * the quantile itself. So the law is exact at every point, and between them a size is within 2^-19 max|Q''| u^2 + 2^-21 max|Q'| u of its
 * quantile Q(u): relative 8e-6 for a lognormal of sdlog 1.5 (tests/test_plainyears.c). Numbers are addressed by (seed, block of years); the
 * bits are the same on every processor. [methods: simulation] */
#ifndef QUO_PLAINYEARS_H
#define QUO_PLAINYEARS_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"

/* Size exceeded with chance u. */
typedef double quo_plainyears_size(double u, const void *context);

#define QUO_PLAINYEARS_BLOCK 1024 /* years that share an address */

struct quo_plainyears;
/* rate: a year, in (0, 600]. size and context are asked as long as *out lives, by several threads.
 * QUO_DOMAIN: another rate, or sizes that are not finite or that rise with u. */
enum quo_status quo_plainyears_new(double rate, quo_plainyears_size *size, const void *context,
                                   struct quo_plainyears **out);
void quo_plainyears_free(struct quo_plainyears *plain);
/* total[n]: of the years from `first` on, a multiple of QUO_PLAINYEARS_BLOCK; n any number. *events (may be NULL): all of them. */
enum quo_status quo_plainyears_run(const struct quo_plainyears *plain, uint64_t seed, uint64_t first, size_t n,
                                   double *total, uint64_t *events);
#endif
