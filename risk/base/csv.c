#include "risk/base/csv_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "risk/base/text.h"

bool quo_csv_grow(void **array, size_t *room, size_t wanted, size_t size)
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
    const bool room = quo_csv_grow(&store, &csv->room_store, csv->n_store + n + 1, 1) &&
                      quo_csv_grow(&offset, &csv->room_offset, csv->n_fields + 1, sizeof *csv->offset);
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

enum quo_status quo_csv_read_block(struct quo_csv *csv, struct quo_faults *faults)
{
    if (csv->begin > 0) {
        memmove(csv->bytes, csv->bytes + csv->begin, csv->n - csv->begin);
        csv->n -= csv->begin;
        csv->at -= csv->begin;
        csv->begin = 0;
    }
    void *bytes = csv->bytes;
    const bool room = quo_csv_grow(&bytes, &csv->room, csv->n + BLOCK, 1);
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
    csv->taken += (uint64_t)got;
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
        const enum quo_status status = quo_csv_read_block(csv, faults);
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
    if (csv->at == csv->begin && !is_blank(csv->bytes + csv->at, n) && quo_csv_split_plain(csv, end)) {
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
    struct stat about = {.st_mode = 0};
    if (fstat(csv->fd, &about) == 0 && S_ISDIR(about.st_mode))
        return refuse(csv, 0, "give the path of a CSV file", "is a folder", faults);
    csv->size = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
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

/* Keeps the names of the columns. */
enum quo_status quo_csv_take_names(struct quo_csv *csv, const char *const *names, size_t n)
{
    csv->name = calloc(n, sizeof *csv->name);
    void *field = csv->field;
    const bool room = quo_csv_grow(&field, &csv->room_field, n, sizeof *csv->field);
    csv->field = field;
    for (size_t i = 0; csv->name && room && i < n; i++) {
        csv->name[i] = strdup(names ? names[i] : csv->store + csv->offset[i]);
        if (!csv->name[i])
            break;
        csv->columns++;
    }
    return csv->columns < n ? QUO_MACHINE : QUO_OK;
}

static enum quo_status read_header(struct quo_csv *csv, struct quo_faults *faults)
{
    bool found;
    const size_t before = quo_faults_refusals(faults);
    enum quo_status status = next_fields(csv, false, &found, faults);
    if (status != QUO_OK)
        return status;
    if (quo_faults_refusals(faults) > before) /* lines before the header, or the header itself, told already */
        return QUO_REFUSED;
    if (!found)
        return refuse(csv, 1, "the first line names the columns", "the file is empty", faults);
    if (csv->n_fields > MAX_COLUMNS)
        return refuse(csv, csv->row_line, NULL, "more than 4096 columns", faults);
    status = quo_csv_take_names(csv, NULL, csv->n_fields);
    return status ? machine(csv, "memory does not suffice", faults) : check_names(csv, faults);
}

/* names: NULL where the file has a header. */
static enum quo_status open_csv(const char *path, const char *const *names, size_t n, struct quo_csv **out,
                                struct quo_faults *faults)
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
        status = quo_csv_read_block(csv, faults);
    if (status == QUO_OK && csv->n >= 3 && memcmp(csv->bytes, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        csv->at = csv->begin = 3;
    if (status == QUO_OK)
        status = names ? quo_csv_take_names(csv, names, n) : read_header(csv, faults);
    if (status == QUO_OK)
        *out = csv;
    else
        quo_csv_close(csv);
    return status;
}

enum quo_status quo_csv_open(const char *path, struct quo_csv **out, struct quo_faults *faults)
{
    return open_csv(path, NULL, 0, out, faults);
}

enum quo_status quo_csv_open_headless(const char *path, const char *const *names, size_t n, struct quo_csv **out,
                                      struct quo_faults *faults)
{
    return open_csv(path, names, n, out, faults);
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
