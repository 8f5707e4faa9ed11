#include "risk/severity/frequency.h"

#include <math.h>

#include "risk/severity/incomplete.h"
#include "risk/severity/support.h"

#define LAST_COUNT INT64_C(9007199254740992) /* 2^53: beyond it counts are no longer exact doubles */

struct quo_frequency quo_frequency_poisson(double lambda)
{
    return (struct quo_frequency){.family = QUO_POISSON, .par = {lambda}};
}

struct quo_frequency quo_frequency_negbin(double size, double prob)
{
    return (struct quo_frequency){.family = QUO_NEGBIN, .par = {size, prob}};
}

struct quo_frequency quo_frequency_negbin_mean(double mean, double size)
{
    return size == INFINITY ? quo_frequency_poisson(mean) : quo_frequency_negbin(size, size / (size + mean));
}

/* ---- the three laws themselves ---- */

static const char *base_invalid(const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    switch (f->family) {
    case QUO_POISSON:
        return a >= 0.0 && isfinite(a) ? NULL : "lambda must be 0 or more and finite";
    case QUO_NEGBIN:
        return quo_support_positive(a) && b > 0.0 && b <= 1.0 ? NULL
                                                              : "size must be positive and finite, prob in (0, 1]";
    case QUO_BINOMIAL:
        return a >= 0.0 && a <= (double)LAST_COUNT && a == floor(a) && quo_support_share(b)
                   ? NULL
                   : "size must be a whole number from 0, prob a share between 0 and 1";
    default:
        return "unknown count family";
    }
}

/* log(p / (1 - p)) */
static double log_odds(double p) { return log(p) - log1p(-p); }

static double base_logpmf(double k, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    switch (f->family) {
    case QUO_POISSON:
        return quo_incomplete_log_poisson(k, a);
    case QUO_NEGBIN:
        if (b == 1.0)
            return k == 0.0 ? 0.0 : -INFINITY;
        return k == 0.0 ? a * log(b) : log(a / (a + k)) + quo_incomplete_log_binomial(a, k, log_odds(b));
    case QUO_BINOMIAL:
        if (k > a || b == 0.0 || b == 1.0)
            return k == (b == 1.0 ? a : 0.0) ? 0.0 : -INFINITY;
        if (k == 0.0)
            return a * log1p(-b);
        return k == a ? a * log(b) : quo_incomplete_log_binomial(k, a - k, log_odds(b));
    default:
        return NAN;
    }
}

/* P[N <= k] and P[N > k], k >= 0, by the incomplete gamma and beta functions [KPW12 6]. */
static double base_P(double k, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    switch (f->family) {
    case QUO_POISSON:
        return quo_incomplete_gamma_Q(k + 1.0, a);
    case QUO_NEGBIN:
        return b == 1.0 ? 1.0 : quo_incomplete_beta_P(a, k + 1.0, log_odds(b));
    case QUO_BINOMIAL:
        return k >= a ? 1.0 : b == 0.0 ? 1.0 : b == 1.0 ? 0.0 : quo_incomplete_beta_Q(k + 1.0, a - k, log_odds(b));
    default:
        return NAN;
    }
}

static double base_Q(double k, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    switch (f->family) {
    case QUO_POISSON:
        return quo_incomplete_gamma_P(k + 1.0, a);
    case QUO_NEGBIN:
        return b == 1.0 ? 0.0 : quo_incomplete_beta_Q(a, k + 1.0, log_odds(b));
    case QUO_BINOMIAL:
        return k >= a ? 0.0 : b == 0.0 ? 0.0 : b == 1.0 ? 1.0 : quo_incomplete_beta_P(k + 1.0, a - k, log_odds(b));
    default:
        return NAN;
    }
}

static double base_logQ(double k, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    if (f->family == QUO_POISSON)
        return quo_incomplete_gamma_logP(k + 1.0, a);
    if (f->family == QUO_NEGBIN)
        return b == 1.0 ? -INFINITY : quo_incomplete_beta_logQ(a, k + 1.0, log_odds(b));
    if (k >= a || b == 0.0)
        return -INFINITY;
    return b == 1.0 ? 0.0 : quo_incomplete_beta_logP(k + 1.0, a - k, log_odds(b));
}

static double base_mean(const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    return f->family == QUO_POISSON ? a : f->family == QUO_NEGBIN ? a * (1.0 - b) / b : a * b;
}

/* Central moments: variance, third. */
static double base_variance(const struct quo_frequency *f)
{
    const double b = f->par[1];
    return base_mean(f) * (f->family == QUO_POISSON ? 1.0 : f->family == QUO_NEGBIN ? 1.0 / b : 1.0 - b);
}

static double base_third(const struct quo_frequency *f)
{
    const double b = f->par[1];
    return base_variance(f) * (f->family == QUO_POISSON  ? 1.0
                               : f->family == QUO_NEGBIN ? (2.0 - b) / b
                                                         : 1.0 - 2.0 * b);
}

/* log E[z^N], through log1p of what z - 1 adds: nothing is lost for rare events or z near 1. */
static double base_log_pgf(double z, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1], more = z - 1.0;
    switch (f->family) {
    case QUO_POISSON:
        return a * more;
    case QUO_NEGBIN: {
        const double drop = -(1.0 - b) / b * more; /* 1 + drop = (1 - (1 - prob) z) / prob */
        return drop <= -1.0 ? INFINITY : -a * log1p(drop);
    }
    case QUO_BINOMIAL:
        return a == 0.0 ? 0.0 : a * log1p(b * more);
    default:
        return NAN;
    }
}

static double base_pgf(double z, const struct quo_frequency *f)
{
    const double b = f->par[1];
    if (f->family == QUO_BINOMIAL && 1.0 + b * (z - 1.0) < 0.0)
        return pow(1.0 + b * (z - 1.0), f->par[0]);
    if (f->family == QUO_NEGBIN && fabs(z) * (1.0 - b) >= 1.0)
        return z > 0.0 ? INFINITY : NAN; /* at and beyond the radius of convergence */
    return exp(base_log_pgf(z, f));
}

/* log(1 + w), the real part without cancellation. */
static double complex log1p_complex(double complex w)
{
    const double x = creal(w), y = cimag(w);
    return CMPLX(0.5 * log1p(x * (2.0 + x) + y * y), atan2(y, 1.0 + x));
}

static double complex base_pgf_complex(double complex z, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    const double complex more = z - 1.0;
    switch (f->family) {
    case QUO_POISSON:
        return cexp(a * more);
    case QUO_NEGBIN: /* inside the radius the real part of 1 - (1 - prob) z is positive: the principal branch */
        return cabs(z) * (1.0 - b) >= 1.0 ? CMPLX(NAN, NAN) : cexp(-a * log1p_complex(-(1.0 - b) / b * more));
    case QUO_BINOMIAL:
        return a == 0.0 ? 1.0 : 1.0 + b * more == 0.0 ? 0.0 : cexp(a * log1p_complex(b * more));
    default:
        return CMPLX(NAN, NAN);
    }
}

/* ---- modified at zero: P[N = k] is `above` times that of the base for k >= 1 ---- */

static double base_zero(const struct quo_frequency *f) { return exp(base_logpmf(0.0, f)); }
static double base_not_zero(const struct quo_frequency *f) { return -expm1(base_logpmf(0.0, f)); }
static double above(const struct quo_frequency *f) { return f->modified ? (1.0 - f->p0) / base_not_zero(f) : 1.0; }

const char *quo_frequency_invalid(const struct quo_frequency *f)
{
    const char *wrong = base_invalid(f);
    if (wrong || !f->modified)
        return wrong;
    if (!quo_support_share(f->p0))
        return "p0 must be a share between 0 and 1";
    return f->p0 < 1.0 && !(base_not_zero(f) > 0.0) ? "a law that is surely 0 has nothing to modify" : NULL;
}

double quo_frequency_logpmf(int64_t k, const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    if (k < 0)
        return -INFINITY;
    if (!f->modified)
        return base_logpmf((double)k, f);
    if (f->p0 == 1.0 || k == 0)
        return k == 0 ? log(f->p0) : -INFINITY;
    return log(above(f)) + base_logpmf((double)k, f);
}

double quo_frequency_pmf(int64_t k, const struct quo_frequency *f)
{
    return k == 0 && f->modified && !quo_frequency_invalid(f) ? f->p0 : exp(quo_frequency_logpmf(k, f));
}

double quo_frequency_logQ(int64_t k, const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    if (k < 0)
        return 0.0;
    if (f->modified && (f->p0 == 1.0 || k == 0))
        return log1p(-f->p0);
    return fmin(0.0, log(above(f)) + base_logQ((double)k, f));
}

double quo_frequency_Q(int64_t k, const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    if (k < 0)
        return 1.0;
    if (f->modified && (f->p0 == 1.0 || k == 0))
        return 1.0 - f->p0;
    return above(f) * base_Q((double)k, f);
}

double quo_frequency_P(int64_t k, const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    if (k < 0)
        return 0.0;
    if (!f->modified)
        return base_P((double)k, f);
    if (f->p0 == 1.0 || k == 0)
        return f->p0;
    /* Whichever side is small: 1 - Q, or the zero and what lies between. */
    const double q = above(f) * base_Q((double)k, f);
    if (q < 0.5)
        return 1.0 - q;
    return f->p0 + above(f) * (base_P((double)k, f) - base_zero(f));
}

/* Whether P[N <= k] >= p, decided on the side where the probabilities are small. */
static bool reaches(double k, double p, const struct quo_frequency *f)
{
    return p > 0.5 ? quo_frequency_Q((int64_t)k, f) <= 1.0 - p : quo_frequency_P((int64_t)k, f) >= p;
}

/* Whether P[N > k] <= q. */
static bool falls_to(double k, double q, const struct quo_frequency *f)
{
    return q < 0.5 ? quo_frequency_Q((int64_t)k, f) <= q : quo_frequency_P((int64_t)k, f) >= 1.0 - q;
}

/* The least k at which `done` holds. */
static int64_t least(bool (*done)(double k, double at, const struct quo_frequency *f), double at,
                     const struct quo_frequency *f)
{
    const double last = f->family == QUO_BINOMIAL ? f->par[0] : (double)LAST_COUNT;
    if (done(0.0, at, f))
        return 0;
    /* A bracket (low, high] grown around the mean, then halved. */
    double low = 0.0, step = fmax(1.0, ceil(0.5 * sqrt(quo_frequency_variance(f))));
    double high = fmin(last, fmax(1.0, floor(quo_frequency_mean(f))));
    while (!done(high, at, f)) {
        if (high >= last)
            return f->family == QUO_BINOMIAL ? (int64_t)last : INT64_MAX;
        low = high;
        high = fmin(last, high + step);
        step *= 2.0;
    }
    for (step = fmax(1.0, ceil(0.5 * sqrt(quo_frequency_variance(f)))); high - low > step; step *= 2.0) {
        if (done(high - step, at, f)) {
            high -= step;
        } else {
            low = high - step;
            break;
        }
    }
    while (high - low > 1.0) {
        const double middle = floor(low + 0.5 * (high - low));
        if (done(middle, at, f))
            high = middle;
        else
            low = middle;
    }
    return (int64_t)high;
}

/* The greatest count there can be: rounding would find one for the laws that have none. */
static int64_t greatest(const struct quo_frequency *f)
{
    if (quo_frequency_mean(f) == 0.0)
        return 0;
    return f->family == QUO_BINOMIAL ? (int64_t)f->par[0] : INT64_MAX;
}

int64_t quo_frequency_Pinv(double p, const struct quo_frequency *f)
{
    if (!quo_support_share(p) || quo_frequency_invalid(f))
        return -1;
    return p == 1.0 ? greatest(f) : least(reaches, p, f);
}

int64_t quo_frequency_Qinv(double q, const struct quo_frequency *f)
{
    if (!quo_support_share(q) || quo_frequency_invalid(f))
        return -1;
    return q == 0.0 ? greatest(f) : least(falls_to, q, f);
}

double quo_frequency_mean(const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    return f->modified && f->p0 == 1.0 ? 0.0 : above(f) * base_mean(f);
}

/* With N = 0 apart from a share, raw moments are `above` times the base's. */
static double raw_second(const struct quo_frequency *f) { return base_variance(f) + base_mean(f) * base_mean(f); }

double quo_frequency_variance(const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    if (!f->modified)
        return base_variance(f);
    if (f->p0 == 1.0)
        return 0.0;
    const double c = above(f), m = base_mean(f);
    return c * (base_variance(f) + (1.0 - c) * m * m);
}

double quo_frequency_skewness(const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return NAN;
    const double variance = quo_frequency_variance(f);
    if (!f->modified)
        return base_third(f) / (variance * sqrt(variance));
    const double c = f->p0 == 1.0 ? 0.0 : above(f), m = base_mean(f), second = raw_second(f);
    const double third = base_third(f) + m * (3.0 * base_variance(f) + m * m);
    const double mean = c * m;
    return (c * third - 3.0 * mean * c * second + 2.0 * mean * mean * mean) / (variance * sqrt(variance));
}

/* E[N (N - 1) .. (N - order + 1)] of the base [KPW12 B.2]. */
static double base_factorial_moment(int order, const struct quo_frequency *f)
{
    const double a = f->par[0], b = f->par[1];
    double product = 1.0;
    for (int i = 0; i < order; i++)
        product *= f->family == QUO_POISSON ? a : f->family == QUO_NEGBIN ? (a + i) * (1.0 - b) / b : (a - i) * b;
    return product;
}

double quo_frequency_moment(int order, const struct quo_frequency *f)
{
    if (order < 0 || order > QUO_FREQUENCY_MOST_ORDER || quo_frequency_invalid(f))
        return NAN;
    if (order == 0)
        return 1.0;
    if (f->modified && f->p0 == 1.0)
        return 0.0;
    /* Powers from falling factorials by Stirling's numbers of the second kind; every term is positive, or 0 beyond a
     * binomial's size. */
    double stirling[QUO_FREQUENCY_MOST_ORDER + 1] = {1.0};
    for (int n = 1; n <= order; n++) {
        for (int j = n; j >= 1; j--)
            stirling[j] = j * stirling[j] + stirling[j - 1];
        stirling[0] = 0.0;
    }
    double sum = 0.0;
    for (int j = 1; j <= order; j++)
        sum += stirling[j] * base_factorial_moment(j, f);
    return above(f) * sum;
}

/* The law whose tail carries the mean: k p(k) = mean p'(k - 1) with p' of this law. */
static struct quo_frequency size_biased(const struct quo_frequency *f)
{
    struct quo_frequency biased = *f;
    biased.modified = false;
    biased.par[0] += f->family == QUO_NEGBIN ? 1.0 : f->family == QUO_BINOMIAL ? -1.0 : 0.0;
    return biased;
}

double quo_frequency_stoploss(double deductible, const struct quo_frequency *f)
{
    if (isnan(deductible) || quo_frequency_invalid(f))
        return NAN;
    const double mean = quo_frequency_mean(f), k = floor(deductible);
    if (deductible <= 0.0 || mean == 0.0)
        return deductible <= 0.0 ? mean - deductible : 0.0;
    if (k >= (double)LAST_COUNT)
        return 0.0;
    const struct quo_frequency biased = size_biased(f);
    const double part = k == 0.0 ? 1.0 : base_Q(k - 1.0, &biased); /* of the mean, from counts above k */
    return fmax(0.0, above(f) * (base_mean(f) * part - deductible * base_Q(k, f)));
}

double quo_frequency_lev(double limit, const struct quo_frequency *f)
{
    if (isnan(limit) || quo_frequency_invalid(f))
        return NAN;
    const double mean = quo_frequency_mean(f), k = floor(limit);
    if (limit <= 0.0 || mean == 0.0)
        return 0.0;
    if (k >= (double)LAST_COUNT)
        return mean;
    const struct quo_frequency biased = size_biased(f);
    const double part = k == 0.0 ? 0.0 : base_P(k - 1.0, &biased);
    return above(f) * (base_mean(f) * part + limit * base_Q(k, f));
}

double quo_frequency_pgf(double z, const struct quo_frequency *f)
{
    if (isnan(z) || quo_frequency_invalid(f))
        return NAN;
    if (!f->modified)
        return base_pgf(z, f);
    if (f->p0 == 1.0)
        return 1.0;
    if (z == 0.0)
        return f->p0;
    return f->p0 + above(f) * (base_pgf(z, f) - base_zero(f));
}

double complex quo_frequency_pgf_complex(double complex z, const struct quo_frequency *f)
{
    if (isnan(creal(z)) || isnan(cimag(z)) || quo_frequency_invalid(f))
        return CMPLX(NAN, NAN);
    if (!f->modified)
        return base_pgf_complex(z, f);
    return f->p0 == 1.0 ? 1.0 : f->p0 + above(f) * (base_pgf_complex(z, f) - base_zero(f));
}

struct quo_frequency quo_frequency_thin(const struct quo_frequency *f, double kept)
{
    struct quo_frequency thin = *f;
    if (!quo_support_share(kept) || quo_frequency_invalid(f)) {
        thin.par[0] = NAN;
        return thin;
    }
    const double b = f->par[1];
    if (f->family == QUO_POISSON)
        thin.par[0] *= kept;
    else if (f->family == QUO_NEGBIN)
        thin.par[1] = b / (b + kept * (1.0 - b));
    else
        thin.par[1] *= kept;
    if (!f->modified)
        return thin;
    /* The pgf at 1 - kept + kept z is again p0' + above' (B'(z) - B'(0)), with the same `above`. */
    if (f->p0 == 1.0 || kept == 0.0) {
        thin.p0 = 1.0;
    } else { /* p0 + above (B'(0) - B(0)), the difference from the logs: both may be tiny, or both nearly 1 */
        const double log_before = base_logpmf(0.0, f), log_after = base_logpmf(0.0, &thin);
        thin.p0 = fmin(1.0, f->p0 + above(f) * exp(log_after) * -expm1(log_before - log_after));
    }
    return thin;
}
