#include "check.h"
#include "risk/base/stream.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* philox4x32, 10 rounds: known answers published with Random123 (kat_vectors of [Sal11]). */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } in[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        struct quo_stream stream = {.used = 4};
        memcpy(stream.counter, in[i].counter, sizeof stream.counter);
        memcpy(stream.key, in[i].key, sizeof stream.key);
        for (int k = 0; k < 4; k++)
            assert_int_equal(quo_stream_bits(&stream), in[i].want[k]);
    }
}

/* Each part of the address changes the numbers, and the same address gives the same. */
static void the_address_decides(void **state)
{
    (void)state;
    const struct {
        uint64_t seed, simulation;
        uint32_t entity;
        uint16_t purpose;
    } at[] = {{1, 2, 3, 4},
              {2, 2, 3, 4},
              {1, 3, 3, 4},
              {1, 2, 4, 4},
              {1, 2, 3, 5},
              {1 + (1ull << 32), 2, 3, 4},
              {1, 2 + (1ull << 32), 3, 4},
              {1, 2, 3 + (1u << 16), 4},
              {1, 2, 3, 4 + (1u << 8)},
              {1, 2, 3 + (1u << 31), 4},
              {1, 2 + (1ull << 47), 3, 4}};
    const size_t n = sizeof at / sizeof *at;
    uint64_t first[sizeof at / sizeof *at];
    for (size_t i = 0; i < n; i++) {
        struct quo_stream a = quo_stream_at(at[i].seed, at[i].simulation, at[i].entity, at[i].purpose), b = a;
        first[i] = (uint64_t)quo_stream_bits(&a) << 32 | quo_stream_bits(&a);
        assert_true(first[i] == ((uint64_t)quo_stream_bits(&b) << 32 | quo_stream_bits(&b)));
        for (size_t k = 0; k < i; k++)
            assert_true(first[i] != first[k]);
    }
}

static void uniforms_are_inside_the_open_interval(void **state)
{
    (void)state;
    struct quo_stream stream = {.used = 0, .block = {0, 0, 0xffffffff, 0xffffffff}};
    check_rel(quo_stream_uniform(&stream), 0x1p-53, 0.0, "least");
    check_rel(quo_stream_uniform(&stream), 1.0 - 0x1p-53, 0.0, "greatest");
    struct quo_stream edge = {.used = 0, .block = {0, 0, 0xffffffff, 0xffffffff}};
    const double low = quo_stream_normal(&edge), high = quo_stream_normal(&edge);
    check_rel(low, -high, 1e-15, "symmetric");
    check_rel(high, 8.2095361516013856, 1e-13, "Qinv(2^-53)");
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define SAMPLE 40000

/* Kolmogorov-Smirnov on probabilities of the draws; 1.95 / sqrt(n) is exceeded once in a thousand. The seeds are
 * fixed: a failure is a fault, not chance. */
static void check_uniform(double *p, const char *what)
{
    qsort(p, SAMPLE, sizeof *p, by_size);
    double worst = 0.0;
    for (int i = 0; i < SAMPLE; i++)
        worst = fmax(worst, fmax(fabs(p[i] - (double)i / SAMPLE), fabs(p[i] - (double)(i + 1) / SAMPLE)));
    if (!(worst * sqrt(SAMPLE) < 1.95))
        fail_msg("%s: KS distance %.4g, %.3g of its limit", what, worst, worst * sqrt(SAMPLE) / 1.95);
}

static void continuous_laws(void **state)
{
    (void)state;
    static double p[SAMPLE];
    struct quo_stream stream = quo_stream_at(20260801, 5, 1, 1);
    for (int i = 0; i < SAMPLE; i++)
        p[i] = quo_stream_uniform(&stream);
    check_uniform(p, "uniform");
    for (int i = 0; i < SAMPLE; i++)
        p[i] = gsl_cdf_ugaussian_P(quo_stream_normal(&stream));
    check_uniform(p, "normal");
    for (int i = 0; i < SAMPLE; i++)
        p[i] = -expm1(-quo_stream_exponential(&stream));
    check_uniform(p, "exponential");
    static const double shapes[] = {0.05, 0.3, 0.999, 1.0, 2.385, 30.0, 900.0};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        char what[40];
        snprintf(what, sizeof what, "gamma(%g)", shapes[k]);
        for (int i = 0; i < SAMPLE; i++)
            p[i] = gsl_cdf_gamma_P(quo_stream_gamma(&stream, shapes[k]), shapes[k], 1.0);
        check_uniform(p, what);
    }
}

/* The first numbers of many streams are as good as many numbers of one. */
static void across_streams(void **state)
{
    (void)state;
    static double p[SAMPLE];
    for (uint32_t i = 0; i < SAMPLE; i++) {
        struct quo_stream stream = quo_stream_at(11, i, 0, 0);
        p[i] = quo_stream_uniform(&stream);
    }
    check_uniform(p, "one number of each simulation");
    for (uint32_t i = 0; i < SAMPLE; i++) {
        struct quo_stream stream = quo_stream_at(i, 4, 7, 3);
        p[i] = quo_stream_uniform(&stream);
    }
    check_uniform(p, "one number of each seed");
}

static void moments_of_gamma(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(3, 0, 0, 9);
    const double shape = 1.7;
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 200000; i++) {
        const double x = quo_stream_gamma(&stream, shape);
        sum += x;
        squares += (x - shape) * (x - shape);
    }
    check_abs(sum / 200000, shape, 4.0 * sqrt(shape / 200000), "mean");
    check_rel(squares / 200000, shape, 0.02, "variance");
    assert_true(isnan(quo_stream_gamma(&stream, 0.0)));
    assert_true(isnan(quo_stream_gamma(&stream, -1.0)));
    assert_true(isnan(quo_stream_gamma(&stream, NAN)));
    assert_true(isnan(quo_stream_gamma(&stream, INFINITY)));
}

/* Chi-squared over cells of at least 20 expected counts. */
static void check_poisson(double mean)
{
    enum { n = 60000, most = 4000 };
    static int count[most];
    memset(count, 0, sizeof count);
    const double spread = 6.0 * sqrt(mean) + 10.0;
    const int64_t first = mean > spread ? (int64_t)(mean - spread) : 0;
    const int64_t width = 1 + (int64_t)(2.0 * spread) / (most - 2); /* counts to a cell */
    struct quo_stream stream = quo_stream_at(99, (uint64_t)mean, 0, 3);
    for (int i = 0; i < n; i++) {
        const int64_t k = (quo_stream_poisson(&stream, mean) - first) / width;
        assert_in_range(k, 0, most - 1);
        count[k]++;
    }
    double chi = 0.0, expected = 0.0, seen = 0.0, left = 1.0;
    int cells = 0;
    for (int k = 0; k < most; k++) {
        const double high = (double)(first + (k + 1) * width) - 1.0, low = (double)(first + k * width) - 1.0;
        const double to = gsl_cdf_poisson_P((unsigned)high, mean);
        const double from = low < 0.0 ? 0.0 : gsl_cdf_poisson_P((unsigned)low, mean);
        expected += n * (to - (k == 0 ? 0.0 : from));
        seen += count[k];
        left = 1.0 - to;
        if (expected >= 20.0 && n * left >= 20.0) {
            chi += (seen - expected) * (seen - expected) / expected;
            cells++;
            expected = seen = 0.0;
        }
    }
    chi += expected > 0.0 ? (seen - expected) * (seen - expected) / expected : 0.0;
    const double q = gsl_cdf_chisq_Q(chi, cells);
    if (!(q > 1e-3 && cells >= 2))
        fail_msg("poisson(%g): chi-squared %.1f on %d cells, probability %.2g", mean, chi, cells, q);
}

static void poisson_laws(void **state)
{
    (void)state;
    static const double means[] = {0.5, 3.25, 12.0, 29.99, 30.0, 31.5, 100.0, 1234.5, 40000.0};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        check_poisson(means[i]);
    struct quo_stream stream = quo_stream_at(1, 1, 1, 1);
    assert_true(quo_stream_poisson(&stream, 0.0) == 0);
    assert_true(quo_stream_poisson(&stream, -1.0) == -1);
    assert_true(quo_stream_poisson(&stream, NAN) == -1);
    assert_true(quo_stream_poisson(&stream, 2e9) == -1);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 20000; i++) {
        const double z = ((double)quo_stream_poisson(&stream, 1e9) - 1e9) / sqrt(1e9);
        sum += z;
        squares += z * z;
    }
    check_abs(sum / 20000, 0.0, 4.0 / sqrt(20000), "mean at 1e9");
    check_abs(squares / 20000, 1.0, 4.0 * sqrt(2.0 / 20000), "variance at 1e9");
}

static void below(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(5, 5, 5, 5);
    int count[7] = {0};
    for (int i = 0; i < 70000; i++) {
        const uint32_t k = quo_stream_below(&stream, 7);
        assert_in_range(k, 0, 6);
        count[k]++;
    }
    double chi = 0.0;
    for (int k = 0; k < 7; k++)
        chi += (count[k] - 1e4) * (count[k] - 1e4) / 1e4;
    assert_true(gsl_cdf_chisq_Q(chi, 6) > 1e-3);
    /* With n = 3 2^30 plain multiplication would give every third number twice as often. */
    const uint32_t n = 3u << 30;
    int third[3] = {0};
    for (int i = 0; i < 60000; i++)
        third[quo_stream_below(&stream, n) % 3]++;
    for (int k = 0; k < 3; k++)
        check_abs(third[k], 20000, 500, "remainder %d", k);
    assert_int_equal(quo_stream_below(&stream, 0), 0);
    assert_int_equal(quo_stream_below(&stream, 1), 0);
}

/* Numbers taken many at once are those taken one by one, from any place in a block on. */
static void many_at_once_are_the_same_numbers(void **state)
{
    (void)state;
    for (int before = 0; before < 4; before++)
        for (size_t n = 0; n < 9; n++) {
            struct quo_stream one = quo_stream_at(5, 6, 7, 8), many = one;
            double got[9];
            for (int k = 0; k < before; k++)
                assert_int_equal(quo_stream_bits(&one), quo_stream_bits(&many));
            quo_stream_uniforms(&many, n, got);
            for (size_t k = 0; k < n; k++)
                assert_true(got[k] == quo_stream_uniform(&one));
            assert_true(quo_stream_uniform(&many) == quo_stream_uniform(&one));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once_are_the_same_numbers),
        cmocka_unit_test(known_answers),
        cmocka_unit_test(the_address_decides),
        cmocka_unit_test(uniforms_are_inside_the_open_interval),
        cmocka_unit_test(continuous_laws),
        cmocka_unit_test(across_streams),
        cmocka_unit_test(moments_of_gamma),
        cmocka_unit_test(poisson_laws),
        cmocka_unit_test(below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
