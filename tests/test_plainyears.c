/* Years of a plain compound: sizes are the law's to the stated error, sums have its moments, an address is a year whoever asks. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/aggregate/plainyears.h"
#include "risk/base/numeric.h"

static double lognormal(double u, const void *context)
{
    const double *mean_sd = context;
    return exp(mean_sd[0] + mean_sd[1] * quo_normal_Qinv(u));
}

static double one(double u, const void *context)
{
    (void)u;
    (void)context;
    return 1.0;
}

static double broken(double u, const void *context)
{
    (void)context;
    return u < 0.01 ? INFINITY : 1.0;
}

static void sums_have_the_compounds_moments(void **state)
{
    (void)state;
    static const double rates[] = {0.3, 10.0, 250.0};
    for (size_t k = 0; k < 3; k++) {
        const double par[] = {2.0, 1.0}, n = 60000.0;
        struct quo_plainyears *plain = NULL;
        double *total = malloc(60000 * sizeof *total), mean = 0.0, squares = 0.0, least = 0.0;
        uint64_t events;
        assert_int_equal(quo_plainyears_new(rates[k], lognormal, par, &plain), QUO_OK);
        assert_int_equal(quo_plainyears_run(plain, 7, 0, 60000, total, &events), QUO_OK);
        for (size_t y = 0; y < 60000; y++) {
            mean += total[y] / n;
            squares += total[y] * total[y] / n;
            least += total[y] == 0.0;
        }
        const double m1 = exp(2.5), m2 = exp(6.0), sd = sqrt(rates[k] * m2);
        check_abs((double)events / n, rates[k], 4.0 * sqrt(rates[k] / n), "events of rate %g", rates[k]);
        check_abs(mean, rates[k] * m1, 4.0 * sd / sqrt(n), "mean of rate %g", rates[k]);
        check_rel(squares - mean * mean, rates[k] * m2, 0.1, "variance of rate %g", rates[k]);
        check_abs(least / n, exp(-rates[k]), 4.0 * sqrt(exp(-rates[k]) / n) + 1e-12, "empty years of rate %g", rates[k]);
        quo_plainyears_free(plain);
        free(total);
    }
}

/* With sizes of 1 the sums are the counts; with the same numbers, sizes of u itself show every cell through its mean and square. */
static double itself(double u, const void *context)
{
    (void)context;
    return u;
}

static double powered(double u, const void *context)
{
    (void)context;
    return pow(u, -0.4);
}

static void sizes_are_right_in_every_cell(void **state)
{
    (void)state;
    enum { YEARS = 25600 };
    struct quo_plainyears *ones = NULL, *selves = NULL, *powers = NULL;
    double *count = malloc(YEARS * sizeof *count), *sum = malloc(YEARS * sizeof *sum), all = 0.0, of_u = 0.0, of_power = 0.0,
           exact = 0.0, n = 0.0;
    assert_int_equal(quo_plainyears_new(1.0, one, NULL, &ones), QUO_OK);
    assert_int_equal(quo_plainyears_new(1.0, itself, NULL, &selves), QUO_OK);
    assert_int_equal(quo_plainyears_new(1.0, powered, NULL, &powers), QUO_OK);
    assert_int_equal(quo_plainyears_run(ones, 3, 0, YEARS, count, NULL), QUO_OK);
    assert_int_equal(quo_plainyears_run(selves, 3, 0, YEARS, sum, NULL), QUO_OK);
    double *power = malloc(YEARS * sizeof *power);
    assert_int_equal(quo_plainyears_run(powers, 3, 0, YEARS, power, NULL), QUO_OK);
    for (size_t y = 0; y < YEARS; y++) {
        all += count[y];
        of_u += sum[y];
        assert_true(count[y] == floor(count[y]) && (count[y] > 0.0) == (sum[y] > 0.0));
        if (count[y] == 1.0) { /* one loss: its number, and its size by the power law */
            check_rel(power[y], pow(sum[y], -0.4), 2e-5, "size at %g", sum[y]);
            exact += pow(sum[y], -0.4);
            of_power += power[y];
            n++;
        }
    }
    check_abs(of_u / all, 0.5, 4.0 * sqrt(1.0 / 12.0 / all), "mean of the numbers");
    assert_true(n > 8000.0);
    check_rel(of_power, exact, 1e-5, "mean of the sizes");
    quo_plainyears_free(ones);
    quo_plainyears_free(selves);
    quo_plainyears_free(powers);
    free(count);
    free(sum);
    free(power);
}

static void a_year_is_its_address(void **state)
{
    (void)state;
    const double par[] = {0.0, 1.5};
    struct quo_plainyears *plain = NULL;
    double whole[1000], part[1000];
    assert_int_equal(quo_plainyears_new(4.0, lognormal, par, &plain), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 1, 0, 1000, whole, NULL), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 1, 512, 300, part, NULL), QUO_OK);
    for (size_t y = 0; y < 256; y++) /* a block that is not cut off */
        assert_true(part[y] == whole[512 + y]);
    assert_int_equal(quo_plainyears_run(plain, 1, 100, 10, part, NULL), QUO_DOMAIN);
    quo_plainyears_free(plain);
    assert_int_equal(quo_plainyears_new(0.0, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(601.0, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(NAN, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(1.0, broken, NULL, &plain), QUO_DOMAIN);
    assert_null(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_have_the_compounds_moments),
        cmocka_unit_test(sizes_are_right_in_every_cell),
        cmocka_unit_test(a_year_is_its_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
