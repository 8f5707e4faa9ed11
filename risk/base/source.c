#include "risk/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "risk/base/scan.h"
#include "risk/base/text.h"

void quo_source_put(struct quo_source *source, const char *bytes, size_t n)
{
    if (source->no_memory)
        return;
    if (source->n + n + 1 > source->room) {
        const size_t room = 2 * (source->n + n + 1) + 1024;
        char *grown = realloc(source->text, room);
        if (!grown) {
            source->no_memory = true;
            return;
        }
        source->text = grown;
        source->room = room;
    }
    memcpy(source->text + source->n, bytes, n);
    source->n += n;
    source->text[source->n] = '\0';
    for (const char *at = bytes, *end = bytes + n; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        source->line++;
}

void quo_source_part_begin(struct quo_source *source, int file, int line)
{
    if (source->n_parts == source->room_parts) {
        const size_t room = 2 * source->room_parts + 8;
        struct quo_source_part *grown = realloc(source->part, room * sizeof *grown);
        if (!grown) {
            source->no_memory = true;
            return;
        }
        source->part = grown;
        source->room_parts = room;
    }
    source->part[source->n_parts++] = (struct quo_source_part){source->line, file, line};
}

void quo_source_place(const struct quo_source *source, int text_line, const char **file, int *line)
{
    if (source->n_parts == 0) {
        *file = source->n_files ? source->file[0].path : "";
        *line = text_line;
        return;
    }
    size_t low = 0, high = source->n_parts; /* the last part that begins at or before the line */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (source->part[middle].first <= text_line)
            low = middle;
        else
            high = middle;
    }
    *file = source->file[source->part[low].file].path;
    *line = source->part[low].line + (text_line - source->part[low].first);
}

/* All bytes of an open file, at most `limit`; one more means there were more. */
static int read_all(int fd, size_t limit, char **out, size_t *n)
{
    size_t room = 1 << 16, count = 0;
    char *bytes = malloc(room + 1);
    int error = bytes ? 0 : ENOMEM;
    while (!error && count <= limit) {
        if (count == room) {
            char *grown = realloc(bytes, 2 * room + 1);
            if (!grown) {
                error = ENOMEM;
                break;
            }
            bytes = grown;
            room *= 2;
        }
        const size_t wish = room - count < limit + 1 - count ? room - count : limit + 1 - count;
        const ssize_t got = wish ? read(fd, bytes + count, wish) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            error = errno;
        if (got <= 0)
            break;
        count += (size_t)got;
    }
    if (error) {
        free(bytes);
        return error;
    }
    bytes[count] = '\0';
    *out = bytes;
    *n = count;
    return 0;
}

static int line_of(const char *bytes, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at; i++)
        line += bytes[i] == '\n';
    return line;
}

/* Refuses other encodings and binary files; one fault, for the first bad byte. */
static enum quo_status check_encoding(struct quo_source *source, const char *path, const char *bytes, size_t n)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (n >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF)))
        return quo_faults_add(source->faults, QUO_REFUSED, path, 1, "save it as UTF-8", "the file is in UTF-16");
    for (size_t i = 0; i < n; i++) {
        const bool blank = b[i] >= '\t' && b[i] <= '\r';
        if (b[i] >= 0x20 || blank)
            continue;
        if (b[i] == 0)
            return quo_faults_add(source->faults, QUO_REFUSED, path, line_of(bytes, i), "give a text file in UTF-8",
                                  "byte %zu is zero, so this is no text file (or one in UTF-16)", i + 1);
        return quo_faults_add(source->faults, QUO_REFUSED, path, line_of(bytes, i), "give a text file in UTF-8",
                              "byte %zu is the control character 0x%02X", i + 1, b[i]);
    }
    size_t bad = 0;
    if (!quo_text_is_utf8(bytes, n, &bad))
        return quo_faults_add(source->faults, QUO_REFUSED, path, line_of(bytes, bad), "save the file as UTF-8",
                              "byte %zu (0x%02X) is not UTF-8", bad + 1, b[bad]);
    return QUO_OK;
}

static enum quo_status enter_file(struct quo_source *source, const char *path, const struct quo_source_bytes *bytes)
{
    struct quo_source_file *file = &source->file[source->n_files];
    file->path = quo_text_copy(path);
    if (!file->path)
        return quo_faults_add(source->faults, QUO_MACHINE, path, 0, NULL, "memory does not suffice");
    quo_hash_bytes(bytes->bytes, bytes->n, file->sha256);
    source->n_files++;
    source->n_bytes += bytes->n;
    return check_encoding(source, path, bytes->bytes, bytes->n);
}

enum quo_status quo_source_bytes_read(struct quo_source *source, const char *path, const char *from_file, int from_line,
                                      struct quo_source_bytes *out)
{
    *out = (struct quo_source_bytes){0};
    const char *hint = from_file ? "an @include is relative to the file that names it" : "give the path of a file";
    const char *blamed = from_file ? from_file : path;
    const char *quote = from_file ? "'" : "", *named = from_file ? path : "", *gap = from_file ? " " : "";
    if (source->n_files == QUO_SOURCE_MAX_FILES)
        return quo_faults_add(source->faults, QUO_REFUSED, blamed, from_line, NULL, "more than %d files are included",
                              QUO_SOURCE_MAX_FILES - 1);
    const bool standard = !from_file && strcmp(path, "-") == 0;
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return quo_faults_add(source->faults, errno == EMFILE || errno == ENFILE ? QUO_MACHINE : QUO_REFUSED, blamed,
                              from_line, hint, "%s%s%s%scannot be opened: %s", quote, named, quote, gap,
                              strerrordesc_np(errno));
    struct stat about;
    int error = fstat(fd, &about) == 0 ? 0 : errno;
    const bool folder = !error && S_ISDIR(about.st_mode);
    if (!error && !folder) {
        out->device = about.st_dev;
        out->inode = about.st_ino;
        error = read_all(fd, QUO_SOURCE_MAX_BYTES - source->n_bytes, &out->bytes, &out->n);
    }
    if (!standard)
        close(fd);
    if (folder)
        return quo_faults_add(source->faults, QUO_REFUSED, blamed, from_line, hint, "%s%s%s%sis a folder", quote, named,
                              quote, gap);
    if (error)
        return quo_faults_add(source->faults, QUO_MACHINE, blamed, from_line, NULL, "%s%s%s%scannot be read: %s", quote,
                              named, quote, gap, strerrordesc_np(error));
    if (out->n > QUO_SOURCE_MAX_BYTES - source->n_bytes)
        return quo_faults_add(source->faults, QUO_REFUSED, blamed, from_line, "such a file is written by hand",
                              "%s%s%s%sis over %u MiB", quote, named, quote, gap, QUO_SOURCE_MAX_BYTES >> 20);
    return enter_file(source, path, out);
}

static enum quo_status scan(struct quo_source *source, enum quo_status status, struct quo_source_bytes *bytes,
                            bool includes)
{
    quo_source_put(source, "", 0);
    if (status == QUO_OK)
        status = quo_scan_text(source, bytes, 0, includes);
    free(bytes->bytes);
    if (source->no_memory)
        return quo_faults_add(source->faults, QUO_MACHINE, source->n_files ? source->file[0].path : "", 0, NULL,
                              "memory does not suffice");
    if (status == QUO_OK && source->n_settings == 0 && !source->told)
        status = quo_faults_add(source->faults, QUO_REFUSED, source->file[0].path, 1,
                                "a file holds settings such as  name = value;", "the file holds no settings");
    return status;
}

enum quo_status quo_source_read(struct quo_source *source, const char *path, struct quo_faults *faults)
{
    *source = (struct quo_source){.line = 1, .faults = faults};
    struct quo_source_bytes bytes;
    const enum quo_status status = quo_source_bytes_read(source, path, NULL, 0, &bytes);
    return scan(source, status, &bytes, true);
}

enum quo_status quo_source_take(struct quo_source *source, const char *text, size_t n, const char *name,
                                struct quo_faults *faults)
{
    *source = (struct quo_source){.line = 1, .faults = faults};
    if (n > QUO_SOURCE_MAX_BYTES)
        return quo_faults_add(faults, QUO_REFUSED, name, 0, NULL, "the text is over %u MiB",
                              QUO_SOURCE_MAX_BYTES >> 20);
    struct quo_source_bytes bytes = {.bytes = malloc(n + 1), .n = n};
    if (!bytes.bytes)
        return quo_faults_add(faults, QUO_MACHINE, name, 0, NULL, "memory does not suffice");
    if (n > 0)
        memcpy(bytes.bytes, text, n);
    bytes.bytes[n] = '\0';
    return scan(source, enter_file(source, name, &bytes), &bytes, false);
}

enum quo_status quo_source_name(struct quo_source *source, const char *name, const char *sha256,
                                struct quo_faults *faults)
{
    *source = (struct quo_source){.line = 1, .faults = faults};
    source->file[0].path = quo_text_copy(name);
    if (!source->file[0].path)
        return quo_faults_add(faults, QUO_MACHINE, name, 0, NULL, "memory does not suffice");
    snprintf(source->file[0].sha256, sizeof source->file[0].sha256, "%s", sha256);
    source->n_files = 1;
    return QUO_OK;
}

void quo_source_free(struct quo_source *source)
{
    for (size_t i = 0; i < source->n_files; i++)
        free(source->file[i].path);
    free(source->part);
    free(source->text);
    *source = (struct quo_source){0};
}
