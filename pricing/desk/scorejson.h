/* pricing/desk/scorejson.h -- a score as JSON, the same in `score` and in `quote`. */
#ifndef QUO_SCOREJSON_H
#define QUO_SCOREJSON_H

#include <jansson.h>
#include "risk/controls/score.h"

/* {overall, grade, domains[] {id, score}, perils[] {id, score}, knockouts[] {id, why}} */
json_t *quo_scorejson_score(const struct quo_score *score, const struct quo_catalogue *catalogue);
/* signer_sets[]: {id, threshold, dwell_years, signers[], groups[], compromise_rate, key_loss_rate, importance[]} */
json_t *quo_scorejson_signer_sets(const struct quo_score *score, const struct quo_protocol *protocol);
/* perils[] of `score`: {id, relativity, score, mechanisms {}, controls[] {id, multiplier, score_if_best}}. A mechanism's name before the
 * first dot groups its values. */
json_t *quo_scorejson_perils(const struct quo_score *score, const struct quo_catalogue *catalogue);
/* A real number; JSON has no infinity and no NaN: the text "inf" or "-inf", and null. */
json_t *quo_scorejson_number(double x);
#endif
