#include "risk/controls/answersheet.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "risk/base/csv.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

enum column {
    CONTROL,
    LEVEL,
    EVIDENCE,
    COVERAGE,
    RELIABILITY,
    AGE,
    NOT_APPLICABLE,
    NOTE,
    TITLE,
    QUESTION,
    FIRST_CRITERION,
    COLUMNS = FIRST_CRITERION + QUO_LEVELS
};
static const char *const columns[COLUMNS] = {"control",    "level",          "evidence", "coverage", "reliability",
                                             "age_months", "not_applicable", "note",     "title",    "question",
                                             "level_0",    "level_1",        "level_2",  "level_3",  "level_4"};
/* As they stand in the file, for reading from left to right. */
static const int order[COLUMNS] = {CONTROL,
                                   TITLE,
                                   QUESTION,
                                   FIRST_CRITERION,
                                   FIRST_CRITERION + 1,
                                   FIRST_CRITERION + 2,
                                   FIRST_CRITERION + 3,
                                   FIRST_CRITERION + 4,
                                   LEVEL,
                                   EVIDENCE,
                                   COVERAGE,
                                   RELIABILITY,
                                   AGE,
                                   NOT_APPLICABLE,
                                   NOTE};

static void write_number(FILE *to, bool said, double value)
{
    char text[32] = "";
    if (said)
        quo_text_from_real(value, text);
    fputs(text, to);
}

static void write_answer(FILE *to, const struct quo_answer *answer, int column)
{
    if (!answer)
        return;
    switch (column) {
    case LEVEL:
        if (answer->level >= 0)
            fprintf(to, "%d", answer->level);
        break;
    case EVIDENCE:
        if (answer->level >= 0)
            fprintf(to, "%d", answer->evidence);
        break;
    case COVERAGE:
        write_number(to, !isnan(answer->coverage), answer->coverage);
        break;
    case RELIABILITY:
        write_number(to, !isnan(answer->reliability), answer->reliability);
        break;
    case AGE:
        if (answer->age_months >= 0)
            fprintf(to, "%d", answer->age_months);
        break;
    case NOT_APPLICABLE:
        fputs(answer->not_applicable ? "yes" : "", to);
        break;
    default: {
        const char *text = answer->not_applicable ? answer->reason : answer->note;
        quo_csv_write_field(to, text ? text : "");
    }
    }
}

static void write_row(FILE *to, const struct quo_control *control, const struct quo_answer *answer)
{
    for (int i = 0; i < COLUMNS; i++) {
        fputs(i ? "," : "", to);
        if (order[i] == CONTROL)
            quo_csv_write_field(to, control->id);
        else if (order[i] == TITLE)
            quo_csv_write_field(to, control->title);
        else if (order[i] == QUESTION)
            quo_csv_write_field(to, control->question);
        else if (order[i] >= FIRST_CRITERION)
            quo_csv_write_field(to, control->criteria[order[i] - FIRST_CRITERION]);
        else
            write_answer(to, answer, order[i]);
    }
    fputs("\r\n", to);
}

enum quo_status quo_answersheet_write(const char *path, const struct quo_catalogue *catalogue,
                                      const struct quo_protocol *protocol, struct quo_faults *faults)
{
    struct quo_outfile *file;
    const enum quo_status status = quo_outfile_open(path, &file, faults);
    if (status)
        return status;
    FILE *to = quo_outfile_stream(file);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, "%s%s", i ? "," : "", columns[order[i]]);
    fputs("\r\n", to);
    for (size_t c = 0; c < catalogue->n_controls; c++)
        if (!protocol || protocol->bridge || !catalogue->control[c].bridge_only)
            write_row(to, &catalogue->control[c], protocol ? quo_protocol_answer(protocol, (int)c) : NULL);
    return quo_outfile_commit(file, faults);
}

struct reader {
    const char *path;
    const struct quo_catalogue *catalogue;
    struct quo_faults *faults;
    int index[COLUMNS]; /* place of each column in the file, -1: absent */
    int line;
    const struct quo_csv_row *row;
};

static const char *field(const struct reader *r, int column)
{
    const char *text = r->index[column] < 0 ? "" : r->row->field[r->index[column]];
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static bool empty(const struct reader *r, int column) { return field(r, column)[0] == '\0'; }

/* A whole number of low..high; `otherwise` where the field is empty or, with a fault, wrong. */
static int whole(const struct reader *r, int column, int low, int high, int otherwise)
{
    int64_t value;
    if (empty(r, column))
        return otherwise;
    if (quo_text_whole(field(r, column), &value) && value >= low && value <= high)
        return (int)value;
    char hint[64];
    snprintf(hint, sizeof hint, "a whole number from %d to %d, or nothing", low, high);
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, hint, "%s is '%s'", columns[column], field(r, column));
    return otherwise;
}

/* A share of 0..1, or a percentage with its sign. */
static double share(const struct reader *r, int column)
{
    char text[64];
    double value;
    if (empty(r, column))
        return NAN;
    snprintf(text, sizeof text, "%s", field(r, column));
    char *sign = strchr(text, '%');
    if (sign)
        *sign = '\0';
    if (strlen(field(r, column)) < sizeof text && quo_text_real(text, &value) && value >= 0.0 &&
        value <= (sign ? 100.0 : 1.0))
        return sign ? value / 100.0 : value;
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, "a share from 0 to 1, or a percentage with its sign",
                   "%s is '%s'", columns[column], field(r, column));
    return NAN;
}

static bool yes(const struct reader *r, int column)
{
    static const char *const words[] = {"yes", "true", "1", "x"}, *const none[] = {"", "no", "false", "0"};
    for (int i = 0; i < 4; i++) {
        if (strcasecmp(field(r, column), words[i]) == 0)
            return true;
        if (strcasecmp(field(r, column), none[i]) == 0)
            return false;
    }
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, "yes or no", "%s is '%s'", columns[column],
                   field(r, column));
    return false;
}

/* The row as an answer; control -1 where it is none. The note still belongs to the row. */
static struct quo_answer read_row(const struct reader *r)
{
    struct quo_answer a = {
        .control = quo_catalogue_control(r->catalogue, field(r, CONTROL)), .line = r->line, .level = -1};
    if (a.control < 0) {
        const int near = quo_catalogue_nearest(r->catalogue, field(r, CONTROL));
        char hint[96] = "an id of the catalogue, such as KM-01";
        if (near >= 0)
            snprintf(hint, sizeof hint, "did you mean '%s'?", r->catalogue->control[near].id);
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, hint, "unknown control '%s'", field(r, CONTROL));
        return a;
    }
    a.not_applicable = yes(r, NOT_APPLICABLE);
    const bool unknown = strcasecmp(field(r, LEVEL), "unknown") == 0;
    if (!unknown)
        a.level = whole(r, LEVEL, 0, QUO_LEVELS - 1, -1);
    a.evidence = whole(r, EVIDENCE, 0, QUO_EVIDENCE_GRADES - 1, 0);
    a.coverage = share(r, COVERAGE);
    a.reliability = share(r, RELIABILITY);
    a.age_months = whole(r, AGE, 0, 1200, -1);
    if (a.not_applicable && empty(r, NOTE))
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, "say why in the column note",
                       "%s is not applicable without a reason", field(r, CONTROL));
    if (a.not_applicable && a.level >= 0)
        quo_faults_add(r->faults, QUO_OK, r->path, r->line, "not_applicable counts; leave out one of the two",
                       "%s has level %d and is not applicable", field(r, CONTROL), a.level);
    if (!a.not_applicable && empty(r, LEVEL)) {
        if (!empty(r, EVIDENCE))
            quo_faults_add(r->faults, QUO_REFUSED, r->path, r->line, "a level, or neither",
                           "%s has evidence and no level", field(r, CONTROL));
        a.control = -1;
    }
    return a;
}

/* Takes over the answer; its place is that of the control's own answer, or a new one. */
static enum quo_status keep(struct quo_answer *to, size_t *n, const struct quo_answer *answer, const char *note)
{
    size_t at = 0;
    while (at < *n && to[at].control != answer->control)
        at++;
    char *copy = note[0] ? quo_text_copy(note) : NULL;
    if (note[0] && !copy)
        return QUO_MACHINE;
    if (at < *n) {
        free(to[at].reason);
        free(to[at].note);
    }
    to[at] = *answer;
    to[at].reason = answer->not_applicable ? copy : NULL;
    to[at].note = answer->not_applicable ? NULL : copy;
    *n += at == *n;
    return QUO_OK;
}

static void free_answers(struct quo_answer *answer, size_t n)
{
    for (size_t i = 0; answer && i < n; i++) {
        free(answer[i].reason);
        free(answer[i].note);
    }
    free(answer);
}

/* A workbook is a zip archive. */
static bool is_workbook(const char *path)
{
    char magic[4] = "";
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    if (!file)
        return false;
    const bool zip = fread(magic, 1, 4, file) == 4 && memcmp(magic, "PK\003\004", 4) == 0;
    fclose(file);
    return zip;
}

enum quo_status quo_answersheet_read(const char *path, const struct quo_catalogue *catalogue,
                                     struct quo_protocol *protocol, struct quo_faults *faults)
{
    struct reader r = {.path = path, .catalogue = catalogue, .faults = faults};
    struct quo_csv *csv;
    const size_t refused_before = quo_faults_refusals(faults);
    if (is_workbook(path))
        return quo_faults_add(faults, QUO_REFUSED, path, 0, "save its page 'answers' as CSV",
                              "a workbook, not a CSV sheet");
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status)
        return status;
    struct quo_answer *sheet = calloc(catalogue->n_controls + 1, sizeof *sheet);
    struct quo_answer *merged = calloc(catalogue->n_controls + 1, sizeof *merged);
    int seen[QUO_CONTROLS_MAX] = {0};
    size_t n = 0, n_merged = 0;
    status = sheet && merged ? quo_csv_expect(csv, columns, 2, r.index, columns + 2, COLUMNS - 2, r.index + 2, faults)
                             : QUO_MACHINE;
    while (status == QUO_OK && (status = quo_csv_next(csv, &r.row, faults)) == QUO_OK && r.row) {
        r.line = r.row->line;
        const struct quo_answer answer = read_row(&r);
        if (answer.control < 0)
            continue;
        if (seen[answer.control])
            quo_faults_add(faults, QUO_REFUSED, path, r.line, "one row for each control",
                           "%s stands twice; first at line %d", field(&r, CONTROL), seen[answer.control]);
        else
            status = keep(sheet, &n, &answer, field(&r, NOTE));
        seen[answer.control] = r.line;
    }
    if (status == QUO_OK && quo_faults_refusals(faults) > refused_before)
        status = QUO_REFUSED;
    for (size_t i = 0; status == QUO_OK && i < protocol->n_answers; i++)
        status = keep(merged, &n_merged, &protocol->answer[i],
                      protocol->answer[i].reason ? protocol->answer[i].reason
                      : protocol->answer[i].note ? protocol->answer[i].note
                                                 : "");
    for (size_t i = 0; i < n; i++)
        sheet[i].line = -1; /* of no line of the protocol's file */
    for (size_t i = 0; status == QUO_OK && i < n; i++)
        status = keep(merged, &n_merged, &sheet[i],
                      sheet[i].reason ? sheet[i].reason
                      : sheet[i].note ? sheet[i].note
                                      : "");
    if (status == QUO_OK) {
        free_answers(protocol->answer, protocol->n_answers);
        protocol->answer = merged;
        protocol->n_answers = n_merged;
        merged = NULL;
        n_merged = 0;
    }
    free_answers(merged, n_merged);
    free_answers(sheet, n);
    quo_csv_close(csv);
    return status;
}
