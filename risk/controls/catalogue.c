#include "risk/controls/catalogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

static const char *const channels[QUO_CHANNELS] = {
    "frequency",   "severity",   "detect",      "respond",        "recovery",         "secondary",
    "key_storage", "key_person", "key_account", "shared_signers", "shared_verifiers",
};

const char *quo_channel_id(enum quo_channel channel)
{
    return (unsigned)channel < QUO_CHANNELS ? channels[channel] : "?";
}

const char *const *quo_channel_ids(void) { return channels; }

int quo_catalogue_control(const struct quo_catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < catalogue->n_controls; i++)
        if (strcmp(catalogue->control[i].id, id) == 0)
            return (int)i;
    return -1;
}

int quo_catalogue_nearest(const struct quo_catalogue *catalogue, const char *id)
{
    const char **known = malloc((catalogue->n_controls + 1) * sizeof *known);
    if (!known)
        return -1;
    for (size_t i = 0; i < catalogue->n_controls; i++)
        known[i] = catalogue->control[i].id;
    const int nearest = quo_text_nearest(id, known, catalogue->n_controls);
    free(known);
    return nearest;
}

int quo_catalogue_input(const struct quo_catalogue *catalogue, const char *name, const struct quo_input **input)
{
    for (size_t c = 0; c < catalogue->n_controls; c++)
        for (size_t i = 0; i < catalogue->control[c].n_inputs; i++)
            if (strcmp(catalogue->control[c].input[i].name, name) == 0) {
                if (input)
                    *input = &catalogue->control[c].input[i];
                return (int)c;
            }
    if (input)
        *input = NULL;
    return -1;
}

const struct quo_storage *quo_catalogue_storage(const struct quo_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->n_storage; i++)
        if (strcmp(catalogue->storage[i].name, name) == 0)
            return &catalogue->storage[i];
    return NULL;
}

const struct quo_group_kind *quo_catalogue_group_kind(const struct quo_catalogue *catalogue, const char *kind)
{
    const struct quo_group_kind *other = NULL;
    for (size_t i = 0; i < catalogue->n_group_kinds; i++) {
        if (strcmp(catalogue->group_kind[i].kind, kind) == 0)
            return &catalogue->group_kind[i];
        if (strcmp(catalogue->group_kind[i].kind, "other") == 0)
            other = &catalogue->group_kind[i];
    }
    return other;
}

double quo_catalogue_constant(const struct quo_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->n_constants; i++)
        if (strcmp(catalogue->constant[i].name, name) == 0)
            return catalogue->constant[i].value;
    return NAN;
}

static void control_free(struct quo_control *control)
{
    free(control->id);
    free(control->domain);
    free(control->title);
    free(control->question);
    free(control->evidence);
    for (int l = 0; l < QUO_LEVELS; l++)
        free(control->criteria[l]);
    for (size_t i = 0; i < control->n_effects; i++) {
        free(control->effect[i].origin);
        free(control->effect[i].source);
    }
    free(control->effect);
    for (size_t i = 0; i < control->n_inputs; i++) {
        free(control->input[i].name);
        free(control->input[i].origin);
        free(control->input[i].source);
    }
    free(control->input);
}

void quo_catalogue_free(struct quo_catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->n_domains; i++) {
        free(catalogue->domain[i].id);
        free(catalogue->domain[i].title);
    }
    for (size_t i = 0; i < catalogue->n_controls; i++)
        control_free(&catalogue->control[i]);
    for (size_t i = 0; i < catalogue->n_storage; i++) {
        free(catalogue->storage[i].name);
        free(catalogue->storage[i].origin);
        free(catalogue->storage[i].source);
    }
    for (size_t i = 0; i < catalogue->n_group_kinds; i++) {
        free(catalogue->group_kind[i].kind);
        free(catalogue->group_kind[i].origin);
        free(catalogue->group_kind[i].source);
    }
    for (size_t i = 0; i < catalogue->n_constants; i++) {
        free(catalogue->constant[i].name);
        free(catalogue->constant[i].origin);
        free(catalogue->constant[i].source);
    }
    for (size_t i = 0; i < catalogue->n_rules; i++) {
        free(catalogue->rule[i].id);
        free(catalogue->rule[i].says);
    }
    free(catalogue->domain);
    free(catalogue->control);
    free(catalogue->storage);
    free(catalogue->group_kind);
    free(catalogue->constant);
    free(catalogue->rule);
    free(catalogue->storage_unsaid);
    free(catalogue->id);
    free(catalogue->sha256);
    free(catalogue);
}

enum quo_status quo_catalogue_load(const char *path, struct quo_catalogue **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    status = quo_catalogue_read(config, out, faults);
    quo_config_close(config);
    return status;
}
