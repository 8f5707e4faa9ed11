#include "risk/fitting/rateinterval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include "risk/base/numeric.h"

#define NODES 64
#define DF_MOST 100.0 /* beyond: normal */
#define NORMAL_END 8.5

struct product {
    double shape, target;
    bool upper; /* target is P[product > x] */
    double factor[NODES], weight[NODES];
};

/* Nodes of the factor: t = sqrt(df) tan(angle), where the density is a power of the cosine; or the normal itself. */
static void place(double log_sd, double df, struct product *p)
{
    double x[NODES], w[NODES], sum = 0.0;
    const bool normal = !(df <= DF_MOST);
    quo_gauss_legendre(NODES, x, w);
    for (int i = 0; i < NODES; i++) {
        const double t = normal ? NORMAL_END * x[i] : sqrt(df) * tan(0.5 * M_PI * x[i]);
        p->weight[i] = w[i] * (normal ? exp(-0.5 * t * t) : pow(cos(0.5 * M_PI * x[i]), df - 1.0));
        p->factor[i] = exp(fmax(-600.0, fmin(600.0, log_sd * t)));
        sum += p->weight[i];
    }
    for (int i = 0; i < NODES; i++)
        p->weight[i] /= sum;
}

static double gap(double log_x, void *context)
{
    const struct product *p = context;
    double sum = 0.0;
    for (int i = 0; i < NODES; i++) {
        const double x = exp(log_x) / p->factor[i];
        if (x > p->shape + 60.0 * sqrt(p->shape) + 800.0) { /* all of the law lies below */
            sum += p->upper ? 0.0 : p->weight[i];
            continue;
        }
        sum += p->weight[i] * (p->upper ? gsl_cdf_gamma_Q(x, p->shape, 1.0) : gsl_cdf_gamma_P(x, p->shape, 1.0));
    }
    return sum - p->target;
}

static double quantile(double shape, bool upper, double target, double log_sd, double df)
{
    struct product p = {.shape = shape, .target = target, .upper = upper};
    place(log_sd, df, &p);
    const double plain = upper ? gsl_cdf_gamma_Qinv(target, shape, 1.0) : gsl_cdf_gamma_Pinv(target, shape, 1.0);
    if (log_sd == 0.0)
        return plain;
    double low = log(plain), high = low, step = 0.5;
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
