/* risk/fitting/likelihood.h -- a sample of losses as incident files give it, and the log likelihood of any severity law.
 *
 *   sum over records of  weight * [ log f(x)               size known exactly
 *                                 | log Q(x)               right censored: all that is known is X > x
 *                                 | log(P(high) - P(low))  interval: low < X <= high
 *                                 - log Q(truncation) ]    seen only because X exceeds the tracker's floor   [KPW12] 13.2, 14.3
 *
 * Nothing is copied: a struct quo_sample points into arrays of the caller.     [methods: likelihood] */
#ifndef QUO_LIKELIHOOD_H
#define QUO_LIKELIHOOD_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/status.h"
#include "risk/severity/severity.h"

struct quo_sample {
    size_t n;
    const double *value; /* value[n]: the size, or where censored[i] the point it is known to exceed */
    const double *low,
        *high; /* both NULL, or [n]: where high[i] > low[i] the record is the interval (low, high] and value[i]
                                 is not read; high INFINITY is right censoring. NaN: no interval */
    const bool *censored; /* NULL: none */
    const double
        *truncation;      /* truncation[n] >= 0: the record is there because X > truncation[i]; NULL: `floor` for all */
    double floor;         /* used where truncation is NULL; 0: none */
    const double *weight; /* weight[n] >= 0, need not sum to n; NULL: all 1 */
};

/* A sample of n sizes, complete. Set the other fields as needed. */
struct quo_sample quo_likelihood_sample(const double *value, size_t n);
/* NULL if the sample can be fitted, else what is wrong, with the record's number (from 1), in the buffer. */
const char *quo_likelihood_invalid(const struct quo_sample *sample, char *buffer, size_t size);
/* The log likelihood; -INFINITY where a record is impossible under the law. */
double quo_likelihood_log(const struct quo_sample *sample, const struct quo_severity *severity);
/* The same of one record, its weight not applied (cross-validated log scores). */
double quo_likelihood_record(const struct quo_sample *sample, size_t i, const struct quo_severity *severity);
/* The truncation point of record i. */
double quo_likelihood_truncation(const struct quo_sample *sample, size_t i);
#endif
