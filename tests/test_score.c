/* Scores: best and worst, what a control is worth, draws. Properties over random protocols stand in test_properties.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "risk/controls/score.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

#define ROUNDING 1e-9 /* relative: a property may fail by that much */

static double loss_of(const struct quo_relativity *r) { return r->frequency * r->severity * r->duration; }

static void best_is_100_and_nothing_at_all_is_0(void **state)
{
    (void)state;
    for (int bridge = 0; bridge < 2; bridge++) {
        char body[256];
        snprintf(body, sizeof body,
                 "bridge = %s; answers = ( { controls = "
                 "[\"KM\",\"SD\",\"GA\",\"BR\",\"MO\",\"IR\",\"VI\",\"CE\",\"PP\"]; level = 4; "
                 "evidence = 4; } );",
                 bridge ? "true" : "false");
        if (!bridge)
            memmove(strstr(body, "\"BR\","), strstr(body, "\"BR\",") + 5, strlen(strstr(body, "\"BR\",") + 5) + 1);
        struct quo_protocol *best = kit_read(&kit, body), *none = kit_read(&kit, bridge ? "bridge = true;" : "");
        struct quo_score *s = kit_score(&kit, best);
        check_rel(s->overall, 100.0, 1e-12, "best");
        assert_true(s->overall <= 100.0);
        assert_int_equal(s->grade, 'A');
        assert_int_equal(s->n_questions, bridge ? 0 : 0);
        assert_int_equal(s->n_knockouts, 0);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            check_rel(s->peril[k].score, 100.0, 1e-12, "best %s", quo_peril_id((enum quo_peril)k));
        quo_score_free(s);
        s = kit_score(&kit, none);
        check_abs(s->overall, 0.0, 1e-9, "nothing");
        assert_int_equal(s->grade, 'E');
        /* Everything that concerns it is asked, the largest saving first. */
        assert_int_equal(s->n_questions, bridge ? 58 : 52);
        for (size_t i = 1; i < s->n_questions; i++)
            assert_true(s->question[i].share <= s->question[i - 1].share);
        assert_true(s->question[0].share > 0.1);
        quo_score_free(s);
        quo_protocol_free(best);
        quo_protocol_free(none);
    }
}

/* Worst and best are what they say: every control there and nothing written out, whatever the protocol has; so a set that reaches little
 * does not lower its own yardstick. */
static void worst_and_best_are_of_nothing_written_out(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 5200 + seed, (int)(seed % 59), (int)(seed % 5));
        struct quo_protocol *bare = kit_read(&kit, "");
        bare->exposure_usd = p->exposure_usd;
        bare->bridge = p->bridge;
        struct quo_score *s = kit_score(&kit, p), *of_bare = kit_score(&kit, bare);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            const char *id = quo_peril_id((enum quo_peril)k);
            check_rel(s->peril[k].worst, of_bare->peril[k].relativity * of_bare->peril[k].cap_factor, 1e-12,
                      "%s at its worst, seed %d", id, (int)seed);
            check_rel(s->peril[k].best, of_bare->peril[k].best, 1e-12, "%s at its best, seed %d", id, (int)seed);
        }
        quo_score_free(of_bare);
        quo_protocol_free(bare);
        quo_score_free(s);
        quo_protocol_free(p);
    }
}

/* One hot key over a tenth of the value is worse than a good arrangement and better than one over all of it. */
static void reach_tells_in_the_score(void **state)
{
    (void)state;
    double keys[3], signers[3];
    static const char *const reach[] = {"0.1", "0.5", "1.0"};
    for (int i = 0; i < 3; i++) {
        char body[256];
        snprintf(body, sizeof body,
                 "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; threshold = 1; reach_share = %s; signers = ( { id = "
                 "\"a\"; storage = \"software\"; } ); } );",
                 reach[i]);
        struct quo_protocol *p = kit_read(&kit, body);
        struct quo_score *s = kit_score(&kit, p);
        keys[i] = s->peril[QUO_KEY_COMPROMISE].score;
        signers[i] = s->domain[kit.scale->inputs.sd].score;
        if (i == 0)
            assert_true(s->peril[QUO_KEY_COMPROMISE].relativity < s->peril[QUO_KEY_COMPROMISE].worst);
        quo_score_free(s);
        quo_protocol_free(p);
    }
    assert_true(keys[0] > keys[1] + 1.0 && keys[1] > keys[2] + 1.0 && keys[0] < 50.0);
    assert_true(signers[0] > signers[1] + 1.0 && signers[1] > signers[2] && signers[0] <= 100.0);
    check_abs(keys[2], 0.0, 1e-9, "one hot key over everything is the worst");
}

/* score_if_best is what the score becomes when the answer is changed. */
static void a_controls_own_worth_is_what_a_change_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 300 + seed, 30, 1);
        struct quo_score *s = kit_score(&kit, p);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            for (size_t i = 0; i < s->peril[k].n_controls; i++) {
                struct quo_answer *a =
                    (struct quo_answer *)(uintptr_t)quo_protocol_answer(p, s->peril[k].control[i].control);
                if (!a || kit.catalogue->control[a->control].reliability_gain[4] > 0.0)
                    continue;
                const struct quo_answer own = *a;
                a->level = a->evidence = 4;
                a->coverage = NAN;
                a->age_months = -1;
                struct quo_score *changed = kit_score(&kit, p);
                double best = changed->peril[k].score;
                quo_score_free(changed);
                a->reliability = NAN; /* the better of what it says of itself and what the variance controls give */
                changed = kit_score(&kit, p);
                best = fmax(best, changed->peril[k].score);
                check_abs(best, s->peril[k].control[i].score_if_best, 1e-6, "score if %s were best",
                          kit.catalogue->control[a->control].id);
                quo_score_free(changed);
                *a = own;
                a->level = 0;
                changed = kit_score(&kit, p);
                check_rel(s->peril[k].relativity * s->peril[k].cap_factor /
                              (changed->peril[k].relativity * changed->peril[k].cap_factor),
                          s->peril[k].control[i].multiplier, 1e-9, "multiplier of %s",
                          kit.catalogue->control[a->control].id);
                quo_score_free(changed);
                *a = own;
            }
        quo_score_free(s);
        quo_protocol_free(p);
    }
}

/* Not applicable drops out: the same as a catalogue that never had the control's effects, in the protocol and in the market. */
static void not_applicable_is_as_if_the_control_did_not_exist(void **state)
{
    (void)state;
    static const char *const ids[] = {"CE-02", "VI-07", "KM-03", "IR-04"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct kit without;
        char body[512];
        snprintf(body, sizeof body,
                 "answers = ( { controls = [\"KM\", \"VI\", \"CE\"]; level = 2; evidence = 3; }, { "
                 "control = \"%s\"; not_applicable = true; reason = \"x\"; } );",
                 ids[i]);
        struct quo_protocol *p = kit_read(&kit, body);
        struct quo_relativity got[QUO_PERILS], want[QUO_PERILS], level_0[QUO_PERILS];
        kit_relativities(&kit, p, got);
        kit_open(&without);
        quo_scale_free(without.scale);
        const int control = quo_catalogue_control(without.catalogue, ids[i]);
        const size_t n_effects = without.catalogue->control[control].n_effects;
        without.catalogue->control[control].n_effects = 0;
        assert_int_equal(quo_scale_new(without.catalogue, without.market, &without.scale, NULL), QUO_OK);
        assert_int_equal(quo_score_relativities(p, without.scale, want), QUO_OK);
        without.catalogue->control[control].n_effects = n_effects;
        kit_close(&without);
        struct quo_answer *a = (struct quo_answer *)(uintptr_t)quo_protocol_answer(p, control);
        a->not_applicable = false;
        a->level = 0;
        kit_relativities(&kit, p, level_0);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            check_rel(loss_of(&got[k]), loss_of(&want[k]), 1e-12, "%s without %s", quo_peril_id((enum quo_peril)k),
                      ids[i]);
            assert_true(loss_of(&got[k]) <= loss_of(&level_0[k]) * (1.0 + ROUNDING));
        }
        quo_protocol_free(p);
    }
}

/* The fast way and the full one tell the same numbers. */
static void relativities_are_those_of_the_score(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 900 + seed, 30, 2);
        struct quo_relativity r[QUO_PERILS];
        struct quo_score *s = kit_score(&kit, p);
        kit_relativities(&kit, p, r);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            assert_true(r[k].frequency == s->peril[k].frequency && r[k].severity == s->peril[k].severity &&
                        r[k].duration == s->peril[k].duration);
            check_rel(s->peril[k].relativity, loss_of(&r[k]), 1e-14, "relativity");
            assert_true(r[k].recovery == s->peril[k].recovery && r[k].secondary == s->peril[k].secondary &&
                        r[k].outflow.n_caps == s->peril[k].outflow.n_caps);
        }
        quo_score_free(s);
        quo_protocol_free(p);
    }
}

/* Draws of the effects move relativities about their point estimate, the same for every protocol, and can be put into a score. */
static void draws_move_relativities(void **state)
{
    (void)state;
    struct quo_protocol *p = kit_random(kit.catalogue, 4711, 45, 1);
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_score own = *s;
    double low = 1e9, high = 0.0;
    for (long draw = 0; draw < 20; draw++) {
        struct quo_scale *drawn;
        struct quo_relativity r[QUO_PERILS], again[QUO_PERILS];
        assert_int_equal(quo_scale_draw(kit.scale, 3, draw, &drawn), QUO_OK);
        assert_int_equal(quo_score_relativities(p, drawn, r), QUO_OK);
        assert_int_equal(quo_score_relativities(p, drawn, again), QUO_OK);
        assert_memory_equal(&r[QUO_CODE_BUG].frequency, &again[QUO_CODE_BUG].frequency, sizeof(double));
        struct quo_score copy = own;
        quo_score_put(&copy, r);
        assert_true(copy.peril[QUO_CODE_BUG].frequency == r[QUO_CODE_BUG].frequency && copy.overall == own.overall);
        low = fmin(low, copy.peril[QUO_CODE_BUG].relativity);
        high = fmax(high, copy.peril[QUO_CODE_BUG].relativity);
        quo_scale_free(drawn);
    }
    assert_true(low < own.peril[QUO_CODE_BUG].relativity && own.peril[QUO_CODE_BUG].relativity < high &&
                high > 1.05 * low);
    quo_score_free(s);
    quo_protocol_free(p);
}

/* Whatever a control moves when it is answered at its best, it is listed with, be it by keys or delays alone. */
static void what_a_control_moves_is_listed(void **state)
{
    (void)state;
    for (int bridge = 0; bridge < 2; bridge++) {
        const char *kind = bridge ? "bridge = true;" : "";
        struct quo_protocol *bare = kit_read(&kit, kind);
        struct quo_score *s;
        assert_int_equal(quo_score_protocol(bare, kit.scale, NULL, &s), QUO_OK);
        for (size_t c = 0; c < kit.catalogue->n_controls; c++) {
            char body[160];
            snprintf(body, sizeof body, "%s answers = ( { control = \"%s\"; level = 4; evidence = 4; } );", kind,
                     kit.catalogue->control[c].id);
            if (kit.catalogue->control[c].bridge_only && !bridge)
                continue;
            struct quo_protocol *best = kit_read(&kit, body);
            struct quo_relativity now[QUO_PERILS], then[QUO_PERILS];
            kit_relativities(&kit, bare, now);
            kit_relativities(&kit, best, then);
            for (int p = 0; p < QUO_COVERED_PERILS; p++) {
                bool listed = false;
                for (size_t k = 0; k < s->peril[p].n_controls; k++)
                    listed |= s->peril[p].control[k].control == (int)c;
                if (!listed && fabs(loss_of(&then[p]) / loss_of(&now[p]) - 1.0) > 1e-9)
                    fail_msg("%s moves %s and is not listed", kit.catalogue->control[c].id, quo_peril_id((enum quo_peril)p));
            }
            quo_protocol_free(best);
        }
        quo_score_free(s);
        quo_protocol_free(bare);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_control_moves_is_listed),
        cmocka_unit_test(best_is_100_and_nothing_at_all_is_0),
        cmocka_unit_test(worst_and_best_are_of_nothing_written_out),
        cmocka_unit_test(reach_tells_in_the_score),
        cmocka_unit_test(a_controls_own_worth_is_what_a_change_gives),
        cmocka_unit_test(not_applicable_is_as_if_the_control_did_not_exist),
        cmocka_unit_test(relativities_are_those_of_the_score),
        cmocka_unit_test(draws_move_relativities),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
