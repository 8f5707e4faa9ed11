#include "risk/severity/lnorm.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/mills.h"
#include "risk/severity/support.h"

static bool possible(double meanlog, double sdlog) { return isfinite(meanlog) && quo_support_positive(sdlog); }

static double standard(double x, double meanlog, double sdlog) { return (log(x) - meanlog) / sdlog; }

double quo_lnorm_logpdf(double x, double meanlog, double sdlog)
{
    if (isnan(x) || !possible(meanlog, sdlog))
        return NAN;
    if (x <= 0.0 || isinf(x))
        return -INFINITY;
    const double z = standard(x, meanlog, sdlog);
    return -0.5 * z * z - 0.5 * log(2.0 * M_PI) - log(sdlog) - log(x);
}

double quo_lnorm_pdf(double x, double meanlog, double sdlog) { return exp(quo_lnorm_logpdf(x, meanlog, sdlog)); }

double quo_lnorm_P(double x, double meanlog, double sdlog)
{
    if (isnan(x) || !possible(meanlog, sdlog))
        return NAN;
    return x <= 0.0 ? 0.0 : quo_normal_Q(-standard(x, meanlog, sdlog));
}

double quo_lnorm_logP(double x, double meanlog, double sdlog)
{
    if (isnan(x) || !possible(meanlog, sdlog))
        return NAN;
    return x <= 0.0 ? -INFINITY : quo_normal_logQ(-standard(x, meanlog, sdlog));
}

double quo_lnorm_Q(double x, double meanlog, double sdlog)
{
    if (isnan(x) || !possible(meanlog, sdlog))
        return NAN;
    return x <= 0.0 ? 1.0 : quo_normal_Q(standard(x, meanlog, sdlog));
}

double quo_lnorm_logQ(double x, double meanlog, double sdlog)
{
    if (isnan(x) || !possible(meanlog, sdlog))
        return NAN;
    return x <= 0.0 ? 0.0 : quo_normal_logQ(standard(x, meanlog, sdlog));
}

double quo_lnorm_Pinv(double p, double meanlog, double sdlog)
{
    return quo_support_share(p) && possible(meanlog, sdlog) ? exp(meanlog + sdlog * quo_normal_Pinv(p)) : NAN;
}

double quo_lnorm_Qinv(double q, double meanlog, double sdlog)
{
    return quo_support_share(q) && possible(meanlog, sdlog) ? exp(meanlog + sdlog * quo_normal_Qinv(q)) : NAN;
}

double quo_lnorm_moment(double order, double meanlog, double sdlog)
{
    if (!isfinite(order) || !possible(meanlog, sdlog))
        return NAN;
    return exp(order * meanlog + 0.5 * order * order * sdlog * sdlog);
}

double quo_lnorm_lev(double limit, double order, double meanlog, double sdlog)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(meanlog, sdlog))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_lnorm_moment(order, meanlog, sdlog);
    /* Sums of logs: with a heavy tail the moment overflows just where the probability beside it underflows. */
    const double log_moment = order * meanlog + 0.5 * order * order * sdlog * sdlog;
    const double z = standard(limit, meanlog, sdlog);
    const double log_below = log_moment + quo_normal_logQ(order * sdlog - z); /* incidents under the limit */
    const double log_above = order * log(limit) + quo_normal_logQ(z);         /* incidents it cuts off */
    return exp(log_below) + exp(log_above);
}

/* E Q(z - sdlog) - d Q(z), and since E phi(z - sdlog) = d phi(z), also d phi(z) times a drop of Mills' ratio: that
 * form where the two terms of the first would cancel. */
double quo_lnorm_stoploss(double deductible, double meanlog, double sdlog)
{
    if (isnan(deductible) || !possible(meanlog, sdlog))
        return NAN;
    const double mean = quo_lnorm_moment(1.0, meanlog, sdlog);
    if (deductible <= 0.0 || isinf(mean))
        return mean - deductible;
    if (isinf(deductible))
        return 0.0;
    const double z = standard(deductible, meanlog, sdlog);
    if (z < -1.0 || z - sdlog < -2.0)
        return exp(meanlog + 0.5 * sdlog * sdlog + quo_normal_logQ(z - sdlog)) - deductible * quo_normal_Q(z);
    return exp(log(deductible) - 0.5 * z * z) / sqrt(2.0 * M_PI) * quo_mills_drop(z - sdlog, sdlog);
}
