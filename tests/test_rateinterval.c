#include "risk/fitting/rateinterval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include "check.h"
#include "risk/base/stream.h"

/* Garwood's: half the chi-square quantiles with 2n and 2n + 2 degrees of freedom; R: qchisq(c(.025,.975),c(6,8))/2. */
static void without_another_error_it_is_garwoods(void **state)
{
    (void)state;
    double low, high;
    quo_rateinterval(3.0, 0.0, INFINITY, 0.95, &low, &high);
    check_rel(low, 0.6186721228954247, 1e-12, "low of 3");
    check_rel(high, 8.7672730697423242, 1e-12, "high of 3");
    quo_rateinterval(0.0, 0.0, INFINITY, 0.95, &low, &high);
    assert_true(low == 0.0);
    check_rel(high, -log(0.025), 1e-12, "high of 0");
}

/* Many events: the factor alone is left, and its quantiles are those of the normal and of t. */
static void with_many_events_the_factor_is_left(void **state)
{
    (void)state;
    static const double dfs[] = {1.0, 3.0, 6.0, 40.0, INFINITY};
    for (size_t k = 0; k < sizeof dfs / sizeof *dfs; k++) {
        double low, high;
        const double t = isinf(dfs[k]) ? gsl_cdf_ugaussian_Pinv(0.975) : gsl_cdf_tdist_Pinv(0.975, dfs[k]);
        quo_rateinterval(1e6, 0.4, dfs[k], 0.95, &low, &high);
        check_abs(log(low / 1e6), -0.4 * t, 2e-4 * t, "low, df %g", dfs[k]);
        check_abs(log(high / 1e6), 0.4 * t, 2e-4 * t, "high, df %g", dfs[k]);
    }
}

/* Against a million draws of the product. */
static void between_them_it_is_the_product(void **state)
{
    (void)state;
    struct quo_stream s = quo_stream_at(3, 0, 0, 0);
    double low, high;
    int below = 0, above = 0;
    quo_rateinterval(4.0, 0.5, INFINITY, 0.9, &low, &high);
    const int draws = 400000;
    for (int i = 0; i < draws; i++) {
        const double factor = exp(0.5 * quo_stream_normal(&s));
        below += factor * quo_stream_gamma(&s, 4.0) < low;
        above += factor * quo_stream_gamma(&s, 5.0) > high;
    }
    check_abs((double)below / draws, 0.05, 5.0 * sqrt(0.05 * 0.95 / draws), "below");
    check_abs((double)above / draws, 0.05, 5.0 * sqrt(0.05 * 0.95 / draws), "above");
}

static void what_is_impossible_has_none(void **state)
{
    (void)state;
    static const double bad[][4] = {{-1, 0, 5, 0.95},  {INFINITY, 0, 5, 0.95}, {3, -1, 5, 0.95},
                                    {3, 0, 0, 0.95},   {3, 0, 5, 1},           {3, 0, 5, 0},
                                    {NAN, 0, 5, 0.95}, {3, INFINITY, 5, 0.95}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double low = 0.0, high = 0.0;
        quo_rateinterval(bad[i][0], bad[i][1], bad[i][2], bad[i][3], &low, &high);
        assert_true(isnan(low) && isnan(high));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_another_error_it_is_garwoods),
        cmocka_unit_test(with_many_events_the_factor_is_left),
        cmocka_unit_test(between_them_it_is_the_product),
        cmocka_unit_test(what_is_impossible_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
