/* pricing/aggregate/evenpoints.h -- a survival function at many evenly spaced points.                  [methods: lattice]
 *
 * Where points lie close, a Chebyshev polynomial through 16 of its values stands for a stretch of ratio sqrt(2), if it has converged
 * to 3e-13 of the least value there; else, and where points are few, each is computed. */
#ifndef QUO_EVENPOINTS_H
#define QUO_EVENPOINTS_H

#include <stddef.h>
#include "risk/severity/severity.h"

/* q[j] = P[X > from + wide j], j < n. bend[bends], ascending: where the law's density jumps; no polynomial goes across. */
void quo_evenpoints_Q(const struct quo_severity *severity, double from, double wide, size_t n, const double *bend,
                      int bends, double *q);
#endif
