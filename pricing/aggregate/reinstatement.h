/* pricing/aggregate/reinstatement.h -- a cover that can be bought back: its limit, n times reinstated, each time for its own
 * share of the premium, in proportion to the amount reinstated and not to the time left [Sun91].
 *
 * The k-th reinstatement buys back the k-th limit paid: of amounts S paid in a year it costs
 * rate_k min((S - (k-1) limit)+, limit)/limit premiums, whatever its neighbours cost.  [methods: reinstatement] */
#ifndef QUO_REINSTATEMENT_H
#define QUO_REINSTATEMENT_H

#include <stddef.h>
#include "pricing/aggregate/annual.h"

/* Premiums charged for a year in which `paid` was paid (up to (n + 1) limits): sum of rate[k] times the share of limit k used. */
double quo_reinstatement_charge(double paid, double limit, const double *rate, size_t n);

struct quo_reinstatement_price {
    double expected_cover;    /* E of what is paid */
    double expected_multiple; /* E of the premiums charged for reinstatements, in initial premiums */
    double initial_premium;   /* expected_cover/(1 + expected_multiple): fair, without loads */
};
/* From the law of what the contract pays: its annual limit must be (n + 1) limit (QUO_DOMAIN else). */
enum quo_status quo_reinstatement_price(double limit, const double *rate, size_t n, struct quo_annual *annual,
                                        struct quo_reinstatement_price *out);
#endif
