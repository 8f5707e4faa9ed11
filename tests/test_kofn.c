#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/controls/kofn.h"

/* "shock 0.01 fall 0.8 members 1/2/3" of group1, group2 ...; returns how many groups. */
static size_t read_groups(const char *params, size_t n, double *shock, double *fall, bool *member)
{
    size_t groups = 0;
    for (;; groups++) {
        char key[32], text[128];
        snprintf(key, sizeof key, "group%zu", groups + 1);
        if (!ref_text(params, key, text, sizeof text))
            return groups;
        char *at = strstr(text, "members ");
        assert_non_null(at);
        assert_int_equal(sscanf(text, "%*s %lf fall %lf", &shock[groups], &fall[groups]), 2);
        for (at += 8; at && *at; at = strchr(at, '/'), at = at ? at + 1 : NULL)
            member[groups * n + (size_t)atol(at) - 1] = true;
    }
}

/* The trials of a Poisson-binomial row: a list, or one of the rules the table states in words. */
static size_t read_trials(const char *params, double *p)
{
    char rule[64];
    if (!ref_text(params, "n", rule, sizeof rule))
        return ref_numbers(params, "p", p, QUO_KOFN_MAX);
    const size_t n = (size_t)atol(rule);
    for (size_t j = 0; j < n; j++) {
        if (strstr(params, "p_j=j/100 "))
            p[j] = (double)(j + 1) / 100;
        else if (strstr(params, "1/(10(j+1))"))
            p[j] = 1.0 / (10.0 * (double)(j + 1));
        else if (strstr(params, "(1+(7j mod 13))/200"))
            p[j] = (double)(1 + 7 * j % 13) / 200;
        else if (strstr(params, "(1+(37j mod 101))/1000"))
            p[j] = (double)(1 + 37 * j % 101) / 1000;
        else
            fail_msg("a rule for p that this test does not know: %s", params);
    }
    return n;
}

static double moment(const double *pmf, size_t n, const char *which)
{
    double mean = 0.0, square = 0.0;
    for (size_t k = 0; k <= n; k++) {
        mean += (double)k * pmf[k];
        square += (double)(k * k) * pmf[k];
    }
    return strcmp(which, "mean") == 0 ? mean : square - mean * mean;
}

static double of_counts(const struct ref_row *row, const double *p, size_t n, const double *pmf)
{
    const int k = (int)ref_number(row->args, "k");
    if (strcmp(row->quantity, "pmf") == 0)
        return pmf[k];
    if (strcmp(row->quantity, "tail_ge") == 0) {
        if (p)
            return quo_kofn_tail(p, n, k);
        double sum = 0.0;
        for (size_t i = n + 1; i-- > (size_t)k;)
            sum += pmf[i];
        return sum;
    }
    if (strcmp(row->quantity, "birnbaum_importance") == 0)
        return quo_kofn_birnbaum(p, n, k, (size_t)ref_number(row->args, "item") - 1);
    return moment(pmf, n, row->quantity);
}

/* NaN for the models that test_signers.c checks. */
static double compute(const struct ref_row *row)
{
    char model[64], testing[32];
    double p[QUO_KOFN_MAX], pmf[QUO_KOFN_MAX + 1];
    assert_true(ref_text(row->params, "model", model, sizeof model));
    const int k = (int)ref_number(row->args, "k"), n = (int)ref_number(row->params, "n");
    if (strcmp(model, "poisson_binomial") == 0) {
        const size_t trials = read_trials(row->params, p);
        quo_kofn_pmf(p, trials, pmf);
        return of_counts(row, p, trials, pmf);
    }
    if (strcmp(model, "shock_groups") == 0) {
        double shock[8], fall[8];
        bool member[8 * 16] = {false};
        const size_t trials = ref_numbers(row->params, "p", p, 16);
        const size_t groups = read_groups(row->params, trials, shock, fall, member);
        assert_true(groups > 0);
        assert_true(quo_kofn_shock_pmf(p, trials, shock, fall, member, groups, pmf));
        return of_counts(row, NULL, trials, pmf);
    }
    if (strcmp(model, "beta_binomial") == 0) {
        const double alpha = ref_number(row->params, "alpha"), beta = ref_number(row->params, "beta");
        return strcmp(row->quantity, "pmf") == 0 ? quo_kofn_beta_binomial_pmf(n, alpha, beta, k)
                                                 : quo_kofn_beta_binomial_tail(n, alpha, beta, k);
    }
    if (strcmp(model, "beta_factor") == 0) {
        const double q = ref_number(row->params, "q"), beta = ref_number(row->params, "beta");
        return strcmp(row->quantity, "tail_ge") == 0 ? quo_kofn_beta_factor_tail(n, q, beta, k)
                                                     : quo_kofn_beta_factor_rare(n, q, beta);
    }
    const double total = ref_number(row->params, "Qt");
    if (strcmp(model, "alpha_factor") == 0) {
        ref_numbers(row->params, "alpha", p, 16);
        assert_true(ref_text(row->args, "testing", testing, sizeof testing));
        return quo_kofn_alpha_factor(n, p, total, k, strcmp(testing, "staggered") == 0);
    }
    if (strcmp(model, "multiple_greek_letter") == 0) {
        const double greek[3] = {ref_number(row->params, "beta"), ref_number(row->params, "gamma"),
                                 ref_number(row->params, "delta")};
        return quo_kofn_greek_letter(n, greek, total, k);
    }
    if (strcmp(model, "binomial_failure_rate") == 0) {
        double rate = 0.0;
        for (int i = strcmp(row->quantity, "event_rate_at_least") == 0 ? n : k; i >= k; i--)
            rate += quo_kofn_failure_rate(n, ref_number(row->params, "independent_rate"),
                                          ref_number(row->params, "shock_rate"), ref_number(row->params, "p"),
                                          ref_number(row->params, "lethal_rate"), i);
        return rate;
    }
    return NAN;
}

static void the_reference_table_is_met(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("kofn.csv", &n);
    struct ref_tally tally = {0};
    size_t others = 0;
    for (size_t i = 0; i < n; i++) {
        const double got = compute(&row[i]);
        if (isnan(got))
            others++;
        else
            ref_check(&tally, &row[i], got);
    }
    assert_int_equal(others, 9); /* quorum_rate and deceived_approvals: test_signers.c */
    ref_done(&tally, n - 9);
    ref_free(row, n);
}

/* p = 0.05: independent, beta 0.1, rho 0.05, rho 0.2, printed to three digits. */
static const struct {
    int m, n;
    double independent, beta, rho05, rho20;
} golden[] = {
    {1, 1, 5.00e-2, 4.98e-2, 5.00e-2, 5.00e-2},    {2, 3, 7.25e-3, 1.09e-2, 1.33e-2, 2.72e-2},
    {2, 5, 2.26e-2, 2.34e-2, 3.68e-2, 5.79e-2},    {3, 5, 1.16e-3, 5.85e-3, 5.16e-3, 2.02e-2},
    {3, 11, 1.52e-2, 1.64e-2, 4.17e-2, 7.47e-2},   {4, 7, 1.94e-4, 5.13e-3, 2.50e-3, 1.68e-2},
    {5, 9, 3.32e-5, 5.02e-3, 1.40e-3, 1.49e-2},    {6, 8, 4.01e-7, 5.00e-3, 1.08e-4, 4.13e-3},
    {13, 19, 2.49e-13, 5.00e-3, 6.57e-6, 2.99e-3},
};

static void the_golden_table_is_met(void **state)
{
    (void)state;
    const double p = 0.05, printed = 5e-3;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const int m = golden[i].m, n = golden[i].n;
        check_rel(quo_kofn_correlated_tail(n, p, 0.0, m), golden[i].independent, printed, "%d of %d", m, n);
        check_rel(quo_kofn_beta_factor_tail(n, p, 0.1, m), golden[i].beta, printed, "%d of %d, beta", m, n);
        check_rel(quo_kofn_correlated_tail(n, p, 0.05, m), golden[i].rho05, printed, "%d of %d, rho 0.05", m, n);
        check_rel(quo_kofn_correlated_tail(n, p, 0.2, m), golden[i].rho20, printed, "%d of %d, rho 0.2", m, n);
    }
    /* 2 of 3, p = 1e-3, beta = 0.05: a thousandfold gain shrinks to nineteenfold [NUREG/CR-5485]. */
    check_rel(quo_kofn_beta_factor_tail(3, 1e-3, 0.05, 2), 5.3e-5, 1e-2, "the worked check");
}

static void the_laws_agree_where_they_must(void **state)
{
    (void)state;
    double p[19], pmf[20];
    for (size_t j = 0; j < 19; j++)
        p[j] = 0.37;
    quo_kofn_pmf(p, 19, pmf);
    for (int k = 1; k <= 19; k++) {
        const double tail = quo_kofn_tail(p, 19, k);
        check_rel(quo_kofn_correlated_tail(19, 0.37, 0.0, k), tail, 1e-13, "rho 0 is the binomial, k %d", k);
        check_rel(quo_kofn_beta_factor_tail(19, 0.37, 0.0, k), tail, 1e-13, "beta 0 is the binomial, k %d", k);
        check_rel(quo_kofn_correlated_tail(19, 0.37, 1e-12, k), tail, 1e-9, "rho goes to 0, k %d", k);
        check_rel(quo_kofn_correlated_tail(19, 0.37, 1.0, k), 0.37, 0.0, "rho 1 is all or none, k %d", k);
        check_rel(quo_kofn_beta_binomial_tail(19, 0.37 * 3, 0.63 * 3, k), quo_kofn_correlated_tail(19, 0.37, 0.25, k),
                  1e-13, "alpha + beta = 1/rho - 1, k %d", k);
        check_rel(quo_kofn_failure_rate(19, 0.0, 1.0, 0.37, 0.0, k), pmf[k], 1e-13, "shocks only, k %d", k);
    }
    /* All greek letters equal to those that the alpha shares imply would be the same model; the total is kept by both. */
    const double alpha[4] = {0.9, 0.06, 0.03, 0.01}, greek[3] = {0.1, 0.27, 0.4};
    const double others[5] = {0, 1, 3, 3, 1};
    double by_alpha = 0.0, by_greek = 0.0;
    for (int k = 1; k <= 4; k++) {
        by_alpha += others[k] * quo_kofn_alpha_factor(4, alpha, 0.01, k, false);
        by_greek += others[k] * quo_kofn_greek_letter(4, greek, 0.01, k);
    }
    check_rel(by_alpha, 0.01, 1e-14, "alpha factors keep the total");
    check_rel(by_greek, 0.01, 1e-14, "greek letters keep the total");
}

static void impossible_arguments_give_nan(void **state)
{
    (void)state;
    const double p[2] = {0.1, 1.1};
    double pmf[3];
    quo_kofn_pmf(p, 2, pmf);
    assert_true(isnan(pmf[0]) && isnan(pmf[2]));
    assert_true(isnan(quo_kofn_tail(p, 2, 1)));
    assert_true(isnan(quo_kofn_birnbaum(p, 1, 1, 1)));
    assert_true(isnan(quo_kofn_birnbaum(p, 1, 2, 0)));
    assert_false(quo_kofn_shock_pmf(p, 1, p, p, NULL, QUO_KOFN_GROUPS_MAX + 1, pmf));
    assert_true(isnan(quo_kofn_beta_factor_tail(257, 0.1, 0.1, 1)));
    assert_true(isnan(quo_kofn_beta_factor_rare(3, NAN, 0.1)));
    assert_true(isnan(quo_kofn_beta_binomial_pmf(3, 0.0, 1.0, 1)));
    assert_true(isnan(quo_kofn_beta_binomial_tail(3, 1.0, INFINITY, 1)));
    assert_true(isnan(quo_kofn_correlated_tail(3, 0.1, -0.1, 1)));
    assert_true(isnan(quo_kofn_alpha_factor(2, p, 0.1, 1, false)));
    assert_true(isnan(quo_kofn_greek_letter(3, p, 0.1, 4)));
    assert_true(isnan(quo_kofn_failure_rate(3, -1.0, 0.1, 0.1, 0.0, 1)));
    assert_true(quo_kofn_tail(p, 1, 0) == 1.0 && quo_kofn_tail(p, 1, 2) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_table_is_met),
        cmocka_unit_test(the_golden_table_is_met),
        cmocka_unit_test(the_laws_agree_where_they_must),
        cmocka_unit_test(impossible_arguments_give_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
