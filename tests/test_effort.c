/* Effort files: the shipped one as it stands, and every fault with its line. */
#include "check.h"
#include "pricing/whatif/effort.h"
#include "told.h"

#include <string.h>

static struct quo_catalogue *catalogue;

static int open_catalogue(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    return quo_catalogue_load("fixtures/catalogue/controls.cfg", &catalogue, &faults) == QUO_OK ? 0 : -1;
}

static int close_catalogue(void **state)
{
    (void)state;
    quo_catalogue_free(catalogue);
    return 0;
}

/* The embedded bytes are the file's; a control without a word of its own takes the usual steps. */
static void the_shipped_file(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_effort *shipped = NULL, *file = NULL;
    quo_faults_init(&faults);
    assert_int_equal(quo_effort_load(NULL, catalogue, &shipped, &faults), QUO_OK);
    assert_int_equal(quo_effort_load("fixtures/plans/effort.cfg", catalogue, &file, &faults), QUO_OK);
    assert_int_equal(shipped->n_controls, catalogue->n_controls);
    assert_memory_equal(shipped->step, file->step, catalogue->n_controls * sizeof *file->step);
    for (size_t i = 1; i < shipped->n_classes; i++)
        assert_true(shipped->class[i].cost_per_year > shipped->class[i - 1].cost_per_year);
    for (size_t c = 0; c < catalogue->n_controls; c++)
        for (int level = 2; level < QUO_LEVELS; level++) /* a higher level never takes less */
            assert_true(shipped->step[c][level] >= shipped->step[c][level - 1]);
    const int timelock = quo_catalogue_control(catalogue, "GA-01"), vetting = quo_catalogue_control(catalogue, "PP-01");
    assert_string_equal(shipped->class[shipped->step[timelock][4]].id, "small");
    assert_string_equal(shipped->class[shipped->step[vetting][4]].id, "large");
    quo_effort_free(shipped);
    quo_effort_free(file);
    quo_effort_free(NULL);
    quo_faults_free(&faults);
}

#define HEAD                                                                                                           \
    "effort = { id = \"e\"; evidence = 2;\nclasses = ( { id = \"low\"; cost_per_year = 5; }, { id = \"high\"; "        \
    "cost_per_year = 9; } );\n"
#define STEPS "steps = [\"low\", \"low\", \"high\", \"high\"];\nproof = { evidence = 4; class = \"high\"; };\n"

static const struct {
    const char *text;
    int line;
    const char *says;
} bad[] = {
    {"changes = ();", 0, "effort"},
    {"effort = { };", 1, "classes"},
    {"effort = { id = \"e\"; evidence = 2; classes = (); " STEPS "};", 1, "no class"},
    {"effort = { id = \"e\"; evidence = 2;\nclasses = ( { id = \"low\"; cost_per_year = -5; } ); " STEPS "};", 2,
     "cost_per_year"},
    {"effort = { id = \"e\"; evidence = 2;\nclasses = ( { id = \"low\"; cost_per_year = 5; }, { id = \"low\"; "
     "cost_per_year = 5; } ); " STEPS "};",
     2, "twice"},
    {HEAD "steps = [\"low\", \"hgih\", \"high\", \"high\"];\nproof = { evidence = 4; class = \"low\"; }; };", 3,
     "hgih"},
    {HEAD "steps = [\"low\", \"high\"];\nproof = { evidence = 4; class = \"low\"; }; };", 3, "2 steps"},
    {HEAD STEPS "controls = ( { control = \"GA-99\"; steps = [\"low\", \"low\", \"low\", \"low\"]; } ); };", 5,
     "GA-99"},
    {HEAD STEPS "controls = ( { control = \"GA-01\"; steps = [\"low\", \"low\", \"low\", \"low\"]; },\n{ control = "
                "\"GA-01\"; steps = [\"low\", \"low\", \"low\", "
                "\"low\"]; } ); };",
     6, "twice"},
    {HEAD STEPS "controls = ( { control = \"GA-01\"; } ); };", 5, "steps"},
    {HEAD "steps = [\"low\", \"low\", \"low\", \"low\"];\nproof = { evidence = 5; class = \"low\"; }; };", 4,
     "evidence"},
    {HEAD "steps = [\"low\", \"low\", \"low\", \"low\"]; };", 0, "proof"},
    {HEAD STEPS "evidense = 3; };", 5, "evidense"},
};

static void every_fault_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct quo_faults faults;
        struct quo_config *config = NULL;
        struct quo_effort *effort = NULL;
        quo_faults_init(&faults);
        assert_int_equal(quo_config_open_text(bad[i].text, strlen(bad[i].text), "effort.cfg", &config, &faults),
                         QUO_OK);
        assert_int_equal(quo_effort_read(config, catalogue, &effort, &faults), QUO_REFUSED);
        assert_null(effort);
        bool found = false;
        for (size_t f = 0; f < faults.n; f++)
            found |=
                (bad[i].line == 0 || faults.fault[f].line == bad[i].line) && strstr(faults.fault[f].text, bad[i].says);
        if (!found)
            fail_msg("case %zu: nothing about '%s' at line %d: %s", i, bad[i].says, bad[i].line, told(&faults));
        quo_config_close(config);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_shipped_file),
                                       cmocka_unit_test(every_fault_is_told_with_its_line)};
    return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
