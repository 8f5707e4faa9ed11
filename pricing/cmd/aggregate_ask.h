/* pricing/cmd/aggregate_ask.h -- what `aggregate` was asked, and what it answers with. */
#ifndef QUO_AGGREGATE_ASK_H
#define QUO_AGGREGATE_ASK_H

#include "pricing/aggregate/annual.h"
#include "pricing/cmd/cmd.h"

#define QUO_ASK_COUNTS 4096 /* of a count or a severity given point by point */
#define QUO_ASK_RESULTS 256
#define QUO_ASK_REINSTATEMENTS 64

enum quo_ask_quantity {
    QUO_ASK_VAR,
    QUO_ASK_TVAR,
    QUO_ASK_SF,
    QUO_ASK_CDF,
    QUO_ASK_DENSITY,
    QUO_ASK_MASS,
    QUO_ASK_STOPLOSS,
    QUO_ASK_DISTORTION
};
extern const char *const quo_ask_names[]; /* by quantity: "var" .. */

/* One number asked for, and its answer: error is the grid's, or the standard error of a simulation. */
struct quo_ask_result {
    enum quo_ask_quantity quantity;
    const char *text; /* as it was given */
    double at;
    struct quo_distortion distortion;
    struct quo_annual_value got;
};

struct quo_ask {
    struct quo_contract contract;
    struct quo_annual_options options;
    bool simulation;
    uint64_t seed;
    size_t years;
    double count[QUO_ASK_COUNTS];
    struct quo_lattice points;
    const char *frequency, *severity; /* as they were given */
    const char *rule;                 /* --discretisation; NULL: none */
    double step, top;
    struct quo_ask_result result[QUO_ASK_RESULTS];
    size_t results;
    double rate[QUO_ASK_REINSTATEMENTS]; /* of each reinstatement */
    size_t reinstatements;
    bool reinstated; /* --reinstatements was given */
};

/* The law's own numbers, however it was found. */
struct quo_ask_moments {
    struct quo_annual_value zero, mean, variance, skewness;
    double cover, multiple, premium; /* with reinstatements */
    double error;                    /* the largest relative error of all numbers shown; NaN in a simulation */
    size_t points;
    const char *method;
};

/* Reads the options into *ask; *code is the exit status if it returns false. */
bool quo_ask_read(struct quo_cmd *cmd, int argc, char **argv, struct quo_ask *ask, int *code);
void quo_ask_free(struct quo_ask *ask);
int quo_ask_print_json(struct quo_cmd *cmd, const struct quo_ask *ask, const struct quo_ask_moments *m);
/* annual: NULL in a simulation. */
int quo_ask_print_table(const struct quo_cmd *cmd, const struct quo_ask *ask, const struct quo_ask_moments *m,
                        const struct quo_annual *annual);
#endif
