#include "risk/perils/pooling.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <stdbool.h>
#include "risk/base/numeric.h"

#define ITERATIONS 200
#define LOG_SD_MIN (-6.0) /* sdlog from 0.0025 to 400: beyond, a likelihood runs away */
#define LOG_SD_MAX 6.0

/* Log posterior (less a constant), its gradient g and Hessian h (00, 01, 11) at (meanlog m, ln sdlog s). */
static double posterior(const struct quo_pooling_unit *u, const struct quo_pooling_prior *prior, double m, double s,
                        double g[2], double h[3], double *own)
{
    const double sigma = exp(s), half_log_2pi = 0.5 * log(2.0 * M_PI);
    struct quo_sum value = {0.0, 0.0};
    double g0 = 0.0, g1 = 0.0, h00 = 0.0, h01 = 0.0, h11 = 0.0;
    for (size_t i = 0; i < u->n; i++) {
        const double z = (u->log_loss[i] - m) / sigma, w = (u->log_floor[i] - m) / sigma;
        const double log_q = quo_normal_logQ(w), hazard = exp(-0.5 * w * w - half_log_2pi - log_q),
                     slope = hazard * (hazard - w);
        quo_sum_add(&value, -s - 0.5 * z * z - half_log_2pi - log_q);
        g0 += (z - hazard) / sigma;
        g1 += -1.0 + z * z - hazard * w;
        h00 += (-1.0 + slope) / (sigma * sigma);
        h01 += (-2.0 * z + hazard + slope * w) / sigma;
        h11 += -2.0 * z * z + hazard * w + slope * w * w;
    }
    *own = quo_sum_value(&value);
    double penalty = 0.0;
    if (prior) {
        const double p0 = 1.0 / gsl_pow_2(prior->sd[0]), p1 = 1.0 / gsl_pow_2(prior->sd[1]);
        penalty = 0.5 * p0 * gsl_pow_2(m - prior->centre[0]) + 0.5 * p1 * gsl_pow_2(s - prior->centre[1]);
        g0 -= p0 * (m - prior->centre[0]);
        g1 -= p1 * (s - prior->centre[1]);
        h00 -= p0;
        h11 -= p1;
    }
    g[0] = g0, g[1] = g1;
    h[0] = h00, h[1] = h01, h[2] = h11;
    return *own - penalty;
}

static void start(const struct quo_pooling_unit *u, const struct quo_pooling_prior *prior, double *m, double *s)
{
    if (prior) {
        *m = prior->centre[0];
        *s = prior->centre[1];
        return;
    }
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < u->n; i++)
        mean += u->log_loss[i] / (double)u->n;
    for (size_t i = 0; i < u->n; i++)
        square += gsl_pow_2(u->log_loss[i] - mean) / (double)u->n;
    *m = mean;
    *s = 0.5 * log(fmax(square, 1e-8));
}

/* The fit where the search ended, with its covariance and weight; h is the Hessian there. */
static enum quo_status conclude(double m, double s, const double h[3], const struct quo_pooling_prior *prior,
                                struct quo_pooling_fit *out)
{
    out->meanlog = m;
    out->sdlog = exp(s);
    const double det = h[0] * h[2] - h[1] * h[1];
    if (!(h[0] < 0.0 && det > 0.0)) {
        out->status = QUO_NOT_CONVERGED;
        return out->status;
    }
    out->covariance[0][0] = -h[2] / det;
    out->covariance[1][1] = -h[0] / det;
    out->covariance[0][1] = out->covariance[1][0] = h[1] / det;
    out->weight = 0.0;
    if (prior)
        for (int k = 0; k < 2; k++)
            out->weight += 0.5 * fmin(1.0, out->covariance[k][k] / gsl_pow_2(prior->sd[k]));
    return out->status;
}

enum quo_status quo_pooling_fit_unit(const struct quo_pooling_unit *unit, const struct quo_pooling_prior *prior,
                                     struct quo_pooling_fit *out)
{
    *out = (struct quo_pooling_fit){.status = QUO_REFUSED, .meanlog = NAN, .sdlog = NAN, .weight = NAN, .loglik = NAN};
    if (!prior && unit->n < 3)
        return out->status;
    double m, s, g[2], h[3], own;
    start(unit, prior, &m, &s);
    double value = posterior(unit, prior, m, s, g, h, &own), ridge = 0.0;
    out->status = QUO_NOT_CONVERGED;
    for (int i = 0; i < ITERATIONS; i++) {
        const double a = -h[0] * (1.0 + ridge) + 1e-12 * (ridge > 0.0), c = -h[2] * (1.0 + ridge), b = -h[1];
        const double det = a * c - b * b;
        if (!(a > 0.0 && det > 0.0)) {
            /* Not concave here: lean on the gradient until it is. */
            ridge = ridge > 0.0 ? 4.0 * ridge : 1e-3;
            if (ridge > 1e10)
                break;
            h[0] = fmin(h[0], -1e-8);
            h[2] = fmin(h[2], -1e-8);
            continue;
        }
        const double dm = (c * g[0] - b * g[1]) / det, ds = (a * g[1] - b * g[0]) / det;
        const double gain = dm * g[0] + ds * g[1];
        if (gain < 1e-14 * (1.0 + fabs(value)) && ridge == 0.0) {
            out->status = QUO_OK;
            break;
        }
        double own_at, g_at[2], h_at[3];
        const double m_at = m + dm, s_at = s + fmax(-1.0, fmin(1.0, ds));
        const double at = posterior(unit, prior, m_at, s_at, g_at, h_at, &own_at);
        if (!(at >= value)) {
            if (gain < 1e-10 * (1.0 + fabs(value))) {
                out->status = QUO_OK;
                break;
            }
            ridge = ridge > 0.0 ? 4.0 * ridge : 1e-3;
            continue;
        }
        m = m_at, s = s_at, value = at, own = own_at;
        g[0] = g_at[0], g[1] = g_at[1];
        h[0] = h_at[0], h[1] = h_at[1], h[2] = h_at[2];
        ridge = ridge > 1e-6 ? ridge / 16.0 : 0.0;
        if (!(s > LOG_SD_MIN && s < LOG_SD_MAX))
            break;
    }
    out->loglik = own;
    return conclude(m, s, h, prior, out);
}

enum quo_status quo_pooling_prior_fit(const struct quo_pooling_unit *unit, size_t n_units, size_t least,
                                      struct quo_pooling_prior *out)
{
    *out = (struct quo_pooling_prior){{NAN, NAN}, {INFINITY, INFINITY}, 0};
    double sw[2] = {0}, sw2[2] = {0}, swx[2] = {0}, swxx[2] = {0};
    double value[64][2], variance[64][2];
    for (size_t i = 0; i < n_units && out->units < 64; i++) {
        struct quo_pooling_fit fit;
        if (unit[i].n < least || quo_pooling_fit_unit(&unit[i], NULL, &fit) != QUO_OK)
            continue;
        const int u = out->units++;
        value[u][0] = fit.meanlog;
        value[u][1] = log(fit.sdlog);
        for (int k = 0; k < 2; k++) {
            variance[u][k] = fit.covariance[k][k];
            const double w = 1.0 / variance[u][k];
            sw[k] += w;
            sw2[k] += w * w;
            swx[k] += w * value[u][k];
            swxx[k] += w * value[u][k] * value[u][k];
        }
    }
    if (out->units < 2)
        return QUO_REFUSED;
    for (int k = 0; k < 2; k++) {
        const double q = swxx[k] - swx[k] * swx[k] / sw[k];
        const double between = fmax(0.0, (q - (out->units - 1)) / (sw[k] - sw2[k] / sw[k]));
        double total = 0.0, centre = 0.0;
        for (int u = 0; u < out->units; u++) {
            const double w = 1.0 / (variance[u][k] + between);
            total += w;
            centre += w * value[u][k];
        }
        out->centre[k] = centre / total;
        out->sd[k] = sqrt(between + 1.0 / total);
    }
    return QUO_OK;
}
