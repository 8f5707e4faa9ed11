/* The reader of the catalogue. Goes on after every fault; what a table refers to is resolved when all of it is read. */
#include "risk/controls/catalogue_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/protocol.h"

static const char *const input_names[] = {
    "threshold",
    "signers",
    "shared_signers",
    "spoof_share",
    "verifier_threshold",
    "verifiers",
    "shared_verifiers",
    "hot_share",
    "delay_hours",
    "veto",
    "notice",
    "capture_ratio",
    "cap_share_day",
    "route_cap_share_day",
    "route_share",
    "auto_stop",
    "respond_hours",
    "reserve_share",
    NULL,
};
/* Each input's range, and whether a larger value is the better one. The best level must be the last. */
static const struct {
    double low, high;
    bool rising;
} input_range[] = {
    {1, QUO_SIGNERS_MAX, true},
    {1, QUO_SIGNERS_MAX, true},
    {0, 1, false},
    {0, 1, false},
    {1, QUO_SIGNERS_MAX, true},
    {1, QUO_SIGNERS_MAX, true},
    {0, 1, false},
    {0, 1, false},
    {0, 1e6, true},
    {0, 1, true},
    {0, 1, true},
    {0, 1e6, false},
    {0, 1e6, false},
    {0, 1e6, false},
    {0, 1, false},
    {0, 1, true},
    {1e-3, 1e6, false},
    {0, 0.99, true},
};
const char *const *quo_catalogue_input_names(void) { return input_names; }

/* Exactly n numbers. Keeps out[] where something is wrong. */
static bool numbers_of(const struct quo_setting *group, const char *name, size_t n, double low, double high,
                       bool required, double *out)
{
    const struct quo_setting *list = quo_setting_list(group, name, required);
    if (!list)
        return false;
    if (quo_setting_length(list) != n) {
        quo_setting_fault(list, "give one number for each", "%s holds %zu numbers where %zu belong", name,
                          quo_setting_length(list), n);
        return false;
    }
    bool right = true;
    for (size_t i = 0; i < n; i++)
        right &= quo_setting_as_number(quo_setting_element(list, i), low, high, "", &out[i]);
    return right;
}

static void read_codes(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "peril_codes", false);
    const size_t n = quo_setting_length(list);
    r->code = quo_catalogue_room(r, n, sizeof *r->code);
    for (size_t i = 0; r->code && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_catalogue_code *code = &r->code[i];
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
                quo_setting_fault(quo_setting_element(perils, k), near < 0 ? NULL : quo_peril_ids()[near],
                                  "unknown peril '%s'", id);
            }
            code->set |= set;
        }
        r->n_codes = i + 1;
    }
}

/* The perils named by codes or ids; 0 with a fault if there is none. */
static quo_peril_set perils_of(struct quo_catalogue_reader *r, const struct quo_setting *group, bool required)
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

static void read_effects(struct quo_catalogue_reader *r, const struct quo_setting *group, struct quo_control *control)
{
    const struct quo_setting *list = quo_setting_list(group, "effects", false);
    const size_t n = quo_setting_length(list);
    control->effect = quo_catalogue_room(r, n, sizeof *control->effect);
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
        if (numbers_of(element, "pert", 3, up ? 1.0 : 1e-4, up ? 100.0 : 1.0, true, pert) &&
            !(pert[0] <= pert[1] && pert[1] <= pert[2])) {
            quo_setting_fault(element, "low <= mode <= high", "pert of %s is out of order",
                              control->id ? control->id : "a control");
            pert[0] = pert[1] = pert[2] = 1.0;
        }
        effect->low = pert[0];
        effect->mode = pert[1];
        effect->high = pert[2];
        effect->origin = quo_catalogue_origin(r, element);
        effect->source = quo_catalogue_text(r, element, "source", true);
        for (size_t k = 0; k < i; k++)
            if (control->effect[k].channel == effect->channel && (control->effect[k].perils & effect->perils))
                quo_setting_fault(element, "join the two", "a second effect on the same channel and peril");
        control->perils |= effect->perils;
    }
}

static void read_inputs(struct quo_catalogue_reader *r, const struct quo_setting *group, struct quo_control *control)
{
    const struct quo_setting *list = quo_setting_list(group, "inputs", false);
    const size_t n = quo_setting_length(list);
    control->input = quo_catalogue_room(r, n, sizeof *control->input);
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
                quo_setting_fault(element, "one control gives an input", "input '%s' already comes from %s",
                                  input_names[word], r->catalogue->control[taken].id);
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
            if (input_range[word].rising ? input->level[l] < input->level[l - 1]
                                         : input->level[l] > input->level[l - 1]) {
                quo_setting_fault(element,
                                  input_range[word].rising ? "values that rise with the level"
                                                           : "values that fall with the level",
                                  "level %d of '%s' is worse than level %d", l, input->name, l - 1);
                break;
            }
        input->origin = quo_catalogue_origin(r, element);
        input->source = quo_catalogue_text(r, element, "source", true);
    }
}

static void read_control(struct quo_catalogue_reader *r, const struct quo_setting *element, size_t index)
{
    struct quo_catalogue *c = r->catalogue;
    struct quo_control *control = &c->control[index];
    control->line = quo_setting_line(element);
    control->id = quo_catalogue_text(r, element, "id", true);
    control->domain_index = -1;
    for (size_t i = 0; control->id && i < index; i++)
        if (c->control[i].id && strcmp(c->control[i].id, control->id) == 0)
            quo_setting_fault(element, "remove one of the two", "control '%s' stands twice; first at line %d",
                              control->id, c->control[i].line);
    const char *dash = control->id ? strchr(control->id, '-') : NULL;
    for (size_t d = 0; dash && d < c->n_domains; d++) {
        const char *domain = c->domain[d].id;
        if (domain && strlen(domain) == (size_t)(dash - control->id) &&
            strncmp(domain, control->id, strlen(domain)) == 0)
            control->domain_index = (int)d;
    }
    if (control->id && control->domain_index < 0)
        quo_setting_fault(element, "an id such as KM-01, its domain listed in domains",
                          "control '%s' belongs to no domain", control->id);
    else if (control->id)
        control->domain = quo_text_copy(c->domain[control->domain_index].id);
    control->title = quo_catalogue_text(r, element, "title", true);
    control->question = quo_catalogue_text(r, element, "question", true);
    control->evidence = quo_catalogue_text(r, element, "evidence", true);
    quo_setting_bool(element, "bridge_only", false, &control->bridge_only);
    const struct quo_setting *levels = quo_setting_list(element, "levels", true);
    if (levels && quo_setting_length(levels) != QUO_LEVELS)
        quo_setting_fault(levels, "one text for each level 0..4", "%zu criteria where %d belong",
                          quo_setting_length(levels), QUO_LEVELS);
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
            quo_setting_fault(element, "values that rise with the level",
                              "reliability of level %d is below that of level %d", l, l - 1);
            break;
        }
}

static void read_domains(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "domains", true);
    size_t n = quo_setting_length(list);
    struct quo_catalogue *c = r->catalogue;
    if (n > QUO_DOMAINS_MAX) {
        quo_setting_fault(list, "at most 32", "%zu domains", n);
        n = 0;
    }
    c->domain = quo_catalogue_room(r, n, sizeof *c->domain);
    for (size_t i = 0; c->domain && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        c->n_domains = i + 1;
        c->domain[i].id = quo_catalogue_text(r, element, "id", true);
        c->domain[i].title = quo_catalogue_text(r, element, "title", true);
        for (size_t k = 0; c->domain[i].id && k < i; k++)
            quo_catalogue_refuse_twice(element, "domain", c->domain[i].id, (const char *const *)&c->domain[k].id, 1);
    }
}

static void read_grades(struct quo_catalogue_reader *r, const struct quo_setting *root)
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

static void read_scales(struct quo_catalogue_reader *r, const struct quo_setting *root)
{
    struct quo_catalogue *c = r->catalogue;
    numbers_of(root, "level_exponent", QUO_LEVELS, 0.0, 1.0, true, c->level_exponent);
    numbers_of(root, "evidence_credit", QUO_EVIDENCE_GRADES, 0.0, 1.0, true, c->evidence_credit);
    for (int i = 1; i < 5; i++) {
        if (c->level_exponent[i] < c->level_exponent[i - 1])
            quo_setting_fault(quo_setting_child(root, "level_exponent"), "values that rise with the level",
                              "level_exponent falls at level %d", i);
        if (c->evidence_credit[i] < c->evidence_credit[i - 1])
            quo_setting_fault(quo_setting_child(root, "evidence_credit"), "values that rise with the grade",
                              "evidence_credit falls at grade %d", i);
    }
    if (c->level_exponent[0] != 0.0)
        quo_setting_fault(quo_setting_child(root, "level_exponent"), "0: level 0 is no control",
                          "level 0 has exponent %g", c->level_exponent[0]);
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
            quo_setting_fault(controls, "a control with this input", "no control gives the mechanism input '%s'",
                              input_names[i]);
}

enum quo_status quo_catalogue_read(struct quo_config *config, struct quo_catalogue **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t refused_before = quo_faults_refusals(faults);
    struct quo_catalogue_reader r = {.catalogue = calloc(1, sizeof *r.catalogue)};
    if (!r.catalogue)
        return QUO_MACHINE;
    struct quo_catalogue *c = r.catalogue;
    const struct quo_setting *root = quo_config_root(config);
    c->id = quo_catalogue_text(&r, root, "id", true);
    read_scales(&r, root);
    read_codes(&r, root);
    quo_catalogue_read_tables(&r, root);
    read_domains(&r, root);
    const struct quo_setting *controls = quo_setting_list(root, "controls", true);
    size_t n = quo_setting_length(controls);
    if (n > QUO_CONTROLS_MAX) {
        quo_setting_fault(controls, "at most 256", "%zu controls", n);
        n = 0;
    }
    c->control = quo_catalogue_room(&r, n, sizeof *c->control);
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
