#include "pricing/portfolio/exposed_policy.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/marketcover.h"
#include "pricing/payment.h"
#include "pricing/portfolio/lawshare.h"
#include "risk/base/text.h"

#define DAYS_A_YEAR 365.25

/* What a policy's law needs here is its means and thinnings, not its far tail. */
static const struct quo_resolution coarse = {240, 250, 24, 1};

/* Trends run to the end of the model's data: later inceptions are all alike. Years by which the policy starts before or after the day
 * that the protocol's rates speak of. */
static double trend_years(const struct quo_model *model, int from, int to)
{
    const int until = model->trend_until_day;
    return ((to < until ? to : until) - (from < until ? from : until)) / DAYS_A_YEAR;
}

enum quo_status quo_exposed_policy_law(const struct quo_exposures *e, const struct quo_policy *policy,
                                       const struct quo_risk *risk, struct quo_workspace *workspace,
                                       struct quo_payoutmemo *memo, struct quo_hazard hazard[QUO_PERILS],
                                       struct quo_policylaw *law)
{
    struct quo_score score = {0};
    const double years = trend_years(e->engine->model, risk->day, policy->inception);
    memcpy(hazard, risk->hazard, QUO_PERILS * sizeof *hazard);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_parameters *par = &e->engine->model->peril[p].point;
        hazard[p].rate += risk->contagion[p];
        if (years != 0.0 && hazard[p].present) {
            hazard[p].rate *= exp(par->rate_trend * years);
            hazard[p].loss.log_scale += par->severity_trend * years;
        }
        score.peril[p].secondary = risk->secondary[p];
        score.peril[p].recovery = risk->recovery[p];
    }
    const enum quo_status status =
        quo_policylaw_remembered(e->engine, policy, &score, hazard, coarse, 1, workspace, memo, law);
    if (status != QUO_DOMAIN)
        return status;
    /* So few nodes can leave a mass below 0, which is refused; those of a quote do not. */
    return quo_policylaw_remembered(e->engine, policy, &score, hazard, quo_resolution_fine, 1, workspace, memo, law);
}

static int64_t cents_of(double usd) { return isinf(usd) || usd > 9e16 ? INT64_MAX : (int64_t)llrint(100.0 * usd); }

static bool add_node(struct quo_exposures *e, uint32_t parent, uint32_t policy, double deductible, double limit,
                     uint32_t *out)
{
    if (!quo_exposures_room((void **)&e->node, &e->node_room, e->n_nodes, sizeof *e->node))
        return false;
    *out = (uint32_t)e->n_nodes;
    e->node[e->n_nodes++] = (struct quo_node){parent, policy, cents_of(deductible), cents_of(limit)};
    return true;
}

static bool add_pieces(struct quo_row_piece **all, size_t *n_all, size_t *room, const struct quo_payment_piece *piece,
                       size_t n, double usd_per_unit, struct quo_row *row)
{
    row->piece = (uint32_t)*n_all;
    row->n_pieces = (uint16_t)n;
    row->least = n ? piece[0].x0 : INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!quo_exposures_room((void **)all, room, *n_all, sizeof **all))
            return false;
        const double slope =
            piece[i].x1 > piece[i].x0 ? (piece[i].y1 - piece[i].y0) / (piece[i].x1 - piece[i].x0) : 0.0;
        (*all)[(*n_all)++] = (struct quo_row_piece){piece[i].x0, (slope > 0.0 ? piece[i].y0 : piece[i].y1) * usd_per_unit,
                                                    piece[i].y1 * usd_per_unit, slope * usd_per_unit};
    }
    return true;
}

static bool add_row(struct quo_exposures *e, const struct quo_row *row)
{
    if (!quo_exposures_room((void **)&e->row, &e->row_room, e->n_rows, sizeof *e->row))
        return false;
    e->row[e->n_rows++] = *row;
    return true;
}

/* False alarms pay what true ones pay, given that they pay: the law of one event in equally likely bins, scaled to the exact mean. */
static bool add_alarm(struct quo_exposures *e, const struct quo_coverlaw *law, double term_years, double usd_per_unit,
                      uint32_t node)
{
    if (!(law->false_alarms > 0.0) || law->event.n < 2 || !(law->expected_false > 0.0))
        return true;
    if (!quo_exposures_room((void **)&e->alarm, &e->alarm_room, e->n_alarms, sizeof *e->alarm))
        return false;
    struct quo_alarm *alarm = &e->alarm[e->n_alarms++];
    *alarm = (struct quo_alarm){.node = node, .rate = law->false_alarms / term_years};
    double all = 0.0, bin[QUO_ALARM_BINS] = {0.0}, mean = 0.0;
    for (size_t k = 1; k < law->event.n; k++)
        all += law->event.mass[k];
    size_t b = 0;
    double room = all / QUO_ALARM_BINS;
    for (size_t k = 1; k < law->event.n; k++) {
        double mass = law->event.mass[k];
        while (mass > room && b + 1 < QUO_ALARM_BINS) {
            bin[b++] += room * (double)k;
            mass -= room;
            room = all / QUO_ALARM_BINS;
        }
        bin[b] += mass * (double)k;
        room -= mass;
    }
    for (b = 0; b < QUO_ALARM_BINS; b++)
        mean += bin[b];
    const double scale =
        mean > 0.0 ? usd_per_unit * law->expected_false / law->false_alarms * QUO_ALARM_BINS / mean : 0.0;
    for (b = 0; b < QUO_ALARM_BINS; b++)
        alarm->pays[b] = (float)(bin[b] * scale);
    return true;
}

struct cover_work {
    const struct quo_policy *policy;
    const struct quo_cover *cover;
    const struct quo_coverlaw *law;
    const struct quo_hazard *hazard;
    double term_years;
    uint32_t index, node; /* of the policy; the cover's node */
};

/* What a state-actor clause takes, by the size of the loss as the protocol's own events have it. */
static void add_clause(const struct quo_policy *policy, const struct quo_peril_model *model, double grown,
                       struct quo_row *row)
{
    if (policy->clauses.state_actor == QUO_CLAUSE_NONE || !quo_clausefactor_matters(&policy->clauses, model))
        return;
    const double sublimit = 100.0 * policy->clauses.state_sublimit * policy->usd_per_unit;
    row->holds = quo_clausefactor_holds(&policy->clauses);
    row->state_a = model->attribution_a + model->attribution_b * grown;
    row->state_b = model->attribution_b;
    row->sublimit = isfinite(sublimit) ? rint(sublimit) : 0.0;
}

static bool add_peril(struct quo_exposures *e, const struct cover_work *w, struct quo_risk *risk, enum quo_peril p)
{
    const struct quo_cover *cover = w->cover;
    const struct quo_model *model = e->engine->model;
    const double units = w->policy->usd_per_unit, annual = quo_coverlaw_sublimit(cover, p, true);
    const double years = trend_years(model, risk->day, w->policy->inception);
    const double scale = quo_index_scale(cover->trigger.index, w->policy->protocol->exposure_usd),
                 said = cover->trigger.reporting_error;
    const double grown = years == 0.0 ? 0.0 : model->peril[p].point.severity_trend * years; /* ln: its losses over those there */
    const bool hours = quo_coverlaw_in_hours(cover);
    /* An event of the protocol is one of the policy's with this chance: what the law counts over what there is. */
    const double there = (risk->rate[p] + risk->contagion[p]) * w->term_years;
    struct quo_row row = {.node = w->node,
                          .policy = w->index,
                          .peril = (uint8_t)p,
                          .sees = there > 0.0 ? w->law->peril[p].seen / there : 0.0,
                          .per_unit = exp(grown) / scale,
                          .error = hours         ? 0.0
                                   : isnan(said) ? model->index_error
                                                 : said};
    if (!(row.sees > 0.0))
        return true;
    if (!hours)
        add_clause(w->policy, &model->peril[p], grown, &row);
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
    const bool secondary = w->policy->clauses.secondary_losses && !hours;
    const size_t n = quo_payment_pieces(cover, quo_coverlaw_sublimit(cover, p, false), w->law->kept,
                                        secondary ? w->law->secondary_ratio * scale : 0.0,
                                        w->policy->clauses.secondary_sublimit, piece);
    risk->covered |= (quo_peril_set)1 << p;
    if (n == 0)
        return true;
    return (isinf(annual) || add_node(e, w->node, w->index, 0.0, annual * units, &row.node)) &&
           add_pieces(&e->piece, &e->n_pieces, &e->piece_room, piece, n, units, &row) && add_row(e, &row);
}

/* Covers that read the same index share it. */
static bool find_reading(struct quo_exposures *e, const struct quo_reading *reading, uint32_t *out)
{
    for (*out = 0; *out < e->n_readings; ++*out)
        if (e->reading[*out].perils == reading->perils && e->reading[*out].windows == reading->windows &&
            e->reading[*out].window_years == reading->window_years && e->reading[*out].trend_years == reading->trend_years)
            return true;
    if (!quo_exposures_room((void **)&e->reading, &e->reading_room, e->n_readings, sizeof *e->reading))
        return false;
    e->reading[e->n_readings++] = *reading;
    return true;
}

/* A cover of the market's loss: all losses of the book's protocols are drawn from now on, since they are part of it. */
static bool add_market(struct quo_exposures *e, const struct cover_work *w)
{
    const struct quo_cover *cover = w->cover;
    const double said = cover->trigger.reporting_error, units = w->policy->usd_per_unit;
    struct quo_reading reading = {.perils = cover->perils,
                                  .trend_years = quo_hazard_trend_years(e->engine->model, w->policy->inception)};
    struct quo_market_row row = {.row = {.node = w->node,
                                         .policy = w->index,
                                         .peril = QUO_PERILS,
                                         .sees = quo_trigger_seen(&cover->trigger),
                                         .per_unit = 1.0,
                                         .error = isnan(said) ? e->engine->model->index_error : said}};
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
    const size_t n = quo_payment_pieces(cover, cover->event_limit, 1.0, 0.0, 0.0, piece);
    reading.windows = (uint32_t)quo_marketcover_windows(w->policy, cover, &reading.window_years);
    e->dependence.every_loss = true;
    if (!find_reading(e, &reading, &row.reading) ||
        !add_pieces(&e->market_piece, &e->n_market_pieces, &e->market_piece_room, piece, n, units, &row.row) ||
        !quo_exposures_room((void **)&e->market_row, &e->market_row_room, e->n_market_rows, sizeof *e->market_row))
        return false;
    e->market_row[e->n_market_rows++] = row;
    return true;
}

enum quo_status quo_exposed_policy_add(struct quo_exposures *e, const struct quo_policy *policy, uint32_t risk,
                                       const struct quo_hazard hazard[QUO_PERILS], const struct quo_policylaw *law)
{
    if (!quo_exposures_room((void **)&e->policy, &e->policy_room, e->n_policies, sizeof *e->policy))
        return QUO_MACHINE;
    const uint32_t index = (uint32_t)e->n_policies;
    const double term_years = policy->term_days / 365.0, units = policy->usd_per_unit;
    struct quo_held *held = &e->policy[e->n_policies++];
    *held = (struct quo_held){.id = quo_text_copy(policy->id),
                              .risk = risk,
                              .term_years = term_years,
                              .limit = cents_of(law->annual_limit * units),
                              .expected = law->expected * units,
                              .sd = sqrt(quo_lattice_variance(&law->annual)) * units};
    e->horizon = fmax(e->horizon, term_years);
    bool good = held->id && add_node(e, QUO_NO_NODE, index, 0.0, policy->annual_limit * units, &held->node);
    for (size_t c = 0; c < policy->n_covers && good; c++) {
        struct cover_work w = {policy, &policy->cover[c], &law->cover[c], hazard, term_years, index, 0};
        good = add_node(e, held->node, index, w.cover->annual_deductible * units, w.law->annual_limit * units, &w.node);
        const bool market = quo_marketcover_is(w.cover);
        good = good && (!market || add_market(e, &w));
        for (int p = 0; p < QUO_COVERED_PERILS && good && !market; p++)
            if (w.cover->perils >> p & 1u) {
                e->policy[index].perils |= (quo_peril_set)1 << p;
                good = add_peril(e, &w, &e->risk[risk], (enum quo_peril)p);
            }
        good = good && add_alarm(e, w.law, term_years, units, w.node);
    }
    held->n_nodes = (uint32_t)e->n_nodes - held->node;
    return good ? QUO_OK : QUO_MACHINE;
}

/* ---- many policies ----------------------------------------------------------------------------- */

#define BATCH 1024
/* What one thread's memory of loss tables and payouts may hold. */
#define MEMO_BYTES ((size_t)48 << 20)

struct many {
    struct quo_exposures *exposures;
    const struct quo_policy *const *policy;
    const uint32_t *risk;
    enum quo_status *outcome;
    struct quo_policylaw *law;               /* law[BATCH] */
    struct quo_hazard (*hazard)[QUO_PERILS]; /* hazard[BATCH] */
    uint64_t *order; /* order[BATCH]: by protocol, so that what one thread remembers is of use */
    bool *mine;      /* mine[BATCH]: this rank makes the law */
    int threads;
    struct quo_workspace **workspace; /* of each thread */
    struct quo_payoutmemo **memo;
};

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void batch_laws(const struct many *m, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        m->order[i] = (uint64_t)m->risk[from + i] << 32 | i;
    qsort(m->order, n, sizeof *m->order, by_number);
    const size_t ranks = (size_t)m->exposures->ranks.ranks, rank = (size_t)m->exposures->ranks.rank;
    const size_t begin = n * rank / ranks, end = n * (rank + 1) / ranks;
    for (size_t k = 0; k < n; k++)
        m->mine[m->order[k] & UINT32_MAX] = k >= begin && k < end;
#pragma omp parallel for schedule(dynamic, 16) num_threads(m->threads) if (n > 8)
    for (size_t k = begin; k < end; k++) {
        const size_t i = m->order[k] & UINT32_MAX;
        const int t = omp_get_thread_num();
        m->outcome[from + i] =
            quo_exposed_policy_law(m->exposures, m->policy[from + i], &m->exposures->risk[m->risk[from + i]],
                                   m->workspace[t], m->memo[t], m->hazard[i], &m->law[i]);
        quo_payoutmemo_sweep(m->memo[t], MEMO_BYTES);
    }
}

static enum quo_status one_batch(const struct many *m, size_t from, size_t n)
{
    batch_laws(m, from, n);
    enum quo_status status = m->exposures->ranks.ranks > 1 ? quo_lawshare(&m->exposures->ranks, m->mine, m->policy + from, n,
                                                                          m->outcome + from, m->law)
                                                           : QUO_OK;
    for (size_t i = 0; i < n; i++) {
        if (m->outcome[from + i] == QUO_MACHINE)
            status = QUO_MACHINE;
        if (m->outcome[from + i])
            continue;
        if (status == QUO_OK)
            status = quo_exposed_policy_add(m->exposures, m->policy[from + i], m->risk[from + i],
                                            (const struct quo_hazard *)m->hazard[i], &m->law[i]);
        quo_policylaw_free(&m->law[i]);
    }
    return status;
}

static void many_free(struct many *m)
{
    for (int t = 0; t < m->threads; t++) {
        if (m->workspace)
            quo_workspace_free(m->workspace[t]);
        if (m->memo)
            quo_payoutmemo_free(m->memo[t]);
    }
    free(m->workspace);
    free(m->memo);
    free(m->law);
    free(m->hazard);
    free(m->order);
    free(m->mine);
}

static bool many_new(struct many *m, size_t n)
{
    const size_t room = n < BATCH ? n + 1 : BATCH;
    m->threads = n > 8 ? omp_get_max_threads() : 1;
    m->law = malloc(room * sizeof *m->law);
    m->hazard = malloc(room * sizeof *m->hazard);
    m->order = malloc(room * sizeof *m->order);
    m->mine = malloc(room * sizeof *m->mine);
    m->workspace = calloc((size_t)m->threads, sizeof *m->workspace);
    m->memo = calloc((size_t)m->threads, sizeof *m->memo);
    bool good = m->law && m->hazard && m->order && m->mine && m->workspace && m->memo;
    for (int t = 0; t < m->threads && good; t++)
        good = (m->workspace[t] = quo_workspace_new()) && (m->memo[t] = quo_payoutmemo_new());
    return good;
}

/* Laws are made by as many threads and ranks as there are, and added in the policies' order. */
enum quo_status quo_exposures_policies(struct quo_exposures *e, const struct quo_policy *const *policy,
                                       const uint32_t *risk, size_t n, enum quo_status *outcome)
{
    struct many m = {.exposures = e, .policy = policy, .risk = risk, .outcome = outcome};
    enum quo_status status = many_new(&m, n) ? QUO_OK : QUO_MACHINE;
    for (size_t from = 0; from < n && status == QUO_OK; from += BATCH)
        status = one_batch(&m, from, n - from < BATCH ? n - from : BATCH);
    many_free(&m);
    return status;
}
