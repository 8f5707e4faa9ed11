#include "pricing/aggregate/lattice.h"

#include <math.h>
#include "check.h"

/* A Lomax law without a mean: E[min(Y, x)] = scale ((1 + x/scale)^(1 - shape) - 1)/(1 - shape). */
struct lomax {
    double shape, scale;
};

static void lomax_lev(const double *x, size_t n, double *lev, const void *context)
{
    const struct lomax *l = context;
    for (size_t i = 0; i < n; i++)
        lev[i] = l->scale * expm1((1.0 - l->shape) * log1p(x[i] / l->scale)) / (1.0 - l->shape);
}

static void capped_mean_is_exact_without_a_mean(void **state)
{
    (void)state;
    const struct lomax heavy = {0.8, 1e4};
    for (size_t cells = 1; cells <= 4096; cells *= 8) {
        struct quo_lattice l;
        assert_int_equal(quo_lattice_discretise(lomax_lev, &heavy, 5e6, cells, &l), QUO_OK);
        double want, top = 5e6, sum = 0.0;
        lomax_lev(&top, 1, &want, &heavy);
        assert_int_equal(l.n, cells + 1);
        check_rel(l.step * (double)cells, 5e6, 1e-15, "the top is a point");
        check_rel(quo_lattice_mean(&l), want, 1e-13, "mean with %zu cells", cells);
        for (size_t k = 0; k < l.n; k++) {
            assert_true(l.mass[k] >= 0.0);
            sum += l.mass[k];
        }
        check_rel(sum, 1.0, 1e-14, "mass with %zu cells", cells);
        quo_lattice_free(&l);
    }
}

/* By hand: uniform on (0, 1), two cells. E[min(Y, x)] = x - x^2/2: masses 1/4, 1/2, 1/4. */
static void uniform_lev(const double *x, size_t n, double *lev, const void *context)
{
    (void)context;
    for (size_t i = 0; i < n; i++)
        lev[i] = x[i] - 0.5 * x[i] * x[i];
}

static void local_moments_by_hand(void **state)
{
    (void)state;
    struct quo_lattice l;
    assert_int_equal(quo_lattice_discretise(uniform_lev, NULL, 1.0, 2, &l), QUO_OK);
    check_rel(l.mass[0], 0.25, 1e-15, "f_0");
    check_rel(l.mass[1], 0.50, 1e-15, "f_1");
    check_rel(l.mass[2], 0.25, 1e-15, "f_2");
    check_rel(quo_lattice_variance(&l), 0.125, 1e-14, "variance of 0, 1/2, 1");
    quo_lattice_free(&l);
}

/* The law on every other point is what half the cells make of it. */
static void half_of_the_points(void **state)
{
    (void)state;
    const struct lomax heavy = {0.8, 1e4};
    struct quo_lattice fine, half, coarse;
    assert_int_equal(quo_lattice_discretise(lomax_lev, &heavy, 5e6, 2 * 777, &fine), QUO_OK);
    assert_int_equal(quo_lattice_discretise(lomax_lev, &heavy, 5e6, 777, &coarse), QUO_OK);
    assert_int_equal(quo_lattice_halve(&fine, &half), QUO_OK);
    assert_int_equal(half.n, coarse.n);
    check_rel(half.step, coarse.step, 1e-15, "step");
    for (size_t k = 0; k < half.n; k++)
        check_abs(half.mass[k], coarse.mass[k], 1e-13, "point %zu", k);
    const double mean = quo_lattice_mean(&half);
    check_rel(quo_lattice_square(&half), quo_lattice_variance(&half) + mean * mean, 1e-12, "E[Y^2]");
    quo_lattice_free(&half);
    fine.n--;
    assert_int_equal(quo_lattice_halve(&fine, &half), QUO_DOMAIN);
    quo_lattice_free(&fine);
    quo_lattice_free(&coarse);
}

static void negative_masses_come_from_the_next(void **state)
{
    (void)state;
    double mass[200] = {0.0};
    for (int k = 0; k < 200; k++)
        mass[k] = 0.005;
    mass[70] = -1e-17;
    mass[130] = -0.006; /* more than the next holds */
    quo_lattice_clean(mass, 200);
    assert_true(mass[70] == 0.0 && mass[71] == 0.005 - 1e-17 && mass[72] == 0.005);
    assert_true(mass[130] == 0.0 && mass[131] == 0.0);
    check_rel(mass[132], 0.004, 1e-14, "what is left of the second");
    assert_true(mass[133] == 0.005 && mass[199] == 0.005);
}

static void layer_keeps_the_mean_between_points(void **state)
{
    (void)state;
    struct quo_lattice l;
    assert_int_equal(quo_lattice_new(10.0, 6, &l), QUO_OK);
    const double mass[] = {0.1, 0.2, 0.3, 0.2, 0.1, 0.1}; /* amounts 0 10 20 30 40 50 */
    for (size_t k = 0; k < 6; k++)
        l.mass[k] = mass[k];
    /* min(max(Y - 13, 0), 25): 0 0 7 17 25 25, between the points in proportion */
    quo_lattice_layer(&l, 13.0, 25.0);
    check_rel(quo_lattice_mean(&l), 0.3 * 7 + 0.2 * 17 + 0.2 * 25, 1e-14, "mean of the layer");
    check_rel(l.mass[0], 0.3 + 0.3 * 0.3, 1e-14, "nothing paid");
    check_rel(l.mass[1], 0.3 * 0.7 + 0.2 * 0.3, 1e-14, "at 10");
    check_rel(l.mass[2], 0.2 * 0.7 + 0.2 * 0.5, 1e-14, "at 20");
    check_rel(l.mass[3], 0.2 * 0.5, 1e-14, "at 30");
    assert_int_equal(l.n, 4);
    quo_lattice_layer(&l, 0.0, INFINITY);
    assert_int_equal(l.n, 4);
    check_rel(l.mass[3], 0.1, 1e-14, "no terms change nothing");
    quo_lattice_layer(&l, 40.0, 10.0);
    assert_int_equal(l.n, 1);
    check_rel(l.mass[0], 1.0, 1e-14, "a layer above the top pays nothing");
    quo_lattice_free(&l);
}

static void layer_is_of_the_law_not_of_its_mean(void **state)
{
    (void)state;
    /* 0 or 1000 with 1/2 each; 250 xs 500: half of the time 250, though the mean of 500 does not reach the layer. */
    struct quo_lattice l;
    assert_int_equal(quo_lattice_new(250.0, 5, &l), QUO_OK);
    l.mass[0] = l.mass[4] = 0.5;
    quo_lattice_layer(&l, 500.0, 250.0);
    check_rel(quo_lattice_mean(&l), 125.0, 1e-15, "E f(X), not f(E X)");
    quo_lattice_free(&l);
}

static void convex_lev(const double *x, size_t n, double *lev, const void *context)
{
    (void)context;
    for (size_t i = 0; i < n; i++)
        lev[i] = x[i] * x[i];
}

static void nan_lev(const double *x, size_t n, double *lev, const void *context)
{
    (void)context;
    (void)x;
    for (size_t i = 0; i < n; i++)
        lev[i] = NAN;
}

static void impossible_arguments_are_refused(void **state)
{
    (void)state;
    struct quo_lattice l;
    assert_int_equal(quo_lattice_discretise(uniform_lev, NULL, 0.0, 2, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_discretise(uniform_lev, NULL, INFINITY, 2, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_discretise(uniform_lev, NULL, NAN, 2, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_discretise(uniform_lev, NULL, 1.0, 0, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_discretise(convex_lev, NULL, 1.0, 8, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_discretise(nan_lev, NULL, 1.0, 8, &l), QUO_DOMAIN);
    assert_null(l.mass);
    assert_int_equal(quo_lattice_new(1.0, 0, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_new(1.0, (size_t)1 << 60, &l), QUO_DOMAIN);
    assert_int_equal(quo_lattice_new(-1.0, 5, &l), QUO_DOMAIN);
    quo_lattice_free(&l);
    quo_lattice_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capped_mean_is_exact_without_a_mean), cmocka_unit_test(local_moments_by_hand),
        cmocka_unit_test(layer_keeps_the_mean_between_points), cmocka_unit_test(layer_is_of_the_law_not_of_its_mean),
        cmocka_unit_test(half_of_the_points),
        cmocka_unit_test(negative_masses_come_from_the_next),
        cmocka_unit_test(impossible_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
