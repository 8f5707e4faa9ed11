/* Years of a plain compound: sizes are the law's to the stated error, sums have its moments, an address is a year whoever asks. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static double rising(double u, const void *context)
{
    (void)context;
    return u;
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

/* Sizes that tell their number: of years with one loss u is 1 less the sum. */
static double rest(double u, const void *context)
{
    (void)context;
    return 1.0 - u;
}

static double powered(double u, const void *context)
{
    return pow(u, -*(const double *)context);
}

enum { SINGLES = 400 * QUO_PLAINYEARS_BLOCK };

static double *years_of(quo_plainyears_size *size, const void *context)
{
    struct quo_plainyears *plain = NULL;
    double *sum = malloc(SINGLES * sizeof *sum);
    assert_non_null(sum);
    assert_int_equal(quo_plainyears_new(1.0, size, context, &plain), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 3, 0, SINGLES, sum, NULL), QUO_OK);
    quo_plainyears_free(plain);
    return sum;
}

/* The greatest of |Q''| u^2/Q and of |Q'| u/Q over chances u to the end that is nearer, beyond the last 2^-12. */
static void bends(quo_plainyears_size *size, const void *context, double *bend, double *slope)
{
    *bend = *slope = 0.0;
    for (int i = 0; i < 2000; i++)
        for (int side = 0; side < 2; side++) {
            const double u = 0.5 * pow(2.0, -11.0 * (i + 1.0) / 2001.0), h = 1e-3 * u;
            const double low = size(side ? 1.0 - (u - h) : u - h, context), at = size(side ? 1.0 - u : u, context),
                         high = size(side ? 1.0 - (u + h) : u + h, context);
            *bend = fmax(*bend, fabs(high - 2.0 * at + low) / (h * h) * u * u / at);
            *slope = fmax(*slope, fabs(high - low) / (2.0 * h) * u / at);
        }
}

/* Each size beside the law's at the same number: within 2^-19 of the law's bend (straight lines over cells of 2^-8) and 2^-21 of its slope
 * (a number of 32 bits); beyond 2^-12 the law's own. */
static void sizes_are_the_laws(void **state)
{
    (void)state;
    static const double sd15[] = {10.0, 1.5}, sd3[] = {0.0, 3.0}, heavy = 2.0, light = 0.25;
    static const struct {
        quo_plainyears_size *size;
        const void *context;
        double stated; /* in the header, of this law; 0: none */
    } laws[] = {{lognormal, sd15, 8e-6}, {lognormal, sd3, 0.0}, {powered, &heavy, 0.0}, {powered, &light, 0.0}};
    double *count = years_of(one, NULL), *number = years_of(rest, NULL);
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++) {
        double *size = years_of(laws[k].size, laws[k].context), bend, slope, worst = 0.0;
        int far = 0;
        bends(laws[k].size, laws[k].context, &bend, &slope);
        const double bound = 1.01 * (ldexp(bend, -19) + ldexp(slope, -21));
        for (size_t y = 0; y < SINGLES; y++) {
            assert_true((count[y] > 0.0) == (size[y] > 0.0));
            const double u = 1.0 - number[y], last = fmin(u, 1.0 - u);
            if (count[y] != 1.0)
                continue;
            const double exact = laws[k].size(u, laws[k].context);
            if (last < 0x1p-12) {
                far++;
                check_rel(size[y], exact, 1e-16 / last * fmax(slope, 1.0) * 4.0 + 1e-12, "law %zu beyond 2^-12, at %g", k, u);
            } else {
                worst = fmax(worst, fabs(size[y] / exact - 1.0));
            }
        }
        assert_in_range(far, 40, 120); /* 150,684 years of one loss are expected, 73.6 of them there */
        if (worst > bound || (laws[k].stated > 0.0 && bound > laws[k].stated))
            fail_msg("law %zu: relative error %g, bound %g, stated %g", k, worst, bound, laws[k].stated);
        free(size);
    }
    free(count);
    free(number);
}

/* Single losses: as many as there should be in each of 64 equal classes, and in each octave down to the last at either end. */
static void numbers_are_even(void **state)
{
    (void)state;
    double *count = years_of(one, NULL), *number = years_of(rest, NULL), class[64] = {0.0}, octave[2][20] = {{0.0}}, n = 0.0;
    for (size_t y = 0; y < SINGLES; y++) {
        assert_true(count[y] == floor(count[y]));
        if (count[y] != 1.0)
            continue;
        const double u = 1.0 - number[y];
        assert_true(u > 0.0 && u < 1.0);
        n++;
        class[(int)(64.0 * u)]++;
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < 20; k++)
                octave[side][k] += (side ? 1.0 - u : u) < ldexp(0.5, -k);
    }
    double chi = 0.0;
    for (int i = 0; i < 64; i++)
        chi += (class[i] - n / 64.0) * (class[i] - n / 64.0) / (n / 64.0);
    assert_true(chi > 30.0 && chi < 63.0 + 4.0 * sqrt(126.0));
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 20; k++)
            check_abs(octave[side][k], n * ldexp(0.5, -k), 4.0 * sqrt(n * ldexp(0.5, -k)) + 3.0, "side %d, octave %d", side, k);
    free(count);
    free(number);
}

/* Counts beside their law, each of them. */
static void counts_are_poisson(void **state)
{
    (void)state;
    static const double rates[] = {0.05, 1.0, 12.0, 600.0};
    enum { YEARS = 200 * QUO_PLAINYEARS_BLOCK };
    double *count = malloc(YEARS * sizeof *count);
    for (size_t r = 0; r < 4; r++) {
        struct quo_plainyears *plain = NULL;
        double seen[1024] = {0.0}, mass = exp(-rates[r]);
        assert_int_equal(quo_plainyears_new(rates[r], one, NULL, &plain), QUO_OK);
        uint64_t events, losses = 0;
        assert_int_equal(quo_plainyears_run(plain, 11, 0, YEARS, count, &events), QUO_OK);
        for (size_t y = 0; y < YEARS; y++) {
            seen[(int)count[y]]++;
            losses += (uint64_t)count[y];
        }
        assert_int_equal(losses, events); /* each has a size, at the ends of cells too */
        for (int k = 0; k < 1024; mass *= rates[r] / ++k)
            check_abs(seen[k], YEARS * mass, 4.5 * sqrt(YEARS * mass) + 4.0, "count %d of rate %g", k, rates[r]);
        quo_plainyears_free(plain);
    }
    free(count);
}

/* The same bits whatever the processor has: these were found with AVX-512, with AVX2 and with neither. */
static void any_processor_has_the_same_bits(void **state)
{
    (void)state;
    struct quo_plainyears *plain = NULL;
    enum { YEARS = 8 * QUO_PLAINYEARS_BLOCK };
    double *sum = malloc(YEARS * sizeof *sum);
    uint64_t events, hash = 14695981039346656037u;
    assert_int_equal(quo_plainyears_new(9.5, rest, NULL, &plain), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 5, 0, YEARS, sum, &events), QUO_OK);
    for (size_t y = 0; y < YEARS; y++) {
        uint64_t bits;
        memcpy(&bits, &sum[y], sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    assert_int_equal(events, 77904);
    assert_true(hash == 8199657614905529805u);
    quo_plainyears_free(plain);
    free(sum);
}

static void a_year_is_its_address(void **state)
{
    (void)state;
    const double par[] = {0.0, 1.5};
    struct quo_plainyears *plain = NULL;
    double whole[2048], part[300];
    assert_int_equal(quo_plainyears_new(4.0, lognormal, par, &plain), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 1, 0, 2048, whole, NULL), QUO_OK);
    assert_int_equal(quo_plainyears_run(plain, 1, 1024, 300, part, NULL), QUO_OK);
    for (size_t y = 0; y < 300; y++) /* a block that is cut off is that of a whole one */
        assert_true(part[y] == whole[1024 + y]);
    assert_int_equal(quo_plainyears_run(plain, 1, 100, 10, part, NULL), QUO_DOMAIN);
    quo_plainyears_free(plain);
    assert_int_equal(quo_plainyears_new(0.0, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(601.0, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(NAN, lognormal, par, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(1.0, broken, NULL, &plain), QUO_DOMAIN);
    assert_int_equal(quo_plainyears_new(1.0, rising, NULL, &plain), QUO_DOMAIN);
    assert_null(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_have_the_compounds_moments),
        cmocka_unit_test(sizes_are_the_laws),
        cmocka_unit_test(numbers_are_even),
        cmocka_unit_test(counts_are_poisson),
        cmocka_unit_test(any_processor_has_the_same_bits),
        cmocka_unit_test(a_year_is_its_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
