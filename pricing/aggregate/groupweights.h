/* pricing/aggregate/groupweights.h -- bounds of E[exp(theta X)] of a law on a lattice, for the few theta that Chernoff's bound of a tail tries.
 *
 * Neighbouring masses count as one, on the last of their points: a little above, and a pass over the payouts costs next to nothing. The
 * exponentials follow from the number of points alone and are kept from one law to the next of as many. */
#ifndef QUO_GROUPWEIGHTS_H
#define QUO_GROUPWEIGHTS_H

#include <stddef.h>

#define QUO_GROUPWEIGHTS_TRIED 5
#define QUO_GROUPWEIGHTS_KEPT 4

struct quo_groupweights;
struct quo_groupweights_kept {
    struct quo_groupweights *of[QUO_GROUPWEIGHTS_KEPT]; /* NULL: none yet */
    size_t next;
};

/* Those for laws of up to so many points; all theta are shares of 1/points. They stay the keeper's until it has been asked for others
 * QUO_GROUPWEIGHTS_KEPT times; NULL without memory. */
const struct quo_groupweights *quo_groupweights_of(size_t points, struct quo_groupweights_kept *kept);
void quo_groupweights_free(struct quo_groupweights_kept *kept); /* the contents */
double quo_groupweights_theta(const struct quo_groupweights *weights, size_t i);
/* sum over k < n of mass[k] exp(theta k), n at most the points, or a little more, for each theta. */
void quo_groupweights_moments(const struct quo_groupweights *weights, const double *mass, size_t n,
                              double out[QUO_GROUPWEIGHTS_TRIED]);
#endif
