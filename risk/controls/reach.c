#include "risk/controls/reach.h"

#include <stdlib.h>

#include "risk/controls/scale.h"

#define ALL_PERILS (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)
#define ONE(peril) ((quo_peril_set)1 << (peril))

quo_peril_set quo_reach_signers(void)
{
    return ONE(QUO_KEY_COMPROMISE) | ONE(QUO_SIGNER_SOCIAL_ENGINEERING) | ONE(QUO_VENDOR_INFRASTRUCTURE) |
           ONE(QUO_ADMIN_ABUSE) | ONE(QUO_BRIDGE_VALIDATION) | ONE(QUO_KEY_LOSS);
}

quo_peril_set quo_reach_delays(const struct quo_scale *scale)
{
    return scale->inputs.of[QUO_INPUT_DELAY_HOURS].perils | ONE(QUO_BRIDGE_VALIDATION);
}

quo_peril_set quo_reach_caps(const struct quo_scale *scale)
{
    return scale->inputs.of[QUO_INPUT_CAP_SHARE_DAY].perils | scale->inputs.of[QUO_INPUT_ROUTE_CAP_SHARE_DAY].perils |
           ONE(QUO_GOVERNANCE_CAPTURE);
}

/* What a mechanism's input moves beyond the perils that its control names. */
static quo_peril_set reach_of_input(const struct quo_scale *scale, enum quo_input_name name)
{
    switch (name) {
    case QUO_INPUT_DELAY_HOURS:
    case QUO_INPUT_VETO:
    case QUO_INPUT_NOTICE:
        return quo_reach_delays(scale);
    case QUO_INPUT_RESPOND_HOURS:
        return ALL_PERILS;
    case QUO_INPUT_CAPTURE_RATIO:
        return ONE(QUO_GOVERNANCE_CAPTURE);
    case QUO_INPUT_CAP_SHARE_DAY:
    case QUO_INPUT_ROUTE_CAP_SHARE_DAY:
        return quo_reach_caps(scale);
    case QUO_INPUT_HOT_SHARE:
    case QUO_INPUT_ROUTE_SHARE:
    case QUO_INPUT_AUTO_STOP:
    case QUO_INPUT_RESERVE_SHARE:
        return 0; /* asked for under the control's own perils */
    default:
        return quo_reach_signers();
    }
}

/* Inputs that the signers' rates alone ask for: the others have their own case above. */
static bool is_of_quorum(enum quo_input_name name)
{
    switch (name) {
    case QUO_INPUT_DELAY_HOURS:
    case QUO_INPUT_VETO:
    case QUO_INPUT_NOTICE:
    case QUO_INPUT_RESPOND_HOURS:
    case QUO_INPUT_CAPTURE_RATIO:
    case QUO_INPUT_CAP_SHARE_DAY:
    case QUO_INPUT_ROUTE_CAP_SHARE_DAY:
    case QUO_INPUT_HOT_SHARE:
    case QUO_INPUT_ROUTE_SHARE:
    case QUO_INPUT_AUTO_STOP:
    case QUO_INPUT_RESERVE_SHARE:
        return false;
    default:
        return true;
    }
}

bool quo_reach_feeds_quorum(const struct quo_scale *scale, int control) { return scale->feeds_quorum[control]; }

bool quo_reach_reliability(const struct quo_scale *scale, int control)
{
    return scale->catalogue->control[control].reliability_gain[QUO_LEVELS - 1] > 0.0;
}

quo_peril_set quo_reach_control(const struct quo_scale *scale, int control)
{
    const struct quo_control *c = &scale->catalogue->control[control];
    quo_peril_set perils = c->perils & ALL_PERILS;
    if (quo_reach_reliability(scale, control))
        return ALL_PERILS;
    if (scale->feeds_quorum[control])
        perils |= quo_reach_signers();
    for (int i = 0; i < QUO_INPUTS; i++)
        if (scale->inputs.of[i].control == control)
            perils |= reach_of_input(scale, (enum quo_input_name)i);
    return perils & ALL_PERILS;
}

quo_peril_set quo_reach_hits(const struct quo_scale *scale, int control)
{
    const struct quo_control *c = &scale->catalogue->control[control];
    quo_peril_set perils = 0;
    for (size_t i = 0; i < c->n_effects; i++)
        if (c->effect[i].channel == QUO_CHANNEL_FREQUENCY)
            perils |= c->effect[i].perils;
    return perils & ALL_PERILS;
}

quo_peril_set quo_reach_multiplies(const struct quo_scale *scale, int control)
{
    return quo_reach_hits(scale, control) | (scale->feeds_quorum[control] ? quo_reach_signers() : 0);
}

quo_peril_set quo_reach_otherwise(const struct quo_scale *scale, int control)
{
    const struct quo_control *c = &scale->catalogue->control[control];
    quo_peril_set perils = 0;
    for (size_t i = 0; i < c->n_effects; i++)
        if (c->effect[i].channel != QUO_CHANNEL_FREQUENCY && c->effect[i].channel < QUO_CHANNEL_KEY_STORAGE)
            perils |= c->effect[i].perils;
    for (int i = 0; i < QUO_INPUTS; i++)
        if (scale->inputs.of[i].control == control && !is_of_quorum((enum quo_input_name)i))
            perils |= reach_of_input(scale, (enum quo_input_name)i) | c->perils;
    return perils & ALL_PERILS;
}

struct quo_reach_room {
    struct quo_exponents exponents;
    struct quo_quorum_set work;
    struct quo_run run, before;
    struct quo_scale_mean mean[QUO_PERILS];
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
};

struct quo_reach_room *quo_reach_room_new(void) { return calloc(1, sizeof(struct quo_reach_room)); }

void quo_reach_room_free(struct quo_reach_room *room)
{
    if (room)
        quo_quorum_free(&room->work);
    free(room);
}

/* mean: NULL where only the quorum is looked at. */
static enum quo_status run(const struct quo_protocol *protocol, const struct quo_scale *scale, quo_peril_set perils,
                           const struct quo_quorum *quorum, const struct quo_scale_mean *mean, struct quo_reach_room *room)
{
    quo_scale_stand(scale, QUO_STAND_OWN, room->control, room->domain);
    if (quorum)
        room->before.shared.quorum = *quorum;
    const struct quo_run_request request = {.protocol = protocol,
                                            .exponents = &room->exponents,
                                            .control = room->control,
                                            .domain = room->domain,
                                            .perils = perils,
                                            .before = quorum ? &room->before : NULL,
                                            .same_quorum = quorum != NULL,
                                            .caps = true,
                                            .mean = mean,
                                            .work = &room->work};
    return quo_scale_run(scale, &request, &room->run);
}

enum quo_status quo_reach_quorum(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                 struct quo_reach_room *room, struct quo_quorum *out)
{
    quo_effects_exponents(scale->catalogue, protocol, &room->exponents);
    const enum quo_status status = run(protocol, scale, 0, NULL, NULL, room);
    *out = room->run.shared.quorum;
    return status;
}

enum quo_status quo_reach_relativity(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                     const struct quo_quorum *quorum, enum quo_peril peril, struct quo_reach_room *room,
                                     struct quo_relativity *out)
{
    const struct quo_scale_mean *mean = NULL;
    quo_effects_exponents(scale->catalogue, protocol, &room->exponents);
    enum quo_status status = quo_scale_mean_of(scale, &room->exponents, room->mean, &mean);
    if (status == QUO_OK)
        status = run(protocol, scale, ONE(peril), quorum, mean, room);
    room->before.clock[peril] = room->run.clock[peril]; /* the next one may have the same times */
    if (status)
        return status;
    quo_scale_relativity(scale, &mean[peril], &room->run, peril, out);
    return QUO_OK;
}
