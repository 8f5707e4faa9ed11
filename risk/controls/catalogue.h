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
#define QUO_CONTROLS_MAX 256
#define QUO_DOMAINS_MAX 32
#define QUO_EVIDENCE_GRADES 5

/* The channel through which a control works on a peril. The three key_ and the two shared_ channels feed the signer mechanism
 * (a multiplier of a compromise rate, or of the share beta of common causes); detect and respond feed the races; the others
 * are multipliers of the peril itself. Every channel is better when smaller, recovery alone when larger. */
enum quo_channel {
    QUO_CHANNEL_FREQUENCY,
    QUO_CHANNEL_SEVERITY,
    QUO_CHANNEL_DETECT,      /* multiplies the time to detect */
    QUO_CHANNEL_RESPOND,     /* multiplies the time to contain or recover */
    QUO_CHANNEL_RECOVERY,    /* multiplies the share recovered */
    QUO_CHANNEL_SECONDARY,   /* multiplies secondary losses */
    QUO_CHANNEL_KEY_STORAGE, /* multiplies the compromise rate of signers whose storage is not written out */
    QUO_CHANNEL_KEY_PERSON,  /* multiplies the compromise rate of keys that sign on a person's machine */
    QUO_CHANNEL_KEY_ACCOUNT, /* multiplies the compromise rate of keys behind an account (cloud KMS, custodian) */
    QUO_CHANNEL_SHARED_SIGNERS, /* multiplies beta, the share of common causes among signers whose groups are not written out */
    QUO_CHANNEL_SHARED_VERIFIERS, /* the same among the verifiers of a bridge */
    QUO_CHANNELS
};
const char *quo_channel_id(enum quo_channel channel); /* "frequency" */

const char *const *quo_channel_ids(void); /* all, in order */

/* PERT(low, mode, high) multiplier of level 4 against level 0. */
struct quo_effect {
    quo_peril_set perils;
    enum quo_channel channel;
    double low, mode, high;
    char *origin, *source; /* "published" or "judgement", and of whom */
};

/* What a control says to a mechanism: a value for each level. A control may have several. */
struct quo_input {
    char *name; /* "delay_hours": one of quo_catalogue_input_names() */
    double level[QUO_LEVELS];
    char *origin, *source;
};

struct quo_control {
    char *id;     /* "KM-01" */
    char *domain; /* "KM" */
    int domain_index;
    char *title, *question, *evidence;
    char *criteria[QUO_LEVELS];
    struct quo_effect *effect;
    size_t n_effects;
    struct quo_input *input;
    size_t n_inputs;
    quo_peril_set perils;                /* every peril that it touches, through effects or inputs */
    double reliability_gain[QUO_LEVELS]; /* variance controls (PP-04, PP-05): what they add to r; else 0 */
    bool bridge_only;                    /* asks about a bridge: not applicable to any other protocol */
    int line;
};

struct quo_domain {
    char *id, *title;
};

/* Rates by key storage, a year. */
struct quo_storage {
    char *name;
    bool person, account; /* signs on a person's machine; stands behind an account with a login */
    double compromise_rate, loss_rate;
    char *origin, *source;
};

/* Shock of a group by its kind (org, device, cloud, ...), a year, and the chance that a member falls with it. */
struct quo_group_kind {
    char *kind;
    double shock_rate, lethality;
    double loss_shock_rate, loss_lethality;
    bool vendor; /* a firm outside that serves others too: its shocks are vendor_infrastructure */
    char *origin, *source;
};

/* A named number of the mechanisms ("key_credibility", "detect_median_hours" ...), with its origin. */
struct quo_constant {
    char *name;
    double value;
    char *origin, *source;
};

/* Shares of the attack paths of a peril by the power they use; add up to 1. In order of the bits of enum quo_power. */
#define QUO_POWERS 6

/* The rules that refer or decline before any price. */
enum quo_rule {
    QUO_RULE_SINGLE_KEY,         /* KO1: a threshold of 1 moves, mints or upgrades more than usd or share */
    QUO_RULE_SINGLE_VERIFIER,    /* KO2: a threshold of 1 attests messages for more than usd */
    QUO_RULE_MINORITY_NO_DELAY,  /* KO3: threshold / signers < share, and no delay on the same power */
    QUO_RULE_LOOSE_GUARDS,       /* KO4: GA-04 below level */
    QUO_RULE_NO_STOP,            /* KO5: no pause and no cap, value above usd */
    QUO_RULE_WEAK_LOGIN,         /* KO6: VI-01 below level */
    QUO_RULE_CHANGED_CODE,       /* KO7: CE-06 below level */
    QUO_RULE_NO_WATCH,           /* KO8: MO-01 below level, value above usd */
    QUO_RULE_UNPROVEN_MECHANISM, /* KO9: evidence below level on a control that feeds a mechanism */
    QUO_RULE_ACCUMULATION,       /* KO10: a vendor already accumulates more than usd */
    QUO_RULES
};
struct quo_knockout_rule {
    char *id; /* "KO1" */
    enum quo_rule rule;
    bool decline;      /* else refer; what rests on an unanswered question only ever refers */
    double usd, share; /* thresholds; INFINITY / NaN where the rule has none */
    int level;
    char *says;
};

struct quo_catalogue {
    char *id;
    struct quo_domain *domain;
    size_t n_domains;
    struct quo_control *control;
    size_t n_controls;
    struct quo_storage *storage;
    size_t n_storage;
    char *storage_unsaid; /* the storage taken where a signer names none; KM-02 then multiplies its rate */
    struct quo_group_kind *group_kind;
    size_t n_group_kinds;
    struct quo_constant *constant;
    size_t n_constants;
    double level_exponent[QUO_LEVELS];
    double evidence_credit[QUO_EVIDENCE_GRADES];
    double age_less_12, age_less_24;     /* taken off the credit of evidence older than 12 and 24 months */
    double overlap;                      /* 0.7: the i-th control counts overlap^i */
    double floor[QUO_CHANNELS];          /* the least multiplier of a channel */
    double grade_from[4];                /* scores from which A, B, C, D are given */
    double path[QUO_PERILS][QUO_POWERS]; /* shares of a peril's attack paths by power; 0 where the file says nothing */
    double atomic[QUO_PERILS];           /* share of its attacks that are over before anything can stop them */
    struct quo_knockout_rule *rule;
    size_t n_rules;
    char *sha256;
};

void quo_catalogue_free(struct quo_catalogue *catalogue);
/* faults must not be NULL. */
enum quo_status quo_catalogue_load(const char *path, struct quo_catalogue **out, struct quo_faults *faults);
enum quo_status quo_catalogue_read(struct quo_config *config, struct quo_catalogue **out, struct quo_faults *faults);
/* Index of a control by id, -1 if there is none. */
int quo_catalogue_control(const struct quo_catalogue *catalogue, const char *id);
/* Index of the control nearest in name, for hints; -1. */
int quo_catalogue_nearest(const struct quo_catalogue *catalogue, const char *id);
/* What a catalogue must say: the inputs (each by one control) and the constants that the mechanisms ask for. NULL-terminated. */
const char *const *quo_catalogue_input_names(void);
/* The control that gives an input of that name and the input itself; -1 and NULL if none does. */
int quo_catalogue_input(const struct quo_catalogue *catalogue, const char *name, const struct quo_input **input);
const struct quo_storage *quo_catalogue_storage(const struct quo_catalogue *catalogue, const char *name);
/* The kind's entry, or that of kind "other" for a kind that has none of its own. */
const struct quo_group_kind *quo_catalogue_group_kind(const struct quo_catalogue *catalogue, const char *kind);
/* A named number; NaN if there is none (quo_catalogue_read refuses a catalogue that lacks one that is needed). */
double quo_catalogue_constant(const struct quo_catalogue *catalogue, const char *name);
#endif
