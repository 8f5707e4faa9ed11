#include "policies/cover.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

void quo_cover_clear(struct quo_cover *cover)
{
    free(cover->id);
    free(cover->trigger.source);
    free(cover->sublimit);
    memset(cover, 0, sizeof *cover);
}

/* The hint where a peril is not known: the nearest, or all of them. */
static void unknown_peril(const struct quo_setting *setting, const char *said)
{
    const int nearest = quo_text_nearest(said, quo_peril_ids(), QUO_PERILS);
    char hint[400] = "one of";
    if (nearest >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", quo_peril_ids()[nearest]);
    for (size_t p = 0, at = strlen(hint); nearest < 0 && p < QUO_COVERED_PERILS && at < sizeof hint; p++)
        at += (size_t)snprintf(hint + at, sizeof hint - at, "%s %s", p ? "," : "", quo_peril_ids()[p]);
    quo_setting_fault(setting, hint, "unknown peril '%s'", said);
}

static void read_perils(const struct quo_setting *group, quo_peril_set *perils)
{
    *perils = 0;
    const struct quo_setting *list = quo_setting_list(group, "perils", true);
    if (list && quo_setting_length(list) == 0)
        quo_setting_fault(list, "at least one peril", "the cover names no peril");
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *said;
        if (!quo_setting_as_text(element, &said))
            continue;
        const quo_peril_set set = quo_peril_set_of(said);
        if (set == 0)
            unknown_peril(element, said);
        else if (set & (quo_peril_set)1 << QUO_INSIDER_RUG)
            quo_setting_fault(element, "leave it out", "peril 'insider_rug' is fraud by the insured and never covered");
        else if (set & *perils)
            quo_setting_fault(element, "name each peril once", "peril '%s' stands twice in this cover", said);
        if (!(set & (quo_peril_set)1 << QUO_INSIDER_RUG))
            *perils |= set;
    }
}

static void read_sublimit(const struct quo_setting *group, const struct quo_cover *cover, struct quo_sublimit *sublimit)
{
    const char *said = NULL;
    *sublimit = (struct quo_sublimit){QUO_PERILS, INFINITY, INFINITY};
    if (quo_setting_text(group, "peril", true, &said)) {
        const struct quo_setting *place = quo_setting_child(group, "peril");
        if (!quo_peril_by_id(said, &sublimit->peril))
            unknown_peril(place, said);
        else if (cover->perils && !(cover->perils & (quo_peril_set)1 << sublimit->peril))
            quo_setting_fault(place, "a peril of this cover", "sublimit for peril '%s', which the cover does not name",
                              said);
        for (const struct quo_sublimit *other = cover->sublimit; other < sublimit; other++)
            if (sublimit->peril != QUO_PERILS && other->peril == sublimit->peril)
                quo_setting_fault(place, "one sublimit a peril", "peril '%s' has two sublimits", said);
    }
    const bool event = quo_setting_number(group, "event_limit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                                          &sublimit->event_limit);
    const bool annual = quo_setting_number(group, "annual_limit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                                           &sublimit->annual_limit);
    if (!quo_setting_has(group, "event_limit") && !quo_setting_has(group, "annual_limit"))
        quo_setting_fault(group, "event_limit, annual_limit or both", "a sublimit without an amount");
    if (event && annual && sublimit->annual_limit < sublimit->event_limit)
        quo_setting_fault(quo_setting_child(group, "annual_limit"), "at least the event limit",
                          "annual limit %g is below the event limit %g", sublimit->annual_limit, sublimit->event_limit);
}

static bool read_sublimits(const struct quo_setting *group, struct quo_cover *cover)
{
    const struct quo_setting *list = quo_setting_list(group, "sublimits", false);
    const size_t n = quo_setting_length(list);
    if (n == 0)
        return true;
    cover->sublimit = calloc(n, sizeof *cover->sublimit);
    if (!cover->sublimit)
        return false;
    for (size_t i = 0; i < n; i++)
        read_sublimit(quo_setting_element(list, i), cover, &cover->sublimit[i]);
    if (cover->trigger.index == QUO_INDEX_MARKET_LOSS)
        quo_setting_fault(list, "leave them out", "index 'market_loss' is one sum over all perils: there is no payment for one of them");
    cover->n_sublimits = n;
    return true;
}

static void read_limits(const struct quo_setting *group, struct quo_cover *cover)
{
    int64_t reinstatements = -1;
    double annual = NAN;
    cover->event_limit = NAN;
    cover->annual_limit = INFINITY;
    cover->reinstatement_premium = 1.0;
    quo_setting_number(group, "event_limit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", true, &cover->event_limit);
    quo_setting_number(group, "event_deductible", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &cover->event_deductible);
    quo_setting_number(group, "annual_deductible", 0.0, QUO_LIMIT_MAX, "in the policy's currency", false,
                       &cover->annual_deductible);
    quo_setting_int(group, "reinstatements", 0, QUO_REINSTATEMENTS_MAX, false, &reinstatements);
    quo_setting_number(group, "reinstatement_premium", 0.0, 10.0, "of the premium", false,
                       &cover->reinstatement_premium);
    cover->reinstatements = (int)reinstatements;
    if (reinstatements < 0 && quo_setting_has(group, "reinstatement_premium"))
        quo_setting_fault(quo_setting_child(group, "reinstatement_premium"), "reinstatements = 1 or more",
                          "a reinstatement premium without reinstatements");

    const double restored = reinstatements < 0 ? INFINITY : cover->event_limit * (double)(1 + reinstatements);
    if (quo_setting_number(group, "annual_limit", 1.0, QUO_LIMIT_MAX, "in the policy's currency", false, &annual)) {
        const struct quo_setting *place = quo_setting_child(group, "annual_limit");
        if (annual < cover->event_limit)
            quo_setting_fault(place, "at least the event limit", "annual limit %g is below the event limit %g", annual,
                              cover->event_limit);
        if (annual > restored)
            quo_setting_warn(place, "more reinstatements",
                             "annual limit %g cannot be reached: the event limit and %d "
                             "reinstatements give %g",
                             annual, cover->reinstatements, restored);
        cover->annual_limit = annual;
    }
    if (restored < cover->annual_limit)
        cover->annual_limit = restored;
    if (cover->event_deductible >= cover->event_limit)
        quo_setting_fault(quo_setting_child(group, "event_deductible"), "less than the event limit",
                          "the event deductible %g leaves nothing of the event limit %g", cover->event_deductible,
                          cover->event_limit);
}

bool quo_cover_read(const struct quo_setting *group, struct quo_cover *cover)
{
    memset(cover, 0, sizeof *cover);
    cover->line = quo_setting_line(group);
    const char *id = NULL;
    if (quo_setting_text(group, "id", true, &id)) {
        cover->id = quo_text_copy(id);
        if (!cover->id)
            return false;
        if (strpbrk(id, ".[]= ,"))
            quo_setting_fault(quo_setting_child(group, "id"), "letters, digits, '-' and '_'",
                              "id '%s' cannot be named in a path", id);
    }
    read_perils(group, &cover->perils);
    read_limits(group, cover);
    const struct quo_setting *trigger = quo_setting_group(group, "trigger", true);
    const bool known = quo_trigger_read(trigger, &cover->trigger);
    const struct quo_setting *payout = quo_setting_group(group, "payout", true);
    if (known) {
        quo_trigger_read_payout(payout, &cover->trigger, cover->event_limit, &cover->payout);
        quo_trigger_check_perils(trigger, &cover->trigger, cover->perils);
    } else if (payout) {
        quo_setting_ignore(payout);
    }
    return read_sublimits(group, cover);
}
