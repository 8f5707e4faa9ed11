#include "annual_kit.h"

#include "check.h"

struct quo_workspace *annual_kit_plans;

int annual_kit_open(void **state)
{
    (void)state;
    annual_kit_plans = quo_workspace_new();
    return annual_kit_plans ? 0 : -1;
}

int annual_kit_close(void **state)
{
    (void)state;
    quo_workspace_free(annual_kit_plans);
    return 0;
}

struct quo_annual *annual_kit_law(const struct quo_contract *c, const struct quo_annual_options *with)
{
    struct quo_annual_options options;
    quo_annual_options_init(&options);
    options.workspace = annual_kit_plans;
    struct quo_annual *a = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    if (quo_annual_new(c, with ? with : &options, &a, &faults) != QUO_OK)
        fail_msg("refused: %s", faults.n ? faults.fault[0].text : "no reason");
    quo_faults_free(&faults);
    return a;
}

struct quo_contract annual_kit_lognormal(double lambda, double meanlog, double sdlog, double limit)
{
    struct quo_contract c;
    quo_contract_init(&c);
    c.frequency = quo_frequency_poisson(lambda);
    c.event.severity = quo_severity_simple(QUO_LOGNORMAL, (const double[]){meanlog, sdlog});
    c.event.limit = limit;
    return c;
}
