#include "risk/severity/incomplete.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "risk/base/numeric.h"

#define LEAST_TERM (0.25 * DBL_EPSILON) /* a series ends where a term no longer changes the sum */
#define MOST_TERMS 20000000             /* about sqrt(shape) are needed: shapes up to 1e12 */
#define NEARLY_ALL (-0.01)              /* log P from where 1 - P has lost two digits */
#define SMALLEST 1e-300                 /* in place of a zero denominator in a continued fraction [Len76] */

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign); /* lgamma itself writes to a global */
}

/* log Gamma(a + 1) less Stirling's (a + 1/2) log a - a + log(2 pi)/2. */
static double stirling_error(double a)
{
    if (a < 16.0)
        return log_gamma(a + 1.0) - (a + 0.5) * log(a) + a - 0.5 * log(2.0 * M_PI);
    const double r = 1.0 / (a * a);
    return (1.0 / 12.0 -
            r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * (691.0 / 360360.0)))))) /
           a;
}

double quo_incomplete_log_rising(double a, double k)
{
    if (!(a > 0.0 && a + k > 0.0))
        return NAN;
    return stirling_error(a + k) - stirling_error(a) + (a + k - 0.5) * log1p(k / a) - k;
}

double quo_incomplete_log_beta(double a, double b)
{
    if (!(a > 0.0 && b > 0.0) || isinf(a) || isinf(b))
        return NAN;
    const double low = fmin(a, b), high = fmax(a, b);
    if (low < 16.0)
        return log_gamma(low) - quo_incomplete_log_rising(high, low) - low * log(high);
    const double ratio = low / (low + high);
    return stirling_error(low) + stirling_error(high) - stirling_error(low + high) + (low - 0.5) * log(ratio) +
           high * log1p(-ratio) + 0.5 * log(2.0 * M_PI / high);
}

/* a log(a / x) + x - a >= 0, without the cancellation near x = a: series of [Loa00]. */
static double deviance(double a, double x)
{
    if (fabs(a - x) >= 0.1 * (a + x))
        return a * log(a / x) + x - a;
    const double v = (a - x) / (a + x), v2 = v * v;
    double sum = (a - x) * v, power = 2.0 * a * v;
    for (int j = 3; j < 200; j += 2) {
        power *= v2;
        const double next = sum + power / j;
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

double quo_incomplete_log_poisson(double a, double x)
{
    if (!(a >= 0.0 && x >= 0.0))
        return NAN;
    if (x == 0.0)
        return a == 0.0 ? 0.0 : -INFINITY;
    if (isinf(x))
        return -INFINITY;
    if (a < 16.0)
        return (a > 0.0 ? a * log(x) : 0.0) - x - log_gamma(a + 1.0);
    return -stirling_error(a) - deviance(a, x) - 0.5 * log(2.0 * M_PI * a);
}

static double softplus(double t) { return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t)); }

double quo_incomplete_log_binomial(double a, double b, double log_odds)
{
    if (!(a >= 0.0 && b >= 0.0) || isnan(log_odds))
        return NAN;
    const double log_u = -softplus(-log_odds), log_w = -softplus(log_odds);
    const double n = a + b, u = exp(log_u), w = exp(log_w);
    if (a < 16.0 || b < 16.0 || u < DBL_MIN || w < DBL_MIN) {
        const double low = a > 0.0 ? a * log_u : 0.0, high = b > 0.0 ? b * log_w : 0.0;
        return low + high - quo_incomplete_log_beta(a + 1.0, b + 1.0) - log1p(n);
    }
    /* Both counts large: the big logarithms cancel, so they are never formed. */
    return stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * u) - deviance(b, n * w) -
           0.5 * log(2.0 * M_PI * a * (b / n));
}

/* ---- incomplete gamma ---- */

/* P(a, x) = exp(log_poisson) times this [DLMF 8.11.4]; for x < a + 1. */
static double gamma_series(double a, double x)
{
    double term = 1.0, sum = 1.0;
    for (int n = 1; n < MOST_TERMS; n++) {
        term *= x / (a + n);
        sum += term;
        if (term < LEAST_TERM * sum)
            return sum;
    }
    return NAN;
}

/* r of Q(a, x) = a exp(log_poisson) / (x + 1 - a + r): Legendre's fraction below its first line [DLMF 8.9.2]; for
 * x >= a + 1, by modified Lentz. */
static double gamma_fraction(double a, double x)
{
    if (a == 1.0)
        return 0.0;
    double b = x + 3.0 - a, c = 1.0 / SMALLEST, d = 1.0 / b, h = d;
    for (int i = 2; i < MOST_TERMS; i++) {
        const double an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / (fabs(d) < SMALLEST ? SMALLEST : d);
        c = b + an / c;
        c = fabs(c) < SMALLEST ? SMALLEST : c;
        const double ratio = c * d;
        h *= ratio;
        if (fabs(ratio - 1.0) <= DBL_EPSILON)
            return (a - 1.0) * h;
    }
    return NAN;
}

static double gamma_upper_log(double a, double x)
{
    return quo_incomplete_log_poisson(a, x) + log(a / (x + 1.0 - a + gamma_fraction(a, x)));
}

static double gamma_lower_log(double a, double x) { return quo_incomplete_log_poisson(a, x) + log(gamma_series(a, x)); }

/* GSL's series for Q itself, where P is near 1 although x is small. */
static double gamma_small_shape_Q(double a, double x)
{
    gsl_sf_result result;
    return gsl_sf_gamma_inc_Q_e(a, x, &result) == GSL_SUCCESS ? result.val : NAN;
}

static int gamma_impossible(double a, double x) { return !(a > 0.0 && x >= 0.0) || isinf(a); }

double quo_incomplete_gamma_logQ(double a, double x)
{
    if (gamma_impossible(a, x))
        return NAN;
    if (x == 0.0 || isinf(x))
        return x == 0.0 ? 0.0 : -INFINITY;
    if (x >= a + 1.0)
        return gamma_upper_log(a, x);
    const double log_p = gamma_lower_log(a, x);
    return a < 0.2 && log_p > NEARLY_ALL ? log(gamma_small_shape_Q(a, x)) : quo_log1mexp(fmin(0.0, log_p));
}

double quo_incomplete_gamma_logP(double a, double x)
{
    if (gamma_impossible(a, x))
        return NAN;
    if (x == 0.0 || isinf(x))
        return x == 0.0 ? -INFINITY : 0.0;
    if (x >= a + 1.0)
        return log1p(-exp(gamma_upper_log(a, x)));
    const double log_p = gamma_lower_log(a, x);
    return a < 0.2 && log_p > NEARLY_ALL ? log1p(-gamma_small_shape_Q(a, x)) : log_p;
}

double quo_incomplete_gamma_P(double a, double x)
{
    if (!gamma_impossible(a, x) && x >= a + 1.0)
        return -expm1(quo_incomplete_gamma_logQ(a, x));
    return exp(quo_incomplete_gamma_logP(a, x));
}

double quo_incomplete_gamma_Q(double a, double x) { return exp(quo_incomplete_gamma_logQ(a, x)); }

double quo_incomplete_gamma_excess(double a, double x)
{
    if (gamma_impossible(a, x))
        return NAN;
    if (x == 0.0 || isinf(x))
        return x == 0.0 ? a : 0.0;
    const double density = a * exp(quo_incomplete_log_poisson(a, x)); /* x times the density at x */
    if (x < a + 1.0)
        return (a - x) * quo_incomplete_gamma_Q(a, x) + density;
    /* With Q = density / (x + 1 - a + r) the two terms join to one: */
    const double r = gamma_fraction(a, x);
    return density * (1.0 + r) / (x + 1.0 - a + r);
}

/* ---- incomplete beta ---- */

struct point {
    double log_u, log_w, u, w; /* w = 1 - u */
};

static struct point point_at(double log_odds)
{
    const double log_u = -softplus(-log_odds), log_w = -softplus(log_odds);
    return (struct point){log_u, log_w, exp(log_u), exp(log_w)};
}

static struct point mirrored(struct point at) { return (struct point){at.log_w, at.log_u, at.w, at.u}; }

/* The integral from 0 to u is u^a w^b times this: the even part of [DLMF 8.17.22] as [DM92] form it, in which a - (a+b)u
 * stands as a w - b u and keeps its digits where one parameter is huge; by modified Lentz. Converges for every u < 1, and
 * fast for u below the mean; b may be negative. */
static double beta_fraction(double a, double b, struct point at)
{
    const double lambda = a * at.w - b * at.u + 1.0;
    double denominator = a * lambda / (a + 1.0);
    denominator = fabs(denominator) < SMALLEST ? SMALLEST : denominator;
    double c = denominator, d = 0.0, h = denominator;
    for (int i = 1; i < MOST_TERMS; i++) {
        const double m = i, odd = a + 2.0 * m - 1.0, share = m * (b - m) * at.u / odd;
        const double numerator = (a + m - 1.0) * (a + b + m - 1.0) / odd * share * at.u;
        denominator = m + share + (a + m) * (lambda + m * (1.0 + at.w)) / (odd + 2.0);
        d = denominator + numerator * d;
        d = 1.0 / (fabs(d) < SMALLEST ? SMALLEST : d);
        c = denominator + numerator / c;
        c = fabs(c) < SMALLEST ? SMALLEST : c;
        const double ratio = c * d;
        h *= ratio;
        if (fabs(ratio - 1.0) <= DBL_EPSILON)
            return 1.0 / h;
    }
    return NAN;
}

static int below_mean(double a, double b, double u) { return u * (a + b + 2.0) <= a + 1.0; }

/* log I_u(a, b) by the fraction, for u below the mean. */
static double beta_regular_log(double a, double b, double log_odds, struct point at)
{
    return quo_incomplete_log_binomial(a, b, log_odds) + log(a * (b / (a + b)) * beta_fraction(a, b, at));
}

double quo_incomplete_beta_logP(double a, double b, double log_odds)
{
    if (!(a > 0.0 && b > 0.0) || isinf(a) || isinf(b) || isnan(log_odds))
        return NAN;
    if (isinf(log_odds))
        return log_odds > 0.0 ? 0.0 : -INFINITY;
    const struct point at = point_at(log_odds);
    if (below_mean(a, b, at.u))
        return beta_regular_log(a, b, log_odds, at);
    return quo_log1mexp(fmin(0.0, beta_regular_log(b, a, -log_odds, mirrored(at))));
}

double quo_incomplete_beta_logQ(double a, double b, double log_odds)
{
    return quo_incomplete_beta_logP(b, a, -log_odds);
}
double quo_incomplete_beta_P(double a, double b, double log_odds)
{
    return exp(quo_incomplete_beta_logP(a, b, log_odds));
}
double quo_incomplete_beta_Q(double a, double b, double log_odds)
{
    return exp(quo_incomplete_beta_logP(b, a, -log_odds));
}

static double beta_direct_log(double a, double b, struct point at)
{
    return a * at.log_u + b * at.log_w + log(beta_fraction(a, b, at));
}

/* log of the integral of t^(b-1) (1-t)^(a-1) over t from w to h, h <= 1/(a + 1): (1-t)^(a-1) as its series, whose terms
 * are bounded in sum by e there; each power is integrated through expm1, so that exponents near 0 are no special case. */
static double beta_near_one_log(double a, double b, double log_w, double log_h)
{
    const double length = log_h - log_w;
    const double scale = fmax(b * log_w, b * log_h);
    double sum = 0.0, coefficient = 1.0;
    for (int n = 0; n < 4000; n++) {
        const double power = n + b;
        double piece; /* integral of t^(power - 1), over exp(scale) */
        if (fabs(power) * length < 1e-300)
            piece = length * exp(-scale);
        else if (power > 0.0)
            piece = exp(power * log_h - scale) * (-expm1(-power * length) / power);
        else
            piece = exp(power * log_w - scale) * (expm1(power * length) / power);
        const double term = coefficient * piece;
        sum += term;
        if (coefficient == 0.0 || (n > b + 2.0 && n > -b + 2.0 && fabs(term) < LEAST_TERM * fabs(sum)))
            break;
        coefficient *= (n + 1.0 - a) / (n + 1.0);
    }
    return scale + log(sum);
}

double quo_incomplete_beta_log(double a, double b, double log_odds)
{
    if (!(a > 0.0) || isinf(a) || !isfinite(b) || isnan(log_odds))
        return NAN;
    if (isinf(log_odds))
        return log_odds < 0.0 ? -INFINITY : b > 0.0 ? quo_incomplete_log_beta(a, b) : INFINITY;
    const struct point at = point_at(log_odds);
    const double split = fmin(0.5, 1.0 / (a + 1.0));
    if (b > 0.0) {
        if (below_mean(a, b, at.u))
            return beta_direct_log(a, b, at);
        const double whole = quo_incomplete_log_beta(a, b), above = beta_direct_log(b, a, mirrored(at)) - whole;
        if (above < -0.1 || at.w >= split)
            return whole + quo_log1mexp(fmin(0.0, above));
    }
    if (at.w >= split)
        return beta_direct_log(a, b, at);
    const double log_h = log(split);
    const struct point middle = {log1p(-split), log_h, 1.0 - split, split};
    return quo_logaddexp(beta_direct_log(a, b, middle), beta_near_one_log(a, b, at.log_w, log_h));
}
