/* risk/perils/perilfit.h -- from incidents to the fitted market: sizes and rates of every peril at a reference date, brought into
 * line with the market at risk, with bootstrap draws.  incidents + market -> struct quo_model and the report of how.
 *
 * Steps: choose the records (window, floor, perils that can be covered); the trend of sizes, common to all perils, moves every
 * loss and its floor to the reference date; families are fitted to each peril with records enough and chosen by AICc; the
 * others are pooled; counts by half-year give the rates; reconcile.h gives the law at a known exposure.  [methods: reconciliation] */
#ifndef QUO_PERILFIT_H
#define QUO_PERILFIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/fitting/fit.h"
#include "risk/fitting/goodness.h"
#include "risk/fitting/incidents.h"
#include "risk/fitting/outages.h"
#include "risk/fitting/tail.h"
#include "risk/market.h"
#include "risk/model.h"
#include "risk/perils/attribution.h"
#include "risk/perils/perilfit_plots.h"
#include "risk/perils/pooling.h"
#include "risk/perils/reconcile.h"
#include "risk/perils/trend.h"

struct quo_perilfit_options {
    int from, to; /* days of data, both included; to also is the reference date. Defaults 2022-07-01 and the end of
                                  the half-year of the last incident; INT_MIN: default */
    double floor; /* USD; losses up to it are left out. Default 1e5 */
    double outage_floor;       /* hours; default 0.25 */
    double exposure_reference; /* E_0, USD; default 1e8 */
    double late_share;         /* share of the last `late_days` days' incidents that is in the file by now; default 1 */
    int late_days;             /* default 0 */
    bool no_trend;             /* a flat average of all years, sizes and rates; default false */
    int only;                  /* enum quo_peril: only this one in report and model; -1: all (default) */
    int family;                /* enum quo_family for perils with a fit of their own; QUO_AVERAGE: the candidates by their Akaike
                                  weights; -1: by AICc (default) */
    double tail_threshold;     /* USD at the reference date; NaN: by rule (default) */
    bool profile_threshold;    /* the splice's threshold by profile likelihood, one parameter more, not by rule; default false */
    int own_least;             /* records from which a peril has a fit of its own; default 50 */
    bool intervals;            /* profile-likelihood intervals for every candidate, not the chosen alone; default false */
    int tests;                 /* bootstrap replicates behind the p-values of the chosen fit; 0: none; default 199 */
    int draws;                 /* bootstrap draws in the model; default 200 */
    uint64_t seed;             /* default 1 */
    int attribution_complete_until;    /* day; default 2024-02-29, where the lists of state thefts end */
    const struct quo_outages *outages; /* NULL: service_outage is not fitted, and the report warns */
    const char *model_id;              /* default "market-YYYY-MM" of the reference date */
};
void quo_perilfit_options_init(struct quo_perilfit_options *options);

/* What the shipped incidents say, for data that do not: loss on exposure in logs (17 victims since 2022-07 above 100 k whose exposure
 * is known), and the sd of the logs of sources' figures. */
#define QUO_PERILFIT_GAMMA 0.80
#define QUO_PERILFIT_GAMMA_SE 0.16
#define QUO_PERILFIT_RESIDUAL_SD 1.52
#define QUO_PERILFIT_LOG_SD_SE 0.18
#define QUO_PERILFIT_INDEX_ERROR 0.17

#define QUO_PERILFIT_FAMILIES QUO_FAMILIES
#define QUO_PERILFIT_ALIKE 2.0
#define QUO_PERILFIT_AD                                                                                                \
    1.321 /* 5 % point for an exponential with fitted scale [DS86 table 4.14]; lower for every other family here */
struct quo_perilfit_candidate {
    struct quo_fit fit;
    struct quo_goodness goodness;
    double weight;                        /* Akaike */
    double p_ks, p_cvm, p_ad, p_ad_upper; /* parametric bootstrap; NaN where it was not run */
    double low[QUO_FIT_MAX], high[QUO_FIT_MAX]; /* 95 % by profile likelihood, each parameter; NaN where not asked for */
    double log_score, log_score_se;       /* mean held-out log density, five folds; NaN where it was not run */
};
/* The candidates that AICc can set against each other, averaged: above the floor f(x)/Q(floor) of each counts by its Akaike weight
 * [BA02 ch. 4]. Left out are a splice, whose threshold was chosen with all records in sight and is not counted by AICc, and a GPD
 * that is the Lomax over again, and laws of a weight below a thousandth. */
struct quo_perilfit_average {
    struct quo_severity severity; /* parts 0: none */
    double weight[QUO_PARTS_MAX]; /* Akaike; severity.share is it over Q(floor) */
    struct quo_goodness goodness;
};
/* The sizes of one peril, or of all together. */
struct quo_perilfit_sizes {
    size_t n;
    struct quo_perilfit_candidate candidate[QUO_PERILFIT_FAMILIES];
    int n_candidates;
    int chosen; /* index; -1: no candidate could be used. The least AICc; if its Anderson-Darling distance is beyond
                                    QUO_PERILFIT_AD, the least distance of those within QUO_PERILFIT_ALIKE of it, which AICc does
                                    not tell apart [BA02 2.6] */
    struct quo_perilfit_average average;
    struct quo_tail_fit tail;         /* status QUO_REFUSED where there are too few records */
    struct quo_tail_choice rule;      /* how the threshold came about */
    double hill;                      /* at the same exceedances; NaN */
    struct quo_perilfit_plots *plots; /* NULL with too few records */
};
struct quo_perilfit_peril {
    enum quo_peril peril;
    bool present;
    int n;
    double floor;
    struct quo_trend_rate rate; /* per protocol-year (service_outage: per service-year) at the reference date */
    double rate_log_sd;         /* of ln rate: number of events, slope, over-dispersion */
    double rate_season_sd;      /* the part of over-dispersion in it, common to all perils */
    double rate_per_year;       /* of the whole market; service_outage: of one service */
    double rate_low, rate_high; /* 95 % */
    struct quo_perilfit_sizes sizes;
    bool pooled; /* sizes are those of `pool`, not of a candidate */
    struct quo_pooling_fit pool;
    struct quo_severity severity; /* what the model holds */
    double mean_capped;           /* E[min(S, most that can be lost) | S > floor] */
    double observed_mean;         /* of the records, moved to the reference date; NaN without records */
    struct quo_reconcile_result reconciled;
    int draws, draws_failed; /* failed: refits that did not converge; the law they reached was kept */
};
struct quo_perilfit_line {
    char statistic[80];
    double observed, modelled;
};
/* ln X = intercept + gamma ln E over the records in use whose exposure is known; and what the market makes of it: gamma and the
 * residual are moved, within their errors, to where the mixture of X | E over the bands has the law of S again. */
struct quo_perilfit_exposure {
    int n; /* 0: too few in the file, the published values stand in */
    double regression_gamma, gamma_se, regression_sd, sd_log_se;
    double gamma; /* reconciled */
    double
        residual_sd; /* reconciled: sd of ln(X | E) above the floor; a peril's r is this over its sd of ln(S | S > floor) */
    int shares; /* records of every year, insiders left out, whose exposure is known: loss over exposure */
    double share_p10, share_p50, share_p90, share_mean; /* NaN without any */
    double misfit;            /* chi-square of the mixtures against the sizes, all perils, at the reconciled values */
    double regression_misfit; /* the same at the regression's own values */
};
struct quo_perilfit {
    struct quo_perilfit_options options; /* with the defaults filled in */
    size_t rows, used, left_out_window, left_out_floor, left_out_cause, with_floor;
    size_t corrected;                     /* rows of the file that a later report corrects */
    size_t bridge_messages, bridge_codes; /* used records at bridges: bridge_validation, code_bug; for a market's bridge_code_faults */
    struct quo_trend trend; /* of sizes */
    struct quo_trend_counts counts;
    struct quo_trend_rates rates;
    struct quo_pooling_prior prior;
    struct quo_perilfit_exposure exposure;
    struct quo_attribution attribution;
    int index_rows;
    struct quo_perilfit_sizes all;
    struct quo_perilfit_peril peril[QUO_PERILS];
    struct quo_outage_rate outage_rate[QUO_SERVICE_KINDS + 1];
    struct quo_perilfit_line *line; /* reconciliation[n_lines] */
    size_t n_lines;
    char **warning;
    size_t n_warnings;
    struct quo_model *model;
};

/* *out is NULL unless a model came out. QUO_REFUSED with faults that say what would help. */
enum quo_status quo_perilfit_run(const struct quo_incidents *incidents, const struct quo_market *market,
                                 const struct quo_perilfit_options *options, struct quo_perilfit **out,
                                 struct quo_faults *faults);
void quo_perilfit_free(struct quo_perilfit *fit);
#endif
