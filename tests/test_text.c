#include "check.h"
#include "risk/base/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"

static void nearest_name(void **state)
{
    (void)state;
    static const char *const known[] = {"key_compromise", "code_bug", "bridge_validation", "id"};
    static const struct {
        const char *word;
        int want;
    } in[] = {
        {"key_compromize", 0},
        {"KEY_COMPROMISE", 0},
        {"key_comproimse", 0},
        {"kompromise", -1},
        {"code-bug", 1},
        {"cod_bug", 1},
        {"ix", 3},
        {"ab", -1},
        {"", -1},
        {"bridge", -1},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        if (quo_text_nearest(in[i].word, known, 4) != in[i].want)
            fail_msg("nearest to '%s' is %d, want %d", in[i].word, quo_text_nearest(in[i].word, known, 4), in[i].want);
    assert_int_equal(quo_text_nearest(NULL, known, 4), -1);
    assert_int_equal(quo_text_nearest("x", known, 0), -1);
    static const char *const tie[] = {"abcx", "abcy"};
    assert_int_equal(quo_text_nearest("abcz", tie, 2), 0);
}

/* One transposition is one step: "ab" to "ba" in a word of three letters would otherwise be two, too far. */
static void a_swap_is_one_step(void **state)
{
    (void)state;
    static const char *const known[] = {"cap"};
    assert_int_equal(quo_text_nearest("cpa", known, 1), 0);
    assert_int_equal(quo_text_nearest("acp", known, 1), 0);
    assert_int_equal(quo_text_nearest("pac", known, 1), -1);
}

static void a_very_long_word_is_near_nothing(void **state)
{
    (void)state;
    char *word = calloc(1, 100001);
    assert_non_null(word);
    memset(word, 'a', 100000);
    const char *const known[] = {"aaa", word};
    assert_int_equal(quo_text_nearest(word, known, 2), -1);
    assert_int_equal(quo_text_nearest("aaab", known, 2), 0);
    free(word);
}

static void reals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double want;
    } good[] = {
        {"5", 5},     {"5.0", 5},      {" -2.5e-3 ", -0.0025}, {"+.5", 0.5}, {"5.", 5},
        {"1E3", 1e3}, {"1e-400", 0.0}, {"\t7\n", 7},           {"0.1", 0.1}, {"1.7976931348623157e308", DBL_MAX}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double out = -1.0;
        if (!quo_text_real(good[i].text, &out) || out != good[i].want)
            fail_msg("'%s' read as %.17g", good[i].text, out);
    }
    static const char *const bad[] = {"",   " ",   "nan", "NaN", "inf", "-inf", "0x10",  "1e400", "-1e400", "5 6",
                                      "5x", "1,5", "1e",  "e5",  ".",   "--5",  "1_000", "5%",    "1.2.3",  "1e+"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double out = -1.0;
        if (quo_text_real(bad[i], &out) || out != -1.0)
            fail_msg("'%s' taken", bad[i]);
    }
    double out;
    assert_false(quo_text_real(NULL, &out));
}

static void wholes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } good[] = {{"0", 0},
                {" +7 ", 7},
                {"-9223372036854775808", INT64_MIN},
                {"9223372036854775807", INT64_MAX},
                {"30000000000", 30000000000}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t out = -1;
        if (!quo_text_whole(good[i].text, &out) || out != good[i].want)
            fail_msg("'%s' read as %lld", good[i].text, (long long)out);
    }
    static const char *const bad[] = {"",    "1e3", "3.0", "9223372036854775808", "-9223372036854775809", "0x1",
                                      "1 2", "-",   "1a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t out = -1;
        if (quo_text_whole(bad[i], &out) || out != -1)
            fail_msg("'%s' taken", bad[i]);
    }
}

/* What is written reads back as the same bits, and no shorter decimal of the %g kind would. */
static void reals_go_round(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(41, 0, 0, 1);
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t bits;
            double value;
        } x;
        x.bits = (uint64_t)quo_stream_bits(&stream) << 32 | quo_stream_bits(&stream);
        if (!isfinite(x.value))
            continue;
        char text[32];
        const size_t n = quo_text_from_real(x.value, text);
        double back;
        assert_int_equal(n, strlen(text));
        assert_in_range(n, 1, 24);
        if (!quo_text_real(text, &back) || memcmp(&back, &x.value, sizeof back) != 0)
            fail_msg("%.17g written as %s", x.value, text);
    }
    static const struct {
        double value;
        const char *want;
    } in[] = {
        {5, "5.0"},        {0.1, "0.1"},        {-0.0, "-0.0"}, {1e22, "1e+22"}, {1e6, "1000000.0"},
        {INFINITY, "inf"}, {-INFINITY, "-inf"}, {NAN, "nan"},   {-NAN, "nan"},   {0.1 + 0.2, "0.30000000000000004"}};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        char text[32];
        quo_text_from_real(in[i].value, text);
        assert_string_equal(text, in[i].want);
    }
}

static void utf8(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBB\xBF", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(quo_text_is_utf8(good[i], strlen(good[i]), NULL));
    static const struct {
        const char *bytes;
        size_t n, bad;
    } in[] = {
        {"a\0b", 3, 1},     {"ab\xFF", 3, 2},           {"\xC0\xAF", 2, 0},         {"\xC3", 1, 0},
        {"\xE2\x82", 2, 0}, {"\xE0\x80\x80", 3, 0},     {"x\xED\xA0\x80", 4, 1},    {"\xF4\x90\x80\x80", 4, 0},
        {"a\x80", 2, 1},    {"\xF5\x80\x80\x80", 4, 0}, {"\xF0\x8F\x80\x80", 4, 0}, {"\xC3\x41", 2, 0},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        size_t bad = 99;
        if (quo_text_is_utf8(in[i].bytes, in[i].n, &bad) || bad != in[i].bad)
            fail_msg("case %zu: bad at %zu, want %zu", i, bad, in[i].bad);
    }
}

static void copies(void **state)
{
    (void)state;
    assert_null(quo_text_copy(NULL));
    char *copy = quo_text_copy("abc");
    assert_string_equal(copy, "abc");
    free(copy);
}

/* With a decimal comma in the process's locale nothing changes. Debian's C.UTF-8 has none, so a locale is compiled
 * into a folder of its own; where localedef or its sources are missing the test is skipped. */
static void a_decimal_comma_does_not_matter(void **state)
{
    (void)state;
    char folder[] = "/tmp/quorate-locale-XXXXXX", command[256];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    const int made = system(command);
    setenv("LOCPATH", folder, 1);
    const char *set = made == 0 ? setlocale(LC_ALL, "de_DE.UTF-8") : NULL;
    double value = 0.0;
    char plain[32] = "", text[32] = "", printed[32] = "";
    bool read = false;
    if (set) {
        snprintf(plain, sizeof plain, "%.1f", 2.5);
        read = quo_text_real("1234.5", &value);
        quo_text_from_real(0.25, text);
        quo_text_print(printed, sizeof printed, "%.2f", 1.5);
    }
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    if (!set)
        skip();
    assert_string_equal(plain, "2,5"); /* the locale was in force */
    assert_true(read);
    check_rel(value, 1234.5, 0.0, "read");
    assert_string_equal(text, "0.25");
    assert_string_equal(printed, "1.50");
}

/* Short decimals take a way of their own. */
static void short_decimals_are_those_of_strtod(void **state)
{
    (void)state;
    struct quo_stream s = quo_stream_at(5, 0, 0, 0);
    char text[40];
    for (int i = 0; i < 20000; i++) {
        int n = 0;
        const int whole = (int)quo_stream_below(&s, 10), fraction = (int)quo_stream_below(&s, 9);
        if (quo_stream_below(&s, 4) == 0)
            text[n++] = '-';
        for (int k = 0; k < whole; k++)
            text[n++] = (char)('0' + quo_stream_below(&s, 10));
        if (fraction || whole == 0)
            text[n++] = '.';
        for (int k = 0; k < fraction || (k == 0 && whole == 0); k++)
            text[n++] = (char)('0' + quo_stream_below(&s, 10));
        text[n] = '\0';
        double value = 0.0;
        const double want = strtod(text, NULL);
        assert_true(quo_text_real(text, &value));
        assert_memory_equal(&value, &want, sizeof value);
    }
}

/* As printf writes them: numbers of all sizes, of few digits, and on the edge between two. */
static void general_numbers_are_those_of_printf(void **state)
{
    (void)state;
    struct quo_stream s = quo_stream_at(9, 0, 0, 1);
    char got[32], want[64];
    for (int i = 0; i < 100000; i++) {
        const int digits = 1 + (int)quo_stream_below(&s, 17), size = (int)quo_stream_below(&s, 24) - 6;
        double value = (quo_stream_uniform(&s) - 0.2) * pow(10.0, size);
        if (i % 4 == 1) /* few digits */
            value = (double)quo_stream_below(&s, 100000) / pow(10.0, (int)quo_stream_below(&s, 8));
        if (i % 4 == 2) /* halves */
            value = ((double)quo_stream_below(&s, 2000) + 0.5) * pow(10.0, (int)quo_stream_below(&s, 6) - 2);
        if (i % 4 == 3 && i % 3 == 0) /* beside a power of ten */
            value = nextafter(pow(10.0, size), i % 2 ? 1e300 : 0.0);
        snprintf(want, sizeof want, "%.*g", digits, value);
        assert_int_equal(quo_text_general(value, digits, got), strlen(want));
        assert_string_equal(got, want);
        if (fabs(value) < 1e15) {
            snprintf(want, sizeof want, "%.*f", digits % 7, value);
            assert_int_equal(quo_text_fixed(value, digits % 7, got), strlen(want));
            assert_string_equal(got, want);
        }
    }
    const double special[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 1e-4, 9.9999e-5, 1e15, 999999.5, 0.5, 1.5, 2.5, -1.0, 5e-324, 1.7e308, 123456789.0};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(want, sizeof want, "%.*g", digits, special[i]);
            quo_text_general(special[i], digits, got);
            assert_string_equal(got, want);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_name),
        cmocka_unit_test(a_swap_is_one_step),
        cmocka_unit_test(a_very_long_word_is_near_nothing),
        cmocka_unit_test(reals),
        cmocka_unit_test(short_decimals_are_those_of_strtod),
        cmocka_unit_test(wholes),
        cmocka_unit_test(reals_go_round),
        cmocka_unit_test(general_numbers_are_those_of_printf),
        cmocka_unit_test(utf8),
        cmocka_unit_test(copies),
        cmocka_unit_test(a_decimal_comma_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
