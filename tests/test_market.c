/* The shipped market loads; its faults are told; relativities average to 1 over its profiles, point estimate and draws. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "risk/market.h"
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
    double weight = 0.0, bridges = 0.0;
    assert_true(m->reporting_completeness == 0.8);
    assert_true(m->n_bands >= 5 && m->n_years >= 5);
    assert_true(m->n_profiles >= 7 && m->n_profiles <= 10);
    for (size_t i = 0; i < m->n_profiles; i++) {
        weight += m->profile[i].weight;
        bridges += m->profile[i].protocol->bridge ? m->profile[i].weight : 0.0;
    }
    check_abs(weight, 1.0, 1e-12, "weights");
    check_abs(bridges, 151.0 / 1484.0, 0.005, "bridges above 1 M USD, exposure-bands.csv of 2025-12-19");
    for (size_t i = 1; i < m->n_bands; i++)
        assert_true(m->band[i].low_usd >= m->band[i - 1].high_usd);
    assert_true(isinf(m->band[m->n_bands - 1].high_usd));
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
        {"year = 2022", "year = 2021", "year 2021 after 2021"},
        {"protocol_years = 1030.0", "protocol_years = 0.0", "protocol_years"},
        {"id = \"small-team\"; weight", "id = \"unprepared\"; weight", "stands twice"},
        {"weight = 0.30", "weight = 0.20", "add up to 0.9"},
        {"weight = 0.30", "weight = 1.30", "1.3"},
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
            const double w = kit.market->profile[i].weight, one = r[p].frequency * r[p].severity * r[p].duration;
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
        cmocka_unit_test(each_fault_is_told_at_its_line),
        cmocka_unit_test(relativities_average_to_1_over_the_market),
        cmocka_unit_test(the_market_is_ordered_as_it_says),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
