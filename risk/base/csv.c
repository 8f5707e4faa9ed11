#include "risk/base/csv.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "risk/base/text.h"

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

static bool grow(void **array, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return true;
    size_t more = *room ? *room : 64;
    while (more < wanted)
        more *= 2;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

static bool add_field(struct quo_csv *csv, const char *text, size_t n)
{
    void *store = csv->store, *offset = csv->offset;
    const bool room = grow(&store, &csv->room_store, csv->n_store + n + 1, 1) &&
                      grow(&offset, &csv->room_offset, csv->n_fields + 1, sizeof *csv->offset);
    csv->store = store;
    csv->offset = offset;
    if (!room)
        return false;
    csv->offset[csv->n_fields++] = csv->n_store;
    if (n > 0)
        memcpy(csv->store + csv->n_store, text, n);
    csv->n_store += n;
    csv->store[csv->n_store++] = '\0';
    return true;
}

static void take_field(void *text, size_t n, void *context)
{
    struct quo_csv *csv = context;
    if (csv->complete) { /* a carriage return alone ended the row within the line */
        csv->second_row = true;
        return;
    }
    csv->too_long = csv->too_long || n > MAX_FIELD;
    if (!add_field(csv, text, n > MAX_FIELD ? 0 : n))
        csv->no_memory = true;
}

static void take_end(int separator, void *context)
{
    (void)separator;
    ((struct quo_csv *)context)->complete = true;
}

/* A fresh parser and an empty row that begins at bytes[at]. */
static bool begin_row(struct quo_csv *csv)
{
    if (csv->has_parser && csv->fed)
        csv_free(&csv->parser);
    if (!csv->has_parser || csv->fed)
        csv->has_parser = csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0;
    csv->fed = csv->plain = false;
    csv->begin = csv->at;
    csv->row_line = csv->line;
    csv->n_store = csv->n_fields = 0;
    csv->complete = csv->second_row = csv->too_long = false;
    return csv->has_parser;
}

static enum quo_status machine(const struct quo_csv *csv, const char *what, struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_MACHINE, csv->path, csv->line, NULL, "%s", what);
}

static enum quo_status refuse(const struct quo_csv *csv, int line, const char *hint, const char *what,
                              struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_REFUSED, csv->path, line, hint, "%s", what);
}

static void close_input(struct quo_csv *csv)
{
    if (csv->fd > STDIN_FILENO)
        close(csv->fd);
    csv->fd = -1;
}

/* One more block behind the bytes that are still needed. */
static enum quo_status read_block(struct quo_csv *csv, struct quo_faults *faults)
{
    if (csv->begin > 0) {
        memmove(csv->bytes, csv->bytes + csv->begin, csv->n - csv->begin);
        csv->n -= csv->begin;
        csv->at -= csv->begin;
        csv->begin = 0;
    }
    void *bytes = csv->bytes;
    const bool room = grow(&bytes, &csv->room, csv->n + BLOCK, 1);
    csv->bytes = bytes;
    if (!room)
        return machine(csv, "memory does not suffice", faults);
    ssize_t got;
    do
        got = read(csv->fd, csv->bytes + csv->n, BLOCK);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return machine(csv, strerrordesc_np(errno), faults);
    csv->n += (size_t)got;
    if (got == 0)
        close_input(csv);
    return QUO_OK;
}

/* The end of the physical line at bytes[at], its line feed included; reads on as need be, but not past a row that
 * is too long anyway. */
static enum quo_status find_line_end(struct quo_csv *csv, size_t *end, struct quo_faults *faults)
{
    size_t searched = csv->at - csv->begin;
    for (;;) {
        const size_t from = csv->begin + searched;
        const char *feed = csv->n > from ? memchr(csv->bytes + from, '\n', csv->n - from) : NULL;
        searched = csv->n - csv->begin;
        if (feed || csv->fd < 0 || searched > MAX_ROW) {
            *end = feed ? (size_t)(feed - csv->bytes) + 1 : csv->n;
            return QUO_OK;
        }
        const enum quo_status status = read_block(csv, faults);
        if (status != QUO_OK)
            return status;
    }
}

static void advance_line(struct quo_csv *csv, size_t end)
{
    csv->at = end;
    csv->line += csv->line < INT_MAX;
}

/* Gives the row up: the next one begins after the first line of this one. */
static void give_up(struct quo_csv *csv)
{
    const char *feed = memchr(csv->bytes + csv->begin, '\n', csv->n - csv->begin);
    csv->line = csv->row_line;
    advance_line(csv, feed ? (size_t)(feed - csv->bytes) + 1 : csv->n);
}

/* Refuses bytes that are no text. *fatal: what follows is no text either. */
static bool check_bytes(const struct quo_csv *csv, size_t end, bool *fatal, struct quo_faults *faults)
{
    size_t bad = 0;
    *fatal = false;
    if (quo_text_is_utf8(csv->bytes + csv->at, end - csv->at, &bad))
        return true;
    const unsigned char byte = (unsigned char)csv->bytes[csv->at + bad];
    const bool utf16 = csv->line == 1 && bad == 0 && byte >= 0xFE;
    *fatal = byte == 0 || utf16;
    if (*fatal)
        refuse(csv, csv->line, "save it as text in UTF-8",
               utf16 ? "the file is in UTF-16" : "a zero byte: this is no text file (or one in UTF-16)", faults);
    else
        quo_faults_add(faults, QUO_REFUSED, csv->path, csv->line, "save the file as UTF-8",
                       "byte %zu of the line (0x%02X) is not UTF-8", bad + 1, byte);
    return false;
}

static bool is_blank(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n')
            return false;
    return true;
}

enum progress {
    MORE,     /* the row goes on within quotes */
    COMPLETE, /* its fields stand in the store */
    PASSED,   /* nothing: a blank line, or one whose fault was told */
    END,
    FATAL /* csv->broken says why */
};

static enum progress fail(struct quo_csv *csv, enum quo_status status)
{
    csv->broken = status;
    return FATAL;
}

/* libcsv has had the line: is there a row, and a good one? */
static enum progress judge(struct quo_csv *csv, bool last, struct quo_faults *faults)
{
    const bool open_quote = last && csv_fini(&csv->parser, take_field, take_end, csv) != 0;
    if (csv->no_memory)
        return fail(csv, machine(csv, "memory does not suffice", faults));
    if (open_quote || (!csv->complete && csv->parser.entry_pos > MAX_FIELD)) {
        refuse(csv, csv->row_line, "close it with \"; a quote within a field is doubled",
               open_quote ? "a quote is not closed" : "a field of more than 64 KiB, or a quote that is not closed",
               faults);
        give_up(csv);
        return PASSED;
    }
    if (csv->second_row) {
        refuse(csv, csv->row_line, "end lines with a line feed", "a carriage return in the middle of a line", faults);
        return PASSED;
    }
    if (csv->too_long) {
        refuse(csv, csv->row_line, NULL, "a field of more than 64 KiB", faults);
        return PASSED;
    }
    return csv->complete ? COMPLETE : MORE;
}

/* Most lines are plain: ASCII, no quote, a line feed at the end. Their fields are ended where they stand, without the blanks around them, as
 * libcsv would give them. False, with nothing changed that matters, for any other line. */
static bool split_plain(struct quo_csv *csv, size_t end)
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

static enum progress take_line(struct quo_csv *csv, struct quo_faults *faults)
{
    size_t end = 0;
    const enum quo_status status = find_line_end(csv, &end, faults);
    if (status != QUO_OK)
        return fail(csv, status);
    const size_t n = end - csv->at;
    if (n == 0)
        return csv->at > csv->begin ? judge(csv, true, faults) : END;
    if (end - csv->begin > MAX_ROW)
        return fail(csv, refuse(csv, csv->row_line, "is a quote left open?", "a row of more than 1 MiB", faults));
    if (csv->at == csv->begin && !is_blank(csv->bytes + csv->at, n) && split_plain(csv, end)) {
        advance_line(csv, end);
        return COMPLETE;
    }
    bool fatal;
    if (!check_bytes(csv, end, &fatal, faults)) {
        advance_line(csv, end);
        return fatal ? fail(csv, QUO_REFUSED) : PASSED;
    }
    if (csv->at == csv->begin && is_blank(csv->bytes + csv->at, n)) {
        advance_line(csv, end);
        return PASSED;
    }
    csv->fed = true;
    const size_t taken = csv_parse(&csv->parser, csv->bytes + csv->at, n, take_field, take_end, csv);
    if (taken < n && csv_error(&csv->parser) != CSV_EPARSE)
        return fail(csv, machine(csv, "memory does not suffice", faults));
    if (taken < n) {
        refuse(csv, csv->row_line, "put the whole field in quotes and double the quotes within",
               "a quote in the middle of a field", faults);
        give_up(csv);
        return PASSED;
    }
    const bool last = csv->bytes[end - 1] != '\n';
    advance_line(csv, end);
    return judge(csv, last, faults);
}

/* The fields of the next row that libcsv can make out; *found is false at the end, and after a bad row where `each` asks for it. */
static enum quo_status next_fields(struct quo_csv *csv, bool each, bool *found, struct quo_faults *faults)
{
    *found = false;
    if (csv->broken != QUO_OK)
        return csv->broken;
    const size_t before = quo_faults_refusals(faults);
    for (enum progress progress = PASSED;;) {
        if (progress == PASSED && !begin_row(csv))
            return csv->broken = machine(csv, "memory does not suffice", faults);
        progress = take_line(csv, faults);
        if (progress == FATAL)
            return csv->broken;
        *found = progress == COMPLETE;
        if (progress == COMPLETE || progress == END ||
            (each && progress == PASSED && quo_faults_refusals(faults) > before))
            return QUO_OK;
    }
}

static enum quo_status open_input(struct quo_csv *csv, struct quo_faults *faults)
{
    csv->fd = STDIN_FILENO;
    if (strcmp(csv->path, "-") != 0) {
        csv->fd = open(csv->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (csv->fd < 0)
            return quo_faults_add(faults, errno == EMFILE || errno == ENFILE ? QUO_MACHINE : QUO_REFUSED, csv->path, 0,
                                  "give the path of a CSV file", "cannot be opened: %s", strerrordesc_np(errno));
    }
    struct stat about;
    if (fstat(csv->fd, &about) == 0 && S_ISDIR(about.st_mode))
        return refuse(csv, 0, "give the path of a CSV file", "is a folder", faults);
    return QUO_OK;
}

/* Names must be there and differ: a reader asks for columns by name. */
static enum quo_status check_names(const struct quo_csv *csv, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < csv->columns; i++) {
        if (csv->name[i][0] == '\0')
            status = quo_faults_add(faults, QUO_REFUSED, csv->path, csv->row_line, "name it, or remove the comma",
                                    "column %zu has no name", i + 1);
        for (size_t k = 0; k < i; k++)
            if (csv->name[i][0] != '\0' && strcmp(csv->name[k], csv->name[i]) == 0) {
                status = quo_faults_add(faults, QUO_REFUSED, csv->path, csv->row_line, "keep one",
                                        "columns %zu and %zu are both named '%s'", k + 1, i + 1, csv->name[i]);
                break;
            }
    }
    return status;
}

static enum quo_status read_header(struct quo_csv *csv, struct quo_faults *faults)
{
    enum quo_status status = read_block(csv, faults);
    if (status != QUO_OK)
        return status;
    if (csv->n >= 3 && memcmp(csv->bytes, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        csv->at = csv->begin = 3;
    bool found;
    const size_t before = quo_faults_refusals(faults);
    status = next_fields(csv, false, &found, faults);
    if (status != QUO_OK)
        return status;
    if (quo_faults_refusals(faults) > before) /* lines before the header, or the header itself, told already */
        return QUO_REFUSED;
    if (!found)
        return refuse(csv, 1, "the first line names the columns", "the file is empty", faults);
    if (csv->n_fields > MAX_COLUMNS)
        return refuse(csv, csv->row_line, NULL, "more than 4096 columns", faults);
    csv->name = calloc(csv->n_fields, sizeof *csv->name);
    void *field = csv->field;
    const bool room = grow(&field, &csv->room_field, csv->n_fields, sizeof *csv->field);
    csv->field = field;
    if (!room)
        return machine(csv, "memory does not suffice", faults);
    for (size_t i = 0; csv->name && i < csv->n_fields; i++) {
        csv->name[i] = strdup(csv->store + csv->offset[i]);
        if (!csv->name[i])
            break;
        csv->columns++;
    }
    if (csv->columns < csv->n_fields)
        return machine(csv, "memory does not suffice", faults);
    return check_names(csv, faults);
}

enum quo_status quo_csv_open(const char *path, struct quo_csv **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_csv *csv = calloc(1, sizeof *csv);
    if (!csv || !(csv->path = strdup(path))) {
        free(csv);
        return quo_faults_add(faults, QUO_MACHINE, path, 0, NULL, "memory does not suffice");
    }
    csv->line = 1;
    enum quo_status status = open_input(csv, faults);
    if (status == QUO_OK)
        status = read_header(csv, faults);
    if (status == QUO_OK)
        *out = csv;
    else
        quo_csv_close(csv);
    return status;
}

void quo_csv_close(struct quo_csv *csv)
{
    if (!csv)
        return;
    close_input(csv);
    if (csv->has_parser)
        csv_free(&csv->parser);
    for (size_t i = 0; i < csv->columns; i++)
        free(csv->name[i]);
    free(csv->name);
    free(csv->path);
    free(csv->bytes);
    free(csv->store);
    free(csv->offset);
    free(csv->field);
    free(csv);
}

const char *quo_csv_path(const struct quo_csv *csv) { return csv->path; }
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

enum quo_status quo_csv_step(struct quo_csv *csv, const struct quo_csv_row **row, struct quo_faults *faults)
{
    *row = NULL;
    bool found;
    const enum quo_status status = next_fields(csv, true, &found, faults);
    if (status != QUO_OK || !found)
        return status;
    const size_t n = csv->n_fields;
    if (n != csv->columns) {
        quo_faults_add(faults, QUO_REFUSED, csv->path, csv->row_line,
                       n < csv->columns ? "every row has all columns; an empty field is nothing between two commas"
                                        : "a field with a comma in it goes in quotes",
                       "%zu fields where the first line names %zu", n, csv->columns);
        return QUO_OK;
    }
    for (size_t i = 0; i < n && !csv->plain; i++)
        csv->field[i] = csv->store + csv->offset[i];
    csv->row = (struct quo_csv_row){.line = csv->row_line, .n = n, .field = csv->field};
    *row = &csv->row;
    return QUO_OK;
}

enum quo_status quo_csv_next(struct quo_csv *csv, const struct quo_csv_row **row, struct quo_faults *faults)
{
    for (;;) {
        const size_t before = quo_faults_refusals(faults);
        const enum quo_status status = quo_csv_step(csv, row, faults);
        if (status != QUO_OK || *row || quo_faults_refusals(faults) == before)
            return status;
    }
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
