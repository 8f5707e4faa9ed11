/* risk/model.h -- the fitted market: what `fit` writes and everything downstream reads.
 *
 * One entry a peril. Money in USD at prices of the day; service_outage in hours. The file is libconfig, written with
 * 17 digits, so that it is read back without the loss of a bit. */
#ifndef QUO_MODEL_H
#define QUO_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/peril.h"
#include "risk/severity/severity.h"

/* The numbers a price needs of one peril: the point estimate, or one bootstrap draw of it. */
struct quo_peril_parameters {
    /* lambda_0: events a year of one average protocol at the reference exposure, at the reference date, of a
     * size above the floor. A protocol of exposure E has rate (E / exposure_reference)^alpha of it. */
    double rate;
    double rate_trend; /* d log(rate) / d year, applied from the reference date to trend_until, then held */
    double alpha;      /* elasticity of the rate in exposure */
    struct quo_severity
        severity;          /* of the market's losses at the reference date; given > floor it is what was observed */
    double severity_trend; /* d log(size) / d year, likewise */
    /* ln(X | E) = log_median + gamma ln(E / exposure_reference) + spread (ln S - log_median)  [methods: exposure]
     * log_median: the log of the median of S given S > floor. */
    double log_median, gamma, spread;
};

/* A number with its name: where it came from. origin is "fitted", "published" or "judgement". */
struct quo_assumption {
    char *parameter, *origin, *source;
    double value;
};

struct quo_peril_model {
    enum quo_peril peril;
    bool present;         /* false: the model says nothing of this peril; it is not priced and a quote says so */
    int n;                /* incidents behind the fit; 0 for a peril that never happened */
    double floor;         /* losses (hours) below are not in `rate` */
    double cap_share;     /* largest loss as a share of exposure (1: everything) */
    double size;          /* negative binomial size of the market's annual count; INFINITY: Poisson */
    double pooled_weight; /* 0: own fit alone .. 1: the all-peril fit alone */
    struct quo_peril_parameters point;
    struct quo_peril_parameters *draw; /* draw[n_draws]; NULL if none */
    size_t n_draws;
    /* Share of losses attributed to a state, by size: logistic in ln(loss): 1/(1+exp(-(a + b ln x))). */
    double attribution_a, attribution_b;
};

struct quo_model {
    char *id;                  /* "market-2026-06" */
    double exposure_reference; /* E_0, USD */
    int reference_day;         /* the date the rates and sizes speak of */
    int trend_until_day;       /* last day of data: trends are not carried beyond it */
    int data_from, data_to;    /* days */
    char *data_sha256;
    struct quo_peril_model peril[QUO_PERILS];
    struct quo_assumption *assumption; /* assumption[n_assumptions] */
    size_t n_assumptions;
    double index_error; /* sd of ln(index / loss) between sources */
};

void quo_model_free(struct quo_model *model);
enum quo_status quo_model_load(const char *path, struct quo_model **out, struct quo_faults *faults);
/* From an opened config (embedded default, what-if, check). Does not close it. */
enum quo_status quo_model_read(struct quo_config *config, struct quo_model **out, struct quo_faults *faults);
/* Written to a temporary file and renamed. */
enum quo_status quo_model_save(const struct quo_model *model, const char *path, struct quo_faults *faults);
/* What quo_config_open_prepared takes: the model as text, save for the draws, which go as they are to `numbers` (empty before). */
void quo_model_pack(const struct quo_model *model, FILE *text, FILE *numbers);
/* Adds one assumption; the texts are copied. origin: "fitted", "published", "judgement". */
enum quo_status quo_model_assume(struct quo_model *model, const char *parameter, double value, const char *origin,
                                 const char *source);
#endif
