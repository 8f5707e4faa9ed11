#include "check.h"

#include <math.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/controls/timelock.h"

static void the_reference_table_is_met(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].quantity, "probability_sum_le"))
            continue;
        const struct quo_timelock_time t1 = {ref_number(row[i].params, "meanlog1"),
                                             ref_number(row[i].params, "sdlog1")};
        const struct quo_timelock_time t2 = {ref_number(row[i].params, "meanlog2"),
                                             ref_number(row[i].params, "sdlog2")};
        const double delay = ref_number(row[i].args, "delay"), got = quo_timelock_in_time(delay, t1, t2);
        ref_check(&tally, &row[i], got);
        check_rel(quo_timelock_in_time(delay, t2, t1), got, 1e-11, "line %d, the other way round", row[i].line);
        check_rel(quo_timelock_too_late(delay, t1, t2), 1.0 - row[i].value, 1e-6, "line %d, too late", row[i].line);
    }
    ref_done(&tally, 6);
    ref_free(row, n);
}

/* Another method: adaptive Gauss-Kronrod over the first time itself, in two halves of the delay. */
struct race {
    double delay;
    struct quo_timelock_time a, b;
};
static double density_times_P(double z, void *context)
{
    const struct race *r = context;
    const double left = r->delay - exp(r->a.meanlog + r->a.sdlog * z);
    return left > 0.0 ? exp(-0.5 * z * z) / sqrt(2.0 * M_PI) * quo_normal_Q((r->b.meanlog - log(left)) / r->b.sdlog)
                      : 0.0;
}
static double by_adaptive_quadrature(struct race r)
{
    double error, sum = 0.0;
    const double end = (log(r.delay) - r.a.meanlog) / r.a.sdlog, half = (log(0.5 * r.delay) - r.a.meanlog) / r.a.sdlog;
    for (double z = -39.0; z < end; z += 1.0) { /* in pieces: a peak must not hide between two nodes */
        const double top = fmin(z + 1.0, end);
        if (half > z && half < top) {
            sum += quo_integral(density_times_P, &r, z, half, 1e-11, &error);
            sum += quo_integral(density_times_P, &r, half, top, 1e-11, &error);
        } else {
            sum += quo_integral(density_times_P, &r, z, top, 1e-11, &error);
        }
    }
    return sum;
}

static void two_quadratures_agree(void **state)
{
    (void)state;
    int checked = 0, tails = 0;
    for (uint64_t i = 0; i < 300; i++) {
        struct quo_stream stream = quo_stream_at(3, i, 0, 43);
        struct race r;
        r.a = (struct quo_timelock_time){-3.0 + 8.0 * quo_stream_uniform(&stream),
                                         exp(-4.0 + 5.0 * quo_stream_uniform(&stream))};
        r.b = (struct quo_timelock_time){-3.0 + 8.0 * quo_stream_uniform(&stream),
                                         exp(-4.0 + 5.0 * quo_stream_uniform(&stream))};
        r.delay = exp(-2.0 + 8.0 * quo_stream_uniform(&stream));
        const double got = quo_timelock_in_time(r.delay, r.a, r.b), want = by_adaptive_quadrature(r);
        if (isnan(want) || want < 1e-200)
            continue;
        checked++;
        tails += want < 1e-7;
        check_rel(got, want, 1e-8, "race %d: delay %g, %g/%g, %g/%g", (int)i, r.delay, r.a.meanlog, r.a.sdlog,
                  r.b.meanlog, r.b.sdlog);
        const double late = quo_timelock_too_late(r.delay, r.a, r.b);
        check_abs(got + late, 1.0, 1e-9, "race %d adds up", (int)i);
    }
    assert_true(checked > 150);
    assert_true(tails > 5);
}

static void the_complement_keeps_its_digits(void **state)
{
    (void)state;
    /* Far beyond both: one large time does it, P[T1 > D] + P[T2 > D] but for the other's shift. */
    const struct quo_timelock_time a = {1.0, 0.5}, b = {0.5, 0.7};
    const double delay = 5e3;
    const double lower = quo_normal_Q((log(delay) - 1.0) / 0.5) + quo_normal_Q((log(delay) - 0.5) / 0.7);
    const double late = quo_timelock_too_late(delay, a, b);
    assert_true(late > lower && late < 1.02 * lower && lower < 1e-20);
}

static void edges_are_exact(void **state)
{
    (void)state;
    const struct quo_timelock_time a = {2.0, 0.9}, b = {1.5, 0.6}, at_once = {-INFINITY, 0.0}, never = {INFINITY, 0.0};
    const struct quo_timelock_time two_hours = quo_timelock_median(2.0, 0.0),
                                   three_hours = quo_timelock_median(3.0, 0.0);
    check_rel(quo_timelock_in_time(0.0, a, b), 0.0, 0.0, "no delay");
    check_rel(quo_timelock_in_time(-1.0, a, b), 0.0, 0.0, "negative delay");
    check_rel(quo_timelock_in_time(INFINITY, a, b), 1.0, 0.0, "endless delay");
    check_rel(quo_timelock_in_time(1e9, a, b), 1.0, 1e-14, "a thousand million hours");
    check_rel(quo_timelock_too_late(INFINITY, a, b), 0.0, 0.0, "endless delay is never too short");
    check_rel(quo_timelock_in_time(1e9, a, never), 0.0, 0.0, "nobody responds");
    check_rel(quo_timelock_in_time(INFINITY, never, b), 0.0, 0.0, "nobody ever notices");
    check_rel(quo_timelock_in_time(24.0, a, at_once), quo_normal_Q((2.0 - log(24.0)) / 0.9), 1e-15, "response at once");
    check_rel(quo_timelock_in_time(24.0, two_hours, b), quo_normal_Q((1.5 - log(22.0)) / 0.6), 1e-14,
              "notice after two hours");
    check_rel(quo_timelock_in_time(2.0, two_hours, b), 0.0, 0.0, "nothing left to respond");
    check_rel(quo_timelock_too_late(24.0, two_hours, b), quo_normal_Q((log(22.0) - 1.5) / 0.6), 1e-13,
              "late after two hours");
    check_rel(quo_timelock_in_time(4.999, two_hours, three_hours), 0.0, 0.0, "two and three are more");
    check_rel(quo_timelock_in_time(5.001, two_hours, three_hours), 1.0, 0.0, "two and three are less");
    check_rel(quo_timelock_in_time(24.0, a, (struct quo_timelock_time){1.5, 1e-7}),
              quo_normal_Q((2.0 - log(24.0 - exp(1.5))) / 0.9), 1e-8, "almost no spread");
    check_rel(quo_timelock_multiplier(0.8, 0.9, 0.5, 24.0, a, b), 1.0 - 0.36 * 0.83414379633914749, 1e-8, "multiplier");
    check_rel(quo_timelock_multiplier(1.0, 1.0, 1.0, 0.0, a, b), 1.0, 0.0, "no delay stops nothing");
}

static void a_longer_delay_never_stops_less(void **state)
{
    (void)state;
    const struct quo_timelock_time a = {1.8, 1.5}, b = {1.4, 1.3};
    double before = 0.0;
    for (double hours = 1e-6; hours < 1e7; hours *= 1.05) {
        const double now = quo_timelock_in_time(hours, a, b);
        assert_true(now >= before * (1.0 - 1e-11) && now <= 1.0);
        before = now;
    }
}

static void impossible_arguments_give_nan(void **state)
{
    (void)state;
    const struct quo_timelock_time good = {1.0, 1.0}, bad = {1.0, -1.0}, worse = {NAN, 1.0};
    assert_true(isnan(quo_timelock_in_time(NAN, good, good)));
    assert_true(isnan(quo_timelock_in_time(1.0, bad, good)));
    assert_true(isnan(quo_timelock_too_late(1.0, good, worse)));
    assert_true(isnan(quo_timelock_multiplier(1.1, 1.0, 1.0, 1.0, good, good)));
    assert_true(isnan(quo_timelock_multiplier(1.0, -0.1, 1.0, 1.0, good, good)));
    assert_true(isnan(quo_timelock_multiplier(1.0, 1.0, NAN, 1.0, good, good)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_table_is_met),      cmocka_unit_test(two_quadratures_agree),
        cmocka_unit_test(the_complement_keeps_its_digits), cmocka_unit_test(edges_are_exact),
        cmocka_unit_test(a_longer_delay_never_stops_less), cmocka_unit_test(impossible_arguments_give_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
