#include "pricing/portfolio/dependence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/base/config.h"

static const struct quo_dependence_link links[] = {
    {"cloud", QUO_VENDOR_INFRASTRUCTURE, NAN, 0.25},
    {"cloud", QUO_SERVICE_OUTAGE, 0.60, 0.30},
    {"rpc", QUO_VENDOR_INFRASTRUCTURE, NAN, 0.15},
    {"rpc", QUO_SERVICE_OUTAGE, 0.60, 0.15},
    {"ui", QUO_VENDOR_INFRASTRUCTURE, NAN, 0.15},
    {"dns", QUO_VENDOR_INFRASTRUCTURE, 0.02, 0.15},
    {"custody", QUO_VENDOR_INFRASTRUCTURE, NAN, 0.25},
    {"custody", QUO_SERVICE_OUTAGE, 0.20, 0.10},
    {"library", QUO_VENDOR_INFRASTRUCTURE, 0.02, 0.10},
    {"library", QUO_CODE_BUG, 0.05, 0.05},
    {"oracle", QUO_ORACLE_PRICE_MANIPULATION, 0.05, 0.20},
    {"bridge", QUO_BRIDGE_VALIDATION, 0.02, 0.30},
    {"chain", QUO_SERVICE_OUTAGE, 0.40, 0.20},
    {"other", QUO_VENDOR_INFRASTRUCTURE, NAN, 0.05},
};

void quo_dependence_init(struct quo_dependence *d)
{
    *d = (struct quo_dependence){.n_links = sizeof links / sizeof *links,
                                 .highest_chance = 0.9,
                                 .campaigns = 6.0,
                                 .campaign_shape = 0.5,
                                 .campaign_part = 0.5,
                                 .size_correlation = 0.3,
                                 .outage_correlation = 0.7,
                                 .contagion = 0.5,
                                 .bridge_contagion = 0.25};
    memcpy(d->link, links, sizeof links);
    for (int p = 0; p < QUO_PERILS; p++)
        d->campaign_share[p] = NAN;
    d->campaign_share[QUO_SERVICE_OUTAGE] = 0.0;
    d->campaign_share[QUO_KEY_LOSS] = 0.0;
    d->campaign_share[QUO_INSIDER_RUG] = 0.0;
}

static void read_links(const struct quo_setting *group, struct quo_dependence *d)
{
    const struct quo_setting *list = quo_setting_list(group, "links", false);
    if (!list)
        return;
    const size_t n = quo_setting_length(list);
    if (n > QUO_DEPENDENCE_LINKS) {
        quo_setting_fault(list, "keep the kinds that matter", "%zu links; %d is the most", n, QUO_DEPENDENCE_LINKS);
        return;
    }
    d->n_links = 0; /* the list stands for the whole of the defaults */
    for (size_t i = 0; i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_dependence_link link = {.shock_rate = NAN};
        const char *kind = NULL;
        int peril = 0;
        bool good = quo_setting_text(element, "kind", true, &kind);
        good &= quo_setting_word(element, "peril", quo_peril_ids(), QUO_COVERED_PERILS, true, &peril);
        good &= quo_setting_number(element, "share", 0.0, 1.0, "", true, &link.share);
        quo_setting_number(element, "shock_rate", 0.0, 1000.0, "a year", false, &link.shock_rate);
        if (good && strlen(kind) >= sizeof link.kind) {
            quo_setting_fault(element, "at most 31 letters", "the kind '%s' is too long", kind);
            continue;
        }
        if (!good)
            continue;
        snprintf(link.kind, sizeof link.kind, "%s", kind);
        link.peril = (enum quo_peril)peril;
        d->link[d->n_links++] = link;
    }
}

static void read_all(const struct quo_setting *group, struct quo_dependence *d)
{
    read_links(group, d);
    quo_setting_number(group, "highest_chance", 0.0, 0.99, "", false, &d->highest_chance);
    quo_setting_number(group, "campaigns", 0.0, 1000.0, "a year", false, &d->campaigns);
    quo_setting_number(group, "campaign_shape", 0.01, 1000.0, "", false, &d->campaign_shape);
    quo_setting_number(group, "campaign_part", 0.0, 1.0, "", false, &d->campaign_part);
    quo_setting_number(group, "size_correlation", 0.0, 0.99, "", false, &d->size_correlation);
    quo_setting_number(group, "outage_correlation", 0.0, 0.99, "", false, &d->outage_correlation);
    quo_setting_number(group, "contagion", 0.0, 1.0, "", false, &d->contagion);
    quo_setting_number(group, "bridge_contagion", 0.0, 1.0, "", false, &d->bridge_contagion);
    const struct quo_setting *shares = quo_setting_group(group, "campaign_share", false);
    for (int p = 0; shares && p < QUO_COVERED_PERILS; p++)
        quo_setting_number(shares, quo_peril_id((enum quo_peril)p), 0.0, 1.0, "", false, &d->campaign_share[p]);
}

enum quo_status quo_dependence_load(const char *path, struct quo_dependence *dependence, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "dependence", true);
    if (group)
        read_all(group, dependence);
    status = quo_config_finish(config);
    quo_config_close(config);
    return status;
}
