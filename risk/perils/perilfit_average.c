/* The average of the candidates by their Akaike weights. */
#include "risk/perils/perilfit_parts.h"

#include <math.h>

#define WEIGHT_LEAST 1e-3 /* a law of less is left out, and the others make up for it */
#define STEPS_MOST 40     /* of a refit: one that takes more runs along a ridge, where the law hardly changes */

/* weight[i] f_i/Q_i(floor) is share[i] f_i over the sum of share[i] Q_i(floor). */
static struct quo_severity averaged(const struct quo_fit *fit, const double *weight, int n, double floor)
{
    double share[QUO_PARTS_MAX];
    struct quo_law law[QUO_PARTS_MAX];
    for (int i = 0; i < n; i++) {
        const double above = floor > 0.0 ? quo_severity_Q(floor, &fit[i].severity) : 1.0;
        share[i] = weight[i] > 0.0 && above > 0.0 ? weight[i] / above : 0.0;
        law[i] = fit[i].severity.law[0];
    }
    return quo_severity_average(share, law, n);
}

/* Akaike weights of fits that are usable, whether or not each stands at a maximum. */
static void weigh(const struct quo_fit *fit, int n, double *weight)
{
    double least = INFINITY, sum = 0.0;
    for (int i = 0; i < n; i++)
        if (isfinite(fit[i].aicc))
            least = fmin(least, fit[i].aicc);
    for (int i = 0; i < n; i++) {
        weight[i] = isfinite(fit[i].aicc) ? exp(-0.5 * (fit[i].aicc - least)) : 0.0;
        sum += weight[i];
    }
    for (int i = 0; i < n && sum > 0.0; i++)
        weight[i] /= sum;
}

static bool same_law(const struct quo_fit *a, const struct quo_fit *b)
{
    return fabs(a->loglik - b->loglik) < 1e-8 * (1.0 + fabs(b->loglik));
}

enum quo_status quo_perilfit_average(const struct quo_sample *sample, double floor, struct quo_perilfit_sizes *sizes)
{
    struct quo_fit fit[QUO_PARTS_MAX];
    const struct quo_fit *lomax = NULL;
    int n = 0;
    for (int i = 0; i < sizes->n_candidates; i++)
        if (sizes->candidate[i].fit.severity.family == QUO_PARETO2 && sizes->candidate[i].fit.status == QUO_OK)
            lomax = &sizes->candidate[i].fit;
    for (int i = 0; i < sizes->n_candidates && n < QUO_PARTS_MAX; i++) {
        const struct quo_fit *f = &sizes->candidate[i].fit;
        if (f->status != QUO_OK || !isfinite(f->aicc) || f->severity.family >= QUO_SIMPLE_FAMILIES ||
            (f->severity.family == QUO_GPD && lomax && same_law(f, lomax)))
            continue;
        fit[n++] = *f;
    }
    sizes->average = (struct quo_perilfit_average){.severity = {.family = QUO_AVERAGE}};
    if (n == 0)
        return QUO_OK;
    weigh(fit, n, sizes->average.weight);
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (sizes->average.weight[i] >= WEIGHT_LEAST)
            fit[kept++] = fit[i];
    n = kept;
    weigh(fit, n, sizes->average.weight);
    sizes->average.severity = averaged(fit, sizes->average.weight, n, floor);
    if (quo_severity_invalid(&sizes->average.severity) != NULL) {
        sizes->average.severity = (struct quo_severity){.family = QUO_AVERAGE};
        return QUO_OK;
    }
    const enum quo_status status = quo_goodness_measure(sample, &sizes->average.severity, &sizes->average.goodness);
    if (status != QUO_OK)
        sizes->average.goodness = (struct quo_goodness){sample->n, NAN, NAN, NAN, NAN};
    return status == QUO_MACHINE ? status : QUO_OK;
}

enum quo_status quo_perilfit_average_again(const struct quo_sample *sample, const struct quo_severity *start,
                                           double floor, struct quo_severity *out)
{
    struct quo_fit fit[QUO_PARTS_MAX] = {0};
    double weight[QUO_PARTS_MAX];
    bool converged[QUO_PARTS_MAX];
    for (int i = 0; i < start->parts; i++) {
        const struct quo_severity part = quo_severity_simple(start->law[i].family, start->law[i].par);
        struct quo_fit_options options;
        quo_fit_options_init(&options);
        options.quick = true;
        options.start = &part;
        options.max_iterations = STEPS_MOST;
        if (part.family == QUO_GPD)
            options.location = part.law[0].par[2];
        const enum quo_status status = quo_fit_family(sample, part.family, &options, &fit[i]);
        if (status == QUO_MACHINE) {
            *out = *start;
            return status;
        }
        if ((status != QUO_OK && status != QUO_NOT_CONVERGED) || quo_severity_invalid(&fit[i].severity) != NULL) {
            fit[i].severity = part;
            fit[i].aicc = NAN;
        }
        converged[i] = status == QUO_OK;
    }
    weigh(fit, start->parts, weight);
    double held = 0.0;
    for (int i = 0; i < start->parts; i++)
        held += converged[i] ? weight[i] : 0.0;
    *out = averaged(fit, weight, start->parts, floor);
    if (quo_severity_invalid(out) != NULL) {
        *out = *start;
        return QUO_NOT_CONVERGED;
    }
    return held > 0.5 ? QUO_OK : QUO_NOT_CONVERGED;
}
