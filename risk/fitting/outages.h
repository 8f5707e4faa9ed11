/* risk/fitting/outages.h -- stand-stills of services, and the windows in which services were watched: the data behind
 * service_outage. Two CSV files (docs/formats.md). Durations in hours.            [methods: outages] */
#ifndef QUO_OUTAGES_H
#define QUO_OUTAGES_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"

enum quo_service_kind {
    QUO_SERVICE_CHAIN,
    QUO_SERVICE_SEQUENCER,
    QUO_SERVICE_BRIDGE,
    QUO_SERVICE_EXCHANGE,
    QUO_SERVICE_CLOUD_REGION,
    QUO_SERVICE_KINDS
};
const char *quo_outages_kind_id(enum quo_service_kind kind); /* "chain" */

struct quo_outage {
    int line;
    int day_from, day_to; /* the days it may have begun on: a source may print the month or the year alone */
    char *service;
    enum quo_service_kind kind;
    double hours;        /* NaN: not told */
    bool full;           /* the main service stopped for all */
    bool lower_bound;    /* the source says "more than": right censored */
    bool after_incident; /* stopped on purpose after a theft or a collapse: not a peril of its own */
};
struct quo_outage_window {
    int line, from, to; /* days, both watched */
    char *service;
    enum quo_service_kind kind;
    bool list; /* the source means to list all; else single reports */
};
struct quo_outages {
    struct quo_outage *outage;
    size_t n;
    struct quo_outage_window *window;
    size_t n_windows;
};

enum quo_status quo_outages_load(const char *outages_path, const char *windows_path, struct quo_outages **out,
                                 struct quo_faults *faults);
void quo_outages_free(struct quo_outages *outages);

/* Full stops that are a peril of their own, by kind (the last entry: all but cloud regions).
 *
 * Services are in the table because they stopped. The rate therefore solves the likelihood of counts that are seen only
 * where they exceed 0 [JKK05 4.10]:  sum n_i = sum_i rate T_i / (1 - exp(-rate T_i)). */
struct quo_outage_rate {
    int services, stops;
    double service_years;
    double plain;     /* stops / service_years */
    double rate;      /* after the correction for choice of services; NaN without stops */
    double std_error; /* of log rate */
    double low, high; /* 95 % by profile likelihood */
    /* Buhlmann-Straub between the kinds: the weight of the kind's own plain rate, and the rate that is left, brought to the
     * level of the corrected rate of all. NaN where it cannot be told. The last entry: the collective. */
    double credibility, credible;
};
void quo_outages_rates(const struct quo_outages *outages, struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1]);
/* Durations of those stops above `floor` hours: value[], censored[] of room for outages->n. Returns how many. */
size_t quo_outages_durations(const struct quo_outages *outages, double floor, double *value, bool *censored);
#endif
