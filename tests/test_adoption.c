/* What adopting a change means at a protocol: never less than what is there, wildcards, and a protocol as text and back. */
#include "check.h"
#include "whatifs.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookprotocols.h"
#include "pricing/whatif/adoption.h"

/* One setting at the example bridge; what it comes to, joined by blanks. */
static const struct {
    const char *path, *value, *want;
} rules[] = {
    {"protocol.answers.SD-04.level", "3", "protocol.answers.SD-04.level=3"},
    {"protocol.answers.SD-04.level", "1", ""},                               /* there already */
    {"protocol.answers.IR-01.level", "2", ""},                               /* has 3 */
    {"protocol.answers.KM-01.level", "0", "protocol.answers.KM-01.level=0"}, /* not answered */
    {"protocol.answers.KM-02.evidence", "1", ""},
    {"protocol.answers.KM-02.evidence", "2", "protocol.answers.KM-02.evidence=2"},
    {"protocol.answers.KM-02.coverage", "0.5", "protocol.answers.KM-02.coverage=0.5"}, /* no rule: as it stands */
    {"protocol.signer_sets.*.threshold", "60%", ""},                                   /* 3 of 5 is there, 2 of 3 too */
    {"protocol.signer_sets.*.threshold", "67%",
     "protocol.signer_sets.treasury.threshold=4 protocol.signer_sets.verifiers.threshold=3"},
    {"protocol.signer_sets.treasury.threshold", "2", ""},
    {"protocol.signer_sets.treasury.threshold", "5", "protocol.signer_sets.treasury.threshold=5"},
    {"protocol.signer_sets.*.signers.*.storage", "hardware_wallet",
     ""}, /* the catalogue takes a cloud's key no oftener */
    {"protocol.signer_sets.*.signers.*.storage", "hsm",
     "protocol.signer_sets.treasury.signers.ops-1.storage=hsm protocol.signer_sets.treasury.signers.ops-2.storage=hsm "
     "protocol.signer_sets.treasury.signers.ops-3.storage=hsm protocol.signer_sets.treasury.signers.dev-1.storage=hsm "
     "protocol.signer_sets.verifiers.signers.v-1.storage=hsm protocol.signer_sets.verifiers.signers.v-2.storage=hsm"},
    {"protocol.delays.*.delay_hours", "12", ""},
    {"protocol.delays.*.delay_hours", "48", "protocol.delays.upgrade.delay_hours=48"},
    {"protocol.caps.*.per_hour_usd", "1e6", "protocol.caps.bridge-outflow.per_hour_usd=1e6"},
    {"covers.theft.event_limit", "5e6", "covers.theft.event_limit=5e6"},
};

static void rules_of_adoption(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_protocol *protocol = NULL;
    assert_int_equal(
        quo_protocol_load("fixtures/examples/bridge.protocol.cfg", desk->engine->catalogue, &protocol, &desk->faults),
        QUO_OK);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct quo_plan_setting set = {(char *)(uintptr_t)rules[i].path, (char *)(uintptr_t)rules[i].value, 7};
        const struct quo_change change = {.set = &set, .n_sets = 1};
        struct quo_adoption adoption;
        char got[1024] = "";
        assert_int_equal(quo_adoption_of(&change, protocol, desk->engine->catalogue, &adoption), QUO_OK);
        for (size_t k = 0; k < adoption.n; k++) {
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s=%s", k ? " " : "", adoption.set[k].path,
                     adoption.set[k].value);
            assert_int_equal(adoption.set[k].line, 7);
        }
        quo_adoption_free(&adoption);
        assert_string_equal(got, rules[i].want);
    }
    quo_protocol_free(protocol);
}

/* Every row of the sample as text and read back: the same relativities to the last bit. */
static void text_and_back(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_bookprotocols protocols;
    struct quo_rejects rejects;
    quo_bookprotocols_init(&protocols);
    quo_rejects_init(&rejects, NULL, NULL, 0);
    assert_int_equal(quo_bookprotocols_load("fixtures/market-sample/protocols.csv", desk->engine->catalogue, &protocols,
                                            &rejects, &desk->faults),
                     QUO_OK);
    assert_true(protocols.n == 60);
    for (size_t i = 0; i < protocols.n; i++) {
        struct quo_config *config = NULL;
        struct quo_protocol *back = NULL;
        struct quo_relativity a[QUO_PERILS], b[QUO_PERILS];
        char *text = quo_adoption_text(protocols.protocol[i], desk->engine->catalogue);
        assert_non_null(text);
        assert_int_equal(quo_config_open_text(text, strlen(text), "row", &config, &desk->faults), QUO_OK);
        assert_int_equal(quo_protocol_read(quo_setting_group(quo_config_root(config), "protocol", true),
                                           desk->engine->catalogue, &back, &desk->faults),
                         QUO_OK);
        assert_int_equal(quo_score_relativities(protocols.protocol[i], desk->engine->scale, a), QUO_OK);
        assert_int_equal(quo_score_relativities(back, desk->engine->scale, b), QUO_OK);
        for (int p = 0; p < QUO_PERILS; p++)
            assert_true(a[p].frequency == b[p].frequency && a[p].severity == b[p].severity &&
                        a[p].duration == b[p].duration && a[p].outflow.n_caps == b[p].outflow.n_caps);
        assert_true(back->exposure_usd == protocols.protocol[i]->exposure_usd &&
                    back->n_dependencies == protocols.protocol[i]->n_dependencies);
        free(text);
        quo_protocol_free(back);
        quo_config_close(config);
    }
    quo_bookprotocols_free(&protocols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules_of_adoption), cmocka_unit_test(text_and_back)};
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
