/* risk/controls/moves.h -- the single change to each signer set that saves most for what it costs. Inside of the score.
 *
 * Of each kind of change (out of a group, a better key, one signature more) the one that lowers the quorum's breach rate most is found
 * by quo_signers_best_move, and priced by the expected loss of the whole protocol: a higher threshold loses keys sooner, and that
 * counts against it.                                                                                     [methods: moves] */
#ifndef QUO_MOVES_H
#define QUO_MOVES_H

#include "risk/controls/scorelaw.h"

/* Fills move[] of every set of the score. own: the protocol as it stands, now: what it is expected to lose. */
enum quo_status quo_moves_fill(const struct quo_run *own, struct quo_scorelaw *law, const struct quo_scorelaw_loss *now,
                               struct quo_quorum_set *work, struct quo_score *score);
#endif
