#include "risk/controls/perilscore.h"

#include <math.h>
#include <stdlib.h>

double quo_perilscore_between(double worst, double own, double best)
{
    if (!(worst - best > 1e-12))
        return NAN;
    return 100.0 * fmin(1.0, fmax(0.0, (worst - own) / (worst - best)));
}

static double usable(const double *peril_weight, int p)
{
    const double w = p >= QUO_COVERED_PERILS ? 0.0 : peril_weight ? peril_weight[p] : 1.0;
    return w > 0.0 && isfinite(w) ? w : 0.0;
}

void quo_perilscore_losses(const double *peril_weight, double *weight)
{
    for (int p = 0; p < QUO_PERILS; p++)
        weight[p] = usable(peril_weight, p);
}

void quo_perilscore_weights(const struct quo_protocol *protocol, const struct quo_scale *scale,
                            const double *peril_weight, double *weight)
{
    for (int p = 0; p < QUO_PERILS; p++)
        weight[p] = p >= QUO_COVERED_PERILS
                        ? 0.0
                        : usable(peril_weight, p) *
                              quo_relativity_concerned(&scale->inputs, (enum quo_peril)p, protocol->bridge) /
                              scale->known.mean[p].concerned;
}

double quo_perilscore_mean(const double *weight, const double *score)
{
    double total = 0.0, weights = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (!isnan(score[p])) {
            total += weight[p] * score[p];
            weights += weight[p];
        }
    return weights > 0.0 ? fmin(100.0, total / weights) : 0.0; /* a mean of hundreds may round up; who answers nothing earns nothing */
}

struct room {
    struct quo_exponents exponents;
    struct quo_scale_mean own_mean[QUO_PERILS];
    const struct quo_scale_mean *mean;
    struct quo_quorum_set work;
    struct quo_run run;
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
};

/* ln of the expected loss at that stand, caps included. */
static enum quo_status log_loss(const struct quo_protocol *protocol, const struct quo_scale *scale, int p,
                                enum quo_stand stand, struct room *room, double *out)
{
    quo_scale_stand(scale, stand, room->control, room->domain);
    const struct quo_run_request request = {.protocol = protocol,
                                            .exponents = &room->exponents,
                                            .control = room->control,
                                            .domain = room->domain,
                                            .perils = (quo_peril_set)1 << p,
                                            .caps = true,
                                            .factors = true,
                                            .mean = room->mean,
                                            .work = &room->work};
    const enum quo_status status = quo_scale_run(scale, &request, &room->run);
    if (status == QUO_OK)
        *out = log(quo_scale_loss(scale, &room->mean[p], &room->run.raw[p]) * room->run.cap_factor[p]);
    return status;
}

static enum quo_status room_new(const struct quo_protocol *protocol, const struct quo_scale *scale, struct room **out)
{
    struct room *room = *out = calloc(1, sizeof *room);
    if (!room)
        return QUO_MACHINE;
    quo_effects_exponents(scale->catalogue, protocol, &room->exponents);
    return quo_scale_mean_of(scale, &room->exponents, room->own_mean, &room->mean);
}

static void room_free(struct room *room)
{
    if (room)
        quo_quorum_free(&room->work);
    free(room);
}

enum quo_status quo_perilscore_log(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                   enum quo_peril peril, enum quo_stand stand, double *log_of_loss)
{
    struct room *room;
    enum quo_status status = room_new(protocol, scale, &room);
    if (status == QUO_OK)
        status = log_loss(protocol, scale, (int)peril, stand, room, log_of_loss);
    room_free(room);
    return status;
}

enum quo_status quo_perilscore_of(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  enum quo_peril peril, double *score)
{
    static const enum quo_stand stands[] = {QUO_STAND_WORST, QUO_STAND_OWN, QUO_STAND_BEST};
    struct room *room;
    double loss[3] = {0.0};
    enum quo_status status = room_new(protocol, scale, &room);
    for (int i = 0; i < 3 && status == QUO_OK; i++)
        status = log_loss(protocol, scale, (int)peril, stands[i], room, &loss[i]);
    *score = status == QUO_OK ? quo_perilscore_between(loss[0], loss[1], loss[2]) : NAN;
    room_free(room);
    return status;
}
