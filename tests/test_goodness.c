#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fitting_data.h"
#include "risk/base/stream.h"
#include "risk/fitting/goodness.h"

enum { POINTS = 200, PURPOSE = 78 };

static double measured(const struct quo_goodness *g, const char *quantity)
{
    return strncmp(quantity, "ks", 2) == 0 ? g->ks : strncmp(quantity, "cvm", 3) == 0 ? g->cvm : g->ad;
}

static void statistics_of_the_reference_fits(void **state)
{
    (void)state;
    if (!shared_data("danish_univariate.csv"))
        skip();
    size_t n;
    struct ref_row *row = ref_read("severity_fits.csv", &n);
    struct ref_tally tally = {0};
    char last[64] = "";
    struct quo_goodness g = {0};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].quantity, "ks") != 0 && strcmp(row[i].quantity, "cvm") != 0 &&
            strcmp(row[i].quantity, "ad") != 0)
            continue;
        if (strcmp(last, row[i].case_id) != 0) {
            struct test_sample sample;
            struct quo_fit fit;
            enum quo_family family = (enum quo_family)0;
            char name[32];
            assert_true(test_sample_read(row[i].params, row[i].args, &sample));
            assert_true(ref_text(row[i].params, "family", name, sizeof name) && quo_family_by_name(name, &family));
            quo_fit_family(&sample.sample, family, NULL, &fit);
            assert_int_equal(quo_goodness_measure(&sample.sample, &fit.severity, &g), QUO_OK);
            test_sample_free(&sample);
            snprintf(last, sizeof last, "%s", row[i].case_id);
        }
        ref_check(&tally, &row[i], measured(&g, row[i].quantity));
    }
    ref_free(row, n);
    ref_done(&tally, 186);
}

static double fully_specified(const struct ref_row *row)
{
    struct test_sample sample;
    struct quo_goodness g;
    enum quo_family family = (enum quo_family)0;
    char name[32];
    double par[4] = {0};
    assert_true(test_sample_read(row->params, "", &sample));
    assert_true(ref_text(row->params, "family", name, sizeof name) && quo_family_by_name(name, &family));
    for (int i = 0; i < quo_family_parameters(family); i++)
        par[i] = ref_number(row->params, quo_family_parameter_name(family, i));
    const struct quo_severity s = quo_severity_simple(family, par);
    assert_int_equal(quo_goodness_measure(&sample.sample, &s, &g), QUO_OK);
    test_sample_free(&sample);
    if (!strstr(row->quantity, "_p_"))
        return measured(&g, row->quantity);
    return strncmp(row->quantity, "ks", 2) == 0    ? quo_goodness_ks_p_value(g.ks, g.n)
           : strncmp(row->quantity, "cvm", 3) == 0 ? quo_goodness_cvm_p_value(g.cvm, g.n)
                                                   : quo_goodness_ad_p_value(g.ad, g.n);
}

static void laws_of_the_statistics(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("goodness_of_fit.csv", &n);
    struct ref_tally tally = {0};
    const bool data = shared_data("dental_individual.csv");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].quantity, "ad_cdf") == 0)
            ref_check(&tally, &row[i], quo_goodness_ad_limit(ref_number(row[i].args, "x")));
        else if (strcmp(row[i].quantity, "cvm_cdf") == 0)
            ref_check(&tally, &row[i], quo_goodness_cvm_limit(ref_number(row[i].args, "x")));
        else if (strncmp(row[i].case_id, "gof-", 4) == 0 && data)
            ref_check(&tally, &row[i], fully_specified(&row[i]));
    }
    ref_free(row, n); /* forward stop and the power law: test_tail.c */
    ref_done(&tally, data ? 33 : 9);
}

static void draw_from(const struct quo_severity *s, double floor, uint64_t seed, double *x, size_t n)
{
    struct quo_stream stream = quo_stream_at(seed, 0, 0, PURPOSE);
    const double beyond = quo_severity_Q(floor, s);
    for (size_t i = 0; i < n; i++)
        x[i] = quo_severity_Qinv(beyond * quo_stream_uniform(&stream), s);
}

static void floors_of_each_record_are_seen(void **state)
{
    (void)state;
    const struct quo_severity s = quo_severity_simple(QUO_LOGNORMAL, (const double[]){12.0, 2.0});
    double x[POINTS], floor[POINTS], one;
    for (size_t i = 0; i < POINTS; i++) {
        floor[i] = i % 2 ? 1e5 : 1e6;
        draw_from(&s, floor[i], 1000 + i, &one, 1);
        x[i] = one;
    }
    struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    struct quo_goodness g;
    quo_goodness_measure(&sample, &s, &g);
    assert_true(quo_goodness_ad_p_value(g.ad, POINTS) < 1e-4); /* floors not told: a wrong law */
    sample.truncation = floor;
    quo_goodness_measure(&sample, &s, &g);
    assert_true(quo_goodness_ad_p_value(g.ad, POINTS) > 0.01);
    assert_true(quo_goodness_ks_p_value(g.ks, POINTS) > 0.01);
}

static void far_tails_stay_finite(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, 5000.0};
    const struct quo_severity s = quo_severity_simple(QUO_EXPONENTIAL, (const double[]){1.0});
    const struct quo_sample sample = quo_likelihood_sample(x, 3);
    struct quo_goodness g;
    quo_goodness_measure(&sample, &s, &g);
    assert_true(isfinite(g.ad) && g.ad > 1000.0);
}

/* The same p for one thread and for three; rejected where the law is wrong, uniform enough where it is right. */
static void bootstrap_p_values(void **state)
{
    (void)state;
    const struct quo_severity right = quo_severity_simple(QUO_LOGNORMAL, (const double[]){12.0, 2.0});
    double x[POINTS];
    struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    struct quo_goodness_test one, three;
    struct quo_fit fit;
    sample.floor = 1e5;
    draw_from(&right, sample.floor, 3, x, POINTS);
    assert_int_equal(quo_fit_family(&sample, QUO_LOGNORMAL, NULL, &fit), QUO_OK);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    assert_int_equal(quo_goodness_bootstrap(&sample, &fit, NULL, 199, 7, &one), QUO_OK);
    omp_set_num_threads(3);
    assert_int_equal(quo_goodness_bootstrap(&sample, &fit, NULL, 199, 7, &three), QUO_OK);
    omp_set_num_threads(threads);
    assert_true(one.p_ad == three.p_ad && one.p_ks == three.p_ks && one.p_cvm == three.p_cvm &&
                one.p_ad_upper == three.p_ad_upper);
    assert_true(one.p_ad > 0.02 && one.p_ad < 1.0);
    sample.floor = 0.0;
    assert_int_equal(quo_fit_family(&sample, QUO_EXPONENTIAL, NULL, &fit), QUO_OK);
    assert_int_equal(quo_goodness_bootstrap(&sample, &fit, NULL, 199, 7, &three), QUO_OK);
    check_rel(three.p_ad, 1.0 / 200.0, 1e-12, "a wrong law");
}

/* Stephens' table for the normal with both parameters fitted: A2 (1 + .75/n + 2.25/n^2) passes .752 with 5 %, .631 with 10 %. [DS86] */
static void bootstrap_agrees_with_stephens(void **state)
{
    (void)state;
    const struct quo_severity law = quo_severity_simple(QUO_LOGNORMAL, (const double[]){0.0, 1.0});
    double x[POINTS];
    const struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    struct quo_fit fit;
    draw_from(&law, 0.0, 4, x, POINTS);
    quo_fit_family(&sample, QUO_LOGNORMAL, NULL, &fit);
    struct quo_goodness_test test;
    quo_goodness_bootstrap(&sample, &fit, NULL, 999, 11, &test);
    const double a = test.observed.ad * (1.0 + 0.75 / POINTS + 2.25 / POINTS / POINTS);
    /* p-value formula of the same table for .34 < A* < .6 and .2 < A* < .34 */
    const double p = a > 0.6    ? exp(1.2937 - 5.709 * a + 0.0186 * a * a)
                     : a > 0.34 ? exp(0.9177 - 4.279 * a - 1.38 * a * a)
                     : a > 0.2  ? 1.0 - exp(-8.318 + 42.796 * a - 59.938 * a * a)
                                : 1.0 - exp(-13.436 + 101.14 * a - 223.73 * a * a);
    check_abs(test.p_ad, p, 4.0 * sqrt(p * (1.0 - p) / 999.0) + 0.01, "A* %g", a);
}

static void plots_are_consistent(void **state)
{
    (void)state;
    const struct quo_severity law = quo_severity_simple(QUO_WEIBULL, (const double[]){0.8, 1e6});
    double x[POINTS], sorted[POINTS], empirical[POINTS], model[POINTS], quantile[POINTS];
    struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    sample.floor = 1e4;
    draw_from(&law, sample.floor, 5, x, POINTS);
    assert_int_equal(quo_goodness_plot(&sample, &law, sorted, empirical, model, quantile), POINTS);
    for (size_t i = 0; i < POINTS; i++) {
        assert_true(i == 0 || sorted[i] >= sorted[i - 1]);
        const double p = 1.0 - quo_severity_Q(quantile[i], &law) / quo_severity_Q(1e4, &law);
        check_abs(p, empirical[i], 1e-12, "quantile");
        check_abs(model[i], 1.0 - quo_severity_Q(sorted[i], &law) / quo_severity_Q(1e4, &law), 1e-12, "model");
    }
}

static void the_right_family_scores_higher(void **state)
{
    (void)state;
    const struct quo_severity law = quo_severity_simple(QUO_LOGNORMAL, (const double[]){12.0, 1.5});
    double x[POINTS], right, wrong, error, again;
    const struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    draw_from(&law, 0.0, 6, x, POINTS);
    assert_int_equal(quo_goodness_log_score(&sample, QUO_LOGNORMAL, NULL, 5, 9, &right, &error), QUO_OK);
    assert_int_equal(quo_goodness_log_score(&sample, QUO_EXPONENTIAL, NULL, 5, 9, &wrong, &error), QUO_OK);
    assert_int_equal(quo_goodness_log_score(&sample, QUO_LOGNORMAL, NULL, 5, 9, &again, &error), QUO_OK);
    assert_true(right > wrong && right == again && error > 0.0);
    assert_int_equal(quo_goodness_log_score(&sample, QUO_LOGNORMAL, NULL, 1, 9, &again, &error), QUO_REFUSED);
    assert_int_equal(quo_goodness_log_score(&sample, QUO_LOGNORMAL, NULL, POINTS, 9, &again, &error), QUO_REFUSED);
}

static void nothing_to_measure_is_refused(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0};
    const bool censored[] = {true, true};
    struct quo_sample sample = quo_likelihood_sample(x, 2);
    const struct quo_severity law = quo_severity_simple(QUO_EXPONENTIAL, (const double[]){1.0});
    struct quo_goodness g;
    sample.censored = censored;
    assert_int_equal(quo_goodness_measure(&sample, &law, &g), QUO_REFUSED);
    sample.n = 0;
    assert_int_equal(quo_goodness_measure(&sample, &law, &g), QUO_REFUSED);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_of_the_reference_fits),
        cmocka_unit_test(laws_of_the_statistics),
        cmocka_unit_test(floors_of_each_record_are_seen),
        cmocka_unit_test(far_tails_stay_finite),
        cmocka_unit_test(bootstrap_p_values),
        cmocka_unit_test(bootstrap_agrees_with_stephens),
        cmocka_unit_test(plots_are_consistent),
        cmocka_unit_test(the_right_family_scores_higher),
        cmocka_unit_test(nothing_to_measure_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
