/* What holds for every law: no dependence on the currency, special cases of wider families, edges, impossible parameters. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "risk/base/stream.h"
#include "risk/severity/law.h"
#include "risk/severity/severity.h"
#include "tests/laws.h"

#define SIMPLE(family, ...) quo_severity_simple(family, (const double[]){__VA_ARGS__})

/* The same law in another currency. */
static void convert(struct quo_law *law, double rate)
{
    const enum quo_family f = law->family;
    if (f == QUO_LOGNORMAL)
        law->par[0] += log(rate);
    else if (f == QUO_INVGAUSS || f == QUO_GPD)
        law->par[f == QUO_GPD ? 2 : 0] *= rate, law->par[1] *= rate;
    else
        law->par[quo_family_parameters(f) - 1] *= rate;
}

static void check_currency(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    const double rate = 1024.0; /* a power of two: no rounding but the functions' own */
    struct quo_severity other = *s;
    convert(&other.law[0], rate);
    if (s->family == QUO_SPLICED || s->family == QUO_MIXTURE)
        convert(&other.law[1], rate);
    for (int i = 1; s->family == QUO_AVERAGE && i < s->parts; i++)
        convert(&other.law[i], rate);
    other.threshold *= rate;
    const double x = quo_severity_Qinv(pow(10.0, -laws_uniform(stream, 0.0, 12.0)), s),
                 k = laws_uniform(stream, 0.2, 1.8);
    const double q = quo_severity_Q(x, s);
    const double slope = fmax(1.0, x * exp(quo_severity_logpdf(x, s) - quo_severity_logQ(x, s)));
    check_rel(quo_severity_Q(rate * x, &other), q, 1e-13 * slope, "%s: Q in cents", law);
    check_rel(quo_severity_lev(rate * x, k, &other), pow(rate, k) * quo_severity_lev(x, k, s), 1e-11,
              "%s: lev in cents", law);
    check_rel(rate * quo_severity_pdf(rate * x, &other), quo_severity_pdf(x, s), 1e-12 * slope, "%s: density in cents",
              law);
}

static void nothing_depends_on_the_currency(void **state)
{
    (void)state;
    laws_every(check_currency);
}

static void check_same(struct quo_severity a, struct quo_severity b, double x, double tolerance, const char *what)
{
    check_rel(quo_severity_pdf(x, &a), quo_severity_pdf(x, &b), tolerance, "%s: pdf at %g", what, x);
    check_rel(quo_severity_P(x, &a), quo_severity_P(x, &b), tolerance, "%s: P at %g", what, x);
    check_rel(quo_severity_logQ(x, &a), quo_severity_logQ(x, &b), tolerance, "%s: logQ at %g", what, x);
    check_rel(quo_severity_Qinv(1e-9, &a), quo_severity_Qinv(1e-9, &b), tolerance, "%s: Qinv", what);
    check_rel(quo_severity_Pinv(1e-9, &a), quo_severity_Pinv(1e-9, &b), tolerance, "%s: Pinv", what);
    check_rel(quo_severity_lev(x, 1.0, &a), quo_severity_lev(x, 1.0, &b), tolerance, "%s: lev at %g", what, x);
    check_rel(quo_severity_lev(x, 1.7, &a), quo_severity_lev(x, 1.7, &b), tolerance, "%s: lev 1.7 at %g", what, x);
    check_rel(quo_severity_stoploss(x, &a), quo_severity_stoploss(x, &b), tolerance, "%s: stoploss at %g", what, x);
    check_rel(quo_severity_moment(0.3, &a), quo_severity_moment(0.3, &b), tolerance, "%s: moment", what);
}

static void special_cases_of_wider_families_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        struct quo_stream stream = quo_stream_at(11, i, 0, LAWS_PURPOSE);
        const double a = laws_log_uniform(&stream, 0.4, 9.0), g = laws_log_uniform(&stream, 0.4, 6.0),
                     t = laws_log_uniform(&stream, 1.0, 1e7);
        const double x = t * laws_log_uniform(&stream, 1e-3, 1e5);
        check_same(SIMPLE(QUO_BURR, a, 1.0, t), SIMPLE(QUO_PARETO2, a, t), x, 2e-12, "burr and pareto2");
        check_same(SIMPLE(QUO_BURR, 1.0, g, t), SIMPLE(QUO_LOGLOGISTIC, g, t), x, 1e-15, "burr and loglogistic");
        check_same(SIMPLE(QUO_BURR, g, g, t), SIMPLE(QUO_PARALOGISTIC, g, t), x, 1e-15, "burr and paralogistic");
        check_same(SIMPLE(QUO_GB2, a, g, 1.0, t), SIMPLE(QUO_BURR, a, g, t), x, 2e-11, "gb2 and burr");
        check_same(SIMPLE(QUO_GPD, 1.0 / a, t / a, 0.0), SIMPLE(QUO_PARETO2, a, t), x, 2e-12, "gpd and pareto2");
        const double y = t * laws_log_uniform(&stream, 1e-3, 300.0);
        check_same(SIMPLE(QUO_GPD, 0.0, t, 0.0), SIMPLE(QUO_EXPONENTIAL, t), y, 1e-12, "gpd and exponential");
        check_same(SIMPLE(QUO_GPD, 1e-17, t, 0.0), SIMPLE(QUO_EXPONENTIAL, t), y, 1e-11,
                   "gpd of tiny xi and exponential");
        check_same(SIMPLE(QUO_GAMMA, 1.0, t), SIMPLE(QUO_EXPONENTIAL, t), y, 1e-12, "gamma and exponential");
        check_same(SIMPLE(QUO_WEIBULL, 1.0, t), SIMPLE(QUO_EXPONENTIAL, t), y, 1e-12, "weibull and exponential");
        const struct quo_severity gb2 = SIMPLE(QUO_GB2, a, g, 0.7, t);
        check_same(quo_severity_mixture(0.3, gb2.law[0], gb2.law[0]), gb2, x, 1e-11, "mixture of equals and its part");
        /* A Pareto tail that goes on where the body is cut is the whole law again. */
        const struct quo_severity pareto = SIMPLE(QUO_PARETO2, a, t);
        const double u = quo_severity_Qinv(0.2, &pareto);
        check_same(quo_severity_spliced(pareto.law[0], u, 0.2, 1.0 / a, (t + u) / a), pareto, x, 1e-10,
                   "splice and its law");
    }
}

static void edges_and_impossible_arguments_in_order(void **state)
{
    (void)state;
    for (unsigned family = 0; family < QUO_FAMILIES; family++) {
        struct quo_stream stream = quo_stream_at(5, 0, family, LAWS_PURPOSE);
        const struct quo_severity s = laws_random(&stream, (enum quo_family)family);
        assert_true(isnan(quo_severity_pdf(NAN, &s)) && isnan(quo_severity_logpdf(NAN, &s)));
        assert_true(isnan(quo_severity_P(NAN, &s)) && isnan(quo_severity_Q(NAN, &s)));
        assert_true(isnan(quo_severity_logP(NAN, &s)) && isnan(quo_severity_logQ(NAN, &s)));
        assert_true(isnan(quo_severity_Pinv(NAN, &s)) && isnan(quo_severity_Qinv(NAN, &s)));
        assert_true(isnan(quo_severity_moment(NAN, &s)) && isnan(quo_severity_stoploss(NAN, &s)));
        assert_true(isnan(quo_severity_lev(NAN, 1.0, &s)) && isnan(quo_severity_lev(1.0, NAN, &s)));
        assert_true(isnan(quo_severity_lev(1.0, 0.0, &s)) && isnan(quo_severity_lev(1.0, -1.0, &s)));
        assert_true(isnan(quo_severity_Pinv(-1e-9, &s)) && isnan(quo_severity_Pinv(1.1, &s)));
        assert_true(isnan(quo_severity_Qinv(-1e-9, &s)) && isnan(quo_severity_Qinv(1.1, &s)));
        assert_true(isnan(quo_severity_tvar(2.0, &s)) && isnan(quo_severity_tvar_upper(-1.0, &s)));
        const double below[] = {-INFINITY, -3.0};
        for (int i = 0; i < 2; i++) {
            assert_true(quo_severity_pdf(below[i], &s) == 0.0 && quo_severity_logpdf(below[i], &s) == -INFINITY);
            assert_true(quo_severity_P(below[i], &s) == 0.0 && quo_severity_logP(below[i], &s) == -INFINITY);
            assert_true(quo_severity_Q(below[i], &s) == 1.0 && quo_severity_logQ(below[i], &s) == 0.0);
            assert_true(quo_severity_lev(below[i], 1.0, &s) == 0.0);
        }
        assert_true(quo_severity_P(0.0, &s) == 0.0 && quo_severity_Q(0.0, &s) == 1.0);
        assert_true(quo_severity_pdf(INFINITY, &s) == 0.0 && quo_severity_logpdf(INFINITY, &s) == -INFINITY);
        assert_true(quo_severity_P(INFINITY, &s) == 1.0 && quo_severity_logP(INFINITY, &s) == 0.0);
        assert_true(quo_severity_Q(INFINITY, &s) == 0.0 && quo_severity_logQ(INFINITY, &s) == -INFINITY);
        assert_true(quo_severity_stoploss(INFINITY, &s) == 0.0 && quo_severity_stoploss(-INFINITY, &s) == INFINITY);
        assert_true(quo_severity_Q(quo_severity_Qinv(0.0, &s), &s) == 0.0);
        assert_true(quo_severity_P(quo_severity_Pinv(0.0, &s), &s) == 0.0);
        assert_true(quo_severity_Pinv(1.0, &s) == quo_severity_Qinv(0.0, &s));
        assert_true(quo_severity_Qinv(1.0, &s) == quo_severity_Pinv(0.0, &s));
        const double tiny[] = {1e-290, 1e-100, 1e-30};
        for (int i = 0; i < 3; i++)
            for (double order = 0.5; order <= 1.0; order += 0.5) {
                const double most = pow(tiny[i], order), lev = quo_severity_lev(tiny[i], order, &s);
                assert_true(lev <= most * (1.0 + 1e-12) && lev >= most * quo_severity_Q(tiny[i], &s) * (1.0 - 1e-12));
            }
        const double huge[] = {1e-300, 1e-100, 1e100, 1e300};
        for (int i = 0; i < 4; i++) { /* nothing overflows into NaN */
            const double x = huge[i];
            assert_false(isnan(quo_severity_logpdf(x, &s)) || isnan(quo_severity_logP(x, &s)) ||
                         isnan(quo_severity_logQ(x, &s)));
            assert_false(isnan(quo_severity_lev(x, 1.0, &s)) || isnan(quo_severity_lev(x, 0.4, &s)) ||
                         isnan(quo_severity_stoploss(x, &s)));
        }
    }
}

static void impossible_parameters_give_nan_and_are_told(void **state)
{
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY, -1.0, 0.0};
    for (unsigned family = 0; family < QUO_SIMPLE_FAMILIES; family++)
        for (int i = 0; i < quo_family_parameters((enum quo_family)family); i++)
            for (int k = 0; k < 5; k++) {
                struct quo_stream stream = quo_stream_at(6, 0, family, LAWS_PURPOSE);
                struct quo_severity s = laws_random(&stream, (enum quo_family)family);
                const char *name = quo_family_parameter_name((enum quo_family)family, i);
                if (isfinite(bad[k]) && (strcmp(name, "meanlog") == 0 || strcmp(name, "xi") == 0))
                    continue;
                if (bad[k] == 0.0 && strcmp(name, "mu") == 0)
                    continue;
                s.law[0].par[i] = bad[k];
                const char *said = quo_severity_invalid(&s);
                if (!said || !strstr(said, name))
                    fail_msg("%s with %s = %g: '%s'", quo_family_name((enum quo_family)family), name, bad[k],
                             said ? said : "");
                assert_true(isnan(quo_severity_pdf(1.0, &s)) && isnan(quo_severity_logpdf(1.0, &s)));
                assert_true(isnan(quo_severity_P(1.0, &s)) && isnan(quo_severity_Q(1.0, &s)));
                assert_true(isnan(quo_severity_logP(1.0, &s)) && isnan(quo_severity_logQ(1.0, &s)));
                assert_true(isnan(quo_severity_Pinv(0.5, &s)) && isnan(quo_severity_Qinv(0.5, &s)));
                assert_true(isnan(quo_severity_moment(1.0, &s)) && isnan(quo_severity_lev(1.0, 1.0, &s)));
                assert_true(isnan(quo_severity_stoploss(1.0, &s)) && isnan(quo_severity_tvar(0.5, &s)));
                assert_true(isnan(quo_severity_stoploss(INFINITY, &s)) && isnan(quo_severity_P(INFINITY, &s)));
            }
    const struct quo_law body = {QUO_GAMMA, {2.0, 3.0}};
    struct quo_severity splice = quo_severity_spliced(body, 10.0, 0.1, 0.5, 4.0);
    splice.law[1].par[2] = 11.0;
    assert_true(strstr(quo_severity_invalid(&splice), "begins at the threshold") &&
                isnan(quo_severity_Q(1.0, &splice)));
    splice = quo_severity_spliced(body, -10.0, 0.1, 0.5, 4.0);
    assert_true(strstr(quo_severity_invalid(&splice), "threshold") && isnan(quo_severity_Q(1.0, &splice)));
    splice = quo_severity_spliced(body, 10.0, 1.1, 0.5, 4.0);
    assert_true(strstr(quo_severity_invalid(&splice), "weight") && isnan(quo_severity_Q(1.0, &splice)));
    splice = quo_severity_spliced((struct quo_law){QUO_GPD, {0.5, 1.0, 20.0}}, 10.0, 0.5, 0.5, 4.0);
    assert_true(strstr(quo_severity_invalid(&splice), "no probability") != NULL);
    const struct quo_severity mixture = quo_severity_mixture(-0.1, body, body);
    assert_true(strstr(quo_severity_invalid(&mixture), "weight1") && isnan(quo_severity_Q(1.0, &mixture)));
    const struct quo_severity nested = quo_severity_mixture(0.5, body, (struct quo_law){.family = QUO_MIXTURE});
    assert_non_null(quo_severity_invalid(&nested));
    assert_true(isnan(quo_severity_Q(1.0, &nested)));
    assert_null(quo_family_name((enum quo_family)99));
    assert_null(quo_family_parameter_name(QUO_GAMMA, 2));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_depends_on_the_currency),
        cmocka_unit_test(special_cases_of_wider_families_agree),
        cmocka_unit_test(edges_and_impossible_arguments_in_order),
        cmocka_unit_test(impossible_parameters_give_nan_and_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
