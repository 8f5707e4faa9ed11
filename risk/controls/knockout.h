/* risk/controls/knockout.h -- the rules that refer or decline a protocol before any price. Inside of the score. */
#ifndef QUO_KNOCKOUT_H
#define QUO_KNOCKOUT_H

#include "risk/controls/scale.h"

/* Fills knockout[] in the order of the catalogue. What rests on an unanswered question refers, it never declines. */
enum quo_status quo_knockout_fill(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  const struct quo_exponents *exponents, struct quo_score *score);
#endif
