/* Severity laws against the reference tables, against identities at random parameters, and against their own samples. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/faults.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/severity/law.h"
#include "risk/severity/severity.h"
#include "tests/laws.h"

static double variance(const struct quo_severity *s)
{
    const double mean = quo_severity_moment(1.0, s), second = quo_severity_moment(2.0, s);
    return isinf(second) ? INFINITY : second - mean * mean;
}

static double quantity(const char *name, const char *args, const struct quo_severity *s)
{
    const double x = ref_number(args, "x"), d = ref_number(args, "d");
    const double p = ref_number(args, "p"), q = ref_number(args, "q");
    const struct {
        const char *name;
        double value;
    } all[] = {
        {"pdf", quo_severity_pdf(x, s)},
        {"logpdf", quo_severity_logpdf(x, s)},
        {"cdf", quo_severity_P(x, s)},
        {"sf", quo_severity_Q(x, s)},
        {"logsf", quo_severity_logQ(x, s)},
        {"quantile", quo_severity_Pinv(p, s)},
        {"quantile_upper", quo_severity_Qinv(q, s)},
        {"moment", quo_severity_moment(ref_number(args, "k"), s)},
        {"variance", variance(s)},
        {"lev", quo_severity_lev(d, 1.0, s)},
        {"lev2", quo_severity_lev(d, 2.0, s)},
        {"stoploss", quo_severity_stoploss(d, s)},
        {"mean_excess", quo_severity_stoploss(d, s) / quo_severity_Q(d, s)},
        {"tvar", quo_severity_tvar(p, s)},
        {"tvar_upper", quo_severity_tvar_upper(q, s)},
        {"tail_weight", s->weight},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].value;
    fail_msg("unknown quantity %s", name);
    return NAN;
}

static void every_row(const char *table, size_t rows)
{
    size_t n;
    struct ref_row *row = ref_read(table, &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct quo_severity s;
        if (!laws_from_table(row[i].params, &s))
            fail_msg("line %d: %s is refused", row[i].line, row[i].params);
        ref_check(&tally, &row[i], quantity(row[i].quantity, row[i].args, &s));
    }
    ref_free(row, n);
    assert_int_equal(n, rows);
    ref_done(&tally, rows);
}

static void simple_laws_match_the_reference_table(void **state)
{
    (void)state;
    every_row("severity_functions.csv", 2723);
}

static void composite_laws_match_the_reference_table(void **state)
{
    (void)state;
    every_row("severity_composite.csv", 428);
}

static void check_tails(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    double last = 1.0;
    for (int i = 0; i < 12; i++) {
        const double q = i < 6 ? quo_stream_uniform(stream) : pow(10.0, -laws_uniform(stream, 1.0, 250.0));
        const double x = quo_severity_Qinv(q, s);
        if (isinf(x) || x < 1e-290 || (x == quo_severity_Qinv(0.0, s))) /* beyond a double, or at the law's end */
            continue;
        /* A step of x by one unit in the last place moves Q by this share: near the end of a bounded law it is all. */
        const double step = 1e-15 * x * exp(quo_severity_logpdf(x, s) - quo_severity_logQ(x, s));
        if (step > 1e-6)
            continue;
        check_rel(quo_severity_Q(x, s), q, 1e-11 + 4.0 * step, "%s: Q(Qinv(%.17g)), x = %.17g", law, q, x);
        const double p = quo_severity_P(x, s);
        check_abs(p + quo_severity_Q(x, s), 1.0, 1e-13, "%s: P + Q at %.17g", law, x);
        check_abs(quo_severity_logQ(x, s), log(q), 1e-11 + 4.0 * step, "%s: logQ at %.17g", law, x);
        check_abs(quo_severity_logP(x, s), log(p), 1e-12, "%s: logP at %.17g", law, x);
        if (q > 1e-10 && p < 1.0)
            check_rel(quo_severity_Pinv(p, s), x, 1e-10 + 1e-15 / (step + 1e-300) * 1e-15 / q, "%s: Pinv(P(%.17g))",
                      law, x);
        last = fmin(last, q);
        assert_true(quo_severity_Q(x * 1.001, s) <= quo_severity_Q(x, s));
        assert_true(quo_severity_P(x * 0.999, s) <= p);
    }
    for (int i = 0; i < 6; i++) { /* the lower tail */
        const double p = pow(10.0, -laws_uniform(stream, 0.3, 60.0)), x = quo_severity_Pinv(p, s);
        if (x < 1e-290)
            continue;
        const double step = 1e-15 * x * exp(quo_severity_logpdf(x, s) - quo_severity_logP(x, s));
        check_rel(quo_severity_P(x, s), p, 1e-11 + 4.0 * step, "%s: P(Pinv(%.17g)), x = %.17g", law, p, x);
        check_abs(quo_severity_logP(x, s), log(p), 1e-11 + 4.0 * step, "%s: logP(Pinv(%.17g))", law, p);
    }
}

static void tails_add_up_and_invert(void **state)
{
    (void)state;
    laws_every(check_tails);
}

/* Integral of f over [a, b], by 48 Gauss-Legendre nodes in log x. */
static double integral(double (*f)(double x, double order, const struct quo_severity *s), double a, double b,
                       double order, const struct quo_severity *s)
{
    double node[48], weight[48], sum = 0.0;
    quo_gauss_legendre(48, node, weight);
    const double middle = 0.5 * (log(b) + log(a)), half = 0.5 * (log(b) - log(a));
    for (int i = 0; i < 48; i++) {
        const double x = exp(middle + half * node[i]);
        sum += half * weight[i] * x * f(x, order, s);
    }
    return sum;
}
static double density(double x, double order, const struct quo_severity *s)
{
    (void)order;
    return quo_severity_pdf(x, s);
}
static double weighted_tail(double x, double order, const struct quo_severity *s)
{
    return order * pow(x, order - 1.0) * quo_severity_Q(x, s);
}

/* What lies between two points is the integral between them: of the density for P, of the tail for the limited means. */
static void check_integrals(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    const double p = laws_uniform(stream, 0.02, 0.6), a = quo_severity_Pinv(p, s);
    const double b = quo_severity_Pinv(p + 0.35, s);
    const double u = s->family == QUO_SPLICED ? s->threshold : 0.0;
    double corner[2] = {s->law[0].family == QUO_GPD ? s->law[0].par[2] : 0.0,
                        s->law[1].family == QUO_GPD ? s->law[1].par[2] : u};
    for (int i = 0; i < 2; i++)
        if (corner[i] > a * 0.999 && corner[i] < b * 1.001) /* a kink spoils the quadrature, not the law */
            return;
    if (a < 1e-280 || log(b / a) > 40.0 || (s->family == QUO_MIXTURE && log(b / a) > 3.0) ||
        (s->family == QUO_AVERAGE && log(b / a) > 1.5))
        return;
    check_rel(integral(density, a, b, 0.0, s), quo_severity_P(b, s) - quo_severity_P(a, s), 1e-9, "%s: density", law);
    const double order[] = {1.0, 2.0, 0.6};
    for (int i = 0; i < 3; i++) {
        const double low = quo_severity_lev(a, order[i], s), high = quo_severity_lev(b, order[i], s);
        check_abs(high - low, integral(weighted_tail, a, b, order[i], s), 2e-10 * high,
                  "%s: lev of order %g from %g to %g", law, order[i], a, b);
    }
}

static void densities_and_tails_integrate_to_what_is_between(void **state)
{
    (void)state;
    laws_every(check_integrals);
}

static void check_means(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    const double mean = quo_severity_moment(1.0, s);
    check_rel(quo_severity_moment(0.0, s), 1.0, 1e-14, "%s: moment 0", law);
    double last = -1.0;
    for (int i = 0; i < 8; i++) {
        const double x = quo_severity_Pinv((i + quo_stream_uniform(stream)) / 8.0, s);
        const double lev = quo_severity_lev(x, 1.0, s), excess = quo_severity_stoploss(x, s);
        assert_true(lev >= last && lev <= x * (1.0 + 1e-14));
        last = lev;
        if (isinf(mean))
            assert_true(isinf(excess) || mean > 1e300);
        else
            check_rel(lev + excess, mean, 1e-11, "%s: lev + stoploss at %g", law, x);
        if (isfinite(mean) && mean < 1e100) {
            const double tvar = quo_severity_tvar(quo_severity_P(x, s), s);
            assert_true(tvar >= x * (1.0 - 1e-10));
            check_rel((tvar - x) * quo_severity_Q(x, s), excess, 1e-7 + 1e-12 * x / (tvar - x), "%s: tvar at %g", law,
                      x);
        }
    }
    check_rel(quo_severity_lev(INFINITY, 1.0, s), mean, 1e-13, "%s: lev without limit", law);
    const double second = quo_severity_lev(quo_severity_Qinv(1e-6, s), 2.0, s);
    assert_true(second >= 0.999999 * pow(quo_severity_lev(quo_severity_Qinv(1e-6, s), 1.0, s), 2.0));
    if (isfinite(mean))
        check_rel(quo_severity_stoploss(-5.0, s), mean + 5.0, 1e-14, "%s: below the ground", law);
}

static void limited_means_and_excesses_add_up(void **state)
{
    (void)state;
    laws_every(check_means);
}

/* ---- samples ---- */

#define SIMPLE(family, ...) quo_severity_simple(family, (const double[]){__VA_ARGS__})
#define DRAWS 60000

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The table's tolerances are five standard errors of a million draws; of fewer they widen with the root. */
static void samples_agree_with_the_exact_law(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("monte_carlo.csv", &n);
    double *x = malloc(DRAWS * sizeof *x);
    assert_non_null(x);
    const double wider = sqrt(1e6 / DRAWS);
    char drawn[512] = "";
    struct quo_severity s = {.family = QUO_FAMILIES};
    double mean = NAN, second = NAN;
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        char family[32];
        if (strncmp(row[i].case_id, "mc-", 3) != 0 || !ref_text(row[i].params, "family", family, sizeof family))
            continue;
        enum quo_family which;
        if (!quo_family_by_name(family, &which)) /* counts: test_frequency */
            continue;
        if (strcmp(drawn, row[i].params) != 0) {
            snprintf(drawn, sizeof drawn, "%s", row[i].params);
            assert_true(laws_from_table(row[i].params, &s));
            struct quo_stream stream = quo_stream_at(1, 0, (uint32_t)which, LAWS_PURPOSE + 1);
            struct quo_sum sum = {0.0, 0.0}, squares = {0.0, 0.0};
            for (int k = 0; k < DRAWS; k++) {
                x[k] = quo_severity_draw(&stream, &s);
                quo_sum_add(&sum, x[k]);
                quo_sum_add(&squares, x[k] * x[k]);
            }
            mean = quo_sum_value(&sum) / DRAWS;
            second = quo_sum_value(&squares) / DRAWS;
            qsort(x, DRAWS, sizeof *x, ascending);
        }
        rows++;
        ref_seen(&row[i]);
        const double tolerance = row[i].tol * wider;
        if (strcmp(row[i].quantity, "mean") == 0) {
            check_rel(mean, row[i].value, tolerance, "%s: mean of the sample", drawn);
        } else if (strcmp(row[i].quantity, "variance") == 0) {
            check_rel(second - mean * mean, row[i].value, tolerance, "%s: variance of the sample", drawn);
        } else if (strcmp(row[i].quantity, "quantile") == 0) {
            const double p = ref_number(row[i].args, "p");
            check_rel(x[(size_t)(p * DRAWS)], row[i].value, tolerance, "%s: quantile %g of the sample", drawn, p);
        } else {
            assert_string_equal(row[i].quantity, "ks_bound");
            double distance = 0.0;
            for (int k = 0; k < DRAWS; k++) {
                const double p = quo_severity_P(x[k], &s);
                distance = fmax(distance, fmax(p - k / (double)DRAWS, (k + 1) / (double)DRAWS - p));
            }
            assert_true(distance < row[i].value * wider);
        }
    }
    free(x);
    ref_free(row, n);
    assert_int_equal(rows, 107);
}

/* ---- corners ---- */

static void far_tails_of_narrow_laws_match_high_precision(void **state)
{
    (void)state;
    const struct quo_severity steep = SIMPLE(QUO_GB2, 24.960256355178004, 47.42009987523957, 2.0432709788616847, 1.0);
    check_rel(quo_severity_stoploss(1.7141358106755258, &steep), 4.0622707769666207e-279, 1e-12,
              "gb2, mpmath at 40 digits");
    const struct quo_severity before = SIMPLE(QUO_GB2, 74.23458333569307, 79.89440849650883, 31.565249041808887, 1.0);
    check_rel(quo_severity_stoploss(0.962081202443734, &before), 0.027162040788652964, 1e-12,
              "gb2 below its tail, the same");
    const struct quo_severity narrow = SIMPLE(QUO_LOGNORMAL, 16.967947455221164, 0.012994201342793867);
    check_rel(quo_severity_stoploss(31746625.585269082, &narrow), 3.6621582053733839e-118, 5e-13,
              "lognormal, the same");
    const struct quo_severity late = SIMPLE(QUO_WEIBULL, 500.0, 10.0);
    check_rel(quo_severity_lev(1.0, 2.0, &late), 1.0, 1e-15, "weibull, far below everything");
    const struct quo_severity wide = SIMPLE(QUO_BURR, 0.18, 1.36, 1.0);
    check_rel(quo_severity_lev(1e9, 1.0, &wide), 8293502.6008954917, 1e-12,
              "burr without a mean, quadrature, the same");
}

static void parts_with_ends_of_their_own(void **state)
{
    (void)state;
    const struct quo_law early = {QUO_GPD, {-0.5, 2.0, 1.0}},
                         late = {QUO_GPD, {-0.25, 3.0, 10.0}}; /* [1, 5] and [10, 22] */
    const struct quo_severity s = quo_severity_mixture(0.4, early, late);
    assert_true(quo_severity_Pinv(0.0, &s) == 1.0 && quo_severity_Qinv(1.0, &s) == 1.0);
    assert_true(quo_severity_Pinv(1.0, &s) == 22.0 && quo_severity_Qinv(0.0, &s) == 22.0);
    check_rel(quo_severity_Pinv(0.2, &s), quo_law_Pinv(0.5, &early), 1e-12, "inside the first part");
    check_rel(quo_severity_Pinv(0.7, &s), quo_law_Pinv(0.5, &late), 1e-12, "inside the second part");
    assert_true(quo_severity_Q(7.0, &s) == 0.6 && quo_severity_tvar_upper(0.0, &s) == 22.0);
    const struct quo_severity only = quo_severity_mixture(1.0, early, (struct quo_law){QUO_GPD, {1.5, 1.0, 0.0}});
    check_rel(quo_severity_moment(1.0, &only), quo_law_moment(1.0, &early), 1e-15, "a part of weight 0 is not there");
    for (int i = 0; i < 60; i++) { /* quantiles on both sides of a seam */
        struct quo_stream stream = quo_stream_at(12, (uint64_t)i, 0, LAWS_PURPOSE);
        const struct quo_severity splice = laws_random(&stream, QUO_SPLICED);
        const double u = splice.threshold;
        assert_true(quo_severity_Qinv(splice.weight * (1.0 + 1e-15), &splice) <= u);
        assert_true(quo_severity_Qinv(splice.weight * (1.0 - 1e-15), &splice) >= u);
        check_rel(quo_severity_Q(u, &splice), splice.weight, 1e-14, "the weight at the seam");
        check_rel(quo_severity_Qinv(splice.weight, &splice), u, 1e-10, "the seam");
    }
}

/* ---- layers ---- */

/* Of the variance of a layer only limited moments up to the second: E[L^2] = lev2(b) - lev2(a) - 2 a (lev(b) - lev(a)). */
static void pareto_layers_match_the_reference_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers_pareto.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        const double u = ref_number(row[i].params, "threshold"), alpha = ref_number(row[i].params, "alpha");
        const double alpha_tail = ref_number(row[i].params, "alpha_tail"),
                     alpha_ini = ref_number(row[i].params, "alpha_ini");
        if (isnan(u)) /* piecewise: not a family of ours */
            continue;
        const struct quo_severity s = isnan(alpha) ? SIMPLE(QUO_GPD, 1.0 / alpha_tail, u / alpha_ini, u)
                                                   : SIMPLE(QUO_GPD, 1.0 / alpha, u / alpha, u);
        const double a = ref_number(row[i].params, "attachment"), b = a + ref_number(row[i].params, "limit");
        const double mean = quo_severity_lev(b, 1.0, &s) - quo_severity_lev(a, 1.0, &s);
        const double second = quo_severity_lev(b, 2.0, &s) - quo_severity_lev(a, 2.0, &s) - 2.0 * a * mean;
        ref_check(&tally, &row[i], strcmp(row[i].quantity, "layer_mean") == 0 ? mean : second - mean * mean);
    }
    ref_free(row, n);
    ref_done(&tally, 16);
}

static void printed_examples(void **state)
{
    (void)state;
    const struct quo_severity lognormal = SIMPLE(QUO_LOGNORMAL, 7.0, 2.4);
    check_rel(quo_severity_lev(1e5, 2.0, &lognormal), 512509058.0, 1e-9, "[Bah15] ex. 6.5, printed to the unit");
    const struct quo_severity wide = SIMPLE(QUO_LOGNORMAL, 7.0, 40.0);
    check_rel(quo_severity_lev(1e6, 1.0, &wide), 442218.26390589563555, 1e-13, "mpmath; the mean itself overflows");
    const struct quo_severity exponential = SIMPLE(QUO_EXPONENTIAL, 1000.0), pareto = SIMPLE(QUO_PARETO2, 5.0, 3600.0);
    size_t n;
    struct ref_row *row = ref_read("textbook.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].quantity, "variance_of_payment") == 0) { /* of (X - 100)+ */
            const double mean = quo_severity_stoploss(100.0, &exponential);
            const double second =
                quo_severity_moment(2.0, &exponential) - quo_severity_lev(100.0, 2.0, &exponential) - 200.0 * mean;
            ref_check(&tally, &row[i], second - mean * mean);
        } else if (strncmp(row[i].quantity, "insurer_", 8) == 0) { /* 0.85 min(X, 5000) */
            const double mean = 0.85 * quo_severity_lev(5000.0, 1.0, &pareto);
            const double second = 0.85 * 0.85 * quo_severity_lev(5000.0, 2.0, &pareto);
            ref_check(&tally, &row[i], strcmp(row[i].quantity, "insurer_sd") == 0 ? sqrt(second - mean * mean) : mean);
        }
    }
    ref_free(row, n);
    ref_done(&tally, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_laws_match_the_reference_table),
        cmocka_unit_test(composite_laws_match_the_reference_table),
        cmocka_unit_test(tails_add_up_and_invert),
        cmocka_unit_test(densities_and_tails_integrate_to_what_is_between),
        cmocka_unit_test(limited_means_and_excesses_add_up),
        cmocka_unit_test(samples_agree_with_the_exact_law),
        cmocka_unit_test(far_tails_of_narrow_laws_match_high_precision),
        cmocka_unit_test(parts_with_ends_of_their_own),
        cmocka_unit_test(pareto_layers_match_the_reference_table),
        cmocka_unit_test(printed_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
