/* risk/fitting/maximum/jet.h -- a number with its gradient and Hessian in up to QUO_JET_MAX parameters.
 *
 * Log likelihoods of mixtures, splices and intervals are short formulas of log densities and log tails; with these few
 * operations their exact second derivatives come with the value. Only the lower triangle of h (j <= i) is kept. */
#ifndef QUO_JET_H
#define QUO_JET_H

#include <math.h>
#include <string.h>

#define QUO_JET_MAX 9

struct quo_jet {
    int k; /* parameters in use */
    double v, g[QUO_JET_MAX], h[QUO_JET_MAX][QUO_JET_MAX];
};

static inline struct quo_jet quo_jet_constant(int k, double v)
{
    struct quo_jet out;
    out.k = k;
    out.v = v;
    for (int i = 0; i < k; i++) {
        out.g[i] = 0.0;
        for (int j = 0; j <= i; j++)
            out.h[i][j] = 0.0;
    }
    return out;
}

static inline struct quo_jet quo_jet_variable(int k, int i, double v)
{
    struct quo_jet out = quo_jet_constant(k, v);
    out.g[i] = 1.0;
    return out;
}

/* a x + b y, where x and y have the same number of parameters. */
static inline struct quo_jet quo_jet_combine(double a, const struct quo_jet *x, double b, const struct quo_jet *y)
{
    struct quo_jet out;
    out.k = x->k;
    out.v = a * x->v + b * y->v;
    for (int i = 0; i < x->k; i++) {
        out.g[i] = a * x->g[i] + b * y->g[i];
        for (int j = 0; j <= i; j++)
            out.h[i][j] = a * x->h[i][j] + b * y->h[i][j];
    }
    return out;
}

/* f(x), given f, f' and f'' at x->v. */
static inline struct quo_jet quo_jet_chain(const struct quo_jet *x, double f, double df, double ddf)
{
    struct quo_jet out;
    out.k = x->k;
    out.v = f;
    for (int i = 0; i < x->k; i++) {
        out.g[i] = df * x->g[i];
        for (int j = 0; j <= i; j++)
            out.h[i][j] = df * x->h[i][j] + ddf * x->g[i] * x->g[j];
    }
    return out;
}

static inline struct quo_jet quo_jet_exp(const struct quo_jet *x)
{
    const double e = exp(x->v);
    return quo_jet_chain(x, e, e, e);
}

static inline struct quo_jet quo_jet_log(const struct quo_jet *x)
{
    return quo_jet_chain(x, log(x->v), 1.0 / x->v, -1.0 / (x->v * x->v));
}

/* log(1/(1 + exp(-x))), the log of the logistic function. */
static inline struct quo_jet quo_jet_loglogistic(const struct quo_jet *x)
{
    const double e = exp(-fabs(x->v));
    const double p = x->v >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e); /* logistic(x) */
    return quo_jet_chain(x, (x->v < 0.0 ? x->v : 0.0) - log1p(e), 1.0 - p, -p * (1.0 - p));
}

/* log(exp(x) + exp(y)) without overflow. */
static inline struct quo_jet quo_jet_logaddexp(const struct quo_jet *x, const struct quo_jet *y)
{
    const struct quo_jet d = quo_jet_combine(1.0, x, -1.0, y);
    const double e = exp(-fabs(d.v));
    const double p = d.v >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    struct quo_jet soft = quo_jet_chain(&d, fmax(d.v, 0.0) + log1p(e), p, p * (1.0 - p));
    return quo_jet_combine(1.0, &soft, 1.0, y);
}

/* log(exp(x) - exp(y)) for x > y, where both are log tail probabilities: near 0 the difference is formed of the
 * lower tails, so that small intervals at the bottom of a law keep their digits. */
static inline struct quo_jet quo_jet_logdiffexp(const struct quo_jet *x, const struct quo_jet *y)
{
    struct quo_jet a = quo_jet_exp(x), b = quo_jet_exp(y);
    if (x->v < -600.0) { /* both would underflow: take x out first */
        const struct quo_jet d = quo_jet_combine(1.0, y, -1.0, x);
        const double e = exp(d.v), m = -expm1(d.v);
        const struct quo_jet rest = quo_jet_chain(&d, log(m), -e / m, -e / (m * m));
        return quo_jet_combine(1.0, x, 1.0, &rest);
    }
    struct quo_jet d = quo_jet_combine(1.0, &a, -1.0, &b);
    d.v = x->v > -0.7 ? expm1(x->v) - expm1(y->v) : -a.v * expm1(y->v - x->v);
    return quo_jet_log(&d);
}
#endif
