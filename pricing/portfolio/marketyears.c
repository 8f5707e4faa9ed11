#include "pricing/portfolio/marketyears.h"

#include <gsl/gsl_cdf.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/marketlaw.h"
#include "risk/base/numeric.h"

void quo_marketyears_free(struct quo_marketyears *m)
{
    if (!m)
        return;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        quo_sizetable_free(&m->peril[p].sizes);
        free(m->peril[p].counted);
    }
    free(m);
}

int quo_marketyears_bin(const struct quo_marketperil *peril, double usd)
{
    if (!(usd >= peril->floor))
        return -1;
    const double at = QUO_MARKETYEARS_BINS_TO_E * log(usd / peril->floor);
    return at < QUO_MARKETYEARS_BINS - 1 ? (int)at : QUO_MARKETYEARS_BINS - 1;
}

/* Readings of an earlier pricing date may count more events, and larger ones: so many are drawn as the one that counts most asks for. */
static bool fill_readings(const struct quo_exposures *e, const struct quo_peril_parameters *par, double trend_years,
                          struct quo_marketperil *out)
{
    double most = 1.0;
    out->counted = malloc((2 * e->n_readings + 1) * sizeof *out->counted);
    if (!out->counted)
        return false;
    out->scale = out->counted + e->n_readings;
    for (size_t i = 0; i < e->n_readings; i++) {
        const double years = e->reading[i].trend_years - trend_years;
        out->counted[i] = exp(par->rate_trend * years);
        out->scale[i] = exp(par->severity_trend * years);
        most = fmax(most, out->counted[i]);
    }
    for (size_t i = 0; i < e->n_readings; i++)
        out->counted[i] /= most;
    out->counted_all = 1.0 / most;
    out->events *= most;
    return true;
}

static enum quo_status fill_sizes(const struct quo_loss *loss, struct quo_marketperil *out)
{
    out->sizes.log_size = malloc(QUO_SIZETABLE_NODES * sizeof *out->sizes.log_size);
    if (!out->sizes.log_size)
        return QUO_MACHINE;
    for (int i = 0; i < QUO_SIZETABLE_NODES; i++) {
        const double score = (double)i / QUO_SIZETABLE_CELLS_PER_UNIT - QUO_SIZETABLE_FARTHEST;
        const double usd = quo_loss_Qinv(fmin(quo_normal_Q(score), 1.0 - 0x1p-53), loss);
        if (!(usd > 0.0) || !isfinite(usd))
            return QUO_DOMAIN;
        out->sizes.log_size[i] = (float)log(usd);
    }
    out->floor = exp((double)out->sizes.log_size[0]);
    for (int b = 0; b < QUO_MARKETYEARS_BINS; b++) {
        const double low = b == 0 ? 1.0 : quo_loss_Q(out->floor * exp(b / QUO_MARKETYEARS_BINS_TO_E), loss),
                     high = b + 1 == QUO_MARKETYEARS_BINS ? 0.0 : quo_loss_Q(out->floor * exp((b + 1) / QUO_MARKETYEARS_BINS_TO_E), loss);
        out->all[b] = out->events * fmax(0.0, low - high);
    }
    return QUO_OK;
}

enum quo_status quo_marketyears_new(const struct quo_exposures *e, struct quo_marketyears **out)
{
    const struct quo_model *model = e->engine->model;
    const struct quo_marketlaw_input input = {.engine = e->engine, .day = INT_MAX, .draw = -1, .window_years = 1.0};
    struct quo_marketyears *m = *out = calloc(1, sizeof *m);
    enum quo_status status = m ? QUO_OK : QUO_MACHINE;
    if (m)
        m->exposures = e;
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        struct quo_marketperil *peril = &m->peril[p];
        struct quo_loss loss;
        if (quo_peril_in_hours((enum quo_peril)p) || !model->peril[p].present)
            continue;
        quo_marketlaw_peril(&input, (enum quo_peril)p, &peril->events, &peril->size, &loss);
        peril->cap = loss.cap;
        loss.cap = INFINITY;
        if (peril->events > 0.0)
            status = fill_readings(e, &model->peril[p].point, quo_hazard_trend_years(model, INT_MAX), peril)
                         ? fill_sizes(&loss, peril)
                         : QUO_MACHINE;
    }
    if (status) {
        quo_marketyears_free(m);
        *out = NULL;
    }
    return status;
}

/* ---- a year ------------------------------------------------------------------------------------ */

void quo_marketyear_free(struct quo_marketyear *year)
{
    free(year->loss);
    *year = (struct quo_marketyear){0};
}

/* The book's seasons are gammas of the year's size however long the simulated year is; the market's number of so many years has a size that
 * grows with them. Both by one normal score: alike where the year is one. */
static double season_of(const struct quo_marketperil *peril, double season, double horizon)
{
    const double size = peril->size;
    if (isinf(size) || fabs(horizon - 1.0) < 1e-9)
        return season;
    const double u = fmax(1e-15, gsl_cdf_gamma_Q(season, size, 1.0 / size));
    return u < 1.0 ? gsl_cdf_gamma_Qinv(u, size * horizon, 1.0 / (size * horizon)) : 0.0;
}

struct drawing {
    const struct quo_marketperil *peril;
    struct quo_stream *stream;
    struct quo_marketyear *year;
    double concentration; /* of the times, as the fitted size is for the horizon */
    size_t first;         /* the peril's losses begin there */
};

/* Times of a gamma process, given how much it grew, are draws from a Dirichlet process: the k-th is one of its own, or that of one before
 * [BM73]. Counts of windows are then independent of each other. */
static bool add_loss(struct drawing *d, struct quo_marketloss loss)
{
    struct quo_marketyear *y = d->year;
    const size_t before = y->n - d->first;
    if (!quo_exposures_room((void **)&y->loss, &y->room, y->n, sizeof *y->loss))
        return false;
    loss.mark = quo_stream_uniform(d->stream);
    if (before && isfinite(d->concentration) &&
        quo_stream_uniform(d->stream) * (d->concentration + (double)before) >= d->concentration)
        loss.time = y->loss[d->first + quo_stream_below(d->stream, (uint32_t)before)].time;
    y->loss[y->n++] = loss;
    return true;
}

/* The others' losses of one peril: all the market's are drawn, and those left out that the book's stand for. */
static bool draw_others(struct drawing *d, unsigned p, double mean, double ratio, double horizon,
                        const struct quo_scores *scores)
{
    for (int64_t n = quo_stream_poisson(d->stream, mean); n > 0; n--) {
        const double score = quo_scores_of(quo_stream_uniform(d->stream), scores),
                     usd = exp(quo_sizetable_log(score, &d->peril->sizes)), toss = quo_stream_uniform(d->stream),
                     time = horizon * quo_stream_uniform(d->stream);
        const int bin = quo_marketyears_bin(d->peril, usd);
        const double all = bin < 0 ? 0.0 : d->peril->all[bin] * ratio;
        if (bin >= 0 && d->peril->book[bin] > 0.0 && toss * all < d->peril->book[bin])
            continue;
        if (!add_loss(d, (struct quo_marketloss){.time = time, .usd = usd, .event = UINT32_MAX, .peril = (uint8_t)p}))
            return false;
    }
    return true;
}

enum quo_status quo_marketyear_draw(const struct quo_marketyears *m, const double season[QUO_PERILS],
                                    const struct quo_booklost *lost, size_t n, const struct quo_scores *scores,
                                    struct quo_stream *stream, struct quo_marketyear *out)
{
    const double horizon = m->exposures->horizon;
    out->n = 0;
    for (unsigned p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_marketperil *peril = &m->peril[p];
        if (!(peril->events > 0.0))
            continue;
        const double market = season_of(peril, season[p], horizon),
                     ratio = season[p] > 0.0 ? market / season[p] : 1.0; /* of the market's season over the book's */
        struct drawing d = {peril, stream, out, peril->size * horizon, out->n};
        for (size_t i = 0; i < n; i++) {
            const int bin = lost[i].peril == p ? quo_marketyears_bin(peril, lost[i].usd) : -1;
            if (bin < 0)
                continue;
            /* A size that the counted years never had is rarer in the book than anywhere. */
            const bool kept = quo_stream_uniform(stream) * peril->over[bin] < peril->all[bin] * ratio;
            if (kept && !add_loss(&d, (struct quo_marketloss){lost[i].time, lost[i].usd, 0.0, lost[i].event, (uint8_t)p}))
                return QUO_MACHINE;
        }
        if (!draw_others(&d, p, peril->events * horizon * market, ratio, horizon, scores))
            return QUO_MACHINE;
    }
    return QUO_OK;
}

void quo_marketyear_index(const struct quo_marketyears *m, const struct quo_marketyear *year, uint32_t reading,
                          double *index)
{
    const struct quo_reading *r = &m->exposures->reading[reading];
    memset(index, 0, r->windows * sizeof *index);
    for (size_t i = 0; i < year->n; i++) {
        const struct quo_marketloss *loss = &year->loss[i];
        const struct quo_marketperil *peril = &m->peril[loss->peril];
        const double window = floor(loss->time / r->window_years);
        if (r->perils >> loss->peril & 1u && window < r->windows && loss->mark < peril->counted[reading])
            index[(size_t)window] += fmin(loss->usd * peril->scale[reading], peril->cap);
    }
}
