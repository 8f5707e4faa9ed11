/* A setting printed reads back as the same: whatever stands in the shipped examples, and texts that need care. */
#include <stdlib.h>
#include <string.h>

#include "risk/base/config.h"
#include "tests/check.h"

static char *printed(const char *text, const char *leave_out)
{
    struct quo_faults faults;
    struct quo_config *config;
    quo_faults_init(&faults);
    assert_int_equal(quo_config_open_text(text, strlen(text), "t", &config, &faults), QUO_OK);
    char *out = quo_setting_print(quo_config_root(config), leave_out);
    assert_non_null(out);
    quo_config_close(config);
    quo_faults_free(&faults);
    return out;
}

static void one_text_for_one_meaning(void **state)
{
    (void)state;
    char *a = printed("x=1;y=[1.50,2];  # a comment\nz = { t = \"a \\\"b\\\" \\\\ c\\nd\"; };", NULL),
         *b = printed("x = 1;\ny = [1.5, 2.0];\nz = {\n  t = \"a \\\"b\\\" \\\\ c\\nd\"; };\n", NULL);
    char *again = printed(a, NULL), *without = printed(a, "y");
    assert_string_equal(a, again);
    assert_non_null(strstr(a, "t = \"a \\\"b\\\" \\\\ c\\nd\";"));
    assert_non_null(strstr(a, "1.5"));
    assert_non_null(strstr(b, "x = 1;"));
    assert_null(strstr(without, "y ="));
    assert_non_null(strstr(without, "z ="));
    free(a);
    free(b);
    free(again);
    free(without);
}

static void examples_go_round(void **state)
{
    (void)state;
    static const char *const files[] = {"fixtures/examples/bridge.policy.cfg", "fixtures/cases/ronin.policy.cfg",
                                        "fixtures/cases/drift.policy.cfg", "fixtures/authority/authority.cfg"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct quo_faults faults;
        struct quo_config *config;
        quo_faults_init(&faults);
        assert_int_equal(quo_config_open(files[i], &config, &faults), QUO_OK);
        char *once = quo_setting_print(quo_config_root(config), NULL), *twice = printed(once, NULL);
        assert_string_equal(once, twice);
        assert_null(strstr(once, "@include"));
        free(once);
        free(twice);
        quo_config_close(config);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_text_for_one_meaning), cmocka_unit_test(examples_go_round)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
