#include "risk/fitting/matching.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multiroots.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/fitting/maximum/kernel.h"
#include "risk/fitting/maximum/starts.h"

struct matching {
    enum quo_family family;
    int k;
    bool quantiles;
    double target
        [4]; /* log quantiles; or log raw moments; or cumulants of the logs: mean, log variance, skewness, kurtosis */
};

static bool by_log_moments(enum quo_family family)
{
    return family == QUO_PARETO2 || family == QUO_BURR || family == QUO_LOGLOGISTIC || family == QUO_PARALOGISTIC ||
           family == QUO_GB2;
}

/* Cumulants of ln X of a transformed beta: (psi_(j-1)(shape3) + (-1)^j psi_(j-1)(shape1)) / shape2^j. */
static void log_cumulants(const struct quo_law *law, double out[4])
{
    const double *p = law->par;
    double a = p[0], c = 1.0, d = 1.0, scale = p[1];
    switch (law->family) {
    case QUO_LOGLOGISTIC:
        a = 1.0;
        c = p[0];
        break;
    case QUO_PARALOGISTIC:
        c = p[0];
        break;
    case QUO_BURR:
        c = p[1];
        scale = p[2];
        break;
    case QUO_GB2:
        c = p[1];
        d = p[2];
        scale = p[3];
        break;
    default:
        break;
    }
    const double variance = gsl_sf_psi_1(d) + gsl_sf_psi_1(a);
    out[0] = log(scale) + (gsl_sf_psi(d) - gsl_sf_psi(a)) / c;
    out[1] = log(variance) - 2.0 * log(c);
    out[2] = (gsl_sf_psi_n(2, d) - gsl_sf_psi_n(2, a)) / pow(variance, 1.5);
    out[3] = (gsl_sf_psi_n(3, d) + gsl_sf_psi_n(3, a)) / (variance * variance);
}

static int residuals(const gsl_vector *at, void *context, gsl_vector *out)
{
    const struct matching *m = context;
    double t[4], cumulant[4];
    for (int i = 0; i < m->k; i++)
        t[i] = fmin(fmax(gsl_vector_get(at, (size_t)i), -30.0), 30.0);
    const struct quo_law law = quo_kernel_law(m->family, t, 1.0, 0.0);
    const struct quo_severity s = quo_severity_simple(m->family, law.par);
    if (!m->quantiles && by_log_moments(m->family))
        log_cumulants(&law, cumulant);
    for (int i = 0; i < m->k; i++) {
        const double got = m->quantiles                ? log(quo_severity_Pinv((i + 1.0) / (m->k + 1.0), &s))
                           : by_log_moments(m->family) ? cumulant[i]
                                                       : log(quo_severity_moment(i + 1.0, &s));
        if (!isfinite(got))
            return GSL_EDOM;
        gsl_vector_set(out, (size_t)i, got - m->target[i]);
    }
    return GSL_SUCCESS;
}

/* Powell's hybrid method from one start; true if every residual fell below 1e-10. */
static bool solve(struct matching *m, const double *start, double *t)
{
    gsl_multiroot_fsolver *solver = gsl_multiroot_fsolver_alloc(gsl_multiroot_fsolver_hybrids, (size_t)m->k);
    gsl_vector *x = gsl_vector_alloc((size_t)m->k);
    bool done = false;
    if (solver && x) {
        gsl_multiroot_function f = {residuals, (size_t)m->k, m};
        for (int i = 0; i < m->k; i++)
            gsl_vector_set(x, (size_t)i, start[i]);
        int status = gsl_multiroot_fsolver_set(solver, &f, x);
        for (int step = 0; status == GSL_SUCCESS && !done && step < 300; step++) {
            status = gsl_multiroot_fsolver_iterate(solver);
            done = gsl_multiroot_test_residual(solver->f, 1e-10) == GSL_SUCCESS;
        }
        for (int i = 0; i < m->k; i++)
            t[i] = gsl_vector_get(solver->x, (size_t)i);
    }
    if (solver)
        gsl_multiroot_fsolver_free(solver);
    if (x)
        gsl_vector_free(x);
    return done;
}

static bool set_targets(struct matching *m, const struct quo_bulk *b)
{
    if (m->quantiles) {
        double *x = malloc(b->n * sizeof *x);
        if (!x)
            return false;
        memcpy(x, b->logx, b->n * sizeof *x);
        gsl_sort(x, 1, b->n);
        for (int i = 0; i < m->k; i++) {
            const double at = (double)(b->n - 1) * (i + 1.0) / (m->k + 1.0), whole = floor(at);
            const size_t j = (size_t)whole;
            m->target[i] = x[j] + (at - whole) * (j + 1 < b->n ? x[j + 1] - x[j] : 0.0);
        }
        free(x);
        return true;
    }
    double sum[4] = {0.0, 0.0, 0.0, 0.0};
    const bool logs = by_log_moments(m->family);
    for (size_t i = 0; i < b->n; i++) {
        double term = 1.0;
        for (int j = 0; j < 4; j++) {
            term *= logs ? b->logx[i] - b->mean_log : b->x[i];
            sum[j] += term;
        }
    }
    const double n = (double)b->n, variance = sum[1] / n;
    if (logs) {
        m->target[0] = b->mean_log;
        m->target[1] = log(variance);
        m->target[2] = sum[2] / n / pow(variance, 1.5);
        m->target[3] = sum[3] / n / (variance * variance) - 3.0;
    } else {
        for (int j = 0; j < 4; j++)
            m->target[j] = log(sum[j] / n);
    }
    return true;
}

enum quo_status quo_matching_fit(const struct quo_sample *sample, enum quo_family family,
                                 const struct quo_fit_options *options, struct quo_fit *out)
{
    struct quo_scaled s;
    if ((int)family < 0 || family >= QUO_GPD + (family == QUO_GB2) * 2) {
        snprintf(out->reason, sizeof out->reason, "moments and quantiles are matched for the simple families but gpd");
        return QUO_REFUSED;
    }
    enum quo_status status = quo_scaled_make(sample, 0.0, &s, out->reason, sizeof out->reason);
    if (status != QUO_OK)
        return status;
    s.family = family;
    struct matching m = {
        .family = family, .k = quo_kernel_coordinates(family), .quantiles = options->method == QUO_FIT_QUANTILES};
    double start[QUO_STARTS_MAX][4], t[4];
    if (s.truncation.n + s.censored.n + s.low.n > 0 || s.bulk.weight || s.bulk.n <= (size_t)m.k) {
        snprintf(out->reason, sizeof out->reason,
                 "moments and quantiles are matched on complete, unweighted samples of more than %d records", m.k);
        status = QUO_REFUSED;
        goto done;
    }
    status = QUO_MACHINE;
    if (!set_targets(&m, &s.bulk))
        goto done;
    status = QUO_NOT_CONVERGED;
    const int n = quo_starts_make(&s, start);
    for (int i = 0; i < n && status != QUO_OK; i++, out->starts++)
        if (solve(&m, start[i], t))
            status = QUO_OK;
    if (status != QUO_OK) {
        snprintf(out->reason, sizeof out->reason, "no law of the family has these %s",
                 m.quantiles ? "quantiles" : "moments");
        memcpy(t, start[0], sizeof t);
    }
    const struct quo_law law = quo_kernel_law(family, t, s.scale, 0.0);
    out->severity = quo_severity_simple(family, law.par);
    out->n_parameters = m.k;
    memcpy(out->parameter, law.par, sizeof law.par);
    out->n = s.n;
    out->loglik = quo_likelihood_log(sample, &out->severity);
done:
    quo_scaled_free(&s);
    return status;
}
