#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>

/* As the program does: a GSL status is looked at, never an abort. */
__attribute__((constructor)) static void no_abort(void) { gsl_set_error_handler_off(); }

static bool within(double got, double want, double tol)
{
    if (isnan(got) || isnan(want))
        return false;
    if (got == want)
        return true;
    if (isinf(got) || isinf(want) || tol == 0.0)
        return false;
    return fabs(got - want) <= tol * fabs(want);
}

void check_rel(double got, double want, double tol, const char *format, ...)
{
    if (within(got, want, tol))
        return;
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    fail_msg("%s: got %.17g, want %.17g, off by %.3g relative, allowed %.3g", what, got, want,
             fabs(got - want) / fabs(want), tol);
}

void check_abs(double got, double want, double tol, const char *format, ...)
{
    if (fabs(got - want) <= tol)
        return;
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    fail_msg("%s: got %.17g, want %.17g, off by %.3g, allowed %.3g", what, got, want, fabs(got - want), tol);
}

static char *copy(const char *text)
{
    char *out = strdup(text);
    assert_non_null(out);
    return out;
}

struct ref_row *ref_read(const char *name, size_t *n)
{
    char path[256];
    snprintf(path, sizeof path, "tests/reference/%s", name);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s: cannot be read; tests run from the project's root", path);
    struct ref_row *row = NULL;
    size_t count = 0, room = 0, size = 0;
    char *text = NULL;
    int line = 0;
    while (getline(&text, &size, in) > 0) {
        if (++line == 1)
            continue;
        char *field[7], *at = text;
        text[strcspn(text, "\r\n")] = '\0';
        for (int i = 0; i < 7; i++)
            field[i] = i < 6 ? strsep(&at, ",") : at;
        assert_non_null(field[6]);
        if (count == room) {
            room = room ? 2 * room : 256;
            row = realloc(row, room * sizeof *row);
            assert_non_null(row);
        }
        row[count++] = (struct ref_row){copy(field[0]), copy(field[1]),         copy(field[2]),         copy(field[3]),
                                        copy(field[6]), strtod(field[4], NULL), strtod(field[5], NULL), name,
                                        line};
    }
    free(text);
    fclose(in);
    *n = count;
    return row;
}

void ref_free(struct ref_row *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(row[i].case_id);
        free(row[i].quantity);
        free(row[i].params);
        free(row[i].args);
        free(row[i].source);
    }
    free(row);
}

bool ref_text(const char *list, const char *key, char *buffer, size_t size)
{
    const size_t length = strlen(key);
    for (const char *at = list; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL)
        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            const char *value = at + length + 1;
            snprintf(buffer, size, "%.*s", (int)strcspn(value, ";"), value);
            return true;
        }
    return false;
}

double ref_number(const char *list, const char *key)
{
    char text[128];
    return ref_text(list, key, text, sizeof text) ? strtod(text, NULL) : NAN;
}

size_t ref_numbers(const char *list, const char *key, double *out, size_t room)
{
    char text[4096];
    size_t n = 0;
    if (!ref_text(list, key, text, sizeof text))
        return 0;
    char *at = text;
    for (char *one; (one = strsep(&at, "/")) && n < room;)
        out[n++] = strtod(one, NULL);
    return n;
}

void ref_seen(const struct ref_row *row)
{
    const char *path = getenv("QUO_REFERENCE_ROWS");
    FILE *to = path ? fopen(path, "a") : NULL;
    if (!to)
        return;
    fprintf(to, "%s:%d\n", row->file, row->line);
    fclose(to);
}

void ref_check(struct ref_tally *tally, const struct ref_row *row, double got)
{
    tally->rows++;
    ref_seen(row);
    if (within(got, row->value, row->tol))
        return;
    const double off = isnan(got) ? INFINITY : fabs(got - row->value) / (row->tol * fabs(row->value));
    if (tally->bad++ == 0 || off > tally->worst) {
        tally->worst = off;
        snprintf(tally->worst_text, sizeof tally->worst_text, "line %d, %s %s (%s): got %.17g, want %.17g", row->line,
                 row->case_id, row->quantity, row->args, got, row->value);
    }
    print_message("reference line %d: %s %s [%s] (%s): got %.17g, want %.17g, tolerance %g\n", row->line, row->case_id,
                  row->quantity, row->params, row->args, got, row->value, row->tol);
}

void ref_done(const struct ref_tally *tally, size_t least)
{
    if (tally->bad)
        fail_msg("%zu of %zu rows are off; the worst: %s", tally->bad, tally->rows, tally->worst_text);
    if (tally->rows < least)
        fail_msg("only %zu rows were checked, at least %zu are there", tally->rows, least);
}

const char *shared_data(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "../shared/reference/data/%s", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

double *column_read(const char *path, const char *column, size_t *n)
{
    FILE *in = path ? fopen(path, "r") : NULL;
    if (!in)
        return NULL;
    char *text = NULL;
    size_t size = 0, count = 0, room = 0;
    double *out = NULL;
    int wanted = -1;
    while (getline(&text, &size, in) > 0) {
        text[strcspn(text, "\r\n")] = '\0';
        char *at = text, *one;
        if (wanted < 0) {
            for (int i = 0; (one = strsep(&at, ",")); i++)
                if (strcmp(one, column) == 0)
                    wanted = i;
            if (wanted < 0)
                break;
            continue;
        }
        one = NULL;
        for (int i = 0; i <= wanted; i++)
            one = strsep(&at, ",");
        if (count == room) {
            room = room ? 2 * room : 1024;
            out = realloc(out, room * sizeof *out);
            assert_non_null(out);
        }
        out[count++] = one && *one ? strtod(one, NULL) : NAN;
    }
    free(text);
    fclose(in);
    *n = count;
    return out;
}

bool ref_same_case(const struct ref_row *a, const struct ref_row *b)
{
    return strcmp(a->case_id, b->case_id) == 0 && strcmp(a->params, b->params) == 0;
}
