#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/fitting/elasticity.h"

static void reference_regression(void **state)
{
    (void)state;
    const char *path = shared_data("asia_commercial_risk.csv");
    if (!path)
        skip();
    size_t n, m;
    double *y = column_read(path, "loss_usd", &n), *x = column_read(path, "insured_value_usd", &n);
    struct quo_elasticity e;
    assert_int_equal(quo_elasticity_fit(x, y, n, &e), QUO_OK);
    assert_int_equal(e.n, 526 - 61);
    struct ref_row *row = ref_read("frequency.csv", &m);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < m; i++) {
        const char *q = row[i].quantity;
        if (strncmp(row[i].case_id, "loglog", 6) == 0)
            ref_check(&tally, &row[i],
                      strcmp(q, "coef.intercept") == 0 ? e.intercept
                      : strcmp(q, "coef.slope") == 0   ? e.slope
                      : strcmp(q, "se.intercept") == 0 ? e.intercept_se
                      : strcmp(q, "se.slope") == 0     ? e.slope_se
                      : strcmp(q, "residual_sd") == 0  ? e.residual_sd
                                                       : e.r_squared);
    }
    ref_free(row, m);
    free(x);
    free(y);
    ref_done(&tally, 6);
}

static void a_power_is_found_exactly(void **state)
{
    (void)state;
    const double x[] = {1e5, NAN, 3e6, 0.0, 2e7, 5e9},
                 y[] = {3 * pow(1e5, 0.9), 1.0, 3 * pow(3e6, 0.9), 1.0, 3 * pow(2e7, 0.9), 3 * pow(5e9, 0.9)};
    struct quo_elasticity e;
    assert_int_equal(quo_elasticity_fit(x, y, 6, &e), QUO_OK);
    assert_int_equal(e.n, 4);
    check_rel(e.slope, 0.9, 1e-13, "slope");
    check_rel(e.intercept, log(3.0), 1e-11, "intercept");
    assert_true(e.residual_sd < 1e-12);
}

static void too_few_pairs_are_refused(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, -1.0}, same[] = {2.0, 2.0, 2.0}, y[] = {1.0, 2.0, 3.0};
    struct quo_elasticity e;
    assert_int_equal(quo_elasticity_fit(x, y, 3, &e), QUO_REFUSED);
    assert_int_equal(quo_elasticity_fit(same, y, 3, &e), QUO_REFUSED);
    assert_int_equal(quo_elasticity_fit(x, y, 0, &e), QUO_REFUSED);
    assert_true(isnan(e.slope));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_regression),
        cmocka_unit_test(a_power_is_found_exactly),
        cmocka_unit_test(too_few_pairs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
