/* pricing/portfolio/ordered.h -- numbers of simulated years put in order: quantiles, tail means, return periods, with their errors.
 *
 * Amounts are whole cents, so that a sum is the same in any order. Results are dollars. */
#ifndef QUO_ORDERED_H
#define QUO_ORDERED_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/numeric.h"

struct quo_return_point {
    double return_period, loss, low, high; /* a 95 % interval, from order statistics; NaN where there are fewer years than that */
};

/* Where the worst (1 - level) of n years begins. */
struct quo_tail {
    double level;
    double years;    /* (1 - level) n */
    int64_t var;     /* cents */
    uint64_t above;  /* years above it */
    uint64_t at;     /* years exactly at it */
    double share_at; /* of each of those that belongs to the tail: above + share_at * at = years */
};

void quo_ordered_sort(int64_t *cents, size_t n);
/* of ascending amounts[n], n >= 1; 0 <= level < 1 */
struct quo_tail quo_ordered_tail(double level, const int64_t *cents, size_t n);
double quo_ordered_var(double level, const int64_t *cents, size_t n, double *low, double *high);
/* std_error is NaN for a tail of less than a year. */
struct quo_estimate quo_ordered_tvar(double level, const int64_t *cents, size_t n);
struct quo_return_point quo_ordered_return(double return_period, const int64_t *cents, size_t n);
/* Mean of any years, and their standard deviation; *sd_error may be NULL. */
struct quo_estimate quo_ordered_mean(const int64_t *cents, size_t n, struct quo_estimate *sd);
#endif
