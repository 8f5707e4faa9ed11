#include "risk/perils/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/config.h"
#include "risk/base/date.h"
#include "risk/defaults.h"

static struct quo_market *market(void)
{
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_catalogue *catalogue;
    struct quo_market *out;
    quo_faults_init(&faults);
    assert_int_equal(quo_default_open(QUO_DEFAULT_CATALOGUE, &config, &faults), QUO_OK);
    assert_int_equal(quo_catalogue_read(config, &catalogue, &faults), QUO_OK);
    quo_config_close(config);
    assert_int_equal(quo_default_open(QUO_DEFAULT_MARKET, &config, &faults), QUO_OK);
    assert_int_equal(quo_market_read(config, catalogue, &out, &faults), QUO_OK);
    quo_config_close(config);
    quo_catalogue_free(catalogue);
    quo_faults_free(&faults);
    return out;
}

static struct quo_calibrate *published(int draws)
{
    struct quo_aggregates *all;
    struct quo_market *bands = market();
    struct quo_calibrate_options o;
    struct quo_calibrate *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_calibrate_options_init(&o);
    o.draws = draws;
    o.simulations = 200;
    assert_int_equal(quo_aggregates_load("fixtures/incidents/published-aggregates.csv", &all, &faults), QUO_OK);
    assert_int_equal(quo_calibrate_run(all, bands, &o, &c, &faults), QUO_OK);
    quo_aggregates_free(all);
    quo_market_free(bands);
    quo_faults_free(&faults);
    return c;
}

static const struct quo_calibrate_line *line(const struct quo_calibrate *c, const char *statistic, const char *scope)
{
    for (int i = 0; i < c->n_lines; i++)
        if (strcmp(c->line[i].statistic, statistic) == 0 && strcmp(c->line[i].scope, scope) == 0)
            return &c->line[i];
    fail_msg("no line %s of %s", statistic, scope);
    return NULL;
}

/* The published first half of 2026, each figure within its predictive interval. */
static void the_first_half_of_2026_is_reproduced(void **state)
{
    (void)state;
    static const struct {
        const char *statistic, *scope;
        double published;
    } wanted[] = {
        {"incidents", "all", 207.0},
        {"loss_total", "all", 972e6},
        {"loss_median", "all", 219e3},
        {"loss_mean", "all", 4.7e6},
        {"loss_largest", "all", 292e6},
        {"loss_second_largest", "all", 285e6},
        {"loss_two_largest", "all", 577e6},
        {"incident_share", "infrastructure", 0.15},
        {"incident_share", "code", 0.6},
        {"incident_share", "other vectors", 0.25},
        {"loss_share", "infrastructure", 0.76},
        {"loss_share", "state_actor", 0.66},
        {"loss_total", "all but the two largest", 395e6},
        {"state_operations", "state_actor", 2.0},
    };
    struct quo_calibrate *c = published(0);
    assert_int_equal(c->options.from, quo_date_from_civil(2026, 1, 1));
    assert_int_equal(c->options.to, quo_date_from_civil(2026, 6, 30));
    assert_true(c->converged);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct quo_calibrate_line *l = line(c, wanted[i].statistic, wanted[i].scope);
        check_rel(l->published, wanted[i].published, 1e-12, "%s of %s", l->statistic, l->scope);
        if (!(l->published >= l->low && l->published <= l->high && l->tail_probability > 0.1 &&
              fabs(l->residual) < 2.0 && l->low < l->median && l->median < l->high))
            fail_msg("%s of %s: %g, median %g [%g, %g], tail %g, residual %g", l->statistic, l->scope, l->published,
                     l->median, l->low, l->high, l->tail_probability, l->residual);
    }
    /* infrastructure losses are the large ones */
    assert_true(c->group[0].meanlog > c->group[1].meanlog + 2.0);
    check_rel(c->group[1].per_year, 125.0 * 365.25 / 181.0, 1e-12, "code a year");
    double sum = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        sum += c->peril[p].present ? c->peril[p].rate_per_year : 0.0;
    check_rel(sum, c->group[0].per_year + c->group[1].per_year, 1e-12, "rates of the perils");
    quo_calibrate_free(c);
}

static void the_model_is_drawn_and_read_back(void **state)
{
    (void)state;
    struct quo_calibrate *c = published(20);
    struct quo_faults faults;
    quo_faults_init(&faults);
    const struct quo_peril_model *m = &c->model->peril[QUO_KEY_COMPROMISE];
    assert_int_equal(m->n_draws, 20);
    double sum = 0.0, square = 0.0;
    for (size_t d = 0; d < m->n_draws; d++) {
        assert_true(isfinite(m->draw[d].rate) && m->draw[d].rate > 0.0);
        assert_null(quo_severity_invalid(&m->draw[d].severity));
        /* one group, one law */
        check_rel(m->draw[d].severity.law[0].par[0], c->model->peril[QUO_ADMIN_ABUSE].draw[d].severity.law[0].par[0],
                  0.0, "draw %zu", d);
        sum += m->draw[d].severity.law[0].par[0] / 20.0;
        square += m->draw[d].severity.law[0].par[0] * m->draw[d].severity.law[0].par[0] / 20.0;
    }
    const double sd = sqrt(square - sum * sum);
    assert_true(sd > 0.4 * c->group[0].meanlog_se && sd < 2.0 * c->group[0].meanlog_se);
    assert_int_equal(quo_model_save(c->model, "/tmp/quorate-calibrated.cfg", &faults), QUO_OK);
    struct quo_model *back;
    assert_int_equal(quo_model_load("/tmp/quorate-calibrated.cfg", &back, &faults), QUO_OK);
    remove("/tmp/quorate-calibrated.cfg");
    check_rel(back->peril[QUO_KEY_COMPROMISE].draw[7].rate, m->draw[7].rate, 0.0, "a draw read back");
    quo_model_free(back);
    quo_calibrate_free(c);
    quo_faults_free(&faults);
}

static struct quo_aggregate row(const char *statistic, const char *scope, double value)
{
    return (struct quo_aggregate){.from = quo_date_from_civil(2026, 1, 1),
                                  .to = quo_date_from_civil(2026, 6, 30),
                                  .source = (char *)"test",
                                  .statistic = (char *)(uintptr_t)statistic,
                                  .unit = (char *)"",
                                  .scope = (char *)(uintptr_t)scope,
                                  .qualifier = ' ',
                                  .value = value};
}

/* Published from a known law (the medians of its statistics), the law is found again. */
static void a_known_law_is_found_again(void **state)
{
    (void)state;
    enum { N = 1000 };
    const struct quo_calibrate_sim_law law = {
        .mean = {40.0, 120.0, 40.0}, .meanlog = {15.0, 12.0, 12.0}, .sdlog = {1.8, 1.6, 1.6}, .floor = 1e4};
    static const char *const names[][2] = {{"loss_median", "all"},
                                           {"loss_total", "all"},
                                           {"loss_share", "infrastructure"},
                                           {"loss_largest", "all"},
                                           {"loss_second_largest", "all"}};
    struct quo_calibrate_sim_period *period = malloc(N * sizeof *period);
    double value[5];
    assert_int_equal(quo_calibrate_sim_run(&law, 77, N, period), QUO_OK);
    for (int k = 0; k < 5; k++) { /* the mean of logs, or of logits of a share, is what the search compares */
        double sum = 0.0;
        for (int j = 0; j < N; j++) {
            const double x = quo_calibrate_sim_statistic(&period[j], names[k][0], names[k][1]);
            sum += (k == 2 ? log(x / (1.0 - x)) : log(x)) / N;
        }
        value[k] = k == 2 ? 1.0 / (1.0 + exp(-sum)) : exp(sum);
    }
    free(period);
    struct quo_aggregate rows[] = {row("incidents", "all", 200.0),     row("incidents", "infrastructure", 40.0),
                                   row("incidents", "code", 120.0),    row("loss_median", "all", value[0]),
                                   row("loss_total", "all", value[1]), row("loss_share", "infrastructure", value[2]),
                                   row("loss_single", "A", value[3]),  row("loss_single", "B", value[4])};
    const struct quo_aggregates all = {.row = rows, .n = sizeof rows / sizeof *rows};
    struct quo_market *bands = market();
    struct quo_calibrate_options o;
    struct quo_calibrate *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_calibrate_options_init(&o);
    o.draws = 0;
    o.simulations = 200;
    assert_int_equal(quo_calibrate_run(&all, bands, &o, &c, &faults), QUO_OK);
    check_abs(c->group[0].meanlog, 15.0, 0.35, "meanlog of infrastructure");
    check_abs(c->group[1].meanlog, 12.0, 0.2, "meanlog of code");
    check_abs(log(c->group[0].sdlog / 1.8), 0.0, 0.15, "sdlog of infrastructure");
    check_abs(log(c->group[1].sdlog / 1.6), 0.0, 0.15, "sdlog of code");
    assert_true(c->law.state_a == 0.0 && c->law.state_b == 0.0); /* nothing published of states */
    quo_calibrate_free(c);
    quo_market_free(bands);
    quo_faults_free(&faults);
}

/* Each thing that is missing is named. */
static void what_is_missing_is_named(void **state)
{
    (void)state;
    struct quo_aggregate rows[] = {row("incidents", "all", 200.0), row("loss_total", "all", 9e8)};
    const struct quo_aggregates all = {.row = rows, .n = 2};
    struct quo_market *bands = market();
    struct quo_calibrate_options o;
    struct quo_calibrate *c;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_calibrate_options_init(&o);
    assert_int_equal(quo_calibrate_run(&all, bands, &o, &c, &faults), QUO_REFUSED);
    assert_null(c);
    assert_int_equal(quo_faults_told(&faults), 4);
    assert_non_null(strstr(faults.fault[2].text, "no loss_median of all is published"));
    quo_faults_free(&faults);
    quo_faults_init(&faults);
    o.from = quo_date_from_civil(2030, 1, 1);
    assert_int_equal(quo_calibrate_run(&all, bands, &o, &c, &faults), QUO_REFUSED);
    quo_faults_free(&faults);
    quo_market_free(bands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_half_of_2026_is_reproduced), cmocka_unit_test(the_model_is_drawn_and_read_back),
        cmocka_unit_test(a_known_law_is_found_again), cmocka_unit_test(what_is_missing_is_named)};
    return cmocka_run_group_tests_name("calibrate", tests, NULL, NULL);
}
