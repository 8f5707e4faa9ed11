/* pricing/losstable.h -- the perils of one protocol tabulated once, so that every cover laid over them costs little.
 *
 * On nodes x_0 < x_1 < ... (one grid for money, one for hours) it holds for each peril Q(x) = P[X > x], its left limit
 * P[X >= x] and the rest R(x) = E[(X - x)+]. Between nodes R is the cubic through both values and both slopes (R' = -Q is known
 * exactly), so the error falls with the fourth power of the spacing; every kink and atom of any peril is itself a node. The rest,
 * and not the limited mean, because a layer far out is a small difference of the one and a tiny difference of the other.
 *                                                                                                    [methods: table] */
#ifndef QUO_LOSSTABLE_H
#define QUO_LOSSTABLE_H

#include <stddef.h>
#include "risk/base/status.h"
#include "risk/hazard.h"

struct quo_losstable {
    size_t n;                  /* nodes */
    double *x;                 /* x[n], ascending, positive */
    quo_peril_set perils;      /* those tabulated here */
    double *rest[QUO_PERILS];  /* R at the nodes; NULL for a peril that is not here */
    double below[QUO_PERILS];  /* E[min(X, x_0)] */
    double *right[QUO_PERILS]; /* P[X > x] */
    double *left[QUO_PERILS];  /* P[X >= x] */
};

/* Tables of the perils in `perils` that are present, about `nodes` nodes. All of them must be in one unit (money or hours).
 * No peril at all gives n = 0. */
enum quo_status quo_losstable_new(const struct quo_hazard hazard[QUO_PERILS], quo_peril_set perils, size_t nodes,
                                  struct quo_losstable *out);
void quo_losstable_free(struct quo_losstable *table); /* the contents */

/* A rate-weighted sum of perils on the table's nodes: R(x) = sum_p w_p R_p(x). Shares x with the table. */
struct quo_curve {
    size_t n;
    const double *x;
    double *rest, *right, *left; /* one block, freed by quo_curve_free */
    double below;                /* sum of w_p E[min(X, x_0)]: below x_0 the limited mean is taken as a straight line */
    double weight;               /* sum of w_p */
};
enum quo_status quo_curve_new(const struct quo_losstable *table, quo_peril_set perils, const double weight[QUO_PERILS],
                              struct quo_curve *out);
void quo_curve_free(struct quo_curve *curve);
/* One peril of the table, not copied: lives as long as the table, and is not freed. */
struct quo_curve quo_curve_of(const struct quo_losstable *table, enum quo_peril peril);
/* sum of w_p E[X_p]. */
double quo_curve_mean(const struct quo_curve *curve);
/* R at n ascending points of any size, 0 from the last node on. */
void quo_curve_rest(const struct quo_curve *curve, const double *x, size_t n, double *out);
/* sum_p w_p P[X_p > x], and with >=: from the cubic's slope. */
double quo_curve_Q(const struct quo_curve *curve, double x);
double quo_curve_Q_left(const struct quo_curve *curve, double x);
/* Between nodes i and i + 1: how much R falls from node i to x_i + t (x_i+1 - x_i) is c[0][0] t + c[0][1] t^2 + c[0][2] t^3 up to t = knot, and from
 * there more by the same of c[1] in t - knot. The knot; 1 where one cubic serves the whole cell. */
double quo_curve_fall(const struct quo_curve *curve, size_t i, double c[2][3]);
/* The same for the cells first + 1 .. first + n that end at these nodes, c[k][i]; all 0 where it takes two cubics. */
void quo_curve_falls(const struct quo_curve *curve, size_t first, size_t n, double *const c[3]);
/* The largest possible loss on the table. */
double quo_curve_top(const struct quo_curve *curve);
#endif
