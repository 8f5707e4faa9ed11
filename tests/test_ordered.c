/* Quantiles and tail means of numbers in order, by hand and against a law that is known; draws from weights; sizes from chances. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "hazards.h"
#include "pricing/portfolio/alias.h"
#include "pricing/portfolio/ordered.h"
#include "pricing/portfolio/sizetable.h"
#include "risk/base/stream.h"

static void ten_years_by_hand(void **state)
{
    (void)state;
    int64_t cents[] = {700, 0, 300, 0, 500, 0, 700, 100, 900, 0};
    quo_ordered_sort(cents, 10);
    check_rel(quo_ordered_var(0.9, cents, 10, NULL, NULL), 7.0, 0.0, "the ninth of ten");
    check_rel(quo_ordered_tvar(0.9, cents, 10).value, 9.0, 1e-12, "the last of ten");
    check_rel(quo_ordered_tvar(0.75, cents, 10).value, (9.0 + 7.0 + 0.5 * 7.0) / 2.5, 1e-12, "two and a half years");
    const struct quo_tail tail = quo_ordered_tail(0.75, cents, 10);
    assert_true(tail.var == 700 && tail.above == 1 && tail.at == 2);
    check_rel((double)tail.above + tail.share_at * (double)tail.at, tail.years, 1e-12, "weights add up to the tail");
    struct quo_estimate sd;
    check_rel(quo_ordered_mean(cents, 10, &sd).value, 3.2, 1e-12, "mean");
    check_rel(sd.value, sqrt((4 * 3.2 * 3.2 + 2.2 * 2.2 + 0.2 * 0.2 + 1.8 * 1.8 + 2 * 3.8 * 3.8 + 5.8 * 5.8) / 9.0),
              1e-12, "sd");
    check_rel(quo_ordered_return(5.0, cents, 10).loss, 7.0, 0.0, "once in five years");
    check_rel(quo_ordered_tvar(0.0, cents, 10).value, 3.2, 1e-12, "all years");
    check_rel(quo_ordered_tvar(0.5, cents, 1).value, 0.0, 0.0, "one year");
}

/* Exponential years: VaR = -log(1 - p), TVaR one more; 200 samples show whether the stated errors and intervals are right. */
static void errors_are_as_stated(void **state)
{
    (void)state;
    enum { YEARS = 4000, SAMPLES = 200 };
    int64_t *cents = malloc(YEARS * sizeof *cents);
    double squares = 0.0, stated = 0.0;
    int inside = 0;
    for (uint64_t s = 0; s < SAMPLES; s++) {
        struct quo_stream stream = quo_stream_at(11, s, 0, 62);
        for (size_t y = 0; y < YEARS; y++)
            cents[y] = llrint(1e8 * quo_stream_exponential(&stream));
        quo_ordered_sort(cents, YEARS);
        const struct quo_return_point point = quo_ordered_return(50.0, cents, YEARS);
        const struct quo_estimate tvar = quo_ordered_tvar(0.98, cents, YEARS);
        inside += point.low <= 1e6 * log(50.0) && 1e6 * log(50.0) <= point.high;
        squares += pow(tvar.value - 1e6 * (1.0 + log(50.0)), 2.0) / SAMPLES;
        stated += tvar.std_error / SAMPLES;
    }
    assert_in_range(inside, 180, 199); /* 95 % of 200 are 190, sd 3.1 */
    check_rel(sqrt(squares), stated, 0.2, "error of TVaR");
    free(cents);
}

static void alias_draws_by_weight(void **state)
{
    (void)state;
    static const double weight[] = {0.0, 3.0, 1.0, 0.0, 6.0, 1e-3, 2.0};
    enum { N = 7, DRAWS = 200000 };
    struct quo_alias alias;
    int count[N] = {0};
    struct quo_stream stream = quo_stream_at(12, 0, 0, 62);
    assert_int_equal(quo_alias_new(weight, N, &alias), QUO_OK);
    for (int i = 0; i < DRAWS; i++)
        count[quo_alias_pick(&alias, quo_stream_uniform(&stream))]++;
    for (int i = 0; i < N; i++) {
        const double p = weight[i] / alias.total;
        check_abs(count[i], p * DRAWS, 4.0 * sqrt(p * DRAWS) + (weight[i] > 0.0), "entry %d", i);
    }
    quo_alias_free(&alias);
    const double bad[] = {1.0, -1.0}, lost[] = {NAN}, none[] = {0.0, 0.0};
    assert_int_equal(quo_alias_new(bad, 2, &alias), QUO_DOMAIN);
    assert_int_equal(quo_alias_new(lost, 1, &alias), QUO_DOMAIN);
    assert_int_equal(quo_alias_new(bad, 0, &alias), QUO_DOMAIN);
    assert_int_equal(quo_alias_new(none, 2, &alias), QUO_OK);
    assert_int_equal(quo_alias_pick(&alias, 0.9), 0);
    quo_alias_free(&alias);
}

/* Few and many, with signs, twins and extremes: in order, and the same numbers. */
static void amounts_in_order(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(17, 0, 0, 62);
    static const size_t sizes[] = {1, 2, 4096, 4097, 50000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int64_t *x = malloc(sizes[k] * sizeof *x);
        uint64_t sum = 0, after = 0;
        for (size_t i = 0; i < sizes[k]; i++) {
            const uint64_t wide = (uint64_t)quo_stream_bits(&stream) << 32 | quo_stream_bits(&stream);
            x[i] = i % 97 == 0 ? INT64_MIN : i % 89 == 0 ? INT64_MAX : (int64_t)(wide >> (i % 60)) - (i % 3 ? 0 : 1000);
            sum += (uint64_t)x[i];
        }
        quo_ordered_sort(x, sizes[k]);
        for (size_t i = 0; i < sizes[k]; i++) {
            assert_true(i == 0 || x[i - 1] <= x[i]);
            after += (uint64_t)x[i];
        }
        assert_true(sum == after);
        free(x);
    }
}

/* The table turned round is the law: each peril's survival function at the drawn sizes, its mean, its atom at the cap, its bound. */
static void sizes_are_the_laws(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(13, 0, 0, 62);
    for (int round = 0; round < 20; round++) {
        struct quo_hazard hazard[QUO_PERILS];
        struct quo_losstable table;
        const double exposure = 5e7;
        hazards_random(&stream, exposure, hazard);
        quo_peril_set money = 0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            if (hazard[p].present && !quo_peril_in_hours((enum quo_peril)p))
                money |= (quo_peril_set)1 << p;
        assert_int_equal(quo_losstable_new(hazard, money, 240, &table), QUO_OK);
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            struct quo_sizetable sizes;
            if (!(money >> p & 1u))
                continue;
            assert_int_equal(quo_sizetable_new(&table, (enum quo_peril)p, &sizes), QUO_OK);
            double mean = 0.0, before = INFINITY;
            enum { STEPS = 20000 };
            for (int i = 0; i < STEPS; i++) { /* midpoints: no sampling error */
                const double u = (i + 0.5) / STEPS, x = quo_sizetable_draw(u, &sizes);
                if (x > before * (1.0 + 1e-12))
                    fail_msg("size rises with the chance at %g", u);
                before = x;
                mean += x / STEPS;
                if (x > 0.0 && quo_normal_Q(quo_sizetable_bound(x, &sizes)) < u * (1.0 - 1e-6))
                    fail_msg("the bound at %g is %g, drawn from %g", x, quo_normal_Q(quo_sizetable_bound(x, &sizes)), u);
                if (i % 50 == 0 && x > 0.0) { /* around the size itself: where one has a chance of its own, that lies between */
                    const double about[] = {-INFINITY, log(x) - 1e-9, log(x) + 1e-9, INFINITY};
                    double beyond[4];
                    quo_sizetable_beyond(&sizes, about, 4, beyond);
                    assert_true(beyond[0] == 1.0 && beyond[3] == 0.0);
                    if (beyond[1] < u * (1.0 - 1e-5) || beyond[2] > u * (1.0 + 1e-5))
                        fail_msg("beyond %g: %g and %g, drawn from %g", x, beyond[1], beyond[2], u);
                }
            }
            check_rel(mean, quo_loss_lev(exposure, &hazard[p].loss), 1e-3, "mean of peril %d, round %d", p, round);
            quo_sizetable_free(&sizes);
        }
        quo_losstable_free(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ten_years_by_hand), cmocka_unit_test(errors_are_as_stated),
                                       cmocka_unit_test(alias_draws_by_weight), cmocka_unit_test(sizes_are_the_laws),
                                       cmocka_unit_test(amounts_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
