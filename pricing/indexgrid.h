/* pricing/indexgrid.h -- E[(X eps - t)+] and its slope on points t spread evenly in ln t, for a loss X known by a curve and a reporting
 * error eps, ln eps normal(0, error): once made, any payout over that loss costs an interpolation.
 *
 * With S the survival function of X and z = ln(a/t)/s: E[(X eps - t)+] = integral of S(a) e^(s^2/2) Phi(z + s) da. S is put on the points,
 * mean and spread of every cell kept, and folded with Phi: all terms positive, so the index has a law whatever the kinks and atoms of X.
 *                                                                                                  [methods: index] */
#ifndef QUO_INDEXGRID_H
#define QUO_INDEXGRID_H

#include <stddef.h>
#include "pricing/losstable.h"

/* Below this error the points would lie too close for what they are worth. */
#define QUO_INDEXGRID_ERROR_MIN 0.02

#define QUO_INDEXGRID_TILE 16
struct quo_indexgrid {
    double error;
    double first, spacing;   /* ln t of the first point, and between points */
    size_t n;                /* points */
    double *value, *slope;   /* [n]: E[(X eps - t)+], and its derivative by ln t, where `folded`; one block with all below */
    double *mass;            /* [n]: the integral of S about each point; zeros on both sides */
    double *above;           /* [n + 1]: the masses from each point on */
    double *tap;             /* tap[2 * taps]: what a mass m + low points above weighs in value, and in slope */
    size_t taps;
    long low;
    unsigned char *folded;   /* of QUO_INDEXGRID_TILE points each: folded once somebody asks, so one thread at a time */
    double mean, weight;     /* of the curve: E[X], P[X >= 0] */
    double flat, flat_until; /* P[X eps >= t] for t so far below the least loss that the error does not reach it */
};

/* error: QUO_INDEXGRID_ERROR_MIN or more. The curve has nodes. like: NULL, or any other grid: what hangs on the error alone is taken from it. */
enum quo_status quo_indexgrid_new(const struct quo_curve *curve, double error, const struct quo_indexgrid *like,
                                  struct quo_indexgrid *out);
void quo_indexgrid_free(struct quo_indexgrid *grid); /* the contents */
/* E[(X eps - t)+] at n points t >= 0 of any order; out may be t. Needs room for n more at `scratch`. */
void quo_indexgrid_rest(const struct quo_indexgrid *grid, const double *t, size_t n, double *scratch, double *out);
/* P[X eps >= t]. */
double quo_indexgrid_at_least(const struct quo_indexgrid *grid, double t);
#endif
