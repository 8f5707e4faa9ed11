/* Of csv.h: a file in pieces, for threads to make rows of. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/csv_parts.h"

void quo_csv_piece_free(struct quo_csv_piece *piece)
{
    free(piece->bytes);
    *piece = (struct quo_csv_piece){0};
}

/* Behind the last line feed of text[n]; 0 where there is none. */
static size_t whole_lines(const char *text, size_t n)
{
    const char *feed = n ? memrchr(text, '\n', n) : NULL;
    return feed ? (size_t)(feed - text) + 1 : 0;
}

enum quo_status quo_csv_cut(struct quo_csv *csv, struct quo_csv_piece *piece, struct quo_faults *faults)
{
    piece->n = 0;
    if (csv->broken)
        return csv->broken;
    csv->begin = csv->at; /* the row before is done with */
    while (csv->n - csv->at < BLOCK && csv->fd >= 0) {
        const enum quo_status status = quo_csv_read_block(csv, faults);
        if (status)
            return csv->broken = status;
    }
    const char *text = csv->bytes + csv->at;
    size_t n = whole_lines(text, csv->n - csv->at < BLOCK ? csv->n - csv->at : BLOCK);
    const char *quote = n ? memchr(text, '"', n) : NULL;
    if (quote)
        n = whole_lines(text, (size_t)(quote - text));
    void *bytes = piece->bytes;
    const bool room = n == 0 || quo_csv_grow(&bytes, &piece->room, n, 1);
    piece->bytes = bytes;
    if (!room || n == 0)
        return room ? QUO_OK : QUO_MACHINE;
    memcpy(piece->bytes, text, n);
    piece->n = n;
    piece->line = csv->line;
    for (const char *at = text; at < text + n; at = (const char *)memchr(at, '\n', (size_t)(text + n - at)) + 1)
        csv->line += csv->line < INT_MAX;
    csv->at += n;
    csv->begin = csv->at;
    return QUO_OK;
}

struct quo_csv *quo_csv_beside(const struct quo_csv *whole)
{
    struct quo_csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return NULL;
    csv->fd = -1;
    csv->path = strdup(whole->path);
    if (csv->path && quo_csv_take_names(csv, quo_csv_names(whole), whole->columns) == QUO_OK)
        return csv;
    quo_csv_close(csv);
    return NULL;
}

enum quo_status quo_csv_read_piece(struct quo_csv *csv, const struct quo_csv_piece *piece, size_t from, int line)
{
    void *bytes = csv->bytes;
    const size_t n = piece->n - from;
    const bool room = quo_csv_grow(&bytes, &csv->room, n + 1, 1);
    csv->bytes = bytes;
    if (!room)
        return QUO_MACHINE;
    memcpy(csv->bytes, piece->bytes + from, n);
    csv->n = n;
    csv->begin = csv->at = 0;
    csv->skipped = from;
    csv->line = line;
    csv->broken = QUO_OK;
    return QUO_OK;
}

size_t quo_csv_place(const struct quo_csv *csv, int *line)
{
    *line = csv->row_line;
    return csv->skipped + csv->begin;
}

bool quo_csv_stays(const struct quo_csv *csv) { return csv->plain; }
