#include "hazards.h"

#include <math.h>
#include <string.h>

static struct quo_hazard one(enum quo_peril peril, double rate, struct quo_severity severity, double floor,
                             double log_scale, double power, double cap)
{
    struct quo_hazard h = {.peril = peril,
                           .present = true,
                           .base_rate = rate,
                           .exposure_factor = 1.0,
                           .relativity = 1.0,
                           .experience = 1.0};
    h.rate = rate;
    h.size = INFINITY;
    h.loss =
        (struct quo_loss){.severity = severity, .floor = floor, .log_scale = log_scale, .power = power, .cap = cap};
    h.market_loss = h.loss;
    h.mean_loss = quo_loss_mean(&h.loss);
    return h;
}

void hazards_example(double exposure, struct quo_hazard hazard[QUO_PERILS])
{
    memset(hazard, 0, QUO_PERILS * sizeof *hazard);
    const double lognormal[] = {14.5, 2.1}, gpd[] = {1.2, 3e6, 1e5}, hours[] = {1.6, 1.2};
    const struct quo_law body = {QUO_LOGNORMAL, {13.5, 1.5, 0, 0}};
    hazard[QUO_KEY_COMPROMISE] =
        one(QUO_KEY_COMPROMISE, 0.02, quo_severity_simple(QUO_LOGNORMAL, lognormal), 1e5, 3.0, 0.8, exposure);
    hazard[QUO_BRIDGE_VALIDATION] =
        one(QUO_BRIDGE_VALIDATION, 0.004, quo_severity_spliced(body, 5e6, 0.2, 0.9, 8e6), 1e5, 0.0, 1.0, exposure);
    hazard[QUO_ADMIN_ABUSE] = one(QUO_ADMIN_ABUSE, 0.003, quo_severity_simple(QUO_GPD, gpd), 1e5, 0.0, 1.0, exposure);
    hazard[QUO_CODE_BUG] =
        one(QUO_CODE_BUG, 0.03, quo_severity_simple(QUO_LOGNORMAL, lognormal), 1e5, 2.0, 0.75, exposure);
    hazard[QUO_SERVICE_OUTAGE] =
        one(QUO_SERVICE_OUTAGE, 0.9, quo_severity_simple(QUO_LOGNORMAL, hours), 0.25, 0.0, 1.0, 2000.0);
}

void hazards_random(struct quo_stream *stream, double exposure, struct quo_hazard hazard[QUO_PERILS])
{
    hazards_example(exposure, hazard);
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!hazard[p].present)
            continue;
        hazard[p].rate *= 0.3 + 3.0 * quo_stream_uniform(stream);
        hazard[p].loss.log_scale += 0.5 * quo_stream_normal(stream);
        hazard[p].mean_loss = quo_loss_mean(&hazard[p].loss);
    }
}
