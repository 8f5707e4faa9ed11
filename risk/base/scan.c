#include "risk/base/scan_parts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *quo_scan_path(const struct quo_scanner *s, int file) { return s->source->file[file].path; }

static struct quo_scan_frame *top(struct quo_scanner *s) { return &s->frame[s->depth]; }
static bool in_list(const struct quo_scanner *s)
{
    return s->frame[s->depth].open == '(' || s->frame[s->depth].open == '[';
}
int quo_scan_shown(size_t n) { return n < 80 ? (int)n : 80; }

void quo_scan_put(struct quo_scanner *s, const char *text) { quo_source_put(s->source, text, strlen(text)); }

/* In place of a value whose fault has been told. */
void quo_scan_put_told(struct quo_scanner *s)
{
    static const char told[] = {' ', '"', QUO_SOURCE_TOLD, '"', '\0'};
    quo_scan_put(s, told);
}

/* Blanks and comments; new lines are kept so that lines can be counted. */
static enum quo_status skip_blanks(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    bool block = false, line = false;
    int opened = 0;
    for (; c->at < c->end; c->at++) {
        const char now = *c->at, then = c->at[1];
        if (now == '\n') {
            quo_scan_put(s, "\n");
            c->line++;
            line = false;
        } else if (block) {
            if (now == '*' && then == '/') {
                block = false;
                c->at++;
            }
        } else if (line || now == ' ' || (now >= '\t' && now <= '\r')) {
            continue;
        } else if (now == '#' || (now == '/' && then == '/')) {
            line = true;
        } else if (now == '/' && then == '*') {
            block = true;
            opened = c->line;
            c->at++;
        } else {
            break;
        }
    }
    quo_scan_put(s, " ");
    if (!block)
        return QUO_OK;
    c->line = opened;
    return QUO_SCAN_STOP(s, c, "close it with */", "the comment is not closed");
}

static enum quo_status count_setting(struct quo_scanner *s, const struct quo_scan_cursor *c)
{
    if (++s->source->n_settings > QUO_SOURCE_MAX_SETTINGS)
        return QUO_SCAN_STOP(s, c, NULL, "more than %d settings", QUO_SOURCE_MAX_SETTINGS);
    return QUO_OK;
}

static uint32_t hash_of(const char *text, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/* Enters a name in its group; one that is there already gets a name of its own that no reader asks for. */
enum quo_status quo_scan_enter_name(struct quo_scanner *s, const struct quo_scan_cursor *c, const char *text, size_t n)
{
    struct quo_scan_frame *group = top(s);
    const struct quo_scan_name name = {text, n, hash_of(text, n), c->file, c->line};
    quo_source_put(s->source, text, n);
    s->last = name;
    for (size_t i = 0; i < group->n; i++) {
        const struct quo_scan_name *old = &group->name[i];
        if (old->hash != name.hash || old->length != n || memcmp(old->text, text, n) != 0)
            continue;
        char suffix[32], where[512];
        snprintf(suffix, sizeof suffix, "*%zu", ++s->repeated);
        quo_scan_put(s, suffix);
        snprintf(where, sizeof where, "keep one; the first is at %s:%d", quo_scan_path(s, old->file), old->line);
        QUO_SCAN_TELL(s, c, where, "'%.*s' is set twice", quo_scan_shown(n), text);
        if (s->repeated == QUO_SOURCE_MAX_IN_GROUP) /* they stand side by side too, under names of their own */
            return QUO_SCAN_STOP(s, c, "is this the right file?", "more than %d settings stand twice",
                                 QUO_SOURCE_MAX_IN_GROUP);
        return count_setting(s, c);
    }
    if (group->n == QUO_SOURCE_MAX_IN_GROUP)
        return QUO_SCAN_STOP(s, c, "use a list", "more than %d settings side by side", QUO_SOURCE_MAX_IN_GROUP);
    if (group->n == group->room) {
        const size_t room = 2 * group->room + 8;
        struct quo_scan_name *grown = realloc(group->name, room * sizeof *grown);
        if (!grown) {
            s->source->no_memory = true;
            return QUO_MACHINE;
        }
        group->name = grown;
        group->room = room;
    }
    group->name[group->n++] = name;
    return count_setting(s, c);
}

/* What must be true before a value, text or bracket that begins at the cursor. */
enum quo_status quo_scan_begin_value(struct quo_scanner *s, const struct quo_scan_cursor *c)
{
    switch (s->state) {
    case QUO_SCAN_VALUE:
        return QUO_OK;
    case QUO_SCAN_NEXT:
        QUO_SCAN_TELL(s, c, "elements of a list are separated by commas", "a ',' is missing before this element");
        quo_scan_put(s, ",");
        break;
    case QUO_SCAN_ELEMENT:
        break;
    case QUO_SCAN_EQUALS:
        return QUO_SCAN_STOP(s, c, "a setting is  name = value;", "a '=' is missing after '%.*s'",
                             quo_scan_shown(s->last.length), s->last.text);
    case QUO_SCAN_NAME:
    case QUO_SCAN_AFTER:
        return QUO_SCAN_STOP(s, c, "a setting is  name = value;", "a value stands where a name is expected");
    }
    top(s)->elements++;
    return count_setting(s, c);
}

void quo_scan_end_value(struct quo_scanner *s, bool text)
{
    s->state = in_list(s) ? QUO_SCAN_NEXT : QUO_SCAN_AFTER;
    s->after_text = text;
}

static enum quo_status take_open(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    enum quo_status status = quo_scan_begin_value(s, c);
    if (status != QUO_OK)
        return status;
    const char open = *c->at++;
    if (top(s)->open == '[')
        return QUO_SCAN_STOP(s, c, "groups and lists go in ( ... )", "an array [ ... ] holds single values only");
    if (s->depth == QUO_SOURCE_MAX_DEPTH)
        return QUO_SCAN_STOP(s, c, NULL, "groups and lists are nested more than %d deep", QUO_SOURCE_MAX_DEPTH);
    const bool named = !in_list(s);
    struct quo_scan_frame *frame = &s->frame[++s->depth];
    *frame = (struct quo_scan_frame){.open = open, .file = c->file, .line = c->line};
    if (named)
        frame->self = s->last;
    quo_scan_put(s, open == '{' ? "{" : "(");
    s->state = open == '{' ? QUO_SCAN_NAME : QUO_SCAN_ELEMENT;
    return QUO_OK;
}

static char closing(char open) { return open == '{' ? '}' : open == '(' ? ')' : ']'; }

/* The value that a name still waits for is missing: told, and something put in its place. */
static void value_missing(struct quo_scanner *s, const struct quo_scan_cursor *c)
{
    QUO_SCAN_TELL(s, c, "a setting is  name = value;", "'%.*s' has no value", quo_scan_shown(s->last.length),
                  s->last.text);
    if (s->state == QUO_SCAN_EQUALS)
        quo_scan_put(s, "=");
    quo_scan_put_told(s);
}

static enum quo_status take_close(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    const char close = *c->at++;
    struct quo_scan_frame *frame = top(s);
    if (s->depth == c->depth)
        return QUO_SCAN_STOP(s, c, "remove it, or open what it closes", "'%c' closes nothing", close);
    if (close != closing(frame->open)) {
        char hint[64];
        snprintf(hint, sizeof hint, "'%c' closes what '%c' opened on line %d", closing(frame->open), frame->open,
                 frame->line);
        return QUO_SCAN_STOP(s, c, hint, "'%c' where '%c' is expected", close, closing(frame->open));
    }
    if (s->state == QUO_SCAN_EQUALS || s->state == QUO_SCAN_VALUE)
        value_missing(s, c);
    if (s->state == QUO_SCAN_ELEMENT && frame->elements > 0 && !s->source->no_memory)
        s->source->text[s->comma] = ' ';
    quo_scan_put(s, frame->open == '{' ? "}" : ")");
    free(frame->name);
    frame->name = NULL;
    s->depth--;
    quo_scan_end_value(s, false);
    return QUO_OK;
}

static enum quo_status take_equals(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    if (s->state != QUO_SCAN_EQUALS)
        return QUO_SCAN_STOP(s, c, "a setting is  name = value;", "'%c' without a name before it", *c->at);
    c->at++;
    quo_scan_put(s, "=");
    s->state = QUO_SCAN_VALUE;
    return QUO_OK;
}

static enum quo_status take_separator(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    const char separator = *c->at++;
    switch (s->state) {
    case QUO_SCAN_AFTER:
        quo_scan_put(s, ";");
        s->state = QUO_SCAN_NAME;
        break;
    case QUO_SCAN_NAME: /* one too many does no harm */
        break;
    case QUO_SCAN_EQUALS:
    case QUO_SCAN_VALUE:
        value_missing(s, c);
        quo_scan_put(s, ";");
        s->state = QUO_SCAN_NAME;
        break;
    case QUO_SCAN_NEXT:
        if (separator == ';')
            QUO_SCAN_TELL(s, c, "elements of a list are separated by commas", "';' within a list");
        quo_scan_put(s, ",");
        s->comma = s->source->n - 1;
        s->state = QUO_SCAN_ELEMENT;
        break;
    case QUO_SCAN_ELEMENT:
        QUO_SCAN_TELL(s, c, "remove one of the commas", "an element is missing before '%c'", separator);
        break;
    }
    return QUO_OK;
}

static enum quo_status unexpected(struct quo_scanner *s, const struct quo_scan_cursor *c)
{
    size_t n = 1;
    while (n < 4 && ((unsigned char)c->at[n] & 0xC0) == 0x80)
        n++;
    const char *hint = "a setting is  name = value;";
    if (*c->at == '\'' || strncmp(c->at, "\xE2\x80\x9C", 3) == 0 || strncmp(c->at, "\xE2\x80\x9D", 3) == 0 ||
        strncmp(c->at, "\xE2\x80\x9E", 3) == 0)
        hint = "text goes in straight double quotes: \"...\"";
    else if (s->state == QUO_SCAN_VALUE || s->state == QUO_SCAN_ELEMENT)
        hint = "a value is a number, true, false, a \"text\", { ... }, ( ... ) or [ ... ]";
    return QUO_SCAN_STOP(s, c, hint, "unexpected '%.*s'", (int)n, c->at);
}

static enum quo_status scan_file(struct quo_scanner *s, struct quo_scan_cursor *c);

/* The path of an include, relative to the folder of the file that names it. Caller frees. */
static char *include_path(const char *from, const char *name, size_t n)
{
    const char *slash = n > 0 && name[0] == '/' ? NULL : strrchr(from, '/');
    const size_t folder = slash ? (size_t)(slash - from) + 1 : 0;
    char *path = malloc(folder + n + 1);
    if (!path)
        return NULL;
    memcpy(path, from, folder);
    memcpy(path + folder, name, n);
    path[folder + n] = '\0';
    return path;
}

static enum quo_status include_file(struct quo_scanner *s, struct quo_scan_cursor *c, const char *path)
{
    if (c->nested == QUO_SOURCE_MAX_NESTED_FILES)
        return QUO_SCAN_STOP(s, c, NULL, "includes are nested more than %d deep", QUO_SOURCE_MAX_NESTED_FILES);
    struct quo_source_bytes bytes;
    enum quo_status status = quo_source_bytes_read(s->source, path, quo_scan_path(s, c->file), c->line, &bytes);
    if (status != QUO_OK) {
        free(bytes.bytes);
        s->source->told = true;
        return status == QUO_REFUSED && s->source->n_files < QUO_SOURCE_MAX_FILES ? QUO_OK : status;
    }
    s->kept[s->n_kept++] = bytes.bytes;
    for (const struct quo_scan_cursor *up = c; up; up = up->parent)
        if (bytes.inode != 0 && up->inode == bytes.inode && up->device == bytes.device)
            return QUO_SCAN_STOP(s, c, "remove the @include", "'%s' includes itself", path);
    struct quo_scan_cursor inner = {.at = bytes.bytes,
                                    .end = bytes.bytes + bytes.n,
                                    .file = (int)s->source->n_files - 1,
                                    .line = 1,
                                    .depth = s->depth,
                                    .includes = true,
                                    .nested = c->nested + 1,
                                    .device = bytes.device,
                                    .inode = bytes.inode,
                                    .parent = c};
    quo_scan_put(s, "\n");
    quo_source_part_begin(s->source, inner.file, 1);
    status = scan_file(s, &inner);
    quo_scan_put(s, "\n");
    quo_source_part_begin(s->source, c->file, c->line);
    return status;
}

static enum quo_status take_include(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    static const char word[] = "@include";
    const size_t n = sizeof word - 1;
    if ((size_t)(c->end - c->at) < n || strncmp(c->at, word, n) != 0)
        return unexpected(s, c);
    if (!c->includes)
        return QUO_SCAN_STOP(s, c, "put its text in place of it", "an @include is not taken here");
    const char *from = c->at + n;
    while (from < c->end && (*from == ' ' || *from == '\t'))
        from++;
    const char *close = from < c->end && *from == '"' ? from + 1 : c->end;
    while (close < c->end && *close != '"' && *close != '\n')
        close++;
    if (close >= c->end || *close != '"' || close == from + 1)
        return QUO_SCAN_STOP(s, c, "write  @include \"file.cfg\"", "an @include without the name of a file");
    if (s->state == QUO_SCAN_AFTER) {
        quo_scan_put(s, ";");
        s->state = QUO_SCAN_NAME;
    }
    if ((s->state != QUO_SCAN_NAME && s->state != QUO_SCAN_ELEMENT) || top(s)->open == '[')
        return QUO_SCAN_STOP(s, c, "it stands between settings, or between the elements of a list",
                             "a misplaced @include");
    char *path = include_path(quo_scan_path(s, c->file), from + 1, (size_t)(close - from) - 1);
    if (!path) {
        s->source->no_memory = true;
        return QUO_MACHINE;
    }
    c->at = close + 1;
    const enum quo_status status = include_file(s, c, path);
    free(path);
    return status;
}

static enum quo_status take_token(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    const char first = *c->at;
    if (quo_scan_is_digit(first) || first == '+' || first == '-' || first == '.') {
        const enum quo_status status = quo_scan_take_number(s, c);
        s->after_number = true;
        return status;
    }
    s->after_number = s->after_number && first == ',';
    if (quo_scan_is_letter(first))
        return quo_scan_take_word(s, c);
    switch (first) {
    case '{':
    case '(':
    case '[':
        return take_open(s, c);
    case '}':
    case ')':
    case ']':
        return take_close(s, c);
    case '=':
    case ':':
        return take_equals(s, c);
    case ';':
    case ',':
        return take_separator(s, c);
    case '"':
        return quo_scan_take_text(s, c);
    case '@':
        return take_include(s, c);
    default:
        return unexpected(s, c);
    }
}

/* What must be true where a file ends. */
static enum quo_status check_end(struct quo_scanner *s, const struct quo_scan_cursor *c)
{
    if (s->state == QUO_SCAN_EQUALS || s->state == QUO_SCAN_VALUE)
        return QUO_SCAN_STOP(s, c, "is the file cut off?", "the file ends after '%.*s' without its value",
                             quo_scan_shown(s->last.length), s->last.text);
    if (s->depth == c->depth)
        return QUO_OK;
    const struct quo_scan_frame *frame = top(s);
    char hint[64];
    snprintf(hint, sizeof hint, "a '%c' closes it; is the file cut off?", closing(frame->open));
    return QUO_SCAN_STOP(s, c, hint, "the file ends inside the %s%s%.*s%s opened on line %d",
                         frame->open == '{' ? "group" : "list", frame->self.length ? " '" : "",
                         quo_scan_shown(frame->self.length), frame->self.length ? frame->self.text : "",
                         frame->self.length ? "'" : "", frame->line);
}

static enum quo_status scan_file(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    if (c->end - c->at >= 3 && memcmp(c->at, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        c->at += 3;
    for (;;) {
        enum quo_status status = skip_blanks(s, c);
        if (status == QUO_OK && c->at < c->end)
            status = take_token(s, c);
        else if (status == QUO_OK)
            return check_end(s, c);
        if (s->source->no_memory)
            return QUO_MACHINE;
        if (status != QUO_OK)
            return status;
    }
}

enum quo_status quo_scan_text(struct quo_source *source, const struct quo_source_bytes *bytes, int index, bool includes)
{
    struct quo_scanner *s = calloc(1, sizeof *s);
    if (!s) {
        source->no_memory = true;
        return QUO_MACHINE;
    }
    s->source = source;
    struct quo_scan_cursor c = {.at = bytes->bytes,
                                .end = bytes->bytes + bytes->n,
                                .file = index,
                                .line = 1,
                                .includes = includes,
                                .device = bytes->device,
                                .inode = bytes->inode};
    quo_source_part_begin(source, index, 1);
    const enum quo_status status = scan_file(s, &c);
    for (int i = 0; i <= s->depth; i++)
        free(s->frame[i].name);
    for (size_t i = 0; i < s->n_kept; i++)
        free(s->kept[i]);
    free(s);
    return status;
}
