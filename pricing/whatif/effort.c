#include "pricing/whatif/effort.h"

#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

#define SHIPPED "fixtures/plans/effort.cfg"
__asm__(".pushsection .rodata\n.global quo_shipped_effort\n.hidden quo_shipped_effort\nquo_shipped_effort:\n.incbin "
        "\"" SHIPPED "\"\n.global quo_shipped_effort_end\n.hidden "
        "quo_shipped_effort_end\nquo_shipped_effort_end:\n.byte 0\n.popsection\n");
extern const char quo_shipped_effort[], quo_shipped_effort_end[];

#define COST_MAX 1e12

void quo_effort_free(struct quo_effort *effort)
{
    if (!effort)
        return;
    for (size_t i = 0; i < effort->n_classes; i++) {
        free(effort->class[i].id);
        free(effort->class[i].says);
    }
    free(effort->class);
    free(effort->step);
    free(effort->id);
    free(effort);
}

static bool read_classes(const struct quo_setting *root, struct quo_effort *e)
{
    const struct quo_setting *list = quo_setting_list(root, "classes", true);
    const size_t n = quo_setting_length(list);
    if (list && n == 0)
        quo_setting_fault(list, "{ id = \"small\"; cost_per_year = 15000; }", "there is no class");
    e->class = calloc(n + 1, sizeof *e->class);
    if (!e->class)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct quo_setting *group = quo_setting_element(list, i);
        struct quo_effort_class *class = &e->class[e->n_classes++];
        const char *id = "", *says = NULL;
        if (quo_setting_text(group, "id", true, &id))
            for (size_t j = 0; j < i; j++)
                if (strcmp(e->class[j].id, id) == 0)
                    quo_setting_fault(quo_setting_child(group, "id"), "an id of its own", "class '%s' stands twice",
                                      id);
        quo_setting_text(group, "says", false, &says);
        quo_setting_number(group, "cost_per_year", 0.0, COST_MAX, "USD a year", true, &class->cost_per_year);
        class->id = quo_text_copy(id);
        class->says = quo_text_copy(says);
        if (!class->id)
            return false;
    }
    return true;
}

/* The class that a text names; -1 with a fault. */
static int class_of(const struct quo_effort *e, const struct quo_setting *at, const char *id)
{
    const char *known[64];
    size_t n = 0;
    for (size_t i = 0; i < e->n_classes; i++) {
        if (strcmp(e->class[i].id, id) == 0)
            return (int)i;
        if (n < sizeof known / sizeof *known)
            known[n++] = e->class[i].id;
    }
    const int near = quo_text_nearest(id, known, n);
    char hint[160] = "one of the classes above";
    if (near >= 0)
        quo_text_print(hint, sizeof hint, "did you mean '%s'?", known[near]);
    quo_setting_fault(at, hint, "unknown class '%s'", id);
    return -1;
}

static void read_steps(const struct quo_setting *group, const struct quo_effort *e, bool required, int step[QUO_LEVELS])
{
    const struct quo_setting *list = quo_setting_list(group, "steps", required);
    if (!list)
        return;
    if (quo_setting_length(list) != QUO_LEVELS - 1) {
        quo_setting_fault(list, "a class for the step to level 1, 2, 3 and 4", "%zu steps", quo_setting_length(list));
        return;
    }
    for (size_t i = 0; i + 1 < QUO_LEVELS; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *id;
        const int class = quo_setting_as_text(element, &id) ? class_of(e, element, id) : -1;
        if (class >= 0)
            step[i + 1] = class;
    }
}

static void read_controls(const struct quo_setting *root, const struct quo_catalogue *catalogue, struct quo_effort *e)
{
    const struct quo_setting *list = quo_setting_list(root, "controls", false);
    bool seen[QUO_CONTROLS_MAX] = {false};
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *group = quo_setting_element(list, i);
        const char *id;
        if (!quo_setting_text(group, "control", true, &id))
            continue;
        const int control = quo_catalogue_control(catalogue, id);
        int scrap[QUO_LEVELS] = {0};
        if (control < 0) {
            const int near = quo_catalogue_nearest(catalogue, id);
            char hint[160] = "a control of the catalogue";
            if (near >= 0)
                quo_text_print(hint, sizeof hint, "did you mean '%s'?", catalogue->control[near].id);
            quo_setting_fault(quo_setting_child(group, "control"), hint, "unknown control '%s'", id);
        } else if (seen[control]) {
            quo_setting_fault(quo_setting_child(group, "control"), "each control once", "control '%s' stands twice",
                              id);
        } else {
            seen[control] = true;
        }
        read_steps(group, e, true, control < 0 ? scrap : e->step[control]);
    }
}

static void read_proof(const struct quo_setting *root, struct quo_effort *e)
{
    const struct quo_setting *group = quo_setting_group(root, "proof", true);
    int64_t grade = QUO_EVIDENCE_GRADES - 1;
    const char *id;
    if (!group)
        return;
    quo_setting_int(group, "evidence", 0, QUO_EVIDENCE_GRADES - 1, true, &grade);
    e->proof_evidence = (int)grade;
    if (quo_setting_text(group, "class", true, &id)) {
        const int class = class_of(e, quo_setting_child(group, "class"), id);
        e->proof_class = class < 0 ? 0 : class;
    }
}

static enum quo_status read_all(const struct quo_setting *root, const struct quo_catalogue *catalogue,
                                struct quo_effort *e)
{
    const char *id = "";
    int64_t evidence = 0;
    int usual[QUO_LEVELS] = {0};
    quo_setting_text(root, "id", true, &id);
    quo_setting_int(root, "evidence", 0, QUO_EVIDENCE_GRADES - 1, true, &evidence);
    e->id = quo_text_copy(id);
    e->evidence = (int)evidence;
    e->n_controls = catalogue->n_controls;
    e->step = calloc(catalogue->n_controls + 1, sizeof *e->step);
    if (!e->id || !e->step || !read_classes(root, e))
        return QUO_MACHINE;
    read_steps(root, e, true, usual);
    for (size_t c = 0; c < e->n_controls; c++)
        memcpy(e->step[c], usual, sizeof usual);
    read_controls(root, catalogue, e);
    read_proof(root, e);
    return QUO_OK;
}

enum quo_status quo_effort_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_effort **out, struct quo_faults *faults)
{
    *out = NULL;
    const struct quo_setting *root = quo_setting_group(quo_config_root(config), "effort", true);
    struct quo_effort *e = calloc(1, sizeof *e);
    if (!e)
        return QUO_MACHINE;
    const size_t before = quo_faults_refusals(faults);
    enum quo_status status = root ? read_all(root, catalogue, e) : QUO_REFUSED;
    const enum quo_status finished = status == QUO_MACHINE ? QUO_OK : quo_config_finish(config);
    status = status ? status : finished;
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status) {
        quo_effort_free(e);
        return status;
    }
    *out = e;
    return QUO_OK;
}

enum quo_status quo_effort_load(const char *path, const struct quo_catalogue *catalogue, struct quo_effort **out,
                                struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = NULL;
    enum quo_status status =
        path ? quo_config_open(path, &config, faults)
             : quo_config_open_text(quo_shipped_effort, (size_t)(quo_shipped_effort_end - quo_shipped_effort), SHIPPED,
                                    &config, faults);
    if (status == QUO_OK)
        status = quo_effort_read(config, catalogue, out, faults);
    quo_config_close(config);
    return status;
}
