/* risk/perils/trend.h -- how sizes and counts drift over the years, all perils read together.
 *
 * Sizes: ln X = location_g + trend u + sigma e, e standard normal, u years from the reference date, seen only above the
 * record's floor; one trend and one sigma, a location for each group. Maximum likelihood in (1/sigma, location/sigma,
 * trend/sigma), where the truncated likelihood has one maximum [Olsen 1978, Orme 1989].   [methods: trend]
 * Counts: E N_pt = exposure_t exp(a_p + b_p u_t); the slopes b_p shrink towards the market's.   [methods: frequency] */
#ifndef QUO_TREND_H
#define QUO_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/status.h"
#include "risk/peril.h"

#define QUO_TREND_GROUPS (QUO_PERILS + 1)

struct quo_trend_sample {
    size_t n;
    const double *log_loss, *log_floor; /* [n]; log_floor < log_loss */
    const double *years;                /* [n], from the reference date: negative before it */
    const int *group;                   /* [n], 0 .. n_groups - 1; each group must have a record */
    int n_groups;                       /* at most QUO_TREND_GROUPS */
    const double *weight;               /* NULL: all 1 */
};
struct quo_trend {
    enum quo_status status;
    double trend, std_error; /* d ln(size) / d year; 0 and 0 if it was held at 0 */
    double sigma;
    double location[QUO_TREND_GROUPS];
    double loglik;
    int iterations;
};
/* flat: the trend is held at 0. QUO_REFUSED with fewer than n_groups + 3 records. */
enum quo_status quo_trend_sizes(const struct quo_trend_sample *sample, bool flat, struct quo_trend *out);

#define QUO_TREND_PERIODS 400
struct quo_trend_counts {
    int n_periods;
    double exposure[QUO_TREND_PERIODS]; /* protocol-years, times the share of incidents that is in the file */
    double years[QUO_TREND_PERIODS];    /* middle of the period, from the reference date */
    double count[QUO_PERILS][QUO_TREND_PERIODS];
    bool used[QUO_PERILS]; /* perils that are fitted */
};
struct quo_trend_rate {
    double events;
    double rate;             /* per protocol-year at the reference date */
    double trend, std_error; /* a year; after shrinking */
    double size;             /* negative binomial size of a period's count; INFINITY */
    double p_value;          /* of over-dispersion against Poisson */
};
struct quo_trend_rates {
    enum quo_status status;
    char reason[200];
    struct quo_trend_rate market;            /* all used perils together */
    struct quo_trend_rate peril[QUO_PERILS]; /* events 0: rate from Jeffreys' prior, trend of the market */
    double between;                          /* sd of the slopes between perils, beyond their errors */
};
/* QUO_REFUSED with fewer than four periods unless flat. */
enum quo_status quo_trend_fit_counts(const struct quo_trend_counts *counts, bool flat, struct quo_trend_rates *out);
/* The rate of a peril (per protocol-year at the reference date) at another slope, the events being what they are: events /
 * sum exposure_t exp(slope u_t). */
double quo_trend_rate_at(const struct quo_trend_counts *counts, double events, double slope);
#endif
