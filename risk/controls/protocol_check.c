#include "risk/controls/protocol_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/controls/protocol_idle.h"


struct check {
    const struct quo_protocol *protocol;
    const struct quo_catalogue *catalogue;
    const struct quo_setting *group;
};

/* The level answered for the control that gives an input; -1 if it is not answered. */
static int level_of(const struct check *k, const char *input, const struct quo_input **table, const char **id)
{
    const int control = quo_catalogue_input(k->catalogue, input, table);
    const struct quo_answer *answer = control < 0 ? NULL : quo_protocol_answer(k->protocol, control);
    if (control >= 0)
        *id = k->catalogue->control[control].id;
    return answer && !answer->not_applicable ? answer->level : -1;
}

static const struct quo_setting *element_of(const struct check *k, const char *list, size_t i)
{
    return quo_setting_element(quo_setting_child(k->group, list), i);
}

/* The first set before set s that holds signer j of it too; s if none does. */
static size_t also_in(const struct quo_protocol *p, size_t s, size_t j)
{
    for (size_t t = 0; t < s; t++)
        for (size_t i = 0; i < p->signer_set[t].n_signers; i++)
            if (strcmp(p->signer_set[s].signer[j].id, p->signer_set[t].signer[i].id) == 0)
                return t;
    return s;
}

static void check_signers_twice(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    for (size_t s = 0; s < p->n_signer_sets; s++)
        for (size_t j = 0; j < p->signer_set[s].n_signers; j++) {
            const size_t other = also_in(p, s, j);
            if (other < s)
                quo_setting_warn(quo_setting_element(quo_setting_child(element_of(k, "signer_sets", s), "signers"), j),
                                 "the sets fall together more often than they are priced to",
                                 "signer '%s' is in two sets, '%s' and '%s'", p->signer_set[s].signer[j].id,
                                 p->signer_set[other].id, p->signer_set[s].id);
        }
}

#define NOT_HOT 0.0101 /* share of the value a day: level 4, and rounding */

/* An answer that at most 1 % of the value leaves in a day. */
static void check_hot_against_answer(const struct check *k, const char *says, const char *input)
{
    const struct quo_input *table;
    const char *id = "";
    const int limit = level_of(k, input, &table, &id);
    if (limit >= 0 && table->level[limit] <= NOT_HOT)
        quo_setting_warn(quo_protocol_entry(k->group, -1), "what is capped at 1 % is not hot",
                         "%s says that more than half of the value can be moved at once, %s level "
                         "%d that at most 1 %% leaves in a day",
                         says, id, limit);
}

/* More than half can move at once, yet the cap lets one per cent a day out: both cannot be true. */
static void check_hot_against_caps(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    const struct quo_input *table;
    const char *hot_id = "";
    char says[64];
    const int hot = level_of(k, "hot_share", &table, &hot_id);
    if (isfinite(p->hot_share) && hot >= 0 && (p->hot_share > 0.5 ? hot > 0 : p->hot_share <= 0.2 && hot == 0))
        quo_setting_warn(quo_setting_child(k->group, "hot_share"), "one of the two is wrong; hot_share counts",
                         "hot_share %g contradicts %s level %d", p->hot_share, hot_id, hot);
    if (isfinite(p->hot_share) ? p->hot_share <= 0.5 : hot != 0)
        return;
    if (isfinite(p->hot_share))
        snprintf(says, sizeof says, "hot_share %g", p->hot_share);
    else
        snprintf(says, sizeof says, "%s", hot_id);
    const unsigned out = QUO_POWER_MOVE | (p->bridge ? QUO_POWER_BRIDGE_MESSAGES : 0u);
    for (size_t i = 0; i < p->n_caps; i++) {
        const struct quo_cap *cap = &p->cap[i];
        const double day = fmin(cap->hard_usd, cap->burst_usd + 24.0 * cap->per_hour_usd);
        if (cap->powers & out && cap->share > 0.5 && day <= NOT_HOT * p->exposure_usd)
            quo_setting_warn(element_of(k, "caps", i), "what is capped at 1 % is not hot",
                             "%s says that more than half of the value can be moved at once, cap "
                             "'%s' lets %.3g %% out in a day",
                             says, cap->id, 100.0 * day / p->exposure_usd);
    }
    check_hot_against_answer(k, says, "cap_share_day");
    if (p->bridge)
        check_hot_against_answer(k, says, "route_cap_share_day");
}

static void check_delays(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    const struct quo_input *table;
    const char *id = "";
    const int level = level_of(k, "delay_hours", &table, &id);
    for (size_t i = 0; level > 0 && i < p->n_delays; i++)
        if (p->delay[i].powers & QUO_POWERS_FIXED &&
            (p->delay[i].bypass || p->delay[i].delay_hours < 0.5 * table->level[level]))
            quo_setting_warn(element_of(k, "delays", i), "the answer is about the shortest delay of all",
                             p->delay[i].bypass ? "%s level %d contradicts delay '%s', which can be gone round"
                                                : "%s level %d contradicts delay '%s', which is shorter",
                             id, level, p->delay[i].id);
}

static void check_thresholds(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    const struct quo_input *table;
    const char *id = "", *verifier_id = "";
    const int level = level_of(k, "threshold", &table, &id);
    const int verifier_level = level_of(k, "verifier_threshold", &table, &verifier_id);
    for (size_t s = 0; s < p->n_signer_sets; s++) {
        const struct quo_signer_set *set = &p->signer_set[s];
        const bool verifiers = !(set->powers & QUO_POWERS_FIXED) && set->powers & QUO_POWER_BRIDGE_MESSAGES;
        const int claimed = verifiers ? verifier_level : level;
        quo_catalogue_input(k->catalogue, verifiers ? "verifier_threshold" : "threshold", &table);
        if (set->powers != QUO_POWER_PAUSE && claimed > 0 && table->level[claimed] > set->threshold)
            quo_setting_warn(quo_setting_child(element_of(k, "signer_sets", s), "threshold"),
                             "the set counts, not the answer", "%s level %d asks for %g signers, set '%s' needs %d",
                             verifiers ? verifier_id : id, claimed, table->level[claimed], set->id, set->threshold);
    }
}

/* What no set reaches is priced as if nobody could move it: right of what no key reaches, wrong of what was not asked for. */
static void check_reach(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    double reach = 0.0;
    size_t holders = 0;
    for (size_t s = 0; s < p->n_signer_sets; s++)
        if (p->signer_set[s].powers & QUO_POWERS_HOLDERS) {
            reach += p->signer_set[s].reach_share;
            holders++;
        }
    if (holders > 0 && reach < 0.5)
        quo_setting_warn(
            quo_setting_child(k->group, "signer_sets"), "right if no key reaches it; else write out whose do",
            "what moves, mints and upgrades reaches %.3g %% of the value; the rest is priced as out of reach",
            100.0 * reach);
}

static void check_bridge(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    if (p->bridge)
        return;
    for (size_t i = 0; i < p->n_answers; i++)
        if (k->catalogue->control[p->answer[i].control].bridge_only && p->answer[i].level > 0)
            quo_setting_warn(quo_protocol_entry(k->group, p->answer[i].line), "write bridge = true, or leave it out",
                             "%s is about bridges; this protocol is none",
                             k->catalogue->control[p->answer[i].control].id);
    for (size_t s = 0; s < p->n_signer_sets; s++)
        if (p->signer_set[s].powers & QUO_POWER_BRIDGE_MESSAGES)
            quo_setting_warn(element_of(k, "signer_sets", s), "write bridge = true",
                             "set '%s' attests messages; this protocol is no bridge", p->signer_set[s].id);
}

void quo_protocol_check(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                        const struct quo_setting *group)
{
    const struct check k = {protocol, catalogue, group};
    check_signers_twice(&k);
    check_hot_against_caps(&k);
    check_delays(&k);
    check_thresholds(&k);
    check_reach(&k);
    check_bridge(&k);
    quo_protocol_idle(protocol, catalogue, group);
}
