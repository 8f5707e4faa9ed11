#include "check.h"
#include "policies/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void the_example_loads_as_it_stands(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_plan *plan = NULL;
    assert_int_equal(quo_plan_load("fixtures/examples/bridge.plan.cfg", &plan, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    assert_int_equal(plan->n_changes, 4);
    assert_string_equal(plan->change[0].id, "independent-verifiers");
    assert_string_equal(plan->change[0].set[0].path, "protocol.signer_sets.verifiers.signers.v-2.groups");
    assert_string_equal(plan->change[0].set[0].value, "org:second-operator,rpc:own-node");
    assert_true(plan->change[2].n_sets == 2 && plan->change[2].cost_per_year == 60000.0);
    assert_string_equal(plan->change[2].set[1].value, "3");
    quo_plan_free(plan);
    quo_faults_free(&faults);
}

static const struct {
    const char *text;
    int line;
    const char *says;
} bad[] = {
    {"changes = ();", 1, "no change"},
    {"change = ( { id = \"a\"; } );", 0, "changes"},
    {"changes = 5;", 1, "changes"},
    {"changes = ( 5 );", 1, "not a group"},
    {"changes = (\n{ says = \"x\"; cost_per_year = 1; set = [\"a=1\"]; } );", 2, "'id'"},
    {"changes = (\n{ id = \"a\"; set = [\"a=1\"]; } );", 2, "cost_per_year"},
    {"changes = (\n{ id = \"a\"; cost_per_year = -1; set = [\"a=1\"]; } );", 2, "cost_per_year"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1e400; set = [\"a=1\"]; } );", 2, "1e400"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; } );", 2, "'set'"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = []; } );", 2, "sets nothing"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = [\"threshold\"]; } );", 2, "no change of a setting"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = [\"=4\"]; } );", 2, "no change of a setting"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = [\"a= \"]; } );", 2, "no change of a setting"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = [5]; } );", 2, "5"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1;\nset = [\"a=4\", \"a=5\"]; } );", 3, "twice"},
    {"changes = (\n{ id = \"a\"; cost_per_year = 1; set = [\"a=4\"]; },\n{ id = \"a\"; cost_per_year = 1; set = "
     "[\"a=4\"]; } );",
     3, "line 2"},
    {"changes = (\n{ id = \"a\"; costs = 1; cost_per_year = 1; set = [\"a=4\"]; } );", 2, "costs"},
};

static void every_fault_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct quo_faults faults;
        struct quo_config *config = NULL;
        struct quo_plan *plan = NULL;
        quo_faults_init(&faults);
        enum quo_status status = quo_config_open_text(bad[i].text, strlen(bad[i].text), "plan.cfg", &config, &faults);
        if (status == QUO_OK) /* a number that is none is refused before anything is read */
            status = quo_plan_read(config, &plan, &faults);
        assert_int_equal(status, QUO_REFUSED);
        assert_null(plan);
        bool found = false;
        for (size_t f = 0; f < faults.n; f++)
            found |=
                (bad[i].line == 0 || faults.fault[f].line == bad[i].line) && strstr(faults.fault[f].text, bad[i].says);
        if (!found)
            fail_msg("case %zu: nothing about '%s' at line %d; the first of %zu: %s", i, bad[i].says, bad[i].line,
                     faults.n, faults.n ? faults.fault[0].text : "-");
        quo_config_close(config);
        quo_faults_free(&faults);
    }
}

static void a_change_is_cut_at_its_first_equals(void **state)
{
    (void)state;
    char *path, *value;
    assert_true(quo_plan_split(" covers.theft.event_limit = 5e6 ", &path, &value));
    assert_string_equal(path, "covers.theft.event_limit");
    assert_string_equal(value, "5e6");
    free(path);
    free(value);
    assert_true(quo_plan_split("a=b=c", &path, &value));
    assert_string_equal(value, "b=c");
    free(path);
    free(value);
    assert_false(quo_plan_split("nothing", &path, &value));
    assert_null(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_loads_as_it_stands),
        cmocka_unit_test(every_fault_is_told_with_its_line),
        cmocka_unit_test(a_change_is_cut_at_its_first_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
