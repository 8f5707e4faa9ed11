#include "pricing/cmd/checktable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookpolicies.h"
#include "pricing/cmd/checkcell.h"
#include "risk/base/text.h"

enum cell { TEXT, NUMBER, WHOLE, DATE, FLAG, ONE_OF, PERIL_OR_OTHER };

struct column {
    const char *name;
    bool needed; /* the column must be there */
    bool filled; /* and no field of it empty */
    enum cell cell;
    double low, high;  /* NUMBER, WHOLE */
    const char *words; /* ONE_OF: "a|b|c" */
};

static const struct column incidents[] = {
    {"date", true, true, DATE, 0, 0, NULL},
    {"entity", true, true, TEXT, 0, 0, NULL},
    {"loss_usd", true, true, NUMBER, 1e-2, 1e13, NULL},
    {"recovered_usd", true, false, NUMBER, 0, 1e13, NULL},
    {"cause", true, true, PERIL_OR_OTHER, 0, 0, NULL},
    {"bridge", true, false, FLAG, 0, 0, NULL},
    {"chain", true, false, TEXT, 0, 0, NULL},
    {"state_actor_attributed", true, false, FLAG, 0, 0, NULL},
    {"sources", true, false, TEXT, 0, 0, NULL},
    {"exposure_usd", false, false, NUMBER, 0, 1e13, NULL},
    {"loss_low_usd", false, false, NUMBER, 0, 1e13, NULL},
    {"loss_high_usd", false, false, NUMBER, 0, 1e13, NULL},
    {"floor_usd", false, false, NUMBER, 0, 1e13, NULL},
    {"cause_corrected", false, false, PERIL_OR_OTHER, 0, 0, NULL},
    {"bridge_corrected", false, false, FLAG, 0, 0, NULL},
    {"corrected_by", false, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column aggregates[] = {
    {"source_file", true, true, TEXT, 0, 0, NULL},    {"period_start", true, true, DATE, 0, 0, NULL},
    {"period_end", true, true, DATE, 0, 0, NULL},     {"statistic", true, true, TEXT, 0, 0, NULL},
    {"value", true, true, NUMBER, -1e15, 1e15, NULL}, {"unit", true, true, TEXT, 0, 0, NULL},
    {"scope", true, true, TEXT, 0, 0, NULL},          {"qualifier", true, false, ONE_OF, 0, 0, "~|>|<"},
    {"note", false, false, TEXT, 0, 0, NULL},         {NULL, false, false, TEXT, 0, 0, NULL},
};
/* The book's tables have readers of their own; these columns tell the kind. */
static const struct column protocols[] = {
    {"protocol_id", true, true, TEXT, 0, 0, NULL},  {"name", true, true, TEXT, 0, 0, NULL},
    {"exposure_usd", true, true, TEXT, 0, 0, NULL}, {"chain", true, false, TEXT, 0, 0, NULL},
    {"bridge", true, true, TEXT, 0, 0, NULL},       {"vendors", true, false, TEXT, 0, 0, NULL},
    {"threshold", true, false, TEXT, 0, 0, NULL},   {"signers", true, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column policies[] = {
    {"policy_id", true, true, TEXT, 0, 0, NULL},      {"protocol_id", true, true, TEXT, 0, 0, NULL},
    {"perils", true, true, TEXT, 0, 0, NULL},         {"index", true, true, TEXT, 0, 0, NULL},
    {"shape", true, true, TEXT, 0, 0, NULL},          {"attach", true, false, TEXT, 0, 0, NULL},
    {"exhaust", true, false, TEXT, 0, 0, NULL},       {"steps", true, false, TEXT, 0, 0, NULL},
    {"event_limit", true, true, TEXT, 0, 0, NULL},    {"annual_limit", true, false, TEXT, 0, 0, NULL},
    {"waiting_hours", true, false, TEXT, 0, 0, NULL}, {"inception", true, true, TEXT, 0, 0, NULL},
    {"term_days", true, true, TEXT, 0, 0, NULL},      {"expiring_premium", true, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column outages[] = {
    {"start", true, true, TEXT, 0, 0, NULL},
    {"service", true, true, TEXT, 0, 0, NULL},
    {"kind", true, true, ONE_OF, 0, 0, "chain|sequencer|bridge|exchange|cloud_region"},
    {"duration_hours", true, false, NUMBER, 0, 87660, NULL},
    {"scope", true, true, ONE_OF, 0, 0, "full|partial"},
    {"lower_bound", false, true, FLAG, 0, 0, NULL},
    {"after_incident", false, true, FLAG, 0, 0, NULL},
    {"cause", false, false, TEXT, 0, 0, NULL},
    {"sources", true, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column windows[] = {
    {"service", true, true, TEXT, 0, 0, NULL},
    {"kind", true, true, ONE_OF, 0, 0, "chain|sequencer|bridge|exchange|cloud_region"},
    {"observed_from", true, true, DATE, 0, 0, NULL},
    {"observed_to", true, true, DATE, 0, 0, NULL},
    {"completeness", true, true, ONE_OF, 0, 0, "list|press"},
    {"note", false, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};

static const struct table {
    const char *kind;
    const struct column *column;
} tables[] = {
    {"incidents", incidents}, {"aggregates", aggregates}, {"protocols", protocols},
    {"policies", policies},   {"outages", outages},       {"outage windows", windows},
};
#define N_TABLES (sizeof tables / sizeof *tables)
#define COLUMNS_MAX 16

static size_t count(const struct column *column)
{
    size_t n = 0;
    while (column[n].name)
        n++;
    return n;
}

/* The table that shares most of its columns with the header; at least half of them, so that one missing or misspelt
 * column is told as such. */
const char *quo_checktable_kind(const struct quo_csv *csv)
{
    const char *best = NULL;
    double most = 0.5;
    for (size_t t = 0; t < N_TABLES; t++) {
        const size_t n = count(tables[t].column);
        size_t needed = 0, there = 0;
        for (size_t c = 0; c < n; c++) {
            needed += tables[t].column[c].needed;
            there += tables[t].column[c].needed && quo_csv_column(csv, tables[t].column[c].name) >= 0;
        }
        if ((double)there / (double)needed > most) {
            most = (double)there / (double)needed;
            best = tables[t].kind;
        }
    }
    return best;
}

/* A column that is missing, one that the table does not know. */
static void check_header(const struct quo_csv *csv, const struct table *table, struct quo_faults *faults)
{
    const size_t n = count(table->column);
    const char *known[COLUMNS_MAX];
    for (size_t c = 0; c < n; c++) {
        known[c] = table->column[c].name;
        if (!table->column[c].needed || quo_csv_column(csv, known[c]) >= 0)
            continue;
        char hint[128];
        snprintf(hint, sizeof hint, "add a column '%s'", known[c]);
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, hint, "there is no column '%s'", known[c]);
    }
    for (size_t c = 0; c < quo_csv_columns(csv); c++) {
        const char *name = quo_csv_column_name(csv, c);
        bool found = false;
        for (size_t k = 0; k < n && !found; k++)
            found = strcmp(known[k], name) == 0;
        if (found)
            continue;
        char hint[128] = "leave it out";
        const int near = quo_text_nearest(name, known, n);
        if (near >= 0)
            snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, hint, "unknown column '%s'", name);
    }
}

struct place {
    const struct quo_csv *csv;
    const struct quo_csv_row *row;
    struct quo_faults *faults;
};

static void check_field(const struct place *at, const struct column *column, const char *field)
{
    char hint[256] = "";
    bool good = true;
    if (field[0] == '\0') {
        if (column->filled)
            quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "every row has it",
                           "'%s' is empty", column->name);
        return;
    }
    switch (column->cell) {
    case TEXT:
        break;
    case NUMBER:
        good = quo_checkcell_number(field, column->low, column->high, hint, sizeof hint);
        break;
    case WHOLE:
        good = quo_checkcell_whole(field, (int64_t)column->low, (int64_t)column->high, hint, sizeof hint);
        break;
    case DATE:
        good = quo_checkcell_date(field, hint, sizeof hint);
        break;
    case FLAG:
        good = quo_checkcell_word(field, "0|1", hint, sizeof hint);
        break;
    case ONE_OF:
        good = quo_checkcell_word(field, column->words, hint, sizeof hint);
        break;
    case PERIL_OR_OTHER:
        good = strcmp(field, "other") == 0 || quo_checkcell_peril(field, hint, sizeof hint);
        break;
    }
    if (!good)
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, hint, "'%s' is '%.60s'",
                       column->name, field);
}

/* The tables of the book, by the readers that price them. */
static enum quo_status read_book(struct quo_csv *csv, bool of_protocols, const struct quo_catalogue *catalogue,
                                 size_t *rows, struct quo_faults *faults)
{
    struct quo_rejects rejects;
    quo_rejects_init(&rejects, NULL, faults, SIZE_MAX);
    enum quo_status status;
    if (of_protocols) {
        struct quo_bookprotocols all;
        quo_bookprotocols_init(&all);
        status = quo_bookprotocols_read(csv, catalogue, &all, &rejects, faults);
        quo_bookprotocols_free(&all);
    } else {
        struct quo_bookpolicies *reader = NULL;
        const struct quo_bookpolicy *row;
        status = quo_bookpolicies_on(csv, NULL, &rejects, &reader, faults);
        while (status == QUO_OK && (status = quo_bookpolicies_next(reader, &row, faults)) == QUO_OK && row)
            ;
        quo_bookpolicies_close(reader);
    }
    *rows = rejects.good;
    return status;
}

enum quo_status quo_checktable_read(struct quo_csv *csv, const char *kind, const struct quo_catalogue *catalogue,
                                    size_t *rows, struct quo_faults *faults)
{
    const struct table *table = tables;
    while (strcmp(table->kind, kind) != 0)
        table++;
    if (table->column == protocols || table->column == policies)
        return read_book(csv, table->column == protocols, catalogue, rows, faults);
    check_header(csv, table, faults);
    const size_t n = count(table->column);
    enum quo_status status;
    const struct quo_csv_row *row;
    *rows = 0;
    while ((status = quo_csv_next(csv, &row, faults)) == QUO_OK && row) {
        const struct place at = {csv, row, faults};
        const size_t before = quo_faults_refusals(faults);
        for (size_t c = 0; c < n; c++) {
            const int place = quo_csv_column(csv, table->column[c].name);
            if (place >= 0)
                check_field(&at, &table->column[c], row->field[place]);
        }
        *rows += quo_faults_refusals(faults) == before;
    }
    if (status == QUO_OK && *rows == 0 && quo_faults_refusals(faults) == 0)
        status = quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, "one row at least",
                                "there is nothing below the header");
    return status;
}
