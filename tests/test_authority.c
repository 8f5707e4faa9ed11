/* The rules of authority: each is met once, none is met by a plain risk, and a bad file is refused with its lines. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/premium/authority.h"

static struct quo_authority *shipped(void)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_config *config = NULL;
    struct quo_authority *authority = NULL;
    assert_int_equal(quo_config_open("fixtures/authority/authority.cfg", &config, &faults), QUO_OK);
    assert_int_equal(quo_authority_read(config, &authority, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    quo_config_close(config);
    quo_faults_free(&faults);
    return authority;
}

static const struct quo_authority_facts plain = {.annual_limit = 5e6,
                                                 .exposure = 1e8,
                                                 .score = 60.0,
                                                 .rate_on_line = 0.03,
                                                 .payout_probability = 0.02,
                                                 .unknown_share = 0.2,
                                                 .interval_ratio = 2.5,
                                                 .tail_index = 0.8,
                                                 .adequacy = NAN,
                                                 .age_days = 30.0};

static void each_rule_is_met_once(void **state)
{
    (void)state;
    struct quo_authority *authority = shipped();
    struct quo_reasons reasons = {0};
    assert_int_equal(quo_authority_decide(authority, &plain, &reasons), QUO_DECISION_QUOTE);
    assert_int_equal(reasons.n, 0);
#define ONE(field, value, decision)                                                                                    \
    do {                                                                                                               \
        struct quo_authority_facts facts = plain;                                                                      \
        facts.field = value;                                                                                           \
        assert_int_equal(quo_authority_decide(authority, &facts, &reasons), decision);                                 \
        assert_int_equal(reasons.n, 1);                                                                                \
        assert_int_equal(strncmp(reasons.text[0], quo_decision_id(decision), strlen(quo_decision_id(decision))), 0);   \
        quo_reasons_free(&reasons);                                                                                    \
    } while (0)
    ONE(annual_limit, 3e7, QUO_DECISION_REFER);
    ONE(exposure, 9e6, QUO_DECISION_REFER); /* the limit is over half of it */
    ONE(score, 20.0, QUO_DECISION_REFER);
    ONE(score, 5.0, QUO_DECISION_DECLINE);
    ONE(rate_on_line, 0.2, QUO_DECISION_REFER);
    ONE(rate_on_line, 0.6, QUO_DECISION_DECLINE);
    ONE(payout_probability, 0.3, QUO_DECISION_REFER);
    ONE(unknown_share, 0.9, QUO_DECISION_REFER);
    ONE(interval_ratio, 9.0, QUO_DECISION_REFER);
    ONE(exposure, 6e9, QUO_DECISION_REFER);
    ONE(tail_index, 1.2, QUO_DECISION_REFER);
    ONE(adequacy, 0.8, QUO_DECISION_REFER);
    ONE(adequacy, 0.5, QUO_DECISION_DECLINE);
    ONE(age_days, 800.0, QUO_DECISION_REFER);
#undef ONE
    struct quo_authority_facts many = plain;
    many.annual_limit = 3e8; /* declined, and over the exposure: two reasons, the milder twin of the first left out */
    assert_int_equal(quo_authority_decide(authority, &many, &reasons), QUO_DECISION_DECLINE);
    assert_int_equal(reasons.n, 2);
    quo_reasons_free(&reasons);
    many.annual_limit = INFINITY; /* one reason, and no number in it that there is not */
    assert_int_equal(quo_authority_decide(authority, &many, &reasons), QUO_DECISION_DECLINE);
    assert_int_equal(reasons.n, 1);
    assert_string_equal(reasons.text[0], "decline: no annual limit, which must not be above 250 M USD");
    quo_reasons_free(&reasons);
    quo_authority_free(authority);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const char text[] = "authority = {\n  id = \"x\";\n  refer_limit = -5.0;\n  refer_scor = 3.0;\n};\n";
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_config *config = NULL;
    struct quo_authority *authority = NULL;
    assert_int_equal(quo_config_open_text(text, sizeof text - 1, "a.cfg", &config, &faults), QUO_OK);
    assert_int_equal(quo_authority_read(config, &authority, &faults), QUO_REFUSED);
    assert_null(authority);
    bool negative = false, unknown = false;
    for (size_t i = 0; i < faults.n; i++) {
        negative |= faults.fault[i].line == 3 && strstr(faults.fault[i].text, "refer_limit");
        unknown |= faults.fault[i].line == 4 && strstr(faults.fault[i].text, "refer_scor") &&
                   strstr(faults.fault[i].hint, "refer_score");
    }
    assert_true(negative);
    assert_true(unknown);
    assert_int_equal(faults.n, 2);
    quo_config_close(config);
    quo_faults_free(&faults);
}

/* A file of one rule: that rule alone is met, whatever the risk. */
static void a_rule_left_out_is_no_rule(void **state)
{
    (void)state;
    static const char text[] = "authority = { id = \"x\"; refer_score = 35.0; };\n";
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_config *config = NULL;
    struct quo_authority *authority = NULL;
    assert_int_equal(quo_config_open_text(text, sizeof text - 1, "a.cfg", &config, &faults), QUO_OK);
    assert_int_equal(quo_authority_read(config, &authority, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    struct quo_authority_facts worst = {1e14, 1e15, 50.0, 1e2, 1.0, 1.0, 1e5, 9.0, 1e-6, 9e4, 1e2};
    struct quo_reasons reasons = {0};
    assert_int_equal(quo_authority_decide(authority, &worst, &reasons), QUO_DECISION_QUOTE);
    worst.exposure = 1.0;
    worst.movement = -1.0;
    assert_int_equal(quo_authority_decide(authority, &worst, &reasons), QUO_DECISION_QUOTE);
    assert_false(quo_authority_refers_accumulation(authority, "vendor", "cloud:a", 1e15, &reasons));
    worst.score = 34.0;
    assert_int_equal(quo_authority_decide(authority, &worst, &reasons), QUO_DECISION_REFER);
    assert_int_equal(reasons.n, 1);
    quo_reasons_free(&reasons);
    quo_authority_free(authority);
    quo_config_close(config);
    quo_faults_free(&faults);
}

/* The comma ends the value at 0, which is a number that could stand there: the reader sees nothing wrong, the file's scan did. */
static void a_decimal_comma_is_refused(void **state)
{
    (void)state;
    FILE *in = fopen("fixtures/authority/authority.cfg", "r");
    char text[4096];
    assert_non_null(in);
    const size_t n = fread(text, 1, sizeof text, in);
    fclose(in);
    assert_true(n < sizeof text);
    char *point = strstr(strstr(text, "decline_adequacy"), "0.");
    point[1] = ',';
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_config *config = NULL;
    struct quo_authority *authority = NULL;
    assert_int_equal(quo_config_open_text(text, n, "a.cfg", &config, &faults), QUO_OK);
    assert_int_equal(quo_faults_told(&faults), 1);
    assert_int_equal(quo_authority_read(config, &authority, &faults), QUO_REFUSED);
    assert_null(authority);
    quo_config_close(config);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_rule_is_met_once), cmocka_unit_test(bad_files_are_refused),
                                       cmocka_unit_test(a_rule_left_out_is_no_rule),
                                       cmocka_unit_test(a_decimal_comma_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
