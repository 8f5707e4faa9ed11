/* From the calibrated groups to the model file: perils, rates, the law at a known exposure, draws. */
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/stream.h"
#include "risk/base/text.h"
#include "risk/fitting/rateinterval.h"
#include "risk/perils/calibrate_parts.h"
#include "risk/perils/perilfit.h"
#include "risk/perils/reconcile.h"

enum purpose { THETA = 90, COUNT };

/* How a group's incidents fall on its perils. Publications do not tell: infrastructure is split evenly over the perils that thieves
 * use; of "smart contract vulnerabilities", which contain manipulated prices, a fifth is taken for those. key_loss is no theft and
 * service_outage no loss of money, so no publication counts them and the model leaves them out. */
static const struct {
    enum quo_peril peril;
    enum quo_calibrate_sim_group group;
    double share;
} splits[] = {
    {QUO_KEY_COMPROMISE, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_SIGNER_SOCIAL_ENGINEERING, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_GOVERNANCE_CAPTURE, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_ADMIN_ABUSE, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_BRIDGE_VALIDATION, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_VENDOR_INFRASTRUCTURE, QUO_CALIBRATE_SIM_INFRASTRUCTURE, 1.0 / 6.0},
    {QUO_ORACLE_PRICE_MANIPULATION, QUO_CALIBRATE_SIM_CODE, 0.2},
    {QUO_CODE_BUG, QUO_CALIBRATE_SIM_CODE, 0.8},
};
#define N_SPLITS (sizeof splits / sizeof *splits)

static struct quo_severity size_of(const struct quo_calibrate_sim_law *law, enum quo_calibrate_sim_group group)
{
    return quo_severity_simple(QUO_LOGNORMAL, (const double[]){law->meanlog[group], law->sdlog[group]});
}

static void set_exposure(double gamma, double residual_sd, double floor, struct quo_peril_parameters *point)
{
    const double r = residual_sd / quo_reconcile_log_sd(&point->severity, floor);
    point->gamma = gamma;
    point->spread = isnan(r) ? QUO_SPREAD_MAX : fmax(QUO_SPREAD_MIN, fmin(QUO_SPREAD_MAX, r));
}

static struct quo_reconcile_terms terms_of(const struct quo_calibrate *c, const struct quo_market *market,
                                           size_t split, double events)
{
    return (struct quo_reconcile_terms){.market = market,
                                        .exposure_reference = c->options.exposure_reference,
                                        .floor = c->options.floor,
                                        .cap_share = 1.0,
                                        .events = events,
                                        .peril = splits[split].peril};
}

static enum quo_status fill_peril(size_t i, const struct quo_market *market, struct quo_calibrate *c,
                                  struct quo_faults *faults)
{
    const enum quo_peril p = splits[i].peril;
    const struct quo_calibrate_group *group = &c->group[splits[i].group];
    struct quo_peril_model *m = &c->model->peril[p];
    struct quo_calibrate_peril *out = &c->peril[p];
    const double n = group->per_period * splits[i].share;
    out->present = m->present = true;
    out->n = m->n = (int)lround(n);
    out->rate_per_year = group->per_year * splits[i].share;
    double low, high; /* Garwood's, of so many events in the period */
    quo_rateinterval(n, 0.0, INFINITY, 0.95, &low, &high);
    out->rate_low = n > 0.0 ? out->rate_per_year * low / n : 0.0;
    out->rate_high = n > 0.0 ? out->rate_per_year * high / n : high;
    m->floor = c->options.floor;
    m->cap_share = 1.0;
    m->size = INFINITY;
    m->pooled_weight = 1.0; /* sizes are the group's */
    m->attribution_a = c->law.state_a;
    m->attribution_b = c->law.state_b;
    m->point.severity = size_of(&c->law, splits[i].group);
    set_exposure(QUO_PERILFIT_GAMMA, QUO_PERILFIT_RESIDUAL_SD, c->options.floor, &m->point);
    const struct quo_reconcile_terms terms = terms_of(c, market, i, out->rate_per_year);
    struct quo_reconcile_result result;
    if (quo_reconcile_solve(&terms, &m->point, &result) == QUO_DOMAIN)
        return quo_faults_add(faults, QUO_REFUSED, "", 0,
                              "bands of which some exceed the floor, and sizes that reach it",
                              "%s cannot be brought into line with the market", quo_peril_id(p));
    out->mean_capped = result.mean_wanted;
    return QUO_OK;
}

/* One draw: sizes of the groups from their errors, counts from gamma laws, gamma and residual from theirs. */
static void one_draw(const struct quo_calibrate *c, const double root[QUO_CALIBRATE_FREE][QUO_CALIBRATE_FREE],
                     const struct quo_market *market, size_t d)
{
    struct quo_stream stream = quo_stream_at(c->options.seed, d, 0, THETA),
                      count = quo_stream_at(c->options.seed, d, 0, COUNT);
    double z[QUO_CALIBRATE_FREE], at[QUO_CALIBRATE_FREE], events[QUO_CALIBRATE_SIM_GROUPS];
    struct quo_calibrate_sim_law law = c->law;
    for (int k = 0; k < QUO_CALIBRATE_FREE; k++) {
        z[k] = quo_stream_normal(&stream);
        at[k] = c->estimate[k];
        for (int l = 0; l <= k; l++)
            at[k] += root[k][l] * z[l];
    }
    for (int k = 1; k < QUO_CALIBRATE_FREE; k += 2)
        at[k] = fmax(c->estimate[k] - 1.0, fmin(c->estimate[k] + 1.0, at[k]));
    quo_calibrate_set(&law, at);
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++) {
        const double n = c->group[g].per_period;
        events[g] = n > 0.0 ? c->group[g].per_year * quo_stream_gamma(&count, n + 0.5) / (n + 0.5) : 0.0;
    }
    const double gamma = fmax(0.0, fmin(1.2, QUO_PERILFIT_GAMMA + QUO_PERILFIT_GAMMA_SE * quo_stream_normal(&stream)));
    const double residual = QUO_PERILFIT_RESIDUAL_SD * exp(QUO_PERILFIT_LOG_SD_SE * quo_stream_normal(&stream));
    for (size_t i = 0; i < N_SPLITS; i++) {
        struct quo_peril_model *m = &c->model->peril[splits[i].peril];
        struct quo_peril_parameters *out = &m->draw[d];
        struct quo_reconcile_result result;
        const struct quo_reconcile_terms terms = terms_of(c, market, i, events[splits[i].group] * splits[i].share);
        *out = m->point;
        out->severity = size_of(&law, splits[i].group);
        set_exposure(gamma, residual, c->options.floor, out);
        if (quo_reconcile_solve(&terms, out, &result) == QUO_DOMAIN)
            *out = m->point;
    }
}

static enum quo_status draw_all(const struct quo_market *market, struct quo_calibrate *c)
{
    const size_t n = (size_t)c->options.draws;
    double root[QUO_CALIBRATE_FREE][QUO_CALIBRATE_FREE];
    memcpy(root, c->covariance, sizeof root);
    gsl_matrix_view m = gsl_matrix_view_array(&root[0][0], QUO_CALIBRATE_FREE, QUO_CALIBRATE_FREE);
    if (n == 0)
        return QUO_OK;
    if (gsl_linalg_cholesky_decomp1(&m.matrix) != 0)
        memset(root, 0, sizeof root);
    for (size_t i = 0; i < N_SPLITS; i++) {
        struct quo_peril_model *peril = &c->model->peril[splits[i].peril];
        if (!(peril->draw = calloc(n, sizeof *peril->draw)))
            return QUO_MACHINE;
        peril->n_draws = n;
    }
#pragma omp parallel for schedule(static)
    for (size_t d = 0; d < n; d++)
        one_draw(c, root, market, d);
    return QUO_OK;
}

static enum quo_status assume_all(const struct quo_market *market, const struct quo_calibrate *c)
{
    const struct {
        const char *parameter;
        double value;
        const char *origin, *source;
    } list[] = {
        {"exposure_reference", c->options.exposure_reference, "judgement", "a round exposure"},
        {"floor", c->options.floor, "judgement",
         "below it nobody counts an incident; publications do not say where they begin"},
        {"reporting_completeness", 1.0, "judgement", "the published counts are taken as whole"},
        {"trend", 0.0, "judgement", "one period tells no trend, and the counts of a year before are contradicted"},
        {"sdlog_prior", 2.0, "judgement",
         "spread of log sizes within a group, 35 % either way, beside what is published"},
        {"split.infrastructure", 1.0 / 6.0, "judgement",
         "publications do not split infrastructure: evenly over its six kinds of theft"},
        {"split.code_bug", 0.8, "judgement",
         "publications do not tell price manipulation from code: a fifth is taken for it"},
        {"gamma", QUO_PERILFIT_GAMMA, "published", "loss on exposure in logs, 17 incidents since 2022-07"},
        {"residual_sd", QUO_PERILFIT_RESIDUAL_SD, "published", "its residual"},
        {"cap_share", 1.0, "judgement", "a protocol can lose all it holds"},
        {"index_error", QUO_PERILFIT_INDEX_ERROR, "published",
         "range of the sources' figures over their number, incidents since 2020"},
        {"attribution_slope", c->law.state_b,
         isnan(quo_calibrate_published(c, "state_operations", "state_actor")) ? "judgement" : "fitted",
         "share of states in the loss and their number of operations, as published; beside a prior of 0.6 (0.3)"},
        {"bands", 1.0, "published", market->id},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (quo_model_assume(c->model, list[i].parameter, list[i].value, list[i].origin, list[i].source) != QUO_OK)
            return QUO_MACHINE;
    return QUO_OK;
}

enum quo_status quo_calibrate_model(const struct quo_aggregates *aggregates, const struct quo_market *market,
                                    struct quo_calibrate *c, struct quo_faults *faults)
{
    struct quo_model *m = c->model = calloc(1, sizeof *m);
    if (!m)
        return QUO_MACHINE;
    char date[11], id[32];
    quo_date_format(c->options.to, date);
    snprintf(id, sizeof id, "published-%.7s", date);
    m->id = quo_text_copy(c->options.model_id ? c->options.model_id : id);
    m->data_sha256 = quo_text_copy(aggregates->sha256);
    if (!m->id || !m->data_sha256)
        return QUO_MACHINE;
    m->exposure_reference = c->options.exposure_reference;
    m->reference_day = m->trend_until_day = m->data_to = c->options.to;
    m->data_from = c->options.from;
    m->index_error = QUO_PERILFIT_INDEX_ERROR;
    for (int p = 0; p < QUO_PERILS; p++)
        m->peril[p].peril = (enum quo_peril)p;
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < N_SPLITS && status == QUO_OK; i++)
        status = fill_peril(i, market, c, faults);
    if (status == QUO_OK)
        status = draw_all(market, c);
    return status == QUO_OK ? assume_all(market, c) : status;
}
