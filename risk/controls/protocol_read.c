/* The reader of a protocol. Goes on after every fault; contradictions are looked for when all is read (protocol_check.c). */
#include "risk/controls/protocol.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/protocol_check.h"

#define EXPOSURE_MAX 1e13 /* USD: a hundred times the largest protocol there is */
#define DELAY_MAX 87600.0 /* hours: ten years */
#define TIES_MAX 1024     /* dependencies, collateral, shared groups */

struct reader {
    const struct quo_catalogue *catalogue;
    struct quo_protocol *protocol;
    bool no_memory;
};

static void *room(struct reader *r, size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    void *p = calloc(n, size);
    r->no_memory |= !p;
    return p;
}

/* The list's length, 0 with a fault if it is longer than `most`; then nothing in it is looked at. */
static size_t length_of(const struct quo_setting *list, size_t most, const char *what)
{
    const size_t n = quo_setting_length(list);
    if (n <= most)
        return n;
    char hint[64];
    snprintf(hint, sizeof hint, "at most %zu", most);
    quo_setting_fault(list, hint, "%zu %s", n, what);
    quo_setting_ignore(list);
    return 0;
}

static char *copy_of(struct reader *r, const char *text)
{
    char *copy = quo_text_copy(text);
    r->no_memory |= text && !copy;
    return copy;
}

static char *text_of(struct reader *r, const struct quo_setting *group, const char *name, bool required)
{
    const char *text = NULL;
    return quo_setting_text(group, name, required, &text) ? copy_of(r, text) : NULL;
}

/* "did you mean 'x'?", or `otherwise` where nothing is near. */
static const char *suggest(char buffer[128], const char *near, const char *otherwise)
{
    if (!near)
        return otherwise;
    snprintf(buffer, 128, "did you mean '%s'?", near);
    return buffer;
}

/* An id and its being unique among the `n` before it. */
#define REFUSE_TWICE(element, what, array, n, field)                                                                                        \
    for (size_t before_ = 0; before_ < (n); before_++)                                                                                      \
        if ((array)[before_].field && (array)[n].field && strcmp((array)[before_].field, (array)[n].field) == 0) {                          \
            quo_setting_fault(element, "give each its own", "%s '%s' stands twice", what, (array)[n].field);                                \
            break;                                                                                                                          \
        }

static unsigned powers_of(const struct quo_setting *group, const char *name)
{
    const struct quo_setting *list = quo_setting_list(group, name, true);
    if (list && quo_setting_length(list) == 0)
        quo_setting_fault(list, "name one power at least, such as \"move\"", "no power is named");
    unsigned bits = 0;
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *word = NULL;
        if (!quo_setting_as_text(element, &word))
            continue;
        int k = 0;
        while (k < QUO_POWERS && strcmp(word, quo_power_names()[k]) != 0)
            k++;
        if (k < QUO_POWERS) {
            bits |= 1u << k;
            continue;
        }
        char hint[128];
        const int near = quo_text_nearest(word, quo_power_names(), QUO_POWERS);
        quo_setting_fault(element, suggest(hint, near < 0 ? NULL : quo_power_names()[near], "move, mint, upgrade, configure, bridge_messages or pause"),
                          "unknown power '%s'", word);
    }
    return bits;
}

static void read_level(const struct quo_setting *element, struct quo_answer *answer)
{
    const struct quo_setting *level = quo_setting_child(element, "level");
    const char *word = NULL;
    int64_t number = -1;
    answer->level = -1;
    if (!level && !answer->not_applicable)
        quo_setting_fault(element, "level = 0..4 or \"unknown\"", "an answer without a level");
    else if (level && quo_setting_is_text(level)) {
        quo_setting_as_text(level, &word);
        if (word && strcmp(word, "unknown") != 0)
            quo_setting_fault(level, "0..4 or \"unknown\"", "level \"%s\"", word);
    } else if (level && quo_setting_int(element, "level", 0, QUO_LEVELS - 1, true, &number))
        answer->level = (int)number;
}

/* All of an answer but the control that it is about. */
static void read_answer(struct reader *r, const struct quo_setting *element, struct quo_answer *answer)
{
    *answer = (struct quo_answer){.control = -1, .coverage = NAN, .reliability = NAN, .line = quo_setting_line(element)};
    quo_setting_bool(element, "not_applicable", false, &answer->not_applicable);
    read_level(element, answer);
    int64_t whole = 0;
    quo_setting_int(element, "evidence", 0, QUO_EVIDENCE_GRADES - 1, false, &whole);
    answer->evidence = (int)whole;
    quo_setting_number(element, "coverage", 0.0, 1.0, "", false, &answer->coverage);
    quo_setting_number(element, "reliability", 0.0, 1.0, "", false, &answer->reliability);
    whole = -1;
    quo_setting_int(element, "age_months", 0, 1200, false, &whole);
    answer->age_months = (int)whole;
    answer->reason = text_of(r, element, "reason", answer->not_applicable);
    answer->note = text_of(r, element, "note", false);
}

/* Notes the answer for one control. by_domain: yields to an answer that names the control. */
static void add_answer(struct reader *r, const struct quo_setting *at, const struct quo_answer *answer, int control, bool by_domain)
{
    struct quo_protocol *p = r->protocol;
    for (size_t i = 0; i < p->n_answers; i++)
        if (p->answer[i].control == control) {
            if (!by_domain)
                quo_setting_fault(at, "one answer for each control", "%s is answered twice; first at line %d", r->catalogue->control[control].id,
                                  p->answer[i].line);
            return;
        }
    struct quo_answer *copy = &p->answer[p->n_answers++];
    *copy = *answer;
    copy->control = control;
    copy->reason = copy_of(r, answer->reason);
    copy->note = copy_of(r, answer->note);
}

/* `name` is a control, or a domain standing for all of its controls that are not answered by name: those come in a
 * second pass, `domains`. */
static void answer_for(struct reader *r, const struct quo_setting *at, const char *name, const struct quo_answer *answer, bool domains)
{
    const struct quo_catalogue *c = r->catalogue;
    for (size_t d = 0; d < c->n_domains; d++)
        if (strcmp(c->domain[d].id, name) == 0) {
            for (size_t i = 0; domains && i < c->n_controls; i++)
                if (c->control[i].domain_index == (int)d)
                    add_answer(r, at, answer, (int)i, true);
            return;
        }
    if (domains)
        return;
    const int control = quo_catalogue_control(c, name);
    if (control >= 0) {
        add_answer(r, at, answer, control, false);
        return;
    }
    char hint[128];
    const int near = quo_catalogue_nearest(c, name);
    quo_setting_fault(at, suggest(hint, near < 0 ? NULL : c->control[near].id, "an id of the catalogue, such as KM-01"), "unknown control '%s'", name);
}

static void read_answers(struct reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "answers", false);
    const size_t n = quo_setting_length(list);
    struct quo_protocol *p = r->protocol;
    p->answer = room(r, n ? r->catalogue->n_controls : 0, sizeof *p->answer);
    struct quo_answer *each = room(r, n, sizeof *each);
    for (int domains = 0; domains <= 1; domains++)
        for (size_t i = 0; p->answer && each && i < n; i++) {
            const struct quo_setting *element = quo_setting_element(list, i);
            if (!domains)
                read_answer(r, element, &each[i]);
            const struct quo_setting *several = quo_setting_list(element, "controls", false);
            const char *name = NULL;
            if (several ? quo_setting_has(element, "control") && !domains : false)
                quo_setting_fault(element, "one of the two", "both control and controls");
            for (size_t k = 0; k < quo_setting_length(several); k++)
                if (quo_setting_as_text(quo_setting_element(several, k), &name))
                    answer_for(r, quo_setting_element(several, k), name, &each[i], domains);
            if (!several && quo_setting_text(element, "control", !domains, &name))
                answer_for(r, quo_setting_child(element, "control"), name, &each[i], domains);
        }
    for (size_t i = 0; each && i < n; i++) {
        free(each[i].reason);
        free(each[i].note);
    }
    free(each);
}

/* Index of a group's name among those of the set, added if new; -1 without memory. */
static int group_index(struct reader *r, struct quo_signer_set *set, const char *name)
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

static bool group_name_right(const struct reader *r, const struct quo_setting *at, const char *name)
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
    quo_setting_warn(at, "a kind of the catalogue's group_kinds", "group '%s' is of no known kind and counts as 'other'", name);
    return true;
}

static void read_groups(struct reader *r, const struct quo_setting *element, struct quo_signer_set *set, struct quo_signer *signer)
{
    const struct quo_setting *list = quo_setting_list(element, "groups", false);
    const size_t n = length_of(list, QUO_SET_GROUPS_MAX, "groups of one signer");
    signer->groups_said = quo_setting_has(element, "groups");
    signer->group = room(r, n, sizeof *signer->group);
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

static void read_signer(struct reader *r, const struct quo_setting *element, struct quo_signer_set *set, size_t i)
{
    struct quo_signer *signer = &set->signer[i];
    signer->compromise_rate = signer->loss_rate = signer->approves = signer->approves_spoofed = NAN;
    signer->id = text_of(r, element, "id", true);
    REFUSE_TWICE(element, "signer", set->signer, i, id)
    const char *storage = NULL;
    if (quo_setting_text(element, "storage", false, &storage)) {
        signer->storage = copy_of(r, storage);
        if (!quo_catalogue_storage(r->catalogue, storage)) {
            const char *names[64];
            size_t n = 0;
            for (; n < r->catalogue->n_storage && n < 64; n++)
                names[n] = r->catalogue->storage[n].name;
            char hint[128];
            const int near = quo_text_nearest(storage, names, n);
            quo_setting_fault(quo_setting_child(element, "storage"), suggest(hint, near < 0 ? NULL : names[near], "a name of the catalogue's storage table"),
                              "unknown storage '%s'", storage);
        }
    }
    quo_setting_number(element, "compromise_rate", 0.0, 100.0, "a year", false, &signer->compromise_rate);
    quo_setting_number(element, "loss_rate", 0.0, 100.0, "a year", false, &signer->loss_rate);
    quo_setting_number(element, "approves", 0.0, 1.0, "", false, &signer->approves);
    quo_setting_number(element, "approves_spoofed", 0.0, 1.0, "", false, &signer->approves_spoofed);
    read_groups(r, element, set, signer);
}

static void read_set(struct reader *r, const struct quo_setting *element, size_t index)
{
    struct quo_signer_set *set = &r->protocol->signer_set[index];
    set->line = quo_setting_line(element);
    set->dwell_years = NAN;
    set->reach_share = 1.0;
    set->id = text_of(r, element, "id", true);
    REFUSE_TWICE(element, "signer set", r->protocol->signer_set, index, id)
    set->powers = powers_of(element, "purpose");
    quo_setting_number(element, "reach_share", 0.0, 1.0, "", false, &set->reach_share);
    quo_setting_number(element, "dwell_years", 0.0, 100.0, "years", false, &set->dwell_years);
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
        quo_setting_fault(quo_setting_child(element, "threshold"), "at most the number of signers", "threshold %d of %zu signers", (int)threshold, n);
    if (said && n > 1 && (size_t)threshold == n)
        quo_setting_warn(quo_setting_child(element, "threshold"), "leave at least one signer to spare",
                         "all %zu signers are needed: one lost key freezes the set", n);
    set->signer = room(r, n, sizeof *set->signer);
    for (size_t i = 0; set->signer && i < n; i++) {
        set->n_signers = i + 1;
        read_signer(r, quo_setting_element(list, i), set, i);
    }
}

static void read_shared_groups(struct reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "groups", false);
    const size_t n = length_of(list, TIES_MAX, "groups");
    struct quo_protocol *p = r->protocol;
    p->group = room(r, n, sizeof *p->group);
    for (size_t i = 0; p->group && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_shared_group *g = &p->group[i];
        p->n_groups = i + 1;
        g->shock_rate = g->lethality = g->loss_shock_rate = g->loss_lethality = NAN;
        g->name = text_of(r, element, "id", true);
        REFUSE_TWICE(element, "group", p->group, i, name)
        quo_setting_number(element, "shock_rate", 0.0, 100.0, "a year", false, &g->shock_rate);
        quo_setting_number(element, "lethality", 0.0, 1.0, "", false, &g->lethality);
        quo_setting_number(element, "loss_shock_rate", 0.0, 100.0, "a year", false, &g->loss_shock_rate);
        quo_setting_number(element, "loss_lethality", 0.0, 1.0, "", false, &g->loss_lethality);
        bool used = !g->name;
        for (size_t s = 0; s < p->n_signer_sets; s++)
            for (size_t k = 0; !used && k < p->signer_set[s].n_group_names; k++)
                used = strcmp(p->signer_set[s].group_name[k], g->name) == 0;
        if (!used)
            quo_setting_fault(element, "the name of a group that a signer is in", "no signer is in group '%s'", g->name);
    }
}

static void read_delays(struct reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "delays", false);
    const size_t n = length_of(list, QUO_SETS_MAX, "delays");
    struct quo_protocol *p = r->protocol;
    p->delay = room(r, n, sizeof *p->delay);
    for (size_t i = 0; p->delay && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_delay *delay = &p->delay[i];
        p->n_delays = i + 1;
        delay->id = text_of(r, element, "id", true);
        REFUSE_TWICE(element, "delay", p->delay, i, id)
        delay->powers = powers_of(element, "powers");
        quo_setting_number(element, "delay_hours", 0.0, DELAY_MAX, "hours", true, &delay->delay_hours);
        int word = 0;
        delay->veto_said = quo_setting_word(element, "veto", quo_veto_names(), QUO_VETOES, false, &word);
        delay->veto = (enum quo_veto)word;
        quo_setting_bool(element, "bypass", false, &delay->bypass);
    }
}

static void read_caps(struct reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "caps", false);
    const size_t n = length_of(list, QUO_SETS_MAX, "caps");
    struct quo_protocol *p = r->protocol;
    p->cap = room(r, n, sizeof *p->cap);
    for (size_t i = 0; p->cap && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_cap *cap = &p->cap[i];
        p->n_caps = i + 1;
        *cap = (struct quo_cap){.per_hour_usd = INFINITY, .hard_usd = INFINITY, .share = 1.0};
        cap->id = text_of(r, element, "id", true);
        REFUSE_TWICE(element, "cap", p->cap, i, id)
        cap->powers = powers_of(element, "powers");
        quo_setting_number(element, "per_hour_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->per_hour_usd);
        quo_setting_number(element, "burst_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->burst_usd);
        quo_setting_number(element, "window_hours", 0.0, 8760.0, "hours", false, &cap->window_hours);
        quo_setting_number(element, "hard_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->hard_usd);
        quo_setting_number(element, "share", 0.0, 1.0, "", false, &cap->share);
        if (!quo_setting_has(element, "per_hour_usd") && !quo_setting_has(element, "hard_usd"))
            quo_setting_fault(element, "per_hour_usd or hard_usd", "a cap that limits nothing");
    }
}

static void read_governance(struct reader *r, const struct quo_setting *group)
{
    struct quo_protocol *p = r->protocol;
    p->capture_cost_usd = p->extractable_usd = p->borrow_cost_usd = p->bribe_cost_usd = NAN;
    const struct quo_setting *g = quo_setting_group(group, "governance", false);
    if (!g)
        return;
    p->has_governance = true;
    quo_setting_number(g, "capture_cost_usd", 0.0, EXPOSURE_MAX, "USD", true, &p->capture_cost_usd);
    quo_setting_number(g, "extractable_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->extractable_usd);
    quo_setting_number(g, "borrow_cost_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->borrow_cost_usd);
    quo_setting_number(g, "bribe_cost_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->bribe_cost_usd);
    quo_setting_bool(g, "snapshot", false, &p->snapshot);
}

static void read_ties(struct reader *r, const struct quo_setting *group)
{
    struct quo_protocol *p = r->protocol;
    const struct quo_setting *list = quo_setting_list(group, "dependencies", false);
    size_t n = length_of(list, TIES_MAX, "dependencies");
    p->dependency = room(r, n, sizeof *p->dependency);
    for (size_t i = 0; p->dependency && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_dependency *d = &p->dependency[i];
        p->n_dependencies = i + 1;
        d->accumulated_usd = NAN;
        d->kind = text_of(r, element, "kind", true);
        d->vendor = text_of(r, element, "vendor", true);
        quo_setting_number(element, "accumulated_usd", 0.0, EXPOSURE_MAX, "USD", false, &d->accumulated_usd);
        for (size_t k = 0; k < i; k++)
            if (d->kind && d->vendor && p->dependency[k].kind && p->dependency[k].vendor && strcmp(d->kind, p->dependency[k].kind) == 0 &&
                strcmp(d->vendor, p->dependency[k].vendor) == 0)
                quo_setting_fault(element, "remove one of the two", "dependency %s:%s stands twice", d->kind, d->vendor);
    }
    list = quo_setting_list(group, "collateral_in", false);
    n = length_of(list, TIES_MAX, "places where its token is collateral");
    p->collateral = room(r, n, sizeof *p->collateral);
    for (size_t i = 0; p->collateral && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        p->n_collateral = i + 1;
        p->collateral[i].protocol = text_of(r, element, "protocol", true);
        quo_setting_number(element, "usd", 0.0, EXPOSURE_MAX, "USD", true, &p->collateral[i].usd);
    }
    const struct quo_setting *history = quo_setting_group(group, "history", false);
    if (history) {
        int64_t incidents = 0;
        p->has_history = true;
        quo_setting_number(history, "years", 0.0, 100.0, "years", true, &p->history_years);
        quo_setting_int(history, "incidents", 0, 10000, true, &incidents);
        p->history_incidents = (int)incidents;
    }
}

enum quo_status quo_protocol_read(const struct quo_setting *group, const struct quo_catalogue *catalogue, struct quo_protocol **out,
                                  struct quo_faults *faults)
{
    *out = NULL;
    const size_t refused_before = quo_faults_refusals(faults);
    struct reader r = {.catalogue = catalogue, .protocol = calloc(1, sizeof *r.protocol)};
    struct quo_protocol *p = r.protocol;
    if (!p)
        return QUO_MACHINE;
    p->id = text_of(&r, group, "id", true);
    p->name = text_of(&r, group, "name", false);
    p->chain = text_of(&r, group, "chain", false);
    quo_setting_bool(group, "bridge", false, &p->bridge);
    quo_setting_number(group, "exposure_usd", 1.0, EXPOSURE_MAX, "USD", true, &p->exposure_usd);
    p->hot_share = NAN;
    p->exit_liquidity_usd = INFINITY;
    quo_setting_number(group, "hot_share", 0.0, 1.0, "", false, &p->hot_share);
    quo_setting_number(group, "exit_liquidity_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->exit_liquidity_usd);
    read_answers(&r, group);
    const struct quo_setting *sets = quo_setting_list(group, "signer_sets", false);
    const size_t n = length_of(sets, QUO_SETS_MAX, "signer sets");
    p->signer_set = room(&r, n, sizeof *p->signer_set);
    for (size_t i = 0; p->signer_set && i < n; i++) {
        p->n_signer_sets = i + 1;
        read_set(&r, quo_setting_element(sets, i), i);
    }
    read_shared_groups(&r, group);
    read_delays(&r, group);
    read_caps(&r, group);
    read_governance(&r, group);
    read_ties(&r, group);
    enum quo_status status = QUO_OK;
    if (r.no_memory)
        status = QUO_MACHINE;
    else if (quo_faults_refusals(faults) > refused_before)
        status = QUO_REFUSED;
    if (status) {
        quo_protocol_free(p);
        return status;
    }
    quo_protocol_check(p, catalogue, group);
    *out = p;
    return QUO_OK;
}
