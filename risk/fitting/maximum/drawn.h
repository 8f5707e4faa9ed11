/* risk/fitting/maximum/drawn.h -- many quantiles at once, for bootstrap samples. */
#ifndef QUO_DRAWN_H
#define QUO_DRAWN_H

#include <stddef.h>
#include "risk/severity/severity.h"

/* x[i] = Qinv(tail[i]), to 1e-12 or a few units in the last place of the tail probability; x may be tail. By whole arrays where the
 * family has a closed form. */
void quo_drawn_quantiles(const double *tail, size_t n, const struct quo_severity *severity, double *x);
#endif
