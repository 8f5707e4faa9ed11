/* risk/controls/relativity.h -- effects and mechanisms joined, peril by peril: the raw factors of one protocol, before the market's
 * mean divides them.                                                                                  [methods: relativity]
 *
 * Inside of the score. raw.frequency = effects x quorum x timelock x capture; raw.severity = effects x hot share x route x drain x
 * (1 - reserve); raw.duration = response (service_outage alone, whose severity is 1). */
#ifndef QUO_RELATIVITY_H
#define QUO_RELATIVITY_H

#include "risk/controls/inputs.h"
#include "risk/controls/quorum.h"
#include "risk/controls/race.h"

struct quo_raw {
    double frequency, severity, duration, recovery, secondary;
    double quorum; /* the quorum's own part of frequency: (omega)^kappa */
    double concerned; /* part of the frequency that no control moves: quo_relativity_concerned */
};

/* Everything of a view that several perils share. */
struct quo_relativity_shared {
    struct quo_quorum quorum;
    struct quo_race_delays delays;
};
enum quo_status quo_relativity_share(const struct quo_view *view, struct quo_quorum_set *work,
                                     struct quo_relativity_shared *out);
/* Part of a peril's frequency that no control moves: non_bridge for bridge_validation of who is no bridge, at a bridge the share of
 * code_bug among its faults of code, else 1. */
double quo_relativity_concerned(const struct quo_inputs *inputs, enum quo_peril peril, bool bridge);
/* One peril. The shared part and the clock are of the same view. */
void quo_relativity_raw(const struct quo_view *view, enum quo_peril peril, const struct quo_relativity_shared *shared,
                        struct quo_race_clock *clock, struct quo_raw *out);
/* Multiplier of governance_capture by the ratio of value to cost; 1 is free capture. */
double quo_relativity_capture(const struct quo_view *view, double *extractable, double *cost);
/* The quorum rate that works on a peril and its credibility; rate NaN where none does. */
void quo_relativity_quorum(const struct quo_view *view, enum quo_peril peril, const struct quo_quorum *quorum,
                           double *rate, double *credibility);
#endif
