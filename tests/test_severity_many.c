/* The tail at many points: what the header promises against the scalar function, in every corner. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "risk/severity/severity.h"
#include "tests/laws.h"

#define POINTS 611 /* two whole blocks and a rest that fills no vector */

static void check_many(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    double x[POINTS], many[POINTS], in_place[POINTS];
    const double low = fmax(1e-250, quo_severity_Pinv(1e-4, s));
    const double high = fmin(1e250, quo_severity_Qinv(pow(10.0, -laws_uniform(stream, 2.0, 299.0)), s));
    for (int i = 0; i < POINTS; i++)
        x[i] = low * pow(high / low, i / (POINTS - 1.0));
    x[0] = -7.0;
    x[1] = 0.0;
    x[2] = 1e-308;
    x[POINTS - 1] = INFINITY;
    quo_severity_Q_many(x, POINTS, s, many);
    for (int i = 0; i < POINTS; i++) {
        const double q = quo_severity_Q(x[i], s);
        if (q >= 1e-300)
            check_rel(many[i], q, 1e-12, "%s: Q at %.17g", law, x[i]);
        else
            assert_true(many[i] >= 0.0 && many[i] <= 1.0000001e-300);
    }
    memcpy(in_place, x, sizeof x);
    quo_severity_Q_many(in_place, POINTS, s, in_place);
    assert_memory_equal(in_place, many, sizeof many);
    for (size_t n = 0; n < 12; n++) { /* few points, and nothing is written beyond them */
        double few[13];
        few[n] = 2.5;
        quo_severity_Q_many(x + 300, n, s, few);
        for (size_t i = 0; i < n; i++)
            check_rel(few[i], quo_severity_Q(x[300 + i], s), 1e-12, "%s: point %zu of %zu", law, i, n);
        assert_true(few[n] == 2.5);
    }
}

static void many_points_keep_the_promise(void **state)
{
    (void)state;
    laws_every(check_many);
}

static void narrow_and_light_laws_keep_it_too(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(3, 0, 0, LAWS_PURPOSE);
    const struct quo_severity laws[] = {
        quo_severity_simple(QUO_LOGNORMAL, (const double[]){20.0, 1e-4}),
        quo_severity_simple(QUO_LOGNORMAL, (const double[]){-600.0, 0.3}),
        quo_severity_simple(QUO_PARETO2, (const double[]){1e9, 1e12}),
        quo_severity_simple(QUO_GPD, (const double[]){1e-9, 5.0, 1.0}),
        quo_severity_simple(QUO_GPD, (const double[]){-0.2, 5.0, 1.0}),
        quo_severity_simple(QUO_BURR, (const double[]){300.0, 20.0, 1e6}),
        quo_severity_simple(QUO_WEIBULL, (const double[]){30.0, 1e6}),
        quo_severity_simple(QUO_WEIBULL, (const double[]){0.05, 1e6}),
        quo_severity_spliced((struct quo_law){QUO_LOGNORMAL, {12.0, 2.0}}, 2e6, 1e-9, 0.9, 3e6),
    };
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        char text[256];
        quo_severity_format(&laws[i], text, sizeof text);
        check_many(&stream, &laws[i], text);
    }
}

/* Just below the threshold of a splice whose tail has next to no weight the body's part is a difference of like numbers. */
static void the_seam_of_a_light_splice_keeps_it_too(void **state)
{
    (void)state;
    for (double weight = 1e-12; weight < 1.0; weight *= 10.0) {
        const struct quo_severity s =
            quo_severity_spliced((struct quo_law){QUO_LOGNORMAL, {12.0, 2.0}}, 2e6, weight, 0.9, 3e6);
        double x[400], many[400];
        for (int i = 0; i < 400; i++)
            x[i] = 2e6 * (1.0 - pow(10.0, -0.04 * i));
        quo_severity_Q_many(x, 400, &s, many);
        for (int i = 0; i < 400; i++)
            check_rel(many[i], quo_severity_Q(x[i], &s), 1e-12, "weight %g at %.17g", weight, x[i]);
    }
}

static void impossible_laws_and_points_are_nan(void **state)
{
    (void)state;
    const double x[3] = {1.0, 2.0, 3.0};
    double out[3];
    const struct quo_severity wrong = quo_severity_simple(QUO_WEIBULL, (const double[]){-1.0, 1.0});
    quo_severity_Q_many(x, 3, &wrong, out);
    assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
    const double holes[3] = {1.0, NAN, 3.0};
    for (unsigned family = 0; family < QUO_FAMILIES; family++) {
        struct quo_stream stream = quo_stream_at(4, 0, family, LAWS_PURPOSE);
        const struct quo_severity s = laws_random(&stream, (enum quo_family)family);
        quo_severity_Q_many(holes, 3, &s, out);
        assert_true(isnan(out[1]) && !isnan(out[0]) && !isnan(out[2]));
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_points_keep_the_promise),
        cmocka_unit_test(narrow_and_light_laws_keep_it_too),
        cmocka_unit_test(the_seam_of_a_light_splice_keeps_it_too),
        cmocka_unit_test(impossible_laws_and_points_are_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
