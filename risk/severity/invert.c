#include "risk/severity/invert.h"

#include <float.h>
#include <math.h>

#define MOST_STEPS 400

double quo_invert(const struct quo_invert_law *tail, double log_target, double guess, double low, double high)
{
    double x = fmin(fmax(guess, DBL_MIN), DBL_MAX);
    if (low > 0.0 && high < INFINITY && !(x > low && x < high))
        x = sqrt(low) * sqrt(high);
    const double sign = tail->upper ? -1.0 : 1.0;
    for (int i = 0; i < MOST_STEPS; i++) {
        const double at = tail->log_tail(x, tail->law);
        if (isnan(at))
            return NAN;
        const double above = sign * (at - log_target); /* rises with x */
        if (above == 0.0)
            return x;
        if (above > 0.0)
            high = x;
        else
            low = x;
        /* d log tail / d log x = sign * x pdf / tail */
        const double log_slope = tail->log_pdf(x, tail->law) + log(x) - at;
        double step = -above * exp(-log_slope);
        double next = x * exp(step);
        if (!isfinite(step) || fabs(step) > 20.0 || !(next > low && next < high)) {
            if (fabs(step) < 4.0 * DBL_EPSILON)
                return x;
            if (low > 0.0 && high < INFINITY)
                next = sqrt(low) * sqrt(high);
            else if (above > 0.0)
                next = x * (x > 1e-280 ? 1e-6 : 0.1);
            else
                next = x * (x < 1e280 ? 1e6 : 10.0);
            if (next < DBL_MIN)
                return 0.0;
            if (next > DBL_MAX)
                return INFINITY;
            if (next == x || next <= low || next >= high)
                return x;
        } else if (fabs(step) <= 2.0 * DBL_EPSILON) {
            return next;
        }
        x = next;
    }
    return x;
}

double quo_invert_between(const struct quo_invert_law *tail, double log_target, double low, double high)
{
    if (low == high)
        return low;
    if (isinf(log_target)) /* an end of the support */
        return tail->upper ? high : low;
    const double guess = low > 0.0 && high < INFINITY ? sqrt(low) * sqrt(high) : low > 0.0 ? low : high;
    return quo_invert(tail, log_target, guess, low, high);
}
