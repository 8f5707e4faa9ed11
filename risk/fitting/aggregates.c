#include "risk/fitting/aggregates.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/csv.h"
#include "risk/base/date.h"
#include "risk/base/text.h"

enum { SOURCE, FROM, TO, STATISTIC, VALUE, UNIT, SCOPE, QUALIFIER, WANTED };
static const char *const wanted[WANTED] = {"source_file", "period_start", "period_end", "statistic",
                                           "value",       "unit",         "scope",      "qualifier"};
static const char *const optional[] = {"note"};

#define SHARP 0.005 /* how far two figures of one thing may lie apart: the rounding of three digits */
#define ABOUT 0.02
#define MONTH 31 /* days within which two publications date one loss */

static enum quo_status fault(const struct quo_csv *csv, int line, struct quo_faults *faults, const char *hint,
                             const char *what, const char *text)
{
    return quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), line, hint, "%s is '%.60s'", what, text);
}

static void row_free(struct quo_aggregate *row)
{
    free(row->source);
    free(row->statistic);
    free(row->unit);
    free(row->scope);
}

static enum quo_status read_row(const struct quo_csv *csv, const struct quo_csv_row *row, const int *c,
                                struct quo_aggregate *out, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    const char *const *f = row->field;
    memset(out, 0, sizeof *out);
    out->line = row->line;
    const bool from = quo_date_parse(f[c[FROM]], &out->from), to = quo_date_parse(f[c[TO]], &out->to);
    if (!from)
        status = fault(csv, row->line, faults, "a day that exists, as 2026-01-01", "period_start", f[c[FROM]]);
    if (!to)
        status = fault(csv, row->line, faults, "a day that exists, as 2026-06-30", "period_end", f[c[TO]]);
    if (from && to && out->to < out->from)
        status = fault(csv, row->line, faults, "a day not before period_start", "period_end", f[c[TO]]);
    const char *value = f[c[VALUE]], *statistic = f[c[STATISTIC]];
    if (!quo_text_real(value, &out->value))
        status = fault(csv, row->line, faults, "a number with a point for decimals", "value", value);
    else if (strstr(statistic, "share") &&
             (out->value < 0.0 || out->value > 1.0)) /* a change, too, has the unit share */
        status = fault(csv, row->line, faults, "a share of 1, not per cent", "value", value);
    else if (out->value < 0.0 && !strstr(statistic, "change"))
        status = fault(csv, row->line, faults, "0 or more; only a change can be negative", "value", value);
    const char *q = f[c[QUALIFIER]];
    out->qualifier = *q ? *q : ' ';
    if (*q && (strlen(q) != 1 || !strchr("~><", *q)))
        status =
            fault(csv, row->line, faults, "~ for about, > for more than, < for less than, or empty", "qualifier", q);
    for (int k = STATISTIC; k <= SCOPE; k++)
        if (k != VALUE && *f[c[k]] == '\0')
            status = fault(csv, row->line, faults, "a word", wanted[k], "");
    if (status != QUO_OK)
        return status;
    out->source = quo_text_copy(f[c[SOURCE]]);
    out->statistic = quo_text_copy(f[c[STATISTIC]]);
    out->unit = quo_text_copy(f[c[UNIT]]);
    out->scope = quo_text_copy(f[c[SCOPE]]);
    if (out->source && out->statistic && out->unit && out->scope)
        return QUO_OK;
    row_free(out);
    return QUO_MACHINE;
}

/* One source does not print one thing twice; a loss may be told twice, for two articles of one publisher. */
static enum quo_status find_repeats(const struct quo_aggregates *all, const char *path, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct quo_aggregate *a = &all->row[i], *b = &all->row[k];
            if (a->from != b->from || a->to != b->to || a->value != b->value || strcmp(a->source, b->source) != 0 ||
                strcmp(a->statistic, b->statistic) != 0 || strcmp(a->scope, b->scope) != 0)
                continue;
            status = quo_faults_add(faults, QUO_REFUSED, path, a->line, "each figure of a source once",
                                    "%s of %s stands on line %d too", a->statistic, a->scope, b->line);
            break;
        }
    return status;
}

enum quo_status quo_aggregates_load(const char *path, struct quo_aggregates **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_csv *csv;
    const size_t before = quo_faults_refusals(faults);
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status != QUO_OK)
        return status;
    struct quo_aggregates *all = calloc(1, sizeof *all);
    int column[WANTED], more[1];
    status = all ? quo_csv_expect(csv, wanted, WANTED, column, optional, 1, more, faults) : QUO_MACHINE;
    const struct quo_csv_row *row = NULL;
    size_t room = 0;
    while (status == QUO_OK && (status = quo_csv_next(csv, &row, faults)) == QUO_OK && row) {
        if (all->n == room) {
            room = room ? 2 * room : 64;
            struct quo_aggregate *grown = realloc(all->row, room * sizeof *grown);
            if (!grown) {
                status = QUO_MACHINE;
                break;
            }
            all->row = grown;
        }
        const enum quo_status one = read_row(csv, row, column, &all->row[all->n], faults);
        all->n += one == QUO_OK;
        status = one == QUO_MACHINE ? one : QUO_OK;
    }
    if (status == QUO_OK)
        status = find_repeats(all, quo_csv_path(csv), faults);
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status == QUO_OK && all->n == 0)
        status =
            quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, "at least one row below the header", "no row");
    if (status == QUO_OK && strcmp(path, "-") != 0)
        status = quo_hash_file(path, all->sha256);
    quo_csv_close(csv);
    if (status != QUO_OK) {
        quo_aggregates_free(all);
        return status;
    }
    *out = all;
    return QUO_OK;
}

void quo_aggregates_free(struct quo_aggregates *aggregates)
{
    if (!aggregates)
        return;
    for (size_t i = 0; i < aggregates->n; i++)
        row_free(&aggregates->row[i]);
    free(aggregates->row);
    free(aggregates);
}

static bool same_time(const struct quo_aggregate *a, const struct quo_aggregate *b)
{
    const bool level = strncmp(a->statistic, "tvl", 3) == 0, single = strcmp(a->statistic, "loss_single") == 0;
    if (a->from == b->from && a->to == b->to)
        return true;
    const bool within = (a->from >= b->from && a->to <= b->to) || (b->from >= a->from && b->to <= a->to);
    return (level && within) ||
           (single && (within || (abs(a->from - b->from) <= MONTH && abs(a->to - b->to) <= MONTH)));
}

bool quo_aggregates_contradict(const struct quo_aggregate *a, const struct quo_aggregate *b)
{
    if (strcmp(a->statistic, b->statistic) != 0 || strcmp(a->scope, b->scope) != 0 || strcmp(a->unit, b->unit) != 0 ||
        !same_time(a, b))
        return false;
    if (strchr("><", a->qualifier) || strchr("><", b->qualifier)) {
        const struct quo_aggregate *bound = strchr("><", a->qualifier) ? a : b, *other = bound == a ? b : a;
        if (other->qualifier == bound->qualifier) /* two bounds of one side */
            return false;
        return bound->qualifier == '>' ? other->value < bound->value * (1.0 - SHARP)
                                       : other->value > bound->value * (1.0 + SHARP);
    }
    const double tolerance = a->qualifier == '~' || b->qualifier == '~' ? ABOUT : SHARP;
    return fabs(a->value - b->value) > tolerance * fmax(fabs(a->value), fabs(b->value));
}

size_t quo_aggregates_against(const struct quo_aggregates *aggregates, size_t i, char *buffer, size_t size)
{
    size_t n = 0;
    if (size > 0)
        *buffer = '\0';
    for (size_t k = 0; k < aggregates->n; k++) {
        const struct quo_aggregate *row = &aggregates->row[k];
        if (k == i || !quo_aggregates_contradict(&aggregates->row[i], row))
            continue;
        const int length = snprintf(n < size ? buffer + n : NULL, n < size ? size - n : 0, "%s%.10g (%.*s)",
                                    n ? "; " : "", row->value, (int)strcspn(row->source, "_."), row->source);
        n += length > 0 ? (size_t)length : 0;
    }
    return n;
}

struct texts {
    char **text;
    size_t n;
};

static enum quo_status add_text(struct texts *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
static enum quo_status add_text(struct texts *list, const char *format, ...)
{
    char buffer[600];
    va_list args;
    va_start(args, format);
    quo_text_vprint(buffer, sizeof buffer, format, args);
    va_end(args);
    char **more = realloc(list->text, (list->n + 1) * sizeof *more);
    if (!more)
        return QUO_MACHINE;
    list->text = more;
    if (!(more[list->n] = quo_text_copy(buffer)))
        return QUO_MACHINE;
    list->n++;
    return QUO_OK;
}

static int name_length(const struct quo_aggregate *row) { return (int)strcspn(row->source, "_."); }

/* The whole from `whole`, the first part from `first`, the second from any row that follows on it. */
static enum quo_status parts_of(const struct quo_aggregates *all, const struct quo_aggregate *whole,
                                const struct quo_aggregate *first, struct texts *list)
{
    enum quo_status status = QUO_OK;
    for (size_t k = 0; k < all->n && status == QUO_OK; k++) {
        const struct quo_aggregate *second = &all->row[k];
        if (second->from != first->to + 1 || second->to != whole->to ||
            strcmp(second->statistic, whole->statistic) != 0 || strcmp(second->scope, whole->scope) != 0 ||
            strchr("><", second->qualifier))
            continue;
        const double sum = first->value + second->value;
        if (fabs(sum - whole->value) <= ABOUT * fmax(sum, whole->value))
            continue;
        char from[11], middle[11], to[11];
        quo_date_format(whole->from, from);
        quo_date_format(second->from, middle);
        quo_date_format(whole->to, to);
        status = add_text(list,
                          "%s of %s: %.10g (%.*s) to the eve of %s and %.10g (%.*s) from then make %.10g, not the "
                          "%.10g (%.*s) of %s to %s",
                          whole->statistic, whole->scope, first->value, name_length(first), first->source, middle,
                          second->value, name_length(second), second->source, sum, whole->value, name_length(whole),
                          whole->source, from, to);
    }
    return status;
}

static bool repeated_before(const struct quo_aggregates *all, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const struct quo_aggregate *a = &all->row[k], *b = &all->row[i];
        if (a->from == b->from && a->to == b->to && a->value == b->value && strcmp(a->statistic, b->statistic) == 0 &&
            strcmp(a->scope, b->scope) == 0)
            return true;
    }
    return false;
}

enum quo_status quo_aggregates_contradictions(const struct quo_aggregates *all, char ***text, size_t *n)
{
    struct texts list = {NULL, 0};
    enum quo_status status = QUO_OK;
    bool *told = calloc(all->n, sizeof *told);
    if (!told)
        status = QUO_MACHINE;
    for (size_t i = 0; i < all->n && status == QUO_OK; i++) {
        const struct quo_aggregate *row = &all->row[i];
        char against[300], from[11], to[11];
        if (told[i] || quo_aggregates_against(all, i, against, sizeof against) == 0)
            continue;
        for (size_t k = i + 1; k < all->n; k++)
            told[k] = told[k] || quo_aggregates_contradict(row, &all->row[k]);
        quo_date_format(row->from, from);
        quo_date_format(row->to, to);
        status = add_text(&list, "%s of %s, %s to %s: %s%.10g (%.*s) against %s", row->statistic, row->scope, from, to,
                          row->qualifier == '>'   ? "more than "
                          : row->qualifier == '<' ? "less than "
                                                  : "",
                          row->value, name_length(row), row->source, against);
    }
    for (size_t i = 0; i < all->n && status == QUO_OK; i++) {
        const struct quo_aggregate *whole = &all->row[i];
        const bool additive = strcmp(whole->statistic, "incidents") == 0 || strcmp(whole->statistic, "loss_total") == 0;
        for (size_t k = 0;
             k < all->n && additive && status == QUO_OK && !repeated_before(all, i) && !strchr("><", whole->qualifier);
             k++) {
            const struct quo_aggregate *first = &all->row[k];
            if (first->from == whole->from && first->to < whole->to &&
                strcmp(first->statistic, whole->statistic) == 0 && strcmp(first->scope, whole->scope) == 0 &&
                !strchr("><", first->qualifier) && !repeated_before(all, k))
                status = parts_of(all, whole, first, &list);
        }
    }
    free(told);
    *text = list.text;
    *n = list.n;
    return status;
}
