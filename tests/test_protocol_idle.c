/* What counts for nothing, or for all, is told by name; what counts is not. */
#include <stdio.h>
#include <string.h>

#include "risk/controls/protocol.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

#define KEY(rest) "signer_sets = ( { id = \"s\"; purpose = [\"move\"]; threshold = 1; " rest " } );"

static const struct {
    const char *body, *words; /* one warning and no other */
} idle[] = {
    {"answers = ( { control = \"KM-02\"; level = 3; coverage = 0.0; } );",
     "with coverage 0 level 3 of KM-02 counts as level 0"},
    {"answers = ( { control = \"PP-04\"; level = 2; reliability = 0; } );",
     "with reliability 0 level 2 of PP-04 counts as level 0"},
    {"answers = ( { control = \"SD-01\"; level = 3; evidence = 3; coverage = 0.0; } );",
     "coverage of SD-01 counts for nothing"},
    {"delays = ( { id = \"d\"; powers = [\"pause\"]; delay_hours = 24.0; } );", "delay 'd' is on pausing alone"},
    {"delays = ( { id = \"d\"; powers = [\"bridge_messages\"]; delay_hours = 24.0; } );",
     "delay 'd' is on a bridge's messages; this protocol is no bridge"},
    {"delays = ( { id = \"d\"; powers = [\"upgrade\"]; delay_hours = 0; veto = \"guardian\"; } );",
     "delay 'd' of 0 hours stops nothing: its veto 'guardian' has no time"},
    {"delays = ( { id = \"d\"; powers = [\"move\", \"upgrade\", \"move\"]; delay_hours = 5; } );",
     "power 'move' stands twice in 'powers'"},
    {"caps = ( { id = \"c\"; powers = [\"mint\", \"mint\"]; hard_usd = 1e5; } );", "power 'mint' stands twice in 'powers'"},
    {"signer_sets = ( { id = \"s\"; purpose = [\"move\", \"move\"]; threshold = 1; signers = ( { id = \"a\"; } ); } );",
     "power 'move' stands twice in 'purpose'"},
    {"dependencies = ( { kind = \"moon\"; vendor = \"luna\"; } );",
     "dependency 'moon:luna' is of no known kind and counts as 'other'"},
    {"dependencies = ( { kind = \"clouds\"; vendor = \"aws\"; } );", "cloud, rpc, client, custody, ui, dns, verifier, other, library"},
    {"caps = ( { id = \"c\"; powers = [\"pause\"]; hard_usd = 1e5; } );", "cap 'c' is on pausing alone"},
    {"caps = ( { id = \"c\"; powers = [\"bridge_messages\", \"pause\"]; hard_usd = 1e5; } );",
     "cap 'c' is on a bridge's messages; this protocol is no bridge"},
    {"caps = ( { id = \"c\"; powers = [\"move\"]; hard_usd = 1e5; share = 0.0; } );", "cap 'c' guards nothing"},
    {"caps = ( { id = \"c\"; powers = [\"mint\"]; hard_usd = 0; } );", "cap 'c' lets nothing out, ever"},
    {"caps = ( { id = \"c\"; powers = [\"mint\"]; per_hour_usd = 0.0; } );", "cap 'c' lets nothing out, ever"},
    {"caps = ( { id = \"c\"; powers = [\"move\"]; hard_usd = 1e6; } );", "cap 'c' lets all of the value out"},
    {"caps = ( { id = \"c\"; powers = [\"move\"]; per_hour_usd = 2e6; } );", "lets all of the value out in an hour"},
    {"caps = ( { id = \"c\"; powers = [\"move\"]; hard_usd = 1e5; burst_usd = 5.0; } );",
     "burst_usd of cap 'c' counts for nothing without per_hour_usd"},
    {"caps = ( { id = \"c\"; powers = [\"move\"]; hard_usd = 1e5; window_hours = 24; } );",
     "window_hours of cap 'c' counts for nothing without per_hour_usd"},
    {"exit_liquidity_usd = 500.0;", "exit_liquidity_usd 500 leaves a thief 0.05 % of the value"},
    {"answers = ( { control = \"GA-05\"; not_applicable = true; reason = \"no votes\"; } ); governance = { "
     "capture_cost_usd = 1e5; };",
     "GA-05 is not applicable, and governance is written out"},
    {"governance = { capture_cost_usd = 0.0; };", "a quorum costs nothing"},
    {"governance = { capture_cost_usd = 1e5; extractable_usd = 0.0; };", "a vote can extract nothing"},
    {"governance = { capture_cost_usd = 1e5; extractable_usd = 2e6; };",
     "extractable_usd 2e+06 is above the exposure of 1e+06 USD"},
    {KEY("dwell_years = 0; signers = ( { id = \"a\"; } );"), "a stolen key of set 's' is said to be of no use"},
    {KEY("signers = ( { id = \"a\"; groups = [\"org:x\"]; } );") "groups = ( { id = \"org:x\"; lethality = 0.0; } );",
     "a shock to group 'org:x' is said to take nobody"},
};

static const char *const busy[] = {
    "answers = ( { control = \"KM-02\"; level = 0; coverage = 0.0; }, { control = \"SD-02\"; level = 3; reliability = "
    "0.5; },"
    "{ control = \"SD-01\"; level = 3; coverage = 1.0; } );",
    "bridge = true; delays = ( { id = \"d\"; powers = [\"bridge_messages\"]; delay_hours = 24.0; }, { id = \"e\"; "
    "powers = "
    "[\"pause\", \"move\"]; delay_hours = 2.0; } ); caps = ( { id = \"c\"; powers = [\"bridge_messages\"]; hard_usd = "
    "1e5; } );",
    "exit_liquidity_usd = 1e3;",
    "delays = ( { id = \"d\"; powers = [\"move\"]; delay_hours = 0.0; }, { id = \"e\"; powers = [\"mint\", \"move\"]; "
    "delay_hours = 0; veto = \"none\"; }, { id = \"f\"; powers = [\"upgrade\"]; delay_hours = 0.5; veto = \"guardian\"; } );",
    "dependencies = ( { kind = \"other\"; vendor = \"x\"; }, { kind = \"oracle\"; vendor = \"x\"; }, { kind = \"verifier\"; "
    "vendor = \"x\"; } );",
    "caps = ( { id = \"c\"; powers = [\"mint\"]; per_hour_usd = 0; burst_usd = 1e5; }, { id = \"d\"; powers = "
    "[\"move\"]; "
    "hard_usd = 999999.0; per_hour_usd = 1e5; window_hours = 24.0; } );",
    "governance = { capture_cost_usd = 1e5; extractable_usd = 1e6; borrow_cost_usd = 0.0; };",
};

static struct quo_protocol *read(const char *body, struct quo_faults *faults)
{
    char text[1024];
    quo_faults_init(faults);
    snprintf(text, sizeof text, "protocol = { id = \"idle\"; exposure_usd = 1e6;\n%s };", body);
    return kit_protocol(kit.catalogue, text, faults);
}

static void each_is_told_and_refuses_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        struct quo_faults faults;
        struct quo_protocol *p = read(idle[i].body, &faults);
        if (!p || faults.n != 1 || faults.warnings != 1 || !kit_told(&faults, idle[i].words, 2, true)) {
            kit_print(&faults);
            fail_msg("no warning '%s', or not that alone", idle[i].words);
        }
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

static void what_counts_is_not_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++) {
        struct quo_faults faults;
        struct quo_protocol *p = read(busy[i], &faults);
        kit_print(&faults);
        assert_true(p && faults.n == 0);
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_and_refuses_nothing),
        cmocka_unit_test(what_counts_is_not_told),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
