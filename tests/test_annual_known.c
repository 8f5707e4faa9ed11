/* Contracts that well-known programs price wrong (measured), each with what is right. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "annual_kit.h"
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/simulate.h"
#include "pricing/aggregate/reinstatement.h"
#include "random_contracts.h"

/* A capped cover of a severity of great spread, or without a mean: a grid chosen from unlimited moments is 14 % high or 99 % low. The
 * mean as the grid has it, not the formula's, is looked at; 1,024 points are enough. */
static void capped_covers_of_heavy_severities(void **state)
{
    (void)state;
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.points = 1024;
    struct quo_contract c = annual_kit_lognormal(0.02, log(219000.0), 3.0, 5e6);
    struct quo_annual *a = annual_kit_law(&c, &options);
    check_rel(quo_annual_check(a).mean[1], 24772.78658, 1e-9, "lognormal, sdlog 3 (24,772.78658 in closed form)");
    quo_annual_free(a);
    for (double lambda = 0.001; lambda < 20.0; lambda *= 20.0)
        for (double xi = 0.9; xi < 2.0; xi += 0.15) {
            const double beta = 5e5, mu = 1e5, limit = 5e6;
            c.frequency = quo_frequency_poisson(lambda);
            c.event.severity = quo_severity_simple(QUO_GPD, (const double[]){xi, beta, mu});
            a = annual_kit_law(&c, &options);
            const double excess = beta / (1.0 - xi) * (1.0 - pow(1.0 + xi * (limit - mu) / beta, 1.0 - 1.0 / xi));
            check_rel(quo_annual_check(a).mean[1], lambda * (mu + excess), 1e-9, "xi %g, lambda %g", xi, lambda);
            const struct quo_annual_value tvar = quo_annual_tvar(0.995, a);
            assert_true(tvar.error <= 1e-3 * tvar.value);
            quo_annual_free(a);
        }
}

/* E[min(max(S - 1000, 0), 2000)] of Poisson(10) lognormals of mean 100 and cv 2: by others, rounded to the grid,
 * 226.372395 on 2^18 points and 226.372366 on 2^20; their error goes with the square of the step, so they make for 226.372364. */
static void annual_layer_of_the_usual_example(void **state)
{
    (void)state;
    const double variance = log(5.0);
    struct quo_contract c = annual_kit_lognormal(10.0, log(100.0) - 0.5 * variance, sqrt(variance), INFINITY);
    c.annual_deductible = 1000.0;
    c.annual_limit = 2000.0;
    struct quo_annual *a = annual_kit_law(&c, NULL);
    check_rel(quo_annual_mean(a).value, 226.372364, 3e-9, "annual layer 2000 xs 1000");
    quo_annual_free(a);
}

/* Terms lie on the law, not on its mean: half of the years above, half below the retention. */
static void terms_are_not_laid_on_a_mean(void **state)
{
    (void)state;
    const double coin[] = {0.5, 0.5};
    struct quo_lattice thousand;
    assert_int_equal(quo_lattice_new(1000.0, 2, &thousand), QUO_OK);
    thousand.mass[1] = 1.0;
    struct quo_contract c;
    quo_contract_init(&c);
    c.count = coin;
    c.n_count = 2;
    c.points = &thousand;
    c.annual_deductible = 600.0;
    c.annual_limit = 300.0;
    struct quo_annual *a = annual_kit_law(&c, NULL);
    check_rel(quo_annual_mean(a).value, 150.0, 1e-12, "E f(S); f(E S) would be 0");
    quo_annual_free(a);
    quo_lattice_free(&thousand);
}

/* A retention and a limit that are given are used (elsewhere they are read and forgotten): by hand, two kinds of loss. */
static void policy_terms_are_not_ignored(void **state)
{
    (void)state;
    struct quo_lattice losses;
    assert_int_equal(quo_lattice_new(50.0, 21, &losses), QUO_OK);
    losses.mass[1] = 0.25;  /* 50: retained whole */
    losses.mass[20] = 0.75; /* 1000: 950 above the retention, 500 paid */
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(2.0);
    c.points = &losses;
    c.event.attach = 50.0;
    c.event.limit = 500.0;
    struct quo_annual *a = annual_kit_law(&c, NULL);
    check_rel(quo_annual_mean(a).value, 2.0 * 0.75 * 500.0, 1e-12, "mean");
    check_rel(quo_annual_zero(a).value, exp(-1.5), 1e-12, "years without payment");
    quo_annual_free(a);
    quo_lattice_free(&losses);
}

/* A loss a year is a sum of a random number of losses, not a number times one loss: same mean, another spread. */
static void counts_are_not_factors(void **state)
{
    (void)state;
    struct quo_contract c = annual_kit_lognormal(10.0, 7.0, 0.6, INFINITY);
    struct quo_annual *a = annual_kit_law(&c, NULL);
    const double m = exp(7.18), second = exp(14.0 + 2.0 * 0.36);
    check_rel(quo_annual_mean(a).value, 10.0 * m, 1e-12, "mean");
    check_rel(quo_annual_variance(a).value, 10.0 * second, 1e-11, "variance of the compound Poisson");
    const double product = (10.0 + 100.0) * second - 100.0 * m * m; /* Var(N X) */
    assert_true(product > 3.0 * quo_annual_variance(a).value);
    quo_annual_free(a);
}

/* Schaller and Temnov (2008): Poisson(18), GPD of shape 1. No mean; far out one great loss makes the year. */
static void thick_tail_of_schaller_and_temnov(void **state)
{
    (void)state;
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(18.0);
    c.event.severity = quo_severity_simple(QUO_GPD, (const double[]){1.0, 12000.0, 7000.0});
    struct quo_annual *a = annual_kit_law(&c, NULL);
    assert_true(isinf(quo_annual_mean(a).value) && isinf(quo_annual_tvar(0.99, a).value));
    check_rel(quo_annual_sf(1e12, a).value, 18.0 * quo_severity_Q(1e12, &c.event.severity), 1e-4, "one great loss");
    const struct quo_annual_value var = quo_annual_var(0.999, a);
    check_rel(quo_annual_sf(var.value, a).value, 0.001, 1e-7, "VaR is where the survival function says");
    struct quo_contract capped =
        c; /* the same quantile where each loss is capped above it: what exceeds it does not matter below */
    capped.event.limit = 2.0 * var.value;
    struct quo_annual *b = annual_kit_law(&capped, NULL);
    check_rel(quo_annual_var(0.999, b).value, var.value, 1e-5, "VaR 99.9 from one grid");
    quo_annual_free(a);
    quo_annual_free(b);
}

/* 1,024 points are enough for a small cover of a heavy tail where losses keep their means; rounded to the same points they are 2.4e-4 short. */
static void few_points_price_a_small_heavy_cover(void **state)
{
    (void)state;
    const double limit = 5e6, step = limit / 1024.0;
    struct quo_contract c = annual_kit_lognormal(0.02, log(219000.0), 3.0, limit);
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.points = 1024;
    struct quo_annual *a = annual_kit_law(&c, &options);
    const double exact = 0.02 * quo_severity_lev(limit, 1.0, &c.event.severity);
    check_rel(quo_annual_check(a).mean[1], exact, 3.8e-7, "means kept");
    check_rel(exact, 24772.78658, 1e-9, "closed form");
    quo_annual_free(a);
    double rounded = 0.0; /* E of the capped loss, each on its nearest point */
    for (int k = 1; k <= 1024; k++)
        rounded += step * quo_severity_Q((k - 0.5) * step, &c.event.severity);
    assert_true(fabs(0.02 * rounded / exact - 1.0) > 1e-5);
}

/* Several kinds of secondary loss add up, each as often as it comes: 0.5 of 100 and 0.25 of 400 are 150 an event. */
static void secondary_losses_add_up_and_do_not_multiply(void **state)
{
    (void)state;
    struct quo_lattice kind[2], year;
    const double amount[2] = {100.0, 400.0}, share[2] = {0.5, 0.25};
    const struct quo_frequency events = quo_frequency_poisson(1.0);
    struct quo_component component[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(quo_lattice_new(100.0, 5, &kind[i]), QUO_OK);
        kind[i].mass[(int)(amount[i] / 100.0)] = 1.0;
        component[i] = (struct quo_component){quo_frequency_thin(&events, share[i]), &kind[i]};
    }
    assert_int_equal(quo_compound_fft(component, 2, 256, 0, annual_kit_plans, &year, NULL), QUO_OK);
    check_rel(quo_lattice_mean(&year), 150.0, 1e-12, "mean of a year of one event");
    check_rel(quo_compound_mean(component, 2), 150.0, 1e-14, "by its formula");
    quo_lattice_free(&kind[0]);
    quo_lattice_free(&kind[1]);
    quo_lattice_free(&year);
}

/* Two models that look alike and share a seed are two models: no number of the one is a number of the other. */
static void two_models_of_one_seed_are_independent(void **state)
{
    (void)state;
    enum { YEARS = 40000 };
    struct quo_contract c[2] = {annual_kit_lognormal(3.0, 7.0, 1.0, 1e5), annual_kit_lognormal(3.0, 7.0, 1.0, 1e5)};
    const struct quo_simulation both = {.section = c, .n = 2, .annual_limit = INFINITY, .seed = 42, .years = YEARS};
    double *paid = malloc(YEARS * sizeof *paid), *part = malloc(2 * YEARS * sizeof *part);
    assert_non_null(paid);
    assert_non_null(part);
    assert_int_equal(quo_simulate(&both, paid, part), QUO_OK);
    double sum[2] = {0.0, 0.0}, squares[2] = {0.0, 0.0}, cross = 0.0;
    for (int i = 0; i < YEARS; i++) {
        for (int k = 0; k < 2; k++) {
            sum[k] += part[2 * i + k] / YEARS;
            squares[k] += part[2 * i + k] * part[2 * i + k] / YEARS;
        }
        cross += part[2 * i] * part[2 * i + 1] / YEARS;
    }
    const double sd = sqrt((squares[0] - sum[0] * sum[0]) * (squares[1] - sum[1] * sum[1]));
    check_abs((cross - sum[0] * sum[1]) / sd, 0.0, 4.0 / sqrt(YEARS), "correlation");
    free(paid);
    free(part);
}

/* One law behind a whole exceedance curve: it never rises, and its area is the mean. A curve simulated anew at each point does both wrong. */
static void exceedance_curve_is_of_one_law(void **state)
{
    (void)state;
    struct quo_contract c = annual_kit_lognormal(1.5, 7.0, 1.0, 1e5);
    c.annual_limit = 2e5;
    struct quo_annual *a = annual_kit_law(&c, NULL);
    double before = 1.0, area = 0.0;
    for (int k = 0; k < 99; k++) {
        const double at = 2e5 * k / 99.0, next = 2e5 * (k + 1) / 99.0, sf = quo_annual_sf(at, a).value;
        assert_true(sf <= before);
        before = sf;
        area += quo_annual_stoploss(at, a).value - quo_annual_stoploss(next, a).value;
    }
    check_rel(area, quo_annual_mean(a).value, 1e-9, "area below the curve");
    quo_annual_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capped_covers_of_heavy_severities),
        cmocka_unit_test(annual_layer_of_the_usual_example),
        cmocka_unit_test(terms_are_not_laid_on_a_mean),
        cmocka_unit_test(policy_terms_are_not_ignored),
        cmocka_unit_test(counts_are_not_factors),
        cmocka_unit_test(thick_tail_of_schaller_and_temnov),
        cmocka_unit_test(few_points_price_a_small_heavy_cover),
        cmocka_unit_test(secondary_losses_add_up_and_do_not_multiply),
        cmocka_unit_test(two_models_of_one_seed_are_independent),
        cmocka_unit_test(exceedance_curve_is_of_one_law),
    };
    return cmocka_run_group_tests(tests, annual_kit_open, annual_kit_close);
}
