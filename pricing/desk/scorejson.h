/* pricing/desk/scorejson.h -- a score as JSON, the same in `score` and in `quote`. */
#ifndef QUO_SCOREJSON_H
#define QUO_SCOREJSON_H

#include <jansson.h>
#include "pricing/portfolio/ties.h"
#include "risk/controls/score.h"

/* {overall, grade, domains[] {id, score}, perils[] {id, score}, knockouts[] {id, why}} */
json_t *quo_scorejson_score(const struct quo_score *score, const struct quo_catalogue *catalogue);
/* signer_sets[]: {id, threshold, dwell_years, loss_dwell_years, signers[], groups[], breach_rate, key_loss_breach_rate, compromise_rate,
 * key_loss_rate, deceived_rate, importance[], other_laws {}, moves[]} */
json_t *quo_scorejson_signer_sets(const struct quo_score *score, const struct quo_protocol *protocol);
/* perils[] of `score`: {id, unit, expected_loss a year, relativity, score, mechanisms {}, controls[] {id, multiplier, score_if_best, score_if_worst,
 * relativity_if_best, relativity_if_worst}}. A mechanism's name before the first dot groups its values. */
json_t *quo_scorejson_perils(const struct quo_score *score, const struct quo_catalogue *catalogue);
/* vendors[]: {id, event, peril, shock_rate, rate: events a year of the peril that come with it, share of the peril's rate}: the book's own
 * split of the rate that a quote prices. */
json_t *quo_scorejson_vendors(const struct quo_ties *ties, const struct quo_hazard *hazard);
/* {overall, grade, loss_share, perils[] {id, relativity}}: unanswered questions as the market's median */
json_t *quo_scorejson_as_market(const struct quo_score *score);
/* A real number; JSON has no infinity and no NaN: the text "inf" or "-inf", and null. */
json_t *quo_scorejson_number(double x);
#endif
