#include "pricing/desk/answerbook.h"

#include <math.h>
#include <string.h>

#include "pricing/desk/xlsxlib.h"

enum column {
    CONTROL,
    TITLE,
    QUESTION,
    FIRST_CRITERION,
    LEVEL = FIRST_CRITERION + QUO_LEVELS,
    EVIDENCE,
    COVERAGE,
    RELIABILITY,
    AGE,
    NOT_APPLICABLE,
    NOTE,
    COLUMNS
};
static const struct {
    const char *name;
    double width;
} columns[COLUMNS] = {
    {"control", 9},   {"title", 24},       {"question", 40},   {"level_0", 26},        {"level_1", 26},
    {"level_2", 26},  {"level_3", 26},     {"level_4", 26},    {"level", 9},           {"evidence", 10},
    {"coverage", 10}, {"reliability", 11}, {"age_months", 12}, {"not_applicable", 14}, {"note", 40},
};
static const char *const how[] = {
    "Fill in the last seven columns of the page 'answers', then save that page as CSV and hand it back.",
    "level: the highest of level_0 to level_4 whose text is wholly met; \"unknown\" if nobody can say. Empty is "
    "unknown, and unknown "
    "counts as level 0.",
    "evidence: 0 asserted, 1 policy document, 2 export of a configuration or log, 3 readable on chain or independently "
    "observed, 4 "
    "tested or certified within twelve months.",
    "coverage: share of the value that the control really protects, 0 to 1. reliability: share of the time that it "
    "works. Empty if "
    "not known.",
    "age_months: age of the evidence. Above 12 and above 24 it counts less.",
    "not_applicable: yes if the question cannot apply; the note is then its reason.",
};

struct book {
    const struct quo_xlsxlib *lib;
    lxw_workbook *book;
    lxw_worksheet *answers, *help;
    lxw_format *head, *text, *cell;
};

static void choices(const struct book *b, lxw_row_t last, int column, char **list)
{
    lxw_data_validation rule = {
        .validate = LXW_VALIDATION_TYPE_LIST, .value_list = list, .error_title = "Not one of the choices"};
    b->lib->worksheet_data_validation_range(b->answers, 1, (lxw_col_t)column, last, (lxw_col_t)column, &rule);
}

static void shares(const struct book *b, lxw_row_t last, int column)
{
    lxw_data_validation rule = {.validate = LXW_VALIDATION_TYPE_DECIMAL,
                                .criteria = LXW_VALIDATION_CRITERIA_BETWEEN,
                                .minimum_number = 0.0,
                                .maximum_number = 1.0,
                                .error_title = "A share from 0 to 1"};
    b->lib->worksheet_data_validation_range(b->answers, 1, (lxw_col_t)column, last, (lxw_col_t)column, &rule);
}

static void number(const struct book *b, lxw_row_t row, int column, bool said, double value)
{
    if (said)
        b->lib->worksheet_write_number(b->answers, row, (lxw_col_t)column, value, b->cell);
    else
        b->lib->worksheet_write_blank(b->answers, row, (lxw_col_t)column, b->cell);
}

static void write_row(const struct book *b, lxw_row_t row, const struct quo_control *control,
                      const struct quo_answer *answer)
{
    const bool level = answer && answer->level >= 0;
    const char *note = !answer ? "" : answer->not_applicable ? answer->reason : answer->note;
    b->lib->worksheet_write_string(b->answers, row, CONTROL, control->id, b->text);
    b->lib->worksheet_write_string(b->answers, row, TITLE, control->title, b->text);
    b->lib->worksheet_write_string(b->answers, row, QUESTION, control->question, b->text);
    for (int l = 0; l < QUO_LEVELS; l++)
        b->lib->worksheet_write_string(b->answers, row, (lxw_col_t)(FIRST_CRITERION + l), control->criteria[l],
                                       b->text);
    number(b, row, LEVEL, level, level ? answer->level : 0);
    number(b, row, EVIDENCE, level, level ? answer->evidence : 0);
    number(b, row, COVERAGE, answer && !isnan(answer->coverage), answer ? answer->coverage : 0);
    number(b, row, RELIABILITY, answer && !isnan(answer->reliability), answer ? answer->reliability : 0);
    number(b, row, AGE, answer && answer->age_months >= 0, answer ? answer->age_months : 0);
    b->lib->worksheet_write_string(b->answers, row, NOT_APPLICABLE, answer && answer->not_applicable ? "yes" : "",
                                   b->cell);
    b->lib->worksheet_write_string(b->answers, row, NOTE, note ? note : "", b->cell);
}

static void open_pages(struct book *b)
{
    /* The day of the file is not in it: the same questions are the same bytes. */
    lxw_doc_properties properties = {.title = "Control questionnaire", .created = 1767225600};
    b->lib->workbook_set_properties(b->book, &properties);
    b->answers = b->lib->workbook_add_worksheet(b->book, "answers");
    b->help = b->lib->workbook_add_worksheet(b->book, "how to fill in");
    b->head = b->lib->workbook_add_format(b->book);
    b->text = b->lib->workbook_add_format(b->book);
    b->cell = b->lib->workbook_add_format(b->book);
    b->lib->format_set_bold(b->head);
    b->lib->format_set_bottom(b->head, LXW_BORDER_THIN);
    b->lib->format_set_text_wrap(b->text);
    b->lib->format_set_align(b->text, LXW_ALIGN_VERTICAL_TOP);
    b->lib->format_set_text_wrap(b->cell);
    b->lib->format_set_align(b->cell, LXW_ALIGN_VERTICAL_TOP);
    b->lib->format_set_bg_color(b->cell, 0xFFF8DC);
    b->lib->format_set_border(b->cell, LXW_BORDER_HAIR);
    for (int i = 0; i < COLUMNS; i++) {
        b->lib->worksheet_set_column(b->answers, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL);
        b->lib->worksheet_write_string(b->answers, 0, (lxw_col_t)i, columns[i].name, b->head);
    }
    b->lib->worksheet_freeze_panes(b->answers, 1, 1);
    b->lib->worksheet_set_column(b->help, 0, 0, 110, NULL);
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        b->lib->worksheet_write_string(b->help, (lxw_row_t)i, 0, how[i], b->text);
}

struct content {
    const struct quo_catalogue *catalogue;
    const struct quo_protocol *protocol; /* NULL: nobody's */
};

static lxw_error fill(const struct quo_xlsxlib *lib, const char *path, const void *context)
{
    const struct content *content = context;
    const struct quo_catalogue *catalogue = content->catalogue;
    const struct quo_protocol *protocol = content->protocol;
    /* The library takes its lists without const and does not write to them. */
    static char *levels[] = {"0", "1", "2", "3", "4", "unknown", NULL}, *grades[] = {"0", "1", "2", "3", "4", NULL},
                *yes[] = {"yes", NULL};
    struct book b = {.lib = lib, .book = lib->workbook_new(path)};
    if (!b.book)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    open_pages(&b);
    lxw_row_t row = 0;
    for (size_t c = 0; c < catalogue->n_controls; c++)
        if (!protocol || protocol->bridge || !catalogue->control[c].bridge_only)
            write_row(&b, ++row, &catalogue->control[c], protocol ? quo_protocol_answer(protocol, (int)c) : NULL);
    if (row > 0) {
        choices(&b, row, LEVEL, levels);
        choices(&b, row, EVIDENCE, grades);
        choices(&b, row, NOT_APPLICABLE, yes);
        shares(&b, row, COVERAGE);
        shares(&b, row, RELIABILITY);
    }
    return b.lib->workbook_close(b.book);
}

enum quo_status quo_answerbook_write(const char *path, const struct quo_catalogue *catalogue,
                                     const struct quo_protocol *protocol, struct quo_faults *faults)
{
    const struct content content = {catalogue, protocol};
    return quo_xlsxlib_write(path, fill, &content, faults);
}
