#include "risk/base/faults.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

/* Stands for a text that memory did not suffice for; never freed, never written to. */
static char lost_text[] = "";

#define LONGEST_TEXT 1000

/* Texts quote the input: no escape sequence may reach a terminal, and nobody reads a megabyte. */
static char *tidy(char *text)
{
    size_t n = 0;
    for (; text[n] != '\0' && n <= LONGEST_TEXT; n++)
        if ((unsigned char)text[n] < 0x20 || text[n] == 0x7F)
            text[n] = '?';
    if (n > LONGEST_TEXT) {
        n = LONGEST_TEXT - 3;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) /* not inside a character */
            n--;
        memcpy(text + n, "...", 4);
    }
    return text;
}

static char *copy_or_lost(const char *text)
{
    char *copy = strdup(text);
    return copy ? tidy(copy) : lost_text;
}

static void text_free(char *text)
{
    if (text != lost_text)
        free(text);
}

void quo_faults_init(struct quo_faults *faults) { *faults = (struct quo_faults){0}; }

void quo_faults_free(struct quo_faults *faults)
{
    if (!faults)
        return;
    for (size_t i = 0; i < faults->n; i++) {
        text_free(faults->fault[i].file);
        text_free(faults->fault[i].text);
        text_free(faults->fault[i].hint);
    }
    free(faults->fault);
    quo_faults_init(faults);
}

static bool make_room(struct quo_faults *faults)
{
    if (faults->n < faults->room)
        return true;
    const size_t room = faults->room ? 2 * faults->room : 8;
    if (room > SIZE_MAX / sizeof *faults->fault)
        return false;
    struct quo_fault *grown = realloc(faults->fault, room * sizeof *grown);
    if (!grown)
        return false;
    faults->fault = grown;
    faults->room = room;
    return true;
}

static char *print_alloc(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = quo_text_vprint(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (!text)
        return lost_text;
    quo_text_vprint(text, (size_t)length + 1, format, args);
    return tidy(text);
}

enum quo_status quo_faults_vadd(struct quo_faults *faults, enum quo_status code, const char *file, int line,
                                const char *hint, const char *format, va_list args)
{
    if (!faults)
        return code;
    if ((faults->n >= QUO_FAULTS_MAX && code != QUO_MACHINE) || !make_room(faults)) {
        faults->lost += code != QUO_OK;
        faults->lost_warnings += code == QUO_OK;
        return code;
    }
    faults->fault[faults->n++] = (struct quo_fault){
        .code = code,
        .file = copy_or_lost(file ? file : ""),
        .line = line,
        .text = print_alloc(format, args),
        .hint = copy_or_lost(hint ? hint : ""),
    };
    faults->warnings += code == QUO_OK;
    return code;
}

enum quo_status quo_faults_add(struct quo_faults *faults, enum quo_status code, const char *file, int line,
                               const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    quo_faults_vadd(faults, code, file, line, hint, format, args);
    va_end(args);
    return code;
}

size_t quo_faults_refusals(const struct quo_faults *faults)
{
    return faults ? quo_faults_told(faults) + faults->again : 0;
}

size_t quo_faults_told(const struct quo_faults *faults)
{
    return faults ? faults->n - faults->warnings + faults->lost : 0;
}

void quo_faults_again(struct quo_faults *faults)
{
    if (faults)
        faults->again++;
}

struct place {
    struct quo_fault fault;
    size_t file, index; /* order of the file's first appearance; order among all */
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->fault.line != y->fault.line)
        return x->fault.line < y->fault.line ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

void quo_faults_sort(struct quo_faults *faults)
{
    if (!faults || faults->n < 2)
        return;
    struct place *place = malloc(faults->n * sizeof *place);
    const char **file = malloc(faults->n * sizeof *file);
    size_t n_files = 0;
    if (!place || !file)
        goto done; /* unsorted is still true */
    for (size_t i = 0; i < faults->n; i++) {
        /* The newest file first: faults come file by file, so this ends at the first comparison. */
        size_t k = n_files;
        while (k > 0 && strcmp(file[k - 1], faults->fault[i].file) != 0)
            k--;
        if (k == 0) {
            file[n_files++] = faults->fault[i].file;
            k = n_files;
        }
        place[i] = (struct place){faults->fault[i], k, i};
    }
    qsort(place, faults->n, sizeof *place, by_place);
    for (size_t i = 0; i < faults->n; i++)
        faults->fault[i] = place[i].fault;
done:
    free(place);
    free(file);
}

void quo_faults_sum_up(struct quo_faults *faults)
{
    if (!faults || faults->n == 0 || !make_room(faults))
        return;
    const size_t refusals = faults->lost, all = refusals + faults->lost_warnings;
    if (all == 0)
        return;
    char text[96];
    snprintf(text, sizeof text, refusals ? "%zu more faults, not told one by one" : "%zu more warnings",
             refusals ? refusals : all);
    faults->fault[faults->n] = (struct quo_fault){.code = refusals ? QUO_REFUSED : QUO_OK,
                                                  .file = copy_or_lost(faults->fault[faults->n - 1].file),
                                                  .text = copy_or_lost(text),
                                                  .hint = copy_or_lost("")};
    faults->n++;
    faults->warnings++; /* it stands for others, which are counted: not one more */
    faults->lost_warnings = 0;
}

size_t quo_fault_format(const struct quo_fault *fault, char *buffer, size_t size)
{
    char line[16] = "";
    if (fault->line > 0)
        snprintf(line, sizeof line, ":%d", fault->line);
    const bool placed = fault->file[0] != '\0', hinted = fault->hint[0] != '\0';
    const int length = snprintf(buffer, size, "%s%s%s%s%s%s", fault->file, placed ? line : "", placed ? ": " : "",
                                fault->text, hinted ? "; " : "", fault->hint);
    return length < 0 ? 0 : (size_t)length;
}
