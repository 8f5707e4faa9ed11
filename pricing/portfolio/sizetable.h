/* pricing/portfolio/sizetable.h -- the law of one loss, turned round: from a normal score to a size.
 *
 * Log sizes at scores a 32nd apart, straight between them: no search, and a law that is lognormal is met exactly. A score is one of the
 * chance to be exceeded, P[X > x] = Q(score). The mean is right to 1e-3, the chance of any size to a cell (tests/test_ordered.c).
 * [methods: portfolio] */
#ifndef QUO_SIZETABLE_H
#define QUO_SIZETABLE_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/losstable.h"

#define QUO_SIZETABLE_CELLS_PER_UNIT 32
#define QUO_SIZETABLE_FARTHEST 8.5 /* scores beyond are taken as that: uniform numbers have 52 bits */
#define QUO_SIZETABLE_NODES (2 * 272 + 1)

struct quo_sizetable {
    float *log_size; /* log_size[QUO_SIZETABLE_NODES]; NULL: no such peril */
};

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out);
void quo_sizetable_free(struct quo_sizetable *table); /* the contents */
/* The size that is exceeded with chance u, in (0, 1). */
double quo_sizetable_draw(double u, const struct quo_sizetable *table);
/* No size as large as this is drawn from a score below what this gives: INFINITY, none at all is; and not far off it. */
double quo_sizetable_bound(double size, const struct quo_sizetable *table);

/* chance[i]: that a size is at least exp(log_size[i]); n of them, ascending. */
void quo_sizetable_beyond(const struct quo_sizetable *table, const double *log_size, size_t n, double *chance);

/* Log of the size at a score. */
static inline double quo_sizetable_log(double score, const struct quo_sizetable *table)
{
    const double near = score < -QUO_SIZETABLE_FARTHEST  ? -QUO_SIZETABLE_FARTHEST
                        : score > QUO_SIZETABLE_FARTHEST ? QUO_SIZETABLE_FARTHEST
                                                         : score;
    const double at = (near + QUO_SIZETABLE_FARTHEST) * QUO_SIZETABLE_CELLS_PER_UNIT;
    int i = (int)at;
    i = i < QUO_SIZETABLE_NODES - 1 ? i : QUO_SIZETABLE_NODES - 2;
    const double low = (double)table->log_size[i], high = (double)table->log_size[i + 1];
    return low + (at - i) * (high - low);
}
#endif
