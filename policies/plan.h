/* policies/plan.h -- a plan: changes on offer, each with what it costs a year and the settings it changes. libconfig
 * `changes = ( { id; says; cost_per_year; set = [ "path=value" ]; } )` (docs/formats.md). The struct owns all its text. */
#ifndef QUO_PLAN_H
#define QUO_PLAN_H

#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"

/* One setting to change: arguments of quo_config_set below `policy`. */
struct quo_plan_setting {
    char *path, *value;
    int line;
};

struct quo_change {
    char *id, *says; /* says: NULL if the plan does not say */
    double cost_per_year;
    struct quo_plan_setting *set; /* set[n_sets] */
    size_t n_sets;
    int line;
};

struct quo_plan {
    struct quo_change *change; /* change[n_changes], in order of the file */
    size_t n_changes;
};

void quo_plan_free(struct quo_plan *plan);
enum quo_status quo_plan_load(const char *path, struct quo_plan **out, struct quo_faults *faults);
/* From an opened config; finishes it, does not close it. `faults` is the config's own collection. */
enum quo_status quo_plan_read(struct quo_config *config, struct quo_plan **out, struct quo_faults *faults);
/* Leaves the first n changes. */
void quo_plan_cut(struct quo_plan *plan, size_t n);
/* One more change from "path=value": its id is that text, its cost 0. Settings of one answer are one change. QUO_REFUSED where it is no such text; then the plan is as before. */
enum quo_status quo_plan_add(struct quo_plan *plan, const char *text);
/* Cuts "path=value" in two copies at its first '='; false (and both NULL) if there is none, either side is empty, or
 * memory ran out. Blanks around both are cut off. */
bool quo_plan_split(const char *text, char **path, char **value);
#endif
