/* pricing/aggregate/spectrum.h -- the work done at every frequency of a transform: tilting, and generating functions at
 * complex arguments, many at once. Pure; vectorised where the processor can.       [methods: annual] */
#ifndef QUO_SPECTRUM_H
#define QUO_SPECTRUM_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include "risk/severity/frequency.h"

/* out[k] = scale in[k] exp(-theta k), k < n; out may be in. theta n <= 700 in size. */
void quo_spectrum_tilt(const double *in, size_t n, double theta, double scale, double *out);
/* Sum of mass[k] exp(theta k), k < n. */
double quo_spectrum_moment(const double *mass, size_t n, double theta);
/* Sums of `each` neighbouring masses, 1 or a multiple of 4, the last of what is left; returns how many, at most n/each + 1. Their moment with each group on its
 * last point bounds that of the masses from above, for theta >= 0. */
size_t quo_spectrum_group(const double *mass, size_t n, size_t each, double *sum);
/* Sum of a[k] b[k]. */
double quo_spectrum_product(const double *a, const double *b, size_t n);
/* out[j] = exp(rate (z[j] - 1)), the Poisson generating function; out may be z. No |z[j]| is above |z[0]|: a transform of masses. */
void quo_spectrum_poisson(const double complex *z, size_t n, double rate, double complex *out);
/* out[j] *= E[z[j]^N]. */
void quo_spectrum_times_pgf(const double complex *z, size_t n, const struct quo_frequency *frequency,
                            double complex *out);
/* real[j] + i imaginary[j] *= 1 - share z[j]: what a negative binomial's generating function is a power of. */
void quo_spectrum_times_base(const double complex *z, size_t n, double share, double *real, double *imaginary);
/* out[j] *= scale base[j]^power, power negative, by the principal branch; `first`: out is set and not multiplied. No base is further than
 * radius from 1: a small radius makes it a matter of some terms. */
void quo_spectrum_times_power(const double *real, const double *imaginary, size_t n, double radius, double scale,
                              double power, bool first, double complex *out);
#endif
