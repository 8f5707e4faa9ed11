/* pricing/whatif/setgrid.h -- one lattice and one transform for all sets of changes under one frame (setlaw.h). */
#ifndef QUO_SETGRID_H
#define QUO_SETGRID_H

#include <stdbool.h>

#include "pricing/aggregate/transform.h"
#include "pricing/coverlaw.h"

struct quo_setgrid {
    double step, theta;  /* of the lattice; tilt a step */
    size_t points, half; /* of every law; frequencies */
    size_t row;          /* frequencies, taken up to whole vectors */
    double *back;        /* back[points]: undoes the tilt and the transform's size */
    struct quo_transform plan;
};

/* Points of a year of one cover, and of the sum of all, as a quote of this policy would take them, with room for three times the events of
 * these hazards. */
void quo_setgrid_points(const struct quo_policy *policy, const struct quo_hazard hazard[QUO_PERILS], size_t *year,
                        size_t *sum);
/* A grid of so many points. False where memory runs out. */
bool quo_setgrid_new(const struct quo_policy *policy, size_t points, struct quo_setgrid *out);
void quo_setgrid_free(struct quo_setgrid *grid); /* the contents */
/* Frequencies of a law, tilted: out[half]. */
void quo_setgrid_forward(const struct quo_setgrid *grid, const struct quo_lattice *law, double complex *out);
/* From the frequencies in plan.product to the law, `points` long, what lies beyond gathered on the last; law->mass has that room. Its mean. */
double quo_setgrid_back(const struct quo_setgrid *grid, struct quo_lattice *law);
/* Frequencies as two rows, real[row] and then imaginary[row]: sums over them go fast.
 * exponent += weight z, the events of a Poisson count; */
void quo_setgrid_add(const struct quo_setgrid *grid, const double *z, double weight, double *exponent);
/* exponent += sum over n of weight z - size log(1 - mean z/size), negative binomial counts of one size, by the series of the
 * product of what the logarithms are of: right to 1e-12. False, with nothing done, where mean/size is too large for that. */
struct quo_setgrid_count {
    const double *z;
    double mean, weight;
};
#define QUO_SETGRID_COUNTS 16 /* at most */
bool quo_setgrid_add_mixed(const struct quo_setgrid *grid, const struct quo_setgrid_count *count, size_t n, double size,
                           double *exponent);
/* plan.product = exp(exponent). */
void quo_setgrid_exponential(const struct quo_setgrid *grid, double *exponent);
/* plan.product *= factor[half]. */
void quo_setgrid_multiply(const struct quo_setgrid *grid, const double complex *factor);
/* y[j] = sum over i < m of weight[i] x[j - at[i]]: a law plus an amount with few values. x: 0 from -at[i] to 0, and up to n taken up to
 * whole vectors; y: room for as much. */
void quo_setgrid_spread(const double *x, size_t n, const size_t *at, const double *weight, size_t m, double *y);
/* Whole vectors that hold n numbers. */
size_t quo_setgrid_whole(size_t n);
#endif
