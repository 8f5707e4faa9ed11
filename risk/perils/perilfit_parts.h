/* risk/perils/perilfit_parts.h -- the steps of perilfit.c, each in a file of its own. Not for other callers.
 * [methods: sizes] */
#ifndef QUO_PERILFIT_PARTS_H
#define QUO_PERILFIT_PARTS_H

#include "risk/perils/perilfit.h"

/* The records in use, sorted by peril, so that a peril is a slice. Sizes as reported, and moved to the reference date. */
struct quo_perilfit_data {
    size_t n;
    double *log_loss, *log_floor, *years; /* [n]; as reported; years from the reference date */
    int *peril, *group;                   /* [n]; group of the trend regression */
    int n_groups;
    double *value, *floor;               /* [n]; USD at the reference date */
    double *log_value, *log_value_floor; /* [n] */
    size_t first[QUO_PERILS], count[QUO_PERILS];
};
enum quo_status quo_perilfit_data_new(const struct quo_incidents *incidents, struct quo_perilfit *fit,
                                      struct quo_perilfit_data *out);
enum quo_status quo_perilfit_data_room(struct quo_perilfit_data *data, size_t n);
void quo_perilfit_data_free(struct quo_perilfit_data *data);
/* Fits the trend (unless options say flat) and moves the records by it. */
enum quo_status quo_perilfit_data_move(struct quo_perilfit_data *data, bool flat, struct quo_trend *trend);
struct quo_sample quo_perilfit_data_sample(const struct quo_perilfit_data *data, int peril); /* -1: all */
struct quo_pooling_unit quo_perilfit_data_unit(const struct quo_perilfit_data *data, int peril);

enum quo_status quo_perilfit_counts(const struct quo_incidents *incidents, const struct quo_market *market,
                                    struct quo_perilfit *fit);
/* Protocol-years between two days, both included, times the completeness. */
double quo_perilfit_exposure_between(const struct quo_market *market, int from, int to);
void quo_perilfit_exposure(const struct quo_incidents *incidents, struct quo_perilfit *fit);
/* r of a peril: the residual sd over the sd of its log sizes, within [QUO_SPREAD_MIN, QUO_SPREAD_MAX]. */
double quo_perilfit_spread(const struct quo_perilfit *fit, double residual_sd, const struct quo_severity *severity);

/* All candidate families on a sample, their tests, and the choice. QUO_MACHINE without memory: nothing is chosen then. */
enum quo_status quo_perilfit_sizes(const struct quo_sample *sample, const struct quo_perilfit_options *options,
                                   bool with_tests, struct quo_perilfit_sizes *out);
/* The average of what was fitted; floor is where the model's sizes begin. */
enum quo_status quo_perilfit_average(const struct quo_sample *sample, double floor, struct quo_perilfit_sizes *sizes);
/* An average of the laws anew, from `start` (an average): refits on the sample and their Akaike weights. QUO_NOT_CONVERGED if parts of
 * more than half the weight did not converge; the laws they reached were kept. */
enum quo_status quo_perilfit_average_again(const struct quo_sample *sample, const struct quo_severity *start,
                                           double floor, struct quo_severity *out);
struct quo_reconcile_terms quo_perilfit_terms(const struct quo_perilfit *fit, const struct quo_market *market,
                                              enum quo_peril peril);

enum quo_status quo_perilfit_draws(const struct quo_perilfit_data *data, const struct quo_market *market,
                                   struct quo_perilfit *fit);
/* The same for service_outage. */
enum quo_status quo_perilfit_outage_draws(const struct quo_sample *sample, struct quo_perilfit *fit);

enum quo_status quo_perilfit_reconciliation(const struct quo_incidents *incidents, const struct quo_perilfit_data *data,
                                            const struct quo_market *market, struct quo_perilfit *fit);
enum quo_status quo_perilfit_warn(struct quo_perilfit *fit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum quo_status quo_perilfit_warnings(struct quo_perilfit *fit);
#endif
