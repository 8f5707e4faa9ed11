#include "check.h"
#include "policies/policy.h"
#include "risk/base/date.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct quo_catalogue *catalogue;

static int load_catalogue(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    const enum quo_status status = quo_catalogue_load("fixtures/catalogue/controls.cfg", &catalogue, &faults);
    quo_faults_free(&faults);
    return status == QUO_OK ? 0 : -1;
}

static int free_catalogue(void **state)
{
    (void)state;
    quo_catalogue_free(catalogue);
    return 0;
}

static void the_example_loads_as_it_stands(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_policy *policy = NULL;
    const enum quo_status status = quo_policy_load("fixtures/examples/bridge.policy.cfg", catalogue, &policy, &faults);
    char text[512];
    if (faults.n)
        quo_fault_format(&faults.fault[0], text, sizeof text);
    if (status != QUO_OK || faults.n)
        fail_msg("status %d, %zu faults, the first: %s", status, faults.n, faults.n ? text : "none");
    quo_faults_free(&faults);
    assert_string_equal(policy->id, "EX-2026-0001");
    assert_string_equal(policy->insured, "Example Bridge Foundation");
    assert_string_equal(policy->currency, "USD");
    assert_int_equal(policy->term_days, 365);
    char day[11];
    quo_date_format(policy->inception, day);
    assert_string_equal(day, "2026-08-01");
    assert_string_equal(policy->protocol->id, "example-bridge");
    assert_int_equal(policy->n_covers, 2);
    assert_true(policy->annual_limit == 12e6);

    const struct quo_cover *theft = &policy->cover[0], *still = &policy->cover[1];
    const quo_peril_set stolen = 1u << QUO_KEY_COMPROMISE | 1u << QUO_SIGNER_SOCIAL_ENGINEERING |
                                 1u << QUO_ADMIN_ABUSE | 1u << QUO_BRIDGE_VALIDATION | 1u << QUO_VENDOR_INFRASTRUCTURE |
                                 1u << QUO_CODE_BUG;
    assert_int_equal(theft->perils, stolen);
    assert_int_equal(theft->trigger.index, QUO_INDEX_LOSS_SHARE);
    assert_string_equal(theft->trigger.source, "chain-analysis agent");
    assert_true(theft->trigger.observation_hours == 72.0 && theft->trigger.missed_probability == 0.03);
    assert_true(theft->trigger.false_alarm_per_year == 0.002 && theft->trigger.reporting_error == 0.15);
    assert_false(theft->trigger.has_second);
    assert_int_equal(theft->payout.shape, QUO_PAYOUT_LINEAR);
    assert_true(theft->payout.attach == 0.02 && theft->payout.exhaust == 0.2);
    assert_true(theft->event_limit == 10e6 && theft->annual_limit == 10e6 && theft->reinstatements == 0);
    assert_int_equal(still->perils, 1u << QUO_SERVICE_OUTAGE);
    assert_int_equal(still->payout.n_steps, 3);
    assert_true(still->payout.step[1].at == 48.0 && still->payout.step[1].pays == 0.6);
    assert_true(still->trigger.waiting_hours == 12.0 && isnan(still->trigger.reporting_error));
    assert_true(still->annual_limit == 4e6 && still->reinstatements == 1 && still->reinstatement_premium == 1.0);
    assert_int_equal(policy->clauses.state_actor, QUO_CLAUSE_5567);
    assert_true(policy->clauses.attribution && isnan(policy->clauses.state_clause_holds));
    assert_true(policy->clauses.secondary_losses && policy->clauses.secondary_sublimit == 1e6);
    assert_string_equal(quo_clauses_code(&policy->clauses), "LMA5567A");
    const struct quo_terms *terms = &policy->terms;
    assert_int_equal(terms->principle, QUO_PRINCIPLE_COST_OF_CAPITAL);
    assert_true(terms->rate == 0.12 && terms->level == 0.995 && terms->diversification == 0.35 && terms->tax == 0.0);
    assert_true(terms->expenses_fixed == 15000.0 && terms->expenses_share == 0.08 && terms->brokerage == 0.15);
    assert_true(terms->profit == 0.05 && terms->minimum_premium == 50000.0 && isnan(terms->uncertainty_quantile));
    quo_policy_free(policy);
}

/* A policy without a fault, one setting a line. */
static const char *const good =
    "policy = {\n"                                                                          /* 1 */
    "id = \"P-1\";\n"                                                                       /* 2 */
    "inception = \"2026-08-01\";\n"                                                         /* 3 */
    "term_days = 365;\n"                                                                    /* 4 */
    "currency = \"USD\";\n"                                                                 /* 5 */
    "protocol = { id = \"p\"; name = \"P\"; exposure_usd = 1e8; chain = \"ethereum\"; };\n" /* 6 */
    "covers = (\n"                                                                          /* 7 */
    "{ id = \"theft\";\n"                                                                   /* 8 */
    "perils = [\"key_compromise\", \"code_bug\"];\n"                                        /* 9 */
    "trigger = { index = \"loss_share\"; source = \"agent\"; observation_hours = 72; waiting_hours = 0; "
    "};\n"                                                               /* 10 */
    "payout = { shape = \"linear\"; attach = 0.02; exhaust = 0.2; };\n"  /* 11 */
    "event_limit = 10e6;\n"                                              /* 12 */
    "annual_limit = 20e6;\n"                                             /* 13 */
    "reinstatements = 1;\n"                                              /* 14 */
    "sublimits = ( { peril = \"code_bug\"; event_limit = 1e6; } ); },\n" /* 15 */
    "{ id = \"still\";\n"                                                /* 16 */
    "perils = [\"service_outage\"];\n"                                   /* 17 */
    "trigger = { index = \"outage_hours\"; source = \"probes\"; waiting_hours = 12; observation_hours = "
    "240; };\n"                                                              /* 18 */
    "payout = { shape = \"steps\"; steps = ( { at = 12.0; pays = 0.25; },\n" /* 19 */
    "{ at = 48; pays = 1; } ); };\n"                                         /* 20 */
    "event_limit = 2e6; }\n"                                                 /* 21 */
    ");\n"                                                                   /* 22 */
    "annual_limit = 25e6;\n"                                                 /* 23 */
    "clauses = { state_actor = \"none\"; };\n"                               /* 24 */
    "pricing = { principle = \"wang\"; lambda = 0.3; level = 0.99;\n"        /* 25 */
    "brokerage = 0.15; profit = 0.05; expenses_share = 0.08; };\n"           /* 26 */
    "};\n";

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("the text has no '%s'", from);
    char *out = malloc(strlen(text) + strlen(to) + 1);
    assert_non_null(out);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static enum quo_status read_text(const char *text, struct quo_policy **policy, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    quo_faults_init(faults);
    *policy = NULL;
    enum quo_status status = quo_config_open_text(text, strlen(text), "p.cfg", &config, faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, catalogue, policy, faults);
    quo_config_close(config);
    quo_faults_sort(faults);
    return status;
}

static const struct {
    const char *from, *to;
    int line;
    const char *says;
} bad[] = {
    {"policy = {", "polices = {", 0, "policy"},
    {"id = \"P-1\";", "id = 5;", 2, "id"},
    {"id = \"P-1\";", "", 1, "'id'"},
    {"id = \"P-1\";", "id = \"P-1\"; insuredd = \"x\";", 2, "insured"},
    {"2026-08-01", "2026-02-30", 3, "2026-02-30"},
    {"\"2026-08-01\"", "20260801", 3, "inception"},
    {"\"2026-08-01\"", "\"1926-08-01\"", 3, "before there was anything to insure"},
    {"\"2026-08-01\"", "\"2009-01-02\"", 3, "before there was anything to insure"},
    {"365", "0", 4, "term_days"},
    {"365", "146000", 4, "term_days"},
    {"365", "365.5", 4, "term_days"},
    {"\"USD\"", "\"usd\"", 5, "three capitals"},
    {"\"USD\"", "\"DOLLARS\"", 5, "three capitals"},
    {"\"USD\"", "\"EUR\"", 1, "usd_per_unit"},
    {"\"USD\";", "\"USD\"; usd_per_unit = 1.1;", 5, "a dollar is worth"},
    {"protocol = {", "protokol = {", 1, "protocol"},
    {"exposure_usd = 1e8", "exposure_usd = -1e8", 6, "exposure_usd"},
    {"id = \"still\"", "id = \"theft\"", 16, "line 8"},
    {"id = \"still\"", "id = \"st.ill\"", 16, "path"},
    {"\"code_bug\"]", "\"code_bugs\"]", 9, "did you mean 'code_bug'"},
    {"\"code_bug\"]", "\"volcano\"]", 9, "one of key_compromise, "},
    {"\"code_bug\"]", "\"insider_rug\"]", 9, "never covered"},
    {"\"code_bug\"]", "\"key_compromise\", \"code_bug\"]", 9, "twice"},
    {"[\"key_compromise\", \"code_bug\"]", "[]", 9, "no peril"},
    {"[\"key_compromise\", \"code_bug\"]", "\"code_bug\"", 9, "perils"},
    {"[\"key_compromise\", \"code_bug\"]", "\"[service_outage]\"", 9, "perils"},
    {"\"service_outage\"", "\"key_loss\"", 18, "does not fit peril 'key_loss'"},
    {"\"code_bug\"]", "\"service_outage\"]", 10, "measured in hours"},
    {"\"code_bug\"]", "\"all\"]", 9, "twice"},
    {"\"loss_share\"", "\"loss_shares\"", 10, "loss_share"},
    {"\"loss_share\"", "\"market_loss\"", 10, "121.667 of 72 hours fill the term"},
    {"\"loss_share\"", "\"market_loss\"", 15, "no payment for one of them"},
    {"source = \"agent\"; ", "", 10, "source"},
    {"waiting_hours = 0", "waiting_hours = 72", 10, "swallows"},
    {"waiting_hours = 0", "waiting_hours = -1", 10, "waiting_hours"},
    {"waiting_hours = 0", "missed_probability = 1.5", 10, "missed_probability"},
    {"waiting_hours = 0", "and = { index = \"loss_share\"; at = 0.1; probability = 0.5; }", 10, "same index"},
    {"waiting_hours = 0", "and = { index = \"loss_usd\"; at = 0.1; }", 10, "probability"},
    {"\"linear\"", "\"linaer\"", 11, "linear"},
    {"\"linear\"", "\"per_hour\"", 11, "not in hours"},
    {"attach = 0.02", "attach = 0.2", 11, "not below exhaust"},
    {"attach = 0.02", "attach = 0.9", 11, "not below exhaust"},
    {"attach = 0.02", "attach = \"low\"", 11, "attach"},
    {"exhaust = 0.2", "exhaust = 20", 11, "exhaust"},
    {"attach = 0.02; ", "", 11, "attach"},
    {"exhaust = 0.2; ", "exhaust = 0.2; franchise = -1; ", 11, "franchise"},
    {"event_limit = 10e6", "event_limit = -10e6", 12, "event_limit"},
    {"event_limit = 10e6", "event_limit = 1e18", 12, "event_limit"},
    {"event_limit = 10e6", "event_limit = 1e400", 12, "1e400"},
    {"event_limit = 10e6", "event_limit = nan", 12, ""},
    {"event_limit = 10e6", "event_limit = 10e6; event_deductible = 10e6", 12, "leaves nothing"},
    {"annual_limit = 20e6", "annual_limit = 9e6", 13, "below the event limit"},
    {"reinstatements = 1", "reinstatements = -1", 14, "reinstatements"},
    {"reinstatements = 1", "reinstatement_premium = 1.0", 14, "without reinstatements"},
    {"peril = \"code_bug\"", "peril = \"oracle_price_manipulation\"", 15, "which the cover does not name"},
    {"peril = \"code_bug\"", "peril = \"oracle\"", 15, "unknown peril"},
    {"{ peril = \"code_bug\"; event_limit = 1e6; }", "{ peril = \"code_bug\"; }", 15, "without an amount"},
    {"{ peril = \"code_bug\"; event_limit = 1e6; }",
     "{ peril = \"code_bug\"; event_limit = 1e6; }, { peril = \"code_bug\"; event_limit = 2e6; }", 15, "two sublimits"},
    {"event_limit = 1e6; } )", "event_limit = 1e6; annual_limit = 1e5; } )", 15, "below the event limit"},
    {"waiting_hours = 12", "waiting_hours = 240", 18, "swallows"},
    {"waiting_hours = 12", "waiting_hours = 24", 19, "inside the waiting period"},
    {"observation_hours = 240", "observation_hours = 40", 19, "observation window"},
    {"\"steps\"; steps", "\"steps\"; points", 19, "steps"},
    {"at = 48;", "at = 6;", 20, "out of order"},
    {"at = 48;", "at = 12;", 20, "out of order"},
    {"pays = 1;", "pays = 1.5;", 20, "pays"},
    {"pays = 1;", "pays = -0.1;", 20, "pays"},
    {"pays = 1;", "pays = 0.1;", 20, "pays"},
    {"{ id = \"still\";", "5, { id = \"still\";", 16, "not a group"},
    {"{ at = 48; pays = 1; }", "48", 20, "not a group"},
    {"annual_limit = 25e6", "annual_limit = 5e6", 23, "cover 'theft'"},
    {"\"none\"", "\"LMA5568A\"", 24, "LMA556"},
    {"\"none\"", "\"LMA5565A\"", 24, "state_sublimit"},
    {"\"none\";", "\"LMA5564A\"; state_sublimit = 1e6;", 24, "only LMA 5565"},
    {"\"none\";", "\"none\"; state_clause_holds = 0.5;", 24, "does not have"},
    {"\"none\";", "\"none\"; secondary_losses = { };", 24, "sublimit"},
    {"\"wang\"", "\"wangs\"", 25, "wang"},
    {"\"wang\"", "\"gut_feeling\"", 25, "gut_feeling"},
    {"lambda = 0.3", "lamda = 0.3", 25, "lambda"},
    {"lambda = 0.3", "rate = -0.1", 25, "rate"},
    {"lambda = 0.3", "junior_level = 0.999", 25, "junior"},
    {"lambda = 0.3", "uncertainty_quantile = 1.0", 25, "uncertainty_quantile"},
    {"level = 0.99", "level = 1.0", 25, "level 1"},
    {"level = 0.99", "level = 0.2", 25, "level 0.2"},
    {"brokerage = 0.15", "brokerage = 0.9", 25, "nothing is left"},
    {"profit = 0.05", "profit = -0.05", 26, "profit"},
};

static void every_fault_is_told_with_its_line(void **state)
{
    (void)state;
    struct quo_policy *policy;
    struct quo_faults faults;
    if (read_text(good, &policy, &faults) != QUO_OK || faults.n != 0)
        fail_msg("the good policy is refused: %s", faults.n ? faults.fault[0].text : "no word why");
    quo_faults_free(&faults);
    quo_policy_free(policy);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = replaced(good, bad[i].from, bad[i].to);
        assert_int_equal(read_text(text, &policy, &faults), QUO_REFUSED);
        assert_null(policy);
        bool found = false;
        char line[1024] = "";
        for (size_t f = 0; f < faults.n && !found; f++) {
            quo_fault_format(&faults.fault[f], line, sizeof line);
            found = (bad[i].line == 0 || faults.fault[f].line == bad[i].line) && strstr(line, bad[i].says);
            if (found && faults.fault[f].hint[0] == '\0')
                fail_msg("case %zu: '%s' says not what would be right", i, line);
        }
        if (!found)
            fail_msg("case %zu ('%s'): nothing about '%s' at line %d; the last of %zu: %s", i, bad[i].to, bad[i].says,
                     bad[i].line, faults.n, line);
        quo_faults_free(&faults);
        free(text);
    }
}

static void several_faults_are_told_together(void **state)
{
    (void)state;
    static const char *const change[][2] = {{"365", "0"},
                                            {"\"code_bug\"]", "\"code_bugs\"]"},
                                            {"attach = 0.02", "attach = 0.3"},
                                            {"at = 48;", "at = 6;"},
                                            {"level = 0.99", "level = 1.0"},
                                            {"\"none\"", "\"no\""}};
    static const int lines[] = {4, 9, 11, 20, 24, 25};
    char *text = replaced(good, "id = \"P-1\"", "id = \"P-2\"");
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        char *next = replaced(text, change[i][0], change[i][1]);
        free(text);
        text = next;
    }
    struct quo_policy *policy;
    struct quo_faults faults;
    assert_int_equal(read_text(text, &policy, &faults), QUO_REFUSED);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool found = false;
        for (size_t f = 0; f < faults.n; f++)
            found |= faults.fault[f].line == lines[i];
        if (!found)
            fail_msg("no fault at line %d", lines[i]);
    }
    quo_faults_free(&faults);
    free(text);
}

static void one_change(const char *from, const char *to, struct quo_policy **policy, size_t warnings)
{
    char *text = replaced(good, from, to);
    struct quo_faults faults;
    if (read_text(text, policy, &faults) != QUO_OK)
        fail_msg("'%s' is refused: %s", to, faults.n ? faults.fault[0].text : "no word why");
    assert_int_equal(faults.warnings, warnings);
    quo_faults_free(&faults);
    free(text);
}

static void what_else_is_accepted(void **state)
{
    (void)state;
    struct quo_policy *policy;
    one_change("\"linear\"; attach = 0.02; exhaust = 0.2;",
               "\"table\"; points = ( { at = 0.02; pays = 0; }, { at = 0.2; pays = 1; } ); franchise = 0.05;", &policy,
               0);
    assert_int_equal(policy->cover[0].payout.shape, QUO_PAYOUT_TABLE);
    assert_true(policy->cover[0].payout.franchise == 0.05);
    quo_policy_free(policy);
    one_change("\"steps\"; steps = ( { at = 12.0; pays = 0.25; },\n{ at = 48; pays = 1; } );",
               "\"per_hour\"; per_hour = 50000;", &policy, 0);
    check_rel(policy->cover[1].payout.per_hour, 0.025, 1e-15, "50,000 an hour of 2,000,000");
    assert_true(policy->cover[1].payout.waiting == 12.0);
    quo_policy_free(policy);
    one_change("index = \"loss_share\"; source = \"agent\"; observation_hours = 72; waiting_hours = 0; };\n"
               "payout = { shape = \"linear\"; attach = 0.02; exhaust = 0.2;",
               "index = \"signer_event\"; source = \"agent\"; and = { index = \"loss_usd\"; at = 1e6; probability = "
               "0.7; }; };\n"
               "payout = { shape = \"binary\";",
               &policy, 0);
    assert_true(policy->cover[0].payout.attach == 1.0 && policy->cover[0].trigger.second_probability == 0.7);
    assert_true(policy->cover[0].trigger.has_second && policy->cover[0].trigger.second_index == QUO_INDEX_LOSS_USD);
    quo_policy_free(policy);
    one_change("waiting_hours = 0;", "waiting_hours = 24;", &policy, 1); /* told that it does nothing */
    quo_policy_free(policy);
    one_change("annual_limit = 20e6;", "annual_limit = 25e6;", &policy, 1); /* more than the reinstatements give */
    assert_true(policy->cover[0].annual_limit == 20e6);
    quo_policy_free(policy);
    one_change("annual_limit = 20e6;", "", &policy, 0);
    assert_true(policy->cover[0].annual_limit == 20e6 && isinf(policy->cover[1].annual_limit));
    quo_policy_free(policy);
    one_change("exposure_usd = 1e8", "exposure_usd = 9e6", &policy, 1); /* more cover than there is to lose */
    quo_policy_free(policy);
    one_change("\"USD\";", "\"EUR\"; usd_per_unit = 1.16;", &policy, 0);
    assert_true(policy->usd_per_unit == 1.16);
    quo_policy_free(policy);
    one_change("currency = \"USD\";", "", &policy, 0);
    assert_string_equal(policy->currency, "USD");
    quo_policy_free(policy);
    one_change("\"code_bug\"]", "\"market\", \"code\"]", &policy, 0); /* groups stand for their perils */
    assert_int_equal(policy->cover[0].perils,
                     1u << QUO_KEY_COMPROMISE | 1u << QUO_ORACLE_PRICE_MANIPULATION | 1u << QUO_CODE_BUG);
    quo_policy_free(policy);
}

static void principles_and_clauses_keep_their_words(void **state)
{
    (void)state;
    struct quo_policy *policy;
    for (int p = 0; p < QUO_PRINCIPLES; p++) {
        char name[64];
        snprintf(name, sizeof name, "\"%s\"", quo_principle_id((enum quo_principle)p));
        one_change("\"wang\"", name, &policy, 0);
        assert_int_equal(policy->terms.principle, p);
        if (p == QUO_PRINCIPLE_TVAR)
            assert_true(policy->terms.parameter == 0.99);
        quo_terms_choose(&policy->terms, QUO_PRINCIPLE_WANG);
        assert_true(policy->terms.parameter == 0.3);
        quo_policy_free(policy);
    }
    for (int c = 5564; c <= 5567; c++)
        for (char form = 'A'; form <= 'B'; form++) {
            char code[16], text[80];
            snprintf(code, sizeof code, "LMA%d%c", c, form);
            snprintf(text, sizeof text, "\"%s\"; state_clause_holds = 0.8;%s", code,
                     c == 5565 ? " state_sublimit = 1e6;" : "");
            one_change("\"none\";", text, &policy, 0);
            assert_string_equal(quo_clauses_code(&policy->clauses), code);
            assert_true(policy->clauses.attribution == (form == 'A') && policy->clauses.state_clause_holds == 0.8);
            assert_true(policy->clauses.state_sublimit == (c == 5565 ? 1e6 : INFINITY));
            quo_policy_free(policy);
        }
}

static void cut_off_and_absurd_texts_are_refused(void **state)
{
    (void)state;
    struct quo_policy *policy;
    struct quo_faults faults;
    for (size_t n = 0; n + 3 < strlen(good); n += 7) { /* every prefix of the good text */
        char *text = strndup(good, n);
        assert_non_null(text);
        assert_int_equal(read_text(text, &policy, &faults), QUO_REFUSED);
        assert_true(quo_faults_refusals(&faults) > 0);
        quo_faults_free(&faults);
        free(text);
    }
    static const char *const absurd[] = {"policy = 5;", "policy = { covers = 3; };", "policy = { covers = ( 1, 2 ); };",
                                         "policy = { covers = ( { payout = 7; trigger = ( ); perils = [1, 2]; } ); };",
                                         "policy = { pricing = [1]; clauses = \"x\"; protocol = true; };"};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        assert_int_equal(read_text(absurd[i], &policy, &faults), QUO_REFUSED);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_loads_as_it_stands),
        cmocka_unit_test(every_fault_is_told_with_its_line),
        cmocka_unit_test(several_faults_are_told_together),
        cmocka_unit_test(what_else_is_accepted),
        cmocka_unit_test(principles_and_clauses_keep_their_words),
        cmocka_unit_test(cut_off_and_absurd_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, load_catalogue, free_catalogue);
}
