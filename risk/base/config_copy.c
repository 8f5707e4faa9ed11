/* quo_config_copy of config.h: what-if changes a copy, so that the file is read once and its tree stays as it was. */
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"
#include "risk/base/tree.h"

static bool copy_value(config_setting_t *to, const config_setting_t *from)
{
    switch (config_setting_type(from)) {
    case CONFIG_TYPE_INT:
        return config_setting_set_int(to, config_setting_get_int(from));
    case CONFIG_TYPE_INT64:
        return config_setting_set_int64(to, config_setting_get_int64(from));
    case CONFIG_TYPE_FLOAT:
        return config_setting_set_float(to, config_setting_get_float(from));
    case CONFIG_TYPE_BOOL:
        return config_setting_set_bool(to, config_setting_get_bool(from));
    case CONFIG_TYPE_STRING:
        return config_setting_set_string(to, config_setting_get_string(from));
    default:
        return true;
    }
}

/* Everything below `from` is added below `to`. Depth is bounded by the scanner. Notes (what a reader asked for) stay behind,
 * but for the origin of what was set in memory. */
bool quo_tree_copy(config_setting_t *to, const config_setting_t *from)
{
    const int n = config_setting_length(from);
    for (int i = 0; i < n; i++) {
        const config_setting_t *old = config_setting_get_elem(from, (unsigned)i);
        config_setting_t *child = config_setting_add(to, config_setting_name(old), config_setting_type(old));
        if (!child)
            return false;
        child->line = old->line;
        child->format = old->format;
        const struct quo_tree_note *note = config_setting_get_hook(old);
        if (note && note->origin) {
            struct quo_tree_note *own = quo_tree_note(child);
            if (!own || !(own->origin = quo_text_copy(note->origin)))
                return false;
        }
        if (config_setting_is_aggregate(old) ? !quo_tree_copy(child, old) : !copy_value(child, old))
            return false;
    }
    return true;
}

/* What a place in the text is told from: parts and the names of the files. */
static bool copy_source(struct quo_source *to, const struct quo_source *from)
{
    to->line = from->line;
    to->n_bytes = from->n_bytes;
    to->n_settings = from->n_settings;
    to->told = from->told;
    if (from->n_parts) {
        to->part = malloc(from->n_parts * sizeof *to->part);
        if (!to->part)
            return false;
        memcpy(to->part, from->part, from->n_parts * sizeof *to->part);
        to->n_parts = to->room_parts = from->n_parts;
    }
    for (size_t i = 0; i < from->n_files; i++) {
        to->file[i].path = quo_text_copy(from->file[i].path);
        memcpy(to->file[i].sha256, from->file[i].sha256, sizeof to->file[i].sha256);
        to->n_files = i + 1;
        if (!to->file[i].path)
            return false;
    }
    return true;
}

enum quo_status quo_config_copy(const struct quo_config *from, struct quo_config **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = quo_config_new(faults, quo_config_file_path(from, 0));
    if (!config)
        return QUO_MACHINE;
    config->refused = from->refused;
    config->number = from->number;
    config->n_numbers = from->n_numbers;
    config->source.faults = faults;
    if (!copy_source(&config->source, &from->source) ||
        !quo_tree_copy(config_root_setting(&config->tree), config_root_setting(&from->tree))) {
        quo_config_close(config);
        return quo_faults_add(faults, QUO_MACHINE, quo_config_file_path(from, 0), 0, NULL, "memory does not suffice");
    }
    *out = config;
    return QUO_OK;
}
