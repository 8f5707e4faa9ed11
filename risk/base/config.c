#include "risk/base/config.h"

#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/memory.h"
#include "risk/base/text.h"
#include "risk/base/tree.h"

void quo_tree_note_free(void *hook)
{
    struct quo_tree_note *note = hook;
    if (!note)
        return;
    for (size_t i = 0; i < note->n; i++)
        free(note->asked[i]);
    free(note->asked);
    free(note->origin);
    free(note);
}

config_setting_t *quo_tree_node(const struct quo_setting *setting) { return (config_setting_t *)(uintptr_t)setting; }

const struct quo_setting *quo_tree_setting(const config_setting_t *node) { return (const struct quo_setting *)node; }

struct quo_config *quo_tree_config(const config_setting_t *node) { return (struct quo_config *)node->config; }

struct quo_tree_note *quo_tree_note(config_setting_t *node)
{
    struct quo_tree_note *note = config_setting_get_hook(node);
    if (note)
        return note;
    note = calloc(1, sizeof *note);
    if (note)
        config_setting_set_hook(node, note);
    else
        quo_tree_config(node)->no_memory = true;
    return note;
}

const char *quo_tree_text(const config_setting_t *node)
{
    return config_setting_type(node) == CONFIG_TYPE_STRING ? config_setting_get_string(node) : NULL;
}

bool quo_tree_told(const config_setting_t *node)
{
    const char *text = quo_tree_text(node);
    return text && text[0] == QUO_SOURCE_TOLD;
}

const char *quo_tree_id(const config_setting_t *node)
{
    if (!config_setting_is_group(node))
        return NULL;
    static const char *const names[] = {"id", "control"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const config_setting_t *id = config_setting_get_member(node, names[i]);
        const char *text = id ? quo_tree_text(id) : NULL;
        if (text && text[0] != '\0' && text[0] != QUO_SOURCE_TOLD)
            return text;
    }
    return NULL;
}

/* What libconfig takes for a text: its copies of it, and its tree. */
static size_t tree_bytes(const struct quo_config *config, size_t n)
{
    return 4 * n + 256 * config->source.n_settings + ((size_t)1 << 18);
}

/* Moves what libconfig made of the prepared text into the config. */
static enum quo_status parse(struct quo_config *config, const char *text)
{
    if (!quo_memory_suffices(tree_bytes(config, strlen(text))))
        return quo_faults_add(config->faults, QUO_MACHINE, config->source.n_files ? config->source.file[0].path : "", 0,
                              NULL, "memory does not suffice");
    /* libconfig reads reals in the process's locale, where a comma may be the decimal point. */
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c ? uselocale(c) : (locale_t)0;
    const int parsed = config_read_string(&config->tree, text);
    if (c) {
        uselocale(before);
        freelocale(c);
    }
    if (parsed == CONFIG_TRUE)
        return QUO_OK;
    const char *file;
    int line;
    quo_source_place(&config->source, config_error_line(&config->tree), &file, &line);
    const char *what = config_error_text(&config->tree);
    return quo_faults_add(config->faults, QUO_REFUSED, file, line, "a setting is  name = value;", "%s",
                          what ? what : "the file cannot be read");
}

static enum quo_status finish_open(struct quo_config *config, enum quo_status status, struct quo_config **out)
{
    if (status == QUO_OK)
        status = parse(config, config->source.text ? config->source.text : "");
    config->refused = config->source.told;
    /* The tree holds copies. */
    free(config->source.text);
    config->source.text = NULL;
    if (status == QUO_OK)
        *out = config;
    else
        quo_config_close(config);
    return status;
}

struct quo_config *quo_config_new(struct quo_faults *faults, const char *name)
{
    struct quo_config *config = calloc(1, sizeof *config);
    if (!config) {
        quo_faults_add(faults, QUO_MACHINE, name, 0, NULL, "memory does not suffice");
        return NULL;
    }
    config_init(&config->tree);
    config_set_destructor(&config->tree, quo_tree_note_free);
    config->faults = faults;
    return config;
}

enum quo_status quo_config_open(const char *path, struct quo_config **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = quo_config_new(faults, path);
    return config ? finish_open(config, quo_source_read(&config->source, path, faults), out) : QUO_MACHINE;
}

enum quo_status quo_config_open_text(const char *text, size_t n, const char *name, struct quo_config **out,
                                     struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = quo_config_new(faults, name);
    return config ? finish_open(config, quo_source_take(&config->source, text, n, name, faults), out)
                  : QUO_MACHINE;
}

enum quo_status quo_config_open_prepared(const struct quo_config_prepared *prepared, struct quo_config **out,
                                         struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = quo_config_new(faults, prepared->name);
    if (!config)
        return QUO_MACHINE;
    config->number = prepared->number;
    config->n_numbers = prepared->n_numbers;
    enum quo_status status = quo_source_name(&config->source, prepared->name, prepared->sha256, faults);
    if (status == QUO_OK && !quo_tree_unpack(prepared->tree, config))
        status = quo_faults_add(faults, QUO_MACHINE, prepared->name, 0, NULL, "memory does not suffice");
    if (status == QUO_OK)
        *out = config;
    else
        quo_config_close(config);
    return status;
}

const double *quo_setting_numbers(const struct quo_setting *setting, size_t *n)
{
    const struct quo_config *config = setting ? quo_tree_config(quo_tree_node(setting)) : NULL;
    *n = config ? config->n_numbers : 0;
    return config ? config->number : NULL;
}

void quo_config_close(struct quo_config *config)
{
    if (!config)
        return;
    if (config->block)
        quo_tree_block_free(config->block);
    else
        config_destroy(&config->tree);
    quo_source_free(&config->source);
    free(config);
}

const struct quo_setting *quo_config_root(const struct quo_config *config)
{
    return config ? quo_tree_setting(config_root_setting(&config->tree)) : NULL;
}

static void place(const config_setting_t *node, const char **file, int *line)
{
    for (const config_setting_t *up = node; up; up = config_setting_parent(up)) {
        const struct quo_tree_note *note = config_setting_get_hook(up);
        if (note && note->origin) {
            *file = note->origin;
            *line = 0;
            return;
        }
    }
    const unsigned line_of_text = config_setting_source_line(node);
    quo_source_place(&quo_tree_config(node)->source, line_of_text ? (int)line_of_text : 1, file, line);
}

const char *quo_setting_file(const struct quo_setting *setting)
{
    const char *file = "";
    int line;
    if (setting)
        place(quo_tree_node(setting), &file, &line);
    return file;
}

int quo_setting_line(const struct quo_setting *setting)
{
    const char *file;
    int line = 0;
    if (setting)
        place(quo_tree_node(setting), &file, &line);
    return line;
}

const char *quo_setting_name(const struct quo_setting *setting)
{
    return setting ? config_setting_name(quo_tree_node(setting)) : NULL;
}

size_t quo_setting_path(const struct quo_setting *setting, char *buffer, size_t size)
{
    const config_setting_t *up[QUO_SOURCE_MAX_DEPTH + 4];
    size_t depth = 0, length = 0;
    if (size > 0)
        buffer[0] = '\0';
    const config_setting_t *node = setting ? quo_tree_node(setting) : NULL;
    for (; node && !config_setting_is_root(node) && depth < sizeof up / sizeof *up; node = config_setting_parent(node))
        up[depth++] = node;
    while (depth > 0) {
        node = up[--depth];
        const char *name = config_setting_name(node), *id = name ? NULL : quo_tree_id(node);
        char *at = length < size ? buffer + length : NULL;
        const size_t left = length < size ? size - length : 0;
        const int more = name || id ? snprintf(at, left, "%s%s", length ? "." : "", name ? name : id)
                                    : snprintf(at, left, "[%d]", config_setting_index(node));
        length += more > 0 ? (size_t)more : 0;
    }
    return length;
}

void quo_tree_label(const config_setting_t *node, char buffer[160])
{
    const char *name = config_setting_name(node);
    const config_setting_t *list = config_setting_parent(node);
    const char *list_name = list ? config_setting_name(list) : NULL;
    if (!list)
        snprintf(buffer, 160, "the file");
    else if (name)
        snprintf(buffer, 160, "'%.140s'", name);
    else if (quo_tree_id(node))
        snprintf(buffer, 160, "'%.60s.%.80s'", list_name ? list_name : "", quo_tree_id(node));
    else
        snprintf(buffer, 160, "'%.120s[%d]'", list_name ? list_name : "", config_setting_index(node));
}

void quo_tree_describe(const config_setting_t *node, char buffer[160])
{
    switch (config_setting_type(node)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        snprintf(buffer, 160, "is %lld", config_setting_get_int64(node));
        break;
    case CONFIG_TYPE_FLOAT:
        quo_text_print(buffer, 160, "is %.15g", config_setting_get_float(node));
        break;
    case CONFIG_TYPE_BOOL:
        snprintf(buffer, 160, "is %s", config_setting_get_bool(node) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING: {
        const char *text = quo_tree_text(node);
        const size_t n = text ? strlen(text) : 0;
        snprintf(buffer, 160, "is the text \"%.100s%s\"", text ? text : "", n > 100 ? "..." : "");
        break;
    }
    case CONFIG_TYPE_GROUP:
        snprintf(buffer, 160, "is a group { ... }");
        break;
    default:
        snprintf(buffer, 160, "is a list ( ... )");
    }
}

void quo_tree_suggest(const char *word, const char *const *known, size_t n, char *buffer, size_t size)
{
    const int nearest = quo_text_nearest(word, known, n);
    buffer[0] = '\0';
    if (nearest >= 0) {
        snprintf(buffer, size, "did you mean '%s'?", known[nearest]);
        return;
    }
    size_t length = n ? (size_t)snprintf(buffer, size, "one of: ") : 0;
    for (size_t i = 0; i < n && length < size; i++) {
        if (length + strlen(known[i]) + 24 > size) { /* the rest does not fit */
            snprintf(buffer + length, size - length, " and %zu more", n - i);
            return;
        }
        length += (size_t)snprintf(buffer + length, size - length, "%s%s", i ? ", " : "", known[i]);
    }
}

enum quo_status quo_setting_fault(const struct quo_setting *setting, const char *hint, const char *format, ...)
{
    if (!setting)
        return QUO_REFUSED;
    struct quo_config *config = quo_tree_config(quo_tree_node(setting));
    config->refused = true;
    va_list args;
    va_start(args, format);
    quo_faults_vadd(config->faults, QUO_REFUSED, quo_setting_file(setting), quo_setting_line(setting), hint, format,
                    args);
    va_end(args);
    return QUO_REFUSED;
}

void quo_setting_warn(const struct quo_setting *setting, const char *hint, const char *format, ...)
{
    if (!setting)
        return;
    va_list args;
    va_start(args, format);
    quo_faults_vadd(quo_tree_config(quo_tree_node(setting))->faults, QUO_OK, quo_setting_file(setting),
                    quo_setting_line(setting), hint, format, args);
    va_end(args);
}

void quo_setting_ignore(const struct quo_setting *setting)
{
    struct quo_tree_note *note = setting ? quo_tree_note(quo_tree_node(setting)) : NULL;
    if (note)
        note->known = note->ignored = true;
}

/* A group is judged once somebody asked it for anything; what lies in settings nobody asked for is told by their
 * own fault. Depth is bounded by the scanner. */
static void report_unknown(const config_setting_t *node)
{
    const struct quo_tree_note *note = config_setting_get_hook(node);
    if (note && note->ignored)
        return;
    const bool group = config_setting_is_group(node) == CONFIG_TRUE;
    const bool entered = group && note && note->n > 0;
    const int n = config_setting_is_aggregate(node) ? config_setting_length(node) : 0;
    for (int i = 0; i < n; i++) {
        const config_setting_t *child = config_setting_get_elem(node, (unsigned)i);
        const struct quo_tree_note *about = config_setting_get_hook(child);
        const char *name = config_setting_name(child);
        if (!group || (about && about->known)) {
            report_unknown(child);
        } else if (entered && name && !strchr(name, '*')) { /* '*': a repeated name, told by the scanner */
            char hint[512], where[256];
            quo_tree_suggest(name, (const char *const *)note->asked, note->n, hint, sizeof hint);
            quo_setting_path(quo_tree_setting(node), where, sizeof where);
            quo_setting_fault(quo_tree_setting(child), hint, "unknown setting '%s'%s%s", name, where[0] ? " in " : "",
                              where);
        }
    }
}

enum quo_status quo_config_finish(struct quo_config *config)
{
    if (!config)
        return QUO_REFUSED;
    report_unknown(config_root_setting(&config->tree));
    if (config->no_memory)
        return quo_faults_add(config->faults, QUO_MACHINE, quo_config_file_path(config, 0), 0, NULL,
                              "memory does not suffice");
    return config->refused ? QUO_REFUSED : QUO_OK;
}

size_t quo_config_files(const struct quo_config *config) { return config ? config->source.n_files : 0; }

const char *quo_config_file_path(const struct quo_config *config, size_t i)
{
    return i < quo_config_files(config) ? config->source.file[i].path : "";
}

const char *quo_config_file_sha256(const struct quo_config *config, size_t i)
{
    return i < quo_config_files(config) ? config->source.file[i].sha256 : "";
}
