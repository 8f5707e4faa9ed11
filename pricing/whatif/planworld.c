#include "pricing/whatif/planworld.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/marketcover.h"
#include "pricing/policylaw.h"
#include "pricing/whatif/bitmemo.h"
#include "risk/controls/scale.h"

#define DOWN (1.0 - 4e-7) /* rounds a chance down, past what a float and a transform lose */
#define NOISE 1e-11
#define LANES 8 /* threads, at most */

/* The principles that are an expectation and a TVaR; everything else that the bounds take for granted. */
static enum quo_status judge_policy(const struct quo_policy *policy, struct quo_planworld *w)
{
    const struct quo_terms *terms = &policy->terms;
    quo_peril_set seen = 0;
    w->back_cover = -1;
    const double years = policy->term_days / 365.0, capital = terms->rate * terms->diversification * years;
    switch (terms->principle) {
    case QUO_PRINCIPLE_EXPECTED_VALUE:
        w->on_mean = 1.0 + terms->parameter;
        break;
    case QUO_PRINCIPLE_TVAR:
        w->on_tail = 1.0;
        w->level = terms->level;
        break;
    case QUO_PRINCIPLE_COST_OF_CAPITAL:
        w->on_mean = 1.0 - capital;
        w->on_tail = capital;
        w->level = terms->level;
        break;
    default:
        return QUO_REFUSED;
    }
    if (!(w->on_mean >= 0.0 && w->on_tail >= 0.0 && w->level < 1.0) || !isnan(terms->uncertainty_quantile))
        return QUO_REFUSED;
    for (size_t c = 0; c < policy->n_covers; c++) {
        const struct quo_cover *cover = &policy->cover[c];
        const bool moved = (policy->clauses.secondary_losses || policy->clauses.return_offset) && !quo_coverlaw_in_hours(cover);
        const bool back = cover->reinstatements > 0 && cover->reinstatement_premium > 0.0;
        if (quo_marketcover_is(cover) || (seen & cover->perils) || cover->annual_deductible > 0.0)
            return QUO_REFUSED;
        if (back && (moved || w->back_cover >= 0 || __builtin_popcount(cover->perils) != 1))
            return QUO_REFUSED;
        w->back_cover = back ? (int)c : w->back_cover;
        seen |= cover->perils;
        for (int p = 0; p < QUO_PERILS; p++)
            if (cover->perils >> p & 1u && isfinite(quo_coverlaw_sublimit(cover, (enum quo_peril)p, true)))
                return QUO_REFUSED;
    }
    return QUO_OK;
}

static void read_history(const struct quo_engine *engine, const struct quo_policy *policy, struct quo_planworld *w)
{
    w->shape = 1.0;
    if (!policy->protocol->has_history)
        return;
    const double shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    w->shape = shape > 0.0 ? shape : QUO_HAZARD_EXPERIENCE_SHAPE;
    w->claims = policy->protocol->history_incidents;
    w->years = policy->protocol->history_years * 365.0 / policy->term_days;
}

static bool make_lanes(struct quo_planworld *w)
{
    const int most = omp_get_max_threads(), n = most < LANES ? most : LANES;
    bool made = (w->lane = calloc((size_t)n, sizeof *w->lane)) != NULL;
    for (int i = 0; made && i < n; i++) {
        struct quo_planlane *l = &w->lane[i];
        w->n_lanes++;
        l->back = quo_bitmemo_new(sizeof(struct quo_planback), NULL);
        made = l->back && quo_setgrid_new(w->policy, w->grid.points, &l->grid) &&
               quo_setgrid_new(w->policy, w->sums.points, &l->sums) &&
               quo_boundyear_new(w->policy, &l->grid, &l->sums, &l->year);
    }
    return made;
}

static enum quo_status start_frame(struct quo_planworlds *ws, struct quo_planworld *w)
{
    struct quo_hazard hazard[QUO_PERILS];
    enum quo_status status = quo_setparts_frame(ws->parts, w->in, &w->policy);
    if (status == QUO_OK)
        status = quo_setstates_hazard(ws->states, w->in, hazard);
    if (status)
        return status;
    size_t year, sum;
    quo_setgrid_points(w->policy, hazard, &year, &sum);
    if (!quo_setgrid_new(w->policy, year, &w->grid) || !quo_setgrid_new(w->policy, sum, &w->sums))
        return QUO_MACHINE;
    quo_setstates_frame(ws->states, w->policy, &w->grid);
    double most = 0.0;
    for (size_t c = 0; c < w->policy->n_covers; c++)
        most = fmax(most, w->policy->cover[c].event_limit);
    const double points = ceil(most / w->grid.step - 1e-9) + 1.0;
    w->points = points < (double)w->grid.points ? (size_t)points : w->grid.points - 1;
    for (int p = 0; p < QUO_PERILS; p++)
        w->size[p] = hazard[p].size;
    return make_lanes(w) ? QUO_OK : QUO_MACHINE;
}

/* What an event of that law pays, from its spectrum. */
static enum quo_status tail_of(struct quo_planworld *w, const struct quo_setpayout *payout, struct quo_lattice *room, struct quo_perillaw *law)
{
    const struct quo_setgrid *g = &w->grid;
    law->above = malloc(w->points * sizeof *law->above);
    if (!law->above)
        return QUO_MACHINE;
    for (size_t j = 0; j < g->half; j++)
        g->plan.product[j] = CMPLX(1.0 + payout->spectrum[j], payout->spectrum[g->row + j]);
    quo_setgrid_back(g, room);
    double sum = 0.0;
    for (size_t k = room->n; k-- > 0;) {
        if (k < w->points)
            law->above[k] = (float)fmax(0.0, (sum * payout->seen - NOISE) * DOWN);
        sum += fmax(room->mass[k], 0.0);
    }
    law->pays = payout->seen * payout->pays;
    return QUO_OK;
}

/* The payouts of a cover's perils: what comes back at its most and secondary losses at their least, so that no set pays less. */
static enum quo_status fill_cover(struct quo_planworlds *ws, struct quo_planworld *w, size_t c, struct quo_lattice *room)
{
    double secondary = INFINITY, recovery = 0.0;
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < w->n_tables; i++)
        if (w->cover[i] == (int)c) {
            secondary = fmin(secondary, w->table[i].secondary_least);
            recovery = fmax(recovery, w->table[i].recovery_most);
        }
    for (size_t i = 0; i < w->n_tables && status == QUO_OK; i++) {
        struct quo_periltable *t = &w->table[i];
        for (size_t k = 0; k < t->n_laws && w->cover[i] == (int)c && status == QUO_OK; k++) {
            struct quo_cover_input in = {.policy = w->policy, .cover = &w->policy->cover[c], .step = w->grid.step};
            struct quo_setperil *state;
            quo_policylaw_comes_back(1.0, secondary, recovery, &in);
            quo_setstates_tidy(ws->states);
            status = quo_setstates_one(ws->states, t->peril, w->in | quo_periltable_unpack(t->laws[k].entry, t->rest_bit, t->n_rest), &state);
            if (status == QUO_OK)
                status = quo_setstates_payout(ws->states, t->peril, state, &in);
            if (status == QUO_OK)
                status = tail_of(w, state->payout, room, &t->laws[k]);
        }
    }
    return status;
}

/* A false alarm pays what a true event pays that pays: of whichever peril and law. */
static void fill_alarms(struct quo_planworld *w)
{
    for (size_t c = 0; c < w->policy->n_covers; c++) {
        double *least = w->alarm_least + c * w->points, *most = w->alarm_most + c * w->points;
        bool any = false;
        for (size_t i = 0; i < w->n_tables; i++)
            for (size_t k = 0; k < w->table[i].n_laws && w->cover[i] == (int)c; k++) {
                const struct quo_perillaw *law = &w->table[i].laws[k];
                for (size_t j = 0; j < w->points && law->pays > 0.0; j++) {
                    const double low = (double)law->above[j] / law->pays,
                                 high = fmin(1.0, ((double)law->above[j] + NOISE) / law->pays / (DOWN * DOWN));
                    least[j] = any ? fmin(least[j], low) : low;
                    most[j] = any ? fmax(most[j], high) : high;
                }
                any = any || law->pays > 0.0;
            }
    }
}

static enum quo_status fill_payouts(struct quo_planworlds *ws, struct quo_planworld *w)
{
    struct quo_lattice room;
    enum quo_status status = quo_lattice_new(w->grid.step, w->grid.points + 1, &room);
    w->alarm_least = calloc(w->policy->n_covers * w->points, sizeof *w->alarm_least);
    w->alarm_most = calloc(w->policy->n_covers * w->points, sizeof *w->alarm_most);
    if (status == QUO_OK && !(w->alarm_least && w->alarm_most))
        status = QUO_MACHINE;
    for (size_t c = 0; c < w->policy->n_covers && status == QUO_OK; c++)
        status = fill_cover(ws, w, c, &room);
    if (status == QUO_OK)
        fill_alarms(w);
    quo_lattice_free(&room);
    return status;
}

bool quo_planworld_back(const struct quo_planworld *w, struct quo_planlane *lane, double rate, unsigned law, struct quo_planback *out)
{
    const struct quo_periltable *t = &w->table[w->back_table];
    const struct quo_cover *cover = &w->policy->cover[w->back_cover];
    uint64_t bits;
    bool fresh;
    memcpy(&bits, &rate, sizeof bits);
    struct quo_planback *kept = quo_bitmemo_at(lane->back, (bits * 0x9E3779B97F4A7C15u) ^ law, &fresh);
    if (!kept)
        return false;
    if (fresh) {
        double *events[QUO_PERILS] = {NULL}, *room = malloc(2 * w->points * sizeof *room);
        bool made = room != NULL;
        const double alarms = cover->trigger.false_alarm_per_year * w->policy->term_days / 365.0;
        for (size_t k = 0; made && k < w->points; k++) {
            room[k] = (rate * ((double)t->laws[law].above[k] + NOISE)) / DOWN;
            room[w->points + k] = alarms * w->alarm_most[(size_t)w->back_cover * w->points + k];
        }
        events[t->peril] = room;
        made = made && quo_boundyear_cover(&lane->year, (size_t)w->back_cover, events, w->size, room + w->points, w->points);
        free(room);
        if (!made) {
            quo_bitmemo_drop(lane->back, (bits * 0x9E3779B97F4A7C15u) ^ law);
            return false;
        }
        kept->expected = lane->year.expected[w->back_cover];
        kept->back = quo_policylaw_reinstatement(cover, kept->expected, lane->year.reinstated[w->back_cover]);
    }
    *out = *kept;
    return true;
}

static int cover_of(const struct quo_policy *policy, int peril)
{
    for (size_t c = 0; c < policy->n_covers; c++)
        if (policy->cover[c].perils >> peril & 1u)
            return (int)c;
    return -1;
}

/* Share of the rate of a protocol of relativity 1 that no control moves (scale.c). */
static double untouched_of(const struct quo_scale *scale, const struct quo_protocol *protocol, int peril)
{
    return scale->inputs.untouched_frequency * quo_relativity_concerned(&scale->inputs, (enum quo_peril)peril, protocol->bridge) /
           scale->known.mean[peril].concerned;
}

/* Whether a goal hangs on a peril, which the model may not hold. */
static bool counts(const struct quo_planworld *w, enum quo_goal goal, int peril, const double *weight)
{
    if (goal == QUO_GOAL_TARGET_SCORE)
        return weight[peril] > 0.0;
    const bool hours = quo_peril_in_hours((enum quo_peril)peril), premium = goal != QUO_GOAL_LOSS;
    if (cover_of(w->policy, peril) >= 0 && premium)
        return true;
    return !hours && (!premium || w->policy->protocol->has_history); /* perils in money count for own experience too */
}

/* The perils' weights in the score; those that nothing moves have none. */
static enum quo_status fill_scores(struct quo_planworlds *ws, struct quo_planworld *w, const double *weight)
{
    double all = 0.0;
    for (size_t i = 0; i < w->n_tables; i++) {
        struct quo_periltable *t = &w->table[i];
        const enum quo_status status = quo_periltable_logs(ws->states, w->in, t);
        if (status)
            return status;
        w->score_weight[i] = t->log_worst - t->log_best > 1e-12 ? weight[t->peril] : 0.0;
        all += w->score_weight[i];
    }
    for (size_t i = 0; i < w->n_tables; i++)
        w->score_weight[i] /= all;
    return all > 0.0 ? QUO_OK : QUO_REFUSED;
}

/* Whether some entry of a table's rates is higher with a change than without it. */
static bool raises(const double *rate, const unsigned char *bit, size_t n, size_t change)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < (size_t)1 << n && bit[i] == change; k++)
            if (k >> i & 1u && rate[k] > rate[k ^ (size_t)1 << i])
                return true;
    return false;
}

/* Changes that only make rarer what is not covered cost money, and own experience then reckons with more of the rest: no premium falls. */
static uint64_t in_vain(const struct quo_planworld *w)
{
    uint64_t vain = w->open;
    for (size_t i = 0; i < w->n_tables; i++) {
        const struct quo_periltable *t = &w->table[i];
        for (size_t c = 0; c < 64; c++)
            if ((t->often | t->rest) >> c & vain >> c & 1u &&
                (w->cover[i] >= 0 || raises(t->often_rate, t->often_bit, t->n_often, c) ||
                 raises(t->rest_rate, t->rest_bit, t->n_rest, c)))
                vain &= ~((uint64_t)1 << c);
    }
    return vain;
}

static enum quo_status make_world(struct quo_planworlds *ws, const struct quo_engine *engine, enum quo_goal goal, uint64_t open,
                                  struct quo_planworld *w)
{
    const bool score = goal == QUO_GOAL_TARGET_SCORE, premium = goal != QUO_GOAL_LOSS && !score;
    double weight[QUO_PERILS] = {0.0};
    enum quo_status status = start_frame(ws, w);
    if (status == QUO_OK && premium)
        status = judge_policy(w->policy, w);
    if (status)
        return status;
    quo_setstates_weights(ws->states, w->policy, weight);
    read_history(engine, w->policy, w);
    w->back_table = -1;
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        const int cover = cover_of(w->policy, p);
        if (!counts(w, goal, p, weight))
            continue;
        if (!engine->model->peril[p].present) {
            status = score ? QUO_REFUSED : QUO_OK;
            continue;
        }
        struct quo_periltable *t = &w->table[w->n_tables];
        status = quo_periltable_new(ws->states, quo_setparts_reach(ws->parts), (enum quo_peril)p, w->in, open,
                                    untouched_of(engine->scale, w->policy->protocol, p), t);
        if (status)
            break;
        w->open |= t->often | t->rest;
        if (premium && cover >= 0 && cover == w->back_cover)
            w->back_table = (int)w->n_tables;
        w->cover[w->n_tables++] = cover;
    }
    if (status == QUO_OK && premium)
        w->open &= ~in_vain(w);
    if (status == QUO_OK && score)
        return fill_scores(ws, w, weight);
    return status == QUO_OK && premium ? fill_payouts(ws, w) : status;
}

enum quo_status quo_planworlds_new(struct quo_values *values, enum quo_goal goal, struct quo_planworlds *ws)
{
    const struct quo_engine *engine = quo_values_engine(values);
    const struct quo_variants *variants = quo_values_variants(values);
    unsigned char bit[64];
    size_t first = 0;
    memset(ws, 0, sizeof *ws);
    enum quo_status status = quo_setparts_new(engine, variants, &ws->parts);
    if (status == QUO_OK)
        status = quo_setstates_new(engine, ws->parts, &ws->states);
    if (status)
        return status;
    const struct quo_setreach *reach = quo_setparts_reach(ws->parts);
    const uint64_t all = variants->n < 64 ? ((uint64_t)1 << variants->n) - 1 : UINT64_MAX, everywhere = reach->frame | reach->global;
    for (uint64_t left = everywhere; left; left &= left - 1)
        bit[first++] = (unsigned char)__builtin_ctzll(left);
    if (first > 4)
        return QUO_REFUSED;
    ws->world = calloc((size_t)1 << first, sizeof *ws->world);
    if (!ws->world)
        return QUO_MACHINE;
    for (size_t i = 0; i < (size_t)1 << first && status == QUO_OK; i++) {
        ws->world[i].in = quo_periltable_unpack(i, bit, first);
        ws->n++;
        status = make_world(ws, engine, goal, all & ~everywhere, &ws->world[i]);
    }
    return status;
}

void quo_planworlds_free(struct quo_planworlds *ws)
{
    for (size_t i = 0; i < ws->n; i++) {
        struct quo_planworld *w = &ws->world[i];
        for (size_t k = 0; k < w->n_tables; k++)
            quo_periltable_free(&w->table[k]);
        quo_setgrid_free(&w->grid);
        quo_setgrid_free(&w->sums);
        for (int k = 0; k < w->n_lanes; k++) {
            quo_setgrid_free(&w->lane[k].grid);
            quo_setgrid_free(&w->lane[k].sums);
            quo_bitmemo_free(w->lane[k].back);
            quo_boundyear_free(&w->lane[k].year);
        }
        free(w->lane);
        free(w->alarm_least);
        free(w->alarm_most);
    }
    free(ws->world);
    quo_setstates_free(ws->states);
    quo_setparts_free(ws->parts);
    memset(ws, 0, sizeof *ws);
}
