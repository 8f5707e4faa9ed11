#include "risk/severity/gb2.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/invert.h"
#include "risk/severity/support.h"

#define QUADRATURE_TOLERANCE 1e-12
#define LEAST_DIFFERENCE 0.2 /* share of its terms that a difference must keep */

static bool possible(double shape1, double shape2, double shape3, double scale)
{
    return quo_support_positive(shape1) && quo_support_positive(shape2) && quo_support_positive(shape3) &&
           quo_support_positive(scale);
}

/* log v = log (x/scale)^shape2, the log odds at which the beta function is taken. */
static double log_odds(double x, double shape2, double scale) { return shape2 * quo_support_log_ratio(x, scale); }

double quo_gb2_logpdf(double x, double shape1, double shape2, double shape3, double scale)
{
    if (isnan(x) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    if (x < 0.0 || isinf(x))
        return -INFINITY;
    const double harmonic = shape1 * shape3 / (shape1 + shape3);
    if (x == 0.0) {
        const double power = shape2 * shape3;
        if (power != 1.0)
            return power < 1.0 ? INFINITY : -INFINITY;
        return log(shape2) - quo_incomplete_log_beta(shape3, shape1) - log(scale);
    }
    return log(shape2 * harmonic) - log(x) + quo_incomplete_log_binomial(shape3, shape1, log_odds(x, shape2, scale));
}

double quo_gb2_pdf(double x, double shape1, double shape2, double shape3, double scale)
{
    return exp(quo_gb2_logpdf(x, shape1, shape2, shape3, scale));
}

double quo_gb2_logP(double x, double shape1, double shape2, double shape3, double scale)
{
    if (isnan(x) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    return x <= 0.0 ? -INFINITY : quo_incomplete_beta_logP(shape3, shape1, log_odds(x, shape2, scale));
}

double quo_gb2_logQ(double x, double shape1, double shape2, double shape3, double scale)
{
    if (isnan(x) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    return x <= 0.0 ? 0.0 : quo_incomplete_beta_logQ(shape3, shape1, log_odds(x, shape2, scale));
}

double quo_gb2_P(double x, double shape1, double shape2, double shape3, double scale)
{
    return exp(quo_gb2_logP(x, shape1, shape2, shape3, scale));
}

double quo_gb2_Q(double x, double shape1, double shape2, double shape3, double scale)
{
    return exp(quo_gb2_logQ(x, shape1, shape2, shape3, scale));
}

/* The solver's view of the law with scale 1; par holds the three shapes. */
static double unit_logP(double x, const void *law)
{
    const double *par = law;
    return quo_gb2_logP(x, par[0], par[1], par[2], 1.0);
}

static double unit_logQ(double x, const void *law)
{
    const double *par = law;
    return quo_gb2_logQ(x, par[0], par[1], par[2], 1.0);
}

static double unit_logpdf(double x, const void *law)
{
    const double *par = law;
    return quo_gb2_logpdf(x, par[0], par[1], par[2], 1.0);
}

/* Starts at the power law of that tail, exact in its limit. */
static double inverse(double tail, bool upper, double shape1, double shape2, double shape3, double scale)
{
    const double par[] = {shape1, shape2, shape3};
    const struct quo_invert_law law = {upper ? unit_logQ : unit_logP, unit_logpdf, par, upper};
    const double power = upper ? shape1 : shape3;
    const double log_guess = (log(tail) + log(power) + quo_incomplete_log_beta(shape3, shape1)) / (power * shape2);
    return scale * quo_invert(&law, log(tail), exp(upper ? -log_guess : log_guess), 0.0, INFINITY);
}

double quo_gb2_Pinv(double p, double shape1, double shape2, double shape3, double scale)
{
    if (!quo_support_share(p) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    if (p == 0.0 || p == 1.0)
        return p == 0.0 ? 0.0 : INFINITY;
    return inverse(p <= 0.5 ? p : 1.0 - p, p > 0.5, shape1, shape2, shape3, scale);
}

double quo_gb2_Qinv(double q, double shape1, double shape2, double shape3, double scale)
{
    if (!quo_support_share(q) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    if (q == 0.0 || q == 1.0)
        return q == 0.0 ? INFINITY : 0.0;
    return inverse(q <= 0.5 ? q : 1.0 - q, q <= 0.5, shape1, shape2, shape3, scale);
}

double quo_gb2_moment(double order, double shape1, double shape2, double shape3, double scale)
{
    if (!isfinite(order) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    const double k = order / shape2;
    if (k <= -shape3 || k >= shape1)
        return INFINITY;
    return pow(scale, order) *
           exp(quo_incomplete_log_beta(shape3 + k, shape1 - k) - quo_incomplete_log_beta(shape3, shape1));
}

double quo_gb2_lev(double limit, double order, double shape1, double shape2, double shape3, double scale)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_gb2_moment(order, shape1, shape2, shape3, scale);
    const double k = order / shape2, t = log_odds(limit, shape2, scale);
    const double log_beta = quo_incomplete_log_beta(shape3, shape1);
    const double below = order * log(scale) + quo_incomplete_beta_log(shape3 + k, shape1 - k, t) - log_beta;
    return exp(below) + exp(order * log(limit) + quo_incomplete_beta_logQ(shape3, shape1, t));
}

struct tail {
    double deductible, shape1, shape2, shape3, scale;
};

/* Q at d exp(y), times dx/dy. */
static double tail_integrand(double y, void *context)
{
    const struct tail *t = context;
    return exp(y + quo_gb2_logQ(t->deductible * exp(y), t->shape1, t->shape2, t->shape3, t->scale));
}

/* E[X; X > d] - d Q(d). In a power tail the two differ by a share 1/(shape1 shape2): where that is small, the integral of
 * the tail instead, which falls at least at the rate it has at d. */
double quo_gb2_stoploss(double deductible, double shape1, double shape2, double shape3, double scale)
{
    if (isnan(deductible) || !possible(shape1, shape2, shape3, scale))
        return NAN;
    if (deductible == INFINITY)
        return 0.0;
    const double mean = quo_gb2_moment(1.0, shape1, shape2, shape3, scale);
    if (deductible <= 0.0 || isinf(mean))
        return mean - deductible;
    const double k = 1.0 / shape2, t = log_odds(deductible, shape2, scale);
    const double above = deductible * quo_incomplete_beta_Q(shape3, shape1, t);
    const double excess = mean * quo_incomplete_beta_Q(shape3 + k, shape1 - k, t) - above;
    if (!(above > 0.0) || excess > LEAST_DIFFERENCE * above)
        return fmax(0.0, excess);
    const double rate = deductible * deductible * quo_gb2_pdf(deductible, shape1, shape2, shape3, scale) / above;
    if (rate < 2.0) /* before the tail of a narrow law: it is the mean that is near d */
        return fmax(0.0, excess);
    struct tail tail = {deductible, shape1, shape2, shape3, scale};
    return deductible * quo_integral(tail_integrand, &tail, 0.0, 40.0 / (rate - 1.0), QUADRATURE_TOLERANCE, NULL);
}
