#include "pricing/coverlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/marketcover.h"
#include "pricing/payment.h"
#include "pricing/resolution.h"
#include "risk/base/numeric.h"

const struct quo_resolution quo_resolution_fine = {600, 1000, 48, 1};

bool quo_coverlaw_in_hours(const struct quo_cover *cover) { return cover->trigger.index == QUO_INDEX_OUTAGE_HOURS; }

double quo_coverlaw_step(const struct quo_policy *policy, size_t cells)
{
    double at[QUO_PAYOUT_STEPS_MAX + 4], largest = 0.0;
    for (size_t c = 0; c < policy->n_covers; c++)
        largest = fmax(largest, policy->cover[c].event_limit);
    size_t best = cells;
    double least = INFINITY;
    for (size_t m = cells; m <= cells + cells / 2 && least > 1e-9; m++) {
        const double step = largest / (double)m;
        double off = 0.0;
        for (size_t c = 0; c < policy->n_covers; c++) {
            const struct quo_cover *cover = &policy->cover[c];
            size_t n = 0;
            at[n++] = cover->event_limit;
            at[n++] = cover->annual_limit;
            at[n++] = policy->annual_limit;
            at[n++] = cover->annual_deductible;
            if (cover->payout.shape == QUO_PAYOUT_STEPS)
                for (int i = 0; i < cover->payout.n_steps; i++)
                    at[n++] = cover->payout.step[i].pays * cover->event_limit;
            for (size_t i = 0; i < n; i++)
                if (isfinite(at[i]))
                    off += fabs(at[i] / step - nearbyint(at[i] / step));
        }
        if (off < least - 1e-9) {
            least = off;
            best = m;
        }
    }
    return largest / (double)best;
}

double quo_coverlaw_annual_limit(const struct quo_cover *cover)
{
    double limit = cover->annual_limit;
    if (cover->reinstatements >= 0)
        limit = fmin(limit, (1.0 + cover->reinstatements) * cover->event_limit);
    return limit;
}

/* Points of a lattice that reaches an amount. */
static size_t points_to(double amount, double step) { return (size_t)ceil(amount / step - 1e-9) + 1; }

/* What is so much less likely than any event, or any payout, never happens. */
#define LOG_NEVER (-27.7) /* 1e-12 */

static double log_never(double events) { return LOG_NEVER + fmin(0.0, log(events)); }

/* Events that the year hardly ever reaches, by Chernoff's bound of their number, of which own[n] come with sizes size[n] (negative binomial;
 * INFINITY: Poisson). */
static double most_events(const double *own, const double *size, int n)
{
    double top = 16.0, least = INFINITY, events = 0.0;
    for (int i = 0; i < n; i++) {
        events += own[i];
        if (isfinite(size[i]) && own[i] > 0.0)
            top = fmin(top, log1p(size[i] / own[i])); /* no moment from there on */
    }
    if (!(events > 0.0))
        return 1.0;
    for (double t = 0.97 * top; t > 1e-3 * top; t *= 0.75) {
        const double up = expm1(t);
        double log_moment = 0.0;
        for (int i = 0; i < n; i++)
            log_moment += isinf(size[i]) ? own[i] * up : -size[i] * log1p(-up * own[i] / size[i]);
        least = fmin(least, (log_moment - log_never(events)) / t);
    }
    return ceil(least);
}

double quo_coverlaw_reach(const struct quo_policy *policy, const struct quo_cover *cover,
                          const struct quo_hazard *hazard)
{
    const double term_years = policy->term_days / 365.0;
    const double at_most = quo_coverlaw_annual_limit(cover) + cover->annual_deductible;
    double own[QUO_PERILS + 1] = {cover->trigger.false_alarm_per_year * term_years}, size[QUO_PERILS + 1] = {INFINITY},
                           window_years;
    int n = 1;
    if (at_most <= cover->event_limit) /* any event may reach it */
        return at_most;
    if (quo_marketcover_is(cover))
        return fmin(at_most, cover->event_limit * (quo_marketcover_windows(policy, cover, &window_years) +
                                                   (own[0] > 0.0 ? most_events(own, size, 1) : 0.0)));
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u) || !hazard[p].present)
            continue;
        own[n] = hazard[p].rate * term_years;
        size[n++] = hazard[p].size;
    }
    return fmin(at_most, cover->event_limit * most_events(own, size, n));
}

size_t quo_coverlaw_points(const struct quo_policy *policy, const struct quo_hazard *hazard, double step)
{
    double sum = 0.0, largest = 0.0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        if (isinf(quo_coverlaw_annual_limit(&policy->cover[c])))
            continue;
        const double reach = quo_coverlaw_reach(policy, &policy->cover[c], hazard);
        sum += reach;
        largest = fmax(largest, reach);
    }
    return points_to(fmax(largest, fmin(sum, policy->annual_limit)), step);
}

/* A peril's events, or the false alarms. */
struct part {
    double size, annual_limit, events;
    const struct quo_lattice *payout;
    struct quo_lattice own; /* that payout, where it is nobody else's */
};

double quo_coverlaw_sublimit(const struct quo_cover *cover, enum quo_peril peril, bool annual)
{
    double limit = annual ? INFINITY : cover->event_limit;
    for (size_t i = 0; i < cover->n_sublimits; i++)
        if (cover->sublimit[i].peril == peril)
            limit = fmin(limit, annual ? cover->sublimit[i].annual_limit : cover->sublimit[i].event_limit);
    return limit;
}

/* What one peril's events pay, and what the clause leaves of it; NULL where there is none that matters. */
struct law_of_one {
    const struct quo_perilpayout *payout;
    const struct quo_clausefactor_left *left;
    double table_error;
};

static enum quo_status payout_of(const struct quo_cover_input *in, int p, double error, struct law_of_one *out)
{
    const struct quo_clauses *clauses = &in->policy->clauses;
    const bool secondary = clauses->secondary_losses && !quo_coverlaw_in_hours(in->cover);
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX], piece_true[QUO_PAYMENT_PIECES_MAX];
    struct quo_perilpayout_terms terms = {
        .loss = &in->hazard[p].loss,
        .table_nodes = in->resolution.table_nodes,
        .error = error,
        .scale = quo_index_scale(in->cover->trigger.index, in->policy->protocol->exposure_usd),
        .rule = in->rule,
        .piece = piece,
        .piece_true = piece_true,
        .limit = quo_coverlaw_sublimit(in->cover, (enum quo_peril)p, false),
        .step = in->step};
    const double ratio = secondary ? in->secondary_ratio * terms.scale : 0.0;
    terms.n_pieces = quo_payment_pieces(in->cover, terms.limit, in->kept, ratio, clauses->secondary_sublimit, piece);
    if (in->kept == 1.0) /* nothing is set off: the same, to the last bit */
        terms.piece_true = piece;
    terms.n_pieces_true = in->kept == 1.0 ? terms.n_pieces
                                          : quo_payment_pieces(in->cover, terms.limit, 1.0, ratio,
                                                               clauses->secondary_sublimit, piece_true);
    out->left = NULL;
    out->table_error = in->bounded ? quo_resolution_table_error(in->table[p], (enum quo_peril)p, &terms) : 0.0;
    const enum quo_status status = quo_payoutmemo_payout(in->memo, &terms, in->table[p], (enum quo_peril)p, &out->payout);
    if (status || clauses->state_actor == QUO_CLAUSE_NONE || quo_coverlaw_in_hours(in->cover) ||
        !quo_clausefactor_matters(clauses, &in->engine->model->peril[p]))
        return status;
    return quo_payoutmemo_left(in->memo, &terms, in->table[p], clauses, &in->engine->model->peril[p], out->payout, &out->left);
}

static double index_error(const struct quo_cover_input *in)
{
    const double said = in->cover->trigger.reporting_error;
    return quo_coverlaw_in_hours(in->cover) ? 0.0 : isnan(said) ? in->index_error : said;
}

enum quo_status quo_coverlaw_prepare(const struct quo_cover_input *in, enum quo_peril p)
{
    struct law_of_one one;
    return payout_of(in, (int)p, index_error(in), &one);
}

enum quo_status quo_coverlaw_peril(const struct quo_cover_input *in, enum quo_peril p, struct quo_cover_peril *out,
                                   double *seen, const struct quo_lattice **law)
{
    struct law_of_one one;
    const enum quo_status status = payout_of(in, (int)p, index_error(in), &one);
    if (status)
        return status;
    const double events = in->hazard[p].rate * in->term_years, share = one.left ? one.left->share : 1.0,
                 pays = one.left ? one.left->pays : 1.0;
    *law = one.left ? &one.left->payout : &one.payout->payout;
    *seen = events * quo_trigger_seen(&in->cover->trigger);
    *out = (struct quo_cover_peril){.rate = *seen * share,
                                    .seen = *seen,
                                    .pays = share > 0.0 ? one.payout->pays * pays / share : 0.0,
                                    .mean_payout = one.payout->mean,
                                    .expected_true = events * one.payout->mean_true,
                                    .table_error = one.table_error};
    out->expected = out->rate * out->mean_payout;
    return QUO_OK;
}

/* Each peril's own mean payout and chance to pay, with and without what the trigger gets wrong; n parts that have events. */
static enum quo_status each_peril(const struct quo_cover_input *in, struct quo_coverlaw *law, struct part *part,
                                  size_t *n)
{
    const struct quo_cover *cover = in->cover;
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_lattice *payout;
        double seen = 0.0;
        if (!(cover->perils >> p & 1u) || !in->hazard[p].present)
            continue;
        const enum quo_status status = quo_coverlaw_peril(in, (enum quo_peril)p, &law->peril[p], &seen, &payout);
        if (status)
            return status;
        if (seen > 0.0)
            part[(*n)++] = (struct part){.size = in->hazard[p].size,
                                         .annual_limit = quo_coverlaw_sublimit(cover, (enum quo_peril)p, true),
                                         .events = seen,
                                         .payout = payout};
    }
    return QUO_OK;
}

static size_t most_points(const struct part *part, size_t n)
{
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        points = part[i].payout->n > points ? part[i].payout->n : points;
    return points;
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static void add_scaled(const double *x, double weight,
                                                                                    size_t n, double *sum)
{
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        sum[k] += weight * x[k];
}

/* False alarms pay what a true alarm pays, given that it pays: a part of its own (a judgement). The payout is the caller's. */
static enum quo_status false_alarms(const struct quo_coverlaw *law, const struct part *part, size_t n, double step,
                                    struct quo_lattice *payout)
{
    double paying = 0.0;
    const size_t points = most_points(part, n);
    const enum quo_status status = quo_lattice_new(step, points ? points : 1, payout);
    if (status)
        return status;
    /* Given that it pays: by the exact chance, since a lattice moves part of the small payouts to 0. */
    for (int p = 0; p < QUO_PERILS; p++)
        paying += law->peril[p].rate * law->peril[p].pays;
    payout->mass[0] = 1.0;
    for (size_t i = 0; i < n && paying > 0.0; i++) {
        const double weight = part[i].events / paying, *mass = part[i].payout->mass;
        add_scaled(mass + 1, weight, part[i].payout->n - 1, payout->mass + 1);
        payout->mass[0] -= weight * quo_numeric_total(mass + 1, part[i].payout->n - 1);
    }
    payout->mass[0] = fmax(payout->mass[0], 0.0);
    return QUO_OK;
}

/* One event of any peril, for whoever wants the law behind the year. */
static enum quo_status mix_event(const struct part *part, size_t n, struct quo_coverlaw *out)
{
    for (size_t i = 0; i < n; i++)
        out->events += part[i].events;
    const size_t points = most_points(part, n);
    if (points == 0 || !(out->events > 0.0))
        return QUO_OK;
    const enum quo_status status = quo_lattice_new(part[0].payout->step, points, &out->event);
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        add_scaled(part[i].payout->mass, part[i].events / out->events, part[i].payout->n, out->event.mass);
    return status;
}

static struct quo_component component_of(const struct part *part)
{
    return (struct quo_component){quo_frequency_negbin_mean(part->events, part->size), part->payout};
}

/* Points the year needs: to the limit, or so far that hardly anything lies beyond. */
static size_t year_points(const struct quo_cover_input *in, const struct part *part, size_t n)
{
    static const double tried[] = {0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 9.0, 12.0}; /* an event limit */
    struct quo_component component[QUO_PERILS + 1];
    double steps = quo_coverlaw_reach(in->policy, in->cover, in->hazard) / in->step;
    double paying = 0.0;
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        if (part[i].events > 0.0) {
            component[all++] = component_of(&part[i]);
            paying += part[i].events * (1.0 - part[i].payout->mass[0]);
        }
    /* Few events that pay, and few pay all: mostly the amounts reach less far than their number would let them. */
    for (size_t i = 0; paying > 0.0 && steps > (double)in->points && i < sizeof tried / sizeof *tried; i++) {
        const double theta = tried[i] * in->step / in->cover->event_limit;
        steps = fmin(steps, (quo_compound_log_moment(component, all, theta) - log_never(paying)) / theta);
    }
    const size_t points = (size_t)ceil(fmax(steps, 0.0) - 1e-9) + 1;
    return points > in->points ? points : in->points;
}

/* All parts without an annual sublimit in one transform; the others each for itself, cut, then added. */
static enum quo_status year(const struct quo_cover_input *in, const struct part *part, size_t n,
                            struct quo_workspace *workspace, struct quo_coverlaw *out)
{
    struct quo_component component[QUO_PERILS + 1];
    size_t together = 0;
    const size_t points = year_points(in, part, n);
    for (size_t i = 0; i < n; i++)
        if (isinf(part[i].annual_limit) && part[i].events > 0.0)
            component[together++] = component_of(&part[i]);
    struct quo_lattice total = {0};
    enum quo_status status;
    if (together) {
        status = quo_compound_fft(component, together, points, 1, workspace, &total, NULL);
    } else {
        status = quo_lattice_new(in->step, points, &total);
        if (status == QUO_OK)
            total.mass[0] = 1.0;
    }
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        if (isinf(part[i].annual_limit))
            continue;
        struct quo_lattice own = {0}, sum = {0};
        component[0] = component_of(&part[i]);
        status = quo_compound_fft(component, 1, points, 1, workspace, &own, NULL);
        if (status == QUO_OK) {
            quo_lattice_layer(&own, 0.0, part[i].annual_limit);
            status = quo_compound_convolve(&total, &own, points, 1, workspace, &sum);
        }
        quo_lattice_free(&own);
        quo_lattice_free(&total);
        total = sum;
    }
    if (status == QUO_OK) {
        quo_lattice_layer(&total, in->cover->annual_deductible, out->annual_limit);
        if (isfinite(out->annual_limit) && points_to(out->annual_limit, in->step) + 1 < total.n)
            total.n = points_to(out->annual_limit, in->step) +
                      1; /* nothing is left beyond: the sum of covers need not carry it */
    }
    out->annual = total;
    return status;
}

/* Each payout on every second point, what lies between shared by both: means stay. */
static enum quo_status on_second_points(const struct quo_lattice *fine, struct quo_lattice *out)
{
    const size_t n = fine->n / 2 + 1, whole = (fine->n - 1) / 2; /* that many have a point on either side of their own */
    const enum quo_status status = quo_lattice_new(2.0 * fine->step, n, out);
    if (status)
        return status;
    const double *mass = fine->mass;
    out->mass[0] = fine->n > 1 ? mass[0] + 0.5 * mass[1] : mass[0];
    for (size_t k = 1; k < whole; k++)
        out->mass[k] = (0.5 * mass[2 * k - 1] + mass[2 * k]) + 0.5 * mass[2 * k + 1];
    for (size_t k = whole > 1 ? whole : 1; k < n; k++)
        out->mass[k] = (0.5 * mass[2 * k - 1] + (2 * k < fine->n ? mass[2 * k] : 0.0)) +
                       (2 * k + 1 < fine->n ? 0.5 * mass[2 * k + 1] : 0.0);
    return QUO_OK;
}

/* The term from the same payouts, seen half as closely. */
static enum quo_status half_year(const struct quo_cover_input *in, const struct part *part, size_t n,
                                 struct quo_workspace *workspace, struct quo_coverlaw *out)
{
    struct quo_cover_input coarse = *in;
    struct part half[QUO_PERILS + 1];
    enum quo_status status = QUO_OK;
    size_t made = 0;
    coarse.step *= 2.0;
    coarse.points = in->points / 2 + 1;
    for (; made < n && status == QUO_OK; made++) {
        half[made] = part[made];
        status = on_second_points(part[made].payout, &half[made].own);
        half[made].payout = &half[made].own;
    }
    out->annual_limit = quo_coverlaw_annual_limit(in->cover);
    if (status == QUO_OK)
        status = year(&coarse, half, n, workspace, out);
    for (size_t i = 0; i < made; i++)
        quo_lattice_free(&half[i].own);
    return status;
}

static double no_payout(const struct quo_cover_input *in, const struct quo_coverlaw *law)
{
    double log_none = -law->false_alarms;
    for (int p = 0; p < QUO_PERILS; p++) {
        const double paying = law->peril[p].rate * law->peril[p].pays, size = in->hazard[p].size;
        if (paying > 0.0)
            log_none -= isinf(size) ? paying : size * log1p(paying / size);
    }
    return exp(log_none);
}

/* The perils' parts and, after them, that of the false alarms, with what the law tells of them. part[QUO_PERILS + 1]; drop_parts after it, also where it
 * fails. */
static enum quo_status take_parts(const struct quo_cover_input *in, struct quo_coverlaw *out, struct part *part, size_t *n)
{
    const struct quo_cover *cover = in->cover;
    *n = 0;
    out->annual_limit = quo_coverlaw_annual_limit(cover);
    out->secondary_ratio = in->secondary_ratio;
    out->kept = in->kept;
    out->false_alarms = cover->trigger.false_alarm_per_year * in->term_years;
    enum quo_status status = each_peril(in, out, part, n);
    if (status || !(out->false_alarms > 0.0))
        return status;
    struct part *alarm = &part[*n];
    *alarm = (struct part){.size = INFINITY, .annual_limit = INFINITY, .events = out->false_alarms};
    status = false_alarms(out, part, *n, in->step, &alarm->own);
    alarm->payout = &alarm->own;
    out->expected_false = status ? 0.0 : out->false_alarms * quo_lattice_mean(&alarm->own);
    ++*n;
    return status;
}

static void drop_parts(struct part *part, size_t n)
{
    for (size_t i = 0; i < n; i++)
        quo_lattice_free(&part[i].own);
}

static enum quo_status own_losses(const struct quo_cover_input *in, struct quo_workspace *workspace,
                                  struct quo_coverlaw *out)
{
    struct part part[QUO_PERILS + 1];
    size_t n;
    enum quo_status status = take_parts(in, out, part, &n);
    if (status == QUO_OK)
        status = mix_event(part, n, out);
    if (status == QUO_OK)
        status = year(in, part, n, workspace, out);
    out->expected_events = out->expected_false;
    for (int p = 0; p < QUO_PERILS; p++) {
        out->expected_events += out->peril[p].expected;
        out->table_error += out->peril[p].rate * out->peril[p].table_error;
    }
    out->no_payout = no_payout(in, out);
    drop_parts(part, n);
    return status;
}

static void sum_up(const struct quo_cover *cover, struct quo_coverlaw *law)
{
    law->expected = quo_lattice_mean(&law->annual);
    const double most = cover->reinstatements * cover->event_limit;
    for (size_t k = 0; k < law->annual.n && cover->reinstatements > 0; k++) {
        const double paid = (double)k * law->annual.step;
        law->reinstated += law->annual.mass[k] * (paid < most ? paid : most);
    }
}

enum quo_status quo_coverlaw_new(const struct quo_cover_input *in, struct quo_workspace *workspace,
                                 struct quo_coverlaw *out)
{
    const struct quo_cover *cover = in->cover;
    memset(out, 0, sizeof *out);
    const enum quo_status status =
        quo_marketcover_is(cover) ? quo_marketcover_new(in, workspace, out) : own_losses(in, workspace, out);
    if (status == QUO_OK)
        sum_up(cover, out);
    return status;
}

enum quo_status quo_coverlaw_half(const struct quo_cover_input *in, struct quo_workspace *workspace,
                                  struct quo_coverlaw *out)
{
    struct quo_coverlaw fine = {0};
    struct part part[QUO_PERILS + 1];
    size_t n;
    memset(out, 0, sizeof *out);
    enum quo_status status = take_parts(in, &fine, part, &n);
    if (status == QUO_OK)
        status = half_year(in, part, n, workspace, out);
    if (status == QUO_OK)
        sum_up(in->cover, out);
    drop_parts(part, n);
    return status;
}

void quo_coverlaw_free(struct quo_coverlaw *law)
{
    if (!law)
        return;
    quo_lattice_free(&law->event);
    quo_lattice_free(&law->annual);
    memset(law, 0, sizeof *law);
}
