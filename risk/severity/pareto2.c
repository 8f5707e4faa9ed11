#include "risk/severity/pareto2.h"

#include <math.h>
#include <stdbool.h>

#include "risk/severity/burr.h"
#include "risk/severity/support.h"

static bool possible(double shape, double scale) { return quo_support_positive(shape) && quo_support_positive(scale); }

/* Burr with second shape 1: pow(x, 1) is x, nothing is lost by going through it. */
double quo_pareto2_pdf(double x, double shape, double scale) { return quo_burr_pdf(x, shape, 1.0, scale); }
double quo_pareto2_logpdf(double x, double shape, double scale) { return quo_burr_logpdf(x, shape, 1.0, scale); }
double quo_pareto2_P(double x, double shape, double scale) { return quo_burr_P(x, shape, 1.0, scale); }
double quo_pareto2_logP(double x, double shape, double scale) { return quo_burr_logP(x, shape, 1.0, scale); }
double quo_pareto2_Q(double x, double shape, double scale) { return quo_burr_Q(x, shape, 1.0, scale); }
double quo_pareto2_logQ(double x, double shape, double scale) { return quo_burr_logQ(x, shape, 1.0, scale); }
double quo_pareto2_Pinv(double p, double shape, double scale) { return quo_burr_Pinv(p, shape, 1.0, scale); }
double quo_pareto2_Qinv(double q, double shape, double scale) { return quo_burr_Qinv(q, shape, 1.0, scale); }

double quo_pareto2_moment(double order, double shape, double scale)
{
    if (order == 1.0 && possible(shape, scale))
        return shape > 1.0 ? scale / (shape - 1.0) : INFINITY;
    return quo_burr_moment(order, shape, 1.0, scale);
}

/* Order 1 in closed form, through expm1 so that shape 1 is no special case but for its limit. */
double quo_pareto2_lev(double limit, double order, double shape, double scale)
{
    if (!(order == 1.0 && limit > 0.0 && isfinite(limit) && possible(shape, scale)))
        return quo_burr_lev(limit, order, shape, 1.0, scale);
    const double l = log1p(limit / scale), c = shape - 1.0;
    return c == 0.0 ? scale * l : scale * (-expm1(-c * l) / c);
}

double quo_pareto2_stoploss(double deductible, double shape, double scale)
{
    if (isnan(deductible) || !possible(shape, scale))
        return NAN;
    if (deductible == INFINITY)
        return 0.0;
    const double mean = quo_pareto2_moment(1.0, shape, scale);
    return deductible <= 0.0 || isinf(mean) ? mean - deductible : mean * exp((1.0 - shape) * log1p(deductible / scale));
}
