/* risk/severity/frequency.h -- how many incidents in a period: Poisson, negative binomial, binomial, and the zero-modified
 * and zero-truncated forms of each. A plain value, as struct quo_severity.     [methods: count laws] */
#ifndef QUO_FREQUENCY_H
#define QUO_FREQUENCY_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/faults.h"
#include "risk/base/stream.h"

enum quo_count_family { QUO_POISSON, QUO_NEGBIN, QUO_BINOMIAL, QUO_COUNT_FAMILIES };

struct quo_frequency {
    enum quo_count_family family;
    double par[2]; /* poisson: lambda. negbin: size, prob (mean size (1 - prob)/prob). binomial: size, prob */
    bool modified; /* P[N = 0] is p0 instead; p0 = 0 is the zero-truncated form */
    double p0;
};

struct quo_frequency quo_frequency_poisson(double lambda);
struct quo_frequency quo_frequency_negbin(double size, double prob);
/* Negative binomial of that mean; size INFINITY gives the Poisson. */
struct quo_frequency quo_frequency_negbin_mean(double mean, double size);
const char *quo_frequency_invalid(const struct quo_frequency *f);
/* Names: poisson negbin binomial, zm.. and zt.. of each (zmpoisson p0=..), zip zinb (pi: share of extra zeros). */
enum quo_status quo_frequency_parse(const char *family, const char *const *key_value, size_t n,
                                    struct quo_frequency *out, struct quo_faults *faults);
size_t quo_frequency_format(const struct quo_frequency *f, char *buffer, size_t size);

/* The i-th family name that parse knows, NULL past the last. */
const char *quo_frequency_name(size_t i);

double quo_frequency_pmf(int64_t k, const struct quo_frequency *f);
double quo_frequency_logpmf(int64_t k, const struct quo_frequency *f);
double quo_frequency_P(int64_t k, const struct quo_frequency *f);
double quo_frequency_Q(int64_t k, const struct quo_frequency *f);
double quo_frequency_logQ(int64_t k, const struct quo_frequency *f);
/* The least k with P[N <= k] >= p, and with P[N > k] <= q. -1 for an impossible argument, INT64_MAX if there is none. */
int64_t quo_frequency_Pinv(double p, const struct quo_frequency *f);
int64_t quo_frequency_Qinv(double q, const struct quo_frequency *f);
double quo_frequency_mean(const struct quo_frequency *f);
double quo_frequency_variance(const struct quo_frequency *f);
double quo_frequency_skewness(const struct quo_frequency *f);
#define QUO_FREQUENCY_MOST_ORDER 20
double quo_frequency_moment(int order,
                            const struct quo_frequency *f); /* E[N^order], order 0..QUO_FREQUENCY_MOST_ORDER */
double quo_frequency_lev(double limit, const struct quo_frequency *f);           /* E[min(N, limit)], any real limit */
double quo_frequency_stoploss(double deductible, const struct quo_frequency *f); /* E[(N - deductible)+] */
/* E[z^N] for real and complex z (|z| up to the radius of convergence: exponential tilting goes beyond 1). */
double quo_frequency_pgf(double z, const struct quo_frequency *f);
double complex quo_frequency_pgf_complex(double complex z, const struct quo_frequency *f);
int64_t quo_frequency_draw(struct quo_stream *stream, const struct quo_frequency *f);
/* The counts that are left when each incident is kept with that probability, independently. */
struct quo_frequency quo_frequency_thin(const struct quo_frequency *f, double kept);
#endif
