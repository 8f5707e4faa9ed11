#include "pricing/aggregate/annual.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/reinstatement.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_table), cmocka_unit_test(continuous_table), cmocka_unit_test(limited_table),
        cmocka_unit_test(reinstatements_of_the_table), cmocka_unit_test(textbook_table),
    };
    return cmocka_run_group_tests(tests, make_plans, free_plans);
}
