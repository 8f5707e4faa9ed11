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
    struct quo_transform plan;
};

/* As a quote of this policy would take it, with room for three times the events of these hazards. False where memory runs out. */
bool quo_setgrid_new(const struct quo_policy *policy, const struct quo_hazard hazard[QUO_PERILS],
                     struct quo_setgrid *out);
void quo_setgrid_free(struct quo_setgrid *grid); /* the contents */
/* Frequencies of a law, tilted: out[half]. */
void quo_setgrid_forward(const struct quo_setgrid *grid, const struct quo_lattice *law, double complex *out);
/* From the frequencies in plan.product to the law, `points` long, what lies beyond gathered on the last; law->mass has that room. */
void quo_setgrid_back(const struct quo_setgrid *grid, struct quo_lattice *law);
/* Frequencies as two rows, real[row] and then imaginary[row]: sums over them go fast.
 * exponent += weight z, the events of a Poisson count; */
void quo_setgrid_add(const struct quo_setgrid *grid, const double *z, double weight, double *exponent);
/* exponent += weight z - size log(1 - mean z/size), those of a negative binomial one besides, by its series: right to 1e-13. False, with
 * nothing done, where mean/size is too large for that. */
bool quo_setgrid_add_mixed(const struct quo_setgrid *grid, const double *z, double mean, double size, double weight,
                           double *exponent);
/* plan.product = exp(exponent). */
void quo_setgrid_exponential(const struct quo_setgrid *grid, double *exponent);
/* plan.product *= factor[half]. */
void quo_setgrid_multiply(const struct quo_setgrid *grid, const double complex *factor);
/* y[n] += c x[n]. */
void quo_setgrid_axpy(const double *x, size_t n, double c, double *y);
#endif
