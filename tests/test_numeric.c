#include "check.h"
#include "risk/base/numeric.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include "risk/base/stream.h"

/* Values by power series in 900-digit decimal arithmetic, to 20 digits; arguments are exact doubles. */
static const struct {
    double z, Q, logQ;
} normal_values[] = {
    {-8.25, 0.999999999999999920803, -7.91972631464247765457E-17},
    {-1.375, 0.915434277648664280054, -0.0883567059221892411458},
    {0, 0.5, -0.693147180559945309417},
    {0.5, 0.308537538725986896362, -1.17591176159361860888},
    {2.375, 0.008774475095738361686, -4.7359083295688588502},
    {5.125, 1.48768873187766285006E-7, -15.7208719219958586904},
    {12.3125, 3.87910936091980415292E-35, -79.2348726736608574852},
    {25.4375, 4.85380370291460172379E-143, -327.689905631934905862},
    {36.8125, 5.82513360599513907046E-297, -682.10559068339131884},
    {37.4375, 4.79750886087184377652E-307, -705.325526753297078122},
};

static void normal_tails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof normal_values / sizeof *normal_values; i++) {
        const double z = normal_values[i].z;
        check_rel(quo_normal_Q(z), normal_values[i].Q, 1e-15, "Q(%g)", z);
        check_rel(quo_normal_logQ(z), normal_values[i].logQ, 1e-15, "logQ(%g)", z);
    }
    /* Beyond the underflow, by the continued fraction of Mills' ratio in decimal arithmetic. */
    static const double far[][2] = {{34.9375, -614.787769987746852697},
                                    {35.0625, -619.166335612830795437},
                                    {100.5, -5055.65419524365988703},
                                    {1e10, -50000000000000000023.9}};
    for (size_t i = 0; i < 4; i++)
        check_rel(quo_normal_logQ(far[i][0]), far[i][1], 1e-15, "logQ(%g)", far[i][0]);
    check_rel(quo_normal_Q(INFINITY), 0.0, 0.0, "Q(inf)");
    check_rel(quo_normal_Q(-INFINITY), 1.0, 0.0, "Q(-inf)");
    check_rel(quo_normal_logQ(INFINITY), -INFINITY, 0.0, "logQ(inf)");
    assert_true(isnan(quo_normal_Q(NAN)) && isnan(quo_normal_logQ(NAN)));
}

static void normal_quantiles(void **state)
{
    (void)state;
    static const double in[][2] = {
        {0.2, 0.841621233572914165522},   {0.001, 3.09023230616781353536},  {1e-10, 6.3613409024040561991},
        {1e-100, 21.2734535609653242942}, {1e-300, 37.0470962993611992365}, {1e-307, 37.4793325643215765998},
        {0.9, -1.28155156554460059349},   {0.999, -3.09023230616781327776},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        check_rel(quo_normal_Qinv(in[i][0]), in[i][1], 1e-15, "Qinv(%g)", in[i][0]);
        check_rel(quo_normal_Pinv(in[i][0]), -in[i][1], 1e-15, "Pinv(%g)", in[i][0]);
    }
    check_rel(quo_normal_Qinv(0.0), INFINITY, 0.0, "0");
    check_rel(quo_normal_Qinv(1.0), -INFINITY, 0.0, "1");
    check_abs(quo_normal_Qinv(0.5), 0.0, 1e-16, "a half");
    assert_true(isnan(quo_normal_Qinv(-0.1)) && isnan(quo_normal_Qinv(1.1)) && isnan(quo_normal_Qinv(NAN)));
}

/* Q(Qinv(q)) = q: the error of z enters times z^2. */
static void quantile_inverts_the_tail(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(17, 0, 0, 0);
    for (int i = 0; i < 5000; i++) {
        const double q = exp(-600.0 * quo_stream_uniform(&stream)), z = quo_normal_Qinv(q);
        check_rel(quo_normal_Q(z), q, 4e-16 * (1.0 + z * z), "q = %g", q);
    }
}

static void logs_of_differences_and_sums(void **state)
{
    (void)state;
    static const double in[][2] = {
        {-1e-20, -46.0517018598809137352},      {-1e-05, -11.5129304649660616716}, {-0.5, -0.932752129567188571895},
        {-0.75, -0.639353465040353939708},      {-3.0, -0.0510691809427015865387}, {-40.0, -4.24835425529158900435E-18},
        {-700.0, -9.85967654375977085671E-305},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        check_rel(quo_log1mexp(in[i][0]), in[i][1], 3e-16, "log1mexp(%g)", in[i][0]);
    check_rel(quo_log1mexp(0.0), -INFINITY, 0.0, "at 0");
    assert_true(isnan(quo_log1mexp(0.1)) && isnan(quo_log1mexp(NAN)));
    check_rel(quo_logaddexp(log(3.0), log(4.0)), log(7.0), 1e-15, "3 + 4");
    check_rel(quo_logaddexp(-1000.0, -1000.0), -1000.0 + M_LN2, 1e-15, "far down");
    check_rel(quo_logaddexp(800.0, -800.0), 800.0, 0.0, "far apart");
    check_rel(quo_logaddexp(-INFINITY, 2.5), 2.5, 0.0, "0 + x");
    check_rel(quo_logaddexp(-INFINITY, -INFINITY), -INFINITY, 0.0, "0 + 0");
    check_rel(quo_logaddexp(INFINITY, 1.0), INFINITY, 0.0, "inf");
    assert_true(isnan(quo_logaddexp(NAN, 1.0)) && isnan(quo_logaddexp(1.0, NAN)));
}

static void compensated_sums(void **state)
{
    (void)state;
    check_rel(quo_sum_array((const double[]){1.0, 1e100, 1.0, -1e100}, 4), 2.0, 0.0, "Neumaier's example");
    double x[10000];
    for (int i = 0; i < 10000; i++)
        x[i] = 0.1;
    check_rel(quo_sum_array(x, 10000), 1000.0, 0.0, "ten thousand tenths");
    check_rel(quo_sum_array((const double[]){1.0, INFINITY, 5.0}, 3), INFINITY, 0.0, "inf");
    assert_true(isnan(quo_sum_array((const double[]){INFINITY, -INFINITY}, 2)));
    check_abs(quo_sum_array(NULL, 0), 0.0, 0.0, "nothing");
}

/* n nodes integrate x^(2n-1) and below exactly: 2/(k+1) for even k. */
static void gauss_legendre(void **state)
{
    (void)state;
    double x[64], w[64];
    for (int n = 1; n <= 64; n++) {
        quo_gauss_legendre(n, x, w);
        for (int k = 0; k < 2 * n; k++) {
            struct quo_sum sum = {0.0, 0.0};
            for (int i = 0; i < n; i++)
                quo_sum_add(&sum, w[i] * pow(x[i], k));
            check_abs(quo_sum_value(&sum), k % 2 ? 0.0 : 2.0 / (k + 1), 4e-15, "n = %d, k = %d", n, k);
        }
    }
    double more[65] = {0}, weights[65] = {0};
    quo_gauss_legendre(65, more, weights);
    assert_true(isnan(more[0]) && isnan(weights[64]));
    quo_gauss_legendre(0, NULL, NULL);
}

static double minus_context(double x, void *context) { return cos(x) - *(double *)context; }
static double cube(double x, void *context) { return (void)context, x * x * x; }
static double steep(double x, void *context) { return (void)context, exp(x) - 1e200; }
static double positive(double x, void *context) { return (void)context, 1.0 + x * x; }
static double not_a_number(double x, void *context) { return (void)context, x - x + NAN; }

static void roots(void **state)
{
    (void)state;
    double target = 0.3;
    check_rel(quo_root(minus_context, &target, 0.0, 3.0, 1e-15), acos(0.3), 2e-15, "acos");
    check_rel(quo_root(minus_context, &target, 3.0, 0.0, 1e-15), acos(0.3), 2e-15, "ends swapped");
    check_rel(quo_root(steep, NULL, 0.0, 700.0, 1e-14), 200.0 * M_LN10, 2e-14, "steep");
    check_abs(quo_root(cube, NULL, -1.0, 2.0, 1e-12), 0.0, 1e-100, "at zero no width is small");
    check_rel(quo_root(cube, NULL, 0.0, 2.0, 1e-12), 0.0, 0.0, "root at an end");
    check_rel(quo_root(cube, NULL, -2.0, 0.0, 1e-12), 0.0, 0.0, "root at the other");
    assert_true(isnan(quo_root(positive, NULL, -1.0, 1.0, 1e-12)));
    assert_true(isnan(quo_root(not_a_number, NULL, -1.0, 1.0, 1e-12)));
    assert_true(isnan(quo_root(cube, NULL, -INFINITY, 1.0, 1e-12)));
}

static double gaussian(double x, void *context) { return (void)context, exp(-0.5 * x * x); }
static double exponential(double x, void *context) { return (void)context, exp(-x); }
static double pole(double x, void *context) { return (void)context, 1.0 / x; }
static double square(double x, void *context) { return (void)context, x * x; }

static void integrals(void **state)
{
    (void)state;
    double error = -1.0;
    check_rel(quo_integral(square, NULL, 0.0, 3.0, 1e-12, &error), 9.0, 1e-14, "x^2");
    assert_true(error >= 0.0 && error < 1e-10);
    check_rel(quo_integral(square, NULL, 3.0, 0.0, 1e-12, NULL), -9.0, 1e-14, "backwards");
    check_rel(quo_integral(gaussian, NULL, -INFINITY, INFINITY, 1e-12, &error), sqrt(2.0 * M_PI), 1e-12, "whole line");
    check_rel(quo_integral(exponential, NULL, 2.0, INFINITY, 1e-12, &error), exp(-2.0), 1e-12, "upper half");
    check_rel(quo_integral(gaussian, NULL, -INFINITY, -3.0, 1e-12, &error), sqrt(2.0 * M_PI) * quo_normal_Q(3.0), 1e-12,
              "lower half");
    check_rel(quo_integral(square, NULL, 2.0, 2.0, 1e-12, &error), 0.0, 0.0, "no width");
    check_rel(error, 0.0, 0.0, "nor error");
    assert_true(isnan(quo_integral(pole, NULL, 0.0, 1.0, 1e-10, &error)));
    assert_true(isnan(quo_integral(not_a_number, NULL, 0.0, 1.0, 1e-10, &error)));
    assert_true(isnan(quo_integral(square, NULL, NAN, 1.0, 1e-10, &error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_tails),
        cmocka_unit_test(normal_quantiles),
        cmocka_unit_test(quantile_inverts_the_tail),
        cmocka_unit_test(logs_of_differences_and_sums),
        cmocka_unit_test(compensated_sums),
        cmocka_unit_test(gauss_legendre),
        cmocka_unit_test(roots),
        cmocka_unit_test(integrals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
