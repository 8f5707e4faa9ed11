/* Saying that a control does not apply never beats answering it at its best, and is never worse than level 0: over every control and random
 * protocols. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

#define PROTOCOLS 80
#define ROUNDING 1e-9

static struct quo_answer best_of(int control)
{
    return (struct quo_answer){
        .control = control, .level = 4, .evidence = 4, .coverage = NAN, .reliability = NAN, .age_months = -1};
}

static struct quo_answer out_of(int control)
{
    return (struct quo_answer){
        .control = control, .level = -1, .not_applicable = true, .coverage = NAN, .reliability = NAN, .age_months = -1};
}

static struct quo_answer none_of(int control)
{
    return (struct quo_answer){.control = control, .level = 0, .coverage = NAN, .reliability = NAN, .age_months = -1};
}

static struct quo_answer *answer_at(struct quo_protocol *p, int control)
{
    const struct quo_answer *said = quo_protocol_answer(p, control);
    return said ? (struct quo_answer *)(uintptr_t)said : NULL;
}

/* Each factor of a is at least that of b. */
static bool no_less(const struct quo_relativity *a, const struct quo_relativity *b)
{
    const double slack = 1.0 - ROUNDING;
    return a->frequency >= b->frequency * slack && a->severity >= b->severity * slack && a->duration >= b->duration * slack &&
           a->secondary >= b->secondary * slack && b->recovery >= a->recovery * slack;
}

static double loss_of(const struct quo_relativity *r) { return r->frequency * r->severity * r->duration; }

/* Nothing to capture is better than any way to guard it, and no effect of the control's own. */
static bool ends_the_peril(int control, int peril)
{
    return peril == QUO_GOVERNANCE_CAPTURE && kit.scale->inputs.of[QUO_INPUT_CAPTURE_RATIO].control == control;
}

static void not_applicable_never_beats_the_best_answer(void **state)
{
    (void)state;
    long raised = 0;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 8000 + seed, (int)(seed * 7 % 59), (int)(seed % 4));
        p->answer = realloc(p->answer, (p->n_answers + 1) * sizeof *p->answer);
        for (size_t i = 0; i < kit.catalogue->n_controls; i++) {
            const int c = (int)i;
            if (kit.catalogue->control[c].bridge_only && !p->bridge)
                continue;
            struct quo_relativity out[QUO_PERILS], best[QUO_PERILS], none[QUO_PERILS];
            struct quo_answer *a = answer_at(p, c), own = a ? *a : out_of(-1);
            if (!a)
                a = &p->answer[p->n_answers++];
            *a = best_of(c);
            kit_relativities(&kit, p, best);
            *a = none_of(c);
            kit_relativities(&kit, p, none);
            *a = out_of(c);
            kit_relativities(&kit, p, out);
            for (int k = 0; k < QUO_COVERED_PERILS; k++) {
                if (!no_less(&out[k], &best[k]) && !ends_the_peril(c, k))
                    fail_msg("%s not applicable beats its best on %s: %.10g against %.10g (seed %d)", kit.catalogue->control[c].id,
                             quo_peril_id((enum quo_peril)k), loss_of(&out[k]), loss_of(&best[k]), (int)seed);
                if (!(loss_of(&out[k]) <= loss_of(&none[k]) * (1.0 + ROUNDING)))
                    fail_msg("%s not applicable is worse than level 0 by %g on %s", kit.catalogue->control[c].id, loss_of(&out[k]) / loss_of(&none[k]) - 1.0,
                             quo_peril_id((enum quo_peril)k));
                raised += fabs(loss_of(&out[k]) / loss_of(&best[k]) - 1.0) < 1e-12 && loss_of(&none[k]) > 1.001 * loss_of(&out[k]);
            }
            if (own.control < 0)
                p->n_answers--;
            else
                *a = own;
        }
        quo_protocol_free(p);
    }
    assert_true(raised > 20); /* held at the best answer */
}

/* All that does not apply, against all of it at its best. */
static void several_together_do_not_either(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 9000 + seed, 10 + (int)(seed % 49), (int)(seed % 4));
        struct quo_relativity out[QUO_PERILS], best[QUO_PERILS];
        for (int turn = 0; turn < 2; turn++) {
            for (size_t i = 0; i < p->n_answers; i++)
                if ((i + seed) % 4 == 0)
                    p->answer[i] = turn ? best_of(p->answer[i].control) : out_of(p->answer[i].control);
            kit_relativities(&kit, p, turn ? best : out);
        }
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            if (!no_less(&out[k], &best[k]) && k != QUO_GOVERNANCE_CAPTURE)
                fail_msg("what does not apply beats the best answers on %s (seed %d)", quo_peril_id((enum quo_peril)k), (int)seed);
        quo_protocol_free(p);
    }
}

/* The score tells it where it happens. */
static void what_is_held_is_shown(void **state)
{
    (void)state;
    struct quo_protocol *p = kit_read(&kit, "answers = ( { control = \"KM-02\"; not_applicable = true; reason = \"x\"; } ); "
                                            "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; threshold = 2; signers = ( "
                                            "{ id = \"a\"; storage = \"hsm\"; }, { id = \"b\"; storage = \"hsm\"; } ); } );");
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *keys = &s->peril[QUO_KEY_COMPROMISE];
    double raised = NAN;
    for (size_t i = 0; i < keys->n_values; i++)
        if (strcmp(keys->value[i].name, "not_applicable.held") == 0)
            raised = keys->value[i].value;
    assert_true(raised > 1.0 && raised < 1.2);
    quo_score_free(s);
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_applicable_never_beats_the_best_answer),
        cmocka_unit_test(several_together_do_not_either),
        cmocka_unit_test(what_is_held_is_shown),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
