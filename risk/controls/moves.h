/* risk/controls/moves.h -- the single change to each signer set that saves most for what it costs. Inside of the score.
 *
 * Of each kind of change (out of a group, a better key, one signature more) the one that lowers the quorum's breach rate most is found
 * by quo_signers_best_move, and priced by the expected loss of the whole protocol: a higher threshold loses keys sooner, and that
 * counts against it.                                                                                     [methods: moves] */
#ifndef QUO_MOVES_H
#define QUO_MOVES_H

#include "risk/controls/scale.h"

/* Fills move[] of every set of the score. own: the protocol as it stands; weight[QUO_PERILS]: expected loss at relativity 1. */
enum quo_status quo_moves_fill(const struct quo_scale *scale, const struct quo_run *own,
                               const struct quo_scale_mean *mean, const double *weight, struct quo_quorum_set *work,
                               struct quo_score *score);
#endif
