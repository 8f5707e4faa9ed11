/* pricing/whatif/values.h -- what a policy comes to under any set of changes, each set priced once.
 *
 * The price is that of a quote, to the last bit (pricing/price.h). What the changes leave as it was is not computed again.
 * Money of the term, in the policy's currency; losses in USD. */
#ifndef QUO_VALUES_H
#define QUO_VALUES_H

#include "pricing/price.h"
#include "pricing/whatif/everyset.h"
#include "pricing/whatif/variants.h"

struct quo_outcome {
    double gross;         /* unrounded */
    double gross_premium; /* to cents, as a quote shows it */
    double expected_payout;
    double expected_loss;      /* of the protocol: all perils in money, before any terms, USD */
    double tail;               /* TVaR 99 of the payout */
    double score;              /* overall; NaN unless asked for */
    double loss[QUO_PERILS];   /* expected_loss by peril; hours for service_outage */
    double payout[QUO_PERILS]; /* expected payout by peril, before annual terms */
};

struct quo_values_options {
    long draws;    /* of the model's parameters, where the premium or an interval needs them */
    uint64_t seed; /* as a quote's */
    bool scored;   /* the score too */
};

struct quo_values;
/* Both must outlive it. */
enum quo_status quo_values_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               const struct quo_values_options *options, struct quo_values **out);
void quo_values_free(struct quo_values *values);
/* QUO_REFUSED: these changes cannot stand together. QUO_DOMAIN: the policy under them cannot be priced. */
enum quo_status quo_values_get(struct quo_values *values, struct quo_subset changes, struct quo_outcome *out);
/* Prices many sets, on all threads; get then finds them. Only QUO_MACHINE is a failure here: a set that has no price says so when it is got. */
enum quo_status quo_values_fill(struct quo_values *values, const struct quo_subset *changes, size_t n);
/* The gross premiums, unrounded, and expected losses of all sets of the n changes, by the bits of the set: (*gross)[2^n], (*loss)[2^n],
 * kept here. By shared parts (pricing/whatif/setlaw.h), held against prices by the long way: quo_values_shared tells. Where the policy's price
 * is no product of parts, or one of those held differs, the long way for all, if `anyway`; else QUO_REFUSED. watch may be NULL. */
enum quo_status quo_values_all(struct quo_values *values, size_t n, bool anyway, const struct quo_everyset_watch *watch,
                               const double **gross, const double **loss);
bool quo_values_shared(const struct quo_values *values);
/* What was worked out by quo_values_all; false: nothing. */
bool quo_values_known(const struct quo_values *values, const double **gross, const double **loss);
const struct quo_engine *quo_values_engine(const struct quo_values *values);
const struct quo_variants *quo_values_variants(const struct quo_values *values);
/* The gross premium under each draw of the model's parameters, in the draws' order: *out is the caller's to free; *n 0 and NULL without draws. */
enum quo_status quo_values_draws(struct quo_values *values, struct quo_subset changes, double **out, size_t *n);
/* Sets priced so far. */
size_t quo_values_count(const struct quo_values *values);
#endif
