/* risk/controls/score.h -- what the controls of one protocol do to each peril, against the market: relativities, mechanisms,
 * scores, knock-outs. A score is a loss ratio, never an opinion: score_p = 100 (ln worst - ln R_p)/(ln worst - ln best).
 *
 * A peril's effect has four numbers, each normalised so that its (claims-weighted) mean over the market's profiles is 1:
 *   frequency  multiplies the rate; severity multiplies the loss; duration multiplies hours (service_outage);
 *   plus the outflow caps, which change the loss's survival function itself.                          [methods: controls] */
#ifndef QUO_SCORE_H
#define QUO_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"
#include "risk/loss.h"
#include "risk/market.h"

/* One control's own part in one peril. */
struct quo_control_effect {
    int control;       /* index in the catalogue */
    double multiplier; /* of the peril's expected loss before own record, after evidence, coverage, reliability, overlap */
    double score_if_best, score_if_worst;           /* the peril's score were this control at level 4 with the
                                             best evidence, or at level 0 */
    double relativity_if_best, relativity_if_worst; /* and the peril's relativity, before caps */
};

/* A named number of a mechanism, for the reader who redoes it: "timelock.delay_hours" = 24. */
struct quo_mechanism_value {
    char name[64];
    double value;
};

struct quo_peril_score {
    enum quo_peril peril;
    double frequency, severity, duration; /* relative to the market */
    double recovery;                      /* multiplies the recovered share */
    double secondary;                     /* multiplies secondary losses */
    double relativity;                    /* of expected loss before caps: frequency * severity (* duration) */
    double
        cap_factor; /* what the caps leave of it on the catalogue's reference law: for the score alone, a price uses `outflow` */
    double loss;        /* expected a year (quo_score_valued); 0 unless controls or sets are asked for */
    double capped;      /* what outflow caps leave of it, 0..1 */
    double score;       /* 0..100 */
    double worst, best; /* relativity * cap_factor with everything at level 0, and with everything at its best */
    struct quo_outflow outflow; /* the caps */
    struct quo_control_effect *control; /* control[n_controls]: those that touch this peril, strongest first */
    size_t n_controls;
    struct quo_mechanism_value *value; /* value[n_values] */
    size_t n_values;
};

struct quo_domain_score {
    int domain;   /* index in the catalogue */
    double score; /* NaN: nothing of it concerns this protocol (bridges) */
    double
        factor; /* of expected loss, all perils: what this domain's answers do against the market's; the walk uses it */
};

struct quo_knockout {
    char *id;     /* "KO1" */
    char *why;    /* the rule and the value that met it */
    bool decline; /* else refer */
};

/* Birnbaum importance of a signer or a group. */
struct quo_importance {
    char *name;
    bool is_group;
    double share; /* adds up to 1 over all of the set */
};

struct quo_signer_result {
    double compromise_rate, loss_rate; /* a year */
};
struct quo_group_result {
    double shock_rate, lethality; /* a year; 0..1 */
    double loss_shock_rate, loss_lethality;
};
/* The same set under other laws of common causes: how far the quorum's rate hangs on that choice. Breaches a year; each
 * signer keeps the rate at which it falls, by itself and with its groups. */
struct quo_other_laws {
    double independent;        /* nobody shares anything */
    double beta, beta_factor;  /* mean share of a signer's rate that comes through groups; all fall with that share */
    double rho, beta_binomial; /* mean correlation of two signers within the dwell time; NaN without a dwell time */
};

/* A single change to one set, with all else as it is. */
struct quo_set_move {
    int change;           /* enum quo_signers_change; QUO_SIGNERS_STAY: nothing helps */
    size_t signer, group; /* in the set; group n_group_names: what they share without a word on it */
    const char *storage;  /* of the better key; the catalogue's */
    double breach_rate, key_loss_breach_rate; /* of the set after it, a year */
    double compromise_rate, key_loss_rate;
    double saved,
        saved_share; /* expected loss a year (quo_score_valued), and of the whole; all perils, key loss too */
    double cost_usd; /* a year; judgement of the catalogue */
};
#define QUO_SET_MOVES 3 /* at most one of each kind */

struct quo_signer_set_score {
    size_t set; /* index in the protocol */
    double dwell_years;
    double loss_dwell_years;          /* how long a lost key goes unreplaced: the catalogue's, whatever the set says of stolen ones */
    struct quo_signer_result *signer; /* signer[n_signers of the set] */
    struct quo_group_result *group;   /* group[n_groups]: the set's, then what signers without a word on it share, if two have none */
    size_t n_groups;
    /* Breaches a year, (6.4): what the price takes and what pages show. They never rise (of key loss: fall) with the threshold. */
    double breach_rate, key_loss_breach_rate;
    double compromise_rate, key_loss_rate; /* falls of a quorum that stood, (6.2), a year */
    double deceived_rate;                  /* omega_SE */
    struct quo_importance *importance;
    size_t n_importance;
    struct quo_other_laws laws;
    /* Best of each kind that helps, most saved for its cost first. */
    struct quo_set_move move[QUO_SET_MOVES];
    size_t n_moves;
};

/* The score were every unanswered question answered as the market's typical protocol would (risk/controls/typical.h): what silence
 * costs. */
struct quo_as_market {
    double overall;
    char grade;
    double loss[QUO_PERILS]; /* relativity * cap_factor */
    double loss_share;       /* of the expected loss as it is priced */
};

/* A control that nobody answered. */
struct quo_question {
    int control;  /* index in the catalogue */
    double share; /* of the expected loss that is gone were it at level 4 on the best evidence */
    double saved; /* the same a year (quo_score_valued) */
    double saved_hours; /* of outage a year; without a model they are in `saved` */
};

/* What a control is worth to the expected loss of a year, all perils (quo_score_valued). */
struct quo_control_worth {
    int control; /* index in the catalogue */
    double lost; /* more were it at level 0 */
    double saved; /* gone were it at level 4 on the best evidence */
};

struct quo_score {
    double overall;
    char grade;                      /* 'A'..'E' */
    struct quo_domain_score *domain; /* domain[n_domains of the catalogue] */
    size_t n_domains;
    struct quo_peril_score peril[QUO_PERILS]; /* insider_rug unused */
    struct quo_knockout *knockout;
    size_t n_knockouts;
    struct quo_signer_set_score *set; /* set[n_signer_sets of the protocol] */
    size_t n_sets;
    /* Controls without an answer, by what an answer could change: the first is the first to ask. */
    struct quo_question *question;
    size_t n_questions;
    struct quo_control_worth *worth; /* worth[n_worth]: of every control that concerns the protocol, in the catalogue's order */
    size_t n_worth;
    double loss; /* expected a year, as it stands: perils in money */
    struct quo_as_market as_market;
    double experience_shape; /* the catalogue's constant, for risk/hazard.h */
};

/* The market's side, computed once and used for every protocol: normalisers, worst and best. Immutable, shared by threads. */
struct quo_scale;
enum quo_status quo_scale_new(const struct quo_catalogue *catalogue, const struct quo_market *market,
                              struct quo_scale **out, struct quo_faults *faults);
/* The same of a catalogue and a market for which what takes the time was computed before (risk/controls/scale.h). */
struct quo_scale_known;
enum quo_status quo_scale_known(const struct quo_catalogue *catalogue, const struct quo_market *market,
                                const struct quo_scale_known *known, struct quo_scale **out);
void quo_scale_free(struct quo_scale *scale);
/* The same scale under draw number `draw` of the effects' uncertainty (their PERT laws), the market's mean taken anew. The base
 * must outlive it. Same seed and draw: same effects for every protocol. For relativities; domains' factors are those of the base. */
enum quo_status quo_scale_draw(const struct quo_scale *base, uint64_t seed, long draw, struct quo_scale **out);

/* What a price needs of one peril, without scores: the fields of quo_peril_score of the same names. */
struct quo_relativity {
    double frequency, severity, duration, recovery, secondary;
    struct quo_outflow outflow; /* the caps */
};
/* All perils at once; allocates next to nothing. out[QUO_PERILS]; insider_rug is all 1. */
enum quo_status quo_score_relativities(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                       struct quo_relativity out[QUO_PERILS]);
/* A score's relativities and caps replaced by these (of a drawn scale); its scores, domains and shown mechanisms stay. The score may be
 * a shallow copy that shares its arrays with another. */
void quo_score_put(struct quo_score *score, const struct quo_relativity r[QUO_PERILS]);

/* peril_weight[QUO_PERILS]: expected loss of each peril at a market-average protocol of this exposure, for the overall score;
 * NULL weighs all the same. */
enum quo_status quo_score_protocol(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                   const double *peril_weight, struct quo_score **out);
/* The same but for what nobody asks for: the overall score, perils, domains' factors and knock-outs are always there, to the last bit. */
enum quo_score_part {
    QUO_SCORE_CONTROLS = 1, /* each peril's controls and shown numbers, the questions, as_market */
    QUO_SCORE_SETS = 2,     /* the signer sets and their moves */
    QUO_SCORE_DOMAINS = 4,  /* each domain's score; else 0, or NaN where the domain does not apply */
};
enum quo_status quo_score_parts(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                const double *peril_weight, unsigned parts, struct quo_score **out);
/* The same, with money: every expected loss, worth and saving is on the very law that a price of that model at that day takes
 * (quo_hazard_all): USD, of service_outage hours. Without a model, as in the two above, they are weight x relativity x what the caps leave on
 * the catalogue's reference law, hours at their weight among them. Scores are the same with and without. QUO_DOMAIN as quo_hazard_all. */
struct quo_model;
enum quo_status quo_score_valued(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                 const double *peril_weight, const struct quo_model *model, int day, unsigned parts,
                                 struct quo_score **out);
void quo_score_free(struct quo_score *score);
/* Its overall score alone, to the last bit, at a tenth of the time. */
enum quo_status quo_score_overall(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  const double *peril_weight, double *overall);
#endif
