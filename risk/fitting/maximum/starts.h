/* risk/fitting/maximum/starts.h -- where to start: laws of each simple family that share the sample's log moments.
 * [methods: fit] */
#ifndef QUO_STARTS_H
#define QUO_STARTS_H

#include "risk/fitting/maximum/scaled.h"

#define QUO_STARTS_MAX 8
/* Coordinates of up to QUO_STARTS_MAX starting points of scaled->family, the likeliest first; returns how many. */
int quo_starts_make(const struct quo_scaled *scaled, double start[QUO_STARTS_MAX][4]);
/* Grimshaw's profile of the gpd [Gri93]: coordinates (xi, ln beta) of the greatest local maximum with xi > -1 for complete
 * excesses; false if there is none (then the likelihood climbs to xi = -1, the uniform law up to the largest). */
bool quo_starts_grimshaw(const struct quo_bulk *excess, double t[2]);
#endif
