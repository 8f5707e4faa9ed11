/* pricing/whatif/boundyear.h -- the law of a term from the rates at which each peril's events pay more than any amount, whatever set of changes
 * they come from: for bounds (planpremium.h). */
#ifndef QUO_BOUNDYEAR_H
#define QUO_BOUNDYEAR_H

#include "pricing/whatif/setgrid.h"

/* Room for terms of one policy. */
struct quo_boundyear {
    const struct quo_policy *policy;
    const struct quo_setgrid *grid, *sums; /* of a cover's year, of all covers together */
    struct quo_lattice event, total;       /* total: all covers, the overall limit applied */
    double *row, *exponent;
    double complex *spectrum;
    struct quo_lattice *cover;             /* cover[n_covers]: before its annual limit */
    double **cover_above, *above;          /* P[cover's year > k steps], P[sum of the covers, each cut at its limit > k steps]: [sums->points + 1] */
    double *expected, *reinstated;         /* of each cover, after its limit */
    double mean;                           /* of total */
};
bool quo_boundyear_new(const struct quo_policy *policy, const struct quo_setgrid *grid, const struct quo_setgrid *sums,
                       struct quo_boundyear *out);
void quo_boundyear_free(struct quo_boundyear *year); /* the contents */
/* One cover alone: cover, cover_above, expected and reinstated of it; `event` is left with its year. */
bool quo_boundyear_cover(struct quo_boundyear *year, size_t cover, double *const *events, const double *size,
                         const double *alarms, size_t points);
/* events[QUO_PERILS][points]: events of the term that pay more than k steps, NULL where there are none; size[QUO_PERILS] of their counts;
 * alarms[n_covers][points]: the same of Poisson events besides (NULL: none). False where a count varies too much for its series. */
bool quo_boundyear_fill(struct quo_boundyear *year, double *const *events, const double *size, double *const *alarms,
                        size_t points);
#endif
