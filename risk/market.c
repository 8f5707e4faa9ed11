#include "risk/market.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

struct reader {
    struct quo_market *market;
    const struct quo_catalogue *catalogue;
    struct quo_faults *faults;
    bool no_memory;
};

void quo_market_free(struct quo_market *market)
{
    if (!market)
        return;
    for (size_t i = 0; i < market->n_profiles; i++) {
        free(market->profile[i].id);
        free(market->profile[i].says);
        quo_protocol_free(market->profile[i].protocol);
    }
    free(market->bridge_faults.source);
    free(market->profile);
    free(market->band);
    free(market->year);
    free(market->id);
    free(market->sha256);
    free(market);
}

static void *room(struct reader *r, size_t n, size_t size)
{
    void *p = n ? calloc(n, size) : NULL;
    r->no_memory |= n && !p;
    return p;
}

static char *text_of(struct reader *r, const struct quo_setting *group, const char *name)
{
    const char *text = NULL;
    if (!quo_setting_text(group, name, true, &text))
        return NULL;
    char *copy = quo_text_copy(text);
    r->no_memory |= !copy;
    return copy;
}

/* Bridges of a band: both numbers or none, and the same in every band. */
static void read_bridges(const struct quo_market *m, size_t i, const struct quo_setting *element)
{
    struct quo_band *band = &m->band[i];
    double total = 0.0;
    band->bridges = NAN;
    const bool count = quo_setting_number(element, "bridges", 0.0, 1e9, "protocols", false, &band->bridges);
    const bool sum = quo_setting_number(element, "bridges_usd", 0.0, QUO_MONEY_MAX, "USD", false, &total);
    band->bridges_mean_usd = band->bridges > 0.0 ? total / band->bridges : 0.0;
    if (count != sum)
        quo_setting_fault(element, "bridges and bridges_usd", "one of bridges and bridges_usd without the other");
    else if (count != !isnan(m->band[0].bridges))
        quo_setting_fault(element, "bridges in every band or in none", "some bands tell their bridges, others do not");
    else if (band->bridges > band->count)
        quo_setting_fault(element, "bridges are among count", "%g bridges of %g protocols", band->bridges, band->count);
    else if (band->bridges > 0.0 && (band->bridges_mean_usd < band->low_usd || band->bridges_mean_usd > band->high_usd))
        quo_setting_fault(element, "bridges_usd between bridges * low_usd and bridges * high_usd",
                          "the mean of the band's bridges, %g, lies outside it", band->bridges_mean_usd);
}

struct quo_band quo_market_band(const struct quo_market *market, size_t i, enum quo_peril peril)
{
    struct quo_band band = market->band[i];
    if (peril == QUO_BRIDGE_VALIDATION && market->bridge_weight > 0.0 && !isnan(band.bridges)) {
        band.count = band.bridges / market->bridge_weight;
        band.mean_usd = band.bridges_mean_usd;
    }
    return band;
}

double quo_market_bridge_code(const struct quo_market *market, struct quo_stream *draw)
{
    const struct quo_bridge_faults *f = &market->bridge_faults;
    if (isnan(f->elsewhere))
        return 1.0;
    const double in = draw ? quo_stream_gamma(draw, f->in_messages + 0.5) : f->in_messages + 0.5,
                 out = draw ? quo_stream_gamma(draw, f->elsewhere + 0.5) : f->elsewhere + 0.5;
    return out / (in + out);
}

double quo_market_weight(const struct quo_profile *profile, enum quo_peril peril)
{
    return peril == QUO_SERVICE_OUTAGE ? profile->service_weight : profile->weight;
}

static void read_bands(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "bands", true);
    const size_t n = quo_setting_length(list);
    struct quo_market *m = r->market;
    if (list && n == 0)
        quo_setting_fault(list, "one band at least", "no bands");
    m->band = room(r, n, sizeof *m->band);
    for (size_t i = 0; m->band && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_band *band = &m->band[i];
        const char *source = NULL;
        double total = 0.0;
        m->n_bands = i + 1;
        *band = (struct quo_band){.high_usd = INFINITY};
        const bool low = quo_setting_number(element, "low_usd", 0.0, QUO_MONEY_MAX, "USD", true, &band->low_usd);
        quo_setting_number(element, "high_usd", 0.0, QUO_MONEY_MAX, "USD", false, &band->high_usd);
        const bool count = quo_setting_number(element, "count", 0.0, 1e9, "protocols", true, &band->count);
        const bool sum = quo_setting_number(element, "total_usd", 0.0, QUO_MONEY_MAX, "USD", true, &total);
        quo_setting_text(element, "source", true, &source);
        band->mean_usd = band->count > 0.0 ? total / band->count : 0.0;
        if (low && band->high_usd <= band->low_usd)
            quo_setting_fault(element, "high_usd above low_usd", "a band from %g to %g", band->low_usd, band->high_usd);
        else if (low && count && sum && band->count > 0.0 &&
                 (band->mean_usd < band->low_usd || band->mean_usd > band->high_usd))
            quo_setting_fault(element, "total_usd between count * low_usd and count * high_usd",
                              "the mean of the band, %g, lies outside it", band->mean_usd);
        if (low && i > 0 && band->low_usd < m->band[i - 1].high_usd)
            quo_setting_fault(element, "bands in ascending order that do not overlap",
                              "the band begins at %g, below the end of the one before", band->low_usd);
        read_bridges(m, i, element);
    }
}

static void read_years(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "years", true);
    const size_t n = quo_setting_length(list);
    struct quo_market *m = r->market;
    if (list && n == 0)
        quo_setting_fault(list, "one year at least", "no years");
    m->year = room(r, n, sizeof *m->year);
    for (size_t i = 0; m->year && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_market_year *year = &m->year[i];
        const char *source = NULL;
        int64_t number = 0;
        m->n_years = i + 1;
        if (quo_setting_int(element, "year", 2009, 2200, true, &number) && i > 0 && number <= m->year[i - 1].year)
            quo_setting_fault(element, "each year once, in ascending order", "year %d after %d", (int)number,
                              m->year[i - 1].year);
        year->year = (int)number;
        quo_setting_number(element, "protocol_years", 1e-6, 1e9, "protocol-years", true, &year->protocol_years);
        quo_setting_number(element, "tvl_usd", 0.0, QUO_MONEY_MAX, "USD", true, &year->tvl_usd);
        quo_setting_text(element, "source", true, &source);
    }
}

/* A control that drops out of a profile would have no place in the mean over the market. */
static void refuse_not_applicable(const struct reader *r, const struct quo_profile *profile,
                                  const struct quo_setting *element)
{
    const struct quo_protocol *p = profile->protocol;
    for (size_t i = 0; i < p->n_answers; i++) {
        const struct quo_control *control = &r->catalogue->control[p->answer[i].control];
        if (p->answer[i].not_applicable && control->n_effects > 0)
            quo_setting_fault(element, "give it a level", "%s is not applicable in profile '%s'", control->id,
                              profile->id);
    }
}

static void read_profiles(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *list = quo_setting_list(root, "profiles", true);
    const size_t n = quo_setting_length(list);
    struct quo_market *m = r->market;
    double total = 0.0, services = 0.0;
    size_t told = 0;
    m->profile = room(r, n, sizeof *m->profile);
    for (size_t i = 0; m->profile && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_profile *profile = &m->profile[i];
        m->n_profiles = i + 1;
        profile->id = text_of(r, element, "id");
        profile->says = text_of(r, element, "says");
        for (size_t k = 0; profile->id && k < i; k++)
            if (m->profile[k].id && strcmp(m->profile[k].id, profile->id) == 0)
                quo_setting_fault(element, "give each its own", "profile '%s' stands twice", profile->id);
        quo_setting_number(element, "weight", 0.0, 1.0, "", true, &profile->weight);
        total += profile->weight;
        profile->service_weight = profile->weight;
        told += quo_setting_number(element, "service_weight", 0.0, 1.0, "", false, &profile->service_weight);
        services += profile->service_weight;
        const struct quo_setting *group = quo_setting_group(element, "protocol", true);
        const enum quo_status status =
            group ? quo_protocol_read(group, r->catalogue, &profile->protocol, r->faults) : QUO_REFUSED;
        r->no_memory |= status == QUO_MACHINE;
        if (status == QUO_OK)
            refuse_not_applicable(r, profile, element);
    }
    if (list && fabs(total - 1.0) > 1e-6)
        quo_setting_fault(list, "weights that add up to 1", "the weights of %zu profiles add up to %.9g", n, total);
    if (told > 0 && told < n)
        quo_setting_fault(list, "service_weight in every profile or in none", "%zu of %zu profiles have a service_weight", told, n);
    else if (told > 0 && fabs(services - 1.0) > 1e-6)
        quo_setting_fault(list, "weights that add up to 1", "the service weights of %zu profiles add up to %.9g", n, services);
    for (size_t i = 0; i < m->n_profiles; i++) {
        m->profile[i].weight /= total;
        m->profile[i].service_weight /= services;
        if (m->profile[i].protocol && m->profile[i].protocol->bridge)
            m->bridge_weight += m->profile[i].weight;
    }
    if (m->n_bands > 0 && m->band[0].bridges > 0.0 && list && m->bridge_weight == 0.0)
        quo_setting_fault(list, "a profile with bridge = true and a weight", "the bands tell of bridges, no profile is one");
}

static void read_bridge_faults(struct reader *r, const struct quo_setting *root)
{
    const struct quo_setting *group = quo_setting_group(root, "bridge_code_faults", false);
    struct quo_market *m = r->market;
    m->bridge_faults.in_messages = m->bridge_faults.elsewhere = NAN;
    if (!group)
        return;
    quo_setting_number(group, "in_messages", 0.0, 1e9, "incidents", true, &m->bridge_faults.in_messages);
    quo_setting_number(group, "elsewhere", 0.0, 1e9, "incidents", true, &m->bridge_faults.elsewhere);
    m->bridge_faults.source = text_of(r, group, "source");
    if (m->n_profiles > 0 && m->bridge_weight == 0.0)
        quo_setting_fault(group, "a profile with bridge = true and a weight", "bridges have faults of code, no profile is one");
}

enum quo_status quo_market_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_market **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t refused_before = quo_faults_refusals(faults);
    struct reader r = {.market = calloc(1, sizeof *r.market), .catalogue = catalogue, .faults = faults};
    struct quo_market *m = r.market;
    if (!m)
        return QUO_MACHINE;
    const struct quo_setting *root = quo_config_root(config);
    m->id = text_of(&r, root, "id");
    quo_setting_number(root, "reporting_completeness", 1e-3, 1.0, "", true, &m->reporting_completeness);
    quo_setting_date(root, "bands_date", true, &m->bands_day);
    read_bands(&r, root);
    read_years(&r, root);
    read_profiles(&r, root);
    read_bridge_faults(&r, root);
    if (quo_config_files(config) > 0)
        m->sha256 = quo_text_copy(quo_config_file_sha256(config, 0));
    enum quo_status status = quo_config_finish(config);
    if (r.no_memory)
        status = QUO_MACHINE;
    else if (quo_faults_refusals(faults) > refused_before)
        status = QUO_REFUSED;
    if (status)
        quo_market_free(m);
    else
        *out = m;
    return status;
}

enum quo_status quo_market_load(const char *path, const struct quo_catalogue *catalogue, struct quo_market **out,
                                struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    status = quo_market_read(config, catalogue, out, faults);
    quo_config_close(config);
    return status;
}
