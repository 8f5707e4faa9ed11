#include "pricing/cmd/pricesjson.h"

#include <stdio.h>
#include <string.h>

#include "pricing/book/bookresult.h"
#include "risk/base/csv.h"
#include "risk/base/text.h"

/* "a; b" as a list. */
static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    while (*text) {
        const char *end = strstr(text, "; ");
        const size_t n = end ? (size_t)(end - text) : strlen(text);
        json_array_append_new(list, json_stringn(text, n));
        text += n + (end ? 2 : 0);
    }
    return list;
}

/* "exposure=1200.00;model=-300.00" as an object. */
static json_t *parts_of(const char *text)
{
    json_t *parts = json_object();
    for (const char *end; *text; text = *end ? end + 1 : end) {
        char name[32], amount[64];
        double value;
        end = text + strcspn(text, ";");
        const char *is = memchr(text, '=', (size_t)(end - text));
        if (!is)
            continue;
        quo_text_print(name, sizeof name, "%.*s", (int)(is - text), text);
        quo_text_print(amount, sizeof amount, "%.*s", (int)(end - is - 1), is + 1);
        json_object_set_new(parts, name, quo_text_real(amount, &value) ? json_real(value) : json_null());
    }
    return parts;
}

static json_t *field_of(const char *name, const char *text)
{
    static const char *const texts[] = {"policy_id", "protocol_id", "status", "decision"};
    double value;
    if (strcmp(name, "reasons") == 0)
        return list_of(text);
    if (strcmp(name, "change_why") == 0)
        return parts_of(text);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(name, texts[i]) == 0)
            return text[0] ? json_string(text) : json_null();
    return quo_text_real(text, &value) ? json_real(value) : json_null();
}

static bool print_row(const struct quo_csv *csv, const struct quo_csv_row *row, bool first)
{
    json_t *one = json_object();
    for (size_t c = 0; c < row->n; c++)
        json_object_set_new(one, quo_csv_column_name(csv, c), field_of(quo_csv_column_name(csv, c), row->field[c]));
    fputs(first ? "\n    " : ",\n    ", stdout);
    const bool good = json_object_size(one) == row->n && json_dumpf(one, stdout, JSON_REAL_PRECISION(17)) == 0;
    json_decref(one);
    return good;
}

/* The rows that were written, read back. */
static enum quo_status print_rows(const struct quo_pricesjson *what, struct quo_faults *faults)
{
    char path[48], names[512], *name[QUO_BOOKRESULT_COLUMNS];
    struct quo_csv *csv = NULL;
    const struct quo_csv_row *row;
    size_t n = 0, rows = 0;
    if (fflush(what->prices) != 0)
        return quo_faults_add(faults, QUO_MACHINE, "", 0, NULL, "the prices cannot be written");
    quo_text_print(path, sizeof path, "/proc/self/fd/%d", fileno(what->prices));
    quo_text_print(names, sizeof names, "%s", quo_bookresult_header);
    for (char *at = names, *word; n < QUO_BOOKRESULT_COLUMNS && (word = strsep(&at, ",\n")) && *word;)
        name[n++] = word;
    enum quo_status status = what->headless ? quo_csv_open_headless(path, (const char *const *)name, n, &csv, faults)
                                            : quo_csv_open(path, &csv, faults);
    fputs(",\n  \"policies\": [", stdout);
    while (status == QUO_OK && (status = quo_csv_next(csv, &row, faults)) == QUO_OK && row)
        status = print_row(csv, row, rows++ == 0) || ferror(stdout) ? QUO_OK : QUO_MACHINE;
    fputs(rows ? "\n  ]" : "]", stdout);
    quo_csv_close(csv);
    return status;
}

enum quo_status quo_pricesjson_print(struct quo_cmd *cmd, const struct quo_pricesjson *what)
{
    enum quo_status status = QUO_OK;
    printf("{\n  \"schema\": \"quorate.reprice/1\",\n  \"priced\": %zu,\n  \"rejected\": %zu", what->good, what->bad);
    if (what->prices && what->good)
        status = print_rows(what, &cmd->faults);
    json_t *errors = quo_cmd_errors(cmd);
    if (json_array_size(errors)) {
        fputs(",\n  \"errors\": ", stdout);
        json_dumpf(errors, stdout, JSON_INDENT(2));
    }
    json_decref(errors);
    fputs("\n}\n", stdout);
    return status;
}
