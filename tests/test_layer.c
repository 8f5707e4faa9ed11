#include "pricing/aggregate/layer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "contract_rows.h"
#include "pricing/aggregate/measures.h"

static double or_else(double x, double otherwise) { return isnan(x) ? otherwise : x; }

/* "family=gpd;xi=0.5;beta=7;mu=10;attachment=20;limit=30"; pareto1 is the GPD with mu = threshold. */
static struct quo_layer row_layer(const char *params)
{
    char family[32];
    assert_true(ref_text(params, "family", family, sizeof family));
    struct quo_layer l = {.share = or_else(ref_number(params, "share"), 1.0)};
    if (strcmp(family, "pareto1") == 0) {
        const double threshold = ref_number(params, "threshold"), alpha = ref_number(params, "alpha");
        l.severity = quo_severity_simple(QUO_GPD, (const double[]){1.0 / alpha, threshold / alpha, threshold});
    } else {
        l.severity = row_severity(params, family, "");
    }
    l.attach = or_else(ref_number(params, "attachment"), or_else(ref_number(params, "deductible"), 0.0));
    l.limit = or_else(ref_number(params, "limit"), INFINITY);
    return l;
}

static double variance_of(const struct quo_layer *l)
{
    const double mean = quo_layer_moment(1, l);
    return quo_layer_moment(2, l) - mean * mean;
}

static double layer_answer(const struct ref_row *row, const struct quo_layer *l)
{
    const char *q = row->quantity;
    char family[32];
    struct quo_frequency f = quo_frequency_poisson(1.0);
    if (ref_text(row->args, "frequency", family, sizeof family))
        f = row_frequency(row->args, family);
    const double mean = quo_layer_moment(1, l);
    if (strcmp(q, "layer_mean") == 0)
        return mean;
    if (strcmp(q, "layer_second_moment") == 0)
        return quo_layer_moment(2, l);
    if (strcmp(q, "layer_variance") == 0)
        return variance_of(l);
    if (strcmp(q, "attachment_probability") == 0)
        return quo_layer_Q(0.0, l);
    if (strcmp(q, "exhaustion_probability") == 0)
        return quo_layer_full(l);
    if (strcmp(q, "layer_frequency") == 0)
        return quo_frequency_mean(&f) * quo_layer_Q(0.0, l);
    if (strcmp(q, "probability_of_any_payout") == 0) {
        f = quo_frequency_thin(&f, quo_layer_Q(0.0, l)); /* only what reaches the layer counts */
        return quo_frequency_Q(0, &f);
    }
    if (strcmp(q, "aggregate_layer_mean") == 0)
        return quo_frequency_mean(&f) * mean;
    if (strcmp(q, "aggregate_layer_variance") == 0)
        return quo_frequency_mean(&f) * variance_of(l) + quo_frequency_variance(&f) * mean * mean;
    return NAN;
}

static void layers_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "layer-", 6) != 0)
            continue;
        struct quo_layer l = row_layer(row[i].params);
        l.share = or_else(ref_number(row[i].args, "share"), 1.0);
        ref_check(&tally, &row[i], layer_answer(&row[i], &l));
    }
    ref_free(row, n);
    ref_done(&tally, 280);
}

/* The other rows of the table are of laws that Quorate does not have (piecewise Pareto, Riegel's generalisation). */
static void pareto_layers_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers_pareto.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].params, "family=pareto1;", 15) != 0)
            continue;
        const struct quo_layer l = row_layer(row[i].params);
        ref_check(&tally, &row[i], layer_answer(&row[i], &l));
    }
    ref_free(row, n);
    ref_done(&tally, 12);
}

static void textbook_payments(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("textbook.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "lda-", 4) != 0)
            continue;
        const struct quo_layer l = row_layer(row[i].params);
        const double variance = variance_of(&l);
        ref_check(&tally, &row[i],
                  strstr(row[i].quantity, "variance") ? variance
                  : strstr(row[i].quantity, "sd")     ? sqrt(variance)
                                                      : quo_layer_moment(1, &l));
    }
    ref_free(row, n);
    ref_done(&tally, 3);
}

/* ---- distortions of whole laws and of layers ---------------------------------------------------- */

static double severity_sf(double x, const void *context) { return quo_severity_Q(x, context); }

static double normal_sf(double x, const void *context)
{
    const double *par = context;
    return 0.5 * erfc((x - par[0]) / (par[1] * sqrt(2.0)));
}

static void distortions_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("distortion.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        char family[32], principle[32], text[96];
        if (!ref_text(row[i].params, "family", family, sizeof family))
            continue;
        struct quo_distortion d = {QUO_DISTORTION_WANG, 0.0};
        assert_true(ref_text(row[i].args, "principle", principle, sizeof principle));
        if (strcmp(principle, "expected_value") != 0) {
            snprintf(text, sizeof text, "%s:%s", principle, strchr(row[i].args, ';') + 1);
            assert_true(quo_distortion_parse(text, &d, NULL));
        }
        double got;
        if (strcmp(family, "normal") == 0) {
            const double par[] = {ref_number(row[i].params, "mean"), ref_number(row[i].params, "sd")};
            got = quo_distortion_integral(&d, normal_sf, par, par[0] - 40.0 * par[1], INFINITY);
        } else {
            const struct quo_layer l = row_layer(row[i].params);
            const double start =
                l.severity.family == QUO_GPD ? l.severity.law[0].par[2] : 0.0; /* below it P[X > x] is 1 */
            got = l.limit < INFINITY
                      ? quo_distortion_integral(&d, severity_sf, &l.severity, l.attach, l.attach + l.limit) - l.attach
                      : quo_distortion_integral(&d, severity_sf, &l.severity, start, INFINITY);
        }
        ref_check(&tally, &row[i], got);
    }
    ref_free(row, n);
    ref_done(&tally, 57);
}

static void a_tail_too_heavy_for_its_distortion_has_no_price(void **state)
{
    (void)state;
    const struct quo_severity s = quo_severity_simple(QUO_PARETO2, (const double[]){1.5, 1000.0});
    const struct quo_distortion mild = {QUO_DISTORTION_PH, 0.8}, hard = {QUO_DISTORTION_PH, 0.6};
    check_rel(quo_distortion_integral(&mild, severity_sf, &s, 0.0, INFINITY), 1000.0 / (1.5 * 0.8 - 1.0), 1e-9,
              "shape 1.2");
    assert_true(isinf(quo_distortion_integral(&hard, severity_sf, &s, 0.0, INFINITY)));
}

/* ---- discretisation ----------------------------------------------------------------------------- */

static void lattice_keeps_the_mean_of_every_family(void **state)
{
    (void)state;
    static const struct quo_layer layers[] = {
        {{.family = QUO_LOGNORMAL, .law = {{QUO_LOGNORMAL, {7.0, 1.5}}}}, 0.0, 1e5, 1.0},
        {{.family = QUO_LOGNORMAL, .law = {{QUO_LOGNORMAL, {7.0, 3.0}}}}, 5000.0, 5e6, 0.35},
        {{.family = QUO_GAMMA, .law = {{QUO_GAMMA, {0.3, 1e4}}}}, 0.0, 2e4, 1.0},
        {{.family = QUO_GPD, .law = {{QUO_GPD, {1.2, 3e5, 1e5}}}},
         5e4,
         5e6,
         1.0}, /* its corner lies inside the layer */
        {{.family = QUO_WEIBULL, .law = {{QUO_WEIBULL, {0.6, 1000.0}}}}, 500.0, 2e4, 0.8},
        {{.family = QUO_PARETO2, .law = {{QUO_PARETO2, {0.8, 1e4}}}}, 1e7, 9e7, 1.0},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t cells = 7; cells < 10000; cells *= 11) {
            struct quo_lattice lattice;
            assert_int_equal(
                quo_layer_discretise(&layers[i], quo_layer_top(&layers[i]), cells, QUO_LAYER_CAPPED, &lattice), QUO_OK);
            check_rel(quo_lattice_mean(&lattice), quo_layer_moment(1, &layers[i]), 1e-11, "law %zu in %zu cells", i,
                      cells);
            double sum = 0.0;
            for (size_t k = 0; k <= cells; k++)
                sum += lattice.mass[k];
            check_rel(sum, 1.0, 1e-13, "mass of law %zu in %zu cells", i, cells);
            quo_lattice_free(&lattice);
        }
}

static void cut_lattice_is_the_capped_one_without_what_lies_above(void **state)
{
    (void)state;
    const struct quo_layer l = {quo_severity_simple(QUO_PARETO2, (const double[]){0.9, 1e4}), 0.0, INFINITY, 1.0};
    struct quo_lattice capped, cut;
    assert_int_equal(quo_layer_discretise(&l, 1e6, 500, QUO_LAYER_CAPPED, &capped), QUO_OK);
    assert_int_equal(quo_layer_discretise(&l, 1e6, 500, QUO_LAYER_CUT, &cut), QUO_OK);
    for (size_t k = 0; k < 500; k++)
        assert_true(capped.mass[k] == cut.mass[k]);
    check_rel(capped.mass[500] - cut.mass[500], quo_layer_Q(1e6, &l), 1e-12, "what stands on top");
    quo_lattice_free(&capped);
    quo_lattice_free(&cut);
}

static void impossible_layers_are_refused(void **state)
{
    (void)state;
    const struct quo_severity s = quo_severity_simple(QUO_LOGNORMAL, (const double[]){7.0, 1.5});
    const struct quo_severity no = quo_severity_simple(QUO_LOGNORMAL, (const double[]){7.0, -1.5});
    const struct quo_layer bad[] = {{s, -1.0, 1.0, 1.0}, {s, INFINITY, 1.0, 1.0}, {s, 0.0, 0.0, 1.0},
                                    {s, 0.0, NAN, 1.0},  {s, 0.0, 1.0, 0.0},      {s, 0.0, 1.0, 1.01},
                                    {no, 0.0, 1.0, 1.0}};
    struct quo_lattice lattice;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_non_null(quo_layer_invalid(&bad[i]));
        assert_int_equal(quo_layer_discretise(&bad[i], 1.0, 8, QUO_LAYER_CAPPED, &lattice), QUO_DOMAIN);
    }
    const struct quo_layer good = {s, 0.0, 100.0, 1.0};
    assert_null(quo_layer_invalid(&good));
    assert_int_equal(quo_layer_discretise(&good, 200.0, 8, QUO_LAYER_CAPPED, &lattice), QUO_DOMAIN);
    assert_int_equal(quo_layer_discretise_rule(&good, 7.0, 100.0, QUO_RULE_LOWER, &lattice), QUO_DOMAIN);
    assert_true(isnan(quo_layer_moment(4, &good)) && isnan(quo_layer_Q(NAN, &good)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_of_the_table),
        cmocka_unit_test(pareto_layers_of_the_table),
        cmocka_unit_test(textbook_payments),
        cmocka_unit_test(distortions_of_the_table),
        cmocka_unit_test(a_tail_too_heavy_for_its_distortion_has_no_price),
        cmocka_unit_test(lattice_keeps_the_mean_of_every_family),
        cmocka_unit_test(cut_lattice_is_the_capped_one_without_what_lies_above),
        cmocka_unit_test(impossible_layers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
