/* policies/payout.h -- from an index to money: what share of the event limit is paid. Pure.
 *
 * An index is a share of exposure, USD, hours or a depth, as the trigger says; the payout knows only numbers. */
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
    int n_steps;            /* steps: constant from `at`; table: linear between the points, flat outside */
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
};

/* NULL if the terms are possible, else what is wrong. */
const char *quo_payout_invalid(const struct quo_payout *payout);
/* Share of the event limit paid at that index, 0..1; never decreasing in the index. NaN for NaN. */
double quo_payout_share(double index, const struct quo_payout *payout);
/* The least index at which more than `share` is paid: inf { x : payout(x) > share }; INFINITY if none does. With it
 * P[payout > y] = P[index >= this] at a jump, P[index > this] where the payout rises continuously (`jump` says which). */
double quo_payout_index_above(double share, const struct quo_payout *payout, bool *jump);
/* Distinct shares that it can pay (0 left out), ascending, if they are few (binary, steps): their number; 0 if it is continuous. */
int quo_payout_points(const struct quo_payout *payout, double shares[QUO_PAYOUT_STEPS_MAX]);
#endif
