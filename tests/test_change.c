#include "check.h"
#include "risk/base/config.h"
#include "told.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char policy[] =
    "policy = {\n"
    "  id = \"EX-1\"; term_days = 365; open = true;\n"
    "  covers = ( { id = \"theft\"; event_limit = 10e6; perils = [\"a\", \"b\"]; trigger = { waiting_hours = 0.0; }; } "
    ");\n"
    "  protocol = {\n"
    "    answers = ( { control = \"SD-04\"; level = 1; }, { control = \"SD-04.x\"; level = 2; } );\n"
    "    signer_sets = ( { id = \"verifiers\"; threshold = 2; signers = ( { id = \"v-2\"; groups = [\"org:labs\"]; } "
    "); } );\n"
    "    caps = ( { id = \"bridge-outflow\"; per_hour_usd = 5e6; } );\n"
    "    weights = (1, 2.5); steps = ( { at = 12.0; }, { at = 48.0; } ); nothing = [ ];\n"
    "  };\n"
    "};\n";

static struct quo_config *config;
static struct quo_faults faults;

static int open_policy(void **state)
{
    (void)state;
    quo_faults_init(&faults);
    return quo_config_open_text(policy, strlen(policy), "p.cfg", &config, &faults) == QUO_OK ? 0 : -1;
}

static int close_policy(void **state)
{
    (void)state;
    quo_config_close(config);
    quo_faults_free(&faults);
    return 0;
}

static void set(const char *path, const char *value)
{
    if (quo_config_set(config, "policy", path, value) != QUO_OK)
        fail_msg("%s=%s: %s", path, value, told(&faults));
}

static const struct quo_setting *child(const struct quo_setting *group, const char *name)
{
    const struct quo_setting *found = quo_setting_child(group, name);
    if (!found)
        fail_msg("no '%s'", name);
    return found;
}

static const struct quo_setting *protocol(void) { return child(child(quo_config_root(config), "policy"), "protocol"); }

static const struct quo_setting *element(const char *list, size_t i)
{
    return quo_setting_element(child(protocol(), list), i);
}

static double number(const struct quo_setting *group, const char *name)
{
    double x = NAN;
    quo_setting_number(group, name, -INFINITY, INFINITY, "", true, &x);
    return x;
}

/* Every form a plan of improvements uses. */
static void plan_of_the_example(void **state)
{
    (void)state;
    set("protocol.answers.SD-04.level", "3");
    set("protocol.signer_sets.verifiers.threshold", "4");
    set("protocol.signer_sets.verifiers.signers.v-2.groups", "org:second-operator,rpc:own-node");
    set("protocol.caps.bridge-outflow.per_hour_usd", "1e6");
    set("covers.theft.event_limit", "5e6");
    check_rel(number(element("answers", 0), "level"), 3.0, 0.0, "level");
    const struct quo_setting *set_of = element("signer_sets", 0);
    check_rel(number(set_of, "threshold"), 4.0, 0.0, "threshold");
    const struct quo_setting *groups = child(quo_setting_element(child(set_of, "signers"), 0), "groups");
    assert_int_equal(quo_setting_length(groups), 2);
    const char *text = "";
    assert_true(quo_setting_as_text(quo_setting_element(groups, 1), &text));
    assert_string_equal(text, "rpc:own-node");
    check_rel(number(element("caps", 0), "per_hour_usd"), 1e6, 0.0, "cap");
    assert_int_equal(faults.n, 0);
}

/* Whole to real, real to whole, number to text and truth, and back; the place is that of the change. */
static void types_change(void **state)
{
    (void)state;
    const struct quo_setting *root = child(quo_config_root(config), "policy");
    set("term_days", "182.5");
    check_rel(number(root, "term_days"), 182.5, 0.0, "real");
    assert_string_equal(quo_setting_file(child(root, "term_days")), "term_days=182.5");
    assert_int_equal(quo_setting_line(child(root, "term_days")), 0);
    set("term_days", " 90 ");
    int64_t n = 0;
    assert_true(quo_setting_int(root, "term_days", 0, 400, true, &n) && n == 90);
    set("term_days", "true");
    bool truth = false;
    assert_true(quo_setting_bool(root, "term_days", true, &truth) && truth);
    set("open", "soon");
    const char *text = "";
    assert_true(quo_setting_text(root, "open", true, &text));
    assert_string_equal(text, "soon");
    set("open", "\"7\"");
    assert_true(quo_setting_text(root, "open", true, &text));
    assert_string_equal(text, "7");
    set("id", "42"); /* a text stays a text */
    assert_true(quo_setting_text(root, "id", true, &text));
    assert_string_equal(text, "42");
    set("id", "\"a, b\"");
    assert_true(quo_setting_text(root, "id", true, &text));
    assert_string_equal(text, "a, b");
    assert_string_equal(quo_setting_file(child(root, "covers")), "p.cfg"); /* what was not set stays where it was */
    assert_int_equal(quo_setting_line(child(root, "covers")), 3);
}

static void ids_with_dots_and_indices(void **state)
{
    (void)state;
    set("protocol.answers.SD-04.x.level", "4"); /* the longest id that fits */
    check_rel(number(element("answers", 0), "level"), 1.0, 0.0, "SD-04");
    check_rel(number(element("answers", 1), "level"), 4.0, 0.0, "SD-04.x");
    set("protocol.steps[1].at", "60");
    check_rel(number(element("steps", 1), "at"), 60.0, 0.0, "steps[1]");
    set("protocol.weights[0]", "1.5");
    double x = 0.0;
    assert_true(quo_setting_as_number(element("weights", 0), 0, 9, "", &x));
    check_rel(x, 1.5, 0.0, "weights[0]");
    set("policy.term_days", "30"); /* the whole path is taken too */
    check_rel(number(child(quo_config_root(config), "policy"), "term_days"), 30.0, 0.0, "whole path");
    assert_int_equal(quo_config_set(config, NULL, "policy.term_days", "31"), QUO_OK);
    check_rel(number(child(quo_config_root(config), "policy"), "term_days"), 31.0, 0.0, "from the top");
}

static void what_is_not_there_is_added_where_it_can_be(void **state)
{
    (void)state;
    set("protocol.answers.KM-02.level", "2");
    set("protocol.answers.KM-02.evidence", "3");
    assert_int_equal(quo_setting_length(child(protocol(), "answers")), 3);
    const char *control = "";
    assert_true(quo_setting_text(element("answers", 2), "control", true, &control));
    assert_string_equal(control, "KM-02");
    check_rel(number(element("answers", 2), "level"), 2.0, 0.0, "level");
    check_rel(number(element("answers", 2), "evidence"), 3.0, 0.0, "evidence");
    set("covers.theft.trigger.missed_probability", "0.03");
    set("covers.theft.trigger.waiting_huors", "1"); /* the reader refuses a name it does not know, at the change */
    const struct quo_setting *cover = quo_setting_element(child(child(quo_config_root(config), "policy"), "covers"), 0);
    const struct quo_setting *trigger = child(cover, "trigger");
    check_rel(number(trigger, "missed_probability"), 0.03, 0.0, "added");
    number(trigger, "waiting_hours");
    quo_setting_ignore(protocol());
    static const char *const names[] = {"id", "term_days", "open", "event_limit", "perils"};
    for (size_t i = 0; i < 5; i++) {
        quo_setting_has(child(quo_config_root(config), "policy"), names[i]);
        quo_setting_has(cover, names[i]);
    }
    assert_int_equal(quo_config_finish(config), QUO_REFUSED);
    check_told(&faults,
               "covers.theft.trigger.waiting_huors=1: unknown setting 'waiting_huors' in policy.covers.theft.trigger; "
               "did you mean 'waiting_hours'?\n",
               "typing error in a change");
}

static void lists_of_values(void **state)
{
    (void)state;
    set("protocol.weights", "[3, 4.5 ,5]");
    assert_int_equal(quo_setting_length(child(protocol(), "weights")), 3);
    double x = 0.0;
    assert_true(quo_setting_as_number(element("weights", 1), 0, 9, "", &x));
    check_rel(x, 4.5, 0.0, "second");
    set("protocol.nothing", "\"a,b\",c");
    assert_int_equal(quo_setting_length(child(protocol(), "nothing")), 2);
    const char *text = "";
    assert_true(quo_setting_as_text(element("nothing", 0), &text));
    assert_string_equal(text, "a,b");
    set("protocol.nothing", "7"); /* of texts: stays a text */
    assert_true(quo_setting_as_text(element("nothing", 0), &text));
    assert_string_equal(text, "7");
    set("protocol.nothing", "");
    assert_int_equal(quo_setting_length(child(protocol(), "nothing")), 0);
}

static void wrong_paths_and_values(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *want;
    } in[] = {
        {"protocol.signer_sets.verifers.threshold", "4",
         "protocol.signer_sets.verifers.threshold=4: 'signer_sets' has no 'verifers'; did you mean 'verifiers'?\n"},
        {"cover.theft.event_limit", "4",
         "cover.theft.event_limit=4: 'policy' has no 'cover'; did you mean 'covers'?\n"},
        {"protocol.steps[2].at", "4", "protocol.steps[2].at=4: 'steps' has no '[2]'\n"},
        {"protocol.steps[x].at", "4", "protocol.steps[x].at=4: 'steps' has no '[x]'\n"},
        {"term_days.x", "4", "term_days.x=4: 'term_days' has no 'x'\n"},
        {"protocol.answers.KM-02", "4", "protocol.answers.KM-02=4: 'answers' has no 'KM-02'; one of: SD-04, SD-04.x\n"},
        {"protocol", "4", "protocol=4: 'protocol' is a group; name one of its settings\n"},
        {"covers", "4", "covers=4: 'covers' is a list of groups; name one of its elements\n"},
        {"term_days", " ", "term_days= : 'term_days' gets no value; write PATH=VALUE\n"},
        {"", "4", "=4: this is no path; write  group.setting, an element of a list by its id\n"},
        {".x", "4", ".x=4: this is no path; write  group.setting, an element of a list by its id\n"},
        {"x..y", "4", "x..y=4: this is no path; write  group.setting, an element of a list by its id\n"},
        {"x.", "4", "x.=4: this is no path; write  group.setting, an element of a list by its id\n"},
        {"id", "\xFF", "id=\xFF: a control character, or bytes that are not UTF-8; write UTF-8\n"},
        {"id", "\001", "id=?: a control character, or bytes that are not UTF-8; write UTF-8\n"},
        {"protocol.weights", "1,,2",
         "protocol.weights=1,,2: an empty value in the list; write values with a comma between each two\n"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_int_equal(quo_config_set(config, "policy", in[i].path, in[i].value), QUO_REFUSED);
        check_told(&faults, in[i].want, in[i].path);
        quo_faults_free(&faults);
    }
    assert_int_equal(quo_config_set(config, "polcy", "a", "1"), QUO_REFUSED);
    check_told(&faults, "a=1: the file has no 'polcy'\n", "root");
    quo_setting_ignore(child(quo_config_root(config), "policy"));
    assert_int_equal(quo_config_finish(config), QUO_REFUSED); /* a refused change is not forgotten */
}

/* A value that is no number is judged by the reader, at the change. */
static void values_are_judged_by_the_reader(void **state)
{
    (void)state;
    set("term_days", "1e400");
    assert_true(isnan(number(child(quo_config_root(config), "policy"), "term_days")));
    set("term_days", "nan");
    assert_true(isnan(number(child(quo_config_root(config), "policy"), "term_days")));
    check_told(&faults,
               "term_days=1e400: 'term_days' is the text \"1e400\", not a number; give a number\n"
               "term_days=nan: 'term_days' is the text \"nan\", not a number; give a number\n",
               "values");
}

/* Elements come and go: groups, values, by id, index or value; lists and groups that were not there are made. */
static void elements_come_and_go(void **state)
{
    (void)state;
    set("protocol.signer_sets.verifiers.signers+",
        "{ id = \"v-3\"; storage = \"hsm\"; groups = [\"org:x\", \"rpc:y\"]; }");
    const struct quo_setting *signers = child(element("signer_sets", 0), "signers");
    assert_int_equal(quo_setting_length(signers), 2);
    const char *text = "";
    assert_true(quo_setting_text(quo_setting_element(signers, 1), "storage", true, &text));
    assert_string_equal(text, "hsm");
    set("protocol.signer_sets.verifiers.signers.v-3.storage", "mpc"); /* what was added can be changed */
    assert_true(quo_setting_text(quo_setting_element(signers, 1), "storage", true, &text));
    assert_string_equal(text, "mpc");
    set("protocol.signer_sets.verifiers.signers-", "v-2");
    assert_int_equal(quo_setting_length(signers), 1);
    set("protocol.signer_sets.verifiers.signers-", "[0]");
    assert_int_equal(quo_setting_length(signers), 0);
    set("covers.theft.perils+", "key_loss");
    set("covers.theft.perils-", "a");
    const struct quo_setting *perils =
        child(quo_setting_element(child(child(quo_config_root(config), "policy"), "covers"), 0), "perils");
    assert_int_equal(quo_setting_length(perils), 2);
    assert_true(quo_setting_as_text(quo_setting_element(perils, 1), &text));
    assert_string_equal(text, "key_loss");
    set("protocol.delays+", "{ id = \"d\"; delay_hours = 24; }");
    check_rel(number(element("delays", 0), "delay_hours"), 24.0, 0.0, "a list that was not there");
    set("protocol.governance", "{ snapshot = true; capture_cost_usd = 6e7; }");
    check_rel(number(child(protocol(), "governance"), "capture_cost_usd"), 6e7, 0.0, "a group that was not there");
    assert_int_equal(faults.n, 0);
}

/* One answer for several controls: the one that is changed leaves the others, which stay as they were. */
static void answers_given_together(void **state)
{
    (void)state;
    set("protocol.answers+", "{ controls = [\"KM-01\", \"KM-03\"]; level = 3; evidence = 4; }");
    set("protocol.answers.KM-03.level", "1");
    assert_int_equal(quo_setting_length(child(protocol(), "answers")), 4);
    const char *text = "";
    assert_true(quo_setting_text(element("answers", 3), "control", true, &text));
    assert_string_equal(text, "KM-03");
    check_rel(number(element("answers", 3), "level"), 1.0, 0.0, "level of its own");
    check_rel(number(element("answers", 3), "evidence"), 4.0, 0.0, "evidence as it was");
    check_rel(number(element("answers", 2), "level"), 3.0, 0.0, "the others' level");
    assert_int_equal(quo_setting_length(child(element("answers", 2), "controls")), 1);
    set("protocol.answers.KM-01.note", "x"); /* the last one takes the group with it */
    assert_int_equal(quo_setting_length(child(protocol(), "answers")), 4);
    set("protocol.answers-", "KM-03");
    assert_int_equal(quo_setting_length(child(protocol(), "answers")), 3);
    assert_int_equal(faults.n, 0);
}

/* A level may be a word or a number: one takes the place of the other, both ways and again. */
static void a_level_that_is_unknown(void **state)
{
    (void)state;
    set("protocol.answers+", "{ controls = [\"KM-01\", \"KM-03\"]; level = \"unknown\"; }");
    static const struct {
        const char *path, *value;
        double want; /* NaN: the word */
    } in[] = {
        {"protocol.answers.SD-04.level", "unknown", NAN}, {"protocol.answers.SD-04.level", "\"unknown\"", NAN},
        {"protocol.answers.SD-04.level", "unknown", NAN}, {"protocol.answers.SD-04.level", "3", 3.0},
        {"protocol.answers.SD-04.level", "4", 4.0},       {"protocol.answers.KM-01.level", "2", 2.0},
        {"protocol.answers.KM-03.level", "unknown", NAN}, {"protocol.answers.KM-03.level", " 0 ", 0.0},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        set(in[i].path, in[i].value);
        const size_t at = strstr(in[i].path, "SD-04") ? 0 : 3;
        const char *word = "";
        if (isnan(in[i].want))
            assert_true(quo_setting_text(element("answers", at), "level", true, &word) && !strcmp(word, "unknown"));
        else
            check_rel(number(element("answers", at), "level"), in[i].want, 0.0, "%s", in[i].value);
    }
    set("id", "unknown"); /* other words stay words: a name may be a number */
    set("id", "42");
    const char *text = "";
    assert_true(quo_setting_text(child(quo_config_root(config), "policy"), "id", true, &text));
    assert_string_equal(text, "42");
    assert_int_equal(faults.n, 0);
}

static void elements_that_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *says;
    } bad_lists[] = {
        {"protocol.signer_sets.verifiers.signers-", "v-9", "no 'v-9'"},
        {"protocol.signer_sets.verifiers.signer-", "v-2", "no 'signer'"},
        {"protocol.signer_set+", "5", NULL}, /* made, and for the reader to refuse */
        {"protocol.signer_sets.verifiers.signers+", "5", "list of groups"},
        {"covers.theft.perils+", "{ id = \"x\"; }", "list of values"},
        {"covers.theft.perils+", "", "no value"},
        {"covers.theft+", "x", "no list"},
        {"term_days-", "365", "no list"},
        {"protocol.caps+", "{ id = \"x\"; per_hour_usd = ; }", ""},
        {"protocol.caps+", "{ id = \"x\"", ""},
        {"nowhere.list+", "5", "no 'nowhere'"},
    };
    for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++) {
        const size_t before = faults.n;
        const enum quo_status status = quo_config_set(config, "policy", bad_lists[i].path, bad_lists[i].value);
        assert_int_equal(status, bad_lists[i].says ? QUO_REFUSED : QUO_OK);
        if (bad_lists[i].says && (faults.n == before || !strstr(faults.fault[faults.n - 1].text, bad_lists[i].says)))
            fail_msg("%s=%s: %s", bad_lists[i].path, bad_lists[i].value, told(&faults));
    }
}

/* Two spellings of one place are one; a copy is changed alone and knows its lines. */
static void places_and_copies(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"protocol.signer_sets.verifiers.threshold", "policy.protocol.signer_sets[0].threshold"},
        {"covers[0].trigger.waiting_hours", "covers.theft.trigger.waiting_hours"},
        {"protocol.answers.SD-04.level", "protocol.answers[0].level"},
    };
    char a[256], b[256];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        quo_config_place(config, "policy", same[i][0], a, sizeof a);
        quo_config_place(config, "policy", same[i][1], b, sizeof b);
        assert_string_equal(a, b);
    }
    quo_config_place(config, "policy", "protocol.answers.KM-01.level", a, sizeof a); /* not there yet */
    assert_string_equal(a, "protocol.answers.KM-01.level");
    quo_config_place(config, "policy", "term_days", a, sizeof a);
    assert_string_equal(a, "term_days");

    struct quo_config *copy = NULL;
    struct quo_faults own;
    quo_faults_init(&own);
    assert_int_equal(quo_config_copy(config, &copy, &own), QUO_OK);
    assert_int_equal(quo_config_set(copy, "policy", "term_days", "90"), QUO_OK);
    check_rel(number(child(quo_config_root(copy), "policy"), "term_days"), 90.0, 0.0, "the copy");
    check_rel(number(child(quo_config_root(config), "policy"), "term_days"), 365.0, 0.0, "the first");
    const struct quo_setting *covers = child(child(quo_config_root(copy), "policy"), "covers");
    assert_string_equal(quo_setting_file(covers), "p.cfg");
    assert_int_equal(quo_setting_line(covers), 3);
    quo_setting_fault(covers, NULL, "told to the copy");
    assert_true(own.n == 1 && faults.n == 0);
    quo_config_close(copy);
    quo_faults_free(&own);
}

int main(void)
{
#define ON_POLICY(test) cmocka_unit_test_setup_teardown(test, open_policy, close_policy)
    const struct CMUnitTest tests[] = {
        ON_POLICY(plan_of_the_example),
        ON_POLICY(types_change),
        ON_POLICY(ids_with_dots_and_indices),
        ON_POLICY(what_is_not_there_is_added_where_it_can_be),
        ON_POLICY(lists_of_values),
        ON_POLICY(wrong_paths_and_values),
        ON_POLICY(values_are_judged_by_the_reader),
        ON_POLICY(elements_come_and_go),
        ON_POLICY(answers_given_together),
        ON_POLICY(a_level_that_is_unknown),
        ON_POLICY(elements_that_cannot),
        ON_POLICY(places_and_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
