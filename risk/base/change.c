/* quo_config_set of config.h: what-if changes a tree before it is read, so that the same reader judges the result. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"
#include "risk/base/tree.h"

struct change {
    struct quo_config *config;
    char *origin; /* "PATH=VALUE", which stands for the file in faults */
};

/* A fault about the change itself. */
#define refuse(change, hint, ...)                                                                                      \
    ((change)->config->refused = true,                                                                                 \
     quo_faults_add((change)->config->faults, QUO_REFUSED, (change)->origin, 0, hint, __VA_ARGS__))

static const char *called(const config_setting_t *child, bool in_list)
{
    return in_list ? quo_tree_id(child) : config_setting_name(child);
}

/* The child that `path` begins with, the longest where several do: an id may hold dots. *used is its length in
 * the path. */
static config_setting_t *match_child(const config_setting_t *node, const char *path, size_t *used)
{
    if (!config_setting_is_aggregate(node))
        return NULL;
    const bool in_list = !config_setting_is_group(node);
    const int n = config_setting_length(node);
    if (in_list && path[0] == '[') {
        char *end;
        const long index = strtol(path + 1, &end, 10);
        if (end == path + 1 || *end != ']' || index < 0 || index >= n)
            return NULL;
        *used = (size_t)(end + 1 - path);
        return config_setting_get_elem(node, (unsigned)index);
    }
    config_setting_t *found = NULL;
    *used = 0;
    for (int i = 0; i < n; i++) {
        config_setting_t *child = config_setting_get_elem(node, (unsigned)i);
        const char *name = called(child, in_list);
        const size_t length = name ? strlen(name) : 0;
        if (length <= *used || strncmp(path, name, length) != 0)
            continue;
        if (path[length] == '\0' || path[length] == '.' || path[length] == '[') {
            found = child;
            *used = length;
        }
    }
    return found;
}

static enum quo_status not_there(const struct change *change, const config_setting_t *node, const char *path)
{
    char label[160], hint[512] = "", word[160];
    snprintf(word, sizeof word, "%.*s", (int)(path[0] == '[' ? strcspn(path, "]") + 1 : strcspn(path, ".[")), path);
    quo_tree_label(node, label);
    const bool in_list = !config_setting_is_group(node);
    const int n = config_setting_is_aggregate(node) ? config_setting_length(node) : 0;
    const char **known = calloc((size_t)n + 1, sizeof *known);
    size_t count = 0;
    for (int i = 0; known && i < n; i++) {
        const char *name = called(config_setting_get_elem(node, (unsigned)i), in_list);
        if (name && !strchr(name, '*'))
            known[count++] = name;
    }
    if (known)
        quo_tree_suggest(word, known, count, hint, sizeof hint);
    free(known);
    return refuse(change, hint, "%s has no '%s'", label, word);
}

static bool is_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
            return false;
    }
    return n > 0;
}

static bool set_origin(const struct change *change, config_setting_t *node)
{
    struct quo_tree_note *note = quo_tree_note(node);
    char *copy = note ? quo_text_copy(change->origin) : NULL;
    if (!copy)
        return false;
    free(note->origin);
    note->origin = copy;
    return true;
}

/* A setting that is not there yet, with type none. libconfig keeps the name's copy. */
static config_setting_t *add_leaf(const struct change *change, config_setting_t *group, const char *name)
{
    config_setting_t *leaf = config_setting_add(group, name, CONFIG_TYPE_INT64);
    return leaf && set_origin(change, leaf) ? leaf : NULL;
}

static enum quo_status no_memory(const struct change *change)
{
    return quo_faults_add(change->config->faults, QUO_MACHINE, change->origin, 0, NULL, "memory does not suffice");
}

/* One answer stands for several `controls`: this one becomes an element of its own, else as it was. NULL: there is none. */
static config_setting_t *split_answer(const struct change *change, config_setting_t *list, const char *control)
{
    for (int i = 0; i < config_setting_length(list); i++) {
        config_setting_t *all = config_setting_get_elem(list, (unsigned)i);
        config_setting_t *names = config_setting_is_group(all) ? config_setting_get_member(all, "controls") : NULL;
        for (int k = 0; names && config_setting_is_aggregate(names) && k < config_setting_length(names); k++) {
            const char *name = quo_tree_text(config_setting_get_elem(names, (unsigned)k));
            if (!name || strcmp(name, control) != 0)
                continue;
            config_setting_t *own = config_setting_add(list, NULL, CONFIG_TYPE_GROUP);
            const bool made = own && quo_tree_copy(own, all) && config_setting_remove(own, "controls") == CONFIG_TRUE &&
                              config_setting_remove_elem(names, (unsigned)k) == CONFIG_TRUE;
            config_setting_t *id = made ? config_setting_add(own, "control", CONFIG_TYPE_STRING) : NULL;
            if (!id || !config_setting_set_string(id, control) || !set_origin(change, own))
                return NULL;
            if (config_setting_length(names) == 0)
                config_setting_remove_elem(list, (unsigned)i);
            return own;
        }
    }
    return NULL;
}

/* An answer that was not given: a new element of `answers`, named by what stands before the last dot. */
static enum quo_status add_answer(const struct change *change, config_setting_t *list, const char *path,
                                  config_setting_t **out)
{
    const char *dot = strrchr(path, '.');
    if (!dot || dot == path || !is_name(dot + 1, strlen(dot + 1)))
        return not_there(change, list, path);
    char *control = strndup(path, (size_t)(dot - path));
    config_setting_t *answer = control ? split_answer(change, list, control) : NULL;
    if (answer) {
        free(control);
        config_setting_t *there = config_setting_get_member(answer, dot + 1);
        *out = there ? there : add_leaf(change, answer, dot + 1);
        return *out ? QUO_OK : no_memory(change);
    }
    answer = control ? config_setting_add(list, NULL, CONFIG_TYPE_GROUP) : NULL;
    config_setting_t *name = answer ? config_setting_add(answer, "control", CONFIG_TYPE_STRING) : NULL;
    const bool made = name && config_setting_set_string(name, control) && set_origin(change, answer);
    free(control);
    *out = made ? add_leaf(change, answer, dot + 1) : NULL;
    return *out ? QUO_OK : no_memory(change);
}

static enum quo_status find_target(const struct change *change, config_setting_t *node, const char *path,
                                   config_setting_t **out)
{
    while (*path) {
        path += *path == '.';
        size_t used;
        config_setting_t *child = match_child(node, path, &used);
        if (child) {
            node = child;
            path += used;
            continue;
        }
        const char *name = config_setting_name(node);
        if (config_setting_is_list(node) && name && strcmp(name, "answers") == 0 && path[0] != '[')
            return add_answer(change, node, path, out);
        /* A setting left at its default: the reader knows whether there is one of that name. */
        if (config_setting_is_group(node) && is_name(path, strlen(path))) {
            *out = add_leaf(change, node, path);
            return *out ? QUO_OK : no_memory(change);
        }
        return not_there(change, node, path);
    }
    *out = node;
    return QUO_OK;
}

/* libconfig changes no type; an emptied setting of type none takes any. Name, place and hook stay. */
static void set_empty(config_setting_t *node)
{
    if (config_setting_type(node) == CONFIG_TYPE_STRING)
        config_setting_set_string(node, NULL);
    node->type = CONFIG_TYPE_NONE;
    node->value.llval = 0;
    node->value.sval = NULL;
}

static bool set_text(config_setting_t *node, const char *text, size_t n)
{
    char *copy = strndup(text, n);
    const bool set = copy && config_setting_set_string(node, copy) && config_setting_get_string(node);
    free(copy);
    return set;
}

/* value: n bytes without surrounding blanks. */
static bool set_scalar(config_setting_t *node, const char *value, size_t n, bool stays_text)
{
    set_empty(node);
    if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
        return set_text(node, value + 1, n - 2);
    char *text = strndup(value, n);
    if (!text)
        return false;
    int64_t whole;
    double real;
    bool set;
    if (stays_text)
        set = set_text(node, value, n);
    else if (quo_text_whole(text, &whole))
        set = config_setting_set_int64(node, whole);
    else if (quo_text_real(text, &real))
        set = config_setting_set_float(node, real);
    else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        set = config_setting_set_bool(node, text[0] == 't');
    else
        set = set_text(node, value, n);
    free(text);
    return set;
}

/* "a,b" or "[a, b]" in place of the elements. */
static enum quo_status set_list(const struct change *change, config_setting_t *list, const char *value, size_t n)
{
    bool texts = false;
    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *old = config_setting_get_elem(list, (unsigned)i);
        if (config_setting_is_aggregate(old)) {
            char label[160];
            quo_tree_label(list, label);
            return refuse(change, "name one of its elements", "%s is a list of groups", label);
        }
        texts = texts || config_setting_type(old) == CONFIG_TYPE_STRING;
    }
    for (int i = config_setting_length(list); i > 0; i--)
        config_setting_remove_elem(list, (unsigned)i - 1);
    if (n >= 2 && ((value[0] == '[' && value[n - 1] == ']') || (value[0] == '(' && value[n - 1] == ')'))) {
        value++;
        n -= 2;
        quo_text_trim(&value, &n);
    }
    const char *end = value + n;
    while (value < end) {
        const char *stop = value;
        bool quoted = false;
        for (; stop < end && (quoted || *stop != ','); stop++)
            quoted = quoted != (*stop == '"');
        const char *item = value;
        size_t length = (size_t)(stop - value);
        quo_text_trim(&item, &length);
        if (length == 0)
            return refuse(change, "write values with a comma between each two", "an empty value in the list");
        config_setting_t *element = config_setting_add(list, NULL, CONFIG_TYPE_INT64);
        if (!element || !set_scalar(element, item, length, texts))
            return no_memory(change);
        value = stop + (stop < end);
    }
    return set_origin(change, list) ? QUO_OK : no_memory(change);
}

/* "{ id = "x"; ... }": what is written there, read as a file is, becomes a new child of `parent`. */
static enum quo_status add_written(const struct change *change, config_setting_t *parent, const char *name,
                                   const char *value)
{
    const size_t size = strlen(value) + 8;
    char *text = malloc(size);
    if (!text)
        return no_memory(change);
    snprintf(text, size, "v = %s;", value);
    struct quo_config *written = NULL;
    enum quo_status status = quo_config_open_text(text, strlen(text), change->origin, &written, change->config->faults);
    free(text);
    if (status == QUO_OK && written->refused)
        status = QUO_REFUSED;
    if (status == QUO_OK) {
        const config_setting_t *from = config_setting_get_member(config_root_setting(&written->tree), "v");
        config_setting_t *to = from ? config_setting_add(parent, name, config_setting_type(from)) : NULL;
        status = to && quo_tree_copy(to, from) && set_origin(change, to) ? QUO_OK : no_memory(change);
    }
    if (status)
        change->config->refused = true;
    quo_config_close(written);
    return status;
}

/* PATH+=VALUE: one more element, a group in braces or a value. */
static enum quo_status add_element(const struct change *change, config_setting_t *list, const char *value)
{
    size_t n = strlen(value);
    quo_text_trim(&value, &n);
    char label[160];
    quo_tree_label(list, label);
    if (!config_setting_is_aggregate(list) || config_setting_is_group(list))
        return refuse(change, "name a list or an array", "%s is no list", label);
    const config_setting_t *first = config_setting_length(list) ? config_setting_get_elem(list, 0) : NULL;
    const bool groups = first ? config_setting_is_group(first) : value[0] == '{';
    if (groups != (value[0] == '{'))
        return refuse(change, groups ? "write  +={ id = ...; }" : "write the value alone", "%s is a list of %s", label,
                      groups ? "groups" : "values");
    if (groups)
        return add_written(change, list, NULL, value);
    config_setting_t *element = n ? config_setting_add(list, NULL, CONFIG_TYPE_INT64) : NULL;
    if (n == 0)
        return refuse(change, "write PATH+=VALUE", "%s gets no value", label);
    return element && set_scalar(element, value, n, first && config_setting_type(first) == CONFIG_TYPE_STRING) &&
                   set_origin(change, list)
               ? QUO_OK
               : no_memory(change);
}

/* PATH-=ID: an element less, by its id, its index or its value. */
static enum quo_status remove_element(const struct change *change, config_setting_t *list, const char *value)
{
    char label[160];
    quo_tree_label(list, label);
    if (!config_setting_is_aggregate(list) || config_setting_is_group(list))
        return refuse(change, "name a list or an array", "%s is no list", label);
    size_t used, n = strlen(value);
    quo_text_trim(&value, &n);
    char *word = strndup(value, n);
    if (!word)
        return no_memory(change);
    const char *list_name = config_setting_name(list);
    if (list_name && strcmp(list_name, "answers") == 0 && !match_child(list, word, &used))
        split_answer(change, list, word);
    config_setting_t *found = match_child(list, word, &used);
    int at = found && word[used] == '\0' ? config_setting_index(found) : -1;
    for (int i = 0; at < 0 && i < config_setting_length(list); i++) {
        const char *text = quo_tree_text(config_setting_get_elem(list, (unsigned)i));
        at = text && strcmp(text, word) == 0 ? i : -1;
    }
    enum quo_status status = QUO_OK;
    if (at < 0)
        status = not_there(change, list, word);
    else if (!config_setting_remove_elem(list, (unsigned)at) || !set_origin(change, list))
        status = no_memory(change);
    free(word);
    return status;
}

/* What is text takes no number; but a level that is "unknown" does, when somebody asks what if it were known. */
static bool stays_text(const config_setting_t *node)
{
    const char *name = config_setting_name(node), *text = quo_tree_text(node);
    return text && !(name && strcmp(name, "level") == 0 && strcmp(text, "unknown") == 0);
}

static enum quo_status set_value(const struct change *change, config_setting_t *node, const char *value)
{
    size_t n = strlen(value);
    quo_text_trim(&value, &n);
    char label[160];
    quo_tree_label(node, label);
    if (config_setting_is_group(node))
        return refuse(change, "name one of its settings", "%s is a group", label);
    if (n > 0 && value[0] == '{' && config_setting_name(node) && node->type == CONFIG_TYPE_INT64) {
        /* A group that is not there yet: the leaf made for it gives way. */
        config_setting_t *parent = config_setting_parent(node);
        char *name = quo_text_copy(config_setting_name(node));
        enum quo_status status =
            name && config_setting_remove(parent, name) ? add_written(change, parent, name, value) : no_memory(change);
        free(name);
        return status;
    }
    if (config_setting_is_aggregate(node))
        return set_list(change, node, value, n);
    if (n == 0)
        return refuse(change, "write PATH=VALUE", "%s gets no value", label);
    return set_scalar(node, value, n, stays_text(node)) && set_origin(change, node) ? QUO_OK : no_memory(change);
}

/* The bytes come from a command line or a plan. */
static bool is_clean(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            return false;
    return quo_text_is_utf8(text, strlen(text), NULL);
}

/* Below which setting a path begins; *path loses the root's name where it was given all the same. NULL: the file has no such root. */
static config_setting_t *start_of(const struct quo_config *config, const char *root_name, const char **path)
{
    config_setting_t *node = config_root_setting(&config->tree);
    if (root_name && !(node = config_setting_get_member(node, root_name)))
        return NULL;
    const size_t n = root_name ? strlen(root_name) : 0;
    size_t used;
    if (n > 0 && strncmp(*path, root_name, n) == 0 && (*path)[n] == '.' && !match_child(node, *path, &used))
        *path += n + 1;
    return node;
}

/* The list of PATH+= and PATH-=; a list that is not there yet is made for the first. */
static enum quo_status find_list(const struct change *change, config_setting_t *node, const char *path, bool adding,
                                 config_setting_t **out)
{
    const char *dot = strrchr(path, '.');
    char *above = dot ? strndup(path, (size_t)(dot - path)) : quo_text_copy("");
    if (!above)
        return no_memory(change);
    enum quo_status status = QUO_OK;
    config_setting_t *group = node;
    const char *name = dot ? dot + 1 : path;
    for (const char *at = above; *at && status == QUO_OK;) {
        at += *at == '.';
        size_t used;
        config_setting_t *child = match_child(group, at, &used);
        status = child ? QUO_OK : not_there(change, group, at);
        group = child ? child : group;
        at += child ? used : 0;
    }
    size_t used;
    *out = status == QUO_OK ? match_child(group, name, &used) : NULL;
    if (status == QUO_OK && !*out) {
        if (adding && config_setting_is_group(group) && is_name(name, strlen(name)))
            *out = config_setting_add(group, name, CONFIG_TYPE_LIST);
        status = *out ? QUO_OK : not_there(change, group, name);
    }
    free(above);
    return status;
}

static enum quo_status change_list(const struct change *change, config_setting_t *node, const char *path,
                                   const char *value)
{
    size_t n = strlen(path) - 1;
    const bool adding = path[n] == '+';
    const char *from = path;
    quo_text_trim(&from, &n);
    char *list_path = strndup(from, n);
    config_setting_t *list = NULL;
    enum quo_status status = list_path ? find_list(change, node, list_path, adding, &list) : no_memory(change);
    if (status == QUO_OK)
        status = adding ? add_element(change, list, value) : remove_element(change, list, value);
    free(list_path);
    return status;
}

enum quo_status quo_config_set(struct quo_config *config, const char *root_name, const char *path, const char *value)
{
    const size_t size = strlen(path) + strlen(value) + 2, n = strlen(path);
    struct change change = {config, malloc(size)};
    if (!change.origin || !quo_tree_own(config))
        return quo_faults_add(config->faults, QUO_MACHINE, path, 0, NULL, "memory does not suffice");
    snprintf(change.origin, size, "%s=%s", path, value);
    enum quo_status status = QUO_OK;
    if (!is_clean(path) || !is_clean(value)) {
        status = refuse(&change, "write UTF-8", "a control character, or bytes that are not UTF-8");
    } else if (n == 0 || path[0] == '.' || strstr(path, "..") || path[n - 1] == '.') {
        status = refuse(&change, "write  group.setting, an element of a list by its id", "this is no path");
    } else {
        config_setting_t *target, *node = start_of(config, root_name, &path);
        if (!node) {
            status = refuse(&change, NULL, "the file has no '%s'", root_name);
        } else if (n > 1 && (path[strlen(path) - 1] == '+' || path[strlen(path) - 1] == '-')) {
            status = change_list(&change, node, path, value);
        } else {
            status = find_target(&change, node, path, &target);
            if (status == QUO_OK)
                status = set_value(&change, target, value);
        }
    }
    free(change.origin);
    return status;
}

size_t quo_config_place(const struct quo_config *config, const char *root_name, const char *path, char *buffer,
                        size_t size)
{
    const config_setting_t *root = start_of(config, root_name, &path), *node = root;
    size_t used, skip = 0;
    while (node && *path) {
        const char *at = path + (*path == '.');
        const config_setting_t *child = match_child(node, at, &used);
        if (!child)
            break;
        node = child;
        path = at + used;
    }
    char full[1024] = "", above[256] = "";
    if (node && node != root) {
        quo_setting_path(quo_tree_setting(node), full, sizeof full);
        quo_setting_path(quo_tree_setting(root), above, sizeof above);
        skip = above[0] ? strlen(above) + 1 : 0;
    }
    const char *rest = path + (*path == '.' && !full[0]);
    const int length = snprintf(buffer, size, "%s%s%s", full + (skip <= strlen(full) ? skip : 0),
                                full[0] && *rest && *rest != '.' && *rest != '[' ? "." : "", rest);
    return length > 0 ? (size_t)length : 0;
}
