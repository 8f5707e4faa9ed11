/* risk/controls/scorelaw.h -- the money on a score's page: expected losses a year on the law that a price uses (risk/hazard.h), as the protocol
 * stands and as it would be, own record and all. Inside of the score.
 *
 * Where nobody gave a model, weight x relativity x what the caps leave on the catalogue's reference law stands for them. [methods: money of a score] */
#ifndef QUO_SCORELAW_H
#define QUO_SCORELAW_H

#include "risk/controls/scale.h"
#include "risk/hazard.h"

struct quo_scorelaw {
    const struct quo_scale *scale;
    const struct quo_scale_mean *mean;
    const double *weight;          /* weight[QUO_PERILS]; looked at without a model only */
    const struct quo_model *model; /* NULL: none */
    const struct quo_protocol *protocol;
    int day;
    double shape;
    struct quo_relativity now[QUO_PERILS]; /* as it stands */
    struct quo_hazard own[QUO_PERILS];
};

struct quo_scorelaw_loss {
    double peril[QUO_PERILS]; /* a year; USD, service_outage hours; without a model in the weights' unit */
    double alone[QUO_PERILS]; /* before own record and what others pass on */
    double capped[QUO_PERILS]; /* what outflow caps leave of it, 0..1; as the protocol stands alone */
    double all;               /* perils in money; without a model all of them */
};

/* model, weight, protocol, day and shape are set; own: the protocol as it stands. QUO_DOMAIN where there is no finite rate or mean loss. */
enum quo_status quo_scorelaw_start(struct quo_scorelaw *law, const struct quo_scale *scale, const struct quo_scale_mean *mean,
                                   const struct quo_run *own, struct quo_scorelaw_loss *out);
/* Under another run: of it the perils given, the others as the protocol stands. A mean loss is computed anew only where the law of one loss is
 * another. own: what start gave. */
enum quo_status quo_scorelaw_at(struct quo_scorelaw *law, quo_peril_set perils, const struct quo_run *run,
                                const struct quo_scorelaw_loss *own, struct quo_scorelaw_loss *out);
#endif
