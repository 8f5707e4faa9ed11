/* Contracts that well-known programs price wrong (measured), each with what is right. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "annual_kit.h"
#include "check.h"
#include "contract_rows.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capped_covers_of_heavy_severities),
        cmocka_unit_test(annual_layer_of_the_usual_example),
        cmocka_unit_test(terms_are_not_laid_on_a_mean),
        cmocka_unit_test(policy_terms_are_not_ignored),
        cmocka_unit_test(counts_are_not_factors),
        cmocka_unit_test(thick_tail_of_schaller_and_temnov),
    };
    return cmocka_run_group_tests(tests, annual_kit_open, annual_kit_close);
}
