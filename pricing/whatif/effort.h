/* pricing/whatif/effort.h -- what it takes to bring a control a level up, in classes with a cost a year. libconfig `effort = {...}`
 * (docs/formats.md); the shipped file is fixtures/plans/effort.cfg. Judgements throughout, made to be edited. */
#ifndef QUO_EFFORT_H
#define QUO_EFFORT_H

#include "risk/base/config.h"
#include "risk/controls/catalogue.h"

struct quo_effort_class {
    char *id, *says;
    double cost_per_year; /* USD */
};

struct quo_effort {
    char *id;
    struct quo_effort_class *class; /* class[n_classes] */
    size_t n_classes;
    int evidence;       /* grade that a new level is shown with */
    int proof_evidence; /* grade of a proof of the level that is there, and the class that it takes */
    int proof_class;
    int (*step)[QUO_LEVELS]; /* step[control of the catalogue][level reached]: a class; [0] unused */
    size_t n_controls;
};

/* path NULL: the shipped file. */
enum quo_status quo_effort_load(const char *path, const struct quo_catalogue *catalogue, struct quo_effort **out,
                                struct quo_faults *faults);
/* Finishes the config, does not close it. */
enum quo_status quo_effort_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_effort **out, struct quo_faults *faults);
void quo_effort_free(struct quo_effort *effort);
#endif
