/* pricing/perilpayout.h -- what one event of one peril pays under one cover, and a memory of such laws.
 *
 * Neither depends on how often events come, so that most of what changes between two prices of one policy (a clause, a control that keeps
 * attackers away, a loading) leaves them as they were. A memory hands out what it has made of the same numbers before: the
 * same bits, whoever asks.                                                                           [methods: payout] */
#ifndef QUO_PERILPAYOUT_H
#define QUO_PERILPAYOUT_H

#include "pricing/aggregate/lattice.h"
#include "pricing/indexlaw.h"
#include "pricing/payment.h"
#include "risk/base/normaltable.h"
#include "risk/loss.h"

struct quo_perilpayout {
    double mean, pays;         /* E[payout | event seen], P[payout > 0 | event seen] */
    double mean_true;          /* as if the index were the loss and nothing were offset */
    struct quo_lattice payout; /* 0 .. limit */
};

/* Everything it is made from. */
struct quo_perilpayout_terms {
    const struct quo_loss *loss;
    size_t table_nodes;
    double error, scale; /* of the index, see indexlaw.h */
    const struct quo_indexlaw_rule *rule;
    const struct quo_payment_piece *piece, *piece_true; /* piece[n_pieces]: the payment; without offset */
    size_t n_pieces, n_pieces_true;
    double limit, step;     /* the most it pays; of the lattice */
};

/* Of a law that has no peril's table: terms->loss and table_nodes are not looked at. The caller frees the lattice. */
enum quo_status quo_perilpayout_of(const struct quo_perilpayout_terms *terms, const struct quo_curve *curve,
                                   struct quo_perilpayout *out);

/* A loss table or a payout of one peril, kept for the next who asks. Several threads may ask; what it hands out stays its own and lives until
 * it is freed or swept. */
struct quo_payoutmemo;
struct quo_payoutmemo *quo_payoutmemo_new(void); /* NULL without memory */
void quo_payoutmemo_free(struct quo_payoutmemo *memo);
/* Forgets everything if it holds more than so many bytes; call it where nothing is in use. */
void quo_payoutmemo_sweep(struct quo_payoutmemo *memo, size_t most);
/* It is never swept from now on: several threads work with it. */
void quo_payoutmemo_share(struct quo_payoutmemo *memo);
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
#endif
