/* quo_setting_print of config.h: one text for one meaning, so that it can be kept and hashed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"
#include "risk/base/tree.h"

static void indent(FILE *to, int depth)
{
    for (int i = 0; i < depth; i++)
        fputs("  ", to);
}

static void print_text(FILE *to, const char *text)
{
    putc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if (*c == '\n' || *c == '\t' || *c == '\r')
            fprintf(to, "\\%c", *c == '\n' ? 'n' : *c == '\t' ? 't' : 'r');
        else
            putc(*c, to);
    putc('"', to);
}

static void print_scalar(FILE *to, const config_setting_t *node)
{
    char number[32];
    switch (config_setting_type(node)) {
    case CONFIG_TYPE_INT:
        fprintf(to, "%d", config_setting_get_int(node));
        break;
    case CONFIG_TYPE_INT64:
        fprintf(to, "%lld", config_setting_get_int64(node)); /* our reader makes it 64 bits again */
        break;
    case CONFIG_TYPE_FLOAT:
        quo_text_from_real(config_setting_get_float(node), number);
        fputs(number, to);
        break;
    case CONFIG_TYPE_BOOL:
        fputs(config_setting_get_bool(node) ? "true" : "false", to);
        break;
    default:
        print_text(to, config_setting_get_string(node));
    }
}

static void print_value(FILE *to, const config_setting_t *node, const char *leave_out, int depth);

static void print_settings(FILE *to, const config_setting_t *group, const char *leave_out, int depth)
{
    const int n = config_setting_length(group);
    for (int i = 0; i < n; i++) {
        const config_setting_t *child = config_setting_get_elem(group, (unsigned)i);
        if (leave_out && strcmp(config_setting_name(child), leave_out) == 0)
            continue;
        indent(to, depth);
        fprintf(to, "%s = ", config_setting_name(child));
        print_value(to, child, NULL, depth);
        fputs(";\n", to);
    }
}

/* Lists of groups go over lines, arrays and lists of numbers stay on one. Depth is bounded by the scanner. */
static void print_list(FILE *to, const config_setting_t *node, int depth)
{
    const bool array = config_setting_type(node) == CONFIG_TYPE_ARRAY;
    const int n = config_setting_length(node);
    bool tall = false;
    for (int i = 0; i < n; i++)
        tall |= config_setting_is_aggregate(config_setting_get_elem(node, (unsigned)i)) != 0;
    putc(array ? '[' : '(', to);
    for (int i = 0; i < n; i++) {
        fputs(i ? "," : "", to);
        if (tall) {
            putc('\n', to);
            indent(to, depth + 1);
        } else {
            fputs(i ? " " : "", to);
        }
        print_value(to, config_setting_get_elem(node, (unsigned)i), NULL, depth + 1);
    }
    if (tall) {
        putc('\n', to);
        indent(to, depth);
    }
    putc(array ? ']' : ')', to);
}

static void print_value(FILE *to, const config_setting_t *node, const char *leave_out, int depth)
{
    if (!config_setting_is_aggregate(node)) {
        print_scalar(to, node);
    } else if (config_setting_is_group(node)) {
        fputs("{\n", to);
        print_settings(to, node, leave_out, depth + 1);
        indent(to, depth);
        putc('}', to);
    } else {
        print_list(to, node, depth);
    }
}

char *quo_setting_print(const struct quo_setting *setting, const char *leave_out)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to)
        return NULL;
    const config_setting_t *node = quo_tree_node(setting);
    if (config_setting_is_root(node))
        print_settings(to, node, leave_out, 0);
    else
        print_value(to, node, leave_out, 0);
    const bool lost = ferror(to) != 0;
    if (fclose(to) != 0 || lost) {
        free(text);
        return NULL;
    }
    return text;
}
