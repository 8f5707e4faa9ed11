#include "check.h"
#include "risk/base/config.h"
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opens the text, counts its faults, closes it. */
static enum quo_status open_and_tell(const char *text, struct quo_faults *faults)
{
    quo_faults_init(faults);
    struct quo_config *config;
    const enum quo_status status = quo_config_open_text(text, strlen(text), "t.cfg", &config, faults);
    assert_true((config != NULL) == (status == QUO_OK));
    quo_config_close(config);
    return status;
}

/* Everything the format allows. */
static void takes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a = 5;",
        "a = 5.0",
        "a : 5",
        "a=5,b=6",
        "a = .5; b = 5.; c = -5e-3; d = +7;",
        "a = 5L; b = 0x1F; c = 0xFFL;",
        "a = true; b = FALSE;",
        "a = \"x\";",
        "a = \"one \" \"two\"\n \"three\";",
        "a = \"a \\\"quote\\\" \\\\ \\x41 \\n\";",
        "a = { };",
        "a = ( );",
        "a = [ ];",
        "a = [1, 2.5, 3];",
        "a = (1, \"x\", { b = 1; }, (2, 3), [4]);",
        "a = (1, 2,);",
        "a = [1, 2, ];",
        "# comment\na = 1; // more\n/* and\n more */ b = 2;",
        ("\xEF\xBB\xBF"
         "a = 1;"),
        "a = 1;\r\nb = 2;\r\n",
        "a = 1;; b = 2;",
        "a = { b = { c = 1 } } d = 2",
        "SD-04 = 1; x_y = 2;",
        "a = \"\xC3\xA4\";",
        "a = 1; A = 2;",
        "a = 0; b = 0.5; c = 00.5;",
        "a = 9223372036854775807; b = -9223372036854775808; c = 30000000000; d = 99999999999999999999;",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct quo_faults faults;
        if (open_and_tell(good[i], &faults) != QUO_OK || faults.n != 0)
            fail_msg("'%s' refused: %s", good[i], told(&faults));
        quo_faults_free(&faults);
    }
}

/* What is wrong, what would be right, and whether reading went on. */
static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum quo_status status;
        const char *want;
    } in[] = {
        {"", QUO_REFUSED, "t.cfg:1: the file holds no settings; a file holds settings such as  name = value;\n"},
        {"# nothing\n", QUO_REFUSED,
         "t.cfg:1: the file holds no settings; a file holds settings such as  name = value;\n"},
        {"a = nan; b = -inf; c = Infinity;", QUO_OK,
         "t.cfg:1: 'nan' is not a finite number; give a finite number\n"
         "t.cfg:1: '-inf' is no number that can be taken; a number is written 5, 5.0 or 5e6, without unit, per cent "
         "sign or separators\n"
         "t.cfg:1: 'Infinity' is not a finite number; give a finite number\n"},
        {"a = 1e400;\nb = -1e400;", QUO_OK,
         "t.cfg:1: '1e400' is no number that can be taken; the largest number is 1.797e308\n"
         "t.cfg:2: '-1e400' is no number that can be taken; the largest number is 1.797e308\n"},
        {"a = 10M;\nb = 5%;\nc = 1_000;", QUO_OK,
         "t.cfg:1: '10M' is no number that can be taken; a number is written 5, 5.0 or 5e6, without unit, per cent "
         "sign or separators\n"
         "t.cfg:2: '5%' is no number that can be taken; a number is written 5, 5.0 or 5e6, without unit, per cent sign "
         "or separators\n"
         "t.cfg:3: '1_000' is no number that can be taken; a number is written 5, 5.0 or 5e6, without unit, per cent "
         "sign or separators\n"},
        {"a = 12,000,000;\nb = 1;", QUO_OK,
         "t.cfg:1: a number with separators, or with a decimal comma; write 12000000 or 12e6, and 0.75 with a point\n"},
        {"a = (12,000);", QUO_OK,
         "t.cfg:1: '000' is no number that can be taken; a number does not begin with 0, and its thousands are not "
         "separated\n"},
        {"a = 0xFFFFFFFFFFFFFFFF;", QUO_OK,
         "t.cfg:1: '0xFFFFFFFFFFFFFFFF' is no number that can be taken; a whole number is below 2^63\n"},
        {"a = 2026-08-01;", QUO_OK,
         "t.cfg:1: '2026-08-01' is no number that can be taken; a date goes in quotes: \"2026-08-01\"\n"},
        {"a = yes;\nb = linear;", QUO_OK,
         "t.cfg:1: 'yes' is not a value; write true or false\nt.cfg:2: 'linear' is not a value; text goes in quotes: "
         "\"linear\"\n"},
        {"a = 1;\nb = 2;\na = 3;\nb = { a = 1; };\na = 4;", QUO_OK,
         "t.cfg:3: 'a' is set twice; keep one; the first is at t.cfg:1\n"
         "t.cfg:4: 'b' is set twice; keep one; the first is at t.cfg:2\n"
         "t.cfg:5: 'a' is set twice; keep one; the first is at t.cfg:1\n"},
        {"a = \"no end;\nb = 1;", QUO_OK,
         "t.cfg:1: the text has no closing quote; close it on the same line; texts side by side are joined: \"one \" "
         "\"two\"\n"},
        {"a = \"\\x00\";", QUO_OK, "t.cfg:1: the escape \\x00 is not taken; write the character itself, in UTF-8\n"},
        {"a = \"\\xff\";", QUO_OK, "t.cfg:1: the escape \\xff is not taken; write the character itself, in UTF-8\n"},
        {"a = (1 2);", QUO_OK,
         "t.cfg:1: a ',' is missing before this element; elements of a list are separated by commas\n"},
        {"a = (1; 2);", QUO_OK, "t.cfg:1: ';' within a list; elements of a list are separated by commas\n"},
        {"a = (1,, 2);", QUO_OK, "t.cfg:1: an element is missing before ','; remove one of the commas\n"},
        {"a = ;\nb;\nc = { d = };", QUO_OK,
         "t.cfg:1: 'a' has no value; a setting is  name = value;\nt.cfg:2: 'b' has no value; a setting is  name = "
         "value;\n"
         "t.cfg:3: 'd' has no value; a setting is  name = value;\n"},
        {"a = {\n b = (1,\n", QUO_REFUSED,
         "t.cfg:3: the file ends inside the list 'b' opened on line 2; a ')' closes it; is the file cut off?\n"},
        {"a = {\n ( 1", QUO_REFUSED, "t.cfg:2: a value stands where a name is expected; a setting is  name = value;\n"},
        {"a = ( { b = 1;", QUO_REFUSED,
         "t.cfg:1: the file ends inside the group opened on line 1; a '}' closes it; is the file cut off?\n"},
        {"a = 1;\nb =", QUO_REFUSED, "t.cfg:2: the file ends after 'b' without its value; is the file cut off?\n"},
        {"a", QUO_REFUSED, "t.cfg:1: the file ends after 'a' without its value; is the file cut off?\n"},
        {"a = (\n1 }", QUO_REFUSED, "t.cfg:2: '}' where ')' is expected; ')' closes what '(' opened on line 1\n"},
        {"a = 1; }", QUO_REFUSED, "t.cfg:1: '}' closes nothing; remove it, or open what it closes\n"},
        {"a 5;", QUO_REFUSED, "t.cfg:1: a '=' is missing after 'a'; a setting is  name = value;\n"},
        {"= 5;", QUO_REFUSED, "t.cfg:1: '=' without a name before it; a setting is  name = value;\n"},
        {"a = 1 = 2;", QUO_REFUSED, "t.cfg:1: '=' without a name before it; a setting is  name = value;\n"},
        {"a = 'x';", QUO_REFUSED, "t.cfg:1: unexpected '''; text goes in straight double quotes: \"...\"\n"},
        {"a = \xE2\x80\x9Cx\xE2\x80\x9D;", QUO_REFUSED,
         "t.cfg:1: unexpected '\xE2\x80\x9C'; text goes in straight double quotes: \"...\"\n"},
        {"a = $5;", QUO_REFUSED,
         "t.cfg:1: unexpected '$'; a value is a number, true, false, a \"text\", { ... }, ( ... ) or [ ... ]\n"},
        {"a.b = 5;", QUO_REFUSED, "t.cfg:1: 'a.b' is not a name; a name is made of letters, digits, '-' and '_'\n"},
        {"a*1 = 5;", QUO_REFUSED, "t.cfg:1: 'a*1' is not a name; a name is made of letters, digits, '-' and '_'\n"},
        {"a = [ (1) ];", QUO_REFUSED,
         "t.cfg:1: an array [ ... ] holds single values only; groups and lists go in ( ... )\n"},
        {"/* open\n\na = 1;", QUO_REFUSED, "t.cfg:1: the comment is not closed; close it with */\n"},
        {"@include \"x.cfg\"", QUO_REFUSED, "t.cfg:1: an @include is not taken here; put its text in place of it\n"},
        {"<html><body>", QUO_REFUSED, "t.cfg:1: unexpected '<'; a setting is  name = value;\n"},
        {"{ \"json\": 1 }", QUO_REFUSED,
         "t.cfg:1: a value stands where a name is expected; a setting is  name = value;\n"},
        {"date,entity\n2026-01-01,x\n", QUO_REFUSED,
         "t.cfg:1: 'date' has no value; a setting is  name = value;\nt.cfg:2: a '=' is missing after 'entity'; a "
         "setting is  name = value;\n"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        struct quo_faults faults;
        const enum quo_status status = open_and_tell(in[i].text, &faults);
        check_told(&faults, in[i].want, in[i].text);
        if (status != in[i].status)
            fail_msg("'%s': status %d, want %d", in[i].text, (int)status, (int)in[i].status);
        quo_faults_free(&faults);
    }
}

/* Text made by repeating a piece. Caller frees. */
static char *repeat(const char *head, const char *piece, size_t times, const char *tail)
{
    const size_t n = strlen(piece);
    char *text = malloc(strlen(head) + times * n + strlen(tail) + 1);
    assert_non_null(text);
    char *at = text + sprintf(text, "%s", head);
    for (size_t i = 0; i < times; i++, at += n)
        memcpy(at, piece, n);
    strcpy(at, tail);
    return text;
}

static void check_limit(char *text, const char *want)
{
    struct quo_faults faults;
    assert_int_equal(open_and_tell(text, &faults), QUO_REFUSED);
    check_told(&faults, want, "limit");
    quo_faults_free(&faults);
    free(text);
}

static void limits_are_told(void **state)
{
    (void)state;
    check_limit(repeat("a = ", "(", 70, ""), "t.cfg:1: groups and lists are nested more than 64 deep\n");
    check_limit(repeat("a = (1", ",1", 2000000, ");"), "t.cfg:1: more than 2000000 settings\n");
    char *many = malloc(200000), *at = many;
    assert_non_null(many);
    for (int i = 0; i <= 1000; i++)
        at += sprintf(at, "a%d=1\n", i);
    check_limit(many, "t.cfg:1001: more than 1000 settings side by side; use a list\n");
}

/* Noise ends at the first token that is none: one fault, at once. */
static void noise_is_one_fault(void **state)
{
    (void)state;
    check_limit(repeat("", "lorem ipsum dolor sit amet\n", 100000, ""),
                "t.cfg:1: a '=' is missing after 'lorem'; a setting is  name = value;\n");
    check_limit(repeat("", "\x7f~!", 100000, ""), "t.cfg:1: unexpected '\x3f'; a setting is  name = value;\n");
    check_limit(repeat("x", "x", 1000000, ""),
                "t.cfg:1: the file ends after "
                "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"
                " without its value; is the file cut off?\n");
}

/* No prefix of a good file crashes or is taken for the whole; deeper faults are the fuzzer's. */
static void a_file_cut_anywhere_is_told(void **state)
{
    (void)state;
    static const char text[] = "a = { b = ( 1, { c = \"x y\"; } ); d = [ 1.5, -2e3 ]; };\n";
    const size_t n = strlen(text);
    for (size_t i = 0; i + 3 < n; i++) { /* the last three: "}", ";" and the line end */
        struct quo_faults faults;
        quo_faults_init(&faults);
        struct quo_config *config;
        const enum quo_status status = quo_config_open_text(text, i, "t.cfg", &config, &faults);
        quo_config_close(config);
        if (status == QUO_OK || quo_faults_refusals(&faults) == 0)
            fail_msg("the first %zu bytes are taken", i);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(noise_is_one_fault),
        cmocka_unit_test(a_file_cut_anywhere_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
