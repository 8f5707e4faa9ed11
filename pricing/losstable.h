/* pricing/losstable.h -- the perils of one protocol tabulated once, so that every cover laid over them costs little.
 *
 * On nodes x_0 < x_1 < ... (one grid for money, one for hours) it holds for each peril Q(x) = P[X > x], its left limit
 * P[X >= x] and M(x) = E[min(X, x)]. Between nodes M is the cubic through both values and both slopes (M' = Q is known
 * exactly), so the error falls with the fourth power of the spacing; every kink and atom of any peril is itself a node.
 *                                                                                                    [methods: table] */
#ifndef QUO_LOSSTABLE_H
#define QUO_LOSSTABLE_H

#include <stddef.h>
#include "risk/base/status.h"
#include "risk/hazard.h"

struct quo_losstable {
    size_t n;                 /* nodes */
    double *x;                /* x[n], ascending, positive */
    quo_peril_set perils;     /* those tabulated here */
    double *lev[QUO_PERILS];  /* M at the nodes; NULL for a peril that is not here */
    double *right[QUO_PERILS];/* P[X > x] */
    double *left[QUO_PERILS]; /* P[X >= x] */
};

/* Tables of the perils in `perils` that are present, about `nodes` nodes. All of them must be in one unit (money or hours).
 * No peril at all gives n = 0. */
enum quo_status quo_losstable_new(const struct quo_hazard hazard[QUO_PERILS], quo_peril_set perils, size_t nodes,
                                  struct quo_losstable *out);
void quo_losstable_free(struct quo_losstable *table); /* the contents */

/* A rate-weighted sum of perils on the table's nodes: M(x) = sum_p w_p M_p(x). Shares x with the table. */
struct quo_curve {
    size_t n;
    const double *x;
    double *lev, *right, *left; /* one block, freed by quo_curve_free */
    double weight;              /* sum of w_p: M(x) = weight * x below the first node's support */
};
enum quo_status quo_curve_new(const struct quo_losstable *table, quo_peril_set perils, const double weight[QUO_PERILS],
                              struct quo_curve *out);
void quo_curve_free(struct quo_curve *curve);
/* M at n ascending points (any size; beyond the last node M is constant). */
void quo_curve_lev(const struct quo_curve *curve, const double *x, size_t n, double *out);
/* sum_p w_p P[X_p > x], and with >=: from the cubic's slope. */
double quo_curve_Q(const struct quo_curve *curve, double x);
double quo_curve_Q_left(const struct quo_curve *curve, double x);
/* The largest possible loss on the table. */
double quo_curve_top(const struct quo_curve *curve);
#endif
