/* risk/fitting/elasticity.h -- how a size grows with another: ln y = intercept + slope ln x + residual, by least squares.
 * [methods: reconciliation] */
#ifndef QUO_ELASTICITY_H
#define QUO_ELASTICITY_H

#include <stddef.h>
#include "risk/base/status.h"

struct quo_elasticity {
    size_t n; /* pairs used */
    double intercept, slope, intercept_se, slope_se, residual_sd /* n - 2 degrees of freedom */, r_squared;
};
/* Pairs of which one is NaN or not above 0 are left out. QUO_REFUSED with fewer than three, or all x equal. */
enum quo_status quo_elasticity_fit(const double *x, const double *y, size_t n, struct quo_elasticity *out);
#endif
