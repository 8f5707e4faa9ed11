/* risk/fitting/maximum/scaled.h -- a sample made ready for the optimiser: unit-free, sorted by kind, equal truncation points
 * gathered; and the log likelihood of a simple family on it with its derivatives. */
#ifndef QUO_SCALED_H
#define QUO_SCALED_H

#include <stddef.h>
#include "risk/base/status.h"
#include "risk/fitting/likelihood.h"
#include "risk/fitting/maximum/jet.h"
#include "risk/fitting/maximum/kernel.h"

/* Points with weights. */
struct quo_points {
    size_t n;
    double *x, *weight;
};

struct quo_scaled {
    enum quo_family family; /* that quo_scaled_evaluate speaks of; set by the caller */
    double scale;           /* power of two: the division is exact */
    double origin;          /* subtracted first: mu of a gpd, else 0 */
    struct quo_bulk bulk;
    struct quo_points truncation, censored, low, high; /* low and high: intervals; high may be INFINITY */
    double mass;                                       /* sum of all weights */
    size_t n;                                          /* records used */
    double shift;            /* log likelihood in natural units = that in scaled units + shift */
    double *memory, *floors; /* what the arrays live in */
};

/* Records at or below `origin` are left out; truncation points below it are cut to it. Refused with a reason where nothing is
 * left, sizes are not above the origin, an interval straddles it, or all sizes are one. */
enum quo_status quo_scaled_make(const struct quo_sample *sample, double origin, struct quo_scaled *out, char *reason,
                                size_t reason_size);
/* Sorts points and adds up the weights of equal ones. */
enum quo_status quo_scaled_gather(struct quo_points *points);
void quo_scaled_free(struct quo_scaled *scaled);
/* Log likelihood of scaled->family at coordinates t, in scaled units. out->k is set. */
void quo_scaled_evaluate(const double *t, struct quo_jet *out, const void *scaled);
#endif
