/* risk/controls/lanes.h -- the caps of a protocol on the paths of one peril, written out and implied.            [methods: capped loss]
 *
 * A peril's paths are told apart by the power they use. Caps on the same power guard the same paths, the one with the smaller share a
 * part of what the other guards: said twice is said once, and never more is guarded than was said of one of them. */
#ifndef QUO_LANES_H
#define QUO_LANES_H

#include "risk/controls/race.h"
#include "risk/outflow.h"

/* *out is all 0 where nothing is capped. Caps that others bind everywhere are no part of it. Returns how many more there were than
 * QUO_OUTFLOW_CAPS (or lanes than QUO_OUTFLOW_LANES): one by one that is left out which holds back least beside the others on the
 * reference law, so that the price is never too low for it. */
int quo_lanes_find(const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock, struct quo_outflow *out);
/* E[loss under the caps]/E[loss] on the catalogue's reference law: for scores only. caps: of these alone, a set of bits. */
double quo_lanes_factor(const struct quo_view *view, const struct quo_outflow *outflow, unsigned caps);
#define QUO_LANES_ALL (~0u)
/* The cap that alone would leave least, -1 if there is none. */
int quo_lanes_strictest(const struct quo_view *view, const struct quo_outflow *outflow);
/* Share of the peril's paths that a cap guards. */
double quo_lanes_share(const struct quo_outflow *outflow, int cap);
#endif
