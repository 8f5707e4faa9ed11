/* risk/base/source.h -- the text of a config file with its includes put in, made ready for libconfig.
 *
 * libconfig 1.5 wraps 3000000000 to a negative number, reads 1e400 as infinity, stops at the first fault, looks for
 * includes in one folder only and refuses [1, 2.5]. So the text is read token by token before it sees it:
 *   - includes are put in where they stand, relative to the file that names them;
 *   - whole numbers become 64-bit ones, hexadecimal ones decimal, those beyond 64 bits reals;
 *   - [1, 2.5] becomes (1, 2.5); a comma after the last element goes;
 *   - what is wrong is told, and where the meaning is plain the scan goes on to find the rest:
 *     a word without quotes becomes a text that begins with QUO_SOURCE_TOLD, a repeated name gets a '*' and a number. */
#ifndef QUO_SOURCE_H
#define QUO_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"
#include "risk/base/hash.h"

#define QUO_SOURCE_TOLD '\001' /* first character of a value whose fault has been told already */

/* Limits against noise and bombs; each is told as a fault where it is met. */
#define QUO_SOURCE_MAX_BYTES (64u << 20) /* a file with its includes */
#define QUO_SOURCE_MAX_FILES 256
#define QUO_SOURCE_MAX_NESTED_FILES 16
#define QUO_SOURCE_MAX_DEPTH 64         /* groups in groups */
#define QUO_SOURCE_MAX_IN_GROUP 1000    /* settings side by side; libconfig's search among them is linear */
#define QUO_SOURCE_MAX_SETTINGS 2000000 /* 100 bytes each in libconfig's tree */

struct quo_source_file {
    char *path;
    char sha256[QUO_HASH_SIZE];
};

/* From line `first` of the text on, lines are those of a file from `line` on. */
struct quo_source_part {
    int first, file, line;
};

struct quo_source {
    char *text; /* text[n], NUL-terminated */
    size_t n, room;
    int line; /* of the text, while it is being made */
    struct quo_source_part *part;
    size_t n_parts, room_parts;
    struct quo_source_file file[QUO_SOURCE_MAX_FILES];
    size_t n_files;
    size_t n_bytes; /* read so far */
    size_t n_settings;
    bool told; /* at least one fault was added */
    bool no_memory;
    struct quo_faults *faults;
};

/* Reads the file ("-": standard input) and its includes. QUO_OK also after faults that left the meaning plain (then
 * `told` is set). Free with quo_source_free in every case. */
enum quo_status quo_source_read(struct quo_source *source, const char *path, struct quo_faults *faults);
/* The same from memory, includes refused. */
enum quo_status quo_source_take(struct quo_source *source, const char *text, size_t n, const char *name,
                                struct quo_faults *faults);
/* No text: only the file that a text, prepared beforehand, was made from. */
enum quo_status quo_source_name(struct quo_source *source, const char *name, const char *sha256,
                                struct quo_faults *faults);
void quo_source_free(struct quo_source *source);
/* Where a line of the text came from. */
void quo_source_place(const struct quo_source *source, int text_line, const char **file, int *line);

/* For the scanner (scan.c). */
void quo_source_put(struct quo_source *source, const char *bytes, size_t n);
void quo_source_part_begin(struct quo_source *source, int file, int line); /* on a fresh line */
struct quo_source_bytes {
    char *bytes; /* bytes[n], NUL-terminated, caller frees */
    size_t n;
    unsigned long long device, inode;
};
/* Reads the bytes of a file, enters it in file[], and refuses what is not UTF-8 text. The fault blames
 * (from_file, from_line), where the file is named, or the file itself if from_file is NULL. */
enum quo_status quo_source_bytes_read(struct quo_source *source, const char *path, const char *from_file, int from_line,
                                      struct quo_source_bytes *out);
#endif
