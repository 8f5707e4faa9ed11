/* risk/base/normaltable.h -- the normal distribution where nine digits do and time counts.                [methods: clauses]
 *
 * P[Z > z] on scores a 32nd apart from -6.5 to 6.5, read by cubics through values and slopes: within 4e-9. */
#ifndef QUO_NORMALTABLE_H
#define QUO_NORMALTABLE_H

#include <stddef.h>

#define QUO_NORMALTABLE_FAR 6.5 /* beyond it a tail is below 4.1e-11, and is taken as 0 */
#define QUO_NORMALTABLE_EACH 32 /* scores in 1 */
#define QUO_NORMALTABLE_N (2 * 208 + 2)

struct quo_normaltable {
    double value[QUO_NORMALTABLE_N], slope[QUO_NORMALTABLE_N]; /* slope: for one step of the table */
};
void quo_normaltable_init(struct quo_normaltable *table);
/* out[i] = P[Z > (x - at[i]) scale[i]]; out may be at. */
void quo_normaltable_Q(const struct quo_normaltable *table, double x, const double *at, const double *scale, size_t n,
                       double *out);
#endif
