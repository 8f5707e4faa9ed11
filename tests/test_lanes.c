/* Caps on the paths of a peril: what they guard together, and that one theft has one time to stop it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/controls/lanes.h"
#include "risk/controls/scale.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static struct quo_outflow outflow_of(const struct quo_protocol *p, enum quo_peril peril)
{
    struct quo_relativity r[QUO_PERILS];
    kit_relativities(&kit, p, r);
    return r[peril].outflow;
}

static struct quo_outflow outflow_in(const char *body, enum quo_peril peril)
{
    struct quo_protocol *p = kit_read(&kit, body);
    const struct quo_outflow o = outflow_of(p, peril);
    quo_protocol_free(p);
    return o;
}

static void caps_come_from_the_file_and_from_the_answers(void **state)
{
    (void)state;
    const char *body = "answers = ( { control = \"GA-06\"; level = 3; evidence = 3; } );"
                       "caps = ( { id = \"a\"; powers = [\"move\"]; per_hour_usd = 1e6; burst_usd = 2e6; share = 0.5; } );";
    struct quo_outflow o = outflow_in(body, QUO_KEY_COMPROMISE);
    assert_int_equal(o.n_caps, 2);
    assert_true(o.cap[0].per_hour == 1e6 && o.cap[0].burst == 2e6 && isinf(o.cap[0].hard));
    check_rel(quo_lanes_share(&o, 0), 0.5 * 0.60, 1e-14, "half of the moves");
    /* 5 % of 50 M a day in a window of a day: 2.5 M at once, then 2.5 M / 24 an hour, on all paths. */
    check_rel(o.cap[1].burst, 2.5e6, 1e-12, "GA-06");
    check_rel(o.cap[1].per_hour, 2.5e6 / 24.0, 1e-12, "GA-06");
    check_rel(quo_lanes_share(&o, 1), 1.0, 1e-14, "GA-06");
    assert_int_equal(o.n_lanes, 2); /* both on half of the moves, GA-06 on the rest */
    /* 2.3 M: on 0.3 of the paths the first takes 18 minutes, where GA-06's burst is not out yet. */
    check_rel(quo_outflow_left(2.3e6, &o, false), 0.7 + 0.3 * quo_normal_Q((log(0.3) - o.meanlog) / o.sdlog), 1e-13,
              "between the bursts");
    const double hours = (9e6 - 2.5e6) / (2.5e6 / 24.0);
    check_rel(quo_outflow_left(9e6, &o, false), quo_normal_Q((log(hours) - o.meanlog) / o.sdlog), 1e-13,
              "far out GA-06 is the longer wait everywhere");
    /* One limit with two shares: the smaller lies within the larger, whichever stands first. */
    const char *twice[] = {"caps = ( { id = \"a\"; powers = [\"move\"]; hard_usd = 1e6; share = 0.5; },"
                           "{ id = \"b\"; powers = [\"move\", \"mint\"]; hard_usd = 1e6; share = 0.7; } );",
                           "caps = ( { id = \"b\"; powers = [\"move\", \"mint\"]; hard_usd = 1e6; share = 0.7; },"
                           "{ id = \"a\"; powers = [\"move\"]; hard_usd = 1e6; share = 0.5; } );",
                           "caps = ( { id = \"a\"; powers = [\"move\"]; hard_usd = 1e6; share = 0.7; },"
                           "{ id = \"b\"; powers = [\"move\", \"mint\"]; hard_usd = 1e6; share = 0.5; } );"};
    const double share[] = {0.7 * 0.75, 0.7 * 0.75, 0.7 * 0.60 + 0.5 * 0.15};
    for (int i = 0; i < 3; i++) {
        o = outflow_in(twice[i], QUO_KEY_COMPROMISE);
        assert_true(o.n_caps == 1 && o.n_lanes == 1);
        check_rel(o.lane[0].share, share[i], 1e-14, "order %d", i);
    }
    /* Nothing to cap on a lost key. */
    o = outflow_in(body, QUO_KEY_LOSS);
    assert_true(o.n_caps == 0 && o.n_lanes == 0);
    /* What nobody buys does not leave, on whichever path: prices are also moved past every power. */
    o = outflow_in("exit_liquidity_usd = 2e7;", QUO_ORACLE_PRICE_MANIPULATION);
    assert_true(o.n_caps == 1 && o.cap[0].hard == 2e7 && isinf(o.cap[0].per_hour));
    check_rel(quo_lanes_share(&o, 0), 1.0, 1e-14, "all paths");
    assert_true(quo_outflow_left(1.9e7, &o, false) == 1.0 && quo_outflow_left(2e7, &o, false) == 0.0);
}

/* What the caps of two protocols leave, at fifty amounts and on every peril: -1, 0 or 1 for less, the same or more in `b`; 2: less
 * here and more there. */
static int compared(const struct quo_protocol *a, const struct quo_protocol *b)
{
    bool less = false, more = false;
    struct quo_relativity ra[QUO_PERILS], rb[QUO_PERILS];
    kit_relativities(&kit, a, ra);
    kit_relativities(&kit, b, rb);
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        for (double x = 1e-5 * a->exposure_usd; x < a->exposure_usd; x *= 1.26) {
            const double in_a = quo_outflow_left(x, &ra[p].outflow, false), in_b = quo_outflow_left(x, &rb[p].outflow, false);
            less = less || in_b < in_a - 1e-13;
            more = more || in_b > in_a + 1e-13;
        }
    return less && more ? 2 : more - less;
}

static struct quo_cap random_cap(struct quo_stream *s, const struct quo_protocol *p)
{
    const double e = p->exposure_usd;
    return (struct quo_cap){.powers = 1 + quo_stream_below(s, 31),
                            .per_hour_usd = quo_stream_below(s, 4) ? 0.02 * quo_stream_uniform(s) * e : INFINITY,
                            .burst_usd = 0.05 * quo_stream_uniform(s) * e,
                            .window_hours = quo_stream_below(s, 25),
                            .hard_usd = quo_stream_below(s, 3) ? INFINITY : 0.3 * quo_stream_uniform(s) * e,
                            .share = quo_stream_below(s, 2) ? 1.0 : 0.01 * (1 + quo_stream_below(s, 100))};
}

/* `caps` random ones in place of those of the file, and room for as many more. */
static struct quo_protocol *with_caps(uint64_t seed, struct quo_stream *s, size_t caps)
{
    struct quo_protocol *p = kit_random(kit.catalogue, seed, 20, 1);
    for (size_t i = 0; i < p->n_caps; i++)
        free(p->cap[i].id);
    free(p->cap);
    p->cap = calloc(10, sizeof *p->cap);
    assert_non_null(p->cap);
    p->n_caps = caps;
    for (size_t i = 0; i < caps; i++)
        p->cap[i] = random_cap(s, p);
    return p;
}

#define PROTOCOLS 1000

static void a_cap_said_twice_is_said_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_stream s = quo_stream_at(31, seed, 0, 45);
        struct quo_protocol *p = with_caps(seed, &s, 1 + quo_stream_below(&s, 3));
        struct quo_protocol other = *p;
        struct quo_cap cap[10];
        other.cap = cap;
        memcpy(cap, p->cap, sizeof cap);
        for (size_t i = 0; i < p->n_caps; i++) /* all of them again */
            cap[other.n_caps++] = p->cap[i];
        assert_int_equal(compared(p, &other), 0);
        other.n_caps = 0; /* each power of the first on its own */
        for (unsigned power = 1; power < 32; power *= 2)
            if (p->cap[0].powers & power) {
                cap[other.n_caps] = p->cap[0];
                cap[other.n_caps++].powers = power;
            }
        for (size_t i = 1; i < p->n_caps; i++)
            cap[other.n_caps++] = p->cap[i];
        assert_int_equal(compared(p, &other), 0);
        quo_protocol_free(p);
    }
    /* An answer that says what is written out. */
    const char *answer = "answers = ( { control = \"GA-06\"; level = 3; evidence = 3; } );";
    char both[600];
    snprintf(both, sizeof both,
             "%s caps = ( { id = \"out\"; powers = [\"move\", \"mint\", \"upgrade\", \"configure\", \"bridge_messages\"]; per_hour_usd = %.17g; "
             "window_hours = 24.0; } );",
             answer, 5e7 * 0.05 / 24.0);
    struct quo_protocol *one = kit_read(&kit, both + strlen(answer)), *two = kit_read(&kit, both);
    assert_int_equal(compared(one, two), 0);
    quo_protocol_free(one);
    quo_protocol_free(two);
}

static void a_cap_more_never_leaves_more(void **state)
{
    (void)state;
    int less = 0;
    for (uint64_t seed = 0; seed < PROTOCOLS; seed++) {
        struct quo_stream s = quo_stream_at(32, seed, 0, 45);
        struct quo_protocol *p = with_caps(seed, &s, quo_stream_below(&s, 4));
        struct quo_protocol other = *p;
        struct quo_cap cap[10];
        other.cap = cap;
        memcpy(cap, p->cap, sizeof cap);
        cap[other.n_caps++] = random_cap(&s, p);
        const int added = compared(p, &other);
        assert_true(added <= 0);
        less += added < 0;
        struct quo_protocol better = other;
        struct quo_cap tight[10];
        better.cap = tight;
        memcpy(tight, cap, sizeof tight);
        struct quo_cap *one = &tight[quo_stream_below(&s, (uint32_t)better.n_caps)];
        one->per_hour_usd *= 0.7, one->burst_usd *= 0.9, one->share = fmin(1.0, one->share + 0.2), one->powers |= 1u;
        assert_true(compared(&other, &better) <= 0);
        quo_protocol_free(p);
    }
    assert_true(less > PROTOCOLS / 2);
}

/* An answer guards what it covers, as often as it works and is believed; never all or nothing. */
static void an_answer_guards_what_it_covers(void **state)
{
    (void)state;
    struct quo_outflow o =
        outflow_in("answers = ( { control = \"GA-06\"; level = 4; evidence = 4; coverage = 0.9; } );", QUO_KEY_COMPROMISE);
    assert_true(o.n_caps == 1 && o.n_lanes == 1);
    check_rel(o.cap[0].burst, 0.01 * 5e7, 1e-12, "a hundredth a day");
    check_rel(o.lane[0].share, 0.9, 1e-14, "on what it covers");
    /* A claim without evidence counts for a half, else it is level 0; a policy document for 0.65, else it is level 1. */
    o = outflow_in("answers = ( { control = \"GA-06\"; level = 4; evidence = 0; reliability = 0.8; } );", QUO_KEY_COMPROMISE);
    assert_true(o.n_caps == 1 && o.n_lanes == 1);
    check_rel(o.lane[0].share, 0.8 * kit.catalogue->evidence_credit[0], 1e-14, "said only");
    o = outflow_in("answers = ( { control = \"GA-06\"; level = 4; evidence = 1; coverage = 0.5; } );", QUO_KEY_COMPROMISE);
    assert_true(o.n_caps == 2 && o.n_lanes == 2);
    check_rel(quo_lanes_share(&o, 0), 0.5 * kit.catalogue->evidence_credit[1], 1e-14, "level 4");
    check_rel(quo_lanes_share(&o, 1), 0.5, 1e-14, "level 1 at least");
    check_rel(o.cap[1].burst, 0.75 * 5e7, 1e-12, "level 1");
}

/* More than there is room for: what holds back least beside the others is left out, and it is said how many. */
static void one_cap_too_many_pushes_the_least_out(void **state)
{
    (void)state;
    char body[4096] = "caps = (";
    enum { MANY = QUO_OUTFLOW_CAPS + 1 };
    /* Faster and with less at once, so that each binds somewhere; the last hardly. */
    for (int i = 0; i < MANY; i++) {
        const size_t at = strlen(body);
        snprintf(body + at, sizeof body - at, "%s{ id = \"c%d\"; powers = [\"move\"]; per_hour_usd = %g; burst_usd = %g; }",
                 i ? ", " : "", i, 1e4 * pow(1.6, i), i < MANY - 1 ? 5e5 * (MANY - 1 - i) : 4.9e5);
    }
    strcat(body, ");");
    struct quo_protocol *p = kit_read(&kit, body);
    const struct quo_outflow o = outflow_of(p, QUO_KEY_COMPROMISE);
    assert_int_equal(o.n_caps, QUO_OUTFLOW_CAPS);
    struct quo_score *all = kit_score(&kit, p);
    const double *out = NULL;
    for (size_t i = 0; i < all->peril[QUO_KEY_COMPROMISE].n_values; i++)
        if (strcmp(all->peril[QUO_KEY_COMPROMISE].value[i].name, "cap.left_out") == 0)
            out = &all->peril[QUO_KEY_COMPROMISE].value[i].value;
    assert_true(out && *out == 1.0);
    /* None of the others left out would leave less on the reference law. */
    for (int without = 0; without < MANY; without++) {
        const struct quo_cap kept = p->cap[without];
        p->cap[without] = p->cap[MANY - 1], p->n_caps = MANY - 1;
        struct quo_score *fewer = kit_score(&kit, p);
        assert_true(fewer->peril[QUO_KEY_COMPROMISE].cap_factor >= all->peril[QUO_KEY_COMPROMISE].cap_factor - 1e-12);
        quo_score_free(fewer);
        p->cap[MANY - 1] = p->cap[without], p->cap[without] = kept, p->n_caps = MANY;
    }
    quo_score_free(all);
    /* Which one does not hang on the order of the file. */
    for (int i = 0; i < MANY / 2; i++) {
        const struct quo_cap other = p->cap[i];
        p->cap[i] = p->cap[MANY - 1 - i], p->cap[MANY - 1 - i] = other;
    }
    const struct quo_outflow turned = outflow_of(p, QUO_KEY_COMPROMISE);
    assert_true(quo_outflow_same(&o, &turned));
    quo_protocol_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_come_from_the_file_and_from_the_answers),
        cmocka_unit_test(a_cap_said_twice_is_said_once),
        cmocka_unit_test(a_cap_more_never_leaves_more),
        cmocka_unit_test(an_answer_guards_what_it_covers),
        cmocka_unit_test(one_cap_too_many_pushes_the_least_out),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
