#include "pricing/aggregate/simulate.h"

#include <math.h>
#include <omp.h>
#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "random_contracts.h"

#define CONTRACTS 200

static struct quo_workspace *plans;

static int make_plans(void **state)
{
    (void)state;
    plans = quo_workspace_new();
    return plans ? 0 : -1;
}

static int free_plans(void **state)
{
    (void)state;
    quo_workspace_free(plans);
    return 0;
}

static struct quo_annual *annual_by(const struct quo_contract *c, enum quo_annual_method method, size_t points)
{
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.method = method;
    options.points = points;
    options.workspace = plans;
    struct quo_annual *a;
    assert_int_equal(quo_annual_new(c, &options, &a, NULL), QUO_OK);
    return a;
}

static void transform_is_panjer_on_200_contracts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONTRACTS; i++) {
        struct random_contract r;
        random_contract_draw(i, &r);
        struct quo_annual *fft = annual_by(&r.contract, QUO_ANNUAL_FFT, 300),
                          *panjer = annual_by(&r.contract, QUO_ANNUAL_PANJER, 300);
        const struct quo_lattice *a = quo_annual_law(fft), *b = quo_annual_law(panjer);
        assert_int_equal(a->n, b->n);
        for (size_t k = 0; k < a->n; k++)
            check_abs(a->mass[k], b->mass[k], 2e-11, "contract %u, point %zu of %zu", i, k, a->n);
        const double most = (double)(a->n - 1) * a->step;
        check_abs(quo_annual_tvar(0.99, fft).value, quo_annual_tvar(0.99, panjer).value, 1e-10 * most,
                  "TVaR of contract %u", i);
        quo_annual_free(fft);
        quo_annual_free(panjer);
    }
}

/* How many of n years do what has chance p: no rarer than one in 10^6 on either side. */
static void check_count(double share, size_t n, double p, const char *what, unsigned contract)
{
    const unsigned k = (unsigned)lrint(share * (double)n), all = (unsigned)n;
    const double p_safe = fmin(fmax(p, 0.0), 1.0), below = gsl_cdf_binomial_P(k, p_safe, all),
                 above = k ? gsl_cdf_binomial_Q(k - 1, p_safe, all) : 1.0;
    if (below < 1e-6 || above < 1e-6)
        fail_msg("contract %u: %u of %u years %s, chance %.10g", contract, k, all, what, p);
}

/* 4,000 simulated years of each contract. All 200: years that pay anything, and that pay more than a middle amount, are binomial with the
 * transform's chances. Where at least 100 years pay: the exact mean, probability of nothing and stop loss; the worst distance in standard
 * errors, and their mean square, are what normal numbers would show. */
static void simulation_is_the_transform_on_200_contracts(void **state)
{
    (void)state;
    const size_t years = 4000;
    double *paid = malloc(years * sizeof *paid), squares = 0.0, worst = 0.0;
    assert_non_null(paid);
    size_t n = 0;
    for (unsigned i = 0; i < CONTRACTS; i++) {
        struct random_contract r;
        random_contract_draw(i, &r);
        struct quo_annual *a = annual_by(&r.contract, QUO_ANNUAL_AUTO, 1024);
        const struct quo_simulation s = {&r.contract, 1, 0.0, INFINITY, 99 + i, years};
        assert_int_equal(quo_simulate(&s, paid, NULL), QUO_OK);
        quo_numeric_sort(paid, years);
        const double middle =
            0.4 * (isfinite(r.contract.annual_limit) ? r.contract.annual_limit
                                                     : r.contract.event.limit * r.contract.event.share);
        const struct quo_estimate mean = quo_sample_mean(paid, years), some = quo_sample_sf(0.0, paid, years),
                                  stop = quo_sample_stoploss(middle, paid, years);
        const double got[] = {mean.value, some.value, stop.value},
                     error[] = {mean.std_error, some.std_error, stop.std_error};
        const double want[] = {quo_annual_mean(a).value, 1.0 - quo_annual_zero(a).value,
                               quo_annual_stoploss(middle, a).value};
        check_count(some.value, years, want[1], "pay", i);
        check_count(quo_sample_sf(middle, paid, years).value, years, quo_annual_sf(middle, a).value, "pay much", i);
        for (int j = 0; j < 3; j++) {
            if (some.value * (double)years < 100.0 || quo_sample_sf(middle, paid, years).value * (double)years < 100.0)
                continue; /* too few years for a normal law of the error */
            const double z = (got[j] - want[j]) / error[j];
            if (fabs(z) > 4.5)
                print_message("contract %u, number %d: got %g, want %g, standard error %g\n", i, j, got[j], want[j],
                              error[j]);
            squares += z * z;
            worst = fmax(worst, fabs(z));
            n++;
        }
        quo_annual_free(a);
    }
    free(paid);
    if (n < 200 || worst > 4.5 || fabs(squares / (double)n - 1.0) > 0.25)
        fail_msg("%zu comparisons: worst %.2f standard errors, mean square %.3f", n, worst, squares / (double)n);
}

static struct quo_contract plain(double lambda, double meanlog)
{
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(lambda);
    c.event.severity = quo_severity_simple(QUO_LOGNORMAL, (const double[]){meanlog, 1.4});
    c.event.limit = 1e5;
    return c;
}

static void years_do_not_depend_on_threads_or_on_other_sections(void **state)
{
    (void)state;
    const size_t years = 500;
    const struct quo_contract c[] = {plain(2.0, 7.0), plain(0.5, 8.0), plain(1.0, 6.0)};
    double one[500], eight[500], *parts[2] = {malloc(2 * years * sizeof(double)), malloc(3 * years * sizeof(double))};
    assert_true(parts[0] && parts[1]);
    struct quo_simulation s = {c, 2, 0.0, INFINITY, 4, years};
    omp_set_num_threads(1);
    assert_int_equal(quo_simulate(&s, one, parts[0]), QUO_OK);
    omp_set_num_threads(8);
    assert_int_equal(quo_simulate(&s, eight, NULL), QUO_OK);
    assert_memory_equal(one, eight, sizeof one);
    s.n = 3;
    assert_int_equal(quo_simulate(&s, eight, parts[1]), QUO_OK);
    for (size_t i = 0; i < years; i++)
        for (size_t j = 0; j < 2; j++)
            assert_true(parts[0][i * 2 + j] == parts[1][i * 3 + j]);
    s.seed = 5;
    s.n = 2;
    assert_int_equal(quo_simulate(&s, eight, NULL), QUO_OK);
    assert_memory_not_equal(one, eight, sizeof one);
    free(parts[0]);
    free(parts[1]);
}

/* A limit shared by sections: its parts add up, and the whole has the law of the limited sum, exact where they are independent. */
static void shared_limit_is_that_of_the_sum(void **state)
{
    (void)state;
    const size_t years = 40000;
    const struct quo_contract c[] = {plain(2.0, 7.0), plain(0.5, 8.0)};
    const struct quo_simulation s = {c, 2, 500.0, 3e4, 11, years};
    double *paid = malloc(years * sizeof *paid), *parts = malloc(2 * years * sizeof *parts);
    assert_true(paid && parts);
    assert_int_equal(quo_simulate(&s, paid, parts), QUO_OK);
    for (size_t i = 0; i < years; i++) {
        check_abs(parts[2 * i] + parts[2 * i + 1], paid[i], 1e-9, "parts of year %zu", i);
        assert_true(paid[i] <= 3e4 * (1.0 + 1e-12));
    }
    struct quo_lattice severity[2], law;
    struct quo_component component[2];
    for (int j = 0; j < 2; j++) {
        assert_int_equal(quo_layer_discretise(&c[j].event, 1e5, 8000, QUO_LAYER_CAPPED, &severity[j]), QUO_OK);
        component[j] = (struct quo_component){c[j].frequency, &severity[j]};
    }
    assert_int_equal(quo_compound_fft(component, 2, 2442, 1, plans, &law, NULL), QUO_OK);
    quo_lattice_layer(&law, 500.0, 3e4);
    const struct quo_estimate mean = quo_sample_mean(paid, years);
    check_abs(mean.value, quo_lattice_mean(&law), 4.0 * mean.std_error, "mean under the shared limit");
    quo_lattice_free(&law);
    quo_lattice_free(&severity[0]);
    quo_lattice_free(&severity[1]);
    free(paid);
    free(parts);
}

/* 200 samples of the same law: the standard errors that they state are the spread that they have. */
static void standard_errors_are_true(void **state)
{
    (void)state;
    enum { SAMPLES = 200, YEARS = 2000, NUMBERS = 6 };
    const struct quo_contract c = plain(2.0, 7.0);
    const struct quo_distortion wang = {QUO_DISTORTION_WANG, 0.5};
    double paid[YEARS], sum[NUMBERS] = {0}, squares[NUMBERS] = {0}, stated[NUMBERS] = {0};
    for (int j = 0; j < SAMPLES; j++) {
        const struct quo_simulation s = {&c, 1, 0.0, INFINITY, 1000 + (uint64_t)j, YEARS};
        assert_int_equal(quo_simulate(&s, paid, NULL), QUO_OK);
        quo_numeric_sort(paid, YEARS);
        const struct quo_estimate e[NUMBERS] = {quo_sample_mean(paid, YEARS),
                                                quo_sample_sf(5000.0, paid, YEARS),
                                                quo_sample_stoploss(5000.0, paid, YEARS),
                                                quo_sample_var(0.9, paid, YEARS),
                                                quo_sample_tvar(0.9, paid, YEARS),
                                                quo_sample_distortion(&wang, paid, YEARS)};
        for (int k = 0; k < NUMBERS; k++) {
            sum[k] += e[k].value;
            squares[k] += e[k].value * e[k].value;
            stated[k] += e[k].std_error / SAMPLES;
        }
    }
    for (int k = 0; k < NUMBERS; k++) {
        const double spread = sqrt((squares[k] - sum[k] * sum[k] / SAMPLES) / (SAMPLES - 1.0));
        check_rel(stated[k], spread, 0.25, "standard error of number %d", k);
    }
}

static void sample_numbers_by_hand(void **state)
{
    (void)state;
    double paid[] = {3.0, 0.0, 1.0, 2.0, 10.0};
    quo_numeric_sort(paid, 5);
    const struct quo_distortion ph = {QUO_DISTORTION_PH, 0.5};
    check_rel(quo_sample_mean(paid, 5).value, 3.2, 1e-15, "mean");
    check_rel(quo_sample_variance(paid, 5).value, 15.7, 1e-14, "variance");
    check_rel(quo_sample_sf(1.0, paid, 5).value, 0.6, 1e-15, "P[S > 1]");
    check_rel(quo_sample_var(0.8, paid, 5).value, 3.0, 1e-15, "VaR 80: a share of 0.8 lies at or below 3");
    check_rel(quo_sample_tvar(0.8, paid, 5).value, 10.0, 1e-14, "TVaR 80");
    check_rel(quo_sample_stoploss(2.5, paid, 5).value, 1.6, 1e-15, "stop-loss");
    check_rel(quo_sample_distortion(&ph, paid, 5).value, sqrt(0.8) + sqrt(0.6) + sqrt(0.4) + 7.0 * sqrt(0.2), 1e-14,
              "ph");
}

static void impossible_simulations_are_refused(void **state)
{
    (void)state;
    double paid[4];
    struct quo_contract c = plain(2.0, 7.0);
    struct quo_simulation s = {&c, 1, 0.0, INFINITY, 4, 4};
    c.frequency = quo_frequency_poisson(1e8);
    assert_int_equal(quo_simulate(&s, paid, NULL), QUO_DOMAIN);
    c = plain(2.0, 7.0);
    c.event.share = 0.0;
    assert_int_equal(quo_simulate(&s, paid, NULL), QUO_DOMAIN);
    c.event.share = 1.0;
    s.annual_limit = -1.0;
    assert_int_equal(quo_simulate(&s, paid, NULL), QUO_DOMAIN);
    s.annual_limit = INFINITY;
    s.years = 0;
    assert_int_equal(quo_simulate(&s, paid, NULL), QUO_DOMAIN);
}

/* Drawn in vectors: the mean and the stop-loss premium of the transform, terms of the event and of the year in it; years that are the same for
 * any number of them. */
static void one_plain_section(void **state)
{
    (void)state;
    enum { YEARS = 200000 };
    static const double par[] = {8.0, 1.4};
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(3.7);
    c.event.severity = quo_severity_simple(QUO_LOGNORMAL, par);
    c.event.attach = 500.0;
    c.event.limit = 80000.0;
    c.event.share = 0.6;
    c.annual_deductible = 2000.0;
    c.annual_limit = 100000.0;
    double *paid = malloc(YEARS * sizeof *paid), *fewer = malloc(5000 * sizeof *fewer);
    assert_true(paid && fewer);
    struct quo_annual *exact = annual_by(&c, QUO_ANNUAL_FFT, 0);
    assert_int_equal(quo_simulate_one(&c, 4, YEARS, paid), QUO_OK);
    assert_int_equal(quo_simulate_one(&c, 4, 5000, fewer), QUO_OK);
    assert_memory_equal(paid, fewer, 5000 * sizeof *paid);
    quo_numeric_sort(paid, YEARS);
    const struct quo_estimate mean = quo_sample_mean(paid, YEARS), over = quo_sample_stoploss(30000.0, paid, YEARS),
                              none = quo_sample_sf(0.0, paid, YEARS);
    check_abs(mean.value, quo_annual_mean(exact).value, 4.0 * mean.std_error, "mean");
    check_abs(over.value, quo_annual_stoploss(30000.0, exact).value, 4.0 * over.std_error, "stop-loss");
    check_abs(none.value, quo_annual_sf(0.0, exact).value, 4.0 * none.std_error, "years that are paid");
    quo_annual_free(exact);
    c.event.share = -1.0;
    assert_int_equal(quo_simulate_one(&c, 4, 10, paid), QUO_DOMAIN);
    free(paid);
    free(fewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_plain_section), cmocka_unit_test(transform_is_panjer_on_200_contracts),
        cmocka_unit_test(simulation_is_the_transform_on_200_contracts),
        cmocka_unit_test(years_do_not_depend_on_threads_or_on_other_sections),
        cmocka_unit_test(shared_limit_is_that_of_the_sum),
        cmocka_unit_test(standard_errors_are_true),
        cmocka_unit_test(sample_numbers_by_hand),
        cmocka_unit_test(impossible_simulations_are_refused),
    };
    return cmocka_run_group_tests(tests, make_plans, free_plans);
}
