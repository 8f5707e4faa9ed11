#include "pricing/aggregate/compound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "pricing/aggregate/measures.h"
#include "risk/base/stream.h"

static struct quo_workspace *workspace;

static int make_workspace(void **state)
{
    (void)state;
    workspace = quo_workspace_new();
    return workspace ? 0 : -1;
}

static int free_workspace(void **state)
{
    (void)state;
    quo_workspace_free(workspace);
    return 0;
}

static struct quo_lattice points_of(double step, const double *mass, size_t n)
{
    struct quo_lattice l;
    assert_int_equal(quo_lattice_new(step, n, &l), QUO_OK);
    memcpy(l.mass, mass, n * sizeof *mass);
    return l;
}

static const double dental[] = {0, .15, .2, .25, .125, .075, .05, .05, .05, .025, .025};

static void fft_of_few_points(void **state)
{
    (void)state;
    /* [KPW12] example 9.10 pattern, by hand: Poisson(3) of 1, 2 with 1/2 each: P[S = 0] = e^-3, P[1] = 1.5 e^-3,
     * P[2] = (1.5 + 1.5^2/2) e^-3, P[3] = (1.5^2 + 1.5^3/6) e^-3. */
    const double half[] = {0.0, 0.5, 0.5};
    struct quo_lattice severity = points_of(10.0, half, 3), law;
    const struct quo_component c = {quo_frequency_poisson(3.0), &severity};
    double wrap = NAN;
    assert_int_equal(quo_compound_fft(&c, 1, 5, 0, workspace, &law, &wrap), QUO_OK);
    const double e3 = exp(-3.0);
    check_rel(law.mass[0], e3, 1e-11, "P[S = 0]");
    check_rel(law.mass[1], 1.5 * e3, 1e-11, "P[S = 10]");
    check_rel(law.mass[2], 2.625 * e3, 1e-11, "P[S = 20]");
    check_rel(law.mass[3], 2.8125 * e3, 1e-11, "P[S = 30]");
    assert_true(wrap < 1e-11);
    assert_true(law.step == 10.0);
    quo_lattice_free(&law);
    quo_lattice_free(&severity);
}

/* Wrap-around: a span far too short for the law. The points that are there are right all the same, and what lies
 * beyond is told, not folded back. */
static void wrap_around_does_not_come_back(void **state)
{
    (void)state;
    struct quo_lattice severity = points_of(25.0, dental, 11), wide, tight;
    const struct quo_component c = {quo_frequency_poisson(10.0), &severity};
    assert_int_equal(quo_compound_fft(&c, 1, 400, 0, workspace, &wide, NULL), QUO_OK);
    double wrap;
    assert_int_equal(quo_compound_fft(&c, 1, 32, 0, workspace, &tight, &wrap), QUO_OK);
    double sum = 0.0;
    for (size_t k = 0; k < 32; k++) {
        check_abs(tight.mass[k], wide.mass[k], wrap, "P[S = %zu x 25]", k);
        sum += tight.mass[k];
    }
    check_abs(1.0 - sum, quo_measure_sf(31 * 25.0, &wide), 1e-11, "mass beyond the last point");
    assert_true(1.0 - sum > 0.5);
    check_rel(quo_lattice_mean(&wide), quo_compound_mean(&c, 1), 1e-12, "mean of the wide one");
    quo_lattice_free(&tight);
    quo_lattice_free(&wide);
    quo_lattice_free(&severity);
}

/* A law that may be wrong by so much is, and by no more: it was given no padding. */
static void allowed_error_is_kept(void **state)
{
    (void)state;
    enum { POINTS = 1 << 14 };
    struct quo_lattice severity, strict, loose;
    assert_int_equal(quo_lattice_new(1.0, POINTS, &severity), QUO_OK);
    double left = 1.0;
    for (size_t k = 1; k < POINTS; k++) { /* a Pareto of 1.7 */
        const double above = pow(1.0 + (double)k / 60.0, -1.7);
        severity.mass[k] = left - above;
        left = above;
    }
    severity.mass[POINTS - 1] += left;
    const struct quo_component c = {quo_frequency_poisson(3.0), &severity};
    struct quo_workspace *allowed = quo_workspace_new();
    assert_non_null(allowed);
    quo_workspace_allow(allowed, 1e-8);
    double wrap = NAN, tight = NAN, worst = 0.0;
    assert_int_equal(quo_compound_fft(&c, 1, POINTS, 0, workspace, &strict, &tight), QUO_OK);
    assert_int_equal(quo_compound_fft(&c, 1, POINTS, 0, allowed, &loose, &wrap), QUO_OK);
    for (size_t k = 0; k < POINTS; k++)
        worst = fmax(worst, fabs(loose.mass[k] - strict.mass[k]));
    assert_true(tight < 1e-11 && wrap > 1e-11 && wrap <= 1e-8);
    assert_true(worst > 0.0 && worst <= wrap);
    quo_workspace_free(allowed);
    quo_lattice_free(&loose);
    quo_lattice_free(&strict);
    quo_lattice_free(&severity);
}

static void moments_are_those_of_the_law(void **state)
{
    (void)state;
    struct quo_lattice severity = points_of(25.0, dental, 11), once = points_of(25.0, dental, 6), law;
    const struct quo_component c[] = {{quo_frequency_poisson(4.0), &severity},
                                      {quo_frequency_negbin(2.5, 0.4), &severity},
                                      {{QUO_BINOMIAL, {6.0, 0.3}, false, 0.0}, &severity},
                                      {{QUO_POISSON, {1.5, 0.0}, true, 0.6}, &severity}};
    assert_int_equal(quo_compound_fft(c, 4, 2000, 0, workspace, &law, NULL), QUO_OK);
    check_rel(quo_lattice_mean(&law), quo_compound_mean(c, 4), 1e-11, "mean");
    check_rel(quo_lattice_variance(&law), quo_compound_variance(c, 4), 1e-10, "variance");
    check_rel(quo_measure_skewness(&law), quo_compound_skewness(c, 4), 1e-9, "skewness");
    check_rel(law.mass[0], quo_compound_zero(c, 4), 1e-10, "P[S = 0]");
    quo_lattice_free(&law);
    quo_lattice_free(&once);
    quo_lattice_free(&severity);
}

static void gathered_law_is_the_law_of_the_limited_amount(void **state)
{
    (void)state;
    struct quo_lattice severity = points_of(25.0, dental, 11), wide, limited;
    const struct quo_component c = {quo_frequency_poisson(10.0), &severity};
    assert_int_equal(quo_compound_fft(&c, 1, 400, 0, workspace, &wide, NULL), QUO_OK);
    assert_int_equal(quo_compound_fft(&c, 1, 41, 1, workspace, &limited, NULL), QUO_OK);
    quo_lattice_layer(&wide, 0.0, 1000.0);
    assert_int_equal(wide.n, 41);
    for (size_t k = 0; k < 41; k++)
        check_abs(limited.mass[k], wide.mass[k], 1e-11, "P[min(S, 1000) = %zu x 25]", k);
    quo_lattice_free(&limited);
    quo_lattice_free(&wide);
    quo_lattice_free(&severity);
}

static void convolution_adds_independent_amounts(void **state)
{
    (void)state;
    struct quo_lattice severity = points_of(25.0, dental, 11), a, b, sum, whole;
    const struct quo_component c[] = {{quo_frequency_poisson(2.0), &severity},
                                      {quo_frequency_negbin(1.5, 0.5), &severity}};
    assert_int_equal(quo_compound_fft(&c[0], 1, 300, 0, workspace, &a, NULL), QUO_OK);
    assert_int_equal(quo_compound_fft(&c[1], 1, 300, 0, workspace, &b, NULL), QUO_OK);
    assert_int_equal(quo_compound_convolve(&a, &b, 300, 0, workspace, &sum), QUO_OK);
    assert_int_equal(quo_compound_fft(c, 2, 300, 0, workspace, &whole, NULL), QUO_OK);
    for (size_t k = 0; k < 300; k++)
        check_abs(sum.mass[k], whole.mass[k], 1e-12, "point %zu", k);
    quo_lattice_free(&a);
    quo_lattice_free(&b);
    quo_lattice_free(&sum);
    quo_lattice_free(&whole);
    quo_lattice_free(&severity);
}

static void impossible_sums_are_refused(void **state)
{
    (void)state;
    struct quo_lattice severity = points_of(25.0, dental, 11), other = points_of(10.0, dental, 11), law;
    const struct quo_component mixed[] = {{quo_frequency_poisson(2.0), &severity},
                                          {quo_frequency_poisson(2.0), &other}};
    const struct quo_component bad = {quo_frequency_poisson(-1.0), &severity},
                               none = {quo_frequency_poisson(1.0), NULL};
    assert_int_equal(quo_compound_fft(mixed, 2, 64, 0, workspace, &law, NULL), QUO_DOMAIN);
    assert_int_equal(quo_compound_fft(&bad, 1, 64, 0, workspace, &law, NULL), QUO_DOMAIN);
    assert_int_equal(quo_compound_fft(&none, 1, 64, 0, workspace, &law, NULL), QUO_DOMAIN);
    assert_int_equal(quo_compound_fft(mixed, 0, 64, 0, workspace, &law, NULL), QUO_DOMAIN);
    assert_int_equal(quo_compound_fft(mixed, 1, 0, 0, workspace, &law, NULL), QUO_DOMAIN);
    assert_null(law.mass);
    quo_lattice_free(&other);
    quo_lattice_free(&severity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fft_of_few_points),
        cmocka_unit_test(wrap_around_does_not_come_back),
        cmocka_unit_test(allowed_error_is_kept),
        cmocka_unit_test(moments_are_those_of_the_law),
        cmocka_unit_test(gathered_law_is_the_law_of_the_limited_amount),
        cmocka_unit_test(convolution_adds_independent_amounts),
        cmocka_unit_test(impossible_sums_are_refused),
    };
    return cmocka_run_group_tests(tests, make_workspace, free_workspace);
}
