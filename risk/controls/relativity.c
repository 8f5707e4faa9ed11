#include "risk/controls/relativity.h"

#include <math.h>

#include "risk/controls/capture.h"

enum quo_status quo_relativity_share(const struct quo_view *view, struct quo_quorum_set *work,
                                     struct quo_relativity_shared *out)
{
    out->delays = quo_race_delays(view);
    return quo_quorum_all(view, work, &out->quorum);
}

void quo_relativity_quorum(const struct quo_view *view, enum quo_peril peril, const struct quo_quorum *quorum,
                           double *rate, double *credibility)
{
    const struct quo_inputs *in = view->inputs;
    *rate = NAN;
    *credibility = 0.0;
    if (peril == QUO_KEY_COMPROMISE)
        *rate = quorum->keys, *credibility = in->key_credibility;
    else if (peril == QUO_SIGNER_SOCIAL_ENGINEERING)
        *rate = quorum->deceived, *credibility = in->social_credibility;
    else if (peril == QUO_VENDOR_INFRASTRUCTURE)
        *rate = quorum->vendor, *credibility = 1.0;
    else if (peril == QUO_ADMIN_ABUSE)
        *rate = quorum->admin, *credibility = in->admin_credibility;
    else if (peril == QUO_BRIDGE_VALIDATION) /* who is no bridge has no verifiers; his keys stand for them */
        *rate = view->protocol->bridge ? quorum->messages : quorum->keys, *credibility = in->bridge_credibility;
    else if (peril == QUO_KEY_LOSS)
        *rate = quorum->key_loss, *credibility = in->loss_credibility;
}

double quo_relativity_capture(const struct quo_view *view, double *extractable, double *cost)
{
    const struct quo_inputs *in = view->inputs;
    const struct quo_protocol *p = view->protocol;
    const struct quo_capture_curve curve = {1.0, in->capture_slope, in->capture_middle};
    *extractable = *cost = NAN;
    if (p->has_governance && view->domain[in->ga] == QUO_STAND_OWN) {
        const struct quo_capture_costs costs = {p->capture_cost_usd, p->borrow_cost_usd, p->bribe_cost_usd};
        *extractable = isnan(p->extractable_usd) ? p->exposure_usd : p->extractable_usd;
        *cost = quo_capture_cost(&costs) / (p->snapshot ? 1.0 : in->capture_no_snapshot);
        return fmax(in->capture_absent, quo_capture_multiplier(*extractable, *cost, &curve));
    }
    if (!p->has_governance && view->exponents->not_applicable[in->of[QUO_INPUT_CAPTURE_RATIO].control])
        return in->capture_absent;
    const double ratio =
        p->has_governance
            ? in->of[QUO_INPUT_CAPTURE_RATIO].table->level[view->domain[in->ga] == QUO_STAND_BEST ? QUO_LEVELS - 1 : 0]
            : quo_inputs_value(view, QUO_INPUT_CAPTURE_RATIO);
    return fmax(in->capture_absent, quo_capture_multiplier(ratio, 1.0, &curve));
}

/* Share of the value that falls at once: the hot part and some of the cold one. */
static double hot_part(const struct quo_view *view)
{
    const struct quo_inputs *in = view->inputs;
    const bool said = !isnan(view->protocol->hot_share) && view->domain[in->km] == QUO_STAND_OWN;
    const double hot = said ? view->protocol->hot_share : quo_inputs_value(view, QUO_INPUT_HOT_SHARE);
    return hot + (1.0 - hot) * in->cold_reach;
}

static double mechanisms_on_severity(const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock)
{
    double severity = quo_race_drained(view, peril, clock);
    if (quo_inputs_concern(view, QUO_INPUT_HOT_SHARE, peril))
        severity *= hot_part(view);
    if (view->protocol->bridge && quo_inputs_concern(view, QUO_INPUT_ROUTE_SHARE, peril))
        severity *= quo_inputs_value(view, QUO_INPUT_ROUTE_SHARE);
    if (quo_inputs_concern(view, QUO_INPUT_RESERVE_SHARE, peril))
        severity *= 1.0 - quo_inputs_value(view, QUO_INPUT_RESERVE_SHARE);
    return severity;
}

double quo_relativity_concerned(const struct quo_inputs *inputs, enum quo_peril peril, bool bridge)
{
    if (peril == QUO_BRIDGE_VALIDATION && !bridge)
        return inputs->non_bridge;
    return peril == QUO_CODE_BUG && bridge ? inputs->bridge_code : 1.0;
}

void quo_relativity_raw(const struct quo_view *view, enum quo_peril peril, const struct quo_relativity_shared *shared,
                        struct quo_race_clock *clock, struct quo_raw *out)
{
    const struct quo_effects *e = view->effects;
    const double *x = view->x;
    double rate, credibility, value, cost;
    *out = (struct quo_raw){quo_effects_multiplier(e, peril, QUO_CHANNEL_FREQUENCY, x),
                            quo_effects_multiplier(e, peril, QUO_CHANNEL_SEVERITY, x),
                            1.0,
                            quo_effects_multiplier(e, peril, QUO_CHANNEL_RECOVERY, x),
                            quo_effects_multiplier(e, peril, QUO_CHANNEL_SECONDARY, x),
                            1.0,
                            1.0};
    if (peril == QUO_SERVICE_OUTAGE) {
        out->duration = out->severity * quo_effects_multiplier(e, peril, QUO_CHANNEL_RESPOND, x);
        out->severity = 1.0;
        return;
    }
    quo_relativity_quorum(view, peril, &shared->quorum, &rate, &credibility);
    if (!isnan(rate))
        out->quorum = pow(rate, credibility);
    out->frequency *= out->quorum * quo_race_timelock(view, peril, &shared->delays, clock).multiplier;
    if (peril == QUO_GOVERNANCE_CAPTURE)
        out->frequency *= quo_relativity_capture(view, &value, &cost);
    out->concerned = quo_relativity_concerned(view->inputs, peril, view->protocol->bridge);
    out->frequency *= out->concerned;
    out->severity *= mechanisms_on_severity(view, peril, clock);
}
