/* policies/policy.h -- one policy: who, which covers, which triggers, which limits, and the terms it is priced at.
 * libconfig `policy = {...}` (docs/formats.md; fixtures/examples/bridge.policy.cfg). The struct owns all its text. */
#ifndef QUO_POLICY_H
#define QUO_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include "policies/payout.h"
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"
#include "risk/peril.h"

enum quo_index {
    QUO_INDEX_LOSS_USD,
    QUO_INDEX_LOSS_SHARE, /* of the exposure */
    QUO_INDEX_OUTAGE_HOURS,
    QUO_INDEX_DEPEG_DEPTH,
    QUO_INDEX_SIGNER_EVENT,
    QUO_INDEX_UNBACKED_SHARE,
    QUO_INDEX_MARKET_LOSS,
    QUO_INDICES
};
const char *quo_index_id(enum quo_index index);

struct quo_trigger {
    enum quo_index index;
    char *source;
    double observation_hours, waiting_hours;
    double missed_probability;   /* an event that should pay is not seen */
    double false_alarm_per_year; /* the index fires without an event */
    double reporting_error;      /* sd of ln(index / truth); NaN: the model's */
};

struct quo_sublimit {
    enum quo_peril peril;
    double event_limit, annual_limit; /* INFINITY: none */
};

struct quo_cover {
    char *id;
    quo_peril_set perils;
    struct quo_trigger trigger;
    struct quo_payout payout;
    double event_limit;
    double annual_limit;      /* INFINITY: none said */
    double annual_deductible; /* 0: none */
    double event_deductible;
    int reinstatements;       /* -1: not said (then only the annual limit counts) */
    double reinstatement_premium; /* share of the original premium for each, 0..; default 1 */
    struct quo_sublimit *sublimit;
    size_t n_sublimits;
    int line;
};

enum quo_principle {
    QUO_PRINCIPLE_EXPECTED_VALUE,
    QUO_PRINCIPLE_STANDARD_DEVIATION,
    QUO_PRINCIPLE_VARIANCE,
    QUO_PRINCIPLE_WANG,
    QUO_PRINCIPLE_PROPORTIONAL_HAZARD,
    QUO_PRINCIPLE_DUAL_POWER,
    QUO_PRINCIPLE_TVAR,
    QUO_PRINCIPLE_COST_OF_CAPITAL,
    QUO_PRINCIPLE_TWO_LAYER_CAPITAL, /* junior and senior tranche, as Ensuro prices it */
    QUO_PRINCIPLES
};
const char *quo_principle_id(enum quo_principle principle);

/* How it is priced. parameter's meaning by principle: expected_value loading; standard_deviation multiple; variance multiple;
 * wang lambda; proportional_hazard r; dual_power k; tvar p (= level); cost_of_capital uses rate, level, diversification. */
struct quo_terms {
    enum quo_principle principle;
    double parameter, rate, level, diversification;
    double junior_level, junior_rate, senior_level, senior_rate;
    double expenses_fixed, expenses_share, brokerage, profit, tax, minimum_premium;
    double uncertainty_quantile; /* model-uncertainty load: quantile of the premium over the draws; NaN: none */
    double expiring_premium, market_premium; /* NaN: not said */
};

enum quo_state_clause { QUO_CLAUSE_NONE, QUO_CLAUSE_5564, QUO_CLAUSE_5565, QUO_CLAUSE_5566, QUO_CLAUSE_5567 };

struct quo_clauses {
    enum quo_state_clause state_actor;
    bool attribution;           /* form A (attribution wording); B has none */
    double state_clause_holds;  /* probability that it holds if invoked; NaN: by clause (a judgement, see methods) */
    double state_sublimit;      /* 5565; INFINITY */
    bool secondary_losses;
    double secondary_sublimit;
    bool return_offset;         /* recovered funds reduce the payout */
};

struct quo_policy {
    char *id, *insured, *currency;
    int inception; /* day */
    int term_days;
    struct quo_protocol *protocol;
    struct quo_cover *cover;
    size_t n_covers;
    double annual_limit; /* over all covers; INFINITY: none */
    struct quo_clauses clauses;
    struct quo_terms terms;
    int line;
};

void quo_policy_free(struct quo_policy *policy);
enum quo_status quo_policy_load(const char *path, const struct quo_catalogue *catalogue, struct quo_policy **out,
                                struct quo_faults *faults);
/* From an opened config (what-if changes it first). Calls quo_config_finish. */
enum quo_status quo_policy_read(struct quo_config *config, const struct quo_catalogue *catalogue, struct quo_policy **out,
                                struct quo_faults *faults);
void quo_terms_init(struct quo_terms *terms); /* the defaults, each a named judgement in docs/methods.md */
#endif
