#include "risk/severity/exponential.h"

#include <math.h>

#include "risk/base/numeric.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/support.h"

double quo_exponential_logpdf(double x, double scale)
{
    if (isnan(x) || !quo_support_positive(scale))
        return NAN;
    return x < 0.0 ? -INFINITY : -x / scale - log(scale);
}

double quo_exponential_pdf(double x, double scale)
{
    if (isnan(x) || !quo_support_positive(scale))
        return NAN;
    return x < 0.0 ? 0.0 : exp(-x / scale) / scale;
}

double quo_exponential_logQ(double x, double scale)
{
    if (isnan(x) || !quo_support_positive(scale))
        return NAN;
    return x <= 0.0 ? 0.0 : -x / scale;
}

double quo_exponential_Q(double x, double scale) { return exp(quo_exponential_logQ(x, scale)); }
double quo_exponential_P(double x, double scale) { return -expm1(quo_exponential_logQ(x, scale)); }
double quo_exponential_logP(double x, double scale) { return quo_log1mexp(quo_exponential_logQ(x, scale)); }

double quo_exponential_Pinv(double p, double scale)
{
    return quo_support_share(p) && quo_support_positive(scale) ? -scale * log1p(-p) : NAN;
}

double quo_exponential_Qinv(double q, double scale)
{
    return quo_support_share(q) && quo_support_positive(scale) ? -scale * log(q) : NAN;
}

double quo_exponential_moment(double order, double scale)
{
    if (!isfinite(order) || !quo_support_positive(scale))
        return NAN;
    return order <= -1.0 ? INFINITY : pow(scale, order) * tgamma(1.0 + order);
}

double quo_exponential_lev(double limit, double order, double scale)
{
    if (isnan(limit) || !quo_support_positive(order) || !quo_support_positive(scale))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_exponential_moment(order, scale);
    if (order == 1.0)
        return -scale * expm1(-limit / scale);
    return quo_exponential_moment(order, scale) * quo_incomplete_gamma_P(order, limit / scale);
}

double quo_exponential_stoploss(double deductible, double scale)
{
    if (isnan(deductible) || !quo_support_positive(scale))
        return NAN;
    return deductible <= 0.0 ? scale - deductible : scale * exp(-deductible / scale);
}
