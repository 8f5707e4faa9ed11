/* The catalogue's tables: storage, group kinds, constants, paths, knock-outs; and what both halves of the reader share. */
#include "risk/controls/catalogue_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/protocol.h"

static const struct {
    const char *name;
    double low, high;
} constants_needed[] = {
    {"key_credibility", 0, 1},
    {"bridge_credibility", 0, 1},
    {"social_credibility", 0, 1},
    {"admin_credibility", 0, 1},
    {"loss_credibility", 0, 1},
    {"unmodelled_rate", 1e-9, 1},
    {"vendor_base_rate", 1e-6, 10},
    {"dwell_years", 0, 100},
    {"campaign_rate", 1e-6, 1e3},
    {"approves", 0, 1},
    {"approves_spoofed", 0, 1},
    {"detect_median_hours", 1e-3, 1e6},
    {"detect_sigma", 1e-3, 5},
    {"detect_bridge_median_hours", 1e-3, 1e6},
    {"detect_cloud_median_hours", 1e-3, 1e6},
    {"detect_cloud_sigma", 1e-3, 5},
    {"respond_sigma", 1e-3, 5},
    {"drain_hours", 1e-3, 1e6},
    {"auto_stop_hours", 1e-4, 1e4},
    {"drain_cloud_hours", 1e-3, 1e6},
    {"capture_slope", 1e-3, 100},
    {"capture_middle", -10, 10},
    {"capture_no_snapshot", 1, 100},
    {"capture_absent", 1e-6, 1},
    {"non_bridge", 1e-6, 1},
    {"cold_reach", 0, 1},
    {"bridge_key_paths", 0, 1},
    {"reliability_base", 0, 1},
    {"score_loss_meanlog", -20, 5},
    {"score_loss_sdlog", 1e-3, 10},
    {"experience_shape", 1e-3, 1e6},
    {"move_group_usd", 0, 1e9},
    {"move_key_usd", 0, 1e9},
    {"move_threshold_usd", 0, 1e9},
    {"untouched_frequency", 0, 0.99},
    {"untouched_severity", 0, 0.99},
};

static const char *const origins[] = {"published", "judgement"};
static const char *const rules[QUO_RULES] = {
    "single_key", "single_verifier", "minority_no_delay", "loose_guards",       "no_stop",
    "weak_login", "changed_code",    "no_watch",          "unproven_mechanism", "accumulation",
};

void *quo_catalogue_room(struct quo_catalogue_reader *r, size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    void *p = calloc(n, size);
    r->no_memory |= !p;
    return p;
}

char *quo_catalogue_text(struct quo_catalogue_reader *r, const struct quo_setting *group, const char *name,
                         bool required)
{
    const char *text = NULL;
    if (!quo_setting_text(group, name, required, &text))
        return NULL;
    char *copy = quo_text_copy(text);
    r->no_memory |= !copy;
    return copy;
}

char *quo_catalogue_origin(struct quo_catalogue_reader *r, const struct quo_setting *group)
{
    int word = 0;
    if (!quo_setting_word(group, "origin", origins, 2, true, &word))
        return NULL;
    char *copy = quo_text_copy(origins[word]);
    r->no_memory |= !copy;
    return copy;
}

void quo_catalogue_refuse_twice(const struct quo_setting *at, const char *what, const char *name,
                                const char *const *before, size_t n)
{
    for (size_t i = 0; name && i < n; i++)
        if (before[i] && strcmp(before[i], name) == 0) {
            quo_setting_fault(at, "remove one of the two", "%s '%s' stands twice", what, name);
            return;
        }
}

static void read_storage(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "storage", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    c->storage = quo_catalogue_room(r, n, sizeof *c->storage);
    for (size_t i = 0; c->storage && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_storage *s = &c->storage[i];
        c->n_storage = i + 1;
        s->name = quo_catalogue_text(r, element, "name", true);
        for (size_t k = 0; k < i; k++)
            quo_catalogue_refuse_twice(element, "storage", s->name, (const char *const *)&c->storage[k].name, 1);
        quo_setting_number(element, "compromise_rate", 0.0, 1e3, "a year", true, &s->compromise_rate);
        quo_setting_number(element, "loss_rate", 0.0, 1e3, "a year", true, &s->loss_rate);
        quo_setting_bool(element, "person", false, &s->person);
        quo_setting_bool(element, "account", false, &s->account);
        s->origin = quo_catalogue_origin(r, element);
        s->source = quo_catalogue_text(r, element, "source", true);
    }
    c->storage_unsaid = quo_catalogue_text(r, root, "storage_unsaid", true);
    bool found = !c->storage_unsaid;
    for (size_t i = 0; !found && i < c->n_storage; i++)
        found = c->storage[i].name && strcmp(c->storage[i].name, c->storage_unsaid) == 0;
    if (!found)
        quo_setting_fault(quo_setting_child(root, "storage_unsaid"), "a name of the storage table",
                          "unknown storage '%s'", c->storage_unsaid);
}

static void read_group_kinds(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "group_kinds", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    bool other = false;
    c->group_kind = quo_catalogue_room(r, n, sizeof *c->group_kind);
    for (size_t i = 0; c->group_kind && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_group_kind *k = &c->group_kind[i];
        c->n_group_kinds = i + 1;
        k->kind = quo_catalogue_text(r, element, "kind", true);
        for (size_t b = 0; b < i; b++)
            quo_catalogue_refuse_twice(element, "group kind", k->kind, (const char *const *)&c->group_kind[b].kind, 1);
        other |= k->kind && strcmp(k->kind, "other") == 0;
        quo_setting_number(element, "shock_rate", 0.0, 1e3, "a year", true, &k->shock_rate);
        quo_setting_number(element, "lethality", 0.0, 1.0, "", true, &k->lethality);
        quo_setting_number(element, "loss_shock_rate", 0.0, 1e3, "a year", true, &k->loss_shock_rate);
        quo_setting_number(element, "loss_lethality", 0.0, 1.0, "", true, &k->loss_lethality);
        quo_setting_bool(element, "vendor", false, &k->vendor);
        k->origin = quo_catalogue_origin(r, element);
        k->source = quo_catalogue_text(r, element, "source", true);
    }
    if (list && !other)
        quo_setting_fault(list, "a kind \"other\" for those without an entry of their own",
                          "group kind 'other' is missing");
}

static void read_constants(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const size_t needed = sizeof constants_needed / sizeof *constants_needed;
    const struct quo_setting *list = quo_setting_list(root, "constants", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    const char *names[sizeof constants_needed / sizeof *constants_needed];
    bool seen[sizeof constants_needed / sizeof *constants_needed] = {false};
    for (size_t i = 0; i < needed; i++)
        names[i] = constants_needed[i].name;
    c->constant = quo_catalogue_room(r, n, sizeof *c->constant);
    for (size_t i = 0; c->constant && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_constant *k = &c->constant[i];
        c->n_constants = i + 1;
        int word = -1;
        const bool known = quo_setting_word(element, "name", names, needed, true, &word);
        if (known && seen[word])
            quo_setting_fault(element, "remove one of the two", "constant '%s' stands twice", names[word]);
        if (known)
            seen[word] = true;
        k->name = quo_text_copy(known ? names[word] : "");
        r->no_memory |= !k->name;
        quo_setting_number(element, "value", known ? constants_needed[word].low : -1e15,
                           known ? constants_needed[word].high : 1e15, "", true, &k->value);
        k->origin = quo_catalogue_origin(r, element);
        k->source = quo_catalogue_text(r, element, "source", true);
    }
    for (size_t i = 0; list && i < needed; i++)
        if (!seen[i])
            quo_setting_fault(list, "add it, with value, origin and source", "constant '%s' is missing", names[i]);
}

static void read_paths(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "paths", true);
    quo_peril_set seen = 0;
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        int peril = -1;
        double total = 0.0;
        const bool known = quo_setting_word(element, "peril", quo_peril_ids(), QUO_PERILS, true, &peril);
        double share[QUO_POWERS] = {0.0};
        for (int k = 0; k < QUO_POWERS; k++) {
            quo_setting_number(element, quo_power_names()[k], 0.0, 1.0, "", false, &share[k]);
            total += share[k];
        }
        double atomic = 0.0;
        quo_setting_number(element, "atomic", 0.0, 1.0, "", false, &atomic);
        if (total > 1.0 + 1e-9)
            quo_setting_fault(element, "at most 1; what is missing to 1 goes round every power",
                              "shares of paths add up to %g", total);
        if (!known)
            continue;
        if (seen >> peril & 1u)
            quo_setting_fault(element, "remove one of the two", "paths of '%s' stand twice", quo_peril_ids()[peril]);
        seen |= (quo_peril_set)1 << peril;
        memcpy(r->catalogue->path[peril], share, sizeof share);
        r->catalogue->atomic[peril] = atomic;
    }
}

static void read_rules(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "knockouts", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    c->rule = quo_catalogue_room(r, n, sizeof *c->rule);
    for (size_t i = 0; c->rule && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_knockout_rule *rule = &c->rule[i];
        c->n_rules = i + 1;
        rule->id = quo_catalogue_text(r, element, "id", true);
        for (size_t k = 0; k < i; k++)
            quo_catalogue_refuse_twice(element, "rule", rule->id, (const char *const *)&c->rule[k].id, 1);
        int word = 0;
        quo_setting_word(element, "rule", rules, QUO_RULES, true, &word);
        rule->rule = (enum quo_rule)word;
        quo_setting_bool(element, "decline", true, &rule->decline);
        rule->usd = INFINITY;
        rule->share = NAN;
        int64_t level = 0;
        const bool by_level = word == QUO_RULE_LOOSE_GUARDS || word == QUO_RULE_WEAK_LOGIN ||
                              word == QUO_RULE_CHANGED_CODE || word == QUO_RULE_NO_WATCH ||
                              word == QUO_RULE_UNPROVEN_MECHANISM;
        const bool by_usd = word == QUO_RULE_SINGLE_KEY || word == QUO_RULE_SINGLE_VERIFIER ||
                            word == QUO_RULE_NO_STOP || word == QUO_RULE_NO_WATCH || word == QUO_RULE_ACCUMULATION;
        quo_setting_number(element, "usd", 0.0, QUO_MONEY_MAX, "USD", by_usd, &rule->usd);
        quo_setting_number(element, "share", 0.0, 1.0, "",
                           word == QUO_RULE_MINORITY_NO_DELAY || word == QUO_RULE_SINGLE_KEY, &rule->share);
        quo_setting_int(element, "level", 0, QUO_LEVELS - 1, by_level, &level);
        rule->level = (int)level;
        rule->says = quo_catalogue_text(r, element, "says", true);
    }
}

void quo_catalogue_read_tables(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    read_paths(r, root);
    read_constants(r, root);
    read_storage(r, root);
    read_group_kinds(r, root);
    read_rules(r, root);
}
