/* pricing/aggregate/lattice.h -- a law on the points 0, step, 2 step, ...; and how a payout gets there.
 *
 * Discretisation by local moment matching (first moment) [KPW12 9.6.5.2]: with L(x) = E[min(Y, x)],
 *   f_0 = 1 - (L(h))/h,  f_k = (2 L(kh) - L((k-1)h) - L((k+1)h))/h,  and at the top n h >= sup Y the mean is kept exactly.
 * The span comes from limits and payouts, never from unlimited moments.           [methods: lattice] */
#ifndef QUO_LATTICE_H
#define QUO_LATTICE_H

#include <stddef.h>
#include "risk/base/status.h"

struct quo_lattice {
    double step;  /* money a point; > 0 */
    size_t n;     /* points: amounts 0 .. (n-1) step */
    double *mass; /* mass[n], adds up to 1 */
};

/* L(x[i]) = E[min(Y, x[i])] at n ascending points. */
typedef void quo_lev_fn(const double *x, size_t n, double *lev, const void *context);

enum quo_status quo_lattice_new(double step, size_t n, struct quo_lattice *out);
void quo_lattice_free(struct quo_lattice *lattice); /* the contents */
/* Y in [0, top]; cells intervals of top / cells each, so out->n = cells + 1. */
enum quo_status quo_lattice_discretise(quo_lev_fn *lev, const void *context, double top, size_t cells,
                                       struct quo_lattice *out);
/* The same from the integrals of the survival function: layer[k] = integral of P[Y > x] over [k h, (k+1) h], into a lattice
 * of cells + 1 points (layer may be its mass); total = P[Y >= 0] (1; less for a law of which some mass is left out). Refused (QUO_DOMAIN)
 * where the layers increase. */
enum quo_status quo_lattice_from_layers(const double *layer, size_t cells, double total, struct quo_lattice *out);
/* Rounding leaves masses of -1e-17 where there is none: each is taken from the next point, so that the sums stay. */
void quo_lattice_clean(double *mass, size_t n);
/* The same law on every other point, by local moments: what its own discretisation with half the cells would be. n is odd. */
enum quo_status quo_lattice_halve(const struct quo_lattice *fine, struct quo_lattice *out);
double quo_lattice_mean(const struct quo_lattice *lattice);
double quo_lattice_square(const struct quo_lattice *lattice); /* E[Y^2] */
double quo_lattice_variance(const struct quo_lattice *lattice);
/* The amount min(max(Y - deductible, 0), limit) on the same step (deductible and limit are split between neighbouring points so
 * that the mean is kept). Changes it in place. limit may be INFINITY. */
void quo_lattice_layer(struct quo_lattice *lattice, double deductible, double limit);
#endif
