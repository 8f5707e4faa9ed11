/* risk/base/tree.h -- the inside of a config: libconfig's tree and what we note beside its settings.
 * Shared by config.c, packed.c, setting.c and change.c; nobody else includes it. */
#ifndef QUO_TREE_H
#define QUO_TREE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/source.h"

struct quo_config {
    config_t tree; /* first: a setting's config_t is its struct quo_config */
    struct quo_tree_block *block; /* all settings, where the tree was unpacked; NULL: they are libconfig's own */
    struct quo_source source;
    struct quo_faults *faults;
    const double *number; /* number[n_numbers], beside the text; NULL if none */
    size_t n_numbers;
    bool refused;   /* a fault was added that refuses the input */
    bool no_memory; /* a note could not be made; quo_config_finish says so */
};

/* The hook of a setting. Settings that nobody asked about have none. */
struct quo_tree_note {
    bool known;    /* somebody asked for this setting */
    bool ignored;  /* everything below is known */
    bool no_group; /* told that it should be a group */
    char *origin;  /* "PATH=VALUE" if it was set in memory; stands for the file */
    char **asked;  /* names asked for in this group, found or not: asked[n] */
    size_t n, room;
};

/* An empty config; NULL, with a fault, where memory runs out. */
struct quo_config *quo_config_new(struct quo_faults *faults, const char *name);
/* Adds copies of all settings below `from` below `to`; false where memory runs out. */
bool quo_tree_copy(config_setting_t *to, const config_setting_t *from);
/* The tree that quo_config_pack wrote becomes the config's; false where memory runs out. Its texts stay where they are. */
bool quo_tree_unpack(const void *tree, struct quo_config *config);
void quo_tree_block_free(struct quo_tree_block *block);
/* libconfig may neither free nor grow what lies in a block: before a change its settings become libconfig's own. What a reader marked
 * as known is forgotten. false where memory runs out. */
bool quo_tree_own(struct quo_config *config);
config_setting_t *quo_tree_node(const struct quo_setting *setting);
const struct quo_setting *quo_tree_setting(const config_setting_t *node);
struct quo_config *quo_tree_config(const config_setting_t *node);
/* The note of a setting, made if need be; NULL where memory runs out. */
struct quo_tree_note *quo_tree_note(config_setting_t *node);
void quo_tree_note_free(void *note);
/* The text of a string setting, NULL for any other type. */
const char *quo_tree_text(const config_setting_t *node);
/* What a list element is called: its `id`, or `control`, or NULL. */
const char *quo_tree_id(const config_setting_t *node);
/* Whether the value stands for one whose fault was told when the file was scanned. */
bool quo_tree_told(const config_setting_t *node);
/* "name" or "name[2]" or "name.id", for messages. */
void quo_tree_label(const config_setting_t *node, char buffer[160]);
/* "is 5", "is the text "x"", "is a group" ..., for messages. */
void quo_tree_describe(const config_setting_t *node, char buffer[160]);
/* "did you mean 'x'?", or "one of: a, b, c". */
void quo_tree_suggest(const char *word, const char *const *known, size_t n, char *buffer, size_t size);
#endif
