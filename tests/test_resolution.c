/* The stated error of a quote is what was asked for, and true: against a law eight times as fine. */
#include "desk.h"

#include <math.h>
#include <stdio.h>

#include "pricing/aggregate/measures.h"
#include "pricing/policylaw.h"
#include "risk/base/stream.h"

#ifndef CONTRACTS
#define CONTRACTS 200
#endif

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
            options.refined = true;
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

/* Terms of every kind on the example's protocol, in money and in hours. */
static struct quo_policy *random_contract(struct desk *desk, uint64_t i)
{
    struct quo_stream s = quo_stream_at(20261121, i, 0, 0);
    char cover[1024], rest[256] = "";
    const double attach = 0.003 * exp(4.0 * quo_stream_uniform(&s)), wide = 1.2 + 8.0 * quo_stream_uniform(&s);
    const double limit = 1e6 * round(1.0 + 19.0 * quo_stream_uniform(&s));
    static const char *const perils[] = {"\"key_compromise\", \"code_bug\"", "\"admin_abuse\", \"vendor_infrastructure\"",
                                         "\"signer_social_engineering\"",
                                         "\"bridge_validation\", \"code_bug\""};
    static const double errors[] = {0.0, 0.05, 0.15, 0.3};
    const int kind = (int)(4.0 * quo_stream_uniform(&s));
    const char *peril = perils[(int)(4.0 * quo_stream_uniform(&s))];
    const double error = errors[(int)(4.0 * quo_stream_uniform(&s))];
    if (kind == 3) {
        const double first = round(6.0 + 30.0 * quo_stream_uniform(&s)), second = first * 4.0;
        snprintf(cover, sizeof cover,
                 "{ id = \"h\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"probes\"; waiting_hours = %.1f; }; "
                 "payout = { shape = \"steps\"; steps = ( { at = %.1f; pays = 0.3; }, { at = %.1f; pays = 1.0; } ); }; "
                 "event_limit = %.1f; annual_limit = %.1f; }",
                 first, first, second, limit, 2.0 * limit);
        return desk_policy(desk, cover, rest);
    }
    char payout[256];
    if (kind == 0)
        snprintf(payout, sizeof payout, "{ shape = \"binary\"; attach = %.17g; }", attach);
    else if (kind == 1)
        snprintf(payout, sizeof payout, "{ shape = \"linear\"; attach = %.17g; exhaust = %.17g; }", attach,
                 fmin(1.0, attach * wide));
    else
        snprintf(payout, sizeof payout,
                 "{ shape = \"steps\"; steps = ( { at = %.17g; pays = 0.2; }, { at = %.17g; pays = 1.0; } ); }", attach,
                 fmin(1.0, attach * wide));
    const double false_alarms = quo_stream_uniform(&s) < 0.5 ? 0.0 : 0.01, years_limit = limit * (1.0 + round(2.0 * quo_stream_uniform(&s)));
    snprintf(cover, sizeof cover,
             "{ id = \"m\"; perils = [%s]; trigger = { index = \"loss_share\"; source = \"agent\"; missed_probability = 0.05; "
             "false_alarm_per_year = %.2g; reporting_error = %.2g; }; payout = %s; event_limit = %.1f; annual_limit = %.1f; }",
             peril, false_alarms, error, payout, limit, years_limit);
    if (quo_stream_uniform(&s) < 0.5)
        snprintf(rest, sizeof rest, "clauses = { state_actor = \"LMA5567A\"; };");
    return desk_policy(desk, cover, rest);
}

static void stated_error_holds_for_contracts_at_random(void **state)
{
    struct desk *desk = *state;
    double worst = 0.0, largest = 0.0;
    for (uint64_t i = 0; i < CONTRACTS; i++) {
        struct quo_policy *policy = random_contract(desk, i);
        struct quo_quote_options options;
        struct quo_quote *quote;
        double mean, tvar;
        quo_quote_options_init(&options);
        options.draws = 0;
        options.error = i % 2 ? 1e-6 : 0.0;
        options.refined = i % 4 < 3;
        assert_int_equal(quo_quote_price(desk->engine, policy, &options, &quote), QUO_OK);
        truth(desk, policy, quote, &mean, &tvar);
        const double off = fmax(fabs(quote->expected_payout / mean - 1.0), fabs(quote->quantile[2].tvar / tvar - 1.0));
        if (!(off <= quote->discretisation_error + 1e-9))
            print_message("contract %d: %g off, %g stated\n", (int)i, off, quote->discretisation_error);
        worst = fmax(worst, off / (quote->discretisation_error + 1e-9));
        largest = fmax(largest, off);
        quo_quote_free(quote);
        quo_policy_free(policy);
    }
    print_message("%d contracts: off by %.2g at most, by %.2f of what is stated\n", CONTRACTS, largest, worst);
    assert_true(worst <= 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stated_error_is_true),
                                       cmocka_unit_test(stated_error_holds_for_contracts_at_random)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
