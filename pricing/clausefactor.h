/* pricing/clausefactor.h -- what a state-actor clause leaves of a peril's events.                      [methods: clauses] */
#ifndef QUO_CLAUSEFACTOR_H
#define QUO_CLAUSEFACTOR_H

#include "policies/policy.h"
#include "pricing/losstable.h"
#include "risk/model.h"

/* Probability that the clause holds when it is invoked: what the policy says, else by clause and form (judgements). */
double quo_clausefactor_holds(const struct quo_clauses *clauses);
/* Share of events left in: 1 - P[attributed to a state | loss >= from_usd] * holds. 1 without a clause. */
double quo_clausefactor_keeps(const struct quo_clauses *clauses, const struct quo_peril_model *model,
                              const struct quo_losstable *money, double from_usd);
#endif
