/* risk/severity/support.h -- what every family asks of its arguments, said once. */
#ifndef QUO_SUPPORT_H
#define QUO_SUPPORT_H

#include <math.h>
#include <stdbool.h>

/* A parameter that must be positive and finite: a scale, a shape. */
static inline bool quo_support_positive(double parameter) { return parameter > 0.0 && isfinite(parameter); }
static inline bool quo_support_share(double p) { return p >= 0.0 && p <= 1.0; }
/* log(x / scale) for x, scale > 0, also where the ratio is beyond what a double holds. */
static inline double quo_support_log_ratio(double x, double scale)
{
    const double ratio = x / scale;
    return ratio > 1e-300 && ratio < 1e300 ? log(ratio) : log(x) - log(scale);
}
#endif
