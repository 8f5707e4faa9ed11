/* policies/payout.h -- from an index to money: what share of the event limit is paid. Pure.
 *
 * An index is a share of exposure, USD, hours or a depth, as the trigger says; the payout knows only numbers, 0 or more.
 * [methods: payouts] */
#ifndef QUO_PAYOUT_H
#define QUO_PAYOUT_H

#include <stdbool.h>
#include <stddef.h>

enum quo_payout_shape { QUO_PAYOUT_BINARY, QUO_PAYOUT_STEPS, QUO_PAYOUT_LINEAR, QUO_PAYOUT_PER_HOUR, QUO_PAYOUT_TABLE };
#define QUO_PAYOUT_STEPS_MAX 32

struct quo_payout_step {
    double at;   /* index from which (inclusive) this step pays */
    double pays; /* share of the event limit, 0..1 */
};

struct quo_payout {
    enum quo_payout_shape shape;
    double attach, exhaust; /* linear: 0 at attach, 1 at exhaust. binary: pays all from attach on (inclusive) */
    double franchise;       /* nothing at all is paid below this index; 0: none */
    double waiting;         /* per_hour: hours before it counts; else 0 */
    double per_hour;        /* per_hour: share of the event limit an hour after the waiting period */
    int n_steps;            /* steps: constant from `at`; table: linear between the points, nothing below the first,
                             * flat above the last */
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
};

/* On [from, to) the share paid is share + slope (index - from). */
struct quo_payout_piece {
    double from, to; /* the last one's `to` is INFINITY */
    double share, slope;
};
#define QUO_PAYOUT_PIECES_MAX (QUO_PAYOUT_STEPS_MAX + 2)

/* "binary", "steps" ...; the list in order of the enum. */
const char *quo_payout_shape_id(enum quo_payout_shape shape);
const char *const *quo_payout_shape_ids(size_t *n);
/* A payout that pays nothing invalid: binary from 0 on, no franchise. */
void quo_payout_init(struct quo_payout *payout);
/* NULL if the terms are possible, else what is wrong. */
const char *quo_payout_invalid(const struct quo_payout *payout);
/* Share of the event limit paid at that index, 0..1; never decreasing in the index. NaN for NaN. */
double quo_payout_share(double index, const struct quo_payout *payout);
/* The least index at which more than `share` is paid: inf { x >= 0 : payout(x) > share }; INFINITY if none does. With it
 * P[payout > y] = P[index >= this] at a jump, P[index > this] where the payout rises continuously (`jump`, which may be NULL,
 * says which). */
double quo_payout_index_above(double share, const struct quo_payout *payout, bool *jump);
/* Distinct shares that it can pay (0 left out), ascending, if they are few (binary, steps): their number; 0 if it is continuous. */
int quo_payout_points(const struct quo_payout *payout, double shares[QUO_PAYOUT_STEPS_MAX]);
/* The payout as straight pieces over [0, INFINITY), ascending: their number. What is exact is computed from these: with S the
 * survival function of the index, E[share] = sum of jumps * S + sum of slope * integral of S over the piece. */
int quo_payout_pieces(const struct quo_payout *payout, struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX]);
#endif
