#include "check.h"
#include "whatifs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "told.h"

#define BRIDGE "fixtures/examples/bridge.policy.cfg"

int whatifs_open(void **state)
{
    static struct whatifs_desk desk;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    quo_faults_init(&desk.faults);
    *state = &desk;
    return quo_engine_new(&shipped, &desk.engine, &desk.faults) == QUO_OK ? 0 : -1;
}

int whatifs_close(void **state)
{
    struct whatifs_desk *desk = *state;
    quo_engine_free(desk->engine);
    quo_faults_free(&desk->faults);
    return 0;
}

static struct quo_variants *variants_of(struct whatifs_desk *desk, const char *policy, struct quo_plan *plan)
{
    struct quo_variants *variants = NULL;
    if (quo_variants_new(policy, desk->engine->catalogue, plan, "plan", &variants, &desk->faults) != QUO_OK)
        fail_msg("%s", told(&desk->faults));
    return variants;
}

struct quo_variants *whatifs_file(struct whatifs_desk *desk, const char *policy, const char *plan)
{
    struct quo_plan *read = NULL;
    assert_int_equal(quo_plan_load(plan, &read, &desk->faults), QUO_OK);
    return variants_of(desk, policy, read);
}

struct quo_variants *whatifs_text(struct whatifs_desk *desk, const char *policy, const char *plan)
{
    struct quo_config *config = NULL;
    struct quo_plan *read = NULL;
    assert_int_equal(quo_config_open_text(plan, strlen(plan), "plan", &config, &desk->faults), QUO_OK);
    if (quo_plan_read(config, &read, &desk->faults) != QUO_OK)
        fail_msg("%s", told(&desk->faults));
    quo_config_close(config);
    return variants_of(desk, policy, read);
}

/* Paths of their own each, so that any of them can stand together. */
static const char *const pool[WHATIFS_POOL] = {
    "\"protocol.answers.SD-04.level=4\", \"protocol.answers.SD-04.evidence=3\"",
    "\"protocol.signer_sets.treasury.threshold=4\"",
    "\"protocol.caps.bridge-outflow.per_hour_usd=1e6\"",
    "\"protocol.signer_sets.verifiers.signers.v-2.groups=org:second-operator,rpc:own-node\"",
    "\"protocol.signer_sets.verifiers.signers.v-1.groups=org:third-operator,rpc:other-node\"",
    "\"protocol.answers.MO-04.level=4\", \"protocol.answers.MO-04.evidence=4\"",
    "\"protocol.answers.KM-03.level=3\", \"protocol.answers.KM-03.evidence=2\"",
    "\"protocol.delays.upgrade.delay_hours=72\"",
    "\"protocol.answers.BR-03.level=3\", \"protocol.answers.BR-03.evidence=4\"",
    "\"protocol.answers.BR-05.level=4\", \"protocol.answers.BR-05.evidence=3\"",
    "\"protocol.answers.MO-02.level=3\", \"protocol.answers.MO-02.evidence=3\"",
    "\"protocol.answers.VI-01.level=3\", \"protocol.answers.VI-01.evidence=3\"",
    "\"protocol.signer_sets.treasury.signers.ops-3.storage=hsm\"",
    "\"protocol.signer_sets.treasury.signers.ops-2.groups=org:outside,device:brand-b\"",
    "\"protocol.answers.CE-06.level=3\", \"protocol.answers.CE-06.evidence=4\"",
    "\"protocol.answers.GA-04.level=3\", \"protocol.answers.GA-04.evidence=3\"",
    "\"covers.standstill.event_limit=1e6\"", /* less cover */
    "\"protocol.answers.IR-01.level=1\"",    /* harm */
    "\"protocol.answers.KM-05.level=4\", \"protocol.answers.KM-05.evidence=3\"",
    ("\"protocol.signer_sets.treasury.signers+={ id = \\\"ext-2\\\"; storage = \\\"hsm\\\"; groups = "
     "[\\\"org:other\\\"]; }\""),
};

static struct quo_variants *from_pool(struct whatifs_desk *desk, const size_t *which, const double *cost, size_t n)
{
    char text[16384];
    size_t k = (size_t)snprintf(text, sizeof text, "changes = (");
    for (size_t i = 0; i < n; i++)
        k += (size_t)snprintf(text + k, sizeof text - k, "%s{ id = \"c%zu\"; cost_per_year = %.0f; set = [%s]; }",
                              i ? "," : "", which[i], cost[i], pool[which[i]]);
    snprintf(text + k, sizeof text - k, ");");
    return whatifs_text(desk, BRIDGE, text);
}

struct quo_variants *whatifs_random(struct whatifs_desk *desk, struct quo_stream *stream, size_t n)
{
    size_t which[WHATIFS_POOL];
    double cost[WHATIFS_POOL];
    for (size_t i = 0; i < WHATIFS_POOL; i++) {
        const size_t j = quo_stream_below(stream, (uint32_t)i + 1);
        which[i] = which[j];
        which[j] = i;
    }
    for (size_t i = 0; i < n; i++)
        cost[i] = 1000.0 * quo_stream_below(stream, 61); /* some for nothing, many alike */
    return from_pool(desk, which, cost, n);
}

struct quo_variants *whatifs_pool(struct whatifs_desk *desk, size_t n)
{
    size_t which[WHATIFS_POOL];
    double cost[WHATIFS_POOL];
    for (size_t i = 0; i < n; i++) {
        which[i] = i;
        cost[i] = 5000.0 * (double)(1 + (7 * i) % 11);
    }
    return from_pool(desk, which, cost, n);
}
