/* risk/base/config.h -- hand-edited files: libconfig, read with our own manners.
 *
 * Takes 5 and 5.0 for a number and loses nothing; refuses what it does not know with the nearest name it
 * does know; refuses NaN, infinities and overflow; collects every fault with file and line (that of the
 * @included file where it stands in one). A UTF-8 mark and CRLF are taken, other encodings and NUL bytes
 * refused, as is a file over 64 MiB.
 *
 * How a reader uses it: open; take the root; ask for settings by name through the getters (each marks
 * the name as known to this group, found or not); quo_config_finish() then reports every setting that nobody
 * asked for, in every group that somebody entered.
 *
 * Where the meaning of a faulty value is plain (a word without quotes, a name set twice), opening tells the fault and
 * is done with QUO_OK, so that the reader finds the rest; quo_config_finish remembers and returns QUO_REFUSED. */
#ifndef QUO_CONFIG_H
#define QUO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdint.h>
#include "risk/base/faults.h"

struct quo_config;
struct quo_setting; /* one setting inside a config; belongs to it; NULL is a fine argument to all getters */

/* Opens a file; "-" is standard input. Includes are relative to the file that names them. *out is NULL on
 * failure. The faults given here are where every later fault of this config goes; they must outlive it. */
enum quo_status quo_config_open(const char *path, struct quo_config **out, struct quo_faults *faults);
/* The same from memory (embedded defaults, tests, fuzzing); `name` stands for the file in faults. No includes. */
enum quo_status quo_config_open_text(const char *text, size_t n, const char *name, struct quo_config **out,
                                     struct quo_faults *faults);
/* A tree that was read from a file and packed beforehand, and numbers that go beside it. All of it must outlive the config. */
struct quo_config_prepared {
    const char *name, *sha256; /* of the file it was made from */
    const void *tree;          /* as quo_config_pack wrote it, on a multiple of 8 bytes; trusted */
    const double *number;      /* number[n_numbers]; NULL if none */
    size_t n_numbers;
};
/* Writes the tree, for a processor of this kind; false where that fails. */
bool quo_config_pack(const struct quo_config *config, FILE *out);
enum quo_status quo_config_open_prepared(const struct quo_config_prepared *prepared, struct quo_config **out,
                                         struct quo_faults *faults);
/* The same tree once more, with its own faults: to be changed and read while the first stays as it was. What a reader marked as known
 * is not copied, files and lines are. */
enum quo_status quo_config_copy(const struct quo_config *from, struct quo_config **out, struct quo_faults *faults);
void quo_config_close(struct quo_config *config);
/* The setting's value as libconfig text, includes resolved, comments gone; reading it back gives the same values. A group's child named
 * `leave_out` (may be NULL) is left out. The root gives its settings one after the other. The caller's; NULL without memory. */
char *quo_setting_print(const struct quo_setting *setting, const char *leave_out);

const struct quo_setting *quo_config_root(const struct quo_config *config);
const char *quo_setting_file(const struct quo_setting *setting);
int quo_setting_line(const struct quo_setting *setting);
const char *quo_setting_name(const struct quo_setting *setting); /* NULL for list elements */
/* "protocol.answers.SD-04.level": ids in place of indices, for messages. Length as snprintf. */
size_t quo_setting_path(const struct quo_setting *setting, char *buffer, size_t size);

/* A fault at this setting's file and line. Returns QUO_REFUSED. */
enum quo_status quo_setting_fault(const struct quo_setting *setting, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as a warning. */
void quo_setting_warn(const struct quo_setting *setting, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The numbers beside a prepared config; NULL for any other. */
const double *quo_setting_numbers(const struct quo_setting *setting, size_t *n);

/* Whether a child of that name is there (marks it known). */
bool quo_setting_has(const struct quo_setting *group, const char *name);
/* The child itself, NULL if absent (no fault). Marks it known. */
const struct quo_setting *quo_setting_child(const struct quo_setting *group, const char *name);
/* A child that must be a group / a list or array; NULL if absent or, with a fault, of another type.
 * With `required`, absence is a fault too. */
const struct quo_setting *quo_setting_group(const struct quo_setting *group, const char *name, bool required);
const struct quo_setting *quo_setting_list(const struct quo_setting *group, const char *name, bool required);
size_t quo_setting_length(const struct quo_setting *list); /* 0 for NULL */
const struct quo_setting *quo_setting_element(const struct quo_setting *list, size_t i);

/* A number within [low, high]. Absent: *out keeps its value (the default) and the result is false, with a
 * fault if `required`. Present but wrong: fault, false, *out kept. Present and right: true. `unit` is a word
 * for the hint ("USD", "hours", ""). */
bool quo_setting_number(const struct quo_setting *group, const char *name, double low, double high, const char *unit,
                        bool required, double *out);
bool quo_setting_int(const struct quo_setting *group, const char *name, int64_t low, int64_t high, bool required,
                     int64_t *out);
bool quo_setting_bool(const struct quo_setting *group, const char *name, bool required, bool *out);
/* Text; *out points into the config (copy it before closing). Empty text is a fault if required. */
bool quo_setting_text(const struct quo_setting *group, const char *name, bool required, const char **out);
/* One of n words; *out is its index. An unknown word is a fault with the nearest. */
bool quo_setting_word(const struct quo_setting *group, const char *name, const char *const *words, size_t n_words,
                      bool required, int *out);
/* An ISO date as a day number (risk/base/date.h). */
bool quo_setting_date(const struct quo_setting *group, const char *name, bool required, int *day);
/* The value of a list element that is itself a scalar. */
bool quo_setting_as_number(const struct quo_setting *element, double low, double high, const char *unit, double *out);
bool quo_setting_as_text(const struct quo_setting *element, const char **out);

/* Whether it is text; false for NULL. For settings that take a number or a word. */
bool quo_setting_is_text(const struct quo_setting *setting);

/* Everything below this setting is known (free-form groups such as notes). */
void quo_setting_ignore(const struct quo_setting *setting);
/* Reports what nobody asked for. Call once, when reading is done. QUO_REFUSED if any fault was told about this
 * config, at opening, by a getter, through quo_setting_fault or here. */
enum quo_status quo_config_finish(struct quo_config *config);

/* Changes the tree in memory before it is read: path is "protocol.answers.SD-04.level" below `root_name` (may be
 * NULL: from the top), list elements by their `id` (answers by `control`), or by index [3], from 0; value is libconfig
 * text ("3", "4.5e6", "true", "\"x\""), a bare word (taken as text), or comma-separated values for an array. A text
 * stays a text (but for a `level` that is "unknown": it takes a number too). An element of answers that is not there is created, and so is a setting in a group that is there (it
 * may stand at its default; the reader refuses a name it does not know); any other path that does not exist is a
 * fault with the nearest that does. quo_setting_file of what was set is "PATH=VALUE", its line 0.
 *
 * A path that ends in '+' adds an element to a list or array (value: a group in braces, or a value; a list that is not there yet is
 * made), one that ends in '-' takes the element of that id, index or value away; a group in braces may be given to a setting that is not there yet. */
enum quo_status quo_config_set(struct quo_config *config, const char *root_name, const char *path, const char *value);

/* The path that such a change is about, ids in place of indices and the root's name left out: two spellings of one place give one text.
 * What stands beyond the last setting that is there is taken as it is. Length as snprintf. */
size_t quo_config_place(const struct quo_config *config, const char *root_name, const char *path, char *buffer,
                        size_t size);

/* Copy of all bytes read (the file and its includes), for hashing: files in order of opening. */
size_t quo_config_files(const struct quo_config *config);
const char *quo_config_file_path(const struct quo_config *config, size_t i);
const char *quo_config_file_sha256(const struct quo_config *config, size_t i); /* 64 hex digits */
#endif
