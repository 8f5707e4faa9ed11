#include "risk/perils/backtest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/perils/perilfit_parts.h"
#include "risk/severity/frequency.h"

enum purpose { SEASON = 60, COUNTS, SIZES };

static const char *const names[QUO_BACKTEST_STATISTICS] = {"count", "total",   "median",
                                                           "mean",  "maximum", "infrastructure_share"};

const char *quo_backtest_name(int statistic)
{
    return statistic >= 0 && statistic < QUO_BACKTEST_STATISTICS ? names[statistic] : "?";
}

void quo_backtest_options_init(struct quo_backtest_options *options)
{
    memset(options, 0, sizeof *options);
    options->months = 6;
    options->simulations = 20000;
    quo_perilfit_options_init(&options->fit);
    options->fit.tests = 0;
}

static int add_months(int day, int months)
{
    int year, month, d;
    quo_date_to_civil(day, &year, &month, &d);
    const int total = year * 12 + month - 1 + months;
    const int first = quo_date_from_civil(total / 12, total % 12 + 1, 1);
    const int next = quo_date_from_civil((total + 1) / 12, (total + 1) % 12 + 1, 1);
    return first + d - 1 < next ? first + d - 1 : next - 1;
}

static bool in_market(const struct quo_perilfit *fit, int peril)
{
    return fit->peril[peril].present && peril != QUO_SERVICE_OUTAGE;
}

/* What the predicted months may hold, draw by draw. */
struct world {
    const struct quo_perilfit *fit;
    size_t draws;
    const struct quo_peril_parameters **parameters; /* [draws][QUO_PERILS] */
    double *mean, *floor_q;                         /* the same shape: incidents in the file to come; P[S > floor] */
    double season_size;                             /* of the market */
    double top;                                     /* the most that the largest protocol can lose */
};

static void world_free(struct world *w)
{
    free(w->parameters);
    free(w->mean);
    free(w->floor_q);
}

static enum quo_status world_new(const struct quo_perilfit *fit, const struct quo_market *market, double exposure,
                                 struct world *w)
{
    *w = (struct world){.fit = fit,
                        .draws = fit->options.draws > 0 ? (size_t)fit->options.draws : 1,
                        .season_size = fit->rates.market.size};
    const size_t n = w->draws * QUO_PERILS;
    w->parameters = calloc(n, sizeof *w->parameters);
    w->mean = calloc(n, sizeof *w->mean);
    w->floor_q = calloc(n, sizeof *w->floor_q);
    if (!w->parameters || !w->mean || !w->floor_q)
        return QUO_MACHINE;
    double protocols = 0.0;
    for (size_t i = 0; i < market->n_bands; i++) {
        protocols += market->band[i].count;
        w->top = fmax(w->top, market->band[i].mean_usd);
    }
    for (size_t d = 0; d < w->draws; d++)
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            const struct quo_peril_model *m = &fit->model->peril[p];
            if (!in_market(fit, p))
                continue;
            const size_t at = d * QUO_PERILS + (size_t)p;
            const struct quo_reconcile_terms terms = quo_perilfit_terms(fit, market, (enum quo_peril)p);
            w->parameters[at] = m->n_draws ? &m->draw[d] : &m->point;
            w->floor_q[at] = quo_severity_Q(m->floor, &w->parameters[at]->severity);
            w->mean[at] = quo_reconcile_number_above(&terms, w->parameters[at], m->floor) * exposure / protocols;
        }
    return QUO_OK;
}

/* The statistics of n losses (reordered); all but the first are NaN without any. */
static void statistics(double *loss, size_t n, double infrastructure, double out[QUO_BACKTEST_STATISTICS])
{
    for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++)
        out[k] = NAN;
    out[QUO_BACKTEST_COUNT] = (double)n;
    out[QUO_BACKTEST_TOTAL] = 0.0;
    if (n == 0)
        return;
    quo_numeric_sort(loss, n);
    const double total = quo_sum_array(loss, n);
    out[QUO_BACKTEST_TOTAL] = total;
    out[QUO_BACKTEST_MEDIAN] = 0.5 * (loss[(n - 1) / 2] + loss[n / 2]);
    out[QUO_BACKTEST_MEAN] = total / (double)n;
    out[QUO_BACKTEST_MAXIMUM] = loss[n - 1];
    out[QUO_BACKTEST_INFRASTRUCTURE] = infrastructure / total;
}

static enum quo_status simulate_one(const struct world *w, uint64_t seed, uint64_t simulation, double **room,
                                    size_t *room_n, double out[QUO_BACKTEST_STATISTICS])
{
    struct quo_stream season = quo_stream_at(seed, simulation, 0, SEASON);
    const double z = isfinite(w->season_size) ? quo_stream_gamma(&season, w->season_size) / w->season_size : 1.0;
    size_t n = 0;
    double infrastructure = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!in_market(w->fit, p))
            continue;
        const size_t at = (size_t)(simulation % w->draws) * QUO_PERILS + (size_t)p;
        struct quo_stream count = quo_stream_at(seed, simulation, (uint32_t)p, COUNTS),
                          size = quo_stream_at(seed, simulation, (uint32_t)p, SIZES);
        const size_t k = (size_t)quo_stream_poisson(&count, fmin(w->mean[at] * z, 1e6));
        if (n + k > *room_n) {
            double *more = realloc(*room, 2 * (n + k) * sizeof *more);
            if (!more)
                return QUO_MACHINE;
            *room = more;
            *room_n = 2 * (n + k);
        }
        for (size_t i = 0; i < k; i++) {
            const double s = fmin(
                w->top, quo_severity_Qinv(w->floor_q[at] * quo_stream_uniform(&size), &w->parameters[at]->severity));
            (*room)[n++] = s;
            if (quo_peril_group_of((enum quo_peril)p) == QUO_GROUP_INFRASTRUCTURE)
                infrastructure += s;
        }
    }
    statistics(*room, n, infrastructure, out);
    return QUO_OK;
}

static void place(double observed, double *value, size_t n, struct quo_backtest_line *out)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            value[m++] = value[i];
    *out = (struct quo_backtest_line){observed, NAN, NAN, NAN, NAN};
    if (m == 0)
        return;
    quo_numeric_sort(value, m);
    out->low = value[(size_t)(0.05 * (double)(m - 1))];
    out->median = value[(m - 1) / 2];
    out->high = value[(size_t)ceil(0.95 * (double)(m - 1))];
    double below = 0.0;
    for (size_t i = 0; i < m; i++)
        below += value[i] < observed ? 1.0 : value[i] == observed ? 0.5 : 0.0;
    out->pit = isnan(observed) ? NAN : below / (double)m;
}

/* Log of the mean over draws of the negative binomial probability of the count, and of the density of every size. */
static void score(const struct world *w, const double *loss, size_t n, struct quo_backtest *out)
{
    const size_t draws = w->draws;
    double count = -INFINITY;
    double *density = malloc((n ? n : 1) * sizeof *density);
    for (size_t i = 0; density && i < n; i++)
        density[i] = -INFINITY;
    for (size_t d = 0; d < draws; d++) {
        const size_t at = d * QUO_PERILS;
        double total = 0.0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            total += w->mean[at + (size_t)p];
        const struct quo_frequency law = quo_frequency_negbin_mean(total, w->season_size);
        count = quo_logaddexp(count, log(quo_frequency_pmf((int64_t)n, &law)));
        for (size_t i = 0; density && i < n; i++)
            for (size_t k = at; k < at + QUO_COVERED_PERILS; k++)
                if (w->mean[k] > 0.0)
                    density[i] = quo_logaddexp(
                        density[i], log(w->mean[k] / total) +
                                        quo_severity_logpdf(loss[i], &w->parameters[k]->severity) - log(w->floor_q[k]));
    }
    out->log_score_count = count - log((double)draws);
    out->log_score_sizes = density ? 0.0 : NAN;
    for (size_t i = 0; density && i < n; i++)
        out->log_score_sizes += density[i] - log((double)draws);
    free(density);
}

/* The simplest model: one Poisson at the flat average rate per protocol-year, one lognormal above the floor. */
static enum quo_status score_simple(const struct quo_incidents *incidents, const struct quo_perilfit *fit,
                                    double exposure, const double *loss, size_t n, struct quo_backtest *out)
{
    double events = 0.0, past = 0.0;
    for (int t = 0; t < fit->counts.n_periods; t++) {
        past += fit->counts.exposure[t];
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            events += fit->counts.count[p][t];
    }
    const struct quo_frequency law = quo_frequency_poisson(events / past * exposure);
    out->simple_count = log(quo_frequency_pmf((int64_t)n, &law));
    double *log_loss = malloc(incidents->n * sizeof *log_loss), *log_floor = malloc(incidents->n * sizeof *log_floor);
    size_t m = 0;
    for (size_t i = 0; log_loss && log_floor && i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (it->peril < QUO_COVERED_PERILS && it->day >= fit->options.from && it->day <= fit->options.to &&
            it->loss > fit->options.floor) {
            log_loss[m] = log(it->loss);
            log_floor[m++] = log(fit->options.floor);
        }
    }
    const struct quo_pooling_unit unit = {m, log_loss, log_floor};
    struct quo_pooling_fit one;
    const bool good = log_loss && log_floor && quo_pooling_fit_unit(&unit, NULL, &one) == QUO_OK;
    out->simple_sizes = good ? 0.0 : NAN;
    for (size_t i = 0; good && i < n; i++) {
        const double z = (log(loss[i]) - one.meanlog) / one.sdlog,
                     at = (log(fit->options.floor) - one.meanlog) / one.sdlog;
        out->simple_sizes +=
            -0.5 * z * z - log(one.sdlog * loss[i]) - 0.91893853320467274 - quo_normal_logQ(at); /* ln sqrt(2 pi) */
    }
    const bool memory = log_loss && log_floor;
    free(log_loss);
    free(log_floor);
    return memory ? QUO_OK : QUO_MACHINE;
}

static enum quo_status compare(const struct quo_incidents *incidents, const struct quo_market *market,
                               const struct quo_perilfit *fit, const struct quo_backtest_options *options,
                               struct quo_backtest *out)
{
    const size_t simulations = (size_t)options->simulations;
    double *loss = malloc(incidents->n * sizeof *loss), *room = malloc(1024 * sizeof *room);
    double *value = malloc(QUO_BACKTEST_STATISTICS * simulations * sizeof *value);
    size_t room_n = 1024;
    enum quo_status status = loss && room && value ? QUO_OK : QUO_MACHINE;
    double infrastructure = 0.0, observed[QUO_BACKTEST_STATISTICS];
    for (size_t i = 0; status == QUO_OK && i < incidents->n; i++) {
        const struct quo_incident *it = &incidents->incident[i];
        if (it->peril >= QUO_COVERED_PERILS || it->day < out->split || it->day > out->to ||
            it->loss <= fit->options.floor)
            continue;
        loss[out->observed++] = it->loss;
        if (quo_peril_group_of((enum quo_peril)it->peril) == QUO_GROUP_INFRASTRUCTURE)
            infrastructure += it->loss;
    }
    const double exposure = quo_perilfit_exposure_between(market, out->split, out->to);
    struct world world = {0};
    if (status == QUO_OK)
        status = world_new(fit, market, exposure, &world);
    if (status == QUO_OK) {
        score(&world, loss, out->observed, out);
        status = score_simple(incidents, fit, exposure, loss, out->observed, out);
        statistics(loss, out->observed, infrastructure, observed);
    }
    for (size_t i = 0; i < simulations && status == QUO_OK; i++) {
        double one[QUO_BACKTEST_STATISTICS];
        status = simulate_one(&world, fit->options.seed, i, &room, &room_n, one);
        for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++)
            value[(size_t)k * simulations + i] = one[k];
    }
    for (int k = 0; k < QUO_BACKTEST_STATISTICS && status == QUO_OK; k++)
        place(observed[k], value + (size_t)k * simulations, simulations, &out->line[k]);
    world_free(&world);
    free(loss);
    free(room);
    free(value);
    return status;
}

enum quo_status quo_backtest_run(const struct quo_incidents *incidents, const struct quo_market *market,
                                 const struct quo_backtest_options *options, struct quo_backtest *out,
                                 struct quo_faults *faults)
{
    memset(out, 0, sizeof *out);
    struct quo_perilfit_options fit_options = options->fit;
    fit_options.to = options->split - 1;
    out->split = options->split;
    out->to = add_months(options->split, options->months) - 1;
    if (incidents->to < options->split)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "an earlier split",
                              "the file has no incident after the split");
    struct quo_perilfit *fit;
    enum quo_status status = quo_perilfit_run(incidents, market, &fit_options, &fit, faults);
    if (status != QUO_OK)
        return status;
    out->from = fit->options.from;
    out->fitted = fit->used;
    status = compare(incidents, market, fit, options, out);
    quo_perilfit_free(fit);
    return status;
}
