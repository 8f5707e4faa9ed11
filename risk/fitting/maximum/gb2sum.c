#include "risk/fitting/maximum/gb2sum.h"

#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include "risk/base/vectormath.h"

/* Sums over records of w times: y, softplus(y) = log(1 + e^y), p = logistic(y), y p, p(1 - p), y p(1 - p), y^2 p(1 - p). */
struct logistic_sums {
    double y, soft, p, yp, q, yq, yyq;
};

#define BLOCK 256 /* records at a time: the arrays of one block stay in the first-level cache */

static void logistic_block(size_t n, const double *y, double *soft, double *p)
{
    double e[BLOCK] = {0.0};
    for (size_t i = 0; i < n; i++)
        e[i] = -fabs(y[i]);
    quo_vectormath_exp(e, n, e);
    quo_vectormath_log1p(e, n, soft);
    for (size_t i = 0; i < n; i++) {
        soft[i] += fmax(y[i], 0.0);
        p[i] = (y[i] >= 0.0 ? 1.0 : e[i]) / (1.0 + e[i]);
    }
}

static struct logistic_sums logistic_sums(const struct quo_bulk *b, double shape, double logscale)
{
    struct logistic_sums s = {0};
    double y[BLOCK], soft[BLOCK], p[BLOCK];
    for (size_t start = 0; start < b->n; start += BLOCK) {
        const size_t n = b->n - start < BLOCK ? b->n - start : BLOCK;
        const double *logx = b->logx + start, *weight = b->weight ? b->weight + start : NULL;
        for (size_t i = 0; i < n; i++)
            y[i] = shape * (logx[i] - logscale);
        logistic_block(n, y, soft, p);
        for (size_t i = 0; i < n; i++) {
            const double w = weight ? weight[i] : 1.0, q = w * p[i] * (1.0 - p[i]);
            s.y += w * y[i];
            s.soft += w * soft[i];
            s.p += w * p[i];
            s.yp += w * y[i] * p[i];
            s.q += q;
            s.yq += y[i] * q;
            s.yyq += y[i] * y[i] * q;
        }
    }
    return s;
}

/* log f = log shape2 + shape3 y - logx - (shape1 + shape3) softplus(y) - log B(shape1, shape3), y = shape2 (logx - logscale) */
double quo_gb2sum_logpdf(const struct quo_bulk *b, const double t[4], bool shape3_free, double g[4], double h[4][4])
{
    const double a = exp(t[0]), c = exp(t[1]), d = shape3_free ? exp(t[2]) : 1.0, w = b->sum_weight;
    const struct logistic_sums s = logistic_sums(b, c, t[3]);
    const double along = d * s.y - (a + d) * s.yp; /* sum of y d(log f)/dy */
    const double slope = d * w - (a + d) * s.p;    /* sum of d(log f)/dy */
    g[1] = w + along;
    g[3] = -c * slope;
    h[1][0] = -a * s.yp;
    h[3][0] = a * c * s.p;
    h[1][1] = along - (a + d) * s.yyq;
    h[3][1] = -c * slope + c * (a + d) * s.yq;
    h[3][3] = -c * c * (a + d) * s.q;
    const double common = w * t[1] + d * s.y - b->sum_logx - (a + d) * s.soft;
    if (!shape3_free) {
        g[0] = w - a * s.soft;
        h[0][0] = -a * s.soft;
        return common + w * t[0];
    }
    const double psi = gsl_sf_psi(a + d), psi1 = gsl_sf_psi_1(a + d);
    g[0] = a * (w * (psi - gsl_sf_psi(a)) - s.soft);
    g[2] = d * (s.y - s.soft + w * (psi - gsl_sf_psi(d)));
    h[0][0] = g[0] + a * a * w * (psi1 - gsl_sf_psi_1(a));
    h[2][2] = g[2] + d * d * w * (psi1 - gsl_sf_psi_1(d));
    h[2][0] = a * d * w * psi1;
    h[2][1] = d * (s.y - s.yp);
    h[3][2] = -d * c * (w - s.p);
    return common - w * gsl_sf_lnbeta(a, d);
}

double quo_gb2sum_burr_logQ(double logx, const double t[4], double g[4], double h[4][4])
{
    const double a = exp(t[0]), c = exp(t[1]), y = c * (logx - t[3]);
    const double e = exp(-fabs(y)), soft = log1p(e) + fmax(y, 0.0), p = (y >= 0.0 ? 1.0 : e) / (1.0 + e);
    const double slope = -a * p, bend = -a * p * (1.0 - p);
    g[0] = -a * soft;
    g[1] = y * slope;
    g[3] = -c * slope;
    h[0][0] = -a * soft;
    h[1][0] = y * slope;
    h[3][0] = -c * slope;
    h[1][1] = y * slope + y * y * bend;
    h[3][1] = -c * slope - c * y * bend;
    h[3][3] = c * c * bend;
    g[2] = h[2][0] = h[2][1] = h[2][2] = h[3][2] = 0.0;
    return -a * soft;
}

double quo_gb2sum_burr_tails(const struct quo_bulk *b, const double t[4], double g[4], double h[4][4])
{
    const double a = exp(t[0]), c = exp(t[1]);
    const struct logistic_sums s = logistic_sums(b, c, t[3]);
    g[0] = h[0][0] = -a * s.soft;
    g[1] = h[1][0] = -a * s.yp;
    g[3] = h[3][0] = c * a * s.p;
    h[1][1] = -a * (s.yp + s.yyq);
    h[3][1] = c * a * (s.p + s.yq);
    h[3][3] = -c * c * a * s.q;
    g[2] = h[2][0] = h[2][1] = h[2][2] = h[3][2] = 0.0;
    return -a * s.soft;
}

void quo_gb2sum_exponentials(const struct quo_bulk *b, double shape, double logscale, double e[3])
{
    double e0 = 0.0, e1 = 0.0, e2 = 0.0, y[BLOCK], f[BLOCK];
    for (size_t start = 0; start < b->n; start += BLOCK) {
        const size_t n = b->n - start < BLOCK ? b->n - start : BLOCK;
        for (size_t i = 0; i < n; i++)
            y[i] = shape * (b->logx[start + i] - logscale);
        quo_vectormath_exp(y, n, f);
        for (size_t i = 0; i < n; i++) {
            const double w = (b->weight ? b->weight[start + i] : 1.0) * f[i];
            e0 += w;
            e1 += y[i] * w;
            e2 += y[i] * y[i] * w;
        }
    }
    e[0] = e0;
    e[1] = e1;
    e[2] = e2;
}
