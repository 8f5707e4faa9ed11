#include "check.h"
#include "policies/clauses.h"
#include "policies/terms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void defaults_are_possible_terms(void **state)
{
    (void)state;
    struct quo_terms terms;
    quo_terms_init(&terms);
    assert_int_equal(terms.principle, QUO_PRINCIPLE_COST_OF_CAPITAL);
    assert_true(isnan(terms.parameter) && isnan(terms.uncertainty_quantile) && isnan(terms.market_premium));
    assert_true(terms.level >= 0.5 && terms.level < 1.0 && terms.junior_level <= terms.senior_level &&
                terms.rate > 0.0);
    assert_true(terms.brokerage + terms.profit + terms.expenses_share < 1.0 && terms.tax == 0.0);
    for (int p = 0; p < QUO_PRINCIPLES; p++) {
        quo_terms_choose(&terms, (enum quo_principle)p);
        assert_int_equal(terms.principle, p);
        if (p == QUO_PRINCIPLE_TVAR)
            assert_true(terms.parameter == terms.level);
        else
            assert_true(p > QUO_PRINCIPLE_TVAR ? isnan(terms.parameter) : terms.parameter > 0.0);
    }
}

static void names_of_principles_and_their_parameters(void **state)
{
    (void)state;
    static const char *const want[QUO_PRINCIPLES][2] = {
        {"expected_value", "loading"},
        {"standard_deviation", "multiple"},
        {"variance", "variance_multiple"},
        {"wang", "lambda"},
        {"proportional_hazard", "r"},
        {"dual_power", "k"},
        {"tvar", "level"},
        {"cost_of_capital", "level"},
        {"two_layer_capital", "level"},
    };
    for (int p = 0; p < QUO_PRINCIPLES; p++) {
        assert_string_equal(quo_principle_id((enum quo_principle)p), want[p][0]);
        assert_string_equal(quo_principle_ids()[p], want[p][0]);
        assert_string_equal(quo_principle_parameter((enum quo_principle)p), want[p][1]);
    }
    assert_string_equal(quo_principle_id(QUO_PRINCIPLES), "?");
}

/* Edges of the ranges: the least and the most that is taken, and what lies just outside. */
static void edges_of_the_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"level = 0.5;", true},
        {"level = 0.49;", false},
        {"level = 0.9999;", true},
        {"level = 1;", false},
        {"rate = 0;", true},
        {"rate = -1e-9;", false},
        {"r = 1;", true},
        {"r = 0;", false},
        {"k = 1;", true},
        {"k = 0.99;", false},
        {"brokerage = 0.86;", true},
        {"brokerage = 0.87;", false},
        {"uncertainty_quantile = 0.5;", true},
        {"uncertainty_quantile = 1;", false},
        {"tax = 1;", true},
        {"tax = 1.01;", false},
        {"junior_level = 0.995;", true},
        {"junior_level = 0.996;", false},
        {"diversification = 0;", true},
        {"minimum_premium = 1e14;", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        struct quo_faults faults;
        struct quo_config *config = NULL;
        struct quo_terms terms;
        snprintf(text, sizeof text, "pricing = { %s };", cases[i].text);
        quo_faults_init(&faults);
        assert_int_equal(quo_config_open_text(text, strlen(text), "t.cfg", &config, &faults), QUO_OK);
        quo_terms_read(quo_setting_group(quo_config_root(config), "pricing", true), &terms);
        if ((quo_config_finish(config) == QUO_OK) != cases[i].good)
            fail_msg("'%s' is %s", cases[i].text, cases[i].good ? "refused" : "taken");
        quo_config_close(config);
        quo_faults_free(&faults);
    }
}

static void no_clauses_are_none(void **state)
{
    (void)state;
    struct quo_clauses clauses;
    quo_clauses_read(NULL, &clauses);
    assert_string_equal(quo_clauses_code(&clauses), "none");
    assert_true(isnan(clauses.state_clause_holds) && isinf(clauses.state_sublimit) &&
                isinf(clauses.secondary_sublimit));
    assert_false(clauses.secondary_losses || clauses.return_offset || clauses.attribution);
    clauses.state_actor = (enum quo_state_clause)9;
    assert_string_equal(quo_clauses_code(&clauses), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_possible_terms),
        cmocka_unit_test(names_of_principles_and_their_parameters),
        cmocka_unit_test(edges_of_the_ranges),
        cmocka_unit_test(no_clauses_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
