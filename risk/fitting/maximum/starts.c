#include "risk/fitting/maximum/starts.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include "risk/base/vectormath.h"

#define THINNED 2000

/* Mean and standard deviation of the log sizes, censored ones taken where they stopped, intervals at their middle. */
static void log_moments(const struct quo_scaled *s, double *mean, double *sd)
{
    double w = s->bulk.sum_weight, m = s->bulk.sum_logx,
           q = s->bulk.square_log + w * s->bulk.mean_log * s->bulk.mean_log;
    for (size_t i = 0; i < s->censored.n; i++) {
        const double y = log(s->censored.x[i]), v = s->censored.weight[i];
        w += v;
        m += v * y;
        q += v * y * y;
    }
    for (size_t i = 0; i < s->low.n; i++) {
        const double y = log(0.5 * (s->low.x[i] + s->high.x[i])), v = s->low.weight[i];
        w += v;
        m += v * y;
        q += v * y * y;
    }
    *mean = m / w;
    *sd = sqrt(fmax(q / w - *mean * *mean, 1e-8));
}

/* Transformed beta with these shapes and the given log moments:
 * E ln X = ln scale + (psi(shape3) - psi(shape1))/shape2, Var ln X = (psi1(shape3) + psi1(shape1))/shape2^2. */
static void gb2_by_moments(double shape1, double shape3, double mean, double sd, double *shape2, double *logscale)
{
    *shape2 = sqrt(gsl_sf_psi_1(shape1) + gsl_sf_psi_1(shape3)) / sd;
    *logscale = mean - (gsl_sf_psi(shape3) - gsl_sf_psi(shape1)) / *shape2;
}

static int lognormal_starts(double m, double sd, bool cut, double start[][4])
{
    static const double back[4] = {0.0, 0.7, 2.0, 5.0}, wide[4] = {1.0, 1.3, 1.8, 2.7};
    const int n = cut ? 4 : 1; /* a floor hides the lower part: the whole law lies lower and wider than what is seen */
    for (int i = 0; i < n; i++) {
        start[i][0] = m - back[i] * sd;
        start[i][1] = log(wide[i] * sd);
    }
    return n;
}

static int weibull_starts(double m, double sd, bool cut, double start[][4])
{
    static const double thin[4] = {1.0, 0.7, 0.4, 0.2};
    const int n = cut ? 4 : 1;
    for (int i = 0; i < n; i++) {
        const double tau = thin[i] * M_PI / sqrt(6.0) / sd;
        start[i][0] = log(tau);
        start[i][1] = m + M_EULER / tau - (i > 0 ? i * sd : 0.0);
    }
    return n;
}

static int gamma_starts(const struct quo_scaled *s, double m, double sd, bool cut, double start[][4])
{
    static const double shapes[3] = {0.3, 1.0, 3.0};
    const double mean = s->bulk.n > 1 ? s->bulk.sum_x / s->bulk.sum_weight : exp(m + 0.5 * fmin(sd * sd, 2.0));
    const double gap = fmax(log(mean) - m, 1e-9); /* closed form of [Minka 2002], good to 1.5 % */
    const double a = (3.0 - gap + sqrt((gap - 3.0) * (gap - 3.0) + 24.0 * gap)) / (12.0 * gap);
    start[0][0] = log(a);
    start[0][1] = log(mean / a);
    if (!cut)
        return 1;
    for (int i = 0; i < 3; i++) {
        start[i + 1][0] = log(shapes[i]);
        start[i + 1][1] = log(mean / shapes[i]);
    }
    return 4;
}

static int beta_starts(enum quo_family family, double m, double sd, bool cut, double start[][4])
{
    static const double burr[5] = {1.0, 0.3, 4.0, 20.0, 0.1};
    static const double pairs[7][2] = {{1.0, 1.0}, {0.4, 3.0}, {3.0, 0.4}, {0.3, 0.3},
                                       {5.0, 5.0}, {0.2, 1.0}, {1.0, 0.2}};
    static const double lomax[5] = {2.0, 1.0, 0.5, 6.0, 40.0};
    double c, b;
    int n = 0;
    switch (family) {
    case QUO_PARETO2:
        for (; n < 5; n++) {
            start[n][0] = log(lomax[n]);
            start[n][1] = m - (gsl_sf_psi(1.0) - gsl_sf_psi(lomax[n])) - (cut && n < 3 ? sd : 0.0);
        }
        return n;
    case QUO_LOGLOGISTIC:
        for (; n < (cut ? 3 : 1); n++) {
            gb2_by_moments(1.0, 1.0, m - 1.5 * n * sd, (1.0 + 0.3 * n) * sd, &c, &b);
            start[n][0] = log(c);
            start[n][1] = b;
        }
        return n;
    case QUO_PARALOGISTIC:
        for (; n < (cut ? 3 : 1); n++) {
            double a = 1.0;
            for (int step = 0; step < 30; step++) { /* shape1 = shape2: a fixed point */
                gb2_by_moments(a, 1.0, m - 1.5 * n * sd, (1.0 + 0.3 * n) * sd, &c, &b);
                a = sqrt(a * c);
            }
            start[n][0] = log(a);
            start[n][1] = b;
        }
        return n;
    case QUO_BURR:
        for (; n < 5; n++) {
            gb2_by_moments(burr[n], 1.0, m, sd, &c, &b);
            start[n][0] = log(burr[n]);
            start[n][1] = log(c);
            start[n][2] = b - (cut ? sd : 0.0);
        }
        return n;
    default:
        for (; n < 7; n++) {
            gb2_by_moments(pairs[n][0], pairs[n][1], m, sd, &c, &b);
            start[n][0] = log(pairs[n][0]);
            start[n][1] = log(c);
            start[n][2] = log(pairs[n][1]);
            start[n][3] = b;
        }
        return n;
    }
}

/* Every so manieth record: enough to find the hill, which Newton then climbs on all. */
static struct quo_bulk thinned(const struct quo_bulk *b, double *x)
{
    struct quo_bulk out = {.x = x, .least = b->least, .greatest = b->greatest};
    for (size_t i = 0; i < THINNED; i++) {
        x[i] = b->x[i * (b->n / THINNED)];
        out.sum_x += x[i];
    }
    out.n = THINNED;
    out.sum_weight = THINNED;
    return out;
}

static bool grimshaw_start(const struct quo_bulk *b, double t[2])
{
    double x[THINNED];
    if (b->n < 2 * THINNED || b->weight)
        return quo_starts_grimshaw(b, t);
    const struct quo_bulk part = thinned(b, x);
    return quo_starts_grimshaw(&part, t);
}

static int gpd_starts(const struct quo_scaled *s, double m, double sd, double start[][4])
{
    static const double xi[4] = {0.5, 0.1, 1.2, 2.5};
    int n = 0;
    if (s->censored.n == 0 && s->low.n == 0 && s->truncation.n == 0 && grimshaw_start(&s->bulk, start[0]))
        return 1; /* the profile has been searched: no other start can do better */
    for (int i = 0; i < 4; i++, n++) {
        start[n][0] = xi[i];
        start[n][1] = m + 0.4 - 0.5 * xi[i] * fmin(sd, 2.0);
    }
    return n;
}

int quo_starts_make(const struct quo_scaled *s, double start[QUO_STARTS_MAX][4])
{
    double m, sd;
    log_moments(s, &m, &sd);
    const bool cut = s->truncation.n > 0;
    const struct quo_bulk *b = &s->bulk;
    switch (s->family) {
    case QUO_EXPONENTIAL:
        start[0][0] = b->n > 0 ? log(b->sum_x / b->sum_weight) : m;
        return 1;
    case QUO_GAMMA:
        return gamma_starts(s, m, sd, cut, start);
    case QUO_WEIBULL:
        return weibull_starts(m, sd, cut, start);
    case QUO_LOGNORMAL:
        return lognormal_starts(m, sd, cut, start);
    case QUO_INVGAUSS:
        for (int i = 0; i < (cut ? 3 : 1); i++) { /* closed form where complete */
            const double mean = b->n > 1 ? b->sum_x / b->sum_weight : exp(m + 0.5 * fmin(sd * sd, 2.0));
            const double gap = b->n > 1 ? b->sum_inverse / b->sum_weight - 1.0 / mean : sd * sd / exp(m);
            start[i][0] = log(mean) - 0.5 * i;
            start[i][1] = -log(fmax(gap, 1e-12)) - i;
        }
        return cut ? 3 : 1;
    case QUO_GPD:
        return gpd_starts(s, m, sd, start);
    default:
        return beta_starts(s->family, m, sd, cut, start);
    }
}

/* ---- Grimshaw's profile ----------------------------------------------------------------------------------- */

/* With theta = xi/beta the best xi is the mean of log(1 + theta x), and up to a constant the log likelihood per unit of weight is
 * -log(xi/theta) - xi - 1. Fills xi and d(profile)/d(theta); the score is what is bisected: a search on the likelihood
 * itself pins the root only to half the digits. */
static double profile_score(const struct quo_bulk *b, double theta, double *xi, double *loglik)
{
    enum { BLOCK = 256 };
    double sum = 0.0, ratio = 0.0; /* sums of log(1 + theta x) and x/(1 + theta x) */
    for (size_t start = 0; start < b->n; start += BLOCK) {
        double v[BLOCK], logs[BLOCK];
        const size_t n = b->n - start < BLOCK ? b->n - start : BLOCK;
        for (size_t i = 0; i < n; i++)
            v[i] = theta * b->x[start + i];
        quo_vectormath_log1p(v, n, logs);
        for (size_t i = 0; i < n; i++) {
            const double w = b->weight ? b->weight[start + i] : 1.0;
            sum += w * logs[i];
            ratio += w * b->x[start + i] / (1.0 + v[i]);
        }
    }
    const double mean = b->sum_x / b->sum_weight;
    ratio /= b->sum_weight;
    *xi = sum / b->sum_weight;
    if (fabs(theta) * b->greatest < 1e-9) { /* the exponential law, by its limit */
        *loglik = -log(mean) - 1.0;
        double square = 0.0;
        for (size_t i = 0; i < b->n; i++)
            square += (b->weight ? b->weight[i] : 1.0) * b->x[i] * b->x[i];
        return 0.5 * square / b->sum_weight / mean - mean;
    }
    *loglik = -log(*xi / theta) - *xi - 1.0;
    return 1.0 / theta - ratio * (1.0 + 1.0 / *xi);
}

bool quo_starts_grimshaw(const struct quo_bulk *b, double t[2])
{
    enum { GRID = 96 };
    double grid[GRID + 1], xi, ll, best = -INFINITY;
    bool found = false;
    /* theta from just above -1/max, where the law ends at the largest loss, to far beyond any heavy tail. */
    for (int i = 0; i <= GRID / 3; i++)
        grid[i] = -(1.0 - exp2(-20.0 * (1.0 - (double)i / (GRID / 3)))) / b->greatest;
    const int rest = GRID - GRID / 3;
    for (int i = 1; i <= rest; i++)
        grid[GRID / 3 + i] =
            exp(log(1e-6) +
                (double)i / rest * (log(1e3 * b->greatest / fmax(b->least, 1e-9 * b->greatest)) - log(1e-6))) /
            b->greatest;
    double score = profile_score(b, grid[0], &xi, &ll);
    for (int i = 1; i <= GRID; i++) {
        const double next = profile_score(b, grid[i], &xi, &ll);
        if (score > 0.0 && next <= 0.0) { /* the profile turns down in between */
            double low = grid[i - 1], high = grid[i];
            for (int halving = 0; halving < 40 && high - low > 1e-9 * fabs(low + high); halving++) {
                const double middle = 0.5 * (low + high);
                if (profile_score(b, middle, &xi, &ll) > 0.0)
                    low = middle;
                else
                    high = middle;
            }
            const double theta = 0.5 * (low + high);
            profile_score(b, theta, &xi, &ll);
            if (xi > -1.0 && ll > best) {
                best = ll;
                found = true;
                t[0] = xi;
                t[1] = fabs(theta) * b->greatest < 1e-9 ? log(b->sum_x / b->sum_weight) : log(xi / theta);
            }
        }
        score = next;
    }
    return found;
}
