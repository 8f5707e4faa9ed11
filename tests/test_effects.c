/* Multipliers by hand, the rules of evidence, and the law of the draws. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/controls/effects.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static struct quo_effects *point;

static int open_kit(void **state)
{
    (void)state;
    kit_open(&kit);
    return quo_effects_new(kit.catalogue, 0, -1, &point) != QUO_OK;
}

static int close_kit(void **state)
{
    (void)state;
    quo_effects_free(point);
    kit_close(&kit);
    return 0;
}

/* The exponents of a protocol with these answers, all at their own stand. */
static void exponents_of(const char *answers, double x[QUO_CONTROLS_MAX], struct quo_exponents *e,
                         struct quo_protocol **p)
{
    char text[2048];
    unsigned char stand[QUO_CONTROLS_MAX] = {QUO_STAND_OWN};
    struct quo_faults faults;
    quo_faults_init(&faults);
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e6; bridge = true; answers = ( %s ); };",
             answers);
    *p = kit_protocol(kit.catalogue, text, &faults);
    kit_print(&faults);
    assert_non_null(*p);
    quo_effects_exponents(kit.catalogue, *p, e);
    quo_effects_apply(point, e, stand, x);
    quo_faults_free(&faults);
}

static double multiplier_of(const char *answers, enum quo_peril peril, enum quo_channel channel)
{
    double x[QUO_CONTROLS_MAX];
    struct quo_exponents e;
    struct quo_protocol *p;
    exponents_of(answers, x, &e, &p);
    const double m = quo_effects_multiplier(point, peril, channel, x);
    quo_protocol_free(p);
    return m;
}

static void one_control_by_hand(void **state)
{
    (void)state;
    /* CE-02 on code_bug: PERT(0.60, 0.80, 0.95) has mean 0.7916667. Level 3: g = 0.8; evidence 3: e = 0.95; coverage 0.5;
     * reliability 0.9: 0.7916667^(0.8 x 0.95 x 0.5 x 0.9) = 0.7916667^0.342 = 0.92321 */
    const double mean = (0.60 + 4 * 0.80 + 0.95) / 6.0;
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 3; evidence = 3; coverage = 0.5; reliability = 0.9; }",
                            QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.342), 1e-14, "CE-02 with everything said");
    check_rel(pow(mean, 0.342), 0.92321, 5e-6, "the same, printed digits");
    /* Nothing said of reliability: 0.6, for no variance control is in place. */
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }", QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.6), 1e-14, "CE-02 at its best, unwatched");
    /* Evidence of 13 months: 1.0 - 0.15; of 25: 1.0 - 0.30. */
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; age_months = 13; }", QUO_CODE_BUG,
                            QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.6 * 0.85), 1e-14, "a year old");
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; age_months = 25; }", QUO_CODE_BUG,
                            QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.6 * 0.70), 1e-14, "two years old");
    /* Another peril, another channel: untouched. */
    assert_true(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }", QUO_KEY_COMPROMISE,
                              QUO_CHANNEL_FREQUENCY) == 1.0);
    assert_true(
        multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }", QUO_CODE_BUG, QUO_CHANNEL_SEVERITY) == 1.0);
}

static void variance_controls_raise_reliability(void **state)
{
    (void)state;
    const double mean = (0.60 + 4 * 0.80 + 0.95) / 6.0;
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }, { control = "
                            "\"PP-04\"; level = 4; evidence = 4; }",
                            QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.95), 1e-13, "PP-04: 0.60 to 0.95");
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }, { controls = "
                            "[\"PP-04\", \"PP-05\"]; level = 4; evidence = 4; }",
                            QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              mean, 1e-13, "PP-05: 0.05 more");
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; reliability = 0.5; }, "
                            "{ controls = [\"PP-04\", \"PP-05\"]; level = 4; evidence = "
                            "4; }",
                            QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              sqrt(mean), 1e-13, "what is said counts");
    check_rel(multiplier_of("{ control = \"CE-02\"; level = 4; evidence = 4; }, { control = \"PP-04\"; level = 4; "
                            "evidence = 4; coverage = 0.5; reliability = 0.4; }",
                            QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY),
              pow(mean, 0.60 + 0.35 * 0.5 * 0.4), 1e-13, "a check that is made two fifths of the time");
}

static void overlapping_controls_have_diminishing_returns(void **state)
{
    (void)state;
    /* CE-02 (mean 0.791667), CE-03 (0.741667), CE-06 (0.741667) at r = 1: strongest first, weights 1, 0.7, 0.49. */
    const double a = (0.5 + 4 * 0.75 + 0.95) / 6.0, b = (0.60 + 4 * 0.80 + 0.95) / 6.0;
    const double got = multiplier_of("{ controls = [\"CE-02\", \"CE-03\", \"CE-06\"]; level = 4; "
                                     "evidence = 4; reliability = 1.0; }",
                                     QUO_CODE_BUG, QUO_CHANNEL_FREQUENCY);
    check_rel(got, a * pow(a, 0.7) * pow(b, 0.49), 1e-13, "three on code_bug");
}

static void floors_hold_and_recovery_rises(void **state)
{
    (void)state;
    const char *all = "{ controls = [\"KM\",\"SD\",\"GA\",\"BR\",\"MO\",\"IR\",\"VI\",\"CE\",\"PP\"]; level = 4; "
                      "evidence = 4; }";
    double x[QUO_CONTROLS_MAX];
    struct quo_exponents e;
    struct quo_protocol *p;
    exponents_of(all, x, &e, &p);
    for (int peril = 0; peril < QUO_COVERED_PERILS; peril++)
        for (int k = 0; k < QUO_CHANNELS; k++) {
            const double m = quo_effects_multiplier(point, (enum quo_peril)peril, (enum quo_channel)k, x);
            if (k == QUO_CHANNEL_RECOVERY)
                assert_true(m >= 1.0);
            else
                assert_true(m >= kit.catalogue->floor[k] && m <= 1.0);
        }
    check_rel(quo_effects_multiplier(point, QUO_CODE_BUG, QUO_CHANNEL_RECOVERY, x), (1.2 + 4 * 1.6 + 2.5) / 6.0, 1e-13,
              "IR-04 alone");
    assert_true(quo_effects_multiplier(point, QUO_VENDOR_INFRASTRUCTURE, QUO_CHANNEL_FREQUENCY, x) ==
                0.05); /* six strong ones: the floor */
    quo_protocol_free(p);
}

static void unknown_is_level_0_and_not_applicable_drops_out(void **state)
{
    (void)state;
    double x[QUO_CONTROLS_MAX];
    struct quo_exponents e;
    struct quo_protocol *p;
    exponents_of("{ control = \"CE-02\"; level = \"unknown\"; }, { control = \"CE-03\"; "
                 "not_applicable = true; reason = \"no code\"; }",
                 x, &e, &p);
    const int unknown = quo_catalogue_control(kit.catalogue, "CE-02"),
              out = quo_catalogue_control(kit.catalogue, "CE-03");
    assert_true(x[unknown] == 0.0 && x[out] == 0.0);
    assert_true(!e.out[unknown] && e.out[out] && e.not_applicable[out]);
    unsigned char stand[QUO_CONTROLS_MAX];
    memset(stand, QUO_STAND_BEST, sizeof stand);
    quo_effects_apply(point, &e, stand, x);
    assert_true(x[unknown] == 1.0 && x[out] == 0.0);
    quo_protocol_free(p);
}

static double delay_of(const char *answer)
{
    double x[QUO_CONTROLS_MAX];
    struct quo_exponents e;
    struct quo_protocol *p;
    const struct quo_input *input;
    exponents_of(answer, x, &e, &p);
    const int control = quo_catalogue_input(kit.catalogue, "delay_hours", &input);
    const double hours = quo_effects_input(kit.catalogue, &e, control, input, QUO_STAND_OWN);
    quo_protocol_free(p);
    return hours;
}

static void weak_claims_of_a_mechanism_are_blended(void **state)
{
    (void)state;
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 2; }"), 24.0, 1e-15, "shown");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 1; }"), 0.65 * 24.0 + 0.35 * 3.0, 1e-15,
              "on paper: level 1 for the rest");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 0; }"), 0.5 * 24.0, 1e-15,
              "asserted: level 0 for the rest");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 3; coverage = 0.5; }"), 12.0, 1e-15,
              "half covered");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 3; coverage = 0.5; reliability = 0.25; }"), 3.0,
              1e-15, "half covered, a quarter of the time");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 3; reliability = 0.25; }"), 6.0, 1e-15,
              "a quarter of the time");
    check_rel(delay_of("{ control = \"GA-01\"; level = 2; evidence = 3; age_months = 30; }"), 0.7 * 24.0 + 0.3 * 3.0,
              1e-15, "shown long ago");
    assert_true(delay_of("{ control = \"GA-02\"; level = 2; evidence = 3; }") == 0.0);
}

static void draws_follow_their_pert_law(void **state)
{
    (void)state;
    const struct quo_effect *effect = &kit.catalogue->control[quo_catalogue_control(kit.catalogue, "KM-03")].effect[0];
    const double mean = quo_effects_pert_mean(effect), range = effect->high - effect->low;
    check_rel(mean, (0.10 + 1.0 + 0.55) / 6.0, 1e-15, "mean");
    /* Variance of a PERT: (mean - low)(high - mean)/7. */
    const double variance = (mean - effect->low) * (effect->high - mean) / 7.0;
    double sum = 0.0, squares = 0.0;
    const int n = 20000;
    for (int i = 0; i < n; i++) {
        const double d = quo_effects_pert_draw(effect, 5, (uint64_t)i, 7);
        assert_true(d >= effect->low && d <= effect->high);
        sum += d;
        squares += (d - mean) * (d - mean);
    }
    assert_true(fabs(sum / n - mean) < 4.0 * sqrt(variance / n));
    assert_true(fabs(squares / n - variance) < 0.04 * variance);
    assert_true(quo_effects_pert_draw(effect, 5, 3, 7) == quo_effects_pert_draw(effect, 5, 3, 7));
    assert_true(quo_effects_pert_draw(effect, 5, 3, 7) != quo_effects_pert_draw(effect, 5, 4, 7));
    assert_true(range > 0.0);
}

static void a_drawn_table_is_addressed(void **state)
{
    (void)state;
    struct quo_effects *a, *b, *c;
    assert_int_equal(quo_effects_new(kit.catalogue, 9, 17, &a), QUO_OK);
    assert_int_equal(quo_effects_new(kit.catalogue, 9, 17, &b), QUO_OK);
    assert_int_equal(quo_effects_new(kit.catalogue, 9, 18, &c), QUO_OK);
    int differ = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        for (size_t i = 0; i < a->count[p][QUO_CHANNEL_FREQUENCY]; i++) {
            const size_t at = a->first[p][QUO_CHANNEL_FREQUENCY] + i;
            assert_true(a->entry[at].log_m4 == b->entry[at].log_m4 && a->entry[at].log_m4 <= 0.0);
            differ += a->entry[at].log_m4 != c->entry[at].log_m4;
        }
    assert_true(differ > 20);
    quo_effects_free(a);
    quo_effects_free(b);
    quo_effects_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_control_by_hand),
        cmocka_unit_test(variance_controls_raise_reliability),
        cmocka_unit_test(overlapping_controls_have_diminishing_returns),
        cmocka_unit_test(floors_hold_and_recovery_rises),
        cmocka_unit_test(unknown_is_level_0_and_not_applicable_drops_out),
        cmocka_unit_test(weak_claims_of_a_mechanism_are_blended),
        cmocka_unit_test(draws_follow_their_pert_law),
        cmocka_unit_test(a_drawn_table_is_addressed),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
