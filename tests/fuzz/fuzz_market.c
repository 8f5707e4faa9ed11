/* Any bytes as a market, on the shipped catalogue. What is accepted must be possible, and the market must average to 1. */
#include "bytes.h"

#include <math.h>

static void check_market(const struct quo_market *m)
{
    assert(m->id && m->reporting_completeness > 0.0 && m->reporting_completeness <= 1.0 && m->n_bands > 0);
    double before = 0.0, weight = 0.0;
    for (size_t i = 0; i < m->n_bands; i++) {
        const struct quo_band *b = &m->band[i];
        assert(b->low_usd >= before && b->low_usd < b->high_usd && b->count >= 0.0);
        assert(b->count == 0.0 || (isfinite(b->mean_usd) && b->mean_usd >= 0.0));
        before = b->low_usd;
    }
    for (size_t i = 0; i < m->n_years; i++)
        assert(m->year[i].protocol_years >= 0.0 && m->year[i].tvl_usd >= 0.0);
    for (size_t i = 0; i < m->n_profiles; i++) {
        assert(m->profile[i].weight >= 0.0 && m->profile[i].protocol);
        weight += m->profile[i].weight;
    }
    assert(m->n_profiles == 0 || fabs(weight - 1.0) < 1e-9);
}

static void check_scale(const struct quo_market *market)
{
    struct quo_faults faults;
    struct quo_scale *scale = NULL;
    quo_faults_init(&faults);
    const enum quo_status status = quo_scale_new(bytes_catalogue(), market, &scale, &faults);
    assert((status == QUO_OK) == (scale != NULL));
    assert(status == QUO_OK || quo_faults_refusals(&faults) > 0);
    double mean[QUO_PERILS] = {0.0};
    for (size_t i = 0; scale && i < market->n_profiles; i++) {
        struct quo_relativity r[QUO_PERILS];
        assert(quo_score_relativities(market->profile[i].protocol, scale, r) == QUO_OK);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            mean[k] += quo_market_weight(&market->profile[i], (enum quo_peril)k) * r[k].frequency * r[k].severity * r[k].duration;
    }
    for (int k = 0; scale && k < QUO_COVERED_PERILS; k++)
        assert(fabs(mean[k] - 1.0) < 1e-6);
    quo_scale_free(scale);
    quo_faults_free(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_market *market = NULL;
    quo_faults_init(&faults);
    enum quo_status status = quo_config_open_text(size ? (const char *)data : "", size, "m.cfg", &config, &faults);
    if (status == QUO_OK)
        status = quo_market_read(config, bytes_catalogue(), &market, &faults);
    assert((status == QUO_OK) == (market != NULL));
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    if (market) {
        check_market(market);
        check_scale(market);
    }
    quo_market_free(market);
    quo_config_close(config);
    quo_faults_free(&faults);
    return 0;
}
