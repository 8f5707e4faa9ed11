/* The designer's curve: its point at factor 1 is the quote, price and payouts fall along it, each point is what a quote of that policy says. */
#include "desk.h"

#include <math.h>
#include <string.h>

#include "pricing/explain/design.h"

static const char *const files[] = {"fixtures/examples/bridge.policy.cfg", "fixtures/cases/ronin.policy.cfg",
                                    "fixtures/cases/drift.policy.cfg", "fixtures/cases/counterpart.policy.cfg"};

static void the_middle_is_the_quote_and_all_falls(void **state)
{
    struct desk *desk = *state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct quo_policy *policy = desk_load(desk, files[f]);
        policy->terms.uncertainty_quantile = 0.8;
        for (size_t c = 0; c < policy->n_covers;
             c++) /* a false alarm pays as an event that pays: more, the further out that is */
            policy->cover[c].trigger.false_alarm_per_year = 0.0;
        struct quo_quote *quote = desk_quote(desk, policy, 30);
        for (size_t c = 0; c < policy->n_covers; c++) {
            struct quo_design design;
            bool middle = false;
            assert_int_equal(quo_design_of(quote, c, &design), QUO_OK);
            assert_true(design.n >= 7);
            for (size_t i = 0; i < design.n; i++) {
                const struct quo_design_point *p = &design.point[i], *before = i ? p - 1 : p;
                if (p->factor == 1.0) {
                    middle = true;
                    check_rel(p->gross_premium, quote->gross.gross, 1e-12, "%s, cover %zu: the premium as it stands",
                              files[f], c);
                }
                assert_true(p->attach >= before->attach && p->payout_probability <= before->payout_probability);
                if (p->expected_payout > before->expected_payout * (1.0 + 1e-9))
                    fail_msg("%s, cover %zu, factor %g: the payout rises from %.9g to %.9g", files[f], c, p->factor,
                             before->expected_payout, p->expected_payout);
                assert_true(p->gross_premium <= before->gross_premium * (1.0 + 1e-9));
                if (p->basis.known) {
                    assert_true(p->basis.loss_without_payout >= before->basis.loss_without_payout - 1e-9);
                    assert_true(p->basis.gap_share > 0.0 && p->basis.hedge_effectiveness < 1.0);
                    /* |L - P| = 2 (L - P)+ - L + P, so the gap is no more than both together and no less than their difference */
                    assert_true(p->basis.expected_gap >= p->basis.expected_shortfall - 1e-6);
                }
            }
            assert_true(middle);
        }
        quo_quote_free(quote);
        quo_policy_free(policy);
    }
}

static void each_point_is_what_a_quote_says(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_load(desk, files[0]);
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct quo_design design;
    assert_int_equal(quo_design_of(quote, 0, &design), QUO_OK);
    for (size_t i = 0; i < design.n; i += 3) {
        policy->cover[0].payout.attach = 0.02 * design.point[i].factor;
        policy->cover[0].payout.exhaust = 0.2 * design.point[i].factor;
        struct quo_quote *there = desk_quote(desk, policy, 0);
        check_rel(design.point[i].gross_premium, there->gross.gross, 1e-12, "point %zu: premium", i);
        check_rel(design.point[i].basis.expected_shortfall, there->basis.expected_shortfall, 1e-12,
                  "point %zu: shortfall", i);
        quo_quote_free(there);
        policy->cover[0].payout.attach = 0.02;
        policy->cover[0].payout.exhaust = 0.2;
    }
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void moving_keeps_the_shape_or_says_no(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_policy(
        desk,
        "{ id = \"t\"; perils = [\"admin_abuse\"]; trigger = { index = \"unbacked_share\"; source = \"x\"; };\n"
        "  payout = { shape = \"table\"; points = ( { at = 0.1; pays = 0.2; }, { at = 0.5; pays = 1; } ); franchise = "
        "0.2; }; event_limit = 1e6; },\n"
        "{ id = \"s\"; perils = [\"key_compromise\"]; trigger = { index = \"signer_event\"; source = \"x\"; };\n"
        "  payout = { shape = \"binary\"; }; event_limit = 1e6; },\n"
        "{ id = \"h\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"x\"; "
        "waiting_hours = 8; };\n"
        "  payout = { shape = \"per_hour\"; per_hour = 10000; }; event_limit = 1e6; }",
        "");
    struct quo_cover moved;
    assert_true(quo_design_move(&policy->cover[0], 2.0, &moved));
    assert_true(moved.payout.step[0].at == 0.2 && moved.payout.step[1].at == 1.0 && moved.payout.franchise == 0.4);
    assert_false(quo_design_move(&policy->cover[0], 2.1, &moved)); /* past the whole supply */
    assert_false(quo_design_movable(&policy->cover[1]));
    struct quo_design none;
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    assert_int_equal(quo_design_of(quote, 1, &none), QUO_DOMAIN);
    assert_int_equal(quo_design_of(quote, 3, &none), QUO_DOMAIN);
    assert_true(quo_design_move(&policy->cover[2], 0.5, &moved));
    assert_true(moved.payout.waiting == 4.0 && moved.trigger.waiting_hours == 4.0 &&
                moved.payout.per_hour == policy->cover[2].payout.per_hour);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

/* Attachments from far below the least loss to far above: a seam between two quadratures once refused these. */
static void every_attachment_has_a_price(void **state)
{
    struct desk *desk = *state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct quo_policy *policy = desk_load(desk, files[f]);
        struct quo_payout *payout = &policy->cover[0].payout;
        double before = INFINITY;
        payout->shape = QUO_PAYOUT_LINEAR;
        policy->cover[0].trigger.index = QUO_INDEX_LOSS_SHARE;
        policy->cover[0].trigger.false_alarm_per_year = 0.0; /* as above: it pays more, the further out that is */
        for (int i = 0; i < 30; i++) {
            payout->attach = 1e-5 * pow(1e4, i / 29.0);
            payout->exhaust = 10.0 * payout->attach;
            struct quo_quote *quote = desk_quote(desk, policy, 0);
            assert_true(quote->expected_payout > 0.0 && quote->expected_payout <= before * (1.0 + 1e-6));
            assert_true(quote->discretisation_error < 1e-3);
            before = quote->expected_payout;
            quo_quote_free(quote);
        }
        quo_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_middle_is_the_quote_and_all_falls), cmocka_unit_test(each_point_is_what_a_quote_says),
        cmocka_unit_test(moving_keeps_the_shape_or_says_no), cmocka_unit_test(every_attachment_has_a_price)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
