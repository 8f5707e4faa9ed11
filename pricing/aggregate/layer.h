/* pricing/aggregate/layer.h -- what one event pays: Y = share * min(max(X - attach, 0), limit), and how it gets on a lattice.
 *
 * Its moments are integrals of the survival function over the layer, panel by panel, so that a layer far out in the tail
 * keeps its digits and one of a severity without a mean is no special case. Pure.  [methods: lattice] */
#ifndef QUO_LAYER_H
#define QUO_LAYER_H

#include <stddef.h>
#include "pricing/aggregate/lattice.h"
#include "risk/severity/severity.h"

struct quo_layer {
    struct quo_severity severity;
    double attach; /* money from which it pays; 0 .. */
    double limit;  /* most of X above attach; INFINITY: none */
    double share;  /* of it that is paid, 0 < share <= 1 */
};

const char *quo_layer_invalid(const struct quo_layer *layer); /* NULL if the terms are possible */
double quo_layer_top(const struct quo_layer *layer);          /* the most it pays; may be INFINITY */
double quo_layer_Q(double y, const struct quo_layer *layer);  /* P[Y > y] */
double quo_layer_zero(const struct quo_layer *layer);         /* P[Y = 0] */
double quo_layer_full(const struct quo_layer *layer);         /* P[Y = top] */
/* E[Y^order], order 1, 2, 3; INFINITY where it does not exist. Relative error below 1e-11. */
double quo_layer_moment(int order, const struct quo_layer *layer);

enum quo_layer_edge {
    QUO_LAYER_CAPPED, /* what exceeds the last point stands on it: the law of min(Y, top), its mean exact */
    QUO_LAYER_CUT     /* what exceeds the last point is left out: for sums that are wanted below it only */
};
/* Y on 0, top/cells, .., top by local moments: one survival function a point (vectorised), limited means where the law bends
 * (near 0, at a splice). `top` may lie below quo_layer_top. QUO_CAPPED: the mean of min(Y, top) is kept exactly. */
enum quo_status quo_layer_discretise(const struct quo_layer *layer, double top, size_t cells, enum quo_layer_edge edge,
                                     struct quo_lattice *out);

/* The textbook discretisations [KPW12] 9.6.5, as in R's actuar, on 0, step, .., top: from the distribution function (upper,
 * lower, rounding) or from local moments, every cell for itself (unbiased). What lies above top is left out, so that they can
 * be compared; capped: unbiased, and what exceeds top stands on it. */
enum quo_layer_rule { QUO_RULE_UPPER, QUO_RULE_LOWER, QUO_RULE_ROUNDING, QUO_RULE_UNBIASED, QUO_RULE_CAPPED };
enum quo_status quo_layer_discretise_rule(const struct quo_layer *layer, double step, double top,
                                          enum quo_layer_rule rule, struct quo_lattice *out);
#endif
