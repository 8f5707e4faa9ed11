#include "check.h"

#include <math.h>
#include "risk/controls/capture.h"

static const struct quo_capture_curve curve = {.ceiling = 1.0, .slope = 2.0, .middle = 0.5};

static void the_cheapest_open_way_counts(void **state)
{
    (void)state;
    check_rel(quo_capture_cost(&(struct quo_capture_costs){60e6, 5e6, 9e6}), 5e6, 0.0, "borrowed");
    check_rel(quo_capture_cost(&(struct quo_capture_costs){60e6, NAN, 9e6}), 9e6, 0.0, "bribed");
    check_rel(quo_capture_cost(&(struct quo_capture_costs){60e6, NAN, NAN}), 60e6, 0.0, "bought");
    assert_true(isnan(quo_capture_cost(&(struct quo_capture_costs){NAN, NAN, NAN})));
}

/* A quorum of 4 % of 1e9 tokens at 0.5 $ with depth 1e8: 0.5 * 1e8 * (e^0.4 - 1) = 24.6 M$; after two days 90 % of it comes back. */
static void a_quorum_has_its_price(void **state)
{
    (void)state;
    const double votes = quo_capture_votes(1e9, 0.04, 0.05);
    check_rel(votes, 4e7, 0.0, "the quorum is more than half the turnout");
    check_rel(quo_capture_votes(1e9, 0.04, 0.10), 5e7, 0.0, "half the turnout is more");
    check_rel(quo_capture_buy(votes, 0.5, 1e8, 0.0), 24591234.882063515, 1e-14, "bought and lost");
    check_rel(quo_capture_buy(votes, 0.5, 1e8, 0.9), 2459123.4882063515, 1e-13, "bought and sold");
    check_rel(quo_capture_buy(votes, 0.5, INFINITY, 0.0), 2e7, 0.0, "without price impact");
    check_rel(quo_capture_buy(votes, 0.5, 1e15, 0.0), 2e7, 1e-6, "hardly any price impact");
    check_rel(quo_capture_borrow(votes, 0.5, 0.10, 3.6525), 2e7 * 1e-3, 1e-14, "borrowed for a hundredth of a year");
    check_rel(quo_capture_borrow(votes, 0.5, 0.10, 0.0), 0.0, 0.0, "a flash loan is free");
}

/* The three ways from the tokens; a way is open or it costs NaN. */
static void the_ways_to_a_quorum(void **state)
{
    (void)state;
    struct quo_capture_votes_for f = {.supply = 1e9,
                                      .price_usd = 0.5,
                                      .quorum_share = 0.04,
                                      .turnout_share = 0.05,
                                      .depth = 1e8,
                                      .resale_share = 0.5,
                                      .borrowable_share = 0.03,
                                      .borrow_rate = 0.10,
                                      .borrow_days = 7.0,
                                      .bribe_yield = 0.02};
    double votes;
    struct quo_capture_costs ways = quo_capture_ways(&f, &votes);
    check_rel(votes, 4e7, 0.0, "votes");
    check_rel(ways.buy, 0.5 * 24591234.882063515, 1e-13, "bought, half of it got back");
    assert_true(isnan(ways.borrow)); /* 3 % can be borrowed, 4 % are needed */
    check_rel(ways.bribe, 4e5, 1e-13, "a fiftieth of 20 M");
    f.borrowable_share = 0.04;
    f.bribe_yield = NAN;
    ways = quo_capture_ways(&f, &votes);
    check_rel(ways.borrow, 2e7 * 0.1 * 7.0 / 365.25, 1e-13, "a week");
    check_rel(quo_capture_cost(&ways), ways.borrow, 0.0, "the cheapest open way");
    f.quorum_share = 2.0;
    ways = quo_capture_ways(&f, &votes);
    assert_true(isnan(votes) && isnan(quo_capture_cost(&ways)));
}

static void the_multiplier_is_a_logistic(void **state)
{
    (void)state;
    check_rel(quo_capture_multiplier(90e6, 60e6, &curve), 1.0 / (1.0 + exp(-2.0 * (log(1.5) - 0.5))), 1e-14,
              "the example");
    check_rel(quo_capture_multiplier(exp(0.5) * 1e6, 1e6, &curve), 0.5, 1e-14, "middle");
    assert_true(quo_capture_multiplier(1e6, 3e6, &curve) < 0.05); /* cost of three times the value: negligible */
    check_rel(quo_capture_multiplier(1e300, 1e-300, &curve), 1.0, 1e-15, "far apart");
    check_rel(quo_capture_multiplier(0.0, 1e6, &curve), 0.0, 0.0, "nothing to take");
    check_rel(quo_capture_multiplier(0.0, 0.0, &curve), 0.0, 0.0, "nothing to take, free");
    check_rel(quo_capture_multiplier(1e6, 0.0, &curve), 1.0, 0.0, "free");
    check_rel(quo_capture_multiplier(1e6, INFINITY, &curve), 0.0, 0.0, "no way");
    double before = 0.0;
    for (double v = 1.0; v < 1e12; v *= 1.5) { /* more to take never attracts less; a higher cost never more */
        const double now = quo_capture_multiplier(v, 1e6, &curve);
        assert_true(now >= before && now <= 1.0 && quo_capture_multiplier(v, 2e6, &curve) <= now);
        before = now;
    }
}

static void impossible_arguments_give_nan(void **state)
{
    (void)state;
    assert_true(isnan(quo_capture_votes(-1.0, 0.1, 0.1)) && isnan(quo_capture_votes(1.0, 1.1, 0.1)));
    assert_true(isnan(quo_capture_buy(1.0, 1.0, 0.0, 0.0)) && isnan(quo_capture_buy(1.0, 1.0, 1.0, 2.0)));
    assert_true(isnan(quo_capture_borrow(1.0, NAN, 0.1, 1.0)));
    assert_true(isnan(quo_capture_multiplier(-1.0, 1.0, &curve)) && isnan(quo_capture_multiplier(1.0, NAN, &curve)));
    assert_true(isnan(quo_capture_multiplier(1.0, 1.0, &(struct quo_capture_curve){1.0, 0.0, 0.0})));
    assert_true(isnan(quo_capture_multiplier(INFINITY, INFINITY, &curve)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_open_way_counts),  cmocka_unit_test(a_quorum_has_its_price),
        cmocka_unit_test(the_ways_to_a_quorum),          cmocka_unit_test(the_multiplier_is_a_logistic),
        cmocka_unit_test(impossible_arguments_give_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
