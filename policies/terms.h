/* policies/terms.h -- how a policy is priced: principle, capital, expenses. The `pricing` group of a policy. */
#ifndef QUO_TERMS_H
#define QUO_TERMS_H

#include "risk/base/config.h"

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
const char *const *quo_principle_ids(void); /* [QUO_PRINCIPLES] */
/* The setting that holds a principle's parameter: "loading", "multiple", "lambda", "r", "k", "level". */
const char *quo_principle_parameter(enum quo_principle principle);

/* How it is priced. parameter's meaning by principle: expected_value loading; standard_deviation multiple; variance multiple (one over
 * money); wang lambda; proportional_hazard r; dual_power k; tvar p (= level); cost_of_capital uses rate, level, diversification. */
struct quo_terms {
    enum quo_principle principle;
    double parameter; /* of the principle; NaN where it has none of its own */
    double parameter_of
        [QUO_PRINCIPLES]; /* what `parameter` becomes if another principle is asked for (quo_terms_choose) */
    double rate, level, diversification;
    double junior_level, junior_rate, senior_level, senior_rate;
    double expenses_fixed, expenses_share, brokerage, profit, tax, minimum_premium;
    double uncertainty_quantile; /* model-uncertainty load: quantile of the premium over the draws; NaN: none */
    double expiring_premium, market_premium; /* NaN: not said */
};

void quo_terms_init(struct quo_terms *terms); /* the defaults, each a named judgement in docs/methods.md */
/* Changes the principle and takes its parameter along. */
void quo_terms_choose(struct quo_terms *terms, enum quo_principle principle);
/* Reads `pricing = {...}`; NULL leaves the defaults. Faults go to the config's collection. */
void quo_terms_read(const struct quo_setting *group, struct quo_terms *terms);
#endif
