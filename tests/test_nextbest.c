/* The next steps: each is a what-if of its own, ranked, with nothing left out that saves. */
#include "check.h"
#include "whatifs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/nextbest.h"

static struct quo_variants *base_of(struct whatifs_desk *desk, const char *policy)
{
    struct quo_variants *v = NULL;
    assert_int_equal(
        quo_variants_new(policy, desk->engine->catalogue, calloc(1, sizeof(struct quo_plan)), NULL, &v, &desk->faults),
        QUO_OK);
    return v;
}

/* The first three against changes written by hand; order; what a step is. */
static void steps_are_changes(void **state)
{
    struct whatifs_desk *desk = *state;
    static const char *const files[] = {"fixtures/examples/bridge.policy.cfg", "fixtures/cases/bybit.policy.cfg",
                                        "fixtures/cases/counterpart.policy.cfg"};
    struct quo_effort *effort = NULL;
    const struct quo_values_options options = {.draws = 0, .seed = 1};
    assert_int_equal(quo_effort_load(NULL, desk->engine->catalogue, &effort, &desk->faults), QUO_OK);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct quo_variants *v = base_of(desk, files[f]);
        struct quo_nextbest best;
        assert_int_equal(quo_nextbest_find(desk->engine, v, effort, &options, &best), QUO_OK);
        quo_variants_free(v);
        assert_true(best.n > 3 && best.n <= best.tried);
        for (size_t i = 0; i < best.n; i++) {
            const struct quo_next *next = &best.next[i];
            assert_true(next->saving > 0.0 && (i == 0 || next->saving <= best.next[i - 1].saving));
            assert_int_equal(next->level,
                             next->proof ? next->from_level : (next->from_level > 0 ? next->from_level : 0) + 1);
            check_rel(next->cost_per_year, effort->class[next->class].cost_per_year, 0.0, "cost of the class");
        }
        for (size_t i = best.n; i < best.tried; i++)
            assert_true(best.next[i].saving <= 0.0);
        for (size_t i = 0; i < 3; i++) {
            char plan[512];
            const char *id = desk->engine->catalogue->control[best.next[i].control].id;
            snprintf(plan, sizeof plan,
                     "changes = ( { id = \"x\"; cost_per_year = 0; set = [\"protocol.answers.%s.level=%d\", "
                     "\"protocol.answers.%s.evidence=%d\"]; } );",
                     id, best.next[i].level, id, best.next[i].evidence);
            struct quo_variants *one = whatifs_text(desk, files[f], plan);
            struct quo_values *values = NULL;
            struct quo_outcome outcome;
            assert_int_equal(quo_values_new(desk->engine, one, &options, &values), QUO_OK);
            assert_int_equal(quo_values_get(values, quo_subset_with(quo_subset_none(), 0), &outcome), QUO_OK);
            assert_true(outcome.gross_premium == best.next[i].outcome.gross_premium);
            quo_values_free(values);
            quo_variants_free(one);
        }
        quo_nextbest_free(&best);
    }
    quo_effort_free(effort);
}

/* A protocol that is no bridge is not asked about bridges; what is not applicable is not offered. */
static void only_what_concerns_the_protocol(void **state)
{
    struct whatifs_desk *desk = *state;
    const struct quo_catalogue *catalogue = desk->engine->catalogue;
    struct quo_effort *effort = NULL;
    const struct quo_values_options options = {.draws = 0, .seed = 1};
    assert_int_equal(quo_effort_load(NULL, catalogue, &effort, &desk->faults), QUO_OK);
    struct quo_variants *v = base_of(desk, "fixtures/cases/bybit.policy.cfg");
    struct quo_nextbest best;
    assert_int_equal(quo_nextbest_find(desk->engine, v, effort, &options, &best), QUO_OK);
    for (size_t i = 0; i < best.tried; i++)
        assert_false(catalogue->control[best.next[i].control].bridge_only);
    quo_nextbest_free(&best);
    quo_variants_free(v);
    quo_effort_free(effort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_changes),
                                       cmocka_unit_test(only_what_concerns_the_protocol)};
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
