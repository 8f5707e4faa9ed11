/* risk/hazard.h -- what one protocol faces in a year, peril by peril: the fitted market, its exposure and its controls joined.
 *
 *   rate = base_rate * exposure_factor * relativity * experience                                  [methods: exposure]
 * with the loss law of risk/loss.h. Everything a price needs of the risk, and nothing of a policy. */
#ifndef QUO_HAZARD_H
#define QUO_HAZARD_H

#include "risk/controls/protocol.h"
#include "risk/controls/score.h"
#include "risk/loss.h"
#include "risk/model.h"

struct quo_hazard {
    enum quo_peril peril;
    bool present;           /* false: the model does not hold this peril */
    double base_rate;       /* events a year of a market-average protocol at the reference exposure, at the pricing date */
    double exposure_factor; /* (E/E_0)^alpha */
    double relativity;      /* of frequency, mechanisms included */
    double experience;      /* own claims record, Gamma-Poisson [methods: experience] */
    double rate;            /* the product, events a year */
    double size;            /* negative binomial size of the annual count; INFINITY: Poisson */
    struct quo_loss loss;   /* controls and caps in it */
    struct quo_loss market_loss; /* the same exposure without this protocol's controls */
    double mean_loss;
};

/* hazard[QUO_PERILS]. draw: index of the bootstrap draw, -1 for the point estimate. day: the pricing date. */
enum quo_status quo_hazard_all(const struct quo_model *model, const struct quo_protocol *protocol, const struct quo_score *score,
                               int day, long draw, struct quo_hazard hazard[QUO_PERILS]);
/* Expected loss by peril of a market-average protocol at that exposure, for quo_score_protocol. */
void quo_hazard_weights(const struct quo_model *model, double exposure_usd, int day, double weight[QUO_PERILS]);
#endif
