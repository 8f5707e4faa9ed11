#include "risk/fitting/tail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/fitting/fit.h"
#include "risk/fitting/goodness.h"
#include "risk/base/numeric.h"

#define PEAK_LEAST 4 /* exceedances a GPD is fitted to at all */

/* GPD of the values above the threshold, without the intervals. */
static enum quo_status fit_excesses(const double *value, size_t n, double threshold, struct quo_tail_fit *out,
                                    struct quo_fit *fit)
{
    *out = (struct quo_tail_fit){.threshold = threshold,
                                 .n = n,
                                 .xi = NAN,
                                 .beta = NAN,
                                 .xi_se = NAN,
                                 .beta_se = NAN,
                                 .covariance = NAN,
                                 .xi_low = NAN,
                                 .xi_high = NAN,
                                 .loglik = NAN,
                                 .ks = NAN,
                                 .ad = NAN,
                                 .cvm = NAN};
    if (!isfinite(threshold)) {
        snprintf(out->reason, sizeof out->reason, "the threshold is not a finite number");
        return out->status = QUO_REFUSED;
    }
    double *above = n ? malloc(n * sizeof *above) : NULL;
    if (n && !above)
        return out->status = QUO_MACHINE;
    for (size_t i = 0; i < n; i++)
        if (value[i] > threshold)
            above[out->exceedances++] = value[i];
    out->share = n ? (double)out->exceedances / (double)n : 0.0;
    if (out->exceedances < PEAK_LEAST) {
        snprintf(out->reason, sizeof out->reason, "%zu exceedances of %g: at least %d are needed", out->exceedances,
                 threshold, PEAK_LEAST);
        free(above);
        return out->status = QUO_REFUSED;
    }
    struct quo_fit_options options;
    struct quo_goodness g;
    quo_fit_options_init(&options);
    options.location = threshold;
    const struct quo_sample sample = quo_likelihood_sample(above, out->exceedances);
    out->status = quo_fit_family(&sample, QUO_GPD, &options, fit);
    snprintf(out->reason, sizeof out->reason, "%s", fit->reason);
    if (out->status == QUO_OK || out->status == QUO_NOT_CONVERGED) {
        out->xi = fit->parameter[0];
        out->beta = fit->parameter[1];
        out->xi_se = fit->std_error[0];
        out->beta_se = fit->std_error[1];
        out->covariance = fit->covariance[0][1];
        out->loglik = fit->loglik;
        if (quo_goodness_measure(&sample, &fit->severity, &g) == QUO_OK) {
            out->ks = g.ks;
            out->ad = g.ad;
            out->cvm = g.cvm;
        }
    }
    free(above);
    return out->status;
}

static enum quo_status interval(const double *value, size_t n, double threshold, const struct quo_fit *fit, int i,
                                double level, double *low, double *high)
{
    double *above = malloc(n * sizeof *above);
    size_t count = 0;
    if (!above)
        return QUO_MACHINE;
    for (size_t j = 0; j < n; j++)
        if (value[j] > threshold)
            above[count++] = value[j];
    const struct quo_sample sample = quo_likelihood_sample(above, count);
    const enum quo_status status = quo_fit_interval(&sample, fit, i, level, low, high);
    free(above);
    return status;
}

enum quo_status quo_tail_fit(const double *value, size_t n, double threshold, struct quo_tail_fit *out)
{
    struct quo_fit fit;
    const enum quo_status status = fit_excesses(value, n, threshold, out, &fit);
    if (status == QUO_OK)
        interval(value, n, threshold, &fit, 0, 0.95, &out->xi_low, &out->xi_high);
    return status;
}

enum quo_status quo_tail_interval(const double *value, size_t n, const struct quo_tail_fit *tail, bool of_beta,
                                  double level, double *low, double *high)
{
    struct quo_fit fit;
    struct quo_tail_fit again;
    *low = *high = NAN;
    const enum quo_status status = fit_excesses(value, n, tail->threshold, &again, &fit);
    return status == QUO_OK ? interval(value, n, tail->threshold, &fit, of_beta, level, low, high) : status;
}

/* A sorted copy; NULL if memory runs out. */
static double *sorted_copy(const double *value, size_t n)
{
    double *out = malloc((n ? n : 1) * sizeof *out);
    if (out && n > 0) {
        memcpy(out, value, n * sizeof *out);
        quo_numeric_sort(out, n);
    }
    return out;
}

enum quo_status quo_tail_pwm(const double *value, size_t n, double threshold, double *xi, double *beta)
{
    double *x = sorted_copy(value, n), a0 = 0.0, a1 = 0.0;
    *xi = *beta = NAN;
    if (!x)
        return QUO_MACHINE;
    size_t first = 0;
    while (first < n && !(x[first] > threshold))
        first++;
    const size_t k = n - first;
    for (size_t i = 0; i < k; i++) {
        const double excess = x[first + i] - threshold, p = ((double)i + 0.65) / (double)k; /* (rank - 0.35)/k */
        a0 += excess / (double)k;
        a1 += excess * (1.0 - p) / (double)k;
    }
    free(x);
    if (k < 2)
        return QUO_REFUSED;
    *xi = 2.0 - a0 / (a0 - 2.0 * a1);
    *beta = 2.0 * a0 * a1 / (a0 - 2.0 * a1);
    return QUO_OK;
}

double quo_tail_quantile(const struct quo_tail_fit *fit, double p)
{
    const double odds = (1.0 - p) / fit->share; /* tail probability given exceedance */
    if (!(odds <= 1.0) || !(p < 1.0))
        return NAN;
    const double y = -log(odds); /* (e^(xi y) - 1)/xi without cancellation near xi = 0 */
    return fit->threshold + fit->beta * (fit->xi == 0.0 ? y : expm1(fit->xi * y) / fit->xi);
}

double quo_tail_shortfall(const struct quo_tail_fit *fit, double p)
{
    const double q = quo_tail_quantile(fit, p);
    if (isnan(q))
        return NAN;
    return fit->xi >= 1.0 ? INFINITY : q + (fit->beta + fit->xi * (q - fit->threshold)) / (1.0 - fit->xi);
}

enum quo_status quo_tail_hill(const double *x, size_t n, double *xi, size_t n_points)
{
    double sum = 0.0;
    if (n_points >= n || (n > 0 && !(x[n - 1 - n_points] > 0.0)))
        return QUO_REFUSED;
    for (size_t k = 1; k <= n_points; k++) {
        sum += log(x[n - k]);
        xi[k - 1] = sum / (double)k - log(x[n - 1 - k]);
    }
    return QUO_OK;
}

enum quo_status quo_tail_mean_excess(const double *x, size_t n, double *at, double *mean, size_t n_points)
{
    double sum = 0.0;
    if (n_points >= n)
        return QUO_REFUSED;
    for (size_t k = 1; k <= n_points; k++) {
        sum += x[n - k];
        mean[k - 1] = sum / (double)k - x[n - 1 - k];
        if (at)
            at[k - 1] = x[n - 1 - k];
    }
    return QUO_OK;
}

/* ---- choice of a threshold ---------------------------------------------------------------------------------- */

double quo_tail_forward_stop_statistic(const double *p, size_t k)
{
    double sum = 0.0;
    for (size_t i = 0; i < k; i++)
        sum -= log1p(-p[i]);
    return sum / (double)k;
}

size_t quo_tail_forward_stop(const double *p, size_t n, double alpha)
{
    size_t out = 0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum -= log1p(-p[i]);
        if (sum / ((double)i + 1.0) <= alpha)
            out = i + 1;
    }
    return out;
}

/* Thresholds at order statistics of sorted x, ascending, the numbers above them evenly spaced in log; ties drop out. */
static size_t candidates(const double *x, size_t n, size_t wanted, double *threshold)
{
    const double most = log((double)n / 2.0), least = log((double)QUO_TAIL_LEAST);
    size_t count = 0;
    for (size_t i = 0; i < wanted; i++) {
        const double share = wanted > 1 ? (double)i / ((double)wanted - 1.0) : 0.0;
        const size_t above = (size_t)(exp(most + share * (least - most)) + 0.5);
        const double u = x[n - 1 - above];
        size_t exceed = above;
        while (exceed > 0 && !(x[n - exceed] > u))
            exceed--; /* ties at the threshold do not exceed it */
        if (exceed >= QUO_TAIL_LEAST && (count == 0 || u > threshold[count - 1]))
            threshold[count++] = u;
    }
    return count;
}

static void choose(const struct quo_tail_fit *fit, const double *p, size_t n, enum quo_tail_rule rule, double alpha,
                   struct quo_tail_choice *out)
{
    size_t at = 0;
    if (rule == QUO_TAIL_MINIMUM_KS) {
        for (size_t i = 1; i < n; i++)
            if (fit[i].ks < fit[at].ks)
                at = i;
        out->statistic = fit[at].ks;
        snprintf(out->how, sizeof out->how, "least KS distance (%.3g) of %zu candidates", fit[at].ks, n);
    } else {
        const size_t rejected = quo_tail_forward_stop(p, n, alpha);
        at = rejected < n ? rejected : n - 1;
        out->statistic = p[at];
        if (rejected < n)
            snprintf(out->how, sizeof out->how,
                     "ForwardStop on the AD test at %g: %zu of %zu candidates rejected, p = %.3g here", alpha, rejected,
                     n, p[at]);
        else
            snprintf(out->how, sizeof out->how,
                     "ForwardStop on the AD test at %g rejects all %zu candidates: the highest is taken, for want of a "
                     "better",
                     alpha, n);
    }
    out->threshold = fit[at].threshold;
    out->exceedances = fit[at].exceedances;
}

enum quo_status quo_tail_threshold(const double *value, size_t n, enum quo_tail_rule rule, size_t n_candidates,
                                   double alpha, struct quo_tail_choice *out)
{
    *out = (struct quo_tail_choice){.threshold = NAN, .statistic = NAN};
    if (n < 2 * QUO_TAIL_LEAST + 1 || n_candidates < 1 || !(alpha > 0.0 && alpha < 1.0)) {
        snprintf(out->how, sizeof out->how, "%zu sizes: a threshold is chosen among at least %d", n,
                 2 * QUO_TAIL_LEAST + 1);
        return QUO_REFUSED;
    }
    double *x = sorted_copy(value, n), *threshold = malloc(2 * n_candidates * sizeof *threshold);
    struct quo_tail_fit *fit = malloc(n_candidates * sizeof *fit);
    enum quo_status status = x && threshold && fit ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        double *p = threshold + n_candidates;
        const size_t all = candidates(x, n, n_candidates, threshold);
#pragma omp parallel for schedule(dynamic, 1) /* each candidate alone: the same for any number of threads */
        for (size_t i = 0; i < all; i++) {
            struct quo_fit full;
            p[i] = 1.0; /* least KS asks for none */
            if (fit_excesses(x, n, threshold[i], &fit[i], &full) == QUO_OK && rule == QUO_TAIL_FORWARD_STOP)
                p[i] = quo_tail_ad_p_value(fit[i].ad, fit[i].xi);
        }
        size_t good = 0;
        for (size_t i = 0; i < all; i++) {
            if (fit[i].status == QUO_MACHINE)
                status = QUO_MACHINE;
            if (fit[i].status != QUO_OK || isnan(p[i]))
                continue; /* its tail cannot be fitted: no candidate */
            fit[good] = fit[i];
            p[good++] = p[i];
        }
        if (status == QUO_OK && good == 0) {
            snprintf(out->how, sizeof out->how, "no candidate threshold has a tail that can be fitted");
            status = QUO_NOT_CONVERGED;
        }
        if (status == QUO_OK)
            choose(fit, p, good, rule, alpha, out);
    }
    free(x);
    free(threshold);
    free(fit);
    return status;
}

enum quo_status quo_tail_power_law(const double *value, size_t n, double *xmin, double *exponent, double *ks)
{
    double *x = sorted_copy(value, n);
    double *logx = malloc((n ? n : 1) * sizeof *logx), sum = 0.0, best = INFINITY;
    enum quo_status status = x && logx ? QUO_REFUSED : QUO_MACHINE;
    *xmin = *exponent = *ks = NAN;
    if (status == QUO_MACHINE || n < 2 || !(x[0] > 0.0))
        goto done;
    for (size_t i = 0; i < n; i++)
        logx[i] = log(x[i]);
    for (size_t i = n; i-- > 0;) {
        sum += logx[i];
        if (i > 0 && x[i - 1] == x[i])
            continue;
        const double k = (double)(n - i), shape = k / (sum - k * logx[i]);
        if (!(shape > 0.0) || isinf(shape))
            continue;
        double distance = 0.0;
        for (size_t j = i; j < n && distance < best; j++) {
            const double model = -expm1(-shape * (logx[j] - logx[i])), rank = (double)(j - i);
            distance = fmax(distance, fabs(model - rank / k));
        }
        if (distance < best) {
            best = distance;
            *xmin = x[i];
            *exponent = shape + 1.0;
            status = QUO_OK;
        }
    }
    if (status == QUO_OK)
        *ks = best;
done:
    free(x);
    free(logx);
    return status;
}

enum quo_status quo_tail_stability(const double *value, size_t n, struct quo_tail_fit *out, size_t n_points)
{
    if (n < 2 * QUO_TAIL_LEAST + 1 || n_points < 1)
        return QUO_REFUSED;
    double *x = sorted_copy(value, n);
    if (!x)
        return QUO_MACHINE;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t i = 0; i < n_points; i++) {
        const double share = n_points > 1 ? (double)i / ((double)n_points - 1.0) : 0.0;
        const double above = exp(log((double)n / 2.0) + share * (log((double)QUO_TAIL_LEAST) - log((double)n / 2.0)));
        quo_tail_fit(x, n, x[n - 1 - (size_t)(above + 0.5)], &out[i]);
    }
    free(x);
    return QUO_OK;
}
