#include "pricing/aggregate/measures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

/* "p(0)=0.94;p(1000000)=0.03": a law on multiples of `step`. */
static struct quo_lattice discrete_law(const char *params, double step)
{
    struct quo_lattice l;
    size_t n = 1;
    for (const char *at = params; (at = strstr(at, "p(")); at += 2)
        n = (size_t)lround(strtod(at + 2, NULL) / step) + 1;
    assert_int_equal(quo_lattice_new(step, n, &l), QUO_OK);
    for (const char *at = params; (at = strstr(at, "p(")); at += 2)
        l.mass[lround(strtod(at + 2, NULL) / step)] = strtod(strchr(at, '=') + 1, NULL);
    return l;
}

/* "principle=wang;lambda=0.25" as a distortion; false for principles that are none. */
static bool distortion_of(const char *arguments, struct quo_distortion *d)
{
    char name[32], text[96];
    if (!ref_text(arguments, "principle", name, sizeof name) || strncmp(name, "expected", 8) == 0 ||
        strncmp(name, "standard", 8) == 0 || strcmp(name, "variance") == 0 || strncmp(name, "cost", 4) == 0)
        return false;
    snprintf(text, sizeof text, "%s:%s", name, strchr(arguments, ';') + 1);
    assert_true(quo_distortion_parse(text, d, NULL));
    return true;
}

static void discrete_distortions_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("distortion.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "dist-discrete", 13) != 0)
            continue;
        struct quo_lattice law = discrete_law(row[i].params, 500000.0);
        struct quo_distortion d;
        const double p = ref_number(row[i].args, "p"), r = ref_number(row[i].args, "r");
        if (strcmp(row[i].quantity, "mean") == 0)
            ref_check(&tally, &row[i], quo_lattice_mean(&law));
        else if (strcmp(row[i].quantity, "variance") == 0)
            ref_check(&tally, &row[i], quo_lattice_variance(&law));
        else if (strcmp(row[i].quantity, "distortion_premium") == 0 && distortion_of(row[i].args, &d))
            ref_check(&tally, &row[i], quo_distortion_price(&d, &law));
        else if (strstr(row[i].args, "cost_of_capital"))
            ref_check(&tally, &row[i],
                      quo_lattice_mean(&law) + r * (quo_measure_tvar(p, &law) - quo_lattice_mean(&law)));
        quo_lattice_free(&law);
    }
    ref_free(row, n);
    ref_done(&tally, 26); /* the other principles and the expenses: test_reference */
}

static struct quo_lattice some_law(void)
{
    struct quo_lattice l;
    assert_int_equal(quo_lattice_new(2.5, 200, &l), QUO_OK);
    double sum = 0.0;
    for (size_t k = 0; k < l.n; k++)
        sum += l.mass[k] = (k % 7 == 3 ? 0.0 : 1.0) * pow(1.0 + (double)k, -1.7);
    for (size_t k = 0; k < l.n; k++)
        l.mass[k] /= sum;
    return l;
}

static void measures_by_hand(void **state)
{
    (void)state;
    struct quo_lattice l = discrete_law("p(0)=0.94;p(1000000)=0.03;p(2500000)=0.02;p(5000000)=0.01", 500000.0);
    check_rel(quo_measure_sf(0.0, &l), 0.06, 1e-14, "P[S > 0]");
    check_rel(quo_measure_sf(1e6, &l), 0.03, 1e-14, "P[S > 1e6]: the point itself is not above it");
    check_rel(quo_measure_sf(999999.0, &l), 0.06, 1e-14, "just below");
    check_rel(quo_measure_sf(-1.0, &l), 1.0, 1e-14, "below 0");
    check_rel(quo_measure_sf(5e6, &l), 0.0, 0.0, "at the top");
    check_rel(quo_measure_sf(1e300, &l), 0.0, 0.0, "far above");
    check_rel(quo_measure_var(0.94, &l), 0.0, 0.0, "VaR at a step of the cdf is the least s that reaches it");
    check_rel(quo_measure_var(0.9400001, &l), 1e6, 1e-15, "just above the step");
    check_rel(quo_measure_var(0.99, &l), 2.5e6, 1e-15, "VaR 99");
    check_rel(quo_measure_var(1.0, &l), 5e6, 1e-15, "VaR 100");
    check_rel(quo_measure_tvar(0.98, &l), 2.5e6 + 2.5e6 * 0.01 / 0.02, 1e-13, "TVaR 98 takes its share of the atom");
    check_rel(quo_measure_tvar(0.0, &l), quo_lattice_mean(&l), 1e-14, "TVaR 0 is the mean");
    check_rel(quo_measure_stoploss(2e6, &l), 0.02 * 5e5 + 0.01 * 3e6, 1e-14, "stop-loss");
    assert_true(isnan(quo_measure_var(1.5, &l)) && isnan(quo_measure_var(NAN, &l)) && isnan(quo_measure_sf(NAN, &l)));
    quo_lattice_free(&l);
}

static void every_distortion_lies_between_mean_and_top(void **state)
{
    (void)state;
    struct quo_lattice l = some_law();
    const double mean = quo_lattice_mean(&l), top = (double)(l.n - 1) * l.step;
    const struct quo_distortion mild[] = {{QUO_DISTORTION_WANG, 0.0},
                                          {QUO_DISTORTION_PH, 1.0},
                                          {QUO_DISTORTION_DUAL_POWER, 1.0},
                                          {QUO_DISTORTION_TVAR, 0.0},
                                          {QUO_DISTORTION_CCOC, 0.0}};
    const double harder[] = {0.7, 0.4, 6.0, 0.97, 0.2};
    for (int i = 0; i < 5; i++) {
        check_rel(quo_distortion_price(&mild[i], &l), mean, 1e-12, "%s without load",
                  quo_distortion_name(mild[i].kind));
        const struct quo_distortion d = {mild[i].kind, harder[i]};
        const double price = quo_distortion_price(&d, &l);
        assert_true(price > mean && price < top);
        check_rel(quo_distortion_implied(d.kind, price, &l), harder[i], 1e-7, "implied %s",
                  quo_distortion_name(d.kind));
        assert_true(isnan(quo_distortion_implied(d.kind, 1.1 * top, &l)));
    }
    assert_true(isnan(quo_distortion_implied(QUO_DISTORTION_PH, 0.9 * mean, &l)));
    const struct quo_distortion tvar = {QUO_DISTORTION_TVAR, 0.97};
    check_rel(quo_distortion_price(&tvar, &l), quo_measure_tvar(0.97, &l), 1e-12, "TVaR as a distortion");
    const struct quo_distortion below = {QUO_DISTORTION_WANG, -0.3};
    check_rel(quo_distortion_implied(QUO_DISTORTION_WANG, quo_distortion_price(&below, &l), &l), -0.3, 1e-9,
              "a price below the mean");
    quo_lattice_free(&l);
}

/* Comonotone parts add: the layers of one amount are paid together, so their distorted prices add up to the whole's. */
static void comonotone_distortions_add(void **state)
{
    (void)state;
    struct quo_lattice whole = some_law(), part[3];
    const double attach[] = {0.0, 60.0, 200.0}, limit[] = {60.0, 140.0, INFINITY};
    const struct quo_distortion d[] = {{QUO_DISTORTION_WANG, 0.4},
                                       {QUO_DISTORTION_PH, 0.6},
                                       {QUO_DISTORTION_DUAL_POWER, 3.0},
                                       {QUO_DISTORTION_TVAR, 0.9},
                                       {QUO_DISTORTION_CCOC, 0.1}};
    for (int j = 0; j < 3; j++) {
        part[j] = some_law();
        quo_lattice_layer(&part[j], attach[j], limit[j]);
    }
    for (int i = 0; i < 5; i++) {
        double sum = 0.0;
        for (int j = 0; j < 3; j++)
            sum += quo_distortion_price(&d[i], &part[j]);
        check_rel(sum, quo_distortion_price(&d[i], &whole), 1e-12, "%s of three layers",
                  quo_distortion_name(d[i].kind));
    }
    for (int j = 0; j < 3; j++)
        quo_lattice_free(&part[j]);
    quo_lattice_free(&whole);
}

static void distortions_are_read_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct quo_distortion d;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_true(quo_distortion_parse("ph:r=0.7", &d, &faults));
    assert_true(d.kind == QUO_DISTORTION_PH && d.parameter == 0.7);
    const char *const bad[] = {
        "wang",
        "wnag:lambda=0.2",
        "wang:r=0.2",
        "ph:r=0",
        "ph:r=1.2",
        "dual_power:k=0.5",
        "tvar:p=1",
        "tvar:p=-0.1",
        "ccoc:rate=-0.1",
        "wang:lambda=nan",
        "wang:lambda=",
        "ph:r=0.7x",
        "",
        ":",
        "=",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(quo_distortion_parse(bad[i], &d, &faults));
        assert_int_equal(faults.n, i + 1);
    }
    assert_string_equal(faults.fault[1].hint, "did you mean 'wang'?");
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_distortions_of_the_table),
        cmocka_unit_test(measures_by_hand),
        cmocka_unit_test(every_distortion_lies_between_mean_and_top),
        cmocka_unit_test(comonotone_distortions_add),
        cmocka_unit_test(distortions_are_read_or_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
