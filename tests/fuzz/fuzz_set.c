/* Any lines as PATH=VALUE changes of the example policy: judged as what-if does, alone and together. The base stays as it was, and
 * what is accepted is a policy. */
#include "bytes.h"

#include <stdlib.h>
#include "pricing/whatif/variants.h"

#define POLICY "fixtures/examples/bridge.policy.cfg"
#define LINES 12

static struct quo_plan *plan_of(const uint8_t *data, size_t size)
{
    struct quo_plan *plan = calloc(1, sizeof *plan);
    char *lines = strndup(size ? (const char *)data : "", size), *rest = lines, *line;
    assert(plan && lines);
    while (plan->n_changes < LINES && (line = strsep(&rest, "\n"))) {
        const size_t before = plan->n_changes;
        if (quo_plan_add(plan, line) == QUO_REFUSED)
            assert(plan->n_changes == before);
    }
    free(lines);
    return plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct quo_variants *none; /* the example without a change: its tree must never move */
    struct quo_faults faults;
    struct quo_variants *variants = NULL;
    quo_faults_init(&faults);
    if (!none)
        assert(quo_variants_new(POLICY, bytes_catalogue(), plan_of(NULL, 0), NULL, &none, &faults) == QUO_OK);
    const enum quo_status status =
        quo_variants_new(POLICY, bytes_catalogue(), plan_of(data, size), NULL, &variants, &faults);
    assert((status == QUO_OK) == (variants != NULL));
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    for (size_t i = 0; variants && i <= variants->n; i++) {
        const struct quo_subset some = quo_subset_all(i);
        struct quo_policy *policy;
        const enum quo_status one = quo_variants_policy(variants, some, &policy, NULL);
        assert((one == QUO_OK) == (policy != NULL) && (one == QUO_OK || (i > 0 && i < variants->n)));
        if (i == 0)
            assert(policy->n_covers == 2 && strcmp(policy->id, "EX-2026-0001") == 0);
        quo_policy_free(policy);
    }
    quo_variants_free(variants);
    quo_faults_free(&faults);
    return 0;
}
