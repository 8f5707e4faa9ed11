/* risk/perils/attribution.h -- whose work it was, and how far sources disagree on a loss.
 *
 * P[attributed to a state | peril p, loss x] = 1/(1 + exp(-(a_p + b ln x))): one slope, an intercept for each peril shrunk to the
 * common one (normal prior, sd QUO_ATTRIBUTION_SPREAD, a judgement). A row that says nothing is not a "no": the lists of state
 * thefts mean to be complete up to `complete_until` only, so unmarked rows count as "not attributed" until then and are
 * left out after it; marked rows always count.                                        [methods: attribution] */
#ifndef QUO_ATTRIBUTION_H
#define QUO_ATTRIBUTION_H

#include "risk/fitting/incidents.h"

#define QUO_ATTRIBUTION_SPREAD 1.5

struct quo_attribution {
    enum quo_status status; /* QUO_REFUSED: no row is marked, or all are */
    double a[QUO_PERILS], b;
    double b_std_error;
    int marked, rows; /* rows used, and those of them attributed to a state */
};
enum quo_status quo_attribution_fit(const struct quo_incidents *incidents, int from, int to, double floor,
                                    int complete_until, struct quo_attribution *out);

/* sd of ln(one source's figure / the loss), from the range of the sources' figures over their number: mean range / mean d2(k)
 * [Tippett 1925]. Rows since `from` with two sources or more that print a range; *rows gets their number. NaN with none. */
double quo_attribution_index_error(const struct quo_incidents *incidents, int from, int *rows);
#endif
