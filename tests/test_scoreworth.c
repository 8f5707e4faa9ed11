/* What a score says that an answer would save of the premium is what a what-if of that answer says, to the cent, and so is the order of the
 * questions; without a policy they are ranked by expected loss. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/desk/scoreworth.h"
#include "risk/base/money.h"
#include "risk/hazard.h"
#include "tests/check.h"
#include "tests/whatifs.h"

static const struct quo_values_options usual = {.draws = 50, .seed = 1};

/* The terms as the first change; then each control whose answer says no more than its level to level 4, evidence 4: control[]. */
static struct quo_variants *all_to_the_best(struct whatifs_desk *desk, const char *file, const char *terms, int *control,
                                            size_t *n)
{
    const struct quo_catalogue *catalogue = desk->engine->catalogue;
    struct quo_policy *policy = NULL;
    char *text = malloc(1 << 16);
    size_t at = (size_t)sprintf(text, "changes = ( { id = \"terms\"; cost_per_year = 0; set = [\"%s\"]; }", terms);
    assert_int_equal(quo_policy_load(file, catalogue, &policy, &desk->faults), QUO_OK);
    *n = 0;
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        const struct quo_answer *a = quo_protocol_answer(policy->protocol, (int)c);
        const char *id = catalogue->control[c].id;
        if ((catalogue->control[c].bridge_only && !policy->protocol->bridge) ||
            (a && (a->not_applicable || !isnan(a->coverage) || !isnan(a->reliability) || a->age_months >= 0)))
            continue;
        at += (size_t)sprintf(text + at,
                              ", { id = \"%s\"; cost_per_year = 0; set = [\"protocol.answers.%s.level=4\", "
                              "\"protocol.answers.%s.evidence=4\"]; }",
                              id, id, id);
        control[(*n)++] = (int)c;
    }
    sprintf(text + at, " );");
    struct quo_variants *variants = whatifs_text(desk, file, text);
    quo_policy_free(policy);
    free(text);
    return variants;
}

static struct quo_score *valued(const struct quo_engine *engine, const struct quo_policy *policy)
{
    struct quo_score *score;
    double weight[QUO_PERILS];
    quo_hazard_weights(engine->model, policy->protocol->exposure_usd, policy->inception, weight);
    assert_int_equal(quo_score_valued(policy->protocol, engine->scale, weight, engine->model, policy->inception,
                                      QUO_SCORE_CONTROLS, &score),
                     QUO_OK);
    return score;
}

/* The order of the questions is that of the what-ifs. */
static void check_order(const struct quo_score *score, const struct quo_premiums *premiums, const double *saving)
{
    struct quo_asked asked[QUO_CONTROLS_MAX];
    const size_t n = quo_scoreworth_rank(score, premiums, asked);
    assert_int_equal(n, score->n_questions);
    for (size_t i = 0; i < n; i++) {
        assert_true(asked[i].premium == saving[asked[i].question.control]);
        if (i > 0)
            assert_true(asked[i].premium < asked[i - 1].premium ||
                        (asked[i].premium == asked[i - 1].premium &&
                         asked[i].question.saved <= asked[i - 1].question.saved));
    }
}

static size_t one_policy(struct whatifs_desk *desk, const char *file, const char *terms)
{
    const struct quo_engine *engine = desk->engine;
    int control[QUO_CONTROLS_MAX];
    double saving[QUO_CONTROLS_MAX] = {0.0};
    size_t n, moved = 0;
    struct quo_variants *variants = all_to_the_best(desk, file, terms, control, &n);
    const struct quo_subset base = quo_subset_with(quo_subset_none(), 0);
    struct quo_policy *policy = NULL;
    struct quo_values *values = NULL;
    struct quo_outcome before, after;
    struct quo_premiums premiums = {.currency = "USD", .term_years = 1.0};
    assert_int_equal(quo_variants_policy(variants, base, &policy, NULL), QUO_OK);
    assert_int_equal(quo_values_new(engine, variants, &usual, &values), QUO_OK);
    assert_int_equal(quo_values_get(values, base, &before), QUO_OK);
    assert_int_equal(quo_worth_alone(engine, policy, usual.draws, usual.seed, &premiums.worth), QUO_OK);
    struct quo_score *score = valued(engine, policy);
    assert_true(premiums.worth.gross == before.gross);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(quo_values_get(values, quo_subset_with(base, i + 1), &after), QUO_OK);
        const struct quo_worth_line *line = &premiums.worth.line[control[i]];
        assert_int_equal(line->control, control[i]);
        assert_true(quo_money_rounded(line->best) == after.gross_premium);
        saving[control[i]] = quo_money_rounded(before.gross_premium - after.gross_premium);
        moved += saving[control[i]] > 0.0;
        for (size_t k = 0; k < score->n_worth; k++) /* the loss beside it is the what-if's too */
            if (score->worth[k].control == control[i])
                check_abs(score->worth[k].saved * policy->term_days / 365.0, before.expected_loss - after.expected_loss,
                          1e-9 * before.expected_loss, "expected loss saved by %s", engine->catalogue->control[control[i]].id);
    }
    check_order(score, &premiums, saving);
    quo_score_free(score);
    quo_worth_free(&premiums.worth);
    quo_values_free(values);
    quo_policy_free(policy);
    quo_variants_free(variants);
    return moved;
}

static void questions_save_what_a_what_if_saves(void **state)
{
    static const struct {
        const char *file, *terms;
        size_t least; /* controls that move the premium at least */
    } table[] = {
        {"fixtures/examples/bridge.policy.cfg", "term_days=365", 45},
        {"fixtures/examples/bridge.policy.cfg", "clauses.return_offset=true", 47}, /* IR-04 and IR-05 too */
        {"fixtures/examples/bridge.policy.cfg", "pricing.uncertainty_quantile=0.8", 45},
        {"fixtures/cases/ronin.policy.cfg", "term_days=180", 30},
        {"fixtures/cases/counterpart.policy.cfg", "term_days=365", 20},
        {"fixtures/triggers/t04.policy.cfg", "term_days=365", 15},
        {"fixtures/examples/bridge.policy.cfg", "clauses.secondary_losses.sublimit=3e7", 46},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const size_t moved = one_policy(*state, table[i].file, table[i].terms);
        if (moved < table[i].least)
            fail_msg("%s, %s: %zu controls save premium, not %zu", table[i].file, table[i].terms, moved, table[i].least);
    }
}

/* By its terms a policy pays for what comes back, or does not: answers on recovery are worth premium and no expected loss. */
static void recovery_is_worth_premium_alone(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_policy *policy = NULL;
    struct quo_worth worth;
    assert_int_equal(quo_policy_load("fixtures/examples/bridge.policy.cfg", desk->engine->catalogue, &policy, &desk->faults),
                     QUO_OK);
    policy->clauses.return_offset = true;
    policy->clauses.secondary_sublimit = 3e7; /* of 1 M every loss that is paid for takes all */
    struct quo_score *score = valued(desk->engine, policy);
    assert_int_equal(quo_worth_alone(desk->engine, policy, 0, 1, &worth), QUO_OK);
    static const char *const ids[] = {"IR-04", "IR-05"};
    for (size_t i = 0; i < 2; i++) {
        const int c = quo_catalogue_control(desk->engine->catalogue, ids[i]);
        assert_true(worth.line[c].saving > 1.0);
        for (size_t k = 0; k < score->n_questions; k++)
            if (score->question[k].control == c)
                check_abs(score->question[k].saved, 0.0, 0.0, "expected loss saved by %s", ids[i]);
    }
    quo_worth_free(&worth);
    quo_score_free(score);
    quo_policy_free(policy);
}

/* Without premiums the score's own order stands, and nothing is said of premium. */
static void a_protocol_alone_is_ranked_by_loss(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_policy *policy = NULL;
    struct quo_asked asked[QUO_CONTROLS_MAX];
    assert_int_equal(quo_policy_load("fixtures/examples/bridge.policy.cfg", desk->engine->catalogue, &policy, &desk->faults),
                     QUO_OK);
    struct quo_score *score = valued(desk->engine, policy);
    assert_int_equal(quo_scoreworth_rank(score, NULL, asked), score->n_questions);
    for (size_t i = 0; i < score->n_questions; i++) {
        assert_int_equal(asked[i].question.control, score->question[i].control);
        assert_true(isnan(asked[i].premium));
        if (i > 0)
            assert_true(asked[i].question.saved <= asked[i - 1].question.saved);
    }
    quo_score_free(score);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(questions_save_what_a_what_if_saves),
                                       cmocka_unit_test(recovery_is_worth_premium_alone),
                                       cmocka_unit_test(a_protocol_alone_is_ranked_by_loss)};
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
