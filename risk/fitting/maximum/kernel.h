/* risk/fitting/maximum/kernel.h -- log density and log tail of every simple family with exact first and second derivatives, in
 * the coordinates the optimiser works in.
 *
 * Coordinates t are the logarithms of the parameters, in the family's order, except meanlog and xi, which are free as they are.
 * gpd has two, (xi, ln beta), and its x is the excess over mu. Data are in units of a power of two near their geometric mean.
 * [methods: fit] */
#ifndef QUO_KERNEL_H
#define QUO_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/fitting/maximum/jet.h"
#include "risk/severity/severity.h"

/* Exact records, scaled. Sums over weights are kept: they are all that some families need. */
struct quo_bulk {
    size_t n;
    double *x, *logx, *weight; /* weight NULL: all 1 */
    double sum_weight, sum_x, sum_logx, sum_inverse;
    double mean_log, square_log; /* weighted mean of logx, and sum of squares about it */
    double least, greatest;
};
/* Fills logx and the sums from x, weight, n. */
void quo_kernel_summarise(struct quo_bulk *bulk);

/* What role a coordinate plays when units change and when it is told in natural units. */
enum quo_coordinate { QUO_COORDINATE_LOG, QUO_COORDINATE_LOG_SCALE, QUO_COORDINATE_LOCATION, QUO_COORDINATE_FREE };
int quo_kernel_coordinates(enum quo_family family);
enum quo_coordinate quo_kernel_coordinate(enum quo_family family, int i);
/* From coordinates in units of `scale` to a law in natural units, and back; gpd: mu is set as given. */
struct quo_law quo_kernel_law(enum quo_family family, const double *t, double scale, double mu);
void quo_kernel_from_law(const struct quo_law *law, double scale, double *t);
/* d(natural parameter i) / d(coordinate i): it depends on no other. */
double quo_kernel_slope(const struct quo_law *law, int i);

/* Sum of weight * log f over the bulk, with derivatives; h full (both triangles) if not NULL. -INFINITY where a record is
 * impossible (gpd beyond its end). */
double quo_kernel_sum(enum quo_family family, const double *t, const struct quo_bulk *bulk, double g[4],
                      double h[4][4]);
/* log f and log Q at one point as jets in k parameters, the family's own being number `first` and on. x <= 0: Q = 1. */
struct quo_jet quo_kernel_logpdf(enum quo_family family, const double *t, double x, int k, int first);
struct quo_jet quo_kernel_logQ(enum quo_family family, const double *t, double x, int k, int first);
/* log Q at one x > 0, derivatives in the family's own coordinates (lower triangle). */
double quo_kernel_tail(enum quo_family family, const double *t, double x, double g[4], double h[4][4]);
/* Sum of weight * log Q at n points x > 0, likewise. */
double quo_kernel_tails(enum quo_family family, const double *t, const double *x, const double *weight, size_t n,
                        double g[4], double h[4][4]);
#endif
