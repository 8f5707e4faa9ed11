/* The getters of config.h. Each tells what it was asked for, so that quo_config_finish can say what nobody asked. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/text.h"
#include "risk/base/tree.h"

static void remember(config_setting_t *group, const char *name)
{
    struct quo_tree_note *note = quo_tree_note(group);
    if (!note)
        return;
    for (size_t i = 0; i < note->n; i++)
        if (strcmp(note->asked[i], name) == 0)
            return;
    if (note->n == note->room) {
        const size_t room = 2 * note->room + 8;
        char **grown = realloc(note->asked, room * sizeof *grown);
        if (!grown) {
            quo_tree_config(group)->no_memory = true;
            return;
        }
        note->asked = grown;
        note->room = room;
    }
    note->asked[note->n] = quo_text_copy(name);
    if (note->asked[note->n])
        note->n++;
    else
        quo_tree_config(group)->no_memory = true;
}

static config_setting_t *find(const struct quo_setting *group, const char *name)
{
    config_setting_t *node = group ? quo_tree_node(group) : NULL;
    if (!node || !config_setting_is_group(node))
        return NULL;
    config_setting_t *child = config_setting_get_member(node, name);
    if (quo_tree_config(node)->block) /* packed: whoever packed it has seen that nothing in it is unknown */
        return child;
    remember(node, name);
    struct quo_tree_note *note = child ? quo_tree_note(child) : NULL;
    if (note)
        note->known = true;
    return child;
}

const struct quo_setting *quo_setting_child(const struct quo_setting *group, const char *name)
{
    return quo_tree_setting(find(group, name));
}

bool quo_setting_has(const struct quo_setting *group, const char *name) { return find(group, name) != NULL; }

/* A fault about a value of the wrong kind, unless it was told before. */
static bool wrong(const config_setting_t *node, const char *hint, const char *kind)
{
    if (quo_tree_told(node)) {
        quo_faults_again(quo_tree_config(node)->faults);
        return false;
    }
    char label[160], value[160];
    quo_tree_label(node, label);
    quo_tree_describe(node, value);
    quo_setting_fault(quo_tree_setting(node), hint, "%s %s, not %s", label, value, kind);
    return false;
}

/* The child; where it is absent but required, a fault at the group. `form` is what to write. */
static config_setting_t *want(const struct quo_setting *group, const char *name, bool required, const char *form)
{
    config_setting_t *node = group ? quo_tree_node(group) : NULL;
    if (node && !config_setting_is_group(node)) { /* a list element such as 5 where { ... } belongs: told once */
        struct quo_tree_note *note = quo_tree_note(node);
        if (note && !note->no_group) {
            note->no_group = true;
            wrong(node, "write  { NAME = VALUE; ... }", "a group");
        }
        return NULL;
    }
    config_setting_t *child = find(group, name);
    if (child || !required || !group)
        return child;
    char label[160], hint[256];
    quo_tree_label(quo_tree_node(group), label);
    snprintf(hint, sizeof hint, "add  %s = %s;", name, form);
    quo_setting_fault(group, hint, "%s has no '%s'", label, name);
    return NULL;
}

const struct quo_setting *quo_setting_group(const struct quo_setting *group, const char *name, bool required)
{
    const config_setting_t *child = want(group, name, required, "{ ... }");
    if (child && !config_setting_is_group(child)) {
        wrong(child, "write  { name = value; ... }", "a group");
        return NULL;
    }
    return quo_tree_setting(child);
}

const struct quo_setting *quo_setting_list(const struct quo_setting *group, const char *name, bool required)
{
    const config_setting_t *child = want(group, name, required, "( ... )");
    if (child && !config_setting_is_list(child) && !config_setting_is_array(child)) {
        wrong(child, "write  ( ... ) or [ ... ]", "a list");
        return NULL;
    }
    return quo_tree_setting(child);
}

size_t quo_setting_length(const struct quo_setting *list)
{
    const config_setting_t *node = list ? quo_tree_node(list) : NULL;
    return node && config_setting_is_aggregate(node) ? (size_t)config_setting_length(node) : 0;
}

const struct quo_setting *quo_setting_element(const struct quo_setting *list, size_t i)
{
    if (i >= quo_setting_length(list))
        return NULL;
    return quo_tree_setting(config_setting_get_elem(quo_tree_node(list), (unsigned)i));
}

static void print_bound(double bound, char buffer[32]) { quo_text_print(buffer, 32, "%.12g", bound); }

/* "give a number from 0 to 1 (hours)" */
static void range_hint(const char *kind, double low, double high, const char *unit, char buffer[160])
{
    char from[32], to[32];
    print_bound(low, from);
    print_bound(high, to);
    const bool below = isfinite(high) && high < 1e300, above = isfinite(low) && low > -1e300;
    const bool named = unit && unit[0];
    snprintf(buffer, 160, "give %s%s%s%s%s%s%s%s", kind,
             above && below ? " from "
             : above        ? " of at least "
                            : "",
             above ? from : "", below ? (above ? " to " : " of at most ") : "", below ? to : "", named ? " (" : "",
             named ? unit : "", named ? ")" : "");
}

static bool is_int(const config_setting_t *node)
{
    return config_setting_type(node) == CONFIG_TYPE_INT || config_setting_type(node) == CONFIG_TYPE_INT64;
}

static bool out_of_range(const config_setting_t *node, const char *hint)
{
    char label[160], value[160];
    quo_tree_label(node, label);
    quo_tree_describe(node, value);
    quo_setting_fault(quo_tree_setting(node), hint, "%s %s", label, value);
    return false;
}

/* The hint is made only for a fault: printing it costs more than the rest. */
static bool as_number(const config_setting_t *node, double low, double high, const char *unit, double *out)
{
    const bool real = config_setting_type(node) == CONFIG_TYPE_FLOAT, number = real || is_int(node);
    const double value = real ? config_setting_get_float(node) : number ? (double)config_setting_get_int64(node) : NAN;
    if (value >= low && value <= high && isfinite(value)) {
        *out = value;
        return true;
    }
    char hint[160];
    range_hint("a number", low, high, unit, hint);
    return number ? out_of_range(node, hint) : wrong(node, hint, "a number");
}

bool quo_setting_as_number(const struct quo_setting *element, double low, double high, const char *unit, double *out)
{
    return element && as_number(quo_tree_node(element), low, high, unit, out);
}

bool quo_setting_number(const struct quo_setting *group, const char *name, double low, double high, const char *unit,
                        bool required, double *out)
{
    const config_setting_t *node = want(group, name, required, "NUMBER");
    return node && as_number(node, low, high, unit, out);
}

bool quo_setting_int(const struct quo_setting *group, const char *name, int64_t low, int64_t high, bool required,
                     int64_t *out)
{
    const config_setting_t *node = want(group, name, required, "WHOLE_NUMBER");
    if (!node)
        return false;
    bool whole = is_int(node);
    int64_t value = whole ? config_setting_get_int64(node) : 0;
    if (config_setting_type(node) == CONFIG_TYPE_FLOAT) {
        const double real = config_setting_get_float(node);
        whole = fabs(real) <= 0x1p53 && real == floor(real); /* 5.0 is 5; 5.9 is not */
        value = whole ? (int64_t)real : 0;
    }
    if (whole && value >= low && value <= high) {
        *out = value;
        return true;
    }
    char hint[160];
    range_hint("a whole number", (double)low, (double)high, "", hint);
    return whole ? out_of_range(node, hint) : wrong(node, hint, "a whole number");
}

bool quo_setting_bool(const struct quo_setting *group, const char *name, bool required, bool *out)
{
    const config_setting_t *node = want(group, name, required, "true");
    if (!node)
        return false;
    if (config_setting_type(node) != CONFIG_TYPE_BOOL)
        return wrong(node, "write true or false", "a truth value");
    *out = config_setting_get_bool(node) == CONFIG_TRUE;
    return true;
}

bool quo_setting_as_text(const struct quo_setting *element, const char **out)
{
    if (!element)
        return false;
    const config_setting_t *node = quo_tree_node(element);
    const char *text = quo_tree_text(node);
    if (!text || quo_tree_told(node))
        return wrong(node, "text goes in quotes: \"...\"", "a text");
    *out = text;
    return true;
}

bool quo_setting_text(const struct quo_setting *group, const char *name, bool required, const char **out)
{
    const config_setting_t *node = want(group, name, required, "\"TEXT\"");
    const char *text;
    if (!node || !quo_setting_as_text(quo_tree_setting(node), &text))
        return false;
    if (required && text[strspn(text, " \t\n\r")] == '\0') {
        quo_setting_fault(quo_tree_setting(node), "write something between the quotes", "'%s' is empty", name);
        return false;
    }
    *out = text;
    return true;
}

bool quo_setting_word(const struct quo_setting *group, const char *name, const char *const *words, size_t n_words,
                      bool required, int *out)
{
    const config_setting_t *node = want(group, name, required, "\"WORD\"");
    const char *text;
    if (!node || !quo_setting_as_text(quo_tree_setting(node), &text))
        return false;
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (int)i;
            return true;
        }
    }
    char hint[512];
    quo_tree_suggest(text, words, n_words, hint, sizeof hint);
    quo_setting_fault(quo_tree_setting(node), hint, "unknown %s '%s'", name, text);
    return false;
}

bool quo_setting_date(const struct quo_setting *group, const char *name, bool required, int *day)
{
    static const char hint[] = "write a day of the years 1900 to 2199 as \"2026-08-01\"";
    const config_setting_t *node = want(group, name, required, "\"2026-08-01\"");
    if (!node)
        return false;
    const char *text = quo_tree_text(node);
    if (!text || quo_tree_told(node))
        return wrong(node, hint, "a date");
    if (quo_date_parse(text, day))
        return true;
    quo_setting_fault(quo_tree_setting(node), hint, "'%s' is \"%s\", which is no date", name, text);
    return false;
}

bool quo_setting_is_text(const struct quo_setting *setting)
{
    return setting && config_setting_type(quo_tree_node(setting)) == CONFIG_TYPE_STRING;
}
