/* Panjer's recursion beside the transform: reference laws, means that underflow, the portfolios of the tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/compound.h"
#include "pricing/aggregate/measures.h"

static struct quo_workspace *workspace;

static int make_workspace(void **state)
{
    (void)state;
    workspace = quo_workspace_new();
    return workspace ? 0 : -1;
}

static int free_workspace(void **state)
{
    (void)state;
    quo_workspace_free(workspace);
    return 0;
}

static struct quo_lattice few_points(void)
{
    const double mass[] = {0.02, 0.13, 0.2, 0.25, 0.125, 0.075, 0.05, 0.05, 0.05, 0.025, 0.025};
    struct quo_lattice l;
    assert_int_equal(quo_lattice_new(25.0, 11, &l), QUO_OK);
    memcpy(l.mass, mass, sizeof mass);
    return l;
}

/* A recursion that starts at exp(-1000) stops there elsewhere, and the caller must know that lambda can be halved. */
static void lambda_1000_does_not_underflow(void **state)
{
    (void)state;
    struct quo_lattice severity = few_points(), panjer, fft;
    for (double lambda = 1000.0; lambda <= 8000.0; lambda *= 2.0) {
        const struct quo_component c = {quo_frequency_poisson(lambda), &severity};
        const size_t points =
            (size_t)(quo_compound_mean(&c, 1) / 25.0 + 10.0 * sqrt(quo_compound_variance(&c, 1)) / 25.0);
        assert_int_equal(quo_compound_panjer(&c, 1, points, 0, &panjer), QUO_OK);
        assert_int_equal(quo_compound_fft(&c, 1, points, 0, workspace, &fft, NULL), QUO_OK);
        check_rel(quo_lattice_mean(&panjer), quo_compound_mean(&c, 1), 1e-11, "mean at lambda %g", lambda);
        check_rel(quo_lattice_variance(&panjer), quo_compound_variance(&c, 1), 1e-9, "variance at lambda %g", lambda);
        for (size_t k = 0; k < points; k++)
            check_abs(panjer.mass[k], fft.mass[k], 1e-13, "lambda %g, point %zu", lambda, k);
        quo_lattice_free(&panjer);
        quo_lattice_free(&fft);
    }
    quo_lattice_free(&severity);
}

static void every_count_agrees_with_the_transform(void **state)
{
    (void)state;
    struct quo_lattice severity = few_points(), panjer, fft;
    const struct quo_component c[] = {
        {{QUO_POISSON, {0.01, 0.0}, false, 0.0}, &severity},  {{QUO_NEGBIN, {0.4, 0.3}, false, 0.0}, &severity},
        {{QUO_NEGBIN, {400.0, 0.3}, false, 0.0}, &severity},  {{QUO_BINOMIAL, {1.0, 0.3}, false, 0.0}, &severity},
        {{QUO_BINOMIAL, {37.0, 0.9}, false, 0.0}, &severity}, {{QUO_BINOMIAL, {1000.0, 0.3}, false, 0.0}, &severity},
        {{QUO_POISSON, {2.0, 0.0}, true, 0.0}, &severity},    {{QUO_NEGBIN, {0.4, 0.3}, true, 0.9}, &severity},
        {{QUO_BINOMIAL, {8.0, 0.3}, true, 0.2}, &severity},
    };
    const size_t n = sizeof c / sizeof *c;
    for (size_t i = 0; i <= n; i++) { /* the last turn: all of them together */
        const size_t points = 8000, many = i < n ? 1 : n;
        const struct quo_component *these = i < n ? &c[i] : c;
        assert_int_equal(quo_compound_panjer(these, many, points, 0, &panjer), QUO_OK);
        assert_int_equal(quo_compound_fft(these, many, points, 0, workspace, &fft, NULL), QUO_OK);
        check_rel(quo_lattice_mean(&panjer), quo_compound_mean(these, many), 1e-11, "mean %zu", i);
        for (size_t k = 0; k < points; k++)
            check_abs(panjer.mass[k], fft.mass[k], 1e-13, "count %zu, point %zu", i, k);
        quo_lattice_free(&panjer);
        quo_lattice_free(&fft);
    }
    quo_lattice_free(&severity);
}

static void gathered_and_impossible(void **state)
{
    (void)state;
    struct quo_lattice severity = few_points(), panjer, fft;
    const struct quo_component c = {quo_frequency_poisson(20.0), &severity},
                               never = {quo_frequency_poisson(0.0), &severity};
    assert_int_equal(quo_compound_panjer(&c, 1, 41, 1, &panjer), QUO_OK);
    assert_int_equal(quo_compound_fft(&c, 1, 41, 1, workspace, &fft, NULL), QUO_OK);
    for (size_t k = 0; k < 41; k++)
        check_abs(panjer.mass[k], fft.mass[k], 1e-12, "gathered, point %zu", k);
    quo_lattice_free(&panjer);
    quo_lattice_free(&fft);
    assert_int_equal(quo_compound_panjer(&never, 1, 5, 0, &panjer), QUO_OK);
    check_rel(panjer.mass[0], 1.0, 0.0, "a rate of 0: nothing ever happens");
    quo_lattice_free(&panjer);
    const struct quo_component bad = {quo_frequency_poisson(-1.0), &severity};
    assert_int_equal(quo_compound_panjer(&bad, 1, 41, 1, &panjer), QUO_DOMAIN);
    assert_null(panjer.mass);
    quo_lattice_free(&severity);
}

/* ---- the tables ------------------------------------------------------------------------------- */

static double law_answer(const struct ref_row *row, const struct quo_lattice *law)
{
    const double p = ref_number(row->args, "p"), s = ref_number(row->args, "s");
    const char *q = row->quantity;
    return strcmp(q, "mean") == 0       ? quo_lattice_mean(law)
           : strcmp(q, "variance") == 0 ? quo_lattice_variance(law)
           : strcmp(q, "var") == 0      ? quo_measure_var(p, law)
           : strcmp(q, "tvar") == 0     ? quo_measure_tvar(p, law)
           : strcmp(q, "pmf") == 0      ? law->mass[lround(s / law->step)]
           : strcmp(q, "cdf") == 0      ? quo_measure_cdf(s, law)
           : strcmp(q, "stoploss") == 0 ? quo_measure_stoploss(isnan(s) ? ref_number(row->args, "d") : s, law)
                                        : NAN;
}

/* "2-3-1-2-0/0-1-2-2-1": lives by probability of death and amount: a sum of binomial counts of fixed amounts. */
static void individual_model_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("aggregate_discrete.csv", &n);
    struct ref_tally tally = {0};
    struct quo_lattice amount[5], law[2] = {{0.0, 0, NULL}, {0.0, 0, NULL}};
    struct quo_component c[64];
    for (size_t i = 0; i < n; i++) {
        if (!strstr(row[i].params, "model=individual"))
            continue;
        if (!law[0].mass) {
            double q[8];
            char text[128];
            const size_t groups = ref_numbers(row[i].params, "q", q, 8);
            size_t used = 0;
            assert_true(ref_text(row[i].params, "counts_by_amount_1..5", text, sizeof text));
            const char *at = text;
            for (int a = 0; a < 5; a++) {
                assert_int_equal(quo_lattice_new(1.0, (size_t)a + 2, &amount[a]), QUO_OK);
                amount[a].mass[a + 1] = 1.0;
            }
            for (size_t g = 0; g < groups; g++)
                for (int a = 0; a < 5; a++) {
                    char *end;
                    const double lives = strtod(at, &end);
                    at = end + (*end == '-' || *end == '/');
                    if (lives > 0.0)
                        c[used++] = (struct quo_component){{QUO_BINOMIAL, {lives, q[g]}, false, 0.0}, &amount[a]};
                }
            assert_int_equal(quo_compound_panjer(c, used, 120, 0, &law[0]), QUO_OK);
            assert_int_equal(quo_compound_fft(c, used, 120, 0, workspace, &law[1], NULL), QUO_OK);
        }
        ref_check(&tally, &row[i], law_answer(&row[i], &law[0]));
        if (strcmp(row[i].quantity, "pmf") != 0 ||
            row[i].value > 1e-5) /* small masses keep their digits in the recursion alone */
            check_rel(law_answer(&row[i], &law[1]), row[i].value, 1e-9, "transform: %s %s", row[i].quantity,
                      row[i].args);
    }
    for (int a = 0; a < 5; a++)
        quo_lattice_free(&amount[a]);
    quo_lattice_free(&law[0]);
    quo_lattice_free(&law[1]);
    ref_free(row, n);
    ref_done(&tally, 58);
}

/* "unit1=lambda 0.08 f1.. 0.1/0.2/0.4/0.3" and "unit1=p 0.02 amount 10" of the allocation table: the law of the whole. */
static size_t units(const char *params, struct quo_component *c, struct quo_lattice *severity)
{
    size_t n = 0;
    for (const char *at = params; (at = strstr(at, "unit")); at++) {
        const char *value = strchr(at, '=') + 1;
        if (strncmp(value, "lambda ", 7) == 0) {
            c[n].frequency = quo_frequency_poisson(strtod(value + 7, NULL));
            assert_int_equal(quo_lattice_new(1.0, 5, &severity[n]), QUO_OK);
            const char *f = strstr(value, "f1.. ") + 5;
            for (int k = 1; k <= 4; k++, f++)
                severity[n].mass[k] = strtod(f, (char **)&f);
        } else {
            const double p = strtod(value + 2, NULL), amount = strtod(strstr(value, "amount ") + 7, NULL);
            c[n].frequency = (struct quo_frequency){QUO_BINOMIAL, {1.0, p}, false, 0.0};
            assert_int_equal(quo_lattice_new(1.0, (size_t)amount + 1, &severity[n]), QUO_OK);
            severity[n].mass[(size_t)amount] = 1.0;
        }
        c[n].severity = &severity[n];
        n++;
    }
    return n;
}

static void independent_portfolios_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("allocation.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        const bool ours =
            strncmp(row[i].case_id, "alloc-cp", 8) == 0 || strcmp(row[i].case_id, "alloc-discrete-binary-3") == 0;
        if (!ours || strstr(row[i].quantity, "contribution") || strstr(row[i].quantity, "conditional"))
            continue; /* of the whole here; its parts are the portfolio's */
        struct quo_component c[8];
        struct quo_lattice severity[8], law;
        const size_t used = units(row[i].params, c, severity);
        assert_int_equal(quo_compound_panjer(c, used, 60, 0, &law), QUO_OK);
        ref_check(&tally, &row[i], law_answer(&row[i], &law));
        quo_lattice_free(&law);
        for (size_t j = 0; j < used; j++)
            quo_lattice_free(&severity[j]);
    }
    ref_free(row, n);
    ref_done(&tally, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lambda_1000_does_not_underflow),
        cmocka_unit_test(every_count_agrees_with_the_transform),
        cmocka_unit_test(gathered_and_impossible),
        cmocka_unit_test(individual_model_of_the_table),
        cmocka_unit_test(independent_portfolios_of_the_table),
    };
    return cmocka_run_group_tests(tests, make_workspace, free_workspace);
}
