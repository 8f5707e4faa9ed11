/* pricing/aggregate/measures.h -- numbers of an annual law on a lattice: VaR, TVaR, stop-loss, exceedance, distortions.
 * [methods: distortions], [methods: grid] */
#ifndef QUO_MEASURES_H
#define QUO_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include "pricing/aggregate/lattice.h"
#include "risk/base/faults.h"

/* What the masses lack to 1 (a law cut off) lies beyond the last point: P[S > x] and VaR count it; TVaR, stop-loss and
 * distortions, which would need to know how far beyond, count only what is there. */
double quo_measure_sf(double x, const struct quo_lattice *law); /* P[S > x] */
void quo_measure_sf_many(const double *x, size_t n, const struct quo_lattice *law,
                         double *out); /* at ascending points, in one pass */
double quo_measure_cdf(double x,
                       const struct quo_lattice *law); /* P[S <= x], summed from 0: small ones keep their digits */
double quo_measure_var(double p,
                       const struct quo_lattice *law); /* least s with P[S <= s] >= p; INFINITY beyond the last point */
double quo_measure_tvar(double p, const struct quo_lattice *law); /* var + E[(S - var)+]/(1 - p) */
/* Both at n ascending levels, in one pass. */
void quo_measure_tail(const double *p, size_t n, const struct quo_lattice *law, double *var, double *tvar);
double quo_measure_stoploss(double d, const struct quo_lattice *law); /* E[(S - d)+] */
double quo_measure_skewness(const struct quo_lattice *law);

enum quo_distortion_kind {
    QUO_DISTORTION_WANG,
    QUO_DISTORTION_PH,
    QUO_DISTORTION_DUAL_POWER,
    QUO_DISTORTION_TVAR,
    QUO_DISTORTION_CCOC
};
struct quo_distortion {
    enum quo_distortion_kind kind;
    double
        parameter; /* lambda, r (g = s^r, 0 < r <= 1), k (1 - (1-s)^k, k >= 1), p (0..1), rate (ccoc: g = (s + rate)/(1 + rate), s > 0) */
};
const char *quo_distortion_name(enum quo_distortion_kind kind);
/* NULL if the parameter is possible, else what it must be. */
const char *quo_distortion_invalid(const struct quo_distortion *d);
/* "wang:lambda=0.25" */
bool quo_distortion_parse(const char *text, struct quo_distortion *out, struct quo_faults *faults);
double quo_distortion_g(double s, const struct quo_distortion *d);
/* integral of g(S(x)) dx over the lattice law. */
double quo_distortion_price(const struct quo_distortion *d, const struct quo_lattice *law);
/* low + integral of g(sf(x)) over [low, high]: the price of a whole law whose survival function is 1 up to `low` (finite) and
 * falls smoothly from there; high may be INFINITY. Relative error below 1e-10; INFINITY where the integral does not end. */
double quo_distortion_integral(const struct quo_distortion *d, double (*sf)(double x, const void *context),
                               const void *context, double low, double high);
/* The parameter at which the price of the law is `price`; NaN if none is. */
double quo_distortion_implied(enum quo_distortion_kind kind, double price, const struct quo_lattice *law);
#endif
