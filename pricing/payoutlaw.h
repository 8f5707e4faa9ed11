/* pricing/payoutlaw.h -- a payout's limited mean on any points: what its lattice is made from.           [methods: payout] */
#ifndef QUO_PAYOUTLAW_H
#define QUO_PAYOUTLAW_H

#include "pricing/indexlaw.h"
#include "pricing/payment.h"

struct quo_payoutlaw {
    const struct quo_indexlaw *index;
    const struct quo_payment_piece *piece; /* piece[n_pieces] */
    size_t n_pieces;
    double jump[QUO_PAYMENT_PIECES_MAX]; /* P[index >= x] of each jump */
    double base[QUO_PAYMENT_PIECES_MAX]; /* R(x0) of each rise */
    enum quo_status *status;             /* the caller's: lev has no other way to say that memory ran out */
};

/* Index and pieces must outlive it. */
void quo_payoutlaw_init(struct quo_payoutlaw *law, const struct quo_indexlaw *index,
                        const struct quo_payment_piece *piece, size_t n, enum quo_status *status);
/* lev[i] = E[min(payout, y[i])] at n ascending amounts; context: a struct quo_payoutlaw. (10.3) */
void quo_payoutlaw_lev(const double *y, size_t n, double *lev, const void *context);
/* P[payout > 0]. */
double quo_payoutlaw_pays(const struct quo_payoutlaw *law);
#endif
