/* Any bytes as incidents, as published aggregates, and as outages with their windows (after a line "%windows"). */
#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include "risk/fitting/aggregates.h"
#include "risk/fitting/incidents.h"
#include "risk/fitting/outages.h"

static void check_incidents(const struct quo_incidents *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct quo_incident *x = &all->incident[i];
        assert(x->loss > 0.0 && isfinite(x->loss) && x->day >= all->from && x->day <= all->to && x->line >= 2);
        assert(x->peril >= 0 && x->peril <= QUO_INCIDENT_OTHER && x->entity && x->chain && x->sources);
        assert(x->bridge >= -1 && x->bridge <= 1 && x->state_actor >= -1 && x->state_actor <= 1);
        assert(!(x->recovered < 0.0) && !(x->exposure <= 0.0) && !(x->low > x->high) && !(x->floor < 0.0));
    }
}

static void check_aggregates(const struct quo_aggregates *all)
{
    char text[64];
    char **told = NULL;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        assert(all->row[i].from <= all->row[i].to && isfinite(all->row[i].value));
        quo_aggregates_against(all, i, text, sizeof text);
    }
    const enum quo_status status = quo_aggregates_contradictions(all, &told, &n);
    assert(status == QUO_OK);
    for (size_t i = 0; i < n; i++)
        free(told[i]);
    free(told);
}

static void check_outages(const struct quo_outages *all)
{
    struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1];
    double *value = malloc((all->n + 1) * sizeof *value);
    bool *censored = malloc(all->n + 1);
    assert(value && censored);
    quo_outages_rates(all, rate);
    for (int k = 0; k <= QUO_SERVICE_KINDS; k++)
        assert(!(rate[k].rate < 0.0) && !(rate[k].service_years < 0.0) && rate[k].stops >= 0);
    const size_t n = quo_outages_durations(all, 1.0, value, censored);
    assert(n <= all->n);
    for (size_t i = 0; i < n; i++)
        assert(value[i] > 1.0 && isfinite(value[i]));
    free(value);
    free(censored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[48], windows[48];
    size_t rest;
    const size_t n = bytes_part(data, size, "\n%windows\n", &rest);
    const int fd = bytes_file(data, n, path), other = bytes_file(size ? data + rest : data, size - rest, windows);
    for (int as = 0; as < 3; as++) {
        struct quo_faults faults;
        struct quo_incidents *incidents = NULL;
        struct quo_aggregates *aggregates = NULL;
        struct quo_outages *outages = NULL;
        quo_faults_init(&faults);
        const enum quo_status status = as == 0   ? quo_incidents_load(path, &incidents, &faults)
                                       : as == 1 ? quo_aggregates_load(path, &aggregates, &faults)
                                                 : quo_outages_load(path, windows, &outages, &faults);
        assert((status == QUO_OK) == (incidents || aggregates || outages));
        assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
        if (incidents)
            check_incidents(incidents);
        if (aggregates)
            check_aggregates(aggregates);
        if (outages)
            check_outages(outages);
        quo_incidents_free(incidents);
        quo_aggregates_free(aggregates);
        quo_outages_free(outages);
        quo_faults_free(&faults);
    }
    close(fd);
    close(other);
    return 0;
}
