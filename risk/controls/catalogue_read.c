/* The reader of the catalogue. Goes on after every fault; what a table refers to is resolved when all of it is read. */
#include "risk/controls/catalogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/protocol.h"

static const char *const input_names[] = {
    "threshold", "signers",      "shared_signers", "spoof_share", "verifier_threshold", "verifiers",     "shared_verifiers",
    "hot_share", "delay_hours",  "veto",           "notice",      "capture_ratio",      "cap_share_day", "route_cap_share_day",
    "route_share", "auto_stop",  "respond_hours",  "reserve_share", NULL,
};
/* Each input's range, and whether a larger value is the better one. The best level must be the last. */
static const struct {
    double low, high;
    bool rising;
} input_range[] = {
    {1, QUO_SIGNERS_MAX, true}, {1, QUO_SIGNERS_MAX, true}, {0, 1, false}, {0, 1, false},  {1, QUO_SIGNERS_MAX, true}, {1, QUO_SIGNERS_MAX, true},
    {0, 1, false},              {0, 1, false},              {0, 1e6, true}, {0, 1, true},  {0, 1, true},               {0, 1e6, false},
    {0, 1e6, false},            {0, 1e6, false},            {0, 1, false},  {0, 1, true},  {1e-3, 1e6, false},         {0, 0.99, true},
};
const char *const *quo_catalogue_input_names(void) { return input_names; }

static const struct {
    const char *name;
    double low, high;
} constants_needed[] = {
    {"key_credibility", 0, 1},     {"bridge_credibility", 0, 1},    {"social_credibility", 0, 1},
    {"admin_credibility", 0, 1},   {"loss_credibility", 0, 1},      {"unmodelled_rate", 1e-9, 1},
    {"dwell_years", 0, 100},       {"campaign_rate", 1e-6, 1e3},    {"approves", 0, 1},
    {"approves_spoofed", 0, 1},    {"detect_median_hours", 1e-3, 1e6}, {"detect_sigma", 1e-3, 5},
    {"detect_bridge_median_hours", 1e-3, 1e6}, {"detect_cloud_median_hours", 1e-3, 1e6}, {"detect_cloud_sigma", 1e-3, 5},
    {"respond_sigma", 1e-3, 5},    {"drain_hours", 1e-3, 1e6},      {"auto_stop_hours", 1e-4, 1e4}, {"drain_cloud_hours", 1e-3, 1e6},
    {"capture_slope", 1e-3, 100},  {"capture_middle", -10, 10},     {"capture_no_snapshot", 1, 100},
    {"capture_absent", 1e-6, 1},   {"non_bridge", 1e-6, 1},         {"cold_reach", 0, 1},
    {"bridge_key_paths", 0, 1},    {"reliability_base", 0, 1},      {"score_loss_meanlog", -20, 5},
    {"score_loss_sdlog", 1e-3, 10}, {"experience_shape", 1e-3, 1e6}, {"untouched_frequency", 0, 0.99}, {"untouched_severity", 0, 0.99},
};

static const char *const origins[] = {"published", "judgement"};
static const char *const rules[QUO_RULES] = {
    "single_key", "single_verifier", "minority_no_delay", "loose_guards",       "no_stop",
    "weak_login", "changed_code",    "no_watch",          "unproven_mechanism", "accumulation",
};

struct code {
    const char *name; /* points into the config */
    quo_peril_set set;
};

struct reader {
    struct quo_catalogue *catalogue;
    struct code *code;
    size_t n_codes;
    bool no_memory;
};

/* calloc that remembers its failure; 0 elements give NULL without one. */
static void *room(struct reader *r, size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    void *p = calloc(n, size);
    r->no_memory |= !p;
    return p;
}

static char *text_of(struct reader *r, const struct quo_setting *group, const char *name, bool required)
{
    const char *text = NULL;
    if (!quo_setting_text(group, name, required, &text))
        return NULL;
    char *copy = quo_text_copy(text);
    r->no_memory |= !copy;
    return copy;
}

static char *origin_of(struct reader *r, const struct quo_setting *group)
{
    int word = 0;
    if (!quo_setting_word(group, "origin", origins, 2, true, &word))
        return NULL;
    char *copy = quo_text_copy(origins[word]);
    r->no_memory |= !copy;
    return copy;
}

/* Exactly n numbers. Keeps out[] where something is wrong. */
static bool numbers_of(const struct quo_setting *group, const char *name, size_t n, double low, double high, bool required, double *out)
{
    const struct quo_setting *list = quo_setting_list(group, name, required);
    if (!list)
        return false;
    if (quo_setting_length(list) != n) {
        quo_setting_fault(list, "give one number for each", "%s holds %zu numbers where %zu belong", name, quo_setting_length(list), n);
        return false;
    }
    bool right = true;
    for (size_t i = 0; i < n; i++)
        right &= quo_setting_as_number(quo_setting_element(list, i), low, high, "", &out[i]);
    return right;
}

/* A name that may stand only once; `before` are the names read so far. */
static void refuse_twice(const struct quo_setting *at, const char *what, const char *name, const char *const *before, size_t n)
{
    for (size_t i = 0; name && i < n; i++)
        if (before[i] && strcmp(before[i], name) == 0) {
            quo_setting_fault(at, "remove one of the two", "%s '%s' stands twice", what, name);
            return;
        }
}

static void read_codes(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "peril_codes", false);
    const size_t n = quo_setting_length(list);
    r->code = room(r, n, sizeof *r->code);
    for (size_t i = 0; r->code && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct code *code = &r->code[i];
        quo_setting_text(element, "code", true, &code->name);
        for (size_t k = 0; code->name && k < i; k++)
            if (r->code[k].name && strcmp(r->code[k].name, code->name) == 0)
                quo_setting_fault(element, "remove one of the two", "peril code '%s' stands twice", code->name);
        const struct quo_setting *perils = quo_setting_list(element, "perils", true);
        for (size_t k = 0; k < quo_setting_length(perils); k++) {
            const char *id = NULL;
            if (!quo_setting_as_text(quo_setting_element(perils, k), &id))
                continue;
            const quo_peril_set set = quo_peril_set_of(id);
            if (!set) {
                const int near = quo_text_nearest(id, quo_peril_ids(), QUO_PERILS);
                quo_setting_fault(quo_setting_element(perils, k), near < 0 ? NULL : quo_peril_ids()[near], "unknown peril '%s'", id);
            }
            code->set |= set;
        }
        r->n_codes = i + 1;
    }
}

/* The perils named by codes or ids; 0 with a fault if there is none. */
static quo_peril_set perils_of(struct reader *r, const struct quo_setting *group, bool required)
{
    const struct quo_setting *list = quo_setting_list(group, "perils", required);
    quo_peril_set all = 0;
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *name = NULL;
        if (!quo_setting_as_text(element, &name))
            continue;
        quo_peril_set set = quo_peril_set_of(name);
        for (size_t k = 0; k < r->n_codes; k++)
            if (r->code[k].name && strcmp(r->code[k].name, name) == 0)
                set = r->code[k].set;
        if (!set)
            quo_setting_fault(element, "a peril's id, or a code of peril_codes", "unknown peril '%s'", name);
        all |= set;
    }
    return all;
}

static void read_effects(struct reader *r, const struct quo_setting *group, struct quo_control *control)
{
    const struct quo_setting *list = quo_setting_list(group, "effects", false);
    const size_t n = quo_setting_length(list);
    control->effect = room(r, n, sizeof *control->effect);
    for (size_t i = 0; control->effect && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_effect *effect = &control->effect[i];
        control->n_effects = i + 1;
        int word = 0;
        quo_setting_word(element, "channel", quo_channel_ids(), QUO_CHANNELS, true, &word);
        effect->channel = (enum quo_channel)word;
        effect->perils = quo_setting_has(element, "perils") ? perils_of(r, element, true) : control->perils;
        const bool up = effect->channel == QUO_CHANNEL_RECOVERY;
        double pert[3] = {1.0, 1.0, 1.0};
        if (numbers_of(element, "pert", 3, up ? 1.0 : 1e-4, up ? 100.0 : 1.0, true, pert) && !(pert[0] <= pert[1] && pert[1] <= pert[2])) {
            quo_setting_fault(element, "low <= mode <= high", "pert of %s is out of order", control->id ? control->id : "a control");
            pert[0] = pert[1] = pert[2] = 1.0;
        }
        effect->low = pert[0];
        effect->mode = pert[1];
        effect->high = pert[2];
        effect->origin = origin_of(r, element);
        effect->source = text_of(r, element, "source", true);
        for (size_t k = 0; k < i; k++)
            if (control->effect[k].channel == effect->channel && (control->effect[k].perils & effect->perils))
                quo_setting_fault(element, "join the two", "a second effect on the same channel and peril");
        control->perils |= effect->perils;
    }
}

static void read_inputs(struct reader *r, const struct quo_setting *group, struct quo_control *control)
{
    const struct quo_setting *list = quo_setting_list(group, "inputs", false);
    const size_t n = quo_setting_length(list);
    control->input = room(r, n, sizeof *control->input);
    size_t n_names = 0;
    while (input_names[n_names])
        n_names++;
    for (size_t i = 0; control->input && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_input *input = &control->input[i];
        int word = -1;
        if (quo_setting_word(element, "name", input_names, n_names, true, &word)) {
            const struct quo_input *before;
            const int taken = quo_catalogue_input(r->catalogue, input_names[word], &before);
            if (taken >= 0)
                quo_setting_fault(element, "one control gives an input", "input '%s' already comes from %s", input_names[word],
                                  r->catalogue->control[taken].id);
        } else {
            word = 0;
        }
        input->name = quo_text_copy(input_names[word]);
        r->no_memory |= !input->name;
        control->n_inputs = input->name ? i + 1 : i;
        if (!input->name)
            return;
        numbers_of(element, "levels", QUO_LEVELS, input_range[word].low, input_range[word].high, true, input->level);
        for (int l = 1; l < QUO_LEVELS; l++)
            if (input_range[word].rising ? input->level[l] < input->level[l - 1] : input->level[l] > input->level[l - 1]) {
                quo_setting_fault(element, input_range[word].rising ? "values that rise with the level" : "values that fall with the level",
                                  "level %d of '%s' is worse than level %d", l, input->name, l - 1);
                break;
            }
        input->origin = origin_of(r, element);
        input->source = text_of(r, element, "source", true);
    }
}

static void read_control(struct reader *r, const struct quo_setting *element, size_t index)
{
    struct quo_catalogue *c = r->catalogue;
    struct quo_control *control = &c->control[index];
    control->line = quo_setting_line(element);
    control->id = text_of(r, element, "id", true);
    control->domain_index = -1;
    for (size_t i = 0; control->id && i < index; i++)
        if (c->control[i].id && strcmp(c->control[i].id, control->id) == 0)
            quo_setting_fault(element, "remove one of the two", "control '%s' stands twice; first at line %d", control->id, c->control[i].line);
    const char *dash = control->id ? strchr(control->id, '-') : NULL;
    for (size_t d = 0; dash && d < c->n_domains; d++) {
        const char *domain = c->domain[d].id;
        if (domain && strlen(domain) == (size_t)(dash - control->id) && strncmp(domain, control->id, strlen(domain)) == 0)
            control->domain_index = (int)d;
    }
    if (control->id && control->domain_index < 0)
        quo_setting_fault(element, "an id such as KM-01, its domain listed in domains", "control '%s' belongs to no domain", control->id);
    else if (control->id)
        control->domain = quo_text_copy(c->domain[control->domain_index].id);
    control->title = text_of(r, element, "title", true);
    control->question = text_of(r, element, "question", true);
    control->evidence = text_of(r, element, "evidence", true);
    quo_setting_bool(element, "bridge_only", false, &control->bridge_only);
    const struct quo_setting *levels = quo_setting_list(element, "levels", true);
    if (levels && quo_setting_length(levels) != QUO_LEVELS)
        quo_setting_fault(levels, "one text for each level 0..4", "%zu criteria where %d belong", quo_setting_length(levels), QUO_LEVELS);
    for (size_t l = 0; l < QUO_LEVELS && l < quo_setting_length(levels); l++) {
        const char *text = NULL;
        if (quo_setting_as_text(quo_setting_element(levels, l), &text)) {
            control->criteria[l] = quo_text_copy(text);
            r->no_memory |= !control->criteria[l];
        }
    }
    control->perils = perils_of(r, element, true);
    read_effects(r, element, control);
    read_inputs(r, element, control);
    if (quo_setting_has(element, "reliability"))
        numbers_of(element, "reliability", QUO_LEVELS, 0.0, 1.0, true, control->reliability_gain);
    for (int l = 1; l < QUO_LEVELS; l++)
        if (control->reliability_gain[l] < control->reliability_gain[l - 1]) {
            quo_setting_fault(element, "values that rise with the level", "reliability of level %d is below that of level %d", l, l - 1);
            break;
        }
}

static void read_domains(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "domains", true);
    size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    if (n > QUO_DOMAINS_MAX) {
        quo_setting_fault(list, "at most 32", "%zu domains", n);
        n = 0;
    }
    c->domain = room(r, n, sizeof *c->domain);
    for (size_t i = 0; c->domain && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        c->n_domains = i + 1;
        c->domain[i].id = text_of(r, element, "id", true);
        c->domain[i].title = text_of(r, element, "title", true);
        for (size_t k = 0; c->domain[i].id && k < i; k++)
            refuse_twice(element, "domain", c->domain[i].id, (const char *const *)&c->domain[k].id, 1);
    }
}

static void read_storage(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "storage", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    c->storage = room(r, n, sizeof *c->storage);
    for (size_t i = 0; c->storage && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_storage *s = &c->storage[i];
        c->n_storage = i + 1;
        s->name = text_of(r, element, "name", true);
        for (size_t k = 0; k < i; k++)
            refuse_twice(element, "storage", s->name, (const char *const *)&c->storage[k].name, 1);
        quo_setting_number(element, "compromise_rate", 0.0, 1e3, "a year", true, &s->compromise_rate);
        quo_setting_number(element, "loss_rate", 0.0, 1e3, "a year", true, &s->loss_rate);
        quo_setting_bool(element, "person", false, &s->person);
        quo_setting_bool(element, "account", false, &s->account);
        s->origin = origin_of(r, element);
        s->source = text_of(r, element, "source", true);
    }
    c->storage_unsaid = text_of(r, root, "storage_unsaid", true);
    bool found = !c->storage_unsaid;
    for (size_t i = 0; !found && i < c->n_storage; i++)
        found = c->storage[i].name && strcmp(c->storage[i].name, c->storage_unsaid) == 0;
    if (!found)
        quo_setting_fault(quo_setting_child(root, "storage_unsaid"), "a name of the storage table", "unknown storage '%s'", c->storage_unsaid);
}

static void read_group_kinds(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "group_kinds", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    bool other = false;
    c->group_kind = room(r, n, sizeof *c->group_kind);
    for (size_t i = 0; c->group_kind && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_group_kind *k = &c->group_kind[i];
        c->n_group_kinds = i + 1;
        k->kind = text_of(r, element, "kind", true);
        for (size_t b = 0; b < i; b++)
            refuse_twice(element, "group kind", k->kind, (const char *const *)&c->group_kind[b].kind, 1);
        other |= k->kind && strcmp(k->kind, "other") == 0;
        quo_setting_number(element, "shock_rate", 0.0, 1e3, "a year", true, &k->shock_rate);
        quo_setting_number(element, "lethality", 0.0, 1.0, "", true, &k->lethality);
        quo_setting_number(element, "loss_shock_rate", 0.0, 1e3, "a year", true, &k->loss_shock_rate);
        quo_setting_number(element, "loss_lethality", 0.0, 1.0, "", true, &k->loss_lethality);
        k->origin = origin_of(r, element);
        k->source = text_of(r, element, "source", true);
    }
    if (list && !other)
        quo_setting_fault(list, "a kind \"other\" for those without an entry of their own", "group kind 'other' is missing");
}

static void read_constants(struct reader *r, const struct quo_setting *root)
{
    const size_t needed = sizeof constants_needed / sizeof *constants_needed;
    const struct quo_setting *list = quo_setting_list(root, "constants", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    const char *names[sizeof constants_needed / sizeof *constants_needed];
    bool seen[sizeof constants_needed / sizeof *constants_needed] = {false};
    for (size_t i = 0; i < needed; i++)
        names[i] = constants_needed[i].name;
    c->constant = room(r, n, sizeof *c->constant);
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
        quo_setting_number(element, "value", known ? constants_needed[word].low : -1e15, known ? constants_needed[word].high : 1e15, "", true,
                           &k->value);
        k->origin = origin_of(r, element);
        k->source = text_of(r, element, "source", true);
    }
    for (size_t i = 0; list && i < needed; i++)
        if (!seen[i])
            quo_setting_fault(list, "add it, with value, origin and source", "constant '%s' is missing", names[i]);
}

static void read_paths(struct reader *r, const struct quo_setting *root)
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
            quo_setting_fault(element, "at most 1; what is missing to 1 goes round every power", "shares of paths add up to %g", total);
        if (!known)
            continue;
        if (seen >> peril & 1u)
            quo_setting_fault(element, "remove one of the two", "paths of '%s' stand twice", quo_peril_ids()[peril]);
        seen |= (quo_peril_set)1 << peril;
        memcpy(r->catalogue->path[peril], share, sizeof share);
        r->catalogue->atomic[peril] = atomic;
    }
}

static void read_rules(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "knockouts", true);
    const size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    c->rule = room(r, n, sizeof *c->rule);
    for (size_t i = 0; c->rule && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_knockout_rule *rule = &c->rule[i];
        c->n_rules = i + 1;
        rule->id = text_of(r, element, "id", true);
        for (size_t k = 0; k < i; k++)
            refuse_twice(element, "rule", rule->id, (const char *const *)&c->rule[k].id, 1);
        int word = 0;
        quo_setting_word(element, "rule", rules, QUO_RULES, true, &word);
        rule->rule = (enum quo_rule)word;
        quo_setting_bool(element, "decline", true, &rule->decline);
        rule->usd = INFINITY;
        rule->share = NAN;
        int64_t level = 0;
        const bool by_level = word == QUO_RULE_LOOSE_GUARDS || word == QUO_RULE_WEAK_LOGIN || word == QUO_RULE_CHANGED_CODE ||
                              word == QUO_RULE_NO_WATCH || word == QUO_RULE_UNPROVEN_MECHANISM;
        const bool by_usd = word == QUO_RULE_SINGLE_KEY || word == QUO_RULE_SINGLE_VERIFIER || word == QUO_RULE_NO_STOP ||
                            word == QUO_RULE_NO_WATCH || word == QUO_RULE_ACCUMULATION;
        quo_setting_number(element, "usd", 0.0, QUO_MONEY_MAX, "USD", by_usd, &rule->usd);
        quo_setting_number(element, "share", 0.0, 1.0, "", word == QUO_RULE_MINORITY_NO_DELAY || word == QUO_RULE_SINGLE_KEY, &rule->share);
        quo_setting_int(element, "level", 0, QUO_LEVELS - 1, by_level, &level);
        rule->level = (int)level;
        rule->says = text_of(r, element, "says", true);
    }
}

static void read_grades(struct reader *r, const struct quo_setting *root)
{
    struct quo_catalogue *c = r->catalogue;
    static const char *const grades[4] = {"a", "b", "c", "d"};
    const struct quo_setting *group = quo_setting_group(root, "grades", true);
    for (int i = 0; i < 4; i++) {
        quo_setting_number(group, grades[i], 0.0, 100.0, "", true, &c->grade_from[i]);
        if (group && i > 0 && c->grade_from[i] > c->grade_from[i - 1])
            quo_setting_fault(group, "a >= b >= c >= d", "grade %s begins above grade %s", grades[i], grades[i - 1]);
    }
}

static void read_scales(struct reader *r, const struct quo_setting *root)
{
    struct quo_catalogue *c = r->catalogue;
    numbers_of(root, "level_exponent", QUO_LEVELS, 0.0, 1.0, true, c->level_exponent);
    numbers_of(root, "evidence_credit", QUO_EVIDENCE_GRADES, 0.0, 1.0, true, c->evidence_credit);
    for (int i = 1; i < 5; i++) {
        if (c->level_exponent[i] < c->level_exponent[i - 1])
            quo_setting_fault(quo_setting_child(root, "level_exponent"), "values that rise with the level", "level_exponent falls at level %d", i);
        if (c->evidence_credit[i] < c->evidence_credit[i - 1])
            quo_setting_fault(quo_setting_child(root, "evidence_credit"), "values that rise with the grade", "evidence_credit falls at grade %d",
                              i);
    }
    if (c->level_exponent[0] != 0.0)
        quo_setting_fault(quo_setting_child(root, "level_exponent"), "0: level 0 is no control", "level 0 has exponent %g", c->level_exponent[0]);
    const struct quo_setting *age = quo_setting_group(root, "evidence_age", true);
    quo_setting_number(age, "less_after_12_months", 0.0, 1.0, "", true, &c->age_less_12);
    quo_setting_number(age, "less_after_24_months", 0.0, 1.0, "", true, &c->age_less_24);
    if (age && c->age_less_24 < c->age_less_12)
        quo_setting_fault(age, "at least as much after 24 months as after 12", "evidence grows better with age");
    quo_setting_number(root, "overlap", 0.0, 1.0, "", true, &c->overlap);
    const struct quo_setting *floors = quo_setting_group(root, "floors", true);
    for (int k = 0; k < QUO_CHANNELS; k++)
        if (k != QUO_CHANNEL_RECOVERY)
            quo_setting_number(floors, quo_channel_id((enum quo_channel)k), 1e-4, 1.0, "", true, &c->floor[k]);
    read_grades(r, root);
}

static void refuse_missing_inputs(const struct quo_catalogue *c, const struct quo_setting *controls)
{
    for (size_t i = 0; input_names[i]; i++)
        if (quo_catalogue_input(c, input_names[i], NULL) < 0)
            quo_setting_fault(controls, "a control with this input", "no control gives the mechanism input '%s'", input_names[i]);
}

enum quo_status quo_catalogue_read(struct quo_config *config, struct quo_catalogue **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t refused_before = quo_faults_refusals(faults);
    struct reader r = {.catalogue = calloc(1, sizeof *r.catalogue)};
    if (!r.catalogue)
        return QUO_MACHINE;
    struct quo_catalogue *c = r.catalogue;
    const struct quo_setting *root = quo_config_root(config);
    c->id = text_of(&r, root, "id", true);
    read_scales(&r, root);
    read_codes(&r, root);
    read_paths(&r, root);
    read_constants(&r, root);
    read_storage(&r, root);
    read_group_kinds(&r, root);
    read_rules(&r, root);
    read_domains(&r, root);
    const struct quo_setting *controls = quo_setting_list(root, "controls", true);
    size_t n = quo_setting_length(controls);
    if (n > QUO_CONTROLS_MAX) {
        quo_setting_fault(controls, "at most 256", "%zu controls", n);
        n = 0;
    }
    c->control = room(&r, n, sizeof *c->control);
    for (size_t i = 0; c->control && i < n; i++) {
        c->n_controls = i + 1;
        read_control(&r, quo_setting_element(controls, i), i);
    }
    if (controls && !r.no_memory)
        refuse_missing_inputs(c, controls);
    if (quo_config_files(config) > 0)
        c->sha256 = quo_text_copy(quo_config_file_sha256(config, 0));
    enum quo_status status = quo_config_finish(config);
    if (r.no_memory)
        status = QUO_MACHINE;
    else if (quo_faults_refusals(faults) > refused_before)
        status = QUO_REFUSED;
    free(r.code);
    if (status)
        quo_catalogue_free(c);
    else
        *out = c;
    return status;
}
