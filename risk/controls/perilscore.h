/* risk/controls/perilscore.h -- one peril's score, and the overall one from those of all: for whoever scores many protocols that differ in
 * little. A peril's score hangs on what reaches that peril alone (risk/controls/reach.h).              [methods: relativity] */
#ifndef QUO_PERILSCORE_H
#define QUO_PERILSCORE_H

#include "risk/controls/scale.h"
#include "risk/controls/score.h"

/* Where `own` stands between worst (0) and best (100), logarithms of expected losses; NaN where nothing moves. What is written out may
 * lie beyond either. */
double quo_perilscore_between(double worst, double own, double best);
/* ln of the expected loss at that stand, against the market's, caps included. */
enum quo_status quo_perilscore_log(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                   enum quo_peril peril, enum quo_stand stand, double *log_loss);
/* As in quo_score_protocol, to the last bit. */
enum quo_status quo_perilscore_of(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  enum quo_peril peril, double *score);
/* What the perils' relativities are weighed with where losses are added up: peril_weight as in quo_score_protocol (NULL: all the same), what is
 * no weight left out; weight[QUO_PERILS]. That bridge_validation is rare where there is no bridge stands in its relativity, and only there. */
void quo_perilscore_losses(const double *peril_weight, double *weight);
/* The perils' weights in the overall score: expected losses of the market's average protocol of this kind, bridge or none. */
void quo_perilscore_weights(const struct quo_protocol *protocol, const struct quo_scale *scale,
                            const double *peril_weight, double *weight);
/* The overall score: score[QUO_PERILS], NaN where a peril has none; 0 if none has, as where every control is said not to apply. */
double quo_perilscore_mean(const double *weight, const double *score);
#endif
