/* Delays and drains of small protocols against the mechanisms they are made of, by hand. */
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

static void each_delay_is_a_way_with_its_own_veto(void **state)
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
    /* upgrade: the shorter of two, on which no guardian sits; mint; move: GA-01 speaks of all; configure: gone round, but for GA-01;
     * messages of a bridge are not GA-01's. */
    static const double want[] = {3.0, 24.0, 24.0, 3.0, 0.0};
    for (int k = 0; k < 5; k++)
        assert_true(d.of[k].n == 1 && d.of[k].way[0].hours == want[k] && d.of[k].way[0].veto == 0.2);
    assert_true(d.notice == 0.10); /* MO-02 unknown */
    quo_protocol_free(p);
}

/* Who goes round a delay meets neither it nor the veto on it: GA-01 and GA-02 alone. */
static void a_delay_that_can_be_gone_round_lends_no_veto(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p =
        see("answers = ( { control = \"GA-01\"; level = 1; evidence = 3; }, { control = \"GA-02\"; "
            "level = 1; evidence = 3; } ); delays = ("
            "{ id = \"a\"; powers = [\"upgrade\", \"mint\"]; delay_hours = 99.0; veto = "
            "\"tested_exit\"; bypass = true; },"
            "{ id = \"b\"; powers = [\"mint\"]; delay_hours = 50.0; veto = \"guardian\"; } );",
            &view);
    const struct quo_race_delays d = quo_race_delays(&view);
    for (int k = 1; k <= 2; k++)
        assert_true(d.of[k].n == 1 && d.of[k].way[0].hours == 3.0 && d.of[k].way[0].veto == 0.2);
    p->delay[0].bypass = false;
    const struct quo_race_delays e = quo_race_delays(&view);
    assert_true(e.of[2].n == 1 && e.of[2].way[0].hours == 99.0 && e.of[2].way[0].veto == 0.9);
    assert_true(e.of[1].n == 1 && e.of[1].way[0].hours == 50.0 && e.of[1].way[0].veto == 0.6);
    quo_protocol_free(p);
}

/* A way for each veto; a delay without one is a way without, and one that is no shorter and no easier is no way. */
static void ways_that_nobody_picks_are_dropped(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p =
        see("delays = ( { id = \"a\"; powers = [\"mint\"]; delay_hours = 40.0; veto = \"guardian\"; },"
            "{ id = \"b\"; powers = [\"mint\"]; delay_hours = 60.0; veto = \"none\"; },"
            "{ id = \"c\"; powers = [\"mint\"]; delay_hours = 20.0; veto = \"tested_exit\"; },"
            "{ id = \"d\"; powers = [\"mint\"]; delay_hours = 70.0; },"
            "{ id = \"e\"; powers = [\"mint\"]; delay_hours = 45.0; veto = \"guardian_exit\"; },"
            "{ id = \"f\"; powers = [\"mint\"]; delay_hours = 30.0; veto = \"guardian_exit\"; },"
            "{ id = \"g\"; powers = [\"mint\"]; delay_hours = 50.0; veto = \"same_signers\"; } );",
            &view);
    const struct quo_race_delays d = quo_race_delays(&view);
    static const struct quo_race_way want[] = {{20.0, 0.9}, {30.0, 0.75}, {40.0, 0.6}, {50.0, 0.2}, {60.0, 0.0}};
    assert_int_equal(d.of[1].n, 5);
    for (int i = 0; i < 5; i++)
        assert_true(d.of[1].way[i].hours == want[i].hours && d.of[1].way[i].veto == want[i].veto);
    quo_protocol_free(p);
}

static struct quo_race_stopped stopped_by(const struct quo_view *view, enum quo_peril peril)
{
    const struct quo_race_delays d = quo_race_delays(view);
    struct quo_race_clock clock;
    quo_race_start(view, peril, NULL, &clock);
    return quo_race_timelock(view, peril, &d, &clock);
}

#define SEEN_BY_ALL "answers = ( { control = \"MO-02\"; level = 3; evidence = 3; } ); "

static void no_delay_borrows_the_veto_of_another(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        ", { id = \"b\"; powers = [\"move\", \"mint\", \"upgrade\"]; delay_hours = 1000.0; veto = \"tested_exit\"; }",
        ", { id = \"b\"; powers = [\"move\", \"mint\", \"upgrade\"]; delay_hours = 1.0; veto = \"tested_exit\"; }"};
    for (int i = 0; i < 3; i++) {
        struct quo_view view;
        char text[512];
        snprintf(text, sizeof text,
                 SEEN_BY_ALL "delays = ( { id = \"a\"; powers = [\"move\", \"mint\", \"upgrade\"]; delay_hours = "
                             "24.0; veto = \"none\"; }%s );",
                 others[i]);
        struct quo_protocol *p = see(text, &view);
        const struct quo_race_stopped got = stopped_by(&view, QUO_KEY_COMPROMISE);
        assert_true(got.multiplier == 1.0 && got.power == -1 && got.share > 0.5);
        quo_protocol_free(p);
    }
}

/* A short way with a good veto against a long one with a bad: either can be the one that stops less. */
static void the_way_that_stops_least_is_taken(void **state)
{
    (void)state;
    static const double hours[] = {2.0, 40.0};
    for (int i = 0; i < 2; i++) {
        struct quo_view view;
        char text[512];
        snprintf(text, sizeof text,
                 SEEN_BY_ALL
                 "delays = ( { id = \"a\"; powers = [\"upgrade\"]; delay_hours = %g; veto = \"guardian\"; },"
                 "{ id = \"b\"; powers = [\"upgrade\"]; delay_hours = 400.0; veto = \"same_signers\"; } );",
                 hours[i]);
        struct quo_protocol *p = see(text, &view);
        const struct quo_race_stopped got = stopped_by(&view, QUO_GOVERNANCE_CAPTURE);
        const struct quo_timelock_time detect = quo_timelock_median(6.0, 1.5), respond = quo_timelock_median(24.0, 1.3);
        const double quick = quo_timelock_in_time(hours[i], detect, respond),
                     slow = quo_timelock_in_time(400.0, detect, respond);
        assert_true((0.6 * quick < 0.2 * slow) == (i == 0));
        assert_true(got.power == 2 && got.taken[2].hours == (i == 0 ? hours[0] : 400.0));
        assert_true(got.taken[2].veto == (i == 0 ? 0.6 : 0.2));
        check_rel(got.chance, i == 0 ? quick : slow, 1e-12, "in time");
        check_rel(got.multiplier, 1.0 - 0.5 * 0.85 * fmin(0.6 * quick, 0.2 * slow), 1e-12, "multiplier");
        quo_protocol_free(p);
    }
}

static struct quo_delay random_delay(struct quo_stream *s)
{
    struct quo_delay d = {.powers = (unsigned)(quo_stream_uniform(s) * 64.0), .veto_said = quo_stream_uniform(s) < 0.9};
    d.delay_hours = quo_stream_uniform(s) < 0.1 ? 0.0 : pow(10.0, 4.0 * quo_stream_uniform(s) - 1.0);
    d.veto = d.veto_said ? (enum quo_veto)(quo_stream_uniform(s) * QUO_VETOES) : QUO_VETO_NONE;
    d.bypass = quo_stream_uniform(s) < 0.1;
    return d;
}

/* Over random delays: what is stopped on each power is the least of what each of its delays stops alone, so none borrows from
 * another; and a better veto on any of them never lets more through. */
static void more_veto_never_stops_less(void **state)
{
    (void)state;
    struct quo_view view;
    struct quo_protocol *p = see(SEEN_BY_ALL, &view);
    struct quo_delay delay[8], alone;
    for (uint64_t i = 0; i < 300; i++) {
        struct quo_stream s = quo_stream_at(78, i, 0, 0);
        const size_t n = 1 + (size_t)(quo_stream_uniform(&s) * 8.0);
        for (size_t j = 0; j < n; j++)
            delay[j] = random_delay(&s);
        double sum = 0.0;
        for (int k = 0; k < QUO_POWERS; k++) {
            double least = INFINITY;
            p->delay = &alone;
            for (size_t j = 0; j < n; j++) {
                alone = delay[j];
                alone.powers &= 1u << k;
                p->n_delays = 1;
                least = alone.powers ? fmin(least, 1.0 - stopped_by(&view, QUO_KEY_COMPROMISE).multiplier) : least;
            }
            sum += isinf(least) ? 0.0 : least;
        }
        p->delay = delay;
        p->n_delays = n;
        const double before = stopped_by(&view, QUO_KEY_COMPROMISE).multiplier;
        check_abs(1.0 - before, sum, 1e-9, "the least of each alone");
        struct quo_delay *better = &delay[(size_t)(quo_stream_uniform(&s) * (double)n)];
        better->veto_said = true;
        better->veto = better->veto < QUO_VETO_TESTED_EXIT ? better->veto + 1 : better->veto;
        assert_true(stopped_by(&view, QUO_KEY_COMPROMISE).multiplier <= before);
    }
    p->delay = NULL;
    p->n_delays = 0;
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
        cmocka_unit_test(each_delay_is_a_way_with_its_own_veto),
        cmocka_unit_test(a_delay_that_can_be_gone_round_lends_no_veto),
        cmocka_unit_test(ways_that_nobody_picks_are_dropped),
        cmocka_unit_test(no_delay_borrows_the_veto_of_another),
        cmocka_unit_test(the_way_that_stops_least_is_taken),
        cmocka_unit_test(more_veto_never_stops_less),
        cmocka_unit_test(a_delay_stops_what_the_race_says),
        cmocka_unit_test(drains_stop_for_people_and_for_breakers),
        cmocka_unit_test(the_table_of_stops_is_the_integral),
        cmocka_unit_test(keys_of_a_bridge_leave_through_its_route_too),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
