/* pricing/perilpayout.h -- what one event of one peril pays under one cover: by the index that its trigger reads, and by the loss itself.
 *                                                                                                    [methods: payout] */
#ifndef QUO_PERILPAYOUT_H
#define QUO_PERILPAYOUT_H

#include "pricing/aggregate/lattice.h"
#include "pricing/indexlaw.h"
#include "pricing/payment.h"
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

/* The same in its steps, for a memory of them (pricing/payoutmemo.h). The index alone, as the trigger reads it and as it is, by terms->error, scale and
 * rule: several covers may read one. like: NULL, or another with an error. It may be asked by several threads, one at a time. */
struct quo_perilindex;
enum quo_status quo_perilpayout_index(const struct quo_perilpayout_terms *terms, const struct quo_losstable *table,
                                      enum quo_peril peril, const struct quo_indexlaw *like, struct quo_perilindex **out);
void quo_perilpayout_index_free(struct quo_perilindex *index);
const struct quo_indexlaw *quo_perilpayout_with_error(const struct quo_perilindex *index);
/* The caller frees the lattice. */
enum quo_status quo_perilpayout_from(const struct quo_perilpayout_terms *terms, struct quo_perilindex *index,
                                     struct quo_perilpayout *out);
#endif
