/* risk/perils/backtest.h -- would the model have known? Fit up to a day, predict the months after it, compare.
 *
 * The predictive law joins parameter draws, counts (negative binomial with one season for all perils) and sizes. Exposure of the
 * predicted months is taken from the market file: it is an input of a price, not a prediction.   [methods: backtest] */
#ifndef QUO_BACKTEST_H
#define QUO_BACKTEST_H

#include "risk/perils/perilfit.h"

struct quo_backtest_options {
    int split;                       /* day: the fit ends before it */
    int months;                      /* default 6 */
    int simulations;                 /* of the predicted months; default 20000 */
    struct quo_perilfit_options fit; /* to is set from split */
};
void quo_backtest_options_init(struct quo_backtest_options *options);

enum {
    QUO_BACKTEST_COUNT,
    QUO_BACKTEST_TOTAL,
    QUO_BACKTEST_MEDIAN,
    QUO_BACKTEST_MEAN,
    QUO_BACKTEST_MAXIMUM,
    QUO_BACKTEST_INFRASTRUCTURE,
    QUO_BACKTEST_STATISTICS
};
/* "count", "total", "median", "mean", "maximum", "infrastructure_share" (of the loss) */
const char *quo_backtest_name(int statistic);

struct quo_backtest_line {
    double observed;          /* NaN: the months had no incident, so there is none */
    double median, low, high; /* predictive, 5 % and 95 % */
    double pit;               /* P[X < observed] + P[X = observed]/2 */
};
struct quo_backtest {
    int from, split, to; /* data from; prediction from split to `to`, both included */
    size_t fitted, observed;
    struct quo_backtest_line line[QUO_BACKTEST_STATISTICS];
    /* Log predictive density of what happened: the count, and the sizes given the count; beside the simplest model, one Poisson at the
     * flat average rate and one lognormal for all sizes. Higher is better. */
    double log_score_count, log_score_sizes;
    double simple_count, simple_sizes;
};
/* QUO_REFUSED with faults: nothing to fit before the split, or no data after it. */
enum quo_status quo_backtest_run(const struct quo_incidents *incidents, const struct quo_market *market,
                                 const struct quo_backtest_options *options, struct quo_backtest *out,
                                 struct quo_faults *faults);
#endif
