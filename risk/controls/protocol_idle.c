#include "risk/controls/protocol_idle.h"

#include <math.h>
#include <string.h>

#include "risk/outflow.h"

#define BY_ANSWERS 5 /* caps at most: GA-06 and BR-04 with what each falls back to, exit liquidity */
#define LITTLE 1e-3 /* share of the value: a thief with less than that to gain is a slip of the pen */

struct check {
    const struct quo_protocol *protocol;
    const struct quo_catalogue *catalogue;
    const struct quo_setting *group;
};

static const struct quo_setting *element_of(const struct check *k, const char *list, size_t i)
{
    return quo_setting_element(quo_setting_child(k->group, list), i);
}

const struct quo_setting *quo_protocol_entry(const struct quo_setting *group, int line)
{
    const struct quo_setting *list = quo_setting_child(group, "answers");
    for (size_t i = 0; i < quo_setting_length(list); i++)
        if (quo_setting_line(quo_setting_element(list, i)) == line)
            return quo_setting_element(list, i);
    return list ? list : group;
}

/* So many signers of so many: there is no share of that. */
static bool is_arrangement(const struct quo_control *c)
{
    static const char *const names[] = {"threshold", "signers", "verifier_threshold", "verifiers"};
    size_t n = 0;
    for (size_t i = 0; i < c->n_inputs; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            n += strcmp(c->input[i].name, names[k]) == 0;
    return n > 0 && n == c->n_inputs && c->n_effects == 0;
}

static void check_shares(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    for (size_t i = 0; i < p->n_answers; i++) {
        const struct quo_answer *a = &p->answer[i];
        const struct quo_control *c = &k->catalogue->control[a->control];
        if (a->level <= 0 || a->not_applicable)
            continue;
        if (is_arrangement(c) && (a->coverage < 1.0 || a->reliability < 1.0))
            quo_setting_warn(quo_protocol_entry(k->group, a->line),
                             "write out the signer sets, each with its reach_share", "%s of %s counts for nothing",
                             a->coverage < 1.0 ? "coverage" : "reliability", c->id);
        else if (a->coverage == 0.0 || a->reliability == 0.0)
            quo_setting_warn(quo_protocol_entry(k->group, a->line), "a share above 0, or level 0",
                             "with %s 0 level %d of %s counts as level 0",
                             a->coverage == 0.0 ? "coverage" : "reliability", a->level, c->id);
    }
}

/* Nobody waits to pause, and what attests messages is of bridges alone. */
static void check_powers(const struct check *k, const char *list, size_t i, const char *what, const char *id,
                         unsigned powers)
{
    if (powers == QUO_POWER_PAUSE)
        quo_setting_warn(element_of(k, list, i), "move, mint, upgrade, configure or bridge_messages",
                         "%s '%s' is on pausing alone, where it counts for nothing", what, id);
    else if (!k->protocol->bridge && (powers & ~(unsigned)QUO_POWER_PAUSE) == QUO_POWER_BRIDGE_MESSAGES)
        quo_setting_warn(element_of(k, list, i), "write bridge = true",
                         "%s '%s' is on a bridge's messages; this protocol is no bridge", what, id);
}

/* Limits that leave a thief nothing are told: a 0 is more often a field that nobody filled in. So are those that leave him all. */
static void check_caps(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    for (size_t i = 0; i < p->n_caps; i++) {
        const struct quo_cap *cap = &p->cap[i];
        const struct quo_setting *at = element_of(k, "caps", i);
        check_powers(k, "caps", i, "cap", cap->id, cap->powers);
        if (cap->share <= 0.0)
            quo_setting_warn(at, "a share above 0, or leave it out", "cap '%s' guards nothing", cap->id);
        else if (fmin(cap->hard_usd, cap->burst_usd + cap->per_hour_usd) <= 0.0)
            quo_setting_warn(at, "right if these paths are shut; else limits above 0",
                             "cap '%s' lets nothing out, ever: what it guards is priced as no loss", cap->id);
        else if (fmin(cap->hard_usd, cap->per_hour_usd) >= p->exposure_usd)
            quo_setting_warn(at, "limits below exposure_usd", "cap '%s' lets all of the value out%s", cap->id,
                             cap->per_hour_usd < cap->hard_usd ? " in an hour" : "");
        if (isinf(cap->per_hour_usd) && (cap->burst_usd > 0.0 || cap->window_hours > 0.0))
            quo_setting_warn(at, "per_hour_usd, or leave it out",
                             "%s of cap '%s' counts for nothing without per_hour_usd",
                             cap->burst_usd > 0.0 ? "burst_usd" : "window_hours", cap->id);
    }
    if (p->n_caps + BY_ANSWERS > QUO_OUTFLOW_CAPS)
        quo_setting_warn(quo_setting_child(k->group, "caps"), "put together what is alike, leave out what hardly limits",
                         "%zu caps; where more than %d bind on one peril, those by answers among them, what holds back least is priced "
                         "as not there",
                         p->n_caps, QUO_OUTFLOW_CAPS);
    if (p->exit_liquidity_usd < LITTLE * p->exposure_usd)
        quo_setting_warn(quo_setting_child(k->group, "exit_liquidity_usd"),
                         "what the market takes up before the price is gone; leave it out for no bound",
                         "exit_liquidity_usd %g leaves a thief %.2g %% of the value", p->exit_liquidity_usd,
                         100.0 * p->exit_liquidity_usd / p->exposure_usd);
}

static void check_governance(const struct check *k)
{
    const struct quo_protocol *p = k->protocol;
    const struct quo_setting *at = quo_setting_child(k->group, "governance");
    const struct quo_input *table;
    const int control = quo_catalogue_input(k->catalogue, "capture_ratio", &table);
    const struct quo_answer *answer = control < 0 ? NULL : quo_protocol_answer(p, control);
    if (!p->has_governance)
        return;
    if (answer && answer->not_applicable)
        quo_setting_warn(at, "governance counts; leave out one of the two",
                         "%s is not applicable, and governance is written out", k->catalogue->control[control].id);
    if (p->capture_cost_usd <= 0.0)
        quo_setting_warn(at, "what a quorum costs to buy", "a quorum costs nothing");
    if (p->extractable_usd <= 0.0)
        quo_setting_warn(at, "leave extractable_usd out, and the exposure counts", "a vote can extract nothing");
    if (p->extractable_usd > p->exposure_usd)
        quo_setting_warn(at, "at most exposure_usd", "extractable_usd %g is above the exposure of %g USD",
                         p->extractable_usd, p->exposure_usd);
}

void quo_protocol_idle(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                       const struct quo_setting *group)
{
    const struct check k = {protocol, catalogue, group};
    check_shares(&k);
    for (size_t i = 0; i < protocol->n_delays; i++) {
        const struct quo_delay *delay = &protocol->delay[i];
        check_powers(&k, "delays", i, "delay", delay->id, delay->powers);
        if (delay->delay_hours == 0.0 && delay->veto_said && delay->veto != QUO_VETO_NONE)
            quo_setting_warn(quo_setting_child(element_of(&k, "delays", i), "delay_hours"),
                             "the hours that a veto has, or leave the delay out",
                             "delay '%s' of 0 hours stops nothing: its veto '%s' has no time", delay->id,
                             quo_veto_names()[delay->veto]);
    }
    check_caps(&k);
    check_governance(&k);
}
