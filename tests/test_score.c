/* Scores and relativities of random protocols: what must never happen, and what must always hold. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "risk/controls/score.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

#define PROTOCOLS                                                                                  \
    (getenv("PROTOCOLS") ? strtoull(getenv("PROTOCOLS"), NULL, 10)                                 \
                         : 60) /* `make study` takes thousands */
#define ROUNDING 1e-9          /* relative: a property may fail by that much */

static double loss_of(const struct quo_relativity *r)
{
    return r->frequency * r->severity * r->duration;
}

/* No peril's expected loss, caps included, is larger in b than in a. */
static void never_worse(const struct quo_protocol *a, const struct quo_protocol *b,
                        const char *what, uint64_t seed)
{
    struct quo_score *before = kit_score(&kit, a), *after = kit_score(&kit, b);
    for (int k = 0; k < QUO_COVERED_PERILS; k++) {
        const double old = before->peril[k].relativity * before->peril[k].cap_factor,
                     new = after->peril[k].relativity * after->peril[k].cap_factor;
        if (!(new <= old *(1.0 + ROUNDING)))
            fail_msg("%s raises %s from %.12g to %.12g (seed %llu)", what,
                     quo_peril_id((enum quo_peril)k), old, new, (unsigned long long)seed);
    }
    quo_score_free(before);
    quo_score_free(after);
}

static void a_better_level_or_evidence_never_raises_a_relativity(void **state)
{
    (void)state;
    int moved = 0;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 30, (int)(seed % 3));
        struct quo_relativity before[QUO_PERILS], after[QUO_PERILS];
        kit_relativities(&kit, p, before);
        for (size_t i = 0; i < p->n_answers; i++) {
            struct quo_answer *a = &p->answer[i];
            const struct quo_answer own = *a;
            for (int which = 0; which < 5; which++) {
                *a = own;
                if (which == 0)
                    a->level += a->level < 4;
                else if (which == 1)
                    a->evidence += a->evidence < 4;
                else if (which == 2)
                    a->coverage = isnan(a->coverage) ? a->coverage : fmin(1.0, a->coverage + 0.1);
                else if (which == 3)
                    a->reliability =
                        isnan(a->reliability) ? a->reliability : fmin(1.0, a->reliability + 0.1);
                else
                    a->age_months = a->age_months > 24 ? 20 : -1;
                kit_relativities(&kit, p, after);
                for (int k = 0; k < QUO_COVERED_PERILS; k++) {
                    moved += loss_of(&after[k]) < loss_of(&before[k]);
                    if (!(loss_of(&after[k]) <= loss_of(&before[k]) * (1.0 + ROUNDING)))
                        fail_msg("seed %llu: change %d of %s (level %d, evidence %d) raises %s "
                                 "from %.12g to %.12g",
                                 (unsigned long long)seed, which,
                                 kit.catalogue->control[a->control].id, own.level, own.evidence,
                                 quo_peril_id((enum quo_peril)k), loss_of(&before[k]),
                                 loss_of(&after[k]));
                }
            }
            *a = own;
        }
        quo_protocol_free(p);
    }
    assert_true(moved > 50 * (int)PROTOCOLS); /* the property is no empty one */
}

static void an_answer_is_never_worse_than_none(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 40, (int)(seed % 3));
        struct quo_relativity with[QUO_PERILS], without[QUO_PERILS];
        kit_relativities(&kit, p, with);
        for (size_t i = 0; i < p->n_answers; i++) {
            const int level = p->answer[i].level;
            p->answer[i].level = -1;
            kit_relativities(&kit, p, without);
            p->answer[i].level = level;
            for (int k = 0; k < QUO_COVERED_PERILS; k++)
                assert_true(loss_of(&with[k]) <= loss_of(&without[k]) * (1.0 + ROUNDING));
        }
        quo_protocol_free(p);
    }
}

static void more_signers_needed_never_raise_compromise_nor_lower_key_loss(void **state)
{
    (void)state;
    int lower = 0;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 20, 2);
        struct quo_relativity before[QUO_PERILS], after[QUO_PERILS];
        kit_relativities(&kit, p, before);
        for (size_t s = 0; s < p->n_signer_sets; s++) {
            if ((size_t)p->signer_set[s].threshold == p->signer_set[s].n_signers)
                continue;
            p->signer_set[s].threshold++;
            kit_relativities(&kit, p, after);
            p->signer_set[s].threshold--;
            static const enum quo_peril falls[] = {QUO_KEY_COMPROMISE,
                                                   QUO_SIGNER_SOCIAL_ENGINEERING, QUO_ADMIN_ABUSE,
                                                   QUO_BRIDGE_VALIDATION};
            for (int k = 0; k < 4; k++) {
                assert_true(after[falls[k]].frequency <=
                            before[falls[k]].frequency * (1.0 + ROUNDING));
                lower += after[falls[k]].frequency < before[falls[k]].frequency;
            }
            assert_true(after[QUO_KEY_LOSS].frequency >=
                        before[QUO_KEY_LOSS].frequency * (1.0 - ROUNDING));
        }
        quo_protocol_free(p);
    }
    assert_true(lower > (int)PROTOCOLS);
}

static void leaving_a_shared_group_never_raises_compromise(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 20, 2);
        struct quo_relativity before[QUO_PERILS], after[QUO_PERILS];
        kit_relativities(&kit, p, before);
        for (size_t s = 0; s < p->n_signer_sets; s++)
            for (size_t j = 0; j < p->signer_set[s].n_signers; j++) {
                struct quo_signer *signer = &p->signer_set[s].signer[j];
                if (signer->n_groups == 0)
                    continue;
                signer->n_groups--;
                kit_relativities(&kit, p, after);
                signer->n_groups++;
                assert_true(after[QUO_KEY_COMPROMISE].frequency <=
                            before[QUO_KEY_COMPROMISE].frequency * (1.0 + ROUNDING));
                assert_true(after[QUO_BRIDGE_VALIDATION].frequency <=
                            before[QUO_BRIDGE_VALIDATION].frequency * (1.0 + ROUNDING));
            }
        quo_protocol_free(p);
    }
}

/* Room for one more delay and cap in a protocol: the new arrays belong to it. */
static struct quo_delay *one_more_delay(struct quo_protocol *p)
{
    p->delay = realloc(p->delay, (p->n_delays + 1) * sizeof *p->delay);
    p->delay[p->n_delays] = (struct quo_delay){.id = NULL};
    return &p->delay[p->n_delays++];
}

static struct quo_cap *one_more_cap(struct quo_protocol *p)
{
    p->cap = realloc(p->cap, (p->n_caps + 1) * sizeof *p->cap);
    p->cap[p->n_caps] =
        (struct quo_cap){.per_hour_usd = INFINITY, .hard_usd = INFINITY, .share = 1.0};
    return &p->cap[p->n_caps++];
}

static void a_delay_a_veto_a_cap_never_raise_the_expected_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < PROTOCOLS / 2; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 20, 1),
                            *q = kit_random(kit.catalogue, seed, 20, 1);
        struct quo_delay *delay = one_more_delay(q); /* on powers that had none */
        delay->powers = QUO_POWER_MOVE | QUO_POWER_CONFIGURE | QUO_POWER_BRIDGE_MESSAGES;
        delay->delay_hours = 12.0;
        never_worse(p, q, "a delay", seed);
        struct quo_protocol *with_veto = kit_random(kit.catalogue, seed, 20, 1);
        delay = one_more_delay(with_veto);
        *delay = q->delay[q->n_delays - 1];
        delay->veto_said = true;
        delay->veto = QUO_VETO_TESTED_EXIT;
        never_worse(q, with_veto, "a veto", seed);
        delay->delay_hours = 100.0;
        never_worse(q, with_veto, "a longer delay", seed);
        struct quo_cap *cap = one_more_cap(q);
        cap->powers = QUO_POWER_MOVE | QUO_POWER_UPGRADE;
        cap->per_hour_usd = 0.002 * p->exposure_usd;
        never_worse(p, q, "a delay and a cap", seed);
        quo_protocol_free(with_veto);
        quo_protocol_free(p);
        quo_protocol_free(q);
    }
}

static void scores_lie_between_0_and_100_and_add_up(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_protocol *p =
            kit_random(kit.catalogue, 7000 + seed, (int)(seed % 59), (int)(seed % 4));
        double weight[QUO_PERILS], total = 0.0, want = 0.0, product = 1.0;
        for (int k = 0; k < QUO_PERILS; k++)
            weight[k] = 1.0 + (double)((seed + (uint64_t)k * 7) % 11);
        struct quo_score *s;
        assert_int_equal(quo_score_protocol(p, kit.scale, weight, &s), QUO_OK);
        assert_true(s->overall >= 0.0 && s->overall <= 100.0);
        assert_true(s->grade >= 'A' && s->grade <= 'E');
        for (size_t d = 0; d < s->n_domains; d++) {
            assert_true(isnan(s->domain[d].score) ||
                        (s->domain[d].score >= 0.0 && s->domain[d].score <= 100.0));
            assert_true(s->domain[d].factor > 0.0);
            product *= s->domain[d].factor;
        }
        if (!p->bridge)
            weight[QUO_BRIDGE_VALIDATION] *= kit.scale->inputs.non_bridge;
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            const struct quo_peril_score *peril = &s->peril[k];
            assert_true(peril->score >= 0.0 && peril->score <= 100.0);
            assert_true(peril->cap_factor > 0.0 && peril->cap_factor <= 1.0);
            check_rel(peril->relativity, peril->frequency * peril->severity * peril->duration,
                      1e-14, "relativity");
            total += weight[k];
            want += weight[k] * peril->relativity;
            for (size_t i = 0; i < peril->n_controls; i++) {
                assert_true(peril->control[i].multiplier <= 1.0 + ROUNDING &&
                            peril->control[i].multiplier > 0.0);
                assert_true(peril->control[i].score_if_best >= peril->score - 1e-6);
            }
        }
        /* The domains' factors are the relativity of the expected loss, without a remainder. */
        check_rel(product, want / total, 1e-9, "product of the domains' factors");
        quo_score_free(s);
        quo_protocol_free(p);
    }
}

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
            memmove(strstr(body, "\"BR\","), strstr(body, "\"BR\",") + 5,
                    strlen(strstr(body, "\"BR\",") + 5) + 1);
        struct quo_protocol *best = kit_read(&kit, body),
                            *none = kit_read(&kit, bridge ? "bridge = true;" : "");
        struct quo_score *s = kit_score(&kit, best);
        check_rel(s->overall, 100.0, 1e-12, "best");
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

/* score_if_best is what the score becomes when the answer is changed. */
static void a_controls_own_worth_is_what_a_change_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 300 + seed, 30, 1);
        struct quo_score *s = kit_score(&kit, p);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            for (size_t i = 0; i < s->peril[k].n_controls; i++) {
                struct quo_answer *a = (struct quo_answer *)(uintptr_t)quo_protocol_answer(
                    p, s->peril[k].control[i].control);
                if (!a || kit.catalogue->control[a->control].reliability_gain[4] > 0.0)
                    continue;
                const struct quo_answer own = *a;
                a->level = a->evidence = 4;
                a->coverage = NAN;
                a->age_months = -1;
                struct quo_score *changed = kit_score(&kit, p);
                double best = changed->peril[k].score;
                quo_score_free(changed);
                a->reliability =
                    NAN; /* the better of what it says of itself and what the variance controls give */
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
        assert_int_equal(quo_scale_new(without.catalogue, without.market, &without.scale, NULL),
                         QUO_OK);
        assert_int_equal(quo_score_relativities(p, without.scale, want), QUO_OK);
        without.catalogue->control[control].n_effects = n_effects;
        kit_close(&without);
        struct quo_answer *a = (struct quo_answer *)(uintptr_t)quo_protocol_answer(p, control);
        a->not_applicable = false;
        a->level = 0;
        kit_relativities(&kit, p, level_0);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            check_rel(loss_of(&got[k]), loss_of(&want[k]), 1e-12, "%s without %s",
                      quo_peril_id((enum quo_peril)k), ids[i]);
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
            assert_true(r[k].frequency == s->peril[k].frequency &&
                        r[k].severity == s->peril[k].severity &&
                        r[k].duration == s->peril[k].duration);
            check_rel(s->peril[k].relativity, loss_of(&r[k]), 1e-14, "relativity");
            assert_true(r[k].recovery == s->peril[k].recovery &&
                        r[k].secondary == s->peril[k].secondary &&
                        r[k].n_caps == s->peril[k].n_caps);
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
        assert_memory_equal(&r[QUO_CODE_BUG].frequency, &again[QUO_CODE_BUG].frequency,
                            sizeof(double));
        struct quo_score copy = own;
        quo_score_put(&copy, r);
        assert_true(copy.peril[QUO_CODE_BUG].frequency == r[QUO_CODE_BUG].frequency &&
                    copy.overall == own.overall);
        low = fmin(low, copy.peril[QUO_CODE_BUG].relativity);
        high = fmax(high, copy.peril[QUO_CODE_BUG].relativity);
        quo_scale_free(drawn);
    }
    assert_true(low < own.peril[QUO_CODE_BUG].relativity &&
                own.peril[QUO_CODE_BUG].relativity < high && high > 1.05 * low);
    quo_score_free(s);
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_better_level_or_evidence_never_raises_a_relativity),
        cmocka_unit_test(an_answer_is_never_worse_than_none),
        cmocka_unit_test(more_signers_needed_never_raise_compromise_nor_lower_key_loss),
        cmocka_unit_test(leaving_a_shared_group_never_raises_compromise),
        cmocka_unit_test(a_delay_a_veto_a_cap_never_raise_the_expected_loss),
        cmocka_unit_test(scores_lie_between_0_and_100_and_add_up),
        cmocka_unit_test(best_is_100_and_nothing_at_all_is_0),
        cmocka_unit_test(a_controls_own_worth_is_what_a_change_gives),
        cmocka_unit_test(not_applicable_is_as_if_the_control_did_not_exist),
        cmocka_unit_test(relativities_are_those_of_the_score),
        cmocka_unit_test(draws_move_relativities),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
