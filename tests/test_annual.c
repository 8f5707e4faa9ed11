#include "pricing/aggregate/annual.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/reinstatement.h"
#include "random_contracts.h"

static struct quo_workspace *plans; /* shared: planning is a good part of a small law's time */

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

static struct quo_annual *annual_of(const struct quo_contract *c, const struct quo_annual_options *with)
{
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.workspace = plans;
    struct quo_annual *a = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    if (quo_annual_new(c, with ? with : &options, &a, &faults) != QUO_OK)
        fail_msg("refused: %s", faults.n ? faults.fault[0].text : "no reason");
    quo_faults_free(&faults);
    return a;
}

/* E[S given S > VaR], which actuar calls CTE, beside the TVaR that takes its share of the atom. */
static double strict_tail_mean(double p, struct quo_annual *a)
{
    const double var = quo_annual_var(p, a).value;
    return var + quo_annual_stoploss(var, a).value / quo_annual_sf(var, a).value;
}

static double reinstated(const struct ref_row *row, const struct row_contract *r)
{
    struct row_contract c = *r;
    double rate[8];
    size_t n = ref_numbers(row->args, "reinstatements", rate, 8);
    char none[16];
    if (ref_text(row->args, "reinstatements", none, sizeof none) && strcmp(none, "none") == 0)
        n = 0;
    const double limit = ref_number(row->params, "limit"), each = ref_number(row->params, "reinstatement_rate");
    if (!isnan(each)) {
        n = (size_t)ref_number(row->params, "reinstatements");
        for (size_t k = 0; k < n; k++)
            rate[k] = each;
    }
    c.contract.annual_limit = limit * (double)(n + 1);
    struct quo_annual *a = annual_of(&c.contract, NULL);
    struct quo_reinstatement_price price;
    assert_int_equal(quo_reinstatement_price(limit, rate, n, a, &price), QUO_OK);
    quo_annual_free(a);
    return strcmp(row->quantity, "expected_cover") == 0    ? price.expected_cover
           : strcmp(row->quantity, "initial_premium") == 0 ? price.initial_premium
                                                           : price.expected_multiple;
}

static double layered(const struct ref_row *row, const struct row_contract *r)
{
    struct row_contract c = *r;
    c.contract.annual_deductible = ref_number(row->args, "aggregate_deductible");
    c.contract.annual_limit = ref_number(row->args, "aggregate_limit");
    struct quo_annual *a = annual_of(&c.contract, NULL);
    const double mean = quo_annual_mean(a).value;
    quo_annual_free(a);
    return mean;
}

/* One quantity of a row, from the law of its contract; NaN for a quantity that is none of them. */
static double answer(const struct ref_row *row, const struct row_contract *c, struct quo_annual *a)
{
    const double p = ref_number(row->args, "p"), s = ref_number(row->args, "s");
    const char *q = row->quantity;
    if (strcmp(q, "probability_zero") == 0)
        return quo_annual_zero(a).value;
    if (strcmp(q, "mean") == 0 || strcmp(q, "aggregate_mean_unlimited") == 0)
        return quo_annual_mean(a).value;
    if (strcmp(q, "variance") == 0)
        return quo_annual_variance(a).value;
    if (strcmp(q, "skewness") == 0)
        return quo_annual_skewness(a).value;
    if (strcmp(q, "var") == 0)
        return quo_annual_var(p, a).value;
    if (strcmp(q, "tvar") == 0)
        return quo_annual_tvar(p, a).value;
    if (strcmp(q, "cte_strict") == 0)
        return strict_tail_mean(p, a);
    if (strcmp(q, "sf") == 0)
        return quo_annual_sf(s, a).value;
    if (strcmp(q, "cdf") == 0)
        return quo_annual_cdf(s, a).value;
    if (strcmp(q, "density") == 0)
        return quo_annual_density(s, a).value;
    if (strcmp(q, "stoploss") == 0)
        return quo_annual_stoploss(isnan(s) ? ref_number(row->args, "d") : s, a).value;
    if (strcmp(q, "pmf") == 0)
        return quo_annual_law(a)->mass[lround(s / quo_annual_law(a)->step)];
    if (strcmp(q, "severity_pmf") == 0)
        return c->points.mass[lround(ref_number(row->args, "x") / c->points.step)];
    if (strcmp(q, "aggregate_layer_mean") == 0)
        return layered(row, c);
    if (strncmp(q, "expected_", 9) == 0 || strcmp(q, "initial_premium") == 0)
        return reinstated(row, c);
    return NAN;
}

/* Every row of a table whose case begins with one of `cases`; the law is computed once a case. */
static void check_table(const char *table, const char *const *cases, size_t n_cases, size_t least)
{
    size_t n;
    struct ref_row *row = ref_read(table, &n);
    struct ref_tally tally = {0};
    struct row_contract contract = {.points = {.mass = NULL}};
    struct quo_annual *a = NULL;
    const char *current = "";
    for (size_t i = 0; i < n; i++) {
        bool ours = n_cases == 0;
        for (size_t j = 0; j < n_cases; j++)
            ours |= strncmp(row[i].case_id, cases[j], strlen(cases[j])) == 0;
        if (!ours || strstr(row[i].params, "model=individual"))
            continue;
        if (strcmp(row[i].params, current) != 0) {
            quo_annual_free(a);
            row_contract_free(&contract);
            row_contract_read(row[i].params, &contract);
            a = annual_of(&contract.contract, NULL);
            current = row[i].params;
        }
        ref_check(&tally, &row[i], answer(&row[i], &contract, a));
    }
    quo_annual_free(a);
    row_contract_free(&contract);
    ref_free(row, n);
    ref_done(&tally, least);
}

static void discrete_table(void **state)
{
    (void)state;
    check_table("aggregate_discrete.csv", NULL, 0, 463); /* 521 rows, 58 of them of the individual model below */
}

static void continuous_table(void **state)
{
    (void)state;
    check_table("aggregate_continuous.csv", NULL, 0, 204);
}

static void limited_table(void **state)
{
    (void)state;
    check_table("aggregate_limited.csv", NULL, 0, 61);
}

static void reinstatements_of_the_table(void **state)
{
    (void)state;
    check_table("layers.csv", (const char *const[]){"reinst-"}, 1, 31);
}

static void textbook_table(void **state)
{
    (void)state;
    check_table("textbook.csv", (const char *const[]){"bahnemann", "loss-models", "embrechts"}, 3, 53);
}

/* ---- where peers are wrong (measured): each of their cases ------------------------------------- */

static struct quo_contract lognormal_contract(double lambda, double meanlog, double sdlog, double limit)
{
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(lambda);
    c.event.severity = quo_severity_simple(QUO_LOGNORMAL, (const double[]){meanlog, sdlog});
    c.event.limit = limit;
    return c;
}

/* A capped cover of a severity of great spread, or without a mean: a grid chosen from unlimited moments is 14 % high or 99 % low. The
 * mean as the grid has it, not the formula's, is looked at; 1,024 points are enough. */
static void capped_covers_of_heavy_severities(void **state)
{
    (void)state;
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.points = 1024;
    struct quo_contract c = lognormal_contract(0.02, log(219000.0), 3.0, 5e6);
    struct quo_annual *a = annual_of(&c, &options);
    check_rel(quo_annual_check(a).mean[1], 24772.78658, 1e-9, "lognormal, sdlog 3 (24,772.78658 in closed form)");
    quo_annual_free(a);
    for (double lambda = 0.001; lambda < 20.0; lambda *= 20.0)
        for (double xi = 0.9; xi < 2.0; xi += 0.15) {
            const double beta = 5e5, mu = 1e5, limit = 5e6;
            c.frequency = quo_frequency_poisson(lambda);
            c.event.severity = quo_severity_simple(QUO_GPD, (const double[]){xi, beta, mu});
            a = annual_of(&c, &options);
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
    struct quo_contract c = lognormal_contract(10.0, log(100.0) - 0.5 * variance, sqrt(variance), INFINITY);
    c.annual_deductible = 1000.0;
    c.annual_limit = 2000.0;
    struct quo_annual *a = annual_of(&c, NULL);
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
    struct quo_annual *a = annual_of(&c, NULL);
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
    losses.mass[1] = 0.25; /* 50: retained whole */
    losses.mass[20] = 0.75; /* 1000: 950 above the retention, 500 paid */
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(2.0);
    c.points = &losses;
    c.event.attach = 50.0;
    c.event.limit = 500.0;
    struct quo_annual *a = annual_of(&c, NULL);
    check_rel(quo_annual_mean(a).value, 2.0 * 0.75 * 500.0, 1e-12, "mean");
    check_rel(quo_annual_zero(a).value, exp(-1.5), 1e-12, "years without payment");
    quo_annual_free(a);
    quo_lattice_free(&losses);
}

/* A loss a year is a sum of a random number of losses, not a number times one loss: same mean, another spread. */
static void counts_are_not_factors(void **state)
{
    (void)state;
    struct quo_contract c = lognormal_contract(10.0, 7.0, 0.6, INFINITY);
    struct quo_annual *a = annual_of(&c, NULL);
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
    struct quo_annual *a = annual_of(&c, NULL);
    assert_true(isinf(quo_annual_mean(a).value) && isinf(quo_annual_tvar(0.99, a).value));
    check_rel(quo_annual_sf(1e12, a).value, 18.0 * quo_severity_Q(1e12, &c.event.severity), 1e-4, "one great loss");
    const struct quo_annual_value var = quo_annual_var(0.999, a);
    check_rel(quo_annual_sf(var.value, a).value, 0.001, 1e-7, "VaR is where the survival function says");
    struct quo_contract capped = c; /* the same quantile where each loss is capped above it: what exceeds it does not matter below */
    capped.event.limit = 2.0 * var.value;
    struct quo_annual *b = annual_of(&capped, NULL);
    check_rel(quo_annual_var(0.999, b).value, var.value, 1e-5, "VaR 99.9 from one grid");
    quo_annual_free(a);
    quo_annual_free(b);
}

/* ---- identities -------------------------------------------------------------------------------- */

#define DRAWN 60

static void a_change_of_currency_changes_nothing_else(void **state)
{
    (void)state;
    const struct quo_distortion ph = {QUO_DISTORTION_PH, 0.7};
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.points = 700;
    for (int i = 0; i < 4; i++) {
        struct quo_contract c = lognormal_contract(1.7, 7.0, 1.5, i & 1 ? 4e4 : INFINITY), cents = lognormal_contract(1.7, 7.0 + log(100.0), 1.5, 100.0 * c.event.limit);
        c.event.attach = 250.0;
        cents.event.attach = 25000.0;
        c.annual_limit = i & 2 ? 7e4 : INFINITY;
        cents.annual_limit = 100.0 * c.annual_limit;
        struct quo_annual *a = annual_of(&c, &options), *b = annual_of(&cents, &options);
        check_rel(quo_annual_mean(b).value, 100.0 * quo_annual_mean(a).value, 1e-11, "mean of %d", i);
        check_rel(quo_annual_tvar(0.99, b).value, 100.0 * quo_annual_tvar(0.99, a).value, 1e-8, "TVaR of %d", i);
        check_rel(quo_annual_distortion(&ph, b).value, 100.0 * quo_annual_distortion(&ph, a).value, 1e-7, "ph of %d", i);
        check_rel(quo_annual_sf(1e6, b).value, quo_annual_sf(1e4, a).value, 1e-8, "P[S > 10,000] of %d", i);
        quo_annual_free(a);
        quo_annual_free(b);
    }
}

static double layer_price(const struct quo_contract *c, double deductible, double limit, const struct quo_distortion *d)
{
    struct quo_contract part = *c;
    part.annual_deductible = deductible;
    part.annual_limit = limit;
    struct quo_annual *a = annual_of(&part, NULL);
    const double price = d ? quo_annual_distortion(d, a).value : quo_annual_mean(a).value;
    quo_annual_free(a);
    return price;
}

/* Annual layers of one amount are comonotone: means and distorted prices of a split add up to the whole's. */
static void splitting_an_annual_layer_adds_up(void **state)
{
    (void)state;
    const struct quo_contract c = lognormal_contract(1.7, 7.0, 1.5, 5e4);
    const struct quo_distortion wang = {QUO_DISTORTION_WANG, 0.4}, tvar = {QUO_DISTORTION_TVAR, 0.9}, *d[] = {NULL, &wang, &tvar};
    for (int i = 0; i < 3; i++) {
        const double whole = layer_price(&c, 0.0, 1e5, d[i]);
        const double parts = layer_price(&c, 0.0, 7e3, d[i]) + layer_price(&c, 7e3, 23e3, d[i]) + layer_price(&c, 3e4, 7e4, d[i]);
        check_rel(parts, whole, 2e-6, "three layers by principle %d", i);
    }
}

static void splitting_an_event_layer_adds_up_in_the_mean(void **state)
{
    (void)state;
    struct quo_contract c = lognormal_contract(1.7, 7.0, 1.5, 5e4);
    const double attach[] = {0.0, 7e3, 3e4}, limit[] = {7e3, 23e3, 2e4};
    struct quo_annual *a = annual_of(&c, NULL);
    const double whole = quo_annual_mean(a).value;
    quo_annual_free(a);
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        c.event.attach = attach[i];
        c.event.limit = limit[i];
        a = annual_of(&c, NULL);
        sum += quo_annual_mean(a).value;
        quo_annual_free(a);
    }
    check_rel(sum, whole, 1e-12, "three event layers");
}

static void more_cover_never_costs_less(void **state)
{
    (void)state;
    const struct quo_distortion wang = {QUO_DISTORTION_WANG, 0.4};
    for (unsigned i = 0; i < DRAWN; i++) {
        struct random_contract r;
        random_contract_draw(i, &r);
        struct quo_contract more = r.contract;
        switch (i % 4) {
        case 0: more.event.limit *= 1.5; break;
        case 1: more.event.attach *= 0.5; break;
        case 2: more.annual_limit *= 1.2; break;
        default: more.annual_deductible *= 0.7; break;
        }
        struct quo_annual *a = annual_of(&r.contract, NULL), *b = annual_of(&more, NULL);
        const struct quo_annual_value low[] = {quo_annual_mean(a), quo_annual_tvar(0.99, a), quo_annual_distortion(&wang, a)};
        const struct quo_annual_value high[] = {quo_annual_mean(b), quo_annual_tvar(0.99, b), quo_annual_distortion(&wang, b)};
        for (int j = 0; j < 3; j++)
            if (high[j].value < low[j].value * (1.0 - 1e-9) - low[j].error - high[j].error)
                fail_msg("contract %u, number %d: more cover costs %.12g, less cover %.12g", i, j, high[j].value, low[j].value);
        quo_annual_free(a);
        quo_annual_free(b);
    }
}

/* ---- the stated error -------------------------------------------------------------------------- */

/* A coarse grid's stated error against a grid 32 times as fine: it bounds the true one. */
static void stated_error_bounds_the_true_one(void **state)
{
    (void)state;
    const struct quo_distortion wang = {QUO_DISTORTION_WANG, 0.4};
    struct quo_annual_options coarse, fine;
    quo_annual_options_init(&coarse);
    quo_annual_options_init(&fine);
    coarse.points = 512;
    fine.points = 1 << 14;
    coarse.workspace = fine.workspace = plans;
    size_t n = 0;
    for (unsigned i = 0; i < DRAWN; i++) {
        struct random_contract r;
        random_contract_draw(i, &r);
        if (r.contract.points)
            continue;
        struct quo_annual *a = annual_of(&r.contract, &coarse), *b = annual_of(&r.contract, &fine);
        const struct quo_annual_value got[] = {quo_annual_mean(a), quo_annual_tvar(0.95, a), quo_annual_distortion(&wang, a), quo_annual_variance(a)};
        const struct quo_annual_value want[] = {quo_annual_mean(b), quo_annual_tvar(0.95, b), quo_annual_distortion(&wang, b), quo_annual_variance(b)};
        for (int j = 0; j < 4; j++, n++)
            if (fabs(got[j].value - want[j].value) > got[j].error + want[j].error + 1e-11 * fabs(want[j].value))
                fail_msg("contract %u, number %d: %.12g +- %.2g, in truth %.12g +- %.2g", i, j, got[j].value, got[j].error, want[j].value, want[j].error);
        quo_annual_free(a);
        quo_annual_free(b);
    }
    assert_true(n > 120);
}

static void default_grid_reaches_its_tolerance(void **state)
{
    (void)state;
    struct quo_contract c = lognormal_contract(0.02, log(219000.0), 3.0, 5e6);
    for (double limit = 1e4; limit < 1e10; limit *= 50.0) {
        c.event.limit = limit;
        struct quo_annual *a = annual_of(&c, NULL);
        const struct quo_annual_value tvar = quo_annual_tvar(0.99, a);
        assert_true(tvar.error <= 1e-6 * tvar.value);
        const struct quo_annual_check check = quo_annual_check(a);
        if (quo_annual_limited(a))
            check_rel(check.mean[1], check.mean[0], 1e-9, "mean under a limit of %g", limit);
        quo_annual_free(a);
    }
}

/* ---- bad input --------------------------------------------------------------------------------- */

static void refused(const struct quo_contract *c, const char *what)
{
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    struct quo_annual *a;
    struct quo_faults faults;
    quo_faults_init(&faults);
    const enum quo_status status = quo_annual_new(c, &options, &a, &faults);
    if (status == QUO_OK || a || faults.n == 0)
        fail_msg("%s: accepted, or refused without a reason", what);
    quo_faults_free(&faults);
}

static void impossible_contracts_are_refused_with_a_reason(void **state)
{
    (void)state;
    const struct quo_contract good = lognormal_contract(2.0, 7.0, 1.5, 1e5);
    struct quo_contract c = good;
    c.event.limit = -1.0, refused(&c, "a negative limit");
    c = good, c.event.limit = NAN, refused(&c, "a limit that is no number");
    c = good, c.event.attach = INFINITY, refused(&c, "an infinite deductible");
    c = good, c.event.share = 0.0, refused(&c, "a share of 0");
    c = good, c.annual_limit = 0.0, refused(&c, "an annual limit of 0");
    c = good, c.annual_deductible = -5.0, refused(&c, "a negative annual deductible");
    c = good, c.frequency.par[0] = NAN, refused(&c, "a rate that is no number");
    c = good, c.frequency.par[0] = 1e12, refused(&c, "10^12 events a year");
    c = good, c.event.severity.law[0].par[1] = -1.0, refused(&c, "a negative sdlog");
    const double counts[] = {0.5, 0.6};
    c = good, c.count = counts, c.n_count = 2, refused(&c, "counts that add up to 1.1");
    double mass[] = {0.5, 0.7};
    const struct quo_lattice points = {1.0, 2, mass};
    c = good, c.points = &points, refused(&c, "payouts that add up to 1.2");
}

static void extreme_limits_are_priced_right(void **state)
{
    (void)state;
    for (double limit = 1e-6; limit < 1e19; limit *= 1e6) {
        const struct quo_contract c = lognormal_contract(0.3, 7.0, 1.5, limit);
        struct quo_annual *a = annual_of(&c, NULL);
        check_rel(quo_annual_mean(a).value, 0.3 * quo_severity_lev(limit, 1.0, &c.event.severity), 1e-12, "limit %g", limit);
        const struct quo_annual_value tvar = quo_annual_tvar(0.9, a);
        assert_true(tvar.value >= quo_annual_mean(a).value && tvar.value <= 40.0 * fmin(limit, 1e6));
        quo_annual_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_table), cmocka_unit_test(continuous_table), cmocka_unit_test(limited_table),
        cmocka_unit_test(reinstatements_of_the_table), cmocka_unit_test(textbook_table),
        cmocka_unit_test(capped_covers_of_heavy_severities),
        cmocka_unit_test(annual_layer_of_the_usual_example),
        cmocka_unit_test(terms_are_not_laid_on_a_mean),
        cmocka_unit_test(policy_terms_are_not_ignored),
        cmocka_unit_test(counts_are_not_factors),
        cmocka_unit_test(thick_tail_of_schaller_and_temnov),
        cmocka_unit_test(a_change_of_currency_changes_nothing_else),
        cmocka_unit_test(splitting_an_annual_layer_adds_up),
        cmocka_unit_test(splitting_an_event_layer_adds_up_in_the_mean),
        cmocka_unit_test(more_cover_never_costs_less),
        cmocka_unit_test(stated_error_bounds_the_true_one),
        cmocka_unit_test(default_grid_reaches_its_tolerance),
        cmocka_unit_test(impossible_contracts_are_refused_with_a_reason),
        cmocka_unit_test(extreme_limits_are_priced_right),
    };
    return cmocka_run_group_tests(tests, make_plans, free_plans);
}
