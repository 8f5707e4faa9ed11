/* risk/controls/catalogue.h -- the control catalogue: questions, level criteria, effects, evidence, knock-outs. libconfig;
 * the shipped one is fixtures/catalogue/controls.cfg. Everything that is a number here can be edited by an underwriter. */
#ifndef QUO_CATALOGUE_H
#define QUO_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/peril.h"

#define QUO_LEVELS 5
#define QUO_EVIDENCE_GRADES 5

/* The channel through which a control works on a peril. */
enum quo_channel {
    QUO_CHANNEL_FREQUENCY,
    QUO_CHANNEL_SEVERITY,
    QUO_CHANNEL_DETECT,   /* multiplies the time to detect */
    QUO_CHANNEL_RESPOND,  /* multiplies the time to contain or recover */
    QUO_CHANNEL_RECOVERY, /* multiplies the share recovered */
    QUO_CHANNEL_SECONDARY,/* multiplies secondary losses */
    QUO_CHANNELS
};

/* PERT(low, mode, high) multiplier of level 4 against level 0. */
struct quo_effect {
    quo_peril_set perils;
    enum quo_channel channel;
    double low, mode, high;
    char *origin, *source; /* "published" or "judgement", and of whom */
};

struct quo_control {
    char *id;     /* "KM-01" */
    char *domain; /* "KM" */
    char *title, *question, *evidence;
    char *criteria[QUO_LEVELS];
    struct quo_effect *effect;
    size_t n_effects;
    char *mechanism; /* NULL, or the mechanism input it feeds ("p_key", "timelock" ...): then it is no multiplier there */
    double mechanism_level[QUO_LEVELS]; /* the input's value at each level, NaN where the control has no table */
    quo_peril_set mechanism_perils;
    double reliability_gain[QUO_LEVELS]; /* variance controls (PP-04, PP-05): what they add to r; else 0 */
    int line;
};

struct quo_domain {
    char *id, *title;
};

/* Rates by key storage, a year. */
struct quo_storage {
    char *name;
    double compromise_rate, loss_rate;
    char *origin, *source;
};

/* Shock of a group by its kind (org, device, cloud, ...), a year, and the chance that a member falls with it. */
struct quo_group_kind {
    char *kind;
    double shock_rate, lethality;
    double loss_shock_rate, loss_lethality;
    char *origin, *source;
};

/* A named number of the mechanisms ("key_credibility", "detect_median_hours" ...), with its origin. */
struct quo_constant {
    char *name;
    double value;
    char *origin, *source;
};

struct quo_catalogue {
    char *id;
    struct quo_domain *domain;
    size_t n_domains;
    struct quo_control *control;
    size_t n_controls;
    struct quo_storage *storage;
    size_t n_storage;
    struct quo_group_kind *group_kind;
    size_t n_group_kinds;
    struct quo_constant *constant;
    size_t n_constants;
    double level_exponent[QUO_LEVELS];
    double evidence_credit[QUO_EVIDENCE_GRADES];
    double overlap;                     /* 0.7: the i-th control counts overlap^i */
    double floor[QUO_CHANNELS];         /* the least multiplier of a channel */
    double grade_from[4];               /* scores from which A, B, C, D are given */
    char *sha256;
};

void quo_catalogue_free(struct quo_catalogue *catalogue);
enum quo_status quo_catalogue_load(const char *path, struct quo_catalogue **out, struct quo_faults *faults);
enum quo_status quo_catalogue_read(struct quo_config *config, struct quo_catalogue **out, struct quo_faults *faults);
/* Index of a control by id, -1 if there is none. */
int quo_catalogue_control(const struct quo_catalogue *catalogue, const char *id);
/* Index of the control nearest in name, for hints; -1. */
int quo_catalogue_nearest(const struct quo_catalogue *catalogue, const char *id);
const struct quo_storage *quo_catalogue_storage(const struct quo_catalogue *catalogue, const char *name);
/* The kind's entry, or that of kind "other" for a kind that has none of its own. */
const struct quo_group_kind *quo_catalogue_group_kind(const struct quo_catalogue *catalogue, const char *kind);
/* A named number; NaN if there is none (quo_catalogue_read refuses a catalogue that lacks one that is needed). */
double quo_catalogue_constant(const struct quo_catalogue *catalogue, const char *name);
#endif
