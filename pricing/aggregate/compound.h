/* pricing/aggregate/compound.h -- the annual amount: a sum of independent compound laws, by transform or by Panjer.
 *
 * By transform [methods: annual]: one FFT pair (FFTW, real to complex) over all components, exponential tilting against
 * wrap-around, mass sum checked and the mean compared with the exact one. By Panjer for payouts of few points.
 * Components share one step. */
#ifndef QUO_COMPOUND_H
#define QUO_COMPOUND_H

#include <stddef.h>
#include "pricing/aggregate/lattice.h"
#include "risk/severity/frequency.h"

struct quo_component {
    struct quo_frequency frequency;
    const struct quo_lattice *severity; /* law of one payout; its step is everyone's step */
};

/* FFT plans and buffers, kept between calls: one a thread. */
struct quo_workspace;
struct quo_workspace *quo_workspace_new(void); /* NULL if there is no memory */
void quo_workspace_free(struct quo_workspace *workspace);
/* From now on no transform is shorter: several that need about the same length then share one plan, and planning is what a single
 * price spends most of its time on. rounding: what undoing the tilt may leave of error in a mass (4e-12 at the least, the default):
 * a larger one saves a doubling of the length. */
void quo_workspace_tune(struct quo_workspace *workspace, size_t points, double rounding);
/* From now on laws may be wrong by `error` of their mass altogether, by what wraps around (1e-13 at the most otherwise) and by rounding:
 * one of 2^a points then mostly needs no padding. For numbers that are wanted no better: 1e-10 of a limit of 100 M is a cent. */
void quo_workspace_allow(struct quo_workspace *workspace, double error);

/* The law of the sum on 0 .. (points-1) step. Amounts beyond the last point: their mass is put on the last point if
 * `gather` (an annual limit stands there), else it is lost beyond and reported. points: any number; padding to a fast
 * size is the function's own business. *wrap (may be NULL): bound of the aliasing error in total mass. */
enum quo_status quo_compound_fft(const struct quo_component *component, size_t n, size_t points, int gather,
                                 struct quo_workspace *workspace, struct quo_lattice *out, double *wrap);
/* The same by Panjer's recursion (panjer.c), Poisson components as one, the others one by one, then convolved. Any mean: a
 * first term below the least double is carried on a scale of its own. */
enum quo_status quo_compound_panjer(const struct quo_component *component, size_t n, size_t points, int gather,
                                    struct quo_lattice *out);
/* QUO_DOMAIN where components do not share a step, a count is impossible or there are no points; else QUO_OK. */
enum quo_status quo_compound_check(const struct quo_component *component, size_t n, size_t points);
/* Rounding leaves masses of either sign where there is none. A negative one is taken from the next, so that sums stay; the
 * rest of the tail, once it adds up to less than its own rounding (`noise`), is none at all. */
void quo_compound_clean(double *mass, size_t n, double noise);
/* Puts what the masses lack to 1 on the last point: an annual limit stands there. */
void quo_compound_gather(struct quo_lattice *law);
/* The exact moments and P[S = 0], from the components. */
double quo_compound_mean(const struct quo_component *component, size_t n);
double quo_compound_variance(const struct quo_component *component, size_t n);
double quo_compound_skewness(const struct quo_component *component, size_t n);
double quo_compound_zero(const struct quo_component *component, size_t n);
/* log E[exp(theta S)], theta per step; INFINITY where a count has no such moment. Severities as they stand, cut or not. */
double quo_compound_log_moment(const struct quo_component *component, size_t n, double theta);
/* The far tail with its relative precision: the transform of the law weighted by exp(theta k), theta > 0, unweighted after.
 * Points near the weighted law's mean (d/dtheta of the log moment) keep 12 digits however small they are; those far below
 * it are rounding. size: of the transform; what lies beyond it must be negligible under the weight. */
enum quo_status quo_compound_fft_tail(const struct quo_component *component, size_t n, size_t points, size_t size,
                                      double theta, struct quo_workspace *workspace, struct quo_lattice *out);
/* The sum of N payouts of one law, with counts given point by point: count[k] = P[N = k], k < n_counts. */
enum quo_status quo_compound_counts(const double *count, size_t n_counts, const struct quo_lattice *severity,
                                    size_t points, int gather, struct quo_workspace *workspace,
                                    struct quo_lattice *out);
/* The law of the sum of two independent amounts on one step. */
enum quo_status quo_compound_convolve(const struct quo_lattice *a, const struct quo_lattice *b, size_t points,
                                      int gather, struct quo_workspace *workspace, struct quo_lattice *out);
#endif
