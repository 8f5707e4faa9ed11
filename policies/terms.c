#include "policies/terms.h"

#include <math.h>
#include <stddef.h>
#include "policies/cover.h"

/* Each principle, its own parameter, the range it can have, and the default. The defaults are judgements: loadings that
 * bring the example bridge to about the load of its cost of capital, 0.4 M USD. [methods: terms] */
static const struct {
    const char *id, *parameter;
    double low, high, preset;
} principles[QUO_PRINCIPLES] = {
    {"expected_value", "loading", 0.0, 100.0, 1.0},
    {"standard_deviation", "multiple", 0.0, 100.0, 0.4},
    {"variance", "variance_multiple", 0.0, 1.0, 4e-7},
    {"wang", "lambda", 0.0, 10.0, 0.5},
    {"proportional_hazard", "r", 1e-3, 1.0, 0.7},
    {"dual_power", "k", 1.0, 1e4, 2.5},
    {"tvar", NULL, NAN, NAN, NAN}, /* its parameter is `level` */
    {"cost_of_capital", NULL, NAN, NAN, NAN},
    {"two_layer_capital", NULL, NAN, NAN, NAN},
};
static const char *const ids[QUO_PRINCIPLES] = {
    "expected_value", "standard_deviation", "variance",          "wang", "proportional_hazard", "dual_power",
    "tvar",           "cost_of_capital",    "two_layer_capital",
};

const char *quo_principle_id(enum quo_principle principle)
{
    return (unsigned)principle < QUO_PRINCIPLES ? principles[principle].id : "?";
}

const char *const *quo_principle_ids(void) { return ids; }

const char *quo_principle_parameter(enum quo_principle principle)
{
    const char *own = (unsigned)principle < QUO_PRINCIPLES ? principles[principle].parameter : NULL;
    return own ? own : "level";
}

void quo_terms_choose(struct quo_terms *terms, enum quo_principle principle)
{
    terms->principle = principle;
    terms->parameter = principle == QUO_PRINCIPLE_TVAR ? terms->level : terms->parameter_of[principle];
}

void quo_terms_init(struct quo_terms *terms)
{
    *terms = (struct quo_terms){
        .rate = 0.12,
        .level = 0.995,
        .diversification = 0.35,
        .junior_level = 0.95,
        .junior_rate = 0.20,
        .senior_level = 0.995,
        .senior_rate = 0.08,
        .expenses_fixed = 15000.0,
        .expenses_share = 0.08,
        .brokerage = 0.15,
        .profit = 0.05,
        .uncertainty_quantile = NAN,
        .expiring_premium = NAN,
        .market_premium = NAN,
    };
    for (int p = 0; p < QUO_PRINCIPLES; p++)
        terms->parameter_of[p] = principles[p].preset;
    quo_terms_choose(terms, QUO_PRINCIPLE_COST_OF_CAPITAL);
}

/* A level of a tail: at least a half, below 1. Level 1 would ask for capital against the worst that can be imagined. */
static void read_level(const struct quo_setting *group, const char *name, double *level)
{
    double said = *level;
    if (!quo_setting_number(group, name, 0.0, 1.0, "", false, &said))
        return;
    if (said >= 0.5 && said < 1.0)
        *level = said;
    else
        quo_setting_fault(quo_setting_child(group, name), "from 0.5 to below 1, such as 0.995",
                          "%s %g is not a level of a tail", name, said);
}

static void read_expenses(const struct quo_setting *group, struct quo_terms *terms)
{
    quo_setting_number(group, "expenses_fixed", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &terms->expenses_fixed);
    quo_setting_number(group, "expenses_share", 0.0, 1.0, "of the premium", false, &terms->expenses_share);
    quo_setting_number(group, "brokerage", 0.0, 1.0, "of the premium", false, &terms->brokerage);
    quo_setting_number(group, "profit", 0.0, 1.0, "of the premium", false, &terms->profit);
    quo_setting_number(group, "tax", 0.0, 1.0, "of the premium", false, &terms->tax);
    quo_setting_number(group, "minimum_premium", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &terms->minimum_premium);
    const double together = terms->brokerage + terms->profit + terms->expenses_share;
    if (together >= 1.0)
        quo_setting_fault(group, "together below 1",
                          "brokerage %g, profit %g and expenses_share %g are %g of the premium: "
                          "nothing is left for losses",
                          terms->brokerage, terms->profit, terms->expenses_share, together);
}

void quo_terms_read(const struct quo_setting *group, struct quo_terms *terms)
{
    quo_terms_init(terms);
    if (!group)
        return;
    int word = (int)terms->principle;
    quo_setting_word(group, "principle", ids, QUO_PRINCIPLES, false, &word);
    /* The parameters of all principles may stand there: `quote --principle` then finds its own. */
    for (int p = 0; p < QUO_PRINCIPLES; p++)
        if (principles[p].parameter)
            quo_setting_number(group, principles[p].parameter, principles[p].low, principles[p].high, "", false,
                               &terms->parameter_of[p]);
    quo_setting_number(group, "rate", 0.0, 10.0, "a year", false, &terms->rate);
    read_level(group, "level", &terms->level);
    quo_setting_number(group, "diversification", 0.0, 1.0, "", false, &terms->diversification);
    read_level(group, "junior_level", &terms->junior_level);
    read_level(group, "senior_level", &terms->senior_level);
    quo_setting_number(group, "junior_rate", 0.0, 10.0, "a year", false, &terms->junior_rate);
    quo_setting_number(group, "senior_rate", 0.0, 10.0, "a year", false, &terms->senior_rate);
    if (terms->junior_level > terms->senior_level)
        quo_setting_fault(group, "junior_level at or below senior_level", "junior level %g is above senior level %g",
                          terms->junior_level, terms->senior_level);
    read_expenses(group, terms);
    double quantile = NAN;
    if (quo_setting_number(group, "uncertainty_quantile", 0.5, 1.0, "", false, &quantile)) {
        if (quantile < 1.0)
            terms->uncertainty_quantile = quantile;
        else
            quo_setting_fault(quo_setting_child(group, "uncertainty_quantile"), "below 1, such as 0.75",
                              "uncertainty_quantile 1 has no premium");
    }
    quo_setting_number(group, "expiring_premium", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &terms->expiring_premium);
    quo_setting_number(group, "market_premium", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &terms->market_premium);
    quo_terms_choose(terms, (enum quo_principle)word);
}
