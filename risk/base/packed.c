/* A tree as one block of bytes, for what ships inside the library: a tenth of the time that reading its text takes.
 *
 * Written by the build on the machine that runs it, or on one of its kind: numbers are as the processor has them. Settings stand breadth
 * first, so that the children of each lie side by side. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/tree.h"

#define NO_NAME UINT32_MAX

struct head {
    uint64_t n, n_bytes; /* settings; names and texts, NUL-terminated, after them */
};

struct packed {
    union {
        int64_t whole;
        double real;
        uint64_t text; /* its place among the bytes */
        struct {
            uint32_t first, n;
        } child;
    } value;
    uint32_t name, parent, line;
    int16_t type, format;
};

struct quo_tree_block {
    size_t n, n_lists;
    config_list_t *list;        /* list[n_lists] */
    config_setting_t **element; /* element[n]: setting i itself */
    config_setting_t setting[];
};

static size_t count(const config_setting_t *node)
{
    size_t n = 1;
    for (int i = 0; config_setting_is_aggregate(node) && i < config_setting_length(node); i++)
        n += count(config_setting_get_elem(node, (unsigned)i));
    return n;
}

/* Where a text goes that ends up at *used. */
static uint32_t put_text(const char *text, FILE *bytes, uint64_t *used)
{
    const uint64_t at = *used;
    *used += strlen(text) + 1;
    fwrite(text, 1, strlen(text) + 1, bytes);
    return (uint32_t)at;
}

static void pack_one(const config_setting_t *node, struct packed *out, FILE *bytes, uint64_t *used)
{
    const char *name = config_setting_name(node);
    out->name = name ? put_text(name, bytes, used) : NO_NAME;
    out->line = config_setting_source_line(node);
    out->type = (int16_t)config_setting_type(node);
    out->format = (int16_t)config_setting_get_format(node);
    if (config_setting_is_aggregate(node))
        return;
    if (out->type == CONFIG_TYPE_STRING)
        out->value.text = put_text(config_setting_get_string(node), bytes, used);
    else if (out->type == CONFIG_TYPE_FLOAT)
        out->value.real = config_setting_get_float(node);
    else if (out->type == CONFIG_TYPE_BOOL)
        out->value.whole = config_setting_get_bool(node);
    else
        out->value.whole = config_setting_get_int64(node);
}

bool quo_config_pack(const struct quo_config *config, FILE *out)
{
    struct head head = {count(config_root_setting(&config->tree)), 0};
    const config_setting_t **node = calloc(head.n, sizeof *node);
    struct packed *packed = calloc(head.n, sizeof *packed);
    char *text = NULL;
    size_t n_text = 0, n = 1;
    FILE *bytes = open_memstream(&text, &n_text);
    bool good = node && packed && bytes;
    if (good)
        node[0] = config_root_setting(&config->tree);
    for (size_t i = 0; good && i < head.n; i++) {
        pack_one(node[i], &packed[i], bytes, &head.n_bytes);
        if (!config_setting_is_aggregate(node[i]))
            continue;
        packed[i].value.child.first = (uint32_t)n;
        packed[i].value.child.n = (uint32_t)config_setting_length(node[i]);
        for (uint32_t k = 0; k < packed[i].value.child.n; k++) {
            packed[n].parent = (uint32_t)i;
            node[n++] = config_setting_get_elem(node[i], k);
        }
    }
    good = (!bytes || fclose(bytes) == 0) && good && head.n_bytes < NO_NAME &&
           fwrite(&head, sizeof head, 1, out) == 1 && fwrite(packed, sizeof *packed, head.n, out) == head.n &&
           fwrite(text, 1, n_text, out) == n_text;
    free(text);
    free(packed);
    free(node);
    return good;
}

static bool aggregate(const struct packed *p)
{
    return p->type == CONFIG_TYPE_GROUP || p->type == CONFIG_TYPE_LIST || p->type == CONFIG_TYPE_ARRAY;
}

static config_value_t value_of(const struct packed *from, const char *bytes)
{
    config_value_t value = {0};
    if (from->type == CONFIG_TYPE_STRING)
        value.sval = (char *)(uintptr_t)(bytes + from->value.text);
    else if (from->type == CONFIG_TYPE_FLOAT)
        value.fval = from->value.real;
    else if (from->type == CONFIG_TYPE_INT64)
        value.llval = from->value.whole;
    else
        value.ival = (int)from->value.whole;
    return value;
}

bool quo_tree_unpack(const void *tree, struct quo_config *config)
{
    const struct head *head = tree;
    const struct packed *packed = (const struct packed *)(head + 1);
    const char *bytes = (const char *)(packed + head->n);
    const size_t n = head->n;
    size_t n_lists = 0;
    for (size_t i = 0; i < n; i++)
        n_lists += aggregate(&packed[i]);
    struct quo_tree_block *block =
        malloc(sizeof *block + n * (sizeof *block->setting + sizeof *block->element) + n_lists * sizeof *block->list);
    if (!block)
        return false;
    block->n = n;
    block->element = (config_setting_t **)(block->setting + n);
    block->list = (config_list_t *)(block->element + n);
    for (size_t i = 0, list = 0; i < n; i++) {
        config_setting_t *node = &block->setting[i];
        const struct packed *from = &packed[i];
        block->element[i] = node;
        *node = (config_setting_t){
            .name = from->name == NO_NAME ? NULL : (char *)(uintptr_t)(bytes + from->name),
            .type = from->type,
            .format = from->format,
            .parent = i ? &block->setting[from->parent] : NULL,
            .config = &config->tree,
            .line = from->line,
        };
        if (!aggregate(from)) {
            node->value = value_of(from, bytes);
            continue;
        }
        node->value.list = &block->list[list++];
        *node->value.list = (config_list_t){from->value.child.n, &block->element[from->value.child.first]};
    }
    config_destroy(&config->tree); /* the empty root that it was born with */
    config->tree.root = block->setting;
    config->block = block;
    return true;
}

void quo_tree_block_free(struct quo_tree_block *block)
{
    for (size_t i = 0; block && i < block->n; i++)
        quo_tree_note_free(block->setting[i].hook);
    free(block);
}

bool quo_tree_own(struct quo_config *config)
{
    struct quo_tree_block *block = config->block;
    if (!block)
        return true;
    config->block = NULL;
    config_init(&config->tree);
    config_set_destructor(&config->tree, quo_tree_note_free);
    const bool good = quo_tree_copy(config_root_setting(&config->tree), block->setting);
    quo_tree_block_free(block);
    return good;
}
