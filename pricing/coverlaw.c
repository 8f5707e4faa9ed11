#include "pricing/coverlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/payment.h"

const struct quo_resolution quo_resolution_fine = {600, 1000, 48, 1};

bool quo_coverlaw_in_hours(const struct quo_cover *cover) { return cover->trigger.index == QUO_INDEX_OUTAGE_HOURS; }

/* The payout's limited mean on any points: what the lattice is made from. */
struct payout_law {
    const struct quo_indexlaw *index;
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
    size_t n_pieces;
    double jump[QUO_PAYMENT_PIECES_MAX]; /* P[index >= x] of each jump */
    double base[QUO_PAYMENT_PIECES_MAX]; /* R(x0) of each rise */
    enum quo_status status;
};

static void payout_law_init(struct payout_law *law, const struct quo_indexlaw *index, const struct quo_cover_input *in, double limit,
                            double kept)
{
    law->index = index;
    law->status = QUO_OK;
    const struct quo_clauses *clauses = &in->policy->clauses;
    const bool secondary = clauses->secondary_losses && !quo_coverlaw_in_hours(in->cover);
    law->n_pieces = quo_payment_pieces(in->cover, limit, kept, secondary ? in->secondary_ratio * index->scale : 0.0, clauses->secondary_sublimit, law->piece);
    for (size_t i = 0; i < law->n_pieces; i++) {
        const struct quo_payment_piece *p = &law->piece[i];
        law->jump[i] = p->x1 > p->x0 ? 0.0 : quo_indexlaw_at_least(index, p->x0);
        law->base[i] = 0.0;
        if (p->x1 > p->x0)
            law->status = quo_indexlaw_rest(index, &p->x0, 1, &law->base[i]) ? QUO_MACHINE : law->status;
    }
}

static void payout_lev(const double *y, size_t n, double *lev, const void *context)
{
    const struct payout_law *law = context;
    double *x = calloc(2 * n + 1, sizeof *x);
    memset(lev, 0, n * sizeof *lev);
    if (!x) {
        for (size_t i = 0; i < n; i++)
            lev[i] = NAN; /* seen by the lattice's check of its mass */
        return;
    }
    for (size_t k = 0; k < law->n_pieces; k++) {
        const struct quo_payment_piece *p = &law->piece[k];
        if (p->x1 <= p->x0) {
            for (size_t i = 0; i < n; i++)
                lev[i] += law->jump[k] * fmax(0.0, fmin(y[i], p->y1) - p->y0);
            continue;
        }
        const double slope = (p->y1 - p->y0) / (p->x1 - p->x0);
        size_t from = 0, to;
        while (from < n && y[from] <= p->y0)
            from++;
        for (to = from; to < n && y[to] < p->y1; to++)
            x[to] = p->x0 + (y[to] - p->y0) / slope;
        if (to < n)
            x[to] = p->x1;
        const size_t m = to < n ? to - from + 1 : n - from;
        if (m == 0 || quo_indexlaw_rest(law->index, x + from, m, x + n) != QUO_OK)
            continue;
        for (size_t i = from; i < n; i++)
            lev[i] += slope * (law->base[k] - x[n + (i < to ? i - from : m - 1)]);
    }
    free(x);
}

/* P[payout > 0]. */
static double pays(const struct payout_law *law)
{
    if (law->n_pieces == 0)
        return 0.0;
    const struct quo_payment_piece *p = &law->piece[0]; /* the lowest: pieces ascend */
    return p->x1 > p->x0 ? quo_indexlaw_at_least(law->index, p->x0) : law->jump[0];
}

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

/* The limit of the year as it works: what is stated, and what reinstatements leave. */
static double working_annual_limit(const struct quo_cover *cover)
{
    double limit = cover->annual_limit;
    if (cover->reinstatements >= 0)
        limit = fmin(limit, (1.0 + cover->reinstatements) * cover->event_limit);
    return limit;
}

/* Points of a lattice that reaches an amount. */
static size_t points_to(double amount, double step) { return (size_t)ceil(amount / step - 1e-9) + 1; }

/* An amount that the year hardly ever exceeds: payouts of `largest`, so many that 1e-12 and less lies beyond. spread: sum of
 * events^2/size, what makes counts vary more than Poisson's; the tail of those falls by size/(size + events) an event. */
static double reach_of(double largest, double events, double spread)
{
    const double over = events > 0.0 ? spread / events : 0.0;
    return largest * (events + 8.0 * sqrt(events + spread + 1.0) + 8.0 + 30.0 * over);
}

double quo_coverlaw_reach(const struct quo_policy *policy, const struct quo_cover *cover, const struct quo_hazard *hazard)
{
    const double term_years = policy->term_days / 365.0;
    double events = cover->trigger.false_alarm_per_year * term_years, spread = 0.0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u) || !hazard[p].present)
            continue;
        const double own = hazard[p].rate * term_years;
        events += own;
        spread += isinf(hazard[p].size) ? 0.0 : own * own / hazard[p].size;
    }
    return fmin(working_annual_limit(cover) + cover->annual_deductible, reach_of(cover->event_limit, events, spread));
}

size_t quo_coverlaw_points(const struct quo_policy *policy, const struct quo_hazard *hazard, double step)
{
    double sum = 0.0, largest = 0.0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        if (isinf(working_annual_limit(&policy->cover[c])))
            continue;
        const double reach = quo_coverlaw_reach(policy, &policy->cover[c], hazard);
        sum += reach;
        largest = fmax(largest, reach);
    }
    return points_to(fmax(largest, fmin(sum, policy->annual_limit)), step);
}

/* Perils that can share one component: same count law and same sublimits. */
struct part {
    quo_peril_set perils;
    double size, event_limit, annual_limit, events;
    struct quo_lattice payout;
};

static double sublimit(const struct quo_cover *cover, int p, bool annual)
{
    double limit = annual ? INFINITY : cover->event_limit;
    for (size_t i = 0; i < cover->n_sublimits; i++)
        if ((int)cover->sublimit[i].peril == p)
            limit = fmin(limit, annual ? cover->sublimit[i].annual_limit : cover->sublimit[i].event_limit);
    return limit;
}

static size_t make_parts(const struct quo_cover_input *in, const struct quo_coverlaw *law, struct part *part)
{
    size_t n = 0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(in->cover->perils >> p & 1u) || !(law->peril[p].rate > 0.0))
            continue;
        const double size = in->hazard[p].size, event = sublimit(in->cover, p, false), annual = sublimit(in->cover, p, true);
        size_t i = 0;
        while (i < n && !(isinf(size) && isinf(part[i].size) && part[i].event_limit == event && part[i].annual_limit == annual && isinf(annual)))
            i++;
        if (i == n)
            part[n++] = (struct part){.size = size, .event_limit = event, .annual_limit = annual};
        part[i].perils |= (quo_peril_set)1 << p;
        part[i].events += law->peril[p].rate;
    }
    return n;
}

static enum quo_status index_of(const struct quo_cover_input *in, quo_peril_set perils, const double weight[QUO_PERILS], double error,
                                struct quo_curve *curve, struct quo_indexlaw *index)
{
    const bool hours = quo_coverlaw_in_hours(in->cover);
    const double scale = quo_index_scale(in->cover->trigger.index, in->policy->protocol->exposure_usd);
    enum quo_status status = quo_curve_new(hours ? in->hours : in->money, perils, weight, curve);
    return status ? status : quo_indexlaw_new(curve, error, scale, in->rule, index);
}

/* Each peril's own mean payout and chance to pay; with and without what the trigger gets wrong. */
/* A clause with a sublimit (LMA 5565) pays attributed events up to it: they are thinned to the same expected payout. */
static void thin_by_clause(const struct quo_cover_input *in, const struct payout_law *payout, double mean, int p, struct quo_cover_peril *peril)
{
    const double sub = in->policy->clauses.state_sublimit;
    double left = in->clause_keeps[p];
    if (left < 1.0 && isfinite(sub) && mean > 0.0) {
        double below;
        payout_lev(&sub, 1, &below, payout);
        left += (1.0 - left) * below / mean;
    }
    peril->rate *= left;
}

static enum quo_status each_peril(const struct quo_cover_input *in, double error, struct quo_coverlaw *law)
{
    const struct quo_cover *cover = in->cover;
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_cover_peril *peril = &law->peril[p];
        if (!(cover->perils >> p & 1u) || !in->hazard[p].present)
            continue;
        const double events = in->hazard[p].rate * in->term_years;
        peril->rate = events * quo_trigger_seen(&cover->trigger);
        double one[QUO_PERILS] = {0.0};
        one[p] = 1.0;
        if (in->like && in->clause_keeps[p] == 1.0) { /* the clauses thin events, they do not change payouts */
            const double seen = peril->rate;
            *peril = in->like->peril[p];
            peril->rate = seen;
            peril->expected = seen * peril->mean_payout;
            continue;
        }
        for (int exact = 0; exact < 2; exact++) {
            struct quo_curve curve = {0};
            struct quo_indexlaw index = {0};
            struct payout_law payout;
            const double limit = sublimit(cover, p, false);
            double mean = 0.0;
            enum quo_status status = index_of(in, (quo_peril_set)1 << p, one, exact ? 0.0 : error, &curve, &index);
            if (status == QUO_OK) {
                payout_law_init(&payout, &index, in, limit, exact ? 1.0 : in->kept);
                payout_lev(&limit, 1, &mean, &payout);
                status = payout.status;
                if (exact) {
                    peril->expected_true = events * mean;
                } else {
                    thin_by_clause(in, &payout, mean, p, peril);
                    peril->pays = pays(&payout);
                    peril->mean_payout = mean;
                    peril->expected = peril->rate * mean;
                }
            }
            quo_indexlaw_free(&index);
            quo_curve_free(&curve);
            if (status)
                return status;
        }
    }
    return QUO_OK;
}

static enum quo_status copy_payout(const struct quo_lattice *from, struct quo_lattice *to)
{
    const enum quo_status status = quo_lattice_new(from->step, from->n, to);
    if (status == QUO_OK)
        memcpy(to->mass, from->mass, from->n * sizeof *to->mass);
    return status;
}

/* The same payout of the same perils in the same shares: NULL if the other law has none. */
static const struct quo_lattice *known_payout(const struct quo_cover_input *in, const struct part *part, const double share[QUO_PERILS])
{
    for (size_t i = 0; in->like && i < in->like->n_payouts; i++) {
        const struct quo_coverlaw_payout *known = &in->like->payout[i];
        if (known->perils == part->perils && known->event_limit == part->event_limit &&
            memcmp(known->share, share, sizeof known->share) == 0)
            return &known->payout;
    }
    return NULL;
}

static enum quo_status keep_payout(struct quo_coverlaw *law, const struct part *part, const double share[QUO_PERILS])
{
    struct quo_coverlaw_payout *kept = &law->payout[law->n_payouts];
    kept->perils = part->perils;
    kept->event_limit = part->event_limit;
    memcpy(kept->share, share, sizeof kept->share);
    const enum quo_status status = copy_payout(&part->payout, &kept->payout);
    law->n_payouts += status == QUO_OK;
    return status;
}

static enum quo_status discretise_part(const struct quo_cover_input *in, struct quo_coverlaw *law, double error, struct part *part)
{
    double weight[QUO_PERILS] = {0.0};
    for (int p = 0; p < QUO_PERILS; p++)
        if (part->perils >> p & 1u)
            weight[p] = part->events > 0.0 ? law->peril[p].rate / part->events : 0.0;
    const struct quo_lattice *known = known_payout(in, part, weight);
    if (known)
        return copy_payout(known, &part->payout);
    struct quo_curve curve = {0};
    struct quo_indexlaw index = {0};
    struct payout_law payout;
    enum quo_status status = index_of(in, part->perils, weight, error, &curve, &index);
    if (status == QUO_OK) {
        payout_law_init(&payout, &index, in, part->event_limit, in->kept);
        const size_t cells = (size_t)fmax(1.0, ceil(part->event_limit / in->step - 1e-9));
        status = payout.status ? payout.status
                               : quo_lattice_discretise(payout_lev, &payout, in->step * (double)cells, cells, &part->payout);
    }
    if (status == QUO_OK)
        status = keep_payout(law, part, weight);
    quo_indexlaw_free(&index);
    quo_curve_free(&curve);
    return status;
}

/* False alarms pay what a true alarm pays, given that it pays: a part of its own (a judgement). */
static enum quo_status false_alarm_part(const struct quo_coverlaw *law, const struct part *part, size_t n, struct part *out)
{
    double paying = 0.0;
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        points = part[i].payout.n > points ? part[i].payout.n : points;
    *out = (struct part){.size = INFINITY, .annual_limit = INFINITY, .events = law->false_alarms};
    if (points == 0)
        return QUO_OK;
    enum quo_status status = quo_lattice_new(part[0].payout.step, points, &out->payout);
    if (status)
        return status;
    /* Given that it pays: by the exact chance, since a lattice moves part of the small payouts to 0. */
    for (int p = 0; p < QUO_PERILS; p++)
        paying += law->peril[p].rate * law->peril[p].pays;
    out->payout.mass[0] = 1.0;
    for (size_t i = 0; i < n && paying > 0.0; i++)
        for (size_t k = 1; k < part[i].payout.n; k++) {
            const double mass = part[i].events * part[i].payout.mass[k] / paying;
            out->payout.mass[k] += mass;
            out->payout.mass[0] -= mass;
        }
    out->payout.mass[0] = fmax(out->payout.mass[0], 0.0);
    return QUO_OK;
}

/* One event of any peril, for whoever wants the law behind the year. */
static enum quo_status mix_event(const struct part *part, size_t n, struct quo_coverlaw *out)
{
    size_t points = 0;
    for (size_t i = 0; i < n; i++) {
        points = part[i].payout.n > points ? part[i].payout.n : points;
        out->events += part[i].payout.n ? part[i].events : 0.0;
    }
    if (points == 0 || !(out->events > 0.0))
        return QUO_OK;
    const enum quo_status status = quo_lattice_new(part[0].payout.step, points, &out->event);
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        for (size_t k = 0; k < part[i].payout.n; k++)
            out->event.mass[k] += part[i].events / out->events * part[i].payout.mass[k];
    return status;
}

/* Points the year needs: to the limit, or so far that hardly anything lies beyond. */
static size_t year_points(const struct quo_cover_input *in)
{
    const size_t points = points_to(quo_coverlaw_reach(in->policy, in->cover, in->hazard), in->step);
    return points > in->points ? points : in->points;
}

static struct quo_component component_of(const struct part *part)
{
    return (struct quo_component){quo_frequency_negbin_mean(part->events, part->size), &part->payout};
}

/* All parts without an annual sublimit in one transform; the others each for itself, cut, then added. */
static enum quo_status year(const struct quo_cover_input *in, const struct part *part, size_t n, struct quo_workspace *workspace,
                            struct quo_coverlaw *out)
{
    struct quo_component component[QUO_PERILS + 1];
    size_t together = 0;
    const size_t points = year_points(in);
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
            total.n = points_to(out->annual_limit, in->step) + 1; /* nothing is left beyond: the sum of covers need not carry it */
    }
    out->annual = total;
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

enum quo_status quo_coverlaw_new(const struct quo_cover_input *in, struct quo_workspace *workspace, struct quo_coverlaw *out)
{
    memset(out, 0, sizeof *out);
    const struct quo_cover *cover = in->cover;
    const double error = quo_coverlaw_in_hours(cover) ? 0.0 : isnan(cover->trigger.reporting_error) ? in->index_error : cover->trigger.reporting_error;
    struct part part[QUO_PERILS + 1];
    memset(part, 0, sizeof part);
    size_t n = 0;
    out->annual_limit = working_annual_limit(cover);
    out->secondary_ratio = in->secondary_ratio;
    out->kept = in->kept;
    out->false_alarms = cover->trigger.false_alarm_per_year * in->term_years;
    out->payout = calloc(QUO_PERILS, sizeof *out->payout);
    enum quo_status status = out->payout ? each_peril(in, error, out) : QUO_MACHINE;
    if (status == QUO_OK)
        n = make_parts(in, out, part);
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        status = discretise_part(in, out, error, &part[i]);
    if (status == QUO_OK && out->false_alarms > 0.0) {
        status = false_alarm_part(out, part, n, &part[n]);
        n++;
        out->expected_false = status ? 0.0 : out->false_alarms * quo_lattice_mean(&part[n - 1].payout);
    }
    if (status == QUO_OK)
        status = mix_event(part, n, out);
    if (status == QUO_OK)
        status = year(in, part, n, workspace, out);
    out->expected_events = out->expected_false;
    for (int p = 0; p < QUO_PERILS; p++)
        out->expected_events += out->peril[p].expected;
    out->no_payout = no_payout(in, out);
    for (size_t i = 0; i < n; i++)
        quo_lattice_free(&part[i].payout);
    if (status == QUO_OK) {
        out->expected = quo_lattice_mean(&out->annual);
        if (cover->reinstatements > 0)
            for (size_t k = 0; k < out->annual.n; k++)
                out->reinstated += out->annual.mass[k] * fmin((double)k * out->annual.step, cover->reinstatements * cover->event_limit);
    }
    return status;
}

void quo_coverlaw_free(struct quo_coverlaw *law)
{
    if (!law)
        return;
    for (size_t i = 0; i < law->n_payouts; i++)
        quo_lattice_free(&law->payout[i].payout);
    free(law->payout);
    quo_lattice_free(&law->event);
    quo_lattice_free(&law->annual);
    memset(law, 0, sizeof *law);
}
