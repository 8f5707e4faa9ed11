/* risk/outflow.h -- how much can leave before somebody stops it: caps on the flow, on shares of a peril's paths.    [methods: capped loss]
 *
 * A cap lets at most min(hard, burst + per_hour T) out, T the time until somebody stops the theft. There is one theft and one T, so
 * caps that guard the same path bind together: the path's bound is the least of theirs, and a cap said twice is one cap. Paths that
 * the same caps guard make a lane.
 *
 *   P[X > x] = P[X without caps > x] * [1 - sum_j share_j (1 - P[min over the caps k of lane j of bound_k(T) > x])]
 *
 * A plain value, no ownership; all 0: no cap. Units: USD, hours. Pure. */
#ifndef QUO_OUTFLOW_H
#define QUO_OUTFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/stream.h"

#define QUO_OUTFLOW_CAPS 12
#define QUO_OUTFLOW_LANES 16
#define QUO_OUTFLOW_BLOCK 64 /* points at once */

struct quo_outflow_cap {
    double per_hour; /* USD an hour; INFINITY: none */
    double burst;    /* USD at once */
    double hard;     /* USD, the most that can ever leave; INFINITY: none */
};

struct quo_outflow_lane {
    double share;  /* of the peril's paths, 0..1; lanes are disjoint */
    unsigned caps; /* bit k: cap[k] guards them */
};

struct quo_outflow {
    int n_caps, n_lanes;
    struct quo_outflow_cap cap[QUO_OUTFLOW_CAPS];
    struct quo_outflow_lane lane[QUO_OUTFLOW_LANES];
    /* T: lognormal(meanlog, sdlog) hours, sdlog 0: exp(meanlog) surely. With probability p_auto a breaker stops it in
     * lognormal(auto_meanlog, auto_sdlog) hours instead; 0: there is none. */
    double meanlog, sdlog, p_auto, auto_meanlog, auto_sdlog;
};

/* One cap on a share of the paths. */
struct quo_outflow quo_outflow_one(struct quo_outflow_cap cap, double share, double meanlog, double sdlog);
/* NULL if possible, else what is wrong, in words. */
const char *quo_outflow_invalid(const struct quo_outflow *outflow);
/* The same numbers, those of T only where there is a lane. */
bool quo_outflow_same(const struct quo_outflow *a, const struct quo_outflow *b);
/* What the caps leave of P[X > x], or of P[X >= x] if inclusive. */
double quo_outflow_left(double x, const struct quo_outflow *outflow, bool inclusive);
/* The same, exclusive, times out[n], at x[n] > 0; n <= QUO_OUTFLOW_BLOCK. */
void quo_outflow_left_block(const double *x, size_t n, const struct quo_outflow *outflow, double *out);
/* min over the caps of one lane (a set of bits) after so many hours, USD; INFINITY without caps. */
double quo_outflow_bound(const struct quo_outflow *outflow, unsigned caps, double hours);
/* No cap changes anything below (to 5e-17); INFINITY without caps. onset_above_0: the least of those lanes that let the first dollar out. */
double quo_outflow_onset(const struct quo_outflow *outflow);
double quo_outflow_onset_above_0(const struct quo_outflow *outflow);
/* From *end on only the paths are left that no cap ever ends; returns their share. *end is at least what it was. */
double quo_outflow_open(const struct quo_outflow *outflow, double *end);
/* A bound on one loss: INFINITY on an open path. Takes nothing from the stream where there are no lanes. */
double quo_outflow_draw(struct quo_stream *stream, const struct quo_outflow *outflow);

/* Where the survival function has a kink or a jump: at[QUO_OUTFLOW_KINKS], finite, in no order; returns how many. */
#define QUO_OUTFLOW_KINKS (4 * QUO_OUTFLOW_CAPS + QUO_OUTFLOW_CAPS * (QUO_OUTFLOW_CAPS - 1) / 2)
size_t quo_outflow_kinks(const struct quo_outflow *outflow, double *at);
#endif
