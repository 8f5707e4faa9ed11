/* pricing/aggregate/annual.h -- the annual amount of one contract, and how wrong each number of it may be.
 *
 *   N events a year; an event of size X pays  Y = share min(max(X - deductible, 0), limit);
 *   S = Y_1 + .. + Y_N;  the contract pays  min(max(S - annual_deductible, 0), annual_limit).
 *
 * The grid: everything is computed on a grid and on one twice as fine. What is reported is the extrapolation of the two to
 * step 0 (the error of local moments goes with the square of the step); the difference of the two is its stated error. The span comes
 * from limits and payouts. Where nothing is limited, the law is computed on a ladder of spans, each a power of two wider than
 * the one before and with severities cut at its end (what exceeds x does not matter below x), so that one law reaches from
 * the first cent to probabilities of 1e-12, also without a mean. [methods: annual] */
#ifndef QUO_ANNUAL_H
#define QUO_ANNUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pricing/aggregate/compound.h"
#include "pricing/aggregate/layer.h"
#include "pricing/aggregate/measures.h"
#include "risk/base/faults.h"
#include "risk/severity/frequency.h"
#include "risk/severity/severity.h"

struct quo_contract {
    struct quo_frequency frequency;
    const double *count; /* count[n_count]: P[N = k], instead of frequency; NULL: frequency */
    size_t n_count;
    struct quo_layer event; /* severity and the terms of one event */
    const struct quo_lattice
        *points; /* a severity of given points, before event terms, instead of event.severity; NULL: none */
    double annual_deductible; /* 0: none */
    double annual_limit;      /* INFINITY: none */
};
void quo_contract_init(struct quo_contract *contract); /* no terms: limits INFINITY, share 1 */
const char *quo_contract_invalid(const struct quo_contract *contract);

/* AUTO: Panjer for payouts of few points (it keeps the digits of the smallest masses), the transform else. */
enum quo_annual_method { QUO_ANNUAL_AUTO, QUO_ANNUAL_FFT, QUO_ANNUAL_PANJER };

struct quo_annual_options {
    enum quo_annual_method method;
    size_t
        points; /* of the coarser grid; 0: refined from 2^11 until the stated error of the mean and of TVaR 99 is below tolerance */
    double tolerance;                /* relative; default 1e-6 */
    struct quo_workspace *workspace; /* plans to share, one thread's; must outlive the law. NULL: its own */
};
void quo_annual_options_init(struct quo_annual_options *options);

struct quo_annual;
/* QUO_REFUSED with a fault: impossible terms, or a span past 2^24 points (a mean of millions of events). */
enum quo_status quo_annual_new(const struct quo_contract *contract, const struct quo_annual_options *options,
                               struct quo_annual **out, struct quo_faults *faults);
void quo_annual_free(struct quo_annual *annual);
const struct quo_contract *quo_annual_contract(const struct quo_annual *annual);

/* A number and how far the grid may have moved it: |value - truth| <= error. */
struct quo_annual_value {
    double value, error;
};
/* Of the amount after all terms. zero, and the mean and variance without annual terms, are exact (error 0). */
struct quo_annual_value quo_annual_zero(const struct quo_annual *annual);
struct quo_annual_value quo_annual_mean(struct quo_annual *annual);
struct quo_annual_value quo_annual_variance(struct quo_annual *annual); /* INFINITY where there is none */
struct quo_annual_value quo_annual_skewness(struct quo_annual *annual); /* NaN where there is none */
struct quo_annual_value quo_annual_sf(double x, struct quo_annual *annual);
/* P[S <= x], exact digits of small ones where payouts stand on given points. */
struct quo_annual_value quo_annual_cdf(double x, struct quo_annual *annual);
struct quo_annual_value quo_annual_density(double x, struct quo_annual *annual); /* between the atoms */
struct quo_annual_value quo_annual_var(double p, struct quo_annual *annual);
struct quo_annual_value quo_annual_tvar(double p, struct quo_annual *annual);
struct quo_annual_value quo_annual_stoploss(double d, struct quo_annual *annual);
/* INFINITY where the tail is too heavy for the distortion. */
struct quo_annual_value quo_annual_distortion(const struct quo_distortion *d, struct quo_annual *annual);
/* The moments before annual terms by their formulas, [0], and as the finer grid has them, [1], not extrapolated: what the
 * grid loses. [1] is NaN where no grid holds the whole of that law (an annual limit, a ladder). */
struct quo_annual_check {
    double mean[2], cv[2], skewness[2];
    double mass;  /* of the finer grid */
    double wrap;  /* bound of what wrapped around */
    size_t grids; /* rungs of the ladder; 1 for a limited law */
};
struct quo_annual_check quo_annual_check(const struct quo_annual *annual);
enum quo_annual_method quo_annual_method_used(const struct quo_annual *annual);
size_t quo_annual_points(const struct quo_annual *annual); /* of the finer grid (the last rung of the ladder) */
double quo_annual_step(const struct quo_annual *annual);
bool quo_annual_limited(const struct quo_annual *annual); /* one grid, no ladder */
/* The law on the finer grid after all terms, where it is limited; NULL else. Belongs to the annual law. */
const struct quo_lattice *quo_annual_law(const struct quo_annual *annual);
#endif
