#include "pricing/portfolio/disaster.h"

#include <stdlib.h>
#include <string.h>

#include "risk/base/config.h"
#include "risk/base/text.h"

void quo_scenarios_free(struct quo_scenarios *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t k = 0; k < s->scenario[i].n_strikes; k++)
            free(s->scenario[i].strike[k].name);
        free(s->scenario[i].strike);
        free(s->scenario[i].id);
        free(s->scenario[i].says);
    }
    free(s->scenario);
    free(s);
}

/* Exactly one of the ways to say whom. */
static bool read_target(const struct quo_setting *group, struct quo_strike *strike)
{
    static const char *const names[] = {"protocol", "vendor", "largest_of_kind", "campaign_targets", "campaign_rank"};
    int said = 0;
    const char *text = NULL;
    int64_t count = 0;
    for (int i = 0; i < 3; i++)
        if (quo_setting_text(group, names[i], false, &text)) {
            said++;
            strike->target = (enum quo_strike_target)i;
        }
    for (int i = 3; i < 5; i++)
        if (quo_setting_int(group, names[i], 1, 1000000, false, &count)) {
            said++;
            strike->target = QUO_STRIKE_CAMPAIGN;
            strike->first = i == 3 ? 0 : (long)count - 1;
            strike->count = i == 3 ? (long)count : 1;
        }
    if (said != 1)
        quo_setting_fault(group, "one of protocol, vendor, largest_of_kind, campaign_targets, campaign_rank",
                          said ? "whom it strikes is said twice" : "it strikes nobody");
    strike->name = text ? quo_text_copy(text) : NULL;
    return !text || strike->name;
}

static void read_size(const struct quo_setting *group, struct quo_strike *strike)
{
    static const struct {
        const char *name, *unit;
        double low, high;
    } ways[] = {{"loss_share", "of the exposure", 0.0, 1.0},
                {"loss_usd", "USD", 0.0, 1e15},
                {"hours", "hours", 0.0, 8784.0},
                {"once_in", "events", 1.0, 1e9}};
    int said = 0;
    for (int i = 0; i < 4; i++)
        if (quo_setting_number(group, ways[i].name, ways[i].low, ways[i].high, ways[i].unit, false, &strike->size)) {
            said++;
            strike->by = (enum quo_strike_size)i;
        }
    if (said != 1)
        quo_setting_fault(group, "one of loss_share, loss_usd, hours, once_in",
                          said ? "its size is said twice" : "it has no size");
    else if (strike->by != QUO_STRIKE_ONCE_IN && (strike->by == QUO_STRIKE_HOURS) != quo_peril_in_hours(strike->peril))
        quo_setting_fault(group, quo_peril_in_hours(strike->peril) ? "hours = 72.0" : "loss_share = 0.3",
                          "%s is not measured so", quo_peril_id(strike->peril));
}

static bool read_strike(const struct quo_setting *group, struct quo_strike *strike)
{
    int peril = 0;
    if (quo_setting_word(group, "peril", quo_peril_ids(), QUO_COVERED_PERILS, true, &peril))
        strike->peril = (enum quo_peril)peril;
    quo_setting_number(group, "day", 0.0, 3653.0, "days", false, &strike->day);
    read_size(group, strike);
    return read_target(group, strike);
}

static bool read_scenario(const struct quo_setting *group, struct quo_scenario *scenario)
{
    const char *id = NULL, *says = NULL;
    quo_setting_text(group, "id", true, &id);
    quo_setting_text(group, "says", false, &says);
    const struct quo_setting *list = quo_setting_list(group, "strikes", true);
    const size_t n = quo_setting_length(list);
    scenario->id = quo_text_copy(id ? id : "");
    scenario->says = quo_text_copy(says ? says : "");
    scenario->strike = calloc(n + 1, sizeof *scenario->strike);
    bool memory = scenario->id && scenario->says && scenario->strike;
    for (size_t i = 0; i < n && memory; i++) {
        scenario->n_strikes = i + 1;
        memory = read_strike(quo_setting_element(list, i), &scenario->strike[i]);
        if (i && scenario->strike[i].day < scenario->strike[i - 1].day)
            quo_setting_fault(quo_setting_element(list, i), "order strikes by day", "day %g comes after day %g",
                              scenario->strike[i].day, scenario->strike[i - 1].day);
    }
    return memory;
}

enum quo_status quo_scenarios_load(const char *path, struct quo_scenarios **out, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    *out = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    struct quo_scenarios *s = calloc(1, sizeof *s);
    const struct quo_setting *list = quo_setting_list(quo_config_root(config), "scenarios", true);
    const size_t n = quo_setting_length(list);
    bool memory = s && (s->scenario = calloc(n + 1, sizeof *s->scenario));
    for (size_t i = 0; i < n && memory; i++) {
        s->n = i + 1;
        memory = read_scenario(quo_setting_element(list, i), &s->scenario[i]);
        for (size_t k = 0; k < i && memory; k++)
            if (strcmp(s->scenario[k].id, s->scenario[i].id) == 0)
                quo_setting_fault(quo_setting_element(list, i), "each id once", "scenario '%s' stands twice",
                                  s->scenario[i].id);
    }
    status = quo_config_finish(config);
    quo_config_close(config);
    if (!memory)
        status = QUO_MACHINE;
    if (status)
        quo_scenarios_free(s);
    else
        *out = s;
    return status;
}
