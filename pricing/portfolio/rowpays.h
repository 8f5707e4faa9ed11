/* pricing/portfolio/rowpays.h -- what one row of a book pays for many events, before the year's terms: whole cents, in vectors. Pure.
 * [methods: portfolio] */
#ifndef QUO_ROWPAYS_H
#define QUO_ROWPAYS_H

#include <stddef.h>
#include "pricing/portfolio/exposures.h"

#define QUO_ROWPAYS_LANES 8

/* Cents for each of n sizes as they are read, n a whole number of lanes; 0 for what is not seen (a uniform number), or comes at `term`
 * (years) or later. */
void quo_rowpays(const struct quo_row *row, const struct quo_row_piece *piece, double term, const double *size,
                 const double *seen, const double *time, size_t n, double *out);
/* What a state-actor clause leaves of the payments for events that are seen: by the events' own sizes, whatever is read of them. */
void quo_rowpays_exclude(const struct quo_row *row, const double *size, const double *seen, size_t n, double *pays);
#endif
