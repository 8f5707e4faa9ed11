/* tests/contract_rows.h -- contracts as the reference tables write them. */
#ifndef CONTRACT_ROWS_H
#define CONTRACT_ROWS_H

#include "check.h"
#include "pricing/aggregate/annual.h"

#define ROWS_COUNTS 64

/* A contract with what it points to. */
struct row_contract {
    struct quo_contract contract;
    double count[ROWS_COUNTS];
    struct quo_lattice points;
};
/* From "frequency=poisson;lambda=5;severity=lognormal;sev.meanlog=7;..;attachment=0;limit=1e5": any law the tables have
 * (also empirical ones, layer_loss=discrete, and severities on a step by a rule). Fails the test on what it does not know. */
void row_contract_read(const char *params, struct row_contract *out);
void row_contract_free(struct row_contract *row);
/* A severity from keys with that prefix ("sev." or ""), under its family's name. */
struct quo_severity row_severity(const char *params, const char *family, const char *prefix);
struct quo_frequency row_frequency(const char *params, const char *family);
/* The values after the first key that begins with `key` ("f1..f10=0.1/0.2"). */
size_t row_values(const char *params, const char *key, double *out, size_t room);
#endif
