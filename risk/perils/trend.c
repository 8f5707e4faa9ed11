#include "risk/perils/trend.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/fitting/counts.h"

#define PARAMETERS (QUO_TREND_GROUPS + 2)
#define ITERATIONS 100
#define MANY_EVENTS 20 /* a peril's own slope says something of the spread between perils from here on */

/* ---- sizes ---- */

/* Olsen's parameters: [0] 1/sigma, [1] trend/sigma, [2 + g] location_g/sigma. */
struct climb {
    const struct quo_trend_sample *sample;
    bool flat;
    int n;
};

/* phi(w)/Q(w), the normal hazard. */
static double normal_hazard(double w) { return exp(-0.5 * w * w - 0.5 * log(2.0 * M_PI) - quo_normal_logQ(w)); }

static double loglik(const struct climb *c, const double *p, double *gradient, double (*hessian)[PARAMETERS])
{
    const struct quo_trend_sample *s = c->sample;
    if (gradient) {
        memset(gradient, 0, PARAMETERS * sizeof *gradient);
        memset(hessian, 0, PARAMETERS * sizeof *hessian);
    }
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < s->n; i++) {
        const int g = 2 + s->group[i];
        const double weight = s->weight ? s->weight[i] : 1.0, u = c->flat ? 0.0 : s->years[i];
        const double y = s->log_loss[i], floor = s->log_floor[i];
        const double z = p[0] * y - p[1] * u - p[g], w = p[0] * floor - p[1] * u - p[g];
        const bool truncated = floor > -700.0;
        quo_sum_add(
            &sum, weight * (log(p[0]) - 0.5 * z * z - 0.5 * log(2.0 * M_PI) - (truncated ? quo_normal_logQ(w) : 0.0)));
        if (!gradient)
            continue;
        const double h = truncated ? normal_hazard(w) : 0.0, slope = truncated ? h * (h - w) : 0.0;
        const int at[3] = {0, 1, g};
        const double dz[3] = {y, -u, -1.0}, dw[3] = {floor, -u, -1.0};
        gradient[0] += weight / p[0];
        hessian[0][0] -= weight / (p[0] * p[0]);
        for (int j = 0; j < 3; j++) {
            gradient[at[j]] += weight * (-z * dz[j] + (truncated ? h * dw[j] : 0.0));
            for (int k = 0; k < 3; k++)
                hessian[at[j]][at[k]] += weight * (-dz[j] * dz[k] + (truncated ? slope * dw[j] * dw[k] : 0.0));
        }
    }
    return quo_sum_value(&sum);
}

/* Solves (-H + ridge diag(-H)) step = gradient; false if the matrix is not positive definite. covariance may be NULL. */
static bool newton_step(const struct climb *c, const double *gradient, double (*hessian)[PARAMETERS], double ridge,
                        double *step, double *covariance)
{
    double a[PARAMETERS * PARAMETERS], b[PARAMETERS], x[PARAMETERS];
    const size_t n = (size_t)c->n;
    for (size_t i = 0; i < n; i++) {
        b[i] = gradient[i];
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = -hessian[i][j] * (i == j ? 1.0 + ridge : 1.0);
    }
    if (c->flat) /* the slope stays where it is */
        a[n + 1] = 1.0;
    gsl_matrix_view m = gsl_matrix_view_array(a, n, n);
    gsl_vector_view v = gsl_vector_view_array(b, n), out = gsl_vector_view_array(x, n);
    if (gsl_linalg_cholesky_decomp1(&m.matrix) != 0 ||
        gsl_linalg_cholesky_solve(&m.matrix, &v.vector, &out.vector) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    memcpy(step, x, n * sizeof *step);
    if (covariance) {
        if (gsl_linalg_cholesky_invert(&m.matrix) != 0)
            return false;
        memcpy(covariance, a, n * n * sizeof *covariance);
    }
    return true;
}

static void start(const struct climb *c, double *p)
{
    const struct quo_trend_sample *s = c->sample;
    double n[QUO_TREND_GROUPS] = {0}, mean[QUO_TREND_GROUPS] = {0}, square = 0.0, total = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->weight ? s->weight[i] : 1.0;
        n[s->group[i]] += w;
        mean[s->group[i]] += w * s->log_loss[i];
    }
    for (int g = 0; g < s->n_groups; g++)
        mean[g] = n[g] > 0.0 ? mean[g] / n[g] : 0.0;
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->weight ? s->weight[i] : 1.0;
        square += w * gsl_pow_2(s->log_loss[i] - mean[s->group[i]]);
        total += w;
    }
    const double sd = sqrt(square / total);
    p[0] = 1.0 / (sd > 1e-6 ? sd : 1e-6);
    p[1] = 0.0;
    for (int g = 0; g < s->n_groups; g++)
        p[2 + g] = mean[g] * p[0];
}

enum quo_status quo_trend_sizes(const struct quo_trend_sample *sample, bool flat, struct quo_trend *out)
{
    *out = (struct quo_trend){.status = QUO_REFUSED, .trend = NAN, .std_error = NAN, .sigma = NAN, .loglik = NAN};
    if (sample->n_groups < 1 || sample->n_groups > QUO_TREND_GROUPS || sample->n < (size_t)sample->n_groups + 3)
        return out->status;
    const struct climb c = {sample, flat, 2 + sample->n_groups};
    double p[PARAMETERS] = {0}, gradient[PARAMETERS], hessian[PARAMETERS][PARAMETERS], step[PARAMETERS] = {0};
    double covariance[PARAMETERS * PARAMETERS];
    start(&c, p);
    out->status = QUO_NOT_CONVERGED;
    double value = loglik(&c, p, gradient, hessian), ridge = 0.0;
    for (out->iterations = 0; out->iterations < ITERATIONS; out->iterations++) {
        if (!newton_step(&c, gradient, hessian, ridge, step, NULL)) {
            ridge = ridge > 0.0 ? 4.0 * ridge : 1e-3;
            if (ridge > 1e8)
                break;
            continue;
        }
        double decrement = 0.0, next[PARAMETERS];
        for (int i = 0; i < c.n; i++) {
            decrement += step[i] * gradient[i];
            next[i] = p[i] + step[i];
        }
        if (decrement < 1e-14 * (1.0 + fabs(value)) && ridge == 0.0) {
            out->status = QUO_OK;
            break;
        }
        const double at = next[0] > 0.0 ? loglik(&c, next, NULL, NULL) : -INFINITY;
        if (!(at >= value)) {
            if (decrement < 1e-10 * (1.0 + fabs(value))) { /* rounding is all that is left */
                out->status = QUO_OK;
                break;
            }
            ridge = ridge > 0.0 ? 4.0 * ridge : 1e-3;
            continue;
        }
        memcpy(p, next, sizeof p);
        ridge = ridge > 1e-6 ? ridge / 16.0 : 0.0;
        value = loglik(&c, p, gradient, hessian);
    }
    out->sigma = 1.0 / p[0];
    out->trend = flat ? 0.0 : p[1] / p[0];
    for (int g = 0; g < sample->n_groups; g++)
        out->location[g] = p[2 + g] / p[0];
    out->loglik = value;
    out->std_error = flat ? 0.0 : NAN;
    if (!flat && newton_step(&c, gradient, hessian, 0.0, step, covariance)) {
        /* delta method for p1/p0 */
        const double d0 = -p[1] / (p[0] * p[0]), d1 = 1.0 / p[0];
        const size_t n = (size_t)c.n;
        out->std_error = sqrt(d0 * d0 * covariance[0] + 2.0 * d0 * d1 * covariance[1] + d1 * d1 * covariance[n + 1]);
    }
    return out->status;
}

/* ---- counts ---- */

double quo_trend_rate_at(const struct quo_trend_counts *counts, double events, double slope)
{
    double exposure = 0.0;
    for (int t = 0; t < counts->n_periods; t++)
        exposure += counts->exposure[t] * exp(slope * counts->years[t]);
    return events / exposure;
}

/* Slope that maximises the Poisson likelihood (the intercept profiled out) with a normal prior; sd INFINITY: none. */
static double slope_map(const struct quo_trend_counts *c, const double *count, double prior_mean, double prior_sd,
                        double *std_error)
{
    const double precision = isfinite(prior_sd) ? 1.0 / (prior_sd * prior_sd) : 0.0;
    double events = 0.0, moment = 0.0, b = prior_mean, information = 0.0;
    for (int t = 0; t < c->n_periods; t++) {
        events += count[t];
        moment += count[t] * c->years[t];
    }
    for (int i = 0; i < 200; i++) {
        double s0 = 0.0, s1 = 0.0, s2 = 0.0;
        for (int t = 0; t < c->n_periods; t++) {
            const double e = c->exposure[t] * exp(b * c->years[t]);
            s0 += e;
            s1 += e * c->years[t];
            s2 += e * c->years[t] * c->years[t];
        }
        information = events * (s2 / s0 - gsl_pow_2(s1 / s0)) + precision;
        double step = (moment - events * s1 / s0 - precision * (b - prior_mean)) / information;
        if (!isfinite(step))
            break;
        step = fmax(-1.0, fmin(1.0, step));
        b += step;
        if (fabs(step) < 1e-13)
            break;
    }
    *std_error = 1.0 / sqrt(information);
    return b;
}

/* Negative binomial size and its test, from a regression of the counts on time. */
static enum quo_status dispersion(const struct quo_trend_counts *c, const double *count, bool flat,
                                  struct quo_trend_rate *out, struct quo_regression *chosen)
{
    const struct quo_counts data = {.n = (size_t)c->n_periods,
                                    .count = count,
                                    .exposure = c->exposure,
                                    .n_covariates = flat ? 0 : 1,
                                    .covariate = flat ? NULL : c->years};
    struct quo_regression poisson, negbin;
    out->size = INFINITY;
    out->p_value = 1.0;
    const enum quo_status status = quo_counts_fit(&data, QUO_POISSON, &poisson);
    *chosen = poisson;
    if (status != QUO_OK)
        return status;
    if (quo_counts_fit(&data, QUO_NEGBIN, &negbin) != QUO_OK)
        return QUO_OK;
    out->p_value = quo_counts_dispersion(&poisson, &negbin).p_value;
    if (out->p_value < 0.05) {
        out->size = negbin.size;
        *chosen = negbin;
    }
    return QUO_OK;
}

/* Spread of the slopes between perils beyond their errors [DerSimonian & Laird 1986]. */
static double between_slopes(const struct quo_trend_counts *c, const double *events)
{
    double sw = 0.0, sw2 = 0.0, swb = 0.0, swbb = 0.0;
    int k = 0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!c->used[p] || events[p] < MANY_EVENTS)
            continue;
        double se;
        const double b = slope_map(c, c->count[p], 0.0, INFINITY, &se), w = 1.0 / (se * se);
        sw += w;
        sw2 += w * w;
        swb += w * b;
        swbb += w * b * b;
        k++;
    }
    if (k < 2)
        return 0.0;
    const double q = swbb - swb * swb / sw;
    return sqrt(fmax(0.0, (q - (k - 1)) / (sw - sw2 / sw)));
}

enum quo_status quo_trend_fit_counts(const struct quo_trend_counts *counts, bool flat, struct quo_trend_rates *out)
{
    memset(out, 0, sizeof *out);
    out->status = QUO_REFUSED;
    if (counts->n_periods < 1 || (!flat && counts->n_periods < 4)) {
        snprintf(out->reason, sizeof out->reason, "%d half-years are too few for a trend", counts->n_periods);
        return out->status;
    }
    double total[QUO_TREND_PERIODS] = {0}, events[QUO_PERILS] = {0}, all = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        for (int t = 0; t < counts->n_periods && counts->used[p]; t++) {
            total[t] += counts->count[p][t];
            events[p] += counts->count[p][t];
            all += counts->count[p][t];
        }
    if (all <= 0.0) {
        snprintf(out->reason, sizeof out->reason, "no incident in the window");
        return out->status;
    }
    struct quo_regression market, own;
    out->market.events = all;
    out->status = dispersion(counts, total, flat, &out->market, &market);
    if (out->status != QUO_OK) {
        snprintf(out->reason, sizeof out->reason, "%.190s", market.reason);
        return out->status;
    }
    out->market.trend = flat ? 0.0 : market.coefficient[1];
    out->market.std_error = flat ? 0.0 : market.std_error[1];
    out->market.rate = exp(market.coefficient[0]);
    out->between = flat ? 0.0 : between_slopes(counts, events);
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_trend_rate *r = &out->peril[p];
        if (!counts->used[p])
            continue;
        r->events = events[p];
        r->size = INFINITY;
        r->p_value = 1.0;
        /* The market's slope is itself uncertain, so a peril without incidents has that error too. */
        r->trend = out->market.trend;
        r->std_error = out->market.std_error;
        if (!flat && out->between > 0.0 && events[p] > 0.0)
            r->trend = slope_map(counts, counts->count[p], out->market.trend,
                                 hypot(out->between, out->market.std_error), &r->std_error);
        r->rate = quo_trend_rate_at(counts, events[p] > 0.0 ? events[p] : 0.5, r->trend);
        if (events[p] >= MANY_EVENTS)
            dispersion(counts, counts->count[p], flat, r, &own);
        if (isinf(r->size))
            r->size = out->market.size; /* the perils share the seasons that the market shows */
    }
    return QUO_OK;
}
