/* risk/controls/caps.h -- how much can leave before somebody stops it.
 *
 * The loss on a capped path is at most min(hard, burst + per_hour T), T = T_detect + T_respond. struct quo_outflow
 * (risk/outflow.h) carries T as one lognormal, or a mixture of two where a breaker may act first; here it is made from
 * the parts.                                                                                          [methods: caps] */
#ifndef QUO_CAPS_H
#define QUO_CAPS_H

#include "risk/controls/timelock.h"
#include "risk/outflow.h"

/* What limits one path, as it is written. */
struct quo_caps_terms {
    double per_hour_usd; /* INFINITY: none */
    double burst_usd;    /* at once, before the hourly limit bites; 0 */
    double
        window_hours; /* the limit is counted per window: per_hour * window may leave at the start of each; 0: smooth */
    double hard_usd;  /* the most this path can ever pay out; INFINITY: none */
};
/* NULL if possible, else what is wrong. */
const char *quo_caps_invalid(const struct quo_caps_terms *terms);

/* One lognormal in place of T1 + T2, ordered as they are: a longer median of either never shortens any quantile. Its mean of
 * ln T is exact [SY82]; its sd depends on the two sigmas alone, half way between that of the sum at equal medians and the
 * larger sigma. P[T <= t] is off by up to 0.06 at sigmas of 1 to 1.5, by more where the sigmas are far apart. Exact if
 * either time is 0 or both are certain. */
struct quo_timelock_time quo_caps_stop_time(struct quo_timelock_time detect, struct quo_timelock_time respond);

/* The same for n responses at once, the i-th of ln median from + step i. */
void quo_caps_stop_times(struct quo_timelock_time detect, double respond_sdlog, double from, double step, int n,
                         double *meanlog, double *sdlog);

/* The cap on the loss law. A limit counted per window lets up to per_hour * window more leave than a smooth one (an attacker
 * who comes at the end of one window has the next one too): it joins the burst. */
struct quo_outflow_cap quo_caps_outflow(const struct quo_caps_terms *terms);
/* Mean share lost of a path without a cap that drains linearly in theta hours: E[min(1, T/theta)], closed for lognormal T.
 * theta 0: all, at once. */
double quo_caps_drained(double theta_hours, struct quo_timelock_time stop);
/* The same for a drain at exponential speed: E[1 - exp(-T/theta)], by quadrature to 1e-10. */
double quo_caps_drained_exponential(double theta_hours, struct quo_timelock_time stop);
#endif
