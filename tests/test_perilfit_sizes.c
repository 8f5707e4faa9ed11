#include "risk/perils/perilfit_parts.h"

#include <math.h>
#include "check.h"
#include "risk/base/stream.h"

enum { N = 400 };

/* A body below a million, a heavy tail above. */
static struct quo_sample draw(double *value)
{
    const struct quo_severity law =
        quo_severity_spliced((struct quo_law){QUO_LOGNORMAL, {12.5, 1.0, 0.0, 0.0}}, 1e6, 0.3, 0.8, 2e6);
    struct quo_stream s = quo_stream_at(5, 0, 0, 0);
    for (int i = 0; i < N; i++)
        value[i] = quo_severity_draw(&s, &law);
    return quo_likelihood_sample(value, N);
}

static const struct quo_perilfit_candidate *splice_of(const struct quo_perilfit_sizes *sizes)
{
    for (int i = 0; i < sizes->n_candidates; i++)
        if (sizes->candidate[i].fit.severity.family == QUO_SPLICED)
            return &sizes->candidate[i];
    return NULL;
}

static void a_profiled_threshold_is_the_likeliest_and_counts(void **state)
{
    (void)state;
    double value[N];
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_options options;
    struct quo_perilfit_sizes sizes;
    quo_perilfit_options_init(&options);
    options.family = QUO_SPLICED;
    options.profile_threshold = true;
    assert_int_equal(quo_perilfit_sizes(&sample, &options, false, &sizes), QUO_OK);
    const struct quo_perilfit_candidate *c = splice_of(&sizes);
    assert_non_null(c);
    const struct quo_fit profiled = c->fit;
    /* meanlog, sdlog, weight, xi, beta, and the threshold */
    check_rel(profiled.aic, 12.0 - 2.0 * profiled.loglik, 1e-12, "aic");
    check_rel(profiled.aicc, profiled.aic + 2.0 * 6.0 * 7.0 / (N - 7.0), 1e-12, "aicc");
    assert_true(fabs(log(profiled.severity.threshold / 1e6)) < 0.7);
    quo_perilfit_plots_free(sizes.plots);
    options.profile_threshold = false;
    for (int k = -3; k <= 3; k++) { /* any other threshold: lower, but for what lies between two candidates */
        options.tail_threshold = profiled.severity.threshold * exp(0.8 * k);
        assert_int_equal(quo_perilfit_sizes(&sample, &options, false, &sizes), QUO_OK);
        const struct quo_perilfit_candidate *other = splice_of(&sizes);
        assert_true(!other || other->fit.loglik <= profiled.loglik + 0.5);
        if (k == 0)
            check_rel(other->fit.aic, profiled.aic - 2.0, 1e-9, "the same threshold, given: one parameter less");
        quo_perilfit_plots_free(sizes.plots);
    }
}

/* The choice and its intervals: those of the chosen by default, of every candidate on request; the profile holds the estimate. */
static void intervals_are_of_the_chosen_or_of_all(void **state)
{
    (void)state;
    double value[N];
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_options options;
    quo_perilfit_options_init(&options);
    for (int all = 0; all < 2; all++) {
        struct quo_perilfit_sizes sizes;
        options.intervals = all;
        assert_int_equal(quo_perilfit_sizes(&sample, &options, false, &sizes), QUO_OK);
        assert_true(sizes.chosen >= 0);
        for (int i = 0; i < sizes.n_candidates; i++) {
            const struct quo_perilfit_candidate *c = &sizes.candidate[i];
            for (int k = 0; k < c->fit.n_parameters; k++)
                if (c->fit.status == QUO_OK && (all || i == sizes.chosen))
                    assert_true(c->low[k] < c->fit.parameter[k] && c->fit.parameter[k] < c->high[k]);
                else
                    assert_true(isnan(c->low[k]) && isnan(c->high[k]));
        }
        quo_perilfit_plots_free(sizes.plots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profiled_threshold_is_the_likeliest_and_counts),
        cmocka_unit_test(intervals_are_of_the_chosen_or_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
