#include "risk/perils/attribution.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N (QUO_PERILS + 2) /* common intercept, slope, deviation of each peril */
#define CENTRE 14.0        /* ln x is centred here (1.2 M), so that intercept and slope are nearly independent */

struct logistic {
    double gradient[N], hessian[N * N], value;
};

/* 1: attributed; 0: counted as not; -1: not used. */
static int label(const struct quo_incident *it, int from, int to, double floor, int complete_until)
{
    if (it->day < from || it->day > to || it->loss < floor || it->peril >= QUO_COVERED_PERILS)
        return -1;
    if (it->state_actor == 1)
        return 1;
    return it->state_actor == 0 || it->day <= complete_until ? 0 : -1;
}

static void evaluate(const struct quo_incidents *all, const int *use, const double *p, struct logistic *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < all->n; i++) {
        if (use[i] < 0)
            continue;
        const struct quo_incident *it = &all->incident[i];
        const double x = log(it->loss) - CENTRE, eta = p[0] + p[1] * x + p[2 + it->peril];
        const double probability = 1.0 / (1.0 + exp(-eta)), residual = use[i] - probability;
        const double weight = probability * (1.0 - probability), d[3] = {1.0, x, 1.0};
        const int at[3] = {0, 1, 2 + it->peril};
        out->value += use[i] ? -log1p(exp(-eta)) : -log1p(exp(eta));
        for (int j = 0; j < 3; j++) {
            out->gradient[at[j]] += residual * d[j];
            for (int k = 0; k < 3; k++)
                out->hessian[at[j] * N + at[k]] += weight * d[j] * d[k];
        }
    }
    for (int k = 2; k < N; k++) {
        const double precision = 1.0 / (QUO_ATTRIBUTION_SPREAD * QUO_ATTRIBUTION_SPREAD);
        out->value -= 0.5 * precision * p[k] * p[k];
        out->gradient[k] -= precision * p[k];
        out->hessian[k * N + k] += precision;
    }
    /* A flat prior of sd 100 on intercept and slope keeps them finite where marked and unmarked rows are fully apart. */
    for (int k = 0; k < 2; k++) {
        out->value -= 0.5e-4 * p[k] * p[k];
        out->gradient[k] -= 1e-4 * p[k];
        out->hessian[k * N + k] += 1e-4;
    }
}

enum quo_status quo_attribution_fit(const struct quo_incidents *incidents, int from, int to, double floor,
                                    int complete_until, struct quo_attribution *out)
{
    memset(out, 0, sizeof *out);
    out->status = QUO_REFUSED;
    int *use = malloc(incidents->n * sizeof *use);
    if (!use)
        return out->status = QUO_MACHINE;
    for (size_t i = 0; i < incidents->n; i++) {
        use[i] = label(&incidents->incident[i], from, to, floor, complete_until);
        out->rows += use[i] >= 0;
        out->marked += use[i] == 1;
    }
    double p[N] = {0};
    if (out->marked > 0 && out->marked < out->rows) {
        struct logistic now, then;
        evaluate(incidents, use, p, &now);
        out->status = QUO_NOT_CONVERGED;
        for (int i = 0; i < 100; i++) {
            double step[N], next[N], gain = 0.0;
            gsl_matrix_view m = gsl_matrix_view_array(now.hessian, N, N);
            gsl_vector_view g = gsl_vector_view_array(now.gradient, N), s = gsl_vector_view_array(step, N);
            if (gsl_linalg_cholesky_decomp1(&m.matrix) != 0 ||
                gsl_linalg_cholesky_solve(&m.matrix, &g.vector, &s.vector) != 0)
                break;
            for (int k = 0; k < N; k++)
                gain += step[k] * now.gradient[k];
            double part = 1.0;
            do { /* concave, so halving ends */
                for (int k = 0; k < N; k++)
                    next[k] = p[k] + part * step[k];
                evaluate(incidents, use, next, &then);
                part *= 0.5;
            } while (then.value < now.value - 1e-12 * fabs(now.value) && part > 1e-12);
            memcpy(p, next, sizeof p);
            now = then;
            if (gain < 1e-18) {
                out->status = QUO_OK;
                break;
            }
        }
        gsl_matrix_view m = gsl_matrix_view_array(now.hessian, N, N);
        out->b_std_error = gsl_linalg_cholesky_decomp1(&m.matrix) == 0 && gsl_linalg_cholesky_invert(&m.matrix) == 0
                               ? sqrt(now.hessian[N + 1])
                               : NAN;
    }
    out->b = p[1];
    for (int k = 0; k < QUO_PERILS; k++)
        out->a[k] = p[0] + p[2 + k] - p[1] * CENTRE;
    free(use);
    return out->status;
}

double quo_attribution_index_error(const struct quo_incidents *incidents, int from, int *rows)
{
    /* Mean range of k standard normal numbers. */
    static const double d2[] = {0.0,     0.0,     1.12838, 1.69257, 2.05875, 2.32593,
                                2.53441, 2.70436, 2.84720, 2.97003, 3.07751};
    const int most = (int)(sizeof d2 / sizeof *d2) - 1;
    double range = 0.0, expected = 0.0;
    *rows = 0;
    for (size_t i = 0; i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (it->day < from || it->n_sources < 2 || !(it->low > 0.0) || !(it->high >= it->low))
            continue;
        range += log(it->high / it->low);
        expected += d2[it->n_sources < most ? it->n_sources : most];
        ++*rows;
    }
    return *rows > 0 ? range / expected : NAN;
}
