#include "check.h"
#include "risk/base/money.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"

static void ties_go_to_the_even_cent_of_the_decimal(void **state)
{
    (void)state;
    static const struct {
        double amount;
        int64_t want;
    } in[] = {
        {0.0, 0},
        {1.005, 100},
        {1.015, 102},
        {1.025, 102},
        {1.035, 104},
        {-1.005, -100},
        {-1.015, -102},
        {0.005, 0},
        {0.015, 2},
        {0.0050001, 1},
        {2.675, 268},
        {2.665, 266},
        {1.0050001, 101},
        {1.0049999, 100},
        {123456789.125, 12345678912},
        {123456789.135, 12345678914},
        {1e-300, 0},
        {0.00499, 0},
        {89999999999999.0, 8999999999999900},
        {4.35, 435},
        {1.15, 115},
        {2385.0, 238500},
        {8.325, 832},
        {9007199254740.995, 900719925474099} /* the double is ...994 */,
        {1e13 / 3.0, 333333333333333},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        if (quo_money_round(in[i].amount) != in[i].want)
            fail_msg("%.17g: %lld cents, want %lld", in[i].amount, (long long)quo_money_round(in[i].amount),
                     (long long)in[i].want);
}

/* k/1000 read as a decimal, against whole-number arithmetic. */
static void rounds_every_thousandth(void **state)
{
    (void)state;
    for (int64_t k = 0; k < 400000; k++) {
        const int64_t ten = k / 10, rest = k % 10;
        const int64_t want = ten + (rest > 5 || (rest == 5 && ten % 2 == 1));
        const double amount = (double)k / 1000.0;
        if (quo_money_round(amount) != want || quo_money_round(-amount) != -want)
            fail_msg("%.3f: %lld cents, want %lld", amount, (long long)quo_money_round(amount), (long long)want);
    }
}

static void refuses_what_cents_cannot_hold(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY, 9e13, -9e13, 1e300};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(quo_money_round(bad[i]) == INT64_MIN);
    check_rel(quo_money_rounded(1.234567), 1.23, 0.0, "rounded");
}

static int64_t sum(const int64_t *cents, size_t n)
{
    int64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += cents[i];
    return total;
}

static void apportions_by_largest_remainder(void **state)
{
    (void)state;
    int64_t cents[4];
    quo_money_apportion((const double[]){10.0 / 3, 10.0 / 3, 10.0 / 3}, 3, 10.0, cents);
    assert_true(cents[0] == 334 && cents[1] == 333 && cents[2] == 333); /* a tie goes to the first */
    quo_money_apportion((const double[]){0.004, 0.009, 0.987}, 3, 1.0, cents);
    assert_true(cents[0] == 0 && cents[1] == 1 && cents[2] == 99);
    quo_money_apportion((const double[]){1.15, 2.30, -0.45}, 3, 3.0, cents);
    assert_true(cents[0] == 115 && cents[1] == 230 && cents[2] == -45);
    /* A total that the amounts do not make: each gets its part of the difference. */
    quo_money_apportion((const double[]){1.0, 1.0}, 2, 2.05, cents);
    assert_true(cents[0] == 103 && cents[1] == 102);
    quo_money_apportion((const double[]){1.0, 1.0}, 2, 1.95, cents);
    assert_true(cents[0] == 98 && cents[1] == 97);
    quo_money_apportion((const double[]){1.0, NAN}, 2, 1.0, cents);
    assert_true(cents[0] == INT64_MIN && cents[1] == INT64_MIN);
    quo_money_apportion(NULL, 0, 1.0, NULL);
}

/* Adds up exactly, each share within a cent of its amount, whatever the amounts. */
static void apportioned_cents_add_up(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 3000; k++) {
        struct quo_stream stream = quo_stream_at(7, k, 0, 2);
        const size_t n = 1 + quo_stream_below(&stream, 40);
        double amount[40], total = 0.0;
        int64_t cents[40];
        for (size_t i = 0; i < n; i++) {
            amount[i] = exp(6.0 * quo_stream_normal(&stream)) * (quo_stream_below(&stream, 4) == 0 ? -1.0 : 1.0);
            amount[i] = fmin(fmax(amount[i], -1e10), 1e10);
            total += amount[i];
        }
        quo_money_apportion(amount, n, total, cents);
        if (sum(cents, n) != quo_money_round(total))
            fail_msg("case %llu: %lld cents, want %lld", (unsigned long long)k, (long long)sum(cents, n),
                     (long long)quo_money_round(total));
        for (size_t i = 0; i < n; i++)
            if (!(fabs((double)cents[i] - 100.0 * amount[i]) < 1.01))
                fail_msg("case %llu: %.9g became %lld cents", (unsigned long long)k, amount[i], (long long)cents[i]);
    }
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        double amount;
        int decimals;
        const char *want;
    } in[] = {
        {1234567.891, 2, "1,234,567.89"},
        {999.0, 0, "999"},
        {1000.0, 0, "1,000"},
        {-1234.5, 1, "-1,234.5"},
        {0.0, 2, "0.00"},
        {-0.001, 2, "0.00"},
        {NAN, 2, "n/a"},
        {INFINITY, 0, "inf"},
        {1.015, 2, "1.02"},
        {0.1234567, 6, "0.123457"},
        {123456.0, 3, "123,456.000"},
        {-100.0, 2, "-100.00"},
        {1e15, 0, "1,000,000,000,000,000"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        char text[64];
        assert_int_equal(quo_money_format(in[i].amount, in[i].decimals, text, sizeof text), strlen(in[i].want));
        assert_string_equal(text, in[i].want);
    }
    char huge[600], cut[5];
    assert_int_equal(quo_money_format(1e308, 0, huge, sizeof huge), 309 + 102);
    assert_int_equal(quo_money_format(1234567.0, 0, cut, sizeof cut), 9);
    assert_string_equal(cut, "1,23");
}

static void formats_short(void **state)
{
    (void)state;
    static const struct {
        double amount;
        const char *want;
    } in[] = {
        {1.46e9, "1.46 bn"},  {180e6, "180 M"}, {219e3, "219 k"}, {999499.0, "999 k"},   {999500.0, "1.00 M"},
        {12.0, "12"},         {12.34, "12.3"},  {0.0, "0"},       {-2.5e12, "-2.50 tn"}, {99950.0, "100 k"},
        {5.0e15, "5.00e+15"}, {NAN, "n/a"},     {0.5, "0.50"},    {-0.001, "0.00"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        char text[48];
        quo_money_short(in[i].amount, text, sizeof text);
        assert_string_equal(text, in[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties_go_to_the_even_cent_of_the_decimal),
        cmocka_unit_test(rounds_every_thousandth),
        cmocka_unit_test(refuses_what_cents_cannot_hold),
        cmocka_unit_test(apportions_by_largest_remainder),
        cmocka_unit_test(apportioned_cents_add_up),
        cmocka_unit_test(formats),
        cmocka_unit_test(formats_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
