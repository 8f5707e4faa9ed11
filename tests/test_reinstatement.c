#include "pricing/aggregate/reinstatement.h"

#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "pricing/aggregate/simulate.h"

/* Two reinstatements at 100 % and 50 %; 1.5 limits used. The first is used up (1 premium), half of the second
 * (0.5 of 0.5): 1.25, not the 1.5 of charging the one begun at its neighbour's rate. */
static void the_reinstatement_begun_costs_its_own_rate(void **state)
{
    (void)state;
    const double rate[] = {1.0, 0.5};
    check_rel(quo_reinstatement_charge(1.5e6, 1e6, rate, 2), 1.25, 1e-15, "1.5 limits");
    check_rel(quo_reinstatement_charge(0.4e6, 1e6, rate, 2), 0.40, 1e-15, "0.4 limits");
    check_rel(quo_reinstatement_charge(2.0e6, 1e6, rate, 2), 1.50, 1e-15, "2 limits");
    check_rel(quo_reinstatement_charge(3.0e6, 1e6, rate, 2), 1.50, 1e-15, "3 limits: nothing is left to reinstate");
    check_rel(quo_reinstatement_charge(0.0, 1e6, rate, 2), 0.0, 0.0, "no loss");
    assert_true(isnan(quo_reinstatement_charge(1.0, 0.0, rate, 2)) &&
                isnan(quo_reinstatement_charge(NAN, 1.0, rate, 2)));
}

static struct quo_annual *annual_of(const struct quo_contract *c)
{
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    struct quo_annual *a;
    assert_int_equal(quo_annual_new(c, &options, &a, NULL), QUO_OK);
    return a;
}

static struct quo_contract some_contract(double limit, size_t reinstatements)
{
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(0.8);
    c.event.severity = quo_severity_simple(QUO_LOGNORMAL, (const double[]){3.0, 1.2});
    c.event.attach = 20.0;
    c.event.limit = limit;
    c.annual_limit = limit * (double)(reinstatements + 1);
    return c;
}

/* The exact price against years simulated one by one, each charged for what it used. */
static void price_agrees_with_simulated_years(void **state)
{
    (void)state;
    const double rate[] = {1.0, 0.5, 0.25}, limit = 80.0;
    const struct quo_contract c = some_contract(limit, 3);
    struct quo_annual *a = annual_of(&c);
    struct quo_reinstatement_price price;
    assert_int_equal(quo_reinstatement_price(limit, rate, 3, a, &price), QUO_OK);
    const size_t years = 200000;
    double *paid = malloc(years * sizeof *paid);
    assert_non_null(paid);
    const struct quo_simulation s = {&c, 1, 0.0, INFINITY, 7, years};
    assert_int_equal(quo_simulate(&s, paid, NULL), QUO_OK);
    const struct quo_estimate cover = quo_sample_mean(paid, years);
    check_abs(cover.value, price.expected_cover, 4.0 * cover.std_error, "expected cover");
    for (size_t i = 0; i < years; i++)
        paid[i] = quo_reinstatement_charge(paid[i], limit, rate, 3);
    const struct quo_estimate charge = quo_sample_mean(paid, years);
    check_abs(charge.value, price.expected_multiple, 4.0 * charge.std_error, "reinstatement premiums");
    check_rel(price.initial_premium * (1.0 + price.expected_multiple), price.expected_cover, 1e-14, "fair");
    free(paid);
    quo_annual_free(a);
}

static void more_reinstatements_cost_more_and_paid_ones_less_at_first(void **state)
{
    (void)state;
    const double free_of_charge[] = {0.0, 0.0, 0.0}, full[] = {1.0, 1.0, 1.0};
    double before = 0.0;
    for (size_t n = 0; n <= 3; n++) {
        const struct quo_contract c = some_contract(80.0, n);
        struct quo_annual *a = annual_of(&c);
        struct quo_reinstatement_price gratis, paid;
        assert_int_equal(quo_reinstatement_price(80.0, free_of_charge, n, a, &gratis), QUO_OK);
        assert_int_equal(quo_reinstatement_price(80.0, full, n, a, &paid), QUO_OK);
        assert_true(gratis.initial_premium > before);
        assert_true(n == 0 || paid.initial_premium < gratis.initial_premium);
        before = gratis.initial_premium;
        quo_annual_free(a);
    }
}

static void terms_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const double rate[] = {1.0, -0.5};
    const struct quo_contract c = some_contract(80.0, 2);
    struct quo_annual *a = annual_of(&c);
    struct quo_reinstatement_price price;
    assert_int_equal(quo_reinstatement_price(80.0, rate, 1, a, &price), QUO_DOMAIN); /* the contract has two */
    assert_int_equal(quo_reinstatement_price(80.0, rate, 2, a, &price), QUO_DOMAIN); /* a negative rate */
    assert_int_equal(quo_reinstatement_price(INFINITY, rate, 2, a, &price), QUO_DOMAIN);
    quo_annual_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reinstatement_begun_costs_its_own_rate),
        cmocka_unit_test(price_agrees_with_simulated_years),
        cmocka_unit_test(more_reinstatements_cost_more_and_paid_ones_less_at_first),
        cmocka_unit_test(terms_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
