/* Bounds of exponential moments: never below the moment, above it by a group's width at most; kept for as many points, and no others taken for them. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/aggregate/groupweights.h"

static void bounds_are_above_and_near(void **state)
{
    (void)state;
    static const size_t points[] = {2, 100, 512, 513, 1201, 2049, 70001};
    struct quo_groupweights_kept kept = {0};
    for (size_t c = 0; c < sizeof points / sizeof *points; c++) {
        const size_t n = points[c];
        double *mass = malloc(n * sizeof *mass), bound[QUO_GROUPWEIGHTS_TRIED];
        for (size_t k = 0; k < n; k++)
            mass[k] = 1.0 / (double)((k + 1) * (k + 2));
        const struct quo_groupweights *w = quo_groupweights_of(n, &kept);
        assert_non_null(w);
        quo_groupweights_moments(w, mass, n, bound);
        for (size_t i = 0; i < QUO_GROUPWEIGHTS_TRIED; i++) {
            const double theta = quo_groupweights_theta(w, i);
            double moment = 0.0;
            for (size_t k = 0; k < n; k++)
                moment += mass[k] * exp(theta * (double)k);
            /* A group is a four-hundredth of all at most, but for few points, where each is its own. */
            const double wide = n <= 512 ? 0.0 : theta * (double)n / 128.0;
            assert_true(bound[i] >= moment * (1.0 - 1e-13) && bound[i] <= moment * exp(wide) * (1.0 + 1e-13));
        }
        free(mass);
    }
    quo_groupweights_free(&kept);
}

static void kept_for_as_many(void **state)
{
    (void)state;
    struct quo_groupweights_kept kept = {0};
    const struct quo_groupweights *first = quo_groupweights_of(1000, &kept);
    for (size_t i = 1; i < QUO_GROUPWEIGHTS_KEPT; i++)
        assert_ptr_not_equal(quo_groupweights_of(1000 + i, &kept), first);
    assert_ptr_equal(quo_groupweights_of(1000, &kept), first);
    assert_float_equal(quo_groupweights_theta(first, 0), 0.04, 1e-15);
    quo_groupweights_of(2000, &kept); /* the oldest gives way */
    double before[QUO_GROUPWEIGHTS_TRIED], after[QUO_GROUPWEIGHTS_TRIED];
    const double mass[] = {0.5, 0.25, 0.25};
    quo_groupweights_moments(quo_groupweights_of(2000, &kept), mass, 3, before);
    quo_groupweights_moments(quo_groupweights_of(1000, &kept), mass, 3, after);
    assert_true(after[0] > before[0] && before[0] > 1.0);
    quo_groupweights_free(&kept);
    assert_null(kept.of[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds_are_above_and_near), cmocka_unit_test(kept_for_as_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
