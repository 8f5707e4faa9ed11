/* Prices by shared parts against prices by the long way, set by set. */
#include "check.h"
#include "whatifs.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/whatif/everyset.h"
#include "pricing/whatif/setlaw.h"

#define BRIDGE "fixtures/examples/bridge.policy.cfg"

/* Every `every`-th set of the variants, each by both ways; frees the variants. */
static void compare(struct whatifs_desk *desk, struct quo_variants *v, size_t every)
{
    const struct quo_values_options options = {.draws = 0, .seed = 1, .scored = true};
    struct quo_values *values = NULL;
    struct quo_setlaw *law = NULL;
    assert_int_equal(quo_values_new(desk->engine, v, &options, &values), QUO_OK);
    assert_int_equal(quo_setlaw_new(desk->engine, v, &law), QUO_OK);
    for (size_t m = 0; m < (size_t)1 << v->n; m += every) {
        struct quo_subset s = quo_subset_none();
        struct quo_outcome outcome;
        double gross = NAN;
        s.word[0] = m;
        assert_int_equal(quo_values_get(values, s, &outcome), QUO_OK);
        double loss = NAN;
        enum quo_status status = quo_setlaw_gross(law, m, &gross);
        if (status == QUO_OK)
            status = quo_setlaw_loss(law, m, &loss);
        check_rel(loss, outcome.expected_loss, 1e-12, "expected loss");
        double score = NAN;
        assert_int_equal(quo_setlaw_score(law, m, &score), QUO_OK);
        if (score != outcome.score)
            fail_msg("set %zx: score %.17g by perils, %.17g", m, score, outcome.score);
        if (status || !(fabs(gross / outcome.gross - 1.0) < 4e-9))
            fail_msg("set %zx: status %d, %.10g by parts, %.10g", m, status, gross, outcome.gross);
    }
    quo_setlaw_free(law);
    quo_values_free(values);
    quo_variants_free(v);
}

static void plans_of_the_pool(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(61, 0, 0, 1);
    for (int round = 0; round < 6; round++)
        compare(desk, whatifs_random(desk, &stream, 10), 7);
    compare(desk, whatifs_pool(desk, 20), 8191);
}

/* Terms, covers and exposure are the frame; a frame's change works besides others, in any order of asking. */
static void frames(void **state)
{
    compare(
        *state,
        whatifs_text(*state, BRIDGE,
                     "changes = ( { id = \"a\"; cost_per_year = 1; set = [\"covers.theft.event_limit=8e6\"]; },"
                     " { id = \"b\"; cost_per_year = 1; set = [\"protocol.answers.SD-04.level=4\"]; },"
                     " { id = \"c\"; cost_per_year = 1; set = [\"protocol.exposure_usd=9e7\"]; },"
                     " { id = \"d\"; cost_per_year = 1; set = [\"pricing.principle=wang\", \"pricing.lambda=0.4\"]; },"
                     " { id = \"e\"; cost_per_year = 1; set = [\"clauses.state_actor=none\"]; },"
                     " { id = \"f\"; cost_per_year = 1; set = [\"protocol.signer_sets.treasury.threshold=4\"]; } );"),
        1);
}

/* Changes that meet in one mechanism: signers, thresholds, storage, the answers that feed them, delays and those who watch. */
static void changes_that_meet(void **state)
{
    compare(
        *state,
        whatifs_text(
            *state, BRIDGE,
            "changes = ( { id = \"a\"; cost_per_year = 1; set = [\"protocol.signer_sets.treasury.threshold=4\"]; },"
            " { id = \"b\"; cost_per_year = 1; set = [\"protocol.signer_sets.treasury.signers.ops-3.storage=hsm\"]; },"
            " { id = \"c\"; cost_per_year = 1; set = [\"protocol.answers.KM-03.level=4\", "
            "\"protocol.answers.KM-03.evidence=4\"]; },"
            " { id = \"d\"; cost_per_year = 1; set = [\"protocol.delays.upgrade.delay_hours=96\"]; },"
            " { id = \"e\"; cost_per_year = 1; set = [\"protocol.answers.MO-02.level=4\", "
            "\"protocol.answers.MO-02.evidence=4\"]; },"
            " { id = \"f\"; cost_per_year = 1; set = [\"protocol.answers.IR-05.level=4\", "
            "\"protocol.answers.IR-05.evidence=4\"]; },"
            " { id = \"g\"; cost_per_year = 1; set = [\"protocol.caps.bridge-outflow.per_hour_usd=5e5\"]; },"
            " { id = \"h\"; cost_per_year = 1; set = [\"protocol.answers.PP-04.level=4\", "
            "\"protocol.answers.PP-04.evidence=4\"]; } );"),
        1);
}

/* A price that is drawn or simulated has no shared parts; the values go the long way then, or say so. */
static void no_shared_parts(void **state)
{
    struct whatifs_desk *desk = *state;
    const struct quo_values_options options = {.draws = 10, .seed = 1};
    struct quo_values *values = NULL;
    const double *gross, *loss;
    struct quo_variants *v = whatifs_text(
        desk, BRIDGE,
        "changes = ( { id = \"load\"; cost_per_year = 0; set = [\"pricing.uncertainty_quantile=0.75\"]; },"
        " { id = \"cap\"; cost_per_year = 0; set = [\"protocol.caps.bridge-outflow.per_hour_usd=1e6\"]; } );");
    assert_int_equal(quo_values_new(desk->engine, v, &options, &values), QUO_OK);
    assert_int_equal(quo_values_all(values, 2, false, NULL, &gross, &loss), QUO_REFUSED);
    assert_true(!quo_values_known(values, &gross, &loss) && !gross && !loss);
    assert_int_equal(quo_values_all(values, 2, true, NULL, &gross, &loss), QUO_OK);
    assert_false(quo_values_shared(values));
    for (size_t m = 0; m < 4; m++) {
        struct quo_subset s = quo_subset_none();
        struct quo_outcome outcome;
        s.word[0] = m;
        assert_int_equal(quo_values_get(values, s, &outcome), QUO_OK);
        assert_true(gross[m] == outcome.gross && loss[m] == outcome.expected_loss);
    }
    quo_values_free(values);
    quo_variants_free(v);
}

/* The sets within a budget: counted by hand. */
static void sets_within_a_budget(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v = whatifs_pool(desk, 4);
    const double cost[] = {1.0, 2.0, 3.0, 4.0};
    uint64_t *set;
    size_t n;
    assert_int_equal(quo_everyset_within(desk->engine, v, cost, 3.0, 100, &set, &n), QUO_OK);
    assert_int_equal(n, 5); /* none, 1, 2, 3, 1 and 2 */
    free(set);
    assert_int_equal(quo_everyset_within(desk->engine, v, cost, 3.0, 4, &set, &n), QUO_REFUSED);
    assert_int_equal(quo_everyset_within(desk->engine, v, cost, INFINITY, 16, &set, &n), QUO_OK);
    assert_int_equal(n, 16);
    free(set);
    quo_variants_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_of_the_pool),    cmocka_unit_test(frames),
        cmocka_unit_test(changes_that_meet),    cmocka_unit_test(no_shared_parts),
        cmocka_unit_test(sets_within_a_budget),
    };
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
