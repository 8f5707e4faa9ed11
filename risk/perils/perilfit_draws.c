/* Bootstrap draws of every peril's parameters. A draw is one possible market: the records are drawn anew within each peril, the
 * trend, the families' parameters and the pooling prior are fitted again, a pooled peril is drawn from its posterior,
 * the rate from its own errors, and the reconciliation is solved again.                            [methods: draws]
 * Every random number is addressed by (seed, draw, peril, purpose): the same for any number of threads. */
#include "risk/perils/perilfit_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"

enum purpose { RESAMPLE = 40, POSTERIOR, RATE, COMMON };
#define COMMON_ENTITY 1000 /* what all perils of a draw share */
#define DIGITS                                                                                                         \
    5 /* a draw is rounded when it is made (far within its own spread): a short file, still read back exactly */

/* To DIGITS significant decimals; the result is the double nearest to that decimal, so its shortest text is short. */
static double rounded(double x)
{
    if (x == 0.0 || !isfinite(x))
        return x;
    const int shift = DIGITS - 1 - (int)floor(log10(fabs(x)));
    if (shift < -22 || shift > 22)
        return x;
    const double power = pow(10.0, abs(shift)); /* exact up to 1e22 */
    return shift >= 0 ? round(x * power) / power : round(x / power) * power;
}

static void round_parameters(struct quo_peril_parameters *p)
{
    double *const at[] = {&p->rate,           &p->rate_trend,         &p->alpha,
                          &p->severity_trend, &p->log_median,         &p->gamma,
                          &p->spread,         &p->severity.threshold, &p->severity.weight};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        *at[i] = rounded(*at[i]);
    for (int k = 0; k < quo_severity_laws(&p->severity); k++)
        p->severity.share[k] = rounded(p->severity.share[k]);
    for (int k = 0; k < quo_severity_laws(&p->severity); k++)
        for (int i = 0; i < QUO_LAW_MAX; i++)
            p->severity.law[k].par[i] = rounded(p->severity.law[k].par[i]);
}

/* What the perils of one draw have in common. */
struct common {
    struct quo_trend trend;
    struct quo_pooling_prior prior;
    double gamma, residual_sd;
    double z_trend, z_season;
};

/* The original records of a peril, moved by the draw's trend. */
struct moved {
    double *log_value, *log_floor;
};

static void resample(const struct quo_perilfit_data *data, uint64_t seed, uint64_t draw, struct quo_perilfit_data *out)
{
    memcpy(out->first, data->first, sizeof out->first);
    memcpy(out->count, data->count, sizeof out->count);
    out->n = data->n;
    out->n_groups = data->n_groups;
    memcpy(out->group, data->group, data->n * sizeof *out->group);
    memcpy(out->peril, data->peril, data->n * sizeof *out->peril);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_stream stream = quo_stream_at(seed, draw, (uint32_t)p, RESAMPLE);
        for (size_t i = 0; i < data->count[p]; i++) {
            const size_t from = data->first[p] + quo_stream_below(&stream, (uint32_t)data->count[p]),
                         to = data->first[p] + i;
            out->log_loss[to] = data->log_loss[from];
            out->log_floor[to] = data->log_floor[from];
            out->years[to] = data->years[from];
        }
    }
}

static enum quo_status draw_common(struct quo_perilfit_data *replicate, const struct quo_perilfit *fit, uint64_t draw,
                                   struct common *out)
{
    struct quo_stream stream = quo_stream_at(fit->options.seed, draw, COMMON_ENTITY, COMMON);
    out->z_trend = quo_stream_normal(&stream);
    out->z_season = quo_stream_normal(&stream);
    const struct quo_perilfit_exposure *e = &fit->exposure;
    out->gamma = fmax(0.0, fmin(1.2, e->gamma + e->gamma_se * quo_stream_normal(&stream)));
    out->residual_sd = e->residual_sd * exp(e->sd_log_se * quo_stream_normal(&stream));
    const enum quo_status status = quo_perilfit_data_move(replicate, fit->options.no_trend, &out->trend);
    if (status == QUO_REFUSED || !isfinite(out->trend.trend) || !(out->trend.sigma > 0.0))
        return QUO_NOT_CONVERGED;
    struct quo_pooling_unit unit[QUO_PERILS];
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        unit[p] = quo_perilfit_data_unit(replicate, p);
    if (quo_pooling_prior_fit(unit, QUO_COVERED_PERILS, 10, &out->prior) != QUO_OK)
        out->prior = fit->prior;
    return QUO_OK;
}

/* A draw from the normal approximation of a pooled peril's posterior. */
static bool draw_pooled(const struct quo_perilfit_data *data, const struct quo_perilfit *fit,
                        const struct common *common, int peril, uint64_t draw, const struct moved *room,
                        struct quo_severity *out)
{
    const size_t first = data->first[peril], n = data->count[peril];
    for (size_t i = 0; i < n; i++) {
        const double shift = common->trend.trend * data->years[first + i];
        room->log_value[i] = data->log_loss[first + i] - shift;
        room->log_floor[i] = data->log_floor[first + i] - shift;
    }
    const struct quo_pooling_unit unit = {n, room->log_value, room->log_floor};
    struct quo_pooling_fit pool;
    const bool good = quo_pooling_fit_unit(&unit, &common->prior, &pool) == QUO_OK;
    if (!good)
        pool = fit->peril[peril].pool;
    struct quo_stream stream = quo_stream_at(fit->options.seed, draw, (uint32_t)peril, POSTERIOR);
    const double l00 = sqrt(pool.covariance[0][0]), l10 = pool.covariance[0][1] / l00;
    const double l11 = sqrt(fmax(0.0, pool.covariance[1][1] - l10 * l10));
    const double z0 = quo_stream_normal(&stream), z1 = quo_stream_normal(&stream);
    const double par[2] = {pool.meanlog + l00 * z0, pool.sdlog * exp(fmax(-1.5, fmin(1.5, l10 * z0 + l11 * z1)))};
    *out = quo_severity_simple(QUO_LOGNORMAL, par);
    return good;
}

/* The law refitted from where it was; QUO_OK at a maximum. What cannot be used leaves the law as it was. */
static enum quo_status refit_from(const struct quo_sample *sample, const struct quo_severity *start, double floor,
                                  struct quo_severity *out)
{
    if (start->family == QUO_AVERAGE)
        return quo_perilfit_average_again(sample, start, floor, out);
    struct quo_fit_options options;
    quo_fit_options_init(&options);
    options.quick = true;
    options.start = start;
    if (start->family == QUO_SPLICED) {
        options.threshold = start->threshold;
        options.body = start->law[0].family;
    }
    struct quo_fit refit;
    const enum quo_status status = quo_fit_family(sample, start->family, &options, &refit);
    const bool usable =
        (status == QUO_OK || status == QUO_NOT_CONVERGED) && quo_severity_invalid(&refit.severity) == NULL;
    *out = usable ? refit.severity : *start;
    return status;
}

static enum quo_status draw_own(const struct quo_perilfit_data *replicate, const struct quo_perilfit *fit, int peril,
                                struct quo_severity *out)
{
    const struct quo_sample sample = quo_perilfit_data_sample(replicate, peril);
    return refit_from(&sample, &fit->peril[peril].severity, fit->options.floor, out);
}

/* Events and slope drawn from their errors; the season's part is common to all perils. */
static void draw_rate(const struct quo_perilfit *fit, const struct common *common, int peril, uint64_t draw,
                      struct quo_peril_parameters *out, double *rate_per_protocol)
{
    const struct quo_perilfit_peril *m = &fit->peril[peril];
    struct quo_stream stream = quo_stream_at(fit->options.seed, draw, (uint32_t)peril, RATE);
    const double n = m->rate.events, shared = fit->rates.market.std_error;
    const double own = sqrt(fmax(0.0, m->rate.std_error * m->rate.std_error - shared * shared));
    const double slope =
        m->rate.trend + fmin(shared, m->rate.std_error) * common->z_trend + own * quo_stream_normal(&stream);
    double events = quo_stream_gamma(&stream, n + 0.5); /* Jeffreys; scaled so that its mean is n, or 1/2 without any */
    events *= n > 0.0 ? n / (n + 0.5) : 1.0;
    const double season = m->rate_season_sd;
    events *= exp(season * common->z_season - 0.5 * season * season);
    *rate_per_protocol = quo_trend_rate_at(&fit->counts, fmax(events, 1e-6), slope);
    out->rate_trend = slope;
}

static enum quo_status one_draw(const struct quo_perilfit_data *data, const struct quo_market *market,
                                struct quo_perilfit *fit, uint64_t draw, struct quo_perilfit_data *replicate,
                                const struct moved *room, bool failed[QUO_PERILS])
{
    struct common common;
    resample(data, fit->options.seed, draw, replicate);
    if (draw_common(replicate, fit, draw, &common) !=
        QUO_OK) { /* a replicate that cannot be fitted keeps the fit's own */
        common.trend = fit->trend;
        common.prior = fit->prior;
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_peril_model *m = &fit->model->peril[p];
        failed[p] = false;
        if (!m->present || p == QUO_SERVICE_OUTAGE)
            continue;
        struct quo_peril_parameters *out = &m->draw[draw];
        *out = m->point;
        out->severity_trend = common.trend.trend;
        out->gamma = common.gamma;
        if (fit->peril[p].pooled) {
            failed[p] = !draw_pooled(data, fit, &common, p, draw, room, &out->severity);
        } else {
            const enum quo_status own = draw_own(replicate, fit, p, &out->severity);
            if (own == QUO_MACHINE)
                return own;
            failed[p] = own != QUO_OK;
        }
        out->spread = quo_perilfit_spread(fit, common.residual_sd, &out->severity);
        double rate;
        draw_rate(fit, &common, p, draw, out, &rate);
        struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
        terms.events *= rate / fit->peril[p].rate.rate;
        struct quo_reconcile_result result;
        if (quo_reconcile_solve(&terms, out, &result) == QUO_DOMAIN) {
            failed[p] = true;
            out->severity = m->point.severity;
            out->spread = m->point.spread;
            if (quo_reconcile_solve(&terms, out, &result) == QUO_DOMAIN)
                *out = m->point;
        }
        round_parameters(out);
    }
    return QUO_OK;
}

enum quo_status quo_perilfit_draws(const struct quo_perilfit_data *data, const struct quo_market *market,
                                   struct quo_perilfit *fit)
{
    const size_t draws = (size_t)fit->options.draws;
    size_t largest = 1;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_peril_model *m = &fit->model->peril[p];
        largest = data->count[p] > largest ? data->count[p] : largest;
        if (!m->present || p == QUO_SERVICE_OUTAGE || draws == 0)
            continue;
        if (!(m->draw = calloc(draws, sizeof *m->draw)))
            return QUO_MACHINE;
        m->n_draws = draws;
        fit->peril[p].draws = (int)draws;
    }
    bool memory = true;
    int failures[QUO_PERILS] = {0};
#pragma omp parallel
    {
        struct quo_perilfit_data replicate;
        struct moved room = {malloc(largest * sizeof(double)), malloc(largest * sizeof(double))};
        const bool ready = quo_perilfit_data_room(&replicate, data->n) == QUO_OK && room.log_value && room.log_floor;
#pragma omp for schedule(dynamic, 4)
        for (size_t d = 0; d < draws; d++) {
            bool failed[QUO_PERILS] = {false};
            if (!ready || one_draw(data, market, fit, d, &replicate, &room, failed) != QUO_OK) {
#pragma omp atomic write
                memory = false;
                continue;
            }
            for (int p = 0; p < QUO_COVERED_PERILS; p++)
                if (failed[p]) {
#pragma omp atomic
                    failures[p]++;
                }
        }
        quo_perilfit_data_free(&replicate);
        free(room.log_value);
        free(room.log_floor);
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        fit->peril[p].draws_failed = failures[p];
    return memory ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_perilfit_outage_draws(const struct quo_sample *sample, struct quo_perilfit *fit)
{
    struct quo_peril_model *m = &fit->model->peril[QUO_SERVICE_OUTAGE];
    struct quo_perilfit_peril *peril = &fit->peril[QUO_SERVICE_OUTAGE];
    const size_t draws = (size_t)fit->options.draws;
    if (draws == 0 || !m->present)
        return QUO_OK;
    double *value = malloc(sample->n * sizeof *value);
    bool *censored = malloc(sample->n * sizeof *censored);
    m->draw = calloc(draws, sizeof *m->draw);
    if (value && censored && m->draw) {
        m->n_draws = draws;
        peril->draws = (int)draws;
    }
    struct quo_sample replicate = *sample;
    replicate.value = value;
    replicate.censored = censored;
    bool memory = value && censored && m->draw;
    for (size_t d = 0; d < m->n_draws; d++) {
        struct quo_stream stream = quo_stream_at(fit->options.seed, d, QUO_SERVICE_OUTAGE, RESAMPLE);
        for (size_t i = 0; i < sample->n; i++) {
            const size_t from = quo_stream_below(&stream, (uint32_t)sample->n);
            value[i] = sample->value[from];
            censored[i] = sample->censored[from];
        }
        struct quo_peril_parameters *out = &m->draw[d];
        *out = m->point;
        const enum quo_status status = refit_from(&replicate, &m->point.severity, sample->floor, &out->severity);
        peril->draws_failed += status != QUO_OK;
        memory = memory && status != QUO_MACHINE;
        struct quo_stream rate = quo_stream_at(fit->options.seed, d, QUO_SERVICE_OUTAGE, RATE);
        out->rate *= exp(peril->rate_log_sd * quo_stream_normal(&rate));
        round_parameters(out);
    }
    free(value);
    free(censored);
    return memory ? QUO_OK : QUO_MACHINE;
}
