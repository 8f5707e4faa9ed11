#include "risk/severity/gammadist.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/invert.h"
#include "risk/severity/support.h"

static bool possible(double shape, double scale) { return quo_support_positive(shape) && quo_support_positive(scale); }

double quo_gammadist_logpdf(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    if (x < 0.0 || isinf(x))
        return -INFINITY;
    if (x == 0.0)
        return shape < 1.0 ? INFINITY : shape > 1.0 ? -INFINITY : -log(scale);
    return quo_incomplete_log_poisson(shape, x / scale) + log(shape) - log(x);
}

double quo_gammadist_pdf(double x, double shape, double scale) { return exp(quo_gammadist_logpdf(x, shape, scale)); }

double quo_gammadist_P(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    return x <= 0.0 ? 0.0 : quo_incomplete_gamma_P(shape, x / scale);
}

double quo_gammadist_logP(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    return x <= 0.0 ? -INFINITY : quo_incomplete_gamma_logP(shape, x / scale);
}

double quo_gammadist_Q(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    return x <= 0.0 ? 1.0 : quo_incomplete_gamma_Q(shape, x / scale);
}

double quo_gammadist_logQ(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    return x <= 0.0 ? 0.0 : quo_incomplete_gamma_logQ(shape, x / scale);
}

/* The solver's view of a gamma law of scale 1. */
static double unit_logQ(double x, const void *shape) { return quo_incomplete_gamma_logQ(*(const double *)shape, x); }
static double unit_logP(double x, const void *shape) { return quo_incomplete_gamma_logP(*(const double *)shape, x); }
static double unit_logpdf(double x, const void *shape) { return quo_gammadist_logpdf(x, *(const double *)shape, 1.0); }

/* p <= 1/2 is the smaller of the two tails. Starts: the power law near 0, which is exact there; Wilson and Hilferty's
 * cube [JKB94 17.8] elsewhere. */
static double unit_inverse(double tail, bool upper, double shape)
{
    const struct quo_invert_law law = {upper ? unit_logQ : unit_logP, unit_logpdf, &shape, upper};
    const double z = upper ? quo_normal_Qinv(tail) : quo_normal_Pinv(tail);
    const double root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * sqrt(shape));
    double guess = shape * root * root * root;
    if (!upper || shape < 0.5) {
        int sign;
        const double log_p = upper ? log1p(-tail) : log(tail);
        const double near_zero = exp((log_p + lgamma_r(shape + 1.0, &sign)) / shape);
        if (near_zero == 0.0)
            return 0.0;
        if (!(root > 0.1) || near_zero < 0.1 * shape)
            guess = near_zero;
    }
    if (upper && -log(tail) > 4.0 * shape + 10.0)
        guess = -log(tail);
    return quo_invert(&law, log(tail), guess, 0.0, INFINITY);
}

double quo_gammadist_Pinv(double p, double shape, double scale)
{
    if (!quo_support_share(p) || !possible(shape, scale))
        return NAN;
    if (p == 0.0 || p == 1.0)
        return p == 0.0 ? 0.0 : INFINITY;
    return scale * (p <= 0.5 ? unit_inverse(p, false, shape) : unit_inverse(1.0 - p, true, shape));
}

double quo_gammadist_Qinv(double q, double shape, double scale)
{
    if (!quo_support_share(q) || !possible(shape, scale))
        return NAN;
    if (q == 0.0 || q == 1.0)
        return q == 0.0 ? INFINITY : 0.0;
    return scale * (q <= 0.5 ? unit_inverse(q, true, shape) : unit_inverse(1.0 - q, false, shape));
}

double quo_gammadist_moment(double order, double shape, double scale)
{
    if (!isfinite(order) || !possible(shape, scale))
        return NAN;
    if (shape + order <= 0.0)
        return INFINITY;
    if (order == 1.0)
        return shape * scale;
    return pow(shape * scale, order) * exp(quo_incomplete_log_rising(shape, order));
}

double quo_gammadist_lev(double limit, double order, double shape, double scale)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(shape, scale))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    const double moment = quo_gammadist_moment(order, shape, scale);
    if (isinf(limit))
        return moment;
    const double x = limit / scale;
    return moment * quo_incomplete_gamma_P(shape + order, x) + pow(limit, order) * quo_incomplete_gamma_Q(shape, x);
}

double quo_gammadist_stoploss(double deductible, double shape, double scale)
{
    if (isnan(deductible) || !possible(shape, scale))
        return NAN;
    if (deductible <= 0.0)
        return shape * scale - deductible;
    return scale * quo_incomplete_gamma_excess(shape, deductible / scale);
}
