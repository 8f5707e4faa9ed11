/* The reconciliation, observed beside modelled, and the warnings of a fit. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "risk/base/date.h"
#include "risk/base/numeric.h"
#include "risk/base/text.h"
#include "risk/perils/perilfit_parts.h"

static enum quo_status add_line(struct quo_perilfit *fit, double observed, double modelled, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum quo_status add_line(struct quo_perilfit *fit, double observed, double modelled, const char *format, ...)
{
    struct quo_perilfit_line *more = realloc(fit->line, (fit->n_lines + 1) * sizeof *more);
    if (!more)
        return QUO_MACHINE;
    fit->line = more;
    va_list list;
    va_start(list, format);
    vsnprintf(more[fit->n_lines].statistic, sizeof more->statistic, format, list);
    va_end(list);
    more[fit->n_lines].observed = observed;
    more[fit->n_lines++].modelled = modelled;
    return QUO_OK;
}

static bool priced(const struct quo_perilfit *fit, int p) { return fit->peril[p].present && p != QUO_SERVICE_OUTAGE; }

struct quantile {
    const struct quo_perilfit *fit;
    const struct quo_market *market;
    double number; /* wanted above it */
};

static double number_above(const struct quo_perilfit *fit, const struct quo_market *market, double x)
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (priced(fit, p)) {
            const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
            sum += quo_reconcile_number_above(&terms, &fit->model->peril[p].point, x);
        }
    return sum;
}

static double quantile_gap(double log_x, void *context)
{
    const struct quantile *q = context;
    return number_above(q->fit, q->market, exp(log_x)) - q->number;
}

struct weighted {
    double x, weight;
};

static int by_size(const void *a, const void *b)
{
    const double x = ((const struct weighted *)a)->x, y = ((const struct weighted *)b)->x;
    return (x > y) - (x < y);
}

/* Quantiles of the sizes, moved to the reference date, each peril weighted to its rate there; beside those of the bands. */
static enum quo_status quantiles(const struct quo_perilfit_data *data, const struct quo_market *market,
                                 struct quo_perilfit *fit)
{
    static const struct {
        double p;
        const char *name;
    } at[] = {{0.25, "25 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {0.9, "90 %"}, {0.99, "99 %"}};
    struct weighted *w = malloc((data->n ? data->n : 1) * sizeof *w);
    if (!w)
        return QUO_MACHINE;
    size_t n = 0;
    double total = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        size_t above = 0;
        for (size_t i = 0; i < data->count[p]; i++)
            above += data->value[data->first[p] + i] >= fit->options.floor;
        for (size_t i = 0; i < data->count[p] && priced(fit, p); i++)
            if (data->value[data->first[p] + i] >= fit->options.floor) {
                w[n].x = data->value[data->first[p] + i];
                w[n].weight = fit->peril[p].rate_per_year / (double)above;
                total += w[n++].weight;
            }
    }
    qsort(w, n, sizeof *w, by_size);
    const double number = number_above(fit, market, fit->options.floor);
    enum quo_status status = QUO_OK;
    for (size_t k = 0; k < sizeof at / sizeof *at && status == QUO_OK; k++) {
        double sum = 0.0, observed = NAN;
        for (size_t i = 0; i < n; i++) {
            sum += w[i].weight;
            if (sum >= at[k].p * total) {
                observed = w[i].x;
                break;
            }
        }
        struct quantile q = {fit, market, (1.0 - at[k].p) * number};
        const double modelled = exp(quo_root(quantile_gap, &q, log(fit->options.floor), log(1e13), 1e-10));
        status = add_line(fit, observed, modelled, "size at %s, USD", at[k].name);
    }
    free(w);
    return status;
}

/* Incidents and losses of the last 365 days as reported, over the completeness; beside the rates of those days. */
static enum quo_status last_year(const struct quo_incidents *incidents, const struct quo_market *market,
                                 struct quo_perilfit *fit)
{
    double n = 0.0, loss = 0.0, expected = 0.0;
    for (size_t i = 0; i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (it->peril >= QUO_COVERED_PERILS || !priced(fit, it->peril) || it->day > fit->options.to ||
            it->day <= fit->options.to - 365 || it->loss <= fit->options.floor)
            continue;
        n += 1.0;
        loss += it->loss;
    }
    double modelled_loss = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!priced(fit, p))
            continue;
        const struct quo_peril_parameters *point = &fit->model->peril[p].point;
        const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
        const double back = exp(-0.5 * point->rate_trend);
        expected += fit->peril[p].rate_per_year * back;
        modelled_loss += quo_reconcile_loss(&terms, point) * back * exp(-0.5 * point->severity_trend);
    }
    const double c = market->reporting_completeness;
    const enum quo_status status = add_line(fit, n / c, expected, "incidents in the last 365 days");
    return status == QUO_OK ? add_line(fit, loss / c, modelled_loss, "loss in the last 365 days, USD") : status;
}

enum quo_status quo_perilfit_reconciliation(const struct quo_incidents *incidents, const struct quo_perilfit_data *data,
                                            const struct quo_market *market, struct quo_perilfit *fit)
{
    double wanted = 0.0, observed_loss = 0.0, fitted_loss = 0.0, modelled_loss = 0.0, value = 0.0;
    enum quo_status status = QUO_OK;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!priced(fit, p))
            continue;
        const struct quo_perilfit_peril *m = &fit->peril[p];
        const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
        wanted += m->rate_per_year;
        observed_loss += m->rate_per_year * (m->n > 0 ? m->observed_mean : m->mean_capped);
        fitted_loss += m->rate_per_year * m->mean_capped;
        modelled_loss += quo_reconcile_loss(&terms, &fit->model->peril[p].point);
    }
    for (size_t i = 0; i < market->n_bands; i++)
        value += market->band[i].count * market->band[i].mean_usd;
    if (wanted > 0.0) {
        status =
            add_line(fit, wanted, number_above(fit, market, fit->options.floor), "incidents a year above the floor");
        if (status == QUO_OK)
            status = add_line(fit, fitted_loss, modelled_loss, "loss a year by the fitted sizes, USD");
        if (status == QUO_OK)
            status = add_line(fit, observed_loss, modelled_loss, "loss a year by the recorded sizes, USD");
        if (status == QUO_OK)
            status = add_line(fit, 1e4 * observed_loss / value, 1e4 * modelled_loss / value,
                              "loss cost, basis points of value at risk a year");
        if (status == QUO_OK)
            status = quantiles(data, market, fit);
        if (status == QUO_OK)
            status = last_year(incidents, market, fit);
    }
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        if (!priced(fit, p))
            continue;
        const struct quo_perilfit_peril *m = &fit->peril[p];
        const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
        const struct quo_peril_parameters *point = &fit->model->peril[p].point;
        status = add_line(fit, m->rate_per_year, quo_reconcile_number_above(&terms, point, fit->options.floor),
                          "%s: incidents a year", quo_peril_id((enum quo_peril)p));
        if (status == QUO_OK)
            status =
                add_line(fit, m->n > 0 ? m->rate_per_year * m->observed_mean : NAN, quo_reconcile_loss(&terms, point),
                         "%s: loss a year, USD", quo_peril_id((enum quo_peril)p));
    }
    return status;
}

enum quo_status quo_perilfit_warn(struct quo_perilfit *fit, const char *format, ...)
{
    char text[500];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    char **more = realloc(fit->warning, (fit->n_warnings + 1) * sizeof *more);
    if (!more)
        return QUO_MACHINE;
    fit->warning = more;
    if (!(more[fit->n_warnings] = quo_text_copy(text)))
        return QUO_MACHINE;
    fit->n_warnings++;
    return QUO_OK;
}

static enum quo_status warn_peril(struct quo_perilfit *fit, const struct quo_perilfit_peril *m)
{
    enum quo_status status = QUO_OK;
    const char *id = quo_peril_id(m->peril);
    const double xi = quo_severity_tail_index(&m->severity);
    if (m->n == 0)
        status = quo_perilfit_warn(
            fit,
            "%s never happened in the data: its rate is Jeffreys' (half an incident over the whole exposure), "
            "its size that of all perils",
            id);
    else if (m->pooled)
        status = quo_perilfit_warn(fit, "%s rests on %d incidents: %.0f %% of its size comes from all perils", id, m->n,
                                   100.0 * m->pool.weight);
    const int asked = fit->options.family;
    if (status == QUO_OK && asked >= 0 && m->pooled && m->n >= fit->options.own_least)
        status = quo_perilfit_warn(fit, "%s: %s as asked for has no fit that can be used (%s): the sizes are pooled",
                                   id, quo_family_name((enum quo_family)asked),
                                   m->sizes.n_candidates > 0 && m->sizes.candidate[0].fit.reason[0]
                                       ? m->sizes.candidate[0].fit.reason
                                       : "too few records on one side of its threshold");
    if (status == QUO_OK && !isnan(fit->options.tail_threshold) && m->peril != QUO_SERVICE_OUTAGE && m->n > 0 &&
        m->sizes.tail.status != QUO_OK)
        status = quo_perilfit_warn(fit, "%s: no tail above --tail-threshold %.6g: %s", id, fit->options.tail_threshold,
                                   m->sizes.tail.reason[0] ? m->sizes.tail.reason : "too few records");
    if (status == QUO_OK && xi >= 1.0)
        status = quo_perilfit_warn(
            fit, "%s: tail index %.2f has no mean: only amounts capped by exposure or limit are priced", id, xi);
    else if (status == QUO_OK && xi > 0.8)
        status =
            quo_perilfit_warn(fit, "%s: tail index %.2f is near 1: the uncapped mean is not to be relied on", id, xi);
    if (status == QUO_OK && m->peril != QUO_SERVICE_OUTAGE && m->reconciled.status == QUO_NOT_CONVERGED)
        status = quo_perilfit_warn(fit,
                                   "%s: no elasticity of the rate brings the bands to the fitted mean %.3g; with the "
                                   "nearest, %.2f, it is %.3g",
                                   id, m->reconciled.mean_wanted, fit->model->peril[m->peril].point.alpha,
                                   m->reconciled.mean_modelled);
    const double below = quo_severity_P(m->floor, &m->severity);
    if (status == QUO_OK && !m->pooled && below > 0.5)
        status = quo_perilfit_warn(fit,
                                   "%s: the fitted law puts %.0f %% of its weight below the floor, where nothing was "
                                   "seen; only its part above is used",
                                   id, 100.0 * below);
    if (status == QUO_OK && m->sizes.chosen >= 0 && !m->pooled && m->severity.family != QUO_AVERAGE &&
        m->sizes.candidate[m->sizes.chosen].p_ad < 0.05)
        status = quo_perilfit_warn(fit, "%s: the chosen family is rejected by its own test (AD, p = %.3f)", id,
                                   m->sizes.candidate[m->sizes.chosen].p_ad);
    if (status == QUO_OK && m->draws_failed * 20 > m->draws)
        status = quo_perilfit_warn(fit, "%s: %d of %d bootstrap refits did not converge; the law they reached was kept",
                                   id, m->draws_failed, m->draws);
    return status;
}

enum quo_status quo_perilfit_warnings(struct quo_perilfit *fit)
{
    enum quo_status status = QUO_OK;
    const struct quo_perilfit_options *o = &fit->options;
    if (o->no_trend)
        status = quo_perilfit_warn(
            fit,
            "a flat average of all years, as asked for: loss cost per value fell five- to tenfold from 2021 to 2025");
    else if (fabs(fit->trend.trend) > 0.0 && status == QUO_OK)
        status = quo_perilfit_warn(
            fit,
            "sizes drift by %+.0f %% a year (standard error %.0f), rates per protocol by %+.0f %% (%.0f): "
            "both are held after the last day of data",
            100.0 * expm1(fit->trend.trend), 100.0 * fit->trend.std_error, 100.0 * expm1(fit->rates.market.trend),
            100.0 * fit->rates.market.std_error);
    if (status == QUO_OK && fit->with_floor > 0)
        status = quo_perilfit_warn(
            fit, "%zu records have a floor of their own above --floor: sizes allow for it, rates do not",
            fit->with_floor);
    if (status == QUO_OK && fit->exposure.n == 0)
        status = quo_perilfit_warn(fit, "fewer than 10 incidents have a known exposure: elasticity and residual are "
                                        "those of the shipped incidents");
    if (status == QUO_OK && fit->attribution.status != QUO_OK)
        status =
            quo_perilfit_warn(fit, "no incident is attributed to a state, or all are: no attribution could be fitted");
    if (status == QUO_OK && !o->outages && o->only < 0)
        status = quo_perilfit_warn(fit, "service_outage is not in the model: give --outages and --outage-windows");
    if (status == QUO_OK && o->outages && fit->peril[QUO_SERVICE_OUTAGE].present)
        status = quo_perilfit_warn(fit,
                                   "outage rates rest on services that are in the list because they stopped; the "
                                   "correction for that choice took %.2f to %.2f a year",
                                   fit->outage_rate[QUO_SERVICE_KINDS].plain, fit->outage_rate[QUO_SERVICE_KINDS].rate);
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++)
        if (fit->peril[p].present)
            status = warn_peril(fit, &fit->peril[p]);
    return status;
}
