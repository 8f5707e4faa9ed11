#include "risk/controls/protocol.h"

#include <stdlib.h>
#include <string.h>

static const char *const powers[] = {"move", "mint", "upgrade", "configure", "bridge_messages", "pause", NULL};
_Static_assert(sizeof powers / sizeof *powers == QUO_POWERS + 1, "one name a power");
static const char *const vetoes[QUO_VETOES] = {"none", "same_signers", "guardian", "guardian_exit", "tested_exit"};

const char *const *quo_power_names(void) { return powers; }

const char *const *quo_veto_names(void) { return vetoes; }

const char *const *quo_protocol_vendor_kinds(void)
{
    static const char *const kinds[] = {"library", "oracle", "bridge", "chain", NULL};
    return kinds;
}

const char *quo_protocol_group_name(const struct quo_signer_set *set, size_t group)
{
    return group < set->n_group_names ? set->group_name[group] : QUO_GROUP_UNSAID;
}

const struct quo_answer *quo_protocol_answer(const struct quo_protocol *protocol, int control)
{
    for (size_t i = 0; i < protocol->n_answers; i++)
        if (protocol->answer[i].control == control)
            return &protocol->answer[i];
    return NULL;
}

static void set_free(struct quo_signer_set *set)
{
    for (size_t i = 0; i < set->n_signers; i++) {
        free(set->signer[i].id);
        free(set->signer[i].storage);
        free(set->signer[i].group);
    }
    for (size_t i = 0; i < set->n_group_names; i++)
        free(set->group_name[i]);
    free(set->group_name);
    free(set->signer);
    free(set->id);
}

void quo_protocol_free(struct quo_protocol *protocol)
{
    if (!protocol)
        return;
    for (size_t i = 0; i < protocol->n_answers; i++) {
        free(protocol->answer[i].reason);
        free(protocol->answer[i].note);
    }
    for (size_t i = 0; i < protocol->n_signer_sets; i++)
        set_free(&protocol->signer_set[i]);
    for (size_t i = 0; i < protocol->n_groups; i++)
        free(protocol->group[i].name);
    for (size_t i = 0; i < protocol->n_delays; i++)
        free(protocol->delay[i].id);
    for (size_t i = 0; i < protocol->n_caps; i++)
        free(protocol->cap[i].id);
    for (size_t i = 0; i < protocol->n_dependencies; i++) {
        free(protocol->dependency[i].kind);
        free(protocol->dependency[i].vendor);
    }
    for (size_t i = 0; i < protocol->n_collateral; i++)
        free(protocol->collateral[i].protocol);
    free(protocol->answer);
    free(protocol->signer_set);
    free(protocol->group);
    free(protocol->delay);
    free(protocol->cap);
    free(protocol->dependency);
    free(protocol->collateral);
    free(protocol->id);
    free(protocol->name);
    free(protocol->chain);
    free(protocol);
}

/* A policy is a reader of its own; here only its protocol is looked at, and what stands beside it is no fault. */
static const struct quo_setting *protocol_group(const struct quo_config *config)
{
    const struct quo_setting *root = quo_config_root(config);
    const struct quo_setting *policy =
        quo_setting_has(root, "protocol") ? NULL : quo_setting_group(root, "policy", false);
    for (size_t i = 0; policy && i < quo_setting_length(policy); i++) {
        const struct quo_setting *beside = quo_setting_element(policy, i);
        if (quo_setting_name(beside) && strcmp(quo_setting_name(beside), "protocol") != 0)
            quo_setting_ignore(beside);
    }
    return quo_setting_group(policy ? policy : root, "protocol", true);
}

enum quo_status quo_protocol_load(const char *path, const struct quo_catalogue *catalogue, struct quo_protocol **out,
                                  struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    const struct quo_setting *group = protocol_group(config);
    status = group ? quo_protocol_read(group, catalogue, out, faults) : QUO_REFUSED;
    const enum quo_status finish = quo_config_finish(config);
    quo_config_close(config);
    if (!status && finish) {
        quo_protocol_free(*out);
        *out = NULL;
        status = finish;
    }
    return status;
}
