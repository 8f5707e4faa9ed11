#include "pricing/cmd/checktable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/cover.h"
#include "policies/payout.h"
#include "policies/policy.h"
#include "policies/trigger.h"
#include "pricing/cmd/checkcell.h"
#include "risk/base/text.h"

enum cell { TEXT, NUMBER, WHOLE, DATE, FLAG, ONE_OF, PERIL_OR_OTHER, PERILS, STEPS, VENDORS, SIGNERS };

struct column {
    const char *name;
    bool needed;   /* the column must be there */
    bool filled;   /* and no field of it empty */
    enum cell cell;
    double low, high; /* NUMBER, WHOLE */
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
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column aggregates[] = {
    {"source_file", true, true, TEXT, 0, 0, NULL},
    {"period_start", true, true, DATE, 0, 0, NULL},
    {"period_end", true, true, DATE, 0, 0, NULL},
    {"statistic", true, true, TEXT, 0, 0, NULL},
    {"value", true, true, NUMBER, -1e15, 1e15, NULL},
    {"unit", true, true, TEXT, 0, 0, NULL},
    {"scope", true, true, TEXT, 0, 0, NULL},
    {"qualifier", true, false, ONE_OF, 0, 0, "~|>|<"},
    {"note", false, false, TEXT, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column protocols[] = {
    {"protocol_id", true, true, TEXT, 0, 0, NULL},
    {"name", true, true, TEXT, 0, 0, NULL},
    {"exposure_usd", true, true, NUMBER, 1, 1e13, NULL},
    {"chain", true, false, TEXT, 0, 0, NULL},
    {"bridge", true, true, FLAG, 0, 0, NULL},
    {"vendors", true, false, VENDORS, 0, 0, NULL},
    {"threshold", true, false, WHOLE, 1, QUO_SIGNERS_MAX, NULL},
    {"signers", true, false, SIGNERS, 0, 0, NULL},
    {NULL, false, false, TEXT, 0, 0, NULL},
};
static const struct column policies[] = {
    {"policy_id", true, true, TEXT, 0, 0, NULL},
    {"protocol_id", true, true, TEXT, 0, 0, NULL},
    {"perils", true, true, PERILS, 0, 0, NULL},
    {"index", true, true, ONE_OF, 0, 0,
     "loss_usd|loss_share|outage_hours|depeg_depth|signer_event|unbacked_share|market_loss"},
    {"shape", true, true, ONE_OF, 0, 0, "binary|steps|linear|per_hour|table"},
    {"attach", true, false, NUMBER, 0, 1e15, NULL},
    {"exhaust", true, false, NUMBER, 0, 1e15, NULL},
    {"steps", true, false, STEPS, 0, 0, NULL},
    {"event_limit", true, true, NUMBER, 1, QUO_LIMIT_MAX, NULL},
    {"annual_limit", true, false, NUMBER, 1, QUO_LIMIT_MAX, NULL},
    {"waiting_hours", true, false, NUMBER, 0, 87660, NULL},
    {"inception", true, true, DATE, 0, 0, NULL},
    {"term_days", true, true, WHOLE, 1, QUO_TERM_DAYS_MAX, NULL},
    {"expiring_premium", true, false, NUMBER, 0, QUO_LIMIT_MAX, NULL},
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
    const char *id; /* column whose values must differ; NULL: none */
} tables[] = {
    {"incidents", incidents, NULL},   {"aggregates", aggregates, NULL}, {"protocols", protocols, "protocol_id"},
    {"policies", policies, "policy_id"}, {"outages", outages, NULL},    {"outage windows", windows, NULL},
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

/* A column that is no setting of the table: a control in protocols.csv, else not known. */
static void check_header(const struct quo_csv *csv, const struct table *table, const struct quo_catalogue *catalogue,
                         struct quo_faults *faults)
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
        if (found || (table->column == protocols && quo_catalogue_control(catalogue, name) >= 0))
            continue;
        char hint[128] = "leave it out";
        const int near = quo_text_nearest(name, known, n);
        const int control = table->column == protocols ? quo_catalogue_nearest(catalogue, name) : -1;
        if (near >= 0)
            snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
        else if (control >= 0)
            snprintf(hint, sizeof hint, "did you mean the control '%s'?", catalogue->control[control].id);
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, hint, "unknown column '%s'", name);
    }
}

struct place {
    const struct quo_csv *csv;
    const struct quo_csv_row *row;
    const struct quo_catalogue *catalogue;
    struct quo_faults *faults;
};

static void check_field(const struct place *at, const struct column *column, const char *field)
{
    char hint[256] = "";
    bool good = true;
    if (field[0] == '\0') {
        if (column->filled)
            quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "every row has it", "'%s' is empty",
                           column->name);
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
        good = strcmp(field, "other") == 0 || quo_checkcell_perils(field, false, hint, sizeof hint);
        break;
    case PERILS:
        good = quo_checkcell_perils(field, true, hint, sizeof hint);
        break;
    case STEPS:
        good = quo_checkcell_steps(field, hint, sizeof hint);
        break;
    case VENDORS:
        good = quo_checkcell_vendors(field, hint, sizeof hint);
        break;
    case SIGNERS:
        good = quo_checkcell_signers(field, at->catalogue, NULL, hint, sizeof hint);
        break;
    }
    if (!good)
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, hint, "'%s' is '%.60s'", column->name, field);
}

static const char *field_of(const struct place *at, const char *name)
{
    const int c = quo_csv_column(at->csv, name);
    return c >= 0 && (size_t)c < at->row->n ? at->row->field[c] : "";
}

/* What fields of one policy say together. */
static void check_policy(const struct place *at)
{
    double attach, exhaust, event, annual;
    const bool linear = strcmp(field_of(at, "shape"), "linear") == 0;
    const bool a = quo_text_real(field_of(at, "attach"), &attach), e = quo_text_real(field_of(at, "exhaust"), &exhaust);
    if (linear && (!a || !e))
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "fill both",
                       "a linear payout without attach and exhaust");
    if (linear && a && e && attach >= exhaust)
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "an exhaustion above the attachment",
                       "attach %g is not below exhaust %g", attach, exhaust);
    if (quo_text_real(field_of(at, "event_limit"), &event) && quo_text_real(field_of(at, "annual_limit"), &annual) && annual < event)
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "at least the event limit",
                       "annual_limit %g is below event_limit %g", annual, event);
    const char *shape = field_of(at, "shape");
    if ((strcmp(shape, "steps") == 0 || strcmp(shape, "table") == 0) && field_of(at, "steps")[0] == '\0')
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "AT:PAYS;AT:PAYS", "shape '%s' without steps",
                       shape);
    const bool hours = strcmp(field_of(at, "index"), "outage_hours") == 0;
    if (hours != (strcmp(field_of(at, "perils"), "service_outage") == 0))
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line,
                       "outage_hours for service_outage alone, another index for all others", "index '%s' does not fit perils '%.80s'",
                       field_of(at, "index"), field_of(at, "perils"));
}

static void check_protocol(const struct place *at)
{
    size_t signers = 0;
    int64_t threshold;
    char hint[256];
    const char *list = field_of(at, "signers"), *text = field_of(at, "threshold");
    if (list[0] && quo_checkcell_signers(list, at->catalogue, &signers, hint, sizeof hint) && quo_text_whole(text, &threshold) &&
        threshold > (int64_t)signers)
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "at most the number of signers",
                       "threshold %lld with %zu signers", (long long)threshold, signers);
    if ((list[0] == '\0') != (text[0] == '\0'))
        quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, "fill both or neither",
                       "threshold and signers belong together");
    for (size_t c = 0; c < at->row->n; c++) {
        const char *name = quo_csv_column_name(at->csv, c), *field = at->row->field[c];
        if (quo_catalogue_control(at->catalogue, name) >= 0 && field[0] && !quo_checkcell_answer(field, hint, sizeof hint))
            quo_faults_add(at->faults, QUO_REFUSED, quo_csv_path(at->csv), at->row->line, hint, "'%s' is '%.60s'", name, field);
    }
}

struct seen {
    char *id;
    int line;
};

static int by_id_and_line(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    const int order = strcmp(x->id, y->id);
    return order ? order : x->line - y->line;
}

static void check_twice(const struct quo_csv *csv, const char *column, struct seen *seen, size_t n, struct quo_faults *faults)
{
    if (n > 1)
        qsort(seen, n, sizeof *seen, by_id_and_line);
    for (size_t i = 1; i < n; i++)
        if (strcmp(seen[i].id, seen[i - 1].id) == 0)
            quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), seen[i].line, "an id of its own", "%s '%.80s' stands on line %d too",
                           column, seen[i].id, seen[i - 1].line);
    for (size_t i = 0; i < n; i++)
        free(seen[i].id);
    free(seen);
}

static bool note(struct seen **seen, size_t *n, size_t *room, const char *id, int line)
{
    if (*n == *room) {
        const size_t more = *room ? 2 * *room : 1024;
        struct seen *grown = realloc(*seen, more * sizeof *grown);
        if (!grown)
            return false;
        *seen = grown;
        *room = more;
    }
    char *copy = quo_text_copy(id);
    if (!copy)
        return false;
    (*seen)[(*n)++] = (struct seen){copy, line};
    return true;
}

enum quo_status quo_checktable_read(struct quo_csv *csv, const char *kind, const struct quo_catalogue *catalogue, size_t *rows,
                                    struct quo_faults *faults)
{
    const struct table *table = tables;
    while (strcmp(table->kind, kind) != 0)
        table++;
    check_header(csv, table, catalogue, faults);
    const size_t n = count(table->column);
    struct seen *seen = NULL;
    size_t n_seen = 0, room = 0;
    enum quo_status status;
    const struct quo_csv_row *row;
    *rows = 0;
    while ((status = quo_csv_next(csv, &row, faults)) == QUO_OK && row) {
        const struct place at = {csv, row, catalogue, faults};
        const size_t before = quo_faults_refusals(faults);
        for (size_t c = 0; c < n; c++) {
            const int place = quo_csv_column(csv, table->column[c].name);
            if (place >= 0)
                check_field(&at, &table->column[c], row->field[place]);
        }
        if (table->column == policies)
            check_policy(&at);
        if (table->column == protocols)
            check_protocol(&at);
        if (table->id && field_of(&at, table->id)[0] && !note(&seen, &n_seen, &room, field_of(&at, table->id), row->line)) {
            status = QUO_MACHINE;
            break;
        }
        *rows += quo_faults_refusals(faults) == before;
    }
    check_twice(csv, table->id, seen, n_seen, faults);
    if (status == QUO_OK && *rows == 0 && quo_faults_refusals(faults) == 0)
        status = quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, "one row at least", "there is nothing below the header");
    return status;
}
