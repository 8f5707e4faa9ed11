/* pricing/portfolio/scores.h -- normal scores of uniform numbers, from a table: some 3 ns.
 *
 * Cells are the leading bits of the number, so that they are as fine far out as in the middle; in each the cubic through both values and both
 * slopes. Error below 2e-8 for 2^-53 <= u <= 1 - 2^-53, monotonic to it (tests/test_scores.c). [methods: portfolio]
 *
 * Immutable once made: threads share it. */
#ifndef QUO_SCORES_H
#define QUO_SCORES_H

#include <stdint.h>
#include <string.h>

#define QUO_SCORES_BITS 5 /* 32 cells to each power of two */
#define QUO_SCORES_CELLS (53u << QUO_SCORES_BITS)

struct quo_scores {
    double cell[QUO_SCORES_CELLS][4]; /* of u <= 1/2: coefficients of the powers of u less the cell's left end */
};

void quo_scores_init(struct quo_scores *scores);

/* z with P[Z > z] = u, 2^-53 <= u <= 1 - 2^-53. */
static inline double quo_scores_of(double u, const struct quo_scores *scores)
{
    const double near = u <= 0.5 ? u : 1.0 - u; /* exact */
    uint64_t bits;
    memcpy(&bits, &near, sizeof bits);
    /* From the largest cell down: 1/2 has the exponent 1022. */
    uint64_t at = (((uint64_t)1022 << QUO_SCORES_BITS) + (1u << QUO_SCORES_BITS) - 1) - (bits >> (52 - QUO_SCORES_BITS));
    if (at >= QUO_SCORES_CELLS)
        at = QUO_SCORES_CELLS - 1;
    bits &= ~(((uint64_t)1 << (52 - QUO_SCORES_BITS)) - 1);
    double left;
    memcpy(&left, &bits, sizeof left);
    const double t = near - left, *c = scores->cell[at];
    const double z = c[0] + t * (c[1] + t * (c[2] + t * c[3]));
    return u <= 0.5 ? z : -z;
}
#endif
