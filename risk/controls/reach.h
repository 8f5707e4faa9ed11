/* risk/controls/reach.h -- which perils an answer or an arrangement can move, and one peril's relativity alone: for whoever evaluates
 * many protocols that differ in little and looks at each peril only where it can differ.              [methods: relativity]
 *
 * The sets here are what the code reads, not what a catalogue means to say: an answer that feeds the signers reaches every peril that the
 * signers reach. A control outside of a peril's set cannot change that peril's numbers. */
#ifndef QUO_REACH_H
#define QUO_REACH_H

#include "risk/controls/quorum.h"
#include "risk/controls/score.h"

quo_peril_set quo_reach_control(const struct quo_scale *scale, int control);
/* Whether the answer goes into the signers' rates (quo_reach_quorum). */
bool quo_reach_feeds_quorum(const struct quo_scale *scale, int control);
bool quo_reach_reliability(const struct quo_scale *scale, int control); /* raises the reliability of every other answer */
/* Of the perils that it reaches: those whose rate it multiplies by its own frequency effects or through the signers' rates, and those that it
 * moves in any other way (times to stop, shares, sizes). */
quo_peril_set quo_reach_hits(const struct quo_scale *scale, int control); /* by its own frequency effects alone */
quo_peril_set quo_reach_multiplies(const struct quo_scale *scale, int control);
quo_peril_set quo_reach_otherwise(const struct quo_scale *scale, int control);
/* Signer sets, delays and caps as they are written out. */
quo_peril_set quo_reach_signers(void);
quo_peril_set quo_reach_delays(const struct quo_scale *scale);
quo_peril_set quo_reach_caps(const struct quo_scale *scale);

/* Room for the two functions below, kept between calls: one a thread. */
struct quo_reach_room;
struct quo_reach_room *quo_reach_room_new(void); /* NULL without memory */
void quo_reach_room_free(struct quo_reach_room *room);

/* The rates of the protocol's signer sets. */
enum quo_status quo_reach_quorum(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                 struct quo_reach_room *room, struct quo_quorum *out);
/* Peril p as quo_score_relativities gives it, to the last bit; the quorum is the protocol's own. */
enum quo_status quo_reach_relativity(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                     const struct quo_quorum *quorum, enum quo_peril peril, struct quo_reach_room *room,
                                     struct quo_relativity *out);
#endif
