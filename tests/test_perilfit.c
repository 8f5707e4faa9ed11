#include "risk/perils/perilfit.h"
#include "risk/perils/perilfit_parts.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/date.h"
#include "risk/base/stream.h"
#include "risk/base/text.h"
#include "risk/loss.h"

static struct quo_band bands[] = {{1e5, 1e6, 1000, 3.7e5, NAN, 0}, {1e6, 1e7, 780, 3.7e6, NAN, 0},
                                  {1e7, 1e8, 450, 3.7e7, NAN, 0},  {1e8, 1e9, 210, 3.1e8, NAN, 0},
                                  {1e9, 1e10, 66, 2.6e9, NAN, 0},  {1e10, INFINITY, 10, 2.9e10, NAN, 0}};
static struct quo_market_year years[] = {{2021, 1000, 1e11}, {2022, 1200, 1e11}, {2023, 1500, 1e11},
                                         {2024, 1900, 1e11}, {2025, 2300, 1e11}, {2026, 2600, 1e11}};
static struct quo_market market = {
    .reporting_completeness = 0.8, .band = bands, .n_bands = 6, .year = years, .n_years = 6, .id = (char *)"test"};
static const double protocols = 1000 + 780 + 450 + 210 + 66 + 10;

static struct quo_incident *add(struct quo_incidents *all, int day, int peril, double loss)
{
    all->incident = realloc(all->incident, (all->n + 1) * sizeof *all->incident);
    struct quo_incident *it = &all->incident[all->n++];
    *it = (struct quo_incident){.day = day,
                                .line = (int)all->n + 1,
                                .peril = peril,
                                .state_actor = -1,
                                .bridge = -1,
                                .n_sources = 2,
                                .loss = loss,
                                .recovered = NAN,
                                .exposure = NAN,
                                .low = loss,
                                .high = loss * 1.1,
                                .floor = NAN};
    all->to = day > all->to ? day : all->to;
    return it;
}

struct truth {
    int peril;
    double rate, rate_trend; /* per protocol-year at 2026-07-01 */
    double meanlog, sdlog;   /* at that date */
};
static const struct truth truths[] = {{QUO_CODE_BUG, 0.08, -0.2, 12.5, 2.0},
                                      {QUO_KEY_COMPROMISE, 0.03, -0.2, 14.3, 2.1},
                                      {QUO_ORACLE_PRICE_MANIPULATION, 0.025, -0.2, 13.0, 1.9},
                                      {QUO_BRIDGE_VALIDATION, 0.002, -0.2, 14.8, 2.2}};
#define SIZE_TREND (-0.3)

/* Incidents of the market above 100 k, 2021-07 to 2026-06, of which the file holds 0.8. */
static struct quo_incidents *simulate(uint64_t seed, double money)
{
    struct quo_incidents *all = calloc(1, sizeof *all);
    strcpy(all->sha256, "none");
    for (size_t k = 0; k < sizeof truths / sizeof *truths; k++) {
        const struct truth *t = &truths[k];
        struct quo_stream s = quo_stream_at(seed, k, 0, 0);
        for (int half = 0; half < 10; half++) {
            const int year = 2021 + (half + 1) / 2, first = quo_date_from_civil(year, half % 2 ? 1 : 7, 1);
            const double u = 0.5 * half - 4.75;
            const int64_t n = quo_stream_poisson(&s, 0.8 * 0.5 * years[year - 2021].protocol_years * t->rate *
                                                         exp(t->rate_trend * u));
            for (int64_t i = 0; i < n;) {
                const int day = first + (int)quo_stream_below(&s, 181);
                const double at = quo_date_year(day) - 2026.5;
                const double loss = exp(t->meanlog + SIZE_TREND * at + t->sdlog * quo_stream_normal(&s));
                if (loss > 1e5) {
                    struct quo_incident *it = add(all, day, t->peril, money * loss);
                    it->state_actor = loss > 5e7 ? 1 : -1;
                    i++;
                }
            }
        }
    }
    add(all, quo_date_from_civil(2024, 5, 5), QUO_INSIDER_RUG, money * 1e7);
    add(all, quo_date_from_civil(2024, 5, 6), QUO_INCIDENT_OTHER, money * 1e7);
    add(all, quo_date_from_civil(2020, 5, 6), QUO_CODE_BUG, money * 1e7);
    add(all, quo_date_from_civil(2023, 5, 6), QUO_CODE_BUG, money * 1e4);
    all->to = quo_date_from_civil(2026, 6, 20);
    return all;
}

static struct quo_perilfit *fit_of(const struct quo_incidents *incidents, const struct quo_perilfit_options *options)
{
    struct quo_perilfit *fit;
    struct quo_faults faults;
    quo_faults_init(&faults);
    const enum quo_status status = quo_perilfit_run(incidents, &market, options, &fit, &faults);
    for (size_t i = 0; i < faults.n; i++)
        print_message("%s; %s\n", faults.fault[i].text, faults.fault[i].hint);
    assert_int_equal(status, QUO_OK);
    quo_faults_free(&faults);
    return fit;
}

static struct quo_perilfit_options quick(int draws)
{
    struct quo_perilfit_options o;
    quo_perilfit_options_init(&o);
    o.tests = 0;
    o.draws = draws;
    o.family = QUO_LOGNORMAL;
    o.from = quo_date_from_civil(2021, 7, 1);
    return o;
}

static void a_simulated_market_is_found_again(void **state)
{
    (void)state;
    const struct quo_perilfit_options o = quick(0);
    double off = 0.0, size_off = 0.0, trend_off = 0.0;
    const int runs = 5;
    for (uint64_t seed = 1; seed <= (uint64_t)runs; seed++) {
        struct quo_incidents *all = simulate(seed, 1.0);
        struct quo_perilfit *fit = fit_of(all, &o);
        assert_int_equal(fit->left_out_window, 1);
        assert_int_equal(fit->left_out_cause, 2);
        assert_int_equal(fit->left_out_floor, 1);
        assert_int_equal(fit->used + 4, all->n);
        trend_off += pow((fit->trend.trend - SIZE_TREND) / fit->trend.std_error, 2) / runs;
        for (size_t k = 0; k < sizeof truths / sizeof *truths; k++) {
            const struct quo_perilfit_peril *m = &fit->peril[truths[k].peril];
            off += pow(log(m->rate_per_year / (truths[k].rate * protocols)) / m->rate_log_sd, 2) / (4 * runs);
            /* the median above the floor: location and spread together */
            const double q = quo_severity_Q(1e5, &m->severity), par[2] = {truths[k].meanlog, truths[k].sdlog};
            const struct quo_severity true_law = quo_severity_simple(QUO_LOGNORMAL, par);
            size_off += log(quo_severity_Qinv(0.5 * q, &m->severity) /
                            quo_severity_Qinv(0.5 * quo_severity_Q(1e5, &true_law), &true_law)) /
                        (4 * runs);
        }
        assert_true(fit->peril[QUO_BRIDGE_VALIDATION].pooled && !fit->peril[QUO_CODE_BUG].pooled);
        assert_true(fit->model->peril[QUO_BRIDGE_VALIDATION].pooled_weight > 0.1);
        assert_true(fit->peril[QUO_KEY_LOSS].n == 0 && fit->model->peril[QUO_KEY_LOSS].pooled_weight > 0.999);
        assert_false(fit->model->peril[QUO_SERVICE_OUTAGE].present);
        quo_perilfit_free(fit);
        quo_incidents_free(all);
    }
    assert_true(trend_off < 2.5);
    assert_true(off > 0.3 && off < 2.0);
    check_abs(size_off, 0.0, 0.15, "medians, mean of ln");
}

static void the_reconciliation_adds_up(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(11, 1.0);
    const struct quo_perilfit_options o = quick(0);
    struct quo_perilfit *fit = fit_of(all, &o);
    size_t found = 0;
    double number = 0.0;
    for (size_t i = 0; i < fit->n_lines; i++) {
        const struct quo_perilfit_line *l = &fit->line[i];
        if (strstr(l->statistic, "incidents a year")) {
            check_rel(l->modelled, l->observed, 1e-9, "%s", l->statistic);
            number += strchr(l->statistic, ':') ? l->observed : -l->observed;
            found++;
        }
        if (strcmp(l->statistic, "loss a year by the fitted sizes, USD") == 0) {
            check_rel(l->modelled, l->observed, 1e-6, "%s", l->statistic);
            found++;
        }
        if (strncmp(l->statistic, "size at", 7) == 0) {
            assert_true(l->modelled > 0.4 * l->observed && l->modelled < 2.5 * l->observed);
            found++;
        }
    }
    check_abs(number, 0.0, 1e-9, "perils add up to the market");
    assert_true(found >= 5 + 2 + 9);
    assert_true(fit->exposure.n == 0 && fit->exposure.misfit <= fit->exposure.regression_misfit);
    quo_perilfit_free(fit);
    quo_incidents_free(all);
}

/* Everything in cents: rates, trends, elasticities stay, sizes are a hundredfold. */
static void another_currency_is_the_same_market(void **state)
{
    (void)state;
    struct quo_incidents *dollars = simulate(5, 1.0), *cents = simulate(5, 100.0);
    struct quo_perilfit_options o = quick(3);
    struct quo_perilfit *a = fit_of(dollars, &o);
    o.floor *= 100.0;
    o.exposure_reference *= 100.0;
    for (size_t i = 0; i < 6; i++)
        bands[i].mean_usd *= 100.0;
    struct quo_perilfit *b = fit_of(cents, &o);
    for (size_t i = 0; i < 6; i++)
        bands[i].mean_usd /= 100.0;
    check_abs(b->trend.trend, a->trend.trend, 1e-8, "trend");
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_model *x = &a->model->peril[p], *y = &b->model->peril[p];
        if (!x->present)
            continue;
        check_rel(y->point.rate, x->point.rate, 1e-4, "rate"); /* gamma and residual come from a search to 1e-6 */
        check_abs(y->point.alpha, x->point.alpha, 1e-4, "alpha");
        check_abs(y->point.log_median, x->point.log_median + log(100.0), 1e-6, "median");
        check_abs(y->point.gamma, x->point.gamma, 1e-4, "gamma");
        check_rel(y->draw[2].rate, x->draw[2].rate, 1e-3, "rate of a draw");
    }
    quo_perilfit_free(a);
    quo_perilfit_free(b);
    quo_incidents_free(dollars);
    quo_incidents_free(cents);
}

static void draws_are_the_same_for_any_number_of_threads_and_spread_as_they_should(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(7, 1.0);
    const struct quo_perilfit_options o = quick(80);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    struct quo_perilfit *a = fit_of(all, &o);
    omp_set_num_threads(3);
    struct quo_perilfit *b = fit_of(all, &o);
    omp_set_num_threads(threads);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_model *x = &a->model->peril[p], *y = &b->model->peril[p];
        assert_int_equal(x->n_draws, y->n_draws);
        if (x->n_draws > 0)
            assert_memory_equal(x->draw, y->draw, x->n_draws * sizeof *x->draw);
    }
    /* ln(rate above the floor in the market) over the draws has the sd that the report's interval has */
    for (size_t k = 0; k < 3; k++) {
        const struct quo_peril_model *m = &a->model->peril[truths[k].peril];
        double mean = 0.0, square = 0.0, location = 0.0, spread = 0.0;
        for (size_t d = 0; d < m->n_draws; d++) {
            const struct quo_reconcile_terms terms = {&market, 1e8, 1e5, 1.0, 1.0, QUO_KEY_COMPROMISE};
            const double x = log(quo_reconcile_number_above(&terms, &m->draw[d], 1e5));
            mean += x / 80.0;
            square += x * x / 80.0;
            location += m->draw[d].severity.law[0].par[0] / 80.0;
            spread += pow(m->draw[d].severity.law[0].par[0] - m->point.severity.law[0].par[0], 2) / 80.0;
        }
        check_rel(sqrt(square - mean * mean), a->peril[truths[k].peril].rate_log_sd, 0.3, "spread of rates");
        const double se = a->peril[truths[k].peril].sizes.candidate[0].fit.std_error[0];
        assert_true(sqrt(spread) > 0.7 * se &&
                    sqrt(spread) < 3.0 * se); /* the trend's error comes on top of the fit's own */
        check_abs(location, m->point.severity.law[0].par[0], 0.6 * sqrt(spread), "draws lie round the point");
    }
    /* another seed, other draws */
    struct quo_perilfit_options other = o;
    other.seed = 2;
    struct quo_perilfit *c = fit_of(all, &other);
    assert_true(c->model->peril[QUO_CODE_BUG].draw[0].rate != a->model->peril[QUO_CODE_BUG].draw[0].rate);
    quo_perilfit_free(a);
    quo_perilfit_free(b);
    quo_perilfit_free(c);
    quo_incidents_free(all);
}

/* The market simulated protocol by protocol: what the fit says of a protocol of known exposure is what was put in. */
static void the_law_at_a_known_exposure_is_found_again(void **state)
{
    (void)state;
    const double alpha = 0.15, gamma = 0.75, sd = 1.3, share = 0.02, rate = 0.05, trend = 0.0;
    struct quo_incidents *all = calloc(1, sizeof *all);
    struct quo_stream s = quo_stream_at(21, 0, 0, 0);
    for (int year = 2021; year <= 2026; year++) {
        const double part = year == 2021 || year == 2026 ? 0.5 : 1.0;
        const int first = quo_date_from_civil(year, year == 2021 ? 7 : 1, 1);
        for (size_t i = 0; i < 6; i++) {
            const double scale = years[year - 2021].protocol_years / protocols;
            const double mean = 0.8 * part * scale * bands[i].count * rate * pow(bands[i].mean_usd / 1e8, alpha);
            for (int64_t n = quo_stream_poisson(&s, 4.0 * mean); n > 0; n--) {
                const double x = share * 1e8 * pow(bands[i].mean_usd / 1e8, gamma) * exp(sd * quo_stream_normal(&s));
                const double loss = fmin(x, bands[i].mean_usd);
                if (loss <= 1e5)
                    continue;
                struct quo_incident *it =
                    add(all, first + (int)quo_stream_below(&s, (uint32_t)(part * 365)), QUO_CODE_BUG, loss);
                if (quo_stream_uniform(&s) < 0.15)
                    it->exposure = bands[i].mean_usd;
            }
        }
    }
    all->to = quo_date_from_civil(2026, 6, 20);
    struct quo_perilfit_options o = quick(0);
    o.family = -1;
    o.no_trend = true;
    struct quo_perilfit *fit = fit_of(all, &o);
    assert_true(fit->exposure.n > 30);
    const struct quo_peril_parameters *p = &fit->model->peril[QUO_CODE_BUG].point;
    for (double e = 1e7; e < 5e9; e *= 10.0) {
        struct quo_loss loss = {.severity = p->severity,
                                .floor = 1e5,
                                .power = p->spread,
                                .cap = e,
                                .log_scale = (1.0 - p->spread) * p->log_median + p->gamma * log(e / 1e8)};
        /* events a year that lose more than 1 % and more than 10 % */
        for (double part = 0.01; part <= 0.1; part *= 10.0) {
            const double modelled = p->rate * pow(e / 1e8, p->alpha) * quo_loss_Q(part * e, &loss);
            const double truth = 4.0 * rate * pow(e / 1e8, alpha) * 0.5 *
                                 erfc((log(part * e) - log(share * 1e8) - gamma * log(e / 1e8)) / sd / sqrt(2.0));
            if (!(modelled > 0.5 * truth && modelled < 2.0 * truth))
                fail_msg("exposure %g, share %g: %g events a year, truth %g (gamma %.2f, alpha %.2f)", e, part,
                         modelled, truth, p->gamma, p->alpha);
        }
    }
    (void)trend;
    quo_perilfit_free(fit);
    quo_incidents_free(all);
}

static void a_flat_average_must_be_asked_for_and_is_told(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(3, 1.0);
    struct quo_perilfit_options o = quick(0);
    o.no_trend = true;
    struct quo_perilfit *fit = fit_of(all, &o);
    assert_true(fit->model->peril[QUO_CODE_BUG].point.rate_trend == 0.0 &&
                fit->model->peril[QUO_CODE_BUG].point.severity_trend == 0.0);
    bool told = false;
    for (size_t i = 0; i < fit->n_warnings; i++)
        told |= strstr(fit->warning[i], "flat average") != NULL;
    assert_true(told);
    quo_perilfit_free(fit);
    /* a year of data cannot carry a trend: refused, and the hint names the option */
    struct quo_faults faults;
    quo_faults_init(&faults);
    o.no_trend = false;
    o.from = quo_date_from_civil(2025, 7, 1);
    assert_int_equal(quo_perilfit_run(all, &market, &o, &fit, &faults), QUO_REFUSED);
    assert_null(fit);
    assert_true(faults.n == 1 && strstr(faults.fault[0].hint, "--no-trend"));
    quo_faults_free(&faults);
    o.no_trend = true;
    fit = fit_of(all, &o);
    quo_perilfit_free(fit);
    quo_incidents_free(all);
}

/* Half of the last year's incidents are not in the file yet: that year counts half as exposure, and rates rise by what that is of all. */
static void late_reports_raise_the_rates(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(7, 1.0);
    struct quo_perilfit_options o = quick(0);
    o.no_trend = true;
    struct quo_perilfit *full = fit_of(all, &o);
    o.late_days = 365;
    o.late_share = 0.5;
    struct quo_perilfit *late = fit_of(all, &o);
    double before = 0.0, after = 0.0;
    for (int t = 0; t < full->counts.n_periods; t++) {
        before += full->counts.exposure[t];
        after += late->counts.exposure[t];
    }
    const double last = quo_perilfit_exposure_between(&market, full->options.to - 364, full->options.to);
    check_rel(before - after, 0.5 * last, 1e-9, "half a year of exposure");
    check_rel(late->rates.market.rate / full->rates.market.rate, before / after, 0.05,
              "the rate; over-dispersed periods do not weigh as their exposure");
    quo_perilfit_free(full);
    quo_perilfit_free(late);
    quo_incidents_free(all);
}

static void what_cannot_be_fitted_is_refused_in_words(void **state)
{
    (void)state;
    struct quo_incidents *all = simulate(3, 1.0);
    struct quo_perilfit *fit;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_perilfit_options o = quick(0);
    o.floor = 1e12;
    assert_int_equal(quo_perilfit_run(all, &market, &o, &fit, &faults), QUO_REFUSED);
    assert_non_null(strstr(faults.fault[0].text, "too few"));
    o = quick(0);
    o.to = quo_date_from_civil(2020, 1, 1);
    assert_int_equal(quo_perilfit_run(all, &market, &o, &fit, &faults), QUO_REFUSED);
    assert_non_null(strstr(faults.fault[1].text, "ends before it begins"));
    const struct quo_market none = {.reporting_completeness = 0.8};
    o = quick(0);
    assert_int_equal(quo_perilfit_run(all, &none, &o, &fit, &faults), QUO_REFUSED);
    assert_non_null(strstr(faults.fault[2].text, "no bands"));
    struct quo_band small[] = {{1, 10, 5, 5, NAN, 0}};
    const struct quo_market tiny = {
        .reporting_completeness = 0.8, .band = small, .n_bands = 1, .year = years, .n_years = 6, .id = (char *)"x"};
    assert_int_equal(quo_perilfit_run(all, &tiny, &o, &fit, &faults), QUO_REFUSED);
    assert_non_null(strstr(faults.fault[3].text, "cannot be brought into line"));
    assert_null(fit);
    quo_faults_free(&faults);
    quo_incidents_free(all);
}

/* All losses alike, or of one peril: a fit or a refusal in words, and never a NaN in the model. */
static void degenerate_data_never_make_a_nan(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct quo_incidents *all = calloc(1, sizeof *all);
        struct quo_stream s = quo_stream_at(9, (uint64_t)kind, 0, 0);
        for (int i = 0; i < 80; i++)
            add(all, quo_date_from_civil(2021, 7, 2) + 22 * i,
                kind == 0 ? QUO_CODE_BUG
                : i % 4   ? QUO_CODE_BUG
                          : QUO_KEY_COMPROMISE,
                kind == 2   ? 1e5 * (1.0 + 1e-9 * i) + 1.0
                : kind == 1 ? 5e5
                            : exp(14.0 + quo_stream_normal(&s)));
        all->to = quo_date_from_civil(2026, 6, 20);
        struct quo_faults faults;
        struct quo_perilfit *fit;
        quo_faults_init(&faults);
        struct quo_perilfit_options o = quick(5);
        o.family = -1;
        const enum quo_status status = quo_perilfit_run(all, &market, &o, &fit, &faults);
        if (status == QUO_OK) {
            for (int p = 0; p < QUO_COVERED_PERILS; p++)
                if (fit->model->peril[p].present)
                    assert_true(isfinite(fit->model->peril[p].point.rate) && fit->model->peril[p].point.rate > 0.0 &&
                                quo_severity_invalid(&fit->model->peril[p].point.severity) == NULL);
            quo_perilfit_free(fit);
        } else {
            assert_true(faults.n > 0 && *faults.fault[0].hint);
        }
        quo_faults_free(&faults);
        quo_incidents_free(all);
    }
}

static void the_shipped_model_is_what_the_shipped_files_give(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_incidents *incidents;
    struct quo_catalogue *catalogue;
    struct quo_market *shipped;
    struct quo_outages *outages;
    struct quo_model *model;
    assert_int_equal(quo_incidents_load("fixtures/incidents/incidents.csv", &incidents, &faults), QUO_OK);
    assert_int_equal(quo_catalogue_load("fixtures/catalogue/controls.cfg", &catalogue, &faults), QUO_OK);
    assert_int_equal(quo_market_load("fixtures/market/market.cfg", catalogue, &shipped, &faults), QUO_OK);
    assert_int_equal(quo_outages_load("fixtures/incidents/outages.csv", "fixtures/incidents/outage-observation.csv",
                                      &outages, &faults),
                     QUO_OK);
    assert_int_equal(quo_model_load("fixtures/model/model.cfg", &model, &faults), QUO_OK);
    struct quo_perilfit_options o;
    quo_perilfit_options_init(&o);
    o.outages = outages;
    o.tests = 0;
    o.draws = 4;
    struct quo_perilfit *fit;
    assert_int_equal(quo_perilfit_run(incidents, shipped, &o, &fit, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    assert_string_equal(model->data_sha256, fit->model->data_sha256);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_model *a = &model->peril[p], *b = &fit->model->peril[p];
        assert_true(a->present && b->present);
        check_rel(b->point.rate, a->point.rate, 1e-6, "%s: rate", quo_peril_id(a->peril));
        check_abs(b->point.log_median, a->point.log_median, 1e-6, "%s: median", quo_peril_id(a->peril));
        check_rel(b->draw[3].rate, a->draw[3].rate, 2e-4, "%s: fourth draw",
                  quo_peril_id(a->peril)); /* the same draws, however many */
    }
    quo_perilfit_free(fit);
    quo_model_free(model);
    quo_outages_free(outages);
    quo_market_free(shipped);
    quo_catalogue_free(catalogue);
    quo_incidents_free(incidents);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simulated_market_is_found_again),
        cmocka_unit_test(the_reconciliation_adds_up),
        cmocka_unit_test(another_currency_is_the_same_market),
        cmocka_unit_test(draws_are_the_same_for_any_number_of_threads_and_spread_as_they_should),
        cmocka_unit_test(the_law_at_a_known_exposure_is_found_again),
        cmocka_unit_test(a_flat_average_must_be_asked_for_and_is_told),
        cmocka_unit_test(late_reports_raise_the_rates),
        cmocka_unit_test(what_cannot_be_fitted_is_refused_in_words),
        cmocka_unit_test(degenerate_data_never_make_a_nan),
        cmocka_unit_test(the_shipped_model_is_what_the_shipped_files_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
