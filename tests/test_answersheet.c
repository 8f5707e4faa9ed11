/* The sheet of questions: written, filled, read back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "risk/controls/answersheet.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static char path[] = "/tmp/quorate-sheet-XXXXXX";

static int open_kit(void **state)
{
    (void)state;
    kit_open(&kit);
    const int file = mkstemp(path);
    if (file >= 0)
        close(file);
    return file < 0;
}

static int close_kit(void **state)
{
    (void)state;
    unlink(path);
    kit_close(&kit);
    return 0;
}

static void fill(const char *text)
{
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

static struct quo_protocol *empty_protocol(struct quo_faults *faults)
{
    struct quo_protocol *p =
        kit_protocol(kit.catalogue, "protocol = { id = \"p\"; exposure_usd = 1e6; bridge = true; };", faults);
    assert_non_null(p);
    return p;
}

static bool same_number(double a, double b) { return isnan(a) ? isnan(b) : a == b; }

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct quo_faults faults;
        quo_faults_init(&faults);
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 40, 0), *q = empty_protocol(&faults);
        p->bridge = true;
        assert_int_equal(quo_answersheet_write(path, kit.catalogue, p, &faults), QUO_OK);
        assert_int_equal(quo_answersheet_read(path, kit.catalogue, q, &faults), QUO_OK);
        assert_int_equal(faults.n, 0);
        assert_int_equal(q->n_answers, p->n_answers);
        for (size_t i = 0; i < p->n_answers; i++) {
            const struct quo_answer *a = &p->answer[i], *b = quo_protocol_answer(q, a->control);
            assert_non_null(b);
            assert_true(a->level == b->level && a->evidence == b->evidence && a->age_months == b->age_months);
            assert_true(same_number(a->coverage, b->coverage) && same_number(a->reliability, b->reliability));
        }
        quo_protocol_free(p);
        quo_protocol_free(q);
        quo_faults_free(&faults);
    }
}

static void every_question_is_asked_with_its_criteria(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_answersheet_write(path, kit.catalogue, NULL, &faults), QUO_OK);
    char *text = kit_file(path);
    for (size_t c = 0; c < kit.catalogue->n_controls; c++)
        assert_non_null(strstr(text, kit.catalogue->control[c].id));
    assert_non_null(strstr(text, "environment file or software hot wallet"));
    assert_non_null(strstr(text, "\"hash compared on two interfaces, delegate calls flagged\"")); /* a comma: quoted */
    free(text);
    /* An empty sheet holds no answer. */
    struct quo_protocol *p = empty_protocol(&faults);
    assert_int_equal(quo_answersheet_read(path, kit.catalogue, p, &faults), QUO_OK);
    assert_int_equal(p->n_answers, 0);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static void the_sheet_stands_in_place_of_the_file(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p = kit_protocol(kit.catalogue,
                                          "protocol = { id = \"p\"; exposure_usd = 1e6; answers = ( { control = "
                                          "\"KM-01\"; level = 1; note = \"old\"; }, { "
                                          "control = \"KM-03\"; level = 2; } ); };",
                                          &faults);
    fill("control,level,evidence,coverage,note,not_applicable\r\nKM-01,4,3,80 %,\"seen, on "
         "site\",\r\nGA-05,,,,no votes,yes\r\nKM-04,unknown,,,,\r\n");
    assert_int_equal(quo_answersheet_read(path, kit.catalogue, p, &faults), QUO_OK);
    assert_int_equal(p->n_answers, 4);
    const struct quo_answer *a = quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "KM-01"));
    assert_true(a->level == 4 && a->evidence == 3 && a->coverage == 0.8);
    assert_string_equal(a->note, "seen, on site");
    a = quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "GA-05"));
    assert_true(a->not_applicable);
    assert_string_equal(a->reason, "no votes");
    assert_int_equal(quo_protocol_answer(p, quo_catalogue_control(kit.catalogue, "KM-03"))->level, 2);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static void all_faults_are_told_and_nothing_is_changed(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *words;
    } want[] = {{2, "unknown control 'KM-10'"},   {3, "level is '5'"},
                {4, "evidence is 'high'"},        {5, "coverage is '120 %'"},
                {6, "without a reason"},          {7, "KM-07 has evidence and no level"},
                {8, "not_applicable is 'maybe'"}, {9, "KM-01 stands twice; first at line 9"}};
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p = empty_protocol(&faults);
    fill("control,level,evidence,coverage,note,not_applicable\nKM-10,2,,,,\nKM-02,5,,,,\nKM-03,2,"
         "high,,,\nKM-04,2,1,120 %,,\nKM-05,,,,,yes\nKM-07,,2,,,\nKM-08,1,,,,maybe\n"
         "KM-01,1,,,,\nKM-01,1,,,,\n");
    assert_int_equal(quo_answersheet_read(path, kit.catalogue, p, &faults), QUO_REFUSED);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!kit_told(&faults, want[i].words, want[i].line + (i == 7), false)) {
            kit_print(&faults);
            fail_msg("'%s' is not told", want[i].words);
        }
    assert_int_equal(p->n_answers, 0);
    quo_faults_free(&faults);
    quo_faults_init(&faults);
    fill("question,level\nwhat,1\n");
    assert_int_equal(quo_answersheet_read(path, kit.catalogue, p, &faults), QUO_REFUSED);
    assert_true(kit_told(&faults, "control", 0, false));
    assert_int_equal(quo_answersheet_read("/nowhere/at/all.csv", kit.catalogue, p, &faults), QUO_REFUSED);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(every_question_is_asked_with_its_criteria),
        cmocka_unit_test(the_sheet_stands_in_place_of_the_file),
        cmocka_unit_test(all_faults_are_told_and_nothing_is_changed),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
