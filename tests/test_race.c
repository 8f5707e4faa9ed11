/* Delays, caps and drains of small protocols against the mechanisms they are made of, by hand. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/race.h"
#include "risk/controls/scale.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static unsigned char stand[QUO_CONTROLS_MAX];
static struct quo_exponents exponents;

/* A view of a protocol as it stands. */
static struct quo_protocol *see(const char *body, struct quo_view *view)
{
    char text[2048];
    struct quo_faults faults;
    quo_faults_init(&faults);
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e8; %s };", body);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    kit_print(&faults);
    assert_non_null(p);
    quo_faults_free(&faults);
    memset(stand, QUO_STAND_OWN, sizeof stand);
    memset(view, 0, sizeof *view);
    quo_effects_exponents(kit.catalogue, p, &exponents);
    view->inputs = &kit.scale->inputs;
    view->effects = kit.scale->effects;
    view->protocol = p;
    view->exponents = &exponents;
    view->stand = stand;
    quo_effects_apply(kit.scale->effects, &exponents, stand, view->x);
    return p;
}

static void the_shortest_path_to_a_power_counts(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p =
        see("answers = ( { control = \"GA-01\"; level = 1; evidence = 3; }, { control = \"GA-02\"; "
            "level = 1; evidence = 3; } );"
            "delays = ( { id = \"a\"; powers = [\"upgrade\"]; delay_hours = 48.0; veto = "
            "\"guardian\"; },"
            "{ id = \"b\"; powers = [\"upgrade\", \"mint\"]; delay_hours = 24.0; },"
            "{ id = \"c\"; powers = [\"configure\"]; delay_hours = 99.0; bypass = true; } );",
            &view);
    const struct quo_race_delays d = quo_race_delays(&view);
    assert_true(d.hours[2] == 24.0); /* upgrade: the shorter of two */
    assert_true(d.hours[1] == 24.0); /* mint */
    assert_true(d.hours[0] == 3.0);  /* move: GA-01 speaks of all */
    assert_true(d.hours[3] == 3.0);  /* configure: gone round, but for GA-01 */
    assert_true(d.hours[4] == 0.0);  /* messages of a bridge are not GA-01's */
    assert_true(d.veto[2] == 0.6 && d.veto[0] == 0.2);
    assert_true(d.notice == 0.10); /* MO-02 unknown */
    quo_protocol_free(p);
}

static void a_delay_stops_what_the_race_says(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p = see("delays = ( { id = \"a\"; powers = [\"upgrade\"]; delay_hours = "
                                 "48.0; veto = \"guardian\"; } );"
                                 "answers = ( { control = \"MO-02\"; level = 3; evidence = 3; }, { "
                                 "control = \"IR-01\"; level = 2; evidence = 3; } );",
                                 &view);
    const struct quo_race_delays d = quo_race_delays(&view);
    struct quo_race_clock clock;
    quo_race_start(&view, QUO_GOVERNANCE_CAPTURE, NULL, &clock);
    const struct quo_race_stopped got = quo_race_timelock(&view, QUO_GOVERNANCE_CAPTURE, &d, &clock);
    /* Nothing detects faster than level 0: median 6 h, sigma 1.5; a council contains in 1.6 h, sigma 1.3. Half of the paths upgrade. */
    const double in_time = quo_timelock_in_time(48.0, quo_timelock_median(6.0, 1.5), quo_timelock_median(1.6, 1.3));
    check_rel(got.multiplier, 1.0 - 0.5 * 0.85 * 0.6 * in_time, 1e-12, "multiplier");
    assert_true(got.power == 2 && got.share == 0.5);
    /* A peril that no delay concerns. */
    quo_race_start(&view, QUO_CODE_BUG, NULL, &clock);
    assert_true(quo_race_timelock(&view, QUO_CODE_BUG, &d, &clock).multiplier == 1.0);
    quo_protocol_free(p);
}

static void caps_come_from_the_file_and_from_the_answers(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_loss_cap cap[QUO_LOSS_CAPS];
    struct quo_race_clock clock;
    int strictest;
    struct quo_protocol *p = see("answers = ( { control = \"GA-06\"; level = 3; evidence = 3; } );"
                                 "caps = ( { id = \"a\"; powers = [\"move\"]; per_hour_usd = 1e6; "
                                 "burst_usd = 2e6; share = 0.5; } );",
                                 &view);
    quo_race_start(&view, QUO_KEY_COMPROMISE, NULL, &clock);
    assert_int_equal(quo_race_caps(&view, QUO_KEY_COMPROMISE, &clock, cap), 2);
    check_rel(cap[0].share, 0.5 * 0.60, 1e-14, "half of the moves");
    assert_true(cap[0].per_hour == 1e6 && cap[0].burst == 2e6);
    /* 5 % of 100 M a day in a window of a day: 5 M at once, then 5 M / 24 an hour, on all paths. */
    check_rel(cap[1].share, 1.0, 1e-14, "GA-06");
    check_rel(cap[1].burst, 5e6, 1e-12, "GA-06");
    check_rel(cap[1].per_hour, 5e6 / 24.0, 1e-12, "GA-06");
    const double factor = quo_race_cap_factor(&view, cap, 2, &strictest);
    assert_true(strictest == 1 && factor > 0.05 && factor < 0.6);
    /* Nothing to cap on a lost key. */
    quo_race_start(&view, QUO_KEY_LOSS, NULL, &clock);
    assert_int_equal(quo_race_caps(&view, QUO_KEY_LOSS, &clock, cap), 0);
    quo_protocol_free(p);
}

static void a_fifth_cap_pushes_the_loosest_out(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_loss_cap cap[QUO_LOSS_CAPS];
    struct quo_race_clock clock;
    struct quo_protocol *p = see("caps = ( { id = \"a\"; powers = [\"move\"]; hard_usd = 5e7; }, { "
                                 "id = \"b\"; powers = [\"move\"]; hard_usd = 6e7; },"
                                 "{ id = \"c\"; powers = [\"move\"]; hard_usd = 9e7; }, { id = "
                                 "\"d\"; powers = [\"move\"]; hard_usd = 7e7; },"
                                 "{ id = \"e\"; powers = [\"move\"]; hard_usd = 1e7; }, { id = "
                                 "\"f\"; powers = [\"move\"]; hard_usd = 1e8; } );",
                                 &view);
    quo_race_start(&view, QUO_KEY_COMPROMISE, NULL, &clock);
    assert_int_equal(quo_race_caps(&view, QUO_KEY_COMPROMISE, &clock, cap), QUO_LOSS_CAPS);
    double most = 0.0, least = 1e9;
    for (int i = 0; i < QUO_LOSS_CAPS; i++) {
        most = fmax(most, cap[i].hard);
        least = fmin(least, cap[i].hard);
    }
    assert_true(most == 7e7 && least == 1e7);
    quo_protocol_free(p);
}

static void drains_stop_for_people_and_for_breakers(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_race_clock clock;
    struct quo_protocol *p = see("", &view);
    quo_race_start(&view, QUO_KEY_COMPROMISE, NULL, &clock);
    const double nobody = quo_race_drained(&view, QUO_KEY_COMPROMISE, &clock);
    const struct quo_timelock_time stop =
        quo_caps_stop_time(quo_timelock_median(6.0, 1.5), quo_timelock_median(24.0, 1.3));
    check_rel(nobody, 0.3 + 0.7 * quo_caps_drained(1.0, stop), 1e-6,
              "three tenths in one transaction, the rest in an hour");
    quo_protocol_free(p);
    p = see("answers = ( { control = \"MO-05\"; level = 4; evidence = 4; } );", &view);
    quo_race_start(&view, QUO_KEY_COMPROMISE, NULL, &clock);
    check_rel(quo_race_drained(&view, QUO_KEY_COMPROMISE, &clock),
              0.3 + 0.7 * (0.1 * quo_caps_drained(1.0, stop) + 0.9 * 0.05), 1e-6,
              "a breaker within three minutes, nine times of ten");
    assert_true(quo_race_drained(&view, QUO_SERVICE_OUTAGE, &clock) == 1.0);
    quo_protocol_free(p);
}

/* The tabulated time to stop against its integral, over all ratios of medians that answers can make. */
static void the_table_of_stops_is_the_integral(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p = see("", &view);
    for (uint64_t i = 0; i < 300; i++) {
        struct quo_stream s = quo_stream_at(77, i, 0, 0);
        const struct quo_timelock_time detect = {log(6.0) - 4.0 * quo_stream_uniform(&s), 1.5},
                                       respond = {log(24.0) - 8.0 * quo_stream_uniform(&s), 1.3};
        struct quo_race_clock table = {.detect = detect,
                                       .respond = respond,
                                       .stop = {0.0, NAN},
                                       .stops = &kit.scale->known.stops},
                              integral = table;
        integral.stops = NULL;
        check_abs(quo_race_drained(&view, QUO_KEY_COMPROMISE, &table),
                  quo_race_drained(&view, QUO_KEY_COMPROMISE, &integral), 1e-6, "drained");
        check_abs(table.stop.meanlog, integral.stop.meanlog, 1e-6, "meanlog");
        check_abs(table.stop.sdlog, integral.stop.sdlog, 1e-6, "sdlog");
    }
    quo_protocol_free(p);
}

static void keys_of_a_bridge_leave_through_its_route_too(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p = see("bridge = true;", &view);
    check_rel(quo_race_path(&view, QUO_KEY_COMPROMISE, QUO_POWER_MOVE), 0.5 * 0.60, 1e-14, "move");
    check_rel(quo_race_path(&view, QUO_KEY_COMPROMISE, QUO_POWER_BRIDGE_MESSAGES), 0.5, 1e-14, "messages");
    quo_protocol_free(p);
    p = see("", &view);
    check_rel(quo_race_path(&view, QUO_KEY_COMPROMISE, QUO_POWER_MOVE), 0.60, 1e-14, "no bridge");
    assert_true(quo_race_path(&view, QUO_KEY_COMPROMISE, QUO_POWER_BRIDGE_MESSAGES) == 0.0);
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_path_to_a_power_counts),
        cmocka_unit_test(a_delay_stops_what_the_race_says),
        cmocka_unit_test(caps_come_from_the_file_and_from_the_answers),
        cmocka_unit_test(a_fifth_cap_pushes_the_loosest_out),
        cmocka_unit_test(drains_stop_for_people_and_for_breakers),
        cmocka_unit_test(the_table_of_stops_is_the_integral),
        cmocka_unit_test(keys_of_a_bridge_leave_through_its_route_too),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
