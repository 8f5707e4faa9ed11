/* risk/controls/race.h -- detection and response of one protocol against its delays, its limits and the drain.  [methods: race]
 *
 * Inside of the score. Times are lognormal hours: medians of the catalogue times the multipliers of the detect and respond
 * channels of the peril. */
#ifndef QUO_RACE_H
#define QUO_RACE_H

#include "risk/controls/caps.h"
#include "risk/controls/inputs.h"
#include "risk/controls/timelock.h"

/* One lognormal for T_detect + T_respond takes an integral. With the two sigmas given, its meanlog less that of T_detect and its
 * sdlog depend on the ratio of the medians alone: tabulated once, cubic between the nodes, 1e-7 off. Outside of the table
 * the integral is taken. */
#define QUO_RACE_NODES 241
struct quo_race_stops {
    struct {
        double detect_sdlog, respond_sdlog, meanlog[QUO_RACE_NODES], sdlog[QUO_RACE_NODES];
    } of[2]; /* on chain, cloud */
};
void quo_race_fill_stops(const struct quo_inputs *inputs, struct quo_race_stops *stops);

#define QUO_RACE_ASKED (2 * QUO_POWERS) /* more are computed anew each time */

/* The times of one peril and what follows from them alone, computed when first asked for. */
struct quo_race_clock {
    struct quo_timelock_time detect,
        respond;                   /* of a theft under way; bridges and clouds have their own base time to detect */
    struct quo_timelock_time stop; /* their sum; sdlog NaN: not asked for yet */
    double delay_hours[QUO_RACE_ASKED], in_time[QUO_RACE_ASKED]; /* P[in time] of the first delays asked for */
    int n_delays;
    const struct quo_race_stops *stops;
};
/* before: a clock of the same peril at other stands, or NULL: where the times are the same, nothing is computed again. */
void quo_race_start(const struct quo_view *view, enum quo_peril peril, const struct quo_race_clock *before,
                    struct quo_race_clock *clock);
/* A clock of another peril at the same stands: where the times are the same, and nothing has been asked yet, what that one knows. */
void quo_race_share(const struct quo_race_clock *other, struct quo_race_clock *clock);

/* Detect and respond as one lognormal. */
struct quo_timelock_time quo_race_stop(struct quo_race_clock *clock);

/* The ways to each power: a delay in hours and the chance that a veto works on that way. Each delay that names the power is one, with
 * its own veto: a veto on another way stops nothing here. One that can be gone round is 0 hours and no veto. GA-01 speaks
 * of the shortest delay of all, so no way is shorter than that, and GA-02 of all vetoes. Those that somebody may pick: hours rise,
 * vetoes fall. */
struct quo_race_way {
    double hours, veto;
};
struct quo_race_ways {
    struct quo_race_way way[QUO_VETOES + 1];
    int n; /* 1 at least */
};
struct quo_race_delays {
    struct quo_race_ways of[QUO_POWERS];
    double notice;
};
struct quo_race_delays quo_race_delays(const struct quo_view *view);

/* Multiplier of a peril's frequency: 1 - sum over powers of path x notice x veto x P[T_detect + T_respond <= delay], of the way to
 * the power that makes it least. */
struct quo_race_stopped {
    double multiplier;
    double share;                          /* of the peril's paths that wait at all */
    double chance;                         /* P[in time] on the power that stops most */
    int power;                             /* that power; -1: nothing is stopped */
    struct quo_race_way taken[QUO_POWERS]; /* to each; 0 where nothing waits or the peril does not go */
};
struct quo_race_stopped quo_race_timelock(const struct quo_view *view, enum quo_peril peril,
                                          const struct quo_race_delays *delays, struct quo_race_clock *clock);

/* Mean share drained before somebody or something stops it, 0..1. 1 for perils that are no drain. */
double quo_race_drained(const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock);
/* Share of the peril's paths that use one of these powers. */
double quo_race_path(const struct quo_view *view, enum quo_peril peril, unsigned powers);
#endif
