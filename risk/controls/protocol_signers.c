/* The reader of signer sets and of what signers share. */
#include "risk/controls/protocol_reader.h"

#include <math.h>
#include <stdlib.h>

#include "risk/base/text.h"

/* Index of a group's name among those of the set, added if new; -1 without memory. */
static int group_index(struct quo_protocol_reader *r, struct quo_signer_set *set, const char *name)
{
    for (size_t i = 0; i < set->n_group_names; i++)
        if (strcmp(set->group_name[i], name) == 0)
            return (int)i;
    char **more = realloc(set->group_name, (set->n_group_names + 1) * sizeof *more);
    if (more)
        set->group_name = more;
    char *copy = more ? quo_text_copy(name) : NULL;
    if (!copy) {
        r->no_memory = true;
        return -1;
    }
    set->group_name[set->n_group_names] = copy;
    return (int)set->n_group_names++;
}

static bool group_name_right(const struct quo_protocol_reader *r, const struct quo_setting *at, const char *name)
{
    const char *colon = strchr(name, ':');
    if (!colon || colon == name || colon[1] == '\0') {
        quo_setting_fault(at, "kind:name, such as org:foundation", "group '%s' has no kind", name);
        return false;
    }
    char kind[64];
    const size_t length = (size_t)(colon - name);
    if (length < sizeof kind) {
        memcpy(kind, name, length);
        kind[length] = '\0';
        const struct quo_group_kind *known = quo_catalogue_group_kind(r->catalogue, kind);
        if (known && strcmp(known->kind, kind) == 0)
            return true;
    }
    quo_setting_warn(at, "a kind of the catalogue's group_kinds",
                     "group '%s' is of no known kind and counts as 'other'", name);
    return true;
}

static void read_groups(struct quo_protocol_reader *r, const struct quo_setting *element, struct quo_signer_set *set,
                        struct quo_signer *signer)
{
    const struct quo_setting *list = quo_setting_list(element, "groups", false);
    const size_t n = quo_protocol_length(list, QUO_SET_GROUPS_MAX, "groups of one signer");
    signer->groups_said = quo_setting_has(element, "groups");
    signer->group = quo_protocol_room(r, n, sizeof *signer->group);
    for (size_t i = 0; signer->group && i < n; i++) {
        const struct quo_setting *at = quo_setting_element(list, i);
        const char *name = NULL;
        if (!quo_setting_as_text(at, &name) || !group_name_right(r, at, name))
            continue;
        const size_t before = set->n_group_names;
        const int index = group_index(r, set, name);
        if (before == QUO_SET_GROUPS_MAX && set->n_group_names > before)
            quo_setting_fault(at, "at most 256 different groups in a set", "group '%s' is one too many", name);
        if (set->n_group_names > QUO_SET_GROUPS_MAX)
            return;
        bool twice = false;
        for (size_t k = 0; k < signer->n_groups; k++)
            twice |= signer->group[k] == index;
        if (twice)
            quo_setting_fault(at, "name each group once", "group '%s' stands twice", name);
        else if (index >= 0)
            signer->group[signer->n_groups++] = index;
    }
}

/* A text that is asked for again and again, whose being none is told where it is read. */
static bool text_at(const struct quo_setting *at, const char **out)
{
    return at && quo_setting_is_text(at) && quo_setting_as_text(at, out);
}

/* The entry of `groups` that speaks of a name; NULL. */
static const struct quo_setting *entry_of(const struct quo_setting *list, const char *name)
{
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const char *id = NULL;
        const struct quo_setting *one = quo_setting_element(list, i);
        if (text_at(quo_setting_child(one, "id"), &id) && strcmp(id, name) == 0)
            return one;
    }
    return NULL;
}

/* A slip in a name would make a group of its own, whose shocks nobody meant. Looked for while the sets still know the names that
 * signers say alone. */
static void check_outer(const struct quo_protocol *p, const struct quo_setting *groups)
{
    for (size_t i = 0; i < quo_setting_length(groups); i++) {
        const struct quo_setting *at = quo_setting_child(quo_setting_element(groups, i), "within");
        const char *outer = NULL;
        if (!text_at(at, &outer) || entry_of(groups, outer))
            continue;
        bool known = !strchr(outer, ':'); /* refused as no name of a group */
        for (size_t s = 0; s < p->n_signer_sets; s++)
            for (size_t k = 0; !known && k < p->signer_set[s].n_group_names; k++)
                known = strcmp(p->signer_set[s].group_name[k], outer) == 0;
        if (!known)
            quo_setting_warn(at, "a group of this list or one that a signer names",
                             "group '%s' is known from nowhere else and counts as a new one", outer);
    }
}

/* A group may lie within another (`within = "org:holding"`): its members are members of that one too, and of what that lies in. A chain
 * that comes back to itself is told by name at every entry on it. */
static void join_outer(struct quo_protocol_reader *r, const struct quo_setting *groups, struct quo_signer_set *set,
                       struct quo_signer *signer)
{
    for (size_t i = 0; i < signer->n_groups; i++) { /* grows while it is walked */
        const struct quo_setting *entry = entry_of(groups, set->group_name[signer->group[i]]);
        const char *outer = NULL;
        if (!entry || !text_at(quo_setting_child(entry, "within"), &outer))
            continue;
        const int index = group_index(r, set, outer);
        bool known = index < 0;
        for (size_t k = 0; k < signer->n_groups; k++)
            known |= signer->group[k] == index;
        if (known || signer->n_groups >= QUO_SET_GROUPS_MAX || set->n_group_names > QUO_SET_GROUPS_MAX)
            continue;
        int *more = realloc(signer->group, (signer->n_groups + 1) * sizeof *more);
        r->no_memory |= !more;
        if (!more)
            return;
        signer->group = more;
        signer->group[signer->n_groups++] = index;
    }
}

static void check_within(const struct quo_protocol_reader *r, const struct quo_setting *groups,
                         const struct quo_setting *entry, const char *name)
{
    const char *outer = NULL;
    if (!quo_setting_text(entry, "within", false, &outer) || !name ||
        !group_name_right(r, quo_setting_child(entry, "within"), outer))
        return;
    for (size_t steps = 0; outer && steps <= quo_setting_length(groups); steps++) {
        if (strcmp(outer, name) == 0) {
            quo_setting_fault(quo_setting_child(entry, "within"), "a group that lies in none of those that lie in it",
                              "group '%s' lies within itself", name);
            return;
        }
        const struct quo_setting *next = entry_of(groups, outer);
        outer = NULL;
        if (next)
            text_at(quo_setting_child(next, "within"), &outer);
    }
}

/* Nobody sees through a false picture more often than through a true one: less counts as that. */
static void check_approves(const struct quo_catalogue *catalogue, const struct quo_setting *element,
                           const struct quo_signer *signer)
{
    const bool said = !isnan(signer->approves), spoofed_said = !isnan(signer->approves_spoofed);
    const double approves = said ? signer->approves : quo_catalogue_constant(catalogue, "approves"),
                 spoofed = spoofed_said ? signer->approves_spoofed : quo_catalogue_constant(catalogue, "approves_spoofed");
    if ((said || spoofed_said) && spoofed < approves)
        quo_setting_warn(quo_setting_child(element, spoofed_said ? "approves_spoofed" : "approves"),
                         "approves_spoofed at least approves",
                         "signer '%s' would approve less behind a spoofed page (%g) than without one (%g): %g counts for both",
                         signer->id ? signer->id : "?", spoofed, approves, approves);
}

static void read_signer(struct quo_protocol_reader *r, const struct quo_setting *element, struct quo_signer_set *set,
                        size_t i)
{
    struct quo_signer *signer = &set->signer[i];
    signer->compromise_rate = signer->loss_rate = signer->approves = signer->approves_spoofed = NAN;
    signer->id = quo_protocol_text(r, element, "id", true);
    QUO_PROTOCOL_REFUSE_TWICE(element, "signer", set->signer, i, id)
    const char *storage = NULL;
    if (quo_setting_text(element, "storage", false, &storage)) {
        signer->storage = quo_protocol_copy(r, storage);
        if (!quo_catalogue_storage(r->catalogue, storage)) {
            const char *names[64];
            size_t n = 0;
            for (; n < r->catalogue->n_storage && n < 64; n++)
                names[n] = r->catalogue->storage[n].name;
            char hint[128];
            const int near = quo_text_nearest(storage, names, n);
            quo_setting_fault(
                quo_setting_child(element, "storage"),
                quo_protocol_suggest(hint, near < 0 ? NULL : names[near], "a name of the catalogue's storage table"),
                "unknown storage '%s'", storage);
        }
    }
    quo_setting_number(element, "compromise_rate", 0.0, 100.0, "a year", false, &signer->compromise_rate);
    quo_setting_number(element, "loss_rate", 0.0, 100.0, "a year", false, &signer->loss_rate);
    if (signer->compromise_rate == 0.0)
        quo_setting_warn(quo_setting_child(element, "compromise_rate"), "leave it out, and the storage's rate counts",
                         "the key of signer '%s' is said never to be stolen", signer->id);
    if (signer->loss_rate == 0.0)
        quo_setting_warn(quo_setting_child(element, "loss_rate"), "leave it out, and the storage's rate counts",
                         "the key of signer '%s' is said never to be lost", signer->id);
    quo_setting_number(element, "approves", 0.0, 1.0, "", false, &signer->approves);
    quo_setting_number(element, "approves_spoofed", 0.0, 1.0, "", false, &signer->approves_spoofed);
    check_approves(r->catalogue, element, signer);
    read_groups(r, element, set, signer);
}

static void read_set(struct quo_protocol_reader *r, const struct quo_setting *element, size_t index)
{
    struct quo_signer_set *set = &r->protocol->signer_set[index];
    set->line = quo_setting_line(element);
    set->dwell_years = NAN;
    set->reach_share = 1.0;
    set->id = quo_protocol_text(r, element, "id", true);
    QUO_PROTOCOL_REFUSE_TWICE(element, "signer set", r->protocol->signer_set, index, id)
    set->powers = quo_protocol_powers(element, "purpose");
    quo_setting_number(element, "reach_share", 0.0, 1.0, "", false, &set->reach_share);
    quo_setting_number(element, "dwell_years", 0.0, 100.0, "years", false, &set->dwell_years);
    if (set->dwell_years == 0.0)
        quo_setting_warn(quo_setting_child(element, "dwell_years"), "the time until a stolen key is found and rotated",
                         "a stolen key of set '%s' is said to be of no use the next moment", set->id ? set->id : "?");
    const struct quo_setting *list = quo_setting_list(element, "signers", true);
    const size_t n = quo_setting_length(list);
    int64_t threshold = 1;
    const bool said = quo_setting_int(element, "threshold", 1, QUO_SIGNERS_MAX, true, &threshold);
    set->threshold = (int)threshold;
    if (list && n == 0)
        quo_setting_fault(list, "one signer at least", "a set without signers");
    if (n > QUO_SIGNERS_MAX) {
        quo_setting_fault(list, "at most 256", "%zu signers in one set", n);
        quo_setting_ignore(list);
        return;
    }
    if (said && n > 0 && (size_t)threshold > n)
        quo_setting_fault(quo_setting_child(element, "threshold"), "at most the number of signers",
                          "threshold %d of %zu signers", (int)threshold, n);
    if (said && n > 1 && (size_t)threshold == n)
        quo_setting_warn(quo_setting_child(element, "threshold"), "leave at least one signer to spare",
                         "all %zu signers are needed: one lost key freezes the set", n);
    set->signer = quo_protocol_room(r, n, sizeof *set->signer);
    for (size_t i = 0; set->signer && i < n; i++) {
        set->n_signers = i + 1;
        read_signer(r, quo_setting_element(list, i), set, i);
    }
}

static void check_extremes(const struct quo_setting *element, const struct quo_shared_group *g)
{
    if (g->lethality == 1.0 || g->loss_lethality == 1.0)
        quo_setting_warn(element, "right if one act takes them all; else below 1",
                         "a shock to group '%s' takes every member: they count as one signer", g->name);
    if (g->lethality == 0.0)
        quo_setting_warn(quo_setting_child(element, "lethality"), "leave it out, and the kind's counts",
                         "a shock to group '%s' is said to take nobody", g->name ? g->name : "?");
    if (g->shock_rate == 0.0)
        quo_setting_warn(quo_setting_child(element, "shock_rate"), "leave it out, and the kind's rate counts",
                         "a shock to group '%s' is said never to come", g->name);
}

static void read_shared_groups(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "groups", false);
    const size_t n = quo_protocol_length(list, QUO_TIES_MAX, "groups");
    struct quo_protocol *p = r->protocol;
    p->group = quo_protocol_room(r, n, sizeof *p->group);
    for (size_t i = 0; p->group && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_shared_group *g = &p->group[i];
        p->n_groups = i + 1;
        g->shock_rate = g->lethality = g->loss_shock_rate = g->loss_lethality = NAN;
        g->name = quo_protocol_text(r, element, "id", true);
        QUO_PROTOCOL_REFUSE_TWICE(element, "group", p->group, i, name)
        quo_setting_number(element, "shock_rate", 0.0, 100.0, "a year", false, &g->shock_rate);
        quo_setting_number(element, "lethality", 0.0, 1.0, "", false, &g->lethality);
        quo_setting_number(element, "loss_shock_rate", 0.0, 100.0, "a year", false, &g->loss_shock_rate);
        quo_setting_number(element, "loss_lethality", 0.0, 1.0, "", false, &g->loss_lethality);
        bool used = !g->name;
        check_within(r, list, element, g->name);
        check_extremes(element, g);
        for (size_t s = 0; s < p->n_signer_sets; s++)
            for (size_t k = 0; !used && k < p->signer_set[s].n_group_names; k++)
                used = strcmp(p->signer_set[s].group_name[k], g->name) == 0;
        if (!used)
            quo_setting_fault(element, "the name of a group that a signer is in", "no signer is in group '%s'",
                              g->name);
    }
}

void quo_protocol_read_sets(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    const struct quo_setting *sets = quo_setting_list(group, "signer_sets", false);
    const size_t n = quo_protocol_length(sets, QUO_SETS_MAX, "signer sets");
    r->protocol->signer_set = quo_protocol_room(r, n, sizeof *r->protocol->signer_set);
    for (size_t i = 0; r->protocol->signer_set && i < n; i++) {
        r->protocol->n_signer_sets = i + 1;
        read_set(r, quo_setting_element(sets, i), i);
    }
    const struct quo_setting *groups = quo_setting_list(group, "groups", false);
    check_outer(r->protocol, groups);
    for (size_t i = 0; groups && i < r->protocol->n_signer_sets; i++)
        for (size_t j = 0; j < r->protocol->signer_set[i].n_signers; j++)
            join_outer(r, groups, &r->protocol->signer_set[i], &r->protocol->signer_set[i].signer[j]);
    read_shared_groups(r, group);
}
