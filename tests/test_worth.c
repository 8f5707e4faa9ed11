/* What a control is worth: against whole quotes of the changed protocol. */
#include "desk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/explain/explanation.h"

static double gross_with(struct desk *desk, struct quo_policy *policy, int control, int level, double reliability)
{
    struct quo_protocol *protocol = policy->protocol, changed = *protocol;
    changed.answer = calloc(protocol->n_answers + 1, sizeof *changed.answer);
    changed.n_answers = 0;
    assert_non_null(changed.answer);
    for (size_t i = 0; i < protocol->n_answers; i++)
        if (protocol->answer[i].control != control)
            changed.answer[changed.n_answers++] = protocol->answer[i];
    if (level >= 0)
        changed.answer[changed.n_answers++] = (struct quo_answer){
            .control = control, .level = level, .evidence = 4, .coverage = 1.0, .reliability = reliability, .age_months = -1};
    policy->protocol = &changed;
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    const double gross = quote->gross.gross;
    quo_quote_free(quote);
    policy->protocol = protocol;
    free(changed.answer);
    return gross;
}

static void lines_are_differences_of_quotes(void **state)
{
    struct desk *desk = *state;
    static const char *const files[] = {"fixtures/examples/bridge.policy.cfg", "fixtures/cases/counterpart.policy.cfg"};
    for (size_t f = 0; f < 2; f++) {
        struct quo_policy *policy = desk_load(desk, files[f]);
        struct quo_quote *quote = desk_quote(desk, policy, 0);
        struct quo_worth worth;
        assert_int_equal(quo_worth_of(quote, &worth), QUO_OK);
        assert_true(worth.n > 15);
        for (size_t i = 0; i < worth.n; i++) {
            const struct quo_worth_line *line = &worth.line[i];
            if (i)
                assert_true(line->saving <= line[-1].saving);
            if (i % 9)
                continue; /* each line costs two quotes */
            const struct quo_answer *said = quo_protocol_answer(policy->protocol, line->control);
            const double without = gross_with(desk, policy, line->control, -1, NAN);
            double best = gross_with(desk, policy, line->control, 4, NAN);
            if (said && !isnan(said->reliability)) /* its own word where that is better */
                best = fmin(best, gross_with(desk, policy, line->control, 4, said->reliability));
            check_rel(line->without, without, 1e-12, "%s: without %d", files[f], line->control);
            check_rel(line->best, best, 1e-12, "%s: best %d", files[f], line->control);
        }
        quo_worth_free(&worth);
        quo_quote_free(quote);
        quo_policy_free(policy);
    }
}

/* An exposure that nothing has a price at: the first control of the catalogue with a question to ask is told, at its level 0. */
static void what_has_no_price_is_told(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_load(desk, "fixtures/examples/bridge.policy.cfg");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct quo_explanation_wants wants = {.worth = true};
    struct quo_explanation explanation;
    policy->protocol->exposure_usd = INFINITY;
    assert_int_equal(quo_explanation_of(quote, &wants, &explanation), QUO_DOMAIN);
    const struct quo_answer *said = quo_protocol_answer(policy->protocol, explanation.worth.unpriced);
    assert_int_equal(explanation.worth.unpriced, 0);
    assert_true(explanation.worth.unpriced_best == !(said && said->level > 0));
    assert_null(explanation.worth.line);
    wants.worth = false;
    assert_int_equal(quo_explanation_of(quote, &wants, &explanation), QUO_OK);
    assert_int_equal(explanation.worth.unpriced, -1);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

/* The well-run counterpart has earned its credits; the weak bridge has its savings before it. */
static void answers_earn_and_gaps_cost(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_load(desk, "fixtures/cases/counterpart.policy.cfg");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct quo_worth worth;
    double credit = 0.0, saving = 0.0;
    assert_int_equal(quo_worth_of(quote, &worth), QUO_OK);
    for (size_t i = 0; i < worth.n; i++) {
        credit += worth.line[i].credit;
        saving += worth.line[i].saving;
        assert_true(worth.line[i].level >= 0 || worth.line[i].credit < 0.01 * quote->gross.gross);
    }
    assert_true(credit > saving);
    quo_worth_free(&worth);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_differences_of_quotes),
                                       cmocka_unit_test(what_has_no_price_is_told), cmocka_unit_test(answers_earn_and_gaps_cost)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
