/* risk/fitting/maximum/limits.h -- the laws that a likelihood without a maximum climbs to.  [methods: limits] */
#ifndef QUO_LIMITS_H
#define QUO_LIMITS_H

#include "risk/fitting/maximum/scaled.h"

/* The highest log likelihood (scaled units) among the limit laws of scaled->family that can be had in closed form or by a fit of
 * their own, and its name; -INFINITY if none applies. A fit that lies no higher has no maximum. */
double quo_limits_best(const struct quo_scaled *scaled, const char **name);
/* The body of a splice (scaled, threshold in its units), its records given that they lie between floor and threshold, as a power
 * law x^(c-1) of either sign: what lognormal, Weibull, gamma and Burr run to when the sizes bend the wrong way. Exact records under at
 * most one floor, else -INFINITY. */
double quo_limits_body(const struct quo_scaled *body, double threshold);
/* In words, where coordinate `edge` of the family ran to, for the limits without a closed form. */
const char *quo_limits_edge(enum quo_family family, int edge, bool upper);
#endif
