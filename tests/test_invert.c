/* The solver of quantiles on laws with known inverses, from bad starts and with brackets. */
#include "check.h"

#include <math.h>

#include "risk/severity/burr.h"
#include "risk/severity/invert.h"

/* Burr with the three parameters of `law`. */
static double burr_logQ(double x, const void *law)
{
    return quo_burr_logQ(x, ((const double *)law)[0], ((const double *)law)[1], ((const double *)law)[2]);
}
static double burr_logP(double x, const void *law)
{
    return quo_burr_logP(x, ((const double *)law)[0], ((const double *)law)[1], ((const double *)law)[2]);
}
static double burr_logpdf(double x, const void *law)
{
    return quo_burr_logpdf(x, ((const double *)law)[0], ((const double *)law)[1], ((const double *)law)[2]);
}

static void closed_inverses_are_found_from_any_start(void **state)
{
    (void)state;
    const double laws[][3] = {{1.5, 2.0, 1e3}, {0.3, 0.8, 1e6}, {12.0, 9.0, 0.02}};
    const double tails[] = {0.5, 0.37, 1e-3, 1e-30, 1e-200}, starts[] = {1e-300, 1e-3, 1.0, 1e5, 1e300, 0.0, INFINITY};
    for (int l = 0; l < 3; l++)
        for (int t = 0; t < 5; t++)
            for (int g = 0; g < 7; g++) {
                const struct quo_invert_law upper = {burr_logQ, burr_logpdf, laws[l], true};
                const struct quo_invert_law lower = {burr_logP, burr_logpdf, laws[l], false};
                const double high = quo_burr_Qinv(tails[t], laws[l][0], laws[l][1], laws[l][2]);
                const double low = quo_burr_Pinv(tails[t], laws[l][0], laws[l][1], laws[l][2]);
                if (high < 1e300)
                    check_rel(quo_invert(&upper, log(tails[t]), starts[g], 0.0, INFINITY), high, 1e-12,
                              "upper %g from %g", tails[t], starts[g]);
                if (low > 1e-300)
                    check_rel(quo_invert(&lower, log(tails[t]), starts[g], 0.0, INFINITY), low, 1e-12,
                              "lower %g from %g", tails[t], starts[g]);
                check_rel(quo_invert(&upper, log(tails[t]), starts[g], high / 3.0, high * 7.0), high, 1e-12,
                          "in a bracket");
            }
}

static double no_number(double x, const void *law)
{
    (void)x;
    (void)law;
    return NAN;
}
static double flat(double x, const void *law)
{
    (void)x;
    (void)law;
    return -1.0;
}
static double thin(double x, const void *law)
{
    (void)x;
    (void)law;
    return -900.0;
}

static void what_cannot_be_solved_ends(void **state)
{
    (void)state;
    const struct quo_invert_law nan = {no_number, no_number, NULL, true};
    assert_true(isnan(quo_invert(&nan, -1.0, 1.0, 0.0, INFINITY)));
    const struct quo_invert_law constant = {flat, thin, NULL, true}; /* a tail that never gets there */
    assert_true(quo_invert(&constant, -2.0, 1.0, 0.0, INFINITY) == INFINITY);
    assert_true(quo_invert(&constant, -0.5, 1.0, 0.0, INFINITY) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_inverses_are_found_from_any_start),
        cmocka_unit_test(what_cannot_be_solved_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
