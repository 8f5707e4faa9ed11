#include "risk/fitting/elasticity.h"

#include <math.h>

enum quo_status quo_elasticity_fit(const double *x, const double *y, size_t n, struct quo_elasticity *out)
{
    double mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0, yy = 0.0, left = 0.0;
    *out = (struct quo_elasticity){0, NAN, NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0.0 && y[i] > 0.0 && isfinite(x[i]) &&
            isfinite(y[i])) { /* running means: no cancellation of large sums */
            const double count = (double)++out->n, dx = log(x[i]) - mean_x, dy = log(y[i]) - mean_y;
            mean_x += dx / count;
            mean_y += dy / count;
            xx += dx * (log(x[i]) - mean_x);
            xy += dx * (log(y[i]) - mean_y);
            yy += dy * (log(y[i]) - mean_y);
        }
    if (out->n < 3 || !(xx > 1e-14 * (1.0 + mean_x * mean_x)))
        return QUO_REFUSED;
    const double count = (double)out->n;
    out->slope = xy / xx;
    out->intercept = mean_y - out->slope * mean_x;
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0.0 && y[i] > 0.0 && isfinite(x[i]) && isfinite(y[i])) {
            const double residual = log(y[i]) - out->intercept - out->slope * log(x[i]);
            left += residual * residual;
        }
    out->residual_sd = sqrt(left / (count - 2.0));
    out->slope_se = out->residual_sd / sqrt(xx);
    out->intercept_se = out->residual_sd * sqrt(1.0 / count + mean_x * mean_x / xx);
    out->r_squared = yy > 0.0 ? 1.0 - left / yy : NAN;
    return QUO_OK;
}
