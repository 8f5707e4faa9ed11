/* risk/controls/timelock.h -- the race of a delay against notice and response.
 *
 * A delayed action is stopped if it is noticed, a veto exists and works, and T_detect + T_respond <= delay. Both times are
 * independent lognormals in hours.                                                                [methods: timelock] */
#ifndef QUO_TIMELOCK_H
#define QUO_TIMELOCK_H

/* exp(N(meanlog, sdlog^2)) hours; sdlog 0: exp(meanlog) surely; meanlog -INFINITY: at once; INFINITY: never. */
struct quo_timelock_time {
    double meanlog, sdlog;
};
struct quo_timelock_time quo_timelock_median(double median_hours, double sigma);

/* P[T1 + T2 <= delay_hours], relative error below 1e-8 (1e-11 but for results below 1e-200), and its complement with the same
 * relative accuracy. NaN for NaN or a negative sdlog; delay 0 or less gives 0 (0 hours is met only by times that are 0). */
double quo_timelock_in_time(double delay_hours, struct quo_timelock_time detect, struct quo_timelock_time respond);
double quo_timelock_too_late(double delay_hours, struct quo_timelock_time detect, struct quo_timelock_time respond);

/* 1 - share * notice * veto * P[in time]: multiplier of the frequency. share: of the paths to this power that wait
 * (a path that goes round the delay does not). All in 0..1, else NaN. */
double quo_timelock_multiplier(double share, double notice, double veto, double delay_hours,
                               struct quo_timelock_time detect, struct quo_timelock_time respond);
#endif
