#include "risk/severity/weibull.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/support.h"

static bool possible(double shape, double scale) { return quo_support_positive(shape) && quo_support_positive(scale); }

double quo_weibull_logpdf(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    if (x < 0.0 || isinf(x))
        return -INFINITY;
    if (x == 0.0)
        return shape < 1.0 ? INFINITY : shape > 1.0 ? -INFINITY : -log(scale);
    return log(shape / scale) + (shape - 1.0) * quo_support_log_ratio(x, scale) - pow(x / scale, shape);
}

double quo_weibull_pdf(double x, double shape, double scale) { return exp(quo_weibull_logpdf(x, shape, scale)); }

double quo_weibull_logQ(double x, double shape, double scale)
{
    if (isnan(x) || !possible(shape, scale))
        return NAN;
    return x <= 0.0 ? 0.0 : -pow(x / scale, shape);
}

double quo_weibull_Q(double x, double shape, double scale) { return exp(quo_weibull_logQ(x, shape, scale)); }
double quo_weibull_P(double x, double shape, double scale) { return -expm1(quo_weibull_logQ(x, shape, scale)); }
double quo_weibull_logP(double x, double shape, double scale)
{
    return quo_log1mexp(quo_weibull_logQ(x, shape, scale));
}

double quo_weibull_Pinv(double p, double shape, double scale)
{
    return quo_support_share(p) && possible(shape, scale) ? scale * pow(-log1p(-p), 1.0 / shape) : NAN;
}

double quo_weibull_Qinv(double q, double shape, double scale)
{
    return quo_support_share(q) && possible(shape, scale) ? scale * pow(-log(q), 1.0 / shape) : NAN;
}

double quo_weibull_moment(double order, double shape, double scale)
{
    if (!isfinite(order) || !possible(shape, scale))
        return NAN;
    return order <= -shape ? INFINITY : pow(scale, order) * tgamma(1.0 + order / shape);
}

/* E[min(X, d)^k] is the integral of k x^(k-1) Q(x): with u = (x/scale)^shape one incomplete gamma function. */
double quo_weibull_lev(double limit, double order, double shape, double scale)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(shape, scale))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_weibull_moment(order, shape, scale);
    const double hazard = pow(limit / scale, shape);
    if (hazard < 1e-300) /* it underflows: nothing is below */
        return pow(limit, order);
    int sign;
    const double k = order / shape;
    return exp(order * log(scale) + lgamma_r(1.0 + k, &sign) + quo_incomplete_gamma_logP(k, hazard));
}

double quo_weibull_stoploss(double deductible, double shape, double scale)
{
    if (isnan(deductible) || !possible(shape, scale))
        return NAN;
    const double mean = quo_weibull_moment(1.0, shape, scale);
    if (deductible <= 0.0)
        return mean - deductible;
    return mean * quo_incomplete_gamma_Q(1.0 / shape, pow(deductible / scale, shape));
}
