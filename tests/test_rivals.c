/* Other houses' formulas by hand, as their sources state them, and on a quote. */
#include "desk.h"

#include <math.h>
#include <string.h>

#include "pricing/explain/rivals.h"

static void nexus_by_hand(void **state)
{
    (void)state;
    double next;
    /* 1 % of a pool: the buyer pays 1 %, the next one 0.05 points more */
    check_rel(quo_rivals_nexus(0.01, 0.0, 0.0, 1e6, 1e8, &next), 0.01, 1e-15, "target");
    check_rel(next, 0.0105, 1e-14, "after a hundredth of the capacity");
    check_rel(quo_rivals_nexus(0.01, 0.06, 1.0, 1e8, 1e8, &next), 0.04, 1e-14, "bumped price less two points a day");
    check_rel(next, 0.09, 1e-14, "all of the capacity bumps by five points");
    check_rel(quo_rivals_nexus(0.03, 0.06, 2.0, 1e6, 1e8, &next), 0.03, 1e-14, "not below the target");
}

static void neptune_by_hand(void **state)
{
    (void)state;
    check_rel(quo_rivals_neptune(0.0, 1e6, 1e4, 0.02, 0.12, 1), 0.03, 1e-14, "floor and a month");
    check_rel(quo_rivals_neptune(0.04, 1e6, 1e4, 0.02, 0.12, 3), 0.08, 1e-14, "use of 5 %% and three months");
    check_rel(quo_rivals_neptune(0.5, 1e6, 1e4, 0.02, 0.12, 1), 0.12, 1e-14, "ceiling");
}

static void insure_by_hand(void **state)
{
    (void)state;
    /* below the optimum the curve is a line: its mean is its middle */
    check_rel(quo_rivals_insure(0.2, 1.0, 0.2, 0.1, 0.1, 0.4, 0.8), 0.1 + 0.1 * 0.3 / 0.8, 1e-13, "below");
    check_rel(quo_rivals_insure(0.8, 1.0, 0.2, 0.1, 0.1, 0.4, 0.8), 0.2 + 0.4 * 0.5, 1e-13, "above");
    /* over the kink: half of either */
    check_rel(quo_rivals_insure(0.7, 1.0, 0.2, 0.1, 0.1, 0.4, 0.8),
              0.5 * (0.1 + 0.1 * 0.75 / 0.8) + 0.5 * (0.2 + 0.4 * 0.25), 1e-13, "over the kink");
    double sum = 0.0; /* a purchase in ten parts costs what the whole costs */
    for (int i = 0; i < 10; i++)
        sum += 0.05 * quo_rivals_insure(0.45 + 0.05 * i, 1.0, 0.05, 0.1, 0.1, 0.4, 0.8);
    check_rel(sum, 0.5 * quo_rivals_insure(0.45, 1.0, 0.5, 0.1, 0.1, 0.4, 0.8), 1e-12, "parts");
}

static void ensuro_by_hand(void **state)
{
    (void)state;
    double pure, junior, senior;
    /* 1,000 with 3 %, margin 1.1: pure 33; junior 10 % = 67; senior to 50 %: 400; half a year at 10 % and 4 % */
    const struct quo_ensuro e = {.payout = 1000.0,
                                 .probability = 0.03,
                                 .moc = 1.1,
                                 .junior_collateral = 0.1,
                                 .collateral = 0.5,
                                 .junior_rate = 0.1,
                                 .senior_rate = 0.04,
                                 .years = 0.5,
                                 .fee_pure = 0.1,
                                 .fee_capital = 0.2};
    const double capital = (67.0 * 0.1 + 400.0 * 0.04) * 0.5;
    check_rel(quo_rivals_ensuro(&e, &pure, &junior, &senior), 33.0 + capital + 3.3 + 0.2 * capital, 1e-13,
              "minimum premium");
    check_rel(pure, 33.0, 1e-13, "pure");
    check_rel(junior, 67.0, 1e-13, "junior");
    check_rel(senior, 400.0, 1e-13, "senior");
    const struct quo_ensuro over = {
        .payout = 1000.0, .probability = 0.6, .moc = 1.0, .junior_collateral = 0.1, .collateral = 0.5, .years = 1.0};
    check_rel(quo_rivals_ensuro(&over, &pure, &junior, &senior), 600.0, 1e-13, "no capital above its collateral");
    assert_true(junior == 0.0 && senior == 0.0);
}

static void on_a_quote(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_load(desk, "fixtures/examples/bridge.policy.cfg");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct quo_rival rival[QUO_RIVALS];
    struct quo_pool pool;
    quo_pool_init(&pool, quo_rivals_amount(quote));
    assert_true(quo_rivals_amount(quote) == 12e6 && pool.capacity == 240e6);
    quo_rivals_of(quote, &pool, rival);
    check_rel(rival[0].premium, 120000.0, 1e-12, "Nexus: 1 %% of 12 M");
    check_rel(rival[1].premium, 0.12 * 12e6, 1e-12, "Neptune: at its ceiling");
    check_rel(rival[2].rate_on_line, 0.1 + 0.1 * 0.325 / 0.9, 1e-12, "InsureDAO: middle of 30 %% to 35 %%");
    assert_true(rival[3].premium > quote->expected_payout && isfinite(rival[3].premium));
    /* the same structure as this engine's two layers of capital, before expenses */
    quo_terms_choose(&policy->terms, QUO_PRINCIPLE_TWO_LAYER_CAPITAL);
    struct quo_quote *layers = desk_quote(desk, policy, 0);
    check_rel(rival[3].premium, layers->expected_payout + layers->risk_load, 1e-9, "Ensuro is two layers of capital");
    quo_quote_free(layers);
    pool.used = 0.99; /* no room for 5 % */
    quo_rivals_of(quote, &pool, rival);
    for (int i = 0; i < 3; i++)
        assert_true(isnan(rival[i].premium) && strstr(rival[i].note, "no room"));
    policy->term_days = 400;
    quo_quote_free(quote);
    quote = desk_quote(desk, policy, 0);
    quo_pool_init(&pool, quo_rivals_amount(quote));
    quo_rivals_of(quote, &pool, rival);
    assert_true(isnan(rival[0].premium) && isfinite(rival[1].premium));
    quo_quote_free(quote);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nexus_by_hand), cmocka_unit_test(neptune_by_hand),
                                       cmocka_unit_test(insure_by_hand), cmocka_unit_test(ensuro_by_hand),
                                       cmocka_unit_test(on_a_quote)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
