/* Mills' ratio and its differences against mpmath 1.2.1 at 120 digits. */
#include "check.h"

#include <math.h>

#include "risk/severity/mills.h"

static const struct {
    double z, step, ratio, drop, excess_drop;
} values[] = {
    {-7.3, 0.4, 9.3511797355844317254e+11, 8.8048308319805086283e+11, NAN},
    {-1.2, 1e-07, 4.557126050347912072, 6.4685506444481620495e-7, NAN},
    {0.0, 0.001, 1.2533141373155002512, 0.0009993736761080779774, 0.0012523147636393921993},
    {0.385, 2.1, 0.94513076655589844799, 0.58914286687906382316, 0.52075458557291316662},
    {2.4, 1.07e-06, 0.36605080868715033816, 1.2998148064190152715e-7, 7.9718672674502892032e-8},
    {2.99, 0.3, 0.30545489070367072798, 0.024072820346390602004, 0.012436888271476129545},
    {3.01, 0.3, 0.30373029704313046122, 0.023825903656089709812, 0.012255348011282200859},
    {17.5, 0.001, 0.05695806685236580844, 3.233647073728633153e-6, 3.6600941504100081467e-7},
    {17.5, 3.0, 0.05695806685236580844, 0.0082928350582506290745, 0.00087108186295952929207},
    {400.0, 1e-5, 0.0024999843752929595951, 6.2498826599178126843e-11, 3.1248827008126715501e-13},
    {400.0, 100000.0, 0.0024999843752929595951, 0.0024900242159313978897, 6.249783611387451303e-6},
    {1000000.0, 1.0, 9.99999999999e-7, 9.99998999998000005e-13, 1.999996999992000025e-18},
};

static void ratios_and_drops_match_high_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const double z = values[i].z, step = values[i].step;
        check_rel(quo_mills_ratio(z), values[i].ratio, 3e-15, "ratio at %g", z);
        check_rel(quo_mills_drop(z, step), values[i].drop, 1e-14, "drop from %g by %g", z, step);
        if (z >= 0.0)
            check_rel(quo_mills_excess_drop(z, step), values[i].excess_drop, 3e-14, "excess drop from %g by %g", z,
                      step);
    }
}

/* A drop is the sum of two; also across the point where the fraction takes over. */
static void drops_add_up(void **state)
{
    (void)state;
    for (double z = 0.05; z < 60.0; z *= 1.3)
        for (double step = 1e-4; step < 100.0; step *= 3.0) {
            const double first = 0.37 * step, rest = step - first;
            check_rel(quo_mills_drop(z, first) + quo_mills_drop(z + first, rest), quo_mills_drop(z, step), 2e-11,
                      "%g + %g", z, step);
            check_rel(quo_mills_excess_drop(z, first) + quo_mills_excess_drop(z + first, rest),
                      quo_mills_excess_drop(z, step), 2e-11, "excess, %g + %g", z, step);
        }
}

static void edges(void **state)
{
    (void)state;
    assert_true(quo_mills_drop(1.0, 0.0) == 0.0 && quo_mills_excess_drop(4.0, 0.0) == 0.0);
    assert_true(isnan(quo_mills_ratio(NAN)));
    assert_true(quo_mills_ratio(1e200) == 1e-200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_and_drops_match_high_precision),
        cmocka_unit_test(drops_add_up),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
