#include "check.h"
#include "risk/base/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void adds_and_counts(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_faults_add(&faults, QUO_REFUSED, "a.cfg", 12, "write 5", "'%s' is %d", "x", -3), QUO_REFUSED);
    assert_int_equal(quo_faults_add(&faults, QUO_OK, "a.cfg", 13, NULL, "a warning"), QUO_OK);
    assert_int_equal(quo_faults_add(&faults, QUO_MACHINE, NULL, 0, NULL, "disk full"), QUO_MACHINE);
    assert_int_equal(faults.n, 3);
    assert_int_equal(faults.warnings, 1);
    assert_int_equal(quo_faults_refusals(&faults), 2);
    assert_string_equal(faults.fault[0].text, "'x' is -3");
    assert_string_equal(faults.fault[1].hint, "");
    assert_string_equal(faults.fault[2].file, "");
    quo_faults_free(&faults);
    assert_int_equal(faults.n, 0);
    quo_faults_free(NULL);
}

static void null_collection_keeps_nothing(void **state)
{
    (void)state;
    assert_int_equal(quo_faults_add(NULL, QUO_REFUSED, "f", 1, NULL, "x"), QUO_REFUSED);
    assert_int_equal(quo_faults_refusals(NULL), 0);
    quo_faults_sort(NULL);
}

/* 50 MB of noise is 13 million faults: the first are kept, all are counted, what the machine did is never lost. */
static void keeps_the_first_and_counts_all(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    for (int i = 1; i <= 50000; i++)
        quo_faults_add(&faults, QUO_REFUSED, "big.csv", i, NULL, "row %d", i);
    assert_int_equal(faults.n, QUO_FAULTS_MAX);
    assert_string_equal(faults.fault[QUO_FAULTS_MAX - 1].text, "row 10000");
    assert_int_equal(quo_faults_told(&faults), 50000);
    quo_faults_add(&faults, QUO_MACHINE, "big.csv", 0, NULL, "disk full");
    quo_faults_add(&faults, QUO_OK, "big.csv", 1, NULL, "a warning");
    assert_int_equal(faults.n, QUO_FAULTS_MAX + 1);
    quo_faults_sort(&faults);
    quo_faults_sum_up(&faults);
    assert_int_equal(faults.n, QUO_FAULTS_MAX + 2);
    char text[128];
    quo_fault_format(&faults.fault[QUO_FAULTS_MAX + 1], text, sizeof text);
    assert_string_equal(text, "big.csv: 40000 more faults, not told one by one");
    assert_int_equal(quo_faults_told(&faults), 50001);
    quo_faults_free(&faults);
    quo_faults_init(&faults);
    for (int i = 0; i < QUO_FAULTS_MAX + 7; i++)
        quo_faults_add(&faults, QUO_OK, "w.csv", i, NULL, "a warning");
    quo_faults_sum_up(&faults);
    assert_string_equal(faults.fault[QUO_FAULTS_MAX].text, "7 more warnings");
    assert_int_equal(quo_faults_refusals(&faults), 0);
    quo_faults_free(&faults);
}

/* Files in the order they came, lines upwards, and what stands on one line in the order it was told. */
static void sorts_by_file_and_line_stably(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int line;
        const char *text;
    } in[] = {{"z.cfg", 9, "a"}, {"b.cfg", 4, "b"}, {"z.cfg", 2, "c"},
              {"b.cfg", 1, "d"}, {"z.cfg", 2, "e"}, {"z.cfg", 0, "f"}};
    struct quo_faults faults;
    quo_faults_init(&faults);
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        quo_faults_add(&faults, QUO_REFUSED, in[i].file, in[i].line, NULL, "%s", in[i].text);
    quo_faults_sort(&faults);
    char order[8] = "";
    for (size_t i = 0; i < faults.n; i++)
        strcat(order, faults.fault[i].text);
    assert_string_equal(order, "fceadb");
    quo_faults_free(&faults);
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int line;
        const char *hint, *want;
    } in[] = {
        {"bridge.cfg", 12, "did you mean 'y'?", "bridge.cfg:12: unknown 'x'; did you mean 'y'?"},
        {"bridge.cfg", 12, NULL, "bridge.cfg:12: unknown 'x'"},
        {"bridge.cfg", 0, NULL, "bridge.cfg: unknown 'x'"},
        {"", 3, "h", "unknown 'x'; h"},
        {"-", 3, NULL, "-:3: unknown 'x'"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        struct quo_faults faults;
        quo_faults_init(&faults);
        quo_faults_add(&faults, QUO_REFUSED, in[i].file, in[i].line, in[i].hint, "unknown '%s'", "x");
        char text[200], cut[6];
        assert_int_equal(quo_fault_format(&faults.fault[0], text, sizeof text), strlen(in[i].want));
        assert_string_equal(text, in[i].want);
        assert_int_equal(quo_fault_format(&faults.fault[0], cut, sizeof cut), strlen(in[i].want));
        assert_memory_equal(cut, in[i].want, 5);
        assert_int_equal(cut[5], '\0');
        quo_faults_free(&faults);
    }
}

static void input_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_faults_add(&faults, QUO_REFUSED, "a\033[2Jb", 1, "c\nd", "\033[31m%s\r\n", "x\ty\x7f");
    assert_string_equal(faults.fault[0].file, "a?[2Jb");
    assert_string_equal(faults.fault[0].hint, "c?d");
    assert_string_equal(faults.fault[0].text, "?[31mx?y???");
    quo_faults_free(&faults);
}

static void a_long_text_ends_in_dots_between_characters(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    char *longest = malloc(200001);
    assert_non_null(longest);
    for (size_t i = 0; i < 100000; i++)
        memcpy(longest + 2 * i, "\xC3\xA4", 2);
    longest[200000] = '\0';
    quo_faults_add(&faults, QUO_REFUSED, "f", 1, NULL, "%s", longest);
    free(longest);
    const char *text = faults.fault[0].text;
    const size_t n = strlen(text);
    assert_in_range(n, 900, 1000);
    assert_string_equal(text + n - 3, "...");
    assert_int_equal((unsigned char)text[n - 4], 0xA4);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_and_counts),
        cmocka_unit_test(null_collection_keeps_nothing),
        cmocka_unit_test(keeps_the_first_and_counts_all),
        cmocka_unit_test(sorts_by_file_and_line_stably),
        cmocka_unit_test(formats),
        cmocka_unit_test(input_cannot_write_to_the_terminal),
        cmocka_unit_test(a_long_text_ends_in_dots_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
