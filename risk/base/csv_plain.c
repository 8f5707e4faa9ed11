/* Of csv.h: plain lines, what a file knows of itself, and writing. */
#include <math.h>
#include <string.h>
#include "risk/base/csv_parts.h"

/* Most lines are plain: ASCII, no quote, a line feed at the end. Their fields are ended where they stand, without the blanks around them, as
 * libcsv would give them. False, with nothing changed that matters, for any other line. */
bool quo_csv_split_plain(struct quo_csv *csv, size_t end)
{
    char *at = csv->bytes + csv->at, *const stop = csv->bytes + end - 1, *from = at;
    size_t n = 0;
    if (*stop != '\n' || end - csv->at > MAX_FIELD || csv->columns == 0 || csv->room_field < csv->columns)
        return false;
    for (const unsigned char *c = (const unsigned char *)at; c < (const unsigned char *)stop; c++)
        if (*c == '"' || *c >= 0x80 || *c == 0 || (*c == '\r' && c + 1 < (const unsigned char *)stop))
            return false;
        else
            n += *c == ',';
    if (n + 1 != csv->columns)
        return false;
    n = 0;
    for (; at <= stop; at++) {
        if (*at != ',' && at < stop)
            continue;
        char *last = at;
        if (at == stop && last > from && last[-1] == '\r')
            last--;
        while (from < last && (*from == ' ' || *from == '\t'))
            from++;
        while (last > from && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        *last = '\0';
        csv->field[n++] = from;
        from = at + 1;
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
