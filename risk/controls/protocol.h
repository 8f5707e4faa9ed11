/* risk/controls/protocol.h -- who is insured: exposure, answers, signers, delays, caps, vendors. One libconfig group
 * `protocol = {...}`, alone in its file or included in a policy (docs/formats.md). The struct owns all its text. */
#ifndef QUO_PROTOCOL_H
#define QUO_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/controls/capture.h"
#include "risk/controls/catalogue.h"

#define QUO_SIGNERS_MAX 256
#define QUO_SET_GROUPS_MAX 256 /* different groups in one set */
#define QUO_SETS_MAX 64        /* signer sets, delays, caps of one protocol, each */
#define QUO_MONEY_MAX 1e15     /* USD: more than all there is; above it a number is a slip */

/* What a signer set or an action can do. Bits of a set. */
enum quo_power {
    QUO_POWER_MOVE = 1,             /* move funds held */
    QUO_POWER_MINT = 2,             /* issue tokens */
    QUO_POWER_UPGRADE = 4,          /* replace code */
    QUO_POWER_CONFIGURE = 8,        /* set parameters, oracles, listings, signers */
    QUO_POWER_BRIDGE_MESSAGES = 16, /* attest messages of a bridge */
    QUO_POWER_PAUSE = 32
};
#define QUO_POWERS_HOLDERS (QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE) /* who has one of these reaches the value */
#define QUO_POWERS_FIXED (QUO_POWERS_HOLDERS | QUO_POWER_CONFIGURE)              /* the protocol's own: all but its bridge's route and the pause */
/* "move", "bridge_messages"; NULL-terminated list in order of bits. */
const char *const *quo_power_names(void);

struct quo_answer {
    int control;                  /* index in the catalogue */
    int level;                    /* 0..4; -1 unknown */
    int evidence;                 /* 0..4 */
    double coverage, reliability; /* 0..1; NaN: not said (then 1, or what the variance controls give) */
    int age_months;               /* of the evidence; -1 not said */
    bool not_applicable;          /* needs its reason */
    char *reason, *note;
    int line;
};

struct quo_signer {
    char *id;
    char *storage; /* name in the catalogue's storage table: hardware_wallet, hsm, cloud_kms ...; NULL: by KM-02 */
    double compromise_rate;            /* a year; NaN: by storage */
    double loss_rate;                  /* a year; NaN: by storage */
    double approves, approves_spoofed; /* d, d' of (6.3) in docs/methods.md; NaN: from the answers */
    int *group;                        /* group[n_groups]: indices into the set's group names */
    size_t n_groups;
    bool
        groups_said; /* `groups` is written out, be it empty; else what the signers share is told by SD-02, SD-03, BR-02 */
};

/* What signers share who do not say what (quorum.h), by name: no group of a file is called so, having no kind. */
#define QUO_GROUP_UNSAID "not said"

struct quo_signer_set {
    char *id;
    unsigned powers;    /* enum quo_power bits */
    int threshold;      /* m: 1..n_signers */
    double reach_share; /* share of the exposure it can reach, 0..1 */
    double dwell_years; /* time a stolen key stays usable until rotation; NaN: from the answers */
    struct quo_signer *signer;
    size_t n_signers;
    char **group_name; /* "org:foundation"; the kind stands before the colon */
    size_t n_group_names;
    int line;
};

/* Numbers of a group of this protocol in place of those of its kind. */
struct quo_shared_group {
    char *name;                                                    /* "org:foundation" */
    double shock_rate, lethality, loss_shock_rate, loss_lethality; /* NaN: the kind's */
};

/* Who can cancel a delayed action; each counts as the level of GA-02 that it stands for. */
enum quo_veto {
    QUO_VETO_NONE,
    QUO_VETO_SAME_SIGNERS,
    QUO_VETO_GUARDIAN,
    QUO_VETO_GUARDIAN_EXIT,
    QUO_VETO_TESTED_EXIT,
    QUO_VETOES
};
const char *const *quo_veto_names(void); /* "none", "same_signers", "guardian", "guardian_exit", "tested_exit" */

struct quo_delay {
    char *id;
    unsigned powers;
    double delay_hours;
    bool veto_said; /* else by GA-02 */
    enum quo_veto veto;
    bool bypass; /* some path to the same power goes round it */
};

struct quo_cap {
    char *id;
    unsigned powers;
    double per_hour_usd; /* INFINITY: none */
    double burst_usd, window_hours, hard_usd, share;
};

/* Kinds of what a protocol rests on that no signers share, beside the catalogue's group kinds; NULL-terminated. */
const char *const *quo_protocol_vendor_kinds(void);

struct quo_dependency {
    char *kind, *vendor;
    double accumulated_usd; /* what the book already has on this vendor; NaN: not said */
};

struct quo_collateral {
    char *protocol;
    double usd;
};

struct quo_protocol {
    char *id, *name, *chain; /* name: the id where none is given; chain: NULL where none is */
    bool bridge;
    double exposure_usd;
    double hot_share;          /* NaN: from KM-06 */
    double exit_liquidity_usd; /* INFINITY: not said */
    struct quo_answer *answer; /* answer[n_answers], one for each control at most, in order of the file */
    size_t n_answers;
    struct quo_signer_set *signer_set;
    size_t n_signer_sets;
    struct quo_shared_group *group;
    size_t n_groups;
    struct quo_delay *delay;
    size_t n_delays;
    struct quo_cap *cap;
    size_t n_caps;
    bool has_governance, snapshot;
    bool has_votes; /* the costs below come from these, where they are not said themselves */
    struct quo_capture_votes_for votes;
    double votes_needed;                                                       /* tokens; NaN: not said */
    double capture_cost_usd, extractable_usd, borrow_cost_usd, bribe_cost_usd; /* NaN: not said */
    struct quo_dependency *dependency;
    size_t n_dependencies;
    struct quo_collateral *collateral;
    size_t n_collateral;
    bool has_history;
    double history_years;
    int history_incidents;
    double contagion[QUO_PERILS]; /* events a year that reach it from other protocols of a book, at the end of the model's data; 0 unless a book says so: no file does */
};

void quo_protocol_free(struct quo_protocol *protocol);
/* Readers: faults must be those of the config, not NULL. Warnings (contradicting answers, a signer in two sets, a group kind
 * without an entry) do not refuse.
 * A file whose root holds `protocol = {...}` (or `policy.protocol`). Every fault is collected; *out is NULL unless the
 * protocol can be used. */
enum quo_status quo_protocol_load(const char *path, const struct quo_catalogue *catalogue, struct quo_protocol **out,
                                  struct quo_faults *faults);
/* From a group of an opened config; `group` is the protocol's own group. */
enum quo_status quo_protocol_read(const struct quo_setting *group, const struct quo_catalogue *catalogue,
                                  struct quo_protocol **out, struct quo_faults *faults);
/* What a set's group is called: its name, or QUO_GROUP_UNSAID from n_group_names on. */
const char *quo_protocol_group_name(const struct quo_signer_set *set, size_t group);
/* The answer to a control, NULL if there is none. */
const struct quo_answer *quo_protocol_answer(const struct quo_protocol *protocol, int control);
#endif
