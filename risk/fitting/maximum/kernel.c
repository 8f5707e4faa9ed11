#include "risk/fitting/maximum/kernel.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"
#include "risk/fitting/maximum/gb2sum.h"

/* The sums of records that count once each; `omp simd` lets them be added two by two. */
static void add_plain(struct quo_bulk *b)
{
    double x = 0.0, logx = 0.0, inverse = 0.0, least = INFINITY, greatest = -INFINITY;
#pragma omp simd reduction(+ : x, logx, inverse) reduction(min : least) reduction(max : greatest)
    for (size_t i = 0; i < b->n; i++) {
        x += b->x[i];
        logx += b->logx[i];
        inverse += 1.0 / b->x[i];
        least = b->x[i] < least ? b->x[i] : least;
        greatest = b->x[i] > greatest ? b->x[i] : greatest;
    }
    b->sum_weight = (double)b->n;
    b->sum_x = x;
    b->sum_logx = logx;
    b->sum_inverse = inverse;
    b->least = least;
    b->greatest = greatest;
}

static void add_weighted(struct quo_bulk *b)
{
    b->sum_weight = b->sum_x = b->sum_logx = b->sum_inverse = 0.0;
    b->least = INFINITY;
    b->greatest = -INFINITY;
    for (size_t i = 0; i < b->n; i++) {
        const double w = b->weight[i];
        b->sum_weight += w;
        b->sum_x += w * b->x[i];
        b->sum_logx += w * b->logx[i];
        b->sum_inverse += w / b->x[i];
        b->least = b->x[i] < b->least ? b->x[i] : b->least;
        b->greatest = b->x[i] > b->greatest ? b->x[i] : b->greatest;
    }
}

void quo_kernel_summarise(struct quo_bulk *b)
{
    double square = 0.0;
    quo_vectormath_log(b->x, b->n, b->logx);
    if (b->weight)
        add_weighted(b);
    else
        add_plain(b);
    const double mean = b->sum_weight > 0.0 ? b->sum_logx / b->sum_weight : 0.0;
    if (b->weight)
        for (size_t i = 0; i < b->n; i++)
            square += b->weight[i] * (b->logx[i] - mean) * (b->logx[i] - mean);
    else {
#pragma omp simd reduction(+ : square)
        for (size_t i = 0; i < b->n; i++)
            square += (b->logx[i] - mean) * (b->logx[i] - mean);
    }
    b->mean_log = mean;
    b->square_log = square;
}

/* ---- sums of log f --------------------------------------------------------------------------------------- */

static double exponential_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    const double r = b->sum_x * exp(-t[0]);
    g[0] = r - b->sum_weight;
    h[0][0] = -r;
    return -b->sum_weight * t[0] - r;
}

static double gamma_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    const double a = exp(t[0]), w = b->sum_weight, r = b->sum_x * exp(-t[1]);
    g[0] = a * (b->sum_logx - w * (gsl_sf_psi(a) + t[1]));
    g[1] = r - w * a;
    h[0][0] = g[0] - a * a * w * gsl_sf_psi_1(a);
    h[1][0] = -w * a;
    h[1][1] = -r;
    return (a - 1.0) * b->sum_logx - w * (lgamma(a) + a * t[1]) - r;
}

static double lognormal_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    const double precision = exp(-2.0 * t[1]), w = b->sum_weight, d = b->mean_log - t[0];
    const double q = (b->square_log + w * d * d) * precision;
    g[0] = w * d * precision;
    g[1] = q - w;
    h[0][0] = -w * precision;
    h[1][0] = -2.0 * w * d * precision;
    h[1][1] = -2.0 * q;
    return -w * (t[1] + 0.5 * log(2.0 * M_PI)) - b->sum_logx - 0.5 * q;
}

static double invgauss_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    const double w = b->sum_weight, rate = exp(t[1] - t[0]); /* shape / mean */
    const double up = rate * exp(-t[0]) * b->sum_x, down = exp(t[1]) * b->sum_inverse;
    g[0] = up - rate * w;
    g[1] = 0.5 * w - 0.5 * up + rate * w - 0.5 * down;
    h[0][0] = -2.0 * up + rate * w;
    h[1][0] = up - rate * w;
    h[1][1] = -0.5 * up + rate * w - 0.5 * down;
    return 0.5 * w * (t[1] - log(2.0 * M_PI)) - 1.5 * b->sum_logx - 0.5 * up + rate * w - 0.5 * down;
}

static double weibull_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    const double tau = exp(t[0]), w = b->sum_weight;
    double e[3];
    quo_gb2sum_exponentials(b, tau, t[1], e); /* sum of w y^k exp(y), k = 0, 1, 2, y = tau (logx - t1) */
    const double y = tau * (b->sum_logx - w * t[1]);
    g[0] = w + y - e[1];
    g[1] = tau * (e[0] - w);
    h[0][0] = y - e[1] - e[2];
    h[1][0] = tau * (e[0] + e[1] - w);
    h[1][1] = -tau * tau * e[0];
    return w * t[0] + y - b->sum_logx - e[0];
}

/* A(xi, r) = log(1 + xi r)/xi with derivatives; r >= 0 is the excess over beta, within the law's end. */
struct gpd_part {
    double a, a_xi, a_xixi, a_r, a_rr, a_rxi;
};

static struct gpd_part gpd_part(double xi, double r, double log1p_v)
{
    struct gpd_part p;
    const double v = xi * r, q = 1.0 / (1.0 + v);
    p.a_r = q;
    p.a_rr = -xi * q * q;
    p.a_rxi = -r * q * q;
    if (fabs(v) < 0.02) { /* series: the closed forms lose v^2 of their digits */
        double a = 0.0, d = 0.0, dd = 0.0, power = 1.0;
        for (int k = 0; k < 12; k++, power *= -v) {
            a += power / (k + 1);
            d -= power * (k + 1) / (k + 2);
            dd += power * (k + 1) * (k + 2) / (k + 3);
        }
        p.a = r * a;
        p.a_xi = r * r * d;
        p.a_xixi = r * r * r * dd;
        return p;
    }
    p.a = log1p_v / xi;
    p.a_xi = (r * q - p.a) / xi;
    p.a_xixi = -(r * r * q * q + 2.0 * p.a_xi) / xi;
    return p;
}

/* By blocks: the logs of 256 excesses are taken at once. */
static double gpd_sum(const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    enum { BLOCK = 256 };
    const double xi = t[0], inverse = exp(-t[1]);
    double total = 0.0, v[BLOCK], log1p_v[BLOCK];
    g[0] = g[1] = h[0][0] = h[1][0] = h[1][1] = 0.0;
    if (!(1.0 + xi * b->greatest * inverse > 0.0))
        return -INFINITY;
    for (size_t start = 0; start < b->n; start += BLOCK) {
        const size_t n = b->n - start < BLOCK ? b->n - start : BLOCK;
        for (size_t i = 0; i < n; i++)
            v[i] = xi * b->x[start + i] * inverse;
        quo_vectormath_log1p(v, n, log1p_v);
        for (size_t i = 0; i < n; i++) {
            const double w = b->weight ? b->weight[start + i] : 1.0, r = b->x[start + i] * inverse;
            const struct gpd_part p = gpd_part(xi, r, log1p_v[i]);
            total += w * p.a;
            g[0] -= w * (p.a + (1.0 + xi) * p.a_xi);
            g[1] += w * (1.0 + xi) * p.a_r * r;
            h[0][0] -= w * (2.0 * p.a_xi + (1.0 + xi) * p.a_xixi);
            h[1][0] += w * r * (p.a_r + (1.0 + xi) * p.a_rxi);
            h[1][1] -= w * (1.0 + xi) * (p.a_rr * r + p.a_r) * r;
        }
    }
    g[1] -= b->sum_weight;
    return -b->sum_weight * t[1] - (1.0 + xi) * total;
}

/* The families of the transformed beta: which of (shape1, shape2, shape3, scale) each has. */
static void gb2_coordinates(enum quo_family family, const double *t, double full[4])
{
    full[0] = family == QUO_LOGLOGISTIC ? 0.0 : t[0];
    full[1] = family == QUO_PARETO2 ? 0.0 : family == QUO_BURR || family == QUO_GB2 ? t[1] : t[0];
    full[2] = family == QUO_GB2 ? t[2] : 0.0;
    full[3] = t[quo_kernel_coordinates(family) - 1];
}

static void gb2_reduce(enum quo_family family, const double fg[4], double fh[4][4], double *g, double h[4][4])
{
    int from[4], n = 0;
    if (family != QUO_LOGLOGISTIC)
        from[n++] = 0;
    if (family != QUO_PARETO2 && family != QUO_PARALOGISTIC)
        from[n++] = 1;
    if (family == QUO_GB2)
        from[n++] = 2;
    from[n++] = 3;
    for (int i = 0; i < n; i++) {
        g[i] = fg[from[i]];
        for (int j = 0; j <= i; j++)
            h[i][j] = fh[from[i]][from[j]];
    }
    if (family == QUO_PARALOGISTIC) { /* one parameter plays both shapes */
        g[0] = fg[0] + fg[1];
        h[0][0] = fh[0][0] + 2.0 * fh[1][0] + fh[1][1];
        h[1][0] = fh[3][0] + fh[3][1];
    }
}

static double gb2_family_sum(enum quo_family family, const double *t, const struct quo_bulk *b, double *g,
                             double h[4][4])
{
    double full[4], fg[4], fh[4][4];
    gb2_coordinates(family, t, full);
    const double out = quo_gb2sum_logpdf(b, full, family == QUO_GB2, fg, fh);
    gb2_reduce(family, fg, fh, g, h);
    return out;
}

double quo_kernel_sum(enum quo_family family, const double *t, const struct quo_bulk *b, double g[4], double h[4][4])
{
    double out = NAN;
    switch (family) {
    case QUO_EXPONENTIAL:
        out = exponential_sum(t, b, g, h);
        break;
    case QUO_GAMMA:
        out = gamma_sum(t, b, g, h);
        break;
    case QUO_WEIBULL:
        out = weibull_sum(t, b, g, h);
        break;
    case QUO_LOGNORMAL:
        out = lognormal_sum(t, b, g, h);
        break;
    case QUO_INVGAUSS:
        out = invgauss_sum(t, b, g, h);
        break;
    case QUO_GPD:
        out = gpd_sum(t, b, g, h);
        break;
    default:
        out = gb2_family_sum(family, t, b, g, h);
        break;
    }
    for (int i = 1; i < quo_kernel_coordinates(family); i++)
        for (int j = 0; j < i; j++)
            h[j][i] = h[i][j];
    return out;
}

/* ---- one point -------------------------------------------------------------------------------------------- */

static struct quo_jet embed(double v, const double *g, double h[4][4], int n, int k, int first)
{
    struct quo_jet out;
    if (n < k)
        out = quo_jet_constant(k, v);
    out.k = k;
    out.v = v;
    for (int i = 0; i < n; i++) {
        out.g[first + i] = g[i];
        for (int j = 0; j <= i; j++)
            out.h[first + i][first + j] = h[i][j];
    }
    return out;
}

struct quo_jet quo_kernel_logpdf(enum quo_family family, const double *t, double x, int k, int first)
{
    double point = x, logx = log(x), g[4], h[4][4];
    const struct quo_bulk one = {.n = 1,
                                 .x = &point,
                                 .logx = &logx,
                                 .sum_weight = 1.0,
                                 .sum_x = x,
                                 .sum_logx = logx,
                                 .sum_inverse = 1.0 / x,
                                 .mean_log = logx,
                                 .least = x,
                                 .greatest = x};
    const double v = quo_kernel_sum(family, t, &one, g, h);
    return embed(v, g, h, quo_kernel_coordinates(family), k, first);
}

static double lognormal_tail(const double *t, double logx, double *g, double h[4][4])
{
    const double inverse = exp(-t[1]), u = (logx - t[0]) * inverse, v = quo_normal_logQ(u);
    const double hazard = exp(-0.5 * u * u - 0.5 * log(2.0 * M_PI) - v), bend = -hazard * (hazard - u);
    g[0] = hazard * inverse;
    g[1] = hazard * u;
    h[0][0] = bend * inverse * inverse;
    h[1][0] = (bend * u - hazard) * inverse;
    h[1][1] = (bend * u - hazard) * u;
    return v;
}

static double weibull_tail(const double *t, double logx, double *g, double h[4][4])
{
    const double tau = exp(t[0]), y = tau * (logx - t[1]), e = exp(y);
    g[0] = -y * e;
    g[1] = tau * e;
    h[0][0] = -y * e * (1.0 + y);
    h[1][0] = tau * e * (1.0 + y);
    h[1][1] = -tau * tau * e;
    return -e;
}

static double gpd_tail(const double *t, double x, double *g, double h[4][4])
{
    const double r = x * exp(-t[1]), v = t[0] * r;
    if (!(v > -1.0))
        return -INFINITY;
    const struct gpd_part p = gpd_part(t[0], r, log1p(v));
    g[0] = -p.a_xi;
    g[1] = p.a_r * r;
    h[0][0] = -p.a_xixi;
    h[1][0] = p.a_rxi * r;
    h[1][1] = -(p.a_rr * r + p.a_r) * r;
    return -p.a;
}

/* Seven-point differences of log Q along a direction in the coordinates: first and second derivative, error of order
 * STENCIL^6. For the families whose tail is a special function of its shape; log Q has 13 digits, so about 11 are left. */
#define STENCIL 0.02
static double tail_at(enum quo_family family, const double *t, double x)
{
    const struct quo_law law = quo_kernel_law(family, t, 1.0, 0.0);
    const struct quo_severity s = quo_severity_simple(family, law.par);
    return quo_severity_logQ(x, &s);
}

static void differences(enum quo_family family, const double *t, const int *along, double x, double centre,
                        double *first, double *second)
{
    double f[7], moved[4];
    for (int s = -3; s <= 3; s++) {
        for (int i = 0; i < quo_kernel_coordinates(family); i++)
            moved[i] = t[i] + s * STENCIL * along[i];
        f[s + 3] = s == 0 ? centre : tail_at(family, moved, x);
    }
    *first = (0.75 * (f[4] - f[2]) - 0.15 * (f[5] - f[1]) + (f[6] - f[0]) / 60.0) / STENCIL;
    *second = (1.5 * ((f[4] - f[3]) + (f[2] - f[3])) - 0.15 * ((f[5] - f[3]) + (f[1] - f[3])) +
               ((f[6] - f[3]) + (f[0] - f[3])) / 90.0) /
              (STENCIL * STENCIL);
}

static double numeric_tail(enum quo_family family, const double *t, double x, double *g, double h[4][4])
{
    const double v = tail_at(family, t, x);
    const int n = quo_kernel_coordinates(family);
    for (int i = 0; i < n; i++) {
        const int along[4] = {i == 0, i == 1, i == 2, i == 3};
        differences(family, t, along, x, v, &g[i], &h[i][i]);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            int along[4] = {0};
            double unused, both;
            along[i] = along[j] = 1;
            differences(family, t, along, x, v, &unused, &both);
            h[i][j] = 0.5 * (both - h[i][i] - h[j][j]);
        }
    return v;
}

static double gamma_tail(const double *t, double x, double *g, double h[4][4])
{
    static const int shape[4] = {1, 0, 0, 0};
    const double a = exp(t[0]), logr = log(x) - t[1], r = exp(logr), v = tail_at(QUO_GAMMA, t, x);
    differences(QUO_GAMMA, t, shape, x, v, &g[0], &h[0][0]);
    const double hazard = exp(a * logr - r - lgamma(a) - v); /* x f / Q */
    g[1] = hazard;
    h[1][0] = hazard * (a * (logr - gsl_sf_psi(a)) - g[0]);
    h[1][1] = hazard * (r - a - hazard);
    return v;
}

double quo_kernel_tail(enum quo_family family, const double *t, double x, double g[4], double h[4][4])
{
    double full[4], fg[4], fh[4][4], v;
    switch (family) {
    case QUO_EXPONENTIAL:
        v = -x * exp(-t[0]);
        g[0] = -v;
        h[0][0] = v;
        return v;
    case QUO_GAMMA:
        return gamma_tail(t, x, g, h);
    case QUO_WEIBULL:
        return weibull_tail(t, log(x), g, h);
    case QUO_LOGNORMAL:
        return lognormal_tail(t, log(x), g, h);
    case QUO_GPD:
        return gpd_tail(t, x, g, h);
    case QUO_INVGAUSS:
    case QUO_GB2:
        return numeric_tail(family, t, x, g, h);
    default:
        gb2_coordinates(family, t, full);
        v = quo_gb2sum_burr_logQ(log(x), full, fg, fh);
        gb2_reduce(family, fg, fh, g, h);
        return v;
    }
}

struct quo_jet quo_kernel_logQ(enum quo_family family, const double *t, double x, int k, int first)
{
    double g[4] = {0}, h[4][4] = {{0}};
    if (!(x > 0.0))
        return quo_jet_constant(k, 0.0);
    const double v = quo_kernel_tail(family, t, x, g, h);
    return embed(v, g, h, quo_kernel_coordinates(family), k, first);
}

/* Sum of w log Q over a block whose logs are known, for the families where it is a sum of exponentials or logistics. */
static double tails_block(enum quo_family family, const double *t, const struct quo_bulk *b, double *g, double h[4][4])
{
    if (family == QUO_WEIBULL) {
        const double tau = exp(t[0]);
        double e[3];
        quo_gb2sum_exponentials(b, tau, t[1], e);
        g[0] = -e[1];
        g[1] = tau * e[0];
        h[0][0] = -e[1] - e[2];
        h[1][0] = tau * (e[0] + e[1]);
        h[1][1] = -tau * tau * e[0];
        return -e[0];
    }
    double full[4], fg[4], fh[4][4];
    gb2_coordinates(family, t, full);
    const double v = quo_gb2sum_burr_tails(b, full, fg, fh);
    gb2_reduce(family, fg, fh, g, h);
    return v;
}

double quo_kernel_tails(enum quo_family family, const double *t, const double *x, const double *weight, size_t n,
                        double g[4], double h[4][4])
{
    enum { BLOCK = 256 };
    const int k = quo_kernel_coordinates(family);
    const bool by_blocks = family == QUO_WEIBULL || family == QUO_PARETO2 || family == QUO_BURR ||
                           family == QUO_LOGLOGISTIC || family == QUO_PARALOGISTIC;
    double total = 0.0, one_g[4], one_h[4][4], logx[BLOCK];
    for (int i = 0; i < k; i++)
        g[i] = h[i][0] = h[i][1] = h[i][2] = h[i][3] = 0.0;
    const size_t step = by_blocks ? BLOCK : 1;
    for (size_t start = 0; start < n; start += step) {
        double w = 1.0;
        if (by_blocks) {
            const size_t m = n - start < step ? n - start : step;
            quo_vectormath_log(x + start, m, logx);
            const struct quo_bulk part = {
                .n = m, .x = (double *)x + start, .logx = logx, .weight = (double *)weight + start};
            total += tails_block(family, t, &part, one_g, one_h);
        } else {
            w = weight[start];
            total += w * quo_kernel_tail(family, t, x[start], one_g, one_h);
        }
        for (int i = 0; i < k; i++) {
            g[i] += w * one_g[i];
            for (int j = 0; j <= i; j++)
                h[i][j] += w * one_h[i][j];
        }
    }
    return total;
}
