/* risk/controls/scorecontrols.h -- what each control of a protocol is worth, which question to ask first, what silence costs. Inside of the
 * score.                                                                                     [methods: controls], [methods: money of a score] */
#ifndef QUO_SCORECONTROLS_H
#define QUO_SCORECONTROLS_H

#include "risk/controls/scorejob.h"

/* Each peril's controls, worth[], question[]. The perils' scores are there; the job's stands are its own afterwards. */
enum quo_status quo_scorecontrols_fill(struct quo_scorejob *job, struct quo_score *score);
/* Every unanswered question answered as the market's typical protocol of its kind would. */
enum quo_status quo_scorecontrols_as_market(struct quo_scorejob *job, struct quo_score *score);
#endif
