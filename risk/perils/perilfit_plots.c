#include "risk/perils/perilfit_plots.h"

#include <math.h>
#include <stdlib.h>
#include "risk/base/numeric.h"
#include "risk/fitting/goodness.h"

#define CANDIDATES 20 /* thresholds of the minimum-KS rule */
#define LEVEL 0.05

static double beyond(double d, void *context) { return quo_goodness_ks_p_value(d, *(const size_t *)context) - LEVEL; }

/* The distance that a sample of n passes with probability LEVEL. The limit law's is 1.36 / sqrt(n) and the exact one's lies
 * near it; far out the exact law's matrices are large. */
static double ks_point(size_t n)
{
    const double near = 1.36 / sqrt((double)n);
    return n < 10 ? quo_root(beyond, &n, 1e-6, 1.0 - 1e-12, 1e-10)
                  : quo_root(beyond, &n, 0.7 * near, fmin(1.3 * near, 1.0 - 1e-12), 1e-10);
}

static enum quo_status tail_curves(const double *size, size_t n, struct quo_perilfit_plots *out)
{
    struct quo_tail_choice choice;
    out->least_ks.status = QUO_REFUSED;
    if (n < 2 * QUO_TAIL_LEAST)
        return QUO_OK;
    const size_t points = n / 2;
    out->hill = malloc(points * sizeof *out->hill);
    out->excess_at = malloc(points * sizeof *out->excess_at);
    out->excess = malloc(points * sizeof *out->excess);
    if (!out->hill || !out->excess_at || !out->excess)
        return QUO_MACHINE;
    if (quo_tail_hill(size, n, out->hill, points) == QUO_OK &&
        quo_tail_mean_excess(size, n, out->excess_at, out->excess, points) == QUO_OK)
        out->n_tail = points;
    const enum quo_status stability = quo_tail_stability(size, n, out->stability, QUO_PERILFIT_STABILITY);
    if (stability == QUO_OK)
        out->n_stability = QUO_PERILFIT_STABILITY;
    enum quo_status status = quo_tail_threshold(size, n, QUO_TAIL_MINIMUM_KS, CANDIDATES, LEVEL, &choice);
    if (status == QUO_OK)
        status = quo_tail_fit(size, n, choice.threshold, &out->least_ks);
    return stability == QUO_MACHINE || status == QUO_MACHINE ? QUO_MACHINE : QUO_OK;
}

struct quo_perilfit_plots *quo_perilfit_plots_new(const struct quo_sample *sample, const struct quo_severity *severity,
                                                  const double *size, size_t n_size)
{
    struct quo_perilfit_plots *out = calloc(1, sizeof *out);
    if (!out)
        return NULL;
    enum quo_status status = QUO_OK;
    if (severity && sample->n > 0) {
        out->empirical = malloc(sample->n * sizeof *out->empirical);
        out->model = malloc(sample->n * sizeof *out->model);
        if (out->empirical && out->model)
            out->n = quo_goodness_plot(sample, severity, NULL, NULL, out->model, NULL);
        else
            status = QUO_MACHINE;
        quo_numeric_sort(out->model, out->n); /* records of different floors need not be in order */
        for (size_t i = 0; i < out->n; i++)
            out->empirical[i] = ((double)i + 0.5) / (double)out->n;
        if (out->n > 1)
            out->band = ks_point(out->n);
    }
    if (size && status == QUO_OK)
        status = tail_curves(size, n_size, out);
    if (status != QUO_OK) {
        quo_perilfit_plots_free(out);
        return NULL;
    }
    return out;
}

void quo_perilfit_plots_free(struct quo_perilfit_plots *plots)
{
    if (!plots)
        return;
    free(plots->empirical);
    free(plots->model);
    free(plots->hill);
    free(plots->excess_at);
    free(plots->excess);
    free(plots);
}
