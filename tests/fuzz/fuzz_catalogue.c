/* Any bytes as a catalogue. What is accepted must be possible: ranges in order, weights, names that find themselves, and a scale
 * on a market of one protocol without answers, where every relativity is 1. */
#include "bytes.h"

#include <math.h>
#include <stdlib.h>

static void check_control(const struct quo_catalogue *catalogue, size_t i)
{
    const struct quo_control *control = &catalogue->control[i];
    assert(control->id && quo_catalogue_control(catalogue, control->id) == (int)i);
    for (size_t k = 0; k < control->n_effects; k++) {
        const struct quo_effect *e = &control->effect[k];
        assert(e->low > 0.0 && e->low <= e->mode && e->mode <= e->high && e->high <= 100.0);
        assert(e->channel >= 0 && e->channel < QUO_CHANNELS);
    }
}

/* Every profile of this market answers nothing, so it is the market's average itself. */
static void check_scale(const struct quo_catalogue *catalogue)
{
    static const char text[] =
        "id = \"m\"; reporting_completeness = 0.8; bands_date = \"2026-06-30\";\n"
        "bands = ( { low_usd = 1e6; high_usd = 1e9; count = 10; total_usd = 1e9; source = \"x\"; } );\n"
        "years = ( { year = 2025; protocol_years = 10.0; tvl_usd = 1e9; source = \"x\"; } );\n"
        "profiles = ( { id = \"p\"; says = \"one\"; weight = 1.0; protocol = { id = \"p\"; exposure_usd = 1e8; }; } "
        ");\n";
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_market *market = NULL;
    struct quo_scale *scale = NULL;
    quo_faults_init(&faults);
    enum quo_status status = quo_config_open_text(text, strlen(text), "m.cfg", &config, &faults);
    assert(status == QUO_OK);
    status = quo_market_read(config, catalogue, &market, &faults);
    if (getenv("VERBOSE"))
        for (size_t i = 0; i < faults.n; i++)
            fprintf(stderr, "%d %s\n", faults.fault[i].line, faults.fault[i].text);
    assert(status == QUO_OK);
    status = quo_scale_new(catalogue, market, &scale, &faults);
    assert((status == QUO_OK) == (scale != NULL));
    assert(status == QUO_OK || quo_faults_refusals(&faults) > 0);
    if (scale) {
        struct quo_relativity r[QUO_PERILS];
        status = quo_score_relativities(market->profile[0].protocol, scale, r);
        assert(status == QUO_OK);
        for (int k = 0; k < QUO_COVERED_PERILS; k++)
            assert(fabs(r[k].frequency * r[k].severity * r[k].duration - 1.0) < 1e-9);
    }
    quo_scale_free(scale);
    quo_market_free(market);
    quo_config_close(config);
    quo_faults_free(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_catalogue *catalogue = NULL;
    quo_faults_init(&faults);
    enum quo_status status = quo_config_open_text(size ? (const char *)data : "", size, "c.cfg", &config, &faults);
    if (status == QUO_OK)
        status = quo_catalogue_read(config, &catalogue, &faults);
    assert((status == QUO_OK) == (catalogue != NULL));
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    if (catalogue) {
        for (size_t i = 0; i < catalogue->n_controls; i++)
            check_control(catalogue, i);
        check_scale(catalogue);
    }
    quo_catalogue_free(catalogue);
    quo_config_close(config);
    quo_faults_free(&faults);
    return 0;
}
