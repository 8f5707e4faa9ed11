/* risk/perils/pooling.h -- thin perils: a lognormal for each, its parameters shrunk towards those of all perils.
 *
 * theta_p = (meanlog, ln sdlog) ~ normal(centre, spread^2), each coordinate for itself; centre and spread from the perils that
 * have data enough, by DerSimonian and Laird. A peril's theta is the maximum of its left-truncated likelihood times that
 * prior: all own data give its own fit, none gives the centre. The weight shown is the share of the prior in the
 * posterior, trace(V P0)/2 with V the posterior covariance and P0 the prior precision: 1 without data, 0 with much.
 *                                                                                                     [methods: pooling] */
#ifndef QUO_POOLING_H
#define QUO_POOLING_H

#include <stddef.h>
#include "risk/base/status.h"

struct quo_pooling_unit {
    size_t n;
    const double *log_loss, *log_floor; /* [n] */
};
struct quo_pooling_prior {
    double centre[2]; /* meanlog, ln sdlog */
    double sd[2];     /* INFINITY: no prior */
    int units;        /* perils behind it */
};
struct quo_pooling_fit {
    enum quo_status status;
    double meanlog, sdlog;
    double covariance[2][2]; /* of (meanlog, ln sdlog), posterior */
    double weight;           /* 0 own fit alone .. 1 prior alone */
    double loglik;           /* without the prior */
};

/* prior NULL: maximum likelihood alone (QUO_REFUSED with fewer than 3 records). */
enum quo_status quo_pooling_fit_unit(const struct quo_pooling_unit *unit, const struct quo_pooling_prior *prior,
                                     struct quo_pooling_fit *out);
/* The prior from the units with at least `least` records; QUO_REFUSED with fewer than two such units. The spread has the error of
 * the centre in it, so it is never 0. */
enum quo_status quo_pooling_prior_fit(const struct quo_pooling_unit *unit, size_t n_units, size_t least,
                                      struct quo_pooling_prior *out);
#endif
