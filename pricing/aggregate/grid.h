/* pricing/aggregate/grid.h -- a law on a lattice read as what it stands for: atoms where the amount has atoms, and between
 * them a continuous law of which each point holds half a cell on either side. Used by annual.c.
 *
 * P[S > x] is known at the points to the square of the step and is interpolated by cubics that do not reach over an atom.
 * [methods: grid] */
#ifndef QUO_GRID_H
#define QUO_GRID_H

#include <stddef.h>
#include "pricing/aggregate/lattice.h"

struct quo_grid {
    struct quo_lattice law; /* as the transform made it; owned */
    double *smooth;         /* [law.n]: P[S > k step], continuous part alone */
    double *excess;         /* [law.n]: E[(S - k step)+]; INFINITY without a mean */
    double *atom;           /* [n_atoms]: P[S = m every step], m = 0 ..; owned */
    double *atoms_above;    /* [n_atoms]: of all atoms past the m-th, on the lattice */
    size_t n_atoms, every;
    double spread; /* variance that the lattice adds to one payout; 0: not known */
};

enum quo_grid_from {
    QUO_GRID_TOP,   /* nothing worth counting lies above the last point */
    QUO_GRID_BOTTOM /* the law is cut at the last point: sums run from 0, and the excess from the mean */
};
/* Takes law and atom over, in success and failure. mean: of S, for QUO_GRID_BOTTOM. */
enum quo_status quo_grid_read(struct quo_lattice *law, double *atom, size_t n_atoms, size_t every,
                              enum quo_grid_from from, double mean, struct quo_grid *out);
void quo_grid_free(struct quo_grid *grid);
double quo_grid_end(const struct quo_grid *grid); /* the last point */
double quo_grid_sf(double x, const struct quo_grid *grid);
double quo_grid_stoploss(double x, const struct quo_grid *grid);
double quo_grid_density(double x, const struct quo_grid *grid); /* a few steps away from any atom */
/* Least x with P[S > x] <= q; the end if there is none. */
double quo_grid_quantile(double q, const struct quo_grid *grid);
#endif
