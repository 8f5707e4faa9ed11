/* pricing/aggregate/simulate.h -- the annual amount by simulation, for what has no transform: one limit shared by sections in
 * the order of time, and to check what has one.
 *
 * Random numbers are addressed by (seed, year, section): the same years for any number of threads, and the years of one
 * section do not move when another is added. Every number of a sample carries its standard error.
 * [methods: simulation] */
#ifndef QUO_SIMULATE_H
#define QUO_SIMULATE_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/aggregate/annual.h"
#include "risk/base/numeric.h"

struct quo_simulation {
    const struct quo_contract *section; /* section[n], each with its event terms and its own annual terms */
    size_t n;
    double annual_deductible, annual_limit; /* shared by all, used up in the order of time; 0 and INFINITY: none */
    uint64_t seed;
    size_t years;
};
/* paid[years]: what is paid in each year after all terms. by_section: NULL, or [years][n], row-major: each section's part of
 * it. QUO_DOMAIN: an impossible contract, or more than 10^6 events a year expected. */
enum quo_status quo_simulate(const struct quo_simulation *simulation, double *paid, double *by_section);

/* One section alone. Where it is a plain compound (Poisson, at most 600 a year, of a simple law) its years are drawn in vectors, sizes from a
 * table: relative error below 1e-5 (plainyears.h), some 3 ns an event. Else as quo_simulate. */
enum quo_status quo_simulate_one(const struct quo_contract *contract, uint64_t seed, size_t years, double *paid);

/* Of a sample of n years, ascending (quo_numeric_sort). */
struct quo_estimate quo_sample_mean(const double *paid, size_t n);
struct quo_estimate quo_sample_variance(const double *paid, size_t n);
double quo_sample_skewness(const double *paid, size_t n);
struct quo_estimate quo_sample_sf(double x, const double *paid, size_t n);
struct quo_estimate quo_sample_stoploss(double d, const double *paid, size_t n);
/* The least x with a share of at least p at or below it; error from the order statistics one binomial sd to either side. */
struct quo_estimate quo_sample_var(double p, const double *paid, size_t n);
struct quo_estimate quo_sample_tvar(double p, const double *paid, size_t n); /* error: [MH05], of the excess over VaR */
/* Integral of g over the empirical survival function; error by its influence function. */
struct quo_estimate quo_sample_distortion(const struct quo_distortion *d, const double *paid, size_t n);
#endif
