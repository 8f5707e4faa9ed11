#include "risk/controls/caps.h"

#include <math.h>
#include <stdbool.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

static bool time_ok(struct quo_timelock_time t) { return !isnan(t.meanlog) && t.sdlog >= 0.0 && !isinf(t.sdlog); }
static bool certain(struct quo_timelock_time t) { return t.sdlog == 0.0 || isinf(t.meanlog); }

const char *quo_caps_invalid(const struct quo_caps_terms *terms)
{
    if (!(terms->per_hour_usd >= 0.0) || !(terms->burst_usd >= 0.0) || isinf(terms->burst_usd))
        return "the hourly limit or the burst is negative or not a number";
    if (!(terms->window_hours >= 0.0) || isinf(terms->window_hours))
        return "the window is negative or not a number of hours";
    if (!(terms->hard_usd >= 0.0))
        return "the hard limit is negative or not a number";
    return NULL;
}

#define SCORES 69 /* 4 points a standard deviation, 8.5 on each side */
#define SCORE_STEP 0.25

static void score_weights(double weight[SCORES])
{
    for (int i = 0; i < SCORES; i++) {
        const double z = SCORE_STEP * (i - SCORES / 2);
        weight[i] = -0.5 * z * z;
    }
    quo_vectormath_exp(weight, SCORES, weight);
}

/* Mean and sd of ln(T1 + T2). ln T = X1 + ln(1 + e^W), W = X2 - X1 normal; given W, X1 is normal about a line in W. So both
 * are integrals over W alone: the trapezoidal rule. */
static struct quo_timelock_time log_moments(struct quo_timelock_time a, struct quo_timelock_time b,
                                            const double weight[SCORES])
{
    const double v1 = a.sdlog * a.sdlog, v2 = b.sdlog * b.sdlog, v = v1 + v2;
    const double middle = b.meanlog - a.meanlog, sd = sqrt(v);
    double mass = 0.0, sum = 0.0, squares = 0.0, log_time[SCORES];
    for (int i = 0; i < SCORES; i++)
        log_time[i] = -fabs(middle + sd * SCORE_STEP * (i - SCORES / 2));
    quo_vectormath_exp(log_time, SCORES, log_time);
    quo_vectormath_log1p(log_time, SCORES, log_time);
    for (int i = 0; i < SCORES; i++) {
        const double z = SCORE_STEP * (i - SCORES / 2);
        log_time[i] += fmax(middle + sd * z, 0.0) - v1 / v * sd * z;
        mass += weight[i];
        sum += weight[i] * log_time[i];
        squares += weight[i] * log_time[i] * log_time[i];
    }
    const double mean = sum / mass, spread = squares / mass - mean * mean;
    return (struct quo_timelock_time){a.meanlog + mean, sqrt(fmax(spread, 0.0) + v1 * v2 / v)};
}

/* The sum's own sd falls from the longer time's to that at equal medians and rises again: fitted to each pair, a
 * slower detection would lower the upper quantiles. One sd for all medians, half way, keeps the order. */
static double common_sd(double detect, double respond, const double weight[SCORES])
{
    const struct quo_timelock_time alike =
        log_moments((struct quo_timelock_time){0.0, detect}, (struct quo_timelock_time){0.0, respond}, weight);
    return 0.5 * (alike.sdlog + fmax(detect, respond));
}

struct quo_timelock_time quo_caps_stop_time(struct quo_timelock_time detect, struct quo_timelock_time respond)
{
    if (!time_ok(detect) || !time_ok(respond))
        return (struct quo_timelock_time){NAN, NAN};
    if (detect.meanlog == -INFINITY || respond.meanlog == INFINITY)
        return respond;
    if (respond.meanlog == -INFINITY || detect.meanlog == INFINITY)
        return detect;
    if (certain(detect) && certain(respond))
        return (struct quo_timelock_time){quo_logaddexp(detect.meanlog, respond.meanlog), 0.0};
    double weight[SCORES];
    score_weights(weight);
    return (struct quo_timelock_time){log_moments(detect, respond, weight).meanlog,
                                      common_sd(detect.sdlog, respond.sdlog, weight)};
}

void quo_caps_stop_times(struct quo_timelock_time detect, double respond_sdlog, double from, double step, int n,
                         double *meanlog, double *sdlog)
{
    const bool plain = time_ok(detect) && !certain(detect) && respond_sdlog > 0.0 && !isinf(respond_sdlog);
    double weight[SCORES], sd = NAN;
    if (plain) {
        score_weights(weight);
        sd = common_sd(detect.sdlog, respond_sdlog, weight);
    }
    for (int i = 0; i < n; i++) {
        const struct quo_timelock_time respond = {from + step * i, respond_sdlog};
        const struct quo_timelock_time both =
            plain ? log_moments(detect, respond, weight) : quo_caps_stop_time(detect, respond);
        meanlog[i] = both.meanlog;
        sdlog[i] = plain ? sd : both.sdlog;
    }
}

struct quo_outflow_cap quo_caps_outflow(const struct quo_caps_terms *terms)
{
    const bool hourly = !isinf(terms->per_hour_usd);
    return (struct quo_outflow_cap){
        .per_hour = terms->per_hour_usd,
        .burst = terms->burst_usd + (hourly ? terms->per_hour_usd * terms->window_hours : 0.0),
        .hard = terms->hard_usd,
    };
}

double quo_caps_drained(double theta_hours, struct quo_timelock_time stop)
{
    if (!(theta_hours >= 0.0) || !time_ok(stop))
        return NAN;
    if (stop.meanlog == -INFINITY || theta_hours == 0.0)
        return theta_hours == 0.0 && stop.meanlog > -INFINITY ? 1.0 : 0.0;
    if (stop.meanlog == INFINITY || isinf(theta_hours))
        return isinf(theta_hours) ? 0.0 : 1.0;
    if (stop.sdlog == 0.0)
        return fmin(1.0, exp(stop.meanlog - log(theta_hours)));
    const double z = (log(theta_hours) - stop.meanlog) / stop.sdlog;
    const double stopped_first =
        exp(stop.meanlog + 0.5 * stop.sdlog * stop.sdlog - log(theta_hours) + quo_normal_logQ(stop.sdlog - z));
    return stopped_first + quo_normal_Q(z);
}

double quo_caps_drained_exponential(double theta_hours, struct quo_timelock_time stop)
{
    if (!(theta_hours >= 0.0) || !time_ok(stop))
        return NAN;
    if (isinf(theta_hours) || theta_hours == 0.0 || isinf(stop.meanlog))
        return quo_caps_drained(theta_hours, stop);
    const double middle = stop.meanlog - log(theta_hours);
    if (stop.sdlog == 0.0)
        return -expm1(-exp(middle));
    /* The integrand rises within about one unit of ln T: at least 8 points in it, and 8 a standard deviation. Its bulk may lie
     * sdlog standard deviations up, where T itself weighs. */
    const double step = fmin(0.125, 0.125 / stop.sdlog), low = -9.0, high = 9.0 + stop.sdlog;
    double mass = 0.0, sum = 0.0;
    for (double z = low; z <= high; z += step) {
        const double weight = exp(-0.5 * z * z);
        mass += weight;
        sum += weight * -expm1(-exp(middle + stop.sdlog * z));
    }
    return sum / mass;
}
