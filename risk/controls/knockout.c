#include "risk/controls/knockout.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"
#include "risk/base/text.h"
#include "risk/controls/quorum.h"

struct court {
    const struct quo_protocol *protocol;
    const struct quo_scale *scale;
    const struct quo_exponents *exponents;
    struct quo_score *score;
    bool no_memory;
};

/* known: the finding rests on what was written or answered, not on silence. */
static void found(struct court *court, const struct quo_knockout_rule *rule, bool known, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void found(struct court *court, const struct quo_knockout_rule *rule, bool known, const char *format, ...)
{
    char value[256], why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    snprintf(why, sizeof why, "%s: %s", rule->says, value);
    struct quo_score *score = court->score;
    struct quo_knockout *more = realloc(score->knockout, (score->n_knockouts + 1) * sizeof *more);
    if (!more) {
        court->no_memory = true;
        return;
    }
    score->knockout = more;
    more[score->n_knockouts] =
        (struct quo_knockout){quo_text_copy(rule->id), quo_text_copy(why), rule->decline && known};
    court->no_memory |= !more[score->n_knockouts].id || !more[score->n_knockouts].why;
    score->n_knockouts++;
}

/* The level of a control that the rule is about: level 0, not known, where nobody answered. */
static int level_of(const struct court *court, int control, bool *known)
{
    const struct quo_answer *answer = control < 0 ? NULL : court->exponents->answer[control];
    *known = answer && answer->level >= 0;
    return *known ? answer->level : 0;
}

static bool out(const struct court *court, int control) { return control >= 0 && court->exponents->out[control]; }

/* "level 1" or "not answered" */
static const char *said(char buffer[32], int level, bool known)
{
    if (known)
        snprintf(buffer, 32, "level %d", level);
    else
        snprintf(buffer, 32, "not answered");
    return buffer;
}

/* A control that is said not to apply takes its rule away: somebody has to see why. Never declined for it. */
static bool waived(struct court *court, const struct quo_knockout_rule *rule, int control)
{
    if (!out(court, control))
        return false;
    const struct quo_answer *answer = court->exponents->answer[control];
    found(court, rule, false, "%s is said not to apply: %.120s", court->scale->catalogue->control[control].id,
          answer && answer->reason ? answer->reason : "no reason");
    return true;
}

static void level_below(struct court *court, const struct quo_knockout_rule *rule, const char *id)
{
    bool known;
    char text[32];
    const int control = quo_catalogue_control(court->scale->catalogue, id);
    if (control < 0 || waived(court, rule, control))
        return;
    const int level = level_of(court, control, &known);
    if (level < rule->level)
        found(court, rule, known, "%s %s, asked for %d", id, said(text, level, known), rule->level);
}

/* A group that makes enough of the set's signers for its threshold one: the same person, or one whose every shock takes all its members.
 * NULL: none. */
static const char *as_one(const struct court *court, const struct quo_signer_set *set)
{
    for (size_t g = 0; g < set->n_group_names; g++) {
        const char *name = set->group_name[g];
        int members = 0;
        for (size_t j = 0; j < set->n_signers; j++)
            for (size_t k = 0; k < set->signer[j].n_groups; k++)
                members += set->signer[j].group[k] == (int)g;
        if (members >= set->threshold &&
            (strncmp(name, "person:", 7) == 0 ||
             quo_quorum_group(court->scale->catalogue, court->protocol, name).lethality >= 1.0))
            return name;
    }
    return NULL;
}

/* KO1 and KO2: a threshold of 1, or signers who count as one. */
static void single(struct court *court, const struct quo_knockout_rule *rule, unsigned powers,
                   enum quo_input_name threshold)
{
    const struct quo_protocol *p = court->protocol;
    bool seen = false, known;
    char money[48], text[32];
    for (size_t s = 0; s < p->n_signer_sets; s++) {
        const struct quo_signer_set *set = &p->signer_set[s];
        if (!(set->powers & powers))
            continue;
        seen = true;
        const double reach = set->reach_share * p->exposure_usd;
        const char *one = set->threshold > 1 ? as_one(court, set) : NULL;
        if ((set->threshold > 1 && !one) || !(reach > rule->usd || set->reach_share > rule->share))
            continue;
        quo_money_short(reach, money, sizeof money);
        if (one)
            found(court, rule, true, "set '%s' acts with %d of %zu, who are one by group '%s', and reaches USD %s", set->id,
                  set->threshold, set->n_signers, one, money);
        else
            found(court, rule, true, "set '%s' acts with 1 of %zu and reaches USD %s", set->id, set->n_signers, money);
    }
    const int control = court->scale->inputs.of[threshold].control;
    const int level = level_of(court, control, &known);
    if (seen || level > 0 || !(p->exposure_usd > rule->usd || !isnan(rule->share)) || waived(court, rule, control))
        return;
    quo_money_short(p->exposure_usd, money, sizeof money);
    found(court, rule, known, "%s %s, no set written out, USD %s", court->scale->catalogue->control[control].id,
          said(text, level, known), money);
}

static void minority_without_delay(struct court *court, const struct quo_knockout_rule *rule)
{
    const struct quo_protocol *p = court->protocol;
    const int control = court->scale->inputs.of[QUO_INPUT_DELAY_HOURS].control;
    bool known;
    const bool shortest = level_of(court, control, &known) > 0;
    for (size_t s = 0; s < p->n_signer_sets; s++) {
        const struct quo_signer_set *set = &p->signer_set[s];
        const unsigned acting = set->powers & (QUO_POWERS_HOLDERS | QUO_POWER_CONFIGURE | QUO_POWER_BRIDGE_MESSAGES);
        if (!acting || set->threshold >= rule->share * (double)set->n_signers)
            continue;
        unsigned delayed = shortest ? QUO_POWERS_HOLDERS | QUO_POWER_CONFIGURE : 0, named = 0;
        for (size_t i = 0; i < p->n_delays; i++) {
            named |= p->delay[i].powers;
            if (p->delay[i].delay_hours > 0.0 && !p->delay[i].bypass)
                delayed |= p->delay[i].powers;
        }
        if (!(acting & ~delayed))
            continue;
        int k = 0;
        while (!(acting & ~delayed & 1u << k))
            k++;
        found(court, rule, known || (named & 1u << k), "set '%s' acts with %d of %zu, no delay on %s", set->id,
              set->threshold, set->n_signers, quo_power_names()[k]);
    }
}

static void no_stop(struct court *court, const struct quo_knockout_rule *rule)
{
    const struct quo_protocol *p = court->protocol;
    const struct quo_inputs *in = &court->scale->inputs;
    bool known[3];
    char money[48];
    if (!(p->exposure_usd > rule->usd) || p->n_caps > 0)
        return;
    for (size_t s = 0; s < p->n_signer_sets; s++)
        if (p->signer_set[s].powers & QUO_POWER_PAUSE)
            return;
    const int pause = level_of(court, in->of[QUO_INPUT_RESPOND_HOURS].control, &known[0]);
    const int limit = level_of(court, in->of[QUO_INPUT_CAP_SHARE_DAY].control, &known[1]);
    const int route = p->bridge ? level_of(court, in->of[QUO_INPUT_ROUTE_CAP_SHARE_DAY].control, &known[2]) : 0;
    if (pause > 0 || limit > 0 || route > 0)
        return;
    quo_money_short(p->exposure_usd, money, sizeof money);
    found(court, rule, known[0] && known[1], "%s and %s %s, USD %s",
          court->scale->catalogue->control[in->of[QUO_INPUT_RESPOND_HOURS].control].id,
          court->scale->catalogue->control[in->of[QUO_INPUT_CAP_SHARE_DAY].control].id,
          known[0] && known[1] ? "level 0" : "not answered", money);
}

/* Claims that feed a mechanism and rest on less evidence than asked for; what is written out speaks for itself. */
static void unproven(struct court *court, const struct quo_knockout_rule *rule)
{
    const struct quo_catalogue *catalogue = court->scale->catalogue;
    char list[160] = "";
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        const struct quo_control *control = &catalogue->control[c];
        const struct quo_answer *answer = court->exponents->answer[c];
        bool mechanism = control->n_inputs > 0;
        for (size_t i = 0; i < control->n_effects; i++)
            mechanism |= control->effect[i].channel >= QUO_CHANNEL_KEY_STORAGE;
        if (!mechanism || court->exponents->out[c] || !answer || answer->level <= 0 || answer->evidence >= rule->level)
            continue;
        const size_t used = strlen(list);
        if (used + strlen(control->id) + 3 < sizeof list)
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", control->id);
    }
    if (list[0])
        found(court, rule, true, "%s", list);
}

static void accumulation(struct court *court, const struct quo_knockout_rule *rule)
{
    char money[48];
    for (size_t i = 0; i < court->protocol->n_dependencies; i++) {
        const struct quo_dependency *d = &court->protocol->dependency[i];
        if (!(d->accumulated_usd >= rule->usd))
            continue;
        quo_money_short(d->accumulated_usd, money, sizeof money);
        found(court, rule, true, "%s:%s, USD %s", d->kind, d->vendor, money);
    }
}

static void judge(struct court *court, const struct quo_knockout_rule *rule)
{
    switch (rule->rule) {
    case QUO_RULE_SINGLE_KEY:
        single(court, rule, QUO_POWERS_HOLDERS, QUO_INPUT_THRESHOLD);
        break;
    case QUO_RULE_SINGLE_VERIFIER:
        if (court->protocol->bridge)
            single(court, rule, QUO_POWER_BRIDGE_MESSAGES, QUO_INPUT_VERIFIER_THRESHOLD);
        break;
    case QUO_RULE_MINORITY_NO_DELAY:
        minority_without_delay(court, rule);
        break;
    case QUO_RULE_LOOSE_GUARDS:
        level_below(court, rule, "GA-04");
        break;
    case QUO_RULE_NO_STOP:
        no_stop(court, rule);
        break;
    case QUO_RULE_WEAK_LOGIN:
        level_below(court, rule, "VI-01");
        break;
    case QUO_RULE_CHANGED_CODE:
        level_below(court, rule, "CE-06");
        break;
    case QUO_RULE_NO_WATCH:
        if (court->protocol->exposure_usd > rule->usd)
            level_below(court, rule, "MO-01");
        break;
    case QUO_RULE_UNPROVEN_MECHANISM:
        unproven(court, rule);
        break;
    case QUO_RULE_ACCUMULATION:
        accumulation(court, rule);
        break;
    case QUO_RULES:
        break;
    }
}

enum quo_status quo_knockout_fill(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  const struct quo_exponents *exponents, struct quo_score *score)
{
    struct court court = {protocol, scale, exponents, score, false};
    for (size_t i = 0; i < scale->catalogue->n_rules; i++)
        judge(&court, &scale->catalogue->rule[i]);
    return court.no_memory ? QUO_MACHINE : QUO_OK;
}
