#include "risk/severity/gpd.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/numeric.h"
#include "risk/severity/burr.h"
#include "risk/severity/exponential.h"
#include "risk/severity/incomplete.h"
#include "risk/severity/support.h"

#define QUADRATURE_TOLERANCE 1e-12
#define LEAST_XI 1e-18 /* below it the law is exponential to the last digit of every moment */
#define MOST_ORDER 40  /* whole orders up to here by the binomial sum */

static bool possible(double xi, double beta, double mu)
{
    return isfinite(xi) && quo_support_positive(beta) && mu >= 0.0 && isfinite(mu);
}

/* -log Q at y = (x - mu)/beta >= 0: log(1 + xi y)/xi; INFINITY beyond the end of the support. */
static double hazard(double y, double xi)
{
    const double z = xi * y;
    if (fabs(z) < 1e-8)
        return y * (1.0 - z * (0.5 - z / 3.0));
    return z <= -1.0 ? INFINITY : log1p(z) / xi;
}

/* y of -log Q: (exp(xi l) - 1)/xi. */
static double at_hazard(double l, double xi)
{
    const double z = xi * l;
    if (fabs(z) < 1e-8)
        return l * (1.0 + z * (0.5 + z / 6.0));
    return expm1(z) / xi;
}

double quo_gpd_logpdf(double x, double xi, double beta, double mu)
{
    if (isnan(x) || !possible(xi, beta, mu))
        return NAN;
    if (x < mu || isinf(x) || xi * ((x - mu) / beta) < -1.0)
        return -INFINITY;
    const double l = hazard((x - mu) / beta, xi);
    if (isinf(l)) /* the end of the support, density beta^-1 (1 + xi y)^(-1/xi - 1) */
        return xi < -1.0 ? INFINITY : xi > -1.0 ? -INFINITY : -log(beta);
    return -log(beta) - (1.0 + xi) * l;
}

double quo_gpd_pdf(double x, double xi, double beta, double mu) { return exp(quo_gpd_logpdf(x, xi, beta, mu)); }

double quo_gpd_logQ(double x, double xi, double beta, double mu)
{
    if (isnan(x) || !possible(xi, beta, mu))
        return NAN;
    if (x <= mu)
        return 0.0;
    return isinf(x) ? -INFINITY : -hazard((x - mu) / beta, xi);
}

double quo_gpd_Q(double x, double xi, double beta, double mu) { return exp(quo_gpd_logQ(x, xi, beta, mu)); }
double quo_gpd_P(double x, double xi, double beta, double mu) { return -expm1(quo_gpd_logQ(x, xi, beta, mu)); }
double quo_gpd_logP(double x, double xi, double beta, double mu) { return quo_log1mexp(quo_gpd_logQ(x, xi, beta, mu)); }

double quo_gpd_Pinv(double p, double xi, double beta, double mu)
{
    return quo_support_share(p) && possible(xi, beta, mu) ? mu + beta * at_hazard(-log1p(-p), xi) : NAN;
}

double quo_gpd_Qinv(double q, double xi, double beta, double mu)
{
    return quo_support_share(q) && possible(xi, beta, mu) ? mu + beta * at_hazard(-log(q), xi) : NAN;
}

/* E[Y^order] of the standard excess Y = (X - mu)/beta, any order > -1 with order xi < 1. */
static double excess_moment(double order, double xi)
{
    if (order == 0.0)
        return 1.0;
    if (fabs(xi) < LEAST_XI)
        return tgamma(1.0 + order);
    /* xi^-order Gamma(1/xi - order) / Gamma(1/xi), and its mirror image for xi < 0; no large powers are formed. */
    const double a = 1.0 / fabs(xi);
    if (xi > 0.0)
        return tgamma(1.0 + order) * exp(quo_incomplete_log_rising(a, -order));
    return tgamma(1.0 + order) * exp(-quo_incomplete_log_rising(1.0 + a, order) - order * log1p(-xi));
}

/* E[min(Y, y)^order], order > 0. */
static double excess_lev(double y, double order, double xi)
{
    if (order == 1.0) { /* integral of the tail: (1 - exp(-(1 - xi) l)) / (1 - xi) */
        const double l = hazard(y, xi), c = 1.0 - xi;
        return c == 0.0 ? l : -expm1(-c * l) / c;
    }
    if (fabs(xi) < LEAST_XI)
        return quo_exponential_lev(y, order, 1.0);
    if (xi > 0.0)
        return quo_burr_lev(y, order, 1.0 / xi, 1.0, 1.0 / xi);
    const double s = -xi * y; /* share of the support below y */
    if (s >= 1.0)
        return excess_moment(order, xi);
    return exp(log(order) - order * log(-xi) + quo_incomplete_beta_log(order, 1.0 + 1.0 / -xi, log(s) - log1p(-s)));
}

/* E[min(X, x)^order] for a whole order: every term of the binomial sum is positive. y INFINITY: the moment. */
static double binomial_sum(double y, int order, double xi, double beta, double mu)
{
    double sum = 0.0, choose = 1.0;
    for (int j = 0; j <= order; j++) {
        const double excess = j == 0 ? 1.0 : isinf(y) ? excess_moment(j, xi) : excess_lev(y, j, xi);
        if (j == order || mu > 0.0)
            sum += choose * pow(mu, order - j) * pow(beta, j) * excess;
        choose *= (double)(order - j) / (j + 1);
    }
    return sum;
}

struct power {
    double order, xi, beta, mu, rate;
};

/* x^order exp(-l) at the hazard l = s/rate, over rate. */
static double moment_integrand(double s, void *context)
{
    const struct power *p = context;
    const double l = s / p->rate;
    const double log_x =
        p->xi * l > 600.0 ? log(p->beta / p->xi) + p->xi * l : log(p->mu + p->beta * at_hazard(l, p->xi));
    return exp(p->order * log_x - l) / p->rate;
}

/* order x^order Q(x) at x = exp(z). */
static double lev_integrand(double z, void *context)
{
    const struct power *p = context;
    return p->order * exp(p->order * z - hazard((exp(z) - p->mu) / p->beta, p->xi));
}

static bool is_whole(double order) { return order >= 0.0 && order <= MOST_ORDER && order == floor(order); }

double quo_gpd_moment(double order, double xi, double beta, double mu)
{
    if (!isfinite(order) || !possible(xi, beta, mu))
        return NAN;
    if (order * xi >= 1.0 || (mu == 0.0 && order <= -1.0))
        return INFINITY;
    if (is_whole(order))
        return binomial_sum(INFINITY, (int)order, xi, beta, mu);
    if (mu == 0.0)
        return pow(beta, order) * excess_moment(order, xi);
    struct power p = {order, xi, beta, mu, 1.0 - fmax(0.0, order * xi)};
    return quo_integral(moment_integrand, &p, 0.0, INFINITY, QUADRATURE_TOLERANCE, NULL);
}

double quo_gpd_lev(double limit, double order, double xi, double beta, double mu)
{
    if (isnan(limit) || !quo_support_positive(order) || !possible(xi, beta, mu))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (limit <= mu)
        return pow(limit, order);
    const double y = (limit - mu) / beta;
    if (isinf(y))
        return quo_gpd_moment(order, xi, beta, mu);
    if (order == 1.0)
        return mu + beta * excess_lev(y, 1.0, xi);
    if (is_whole(order))
        return binomial_sum(y, (int)order, xi, beta, mu);
    if (mu == 0.0)
        return pow(beta, order) * excess_lev(y, order, xi);
    struct power p = {order, xi, beta, mu, 1.0};
    const double end = fmin(limit, mu + beta * at_hazard(740.0, xi)); /* nothing is left beyond */
    return pow(mu, order) + quo_integral(lev_integrand, &p, log(mu), log(end), QUADRATURE_TOLERANCE, NULL);
}

double quo_gpd_stoploss(double deductible, double xi, double beta, double mu)
{
    if (isnan(deductible) || !possible(xi, beta, mu))
        return NAN;
    if (deductible == INFINITY)
        return 0.0;
    if (xi >= 1.0)
        return INFINITY;
    const double mean_excess = beta / (1.0 - xi);
    if (deductible <= mu)
        return mean_excess + (mu - deductible);
    return mean_excess * exp(-(1.0 - xi) * hazard((deductible - mu) / beta, xi));
}
