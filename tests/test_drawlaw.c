/* The coarse law of the draws against the fine one, for every kind of cover; and the interval that comes from it. */
#include "desk.h"

#include <math.h>
#include <stdio.h>

#include "pricing/drawlaw.h"

/* Every index, every shape, with and without annual limits, deductibles, sublimits, false alarms. */
static const char *const covers[] = {
    "{ id = \"a\"; perils = [\"key_compromise\"]; trigger = { index = \"loss_share\"; source = \"x\"; };\n"
    "  payout = { shape = \"linear\"; attach = 0.02; exhaust = 0.2; }; event_limit = 1e7; }",
    "{ id = \"a\"; perils = [\"key_compromise\"]; trigger = { index = \"signer_event\"; source = \"x\"; };\n"
    "  payout = { shape = \"binary\"; attach = 1.0; }; event_limit = 2e6; }",
    "{ id = \"a\"; perils = [\"code_bug\", \"key_compromise\"]; trigger = { index = \"loss_usd\"; source = \"x\"; "
    "reporting_error = 0.3; };\n"
    "  payout = { shape = \"steps\"; steps = ( { at = 1e6; pays = 0.3; }, { at = 1e7; pays = 1; } ); }; event_limit = "
    "3e6; annual_limit = 5e6; }",
    "{ id = \"a\"; perils = [\"bridge_validation\"]; trigger = { index = \"unbacked_share\"; source = \"x\"; "
    "false_alarm_per_year = 0.01; };\n"
    "  payout = { shape = \"table\"; points = ( { at = 0.005; pays = 0.1; }, { at = 0.2; pays = 1; } ); }; event_limit "
    "= 5e6; }",
    "{ id = \"a\"; perils = [\"admin_abuse\"]; trigger = { index = \"depeg_depth\"; source = \"x\"; };\n"
    "  payout = { shape = \"linear\"; attach = 0.01; exhaust = 0.3; franchise = 0.05; }; event_limit = 5e6; "
    "event_deductible = 2e5; }",
    "{ id = \"a\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"x\"; waiting_hours "
    "= 8; };\n"
    "  payout = { shape = \"per_hour\"; per_hour = 20000; }; event_limit = 1e6; annual_deductible = 1e5; }",
    "{ id = \"a\"; perils = [\"code_bug\", \"key_compromise\"]; trigger = { index = \"loss_usd\"; source = \"x\"; };\n"
    "  payout = { shape = \"linear\"; attach = 1e5; exhaust = 2e7; }; event_limit = 1e7; reinstatements = 1;\n"
    "  sublimits = ( { peril = \"code_bug\"; event_limit = 2e6; } ); }",
    /* an annual limit beyond anything the year can pay costs no memory */
    "{ id = \"a\"; perils = [\"key_compromise\"]; trigger = { index = \"loss_share\"; source = \"x\"; };\n"
    "  payout = { shape = \"linear\"; attach = 0.02; exhaust = 0.2; }; event_limit = 1e3; annual_limit = 1e13; }",
    "{ id = \"a\"; perils = [\"key_compromise\"]; trigger = { index = \"loss_share\"; source = \"x\"; };\n"
    "  payout = { shape = \"linear\"; attach = 0.02; exhaust = 0.2; }; event_limit = 1e7; },\n"
    "{ id = \"b\"; perils = [\"key_compromise\"]; trigger = { index = \"signer_event\"; source = \"x\"; };\n"
    "  payout = { shape = \"binary\"; attach = 1.0; }; event_limit = 2e6; }",
};
static const char *const rests[] = {
    "", "clauses = { secondary_losses = { sublimit = 1e6; }; return_offset = true; };",
    "clauses = { state_actor = \"LMA5564A\"; }; pricing = { principle = \"wang\"; uncertainty_quantile = 0.9; };"};

static void coarse_is_fine_to_a_percent(void **state)
{
    struct desk *desk = *state;
    struct quo_workspace *workspace = quo_workspace_new();
    for (size_t i = 0; i < sizeof covers / sizeof *covers; i++)
        for (size_t r = 0; r < sizeof rests / sizeof *rests; r++) {
            struct quo_policy *policy = desk_policy(desk, covers[i], rests[r]);
            struct quo_quote *quote = desk_quote(desk, policy, 0);
            struct quo_policylaw fine;
            struct quo_drawlaw *coarse;
            struct quo_lattice annual;
            double independent = 0.0;
            assert_int_equal(quo_policylaw_new(desk->engine, policy, quote->score, quote->hazard, quo_resolution_fine,
                                               1, workspace, &fine),
                             QUO_OK);
            assert_int_equal(quo_drawlaw_new(desk->engine, policy, &fine, quote->hazard, &coarse), QUO_OK);
            assert_int_equal(quo_drawlaw_annual(coarse, quote->hazard, -1, workspace, &annual), QUO_OK);
            for (size_t c = 0; c < fine.n_covers; c++)
                independent += fine.cover[c].expected;
            check_rel(quo_lattice_mean(&annual), independent, 0.01, "cover %zu, clauses %zu: coarse mean", i, r);
            quo_lattice_free(&annual);
            quo_drawlaw_free(coarse);
            quo_policylaw_free(&fine);
            quo_quote_free(quote);
            quo_policy_free(policy);
        }
    quo_workspace_free(workspace);
}

static void the_interval_is_one(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof covers / sizeof *covers; i++)
        for (size_t r = 0; r < sizeof rests / sizeof *rests; r++) {
            struct quo_policy *policy = desk_policy(desk, covers[i], rests[r]);
            struct quo_quote *quote = desk_quote(desk, policy, 40);
            if (!(quote->p05 < quote->p50 && quote->p50 < quote->p95))
                fail_msg("cover %zu, clauses %zu: the interval is %.6g %.6g %.6g", i, r, quote->p05, quote->p50,
                         quote->p95);
            assert_true(quote->p05 < quote->gross_premium && quote->gross_premium < 1.5 * quote->p95);
            quo_quote_free(quote);
            quo_policy_free(policy);
        }
}

/* With a model that is sure of itself the controls' effects still are not. */
static void effects_of_controls_are_uncertain_too(void **state)
{
    struct desk *desk = *state;
    struct quo_engine *sure;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    assert_int_equal(quo_engine_new(&shipped, &sure, &desk->faults), QUO_OK);
    for (int p = 0; p < QUO_PERILS; p++)
        for (size_t i = 0; i < sure->model->peril[p].n_draws; i++)
            sure->model->peril[p].draw[i] = sure->model->peril[p].point;
    struct quo_policy *policy = desk_policy(desk, covers[0], "");
    struct quo_quote *quote = NULL;
    const struct quo_quote_options options = {.draws = 40, .seed = 3, .halved = false};
    assert_int_equal(quo_quote_price(sure, policy, &options, &quote), QUO_OK);
    assert_true(quote->p95 > 1.005 * quote->p05 && quote->p95 < 2.0 * quote->p05);
    assert_true(quote->p05 < quote->gross_premium && quote->gross_premium < quote->p95);
    quo_quote_free(quote);
    quo_policy_free(policy);
    quo_engine_free(sure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(coarse_is_fine_to_a_percent),
                                       cmocka_unit_test(the_interval_is_one),
                                       cmocka_unit_test(effects_of_controls_are_uncertain_too)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
