#include "risk/fitting/maximum/newton.h"

#include <float.h>

/* Eigenvalues and vectors (columns) of a symmetric matrix by Jacobi rotations: exact to the last digits for the small and
 * badly scaled matrices met here, and nothing to allocate. [GV13] 8.5 */
static void jacobi(int n, double a[QUO_JET_MAX][QUO_JET_MAX], double v[QUO_JET_MAX][QUO_JET_MAX])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            v[i][j] = i == j;
    for (int sweep = 0; sweep < 50; sweep++) {
        double off = 0.0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++)
                if (fabs(a[i][j]) > 1e-14 * sqrt(fabs(a[i][i] * a[j][j])) && fabs(a[i][j]) > DBL_MIN)
                    off = 1.0;
        if (off == 0.0)
            return;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                if (a[p][q] == 0.0)
                    continue;
                const double theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                const double t = copysign(1.0, theta) / (fabs(theta) + hypot(1.0, theta));
                const double c = 1.0 / hypot(1.0, t), s = t * c;
                for (int i = 0; i < n; i++) {
                    const double x = a[i][p], y = a[i][q];
                    a[i][p] = c * x - s * y;
                    a[i][q] = s * x + c * y;
                }
                for (int i = 0; i < n; i++) {
                    const double x = a[p][i], y = a[q][i];
                    a[p][i] = c * x - s * y;
                    a[q][i] = s * x + c * y;
                }
                for (int i = 0; i < n; i++) {
                    const double x = v[i][p], y = v[i][q];
                    v[i][p] = c * x - s * y;
                    v[i][q] = s * x + c * y;
                }
            }
    }
}

static bool finite_jet(const struct quo_jet *j)
{
    if (!isfinite(j->v))
        return false;
    for (int i = 0; i < j->k; i++) {
        if (!isfinite(j->g[i]))
            return false;
        for (int m = 0; m <= i; m++)
            if (!isfinite(j->h[i][m]))
                return false;
    }
    return true;
}

/* The step of a matrix that is well positive definite, unit diagonal, by Cholesky; false leaves it to the eigenvectors. */
static bool by_cholesky(int n, double a[QUO_JET_MAX][QUO_JET_MAX], const double *g, double *x)
{
    double l[QUO_JET_MAX][QUO_JET_MAX];
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (int m = 0; m < j; m++)
                sum -= l[i][m] * l[j][m];
            if (i == j && !(sum > 1e-8))
                return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    for (int i = 0; i < n; i++) {
        x[i] = g[i];
        for (int m = 0; m < i; m++)
            x[i] -= l[i][m] * x[m];
        x[i] /= l[i][i];
    }
    for (int i = n; i-- > 0;) {
        for (int m = i + 1; m < n; m++)
            x[i] -= l[m][i] * x[m];
        x[i] /= l[i][i];
    }
    return true;
}

/* The uphill step in the coordinates that are free; returns whether -h is positive definite on them. *gain: what the quadratic
 * model promises. */
static bool uphill(const struct quo_jet *at, const bool *held, double *step, double *gain)
{
    double a[QUO_JET_MAX][QUO_JET_MAX], v[QUO_JET_MAX][QUO_JET_MAX], unit[QUO_JET_MAX];
    int index[QUO_JET_MAX], n = 0;
    for (int i = 0; i < at->k; i++) {
        step[i] = 0.0;
        if (!held[i])
            index[n++] = i;
    }
    /* Scaled to a unit diagonal first: the coordinates' own curvatures differ by many orders. */
    for (int i = 0; i < n; i++)
        unit[i] = 1.0 / sqrt(fmax(fabs(at->h[index[i]][index[i]]), 1e-280));
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            a[i][j] = a[j][i] = -at->h[index[i]][index[j]] * unit[i] * unit[j];
    double scaled[QUO_JET_MAX], solved[QUO_JET_MAX];
    for (int i = 0; i < n; i++)
        scaled[i] = at->g[index[i]] * unit[i];
    *gain = 0.0;
    if (by_cholesky(n, a, scaled, solved)) {
        for (int i = 0; i < n; i++) {
            step[index[i]] = solved[i] * unit[i];
            *gain += 0.5 * solved[i] * scaled[i];
        }
        return true;
    }
    jacobi(n, a, v);
    double largest = 0.0;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs(a[i][i]));
    bool definite = true;
    for (int e = 0; e < n; e++) {
        double along = 0.0;
        for (int i = 0; i < n; i++)
            along += v[i][e] * scaled[i];
        definite = definite && a[e][e] > 0.0;
        const double curvature = fmax(fabs(a[e][e]), 1e-14 * largest);
        for (int i = 0; i < n; i++)
            step[index[i]] += v[i][e] * along / curvature * unit[i];
        *gain += 0.5 * along * along / curvature;
    }
    return definite;
}

/* The greatest move of a coordinate, in its unit. */
static double longest(const struct quo_newton_problem *p, const double *t, const double *step)
{
    double out = 0.0;
    for (int i = 0; i < p->k; i++)
        out = fmax(out, fabs(step[i]) / (p->unit_of[i] ? fmax(1.0, exp(t[p->unit_of[i] - 1])) : 1.0));
    return out;
}

/* Tries t + factor * step inside the box, halving until v does not fall. */
static bool advance(const struct quo_newton_problem *p, struct quo_newton_result *r, const double *step, double length,
                    double *radius)
{
    double factor = length > *radius ? *radius / length : 1.0;
    /* So near the top v itself is rounding noise, while the derivatives are good: the step is trusted. */
    const double noise = length < 1e-6 ? INFINITY : 4.0 * DBL_EPSILON * fabs(r->at.v);
    for (int halving = 0; halving < 40; halving++, factor *= 0.5) {
        double t[QUO_JET_MAX];
        for (int i = 0; i < p->k; i++)
            t[i] = fmin(fmax(r->t[i] + factor * step[i], p->low[i]), p->high[i]);
        struct quo_jet next;
        next.k = p->k;
        p->evaluate(t, &next, p->context);
        if (!finite_jet(&next) || next.v < r->at.v - noise)
            continue;
        *radius = halving == 0 ? fmin(4.0, 2.0 * fmax(*radius, factor * length)) : factor * length * 2.0;
        memcpy(r->t, t, sizeof t);
        r->at = next;
        return true;
    }
    return false;
}

static void finish(const struct quo_newton_problem *p, struct quo_newton_result *r, bool converged, const char *why)
{
    r->converged = converged;
    r->why = why;
    r->gradient_norm = 0.0;
    for (int i = 0; i < p->k; i++)
        r->gradient_norm = fmax(r->gradient_norm, fabs(r->at.g[i]) / p->mass);
}

void quo_newton_maximise(const struct quo_newton_problem *p, const double *start, struct quo_newton_result *r)
{
    memset(r, 0, sizeof *r);
    r->edge = -1;
    for (int i = 0; i < p->k; i++)
        r->t[i] = fmin(fmax(start[i], p->low[i]), p->high[i]);
    r->at.k = p->k;
    p->evaluate(r->t, &r->at, p->context);
    if (!finite_jet(&r->at)) {
        r->at.v = -INFINITY;
        finish(p, r, false, "the starting point is impossible");
        return;
    }
    double radius = 1.0;
    int still = 0;
    for (r->iterations = 0; r->iterations < p->max_iterations; r->iterations++) {
        bool held[QUO_JET_MAX];
        r->edge = -1;
        for (int i = 0; i < p->k; i++) {
            held[i] = p->fixed[i];
            if (held[i])
                continue;
            held[i] = (r->t[i] <= p->low[i] && r->at.g[i] < 0.0) || (r->t[i] >= p->high[i] && r->at.g[i] > 0.0);
            if (held[i])
                r->edge = i;
        }
        double step[QUO_JET_MAX], gain;
        const bool definite = uphill(&r->at, held, step, &gain);
        const double length = longest(p, r->t, step), before = r->at.v;
        if (r->edge >= 0 && (length < 1e-6 || gain < 1e-9)) {
            finish(p, r, false, "a parameter runs to the edge of its range");
            return;
        }
        const bool moved = advance(p, r, step, length, &radius);
        if (definite && (length < 1e-9 || (!moved && length < 1e-5))) {
            finish(p, r, true, "");
            return;
        }
        if (!moved) {
            finish(p, r, false,
                   definite ? "the likelihood is flat to the last digit before its gradient is zero"
                            : "no uphill step from a saddle point");
            return;
        }
        still = gain < 1e-13 * (1.0 + fabs(before)) ? still + 1 : 0;
        if (still >= 6) {
            finish(p, r, definite && length < 1e-5, "the likelihood is flat: its maximum is not pinned down");
            if (r->converged)
                r->why = "";
            return;
        }
    }
    finish(p, r, false, "the limit of iterations was reached");
}

bool quo_newton_covariance(const struct quo_jet *at, double covariance[QUO_JET_MAX][QUO_JET_MAX], double *condition)
{
    double a[QUO_JET_MAX][QUO_JET_MAX], v[QUO_JET_MAX][QUO_JET_MAX], unit[QUO_JET_MAX], least = INFINITY, most = 0.0;
    const int n = at->k;
    for (int i = 0; i < n; i++)
        unit[i] = 1.0 / sqrt(fmax(fabs(at->h[i][i]), 1e-280));
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            a[i][j] = a[j][i] = -at->h[i][j] * unit[i] * unit[j];
    jacobi(n, a, v);
    for (int i = 0; i < n; i++) {
        least = fmin(least, a[i][i]);
        most = fmax(most, a[i][i]);
    }
    *condition = least > 0.0 ? most / least : INFINITY;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int e = 0; e < n; e++)
                sum += v[i][e] * v[j][e] / a[e][e];
            covariance[i][j] = least > 0.0 ? sum * unit[i] * unit[j] : NAN;
        }
    return least > 0.0;
}
