/* policies/trigger.h -- what is measured, by whom, and what it pays: the `trigger` and `payout` groups of a cover.
 * [methods: indices] */
#ifndef QUO_TRIGGER_H
#define QUO_TRIGGER_H

#include <stdbool.h>
#include "policies/payout.h"
#include "risk/base/config.h"
#include "risk/peril.h"

enum quo_index {
    QUO_INDEX_LOSS_USD,
    QUO_INDEX_LOSS_SHARE, /* of the exposure */
    QUO_INDEX_OUTAGE_HOURS,
    QUO_INDEX_DEPEG_DEPTH,    /* share of the peg lost, 0..1 */
    QUO_INDEX_SIGNER_EVENT,   /* yes or no: 1 or 0 */
    QUO_INDEX_UNBACKED_SHARE, /* of the supply */
    QUO_INDEX_MARKET_LOSS,    /* USD, of the whole market */
    QUO_INDICES
};
const char *quo_index_id(enum quo_index index);
/* Whether it runs from 0 to 1, and whether it is money. */
bool quo_index_is_share(enum quo_index index);
bool quo_index_is_money(enum quo_index index);

/* Loss (USD, or hours) that stands for one unit of the index at a protocol of that exposure: the exposure for shares of it, 1 for
 * money, hours and yes-or-no (1 USD lost is a yes). An unbacked share and the depth of a depeg are taken as the share of the
 * backing that is lost. NaN for market_loss, which no single protocol's losses can tell: its law is the market's. */
double quo_index_scale(enum quo_index index, double exposure_usd);

struct quo_trigger {
    enum quo_index index;
    char *source;
    double observation_hours;    /* window after the event in which the index is read; 0: not said. market_loss: over which it
                                  * adds up, window after window; 0: the whole term */
    double waiting_hours;        /* outage_hours: nothing is paid for what is shorter */
    double missed_probability;   /* an event that should pay is not seen */
    double false_alarm_per_year; /* the index fires without an event */
    double reporting_error;      /* sd of ln(index / truth); NaN: the model's */
    /* Double trigger: it pays only if a second index stands at second_at or above too. second_probability: the share
     * of events meeting the first condition that meet the second, an estimate of whoever wrote the policy. */
    bool has_second;
    enum quo_index second_index;
    double second_at, second_probability; /* without a second: 0 and 1 */
};

/* Probability that an event which ought to pay is seen and meets the second condition, if there is one. */
double quo_trigger_seen(const struct quo_trigger *trigger);
/* Reads `trigger = {...}`. Faults go to the config's collection; whatever was not read keeps a harmless value. False if the
 * index is not known: then nothing that depends on it can be judged. */
bool quo_trigger_read(const struct quo_setting *group, struct quo_trigger *trigger);
/* Reads `payout = {...}` of a cover with that trigger and event limit (NaN if the limit could not be read), and checks
 * that the payout fits the index, its range, the waiting period and the observation window. */
void quo_trigger_read_payout(const struct quo_setting *group, const struct quo_trigger *trigger, double event_limit,
                             struct quo_payout *payout);
/* Adds a fault for each peril of the set whose law the index cannot measure. */
void quo_trigger_check_perils(const struct quo_setting *group, const struct quo_trigger *trigger, quo_peril_set perils);
#endif
