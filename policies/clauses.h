/* policies/clauses.h -- clauses that change what is paid: state actors, secondary losses, return of funds. */
#ifndef QUO_CLAUSES_H
#define QUO_CLAUSES_H

#include <stdbool.h>
#include "risk/base/config.h"

enum quo_state_clause { QUO_CLAUSE_NONE, QUO_CLAUSE_5564, QUO_CLAUSE_5565, QUO_CLAUSE_5566, QUO_CLAUSE_5567 };

struct quo_clauses {
    enum quo_state_clause state_actor;
    bool attribution;          /* form A (attribution wording); B has none */
    double state_clause_holds; /* probability that it holds if invoked; NaN: by clause (a judgement, see methods) */
    double state_sublimit;     /* 5565; INFINITY */
    bool secondary_losses;
    double secondary_sublimit;
    bool return_offset; /* recovered funds reduce the payout */
};

void quo_clauses_init(struct quo_clauses *clauses); /* none of them */
/* Reads `clauses = {...}`; NULL leaves the defaults. Faults go to the config's collection. */
void quo_clauses_read(const struct quo_setting *group, struct quo_clauses *clauses);
/* "LMA5567A", "none": the code as a policy file has it. */
const char *quo_clauses_code(const struct quo_clauses *clauses);
#endif
