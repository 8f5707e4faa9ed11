/* risk/fitting/maximum/newton.h -- maximises a smooth function of at most nine variables with exact second derivatives. */
#ifndef QUO_NEWTON_H
#define QUO_NEWTON_H

#include <stdbool.h>
#include "risk/fitting/maximum/jet.h"

struct quo_newton_problem {
    int k;
    /* Fills v, g and h (lower triangle) at t; v = -INFINITY outside the domain (then g, h are not read). */
    void (*evaluate)(const double *t, struct quo_jet *out, const void *context);
    const void *context;
    double low[QUO_JET_MAX], high[QUO_JET_MAX]; /* box; a maximum on its edge counts as run away */
    /* 1 + the coordinate that is the log of coordinate i's natural unit (a location beside its spread), 0 if its unit is 1: on the
     * long ridges of truncated laws a location moves by many times its start. */
    int unit_of[QUO_JET_MAX];
    bool fixed[QUO_JET_MAX]; /* held at the start: profiles */
    double mass;             /* sum of weights: the scale of v, for the gradient of the mean */
    int max_iterations;
};

struct quo_newton_result {
    bool converged;
    const char *why; /* in words if not converged, else "" */
    int edge;        /* coordinate at the edge of the box, -1 if none */
    int iterations;
    double t[QUO_JET_MAX];
    struct quo_jet at;    /* v, g, h at t */
    double gradient_norm; /* greatest |g|/mass */
};

/* Newton with a trust radius: eigenvalues of the wrong sign are turned, so that every step goes uphill. Stops when a full
 * Newton step is below 1e-9 in every coordinate (the last one is taken), or where v no longer moves in double precision. */
void quo_newton_maximise(const struct quo_newton_problem *problem, const double *start, struct quo_newton_result *out);
/* Inverse of -h and its condition; false if -h is not positive definite. */
bool quo_newton_covariance(const struct quo_jet *at, double covariance[QUO_JET_MAX][QUO_JET_MAX], double *condition);
#endif
