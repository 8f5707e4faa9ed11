#include "risk/controls/showing.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/lanes.h"
#include "risk/controls/otherlaws.h"

#define VALUES_MAX 160 /* of one peril */

static void show(struct quo_peril_score *score, double value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void show(struct quo_peril_score *score, double value, const char *format, ...)
{
    if (score->n_values >= VALUES_MAX)
        return;
    struct quo_mechanism_value *v = &score->value[score->n_values++];
    va_list args;
    va_start(args, format);
    vsnprintf(v->name, sizeof v->name, format, args);
    va_end(args);
    v->value = value;
}

static void show_times(struct quo_peril_score *score, const char *mechanism, const struct quo_race_clock *times)
{
    show(score, exp(times->detect.meanlog), "%s.detect.median_hours", mechanism);
    show(score, times->detect.sdlog, "%s.detect.sigma", mechanism);
    show(score, exp(times->respond.meanlog), "%s.respond.median_hours", mechanism);
    show(score, times->respond.sdlog, "%s.respond.sigma", mechanism);
}

static void show_quorum(const struct quo_run *own, const struct quo_scale_mean *mean, struct quo_peril_score *score)
{
    double rate, credibility;
    quo_relativity_quorum(&own->view, score->peril, &own->shared.quorum, &rate, &credibility);
    if (isnan(rate))
        return;
    show(score, rate, "quorum.rate");
    show(score, credibility > 0.0 ? pow(mean->quorum, 1.0 / credibility) : NAN, "quorum.market_rate");
    show(score, credibility, "quorum.credibility");
    show(score, own->raw[score->peril].quorum / mean->quorum, "quorum.multiplier");
    if (score->peril == QUO_SIGNER_SOCIAL_ENGINEERING) {
        show(score, own->view.inputs->campaign_rate, "quorum.campaigns");
        show(score, quo_quorum_spoof_share(&own->view), "quorum.shared_interface");
    }
}

/* The way to the power on which most is stopped; where nothing is, to the one of those that wait through which most paths go. */
static struct quo_race_way stands(const struct quo_run *own, enum quo_peril peril,
                                  const struct quo_race_stopped *stopped)
{
    if (stopped->power >= 0)
        return stopped->taken[stopped->power];
    struct quo_race_way way = {0.0, 0.0};
    double most = 0.0;
    for (int k = 0; k < QUO_POWERS; k++) {
        const double path = quo_race_path(&own->view, peril, 1u << k);
        if (stopped->taken[k].hours > 0.0 && path > most) {
            most = path;
            way = stopped->taken[k];
        }
    }
    return way;
}

static void show_timelock(const struct quo_run *own, struct quo_peril_score *score)
{
    const struct quo_race_delays *delays = &own->shared.delays;
    struct quo_race_clock clock = own->clock[score->peril];
    const struct quo_race_stopped stopped = quo_race_timelock(&own->view, score->peril, delays, &clock);
    if (!quo_inputs_concern(&own->view, QUO_INPUT_DELAY_HOURS, score->peril) &&
        score->peril != QUO_BRIDGE_VALIDATION)
        return;
    const struct quo_race_way way = stands(own, score->peril, &stopped);
    show(score, way.hours, "timelock.delay_hours");
    show_times(score, "timelock", &clock);
    show(score, delays->notice, "timelock.notice");
    show(score, way.veto, "timelock.veto");
    show(score, stopped.share, "timelock.share");
    show(score, stopped.power < 0 ? quo_timelock_in_time(way.hours, clock.detect, clock.respond) : stopped.chance,
         "timelock.in_time");
    show(score, 1.0 - stopped.multiplier, "timelock.stopped");
    for (int k = 0; k < QUO_POWERS; k++)
        if (quo_race_path(&own->view, score->peril, 1u << k) > 0.0)
            show(score, stopped.taken[k].hours, "timelock.hours_by_power.%s", quo_power_names()[k]);
}

/* null in JSON: there is no such limit. */
static double limit(double usd) { return isinf(usd) ? NAN : usd; }

/* Where several caps bind each other: all of them, and what they guard together, so that a reader can redo it. */
static void show_lanes(const struct quo_outflow *o, struct quo_peril_score *score)
{
    for (int k = 0; k < o->n_caps; k++) {
        show(score, limit(o->cap[k].per_hour), "cap.each.%d.per_hour_usd", k + 1);
        show(score, o->cap[k].burst, "cap.each.%d.burst_usd", k + 1);
        show(score, limit(o->cap[k].hard), "cap.each.%d.hard_usd", k + 1);
        show(score, quo_lanes_share(o, k), "cap.each.%d.share", k + 1);
    }
    for (int j = 0; j < o->n_lanes; j++) {
        char which[3 * QUO_OUTFLOW_CAPS] = "";
        for (int k = 0, at = 0; k < o->n_caps; k++)
            if (o->lane[j].caps >> k & 1u)
                at += snprintf(which + at, sizeof which - (size_t)at, at ? "+%d" : "%d", k + 1);
        show(score, o->lane[j].share, "cap.together.%s", which);
    }
}

static void show_caps(const struct quo_run *own, struct quo_peril_score *score)
{
    const struct quo_outflow *o = &score->outflow;
    const int strictest = quo_lanes_strictest(&own->view, o);
    if (strictest >= 0) {
        const struct quo_outflow_cap *cap = &o->cap[strictest];
        show(score, limit(cap->per_hour), "cap.per_hour_usd");
        show(score, cap->burst, "cap.burst_usd");
        show(score, limit(cap->hard), "cap.hard_usd");
        show(score, quo_lanes_share(o, strictest), "cap.share");
        show(score, exp(o->meanlog), "cap.stop.median_hours");
        show(score, o->sdlog, "cap.stop.sigma");
        show(score, o->p_auto, "cap.automatic");
        show(score, o->n_caps, "cap.caps");
        if (o->n_caps > 1)
            show_lanes(o, score);
        if (own->caps_left_out[score->peril] > 0)
            show(score, own->caps_left_out[score->peril], "cap.left_out");
        show(score, score->cap_factor, "cap.factor_for_score");
    }
    if (score->peril == QUO_KEY_LOSS || score->peril == QUO_SERVICE_OUTAGE)
        return;
    struct quo_race_clock clock = own->clock[score->peril];
    show_times(score, "drain", &clock);
    show(score,
         score->peril == QUO_VENDOR_INFRASTRUCTURE ? own->view.inputs->drain_cloud_hours
                                                   : own->view.inputs->drain_hours,
         "drain.hours");
    show(score, quo_race_drained(&own->view, score->peril, &clock), "drain.share");
}

static void show_shares(const struct quo_run *own, struct quo_peril_score *score)
{
    const struct quo_inputs *in = own->view.inputs;
    if (score->peril == QUO_GOVERNANCE_CAPTURE) {
        double value, cost;
        const double multiplier = quo_relativity_capture(&own->view, &value, &cost);
        if (isnan(cost)) {
            show(score, quo_inputs_value(&own->view, QUO_INPUT_CAPTURE_RATIO), "capture.ratio");
        } else {
            const struct quo_protocol *p = own->view.protocol;
            show(score, cost, "capture.cost_usd");
            show(score, p->capture_cost_usd, "capture.buy_usd");
            show(score, p->borrow_cost_usd, "capture.borrow_usd");
            show(score, p->bribe_cost_usd, "capture.bribe_usd");
            show(score, p->votes_needed, "capture.votes");
            show(score, value, "capture.extractable_usd");
        }
        show(score, multiplier, "capture.multiplier");
    }
    if (quo_inputs_concern(&own->view, QUO_INPUT_HOT_SHARE, score->peril))
        show(score,
             isnan(own->view.protocol->hot_share) ? quo_inputs_value(&own->view, QUO_INPUT_HOT_SHARE)
                                                  : own->view.protocol->hot_share,
             "hot.share");
    if (own->view.protocol->bridge && quo_inputs_concern(&own->view, QUO_INPUT_ROUTE_SHARE, score->peril))
        show(score, quo_inputs_value(&own->view, QUO_INPUT_ROUTE_SHARE), "route.share");
    if (own->view.protocol->bridge && score->peril == QUO_CODE_BUG)
        show(score, in->bridge_code, "bridge.code_share");
    if (quo_inputs_concern(&own->view, QUO_INPUT_RESERVE_SHARE, score->peril))
        show(score, quo_inputs_value(&own->view, QUO_INPUT_RESERVE_SHARE), "reserve.share");
    if (score->peril == QUO_SERVICE_OUTAGE)
        show(score, own->raw[score->peril].duration, "restore.multiplier");
}

/* The effects alone, so that relativity = effects x mechanisms can be followed. */
static void show_effects(const struct quo_run *own, const struct quo_scale_mean *mean, struct quo_peril_score *score)
{
    const struct quo_view *view = &own->view;
    const enum quo_peril p = score->peril;
    show(score, quo_effects_multiplier(view->effects, p, QUO_CHANNEL_FREQUENCY, view->x), "effects.frequency");
    show(score, quo_effects_multiplier(view->effects, p, QUO_CHANNEL_SEVERITY, view->x), "effects.severity");
    show(score, quo_effects_multiplier(view->effects, p, QUO_CHANNEL_DETECT, view->x), "effects.detect");
    show(score, quo_effects_multiplier(view->effects, p, QUO_CHANNEL_RESPOND, view->x), "effects.respond");
    if (own->held[p] != 1.0)
        show(score, own->held[p], "not_applicable.held");
    show(score, own->raw[p].frequency, "raw.frequency");
    show(score, own->raw[p].severity, "raw.severity");
    show(score, own->raw[p].duration, "raw.duration");
    show(score, mean->frequency, "market.frequency");
    show(score, mean->severity, "market.severity");
    show(score, mean->duration, "market.duration");
}

static enum quo_status fill_importance(const struct quo_signer_set *set, const struct quo_signers *built,
                                       struct quo_signer_set_score *out)
{
    const size_t n = set->n_signers, n_groups = built->n_groups;
    double *share = calloc(n + n_groups, sizeof *share);
    out->importance = calloc(n + n_groups, sizeof *out->importance);
    if (!share || !out->importance || !quo_signers_importance(built, share, share + n)) {
        const bool memory = !share || !out->importance;
        free(share);
        return memory ? QUO_MACHINE : QUO_DOMAIN;
    }
    for (size_t i = 0; i < n + n_groups; i++) {
        const bool is_group = i >= n;
        const char *name = is_group ? quo_protocol_group_name(set, i - n) : set->signer[i].id;
        out->importance[i] = (struct quo_importance){quo_text_copy(name), is_group, share[i]};
        out->n_importance = i + 1;
        if (!out->importance[i].name) {
            free(share);
            return QUO_MACHINE;
        }
    }
    free(share);
    return QUO_OK;
}

static enum quo_status fill_set(const struct quo_run *own, size_t s, struct quo_quorum_set *work,
                                struct quo_signer_set_score *out)
{
    const struct quo_protocol *p = own->view.protocol;
    const struct quo_signer_set *set = &p->signer_set[s];
    const bool verifiers = p->bridge && (set->powers & ~(unsigned)QUO_POWER_PAUSE) == QUO_POWER_BRIDGE_MESSAGES;
    out->set = s;
    out->signer = calloc(set->n_signers + 1, sizeof *out->signer);
    out->group = calloc(set->n_group_names + 1, sizeof *out->group); /* one more: what goes unsaid */
    if (!out->signer || !out->group)
        return QUO_MACHINE;
    const enum quo_status status = quo_quorum_build(&own->view, set, verifiers, 0, work);
    if (status)
        return status;
    out->dwell_years = work->set.dwell_years;
    out->loss_dwell_years = work->set.loss_dwell_years;
    for (size_t j = 0; j < set->n_signers; j++)
        out->signer[j] = (struct quo_signer_result){work->member[j].compromise_rate, work->member[j].loss_rate};
    out->n_groups = work->set.n_groups;
    for (size_t g = 0; g < out->n_groups; g++)
        out->group[g] = (struct quo_group_result){work->group[g].shock_rate, work->group[g].lethality,
                                                  work->group[g].loss_shock_rate, work->group[g].loss_lethality};
    out->breach_rate = quo_signers_breach_rate(&work->set);
    out->key_loss_breach_rate = quo_signers_key_loss_breach_rate(&work->set);
    out->compromise_rate = quo_signers_compromise_rate(&work->set);
    out->key_loss_rate = quo_signers_key_loss_rate(&work->set);
    out->deceived_rate =
        quo_signers_deceived_rate(&work->set, own->view.inputs->campaign_rate, quo_quorum_spoof_share(&own->view));
    out->laws = quo_otherlaws_of(&work->set);
    return fill_importance(set, &work->set, out);
}

enum quo_status quo_showing_values(const struct quo_run *own, const struct quo_scale_mean *mean,
                                   struct quo_score *score)
{
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_peril_score *s = &score->peril[p];
        s->value = calloc(VALUES_MAX, sizeof *s->value);
        if (!s->value)
            return QUO_MACHINE;
        show_effects(own, &mean[p], s);
        show_quorum(own, &mean[p], s);
        show_timelock(own, s);
        show_caps(own, s);
        show_shares(own, s);
    }
    return QUO_OK;
}

enum quo_status quo_showing_sets(const struct quo_run *own, struct quo_quorum_set *work, struct quo_score *score)
{
    const size_t n = own->view.protocol->n_signer_sets;
    score->set = calloc(n + 1, sizeof *score->set);
    if (!score->set)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++) {
        score->n_sets = i + 1;
        const enum quo_status status = fill_set(own, i, work, &score->set[i]);
        if (status)
            return status;
    }
    return QUO_OK;
}
