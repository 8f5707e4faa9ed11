#include "risk/controls/timelock.h"

#include <math.h>
#include <stdbool.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

struct quo_timelock_time quo_timelock_median(double median_hours, double sigma)
{
    return (struct quo_timelock_time){log(median_hours), sigma};
}

static bool possible(struct quo_timelock_time t) { return !isnan(t.meanlog) && t.sdlog >= 0.0 && !isinf(t.sdlog); }
static bool certain(struct quo_timelock_time t) { return t.sdlog == 0.0 || isinf(t.meanlog); }

static double P(double hours, struct quo_timelock_time t)
{
    return hours > 0.0 ? quo_normal_Q((t.meanlog - log(hours)) / t.sdlog) : 0.0;
}

static double Q(double hours, struct quo_timelock_time t)
{
    return hours > 0.0 ? quo_normal_Q((log(hours) - t.meanlog) / t.sdlog) : 1.0;
}

/* The race with the narrower time first. With t = delay / (1 + e^-y),
 *   P = integral over all y of  n(z(t)) / s1 * (1 - t/delay) * P2(delay - t),  z = (ln t - m1) / s1,
 * an analytic integrand that dies off like a normal density on both sides: the trapezoidal rule converges exponentially
 * [TW14]. The narrower time sets the range, so that few points suffice whatever the two spreads are. */
struct race {
    double delay;
    struct quo_timelock_time narrow, wide;
};

static double log_integrand(double y, const struct race *race)
{
    const double behind = -log1p(exp(-y)), left = -log1p(exp(y)); /* ln(t/delay), ln(1 - t/delay) */
    const double z1 = (log(race->delay) + behind - race->narrow.meanlog) / race->narrow.sdlog;
    const double z2 = (log(race->delay) + left - race->wide.meanlog) / race->wide.sdlog;
    return -0.5 * z1 * z1 + left + quo_normal_logQ(-z2);
}

#define BLOCK 64

/* Sum of the integrand at n points from y on, a step apart. */
static double integrand_sum(double y, double step, int n, const struct race *race, double log_delay)
{
    double e[BLOCK], behind[BLOCK], late[BLOCK], density[BLOCK], sum = 0.0;
    for (int from = 0; from < n; from += BLOCK) {
        const size_t m = n - from < BLOCK ? (size_t)(n - from) : BLOCK;
        for (size_t i = 0; i < m; i++)
            e[i] = -fabs(y + step * (from + (int)i));
        quo_vectormath_exp(e, m, e);
        quo_vectormath_log1p(e, m, behind);
        for (size_t i = 0; i < m; i++) {
            const double at =
                y + step * (from + (int)i); /* ln(t/delay) = -ln(1 + e^-y), ln(1 - t/delay) = -ln(1 + e^y) */
            const double z1 = (log_delay - behind[i] - (at < 0.0 ? -at : 0.0) - race->narrow.meanlog) / race->narrow.sdlog;
            const double z2 = (log_delay - behind[i] - (at > 0.0 ? at : 0.0) - race->wide.meanlog) / race->wide.sdlog;
            density[i] = -0.5 * z1 * z1;
            late[i] = -z2 * M_SQRT1_2;
            e[i] = (at > 0.0 ? e[i] : 1.0) / (1.0 + e[i]);
        }
        quo_vectormath_exp(density, m, density);
        quo_vectormath_erfc(late, m, late);
        for (size_t i = 0; i < m; i++)
            sum += density[i] * e[i] * 0.5 * late[i];
    }
    return sum;
}

/* y at which t (narrow) or delay - t (wide) is that many hours. */
static double y_of_narrow(double hours, double delay)
{
    return hours < delay ? log(hours) - log(delay - hours) : INFINITY;
}
static double y_of_wide(double hours, double delay)
{
    return hours < delay ? log(delay - hours) - log(hours) : -INFINITY;
}

/* Doubles the points until the sum stands. */
static double trapezoid(double low, double high, double tolerance, const struct race *race)
{
    const double log_delay = log(race->delay);
    double sum = 0.5 * integrand_sum(low, high - low, 2, race, log_delay), before = NAN;
    sum += integrand_sum(low + (high - low) / 32.0, (high - low) / 32.0, 31, race, log_delay);
    for (int n = 32; n <= 1 << 20; n *= 2) {
        const double value = sum * (high - low) / n;
        /* Each doubling squares the error: a difference of d leaves about d^2. */
        if (fabs(value - before) <= tolerance * value)
            return value / (race->narrow.sdlog * sqrt(2.0 * M_PI));
        before = value;
        sum += integrand_sum(low + (high - low) * 0.5 / n, (high - low) / n, n, race, log_delay);
    }
    return NAN;
}

/* Far in the lower tail: the range is where the integrand is not below e^-45 of its peak. */
static double tail_race(const struct race *race)
{
    double low = -800.0, high = 800.0, peak = 0.0;
    for (int i = 0; i < 200 && high - low > 1e-9; i++) { /* log-concave: golden section would gain little over thirds */
        const double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
        if (log_integrand(a, race) < log_integrand(b, race))
            low = a;
        else
            high = b;
    }
    peak = 0.5 * (low + high);
    const double top = log_integrand(peak, race), drop = 45.0;
    if (top < -740.0)
        return 0.0; /* below the least double */
    double ends[2];
    for (int side = 0; side < 2; side++) {
        double inside = peak, step = side ? 1e-3 : -1e-3;
        while (log_integrand(inside + step, race) > top - drop)
            step *= 2.0;
        ends[side] = inside + step;
    }
    return trapezoid(ends[0], ends[1], 1e-8, race);
}

/* Both times uncertain, 0 < delay < infinity. */
static double uncertain_race(const struct race *race)
{
    const double sds = 8.5, smallest = 1e-7; /* above it the tails cut off by 8.5 sd are below 1e-9 of the result */
    const struct quo_timelock_time a = race->narrow, b = race->wide;
    const double low = y_of_narrow(exp(a.meanlog - sds * a.sdlog), race->delay);
    const double high = fmin(y_of_narrow(exp(a.meanlog + sds * a.sdlog), race->delay),
                             y_of_wide(exp(b.meanlog - sds * b.sdlog), race->delay));
    if (isfinite(low) && isfinite(high) && low < high) {
        const double value = trapezoid(low, high, 1e-7, race);
        if (value > smallest)
            return fmin(value, 1.0);
    }
    return tail_race(race);
}

static struct race order(double delay, struct quo_timelock_time detect, struct quo_timelock_time respond)
{
    const bool detect_first = detect.sdlog <= respond.sdlog;
    return (struct race){delay, detect_first ? detect : respond, detect_first ? respond : detect};
}

double quo_timelock_in_time(double delay_hours, struct quo_timelock_time detect, struct quo_timelock_time respond)
{
    if (isnan(delay_hours) || !possible(detect) || !possible(respond))
        return NAN;
    if (detect.meanlog == INFINITY || respond.meanlog == INFINITY || delay_hours < 0.0)
        return 0.0;
    if (isinf(delay_hours))
        return 1.0;
    if (certain(detect) && certain(respond))
        return exp(detect.meanlog) + exp(respond.meanlog) <= delay_hours ? 1.0 : 0.0;
    if (certain(detect))
        return P(delay_hours - exp(detect.meanlog), respond);
    if (certain(respond))
        return P(delay_hours - exp(respond.meanlog), detect);
    if (delay_hours == 0.0)
        return 0.0;
    const struct race race = order(delay_hours, detect, respond);
    return uncertain_race(&race);
}

static double late_integrand(double t, void *context)
{
    const struct race *race = context;
    if (!(t > 0.0))
        return 0.0;
    const double z = (log(t) - race->narrow.meanlog) / race->narrow.sdlog;
    return exp(-0.5 * z * z) / (t * race->narrow.sdlog * sqrt(2.0 * M_PI)) * Q(race->delay - t, race->wide);
}

double quo_timelock_too_late(double delay_hours, struct quo_timelock_time detect, struct quo_timelock_time respond)
{
    const double in_time = quo_timelock_in_time(delay_hours, detect, respond);
    if (isnan(in_time) || in_time < 0.9)
        return 1.0 - in_time;
    if (certain(detect) && certain(respond))
        return 1.0 - in_time;
    if (isinf(delay_hours))
        return 0.0;
    if (certain(detect))
        return Q(delay_hours - exp(detect.meanlog), respond);
    if (certain(respond))
        return Q(delay_hours - exp(respond.meanlog), detect);
    /* Q1(delay) + integral of f1(t) Q2(delay - t): the narrow time's mass, the long middle and the end near the delay in pieces. */
    struct race race = order(delay_hours, detect, respond);
    const double mode = exp(race.narrow.meanlog), sd = race.narrow.sdlog;
    const double cut[] = {0.0,
                          mode * exp(-9.0 * sd),
                          mode * exp(-3.0 * sd),
                          mode,
                          mode * exp(3.0 * sd),
                          mode * exp(9.0 * sd),
                          0.5 * delay_hours,
                          0.99 * delay_hours,
                          delay_hours};
    double sum = Q(delay_hours, race.narrow), left = 0.0, error;
    while (left < delay_hours) { /* the next cut in order of size */
        double right = delay_hours;
        for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
            if (cut[i] > left && cut[i] < right)
                right = cut[i];
        sum += quo_integral(late_integrand, &race, left, right, 1e-10, &error);
        left = right;
    }
    return sum;
}

double quo_timelock_multiplier(double share, double notice, double veto, double delay_hours,
                               struct quo_timelock_time detect, struct quo_timelock_time respond)
{
    if (!(share >= 0.0 && share <= 1.0) || !(notice >= 0.0 && notice <= 1.0) || !(veto >= 0.0 && veto <= 1.0))
        return NAN;
    return 1.0 - share * notice * veto * quo_timelock_in_time(delay_hours, detect, respond);
}
