#include "check.h"

#include <math.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/controls/caps.h"

static const struct quo_timelock_time at_once = {-INFINITY, 0.0}, never = {INFINITY, 0.0};

static void one_lognormal_keeps_the_mean_log_of_the_sum(void **state)
{
    (void)state;
    const struct quo_timelock_time pair[][2] = {
        {{1.79, 1.5}, {1.39, 1.3}}, {{-2.3, 1.5}, {0.4, 1.3}}, {{0.0, 2.0}, {1.39, 0.8}}, {{1.0, 1.0}, {1.0, 1.0}}};
    const int n = 400000;
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        struct quo_stream stream = quo_stream_at(11, i, 0, 44);
        double sum = 0.0, squares = 0.0;
        for (int k = 0; k < n; k++) {
            const double a = pair[i][0].meanlog + pair[i][0].sdlog * quo_stream_normal(&stream);
            const double b = pair[i][1].meanlog + pair[i][1].sdlog * quo_stream_normal(&stream);
            const double log_time = quo_logaddexp(a, b);
            sum += log_time;
            squares += log_time * log_time;
        }
        const double mean = sum / n, sd = sqrt(squares / n - mean * mean);
        const struct quo_timelock_time got = quo_caps_stop_time(pair[i][0], pair[i][1]);
        check_abs(got.meanlog, mean, 5.0 * sd / sqrt(n), "pair %d, mean of the log", (int)i);
        if (i == 3) /* alike: the sd is half way between the sum's own and 1 */
            check_abs(got.sdlog, 0.5 * (sd + 1.0), 2.5 * sd / sqrt(n), "two alike, sd of the log");
        const struct quo_timelock_time swapped = quo_caps_stop_time(pair[i][1], pair[i][0]);
        check_rel(swapped.meanlog, got.meanlog, 1e-8, "pair %d swapped", (int)i);
        check_rel(swapped.sdlog, got.sdlog, 1e-7, "pair %d swapped", (int)i);
    }
}

static void many_stops_are_each_of_them(void **state)
{
    (void)state;
    const double sigma[][2] = {{1.2, 0.9}, {0.7, 1.5}, {0.0, 1.0}, {1.0, 0.0}, {0.0, 0.0}};
    for (size_t s = 0; s < sizeof sigma / sizeof *sigma; s++) {
        double meanlog[25], sdlog[25];
        const struct quo_timelock_time detect = {0.4, sigma[s][0]};
        quo_caps_stop_times(detect, sigma[s][1], -6.0, 0.5, 25, meanlog, sdlog);
        for (int i = 0; i < 25; i++) {
            const struct quo_timelock_time one =
                quo_caps_stop_time(detect, (struct quo_timelock_time){-6.0 + 0.5 * i, sigma[s][1]});
            assert_true(meanlog[i] == one.meanlog && sdlog[i] == one.sdlog);
        }
    }
}

/* What the header promises of the fit, against the race's own quadrature. */
static void the_fit_is_as_far_off_as_the_header_says(void **state)
{
    (void)state;
    double worst = 0.0;
    for (double m = -2.0; m <= 6.0; m += 1.0)
        for (double s = 1.0; s <= 1.5; s += 0.25) {
            const struct quo_timelock_time detect = {m, s}, respond = {1.4, 1.3};
            const struct quo_timelock_time one = quo_caps_stop_time(detect, respond);
            for (double z = -3.0; z <= 3.0; z += 0.25) {
                const double hours = exp(one.meanlog + z * one.sdlog);
                worst = fmax(worst, fabs(quo_timelock_in_time(hours, detect, respond) - quo_normal_Q(-z)));
            }
        }
    assert_true(worst < 0.065 && worst > 0.03); /* if it gets better, say so there */
}

static void a_slower_watch_never_stops_sooner(void **state)
{
    (void)state;
    const double sigma[] = {0.3, 0.8, 1.2, 1.3, 1.5, 2.0};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (double theta = 0.01; theta < 1e4; theta *= 10.0) {
                double before = 0.0;
                for (double m = -8.0; m < 9.0; m += 0.25) {
                    const struct quo_timelock_time stop = quo_caps_stop_time((struct quo_timelock_time){m, sigma[i]},
                                                                             (struct quo_timelock_time){1.4, sigma[j]});
                    const double now = quo_caps_drained(theta, stop);
                    assert_true(now >= before * (1.0 - 1e-13));
                    before = now;
                }
            }
}

static void certain_times_are_exact(void **state)
{
    (void)state;
    const struct quo_timelock_time a = {1.0, 0.7}, two = {log(2.0), 0.0}, three = {log(3.0), 0.0};
    check_rel(quo_caps_stop_time(a, at_once).meanlog, 1.0, 0.0, "response at once");
    check_rel(quo_caps_stop_time(at_once, a).sdlog, 0.7, 0.0, "notice at once");
    assert_true(quo_caps_stop_time(a, never).meanlog == INFINITY);
    assert_true(quo_caps_stop_time(never, a).meanlog == INFINITY);
    check_rel(quo_caps_stop_time(two, three).meanlog, log(5.0), 1e-15, "two and three");
    check_rel(quo_caps_stop_time(two, three).sdlog, 0.0, 0.0, "two and three, certain");
}

/* (6.7): E min(1, T/theta), against simulation; the closed form against the survival function's integral. */
struct drain {
    struct quo_timelock_time stop;
};
static double survival(double t, void *context)
{
    const struct drain *d = context;
    return t > 0.0 ? quo_normal_Q((log(t) - d->stop.meanlog) / d->stop.sdlog) : 1.0;
}
static double density_times_drained(double z, void *context)
{
    const struct drain *d = context;
    return exp(-0.5 * z * z) / sqrt(2.0 * M_PI) * -expm1(-exp(d->stop.meanlog + d->stop.sdlog * z));
}
static void drained_share_is_the_integral(void **state)
{
    (void)state;
    double error;
    for (double m = -4.0; m <= 6.0; m += 1.7)
        for (double s = 0.05; s < 4.0; s *= 2.3) {
            struct drain d = {{m, s}};
            const double theta = 4.0;
            check_rel(quo_caps_drained(theta, d.stop), quo_integral(survival, &d, 0.0, theta, 1e-11, &error) / theta,
                      1e-9, "linear, %g/%g", m, s);
            double exponential = 0.0;
            for (double z = -9.0; z < 9.0 + s; z += 1.0)
                exponential += quo_integral(density_times_drained, &d, z, fmin(z + 1.0, 9.0 + s), 1e-11, &error);
            check_rel(quo_caps_drained_exponential(1.0, d.stop), exponential, 1e-9, "exponential, %g/%g", m, s);
        }
    const struct quo_timelock_time a = {1.0, 0.7};
    check_rel(quo_caps_drained(0.0, a), 1.0, 0.0, "all at once");
    check_rel(quo_caps_drained(INFINITY, a), 0.0, 0.0, "never drained");
    check_rel(quo_caps_drained(4.0, at_once), 0.0, 0.0, "stopped at once");
    check_rel(quo_caps_drained(4.0, never), 1.0, 0.0, "never stopped");
    check_rel(quo_caps_drained(4.0, (struct quo_timelock_time){log(3.0), 0.0}), 0.75, 1e-15, "three of four hours");
    check_rel(quo_caps_drained_exponential(4.0, (struct quo_timelock_time){log(4.0), 0.0}), 1.0 - exp(-1.0), 1e-15,
              "one time constant");
    check_rel(quo_caps_drained_exponential(0.0, a), 1.0, 0.0, "exponential, at once");
    assert_true(isnan(quo_caps_drained(-1.0, a)) &&
                isnan(quo_caps_drained_exponential(1.0, (struct quo_timelock_time){0.0, -1.0})));
    /* A tail that erfc alone cannot see: T far above theta. */
    check_rel(quo_caps_drained(1.0, (struct quo_timelock_time){60.0, 1.0}), 1.0, 1e-15, "far too late");
    check_rel(quo_caps_drained(1.0, (struct quo_timelock_time){-60.0, 1.0}), exp(-59.5), 1e-12, "far in time");
}

static const struct quo_caps_terms no_limits = {.per_hour_usd = INFINITY, .hard_usd = INFINITY};

static void terms_become_a_cap_on_the_flow(void **state)
{
    (void)state;
    struct quo_caps_terms terms = {.per_hour_usd = 5e6, .burst_usd = 2e6, .window_hours = 24.0, .hard_usd = 9e8};
    const struct quo_outflow_cap cap = quo_caps_outflow(&terms);
    check_rel(cap.per_hour, 5e6, 0.0, "an hour");
    check_rel(cap.burst, 2e6 + 24.0 * 5e6, 0.0, "a window's worth joins the burst");
    check_rel(cap.hard, 9e8, 0.0, "hard bound");
    terms = no_limits;
    terms.window_hours = 24.0;
    check_rel(quo_caps_outflow(&terms).burst, 0.0, 0.0, "no hourly limit, no window");
}

static void impossible_terms_are_refused(void **state)
{
    (void)state;
    struct quo_caps_terms terms = no_limits;
    assert_null(quo_caps_invalid(&terms));
#define REFUSED(change, word)                                                                                          \
    (terms = no_limits, change, assert_non_null(quo_caps_invalid(&terms)),                                             \
     assert_non_null(strstr(quo_caps_invalid(&terms), word)))
    REFUSED(terms.per_hour_usd = -1.0, "hourly");
    REFUSED(terms.burst_usd = INFINITY, "burst");
    REFUSED(terms.window_hours = NAN, "window");
    REFUSED(terms.hard_usd = -1.0, "hard");
#undef REFUSED
    assert_true(isnan(quo_caps_stop_time((struct quo_timelock_time){NAN, 1.0}, at_once).meanlog));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_lognormal_keeps_the_mean_log_of_the_sum),
        cmocka_unit_test(a_slower_watch_never_stops_sooner),
        cmocka_unit_test(many_stops_are_each_of_them),
        cmocka_unit_test(the_fit_is_as_far_off_as_the_header_says),
        cmocka_unit_test(certain_times_are_exact),
        cmocka_unit_test(drained_share_is_the_integral),
        cmocka_unit_test(terms_become_a_cap_on_the_flow),
        cmocka_unit_test(impossible_terms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
