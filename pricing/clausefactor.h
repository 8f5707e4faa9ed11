/* pricing/clausefactor.h -- what a state-actor clause leaves of a payout.                              [methods: clauses]
 *
 * An event of peril p and loss x is attributed to a state with probability a_p(x), and the clause then holds with probability h: of what
 * is paid from an index t on a share rho(t) = E[1 - h a(X) | index >= t] is left. */
#ifndef QUO_CLAUSEFACTOR_H
#define QUO_CLAUSEFACTOR_H

#include "policies/policy.h"
#include "pricing/aggregate/lattice.h"
#include "pricing/losstable.h"
#include "pricing/payment.h"
#include "risk/base/normaltable.h"
#include "risk/model.h"

/* Probability that the clause holds when it is invoked: what the policy says, else by clause and form (judgements). */
double quo_clausefactor_holds(const struct quo_clauses *clauses);

/* One peril's events under one cover. */
struct quo_clausefactor_input {
    const struct quo_clauses *clauses;
    const struct quo_peril_model *model;
    const struct quo_losstable *table; /* the peril's own */
    double error, scale;               /* of the index */
    const struct quo_payment_piece *piece; /* piece[n_pieces], what is paid without the clause */
    size_t n_pieces;
    const struct quo_lattice *payout; /* its law for one event */
    const struct quo_normaltable *normal;
};
struct quo_clausefactor_left {
    struct quo_lattice payout; /* the law of one event's payout, clause applied: what it takes is paid nothing, or up to its sublimit. The caller frees it */
    double share; /* of the expected payout */
    double pays;  /* of the events that pay */
};
/* Whether the clause can take anything off this peril's events. */
bool quo_clausefactor_matters(const struct quo_clauses *clauses, const struct quo_peril_model *model);
enum quo_status quo_clausefactor_apply(const struct quo_clausefactor_input *input, struct quo_clausefactor_left *out);
#endif
