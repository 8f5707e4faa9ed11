/* risk/base/csv.h -- CSV files row by row, with the line on which each row begins. On libcsv.
 *
 * RFC 4180: quoted fields, doubled quotes, newlines inside quotes, CRLF or LF; a UTF-8 byte order mark is
 * skipped. Refused with file and line: a NUL byte, bytes that are not UTF-8, an unfinished quote, a row with
 * more or fewer fields than the header, a field over 64 KiB, a repeated or empty column name. Memory is
 * bounded: the file is streamed in blocks. Blank lines are passed over. */
#ifndef QUO_CSV_H
#define QUO_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "risk/base/faults.h"

struct quo_csv;

struct quo_csv_row {
    int line;                 /* where the row begins, from 1 */
    size_t n;                 /* fields */
    const char *const *field; /* field[n], NUL-terminated, valid until the next call */
};

/* Opens the file ("-" is standard input) and reads the header. *out is NULL on failure. */
enum quo_status quo_csv_open(const char *path, struct quo_csv **out, struct quo_faults *faults);
/* The same for a file that has no header: its columns are these names, in this order. */
enum quo_status quo_csv_open_headless(const char *path, const char *const *names, size_t n, struct quo_csv **out,
                                      struct quo_faults *faults);
void quo_csv_close(struct quo_csv *csv);

const char *quo_csv_path(const struct quo_csv *csv);
/* How much of the file has been read, as a share; NaN where its size is not known (a pipe). */
double quo_csv_share(const struct quo_csv *csv);
size_t quo_csv_columns(const struct quo_csv *csv);
const char *quo_csv_column_name(const struct quo_csv *csv, size_t column);
const char *const *quo_csv_names(const struct quo_csv *csv); /* of all columns, the csv's own */
/* Index of the named column, -1 if there is none. */
int quo_csv_column(const struct quo_csv *csv, const char *name);
/* Adds one fault for every wanted column that is missing (with the nearest that is there) and, if
 * `optional` is not NULL, for every column that is neither wanted nor optional. index[n_wanted] and
 * optional_index[n_optional] get the columns' places (-1: absent). */
enum quo_status quo_csv_expect(const struct quo_csv *csv, const char *const *wanted, size_t n_wanted, int *index,
                               const char *const *optional, size_t n_optional, int *optional_index,
                               struct quo_faults *faults);

/* The next row. *row is NULL at the end. A bad row adds a fault and is passed over unless the file
 * cannot be read any further (QUO_REFUSED or QUO_MACHINE). */
enum quo_status quo_csv_next(struct quo_csv *csv, const struct quo_csv_row **row, struct quo_faults *faults);

/* The same, but it returns after every bad row, with its fault added and *row NULL: memory stays bounded whatever the file holds. At the
 * end *row is NULL and no fault is added. */
enum quo_status quo_csv_step(struct quo_csv *csv, const struct quo_csv_row **row, struct quo_faults *faults);

/* Whole lines of a file without a quote in them, so that another thread can make rows of them. */
struct quo_csv_piece {
    char *bytes; /* bytes[n], owned */
    size_t n, room;
    int line; /* where it begins */
};
void quo_csv_piece_free(struct quo_csv_piece *piece); /* the contents */
/* The next lines of the file, about 64 KiB. n = 0: the next row is one for quo_csv_step, which has a quote or a long line, or is the end. */
enum quo_status quo_csv_cut(struct quo_csv *csv, struct quo_csv_piece *piece, struct quo_faults *faults);
/* A CSV of `whole`'s columns that reads pieces, as many as it is given, one after the other. NULL without memory. It does not need `whole`
 * afterwards. */
struct quo_csv *quo_csv_beside(const struct quo_csv *whole);
/* Reads the piece from bytes[from] on, where `line` begins. The piece stays as it is. */
enum quo_status quo_csv_read_piece(struct quo_csv *beside, const struct quo_csv_piece *piece, size_t from, int line);
/* Where in the piece, and on which line, the row in hand begins; and whether its fields stay where they are until the next piece. */
size_t quo_csv_place(const struct quo_csv *beside, int *line);
bool quo_csv_stays(const struct quo_csv *beside);

/* Writes one field, quoted where RFC 4180 asks for it. */
void quo_csv_write_field(FILE *to, const char *text);
#endif
