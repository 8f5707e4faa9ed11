/* pricing/portfolio/sizetable.h -- the law of one loss, turned round: from a chance to a size.
 *
 * On nodes of a loss table, log size is straight in log P[X > x] between them; atoms are kept. A guide tells where to begin to look: a draw
 * takes a step or two, and what is slow in it, logarithm and power, is done for many draws at once. [methods: portfolio] */
#ifndef QUO_SIZETABLE_H
#define QUO_SIZETABLE_H

#include <stdint.h>
#include "pricing/losstable.h"

#define QUO_SIZETABLE_GUIDE 160 /* entries, eight to a unit of the logarithm */

struct quo_sizetable {
    uint32_t n;
    float *right, *left; /* log P[X > x_i], log P[X >= x_i]; -INFINITY where it is 0 */
    float *size;         /* log x_i */
    uint16_t *guide;     /* guide[g]: no node before it is meant from a log chance of -g/8 on down */
};

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out);
void quo_sizetable_free(struct quo_sizetable *table); /* the contents */
/* Log of the size that is exceeded with the chance of that logarithm; -INFINITY: below the least size that the table tells apart. */
double quo_sizetable_log(double log_chance, const struct quo_sizetable *table);
/* The size that is exceeded with chance u, in (0, 1). */
double quo_sizetable_draw(double u, const struct quo_sizetable *table);
/* No size as large as this is drawn from a u above what this gives: a bound of the chance, and not far off it. */
double quo_sizetable_bound(double size, const struct quo_sizetable *table);
#endif
