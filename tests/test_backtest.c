#include "risk/perils/backtest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/date.h"
#include "risk/base/stream.h"

static struct quo_band bands[] = {{1e5, 1e7, 1500, 2e6, NAN, 0}, {1e7, 1e9, 600, 9e7, NAN, 0}, {1e9, INFINITY, 50, 4e9, NAN, 0}};
static struct quo_market_year years[] = {
    {2022, 2000, 1e11}, {2023, 2100, 1e11}, {2024, 2200, 1e11}, {2025, 2150, 1e11}, {2026, 2150, 1e11}};
static const struct quo_market market = {
    .reporting_completeness = 0.8, .band = bands, .n_bands = 3, .year = years, .n_years = 5, .id = (char *)"test"};

/* Four years of code bugs and stolen keys; the sizes of what comes after the split are `later` times as large. */
static struct quo_incidents *simulate(uint64_t seed, double later, double more)
{
    struct quo_incidents *all = calloc(1, sizeof *all);
    const int split = quo_date_from_civil(2026, 1, 1);
    for (int p = 0; p < 2; p++) {
        struct quo_stream s = quo_stream_at(seed, (uint64_t)p, 0, 0);
        for (int half = 0; half < 8; half++) {
            const int first = quo_date_from_civil(2022 + (half + 1) / 2, half % 2 ? 1 : 7, 1);
            const int64_t n = quo_stream_poisson(&s, (p ? 25.0 : 60.0) * (first >= split ? more : 1.0));
            for (int64_t i = 0; i < n;) {
                double loss = exp((p ? 14.5 : 13.0) + 1.8 * quo_stream_normal(&s));
                if (loss <= 1e5)
                    continue;
                if (first >= split)
                    loss *= later;
                all->incident = realloc(all->incident, (all->n + 1) * sizeof *all->incident);
                all->incident[all->n++] = (struct quo_incident){.day = first + (int)quo_stream_below(&s, 181),
                                                                .peril = p ? QUO_KEY_COMPROMISE : QUO_CODE_BUG,
                                                                .state_actor = -1,
                                                                .bridge = -1,
                                                                .loss = loss,
                                                                .recovered = NAN,
                                                                .exposure = NAN,
                                                                .low = NAN,
                                                                .high = NAN,
                                                                .floor = NAN};
                i++;
            }
        }
    }
    all->from = quo_date_from_civil(2022, 7, 1);
    all->to = quo_date_from_civil(2026, 6, 30);
    return all;
}

static struct quo_backtest run(const struct quo_incidents *all)
{
    struct quo_backtest_options o;
    struct quo_backtest b;
    struct quo_faults faults;
    quo_backtest_options_init(&o);
    quo_faults_init(&faults);
    o.split = quo_date_from_civil(2026, 1, 1);
    o.simulations = 1500;
    o.fit.draws = 40;
    o.fit.family = QUO_LOGNORMAL;
    assert_int_equal(quo_backtest_run(all, &market, &o, &b, &faults), QUO_OK);
    quo_faults_free(&faults);
    return b;
}

static void more_of_the_same_is_placed_evenly(void **state)
{
    (void)state;
    double mean[QUO_BACKTEST_STATISTICS] = {0}, gain = 0.0;
    const int runs = 12;
    for (uint64_t seed = 1; seed <= (uint64_t)runs; seed++) {
        struct quo_incidents *all = simulate(seed, 1.0, 1.0);
        const struct quo_backtest b = run(all);
        assert_true(b.fitted + b.observed == all->n && b.line[QUO_BACKTEST_COUNT].observed == (double)b.observed);
        for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++) {
            assert_true(b.line[k].pit >= 0.0 && b.line[k].pit <= 1.0 && b.line[k].low <= b.line[k].median &&
                        b.line[k].median <= b.line[k].high);
            mean[k] += b.line[k].pit / runs;
        }
        gain += b.log_score_sizes - b.simple_sizes;
        quo_incidents_free(all);
    }
    /* a mean of 12 uniforms has sd 0.083 */
    for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++)
        if (!(mean[k] > 0.25 && mean[k] < 0.75))
            fail_msg("%s: mean pit %.3f", quo_backtest_name(k), mean[k]);
    assert_true(fabs(gain / runs) < 5.0);
}

static void a_change_shows_at_the_end_of_the_law(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(3, 8.0, 2.5);
    const struct quo_backtest b = run(all);
    assert_true(b.line[QUO_BACKTEST_COUNT].pit > 0.98 && b.line[QUO_BACKTEST_MEDIAN].pit > 0.98 &&
                b.line[QUO_BACKTEST_TOTAL].pit > 0.98);
    assert_true(b.log_score_count < -6.0);
    quo_incidents_free(all);
}

static void nothing_to_fit_or_to_compare_is_refused(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(4, 1.0, 1.0);
    struct quo_backtest_options o;
    struct quo_backtest b;
    struct quo_faults faults;
    quo_backtest_options_init(&o);
    quo_faults_init(&faults);
    o.split = quo_date_from_civil(2027, 1, 1);
    assert_int_equal(quo_backtest_run(all, &market, &o, &b, &faults), QUO_REFUSED);
    assert_non_null(strstr(faults.fault[0].text, "after the split"));
    o.split = quo_date_from_civil(2023, 7, 1);
    assert_int_equal(quo_backtest_run(all, &market, &o, &b, &faults), QUO_REFUSED); /* two half-years carry no trend */
    assert_non_null(strstr(faults.fault[1].hint, "--no-trend"));
    quo_faults_free(&faults);
    quo_incidents_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_of_the_same_is_placed_evenly),
        cmocka_unit_test(a_change_shows_at_the_end_of_the_law),
        cmocka_unit_test(nothing_to_fit_or_to_compare_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
