/* Of csv.h: plain lines, what a file knows of itself, and writing. */
#include <math.h>
#include <string.h>
#include "risk/base/csv_parts.h"

/* What a byte is in a plain line. */
enum { TEXT, COMMA, END, MAYBE_END, NOT_PLAIN };
static const unsigned char kind_of[256] = {
    [0] = NOT_PLAIN, ['"'] = NOT_PLAIN, [0x80 ... 0xFF] = NOT_PLAIN, [','] = COMMA, ['\n'] = END, ['\r'] = MAYBE_END};

/* The field ended where it stands, without the blanks around it. */
static const char *ended(char *from, char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return from;
}

/* Most lines are plain: ASCII, no quote, a line feed at the end. Their fields are ended where they stand, without the blanks around them, as
 * libcsv would give them. False, with nothing changed that matters, for any other line. */
bool quo_csv_split_plain(struct quo_csv *csv, size_t end)
{
    char *const begin = csv->bytes + csv->at, *const stop = csv->bytes + end - 1, *at = begin, *last = stop;
    size_t n = 0;
    if (*stop != '\n' || end - csv->at > MAX_FIELD || csv->columns == 0 || csv->room_field < csv->columns)
        return false;
    csv->field[n++] = begin;
    for (;; at++) { /* the line feed at its end ends it */
        const unsigned char kind = kind_of[(unsigned char)*at];
        if (kind == TEXT)
            continue;
        if (kind == END)
            break;
        if (kind == NOT_PLAIN || (kind == COMMA && n == csv->columns) || (kind == MAYBE_END && at + 1 < stop))
            return false;
        if (kind == COMMA)
            csv->field[n++] = at + 1;
        else
            last = at;
    }
    if (n != csv->columns)
        return false;
    for (size_t i = 0; i < n; i++) {
        char *from = begin + (csv->field[i] - begin);
        csv->field[i] = ended(from, i + 1 < n ? begin + (csv->field[i + 1] - begin) - 1 : last);
    }
    csv->n_fields = n;
    return csv->plain = true;
}

const char *quo_csv_path(const struct quo_csv *csv) { return csv->path; }
double quo_csv_share(const struct quo_csv *csv)
{
    return csv->size ? fmin((double)csv->taken / (double)csv->size, 1.0) : (double)NAN;
}

size_t quo_csv_columns(const struct quo_csv *csv) { return csv->columns; }

const char *quo_csv_column_name(const struct quo_csv *csv, size_t column)
{
    return column < csv->columns ? csv->name[column] : NULL;
}

const char *const *quo_csv_names(const struct quo_csv *csv) { return (const char *const *)csv->name; }

int quo_csv_column(const struct quo_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (strcmp(csv->name[i], name) == 0)
            return (int)i;
    return -1;
}

void quo_csv_write_field(FILE *to, const char *text)
{
    const size_t n = strlen(text);
    /* Blanks at the ends would be taken off in reading. */
    const bool blank = n > 0 && (text[0] == ' ' || text[0] == '\t' || text[n - 1] == ' ' || text[n - 1] == '\t');
    if (blank || strpbrk(text, ",\"\r\n"))
        csv_fwrite(to, text, n);
    else
        fputs(text, to);
}
