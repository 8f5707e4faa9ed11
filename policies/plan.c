#include "policies/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policies/cover.h"
#include "risk/base/text.h"

void quo_plan_cut(struct quo_plan *plan, size_t n)
{
    for (size_t i = n; i < plan->n_changes; i++) {
        struct quo_change *change = &plan->change[i];
        for (size_t j = 0; j < change->n_sets; j++) {
            free(change->set[j].path);
            free(change->set[j].value);
        }
        free(change->set);
        free(change->id);
        free(change->says);
    }
    plan->n_changes = n < plan->n_changes ? n : plan->n_changes;
}

void quo_plan_free(struct quo_plan *plan)
{
    if (!plan)
        return;
    quo_plan_cut(plan, 0);
    free(plan->change);
    free(plan);
}

static char *trimmed(const char *from, size_t n)
{
    while (n > 0 && (*from == ' ' || *from == '\t'))
        from++, n--;
    while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == '\t'))
        n--;
    return n > 0 ? strndup(from, n) : NULL;
}

bool quo_plan_split(const char *text, char **path, char **value)
{
    *path = *value = NULL;
    const char *equals = strchr(text, '=');
    if (!equals)
        return false;
    *path = trimmed(text, (size_t)(equals - text));
    *value = trimmed(equals + 1, strlen(equals + 1));
    if (*path && *value)
        return true;
    free(*path);
    free(*value);
    *path = *value = NULL;
    return false;
}

/* The change that the text joins: one of another setting of the same answer; NULL if there is none. An answer that was not there
 * needs its level and its evidence at once. */
static struct quo_change *same_answer(const struct quo_plan *plan, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot || !strstr(path, "answers."))
        return NULL;
    for (size_t i = 0; i < plan->n_changes; i++)
        for (size_t j = 0; j < plan->change[i].n_sets; j++) {
            const char *other = plan->change[i].set[j].path, *end = strrchr(other, '.');
            if (end && end - other == dot - path && strncmp(other, path, (size_t)(dot - path)) == 0 &&
                strcmp(other, path) != 0)
                return &plan->change[i];
        }
    return NULL;
}

static enum quo_status join_change(struct quo_change *change, char *path, char *value)
{
    const char *name = strrchr(path, '.') + 1;
    const size_t size = strlen(change->id) + strlen(name) + strlen(value) + 3;
    struct quo_plan_setting *grown = realloc(change->set, (change->n_sets + 1) * sizeof *grown);
    char *id = malloc(size);
    change->set = grown ? grown : change->set;
    if (!grown || !id) {
        free(path);
        free(value);
        free(id);
        return QUO_MACHINE;
    }
    snprintf(id, size, "%s,%s=%s", change->id, name, value);
    free(change->id);
    change->id = id;
    change->set[change->n_sets++] = (struct quo_plan_setting){path, value, 0};
    return QUO_OK;
}

enum quo_status quo_plan_add(struct quo_plan *plan, const char *text)
{
    char *path, *value;
    if (!quo_plan_split(text, &path, &value))
        return QUO_REFUSED;
    struct quo_change *joined = same_answer(plan, path);
    if (joined)
        return join_change(joined, path, value);
    struct quo_change *grown = realloc(plan->change, (plan->n_changes + 1) * sizeof *grown);
    struct quo_plan_setting *set = calloc(1, sizeof *set);
    char *id = quo_text_copy(text);
    plan->change = grown ? grown : plan->change;
    if (!grown || !set || !id) {
        free(path);
        free(value);
        free(set);
        free(id);
        return QUO_MACHINE;
    }
    *set = (struct quo_plan_setting){path, value, 0};
    plan->change[plan->n_changes++] = (struct quo_change){.id = id, .set = set, .n_sets = 1};
    return QUO_OK;
}

static bool read_sets(const struct quo_setting *group, struct quo_change *change)
{
    const struct quo_setting *list = quo_setting_list(group, "set", true);
    const size_t n = quo_setting_length(list);
    if (list && n == 0)
        quo_setting_fault(list, "at least one \"path=value\"", "the change sets nothing");
    if (n == 0)
        return true;
    change->set = calloc(n, sizeof *change->set);
    if (!change->set)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *text;
        if (!quo_setting_as_text(element, &text))
            continue;
        struct quo_plan_setting *set = &change->set[change->n_sets];
        set->line = quo_setting_line(element);
        if (quo_plan_split(text, &set->path, &set->value))
            change->n_sets++;
        else
            quo_setting_fault(element, "a path, '=', a value: \"protocol.signer_sets.treasury.threshold=4\"",
                              "'%s' is no change of a setting", text);
        for (size_t j = 0; j + 1 < change->n_sets; j++)
            if (set->path && strcmp(change->set[j].path, set->path) == 0)
                quo_setting_fault(element, "set each path once", "the change sets '%s' twice", set->path);
    }
    return true;
}

static bool read_change(const struct quo_setting *group, const struct quo_plan *plan, struct quo_change *change)
{
    const char *id = NULL, *says = NULL;
    change->line = quo_setting_line(group);
    if (quo_setting_text(group, "id", true, &id)) {
        change->id = quo_text_copy(id);
        if (!change->id)
            return false;
        for (const struct quo_change *other = plan->change; other < change; other++)
            if (other->id && strcmp(other->id, id) == 0) {
                quo_setting_fault(quo_setting_child(group, "id"), "an id of its own",
                                  "change id '%s' is that of the change at line %d too", id, other->line);
                break;
            }
    }
    if (quo_setting_text(group, "says", false, &says)) {
        change->says = quo_text_copy(says);
        if (!change->says)
            return false;
    }
    quo_setting_number(group, "cost_per_year", 0.0, QUO_LIMIT_MAX, "a year", true, &change->cost_per_year);
    return read_sets(group, change);
}

static enum quo_status read_plan(const struct quo_setting *root, struct quo_plan *plan)
{
    const struct quo_setting *list = quo_setting_list(root, "changes", true);
    const size_t n = quo_setting_length(list);
    if (list && n == 0)
        quo_setting_fault(list, "at least one { id = ...; cost_per_year = ...; set = [...]; }",
                          "the plan offers no change");
    if (n == 0)
        return QUO_REFUSED;
    plan->change = calloc(n, sizeof *plan->change);
    if (!plan->change)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++) {
        plan->n_changes = i + 1;
        if (!read_change(quo_setting_element(list, i), plan, &plan->change[i]))
            return QUO_MACHINE;
    }
    return QUO_OK;
}

enum quo_status quo_plan_read(struct quo_config *config, struct quo_plan **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t before = quo_faults_refusals(faults);
    struct quo_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return QUO_MACHINE;
    enum quo_status status = read_plan(quo_config_root(config), plan);
    const enum quo_status finished = status == QUO_MACHINE ? QUO_OK : quo_config_finish(config);
    if (status == QUO_OK)
        status = finished;
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status == QUO_OK)
        *out = plan;
    else
        quo_plan_free(plan);
    return status;
}

enum quo_status quo_plan_load(const char *path, struct quo_plan **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status == QUO_OK)
        status = quo_plan_read(config, out, faults);
    quo_config_close(config);
    return status;
}
