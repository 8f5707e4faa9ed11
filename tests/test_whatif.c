/* What-if against quotes: every difference is that of two quotes, to the cent, with the same draws; shares add up. */
#include "check.h"
#include "whatifs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/quote.h"

#define BRIDGE "fixtures/examples/bridge.policy.cfg"
#define PLAN "fixtures/examples/bridge.plan.cfg"

static double quoted(const struct whatifs_desk *desk, const struct quo_variants *v, struct quo_subset changes,
                     long draws, double *payout)
{
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    options.draws = draws;
    assert_int_equal(quo_variants_policy(v, changes, &policy, NULL), QUO_OK);
    assert_int_equal(quo_quote_price(desk->engine, policy, &options, &quote), QUO_OK);
    const double gross = quote->gross_premium;
    *payout = quote->expected_payout;
    quo_quote_free(quote);
    quo_policy_free(policy);
    return gross;
}

static void all_sets_are_quotes(struct whatifs_desk *desk, const struct quo_variants *v, long draws)
{
    const struct quo_values_options options = {.draws = draws, .seed = 1};
    struct quo_values *values = NULL;
    assert_int_equal(quo_values_new(desk->engine, v, &options, &values), QUO_OK);
    for (size_t m = 0; m < (size_t)1 << v->n; m++) {
        struct quo_subset changes = quo_subset_none();
        struct quo_outcome outcome;
        double payout;
        changes.word[0] = m;
        assert_int_equal(quo_values_get(values, changes, &outcome), QUO_OK);
        const double gross = quoted(desk, v, changes, draws, &payout);
        if (outcome.gross_premium != gross || outcome.expected_payout != payout)
            fail_msg("set %zu: %.17g and %.17g are not the quote's %.17g and %.17g", m, outcome.gross_premium,
                     outcome.expected_payout, gross, payout);
    }
    quo_values_free(values);
}

static void every_set_is_priced_as_quoted(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v = whatifs_file(desk, BRIDGE, PLAN);
    all_sets_are_quotes(desk, v, 0);
    quo_variants_free(v);
    v = whatifs_text(desk, "fixtures/cases/ronin.policy.cfg",
                     "changes = ( { id = \"a\"; cost_per_year = 1; set = [\"protocol.answers.MO-01.level=4\"]; },"
                     " { id = \"b\"; cost_per_year = 1; set = [\"protocol.exposure_usd=3e8\"]; },"
                     " { id = \"c\"; cost_per_year = 1; set = [\"term_days=180\"]; } );");
    all_sets_are_quotes(desk, v, 0);
    quo_variants_free(v);
}

/* With an uncertainty load the premium hangs on the draws: both sides must take the same ones. */
static void premiums_that_hang_on_draws_too(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v = whatifs_text(
        desk, BRIDGE,
        "changes = ( { id = \"load\"; cost_per_year = 0; set = [\"pricing.uncertainty_quantile=0.75\"]; },"
        " { id = \"cap\"; cost_per_year = 0; set = [\"protocol.caps.bridge-outflow.per_hour_usd=1e6\"]; } );");
    all_sets_are_quotes(desk, v, 40);
    quo_variants_free(v);
}

static struct quo_whatif *whatif_of(struct whatifs_desk *desk, const struct quo_variants *v)
{
    struct quo_whatif_options options;
    struct quo_whatif *w = NULL;
    quo_whatif_options_init(&options);
    options.planned = true;
    assert_int_equal(quo_whatif_new(desk->engine, v, &options, &w), QUO_OK);
    return w;
}

static void shares_add_up(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(11, 0, 0, 1);
    for (int round = 0; round < 3; round++) {
        struct quo_variants *v = whatifs_random(desk, &stream, round == 2 ? 14 : (size_t)(3 + round));
        struct quo_values *values = NULL;
        struct quo_shares a;
        const struct quo_values_options priced = {.draws = 0, .seed = 1};
        const struct quo_shares_options options = {.orders = 8, .seed = 3};
        assert_int_equal(quo_values_new(desk->engine, v, &priced, &values), QUO_OK);
        assert_int_equal(quo_shares_new(values, v->n, &options, &a), QUO_OK);
        assert_int_equal(a.exact, v->n <= QUO_SHAPLEY_EXACT);
        double sum = 0.0;
        for (size_t i = 0; i < a.n; i++)
            sum += a.share[i].shapley;
        check_rel(sum, a.base.gross - a.all.gross, 1e-9, "sum of the shares");
        quo_shares_free(&a);
        quo_values_free(values);
        quo_variants_free(v);
    }
}

/* Two changes: half the sum of alone and last, by definition. */
static void shares_of_two(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v =
        whatifs_text(desk, BRIDGE,
                     "changes = ( { id = \"a\"; cost_per_year = 5; set = [\"protocol.answers.SD-04.level=4\"]; },"
                     " { id = \"b\"; cost_per_year = 7; set = [\"protocol.signer_sets.treasury.threshold=4\"]; } );");
    struct quo_whatif *w = whatif_of(desk, v);
    const struct quo_shares *a = &w->attribution;
    for (size_t i = 0; i < 2; i++) {
        const struct quo_share *s = &a->share[i];
        check_rel(s->shapley, 0.5 * (a->base.gross - s->alone.gross + s->others.gross - a->all.gross), 1e-9,
                  "share of one of two");
        assert_true(s->alone.gross == a->share[1 - i].others.gross);
    }
    assert_int_equal(a->n_pairs, 1);
    check_rel(a->pair[0].extra, a->share[0].alone.gross + a->share[1].alone.gross - a->base.gross - a->all.gross, 1e-9,
              "pair");
    quo_whatif_free(w);
    quo_variants_free(v);
}

/* Draw by draw, not quantile against quantile: a change that does nothing has an interval of width 0. */
static void intervals_are_of_the_difference(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v = whatifs_text(
        desk, BRIDGE,
        "changes = ( { id = \"nothing\"; cost_per_year = 5; set = [\"protocol.signer_sets.treasury.threshold=3\"]; },"
        " { id = \"dearer\"; cost_per_year = 7; set = [\"pricing.expenses_fixed=25000\"]; } );");
    struct quo_whatif *w = whatif_of(desk, v);
    assert_true(w->attribution.share[0].does_nothing && !w->attribution.share[1].does_nothing);
    assert_true(w->alone[0].p05 == 0.0 && w->alone[0].p95 == 0.0 && w->n_draws == 50);
    /* 10,000 more of fixed expenses is 10,000/(1 - 0.15 - 0.08 - 0.05) more of premium under every draw. */
    check_rel(w->alone[1].p05, -10000.0 / 0.72, 1e-9, "p05");
    check_rel(w->alone[1].p95, -10000.0 / 0.72, 1e-9, "p95");
    assert_true(fabs(quo_whatif_saving(w, &w->attribution.share[1].alone) + 13888.89) <
                0.011); /* both sides are rounded */
    quo_whatif_free(w);
    quo_variants_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_is_priced_as_quoted),
        cmocka_unit_test(premiums_that_hang_on_draws_too),
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(shares_of_two),
        cmocka_unit_test(intervals_are_of_the_difference),
    };
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
