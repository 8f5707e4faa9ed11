/* pricing/payoutmemo.h -- a memory of what one event of each peril pays: tables of losses, payouts, and what a clause leaves of them.
 *
 * None of it depends on how often events come, so that most of what changes between two prices of one policy (a control that keeps attackers
 * away, a loading) leaves them as they were. A memory hands out what it has made of the same numbers before: the same bits,
 * whoever asks.                                                                                      [methods: payout] */
#ifndef QUO_PAYOUTMEMO_H
#define QUO_PAYOUTMEMO_H

#include "pricing/clausefactor.h"
#include "pricing/perilpayout.h"
#include "risk/base/normaltable.h"

/* Several threads may ask; what it hands out stays its own and lives until it is freed or swept. */
struct quo_payoutmemo;
struct quo_payoutmemo *quo_payoutmemo_new(void); /* NULL without memory */
void quo_payoutmemo_free(struct quo_payoutmemo *memo);
/* Forgets everything if it holds more than so many bytes; call it where nothing is in use. */
void quo_payoutmemo_sweep(struct quo_payoutmemo *memo, size_t most);
/* It is not swept from now on: several threads work with it. */
void quo_payoutmemo_share(struct quo_payoutmemo *memo);
/* Forgets everything, shared or not: nobody may be using it. */
void quo_payoutmemo_clear(struct quo_payoutmemo *memo);
size_t quo_payoutmemo_bytes(const struct quo_payoutmemo *memo);
/* A quadrature rule of so many nodes; the nodes themselves are made where an index asks for them. */
const struct quo_indexlaw_rule *quo_payoutmemo_rule(struct quo_payoutmemo *memo, int nodes);
/* Made at the first call. */
const struct quo_normaltable *quo_payoutmemo_normal(struct quo_payoutmemo *memo);
/* The table of this loss alone on about that many nodes. */
enum quo_status quo_payoutmemo_table(struct quo_payoutmemo *memo, const struct quo_hazard *hazard, size_t nodes,
                                     const struct quo_losstable **out);
enum quo_status quo_payoutmemo_payout(struct quo_payoutmemo *memo, const struct quo_perilpayout_terms *terms,
                                      const struct quo_losstable *table, enum quo_peril peril,
                                      const struct quo_perilpayout **out);
/* What the clause leaves of that payout, where it matters (quo_clausefactor_matters); model: that peril's. */
enum quo_status quo_payoutmemo_left(struct quo_payoutmemo *memo, const struct quo_perilpayout_terms *terms,
                                    const struct quo_losstable *table, const struct quo_clauses *clauses,
                                    const struct quo_peril_model *model, const struct quo_perilpayout *payout,
                                    const struct quo_clausefactor_left **out);
#endif
