/* risk/controls/showing.h -- what a score shows of its mechanisms, so that a reader can redo them: named values by peril, and
 * the signer sets with rates and importance. Inside of the score.                 [methods: signers] */
#ifndef QUO_SHOWING_H
#define QUO_SHOWING_H

#include "risk/controls/scale.h"

/* Fills value[] of every peril and set[]. `own` is the protocol as it stands; its view's stands must still be those. */
enum quo_status quo_showing_fill(const struct quo_run *own, const struct quo_scale_mean *mean,
                                 struct quo_quorum_set *work, struct quo_score *score);
#endif
