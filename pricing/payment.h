/* pricing/payment.h -- what a cover pays for one event, as money against the index: jumps and straight rises.
 *
 * The payout function, the waiting period, secondary losses, the event deductible and the limit in one list of pieces, ascending in
 * index and in money.                                                                             [methods: payout] */
#ifndef QUO_PAYMENT_H
#define QUO_PAYMENT_H

#include <stddef.h>
#include "policies/cover.h"

/* From (x0, y0) to (x1, y1); x0 == x1: a jump, taken at an index >= x0. */
struct quo_payment_piece {
    double x0, x1, y0, y1;
};
/* A jump and a rise for each straight piece of the payout, each cut in two, and the secondary losses'. */
#define QUO_PAYMENT_PIECES_MAX (4 * QUO_PAYOUT_PIECES_MAX + 8)

/* limit: the most that is paid, above the cover's event deductible. kept: share of a payment left after what comes back is set
 * off against it, 0..1. secondary_per_index: money of secondary loss a unit of index,
 * paid up to secondary_sublimit once the cover pays at all, within the event limit and not on top of it; 0: none. out has room for
 * QUO_PAYMENT_PIECES_MAX; returns the number. */
size_t quo_payment_pieces(const struct quo_cover *cover, double limit, double kept, double secondary_per_index,
                          double secondary_sublimit, struct quo_payment_piece *out);
/* What these pieces pay at an index. */
double quo_payment_at(const struct quo_payment_piece *piece, size_t n, double index);
#endif
