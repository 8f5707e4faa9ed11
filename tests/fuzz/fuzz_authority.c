/* Any bytes as an authority and as an effort file. What is accepted must be possible, and an authority decides whatever it is asked. */
#include "bytes.h"

#include <math.h>
#include "pricing/premium/authority.h"
#include "pricing/whatif/effort.h"

static void check_authority(const struct quo_authority *authority)
{
    static const double odd[] = {0.0, 1.0, 1e15, INFINITY, NAN};
    assert(authority->id);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct quo_authority_facts facts; /* numbers alone */
        for (size_t k = 0; k < sizeof facts / sizeof(double); k++)
            ((double *)&facts)[k] = odd[i];
        struct quo_reasons reasons = {0};
        const enum quo_decision decision = quo_authority_decide(authority, &facts, &reasons);
        assert((decision == QUO_DECISION_QUOTE) == (reasons.n == 0));
        quo_reasons_free(&reasons);
    }
}

static void check_effort(const struct quo_effort *e)
{
    assert(e->id && e->n_classes > 0 && e->n_controls == bytes_catalogue()->n_controls);
    assert(e->evidence >= 0 && e->evidence < QUO_EVIDENCE_GRADES && e->proof_evidence >= 0 &&
           e->proof_evidence < QUO_EVIDENCE_GRADES);
    assert(e->proof_class >= 0 && (size_t)e->proof_class < e->n_classes);
    for (size_t i = 0; i < e->n_classes; i++)
        assert(e->class[i].id && e->class[i].cost_per_year >= 0.0 && isfinite(e->class[i].cost_per_year));
    for (size_t i = 0; i < e->n_controls; i++)
        for (int level = 1; level < QUO_LEVELS; level++)
            assert(e->step[i][level] >= 0 && (size_t)e->step[i][level] < e->n_classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int as_effort = 0; as_effort < 2; as_effort++) {
        struct quo_faults faults;
        struct quo_config *config;
        struct quo_authority *authority = NULL;
        struct quo_effort *effort = NULL;
        quo_faults_init(&faults);
        enum quo_status status = quo_config_open_text(size ? (const char *)data : "", size, "a.cfg", &config, &faults);
        if (status == QUO_OK && as_effort)
            status = quo_effort_read(config, bytes_catalogue(), &effort, &faults);
        else if (status == QUO_OK)
            status = quo_authority_read(config, &authority, &faults);
        assert((status == QUO_OK) == (authority || effort));
        assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
        if (authority)
            check_authority(authority);
        if (effort)
            check_effort(effort);
        quo_authority_free(authority);
        quo_effort_free(effort);
        quo_config_close(config);
        quo_faults_free(&faults);
    }
    return 0;
}
