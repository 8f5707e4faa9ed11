/* Samples that no law can be fitted to are refused with a reason; hostile ones never give NaN. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fitting_data.h"
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"

enum { PURPOSE = 77 };

static void refused(const struct quo_sample *sample, enum quo_family family, const struct quo_fit_options *options,
                    const char *why)
{
    struct quo_fit fit;
    assert_int_equal(quo_fit_family(sample, family, options, &fit), QUO_REFUSED);
    if (!strstr(fit.reason, why))
        fail_msg("the reason is '%s', not '..%s..'", fit.reason, why);
}

static void impossible_samples_are_refused_with_a_reason(void **state)
{
    (void)state;
    const double x[] = {3.0, 5.0, 9.0, 12.0, 20.0, 31.0}, same[] = {4.0, 4.0, 4.0, 4.0}, bad[] = {1.0, 0.0, 3.0},
                 negative[] = {1.0, 2.0, -3.0};
    const double nan[] = {1.0, NAN, 2.0}, zero[] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    const bool all[] = {true, true, true, true, true, true};
    struct quo_sample s = quo_likelihood_sample(x, 0);
    refused(&s, QUO_LOGNORMAL, NULL, "empty");
    s.n = 2;
    refused(&s, QUO_LOGNORMAL, NULL, "2 records for 2 parameters: at least 3");
    s.n = 3;
    refused(&s, QUO_BURR, NULL, "at least 4");
    s = quo_likelihood_sample(same, 4);
    refused(&s, QUO_GAMMA, NULL, "all sizes are equal");
    s = quo_likelihood_sample(bad, 3);
    refused(&s, QUO_WEIBULL, NULL, "record 2: size 0");
    s = quo_likelihood_sample(negative, 3);
    refused(&s, QUO_PARETO2, NULL, "record 3: size -3");
    s = quo_likelihood_sample(nan, 3);
    refused(&s, QUO_PARETO2, NULL, "record 2: size nan");
    s = quo_likelihood_sample(x, 6);
    s.censored = all;
    refused(&s, QUO_LOGNORMAL, NULL, "every record is censored");
    s = quo_likelihood_sample(x, 6);
    s.floor = 10.0;
    refused(&s, QUO_LOGNORMAL, NULL, "size 3 is below its floor 10");
    s.floor = 0.0;
    s.weight = zero;
    refused(&s, QUO_LOGNORMAL, NULL, "all weights are 0");
    s.weight = NULL;
    struct quo_fit_options options;
    quo_fit_options_init(&options);
    refused(&s, QUO_SPLICED, &options, "threshold nan");
    options.threshold = 10.0;
    refused(&s, QUO_SPLICED, &options, "3 records above the threshold 10: at least 4");
    options.threshold = 1.0;
    refused(&s, QUO_SPLICED, &options, "0 records at or below the threshold");
    options.location = 10.0;
    refused(&s, QUO_GPD, &options, "3 records for 2 parameters: at least 4");
    options.location = 100.0;
    refused(&s, QUO_GPD, &options, "no record lies above");
    options.component[1] = QUO_GB2;
    refused(&s, QUO_MIXTURE, &options, "a mixture is of two of");
    refused(&s, QUO_FAMILIES, &options, "no such family");
}

static void never_nan_on_hostile_samples(void **state)
{
    (void)state;
    enum { TRIALS = 24, SMALL = 8, GB2_TRIALS = 4 }; /* four parameters on eight sizes: slow, and always at an edge */
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct quo_stream stream = quo_stream_at(99, trial, 0, PURPOSE);
        double x[SMALL];
        const double spread = exp(6.0 * quo_stream_uniform(&stream) - 4.0), floor = trial % 3 == 0 ? 0.0 : 1.0;
        for (int i = 0; i < SMALL; i++) {
            x[i] = 1.0 + exp(spread * quo_stream_normal(&stream));
            if (trial % 4 == 0) /* heaped at round numbers */
                x[i] = ceil(x[i]);
        }
        struct quo_sample sample = quo_likelihood_sample(x, SMALL);
        sample.floor = floor;
        for (int family = 0; family < (int)QUO_FAMILIES; family++) {
            if (family == QUO_GB2 && trial >= GB2_TRIALS)
                continue;
            struct quo_fit_options options;
            struct quo_fit fit;
            quo_fit_options_init(&options);
            options.threshold = 2.0;
            const enum quo_status status = quo_fit_family(&sample, (enum quo_family)family, &options, &fit);
            assert_true(status == QUO_OK || fit.reason[0]);
            if (status == QUO_REFUSED)
                continue;
            assert_true(isfinite(fit.loglik));
            for (int i = 0; i < fit.n_parameters; i++) {
                assert_true(isfinite(fit.parameter[i]));
                assert_true(status != QUO_OK || fit.std_error[i] > 0.0 ||
                            (family == QUO_GPD && fit.parameter[0] <= -0.5));
            }
        }
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_samples_are_refused_with_a_reason),
        cmocka_unit_test(never_nan_on_hostile_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
