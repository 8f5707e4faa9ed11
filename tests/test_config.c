#include "check.h"
#include "risk/base/config.h"
#include "told.h"

#include <stdio.h>
#include <string.h>

static struct quo_config *open_text(const char *text, struct quo_faults *faults)
{
    quo_faults_init(faults);
    struct quo_config *config;
    quo_config_open_text(text, strlen(text), "t.cfg", &config, faults);
    if (!config)
        fail_msg("%s refused: %s", text, told(faults));
    return config;
}

static void unknown_settings_are_told_with_the_nearest(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config = open_text("term_dasy = 365;\npayout = { atach = 1.0; exhaust = 2.0; };\nzzz = 1;\n"
                                          "signers = ( { id = \"ops-1\"; storrage = \"hsm\"; }, { idd = \"x\"; } );",
                                          &faults);
    const struct quo_setting *root = quo_config_root(config);
    double x;
    quo_setting_number(root, "term_days", 0, 1e9, "", false, &x);
    const struct quo_setting *payout = quo_setting_group(root, "payout", true);
    quo_setting_number(payout, "attach", 0, 1, "", false, &x);
    quo_setting_number(payout, "exhaust", 0, 2, "", false, &x);
    const struct quo_setting *list = quo_setting_list(root, "signers", true);
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        quo_setting_has(quo_setting_element(list, i), "id");
        quo_setting_has(quo_setting_element(list, i), "storage");
    }
    assert_int_equal(quo_config_finish(config), QUO_REFUSED);
    check_told(&faults,
               "t.cfg:1: unknown setting 'term_dasy'; did you mean 'term_days'?\n"
               "t.cfg:2: unknown setting 'atach' in payout; did you mean 'attach'?\n"
               "t.cfg:3: unknown setting 'zzz'; one of: term_days, payout, signers\n"
               "t.cfg:4: unknown setting 'storrage' in signers.ops-1; did you mean 'storage'?\n"
               "t.cfg:4: unknown setting 'idd' in signers[1]; did you mean 'id'?\n",
               "unknown settings");
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void what_is_known_ignored_or_never_entered_is_not_told(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config =
        open_text("a = 1; notes = { x = 1; deep = { y = 2; }; }; unread = { z = 1; }; list = ({ w = 1; });", &faults);
    const struct quo_setting *root = quo_config_root(config);
    assert_true(quo_setting_has(root, "a"));
    const struct quo_setting *notes = quo_setting_child(root, "notes");
    assert_true(quo_setting_has(notes, "x"));
    quo_setting_ignore(notes);
    assert_non_null(quo_setting_group(root, "unread", true));
    assert_non_null(quo_setting_list(root, "list", true));
    assert_int_equal(quo_config_finish(config), QUO_OK);
    check_told(&faults, "", "nothing");
    quo_config_close(config);
    quo_faults_free(&faults);
}

/* The list of known names is cut where it gets long, and says by how much. */
static void a_long_list_of_names_says_how_many_more(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config = open_text("qqqqqq = 1;", &faults);
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof name, "name_%03d", i);
        quo_setting_has(quo_config_root(config), name);
    }
    quo_config_finish(config);
    const char *hint = faults.fault[0].hint;
    assert_memory_equal(hint, "one of: name_000, name_001,", 27);
    int shown = 0, left = 0;
    for (const char *at = hint; (at = strstr(at, "name_")); at++)
        shown++;
    assert_int_equal(sscanf(strstr(hint, " and "), " and %d more", &left), 1);
    assert_int_equal(shown + left, 200);
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void a_twice_set_name_keeps_the_first_value(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config = open_text("a = 1;\na = 2;\nb = 3;", &faults);
    double x = 0.0;
    const struct quo_setting *root = quo_config_root(config);
    assert_true(quo_setting_number(root, "a", 0, 9, "", true, &x));
    check_rel(x, 1.0, 0.0, "a");
    assert_true(quo_setting_has(root, "b"));
    assert_int_equal(quo_config_finish(config), QUO_REFUSED);
    check_told(&faults, "t.cfg:2: 'a' is set twice; keep one; the first is at t.cfg:1\n", "twice");
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void paths_names_and_places(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config = open_text("protocol = {\n answers = (\n  { control = \"SD-04\";\n    level = 1; } );\n "
                                          "steps = ( { at = 1.0; },\n [7] ); };",
                                          &faults);
    const struct quo_setting *protocol = quo_setting_group(quo_config_root(config), "protocol", true);
    const struct quo_setting *answer = quo_setting_element(quo_setting_list(protocol, "answers", true), 0);
    const struct quo_setting *level = quo_setting_child(answer, "level");
    char path[64], cut[9];
    assert_int_equal(quo_setting_path(level, path, sizeof path), 28);
    assert_string_equal(path, "protocol.answers.SD-04.level");
    assert_int_equal(quo_setting_path(level, cut, sizeof cut), 28);
    assert_string_equal(cut, "protocol");
    assert_int_equal(quo_setting_path(level, NULL, 0), 28);
    assert_string_equal(quo_setting_name(level), "level");
    assert_null(quo_setting_name(answer));
    assert_string_equal(quo_setting_file(level), "t.cfg");
    assert_int_equal(quo_setting_line(level), 4);
    const struct quo_setting *steps = quo_setting_list(protocol, "steps", true);
    quo_setting_path(quo_setting_child(quo_setting_element(steps, 0), "at"), path, sizeof path);
    assert_string_equal(path, "protocol.steps[0].at");
    quo_setting_path(quo_setting_element(quo_setting_element(steps, 1), 0), path, sizeof path);
    assert_string_equal(path, "protocol.steps[1][0]");
    quo_setting_path(quo_config_root(config), path, sizeof path);
    assert_string_equal(path, "");
    quo_setting_fault(level, "a hint", "level %d", 7);
    quo_setting_warn(answer, NULL, "careful");
    assert_int_equal(faults.warnings, 1);
    check_told(&faults, "t.cfg:4: level 7; a hint\nt.cfg:3: careful\n", "own faults");
    assert_int_equal(quo_config_finish(config), QUO_REFUSED);
    quo_config_close(config);
    quo_faults_free(&faults);
}

/* A warning alone refuses nothing. */
static void a_warning_does_not_refuse(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config = open_text("a = 1;", &faults);
    quo_setting_warn(quo_setting_child(quo_config_root(config), "a"), NULL, "old");
    assert_int_equal(quo_config_finish(config), QUO_OK);
    quo_config_close(config);
    quo_faults_free(&faults);
    assert_int_equal(quo_config_finish(NULL), QUO_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_settings_are_told_with_the_nearest),
        cmocka_unit_test(what_is_known_ignored_or_never_entered_is_not_told),
        cmocka_unit_test(a_long_list_of_names_says_how_many_more),
        cmocka_unit_test(a_twice_set_name_keeps_the_first_value),
        cmocka_unit_test(paths_names_and_places),
        cmocka_unit_test(a_warning_does_not_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
