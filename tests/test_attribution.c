#include "risk/perils/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/stream.h"

static struct quo_incidents *simulate(uint64_t seed, size_t n, double a_key, double a_code, double b)
{
    struct quo_incidents *all = calloc(1, sizeof *all);
    all->incident = calloc(n, sizeof *all->incident);
    all->n = n;
    struct quo_stream s = quo_stream_at(seed, 0, 0, 9);
    for (size_t i = 0; i < n; i++) {
        struct quo_incident *it = &all->incident[i];
        it->day = (int)quo_stream_below(&s, 2000);
        it->peril = i % 3 == 0 ? QUO_KEY_COMPROMISE : QUO_CODE_BUG;
        it->loss = exp(14.0 + 2.0 * quo_stream_normal(&s));
        const double eta = (it->peril == QUO_KEY_COMPROMISE ? a_key : a_code) + b * log(it->loss);
        const bool state = quo_stream_uniform(&s) < 1.0 / (1.0 + exp(-eta));
        it->state_actor = state ? 1 : -1;
        it->low = it->high = it->exposure = it->recovered = it->floor = NAN;
    }
    return all;
}

static void the_slope_and_the_perils_are_found_again(void **state)
{
    (void)state;
    double off = 0.0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct quo_incidents *all = simulate(seed, 4000, -10.0, -13.0, 0.6);
        struct quo_attribution fit;
        assert_int_equal(quo_attribution_fit(all, 0, 5000, 0.0, 5000, &fit), QUO_OK);
        off += pow((fit.b - 0.6) / fit.b_std_error, 2) / 8.0;
        const double x = log(1e7);
        check_abs(fit.a[QUO_KEY_COMPROMISE] + fit.b * x, -10.0 + 0.6 * x, 0.35, "log odds at 10 M, keys");
        check_abs(fit.a[QUO_CODE_BUG] + fit.b * x, -13.0 + 0.6 * x, 0.6, "log odds at 10 M, code");
        /* a peril without a row lies between those that have some */
        assert_true(fit.a[QUO_BRIDGE_VALIDATION] < fit.a[QUO_KEY_COMPROMISE] &&
                    fit.a[QUO_BRIDGE_VALIDATION] > fit.a[QUO_CODE_BUG]);
        quo_incidents_free(all);
    }
    assert_true(off < 3.0);
}

static void unknown_after_the_lists_end_is_not_a_no(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(3, 3000, -11.0, -11.0, 0.6);
    struct quo_attribution whole, cut;
    quo_attribution_fit(all, 0, 5000, 0.0, 1000, &cut);
    /* what is unknown after day 1000 may be anything: forget those marks and nothing changes but what they said */
    size_t left = 0;
    for (size_t i = 0; i < all->n; i++)
        left += all->incident[i].day <= 1000 || all->incident[i].state_actor == 1;
    assert_int_equal(cut.rows, left);
    quo_attribution_fit(all, 0, 5000, 0.0, 5000, &whole);
    assert_int_equal(whole.rows, 3000);
    assert_int_equal(whole.marked, cut.marked);
    assert_true(whole.a[QUO_CODE_BUG] < cut.a[QUO_CODE_BUG]);
    quo_incidents_free(all);
}

static void without_a_mark_there_is_no_fit(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(4, 50, -60.0, -60.0, 0.1);
    struct quo_attribution fit;
    assert_int_equal(quo_attribution_fit(all, 0, 5000, 0.0, 5000, &fit), QUO_REFUSED);
    assert_int_equal(fit.marked, 0);
    /* fully apart: every large loss marked, no small one; finite all the same */
    for (size_t i = 0; i < all->n; i++)
        all->incident[i].state_actor = all->incident[i].loss > 2e6;
    assert_int_not_equal(quo_attribution_fit(all, 0, 5000, 0.0, 5000, &fit), QUO_REFUSED);
    assert_true(isfinite(fit.b) && fit.b > 1.0 && isfinite(fit.a[0]));
    quo_incidents_free(all);
}

static void the_index_error_is_the_spread_of_the_sources(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(5, 6000, -11.0, -11.0, 0.6);
    struct quo_stream s = quo_stream_at(6, 0, 0, 9);
    for (size_t i = 0; i < all->n; i++) {
        struct quo_incident *it = &all->incident[i];
        it->n_sources = 1 + (int)quo_stream_below(&s, 4);
        double low = INFINITY, high = 0.0;
        for (int k = 0; k < it->n_sources; k++) {
            const double told = it->loss * exp(0.3 * quo_stream_normal(&s));
            low = fmin(low, told);
            high = fmax(high, told);
        }
        it->low = low;
        it->high = high;
    }
    int rows;
    check_rel(quo_attribution_index_error(all, 0, &rows), 0.3, 0.03, "sd of one source");
    assert_true(rows > 4000 && rows < 5000);
    assert_true(isnan(quo_attribution_index_error(all, 100000, &rows)));
    assert_int_equal(rows, 0);
    quo_incidents_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slope_and_the_perils_are_found_again),
        cmocka_unit_test(unknown_after_the_lists_end_is_not_a_no),
        cmocka_unit_test(without_a_mark_there_is_no_fit),
        cmocka_unit_test(the_index_error_is_the_spread_of_the_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
