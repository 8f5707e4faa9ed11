#include "policies/policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/text.h"

void quo_policy_free(struct quo_policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->n_covers; i++)
        quo_cover_clear(&policy->cover[i]);
    free(policy->cover);
    free(policy->id);
    free(policy->insured);
    free(policy->currency);
    quo_protocol_free(policy->protocol);
    free(policy);
}

/* Reads a text into a copy of its own; false where memory ran out. */
static bool read_text(const struct quo_setting *group, const char *name, bool required, char **out)
{
    const char *text;
    if (!quo_setting_text(group, name, required, &text))
        return true;
    *out = quo_text_copy(text);
    return *out != NULL;
}

static bool is_currency(const char *code)
{
    for (int i = 0; i < 3; i++)
        if (code[i] < 'A' || code[i] > 'Z')
            return false;
    return code[3] == '\0';
}

/* Losses are in USD; a policy in another currency says what that is worth. */
static bool read_currency(const struct quo_setting *group, struct quo_policy *policy)
{
    policy->usd_per_unit = 1.0;
    if (!read_text(group, "currency", false, &policy->currency))
        return false;
    if (!quo_setting_has(group, "currency")) {
        policy->currency = quo_text_copy("USD");
        if (!policy->currency)
            return false;
    }
    const bool code = policy->currency && is_currency(policy->currency);
    const bool dollars = !code || strcmp(policy->currency, "USD") == 0;
    if (policy->currency && !code)
        quo_setting_fault(quo_setting_child(group, "currency"), "three capitals of ISO 4217, such as \"USD\"",
                          "currency '%s' is no code", policy->currency);
    quo_setting_number(group, "usd_per_unit", 1e-9, 1e9, "USD", !dollars, &policy->usd_per_unit);
    if (dollars && policy->usd_per_unit != 1.0)
        quo_setting_fault(quo_setting_child(group, "usd_per_unit"), "leave it out", "a dollar is worth %g USD",
                          policy->usd_per_unit);
    return true;
}

static bool read_head(const struct quo_setting *group, struct quo_policy *policy)
{
    int64_t days = 0;
    policy->line = quo_setting_line(group);
    if (!read_text(group, "id", true, &policy->id) || !read_text(group, "insured", false, &policy->insured) ||
        !read_currency(group, policy))
        return false;
    if (quo_setting_date(group, "inception", true, &policy->inception) && policy->inception < QUO_INCEPTION_FIRST)
        quo_setting_fault(quo_setting_child(group, "inception"), "2009-01-03, the first block of Bitcoin, or later",
                          "the inception is before there was anything to insure");
    if (quo_setting_int(group, "term_days", 1, QUO_TERM_DAYS_MAX, true, &days))
        policy->term_days = (int)days;
    return true;
}

static bool read_covers(const struct quo_setting *group, struct quo_policy *policy)
{
    const struct quo_setting *list = quo_setting_list(group, "covers", true);
    const size_t n = quo_setting_length(list);
    if (list && n == 0)
        quo_setting_fault(list, "at least one { id = ...; perils = ...; }", "the policy has no cover");
    if (n == 0)
        return true;
    policy->cover = calloc(n, sizeof *policy->cover);
    if (!policy->cover)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        policy->n_covers = i + 1;
        if (!quo_cover_read(element, &policy->cover[i]))
            return false;
        for (size_t j = 0; policy->cover[i].id && j < i; j++)
            if (policy->cover[j].id && strcmp(policy->cover[i].id, policy->cover[j].id) == 0) {
                quo_setting_fault(quo_setting_child(element, "id"), "an id of its own",
                                  "cover id '%s' is that of the cover at line %d too", policy->cover[i].id,
                                  policy->cover[j].line);
                break;
            }
    }
    return true;
}

static void read_annual_limit(const struct quo_setting *group, struct quo_policy *policy)
{
    policy->annual_limit = INFINITY;
    if (!quo_setting_number(group, "annual_limit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                            &policy->annual_limit))
        return;
    for (size_t i = 0; i < policy->n_covers; i++)
        if (policy->cover[i].event_limit > policy->annual_limit)
            quo_setting_fault(quo_setting_child(group, "annual_limit"), "at least the largest event limit",
                              "the policy's annual limit %g is below the event limit %g of cover '%s'",
                              policy->annual_limit, policy->cover[i].event_limit,
                              policy->cover[i].id ? policy->cover[i].id : "?");
}

/* Memory may have run out inside a reader that has no other way to say so. */
static bool whole(const struct quo_policy *policy)
{
    if (!policy->id || !policy->currency || !policy->protocol)
        return false;
    for (size_t i = 0; i < policy->n_covers; i++)
        if (!policy->cover[i].id || !policy->cover[i].trigger.source)
            return false;
    return true;
}

/* More cover than there is to lose: nobody has an insurable interest in that. */
static void check_interest(const struct quo_setting *group, const struct quo_policy *policy)
{
    const struct quo_setting *list = quo_setting_child(group, "covers");
    for (size_t i = 0; i < policy->n_covers; i++) {
        const double limit = policy->cover[i].event_limit * policy->usd_per_unit;
        if (limit > policy->protocol->exposure_usd)
            quo_setting_warn(quo_setting_child(quo_setting_element(list, i), "event_limit"), "at most what can be lost",
                             "the event limit of %.4g USD is above the exposure of %.4g USD", limit,
                             policy->protocol->exposure_usd);
    }
}

/* An index of the market's loss is read once a window: the windows must fill the term. */
static void check_windows(const struct quo_setting *group, const struct quo_policy *policy)
{
    const struct quo_setting *list = quo_setting_child(group, "covers");
    for (size_t i = 0; i < policy->n_covers && policy->term_days > 0; i++) {
        const struct quo_trigger *trigger = &policy->cover[i].trigger;
        const double windows = 24.0 * policy->term_days / trigger->observation_hours;
        if (trigger->index != QUO_INDEX_MARKET_LOSS || trigger->observation_hours == 0.0)
            continue;
        const struct quo_setting *place =
            quo_setting_child(quo_setting_child(quo_setting_element(list, i), "trigger"), "observation_hours");
        if (windows < 1.0 - 1e-9 || fabs(windows - nearbyint(windows)) > 1e-6)
            quo_setting_fault(place, "24 times the term's days over a whole number, such as 2190 for quarters of 365 days",
                              "the market's loss is read window after window, and %g of %g hours fill the term of %d days",
                              windows, trigger->observation_hours, policy->term_days);
        else if (windows > QUO_POLICY_WINDOWS_MAX)
            quo_setting_fault(place, "24 hours or more", "%g windows of %g hours", windows, trigger->observation_hours);
    }
}

static enum quo_status read_policy(const struct quo_setting *group, const struct quo_catalogue *catalogue,
                                   struct quo_policy *policy, struct quo_faults *faults)
{
    if (!read_head(group, policy) || !read_covers(group, policy))
        return QUO_MACHINE;
    read_annual_limit(group, policy);
    check_windows(group, policy);
    quo_clauses_read(quo_setting_group(group, "clauses", false), &policy->clauses);
    quo_terms_read(quo_setting_group(group, "pricing", false), &policy->terms);
    const struct quo_setting *protocol = quo_setting_group(group, "protocol", true);
    const enum quo_status status =
        protocol ? quo_protocol_read(protocol, catalogue, &policy->protocol, faults) : QUO_REFUSED;
    if (status == QUO_OK)
        check_interest(group, policy);
    return status;
}

enum quo_status quo_policy_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_policy **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t before = quo_faults_refusals(faults);
    struct quo_policy *policy = calloc(1, sizeof *policy);
    if (!policy)
        return QUO_MACHINE;
    quo_clauses_init(&policy->clauses);
    quo_terms_init(&policy->terms);
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "policy", true);
    enum quo_status status = group ? read_policy(group, catalogue, policy, faults) : QUO_REFUSED;
    const enum quo_status finished = status == QUO_MACHINE ? QUO_OK : quo_config_finish(config);
    if (status == QUO_OK)
        status = finished;
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status == QUO_OK && !whole(policy))
        status = QUO_MACHINE;
    if (status == QUO_OK)
        *out = policy;
    else
        quo_policy_free(policy);
    return status;
}

enum quo_status quo_policy_load(const char *path, const struct quo_catalogue *catalogue, struct quo_policy **out,
                                struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, catalogue, out, faults);
    quo_config_close(config);
    return status;
}
