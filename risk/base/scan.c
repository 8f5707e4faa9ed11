#include "risk/base/scan.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

enum state {
    NAME,    /* in a group: a name, an include or the end of the group */
    EQUALS,  /* after a name */
    VALUE,   /* after '=' */
    AFTER,   /* after a value in a group: a separator or what NAME takes */
    ELEMENT, /* in a list: a value or the end of the list */
    NEXT     /* after an element: a comma or the end of the list */
};

struct name {
    const char *text;
    size_t length;
    uint32_t hash;
    int file, line;
};

struct frame {
    char open; /* '{', '(' or '['; 0 for the top of the file */
    int file, line;
    struct name self;
    struct name *name; /* those seen in this group, name[n] */
    size_t n, room;
    size_t elements;
};

struct scanner {
    struct quo_source *source;
    struct frame frame[QUO_SOURCE_MAX_DEPTH + 1];
    int depth;
    enum state state;
    bool after_text;   /* the last token was a text: another one is joined to it */
    bool after_number; /* the last tokens were a number and a comma */
    size_t comma;      /* where the last comma between elements stands in source->text */
    struct name last;  /* the last name, for messages */
    size_t repeated;
    char *kept[QUO_SOURCE_MAX_FILES]; /* bytes of includes: names point into them */
    size_t n_kept;
};

/* A file being scanned. */
struct cursor {
    const char *at, *end;
    int file, line;
    int depth; /* of the frames when the file began */
    bool includes;
    int nested;
    unsigned long long device, inode;
    const struct cursor *parent;
};

static const char *path_of(const struct scanner *s, int file) { return s->source->file[file].path; }

/* A fault at the cursor after which the scan goes on. */
#define tell(s, c, hint, ...)                                                                                          \
    ((s)->source->told = true,                                                                                         \
     (void)quo_faults_add((s)->source->faults, QUO_REFUSED, path_of(s, (c)->file), (c)->line, hint, __VA_ARGS__))
/* A fault that ends it. */
#define stop(s, c, hint, ...) (tell(s, c, hint, __VA_ARGS__), QUO_REFUSED)

static void put(struct scanner *s, const char *text) { quo_source_put(s->source, text, strlen(text)); }

/* In place of a value whose fault has been told. */
static void put_told(struct scanner *s)
{
    static const char told[] = {' ', '"', QUO_SOURCE_TOLD, '"', '\0'};
    put(s, told);
}

static struct frame *top(struct scanner *s) { return &s->frame[s->depth]; }
static bool in_list(const struct scanner *s) { return s->frame[s->depth].open == '(' || s->frame[s->depth].open == '['; }
static int shown(size_t n) { return n < 80 ? (int)n : 80; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Blanks and comments; new lines are kept so that lines can be counted. */
static enum quo_status skip_blanks(struct scanner *s, struct cursor *c)
{
    bool block = false, line = false;
    int opened = 0;
    for (; c->at < c->end; c->at++) {
        const char now = *c->at, then = c->at[1];
        if (now == '\n') {
            put(s, "\n");
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
    put(s, " ");
    if (!block)
        return QUO_OK;
    c->line = opened;
    return stop(s, c, "close it with */", "the comment is not closed");
}

static enum quo_status count_setting(struct scanner *s, const struct cursor *c)
{
    if (++s->source->n_settings > QUO_SOURCE_MAX_SETTINGS)
        return stop(s, c, NULL, "more than %d settings", QUO_SOURCE_MAX_SETTINGS);
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
static enum quo_status enter_name(struct scanner *s, const struct cursor *c, const char *text, size_t n)
{
    struct frame *group = top(s);
    const struct name name = {text, n, hash_of(text, n), c->file, c->line};
    quo_source_put(s->source, text, n);
    s->last = name;
    for (size_t i = 0; i < group->n; i++) {
        const struct name *old = &group->name[i];
        if (old->hash != name.hash || old->length != n || memcmp(old->text, text, n) != 0)
            continue;
        char suffix[32], where[512];
        snprintf(suffix, sizeof suffix, "*%zu", ++s->repeated);
        put(s, suffix);
        snprintf(where, sizeof where, "keep one; the first is at %s:%d", path_of(s, old->file), old->line);
        tell(s, c, where, "'%.*s' is set twice", shown(n), text);
        return count_setting(s, c);
    }
    if (group->n == QUO_SOURCE_MAX_IN_GROUP)
        return stop(s, c, "use a list", "more than %d settings side by side", QUO_SOURCE_MAX_IN_GROUP);
    if (group->n == group->room) {
        const size_t room = 2 * group->room + 8;
        struct name *grown = realloc(group->name, room * sizeof *grown);
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
static enum quo_status begin_value(struct scanner *s, const struct cursor *c)
{
    switch (s->state) {
    case VALUE:
        return QUO_OK;
    case NEXT:
        tell(s, c, "elements of a list are separated by commas", "a ',' is missing before this element");
        put(s, ",");
        break;
    case ELEMENT:
        break;
    case EQUALS:
        return stop(s, c, "a setting is  name = value;", "a '=' is missing after '%.*s'", shown(s->last.length),
                    s->last.text);
    case NAME:
    case AFTER:
        return stop(s, c, "a setting is  name = value;", "a value stands where a name is expected");
    }
    top(s)->elements++;
    return count_setting(s, c);
}

static void end_value(struct scanner *s, bool text)
{
    s->state = in_list(s) ? NEXT : AFTER;
    s->after_text = text;
}

static enum quo_status take_open(struct scanner *s, struct cursor *c)
{
    enum quo_status status = begin_value(s, c);
    if (status != QUO_OK)
        return status;
    const char open = *c->at++;
    if (top(s)->open == '[')
        return stop(s, c, "groups and lists go in ( ... )", "an array [ ... ] holds single values only");
    if (s->depth == QUO_SOURCE_MAX_DEPTH)
        return stop(s, c, NULL, "groups and lists are nested more than %d deep", QUO_SOURCE_MAX_DEPTH);
    const bool named = !in_list(s);
    struct frame *frame = &s->frame[++s->depth];
    *frame = (struct frame){.open = open, .file = c->file, .line = c->line};
    if (named)
        frame->self = s->last;
    put(s, open == '{' ? "{" : "(");
    s->state = open == '{' ? NAME : ELEMENT;
    return QUO_OK;
}

static char closing(char open) { return open == '{' ? '}' : open == '(' ? ')' : ']'; }

/* The value that a name still waits for is missing: told, and something put in its place. */
static void value_missing(struct scanner *s, const struct cursor *c)
{
    tell(s, c, "a setting is  name = value;", "'%.*s' has no value", shown(s->last.length), s->last.text);
    if (s->state == EQUALS)
        put(s, "=");
    put_told(s);
}

static enum quo_status take_close(struct scanner *s, struct cursor *c)
{
    const char close = *c->at++;
    struct frame *frame = top(s);
    if (s->depth == c->depth)
        return stop(s, c, "remove it, or open what it closes", "'%c' closes nothing", close);
    if (close != closing(frame->open)) {
        char hint[64];
        snprintf(hint, sizeof hint, "'%c' closes what '%c' opened on line %d", closing(frame->open), frame->open,
                 frame->line);
        return stop(s, c, hint, "'%c' where '%c' is expected", close, closing(frame->open));
    }
    if (s->state == EQUALS || s->state == VALUE)
        value_missing(s, c);
    if (s->state == ELEMENT && frame->elements > 0 && !s->source->no_memory)
        s->source->text[s->comma] = ' ';
    put(s, frame->open == '{' ? "}" : ")");
    free(frame->name);
    frame->name = NULL;
    s->depth--;
    end_value(s, false);
    return QUO_OK;
}

static enum quo_status take_equals(struct scanner *s, struct cursor *c)
{
    if (s->state != EQUALS)
        return stop(s, c, "a setting is  name = value;", "'%c' without a name before it", *c->at);
    c->at++;
    put(s, "=");
    s->state = VALUE;
    return QUO_OK;
}

static enum quo_status take_separator(struct scanner *s, struct cursor *c)
{
    const char separator = *c->at++;
    switch (s->state) {
    case AFTER:
        put(s, ";");
        s->state = NAME;
        break;
    case NAME: /* one too many does no harm */
        break;
    case EQUALS:
    case VALUE:
        value_missing(s, c);
        put(s, ";");
        s->state = NAME;
        break;
    case NEXT:
        if (separator == ';')
            tell(s, c, "elements of a list are separated by commas", "';' within a list");
        put(s, ",");
        s->comma = s->source->n - 1;
        s->state = ELEMENT;
        break;
    case ELEMENT:
        tell(s, c, "remove one of the commas", "an element is missing before '%c'", separator);
        break;
    }
    return QUO_OK;
}

/* An escape in a text: control characters and bytes above 127 would break the texts they end up in. */
static bool bad_escape(const char *at)
{
    if (at[0] != '\\' || at[1] != 'x')
        return false;
    char digits[3] = {0};
    for (int i = 0; i < 2; i++) {
        const char d = at[2 + i];
        if (!is_digit(d) && !(d >= 'a' && d <= 'f') && !(d >= 'A' && d <= 'F'))
            return false; /* libconfig takes it as it stands */
        digits[i] = d;
    }
    const long value = strtol(digits, NULL, 16);
    return value >= 0x7F || (value < 0x20 && value != '\t' && value != '\n' && value != '\r');
}

static enum quo_status take_text(struct scanner *s, struct cursor *c)
{
    if (!(s->after_text && (s->state == AFTER || s->state == NEXT))) {
        const enum quo_status status = begin_value(s, c);
        if (status != QUO_OK)
            return status;
    }
    const char *from = c->at++;
    bool told = false;
    while ((c->at += strcspn(c->at, "\\\"\n")) < c->end && *c->at == '\\') {
        if (bad_escape(c->at) && !told) {
            tell(s, c, "write the character itself, in UTF-8", "the escape %.4s is not taken", c->at);
            told = true;
        }
        c->at += *c->at == '\\' && c->at + 1 < c->end && c->at[1] != '\n' ? 2 : 1;
    }
    if (c->at >= c->end || *c->at == '\n') {
        tell(s, c, "close it on the same line; texts side by side are joined: \"one \" \"two\"",
             "the text has no closing quote");
        told = true;
    } else {
        c->at++;
    }
    put(s, " ");
    if (told)
        put_told(s);
    else
        quo_source_put(s->source, from, (size_t)(c->at - from));
    end_value(s, true);
    return QUO_OK;
}

/* Letters, digits and what stands within a number, a date or a dotted name. */
static size_t run_length(const struct cursor *c)
{
    const char *at = c->at;
    while (at < c->end && (is_letter(*at) || is_digit(*at) || strchr("_.-+*%", *at)))
        at++;
    return (size_t)(at - c->at);
}

static bool is_hexadecimal(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] != '\0' &&
           strspn(text + 2, "0123456789abcdefABCDEF") == strlen(text + 2) && strlen(text + 2) <= 16;
}

/* The number as libconfig shall read it, or what would be right if it is none. */
static const char *rewrite_number(char *text, char out[48])
{
    size_t n = strlen(text);
    const char *sign_off = text + (*text == '-' || *text == '+');
    for (int i = 0; i < 2 && n > 1 && text[n - 1] == 'L'; i++) /* libconfig's mark of a long number */
        text[--n] = '\0';
    if (is_hexadecimal(text)) {
        const unsigned long long value = strtoull(text, NULL, 16);
        if (value > INT64_MAX)
            return "a whole number is below 2^63";
        snprintf(out, 48, "%lluL", value);
        return NULL;
    }
    if (strspn(sign_off, "0123456789") == strlen(sign_off) && *sign_off == '0' && sign_off[1] != '\0')
        return "a number does not begin with 0, and its thousands are not separated";
    int64_t whole;
    double real;
    if (quo_text_whole(text, &whole)) {
        snprintf(out, 48, "%lldL", (long long)whole);
        return NULL;
    }
    if (quo_text_real(text, &real)) {
        quo_text_from_real(real, out);
        return NULL;
    }
    int year, month, day, used = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && (size_t)used == n)
        return "a date goes in quotes: \"2026-08-01\"";
    if (strspn(text, "0123456789.eE+-") == n && isinf(strtod(text, NULL)))
        return "the largest number is 1.797e308";
    return "a number is written 5, 5.0 or 5e6, without unit, per cent sign or separators";
}

static enum quo_status take_number(struct scanner *s, struct cursor *c)
{
    const size_t n = run_length(c);
    if (s->state == NAME && s->after_number) {
        tell(s, c, "write 12000000 or 12e6", "a number with separators between its thousands");
        c->at += n;
        while (c->at < c->end && (is_digit(*c->at) || *c->at == ',' || *c->at == '.'))
            c->at++;
        return QUO_OK;
    }
    const enum quo_status status = begin_value(s, c);
    if (status != QUO_OK)
        return status;
    char *text = strndup(c->at, n);
    if (!text) {
        s->source->no_memory = true;
        return QUO_MACHINE;
    }
    char out[48];
    const char *hint = rewrite_number(text, out);
    free(text);
    put(s, " ");
    if (hint) {
        tell(s, c, hint, "'%.*s' is no number that can be taken", shown(n), c->at);
        put_told(s);
    } else {
        put(s, out);
    }
    c->at += n;
    end_value(s, false);
    return QUO_OK;
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(text, word, n) == 0;
}

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (is_word(text, n, *words))
            return true;
    return false;
}

static void put_bare_word(struct scanner *s, const struct cursor *c, size_t n)
{
    static const char *const not_finite[] = {"nan", "inf", "infinity", NULL};
    static const char *const truths[] = {"yes", "no", "on", "off", NULL};
    if (is_word(c->at, n, "true") || is_word(c->at, n, "false")) {
        put(s, " ");
        quo_source_put(s->source, c->at, n);
        return;
    }
    char quoted[128];
    snprintf(quoted, sizeof quoted, "text goes in quotes: \"%.*s\"", shown(n), c->at);
    if (is_one_of(c->at, n, not_finite))
        tell(s, c, "give a finite number", "'%.*s' is not a finite number", (int)n, c->at);
    else if (is_one_of(c->at, n, truths))
        tell(s, c, "write true or false", "'%.*s' is not a value", (int)n, c->at);
    else
        tell(s, c, quoted, "'%.*s' is not a value", shown(n), c->at);
    put_told(s);
}

static enum quo_status take_word(struct scanner *s, struct cursor *c)
{
    const size_t n = run_length(c);
    enum quo_status status;
    if (s->state == NAME || s->state == AFTER) {
        for (size_t i = 0; i < n; i++)
            if (!is_letter(c->at[i]) && !is_digit(c->at[i]) && c->at[i] != '_' && c->at[i] != '-')
                return stop(s, c, "a name is made of letters, digits, '-' and '_'", "'%.*s' is not a name", shown(n),
                            c->at);
        put(s, " ");
        status = enter_name(s, c, c->at, n);
        s->state = EQUALS;
        s->after_text = false;
    } else {
        status = begin_value(s, c);
        if (status == QUO_OK) {
            put_bare_word(s, c, n);
            end_value(s, false);
        }
    }
    c->at += n;
    return status;
}

static enum quo_status unexpected(struct scanner *s, const struct cursor *c)
{
    size_t n = 1;
    while (n < 4 && ((unsigned char)c->at[n] & 0xC0) == 0x80)
        n++;
    const char *hint = "a setting is  name = value;";
    if (*c->at == '\'' || strncmp(c->at, "\xE2\x80\x9C", 3) == 0 || strncmp(c->at, "\xE2\x80\x9D", 3) == 0 ||
        strncmp(c->at, "\xE2\x80\x9E", 3) == 0)
        hint = "text goes in straight double quotes: \"...\"";
    else if (s->state == VALUE || s->state == ELEMENT)
        hint = "a value is a number, true, false, a \"text\", { ... }, ( ... ) or [ ... ]";
    return stop(s, c, hint, "unexpected '%.*s'", (int)n, c->at);
}

static enum quo_status scan_file(struct scanner *s, struct cursor *c);

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

static enum quo_status include_file(struct scanner *s, struct cursor *c, const char *path)
{
    if (c->nested == QUO_SOURCE_MAX_NESTED_FILES)
        return stop(s, c, NULL, "includes are nested more than %d deep", QUO_SOURCE_MAX_NESTED_FILES);
    struct quo_source_bytes bytes;
    enum quo_status status = quo_source_bytes_read(s->source, path, path_of(s, c->file), c->line, &bytes);
    if (status != QUO_OK) {
        free(bytes.bytes);
        s->source->told = true;
        return status == QUO_REFUSED && s->source->n_files < QUO_SOURCE_MAX_FILES ? QUO_OK : status;
    }
    s->kept[s->n_kept++] = bytes.bytes;
    for (const struct cursor *up = c; up; up = up->parent)
        if (bytes.inode != 0 && up->inode == bytes.inode && up->device == bytes.device)
            return stop(s, c, "remove the @include", "'%s' includes itself", path);
    struct cursor inner = {.at = bytes.bytes,
                           .end = bytes.bytes + bytes.n,
                           .file = (int)s->source->n_files - 1,
                           .line = 1,
                           .depth = s->depth,
                           .includes = true,
                           .nested = c->nested + 1,
                           .device = bytes.device,
                           .inode = bytes.inode,
                           .parent = c};
    put(s, "\n");
    quo_source_part_begin(s->source, inner.file, 1);
    status = scan_file(s, &inner);
    put(s, "\n");
    quo_source_part_begin(s->source, c->file, c->line);
    return status;
}

static enum quo_status take_include(struct scanner *s, struct cursor *c)
{
    static const char word[] = "@include";
    const size_t n = sizeof word - 1;
    if ((size_t)(c->end - c->at) < n || strncmp(c->at, word, n) != 0)
        return unexpected(s, c);
    if (!c->includes)
        return stop(s, c, "put its text in place of it", "an @include is not taken here");
    const char *from = c->at + n;
    while (from < c->end && (*from == ' ' || *from == '\t'))
        from++;
    const char *close = from < c->end && *from == '"' ? from + 1 : c->end;
    while (close < c->end && *close != '"' && *close != '\n')
        close++;
    if (close >= c->end || *close != '"' || close == from + 1)
        return stop(s, c, "write  @include \"file.cfg\"", "an @include without the name of a file");
    if (s->state == AFTER) {
        put(s, ";");
        s->state = NAME;
    }
    if ((s->state != NAME && s->state != ELEMENT) || top(s)->open == '[')
        return stop(s, c, "it stands between settings, or between the elements of a list", "a misplaced @include");
    char *path = include_path(path_of(s, c->file), from + 1, (size_t)(close - from) - 1);
    if (!path) {
        s->source->no_memory = true;
        return QUO_MACHINE;
    }
    c->at = close + 1;
    const enum quo_status status = include_file(s, c, path);
    free(path);
    return status;
}

static enum quo_status take_token(struct scanner *s, struct cursor *c)
{
    const char first = *c->at;
    if (is_digit(first) || first == '+' || first == '-' || first == '.') {
        const enum quo_status status = take_number(s, c);
        s->after_number = true;
        return status;
    }
    s->after_number = s->after_number && first == ',';
    if (is_letter(first))
        return take_word(s, c);
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
        return take_text(s, c);
    case '@':
        return take_include(s, c);
    default:
        return unexpected(s, c);
    }
}

/* What must be true where a file ends. */
static enum quo_status check_end(struct scanner *s, const struct cursor *c)
{
    if (s->state == EQUALS || s->state == VALUE)
        return stop(s, c, "is the file cut off?", "the file ends after '%.*s' without its value",
                    shown(s->last.length), s->last.text);
    if (s->depth == c->depth)
        return QUO_OK;
    const struct frame *frame = top(s);
    char hint[64];
    snprintf(hint, sizeof hint, "a '%c' closes it; is the file cut off?", closing(frame->open));
    return stop(s, c, hint, "the file ends inside the %s%s%.*s%s opened on line %d", frame->open == '{' ? "group" : "list",
                frame->self.length ? " '" : "", shown(frame->self.length), frame->self.length ? frame->self.text : "",
                frame->self.length ? "'" : "", frame->line);
}

static enum quo_status scan_file(struct scanner *s, struct cursor *c)
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

enum quo_status quo_scan_text(struct quo_source *source, const struct quo_source_bytes *bytes, int index,
                              bool includes)
{
    struct scanner *s = calloc(1, sizeof *s);
    if (!s) {
        source->no_memory = true;
        return QUO_MACHINE;
    }
    s->source = source;
    struct cursor c = {.at = bytes->bytes,
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
