/* risk/perils/calibrate_parts.h -- the steps of calibrate.c, each in a file of its own. Not for other callers.
 * [methods: calibrate] */
#ifndef QUO_CALIBRATE_PARTS_H
#define QUO_CALIBRATE_PARTS_H

#include "risk/perils/calibrate.h"

/* The lines of the period: what is published of it, one line a statistic and scope, and what contradicts it. */
enum quo_status quo_calibrate_lines(const struct quo_aggregates *aggregates, struct quo_calibrate *out,
                                    struct quo_faults *faults);
/* The published value of a line; NaN if the period has none. */
double quo_calibrate_published(const struct quo_calibrate *c, const char *statistic, const char *scope);
/* Log of a positive statistic, logit of a share: what residuals are taken of. */
double quo_calibrate_transform(const char *statistic, double value);
/* The four numbers, their covariance, attribution, and the lines' predictive columns. */
enum quo_status quo_calibrate_search(struct quo_calibrate *out);
/* Perils, rates, reconciliation with the bands, draws. */
enum quo_status quo_calibrate_model(const struct quo_aggregates *aggregates, const struct quo_market *market,
                                    struct quo_calibrate *out, struct quo_faults *faults);
void quo_calibrate_set(struct quo_calibrate_sim_law *law, const double at[QUO_CALIBRATE_FREE]);
#endif
