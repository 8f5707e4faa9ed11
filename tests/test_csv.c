#include "check.h"
#include "folder.h"
#include "risk/base/csv.h"
#include "risk/base/stream.h"
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int make(void **state) { return (void)state, folder_make(), 0; }
static int unmake(void **state) { return (void)state, folder_remove(), 0; }

/* All rows as "line:a|b;" and then what was told, with ~ for the file. */
static char *read_all(const char *path, enum quo_status *status)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *csv;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    *status = quo_csv_open(path, &csv, &faults);
    assert_true((csv != NULL) == (*status == QUO_OK));
    const struct quo_csv_row *row = NULL;
    while (csv && (*status = quo_csv_next(csv, &row, &faults)) == QUO_OK && row) {
        assert_int_equal(row->n, quo_csv_columns(csv));
        fprintf(out, "%d:", row->line);
        for (size_t i = 0; i < row->n; i++)
            fprintf(out, "%s%s", i ? "|" : "", row->field[i]);
        fputc(';', out);
    }
    if (csv) { /* the end, and a file given up, stay what they are */
        const size_t n = faults.n;
        assert_int_equal(quo_csv_next(csv, &row, &faults), *status);
        assert_null(row);
        assert_int_equal(faults.n, n);
    }
    for (size_t i = 0; i < faults.n; i++)
        fprintf(out, "\n%d %s", faults.fault[i].line, faults.fault[i].text);
    fclose(out);
    quo_csv_close(csv);
    quo_faults_free(&faults);
    return text;
}

static void check_rows(const char *bytes, size_t n, enum quo_status want_status, const char *want)
{
    enum quo_status status;
    char *got = read_all(folder_write("t.csv", bytes, n), &status);
    if (strcmp(got, want) != 0)
        fail_msg("'%s'\n  gave: %s\n  want: %s", bytes, got, want);
    assert_int_equal(status, want_status);
    free(got);
}

static void rows(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } in[] = {
        {"a,b\n1,2\n3,4\n", "2:1|2;3:3|4;"},
        {"a,b\n1,2", "2:1|2;"},
        {"a,b\r\n1,2\r\n\r\n3,4\r\n", "2:1|2;4:3|4;"},
        {"\xEF\xBB\xBF"
         "a,b\n1,2\n",
         "2:1|2;"},
        {"a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "2:x,y|say \"hi\";"},
        {"a,b\n\"x\ny\n\",2\n3,4\n", "2:x\ny\n|2;5:3|4;"},
        {"a,b\n,\n\"\",\"\"\n", "2:|;3:|;"},
        {"a,b\n 1 ,\t2\n\" 3 \",4\n", "2:1|2;3: 3 |4;"},
        {"\n\n a , b \n\n  \n1,2\n\n", "6:1|2;"},
        {"a\n", ""},
        {"a,b", ""},
        {"a\n\xC3\xA4\n", "2:\xC3\xA4;"},
        {"a,b\n1,\"2\"", "2:1|2;"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        check_rows(in[i].text, strlen(in[i].text), QUO_OK, in[i].want);
}

/* Bad rows are told at the line they begin, and the good ones around them are read. */
static void bad_rows_are_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } in[] = {
        {"a,b\n1\n1,2,3\n4,5\n",
         "4:4|5;\n2 1 fields where the first line names 2\n3 3 fields where the first line names 2"},
        {"a,b\n1,x\"y\n4,5\n", "3:4|5;\n2 a quote in the middle of a field"},
        {"a,b\n1,\"x\"y\n4,5\n", "3:4|5;\n2 a quote in the middle of a field"},
        {"a,b\n1,\"open\n4,5\n6,7\n", "3:4|5;4:6|7;\n2 a quote is not closed"},
        {"a,b\n1,\"open", "\n2 a quote is not closed"},
        {"a,b\n\"p\nq\n4,5\n\"6\",7\n",
         "4:4|5;5:6|7;\n2 a quote in the middle of a field\n3 1 fields where the first line names 2"},
        {"a,b\n1,M\xFCller\n4,5\n", "3:4|5;\n2 byte 4 of the line (0xFC) is not UTF-8"},
        {"a,b\n1,2\r3,4\n5,6\n", "3:5|6;\n2 a carriage return in the middle of a line"},
        {"a,b\n1,2\r3,4", "\n2 a carriage return in the middle of a line"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        check_rows(in[i].text, strlen(in[i].text), QUO_OK, in[i].want);
}

static void files_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *want;
    } in[] = {
        {"", 0, "\n1 the file is empty"},
        {"\n \n", 3, "\n1 the file is empty"},
        {"a,a,b,a\n", 8, "\n1 columns 1 and 2 are both named 'a'\n1 columns 1 and 4 are both named 'a'"},
        {"a,,b,\n", 6, "\n1 column 2 has no name\n1 column 4 has no name"},
        {"a,\"b\n", 5, "\n1 a quote is not closed"},
        {"\xFF\xFE"
         "a\0,\0",
         6, "\n1 the file is in UTF-16"},
        {"a\0,\0", 4, "\n1 a zero byte: this is no text file (or one in UTF-16)"},
        {"a,b\n1,2\n3,\0\n4,5\n", 16, "2:1|2;\n3 a zero byte: this is no text file (or one in UTF-16)"},
        {"a\rb\rc", 5, "\n1 a carriage return in the middle of a line"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        check_rows(in[i].bytes, in[i].n, QUO_REFUSED, in[i].want);
}

/* head, then n times c, then tail. */
static void check_long(const char *head, size_t n, const char *tail, enum quo_status status, const char *want)
{
    char *text = malloc(strlen(head) + n + strlen(tail) + 1);
    assert_non_null(text);
    char *at = text + sprintf(text, "%s", head);
    memset(at, 'x', n);
    strcpy(at + n, tail);
    check_rows(text, strlen(text), status, want);
    free(text);
}

static void limits_are_told(void **state)
{
    (void)state;
    check_long("a,b\n1,", 65537, "\n4,5\n", QUO_OK, "3:4|5;\n2 a field of more than 64 KiB");
    check_long("a,b\n1,\"", 90000, "\n4,5\n", QUO_OK,
               "3:4|5;\n2 a field of more than 64 KiB, or a quote that is not closed");
    check_long("a,b\n1,", 1100000, "\n4,5\n", QUO_REFUSED, "\n2 a row of more than 1 MiB");
    enum quo_status status;
    char *text = malloc(65536 + 8), *got;
    assert_non_null(text);
    sprintf(text, "a\n");
    memset(text + 2, 'x', 65536);
    text[65538] = '\0';
    got = read_all(folder_text("t.csv", text), &status); /* 64 KiB exactly is taken */
    assert_int_equal(status, QUO_OK);
    assert_int_equal(strlen(got), 65536 + 3);
    free(got);
    free(text);
    char *header = malloc(5000 * 6), *at = header;
    assert_non_null(header);
    for (int i = 0; i < 4097; i++)
        at += sprintf(at, "%sc%d", i ? "," : "", i);
    check_rows(header, strlen(header), QUO_REFUSED, "\n1 more than 4096 columns");
    free(header);
}

/* Rows over the ends of blocks: each row's length is another one. */
static void a_large_file_is_streamed(void **state)
{
    (void)state;
    const size_t n = 40000;
    FILE *out = fopen(folder_path("big.csv"), "w");
    assert_non_null(out);
    fputs("n,text\n", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%zu,\"%.*s\n\"\n", i, (int)(i % 37), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS");
    fclose(out);
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *csv;
    assert_int_equal(quo_csv_open(folder_path("big.csv"), &csv, &faults), QUO_OK);
    const struct quo_csv_row *row;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(quo_csv_next(csv, &row, &faults), QUO_OK);
        assert_non_null(row);
        if (strtoul(row->field[0], NULL, 10) != i || row->line != (int)(2 + 2 * i) ||
            strlen(row->field[1]) != i % 37 + 1)
            fail_msg("row %zu on line %d: %s, %s", i, row->line, row->field[0], row->field[1]);
    }
    assert_int_equal(quo_csv_next(csv, &row, &faults), QUO_OK);
    assert_null(row);
    check_told(&faults, "", "nothing");
    quo_csv_close(csv);
}

static void columns(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *csv;
    const char *path = folder_text("t.csv", "date,loss_usd,entty,extra,chian\n");
    assert_int_equal(quo_csv_open(path, &csv, &faults), QUO_OK);
    assert_string_equal(quo_csv_path(csv), path);
    assert_int_equal(quo_csv_columns(csv), 5);
    assert_string_equal(quo_csv_column_name(csv, 1), "loss_usd");
    assert_null(quo_csv_column_name(csv, 5));
    assert_int_equal(quo_csv_column(csv, "extra"), 3);
    assert_int_equal(quo_csv_column(csv, "none"), -1);
    static const char *const wanted[] = {"date", "entity", "loss_usd", "cause"}, *const optional[] = {"chain", "extra"};
    int index[4], optional_index[2];
    assert_int_equal(quo_csv_expect(csv, wanted, 4, index, NULL, 0, NULL, &faults), QUO_REFUSED);
    assert_int_equal(faults.n, 2);
    quo_faults_free(&faults);
    assert_int_equal(quo_csv_expect(csv, wanted, 4, index, optional, 2, optional_index, &faults), QUO_REFUSED);
    assert_true(index[0] == 0 && index[1] == -1 && index[2] == 1 && index[3] == -1);
    assert_true(optional_index[0] == -1 && optional_index[1] == 3);
    char want[1024];
    snprintf(
        want, sizeof want,
        "%s:1: there is no column 'entity'; is 'entty' meant for it?\n%s:1: there is no column 'cause'; add it to the "
        "first line\n"
        "%s:1: unknown column 'entty'; did you mean 'entity'?\n%s:1: unknown column 'chian'; did you mean 'chain'?\n",
        path, path, path, path);
    check_told(&faults, want, "columns");
    quo_faults_free(&faults);
    static const char *const two[] = {"date", "loss_usd"};
    assert_int_equal(quo_csv_expect(csv, two, 2, index, NULL, 0, NULL, &faults), QUO_OK);
    quo_csv_close(csv);
}

static void files_that_cannot_be_opened(void **state)
{
    (void)state;
    enum quo_status status;
    char *got = read_all(folder_path("none.csv"), &status);
    assert_string_equal(got, "\n0 cannot be opened: No such file or directory");
    assert_int_equal(status, QUO_REFUSED);
    free(got);
    got = read_all(folder_path(""), &status);
    assert_string_equal(got, "\n0 is a folder");
    free(got);
}

/* What is written is read back. */
static void fields_go_round(void **state)
{
    (void)state;
    static const char *const fields[] = {"plain", "",   "a,b",      "say \"x\"", "two\nlines", " blank ",
                                         "\ttab", "\r", "\xC3\xA4", "\"\"",      ",",          "x\""};
    const size_t n = sizeof fields / sizeof *fields;
    FILE *out = fopen(folder_path("w.csv"), "w");
    assert_non_null(out);
    fputs("k,v\n", out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%zu,", i);
        quo_csv_write_field(out, fields[i]);
        fputc('\n', out);
    }
    fclose(out);
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *csv;
    assert_int_equal(quo_csv_open(folder_path("w.csv"), &csv, &faults), QUO_OK);
    const struct quo_csv_row *row;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(quo_csv_next(csv, &row, &faults), QUO_OK);
        assert_non_null(row);
        assert_string_equal(row->field[1], fields[i]);
    }
    check_told(&faults, "", "nothing");
    quo_csv_close(csv);
}

/* A row without a quote is cut by our own hands, one with a quote by libcsv: the same fields. */
static void plain_rows_are_cut_as_quoted_ones(void **state)
{
    (void)state;
    static const char *const parts[] = {"", "a", " ", "\t", "b c", "1.5", "-", "\x01", "#;|", "long enough to be a text"};
    struct quo_stream s = quo_stream_at(9, 0, 0, 0);
    char bytes[1 << 15] = "a,b,c,d\n";
    size_t n = strlen(bytes);
    const int rows = 100;
    for (int i = 0; i < rows; i++) {
        char rest[256] = "";
        for (int f = 0; f < 3; f++) {
            strcat(rest, ",");
            for (int k = (int)quo_stream_below(&s, 4); k > 0; k--)
                strcat(rest, parts[quo_stream_below(&s, sizeof parts / sizeof *parts)]);
        }
        const char *end = quo_stream_below(&s, 2) ? "\r\n" : "\n";
        n += (size_t)sprintf(bytes + n, "x%s%s\"x\"%s%s", rest, end, rest, end);
    }
    struct quo_faults faults;
    struct quo_csv *csv;
    const struct quo_csv_row *row;
    quo_faults_init(&faults);
    assert_int_equal(quo_csv_open(folder_write("p.csv", bytes, n), &csv, &faults), QUO_OK);
    for (int i = 0; i < rows; i++) {
        char kept[4][256];
        assert_int_equal(quo_csv_next(csv, &row, &faults), QUO_OK);
        assert_int_equal(row->line, 2 * i + 2);
        for (int f = 0; f < 4; f++)
            snprintf(kept[f], sizeof kept[f], "%s", row->field[f]);
        assert_int_equal(quo_csv_next(csv, &row, &faults), QUO_OK);
        assert_int_equal(row->line, 2 * i + 3);
        for (int f = 0; f < 4; f++)
            assert_string_equal(kept[f], row->field[f]);
    }
    quo_csv_close(csv);
    assert_int_equal(quo_faults_told(&faults), 0);
    quo_faults_free(&faults);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(rows),
        WITH_FOLDER(bad_rows_are_passed_over),
        WITH_FOLDER(files_that_are_refused),
        WITH_FOLDER(limits_are_told),
        WITH_FOLDER(a_large_file_is_streamed),
        WITH_FOLDER(columns),
        WITH_FOLDER(files_that_cannot_be_opened),
        WITH_FOLDER(fields_go_round),
        WITH_FOLDER(plain_rows_are_cut_as_quoted_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
