#include "policies/trigger.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/text.h"

static const char *const indices[QUO_INDICES] = {"loss_usd",     "loss_share",     "outage_hours", "depeg_depth",
                                                 "signer_event", "unbacked_share", "market_loss"};
#define HOURS_MAX 87660.0 /* ten years */

const char *quo_index_id(enum quo_index index) { return (unsigned)index < QUO_INDICES ? indices[index] : "?"; }

bool quo_index_is_share(enum quo_index index)
{
    return index == QUO_INDEX_LOSS_SHARE || index == QUO_INDEX_DEPEG_DEPTH || index == QUO_INDEX_UNBACKED_SHARE ||
           index == QUO_INDEX_SIGNER_EVENT;
}

bool quo_index_is_money(enum quo_index index) { return index == QUO_INDEX_LOSS_USD || index == QUO_INDEX_MARKET_LOSS; }

double quo_index_scale(enum quo_index index, double exposure_usd)
{
    switch (index) {
    case QUO_INDEX_LOSS_SHARE:
    case QUO_INDEX_UNBACKED_SHARE:
    case QUO_INDEX_DEPEG_DEPTH:
        return exposure_usd;
    case QUO_INDEX_LOSS_USD:
    case QUO_INDEX_OUTAGE_HOURS:
    case QUO_INDEX_SIGNER_EVENT:
        return 1.0;
    case QUO_INDEX_MARKET_LOSS:
    case QUO_INDICES:
        break;
    }
    return NAN;
}

/* The most that an index can be, and the word for its unit. */
static double index_max(enum quo_index index, const char **unit)
{
    *unit = quo_index_is_share(index) ? "" : quo_index_is_money(index) ? "USD" : "hours";
    return quo_index_is_share(index) ? 1.0 : quo_index_is_money(index) ? 1e15 : HOURS_MAX;
}

double quo_trigger_seen(const struct quo_trigger *trigger)
{
    return (1.0 - trigger->missed_probability) * (trigger->has_second ? trigger->second_probability : 1.0);
}

static void read_second(const struct quo_setting *group, struct quo_trigger *trigger)
{
    int word = 0;
    const char *unit;
    trigger->has_second = true;
    if (quo_setting_word(group, "index", indices, QUO_INDICES, true, &word))
        trigger->second_index = (enum quo_index)word;
    const double most = index_max(trigger->second_index, &unit);
    quo_setting_number(group, "at", 0.0, most, unit, true, &trigger->second_at);
    quo_setting_number(group, "probability", 0.0, 1.0, "", true, &trigger->second_probability);
    if (quo_setting_has(group, "index") && trigger->second_index == trigger->index)
        quo_setting_fault(quo_setting_child(group, "index"), "another index than the trigger's own",
                          "both conditions read the same index '%s'", indices[trigger->index]);
}

bool quo_trigger_read(const struct quo_setting *group, struct quo_trigger *trigger)
{
    *trigger = (struct quo_trigger){.reporting_error = NAN, .second_probability = 1.0};
    if (!group)
        return false;
    int word = 0;
    const char *source = NULL;
    const bool known = quo_setting_word(group, "index", indices, QUO_INDICES, true, &word);
    trigger->index = (enum quo_index)word;
    if (quo_setting_text(group, "source", true, &source))
        trigger->source = quo_text_copy(source);
    quo_setting_number(group, "observation_hours", 0.0, HOURS_MAX, "hours", false, &trigger->observation_hours);
    quo_setting_number(group, "waiting_hours", 0.0, HOURS_MAX, "hours", false, &trigger->waiting_hours);
    quo_setting_number(group, "missed_probability", 0.0, 0.99, "", false, &trigger->missed_probability);
    quo_setting_number(group, "false_alarm_per_year", 0.0, 1000.0, "a year", false, &trigger->false_alarm_per_year);
    quo_setting_number(group, "reporting_error", 0.0, 5.0, "", false, &trigger->reporting_error);
    if (trigger->observation_hours > 0.0 && trigger->waiting_hours >= trigger->observation_hours)
        quo_setting_fault(quo_setting_child(group, "waiting_hours"), "a waiting period that ends inside the window",
                          "the waiting period of %g hours swallows the observation window of %g hours",
                          trigger->waiting_hours, trigger->observation_hours);
    if (known && trigger->waiting_hours > 0.0 && trigger->index != QUO_INDEX_OUTAGE_HOURS)
        quo_setting_warn(quo_setting_child(group, "waiting_hours"), "waiting periods count for outage_hours",
                         "waiting_hours does not change what index '%s' pays", indices[trigger->index]);
    const struct quo_setting *second = quo_setting_group(group, "and", false);
    if (second)
        read_second(second, trigger);
    return known;
}

/* `steps` or `points`: a list of { at, pays }. */
static void read_steps(const struct quo_setting *group, const char *name, double most, const char *unit,
                       struct quo_payout *payout)
{
    const struct quo_setting *list = quo_setting_list(group, name, true);
    const size_t n = quo_setting_length(list);
    if (list && n == 0)
        quo_setting_fault(list, "at least one { at = ...; pays = ...; }", "'%s' is empty", name);
    if (n > QUO_PAYOUT_STEPS_MAX)
        quo_setting_fault(list, "at most 32", "'%s' has %zu entries", name, n);
    for (size_t i = 0; i < n && i < QUO_PAYOUT_STEPS_MAX; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_payout_step *step = &payout->step[i];
        *step = (struct quo_payout_step){NAN, NAN};
        quo_setting_number(element, "at", 0.0, most, unit, true, &step->at);
        quo_setting_number(element, "pays", 0.0, 1.0, "of the event limit", true, &step->pays);
        if (i > 0 && step->at <= step[-1].at)
            quo_setting_fault(element, "each step must begin above the one before it",
                              "%s out of order: %g stands after %g", name, step->at, step[-1].at);
        if (i > 0 && step->pays < step[-1].pays)
            quo_setting_fault(element, "more loss never pays less", "pays %g where the step before pays %g", step->pays,
                              step[-1].pays);
        payout->n_steps = (int)i + 1;
    }
    if (n > 0 && payout->step[payout->n_steps - 1].pays == 0.0)
        quo_setting_fault(list, "a last step above 0", "'%s' never pays anything", name);
}

static void read_shape(const struct quo_setting *group, const struct quo_trigger *trigger, double event_limit,
                       struct quo_payout *payout)
{
    const char *unit;
    const double most = index_max(trigger->index, &unit);
    switch (payout->shape) {
    case QUO_PAYOUT_BINARY:
        /* A yes-or-no index needs no attachment: it pays on yes. */
        payout->attach = trigger->index == QUO_INDEX_SIGNER_EVENT ? 1.0 : 0.0;
        quo_setting_number(group, "attach", 0.0, most, unit, trigger->index != QUO_INDEX_SIGNER_EVENT, &payout->attach);
        break;
    case QUO_PAYOUT_LINEAR: {
        payout->attach = payout->exhaust = NAN;
        const bool read = quo_setting_number(group, "attach", 0.0, most, unit, true, &payout->attach);
        if (quo_setting_number(group, "exhaust", 0.0, most, unit, true, &payout->exhaust) && read &&
            payout->attach >= payout->exhaust)
            quo_setting_fault(quo_setting_child(group, "exhaust"), "an exhaustion above the attachment",
                              "attach %g is not below exhaust %g", payout->attach, payout->exhaust);
        break;
    }
    case QUO_PAYOUT_PER_HOUR: {
        double money = NAN;
        if (trigger->index != QUO_INDEX_OUTAGE_HOURS)
            quo_setting_fault(quo_setting_child(group, "shape"), "index = \"outage_hours\"",
                              "per_hour pays by the hour, and index '%s' is not in hours", indices[trigger->index]);
        quo_setting_number(group, "per_hour", 1e-6, 1e13, "an hour, in the policy's currency", true, &money);
        payout->per_hour = money / event_limit;
        payout->waiting = trigger->waiting_hours;
        break;
    }
    case QUO_PAYOUT_STEPS:
        read_steps(group, "steps", most, unit, payout);
        break;
    case QUO_PAYOUT_TABLE:
        read_steps(group, "points", most, unit, payout);
        break;
    }
}

/* Where a payout begins and where it is first paid in full: for the checks against waiting period and window. */
static void reach(const struct quo_payout *payout, double *begins, double *full)
{
    *begins = *full = payout->attach;
    if (payout->shape == QUO_PAYOUT_LINEAR)
        *full = payout->exhaust;
    if (payout->shape == QUO_PAYOUT_PER_HOUR) {
        *begins = payout->waiting;
        *full = payout->waiting + 1.0 / payout->per_hour;
    }
    if (payout->shape == QUO_PAYOUT_STEPS || payout->shape == QUO_PAYOUT_TABLE) {
        *begins = payout->n_steps ? payout->step[0].at : NAN;
        *full = payout->n_steps ? payout->step[payout->n_steps - 1].at : NAN;
    }
}

void quo_trigger_read_payout(const struct quo_setting *group, const struct quo_trigger *trigger, double event_limit,
                             struct quo_payout *payout)
{
    quo_payout_init(payout);
    if (!group)
        return;
    size_t n_shapes;
    const char *const *shapes = quo_payout_shape_ids(&n_shapes);
    int word = 0;
    if (!quo_setting_word(group, "shape", shapes, n_shapes, true, &word)) {
        quo_setting_ignore(group); /* which settings belong is not known */
        return;
    }
    payout->shape = (enum quo_payout_shape)word;
    const char *unit;
    const double most = index_max(trigger->index, &unit);
    read_shape(group, trigger, event_limit, payout);
    quo_setting_number(group, "franchise", 0.0, most, unit, false, &payout->franchise);

    if (trigger->index == QUO_INDEX_SIGNER_EVENT && payout->shape != QUO_PAYOUT_BINARY)
        quo_setting_fault(quo_setting_child(group, "shape"), "shape = \"binary\"",
                          "index 'signer_event' is yes or no and cannot be paid by '%s'",
                          quo_payout_shape_id(payout->shape));
    double begins, full;
    reach(payout, &begins, &full);
    if (trigger->index == QUO_INDEX_OUTAGE_HOURS) {
        if (begins < trigger->waiting_hours)
            quo_setting_fault(group, "a payout that begins when the waiting period is over",
                              "the payout begins at %g hours, inside the waiting period of %g hours", begins,
                              trigger->waiting_hours);
        if (trigger->observation_hours > 0.0 && full > trigger->observation_hours)
            quo_setting_fault(group, "a window that reaches the last step, or an earlier step",
                              "the full payout needs %g hours, and the observation window ends at %g", full,
                              trigger->observation_hours);
    }
}

void quo_trigger_check_perils(const struct quo_setting *group, const struct quo_trigger *trigger, quo_peril_set perils)
{
    const bool hours = trigger->index == QUO_INDEX_OUTAGE_HOURS;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const enum quo_peril peril = (enum quo_peril)p;
        if (!(perils & (quo_peril_set)1 << p) || quo_peril_in_hours(peril) == hours)
            continue;
        quo_setting_fault(quo_setting_child(group, "index"),
                          hours ? "loss_usd or loss_share for losses of money" : "index = \"outage_hours\"",
                          "index '%s' does not fit peril '%s', which is measured in %s", indices[trigger->index],
                          quo_peril_id(peril), hours ? "money" : "hours");
    }
}
