/* The money on a score's page is that of a price: expected losses as a quote has them, savings as scoring the changed protocol anew gives
 * them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/policy.h"
#include "risk/controls/signers.h"
#include "risk/hazard.h"
#include "tests/check.h"
#include "tests/desk.h"
#include "tests/kit_controls.h"

#define RANDOM 240
#define SAME 1e-9 /* relative to what is expected in all */

static const struct quo_engine *engine;

static struct quo_score *valued(const struct quo_protocol *p, int day)
{
    struct quo_score *score;
    double weight[QUO_PERILS];
    quo_hazard_weights(engine->model, p->exposure_usd, day, weight);
    assert_int_equal(quo_score_valued(p, engine->scale, weight, engine->model, day,
                                      QUO_SCORE_CONTROLS | QUO_SCORE_SETS | QUO_SCORE_DOMAINS, &score),
                     QUO_OK);
    return score;
}

/* By the way of a price, which knows nothing of scores. Returns the sum over perils in money. */
static double priced(const struct quo_protocol *p, int day, double loss[QUO_PERILS])
{
    struct quo_score score = {.experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape")};
    struct quo_relativity r[QUO_PERILS];
    struct quo_hazard hazard[QUO_PERILS];
    double sum = 0.0;
    assert_int_equal(quo_score_relativities(p, engine->scale, r), QUO_OK);
    quo_score_put(&score, r);
    assert_int_equal(quo_hazard_all(engine->model, p, &score, day, -1, hazard), QUO_OK);
    for (int k = 0; k < QUO_COVERED_PERILS; k++) {
        loss[k] = hazard[k].present ? hazard[k].rate * hazard[k].mean_loss : 0.0;
        sum += quo_peril_in_hours((enum quo_peril)k) ? 0.0 : loss[k];
    }
    return sum;
}

/* The protocol with one control answered so; undone by the second. */
static struct quo_answer answer_so(struct quo_protocol *p, int control, int level, int evidence)
{
    const struct quo_answer *old = quo_protocol_answer(p, control);
    const struct quo_answer before = old ? *old : (struct quo_answer){.control = -1};
    if (!old)
        p->answer = realloc(p->answer, (p->n_answers + 1) * sizeof *p->answer);
    struct quo_answer *a = old ? (struct quo_answer *)(uintptr_t)old : &p->answer[p->n_answers++];
    *a = (struct quo_answer){.control = control,
                             .level = level,
                             .evidence = evidence,
                             .coverage = NAN,
                             .reliability = NAN,
                             .age_months = -1,
                             .reason = before.control < 0 ? NULL : before.reason,
                             .note = before.control < 0 ? NULL : before.note};
    return before;
}

static void answer_back(struct quo_protocol *p, int control, struct quo_answer before)
{
    if (before.control < 0)
        p->n_answers--;
    else
        *(struct quo_answer *)(uintptr_t)quo_protocol_answer(p, control) = before;
}

static void check_questions(struct quo_protocol *p, int day, const struct quo_score *s, double now, double hours)
{
    for (size_t i = 0; i < s->n_questions; i++) {
        const struct quo_question *q = &s->question[i];
        double loss[QUO_PERILS];
        const struct quo_answer before = answer_so(p, q->control, 4, 4);
        const double then = priced(p, day, loss);
        const char *id = engine->catalogue->control[q->control].id;
        check_abs(q->saved, now - then, SAME * now, "%s could save", id);
        check_abs(q->share, (now - then) / now, SAME, "share of %s", id);
        check_abs(q->saved_hours, hours - loss[QUO_SERVICE_OUTAGE], SAME * hours, "hours of %s", id);
        if (i > 0)
            assert_true(q->saved <= q[-1].saved);
        answer_back(p, q->control, before);
    }
}

static void check_worth(struct quo_protocol *p, int day, const struct quo_score *s, double now)
{
    double loss[QUO_PERILS];
    for (size_t i = 0; i < s->n_worth; i++) {
        const struct quo_control_worth *w = &s->worth[i];
        const char *id = engine->catalogue->control[w->control].id;
        struct quo_answer before = answer_so(p, w->control, 0, 0);
        check_abs(w->lost, priced(p, day, loss) - now, SAME * now, "%s taken away", id);
        answer_back(p, w->control, before);
        /* At its best a control keeps its own word on reliability where that is better. */
        if (before.control >= 0 && !isnan(before.reliability))
            continue;
        before = answer_so(p, w->control, 4, 4);
        check_abs(w->saved, now - priced(p, day, loss), SAME * now, "%s at its best", id);
        answer_back(p, w->control, before);
    }
}

/* Moves of one signature more, and of a better key. */
static size_t check_moves(struct quo_protocol *p, int day, const struct quo_score *s, double now)
{
    double loss[QUO_PERILS];
    size_t checked = 0;
    for (size_t i = 0; i < s->n_sets; i++)
        for (size_t k = 0; k < s->set[i].n_moves; k++) {
            const struct quo_set_move *m = &s->set[i].move[k];
            struct quo_signer_set *set = &p->signer_set[s->set[i].set];
            struct quo_signer *one = &set->signer[m->signer];
            const struct quo_signer own = *one;
            if (m->change == QUO_SIGNERS_LEAVE_GROUP)
                continue; /* tests/test_moves.c */
            if (m->change == QUO_SIGNERS_RAISE)
                set->threshold++;
            else {
                one->storage = (char *)(uintptr_t)m->storage;
                one->compromise_rate = one->loss_rate = NAN;
            }
            check_abs(m->saved, now - priced(p, day, loss), SAME * now, "move %zu of %s", k, set->id);
            check_abs(m->saved_share, m->saved / now, SAME, "its share");
            *one = own;
            set->threshold -= m->change == QUO_SIGNERS_RAISE;
            checked++;
        }
    return checked;
}

static size_t check_all(struct quo_protocol *p, int day, bool each)
{
    double loss[QUO_PERILS];
    struct quo_score *s = valued(p, day);
    const double now = priced(p, day, loss);
    check_rel(s->loss, now, SAME, "all of it");
    for (int k = 0; k < QUO_COVERED_PERILS; k++) {
        check_rel(s->peril[k].loss, loss[k], SAME, "%s of %s", quo_peril_id((enum quo_peril)k), p->id);
        assert_true(s->peril[k].capped > 0.0 && s->peril[k].capped <= 1.0);
    }
    check_questions(p, day, s, now, loss[QUO_SERVICE_OUTAGE]);
    if (each)
        check_worth(p, day, s, now);
    const size_t moves = check_moves(p, day, s, now);
    quo_score_free(s);
    return moves;
}

/* The files that come with the program, against their quotes too. */
static void files_agree_with_their_quotes(void **state)
{
    struct desk *desk = *state;
    static const char *const files[] = {"fixtures/examples/bridge.policy.cfg",    "fixtures/cases/bybit.policy.cfg",
                                        "fixtures/cases/counterpart.policy.cfg", "fixtures/cases/crosscurve.policy.cfg",
                                        "fixtures/cases/drift.policy.cfg",       "fixtures/cases/kelp.policy.cfg",
                                        "fixtures/cases/resolv.policy.cfg",      "fixtures/cases/ronin.policy.cfg"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct quo_policy *policy = desk_load(desk, files[f]);
        struct quo_quote *quote = desk_quote(desk, policy, 0);
        struct quo_score *s = valued(policy->protocol, policy->inception);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            check_rel(s->peril[k].loss * quote->term_years, quote->peril[k].expected_loss, SAME, "%s of %s",
                      quo_peril_id((enum quo_peril)k), files[f]);
        /* A quote's moves are the score's. */
        for (size_t i = 0; i < s->n_sets; i++)
            for (size_t k = 0; k < s->set[i].n_moves; k++)
                check_rel(quote->score->set[i].move[k].saved, s->set[i].move[k].saved, SAME, "move %zu", k);
        quo_score_free(s);
        quo_quote_free(quote);
        check_all(policy->protocol, policy->inception, true);
        quo_policy_free(policy);
    }
}

static void random_protocols_agree_with_their_prices(void **state)
{
    (void)state;
    size_t moves = 0;
    for (uint64_t seed = 0; seed < RANDOM; seed++) {
        struct quo_protocol *p = kit_random(engine->catalogue, 31000 + seed, (int)(seed % 59), (int)(seed % 4));
        p->has_history = seed % 3 > 0;
        p->history_years = 1.0 + (double)(seed % 7);
        p->history_incidents = seed % 5 ? 0 : 2;
        p->contagion[QUO_CODE_BUG] = seed % 2 ? 0.01 : 0.0;
        if (p->n_answers > 0)
            p->answer[0].not_applicable = seed % 4 == 1;
        moves += check_all(p, engine->model->trend_until_day - (int)(seed % 400), seed % 4 < 2);
        quo_protocol_free(p);
    }
    assert_true(moves > RANDOM);
}

/* Scores hang on no model: with and without money they are the same, to the last bit. */
static void money_changes_no_score(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct quo_protocol *p = kit_random(engine->catalogue, 400 + seed, 30, 2);
        struct quo_score *with = valued(p, engine->model->trend_until_day), *without;
        double weight[QUO_PERILS];
        quo_hazard_weights(engine->model, p->exposure_usd, engine->model->trend_until_day, weight);
        assert_int_equal(quo_score_protocol(p, engine->scale, weight, &without), QUO_OK);
        assert_true(with->overall == without->overall && with->n_questions == without->n_questions);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            assert_true(with->peril[k].score == without->peril[k].score ||
                        (isnan(with->peril[k].score) && isnan(without->peril[k].score)));
            assert_true(with->peril[k].cap_factor == without->peril[k].cap_factor);
        }
        for (size_t d = 0; d < with->n_domains; d++)
            assert_true(with->domain[d].factor == without->domain[d].factor);
        quo_score_free(with);
        quo_score_free(without);
        quo_protocol_free(p);
    }
}

/* A model that knows not every peril, and an exposure of nothing. */
static void what_has_no_price_has_no_money(void **state)
{
    (void)state;
    struct quo_protocol *p = kit_random(engine->catalogue, 5, 20, 1);
    struct quo_model some = *engine->model;
    struct quo_score *s;
    some.peril[QUO_CODE_BUG].present = false;
    assert_int_equal(quo_score_valued(p, engine->scale, NULL, &some, some.trend_until_day, QUO_SCORE_CONTROLS, &s), QUO_OK);
    assert_true(s->peril[QUO_CODE_BUG].loss == 0.0 && s->loss > 0.0);
    quo_score_free(s);
    p->exposure_usd = 0.0;
    assert_int_equal(quo_score_valued(p, engine->scale, NULL, &some, some.trend_until_day, QUO_SCORE_CONTROLS, &s),
                     QUO_DOMAIN);
    quo_protocol_free(p);
}

static int open_desk(void **state)
{
    const int status = desk_open(state);
    if (status == 0)
        engine = ((struct desk *)*state)->engine;
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_agree_with_their_quotes),
        cmocka_unit_test(random_protocols_agree_with_their_prices),
        cmocka_unit_test(money_changes_no_score),
        cmocka_unit_test(what_has_no_price_has_no_money),
    };
    return cmocka_run_group_tests(tests, open_desk, desk_close);
}
