/* pricing/desk/scorereport.h -- a score for people: domains, perils, signers, controls, knock-outs, what to ask first. */
#ifndef QUO_SCOREREPORT_H
#define QUO_SCOREREPORT_H

#include "pricing/desk/table.h"
#include "risk/controls/score.h"

/* At most 96 columns. `weight` as in quo_score_protocol: expected loss by peril at an average protocol of this exposure, USD (NULL:
 * all alike, and no money is shown). */
void quo_scorereport_print(const struct quo_page *page, const struct quo_score *score,
                           const struct quo_protocol *protocol,
                           const struct quo_catalogue *catalogue, const double *weight);
#endif
