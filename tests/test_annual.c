#include "pricing/aggregate/annual.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "annual_kit.h"
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/reinstatement.h"
#include "random_contracts.h"

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
    struct quo_annual *a = annual_kit_law(&c.contract, NULL);
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
    struct quo_annual *a = annual_kit_law(&c.contract, NULL);
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
            a = annual_kit_law(&contract.contract, NULL);
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
        struct quo_contract c = annual_kit_lognormal(1.7, 7.0, 1.5, i & 1 ? 4e4 : INFINITY),
                            cents = annual_kit_lognormal(1.7, 7.0 + log(100.0), 1.5, 100.0 * c.event.limit);
        c.event.attach = 250.0;
        cents.event.attach = 25000.0;
        c.annual_limit = i & 2 ? 7e4 : INFINITY;
        cents.annual_limit = 100.0 * c.annual_limit;
        struct quo_annual *a = annual_kit_law(&c, &options), *b = annual_kit_law(&cents, &options);
        check_rel(quo_annual_mean(b).value, 100.0 * quo_annual_mean(a).value, 1e-11, "mean of %d", i);
        check_rel(quo_annual_tvar(0.99, b).value, 100.0 * quo_annual_tvar(0.99, a).value, 1e-8, "TVaR of %d", i);
        check_rel(quo_annual_distortion(&ph, b).value, 100.0 * quo_annual_distortion(&ph, a).value, 1e-7, "ph of %d",
                  i);
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
    struct quo_annual *a = annual_kit_law(&part, NULL);
    const double price = d ? quo_annual_distortion(d, a).value : quo_annual_mean(a).value;
    quo_annual_free(a);
    return price;
}

/* Annual layers of one amount are comonotone: means and distorted prices of a split add up to the whole's. */
static void splitting_an_annual_layer_adds_up(void **state)
{
    (void)state;
    const struct quo_contract c = annual_kit_lognormal(1.7, 7.0, 1.5, 5e4);
    const struct quo_distortion wang = {QUO_DISTORTION_WANG, 0.4}, tvar = {QUO_DISTORTION_TVAR, 0.9},
                                *d[] = {NULL, &wang, &tvar};
    for (int i = 0; i < 3; i++) {
        const double whole = layer_price(&c, 0.0, 1e5, d[i]);
        const double parts =
            layer_price(&c, 0.0, 7e3, d[i]) + layer_price(&c, 7e3, 23e3, d[i]) + layer_price(&c, 3e4, 7e4, d[i]);
        check_rel(parts, whole, 2e-6, "three layers by principle %d", i);
    }
}

static void splitting_an_event_layer_adds_up_in_the_mean(void **state)
{
    (void)state;
    struct quo_contract c = annual_kit_lognormal(1.7, 7.0, 1.5, 5e4);
    const double attach[] = {0.0, 7e3, 3e4}, limit[] = {7e3, 23e3, 2e4};
    struct quo_annual *a = annual_kit_law(&c, NULL);
    const double whole = quo_annual_mean(a).value;
    quo_annual_free(a);
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        c.event.attach = attach[i];
        c.event.limit = limit[i];
        a = annual_kit_law(&c, NULL);
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
        case 0:
            more.event.limit *= 1.5;
            break;
        case 1:
            more.event.attach *= 0.5;
            break;
        case 2:
            more.annual_limit *= 1.2;
            break;
        default:
            more.annual_deductible *= 0.7;
            break;
        }
        struct quo_annual *a = annual_kit_law(&r.contract, NULL), *b = annual_kit_law(&more, NULL);
        const struct quo_annual_value low[] = {quo_annual_mean(a), quo_annual_tvar(0.99, a),
                                               quo_annual_distortion(&wang, a)};
        const struct quo_annual_value high[] = {quo_annual_mean(b), quo_annual_tvar(0.99, b),
                                                quo_annual_distortion(&wang, b)};
        for (int j = 0; j < 3; j++)
            if (high[j].value < low[j].value * (1.0 - 1e-9) - low[j].error - high[j].error)
                fail_msg("contract %u, number %d: more cover costs %.12g, less cover %.12g", i, j, high[j].value,
                         low[j].value);
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
    coarse.workspace = fine.workspace = annual_kit_plans;
    size_t n = 0;
    for (unsigned i = 0; i < DRAWN; i++) {
        struct random_contract r;
        random_contract_draw(i, &r);
        if (r.contract.points)
            continue;
        struct quo_annual *a = annual_kit_law(&r.contract, &coarse), *b = annual_kit_law(&r.contract, &fine);
        const struct quo_annual_value got[] = {quo_annual_mean(a), quo_annual_tvar(0.95, a),
                                               quo_annual_distortion(&wang, a), quo_annual_variance(a)};
        const struct quo_annual_value want[] = {quo_annual_mean(b), quo_annual_tvar(0.95, b),
                                                quo_annual_distortion(&wang, b), quo_annual_variance(b)};
        for (int j = 0; j < 4; j++, n++)
            if (fabs(got[j].value - want[j].value) > got[j].error + want[j].error + 1e-11 * fabs(want[j].value))
                fail_msg("contract %u, number %d: %.12g +- %.2g, in truth %.12g +- %.2g", i, j, got[j].value,
                         got[j].error, want[j].value, want[j].error);
        quo_annual_free(a);
        quo_annual_free(b);
    }
    assert_true(n > 120);
}

static void default_grid_reaches_its_tolerance(void **state)
{
    (void)state;
    struct quo_contract c = annual_kit_lognormal(0.02, log(219000.0), 3.0, 5e6);
    for (double limit = 1e4; limit < 1e10; limit *= 50.0) {
        c.event.limit = limit;
        struct quo_annual *a = annual_kit_law(&c, NULL);
        const struct quo_annual_value tvar = quo_annual_tvar(0.99, a);
        assert_true(tvar.error <= 1e-6 * tvar.value);
        const struct quo_annual_check check = quo_annual_check(a);
        if (quo_annual_limited(a))
            check_rel(check.mean[1], check.mean[0], 1e-9, "mean under a limit of %g", limit);
        quo_annual_free(a);
    }
}

/* What a lattice adds to a variance is known: few points do for TVaR, far below what the square of the step would leave. */
static void few_points_are_enough_for_tvar(void **state)
{
    (void)state;
    struct quo_contract c = annual_kit_lognormal(10.0, log(100.0) - 0.5 * log(5.0), sqrt(log(5.0)), 32768.0);
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    c.annual_limit = 32768.0;
    double tvar[2];
    for (int i = 0; i < 2; i++) {
        options.points = i ? 1 << 14 : 1 << 10;
        struct quo_annual *a = annual_kit_law(&c, &options);
        tvar[i] = quo_annual_tvar(0.99, a).value;
        quo_annual_free(a);
    }
    check_rel(tvar[0], tvar[1], 1e-8, "TVaR 99 from 1,024 points");
    /* The same at the top of a ladder, where the annual limit lies below that of one event. */
    c = annual_kit_lognormal(0.5, log(219000.0), 2.5, 5e9);
    c.annual_limit = 3e9;
    for (int i = 0; i < 2; i++) {
        options.points = i ? 1 << 14 : 1 << 9;
        struct quo_annual *a = annual_kit_law(&c, &options);
        assert_false(quo_annual_limited(a));
        tvar[i] = quo_annual_stoploss(5e8, a).value;
        quo_annual_free(a);
    }
    check_rel(tvar[0], tvar[1], 5e-8, "stop loss from 512 points of each rung");
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
    const struct quo_contract good = annual_kit_lognormal(2.0, 7.0, 1.5, 1e5);
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
        const struct quo_contract c = annual_kit_lognormal(0.3, 7.0, 1.5, limit);
        struct quo_annual *a = annual_kit_law(&c, NULL);
        check_rel(quo_annual_mean(a).value, 0.3 * quo_severity_lev(limit, 1.0, &c.event.severity), 1e-12, "limit %g",
                  limit);
        const struct quo_annual_value tvar = quo_annual_tvar(0.9, a);
        assert_true(tvar.value >= quo_annual_mean(a).value && tvar.value <= 40.0 * fmin(limit, 1e6));
        quo_annual_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_table),
        cmocka_unit_test(continuous_table),
        cmocka_unit_test(limited_table),
        cmocka_unit_test(reinstatements_of_the_table),
        cmocka_unit_test(textbook_table),
        cmocka_unit_test(a_change_of_currency_changes_nothing_else),
        cmocka_unit_test(splitting_an_annual_layer_adds_up),
        cmocka_unit_test(splitting_an_event_layer_adds_up_in_the_mean),
        cmocka_unit_test(more_cover_never_costs_less),
        cmocka_unit_test(stated_error_bounds_the_true_one),
        cmocka_unit_test(default_grid_reaches_its_tolerance),
        cmocka_unit_test(few_points_are_enough_for_tvar),
        cmocka_unit_test(impossible_contracts_are_refused_with_a_reason),
        cmocka_unit_test(extreme_limits_are_priced_right),
    };
    return cmocka_run_group_tests(tests, annual_kit_open, annual_kit_close);
}
