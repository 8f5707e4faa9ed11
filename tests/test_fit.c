#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fitting_data.h"
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"

/* ---- reference rows ---------------------------------------------------------------------------------------- */

static double fitted(const struct quo_fit *fit, const char *quantity)
{
    char name[64];
    for (int i = 0; i < fit->n_parameters; i++) {
        quo_fit_parameter_name(fit, i, name, sizeof name);
        if (strncmp(quantity, "mle.", 4) == 0 && strcmp(quantity + 4, name) == 0)
            return fit->parameter[i];
        if (strncmp(quantity, "se.", 3) == 0 && strcmp(quantity + 3, name) == 0)
            return fit->std_error[i];
    }
    return strcmp(quantity, "loglik") == 0 ? fit->loglik
           : strcmp(quantity, "aic") == 0  ? fit->aic
           : strcmp(quantity, "aicc") == 0 ? fit->aicc
           : strcmp(quantity, "bic") == 0  ? fit->bic
           : strcmp(quantity, "n") == 0    ? (double)fit->n
                                           : NAN;
}

static void reference_fits_reach_the_exact_maximum(void **state)
{
    (void)state;
    if (!shared_data("danish_univariate.csv"))
        skip();
    size_t n, left = 0;
    struct ref_row *row = ref_read("severity_fits.csv", &n);
    struct ref_tally tally = {0};
    struct test_sample sample = {0};
    struct quo_fit fit;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !ref_same_case(&row[i], &row[i - 1])) {
            char name[32];
            enum quo_family family = (enum quo_family)0;
            test_sample_free(&sample);
            assert_true(test_sample_read(row[i].params, row[i].args, &sample));
            assert_true(ref_text(row[i].params, "family", name, sizeof name) && quo_family_by_name(name, &family));
            if (quo_fit_family(&sample.sample, family, NULL, &fit) != QUO_OK)
                print_message("%s: %s\n", row[i].case_id, fit.reason);
        }
        if (strcmp(row[i].quantity, "ks") == 0 || strcmp(row[i].quantity, "ad") == 0 ||
            strcmp(row[i].quantity, "cvm") == 0)
            left++; /* test_goodness.c */
        else
            ref_check(&tally, &row[i], fitted(&fit, row[i].quantity));
    }
    test_sample_free(&sample);
    ref_free(row, n);
    print_message("severity_fits.csv: %zu rows checked here, %zu in test_goodness\n", tally.rows, left);
    assert_int_equal(tally.rows + left, n);
    ref_done(&tally, 640);
}

static void fits_without_a_maximum_name_their_limit(void **state)
{
    (void)state;
    if (!shared_data("secura.csv"))
        skip();
    size_t n;
    struct ref_row *row = ref_read("degenerate_fits.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct test_sample sample;
        struct quo_fit fit;
        char name[32];
        enum quo_family family = (enum quo_family)0;
        assert_true(test_sample_read(row[i].params, row[i].args, &sample));
        assert_true(ref_text(row[i].params, "family", name, sizeof name) && quo_family_by_name(name, &family));
        assert_int_equal(quo_fit_family(&sample.sample, family, NULL, &fit), QUO_NOT_CONVERGED);
        ref_check(&tally, &row[i], fit.limit_loglik);
        assert_string_equal(fit.limit,
                            strstr(row[i].args, "exponential") ? "exponential" : "pareto above the smallest loss");
        assert_non_null(strstr(fit.reason, fit.limit));
        assert_true(isfinite(fit.loglik) && fit.loglik <= fit.limit_loglik + 1e-6);
        for (int j = 0; j < fit.n_parameters; j++)
            assert_true(isfinite(fit.parameter[j]));
        test_sample_free(&sample);
    }
    ref_free(row, n);
    ref_done(&tally, 3);
}

static double composite(const struct quo_fit *fit, const struct ref_row *row)
{
    const struct quo_severity *s = &fit->severity;
    const char *q = row->quantity;
    char name[32];
    if (strcmp(q, "mle.weight1") == 0)
        return s->weight;
    if (strcmp(q, "mle.weight2") == 0)
        return 1.0 - s->weight;
    if (strcmp(q, "tail_weight") == 0)
        return s->weight;
    if (strcmp(q, "quantile") == 0)
        return quo_severity_Qinv(1.0 - ref_number(row->args, "p"), s);
    if (strcmp(q, "lev") == 0)
        return quo_severity_lev(ref_number(row->args, "d"), 1.0, s);
    if (sscanf(q, "mle.%20[a-z]", name) == 1 && s->family == QUO_MIXTURE)
        return s->law[q[strlen(q) - 1] - '1'].par[strncmp(name, "sd", 2) == 0];
    return fitted(fit, q);
}

static void splices_and_mixtures_reach_the_exact_maximum(void **state)
{
    (void)state;
    if (!shared_data("danish_univariate.csv"))
        skip();
    size_t n;
    struct ref_row *row = ref_read("splice_mixture_fits.csv", &n);
    struct ref_tally tally = {0};
    struct quo_fit fit;
    struct test_sample sample = {0};
    char key[512] = "", name[32];
    double above = 0.0;
    for (size_t i = 0; i < n; i++) {
        const bool continuous = strstr(row[i].args, "continuous") != NULL;
        char next[512];
        snprintf(next, sizeof next, "%s %d", row[i].params, continuous);
        if (strcmp(key, next) != 0) {
            struct quo_fit_options options;
            quo_fit_options_init(&options);
            test_sample_free(&sample);
            assert_true(test_sample_read(row[i].params, "", &sample));
            const bool splice = ref_text(row[i].params, "body", name, sizeof name);
            assert_true(!splice || quo_family_by_name(name, &options.body));
            options.threshold = ref_number(row[i].params, "threshold");
            options.continuous = continuous;
            if (quo_fit_family(&sample.sample, splice ? QUO_SPLICED : QUO_MIXTURE, &options, &fit) != QUO_OK)
                print_message("%s: %s\n", row[i].case_id, fit.reason);
            above = 0.0;
            for (size_t j = 0; j < sample.sample.n; j++)
                above += sample.sample.value[j] > options.threshold;
            strcpy(key, next);
        }
        ref_check(&tally, &row[i], strcmp(row[i].quantity, "n_exceedances") == 0 ? above : composite(&fit, &row[i]));
    }
    test_sample_free(&sample);
    ref_free(row, n);
    ref_done(&tally, 146);
}

/* ---- units ------------------------------------------------------------------------------------------------- */

enum { POINTS = 300, PURPOSE = 77 };

/* Draws with a floor: what a tracker shows of a heavy-tailed law. */
static size_t draw_above(enum quo_family family, const double *par, double floor, size_t n, uint64_t seed, double *x)
{
    const struct quo_severity s = quo_severity_simple(family, par);
    struct quo_stream stream = quo_stream_at(seed, 0, 0, PURPOSE);
    const double beyond = quo_severity_Q(floor, &s);
    for (size_t i = 0; i < n; i++)
        x[i] = quo_severity_Qinv(beyond * quo_stream_uniform(&stream), &s);
    return n;
}

static void check_scaled(const struct quo_fit *fit, const struct quo_fit *scaled, double c, const char *what)
{
    assert_int_equal(fit->status, scaled->status);
    for (int i = 0; i < fit->n_parameters; i++) {
        char name[64];
        quo_fit_parameter_name(fit, i, name, sizeof name);
        const bool scale = strstr(name, "scale") || strstr(name, "beta") || fit->severity.family == QUO_INVGAUSS;
        const bool location = strstr(name, "meanlog");
        const double got = scale      ? scaled->parameter[i] / c
                           : location ? scaled->parameter[i] - log(c)
                                      : scaled->parameter[i];
        if (location)
            check_abs(got, fit->parameter[i], 1e-8 * fmax(1.0, fabs(scaled->parameter[i])), "%s %s, unit %g", what,
                      name, c);
        else
            check_rel(got, fit->parameter[i], 1e-8, "%s %s, unit %g", what, name, c);
    }
}

static void units_do_not_matter(void **state)
{
    (void)state;
    static const struct {
        enum quo_family family;
        double par[4], floor;
    } laws[] = {
        {QUO_LOGNORMAL, {12.0, 2.3}, 1e5},  {QUO_WEIBULL, {0.6, 5e5}, 1e5},      {QUO_GAMMA, {0.7, 1e6}, 1e5},
        {QUO_PARETO2, {1.1, 4e5}, 1e5},     {QUO_GPD, {0.9, 3e5, 1e5}, 1e5},     {QUO_EXPONENTIAL, {1e6}, 0.0},
        {QUO_LOGLOGISTIC, {1.3, 1e6}, 0.0}, {QUO_PARALOGISTIC, {1.3, 1e6}, 0.0}, {QUO_BURR, {0.8, 1.5, 5e5}, 0.0},
        {QUO_INVGAUSS, {1e6, 4e5}, 0.0},
    };
    static const double units[] = {1e-6, 0.01, 3.7, 1e3, 1e12};
    double x[POINTS], y[POINTS];
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        draw_above(laws[l].family, laws[l].par, laws[l].floor, POINTS, 11 + l, x);
        struct quo_sample sample = quo_likelihood_sample(x, POINTS), other = quo_likelihood_sample(y, POINTS);
        struct quo_fit fit, scaled;
        sample.floor = laws[l].floor;
        if (quo_fit_family(&sample, laws[l].family, NULL, &fit) != QUO_OK)
            fail_msg("%s: %s", quo_family_name(laws[l].family), fit.reason);
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            for (size_t i = 0; i < POINTS; i++)
                y[i] = units[u] * x[i];
            other.floor = units[u] * laws[l].floor;
            quo_fit_family(&other, laws[l].family, NULL, &scaled);
            check_scaled(&fit, &scaled, units[u], quo_family_name(laws[l].family));
        }
    }
}

static void a_splice_does_not_depend_on_units_either(void **state)
{
    (void)state;
    double x[POINTS], y[POINTS];
    static const double units[] = {1e-6, 3.7, 1e12};
    draw_above(QUO_LOGNORMAL, (const double[]){12.0, 2.3}, 1e4, POINTS, 5, x);
    struct quo_sample sample = quo_likelihood_sample(x, POINTS), other = quo_likelihood_sample(y, POINTS);
    sample.floor = 1e4;
    for (int continuous = 0; continuous < 2; continuous++) {
        struct quo_fit_options options;
        struct quo_fit fit, scaled;
        quo_fit_options_init(&options);
        options.threshold = 2e6;
        options.continuous = continuous;
        if (quo_fit_family(&sample, QUO_SPLICED, &options, &fit) != QUO_OK)
            fail_msg("%s", fit.reason);
        for (size_t u = 0; u < 3; u++) {
            for (size_t i = 0; i < POINTS; i++)
                y[i] = units[u] * x[i];
            other.floor = units[u] * sample.floor;
            options.threshold = units[u] * 2e6;
            quo_fit_family(&other, QUO_SPLICED, &options, &scaled);
            check_scaled(&fit, &scaled, units[u], "splice");
        }
    }
}

/* ---- what a maximum is ------------------------------------------------------------------------------------- */

static void no_neighbour_is_higher(const struct quo_sample *sample, const struct quo_fit *fit, const char *what)
{
    for (int i = 0; i < fit->n_parameters; i++)
        for (int side = -1; side <= 1; side += 2) {
            struct quo_severity near = fit->severity;
            const double step = side * 0.05 * fit->std_error[i];
            const int body = quo_family_parameters(near.law[0].family);
            if (near.family == QUO_SPLICED && i >= body) {
                if (i == body)
                    near.weight += step;
                else
                    near.law[1].par[i - body - 1] += step;
            } else {
                near.law[0].par[i] += step;
            }
            const double there = quo_likelihood_log(sample, &near);
            if (!(there < fit->loglik))
                fail_msg("%s: parameter %d moved by %g: %.12g, not below %.12g", what, i, step, there, fit->loglik);
        }
    check_rel(quo_likelihood_log(sample, &fit->severity), fit->loglik, 1e-10, "%s: the log likelihood, formed anew",
              what);
}

static void every_kind_of_record_enters(void **state)
{
    (void)state;
    static const enum quo_family families[] = {QUO_LOGNORMAL,   QUO_WEIBULL,  QUO_GAMMA,       QUO_PARETO2,
                                               QUO_EXPONENTIAL, QUO_INVGAUSS, QUO_LOGLOGISTIC, QUO_PARALOGISTIC,
                                               QUO_BURR,        QUO_GPD};
    double x[POINTS], low[POINTS], high[POINTS], floor[POINTS], weight[POINTS];
    bool censored[POINTS];
    draw_above(QUO_BURR, (const double[]){1.2, 1.2, 1e6}, 0.0, POINTS, 3, x);
    struct quo_stream stream = quo_stream_at(3, 1, 0, PURPOSE);
    for (size_t i = 0; i < POINTS; i++) {
        floor[i] = i % 3 == 0 ? 0.0 : i % 3 == 1 ? 0.3 * x[i] : fmin(1e5, 0.7 * x[i]);
        censored[i] = i % 7 == 0;
        low[i] = i % 5 == 0 ? 0.8 * x[i] : NAN;
        high[i] = i % 5 == 0 ? (i % 10 == 0 ? 1.5 * x[i] : INFINITY) : NAN;
        weight[i] = 0.5 + quo_stream_uniform(&stream);
    }
    const struct quo_sample sample = {POINTS, x, low, high, censored, floor, 0.0, weight};
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        struct quo_fit fit;
        if (quo_fit_family(&sample, families[f], NULL, &fit) != QUO_OK)
            fail_msg("%s: %s", quo_family_name(families[f]), fit.reason);
        no_neighbour_is_higher(&sample, &fit, quo_family_name(families[f]));
    }
    struct quo_sample exact = sample;
    exact.low = exact.high = NULL;
    struct quo_fit_options options;
    struct quo_fit fit;
    quo_fit_options_init(&options);
    options.threshold = 2e6;
    if (quo_fit_family(&exact, QUO_SPLICED, &options, &fit) != QUO_OK)
        fail_msg("splice: %s", fit.reason);
    no_neighbour_is_higher(&exact, &fit, "splice");
}

static void simulated_data_are_refitted(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    static const struct {
        enum quo_family family;
        double par[4];
    } laws[] = {{QUO_LOGNORMAL, {12.0, 2.3}},   {QUO_WEIBULL, {0.6, 5e5}},   {QUO_GAMMA, {0.7, 1e6}},
                {QUO_PARETO2, {1.1, 4e5}},      {QUO_BURR, {1.5, 1.2, 1e3}}, {QUO_LOGLOGISTIC, {1.3, 1e6}},
                {QUO_PARALOGISTIC, {1.4, 1e6}}, {QUO_INVGAUSS, {1e6, 4e5}}};
    double *x = malloc(MANY * sizeof *x);
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        struct quo_fit fit;
        draw_above(laws[l].family, laws[l].par, 0.0, laws[l].family == QUO_INVGAUSS ? 2000 : MANY, 40 + l, x);
        const struct quo_sample sample = quo_likelihood_sample(x, laws[l].family == QUO_INVGAUSS ? 2000 : MANY);
        assert_int_equal(quo_fit_family(&sample, laws[l].family, NULL, &fit), QUO_OK);
        for (int i = 0; i < fit.n_parameters; i++)
            check_abs(fit.parameter[i], laws[l].par[i], 4.0 * fit.std_error[i], "%s parameter %d",
                      quo_family_name(laws[l].family), i);
    }
    free(x);
}

/* Thirty samples of 2,000 sizes in plain dollars, where raw-scale optimisers stop with errors or, silently, short of the maximum. */
static void plain_dollars_are_no_trouble(void **state)
{
    (void)state;
    enum { SETS = 30, SIZE = 2000 };
    static const struct {
        enum quo_family family;
        double par[4];
        int scale; /* which parameter */
    } laws[] = {{QUO_GAMMA, {0.6, 1.0}, 1},
                {QUO_WEIBULL, {0.7, 1.0}, 1},
                {QUO_BURR, {1.5, 1.2, 1.0}, 2},
                {QUO_GPD, {0.7, 1.0, 0.0}, 1}};
    double *x = malloc(SIZE * sizeof *x);
    for (size_t l = 0; l < 4; l++)
        for (uint64_t set = 0; set < SETS; set++) {
            double par[4];
            memcpy(par, laws[l].par, sizeof par);
            par[laws[l].scale] = set % 2 ? 1e6 : 1e3;
            draw_above(laws[l].family, par, 0.0, SIZE, 500 + set, x);
            const struct quo_sample sample = quo_likelihood_sample(x, SIZE);
            const struct quo_severity truth = quo_severity_simple(laws[l].family, par);
            struct quo_fit fit;
            if (quo_fit_family(&sample, laws[l].family, NULL, &fit) != QUO_OK)
                fail_msg("%s set %d: %s", quo_family_name(laws[l].family), (int)set, fit.reason);
            assert_true(fit.loglik >= quo_likelihood_log(&sample, &truth) && fit.gradient_norm < 1e-10);
            check_abs(fit.parameter[0], par[0], 4.5 * fit.std_error[0], "%s set %d", quo_family_name(laws[l].family),
                      (int)set);
        }
    free(x);
}

static void intervals_cover_what_they_promise(void **state)
{
    (void)state;
    enum { TRIALS = 300, SIZE = 60 };
    double x[SIZE];
    const double par[2] = {12.0, 1.5};
    int covered[2] = {0, 0};
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        draw_above(QUO_LOGNORMAL, par, 5e4, SIZE, 9000 + trial, x);
        struct quo_sample sample = quo_likelihood_sample(x, SIZE);
        struct quo_fit fit;
        sample.floor = 5e4;
        if (quo_fit_family(&sample, QUO_LOGNORMAL, NULL, &fit) != QUO_OK)
            continue; /* a miss, counted as such */
        for (int i = 0; i < 2; i++) {
            double low, high;
            quo_fit_interval(&sample, &fit, i, 0.9, &low, &high);
            covered[i] += low <= par[i] && par[i] <= high;
        }
    }
    for (int i = 0; i < 2; i++)
        check_abs(covered[i] / (double)TRIALS, 0.9, 4.0 * sqrt(0.09 / TRIALS) + 0.01, "90 %% interval of parameter %d",
                  i);
}

/* ---- the rest ---------------------------------------------------------------------------------------------- */

static void profile_intervals_are_where_the_deviance_says(void **state)
{
    (void)state;
    double x[POINTS], low, high;
    draw_above(QUO_EXPONENTIAL, (const double[]){2.0}, 0.0, POINTS, 8, x);
    const struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    struct quo_fit fit;
    quo_fit_family(&sample, QUO_EXPONENTIAL, NULL, &fit);
    assert_int_equal(quo_fit_interval(&sample, &fit, 0, 0.95, &low, &high), QUO_OK);
    for (int end = 0; end < 2; end++) { /* 2 n (ln r + 1/r - 1) = chi2, r = end / mle */
        const double r = (end ? high : low) / fit.parameter[0];
        check_rel(2.0 * POINTS * (log(r) + 1.0 / r - 1.0), 3.841458820694124, 1e-7, "end %d", end);
    }
    quo_fit_family(&sample, QUO_WEIBULL, NULL, &fit);
    assert_int_equal(quo_fit_interval(&sample, &fit, 0, 0.95, &low, &high), QUO_OK);
    assert_true(low < fit.parameter[0] && fit.parameter[0] < high);
    check_rel(high - low, 2.0 * 1.96 * fit.std_error[0], 0.05, "close to the normal interval");
    assert_int_equal(quo_fit_interval(&sample, &fit, 2, 0.95, &low, &high), QUO_DOMAIN);
}

static void moments_and_quantiles_are_matched(void **state)
{
    (void)state;
    double x[POINTS], sum = 0.0, square = 0.0;
    draw_above(QUO_GAMMA, (const double[]){2.0, 3.0}, 0.0, POINTS, 9, x);
    for (size_t i = 0; i < POINTS; i++) {
        sum += x[i];
        square += x[i] * x[i];
    }
    const struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    struct quo_fit_options options;
    struct quo_fit fit;
    quo_fit_options_init(&options);
    options.method = QUO_FIT_MOMENTS;
    const double mean = sum / POINTS, variance = square / POINTS - mean * mean;
    assert_int_equal(quo_fit_family(&sample, QUO_GAMMA, &options, &fit), QUO_OK);
    check_rel(fit.parameter[0], mean * mean / variance, 1e-8, "gamma shape by moments");
    assert_int_equal(quo_fit_family(&sample, QUO_LOGNORMAL, &options, &fit), QUO_OK);
    check_rel(fit.parameter[1] * fit.parameter[1], log1p(variance / (mean * mean)), 1e-8, "lognormal sdlog by moments");
    assert_int_equal(quo_fit_family(&sample, QUO_LOGLOGISTIC, &options, &fit), QUO_OK);
    options.method = QUO_FIT_QUANTILES;
    assert_int_equal(quo_fit_family(&sample, QUO_WEIBULL, &options, &fit), QUO_OK);
    double third = 0.0;
    for (size_t i = 0; i < POINTS; i++)
        third += x[i] <= quo_severity_Qinv(2.0 / 3.0, &fit.severity);
    check_abs(third / POINTS, 1.0 / 3.0, 1.5 / POINTS, "share below the lower quantile");
    struct quo_sample floored = sample;
    floored.floor = 1e-9;
    assert_int_equal(quo_fit_family(&floored, QUO_GAMMA, &options, &fit), QUO_REFUSED);
}

static void replicates_scatter_as_the_standard_errors_say(void **state)
{
    (void)state;
    enum { REPLICATES = 200 };
    double x[POINTS], sum = 0.0, square = 0.0;
    draw_above(QUO_LOGNORMAL, (const double[]){12.0, 1.5}, 2e4, POINTS, 21, x);
    struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    sample.floor = 2e4;
    struct quo_fit fit, one, again;
    assert_int_equal(quo_fit_family(&sample, QUO_LOGNORMAL, NULL, &fit), QUO_OK);
    for (uint64_t r = 0; r < REPLICATES; r++) {
        quo_fit_replicate(&sample, &fit, NULL, 7, r, &one);
        sum += one.parameter[1];
        square += one.parameter[1] * one.parameter[1];
    }
    const double sd = sqrt(square / REPLICATES - sum * sum / REPLICATES / REPLICATES);
    check_rel(sd, fit.std_error[1], 0.25, "spread of sdlog");
    quo_fit_replicate(&sample, &fit, NULL, 7, REPLICATES - 1, &again);
    assert_true(one.parameter[0] == again.parameter[0]);
}

static void akaike_weights_add_up(void **state)
{
    (void)state;
    double x[POINTS], weight[4];
    draw_above(QUO_LOGNORMAL, (const double[]){12.0, 1.5}, 0.0, POINTS, 22, x);
    const struct quo_sample sample = quo_likelihood_sample(x, POINTS);
    static const enum quo_family families[] = {QUO_LOGNORMAL, QUO_WEIBULL, QUO_GAMMA, QUO_LOGLOGISTIC};
    struct quo_fit fit[4];
    for (int i = 0; i < 4; i++)
        quo_fit_family(&sample, families[i], NULL, &fit[i]);
    quo_fit_weights(fit, 4, false, weight);
    check_rel(weight[0] + weight[1] + weight[2] + weight[3], 1.0, 1e-14, "sum");
    assert_true(weight[0] > 0.5);
    check_rel(log(weight[0] / weight[3]), 0.5 * (fit[3].aicc - fit[0].aicc), 1e-10, "odds");
    fit[0].status = QUO_NOT_CONVERGED;
    quo_fit_weights(fit, 4, true, weight);
    assert_true(weight[0] == 0.0);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_fits_reach_the_exact_maximum),
        cmocka_unit_test(fits_without_a_maximum_name_their_limit),
        cmocka_unit_test(splices_and_mixtures_reach_the_exact_maximum),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(a_splice_does_not_depend_on_units_either),
        cmocka_unit_test(every_kind_of_record_enters),
        cmocka_unit_test(simulated_data_are_refitted),
        cmocka_unit_test(plain_dollars_are_no_trouble),
        cmocka_unit_test(intervals_cover_what_they_promise),
        cmocka_unit_test(profile_intervals_are_where_the_deviance_says),
        cmocka_unit_test(moments_and_quantiles_are_matched),
        cmocka_unit_test(replicates_scatter_as_the_standard_errors_say),
        cmocka_unit_test(akaike_weights_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
