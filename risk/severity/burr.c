#include "risk/severity/burr.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/support.h"

static bool possible(double shape1, double shape2, double scale)
{
    return quo_support_positive(shape1) && quo_support_positive(shape2) && quo_support_positive(scale);
}

/* log(1 + (x/scale)^shape2), where the power itself may overflow. */
static double log_one_plus(double x, double shape2, double scale)
{
    const double v = pow(x / scale, shape2);
    return isinf(v) ? shape2 * quo_support_log_ratio(x, scale) : log1p(v);
}

double quo_burr_logpdf(double x, double shape1, double shape2, double scale)
{
    if (isnan(x) || !possible(shape1, shape2, scale))
        return NAN;
    if (x < 0.0 || isinf(x))
        return -INFINITY;
    if (x == 0.0)
        return shape2 < 1.0 ? INFINITY : shape2 > 1.0 ? -INFINITY : log(shape1 / scale);
    return log(shape1 * shape2) + shape2 * quo_support_log_ratio(x, scale) - log(x) -
           (shape1 + 1.0) * log_one_plus(x, shape2, scale);
}

double quo_burr_pdf(double x, double shape1, double shape2, double scale)
{
    return exp(quo_burr_logpdf(x, shape1, shape2, scale));
}

double quo_burr_logQ(double x, double shape1, double shape2, double scale)
{
    if (isnan(x) || !possible(shape1, shape2, scale))
        return NAN;
    if (x <= 0.0)
        return 0.0;
    return isinf(x) ? -INFINITY : -shape1 * log_one_plus(x, shape2, scale);
}

double quo_burr_Q(double x, double shape1, double shape2, double scale)
{
    return exp(quo_burr_logQ(x, shape1, shape2, scale));
}

double quo_burr_P(double x, double shape1, double shape2, double scale)
{
    return -expm1(quo_burr_logQ(x, shape1, shape2, scale));
}

double quo_burr_logP(double x, double shape1, double shape2, double scale)
{
    const double log_q = quo_burr_logQ(x, shape1, shape2, scale);
    if (log_q > -1e-290 && x > 0.0) /* the power underflows */
        return log(shape1) + shape2 * quo_support_log_ratio(x, scale);
    return quo_log1mexp(log_q);
}

/* x of -log Q: (exp(l / shape1) - 1)^(1 / shape2) scale. */
static double at_hazard(double l, double shape1, double shape2, double scale)
{
    const double power = l / shape1;
    return power < 600.0 ? scale * pow(expm1(power), 1.0 / shape2) : exp(power / shape2 + log(scale));
}

double quo_burr_Pinv(double p, double shape1, double shape2, double scale)
{
    return quo_support_share(p) && possible(shape1, shape2, scale) ? at_hazard(-log1p(-p), shape1, shape2, scale) : NAN;
}

double quo_burr_Qinv(double q, double shape1, double shape2, double scale)
{
    return quo_support_share(q) && possible(shape1, shape2, scale) ? at_hazard(-log(q), shape1, shape2, scale) : NAN;
}

double quo_burr_moment(double order, double shape1, double shape2, double scale)
{
    if (!isfinite(order) || !possible(shape1, shape2, scale))
        return NAN;
    const double k = order / shape2;
    if (k <= -1.0 || k >= shape1)
        return INFINITY;
    return pow(scale, order) * shape1 * exp(quo_incomplete_log_beta(1.0 + k, shape1 - k));
}

/* The integral of k x^(k-1) Q(x): with s = v / (1 + v) an incomplete beta function whose second parameter is negative
 * where the moment does not exist. */
double quo_burr_lev(double limit, double order, double shape1, double shape2, double scale)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(shape1, shape2, scale))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_burr_moment(order, shape1, shape2, scale);
    const double k = order / shape2, log_odds = shape2 * quo_support_log_ratio(limit, scale);
    return exp(order * log(scale) + log(k) + quo_incomplete_beta_log(k, shape1 - k, log_odds));
}

/* The same integral from the deductible to infinity: the other end of the beta function. */
double quo_burr_stoploss(double deductible, double shape1, double shape2, double scale)
{
    if (isnan(deductible) || !possible(shape1, shape2, scale))
        return NAN;
    if (deductible == INFINITY)
        return 0.0;
    const double k = 1.0 / shape2, mean = quo_burr_moment(1.0, shape1, shape2, scale);
    if (deductible <= 0.0 || isinf(mean))
        return mean - deductible;
    const double log_odds = shape2 * quo_support_log_ratio(deductible, scale);
    return exp(log(scale) + log(k) + quo_incomplete_beta_log(shape1 - k, k, -log_odds));
}
