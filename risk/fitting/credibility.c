#include "risk/fitting/credibility.h"

#include <math.h>
#include <stdlib.h>

struct unit {
    double weight, mean;
};

/* s2: the weighted variance about each unit's mean, over all degrees of freedom. */
static double within_variance(const double *value, const double *weight, size_t units, size_t periods,
                              const struct unit *unit, double *freedom)
{
    double sum = 0.0;
    *freedom = 0.0;
    for (size_t i = 0; i < units; i++) {
        double seen = 0.0;
        for (size_t t = 0; t < periods; t++) {
            const double w = weight ? weight[i * periods + t] : 1.0;
            if (!(w > 0.0))
                continue;
            const double d = value[i * periods + t] - unit[i].mean;
            sum += w * d * d;
            seen += 1.0;
        }
        *freedom += fmax(seen - 1.0, 0.0);
    }
    return sum / *freedom;
}

static double factor_of(const struct unit *u, double within, double between)
{
    return between > 0.0 ? u->weight * between / (u->weight * between + within) : 0.0;
}

/* Mean of the units weighted by their credibility; where all is chance, by their weights. */
static double collective_of(const struct unit *unit, size_t units, double within, double between)
{
    double sum = 0.0, mass = 0.0;
    for (size_t i = 0; i < units; i++) {
        const double z = between > 0.0 ? factor_of(&unit[i], within, between) : unit[i].weight;
        sum += z * unit[i].mean;
        mass += z;
    }
    return sum / mass;
}

/* [BG05] 4.8: unbiased, cut at 0. */
static double unbiased_between(const struct unit *unit, size_t units, size_t seen, double within)
{
    double mass = 0.0, squares = 0.0, mean = 0.0, sum = 0.0;
    for (size_t i = 0; i < units; i++) {
        mass += unit[i].weight;
        squares += unit[i].weight * unit[i].weight;
        mean += unit[i].weight * unit[i].mean;
    }
    mean /= mass;
    for (size_t i = 0; i < units; i++)
        sum += unit[i].weight * (unit[i].mean - mean) * (unit[i].mean - mean);
    return fmax((sum - ((double)seen - 1.0) * within) * mass / (mass * mass - squares), 0.0);
}

/* Bichsel and Straub's fixed point: a = sum z (mean - collective)^2 / (units - 1). */
static double iterated_between(const struct unit *unit, size_t units, size_t seen, double within, double start)
{
    double a = start;
    for (int pass = 0; pass < 10000 && a > 0.0; pass++) {
        const double mean = collective_of(unit, units, within, a);
        double sum = 0.0;
        for (size_t i = 0; i < units; i++)
            sum += factor_of(&unit[i], within, a) * (unit[i].mean - mean) * (unit[i].mean - mean);
        const double next = sum / ((double)seen - 1.0);
        if (fabs(next - a) <= 1e-13 * a)
            return next;
        a = next;
        if (a < 1e-12 * start)
            return 0.0;
    }
    return a;
}

enum quo_status quo_credibility_fit(const double *value, const double *weight, size_t units, size_t periods,
                                    enum quo_credibility_estimator estimator, struct quo_credibility *out, double *mean,
                                    double *factor, double *premium)
{
    *out = (struct quo_credibility){NAN, NAN, NAN};
    struct unit *unit = units ? calloc(units, sizeof *unit) : NULL;
    if (!unit)
        return units ? QUO_MACHINE : QUO_REFUSED;
    size_t seen = 0;
    enum quo_status status = QUO_REFUSED;
    for (size_t i = 0; i < units; i++) {
        for (size_t t = 0; t < periods; t++) {
            const double w = weight ? weight[i * periods + t] : 1.0;
            if (isnan(w) || w < 0.0 || isinf(w) || (w > 0.0 && !isfinite(value[i * periods + t])))
                goto done;
            unit[i].weight += w;
            unit[i].mean += w > 0.0 ? w * value[i * periods + t] : 0.0;
        }
        if (unit[i].weight > 0.0) {
            unit[i].mean /= unit[i].weight;
            seen++;
        }
    }
    double freedom;
    out->within = within_variance(value, weight, units, periods, unit, &freedom);
    if (seen < 2 || freedom < 1.0)
        goto done;
    out->between = unbiased_between(unit, units, seen, out->within);
    if (estimator == QUO_CREDIBILITY_ITERATIVE)
        out->between = iterated_between(unit, units, seen, out->within, out->between);
    out->collective = collective_of(unit, units, out->within, out->between);
    for (size_t i = 0; i < units; i++) {
        const double z = factor_of(&unit[i], out->within, out->between);
        if (mean)
            mean[i] = unit[i].weight > 0.0 ? unit[i].mean : NAN;
        if (factor)
            factor[i] = z;
        if (premium)
            premium[i] = z * unit[i].mean + (1.0 - z) * out->collective;
    }
    status = QUO_OK;
done:
    free(unit);
    return status;
}
