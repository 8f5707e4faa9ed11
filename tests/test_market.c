/* The shipped market loads; its faults are told; relativities average to 1 over its profiles, point estimate and draws. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "risk/market.h"
#include "risk/model.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static char *shipped;

static int open_kit(void **state)
{
    (void)state;
    kit_open(&kit);
    shipped = kit_file("fixtures/market/market.cfg");
    return 0;
}

static int close_kit(void **state)
{
    (void)state;
    kit_close(&kit);
    free(shipped);
    return 0;
}

static void the_shipped_market_is_whole(void **state)
{
    (void)state;
    const struct quo_market *m = kit.market;
    double weight = 0.0, services = 0.0, bridges = 0.0;
    assert_true(m->reporting_completeness == 0.8);
    assert_true(m->n_bands >= 5 && m->n_years >= 5);
    assert_true(m->n_profiles >= 7 && m->n_profiles <= 10);
    for (size_t i = 0; i < m->n_profiles; i++) {
        weight += m->profile[i].weight;
        services += m->profile[i].service_weight;
        bridges += m->profile[i].protocol->bridge ? m->profile[i].weight : 0.0;
    }
    check_abs(weight, 1.0, 1e-12, "weights");
    check_abs(services, 1.0, 1e-12, "weights of services");
    check_abs(bridges, 151.0 / 1484.0, 0.005, "bridges above 1 M USD, exposure-bands.csv of 2025-12-19");
    for (size_t i = 1; i < m->n_bands; i++)
        assert_true(m->band[i].low_usd >= m->band[i - 1].high_usd);
    assert_true(isinf(m->band[m->n_bands - 1].high_usd));
}

/* The bridges of the bands are those of exposure-bands.csv, and only bridge_validation is counted over them. */
static void bridges_have_bands_of_their_own(void **state)
{
    (void)state;
    const struct quo_market *m = kit.market;
    double bridges = 0.0, value = 0.0, counted = 0.0;
    for (size_t i = 0; i < m->n_bands; i++) {
        const struct quo_band own = quo_market_band(m, i, QUO_BRIDGE_VALIDATION);
        const struct quo_band all = quo_market_band(m, i, QUO_KEY_COMPROMISE);
        assert_true(all.count == m->band[i].count && all.mean_usd == m->band[i].mean_usd);
        assert_true(own.mean_usd == m->band[i].bridges_mean_usd);
        bridges += m->band[i].bridges;
        value += m->band[i].bridges * m->band[i].bridges_mean_usd;
        counted += own.count;
    }
    check_rel(bridges, 187.0, 1e-12, "bridges above 100 k");
    check_rel(value, 61056354386.0, 1e-12, "their value");
    check_rel(m->bridge_weight, 0.1, 1e-12, "bridges of the mix");
    check_rel(counted, bridges / m->bridge_weight, 1e-12, "as many average protocols");
    /* The relativities of those who are no bridge are next to nothing, as no such incident is known. */
    double others = 0.0;
    for (size_t i = 0; i < m->n_profiles; i++) {
        struct quo_relativity r[QUO_PERILS];
        assert_int_equal(quo_score_relativities(m->profile[i].protocol, kit.scale, r), QUO_OK);
        others += m->profile[i].protocol->bridge ? 0.0 : m->profile[i].weight * r[QUO_BRIDGE_VALIDATION].frequency;
    }
    assert_true(others < 0.025);
}

static bool unaudited(const struct quo_profile *profile) { return strcmp(profile->id, "unprepared") == 0; }

static bool one_key(const struct quo_profile *profile)
{
    return unaudited(profile) || strcmp(profile->id, "bridge-one-key") == 0;
}

/* Of the losses above a size that the model expects, at bridges alone if so asked, the share whose victim is such a one, and how many of
 * them an average protocol has for each above the floor. */
static double share_of_victims(const struct quo_model *model, enum quo_peril p, double size, bool bridges,
                               bool (*such)(const struct quo_profile *profile), double *number)
{
    double all = 0.0, its = 0.0;
    for (size_t i = 0; i < kit.market->n_profiles; i++) {
        const struct quo_profile *profile = &kit.market->profile[i];
        struct quo_relativity r[QUO_PERILS];
        if (bridges && !profile->protocol->bridge)
            continue;
        assert_int_equal(quo_score_relativities(profile->protocol, kit.scale, r), QUO_OK);
        const double n = profile->weight * r[p].frequency * quo_severity_Q(size / r[p].severity, &model->peril[p].point.severity);
        all += n;
        its += such(profile) ? n : 0.0;
    }
    *number = all / quo_severity_Q(model->peril[p].floor, &model->peril[p].point.severity);
    return its / all;
}

/* fixtures/market/README.md tells the sources. Bands: Clopper and Pearson's 95 % of the counts behind the published shares. */
static void victims_are_arranged_as_publications_tell(void **state)
{
    (void)state;
    struct quo_model *model;
    struct quo_faults faults;
    double n;
    quo_faults_init(&faults);
    assert_int_equal(quo_model_load("fixtures/model/model.cfg", &model, &faults), QUO_OK);
    /* Several signers among thefts of keys: 6 of 29 (8.0 to 39.7 %), 8 of 42 (8.6 to 34.1 %); both editions' figures within a point. */
    const double several = 1.0 - share_of_victims(model, QUO_KEY_COMPROMISE, 1e7, false, one_key, &n);
    print_message("several signers: %.1f %% of the thefts of keys above 10 M USD\n", 100.0 * several);
    assert_true(several > 0.086 && several < 0.341);
    check_abs(several, 0.21, 0.01, "Halborn 2016-2023");
    /* Deceptions: five of five known had several signers; the one-sided 95 % bound of none in five is 45 %. */
    const double one = share_of_victims(model, QUO_SIGNER_SOCIAL_ENGINEERING, 1e7, false, one_key, &n);
    print_message("one key: %.1f %% of the deceptions\n", 100.0 * one);
    assert_true(one < 0.451);
    /* Thefts of keys at bridges: 11 of the 17 of which it is told hung on one key (38.3 to 85.8 %). */
    const double lone = share_of_victims(model, QUO_KEY_COMPROMISE, model->peril[QUO_KEY_COMPROMISE].floor, true, one_key, &n);
    print_message("one key: %.1f %% of the thefts of keys at bridges\n", 100.0 * lone);
    assert_true(lone > 0.383 && lone < 0.858);
    /* Not audited: 39 of the 59 that Halborn knows of (52.6 to 77.9 %), two fifths by another count. All perils of theft. */
    double none = 0.0, all = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (p == QUO_SERVICE_OUTAGE || p == QUO_KEY_LOSS)
            continue;
        const double share = share_of_victims(model, (enum quo_peril)p, 1e7, false, unaudited, &n);
        none += share * n * model->peril[p].n;
        all += n * model->peril[p].n;
    }
    print_message("not audited: %.1f %% of all victims above 10 M USD\n", 100.0 * none / all);
    assert_true(none / all > 0.40 && none / all < 0.779);
    quo_model_free(model);
    quo_faults_free(&faults);
}

static void each_fault_is_told_at_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } wrong[] = {
        {"reporting_completeness = 0.8", "reporting_completeness = 1.8", "1.8"},
        {"reporting_completeness = 0.8", "reporting_completenes = 0.8", "reporting_completeness"},
        {"bands_date = \"2025-12-19\"", "bands_date = \"2025-02-30\"", "2025-02-30"},
        {"low_usd = 1e6;", "low_usd = 1e5;", "below the end of the one before"},
        {"low_usd = 1e6;", "low_usd = 1e8;", "a band from"},
        {"count = 775", "count = -775", "-775"},
        {"count = 775", "count = 7", "lies outside"},
        {"bridges = 55", "bridges = 776", "776 bridges of 775"},
        {"bridges = 55", "bridges = -55", "-55"},
        {"bridges = 55", "bridges = 5", "of the band's bridges"},
        {"bridges = 55;", "", "one of bridges and bridges_usd"},
        {"bridges = 55; bridges_usd = 207312878.0;", "", "some bands tell their bridges"},
        {"service_weight = 0.22", "service_weight = 0.2", "add up to 0.98"},
        {"in_messages = 14", "in_messages = -14", "-14"},
        {"elsewhere = 11; ", "", "elsewhere"},
        {"elsewhere = 11;", "elsewhere = 11; beside = 2;", "beside"},
        {"service_weight = 0.22;", "", "9 of 10 profiles"},
        {"year = 2022", "year = 2021", "year 2021 after 2021"},
        {"protocol_years = 1030.0", "protocol_years = 0.0", "protocol_years"},
        {"id = \"small-team\"; weight", "id = \"unprepared\"; weight", "stands twice"},
        {"weight = 0.185", "weight = 0.085", "add up to 0.9"},
        {"weight = 0.185", "weight = 1.30", "1.3"},
        {"control = \"CE-04\"; level = 2", "control = \"CE-40\"; level = 2", "unknown control"},
        {"control = \"CE-04\"; level = 2; evidence = 4;",
         "control = \"CE-04\"; not_applicable = true; reason = \"none\";", "not applicable in profile"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quo_market *m = NULL;
        struct quo_config *config;
        struct quo_faults faults;
        int line;
        quo_faults_init(&faults);
        char *text = kit_change(shipped, wrong[i].from, wrong[i].to, &line);
        enum quo_status status = quo_config_open_text(text, strlen(text), "changed.cfg", &config, &faults);
        if (status == QUO_OK)
            status = quo_market_read(config, kit.catalogue, &m, &faults);
        if (status != QUO_REFUSED || m || !kit_told(&faults, wrong[i].words, 0, false)) {
            kit_print(&faults);
            fail_msg("'%s' is not refused with '%s'", wrong[i].to, wrong[i].words);
        }
        quo_config_close(config);
        quo_faults_free(&faults);
        free(text);
    }
}

static void check_average(const struct quo_scale *scale, const char *what)
{
    double loss[QUO_PERILS] = {0.0}, frequency[QUO_PERILS] = {0.0}, recovery[QUO_PERILS] = {0.0};
    for (size_t i = 0; i < kit.market->n_profiles; i++) {
        struct quo_relativity r[QUO_PERILS];
        assert_int_equal(quo_score_relativities(kit.market->profile[i].protocol, scale, r), QUO_OK);
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            const double w = quo_market_weight(&kit.market->profile[i], (enum quo_peril)p), one = r[p].frequency * r[p].severity * r[p].duration;
            frequency[p] += w * r[p].frequency;
            loss[p] += w * one;
            recovery[p] += w * one * r[p].recovery;
        }
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        check_rel(frequency[p], 1.0, 1e-9, "%s: frequency of %s", what, quo_peril_id((enum quo_peril)p));
        check_rel(loss[p], 1.0, 1e-9, "%s: expected loss of %s", what, quo_peril_id((enum quo_peril)p));
        check_rel(recovery[p], 1.0, 1e-9, "%s: recovery of %s", what, quo_peril_id((enum quo_peril)p));
    }
}

static void relativities_average_to_1_over_the_market(void **state)
{
    (void)state;
    check_average(kit.scale, "point");
    for (long draw = 0; draw < 5; draw++) {
        struct quo_scale *drawn;
        assert_int_equal(quo_scale_draw(kit.scale, 11, draw, &drawn), QUO_OK);
        check_average(drawn, "draw");
        quo_scale_free(drawn);
    }
}

static void the_market_is_ordered_as_it_says(void **state)
{
    (void)state;
    static const char *const order[] = {"unprepared", "small-team", "mid-size", "prepared", "excellent"};
    double before = 1e9;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < kit.market->n_profiles; i++) {
            if (strcmp(kit.market->profile[i].id, order[k]) != 0)
                continue;
            struct quo_relativity r[QUO_PERILS];
            quo_score_relativities(kit.market->profile[i].protocol, kit.scale, r);
            double total = 0.0;
            for (int p = 0; p < QUO_COVERED_PERILS; p++)
                total += r[p].frequency * r[p].severity * r[p].duration;
            assert_true(total < before);
            before = total;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_market_is_whole),
        cmocka_unit_test(bridges_have_bands_of_their_own),
        cmocka_unit_test(victims_are_arranged_as_publications_tell),
        cmocka_unit_test(each_fault_is_told_at_its_line),
        cmocka_unit_test(relativities_average_to_1_over_the_market),
        cmocka_unit_test(the_market_is_ordered_as_it_says),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
