/* risk/fitting/matching.h -- fits by matched moments or quantiles: quick, robust, no standard errors. Complete samples only.
 * [methods: matching] */
#ifndef QUO_MATCHING_H
#define QUO_MATCHING_H

#include "risk/fitting/fit.h"

/* Simple families but gpd with location. Moments: as many raw moments as parameters (log moments for families whose
 * moments may not exist: pareto2, burr, loglogistic, paralogistic, gb2). Quantiles: at i/(k+1). out is blank but for family. */
enum quo_status quo_matching_fit(const struct quo_sample *sample, enum quo_family family,
                                 const struct quo_fit_options *options, struct quo_fit *out);
#endif
