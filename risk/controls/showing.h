/* risk/controls/showing.h -- what a score shows of its mechanisms, so that a reader can redo them: named values by peril, and
 * the signer sets with rates and importance. Inside of the score.                 [methods: signers] */
#ifndef QUO_SHOWING_H
#define QUO_SHOWING_H

#include "risk/controls/scale.h"

/* `own` is the protocol as it stands; its view's stands must still be those. */
enum quo_status quo_showing_values(const struct quo_run *own, const struct quo_scale_mean *mean,
                                   struct quo_score *score); /* value[] of every peril */
enum quo_status quo_showing_sets(const struct quo_run *own, struct quo_quorum_set *work,
                                 struct quo_score *score); /* set[], without moves */
#endif
