/* risk/base/csv_parts.h -- the inside of a CSV file, for csv*.c alone. */
#ifndef QUO_CSV_PARTS_H
#define QUO_CSV_PARTS_H

#include <csv.h>
#include <stdint.h>
#include "risk/base/csv.h"

#define BLOCK (1u << 16)
#define MAX_FIELD (1u << 16)
#define MAX_ROW (1u << 20)
#define MAX_COLUMNS 4096

/* libcsv is given one physical line at a time, so that every row's line is known. The bytes of the row in hand are
 * kept: where a quote is never closed the row is given up and reading goes on with the line after its first. */
struct quo_csv {
    char *path;
    int fd;      /* -1 once the end was reached */
    char *bytes; /* bytes[n], read but not yet given up */
    size_t n, room;
    size_t begin, at; /* the row in hand begins at bytes[begin]; libcsv has had it up to bytes[at] */
    size_t skipped;   /* of a piece: what lies before bytes[0] in it */
    uint64_t taken, size; /* bytes read so far; of the file, 0 where that is not known */
    int line, row_line;
    struct csv_parser parser;
    bool has_parser;
    char *store; /* the fields of the row, one after the other with their NULs */
    size_t n_store, room_store;
    size_t *offset; /* of each field in store */
    const char **field;
    size_t n_fields, room_offset, room_field;
    bool complete, second_row, too_long, no_memory;
    bool fed;               /* libcsv has had something of the row */
    bool plain;             /* the row's fields stand in bytes, ended there, and not in store */
    enum quo_status broken; /* what every further call returns */
    char **name;            /* name[columns] */
    size_t columns;
    struct quo_csv_row row;
};

/* False without memory. */
bool quo_csv_grow(void **array, size_t *room, size_t wanted, size_t size);
/* One more block behind the bytes that are still needed. */
enum quo_status quo_csv_read_block(struct quo_csv *csv, struct quo_faults *faults);
enum quo_status quo_csv_take_names(struct quo_csv *csv, const char *const *names, size_t n);
/* Cuts the line that ends before bytes[end], if it is a plain one: true, and the row's fields are in `field`. */
bool quo_csv_split_plain(struct quo_csv *csv, size_t end);
#endif
