#include "check.h"
#include "risk/base/config.h"
#include "told.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The root of a text; the test closes with finish(). */
static struct quo_config *config;
static struct quo_faults faults;

static const struct quo_setting *root_of(const char *text)
{
    quo_faults_init(&faults);
    config = NULL;
    quo_config_open_text(text, strlen(text), "t.cfg", &config, &faults);
    if (!config)
        fail_msg("%s refused: %s", text, told(&faults));
    return quo_config_root(config);
}

static void finish(enum quo_status status, const char *want)
{
    const enum quo_status got = quo_config_finish(config);
    check_told(&faults, want, "at the end");
    assert_int_equal(got, status);
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void numbers_of_both_kinds(void **state)
{
    (void)state;
    const struct quo_setting *root = root_of("a = 5; b = 5.0; c = 30000000000; d = 99999999999999999999; e = "
                                             "0xFFFFFFFF; f = -2147483649; g = 1.5e-3; h = [1, 2.5];");
    static const struct {
        const char *name;
        double want;
    } in[] = {{"a", 5}, {"b", 5}, {"c", 3e10}, {"d", 1e20}, {"e", 4294967295.0}, {"f", -2147483649.0}, {"g", 1.5e-3}};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        double x = -1.0;
        assert_true(quo_setting_number(root, in[i].name, -INFINITY, INFINITY, "", true, &x));
        check_rel(x, in[i].want, 0.0, "%s", in[i].name);
    }
    int64_t n = 0;
    assert_true(quo_setting_int(root, "a", 0, 10, true, &n) && n == 5);
    assert_true(quo_setting_int(root, "b", 0, 10, true, &n) && n == 5);
    assert_true(quo_setting_int(root, "c", 0, INT64_MAX, true, &n) && n == 30000000000);
    const struct quo_setting *list = quo_setting_list(root, "h", true);
    double x = 0.0;
    assert_true(quo_setting_as_number(quo_setting_element(list, 1), 0.0, 3.0, "", &x));
    check_rel(x, 2.5, 0.0, "element");
    finish(QUO_OK, "");
}

static void numbers_that_are_wrong(void **state)
{
    (void)state;
    const struct quo_setting *root =
        root_of("a = -1;\nb = 2.5;\nc = \"5\";\nd = true;\ne = { };\nf = (1);\ng = nan;\nh = 99999999999999999999;\ni "
                "= 5.9;\nj = (1, \"x\", 7);\nk=1.0000000001;");
    double x = 42.0;
    int64_t n = 42;
    assert_false(quo_setting_number(root, "a", 0, INFINITY, "USD", true, &x));
    assert_false(quo_setting_number(root, "b", 0, 1, "", true, &x));
    assert_false(quo_setting_number(root, "c", 0, 1, "hours", true, &x));
    assert_false(quo_setting_number(root, "d", -INFINITY, 1, "", true, &x));
    assert_false(quo_setting_number(root, "e", -INFINITY, INFINITY, "", true, &x));
    assert_false(quo_setting_number(root, "f", 0, 1, "", true, &x));
    const size_t refusals = quo_faults_refusals(&faults), said = quo_faults_told(&faults);
    assert_false(quo_setting_number(root, "g", 0, 1, "", true, &x)); /* told at opening, not again, but counted */
    assert_int_equal(quo_faults_refusals(&faults), refusals + 1);
    assert_int_equal(quo_faults_told(&faults), said);
    assert_false(quo_setting_int(root, "h", 0, 5, true, &n));
    assert_false(quo_setting_int(root, "i", 0, 5, true, &n));
    const struct quo_setting *list = quo_setting_list(root, "j", true);
    assert_true(quo_setting_as_number(quo_setting_element(list, 0), 0, 5, "", &x) && x == 1.0);
    x = 42.0;
    assert_false(quo_setting_as_number(quo_setting_element(list, 1), 0, 5, "", &x));
    assert_false(quo_setting_as_number(quo_setting_element(list, 2), 0, 5, "", &x));
    assert_false(quo_setting_number(root, "k", 0, 1, "", true, &x));
    assert_false(quo_setting_number(root, "no", 0, 1, "share", true, &x));
    assert_false(quo_setting_number(root, "no", 0, 1, "", false, &x));
    assert_false(quo_setting_int(root, "none", 0, 1, true, &n));
    assert_true(x == 42.0 && n == 42); /* what is wrong leaves the default alone */
    finish(QUO_REFUSED, "t.cfg:7: 'nan' is not a finite number; give a finite number\n"
                        "t.cfg:1: 'a' is -1; give a number of at least 0 (USD)\n"
                        "t.cfg:2: 'b' is 2.5; give a number from 0 to 1\n"
                        "t.cfg:3: 'c' is the text \"5\", not a number; give a number from 0 to 1 (hours)\n"
                        "t.cfg:4: 'd' is true, not a number; give a number of at most 1\n"
                        "t.cfg:5: 'e' is a group { ... }, not a number; give a number\n"
                        "t.cfg:6: 'f' is a list ( ... ), not a number; give a number from 0 to 1\n"
                        "t.cfg:8: 'h' is 1e+20, not a whole number; give a whole number from 0 to 5\n"
                        "t.cfg:9: 'i' is 5.9, not a whole number; give a whole number from 0 to 5\n"
                        "t.cfg:10: 'j[1]' is the text \"x\", not a number; give a number from 0 to 5\n"
                        "t.cfg:10: 'j[2]' is 7; give a number from 0 to 5\n"
                        "t.cfg:11: 'k' is 1.0000000001; give a number from 0 to 1\n"
                        "t.cfg:1: the file has no 'no'; add  no = NUMBER;\n"
                        "t.cfg:1: the file has no 'none'; add  none = WHOLE_NUMBER;\n");
}

static void texts_words_truths_and_dates(void **state)
{
    (void)state;
    static const char *const shapes[] = {"linear", "steps", "digital"};
    const struct quo_setting *root =
        root_of("t = \"x \" \"y\";\nempty = \"  \";\nn = 5;\nw = \"steps\";\nw2 = \"linaer\";\nw3 = \"zzz\";\nb = "
                "true;\nb2 = 1;\n"
                "d = \"2026-08-01\";\nd2 = \"2026-02-30\";\nd3 = 20260801;\nl = (\"a\", 1);\nbare = linear;");
    const char *text = "kept";
    bool truth = false;
    int word = -1, day = -1;
    assert_true(quo_setting_text(root, "t", true, &text));
    assert_string_equal(text, "x y");
    assert_true(quo_setting_text(root, "empty", false, &text));
    assert_false(quo_setting_text(root, "empty", true, &text));
    assert_false(quo_setting_text(root, "n", true, &text));
    assert_true(quo_setting_word(root, "w", shapes, 3, true, &word) && word == 1);
    assert_false(quo_setting_word(root, "w2", shapes, 3, true, &word));
    assert_false(quo_setting_word(root, "w3", shapes, 3, true, &word));
    assert_false(quo_setting_word(root, "bare", shapes, 3, true, &word));
    assert_int_equal(word, 1);
    assert_true(quo_setting_bool(root, "b", true, &truth) && truth);
    assert_false(quo_setting_bool(root, "b2", true, &truth));
    assert_true(quo_setting_date(root, "d", true, &day));
    assert_int_equal(day, 20666); /* 2026-08-01 */
    assert_false(quo_setting_date(root, "d2", true, &day));
    assert_false(quo_setting_date(root, "d3", true, &day));
    const struct quo_setting *list = quo_setting_list(root, "l", true);
    assert_true(quo_setting_as_text(quo_setting_element(list, 0), &text));
    assert_string_equal(text, "a");
    assert_false(quo_setting_as_text(quo_setting_element(list, 1), &text));
    assert_false(quo_setting_date(root, "d4", true, &day));
    assert_false(quo_setting_text(root, "t4", true, &text));
    assert_false(quo_setting_word(root, "w4", shapes, 3, true, &word));
    assert_false(quo_setting_bool(root, "b4", true, &truth));
    finish(
        QUO_REFUSED,
        "t.cfg:13: 'linear' is not a value; text goes in quotes: \"linear\"\n"
        "t.cfg:2: 'empty' is empty; write something between the quotes\n"
        "t.cfg:3: 'n' is 5, not a text; text goes in quotes: \"...\"\n"
        "t.cfg:5: unknown w2 'linaer'; did you mean 'linear'?\n"
        "t.cfg:6: unknown w3 'zzz'; one of: linear, steps, digital\n"
        "t.cfg:8: 'b2' is 1, not a truth value; write true or false\n"
        "t.cfg:10: 'd2' is \"2026-02-30\", which is no date; write a day of the years 1900 to 2199 as \"2026-08-01\"\n"
        "t.cfg:11: 'd3' is 20260801, not a date; write a day of the years 1900 to 2199 as \"2026-08-01\"\n"
        "t.cfg:12: 'l[1]' is 1, not a text; text goes in quotes: \"...\"\n"
        "t.cfg:1: the file has no 'd4'; add  d4 = \"2026-08-01\";\n"
        "t.cfg:1: the file has no 't4'; add  t4 = \"TEXT\";\n"
        "t.cfg:1: the file has no 'w4'; add  w4 = \"WORD\";\n"
        "t.cfg:1: the file has no 'b4'; add  b4 = true;\n");
}

static void groups_and_lists(void **state)
{
    (void)state;
    const struct quo_setting *root = root_of("g = { a = 1; };\nl = (1, 2);\nv = [ ];\nn = 5;\nmeans = nan;");
    assert_non_null(quo_setting_group(root, "g", true));
    assert_int_equal(quo_setting_length(quo_setting_list(root, "l", true)), 2);
    assert_int_equal(quo_setting_length(quo_setting_list(root, "v", true)), 0);
    assert_null(quo_setting_group(root, "n", false));
    assert_null(quo_setting_list(root, "n", false));
    assert_null(quo_setting_group(root, "means", false));
    assert_null(quo_setting_group(root, "absent", false));
    assert_null(quo_setting_group(root, "absent", true));
    assert_null(quo_setting_list(root, "absent", true));
    const struct quo_setting *list = quo_setting_list(root, "l", false);
    assert_null(quo_setting_element(list, 2));
    assert_null(quo_setting_element(NULL, 0));
    assert_int_equal(quo_setting_length(NULL), 0);
    finish(QUO_REFUSED, "t.cfg:5: 'nan' is not a finite number; give a finite number\n"
                        "t.cfg:4: 'n' is 5, not a group; write  { name = value; ... }\n"
                        "t.cfg:4: 'n' is 5, not a list; write  ( ... ) or [ ... ]\n"
                        "t.cfg:1: the file has no 'absent'; add  absent = { ... };\n"
                        "t.cfg:1: the file has no 'absent'; add  absent = ( ... );\n");
}

/* Nothing is asked of what is not there: its absence was told where it was required. */
static void null_is_a_fine_argument(void **state)
{
    (void)state;
    double x = 1.0;
    int64_t n = 1;
    bool truth = true;
    const char *text = "x";
    int word = 1, day = 1;
    assert_false(quo_setting_number(NULL, "a", 0, 1, "", true, &x));
    assert_false(quo_setting_int(NULL, "a", 0, 1, true, &n));
    assert_false(quo_setting_bool(NULL, "a", true, &truth));
    assert_false(quo_setting_text(NULL, "a", true, &text));
    assert_false(quo_setting_word(NULL, "a", (const char *const[]){"b"}, 1, true, &word));
    assert_false(quo_setting_date(NULL, "a", true, &day));
    assert_false(quo_setting_as_number(NULL, 0, 1, "", &x));
    assert_false(quo_setting_as_text(NULL, &text));
    assert_false(quo_setting_has(NULL, "a"));
    assert_null(quo_setting_child(NULL, "a"));
    assert_null(quo_setting_group(NULL, "a", true));
    assert_null(quo_setting_list(NULL, "a", true));
    assert_null(quo_setting_name(NULL));
    assert_string_equal(quo_setting_file(NULL), "");
    assert_int_equal(quo_setting_line(NULL), 0);
    char path[8] = "x";
    assert_int_equal(quo_setting_path(NULL, path, sizeof path), 0);
    assert_int_equal(quo_setting_fault(NULL, NULL, "x"), QUO_REFUSED);
    quo_setting_warn(NULL, NULL, "x");
    quo_setting_ignore(NULL);
    assert_null(quo_config_root(NULL));
    assert_int_equal(quo_config_files(NULL), 0);
    quo_config_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_both_kinds),        cmocka_unit_test(numbers_that_are_wrong),
        cmocka_unit_test(texts_words_truths_and_dates), cmocka_unit_test(groups_and_lists),
        cmocka_unit_test(null_is_a_fine_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
