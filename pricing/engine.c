#include "pricing/engine.h"

#include <stdlib.h>
#include <string.h>

#include "risk/base/date.h"
#include "risk/base/hash.h"
#include "risk/base/text.h"
#include "risk/defaults.h"

void quo_engine_free(struct quo_engine *engine)
{
    if (!engine)
        return;
    quo_scale_free(engine->scale);
    quo_market_free(engine->market);
    quo_model_free(engine->model);
    quo_authority_free(engine->authority);
    quo_catalogue_free(engine->catalogue);
    for (size_t i = 0; i < engine->n_inputs; i++)
        free(engine->input[i].file);
    free(engine->input);
    free(engine);
}

/* Adds a file to the audit trail. */
static enum quo_status note(struct quo_engine *engine, const char *file, const char *sha256)
{
    struct quo_file_hash *grown = realloc(engine->input, (engine->n_inputs + 1) * sizeof *grown);
    if (!grown)
        return QUO_MACHINE;
    engine->input = grown;
    grown += engine->n_inputs;
    grown->file = quo_text_copy(file);
    strncpy(grown->sha256, sha256, sizeof grown->sha256 - 1);
    grown->sha256[sizeof grown->sha256 - 1] = '\0';
    if (!grown->file)
        return QUO_MACHINE;
    engine->n_inputs++;
    return QUO_OK;
}

/* All the files that a config was read from. */
static enum quo_status note_config(struct quo_engine *engine, const struct quo_config *config)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < quo_config_files(config) && status == QUO_OK; i++)
        status = note(engine, quo_config_file_path(config, i), quo_config_file_sha256(config, i));
    return status;
}

/* A path of the user's, or what ships with the library. */
static enum quo_status open_one(const char *path, enum quo_default shipped, struct quo_config **config,
                                struct quo_faults *faults)
{
    if (path)
        return quo_config_open(path, config, faults);
    return quo_default_open(shipped, config, faults);
}

static enum quo_status read_one(struct quo_engine *engine, const char *path, enum quo_default which,
                                struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    enum quo_status status = open_one(path, which, &config, faults);
    if (status == QUO_OK)
        status = note_config(engine, config);
    if (status == QUO_OK)
        switch (which) {
        case QUO_DEFAULT_CATALOGUE:
            status = quo_catalogue_read(config, &engine->catalogue, faults);
            break;
        case QUO_DEFAULT_MARKET:
            status = quo_market_read(config, engine->catalogue, &engine->market, faults);
            break;
        case QUO_DEFAULT_MODEL:
            status = quo_model_read(config, &engine->model, faults);
            break;
        case QUO_DEFAULT_AUTHORITY:
            status = quo_authority_read(config, &engine->authority, faults);
            break;
        case QUO_DEFAULTS:
            status = QUO_DOMAIN;
        }
    quo_config_close(config);
    return status;
}

enum quo_status quo_engine_new(const struct quo_engine_files *files, struct quo_engine **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return QUO_MACHINE;
    const char *path[QUO_DEFAULTS] = {files->catalogue, files->market, files->model, files->authority};
    enum quo_status status = QUO_OK;
    /* All four are read even where one is wrong, so that all faults are told; the market needs the catalogue's names. */
    for (int which = 0; which < QUO_DEFAULTS; which++) {
        if (which == QUO_DEFAULT_MARKET && !engine->catalogue)
            continue;
        const enum quo_status one = read_one(engine, path[which], (enum quo_default)which, faults);
        status = status ? status : one;
    }
    if (status == QUO_OK && !files->catalogue && !files->market)
        status = quo_scale_known(engine->catalogue, engine->market, quo_default_scale(), &engine->scale);
    else if (status == QUO_OK)
        status = quo_scale_new(engine->catalogue, engine->market, &engine->scale, faults);
    if (status) {
        quo_engine_free(engine);
        return status;
    }
    *out = engine;
    return QUO_OK;
}

void quo_engine_check_term(const struct quo_engine *engine, const struct quo_config *config, const struct quo_policy *policy)
{
    const int end = policy->inception + policy->term_days;
    char last[11], first[11];
    if (end > engine->model->data_from)
        return;
    quo_date_format(end, last);
    quo_date_format(engine->model->data_from, first);
    quo_setting_warn(quo_setting_child(quo_setting_group(quo_config_root(config), "policy", true), "inception"),
                     "the day that was meant; trends are carried back to this one",
                     "the policy ended on %s, before the first day of the model's data, %s", last, first);
}
