#include "risk/fitting/incidents.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/csv.h"
#include "risk/base/date.h"
#include "risk/base/text.h"

#define LOSS_MAX 1e15 /* more than all the money there is: an amount beyond it is a slip of units */
#define ROWS_MAX 10000000

enum { DATE, ENTITY, LOSS, RECOVERED, CAUSE, BRIDGE, CHAIN, STATE, SOURCES, WANTED };
static const char *const wanted[WANTED] = {
    "date", "entity", "loss_usd", "recovered_usd", "cause", "bridge", "chain", "state_actor_attributed", "sources"};
enum { EXPOSURE, LOW, HIGH, FLOOR, CAUSE_CORRECTED, BRIDGE_CORRECTED, CORRECTED_BY, OPTIONAL };
static const char *const optional[OPTIONAL] = {"exposure_usd",    "loss_low_usd",     "loss_high_usd", "floor_usd",
                                               "cause_corrected", "bridge_corrected", "corrected_by"};

struct reading {
    const char *path;
    struct quo_faults *faults;
    const struct quo_csv_row *row;
    int column[WANTED], extra[OPTIONAL];
};

static const char *field(const struct reading *r, int column) { return column < 0 ? "" : r->row->field[column]; }

/* An amount; empty gives NaN where that is allowed. false with a fault. */
static bool read_money(const struct reading *r, int column, const char *name, double low, bool may_be_empty,
                       double *out)
{
    const char *text = field(r, column);
    *out = NAN;
    if (*text == '\0' && may_be_empty)
        return true;
    if (*text == '\0') {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "an amount in USD, such as 1250000",
                       "%s is empty", name);
        return false;
    }
    double x;
    if (!quo_text_real(text, &x)) {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line,
                       "a number in USD with a point for decimals, without thousands separators", "%s is '%.60s'", name,
                       text);
        return false;
    }
    if (x < low || x > LOSS_MAX || (low == 0.0 && x == 0.0 && !may_be_empty)) {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line,
                       may_be_empty ? "0 to 1e15 USD; leave it empty where it is unknown"
                                    : "more than 0 and at most 1e15 USD",
                       "%s is %.60s", name, text);
        return false;
    }
    *out = x;
    return true;
}

static const char not_known[] = "1, 0, or empty where it is not known";

/* 1, 0, or empty (-1). */
static bool read_flag(const struct reading *r, int column, const char *name, const char *hint, int *out)
{
    const char *text = field(r, column);
    *out = -1;
    if (*text == '\0')
        return true;
    if ((text[0] == '0' || text[0] == '1') && text[1] == '\0') {
        *out = text[0] - '0';
        return true;
    }
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, hint, "%s is '%.60s'", name, text);
    return false;
}

static bool read_cause(const struct reading *r, int column, const char *name, int *out)
{
    const char *text = field(r, column);
    enum quo_peril peril;
    if (quo_peril_by_id(text, &peril)) {
        *out = (int)peril;
        return true;
    }
    if (strcmp(text, "other") == 0) {
        *out = QUO_INCIDENT_OTHER;
        return true;
    }
    const int near = quo_text_nearest(text, quo_peril_ids(), QUO_PERILS);
    char hint[80] = "a peril such as key_compromise or code_bug, or other";
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", quo_peril_ids()[near]);
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, hint, "unknown %s '%.60s'", name, text);
    return false;
}

static bool told_again(const struct reading *r, bool corrected, bool same, const char *name)
{
    if (corrected && same)
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "leave a column that is not corrected empty",
                       "%s is what was collected", name);
    return corrected && same;
}

/* What a later report tells stands beside what was collected, takes its place, and names the report. */
static bool read_corrections(const struct reading *r, struct quo_incident *it)
{
    const bool cause = *field(r, r->extra[CAUSE_CORRECTED]) != '\0', bridge = *field(r, r->extra[BRIDGE_CORRECTED]) != '\0',
               by = *field(r, r->extra[CORRECTED_BY]) != '\0';
    bool good = true;
    if (cause)
        good &= read_cause(r, r->extra[CAUSE_CORRECTED], "cause_corrected", &it->peril);
    if (bridge)
        good &= read_flag(r, r->extra[BRIDGE_CORRECTED], "bridge_corrected", "1, 0, or empty where it is not corrected", &it->bridge);
    good &= !told_again(r, cause, strcmp(field(r, r->extra[CAUSE_CORRECTED]), field(r, r->column[CAUSE])) == 0, "cause_corrected");
    good &= !told_again(r, bridge, strcmp(field(r, r->extra[BRIDGE_CORRECTED]), field(r, r->column[BRIDGE])) == 0, "bridge_corrected");
    if (by != (cause || bridge)) {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "what was corrected, and by whose report",
                       by ? "corrected_by without a correction" : "a correction without corrected_by");
        good = false;
    }
    it->corrected = by;
    return good;
}

static bool read_day(const struct reading *r, int *out)
{
    const char *text = field(r, r->column[DATE]);
    if (quo_date_parse(text, out))
        return true;
    quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "a day that exists, as 2026-04-18", "date is '%.60s'",
                   text);
    return false;
}

static int count_sources(const char *text)
{
    int n = *text != '\0';
    for (; *text; text++)
        n += *text == ';';
    return n;
}

/* Reads one row into *it, which owns its text on success and nothing on failure. */
static enum quo_status read_row(const struct reading *r, struct quo_incident *it)
{
    memset(it, 0, sizeof *it);
    it->line = r->row->line;
    bool good = read_day(r, &it->day);
    good &= read_cause(r, r->column[CAUSE], "cause", &it->peril);
    good &= read_money(r, r->column[LOSS], "loss_usd", 0.0, false, &it->loss);
    good &= read_money(r, r->column[RECOVERED], "recovered_usd", 0.0, true, &it->recovered);
    good &= read_money(r, r->extra[EXPOSURE], "exposure_usd", 0.0, true, &it->exposure);
    good &= read_money(r, r->extra[LOW], "loss_low_usd", 0.0, true, &it->low);
    good &= read_money(r, r->extra[HIGH], "loss_high_usd", 0.0, true, &it->high);
    good &= read_money(r, r->extra[FLOOR], "floor_usd", 0.0, true, &it->floor);
    good &= read_flag(r, r->column[BRIDGE], "bridge", not_known, &it->bridge);
    good &= read_flag(r, r->column[STATE], "state_actor_attributed", not_known, &it->state_actor);
    good &= read_corrections(r, it);
    if (*field(r, r->column[ENTITY]) == '\0') {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "the name of the party that lost",
                       "entity is empty");
        good = false;
    }
    if (good && it->low > it->high) { /* false where either is NaN */
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "the lower figure first",
                       "loss_low_usd is above loss_high_usd");
        good = false;
    }
    if (good && it->floor >= it->loss) {
        quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "a floor below the loss, or an empty field",
                       "loss_usd %.17g does not exceed floor_usd %.17g, so it could not have been seen", it->loss,
                       it->floor);
        good = false;
    }
    if (!good)
        return QUO_REFUSED;
    it->n_sources = count_sources(field(r, r->column[SOURCES]));
    it->entity = quo_text_copy(field(r, r->column[ENTITY]));
    it->chain = quo_text_copy(field(r, r->column[CHAIN]));
    it->sources = quo_text_copy(field(r, r->column[SOURCES]));
    if (it->entity && it->chain && it->sources)
        return QUO_OK;
    free(it->entity);
    free(it->chain);
    free(it->sources);
    return QUO_MACHINE;
}

static int by_content(const void *a, const void *b)
{
    const struct quo_incident *p = *(const struct quo_incident *const *)a, *q = *(const struct quo_incident *const *)b;
    if (p->day != q->day)
        return p->day < q->day ? -1 : 1;
    const int name = strcmp(p->entity, q->entity);
    if (name != 0)
        return name;
    if (p->loss != q->loss)
        return p->loss < q->loss ? -1 : 1;
    return p->line < q->line ? -1 : p->line > q->line;
}

/* The same event told twice would count twice. */
static enum quo_status find_repeats(const struct quo_incidents *all, const char *path, struct quo_faults *faults)
{
    if (all->n < 2)
        return QUO_OK;
    const struct quo_incident **at = malloc(all->n * sizeof(const struct quo_incident *));
    if (!at)
        return QUO_MACHINE;
    for (size_t i = 0; i < all->n; i++)
        at[i] = &all->incident[i];
    qsort(at, all->n, sizeof *at, by_content);
    enum quo_status status = QUO_OK;
    for (size_t i = 1; i < all->n; i++)
        if (at[i]->day == at[i - 1]->day && strcmp(at[i]->entity, at[i - 1]->entity) == 0 &&
            at[i]->loss == at[i - 1]->loss)
            status =
                quo_faults_add(faults, QUO_REFUSED, path, at[i]->line, "one row an incident",
                               "the same date, entity and loss as in line %d: %.60s", at[i - 1]->line, at[i]->entity);
    free(at);
    return status;
}

static enum quo_status read_rows(struct quo_csv *csv, struct reading *r, struct quo_incidents *all)
{
    enum quo_status result = QUO_OK;
    size_t room = 0;
    for (;;) {
        enum quo_status status = quo_csv_next(csv, &r->row, r->faults);
        if (status != QUO_OK)
            return status;
        if (!r->row)
            return result;
        if (all->n >= ROWS_MAX)
            return quo_faults_add(r->faults, QUO_REFUSED, r->path, r->row->line, "at most 10,000,000 rows",
                                  "too many incidents");
        if (all->n == room) {
            room = room ? 2 * room : 1024;
            struct quo_incident *more = realloc(all->incident, room * sizeof *more);
            if (!more)
                return QUO_MACHINE;
            all->incident = more;
        }
        struct quo_incident *it = &all->incident[all->n];
        status = read_row(r, it);
        if (status == QUO_MACHINE)
            return status;
        if (status != QUO_OK) {
            result = status;
            continue;
        }
        if (all->n == 0 || it->day < all->from)
            all->from = it->day;
        if (all->n == 0 || it->day > all->to)
            all->to = it->day;
        all->n++;
    }
}

enum quo_status quo_incidents_load(const char *path, struct quo_incidents **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_csv *csv;
    const size_t before = quo_faults_refusals(faults);
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status != QUO_OK)
        return status;
    struct quo_incidents *all = calloc(1, sizeof *all);
    struct reading r = {.path = quo_csv_path(csv), .faults = faults};
    status = all ? quo_csv_expect(csv, wanted, WANTED, r.column, optional, OPTIONAL, r.extra, faults) : QUO_MACHINE;
    if (status == QUO_OK)
        status = read_rows(csv, &r, all);
    if (status == QUO_OK && all->n == 0)
        status = quo_faults_add(faults, QUO_REFUSED, r.path, 1, "at least one row below the header", "no incident");
    if (status == QUO_OK || status == QUO_REFUSED) {
        const enum quo_status repeats = find_repeats(all, r.path, faults);
        status = status == QUO_OK ? repeats : status;
    }
    /* A row that the CSV reader itself passed over has its fault in the list and not in the status. */
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status == QUO_OK && strcmp(path, "-") != 0)
        status = quo_hash_file(path, all->sha256);
    quo_csv_close(csv);
    if (status != QUO_OK) {
        quo_incidents_free(all);
        return status;
    }
    *out = all;
    return QUO_OK;
}

void quo_incidents_free(struct quo_incidents *incidents)
{
    if (!incidents)
        return;
    for (size_t i = 0; i < incidents->n; i++) {
        free(incidents->incident[i].entity);
        free(incidents->incident[i].chain);
        free(incidents->incident[i].sources);
    }
    free(incidents->incident);
    free(incidents);
}
