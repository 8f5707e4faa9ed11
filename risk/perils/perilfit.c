#include "risk/perils/perilfit.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_multimin.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/text.h"
#include "risk/fitting/rateinterval.h"
#include "risk/perils/perilfit_parts.h"

#define RECORDS_LEAST 30 /* fewer cannot carry a trend and a family */
#define POOL_LEAST 10    /* records from which a peril has a say in the pooling prior */
/* The bands are known far worse than the sizes (versions, double counting, one day), so the chi-square against them counts
 * as that of a fifth of the records: a judgement, and nothing moves much between a tenth and a half. */
#define BANDS_COUNT 0.2
#define INDEX_FROM_YEAR 2020
#define LEVEL 0.95

void quo_perilfit_options_init(struct quo_perilfit_options *options)
{
    *options = (struct quo_perilfit_options){.from = quo_date_from_civil(2022, 7, 1),
                                             .to = INT_MIN,
                                             .floor = 1e5,
                                             .outage_floor = 0.25,
                                             .exposure_reference = 1e8,
                                             .late_share = 1.0,
                                             .late_days = 0,
                                             .no_trend = false,
                                             .only = -1,
                                             .family = -1,
                                             .tail_threshold = NAN,
                                             .profile_threshold = false,
                                             .own_least = 50,
                                             .intervals = false,
                                             .tests = 199,
                                             .draws = 200,
                                             .seed = 1,
                                             .attribution_complete_until = quo_date_from_civil(2024, 2, 29),
                                             .outages = NULL,
                                             .model_id = NULL};
}

void quo_perilfit_free(struct quo_perilfit *fit)
{
    if (!fit)
        return;
    for (size_t i = 0; i < fit->n_warnings; i++)
        free(fit->warning[i]);
    free(fit->warning);
    free(fit->line);
    quo_model_free(fit->model);
    quo_perilfit_plots_free(fit->all.plots);
    for (int p = 0; p < QUO_PERILS; p++)
        quo_perilfit_plots_free(fit->peril[p].sizes.plots);
    free(fit);
}

static double protocols(const struct quo_market *market)
{
    double n = 0.0;
    for (size_t i = 0; i < market->n_bands; i++)
        n += market->band[i].count;
    return n;
}

struct quo_reconcile_terms quo_perilfit_terms(const struct quo_perilfit *fit, const struct quo_market *market,
                                              enum quo_peril peril)
{
    return (struct quo_reconcile_terms){.market = market,
                                        .exposure_reference = fit->options.exposure_reference,
                                        .floor = fit->options.floor,
                                        .cap_share = 1.0,
                                        .events = fit->peril[peril].rate_per_year,
                                        .peril = peril};
}

/* Errors of ln rate: number of events, slope (the reference date lies off the middle of the data), over-dispersion. */
static void rate_errors(const struct quo_perilfit *fit, struct quo_perilfit_peril *m)
{
    double sum = 0.0, moment = 0.0, square = 0.0;
    for (int t = 0; t < fit->counts.n_periods; t++) {
        const double mean = m->rate.rate * fit->counts.exposure[t] * exp(m->rate.trend * fit->counts.years[t]);
        sum += mean;
        moment += mean * fit->counts.years[t];
        square += mean * mean;
    }
    m->rate_season_sd = isfinite(m->rate.size) ? sqrt(square / (sum * sum) / m->rate.size) : 0.0;
    const double slope = moment / sum * m->rate.std_error, n = m->rate.events > 0.0 ? m->rate.events : 0.5;
    m->rate_log_sd = sqrt(1.0 / n + slope * slope + m->rate_season_sd * m->rate_season_sd);
    /* Over-dispersion is known from as many half-years as there are: Student's t, not the normal. */
    const double df = isfinite(m->rate.size) ? fmax(1.0, fit->counts.n_periods - 2.0) : INFINITY;
    double low, high;
    quo_rateinterval(m->rate.events, hypot(slope, m->rate_season_sd), df, LEVEL, &low, &high);
    m->rate_low = m->rate_per_year * low / n;
    m->rate_high = m->rate_per_year * high / n;
}

/* What the model holds of a peril with a fit of its own. */
static struct quo_severity priced_sizes(const struct quo_perilfit *fit, const struct quo_perilfit_sizes *sizes)
{
    return fit->options.family == QUO_AVERAGE && sizes->average.severity.parts > 0
               ? sizes->average.severity
               : sizes->candidate[sizes->chosen].fit.severity;
}

static enum quo_status choose_sizes(const struct quo_perilfit_data *data, struct quo_perilfit *fit,
                                    struct quo_perilfit_peril *m)
{
    const struct quo_sample sample = quo_perilfit_data_sample(data, (int)m->peril);
    const bool own = m->n >= fit->options.own_least;
    enum quo_status status = QUO_OK;
    if (m->n >= POOL_LEAST)
        status = quo_perilfit_sizes(&sample, &fit->options, own, &m->sizes);
    else
        m->sizes = (struct quo_perilfit_sizes){
            .n = (size_t)m->n, .chosen = -1, .tail = {.status = QUO_REFUSED, .xi = NAN}, .hill = NAN};
    const struct quo_pooling_unit unit = quo_perilfit_data_unit(data, (int)m->peril);
    quo_pooling_fit_unit(&unit, &fit->prior, &m->pool);
    m->pooled = !own || m->sizes.chosen < 0;
    if (m->pooled) {
        const double par[2] = {m->pool.meanlog, m->pool.sdlog};
        m->severity = quo_severity_simple(QUO_LOGNORMAL, par);
    } else {
        m->severity = priced_sizes(fit, &m->sizes);
    }
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < sample.n; i++)
        if (sample.value[i] >= fit->options.floor) {
            sum += sample.value[i];
            n++;
        }
    m->observed_mean = n > 0 ? sum / (double)n : NAN;
    return status;
}

static void fill_model(const struct quo_perilfit *fit, const struct quo_perilfit_peril *m)
{
    struct quo_peril_model *out = &fit->model->peril[m->peril];
    out->present = true;
    out->n = m->n;
    out->floor = m->floor;
    out->cap_share = 1.0;
    out->size = m->rate.size;
    out->pooled_weight = m->pooled ? m->pool.weight : 0.0;
    out->point.rate_trend = m->rate.trend;
    out->point.severity_trend = fit->trend.trend;
    out->point.severity = m->severity;
    out->attribution_a = fit->attribution.a[m->peril];
    out->attribution_b = fit->attribution.b;
}

static enum quo_status fit_peril(const struct quo_perilfit_data *data, const struct quo_market *market,
                                 struct quo_perilfit *fit, enum quo_peril peril)
{
    struct quo_perilfit_peril *m = &fit->peril[peril];
    m->present = true;
    m->n = (int)data->count[peril];
    m->floor = fit->options.floor;
    m->rate = fit->rates.peril[peril];
    m->rate_per_year = m->rate.rate * protocols(market);
    rate_errors(fit, m);
    const enum quo_status status = choose_sizes(data, fit, m);
    fill_model(fit, m);
    return status;
}

double quo_perilfit_spread(const struct quo_perilfit *fit, double residual_sd, const struct quo_severity *severity)
{
    const double r = residual_sd / quo_reconcile_log_sd(severity, fit->options.floor);
    return isnan(r) ? QUO_SPREAD_MAX : fmax(QUO_SPREAD_MIN, fmin(QUO_SPREAD_MAX, r));
}

/* All perils at that gamma and residual: their points are solved anew. Returns the misfit, weighted by the records. */
static double reconcile_all(struct quo_perilfit *fit, const struct quo_market *market, double gamma, double residual_sd,
                            const double log_sd[QUO_PERILS], enum quo_peril *impossible)
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_perilfit_peril *m = &fit->peril[p];
        if (!m->present || p == QUO_SERVICE_OUTAGE)
            continue;
        struct quo_peril_parameters *point = &fit->model->peril[p].point;
        const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
        point->gamma = gamma;
        point->spread = fmax(QUO_SPREAD_MIN, fmin(QUO_SPREAD_MAX, residual_sd / log_sd[p]));
        if (quo_reconcile_solve(&terms, point, &m->reconciled) == QUO_DOMAIN) {
            *impossible = (enum quo_peril)p;
            return GSL_POSINF;
        }
        m->mean_capped = m->reconciled.mean_wanted;
        sum += m->n * quo_reconcile_misfit(&terms, point);
    }
    return sum;
}

struct search {
    struct quo_perilfit *fit;
    const struct quo_market *market;
    double log_sd[QUO_PERILS];
};

/* at: gamma and ln residual. What the regression says of them is the prior. */
static double search_value(const gsl_vector *at, void *context)
{
    struct search *s = context;
    const struct quo_perilfit_exposure *e = &s->fit->exposure;
    const double gamma = gsl_vector_get(at, 0), log_sd = gsl_vector_get(at, 1);
    enum quo_peril impossible;
    if (!(gamma >= 0.0 && gamma <= 1.2 && fabs(log_sd) < 4.0))
        return 1e9;
    const double misfit = reconcile_all(s->fit, s->market, gamma, exp(log_sd), s->log_sd, &impossible);
    return BANDS_COUNT * fmin(1e8, misfit) + gsl_pow_2((gamma - e->regression_gamma) / e->gamma_se) +
           gsl_pow_2((log_sd - log(e->regression_sd)) / e->sd_log_se);
}

/* Moves gamma and the residual to where the mixtures over the bands have the laws of the sizes again. */
static enum quo_status reconcile(struct quo_perilfit *fit, const struct quo_market *market, struct quo_faults *faults)
{
    struct quo_perilfit_exposure *e = &fit->exposure;
    struct search s = {.fit = fit, .market = market};
    enum quo_peril impossible = QUO_PERILS;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (fit->peril[p].present && p != QUO_SERVICE_OUTAGE)
            s.log_sd[p] = quo_reconcile_log_sd(&fit->peril[p].severity, fit->options.floor);
    e->regression_misfit = reconcile_all(fit, market, e->gamma, e->residual_sd, s.log_sd, &impossible);
    double start[2] = {e->gamma, log(e->residual_sd)}, step[2] = {0.1, 0.1};
    gsl_vector_view at = gsl_vector_view_array(start, 2), size = gsl_vector_view_array(step, 2);
    gsl_multimin_function function = {search_value, 2, &s};
    gsl_multimin_fminimizer *minimiser = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    if (!minimiser)
        return QUO_MACHINE;
    if (isfinite(e->regression_misfit) &&
        gsl_multimin_fminimizer_set(minimiser, &function, &at.vector, &size.vector) == 0) {
        for (int i = 0; i < 200; i++)
            if (gsl_multimin_fminimizer_iterate(minimiser) != 0 ||
                gsl_multimin_test_size(gsl_multimin_fminimizer_size(minimiser), 1e-6) == GSL_SUCCESS)
                break;
        e->gamma = gsl_vector_get(minimiser->x, 0);
        e->residual_sd = exp(gsl_vector_get(minimiser->x, 1));
    }
    gsl_multimin_fminimizer_free(minimiser);
    e->misfit = reconcile_all(fit, market, e->gamma, e->residual_sd, s.log_sd, &impossible);
    if (impossible != QUO_PERILS)
        return quo_faults_add(faults, QUO_REFUSED, "", 0,
                              "bands of which some exceed the floor, and sizes that reach it",
                              "%s cannot be brought into line with the market", quo_peril_id(impossible));
    return QUO_OK;
}

/* service_outage: every service alike, hours for USD, no exposure. */
static enum quo_status fit_outages(struct quo_perilfit *fit)
{
    const struct quo_outages *outages = fit->options.outages;
    struct quo_perilfit_peril *m = &fit->peril[QUO_SERVICE_OUTAGE];
    if (!outages)
        return QUO_OK;
    quo_outages_rates(outages, fit->outage_rate);
    const struct quo_outage_rate *all = &fit->outage_rate[QUO_SERVICE_KINDS];
    double *value = malloc((outages->n ? outages->n : 1) * sizeof *value);
    bool *censored = malloc((outages->n ? outages->n : 1) * sizeof *censored);
    if (!value || !censored) {
        free(value);
        free(censored);
        return QUO_MACHINE;
    }
    struct quo_sample sample =
        quo_likelihood_sample(value, quo_outages_durations(outages, fit->options.outage_floor, value, censored));
    sample.censored = censored;
    sample.floor = fit->options.outage_floor;
    struct quo_perilfit_options options = fit->options;
    options.tail_threshold = NAN;
    enum quo_status status = QUO_OK;
    if (sample.n >= POOL_LEAST && isfinite(all->rate))
        status = quo_perilfit_sizes(&sample, &options, true, &m->sizes);
    if (status == QUO_OK && sample.n >= POOL_LEAST && isfinite(all->rate) && m->sizes.chosen >= 0) {
        m->present = true;
        m->n = (int)sample.n;
        m->floor = fit->options.outage_floor;
        m->severity = priced_sizes(fit, &m->sizes);
        m->rate = (struct quo_trend_rate){.events = all->stops, .rate = all->rate, .size = INFINITY, .p_value = 1.0};
        m->rate_log_sd = all->std_error;
        m->rate_per_year = all->rate;
        m->rate_low = all->low;
        m->rate_high = all->high;
        m->mean_capped = NAN;
        double sum = 0.0;
        for (size_t i = 0; i < sample.n; i++)
            sum += value[i];
        m->observed_mean = sum / (double)sample.n;
        fill_model(fit, m);
        struct quo_peril_parameters *point = &fit->model->peril[QUO_SERVICE_OUTAGE].point;
        quo_reconcile_flat(point);
        point->rate = all->rate;
        point->rate_trend = point->severity_trend = 0.0;
        point->log_median = log(quo_severity_Qinv(0.5 * quo_severity_Q(m->floor, &m->severity), &m->severity));
        status = quo_perilfit_outage_draws(&sample, fit);
    } else if (status == QUO_OK) {
        m->present = false;
        status = quo_perilfit_warn(fit, "service_outage: too few stops or durations; not in the model");
    }
    free(value);
    free(censored);
    return status;
}

static enum quo_status assume_all(struct quo_perilfit *fit, const struct quo_market *market)
{
    struct quo_model *m = fit->model;
    const bool flat = fit->options.no_trend;
    const char *own_exposure = fit->exposure.n > 0 ? "fitted" : "published";
    const struct {
        const char *parameter;
        double value;
        const char *origin, *source;
    } list[] = {
        {"exposure_reference", fit->options.exposure_reference, "judgement",
         "a round exposure near the victims' geometric mean"},
        {"floor", fit->options.floor, "judgement", "coverage of the trackers is even above it from mid-2022"},
        {"reporting_completeness", market->reporting_completeness, "published", market->id},
        {"severity_trend", fit->trend.trend, flat ? "judgement" : "fitted",
         flat ? "held at 0 as asked for" : "truncated regression, all perils"},
        {"rate_trend", fit->rates.market.trend, flat ? "judgement" : "fitted",
         flat ? "held at 0 as asked for" : "counts by half-year, all perils"},
        {"gamma", fit->exposure.gamma, own_exposure,
         "loss on exposure in logs, victims whose exposure was told; moved to fit the bands"},
        {"residual_sd", fit->exposure.residual_sd, own_exposure,
         "its residual; moved to fit the bands. A peril's spread is this over its sd of logs"},
        {"bands_count", BANDS_COUNT, "judgement", "weight of the bands against the regression of loss on exposure"},
        {"cap_share", 1.0, "judgement", "a protocol can lose all it holds"},
        {"index_error", m->index_error, fit->index_rows > 0 ? "fitted" : "published",
         "range of the sources' figures over their number"},
        {"attribution_slope", fit->attribution.b, fit->attribution.status == QUO_OK ? "fitted" : "published",
         "logistic in log loss; rows of unknown attribution are not counted after the lists end"},
        {"late_share", fit->options.late_share, "judgement", "share of the last days' incidents that is in the file"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (quo_model_assume(m, list[i].parameter, list[i].value, list[i].origin, list[i].source) != QUO_OK)
            return QUO_MACHINE;
    for (int k = 0; k < QUO_SERVICE_KINDS; k++) {
        char name[64];
        snprintf(name, sizeof name, "outage_rate.%s", quo_outages_kind_id((enum quo_service_kind)k));
        if (fit->options.outages && isfinite(fit->outage_rate[k].rate) &&
            quo_model_assume(m, name, fit->outage_rate[k].rate, "fitted",
                             "full stops a service-year, services chosen because they stopped") != QUO_OK)
            return QUO_MACHINE;
    }
    return QUO_OK;
}

static enum quo_status fill_options(const struct quo_incidents *incidents, struct quo_perilfit_options *o,
                                    struct quo_faults *faults)
{
    if (o->to == INT_MIN) {
        int year, month, day;
        quo_date_to_civil(incidents->to, &year, &month, &day);
        o->to = (month <= 6 ? quo_date_from_civil(year, 7, 1) : quo_date_from_civil(year + 1, 1, 1)) - 1;
    }
    if (o->from == INT_MIN)
        o->from = quo_date_from_civil(2022, 7, 1);
    if (o->from > o->to)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "a window that holds incidents",
                              "the window ends before it begins");
    return QUO_OK;
}

static enum quo_status new_model(struct quo_perilfit *fit, const struct quo_incidents *incidents)
{
    struct quo_model *m = fit->model = calloc(1, sizeof *m);
    if (!m)
        return QUO_MACHINE;
    char date[11], id[32];
    quo_date_format(fit->options.to, date);
    snprintf(id, sizeof id, "market-%.7s", date);
    m->id = quo_text_copy(fit->options.model_id ? fit->options.model_id : id);
    m->data_sha256 = quo_text_copy(incidents->sha256);
    m->exposure_reference = fit->options.exposure_reference;
    m->reference_day = m->trend_until_day = m->data_to = fit->options.to;
    m->data_from = fit->options.from;
    for (int p = 0; p < QUO_PERILS; p++)
        m->peril[p].peril = fit->peril[p].peril = (enum quo_peril)p;
    return m->id && m->data_sha256 ? QUO_OK : QUO_MACHINE;
}

/* What stands behind all perils: trend, prior, rates, exposure, attribution, index error. */
static enum quo_status fit_common(const struct quo_incidents *incidents, const struct quo_market *market,
                                  struct quo_perilfit_data *data, struct quo_perilfit *fit, struct quo_faults *faults)
{
    if (data->n < RECORDS_LEAST)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "a longer window (--from, --to) or a lower --floor",
                              "%zu incidents in the window above the floor: too few for a market", data->n);
    bool equal = true;
    for (size_t i = 1; i < data->n && equal; i++)
        equal = data->log_loss[i] == data->log_loss[0];
    if (equal)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "sizes that differ: no law can be fitted to one",
                              "all %zu sizes in use are %.6g", data->n, exp(data->log_loss[0]));
    const enum quo_status moved = quo_perilfit_data_move(data, fit->options.no_trend, &fit->trend);
    if (moved == QUO_MACHINE)
        return moved;
    if (moved != QUO_OK)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "--no-trend, or another window",
                              "the trend of the sizes could not be fitted");
    const enum quo_status counts = quo_perilfit_counts(incidents, market, fit);
    if (counts == QUO_MACHINE)
        return counts;
    if (counts != QUO_OK)
        return quo_faults_add(faults, QUO_REFUSED, "", 0,
                              "a window of two years or more; or --no-trend for a flat average",
                              "the trend of the rates could not be fitted: %s", fit->rates.reason);
    struct quo_pooling_unit unit[QUO_PERILS];
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        unit[p] = quo_perilfit_data_unit(data, p);
    if (quo_pooling_prior_fit(unit, QUO_COVERED_PERILS, POOL_LEAST, &fit->prior) != QUO_OK) {
        /* One peril alone: its own fit is the centre; sd of 1 and a quarter are a judgement, and the report says so. */
        const struct quo_pooling_unit all = {data->n, data->log_value, data->log_value_floor};
        struct quo_pooling_fit pool;
        if (quo_pooling_fit_unit(&all, NULL, &pool) != QUO_OK)
            return quo_faults_add(faults, QUO_REFUSED, "", 0, "another --floor or window",
                                  "no lognormal fits all perils together");
        fit->prior = (struct quo_pooling_prior){{pool.meanlog, log(pool.sdlog)}, {1.0, 0.25}, 0};
        if (quo_perilfit_warn(
                fit, "too few perils with data to see how they differ: the pooling spread is a judgement") != QUO_OK)
            return QUO_MACHINE;
    }
    quo_perilfit_exposure(incidents, fit);
    if (quo_attribution_fit(incidents, fit->options.from, fit->options.to, fit->options.floor,
                            fit->options.attribution_complete_until, &fit->attribution) == QUO_MACHINE)
        return QUO_MACHINE;
    fit->model->index_error =
        quo_attribution_index_error(incidents, quo_date_from_civil(INDEX_FROM_YEAR, 1, 1), &fit->index_rows);
    if (fit->index_rows == 0)
        fit->model->index_error = QUO_PERILFIT_INDEX_ERROR; /* the assumption says published */
    return QUO_OK;
}

enum quo_status quo_perilfit_run(const struct quo_incidents *incidents, const struct quo_market *market,
                                 const struct quo_perilfit_options *options, struct quo_perilfit **out,
                                 struct quo_faults *faults)
{
    *out = NULL;
    struct quo_perilfit *fit = calloc(1, sizeof *fit);
    struct quo_perilfit_data data;
    memset(&data, 0, sizeof data);
    if (!fit)
        return QUO_MACHINE;
    fit->options = *options;
    enum quo_status status = fill_options(incidents, &fit->options, faults);
    if (status == QUO_OK && (market->n_bands == 0 || market->n_years == 0))
        status = quo_faults_add(faults, QUO_REFUSED, "", 0, "bands and years in the market file",
                                "the market has no bands or no years");
    if (status == QUO_OK)
        status = new_model(fit, incidents);
    if (status == QUO_OK)
        status = quo_perilfit_data_new(incidents, fit, &data);
    if (status == QUO_OK)
        status = fit_common(incidents, market, &data, fit, faults);
    if (status == QUO_OK) {
        const struct quo_sample all = quo_perilfit_data_sample(&data, -1);
        status = quo_perilfit_sizes(&all, &fit->options, false, &fit->all);
    }
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++)
        if (p != QUO_SERVICE_OUTAGE)
            status = fit_peril(&data, market, fit, (enum quo_peril)p);
    if (status == QUO_OK)
        status = reconcile(fit, market, faults);
    for (int p = 0; p < QUO_COVERED_PERILS && fit->options.only >= 0;
         p++) /* gamma is all perils', so they were fitted first */
        if (p != fit->options.only && fit->model)
            fit->peril[p].present = fit->model->peril[p].present = false;
    if (status == QUO_OK && (fit->options.only < 0 || fit->options.only == QUO_SERVICE_OUTAGE))
        status = fit_outages(fit);
    if (status == QUO_OK)
        status = quo_perilfit_draws(&data, market, fit);
    if (status == QUO_OK)
        status = quo_perilfit_reconciliation(incidents, &data, market, fit);
    if (status == QUO_OK)
        status = assume_all(fit, market);
    if (status == QUO_OK)
        status = quo_perilfit_warnings(fit);
    quo_perilfit_data_free(&data);
    if (status != QUO_OK) {
        quo_perilfit_free(fit);
        return status;
    }
    *out = fit;
    return QUO_OK;
}
