/* A mechanism is shown with all that it takes to redo it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/controls/score.h"
#include "risk/controls/timelock.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

/* A mechanism is shown with all that it takes to redo it: the example's quorum. */
static void the_shown_mechanism_can_be_redone(void **state)
{
    (void)state;
    struct quo_protocol *p;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_protocol_load("fixtures/examples/bridge.protocol.cfg", kit.catalogue, &p, &faults), QUO_OK);
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *key = &s->peril[QUO_KEY_COMPROMISE];
    double value[64] = {0.0};
    static const char *const names[] = {"effects.frequency", "quorum.rate",   "quorum.credibility",
                                        "timelock.stopped",  "raw.frequency", "market.frequency"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool found = false;
        for (size_t i = 0; i < key->n_values; i++)
            if (strcmp(key->value[i].name, names[n]) == 0) {
                value[n] = key->value[i].value;
                found = true;
            }
        assert_true(found);
    }
    check_rel(value[0] * pow(value[1], value[2]) * (1.0 - value[3]), value[4], 1e-12,
              "raw frequency = effects x quorum x timelock");
    check_rel(0.05 + 0.95 * value[4] / value[5], key->frequency, 1e-12, "frequency = u + (1 - u) raw / market");
    /* treasury reaches 0.9 and is the only set that moves or upgrades; what its vendor starts stands under vendor_infrastructure; what
     * no model sees comes on top of both. */
    const struct quo_peril_score *vendors = &s->peril[QUO_VENDOR_INFRASTRUCTURE];
    double vendor_rate = NAN;
    for (size_t i = 0; i < vendors->n_values; i++)
        if (strcmp(vendors->value[i].name, "quorum.rate") == 0)
            vendor_rate = vendors->value[i].value;
    check_rel(value[1] + vendor_rate, 0.9 * s->set[0].compromise_rate + 2e-4 + 6e-3, 0.02, "quorum rate");
    assert_int_equal(s->n_sets, 2);
    double shares = 0.0;
    for (size_t i = 0; i < s->set[0].n_importance; i++)
        shares += s->set[0].importance[i].share;
    check_rel(shares, 1.0, 1e-12, "importance");
    quo_score_free(s);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static double shown(const struct quo_peril_score *score, const char *name)
{
    for (size_t i = 0; i < score->n_values; i++)
        if (strcmp(score->value[i].name, name) == 0)
            return score->value[i].value;
    fail_msg("%s is not shown", name);
    return NAN;
}

/* Delay, veto and chance are those of the one way that is taken, so that their product is what is stopped. */
static void the_way_that_is_taken_is_shown(void **state)
{
    (void)state;
    struct quo_protocol *p =
        kit_read(&kit, "answers = ( { control = \"MO-02\"; level = 3; evidence = 3; } ); delays = ("
                       "{ id = \"a\"; powers = [\"upgrade\"]; delay_hours = 2.0; veto = \"guardian\"; },"
                       "{ id = \"b\"; powers = [\"upgrade\"]; delay_hours = 400.0; veto = \"same_signers\"; },"
                       "{ id = \"c\"; powers = [\"upgrade\"]; delay_hours = 500.0; veto = \"tested_exit\"; } );");
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *votes = &s->peril[QUO_GOVERNANCE_CAPTURE];
    assert_true(shown(votes, "timelock.delay_hours") == 2.0 && shown(votes, "timelock.veto") == 0.6);
    assert_true(shown(votes, "timelock.hours_by_power.upgrade") == 2.0);
    check_rel(shown(votes, "timelock.stopped"),
              shown(votes, "timelock.share") * shown(votes, "timelock.notice") * 0.6 * shown(votes, "timelock.in_time"),
              1e-9, "stopped = share x notice x veto x in time");
    quo_score_free(s);
    quo_protocol_free(p);
}

/* Nobody to stop it, or nobody who sees it: the delay that stands is shown all the same, with the chance that it would give. */
static void a_delay_that_stops_nothing_is_shown(void **state)
{
    (void)state;
    struct quo_protocol *p =
        kit_read(&kit, "delays = ( { id = \"a\"; powers = [\"upgrade\", \"configure\"]; delay_hours = 24.0; },"
                       "{ id = \"b\"; powers = [\"configure\"]; delay_hours = 9.0; } );");
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *votes = &s->peril[QUO_GOVERNANCE_CAPTURE];
    assert_true(quo_catalogue_input(kit.catalogue, "veto", NULL) >= 0 && shown(votes, "timelock.stopped") == 0.0);
    assert_true(shown(votes, "timelock.delay_hours") == 24.0 && shown(votes, "timelock.veto") == 0.0);
    check_rel(shown(votes, "timelock.in_time"),
              quo_timelock_in_time(24.0, quo_timelock_median(6.0, 1.5), quo_timelock_median(24.0, 1.3)), 1e-9,
              "in time");
    quo_score_free(s);
    quo_protocol_free(p);
    p = kit_read(&kit, "");
    s = kit_score(&kit, p);
    assert_true(shown(&s->peril[QUO_GOVERNANCE_CAPTURE], "timelock.delay_hours") == 0.0 &&
                shown(&s->peril[QUO_GOVERNANCE_CAPTURE], "timelock.in_time") == 0.0);
    quo_score_free(s);
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shown_mechanism_can_be_redone),
        cmocka_unit_test(the_way_that_is_taken_is_shown),
        cmocka_unit_test(a_delay_that_stops_nothing_is_shown),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
