/* The shipped catalogue is what it says it is; each fault of a changed copy is told at its line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static char *shipped;

static int open_file(void **state)
{
    (void)state;
    shipped = kit_file("fixtures/catalogue/controls.cfg");
    return 0;
}

static int close_file(void **state)
{
    (void)state;
    free(shipped);
    return 0;
}

static enum quo_status read_text(const char *text, struct quo_catalogue **out, struct quo_faults *faults)
{
    struct quo_config *config;
    *out = NULL;
    enum quo_status status = quo_config_open_text(text, strlen(text), "changed.cfg", &config, faults);
    if (status)
        return status;
    status = quo_catalogue_read(config, out, faults);
    quo_config_close(config);
    return status;
}

static void the_shipped_catalogue_has_58_controls_in_nine_domains(void **state)
{
    (void)state;
    static const struct {
        const char *domain;
        int controls;
    } want[] = {{"KM", 8}, {"SD", 7}, {"GA", 8}, {"BR", 6}, {"MO", 5}, {"IR", 6}, {"VI", 7}, {"CE", 6}, {"PP", 5}};
    struct quo_catalogue *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_catalogue_load("fixtures/catalogue/controls.cfg", &c, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    assert_int_equal(c->n_controls, 58);
    assert_int_equal(c->n_domains, 9);
    assert_int_equal(c->n_rules, 10);
    for (size_t d = 0; d < c->n_domains; d++) {
        int n = 0;
        for (size_t i = 0; i < c->n_controls; i++)
            n += c->control[i].domain_index == (int)d;
        assert_string_equal(c->domain[d].id, want[d].domain);
        assert_int_equal(n, want[d].controls);
    }
    quo_catalogue_free(c);
    quo_faults_free(&faults);
}

static void every_control_is_complete_and_works_somewhere_once(void **state)
{
    (void)state;
    struct quo_catalogue *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_catalogue_load("fixtures/catalogue/controls.cfg", &c, &faults);
    for (size_t i = 0; i < c->n_controls; i++) {
        const struct quo_control *k = &c->control[i];
        assert_true(strlen(k->question) > 10 && strlen(k->evidence) > 5);
        for (int l = 0; l < QUO_LEVELS; l++)
            assert_true(k->criteria[l] && k->criteria[l][0]);
        assert_true(k->n_effects + k->n_inputs > 0 || k->reliability_gain[4] > 0.0);
        assert_true(k->perils != 0);
        for (size_t e = 0; e < k->n_effects; e++) {
            const struct quo_effect *effect = &k->effect[e];
            assert_true(effect->low <= effect->mode && effect->mode <= effect->high);
            assert_true(effect->channel == QUO_CHANNEL_RECOVERY ? effect->low >= 1.0 : effect->high <= 1.0);
            assert_true(effect->source[0] != '\0');
        }
    }
    for (size_t i = 0; quo_catalogue_input_names()[i]; i++)
        assert_true(quo_catalogue_input(c, quo_catalogue_input_names()[i], NULL) >= 0);
    /* Some numbers of the shipped file. */
    const struct quo_control *k = &c->control[quo_catalogue_control(c, "KM-03")];
    assert_true(k->effect[0].low == 0.10 && k->effect[0].mode == 0.25 && k->effect[0].high == 0.55);
    k = &c->control[quo_catalogue_control(c, "VI-03")];
    assert_true(k->effect[0].low == 0.17 && k->effect[0].mode == 0.35 && k->effect[0].high == 0.65);
    k = &c->control[quo_catalogue_control(c, "GA-01")];
    assert_true(k->n_effects == 0 && k->input[0].level[4] == 168.0);
    assert_true(c->level_exponent[3] == 0.8 && c->evidence_credit[1] == 0.65 && c->overlap == 0.7 &&
                c->age_less_24 == 0.30);
    quo_catalogue_free(c);
    quo_faults_free(&faults);
}

static void each_fault_is_told_at_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } wrong[] = {
        {"id = \"KM-02\"", "id = \"KM-01\"", "stands twice"},
        {"id = \"KM-02\"", "id = \"XX-02\"", "belongs to no domain"},
        {"pert = [0.60, 0.80, 0.95]", "pert = [0.60, 0.50, 0.95]", "out of order"},
        {"pert = [0.60, 0.80, 0.95]", "pert = [0.60, 0.80]", "2 numbers where 3 belong"},
        {"pert = [0.60, 0.80, 0.95]", "pert = [0.60, 0.80, 1.95]", "1.95"},
        {"channel = \"key_storage\"", "channel = \"key_storeage\"", "key_storage"},
        {"perils = [\"KEY\", \"SOC\"]", "perils = [\"KEY\", \"SOX\"]", "unknown peril 'SOX'"},
        {"perils = [\"key_loss\"]", "perils = [\"key_los\"]", "key_loss"},
        {"code = \"SOC\"", "code = \"KEY\"", "stands twice"},
        {"name = \"hot_share\"", "name = \"hot_shore\"", "hot_share"},
        {"levels = [0.0, 3.0, 24.0, 60.0, 168.0]", "levels = [0.0, 30.0, 24.0, 60.0, 168.0]", "worse than level 1"},
        {"name = \"key_credibility\"", "name = \"key_credulity\"", "key_credibility"},
        {"name = \"bridge_credibility\"", "name = \"key_credibility\"", "'bridge_credibility' is missing"},
        {"level_exponent  = [0.0, 0.25, 0.5", "level_exponent  = [0.1, 0.25, 0.5", "level 0"},
        {"level_exponent  = [0.0, 0.25, 0.5", "level_exponent  = [0.0, 0.75, 0.5", "falls at level 2"},
        {"evidence_credit = [0.5", "evidence_credit = [1.5", "1.5"},
        {"a = 75.0; b = 60.0", "a = 55.0; b = 60.0", "grade b begins above grade a"},
        {"overlap         = 0.7", "overlapp        = 0.7", "overlap"},
        {"compromise_rate = 0.060", "compromise_rate = -0.060", "-0.06"},
        {"name = \"env_file\"", "name = \"software\"", "stands twice"},
        {"storage_unsaid = \"software\"", "storage_unsaid = \"hardware\"", "unknown storage 'hardware'"},
        {"kind = \"other\"", "kind = \"others\"", "'other' is missing"},
        {"lethality = 0.9;", "lethality = 1.9;", "1.9"},
        {"move = 0.60; mint = 0.15; upgrade = 0.25", "move = 0.60; mint = 0.65; upgrade = 0.25", "add up to"},
        {"rule = \"single_key\"", "rule = \"single_keys\"", "single_key"},
        {"rule = \"loose_guards\";        decline = false; level = 2;", "rule = \"loose_guards\"; decline = false;",
         "level"},
        {"id = \"KO2\"", "id = \"KO1\"", "stands twice"},
        {"origin = \"judgement\"; source = \"CCSS 1.01", "origin = \"guess\"; source = \"CCSS 1.01", "judgement"},
        {"reliability = [0.0, 0.0875", "reliability = [0.5, 0.0875", "below that of level 0"},
        {"\"witnessed ceremony, software signature checked\",", "", "4 criteria where 5 belong"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quo_catalogue *c;
        struct quo_faults faults;
        int line;
        quo_faults_init(&faults);
        char *text = kit_change(shipped, wrong[i].from, wrong[i].to, &line);
        const enum quo_status status = read_text(text, &c, &faults);
        if (status != QUO_REFUSED || c || !kit_told(&faults, wrong[i].words, 0, false)) {
            kit_print(&faults);
            fail_msg("'%s' is not refused with '%s'", wrong[i].to, wrong[i].words);
        }
        quo_faults_free(&faults);
        free(text);
    }
}

static void several_faults_are_told_together_each_at_its_line(void **state)
{
    (void)state;
    struct quo_catalogue *c;
    struct quo_faults faults;
    int first, second;
    quo_faults_init(&faults);
    char *one = kit_change(shipped, "pert = [0.70, 0.85, 0.97]", "pert = [0.90, 0.85, 0.97]", &first);
    char *both = kit_change(one, "code = \"GOV\"", "cod = \"GOV\"", &second);
    assert_int_equal(read_text(both, &c, &faults), QUO_REFUSED);
    assert_true(kit_told(&faults, "out of order", first, false));
    assert_true(kit_told(&faults, "unknown setting 'cod'", second, false));
    quo_faults_free(&faults);
    free(one);
    free(both);
}

static void unknown_names_have_their_nearest(void **state)
{
    (void)state;
    struct quo_catalogue *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_catalogue_load("fixtures/catalogue/controls.cfg", &c, &faults);
    assert_int_equal(quo_catalogue_control(c, "KM-99"), -1);
    assert_string_equal(c->control[quo_catalogue_nearest(c, "km-02")].id, "KM-02");
    assert_null(quo_catalogue_storage(c, "shoebox"));
    assert_string_equal(quo_catalogue_group_kind(c, "org")->kind, "org");
    assert_string_equal(quo_catalogue_group_kind(c, "planet")->kind, "other");
    assert_true(isnan(quo_catalogue_constant(c, "no such")));
    quo_catalogue_free(c);
    assert_int_equal(quo_catalogue_load("fixtures/catalogue/none.cfg", &c, &faults), QUO_REFUSED);
    assert_null(c);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_catalogue_has_58_controls_in_nine_domains),
        cmocka_unit_test(every_control_is_complete_and_works_somewhere_once),
        cmocka_unit_test(each_fault_is_told_at_its_line),
        cmocka_unit_test(several_faults_are_told_together_each_at_its_line),
        cmocka_unit_test(unknown_names_have_their_nearest),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
