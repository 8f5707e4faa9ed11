/* The stated error of a quote is what was asked for, and true: against a law eight times as fine. */
#include "desk.h"

#include <math.h>
#include <stdio.h>

#include "pricing/aggregate/measures.h"
#include "pricing/policylaw.h"

static const char *const files[] = {"fixtures/examples/bridge.policy.cfg", "fixtures/cases/drift.policy.cfg",
                                    "fixtures/triggers/t01.policy.cfg",    "fixtures/triggers/t04.policy.cfg",
                                    "fixtures/triggers/t08.policy.cfg",    "fixtures/triggers/t09.policy.cfg",
                                    "fixtures/triggers/t11.policy.cfg",    "fixtures/triggers/t12.policy.cfg",
                                    "fixtures/triggers/t14.policy.cfg"};

/* Mean and TVaR 99 of the policy as finely as it is worth. */
static void truth(const struct desk *desk, const struct quo_policy *policy, const struct quo_quote *quote, double *mean,
                  double *tvar)
{
    struct quo_workspace *workspace = quo_workspace_new();
    const struct quo_resolution finest = {4800, 8000, 48, 1};
    struct quo_policylaw law;
    assert_int_equal(
        quo_policylaw_new(desk->engine, policy, quote->score, quote->hazard, finest, 1, workspace, &law), QUO_OK);
    *mean = law.expected;
    *tvar = quo_measure_tvar(0.99, &law.annual);
    quo_policylaw_free(&law);
    quo_workspace_free(workspace);
}

static void stated_error_is_true(void **state)
{
    static const double asked[] = {0.0, 1e-6, 1e-7};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct quo_policy *policy = desk_load(desk, files[i]);
        for (size_t k = 0; k < 3; k++) {
            struct quo_quote_options options;
            struct quo_quote *quote;
            double mean, tvar;
            quo_quote_options_init(&options);
            assert_true(options.error == 1e-6);
            options.draws = 0;
            options.error = asked[k];
            assert_int_equal(quo_quote_price(desk->engine, policy, &options, &quote), QUO_OK);
            truth(desk, policy, quote, &mean, &tvar);
            const double off = fmax(fabs(quote->expected_payout / mean - 1.0), fabs(quote->quantile[2].tvar / tvar - 1.0));
            if (!(off <= quote->discretisation_error + 1e-9))
                fail_msg("%s: %g off, %g stated", files[i], off, quote->discretisation_error);
            if (asked[k] == 1e-6 && !(quote->discretisation_error <= 1e-6))
                fail_msg("%s: %g stated, 1e-6 asked for", files[i], quote->discretisation_error);
            if (asked[k] == 0.0) /* nothing is asked for: as it comes */
                assert_true(quote->resolution.cells == quo_resolution_fine.cells);
            quo_quote_free(quote);
        }
        quo_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stated_error_is_true)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
