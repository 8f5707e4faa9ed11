/* Incomplete gamma and beta functions against mpmath 1.2.1 at 60 to 120 digits (gammainc; hyp2f1; the continued fraction
 * summed backwards for shape 1e7), and against their own identities. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>

#include "risk/base/stream.h"
#include "risk/severity/incomplete.h"

/* Logs near 0 relatively, others to the digits that exp of them can show. */
static void check_log(double got, double want, const char *what, double a, double b, double x)
{
    if (want == 0.0) /* below what the table's digits hold */
        assert_true(got <= 0.0 && got > -1e-100);
    else
        check_abs(got, want, 2e-13 * fabs(want) + (fabs(want) > 1.0 ? 3e-14 : 0.0), "%s(%g, %g, %g)", what, a, b, x);
}

static const struct {
    double a, x, log_p, log_q, excess;
} gammas[] = {
    {0.001, 0.2, -0.0012232957607249265614, -6.7068182048874807426, 0.00057459838458990008168},
    {0.138, 0.7286, -0.055302210999294020249, -2.9224660674903610808, 0.036252963551975805363},
    {0.3, 30.5, -1.6964813372693128866e-15, -34.01022009045447387, 1.6606071248309802123e-15},
    {2.385, 0.01, -12.066697340075828846, -5.7477937859633031656e-6, 2.3750000170074437288},
    {2.385, 700.0, 0.0, -691.13189994072537873, 7.0159626440965373565e-301},
    {12.5, 14.0, -0.36795730280692181687, -1.1781320179055341808, 0.82722317403364330689},
    {12.5, 2000.0, 0.0, -1931.3182055377161927, 0.0},
    {170.3, 101.5, -21.932716136350484169, -2.9836124375810697478e-10, 68.800000000417628208},
    {4854.2, 4700.1, -4.3547349073051404124, -0.012929065799508658229, 154.40417620213557288},
    {98765.4, 99999.9, -4.5585532222002892717e-5, -9.9959429602993553778, 0.0033200796221382061389},
    {10000000.0, 10003000.0, -0.18800347315318293476, -1.763824291138734674, 290.31802833361919752},
};

static void gamma_matches_high_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gammas / sizeof *gammas; i++) {
        const double a = gammas[i].a, x = gammas[i].x;
        check_log(quo_incomplete_gamma_logP(a, x), gammas[i].log_p, "gamma logP", a, 0.0, x);
        check_log(quo_incomplete_gamma_logQ(a, x), gammas[i].log_q, "gamma logQ", a, 0.0, x);
        if (gammas[i].excess > 1e-290)
            check_rel(quo_incomplete_gamma_excess(a, x), gammas[i].excess, 5e-13, "gamma excess(%g, %g)", a, x);
    }
}

static const struct {
    double a, b, log_odds, log_p, log_q;
} betas[] = {
    {0.03, 9.19, -7.11, -0.13199870806817920847, -2.0902366174331410658},
    {0.5, 2.385, -1.5, -0.43335803449185118863, -1.0450572839541189989},
    {0.5, 2.385, 40.0, -1.2834661790983111183e-42, -96.45900953529526349},
    {7.5, 0.3, 3.1, -1.3301619902270477473, -0.30711558185214480735},
    {292.2, 800.4, -0.1505, -2.1859866029677737305e-40, -91.321336458586290559},
    {1234.5, 0.7, 900.25, 0.0, -625.0963824365260797},
    {3000.1, 2500.2, 0.2, -0.29666453416522766755, -1.3598211690695955978},
    {2.2, 1000000.0, -13.0, -0.50242984958896581104, -0.92901805807222533657},
    {100000.0, 110000.0, -0.09, -0.11889237913550899475, -2.1883938561002174385},
};

static void beta_matches_high_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof betas / sizeof *betas; i++) {
        const double a = betas[i].a, b = betas[i].b, t = betas[i].log_odds;
        check_log(quo_incomplete_beta_logP(a, b, t), betas[i].log_p, "beta logP", a, b, t);
        check_log(quo_incomplete_beta_logQ(a, b, t), betas[i].log_q, "beta logQ", a, b, t);
        check_log(quo_incomplete_beta_logP(b, a, -t), betas[i].log_q, "beta logP, mirrored", b, a, -t);
    }
}

static const struct {
    double a, b, log_odds, want;
} open_betas[] = {
    {0.7, -0.3, 2.0, 1.3022169853411833327},      {0.7, -0.3, 60.0, 19.203972792757011591},
    {1.4, 0.0, 10.0, 2.2496306763226914678},      {2.385, 1e-09, 30.0, 3.3595986769134541192},
    {2.385, -1e-09, 30.0, 3.3595987080966919114}, {64.25, 0.0158, 15.8, 2.2443678139808653732},
    {0.05, -40.0, 9.0, 356.31617687170600373},    {11.8, -2.0, 3.3, 5.3192404402237394848},
    {3.0, -3.0, -4.0, -13.098612288668109691},    {0.4, 2.5, 1.0, 0.46784219839757933614},
    {20.0, -1.0, 0.1, -14.491254296787441635},    {90.0, 0.02, -3.0, -278.8255914457433331},
};

static void beta_with_negative_parameter_matches_high_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof open_betas / sizeof *open_betas; i++)
        check_abs(quo_incomplete_beta_log(open_betas[i].a, open_betas[i].b, open_betas[i].log_odds), open_betas[i].want,
                  1e-14 * fmax(1.0, fabs(open_betas[i].want)), "open beta(%g, %g, %g)", open_betas[i].a,
                  open_betas[i].b, open_betas[i].log_odds);
}

static const struct {
    double a, k, want;
} risings[] =
    {
        {0.3, 0.2, -0.2826384910281882542},
        {2.385, -1.7, 1.5500047104428564744},
        {1000000000.0, 1.7, 5.9499999976199994683e-10},
        {1000000000.0, -0.5, 3.7500000012500000005e-10},
        {5000000000000000.0, 3.0, 5.999999999999999e-16},
        {40.2, -39.9, 41.11355993499812767},
},
  complete[] = {
      {0.3, 0.2, 2.0474968743241599397},    {1.5, 1000000000.0, -31.205680993429861956},
      {1e-08, 3.0, 18.420680728952365514},  {400.5, 300.25, -480.18057457019301182},
      {16.0, 16.0, -22.293680785633527499},
};

static void ratios_of_gamma_functions_match_high_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof risings / sizeof *risings; i++)
        check_abs(quo_incomplete_log_rising(risings[i].a, risings[i].k), risings[i].want,
                  5e-15 * fmax(1.0, fabs(risings[i].want)), "rising(%g, %g)", risings[i].a, risings[i].k);
    for (size_t i = 0; i < sizeof complete / sizeof *complete; i++) {
        check_rel(quo_incomplete_log_beta(complete[i].a, complete[i].k), complete[i].want, 5e-15, "log beta(%g, %g)",
                  complete[i].a, complete[i].k);
        assert_true(quo_incomplete_log_beta(complete[i].a, complete[i].k) ==
                    quo_incomplete_log_beta(complete[i].k, complete[i].a));
    }
}

static void steps_of_one_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        struct quo_stream stream = quo_stream_at(17, i, 0, 1);
        const double a = exp(7.0 * quo_stream_uniform(&stream) - 2.0), b = exp(7.0 * quo_stream_uniform(&stream) - 2.0);
        const double x = a * exp(3.0 * quo_stream_uniform(&stream) - 1.5), t = 8.0 * quo_stream_uniform(&stream) - 4.0;
        /* [DLMF 8.8.5], [DLMF 8.17.20] */
        const double gamma_step = exp(quo_incomplete_log_poisson(a, x));
        check_abs(quo_incomplete_gamma_Q(a + 1.0, x) - quo_incomplete_gamma_Q(a, x), gamma_step, 1e-13,
                  "gamma step at %g, %g", a, x);
        const double beta_step = b / (a + b) * exp(quo_incomplete_log_binomial(a, b, t));
        check_abs(quo_incomplete_beta_P(a, b, t) - quo_incomplete_beta_P(a + 1.0, b, t), beta_step, 1e-13,
                  "beta step at %g, %g, %g", a, b, t);
        check_abs(quo_incomplete_gamma_P(a, x) + quo_incomplete_gamma_Q(a, x), 1.0, 1e-14, "gamma P + Q");
        check_abs(quo_incomplete_beta_P(a, b, t) + quo_incomplete_beta_Q(a, b, t), 1.0, 1e-14, "beta P + Q");
        check_rel(exp(quo_incomplete_beta_log(a, b, t) - quo_incomplete_log_beta(a, b)), quo_incomplete_beta_P(a, b, t),
                  1e-12, "open and regularised beta at %g, %g, %g", a, b, t);
        /* b down by one, also to negative b [DLMF 8.17.21] */
        const double c = b - 3.0 * quo_stream_uniform(&stream), u = 1.0 / (1.0 + exp(-t)), w = 1.0 / (1.0 + exp(t));
        const double down = exp(quo_incomplete_beta_log(a, c, t)), up = exp(quo_incomplete_beta_log(a, c + 1.0, t));
        const double edge = pow(u, a) * pow(w, c);
        check_abs((a + c) * up, c * down + edge, 1e-12 * (edge + fabs(c) * down), "open beta down from %g, %g, %g", a,
                  c, t);
    }
}

static void impossible_arguments_are_nan(void **state)
{
    (void)state;
    assert_true(isnan(quo_incomplete_gamma_P(0.0, 1.0)) && isnan(quo_incomplete_gamma_Q(-1.0, 1.0)));
    assert_true(isnan(quo_incomplete_gamma_logP(1.0, -1.0)) && isnan(quo_incomplete_gamma_logQ(NAN, 1.0)));
    assert_true(isnan(quo_incomplete_gamma_excess(1.0, NAN)) && isnan(quo_incomplete_gamma_P(INFINITY, 1.0)));
    assert_true(isnan(quo_incomplete_beta_P(0.0, 1.0, 0.0)) && isnan(quo_incomplete_beta_Q(1.0, -1.0, 0.0)));
    assert_true(isnan(quo_incomplete_beta_log(0.0, 1.0, 0.0)) && isnan(quo_incomplete_beta_log(1.0, INFINITY, 0.0)));
    assert_true(isnan(quo_incomplete_beta_logP(1.0, 1.0, NAN)) && isnan(quo_incomplete_log_rising(-1.0, 2.0)));
    assert_true(isnan(quo_incomplete_log_beta(1.0, 0.0)) && isnan(quo_incomplete_log_poisson(-1.0, 1.0)));
    assert_true(isnan(quo_incomplete_log_binomial(-1.0, 1.0, 0.0)));
    assert_true(quo_incomplete_gamma_P(2.0, 0.0) == 0.0 && quo_incomplete_gamma_Q(2.0, 0.0) == 1.0);
    assert_true(quo_incomplete_gamma_P(2.0, INFINITY) == 1.0 && quo_incomplete_gamma_logQ(2.0, INFINITY) == -INFINITY);
    assert_true(quo_incomplete_gamma_excess(2.0, 0.0) == 2.0 && quo_incomplete_gamma_excess(2.0, INFINITY) == 0.0);
    assert_true(quo_incomplete_beta_P(2.0, 3.0, INFINITY) == 1.0 && quo_incomplete_beta_P(2.0, 3.0, -INFINITY) == 0.0);
    assert_true(quo_incomplete_beta_log(2.0, -3.0, INFINITY) == INFINITY);
    assert_true(quo_incomplete_log_poisson(0.0, 0.0) == 0.0 && quo_incomplete_log_poisson(1.0, 0.0) == -INFINITY);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_matches_high_precision),
        cmocka_unit_test(beta_matches_high_precision),
        cmocka_unit_test(beta_with_negative_parameter_matches_high_precision),
        cmocka_unit_test(ratios_of_gamma_functions_match_high_precision),
        cmocka_unit_test(steps_of_one_agree),
        cmocka_unit_test(impossible_arguments_are_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
