/* pricing/portfolio/sizetable.h -- the law of one loss, turned round: from a chance to a size, in some 30 ns.
 *
 * On nodes of a loss table, log size is straight in log P[X > x] between them; atoms are kept. [methods: portfolio] */
#ifndef QUO_SIZETABLE_H
#define QUO_SIZETABLE_H

#include <stdint.h>
#include "pricing/losstable.h"

struct quo_sizetable {
    uint32_t n;
    float *right, *left; /* log P[X > x_i], log P[X >= x_i]; -INFINITY where it is 0 */
    float *size;         /* log x_i */
};

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out);
void quo_sizetable_free(struct quo_sizetable *table); /* the contents */
/* The size that is exceeded with chance u, in (0, 1). */
double quo_sizetable_draw(double u, const struct quo_sizetable *table);
/* No size as large as this is drawn from a u above what this gives: a bound of the chance, and not far off it. */
double quo_sizetable_bound(double size, const struct quo_sizetable *table);
#endif
