#include "risk/fitting/maximum/drawn.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include "risk/base/vectormath.h"

#define BLOCK 256

/* In place: from h = -log Q to the size, for the families where that is closed. False if it is not. */
static bool from_hazard(double *h, size_t n, const struct quo_law *law)
{
    const double *p = law->par;
    double shape1 = p[0], shape2 = 1.0, scale = p[1];
    switch (law->family) {
    case QUO_EXPONENTIAL:
        for (size_t i = 0; i < n; i++)
            h[i] *= p[0];
        return true;
    case QUO_WEIBULL:
        quo_vectormath_log(h, n, h);
        for (size_t i = 0; i < n; i++)
            h[i] /= p[0];
        quo_vectormath_exp(h, n, h);
        for (size_t i = 0; i < n; i++)
            h[i] *= p[1];
        return true;
    case QUO_GPD:
        if (fabs(p[0]) < 1e-6)
            return false;
        for (size_t i = 0; i < n; i++)
            h[i] = p[2] + p[1] * expm1(p[0] * h[i]) / p[0];
        return true;
    case QUO_PARETO2:
        break;
    case QUO_LOGLOGISTIC:
        shape1 = 1.0;
        shape2 = p[0];
        break;
    case QUO_PARALOGISTIC:
        shape2 = p[0];
        break;
    case QUO_BURR:
        shape2 = p[1];
        scale = p[2];
        break;
    default:
        return false;
    }
    /* x = scale (e^(h/shape1) - 1)^(1/shape2) */
    for (size_t i = 0; i < n; i++)
        h[i] = expm1(h[i] / shape1);
    if (shape2 != 1.0) {
        quo_vectormath_log(h, n, h);
        for (size_t i = 0; i < n; i++)
            h[i] /= shape2;
        quo_vectormath_exp(h, n, h);
    }
    for (size_t i = 0; i < n; i++)
        h[i] *= scale;
    return true;
}

static void lognormal_block(const double *tail, size_t n, const double *par, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = par[0] + par[1] * gsl_cdf_ugaussian_Qinv(tail[i]);
    quo_vectormath_exp(x, n, x);
}

static void block(const double *tail, size_t n, const struct quo_severity *s, double *x)
{
    double h[BLOCK];
    if (s->family == QUO_LOGNORMAL) {
        lognormal_block(tail, n, s->law[0].par, x);
        return;
    }
    if (s->family < QUO_SIMPLE_FAMILIES) {
        quo_vectormath_log(tail, n, h);
        for (size_t i = 0; i < n; i++)
            h[i] = -h[i];
        if (from_hazard(h, n, &s->law[0])) {
            for (size_t i = 0; i < n; i++)
                x[i] = h[i];
            return;
        }
    }
    for (size_t i = 0; i < n; i++)
        x[i] = quo_severity_Qinv(tail[i], s);
}

void quo_drawn_quantiles(const double *tail, size_t n, const struct quo_severity *severity, double *x)
{
    for (size_t start = 0; start < n; start += BLOCK)
        block(tail + start, n - start < BLOCK ? n - start : BLOCK, severity, x + start);
}
