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
    bool present;     /* false: the model does not hold this peril */
    double base_rate; /* events a year of a market-average protocol at the reference exposure, at the pricing date */
    double exposure_factor;      /* (E/E_0)^alpha */
    double relativity;           /* of frequency, mechanisms included */
    double experience;           /* own claims record, Gamma-Poisson [methods: experience] */
    double contagion;            /* events a year passed on from other protocols of a book */
    double rate;                 /* the product and contagion, events a year */
    double size;                 /* negative binomial size of the annual count; INFINITY: Poisson */
    struct quo_loss loss;        /* controls and caps in it */
    struct quo_loss market_loss; /* the same exposure without this protocol's controls */
    double mean_loss;
};

/* What an hour of outage costs, as a share of the exposure: 9 % a year. Weighs service_outage against the perils in money for the overall
 * score alone. Judgement. */
#define QUO_HAZARD_OUTAGE_SHARE_AN_HOUR 1e-5
/* Shape of the gamma prior of own experience where the score brings none (the catalogue's experience_shape). Judgement. */
#define QUO_HAZARD_EXPERIENCE_SHAPE 2.0

/* hazard[QUO_PERILS]. draw: index of the bootstrap draw, -1 for the point estimate; a peril with fewer draws starts again at its
 * first. day: the pricing date. Trends run from the model's reference date to that day, but not beyond its data.
 * QUO_DOMAIN if the exposure is not positive or a number of the model gives no finite rate or mean loss.
 *
 * The loss: ln X = m + gamma ln(E/E_0) + r (ln S - m) + trend + ln(severity relativity), at most cap_share E (of which the signers'
 * perils see what the signer sets reach), then the score's outflow caps. service_outage: hours, the duration relativity, no
 * exposure, at most a year. Own experience counts the perils in money. */
enum quo_status quo_hazard_all(const struct quo_model *model, const struct quo_protocol *protocol,
                               const struct quo_score *score, int day, long draw, struct quo_hazard hazard[QUO_PERILS]);
/* The same without mean_loss (0), which costs more than all the rest: for draws. */
enum quo_status quo_hazard_laws(const struct quo_model *model, const struct quo_protocol *protocol,
                                const struct quo_score *score, int day, long draw,
                                struct quo_hazard hazard[QUO_PERILS]);
/* One peril at the point estimate and under the relativities given, before own experience and contagion; without mean_loss. */
enum quo_status quo_hazard_alone(const struct quo_model *model, const struct quo_protocol *protocol,
                                 enum quo_peril peril, const struct quo_relativity *relativity, int day,
                                 struct quo_hazard *out);
/* The rates from base_rate, exposure_factor and relativity of every hazard: own experience, which looks at all perils at once, and contagion on
 * top. shape: the score's experience_shape. The last step of quo_hazard_laws, for who has changed a relativity. */
enum quo_status quo_hazard_settle(const struct quo_model *model, const struct quo_protocol *protocol, double shape, int day,
                                  long draw, struct quo_hazard hazard[QUO_PERILS]);
/* The factor of the protocol's own record, of which that many incidents a year were expected; 1 without a record. */
double quo_hazard_experience(const struct quo_protocol *protocol, double shape, double expected_a_year);
/* Expected loss by peril of a market-average protocol at that exposure, for quo_score_protocol. */
void quo_hazard_weights(const struct quo_model *model, double exposure_usd, int day, double weight[QUO_PERILS]);
/* Years of trend at a pricing date: from the reference date, but no further than the data went. */
double quo_hazard_trend_years(const struct quo_model *model, int day);
/* Rates of a day over those at the end of the data: what a protocol catches from others is known for the end. */
double quo_hazard_trend(const struct quo_model *model, enum quo_peril peril, int day, long draw);
/* A draw that a peril does not have is its point estimate; fewer draws than asked for go round again. */
const struct quo_peril_parameters *quo_hazard_parameters(const struct quo_peril_model *peril, long draw);
#endif
