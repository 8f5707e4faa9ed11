/* The examples load as they stand; each fault of a changed one is told at its line; contradictions are warned by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/protocol.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static char *example;

static int open_kit(void **state)
{
    (void)state;
    kit_open(&kit);
    example = kit_file("fixtures/examples/bridge.protocol.cfg");
    return 0;
}

static int close_kit(void **state)
{
    (void)state;
    kit_close(&kit);
    free(example);
    return 0;
}

static void the_example_loads_as_it_stands(void **state)
{
    (void)state;
    static const char *const paths[] = {"fixtures/examples/bridge.protocol.cfg", "fixtures/examples/bridge.policy.cfg"};
    for (int i = 0; i < 2; i++) { /* alone, and inside of a policy */
        struct quo_protocol *p;
        struct quo_faults faults;
        quo_faults_init(&faults);
        assert_int_equal(quo_protocol_load(paths[i], kit.catalogue, &p, &faults), QUO_OK);
        kit_print(&faults);
        assert_int_equal(faults.n, 0);
        assert_string_equal(p->id, "example-bridge");
        assert_true(p->bridge && p->exposure_usd == 180e6);
        assert_int_equal(p->n_answers, 7);
        const struct quo_answer *a = quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "MO-01"));
        assert_true(a && a->level == 2 && a->evidence == 2 && a->coverage == 0.8 && isnan(a->reliability));
        assert_null(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "MO-02")));
        assert_int_equal(p->n_signer_sets, 2);
        const struct quo_signer_set *set = &p->signer_set[0];
        assert_int_equal(set->powers, QUO_POWER_MOVE | QUO_POWER_UPGRADE);
        assert_true(set->threshold == 3 && set->n_signers == 5 && set->n_group_names == 6 && set->reach_share == 0.9);
        assert_string_equal(set->group_name[set->signer[3].group[1]], "device:brand-a");
        assert_true(p->n_delays == 1 && p->delay[0].delay_hours == 24.0 && p->delay[0].veto == QUO_VETO_GUARDIAN);
        assert_true(p->n_caps == 1 && p->cap[0].per_hour_usd == 5e6 && p->cap[0].burst_usd == 2e6 &&
                    isinf(p->cap[0].hard_usd));
        assert_true(p->has_governance && p->snapshot && p->extractable_usd == 90e6 && isnan(p->bribe_cost_usd));
        assert_true(p->n_dependencies == 3 && p->n_collateral == 1 && p->has_history && p->history_years == 2.5);
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

static void each_fault_is_told_at_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } wrong[] = {
        {"control = \"KM-02\"", "control = \"KM-20\"", "unknown control 'KM-20'"},
        {"control = \"SD-04\"", "control = \"KM-02\"", "KM-02 is answered twice"},
        {"level = 2; evidence = 1", "level = 7; evidence = 1", "7"},
        {"level = 2; evidence = 1", "level = 2; evidence = 9", "9"},
        {"level = 2; evidence = 1", "level = 2.5; evidence = 1", "level"},
        {"level = 2; evidence = 1", "level = \"high\"; evidence = 1", "level \"high\""},
        {"level = 2; evidence = 1", "evidence = 1", "without a level"},
        {"level = 2; evidence = 1", "not_applicable = true", "reason"},
        {"control = \"KM-02\"", "controls = [ ]", "an answer for no control"},
        {"control = \"KM-02\"", "controls = [\"PP\", \"CE\", \"PP\"]", "domain PP is answered twice"},
        {"control = \"KM-02\"", "control = 5", "not a text"},
        {"coverage = 0.8", "coverage = 1.8", "1.8"},
        {"reliability = 0.9", "reliability = -0.1", "-0.1"},
        {"exposure_usd = 180e6", "exposure_usd = -180e6", "-180000000"},
        {"exposure_usd = 180e6", "exposure_usd = 1e300", "exposure_usd"},
        {"exposure_usd = 180e6", "exposure_usd = 1e400", "1e400"},
        {"exposure_usd = 180e6", "exposure_usd = nan", ""},
        {"exposure_usd = 180e6", "exposure_us = 180e6", "unknown setting 'exposure_us'"},
        {"exposure_usd = 180e6", "exposure_usd = 180e6; exit_liquidity_usd = 0", "nothing can be gained"},
        {"exposure_usd = 180e6", "exposure_usd = 180e6; exit_liquidity_usd = 0.5", "leave it out for no bound"},
        {"bridge = true", "bridge = \"yes\"", "bridge"},
        {"threshold = 3", "threshold = 6", "threshold 6 of 5 signers"},
        {"threshold = 3", "threshold = 0", "0"},
        {"threshold = 3", "threshold = -1", "-1"},
        {"reach_share = 0.9", "reach_share = 1.9", "1.9"},
        {"storage = \"hsm\"", "storage = \"hms\"", "unknown storage 'hms'"},
        {"purpose = [\"move\", \"upgrade\"]", "purpose = [\"move\", \"upgarde\"]", "upgrade"},
        {"purpose = [\"move\", \"upgrade\"]", "purpose = [ ]", "no power is named"},
        {"id = \"ops-2\"", "id = \"ops-1\"", "signer 'ops-1' stands twice"},
        {"id = \"verifiers\"", "id = \"treasury\"", "signer set 'treasury' stands twice"},
        {"\"site:berlin\"]", "\"berlin\"]", "group 'berlin' has no kind"},
        {"\"site:berlin\"]", "\"device:brand-a\"]", "group 'device:brand-a' stands twice"},
        {"delay_hours = 24.0", "delay_hours = 1e9", "delay_hours"},
        {"veto = \"guardian\"", "veto = \"gardian\"", "guardian"},
        {"per_hour_usd = 5e6; burst_usd = 2e6; ", "", "limits nothing"},
        {"per_hour_usd = 5e6", "per_hour_usd = -5e6", "-5000000"},
        {"capture_cost_usd = 60e6; ", "", "capture_cost_usd"},
        {"incidents = 0", "incidents = -1", "-1"},
        {"years = 2.5", "years = 2500", "2500"},
        {"years = 2.5; incidents = 0", "years = 0.0; incidents = 3", "3 incidents in no time"},
        {"kind = \"rpc\"; vendor = \"provider-x\"", "kind = \"cloud\"; vendor = \"aws\"", "stands twice"},
        {"collateral_in = (", "groups = ( { id = \"org:nobody\"; lethality = 1.0; } ); collateral_in = (",
         "no signer is in group"},
        {"collateral_in = (",
         "groups = ( { id = \"org:foundation\"; within = \"org:foundation\"; } ); collateral_in = (",
         "group 'org:foundation' lies within itself"},
        {"collateral_in = (",
         "groups = ( { id = \"org:foundation\"; within = \"org:labs\"; }, { id = \"org:labs\"; within "
         "= \"org:foundation\"; } ); collateral_in = (",
         "group 'org:labs' lies within itself"},
        {"collateral_in = (", "groups = ( { id = \"org:foundation\"; within = \"holding\"; } ); collateral_in = (",
         "group 'holding' has no kind"},
        {"capture_cost_usd = 60e6; ", "votes = { supply = 1e9; price_usd = 0.1; }; ", "quorum_share"},
        {"capture_cost_usd = 60e6; ", "votes = { supply = 1e9; price_usd = 0.1; quorum_share = 0.0; }; ",
         "a vote that needs no votes"},
        {"capture_cost_usd = 60e6; ", "votes = { supply = 1e9; price_usd = 0.1; quorum_share = 1.4; }; ", "1.4"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quo_faults faults;
        int line;
        quo_faults_init(&faults);
        char *text = kit_change(example, wrong[i].from, wrong[i].to, &line);
        struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
        if (p ||
            !(kit_told(&faults, wrong[i].words, line, false) || kit_told(&faults, wrong[i].words, line - 1, false))) {
            kit_print(&faults);
            fail_msg("'%s' is not refused with '%s' at line %d", wrong[i].to, wrong[i].words, line);
        }
        quo_protocol_free(p);
        quo_faults_free(&faults);
        free(text);
    }
}

static void all_faults_are_told_together(void **state)
{
    (void)state;
    struct quo_faults faults;
    int line[3];
    quo_faults_init(&faults);
    char *a = kit_change(example, "control = \"GA-01\"", "control = \"GA-O1\"", &line[0]);
    char *b = kit_change(a, "threshold = 2", "threshold = 20", &line[1]);
    char *c = kit_change(b, "share = 1.0; } );", "share = 2.0; } );", &line[2]);
    assert_null(kit_protocol(kit.catalogue, c, &faults));
    assert_true(kit_told(&faults, "GA-01", line[0], false));
    assert_true(kit_told(&faults, "threshold 20 of 3", line[1], false));
    assert_true(kit_told(&faults, "share", line[2], false));
    assert_int_equal(quo_faults_refusals(&faults), 3);
    quo_faults_free(&faults);
    free(a);
    free(b);
    free(c);
}

static char *many_signers(int n)
{
    char *text = malloc(200 + 60 * (size_t)n), *at = text;
    at += sprintf(at, "protocol = { id = \"many\"; exposure_usd = 1e6;\nsigner_sets = ( { id = "
                      "\"s\"; purpose = [\"move\"]; threshold = 2; signers = (");
    for (int i = 0; i < n; i++)
        at += sprintf(at, "%s{ id = \"k%d\"; storage = \"hsm\"; }", i ? ",\n" : "", i);
    strcpy(at, "); } ); };");
    return text;
}

static void at_most_256_signers(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    char *text = many_signers(256);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    assert_non_null(p);
    assert_int_equal(p->signer_set[0].n_signers, 256);
    quo_protocol_free(p);
    free(text);
    text = many_signers(257);
    assert_null(kit_protocol(kit.catalogue, text, &faults));
    assert_true(kit_told(&faults, "257 signers", 2, false));
    free(text);
    quo_faults_free(&faults);
}

static void lists_have_their_bounds(void **state)
{
    (void)state;
    struct quo_faults faults;
    char *text = malloc(32768), *at = text;
    quo_faults_init(&faults);
    at += sprintf(at, "protocol = { id = \"many\"; exposure_usd = 1e6;\ncaps = (");
    for (int i = 0; i < 65; i++)
        at += sprintf(at, "%s{ id = \"c%d\"; powers = [\"move\"]; hard_usd = 1; }", i ? "," : "", i);
    at += sprintf(at, ");\nsigner_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; "
                      "signers = ( { id = \"a\"; groups = [");
    for (int i = 0; i < 200; i++)
        at += sprintf(at, "%s\"org:%d\"", i ? "," : "", i);
    at += sprintf(at, "]; }, { id = \"b\"; groups = [");
    for (int i = 0; i < 200; i++)
        at += sprintf(at, "%s\"site:%d\"", i ? "," : "", i);
    strcpy(at, "]; } ); } ); };");
    assert_null(kit_protocol(kit.catalogue, text, &faults));
    assert_true(kit_told(&faults, "65 caps", 2, false));
    assert_true(kit_told(&faults, "group 'site:56' is one too many", 3, false));
    assert_int_equal(quo_faults_refusals(&faults), 2);
    quo_faults_free(&faults);
    free(text);
}

/* A short protocol with something in it, and the warning that it must give. */
static void contradictions_are_warned_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *body, *words;
    } odd[] = {
        {"answers = ( { control = \"KM-06\"; level = 0; evidence = 3; } ); caps = ( { id = "
         "\"exit\"; powers = [\"move\"]; per_hour_usd = 400.0; } );",
         "KM-06 says that more than half of the value can be moved at once, cap 'exit' lets 0.96 % "
         "out in a day"},
        {"answers = ( { control = \"KM-06\"; level = 0; evidence = 3; }, { control = \"GA-06\"; "
         "level = 4; evidence = 3; } );",
         "GA-06 level 4 that at most 1 % leaves in a day"},
        {"hot_share = 0.1; answers = ( { control = \"KM-06\"; level = 0; evidence = 3; } );",
         "hot_share 0.1 contradicts KM-06 level 0"},
        {"hot_share = 0.8; answers = ( { control = \"GA-06\"; level = 4; evidence = 3; } );",
         "hot_share 0.8 says that more than half of the value can be moved at once, GA-06 level 4"},
        {"bridge = true; answers = ( { control = \"KM-06\"; level = 0; evidence = 3; }, { control = \"BR-04\"; "
         "level = 4; evidence = 3; } );",
         "KM-06 says that more than half of the value can be moved at once, BR-04 level 4 that at most 1 % leaves in a "
         "day"},
        {"bridge = true; hot_share = 0.6; caps = ( { id = \"route\"; powers = [\"bridge_messages\"]; hard_usd = 1e4; } "
         ");",
         "hot_share 0.6 says that more than half of the value can be moved at once, cap 'route' lets 1 %"},
#define NTH(n) "{ id = \"" n "\"; powers = [\"move\"]; hard_usd = 5e5; }"
        {"caps = (" NTH("a") "," NTH("b") "," NTH("c") "," NTH("d") "," NTH("e") "," NTH("f") "," NTH("g") "," NTH("h") ");",
         "8 caps; where more than 12 bind on one peril"},
#undef NTH
        {"answers = ( { control = \"GA-05\"; level = 3; not_applicable = true; reason = \"no votes\"; } );",
         "'protocol.answers.GA-05' has level 3 and is not applicable"},
        {"answers = ( { control = \"GA-01\"; level = 3; evidence = 3; } ); delays = ( { id = "
         "\"d\"; powers = [\"upgrade\"]; delay_hours = 2.0; } );",
         "GA-01 level 3 contradicts delay 'd'"},
        {"answers = ( { control = \"SD-01\"; level = 3; evidence = 3; } ); signer_sets = ( { id = "
         "\"s\"; purpose = [\"move\"]; threshold = 1; signers = "
         "( { id = \"a\"; } ); } );",
         "SD-01 level 3 asks for 4 signers, set 's' needs 1"},
        {"signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; signers = ( { id = "
         "\"a\"; } ); }, { id = \"t\"; purpose = [\"mint\"]; threshold = "
         "1; signers = ( { id = \"a\"; } ); } );",
         "signer 'a' is in two sets, 's' and 't'"},
        {"signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 2; signers = ( { id = "
         "\"a\"; }, { id = \"b\"; } ); } );",
         "all 2 signers are needed"},
        {"signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; reach_share = 0.25; signers = ( { id = "
         "\"a\"; } ); }, { id = \"t\"; purpose = [\"upgrade\"]; threshold = 1; reach_share = 0.125; signers = ( { id = "
         "\"b\"; } ); }, { id = \"u\"; purpose = [\"pause\"]; threshold = 1; signers = ( { id = \"c\"; } ); } );",
         "what moves, mints and upgrades reaches 37.5 % of the value"},
        {"answers = ( { control = \"BR-03\"; level = 2; evidence = 3; } );",
         "BR-03 is about bridges; this protocol is none"},
        {"signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; signers = ( { id = "
         "\"a\"; groups = [\"tribe:x\"]; } ); } );",
         "group 'tribe:x' is of no known kind"},
        {"signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; signers = ( { id = \"a\"; groups = "
         "[\"org:a\"]; } ); } ); groups = ( { id = \"org:a\"; within = \"org:typo\"; } );",
         "group 'org:typo' is known from nowhere else"},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[2048];
        struct quo_faults faults;
        quo_faults_init(&faults);
        snprintf(text, sizeof text, "protocol = { id = \"odd\"; exposure_usd = 1e6;\n%s };", odd[i].body);
        struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
        if (!p || quo_faults_refusals(&faults) || !kit_told(&faults, odd[i].words, 2, true)) {
            kit_print(&faults);
            fail_msg("no warning '%s'", odd[i].words);
        }
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

/* Where hot_share is said, it is what counts: KM-06 beside it says nothing of a cap. And what is no contradiction is not warned of. */
static void nothing_else_is_warned_of(void **state)
{
    (void)state;
    static const char *const fine[] = {
        "hot_share = 0.3; answers = ( { control = \"KM-06\"; level = 1; evidence = 3; }, { control = \"GA-06\"; level "
        "= 4; } );",
        "answers = ( { control = \"KM-06\"; level = 0; evidence = 3; }, { control = \"GA-06\"; level = 3; evidence = "
        "3; } );",
        "exit_liquidity_usd = 1e4;",
        "answers = ( { control = \"GA-05\"; level = \"unknown\"; not_applicable = true; reason = \"no votes\"; } );",
        "answers = ( { control = \"SD-02\"; level = 3; evidence = 3; reliability = 0.5; }, { control = \"SD-01\"; "
        "level = 3; } );",
        "caps = ( { id = \"c\"; powers = [\"mint\"]; per_hour_usd = 0; burst_usd = 1e5; } );"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        char text[512];
        struct quo_faults faults;
        quo_faults_init(&faults);
        snprintf(text, sizeof text, "protocol = { id = \"fine\"; exposure_usd = 1e6; %s };", fine[i]);
        struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
        kit_print(&faults);
        assert_true(p && faults.n == 0);
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

/* Who is in a group is in the one that it lies in, and in what that lies in; numbers of either may be said. */
static void members_of_an_inner_group_are_in_the_outer(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p =
        kit_protocol(kit.catalogue,
                     "protocol = { id = \"p\"; exposure_usd = 1e8;\n"
                     "signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 2; signers = ("
                     "{ id = \"a\"; groups = [\"org:x\"]; }, { id = \"b\"; groups = [\"org:y\", \"device:d\"]; }, "
                     "{ id = \"c\"; groups = [\"org:all\", \"org:y\"]; }, { id = \"d\"; } ); } );\n"
                     "groups = ( { id = \"org:x\"; within = \"org:holding\"; }, { id = \"org:y\"; within = "
                     "\"org:holding\"; lethality = 0.9; }, { id = \"org:holding\"; within = \"org:all\"; shock_rate = "
                     "0.002; } ); };",
                     &faults);
    kit_print(&faults);
    assert_non_null(p);
    assert_int_equal(faults.n, 0);
    const struct quo_signer_set *set = &p->signer_set[0];
    static const char *const want[4] = {"org:x org:holding org:all ", "org:y device:d org:holding org:all ",
                                        "org:all org:y org:holding ", ""};
    for (size_t j = 0; j < 4; j++) {
        char got[128] = "";
        for (size_t k = 0; k < set->signer[j].n_groups; k++) {
            strcat(got, set->group_name[set->signer[j].group[k]]);
            strcat(got, " ");
        }
        assert_string_equal(got, want[j]);
    }
    assert_true(p->n_groups == 3 && p->group[2].shock_rate == 0.002);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

/* Votes give the costs that are not said; what is said stands. */
static void votes_have_their_price(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p =
        kit_protocol(kit.catalogue,
                     "protocol = { id = \"p\"; exposure_usd = 1e8; governance = { bribe_cost_usd = 1e6; snapshot = "
                     "true; votes = { supply = 1e9; price_usd = 0.5; quorum_share = 0.04; borrowable_share = 0.05; "
                     "borrow_rate = 0.1; bribe_yield = 0.3; }; }; };",
                     &faults);
    assert_non_null(p);
    check_rel(p->votes_needed, 4e7, 0.0, "votes");
    check_rel(p->capture_cost_usd, 2e7, 1e-14, "bought without price impact, nothing got back");
    check_rel(p->borrow_cost_usd, 2e7 * 0.1 * 7.0 / 365.25, 1e-14, "a week");
    check_rel(p->bribe_cost_usd, 1e6, 0.0, "said");
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static void one_answer_can_stand_for_several_controls(void **state)
{
    (void)state;
    static const char text[] = "protocol = { id = \"p\"; exposure_usd = 1; answers = (\n"
                               "{ controls = [\"KM\", \"SD-04\"]; level = 3; evidence = 2; note = \"all of it\"; },\n"
                               "{ control = \"KM-02\"; level = \"unknown\"; },\n"
                               "{ control = \"GA-05\"; not_applicable = true; reason = \"no votes\"; } ); };";
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    assert_non_null(p);
    assert_int_equal(p->n_answers, 8 + 1 + 1);
    assert_int_equal(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "KM-08"))->level, 3);
    assert_int_equal(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "KM-02"))->level, -1);
    assert_true(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "GA-05"))->not_applicable);
    assert_string_equal(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "SD-04"))->note, "all of it");
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static void files_that_are_none(void **state)
{
    (void)state;
    static const char *const paths[] = {"fixtures/examples/none.cfg", "fixtures/examples",
                                        "fixtures/market/market.cfg"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct quo_protocol *p;
        struct quo_faults faults;
        quo_faults_init(&faults);
        assert_int_equal(quo_protocol_load(paths[i], kit.catalogue, &p, &faults), QUO_REFUSED);
        assert_null(p);
        assert_true(faults.n > 0);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_loads_as_it_stands),
        cmocka_unit_test(each_fault_is_told_at_its_line),
        cmocka_unit_test(all_faults_are_told_together),
        cmocka_unit_test(at_most_256_signers),
        cmocka_unit_test(lists_have_their_bounds),
        cmocka_unit_test(contradictions_are_warned_by_name),
        cmocka_unit_test(nothing_else_is_warned_of),
        cmocka_unit_test(members_of_an_inner_group_are_in_the_outer),
        cmocka_unit_test(votes_have_their_price),
        cmocka_unit_test(one_answer_can_stand_for_several_controls),
        cmocka_unit_test(files_that_are_none),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
