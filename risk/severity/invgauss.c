#include "risk/severity/invgauss.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/invert.h"
#include "risk/severity/mills.h"
#include "risk/severity/support.h"

#define QUADRATURE_TOLERANCE 1e-12

static bool possible(double mean, double shape) { return quo_support_positive(mean) && quo_support_positive(shape); }

/* The law is P = N(a) + e^(2 shape/mean) N(-b) with a, b = sqrt(shape/x) (x/mean -+ 1); as b^2 - a^2 = 4 shape/mean, the
 * exponential times phi(b) is phi(a), and everything is phi(a) times Mills' ratios at |a| and b. */
struct root {
    double a, b, gap, step; /* gap = b - a and step = b - |a|, formed without cancellation */
    double scale;           /* mean sqrt(x/shape): x - mean = scale a, x + mean = scale b */
    double log_phi;         /* of a */
};

static struct root root_at(double x, double mean, double shape)
{
    const double r = sqrt(shape / x), ratio = x / mean;
    const double a = r * ((x - mean) / mean);
    return (struct root){a,        r * (ratio + 1.0),
                         2.0 * r,  2.0 * r * (a > 0.0 ? 1.0 : ratio),
                         mean / r, -0.5 * a * a - 0.5 * log(2.0 * M_PI)};
}

double quo_invgauss_logpdf(double x, double mean, double shape)
{
    if (isnan(x) || !possible(mean, shape))
        return NAN;
    if (x <= 0.0 || isinf(x))
        return -INFINITY;
    const double a = sqrt(shape / x) * ((x - mean) / mean);
    return 0.5 * log(shape / (2.0 * M_PI)) - 1.5 * log(x) - 0.5 * a * a;
}

double quo_invgauss_pdf(double x, double mean, double shape) { return exp(quo_invgauss_logpdf(x, mean, shape)); }

static double lower_log(struct root at) { return at.log_phi + log(quo_mills_ratio(-at.a) + quo_mills_ratio(at.b)); }

/* a >= -1. */
static double upper_log(struct root at) { return at.log_phi + log(quo_mills_drop(at.a, at.gap)); }

/* Whether the lower tail is the one to form. */
static bool in_lower(struct root at) { return at.a < -1.0; }

double quo_invgauss_logP(double x, double mean, double shape)
{
    if (isnan(x) || !possible(mean, shape))
        return NAN;
    if (x <= 0.0 || isinf(x))
        return x <= 0.0 ? -INFINITY : 0.0;
    const struct root at = root_at(x, mean, shape);
    return at.a < 0.0 ? fmin(0.0, lower_log(at)) : quo_log1mexp(fmin(0.0, upper_log(at)));
}

double quo_invgauss_logQ(double x, double mean, double shape)
{
    if (isnan(x) || !possible(mean, shape))
        return NAN;
    if (x <= 0.0 || isinf(x))
        return x <= 0.0 ? 0.0 : -INFINITY;
    const struct root at = root_at(x, mean, shape);
    return in_lower(at) ? quo_log1mexp(fmin(0.0, lower_log(at))) : fmin(0.0, upper_log(at));
}

double quo_invgauss_P(double x, double mean, double shape)
{
    const double log_p = quo_invgauss_logP(x, mean, shape);
    return log_p > -0.1 ? -expm1(quo_invgauss_logQ(x, mean, shape)) : exp(log_p);
}

double quo_invgauss_Q(double x, double mean, double shape) { return exp(quo_invgauss_logQ(x, mean, shape)); }

/* The solver's view of the law with mean 1; `law` is shape/mean. */
static double unit_logP(double x, const void *law) { return quo_invgauss_logP(x, 1.0, *(const double *)law); }
static double unit_logQ(double x, const void *law) { return quo_invgauss_logQ(x, 1.0, *(const double *)law); }
static double unit_logpdf(double x, const void *law) { return quo_invgauss_logpdf(x, 1.0, *(const double *)law); }

/* x/mean where a = z. */
static double ratio_at(double z, double phi)
{
    const double half = 0.5 * fabs(z) / sqrt(phi), root = half + sqrt(half * half + 1.0);
    return z > 0.0 ? root * root : 1.0 / (root * root);
}

static double unit_inverse(double tail, bool upper, double phi)
{
    const struct quo_invert_law law = {upper ? unit_logQ : unit_logP, unit_logpdf, &phi, upper};
    const double z = upper ? quo_normal_Qinv(tail) : quo_normal_Pinv(tail);
    return quo_invert(&law, log(tail), ratio_at(z, phi), 0.0, INFINITY);
}

double quo_invgauss_Pinv(double p, double mean, double shape)
{
    if (!quo_support_share(p) || !possible(mean, shape))
        return NAN;
    if (p == 0.0 || p == 1.0)
        return p == 0.0 ? 0.0 : INFINITY;
    return mean * unit_inverse(p <= 0.5 ? p : 1.0 - p, p > 0.5, shape / mean);
}

double quo_invgauss_Qinv(double q, double mean, double shape)
{
    if (!quo_support_share(q) || !possible(mean, shape))
        return NAN;
    if (q == 0.0 || q == 1.0)
        return q == 0.0 ? INFINITY : 0.0;
    return mean * unit_inverse(q <= 0.5 ? q : 1.0 - q, q <= 0.5, shape / mean);
}

/* mean^k sqrt(2 phi/pi) e^phi K_(k - 1/2)(phi), phi = shape/mean [JKB94 15.4]. */
double quo_invgauss_moment(double order, double mean, double shape)
{
    if (!isfinite(order) || !possible(mean, shape))
        return NAN;
    if (order == 0.0 || order == 1.0)
        return order == 0.0 ? 1.0 : mean;
    const double phi = shape / mean;
    gsl_sf_result bessel;
    if (gsl_sf_bessel_Knu_scaled_e(fabs(order - 0.5), phi, &bessel) == 0)
        return pow(mean, order) * sqrt(2.0 * phi / M_PI) * bessel.val;
    return NAN;
}

struct power {
    double order, phi;
};

static double partial_integrand(double z, void *context)
{
    const struct power *p = context;
    return exp((p->order + 1.0) * z + quo_invgauss_logpdf(exp(z), 1.0, p->phi));
}

double quo_invgauss_lev(double limit, double order, double mean, double shape)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(mean, shape))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_invgauss_moment(order, mean, shape);
    const struct root at = root_at(limit, mean, shape);
    if (order == 1.0) { /* mean - E(X - d)+ above the mean, d - E(d - X)+ below */
        const double excess = exp(at.log_phi) * at.scale * quo_mills_excess_drop(fabs(at.a), at.step);
        return (at.a > 0.0 ? mean : limit) - excess;
    }
    struct power p = {order, shape / mean};
    const double from = ratio_at(-40.0, p.phi), to = fmin(limit / mean, ratio_at(50.0, p.phi));
    const double above = pow(limit, order) * quo_invgauss_Q(limit, mean, shape);
    if (to <= from)
        return above;
    const double middle = fmin(to, fmax(from, ratio_at(0.0, p.phi))); /* the peak stands near the mean */
    double below = quo_integral(partial_integrand, &p, log(from), log(middle), QUADRATURE_TOLERANCE, NULL);
    if (to > middle)
        below += quo_integral(partial_integrand, &p, log(middle), log(to), QUADRATURE_TOLERANCE, NULL);
    return pow(mean, order) * below + above;
}

double quo_invgauss_stoploss(double deductible, double mean, double shape)
{
    if (isnan(deductible) || !possible(mean, shape))
        return NAN;
    if (deductible <= 0.0)
        return mean - deductible;
    if (isinf(deductible))
        return 0.0;
    const struct root at = root_at(deductible, mean, shape);
    const double excess = exp(at.log_phi) * at.scale * quo_mills_excess_drop(fabs(at.a), at.step);
    return at.a > 0.0 ? excess : (mean - deductible) + excess;
}
