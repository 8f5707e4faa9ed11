/* risk/perils/calibrate.h -- the peril model from published aggregates alone.
 *
 * A half-year's publications give a count, a total, a median, the largest losses, shares by group. Three groups (infrastructure,
 * code, other vectors) have Poisson counts at the published shares and lognormal sizes above a floor; infrastructure has its own
 * (meanlog, sdlog), the other two share one, because nothing published tells them apart. The four numbers are found by simulated
 * moments: logs of the statistics, common random numbers, each statistic weighted by its own simulated sampling error, and a
 * weak prior on the two sdlog. Within a group the rate is split over its perils by judgement, and the model says so.
 *                                                                                                   [methods: calibrate] */
#ifndef QUO_CALIBRATE_H
#define QUO_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>
#include "risk/fitting/aggregates.h"
#include "risk/market.h"
#include "risk/model.h"
#include "risk/perils/calibrate_sim.h"

struct quo_calibrate_options {
    int from, to;              /* the period; INT_MIN (default): the one of which most is published */
    uint64_t seed;             /* default 1 */
    int simulations;           /* of the period, for the search; the report uses eight times as many. Default 400 */
    int draws;                 /* in the model; default 200 */
    double floor;              /* USD below which nobody counts an incident, a judgement. Default 1e4 */
    double exposure_reference; /* E_0, USD; default 1e8 */
    const char *model_id;      /* default "published-YYYY-MM" of the period's end */
};
void quo_calibrate_options_init(struct quo_calibrate_options *options);

#define QUO_CALIBRATE_LINES 48
#define QUO_CALIBRATE_FREE 4 /* meanlog and ln sdlog of infrastructure, then of the others */
struct quo_calibrate_line {
    char scope[64], statistic[64];
    double published, median, low, high; /* predictive at the fitted parameters, 5 % and 95 % */
    double tail_probability;             /* two-sided; ties count half */
    double residual; /* of the log (logit of a share), in simulated standard deviations; NaN where there is no log */
    bool fitted;     /* it entered the search */
    char contradicted_by[160]; /* "" if nothing does */
};
struct quo_calibrate_group {
    const char *id; /* "infrastructure", "code", "other vectors" */
    double per_period, per_year;
    double meanlog, sdlog, meanlog_se, log_sdlog_se;
};
struct quo_calibrate_peril {
    bool present;
    int n;                                     /* its share of the published count */
    double rate_per_year, rate_low, rate_high; /* of the whole market; 95 % */
    double mean_capped;                        /* E[min(S, most that can be lost) | S > floor] */
};
struct quo_calibrate {
    struct quo_calibrate_options options; /* with the defaults filled in */
    struct quo_calibrate_line line[QUO_CALIBRATE_LINES];
    int n_lines;
    struct quo_calibrate_group group[QUO_CALIBRATE_SIM_GROUPS];
    struct quo_calibrate_sim_law law;
    double estimate[QUO_CALIBRATE_FREE], covariance[QUO_CALIBRATE_FREE][QUO_CALIBRATE_FREE];
    double objective; /* at the minimum: squared residuals and the prior */
    bool converged;
    struct quo_calibrate_peril peril[QUO_PERILS];
    size_t rows, rows_used; /* of the file; those that became a line or stand behind one */
    char **contradiction;   /* all of the file, in words */
    size_t n_contradictions;
    struct quo_model *model;
};
/* *out is NULL unless a model came out. QUO_REFUSED: the period lacks what is needed (counts of all, infrastructure and code; the
 * median; the total or the mean; the share of infrastructure in the loss), and the fault names it. */
enum quo_status quo_calibrate_run(const struct quo_aggregates *aggregates, const struct quo_market *market,
                                  const struct quo_calibrate_options *options, struct quo_calibrate **out,
                                  struct quo_faults *faults);
void quo_calibrate_free(struct quo_calibrate *calibrate);
#endif
