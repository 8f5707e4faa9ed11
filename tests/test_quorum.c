/* Signer sets, written out and implied, as rates: against the closed forms of one signer and of alike ones. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/kofn.h"
#include "risk/controls/quorum.h"
#include "risk/controls/scale.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static unsigned char stand[QUO_CONTROLS_MAX];
static struct quo_exponents exponents;

static struct quo_quorum quorum_of(const char *body)
{
    char text[2048];
    struct quo_view view = {0};
    struct quo_quorum_set work = {0};
    struct quo_quorum out;
    struct quo_faults faults;
    quo_faults_init(&faults);
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e8; %s };", body);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    kit_print(&faults);
    assert_non_null(p);
    quo_faults_free(&faults);
    quo_effects_exponents(kit.catalogue, p, &exponents);
    view.inputs = &kit.scale->inputs;
    view.effects = kit.scale->effects;
    view.protocol = p;
    view.exponents = &exponents;
    view.stand = stand;
    quo_effects_apply(kit.scale->effects, &exponents, stand, view.x);
    assert_int_equal(quo_quorum_all(&view, &work, &out), QUO_OK);
    quo_quorum_free(&work);
    quo_protocol_free(p);
    return out;
}

#define UNSEEN 2e-4
#define BASE 6e-3 /* vendor_base_rate */
#define ONE(extra)                                                                                                     \
    "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; threshold = 1; signers = "                     \
    "( { id = \"a\"; " extra " } ); } );"

static void one_signer_is_his_own_rate(void **state)
{
    (void)state;
    check_rel(quorum_of(ONE("storage = \"hardware_wallet\";")).keys, 0.025 + UNSEEN, 1e-12, "hardware wallet");
    check_rel(quorum_of(ONE("compromise_rate = 0.3;")).keys, 0.3 + UNSEEN, 1e-12, "a rate said");
    check_rel(quorum_of(ONE("")).keys, 0.06 + UNSEEN, 1e-12, "nothing said: software");
    /* KM-02 level 4 on evidence 4 and r = 0.6: mean multiplier (0.05 + 0.60 + 0.40)/6 = 0.175. */
    check_rel(quorum_of(ONE("") "answers = ( { control = \"KM-02\"; level = 4; evidence = 4; } );").keys,
              0.06 * pow(0.175, 0.6) + UNSEEN, 1e-12, "nothing said, KM-02 at its best");
    check_rel(quorum_of(ONE("storage = \"hsm\";") "answers = ( { control = \"KM-02\"; level = 4; "
                                                  "evidence = 4; } );")
                  .keys,
              0.015 + UNSEEN, 1e-12, "a storage that is written out is not KM-02's");
    /* SD-05 works on keys that people sign with, VI-01 on those behind an account. */
    const double sd05 = (0.30 + 4 * 0.5 + 0.85) / 6.0, vi01 = (0.02 + 4 * 0.10 + 0.30) / 6.0;
    const char *both = "answers = ( { controls = [\"SD-05\", \"VI-01\"]; level = 4; evidence = 4; } );";
    char body[512];
    snprintf(body, sizeof body, "%s%s", ONE("storage = \"hardware_wallet\";"), both);
    check_rel(quorum_of(body).keys, 0.025 * pow(sd05, 0.6) + UNSEEN, 1e-12, "person");
    snprintf(body, sizeof body, "%s%s", ONE("storage = \"cloud_kms\";"), both);
    check_rel(quorum_of(body).vendor, 0.025 * pow(vi01, 0.6) + BASE, 1e-12, "account");
    check_rel(quorum_of(body).keys, UNSEEN, 1e-12, "what is stolen through an account is a vendor's");
    snprintf(body, sizeof body, "%s%s", ONE("storage = \"hsm\";"), both);
    check_rel(quorum_of(body).keys, 0.015 + UNSEEN, 1e-12, "neither");
}

static void a_set_nobody_wrote_out_is_implied(void **state)
{
    (void)state;
    const struct quo_quorum nothing = quorum_of("");
    check_rel(nothing.keys, 0.06 + UNSEEN, 1e-12, "1 of 1 on software");
    check_rel(nothing.admin, 0.06 + UNSEEN, 1e-12, "the same for configuration");
    assert_true(nothing.messages == 0.0);
    const struct quo_quorum bridge = quorum_of("bridge = true;");
    check_rel(bridge.messages, 0.06 + UNSEEN, 1e-12, "one verifier");
    /* 0.5 campaigns a year, 0.9 of them behind a spoofed page: 0.5 (0.1 x 0.05 + 0.9 x 0.5). */
    check_rel(nothing.deceived, 0.5 * (0.1 * 0.05 + 0.9 * 0.5) + UNSEEN, 1e-12, "deceived");
    check_rel(nothing.vendor, BASE, 1e-12, "no vendor is named");
}

/* 3 of 5 hardware wallets that say nothing of what they share: beta 0.9 of SD-02 at level 0, SD-03 unknown. */
static void the_unsaid_share_a_common_cause(void **state)
{
    (void)state;
    const char *set = "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; threshold = 3; signers "
                      "= ("
                      "{ id = \"a\"; storage = \"hsm\"; }, { id = \"b\"; storage = \"hsm\"; }, { id = \"c\"; "
                      "storage = \"hsm\"; },"
                      "{ id = \"d\"; storage = \"hsm\"; }, { id = \"e\"; storage = \"hsm\"; } ); } );";
    const double pi = -expm1(-0.015 - 0.9 * 0.015);
    const double tail = quo_kofn_tail((double[]){pi, pi, pi, pi}, 4, 2);
    check_rel(quorum_of(set).keys, 0.9 * 0.015 + 5.0 * 0.015 * tail + UNSEEN, 1e-9, "shock on top of own events");
    char body[1024];
    snprintf(body, sizeof body, "%s answers = ( { control = \"SD-02\"; level = 4; evidence = 4; } );", set);
    const double beta = 0.035, pi4 = -expm1(-0.015 * (1.0 + beta));
    check_rel(quorum_of(body).keys,
              beta * 0.015 + 5.0 * 0.015 * quo_kofn_tail((double[]){pi4, pi4, pi4, pi4}, 4, 2) + UNSEEN, 1e-9,
              "SD-02 at its best");
}

static void reach_scales_and_pausers_do_not_count(void **state)
{
    (void)state;
    check_rel(quorum_of("signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; "
                        "threshold = 1; reach_share = 0.1; signers = ( { id = \"a\"; storage = "
                        "\"hsm\"; groups = []; } ); } );")
                  .keys,
              0.1 * 0.015 + UNSEEN, 1e-12, "a tenth");
    check_rel(quorum_of("signer_sets = ( { id = \"s\"; purpose = [\"pause\"]; threshold = 1; "
                        "signers = ( { id = \"a\"; storage = \"hsm\"; } ); } );")
                  .keys,
              0.06 + UNSEEN, 1e-12, "who can only pause holds no key to the money");
}

static void a_groups_own_numbers_replace_its_kinds(void **state)
{
    (void)state;
    const char *set = "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"configure\"]; "
                      "threshold = 2; signers = ("
                      "{ id = \"a\"; compromise_rate = 0.0; groups = [\"org:x\"]; }, { id = \"b\"; "
                      "compromise_rate = 0.0; groups = [\"org:x\"]; } ); } );";
    char body[1024];
    /* Both fall in one shock; or one in this shock and the other already: s [q^2 + 2 q (1 - q) pi + ...]. With q = 1 it is s. */
    snprintf(body, sizeof body, "%s groups = ( { id = \"org:x\"; shock_rate = 0.04; lethality = 1.0; } );", set);
    struct quo_faults faults;
    quo_faults_init(&faults);
    char text[1200];
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e8; %s };", body);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults); /* warns: all of n */
    assert_non_null(p);
    quo_protocol_free(p);
    quo_faults_free(&faults);
    check_rel(quorum_of(body).keys, 0.04 + UNSEEN, 1e-12, "a sure shock");
    const double plain = quorum_of(set).keys - UNSEEN, q = 0.5, s = 0.010, pi = -expm1(-s * q);
    /* K after the shock is 2: both struck, or one struck and the other down before. */
    check_rel(plain, s * (q * q + 2.0 * q * (1.0 - q) * pi), 1e-9, "the kind's numbers");
}

/* One event is one peril's: the parts of a set's rate go where they belong, and add up. */
static void vendors_events_are_told_apart(void **state)
{
    (void)state;
#define PAIR(purpose)                                                                                                  \
    "signer_sets = ( { id = \"s\"; purpose = [" purpose "]; threshold = 2; signers = ("                                \
    "{ id = \"a\"; storage = \"cloud_kms\"; groups = [\"cloud:c\", \"org:o\"]; },"                                     \
    "{ id = \"b\"; storage = \"hsm\"; groups = [\"cloud:c\"]; },"                                                      \
    "{ id = \"c\"; storage = \"hardware_wallet\"; groups = [\"org:o\"]; } ); } );"
    const struct quo_quorum mover = quorum_of(PAIR("\"move\", \"configure\"")),
                            both = quorum_of("bridge = true;" PAIR("\"move\", \"configure\", \"bridge_messages\"")),
                            verifier = quorum_of("bridge = true;" PAIR("\"bridge_messages\"")),
                            plain = quorum_of(PAIR("\"configure\""));
#undef PAIR
    assert_true(mover.vendor > BASE && mover.keys > UNSEEN);
    /* admin_abuse counts the whole rate, whatever starts it. */
    check_rel(mover.keys + mover.vendor - BASE, mover.admin, 1e-12, "the parts are the whole");
    check_rel(both.keys, mover.keys, 1e-12, "who attests too: the keys");
    check_rel(both.messages - UNSEEN, mover.vendor - BASE, 1e-12, "and the vendors");
    check_rel(both.vendor, BASE, 1e-12, "once");
    check_rel(verifier.messages, mover.admin, 1e-12, "who only attests: all of it");
    check_rel(plain.keys, 0.06 + UNSEEN, 1e-12, "who only configures holds no keys to the money");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_signer_is_his_own_rate),
        cmocka_unit_test(a_set_nobody_wrote_out_is_implied),
        cmocka_unit_test(the_unsaid_share_a_common_cause),
        cmocka_unit_test(reach_scales_and_pausers_do_not_count),
        cmocka_unit_test(a_groups_own_numbers_replace_its_kinds),
        cmocka_unit_test(vendors_events_are_told_apart),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
