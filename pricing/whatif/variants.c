#include "pricing/whatif/variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

#define PLACE_SIZE 512

static enum quo_status apply(struct quo_config *config, const struct quo_change *change)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < change->n_sets; i++) {
        const enum quo_status one = quo_config_set(config, "policy", change->set[i].path, change->set[i].value);
        status = status ? status : one;
    }
    return status;
}

enum quo_status quo_variants_policy(const struct quo_variants *v, struct quo_subset changes, struct quo_policy **out,
                                    struct quo_faults *faults)
{
    *out = NULL;
    struct quo_faults own;
    quo_faults_init(&own);
    struct quo_faults *told = faults ? faults : &own;
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_copy(v->config, &config, told);
    for (size_t i = 0; i < v->n && i < QUO_SUBSET_MAX && status != QUO_MACHINE; i++) /* more are refused after the base */
        if (quo_subset_has(changes, i)) {
            const enum quo_status one = apply(config, &v->plan->change[i]);
            status = status ? status : one;
        }
    if (status == QUO_OK)
        status = quo_policy_read(config, v->catalogue, out, told);
    quo_config_close(config);
    quo_faults_free(&own);
    return status;
}

/* The faults of a variant, told at the place of the change that made them. */
static void retell(const struct quo_faults *from, const char *file, int line, const char *who, struct quo_faults *to)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct quo_fault *fault = &from->fault[i];
        if (fault->code == QUO_OK)
            continue; /* the base's own warnings were told with it */
        const bool placed = fault->file && fault->file[0];
        if (placed && fault->line > 0)
            quo_faults_add(to, fault->code, file, line, fault->hint, "%s%s:%d: %s", who, fault->file, fault->line,
                           fault->text);
        else
            quo_faults_add(to, fault->code, file, line, fault->hint, "%s%s%s%s", who, placed ? fault->file : "",
                           placed ? ": " : "", fault->text);
    }
}

static enum quo_status check_alone(const struct quo_variants *v, const char *plan_name, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < v->n && status != QUO_MACHINE; i++) {
        const struct quo_change *change = &v->plan->change[i];
        struct quo_policy *policy = NULL;
        struct quo_faults own;
        quo_faults_init(&own);
        const enum quo_status one = quo_variants_policy(v, quo_subset_with(quo_subset_none(), i), &policy, &own);
        char who[160] = "";
        if (plan_name)
            snprintf(who, sizeof who, "change '%.100s': ", change->id);
        retell(&own, plan_name ? plan_name : "--set", plan_name ? change->line : 0, who, faults);
        quo_faults_free(&own);
        quo_policy_free(policy);
        status = status && one != QUO_MACHINE ? status : one;
    }
    return status;
}

/* Where a setting of a change goes: one text for all spellings of a path, and what is done there. */
struct aim {
    char place[PLACE_SIZE];
    size_t change, set;
    char kind; /* '=', '+', '-' */
};

static struct aim aim_of(const struct quo_variants *v, size_t change, size_t set)
{
    struct aim aim = {.change = change, .set = set, .kind = '='};
    quo_config_place(v->config, "policy", v->plan->change[change].set[set].path, aim.place, sizeof aim.place);
    const size_t n = strlen(aim.place);
    if (n && (aim.place[n - 1] == '+' || aim.place[n - 1] == '-')) {
        aim.kind = aim.place[n - 1];
        aim.place[n - 1] = '\0';
        if (aim.kind == '-')
            snprintf(aim.place + n - 1, sizeof aim.place - (n - 1), ".%s", v->plan->change[change].set[set].value);
    }
    return aim;
}

static bool same_value(const char *a, const char *b)
{
    double x, y;
    return strcmp(a, b) == 0 || (quo_text_real(a, &x) && quo_text_real(b, &y) && x == y);
}

/* Whether what one sets the other sets otherwise, or takes away the ground below it. */
static bool at_odds(const struct quo_variants *v, const struct aim *a, const struct aim *b)
{
    const char *x = v->plan->change[a->change].set[a->set].value, *y = v->plan->change[b->change].set[b->set].value;
    if (a->kind == '=' && b->kind == '=')
        return strcmp(a->place, b->place) == 0 && !same_value(x, y);
    for (int turn = 0; turn < 2; turn++) {
        const struct aim *gone = turn ? b : a, *other = turn ? a : b;
        const size_t n = strlen(gone->place);
        if (gone->kind == '-' && other->kind != '-' && strncmp(gone->place, other->place, n) == 0 &&
            (other->place[n] == '.' || other->place[n] == '\0'))
            return true;
    }
    return false;
}

static void name_change(const struct quo_variants *v, const struct aim *a, const char *plan_name, char buffer[400])
{
    const struct quo_change *change = &v->plan->change[a->change];
    if (plan_name)
        snprintf(buffer, 400, "'%.100s' (%.120s=%.120s)", change->id, change->set[a->set].path,
                 change->set[a->set].value);
    else
        snprintf(buffer, 400, "'%.180s=%.180s'", change->set[a->set].path, change->set[a->set].value);
}

static enum quo_status check_contradictions(const struct quo_variants *v, const char *plan_name,
                                            struct quo_faults *faults)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < v->n; i++)
        n += v->plan->change[i].n_sets;
    struct aim *aim = calloc(n + 1, sizeof *aim);
    if (!aim)
        return QUO_MACHINE;
    for (size_t i = 0; i < v->n; i++)
        for (size_t j = 0; j < v->plan->change[i].n_sets; j++)
            aim[k++] = aim_of(v, i, j);
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            if (aim[i].change == aim[j].change || !at_odds(v, &aim[i], &aim[j]))
                continue;
            char first[400], second[400];
            name_change(v, &aim[j], plan_name, first);
            name_change(v, &aim[i], plan_name, second);
            status = quo_faults_add(
                faults, QUO_REFUSED, plan_name ? plan_name : "--set",
                plan_name ? v->plan->change[aim[i].change].line : 0,
                "changes of one plan must be able to stand together: leave one out, or make them one change",
                "%s contradicts %s", second, first);
        }
    free(aim);
    return status;
}

/* All together, and only where each alone is right: nothing is told twice. */
static enum quo_status check_together(const struct quo_variants *v, const char *plan_name, struct quo_faults *faults)
{
    if (v->n < 2)
        return QUO_OK;
    struct quo_policy *policy = NULL;
    struct quo_faults own;
    quo_faults_init(&own);
    const enum quo_status status = quo_variants_policy(v, quo_subset_all(v->n), &policy, &own);
    retell(&own, plan_name ? plan_name : "--set", 0, "all changes together: ", faults);
    quo_faults_free(&own);
    quo_policy_free(policy);
    return status;
}

enum quo_status quo_variants_new(const char *policy_path, const struct quo_catalogue *catalogue, struct quo_plan *plan,
                                 const char *plan_name, struct quo_variants **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_variants *v = calloc(1, sizeof *v);
    if (!v) {
        quo_plan_free(plan);
        return QUO_MACHINE;
    }
    v->catalogue = catalogue;
    v->plan = plan;
    v->n = plan->n_changes;
    struct quo_policy *base = NULL;
    enum quo_status status = quo_config_open(policy_path, &v->config, faults);
    if (status == QUO_OK)
        status = quo_variants_policy(v, quo_subset_none(), &base, faults);
    quo_policy_free(base);
    if (status == QUO_OK && v->n > QUO_SUBSET_MAX)
        status = quo_faults_add(faults, QUO_REFUSED, plan_name ? plan_name : "--set", 0, "split the plan",
                                "%zu changes are more than the %d that one what-if takes", v->n, QUO_SUBSET_MAX);
    if (status == QUO_OK)
        status = check_alone(v, plan_name, faults);
    if (status == QUO_OK)
        status = check_contradictions(v, plan_name, faults);
    if (status == QUO_OK)
        status = check_together(v, plan_name, faults);
    if (status) {
        quo_variants_free(v);
        return status;
    }
    *out = v;
    return QUO_OK;
}

void quo_variants_replace(struct quo_variants *v, struct quo_plan *plan)
{
    quo_plan_free(v->plan);
    v->plan = plan;
    v->n = plan->n_changes;
}

void quo_variants_free(struct quo_variants *v)
{
    if (!v)
        return;
    quo_config_close(v->config);
    quo_plan_free(v->plan);
    free(v);
}
