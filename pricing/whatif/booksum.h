/* pricing/whatif/booksum.h -- the year of many independent policies: their laws added, for the tail of the sum. */
#ifndef QUO_BOOKSUM_H
#define QUO_BOOKSUM_H

#include <stddef.h>
#include "pricing/aggregate/lattice.h"

struct quo_booksum {
    const struct quo_lattice **law; /* law[n]: not owned, in order of adding */
    size_t n, room;
};

enum quo_status quo_booksum_begin(struct quo_booksum *sum);
void quo_booksum_end(struct quo_booksum *sum);
/* One more policy; the law must outlive the sum. */
enum quo_status quo_booksum_add(struct quo_booksum *sum, const struct quo_lattice *law);
/* TVaR of the sum as if independent: all laws on one grid (each mean kept) that reaches what twelve standard deviations above the mean or all
 * tops together reach, added by transforms. */
enum quo_status quo_booksum_tvar(const struct quo_booksum *sum, double level, double *out);
#endif
