#include "risk/fitting/rateinterval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include "risk/base/numeric.h"
#include "risk/severity/gammadist.h"

#define NODES 64
#define DF_MOST 100.0 /* beyond: normal */
#define NORMAL_END 8.5
#define GAMMA_END 1e-15 /* probability beyond the nodes of the gamma law */

/* P of a product of a gamma and exp(log_sd T): one of the two is summed over nodes, the narrower, for which the other's distribution
 * function is smooth. */
struct product {
    double shape, log_sd, df, target;
    bool upper;                      /* target is P[product > x] */
    bool by_gamma;                   /* the nodes are the gamma's */
    double at[NODES], weight[NODES]; /* logs of the one that is summed over */
};

static double factor_cdf(double t, bool upper, double df)
{
    if (!(df <= DF_MOST))
        return upper ? quo_normal_Q(t) : quo_normal_Q(-t);
    return upper ? gsl_cdf_tdist_Q(t, df) : gsl_cdf_tdist_P(t, df);
}

/* t = sqrt(df) tan(angle), where the density is a power of the cosine; or the normal itself. */
static void place_factor(struct product *p, const double *x, const double *w)
{
    const bool normal = !(p->df <= DF_MOST);
    for (int i = 0; i < NODES; i++) {
        const double t = normal ? NORMAL_END * x[i] : sqrt(p->df) * tan(0.5 * M_PI * x[i]);
        p->weight[i] = w[i] * (normal ? exp(-0.5 * t * t) : pow(cos(0.5 * M_PI * x[i]), p->df - 1.0));
        p->at[i] = fmax(-600.0, fmin(600.0, p->log_sd * t));
    }
}

static void place_gamma(struct product *p, const double *x, const double *w)
{
    const double centre = log(p->shape), spread = NORMAL_END / sqrt(p->shape), peak = p->shape * (centre - 1.0);
    const bool many = p->shape > 1e4; /* nearly lognormal */
    const double low = many ? centre - spread : log(quo_gammadist_Pinv(GAMMA_END, p->shape, 1.0)),
                 high = many ? centre + spread : log(quo_gammadist_Qinv(GAMMA_END, p->shape, 1.0));
    for (int i = 0; i < NODES; i++) {
        p->at[i] = 0.5 * (low + high) + 0.5 * (high - low) * x[i];
        p->weight[i] = w[i] * exp(p->shape * p->at[i] - exp(p->at[i]) - peak);
    }
}

static void place(struct product *p)
{
    double x[NODES], w[NODES], sum = 0.0;
    quo_gauss_legendre(NODES, x, w);
    p->by_gamma = p->log_sd * sqrt(p->shape) > 1.0;
    if (p->by_gamma)
        place_gamma(p, x, w);
    else
        place_factor(p, x, w);
    for (int i = 0; i < NODES; i++)
        sum += p->weight[i];
    for (int i = 0; i < NODES; i++)
        p->weight[i] /= sum;
}

static double gap(double log_x, void *context)
{
    const struct product *p = context;
    double sum = 0.0;
    for (int i = 0; i < NODES; i++) {
        const double rest = log_x - p->at[i];
        double one;
        if (p->by_gamma)
            one = factor_cdf(rest / p->log_sd, p->upper, p->df);
        else if (exp(rest) > p->shape + 60.0 * sqrt(p->shape) + 800.0) /* all of the law lies below */
            one = p->upper ? 0.0 : 1.0;
        else
            one = p->upper ? quo_gammadist_Q(exp(rest), p->shape, 1.0) : quo_gammadist_P(exp(rest), p->shape, 1.0);
        sum += p->weight[i] * one;
    }
    return sum - p->target;
}

static double quantile(double shape, bool upper, double target, double log_sd, double df)
{
    struct product p = {.shape = shape, .log_sd = log_sd, .df = df, .target = target, .upper = upper};
    const double plain = upper ? quo_gammadist_Qinv(target, shape, 1.0) : quo_gammadist_Pinv(target, shape, 1.0);
    if (log_sd == 0.0)
        return plain;
    place(&p);
    double low = log(plain) - 0.1, high = log(plain) + 0.1, step = 0.5;
    while ((gap(low, &p) > 0.0) == (gap(high, &p) > 0.0) && step < 1e4) { /* the factor only widens */
        if (upper)
            high += step;
        else
            low -= step;
        step *= 2.0;
    }
    return exp(quo_root(gap, &p, low, high, 1e-10));
}

void quo_rateinterval(double events, double log_sd, double df, double level, double *low, double *high)
{
    *low = *high = NAN;
    if (!(events >= 0.0) || isinf(events) || !(log_sd >= 0.0) || isinf(log_sd) || !(df > 0.0) ||
        !(level > 0.0 && level < 1.0))
        return;
    const double tail = 0.5 * (1.0 - level);
    *low = events > 0.0 ? quantile(events, false, tail, log_sd, df) : 0.0;
    *high = quantile(events + 1.0, true, tail, log_sd, df);
}
