/* The records that are fitted, the counts by half-year, and the regression of losses on exposure. */
#include "risk/perils/perilfit_parts.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/numeric.h"

#define GROUP_LEAST 20    /* records from which a peril has a location of its own in the trend regression */
#define EXPOSURE_LEAST 10 /* losses with known exposure from which the elasticity is fitted */

/* A loss of exactly the floor is a rounded figure (thirteen are 100,000 to the unit) and counts as below: on the truncation
 * point itself it would have no room in any law. */
static bool in_use(const struct quo_incident *it, const struct quo_perilfit_options *o)
{
    return it->peril < QUO_COVERED_PERILS && it->day >= o->from && it->day <= o->to && it->loss > o->floor;
}

enum quo_status quo_perilfit_data_room(struct quo_perilfit_data *data, size_t n)
{
    memset(data, 0, sizeof *data);
    double **const real[] = {&data->log_loss, &data->log_floor, &data->years,          &data->value,
                             &data->floor,    &data->log_value, &data->log_value_floor};
    for (size_t k = 0; k < sizeof real / sizeof *real; k++)
        if (!(*real[k] = malloc((n ? n : 1) * sizeof **real[k])))
            return QUO_MACHINE;
    data->peril = malloc((n ? n : 1) * sizeof *data->peril);
    data->group = malloc((n ? n : 1) * sizeof *data->group);
    return data->peril && data->group ? QUO_OK : QUO_MACHINE;
}

void quo_perilfit_data_free(struct quo_perilfit_data *data)
{
    free(data->log_loss);
    free(data->log_floor);
    free(data->years);
    free(data->value);
    free(data->floor);
    free(data->log_value);
    free(data->log_value_floor);
    free(data->peril);
    free(data->group);
}

enum quo_status quo_perilfit_data_new(const struct quo_incidents *incidents, struct quo_perilfit *fit,
                                      struct quo_perilfit_data *out)
{
    const struct quo_perilfit_options *o = &fit->options;
    enum quo_status status = quo_perilfit_data_room(out, incidents->n);
    if (status != QUO_OK)
        return status;
    fit->rows = incidents->n;
    for (size_t i = 0; i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        fit->corrected += it->corrected;
        if (it->bridge == 1 && in_use(it, o)) {
            fit->bridge_messages += it->peril == QUO_BRIDGE_VALIDATION;
            fit->bridge_codes += it->peril == QUO_CODE_BUG;
        }
        if (it->day < o->from || it->day > o->to)
            fit->left_out_window++;
        else if (it->peril >= QUO_COVERED_PERILS)
            fit->left_out_cause++;
        else if (it->loss <= o->floor)
            fit->left_out_floor++;
    }
    const double reference = quo_date_year(o->to + 1);
    int many = 0, few = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        out->first[p] = out->n;
        for (size_t i = 0; i < incidents->n; i++) {
            const struct quo_incident *it = &incidents->incident[i];
            if (it->peril != p || !in_use(it, o))
                continue;
            const double floor =
                it->floor > o->floor ? it->floor : o->floor; /* the first is false where the record has none */
            fit->with_floor += it->floor > o->floor;
            out->log_loss[out->n] = log(it->loss);
            out->log_floor[out->n] = log(floor);
            out->years[out->n] = quo_date_year(it->day) - reference;
            out->peril[out->n++] = p;
        }
        out->count[p] = out->n - out->first[p];
        many += out->count[p] >= GROUP_LEAST;
        few += out->count[p] > 0 && out->count[p] < GROUP_LEAST;
    }
    int next = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const int group = out->count[p] >= GROUP_LEAST ? next++ : many;
        for (size_t i = 0; i < out->count[p]; i++)
            out->group[out->first[p] + i] = group;
    }
    out->n_groups = many + (few > 0);
    fit->used = out->n;
    return QUO_OK;
}

enum quo_status quo_perilfit_data_move(struct quo_perilfit_data *data, bool flat, struct quo_trend *trend)
{
    const struct quo_trend_sample sample = {.n = data->n,
                                            .log_loss = data->log_loss,
                                            .log_floor = data->log_floor,
                                            .years = data->years,
                                            .group = data->group,
                                            .n_groups = data->n_groups};
    const enum quo_status status = quo_trend_sizes(&sample, flat, trend);
    for (size_t i = 0; i < data->n && status == QUO_OK; i++) {
        const double shift = trend->trend * data->years[i];
        data->log_value[i] = data->log_loss[i] - shift;
        data->log_value_floor[i] = data->log_floor[i] - shift;
        data->value[i] = exp(data->log_value[i]);
        data->floor[i] = exp(data->log_value_floor[i]);
    }
    return status;
}

struct quo_sample quo_perilfit_data_sample(const struct quo_perilfit_data *data, int peril)
{
    const size_t first = peril < 0 ? 0 : data->first[peril], n = peril < 0 ? data->n : data->count[peril];
    struct quo_sample sample = quo_likelihood_sample(data->value + first, n);
    sample.truncation = data->floor + first;
    return sample;
}

struct quo_pooling_unit quo_perilfit_data_unit(const struct quo_perilfit_data *data, int peril)
{
    return (struct quo_pooling_unit){data->count[peril], data->log_value + data->first[peril],
                                     data->log_value_floor + data->first[peril]};
}

/* Protocols at risk in a year; years beyond the table are taken as its nearest. */
static double protocols_in(const struct quo_market *market, int year)
{
    const struct quo_market_year *best = &market->year[0];
    for (size_t i = 1; i < market->n_years; i++)
        if (abs(market->year[i].year - year) < abs(best->year - year))
            best = &market->year[i];
    return best->protocol_years;
}

double quo_perilfit_exposure_between(const struct quo_market *market, int from, int to)
{
    double sum = 0.0;
    for (int begin = from; begin <= to;) {
        int year, month, day;
        quo_date_to_civil(begin, &year, &month, &day);
        const int first = quo_date_from_civil(year, 1, 1), next = quo_date_from_civil(year + 1, 1, 1),
                  end = next <= to ? next : to + 1;
        sum += protocols_in(market, year) * (end - begin) / (next - first);
        begin = end;
    }
    return sum * market->reporting_completeness;
}

/* Half-years of the calendar, the first and the last cut by the window. */
enum quo_status quo_perilfit_counts(const struct quo_incidents *incidents, const struct quo_market *market,
                                    struct quo_perilfit *fit)
{
    const struct quo_perilfit_options *o = &fit->options;
    struct quo_trend_counts *c = &fit->counts;
    memset(c, 0, sizeof *c);
    const double reference = quo_date_year(o->to + 1);
    int year, month, day, start[QUO_TREND_PERIODS + 1];
    quo_date_to_civil(o->from, &year, &month, &day);
    for (int begin = o->from; begin <= o->to;) {
        const int next = month <= 6 ? quo_date_from_civil(year, 7, 1) : quo_date_from_civil(year + 1, 1, 1);
        const int end = next <= o->to ? next : o->to + 1;
        if (c->n_periods == QUO_TREND_PERIODS)
            return QUO_REFUSED;
        const int days = quo_date_from_civil(year + 1, 1, 1) - quo_date_from_civil(year, 1, 1);
        const int late_from = o->to + 1 - o->late_days;
        const int late = end > late_from ? end - (begin > late_from ? begin : late_from) : 0;
        start[c->n_periods] = begin;
        c->exposure[c->n_periods] = protocols_in(market, year) * market->reporting_completeness *
                                    ((end - begin - late) + late * o->late_share) / days;
        c->years[c->n_periods++] = 0.5 * (quo_date_year(begin) + quo_date_year(end)) - reference;
        begin = end;
        quo_date_to_civil(begin, &year, &month, &day);
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        c->used[p] = p != QUO_SERVICE_OUTAGE;
    for (size_t i = 0; i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (!in_use(it, o))
            continue;
        int t = c->n_periods - 1;
        while (t > 0 && it->day < start[t])
            t--;
        c->count[it->peril][t] += 1.0;
    }
    return quo_trend_fit_counts(c, o->no_trend, &fit->rates);
}

/* Of all years: they are few, and a share has no trend that could be seen. */
static void loss_shares(const struct quo_incidents *incidents, struct quo_perilfit_exposure *e)
{
    double *share = malloc((incidents->n ? incidents->n : 1) * sizeof *share), sum = 0.0;
    size_t n = 0;
    e->share_p10 = e->share_p50 = e->share_p90 = e->share_mean = NAN;
    for (size_t i = 0; share && i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (it->exposure > 0.0 && it->peril < QUO_COVERED_PERILS) {
            share[n] = it->loss / it->exposure;
            sum += share[n++];
        }
    }
    e->shares = (int)n;
    if (n > 0) {
        quo_numeric_sort(share, n);
        e->share_p10 = gsl_stats_quantile_from_sorted_data(share, 1, n, 0.1);
        e->share_p50 = gsl_stats_quantile_from_sorted_data(share, 1, n, 0.5);
        e->share_p90 = gsl_stats_quantile_from_sorted_data(share, 1, n, 0.9);
        e->share_mean = sum / (double)n;
    }
    free(share);
}

void quo_perilfit_exposure(const struct quo_incidents *incidents, struct quo_perilfit *fit)
{
    struct quo_perilfit_exposure *e = &fit->exposure;
    double n = 0.0, mx = 0.0, my = 0.0, sxx = 0.0, sxy = 0.0, syy = 0.0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < incidents->n; i++) {
            const struct quo_incident *it = &incidents->incident[i];
            if (!(it->exposure > 0.0) || !in_use(it, &fit->options))
                continue;
            const double x = log(it->exposure), y = log(it->loss);
            if (pass == 0) {
                n += 1.0;
                mx += (x - mx) / n;
                my += (y - my) / n;
            } else {
                sxx += gsl_pow_2(x - mx);
                sxy += (x - mx) * (y - my);
                syy += gsl_pow_2(y - my);
            }
        }
    *e = (struct quo_perilfit_exposure){.n = 0,
                                        .regression_gamma = QUO_PERILFIT_GAMMA,
                                        .gamma_se = QUO_PERILFIT_GAMMA_SE,
                                        .regression_sd = QUO_PERILFIT_RESIDUAL_SD,
                                        .sd_log_se = QUO_PERILFIT_LOG_SD_SE};
    if (n >= EXPOSURE_LEAST && sxx > 0.0) {
        e->n = (int)n;
        e->regression_gamma = sxy / sxx;
        e->regression_sd = sqrt(fmax(0.0, syy - sxy * sxy / sxx) / (n - 2.0));
        e->gamma_se = e->regression_sd / sqrt(sxx);
        e->sd_log_se = 1.0 / sqrt(2.0 * (n - 2.0));
    }
    e->gamma = fmax(0.0, fmin(1.2, e->regression_gamma));
    e->residual_sd = fmax(0.05, e->regression_sd);
    loss_shares(incidents, e);
}
