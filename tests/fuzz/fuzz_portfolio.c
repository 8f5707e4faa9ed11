/* Any bytes as reinsurance, as stated disasters and as dependences. What is accepted must be possible. */
#include "bytes.h"

#include <math.h>
#include "pricing/portfolio/dependence.h"
#include "pricing/portfolio/disaster.h"
#include "pricing/portfolio/treaty.h"

static void check_treaties(const struct quo_treaties *treaties)
{
    assert(treaties->n > 0);
    for (size_t i = 0; i < treaties->n; i++) {
        const struct quo_treaty *t = &treaties->treaty[i];
        assert(t->id && t->kind < QUO_TREATY_KINDS && t->share >= 0.0 && t->share <= 1.0);
        assert(t->retention >= 0 && t->limit > 0 && t->reinstatements >= -1 && t->premium >= 0.0);
        assert(t->reinstatement_premium >= 0.0 && isfinite(t->premium * t->reinstatement_premium));
        assert(i == 0 || treaties->treaty[i - 1].kind != QUO_TREATY_ANNUAL_AGGREGATE ||
               t->kind == QUO_TREATY_ANNUAL_AGGREGATE);
    }
}

static void check_scenarios(const struct quo_scenarios *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double day = 0.0;
        for (size_t k = 0; k < s->scenario[i].n_strikes; k++) {
            const struct quo_strike *strike = &s->scenario[i].strike[k];
            assert(strike->day >= day && strike->size >= 0.0 && strike->peril < QUO_COVERED_PERILS);
            assert(strike->target == QUO_STRIKE_CAMPAIGN ? strike->count > 0 : strike->name != NULL);
            assert(strike->by == QUO_STRIKE_ONCE_IN ||
                   (strike->by == QUO_STRIKE_HOURS) == quo_peril_in_hours(strike->peril));
            day = strike->day;
        }
    }
}

static void check_dependence(const struct quo_dependence *d)
{
    assert(d->n_links <= QUO_DEPENDENCE_LINKS && d->highest_chance > 0.0 && d->highest_chance <= 1.0);
    assert(d->campaigns >= 0.0 && d->campaign_shape > 0.0 && d->campaign_part >= 0.0 && d->campaign_part <= 1.0);
    assert(fabs(d->size_correlation) <= 1.0 && fabs(d->outage_correlation) <= 1.0);
    assert(d->contagion >= 0.0 && d->bridge_contagion >= 0.0 && d->bridge_contagion <= 1.0);
    for (int k = 0; k < QUO_PERILS; k++)
        assert(isnan(d->campaign_share[k]) || (d->campaign_share[k] >= 0.0 && d->campaign_share[k] <= 1.0));
    for (size_t i = 0; i < d->n_links; i++)
        assert(d->link[i].kind[0] && d->link[i].share >= 0.0 && d->link[i].share <= 1.0 &&
               !(d->link[i].shock_rate < 0.0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (bytes_include(data, size))
        return 0;
    char path[48];
    const int fd = bytes_file(data, size, path);
    for (int as = 0; as < 3; as++) {
        struct quo_faults faults;
        struct quo_treaties *treaties = NULL;
        struct quo_scenarios *scenarios = NULL;
        struct quo_dependence dependence;
        quo_faults_init(&faults);
        quo_dependence_init(&dependence);
        const enum quo_status status = as == 0   ? quo_treaties_load(path, &treaties, &faults)
                                       : as == 1 ? quo_scenarios_load(path, &scenarios, &faults)
                                                 : quo_dependence_load(path, &dependence, &faults);
        assert((status == QUO_OK) == (treaties || scenarios || as == 2) || status != QUO_OK);
        assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
        if (treaties)
            check_treaties(treaties);
        if (scenarios)
            check_scenarios(scenarios);
        if (as == 2 && status == QUO_OK)
            check_dependence(&dependence);
        quo_treaties_free(treaties);
        quo_scenarios_free(scenarios);
        quo_faults_free(&faults);
    }
    close(fd);
    return 0;
}
