#include "check.h"
#include "policies/trigger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void indices_have_their_words_units_and_scales(void **state)
{
    (void)state;
    static const struct {
        enum quo_index index;
        const char *id;
        bool share, money;
        double scale; /* at an exposure of 180 M */
    } want[QUO_INDICES] = {
        {QUO_INDEX_LOSS_USD, "loss_usd", false, true, 1.0},
        {QUO_INDEX_LOSS_SHARE, "loss_share", true, false, 180e6},
        {QUO_INDEX_OUTAGE_HOURS, "outage_hours", false, false, 1.0},
        {QUO_INDEX_DEPEG_DEPTH, "depeg_depth", true, false, 180e6},
        {QUO_INDEX_SIGNER_EVENT, "signer_event", true, false, 1.0},
        {QUO_INDEX_UNBACKED_SHARE, "unbacked_share", true, false, 180e6},
        {QUO_INDEX_MARKET_LOSS, "market_loss", false, true, NAN},
    };
    for (int i = 0; i < QUO_INDICES; i++) {
        assert_int_equal(want[i].index, i);
        assert_string_equal(quo_index_id(want[i].index), want[i].id);
        assert_true(quo_index_is_share(want[i].index) == want[i].share &&
                    quo_index_is_money(want[i].index) == want[i].money);
        const double scale = quo_index_scale(want[i].index, 180e6);
        assert_true(isnan(want[i].scale) ? isnan(scale) : scale == want[i].scale);
    }
    assert_string_equal(quo_index_id(QUO_INDICES), "?");
    assert_true(isnan(quo_index_scale(QUO_INDICES, 1.0)));
}

static void seen_is_what_is_not_missed_and_meets_the_second(void **state)
{
    (void)state;
    struct quo_trigger trigger = {.missed_probability = 0.03};
    check_rel(quo_trigger_seen(&trigger), 0.97, 1e-15, "one condition");
    trigger.second_probability = 0.4; /* without has_second it is nothing */
    check_rel(quo_trigger_seen(&trigger), 0.97, 1e-15, "no second condition");
    trigger.has_second = true;
    check_rel(quo_trigger_seen(&trigger), 0.388, 1e-15, "two conditions");
}

/* Reads trigger and payout of a text, and tells how many faults that gave. */
static size_t read_both(const char *text, double limit, struct quo_trigger *trigger, struct quo_payout *payout,
                        bool *known)
{
    struct quo_faults faults;
    struct quo_config *config = NULL;
    quo_faults_init(&faults);
    assert_int_equal(quo_config_open_text(text, strlen(text), "t.cfg", &config, &faults), QUO_OK);
    const struct quo_setting *root = quo_config_root(config), *group = quo_setting_group(root, "trigger", true);
    *known = quo_trigger_read(group, trigger);
    quo_trigger_read_payout(quo_setting_group(root, "payout", true), trigger, limit, payout);
    quo_trigger_check_perils(group, trigger, 1u << QUO_SERVICE_OUTAGE);
    const size_t n = quo_faults_refusals(&faults);
    quo_config_close(config);
    quo_faults_free(&faults);
    free(trigger->source);
    return n;
}

static void the_rate_an_hour_is_money(void **state)
{
    (void)state;
    struct quo_trigger trigger;
    struct quo_payout payout;
    bool known;
    assert_int_equal(read_both("trigger = { index = \"outage_hours\"; source = \"s\"; waiting_hours = 8; };"
                               "payout = { shape = \"per_hour\"; per_hour = 25000; };",
                               1.8e6, &trigger, &payout, &known),
                     0);
    assert_true(known);
    check_rel(quo_payout_share(80.0, &payout), 1.0, 1e-12, "72 paid hours of 25,000 fill a limit of 1.8 M");
    check_rel(quo_payout_share(44.0, &payout), 0.5, 1e-12, "36 paid hours");
    assert_true(quo_payout_share(8.0, &payout) == 0.0);
}

static void an_unknown_index_is_told_once(void **state)
{
    (void)state;
    struct quo_trigger trigger;
    struct quo_payout payout;
    bool known = true;
    read_both("trigger = { index = \"outage\"; source = \"s\"; }; payout = { shape = \"binary\"; attach = 5; };", 1e6,
              &trigger, &payout, &known);
    assert_false(known);
    assert_false(quo_trigger_read(NULL, &trigger));
    assert_null(trigger.source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_have_their_words_units_and_scales),
        cmocka_unit_test(seen_is_what_is_not_missed_and_meets_the_second),
        cmocka_unit_test(the_rate_an_hour_is_money),
        cmocka_unit_test(an_unknown_index_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
