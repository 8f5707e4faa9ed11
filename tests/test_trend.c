#include "risk/perils/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"

#define N 4000

struct simulated {
    double log_loss[N], log_floor[N], years[N];
    int group[N];
    size_t n;
};

/* Sizes seen only above a floor that stays where it is while the sizes drift. */
static void simulate(uint64_t seed, double trend, double sigma, struct simulated *out)
{
    static const double location[3] = {11.0, 13.5, 14.5};
    struct quo_stream s = quo_stream_at(seed, 0, 0, 0);
    for (out->n = 0; out->n < N;) {
        const double u = -5.0 * quo_stream_uniform(&s);
        const int g = (int)quo_stream_below(&s, 3);
        const double y = location[g] + trend * u + sigma * quo_stream_normal(&s), floor = g == 2 ? log(1e6) : log(1e5);
        if (y <= floor)
            continue;
        out->log_loss[out->n] = y;
        out->log_floor[out->n] = floor;
        out->years[out->n] = u;
        out->group[out->n++] = g;
    }
}

static struct quo_trend_sample sample_of(const struct simulated *s)
{
    return (struct quo_trend_sample){s->n, s->log_loss, s->log_floor, s->years, s->group, 3, NULL};
}

static void the_truth_is_found_again_although_small_sizes_are_missing(void **state)
{
    (void)state;
    static struct simulated data;
    double off = 0.0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        simulate(seed, -0.35, 2.3, &data);
        const struct quo_trend_sample sample = sample_of(&data);
        struct quo_trend t;
        assert_int_equal(quo_trend_sizes(&sample, false, &t), QUO_OK);
        assert_true(t.std_error > 0.02 && t.std_error < 0.08);
        off += pow((t.trend + 0.35) / t.std_error, 2);
        check_abs(t.sigma, 2.3, 0.25, "sigma");
        check_abs(t.location[1], 13.5, 0.6, "location");
        struct quo_trend flat;
        assert_int_equal(quo_trend_sizes(&sample, true, &flat), QUO_OK);
        assert_true(flat.trend == 0.0 && flat.std_error == 0.0 && flat.loglik < t.loglik - 5.0);
    }
    /* sum of ten squared errors over their standard errors: chi-square of 10 */
    assert_true(off > 2.0 && off < 30.0);
}

static void the_unit_of_money_does_not_matter(void **state)
{
    (void)state;
    static struct simulated data;
    simulate(5, -0.2, 1.9, &data);
    const struct quo_trend_sample sample = sample_of(&data);
    struct quo_trend a, b;
    quo_trend_sizes(&sample, false, &a);
    const double cents = log(100.0);
    for (size_t i = 0; i < data.n; i++) {
        data.log_loss[i] += cents;
        data.log_floor[i] += cents;
    }
    quo_trend_sizes(&sample, false, &b);
    check_abs(b.trend, a.trend, 1e-9, "trend in cents");
    check_rel(b.sigma, a.sigma, 1e-8, "sigma in cents");
    check_abs(b.location[0], a.location[0] + cents, 1e-7, "location in cents");
}

static void without_a_floor_it_is_least_squares(void **state)
{
    (void)state;
    static struct simulated data;
    simulate(9, 0.1, 1.0, &data);
    double mx = 0.0, my = 0.0, sxx = 0.0, sxy = 0.0;
    for (size_t i = 0; i < data.n; i++) {
        data.log_floor[i] = -1e4;
        data.group[i] = 0;
        mx += data.years[i] / (double)data.n;
        my += data.log_loss[i] / (double)data.n;
    }
    for (size_t i = 0; i < data.n; i++) {
        sxx += (data.years[i] - mx) * (data.years[i] - mx);
        sxy += (data.years[i] - mx) * (data.log_loss[i] - my);
    }
    struct quo_trend_sample sample = sample_of(&data);
    sample.n_groups = 1;
    struct quo_trend t;
    assert_int_equal(quo_trend_sizes(&sample, false, &t), QUO_OK);
    check_rel(t.trend, sxy / sxx, 1e-9, "slope");
    check_rel(t.std_error, t.sigma / sqrt(sxx), 1e-6, "its error");
}

static void too_few_records_are_refused(void **state)
{
    (void)state;
    static struct simulated data;
    simulate(2, 0.0, 1.0, &data);
    struct quo_trend_sample sample = sample_of(&data);
    struct quo_trend t;
    sample.n = 5;
    assert_int_equal(quo_trend_sizes(&sample, false, &t), QUO_REFUSED);
    sample.n_groups = 0;
    assert_int_equal(quo_trend_sizes(&sample, false, &t), QUO_REFUSED);
}

static struct quo_trend_counts counts_of(uint64_t seed, double trend_a, double trend_b, double size)
{
    struct quo_trend_counts c;
    memset(&c, 0, sizeof c);
    c.n_periods = 12;
    struct quo_stream s = quo_stream_at(seed, 1, 0, 0);
    for (int t = 0; t < c.n_periods; t++) {
        c.exposure[t] = 500.0 + 60.0 * t;
        c.years[t] = 0.5 * t - 5.75;
        const double season = isfinite(size) ? quo_stream_gamma(&s, size) / size : 1.0;
        c.count[0][t] = (double)quo_stream_poisson(&s, season * 0.08 * c.exposure[t] * exp(trend_a * c.years[t]));
        c.count[1][t] = (double)quo_stream_poisson(&s, season * 0.03 * c.exposure[t] * exp(trend_b * c.years[t]));
        c.count[2][t] = t == 4;
    }
    c.used[0] = c.used[1] = c.used[2] = c.used[3] = true;
    return c;
}

static void rates_and_slopes_are_found_again(void **state)
{
    (void)state;
    double off = 0.0, rate = 0.0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct quo_trend_counts c = counts_of(seed, -0.2, -0.2, INFINITY);
        struct quo_trend_rates r;
        assert_int_equal(quo_trend_fit_counts(&c, false, &r), QUO_OK);
        off += pow((r.market.trend + 0.2) / r.market.std_error, 2) / 20.0;
        rate += r.peril[0].rate / 20.0;
        /* slopes that do not differ shrink to nearly one */
        assert_true(fabs(r.peril[0].trend - r.peril[1].trend) < 0.2);
        double events = 0.0;
        for (int t = 0; t < c.n_periods; t++)
            events += r.peril[0].rate * c.exposure[t] * exp(r.peril[0].trend * c.years[t]);
        check_rel(events, r.peril[0].events, 1e-10, "fitted events are those observed");
    }
    assert_true(off > 0.3 && off < 2.2);
    check_rel(rate, 0.08, 0.1, "rate at the reference date");
}

static void a_peril_without_incidents_has_jeffreys_rate(void **state)
{
    (void)state;
    const struct quo_trend_counts c = counts_of(3, -0.3, 0.3, INFINITY);
    struct quo_trend_rates r;
    assert_int_equal(quo_trend_fit_counts(&c, false, &r), QUO_OK);
    assert_true(r.between > 0.05); /* slopes of opposite sign do differ */
    assert_true(r.peril[0].trend < r.market.trend && r.peril[1].trend > r.market.trend);
    assert_true(r.peril[3].events == 0.0 && r.peril[3].trend == r.market.trend);
    check_rel(r.peril[3].rate, quo_trend_rate_at(&c, 0.5, r.market.trend), 1e-14, "half an incident over the exposure");
    assert_true(r.peril[2].events == 1.0 && fabs(r.peril[2].trend - r.market.trend) < 0.3);
}

static void seasons_show_as_over_dispersion(void **state)
{
    (void)state;
    int seen = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct quo_trend_counts c = counts_of(seed, -0.2, -0.2, 6.0);
        struct quo_trend_rates r;
        assert_int_equal(quo_trend_fit_counts(&c, false, &r), QUO_OK);
        seen += isfinite(r.market.size) && r.market.p_value < 0.05;
        if (isfinite(r.market.size)) /* a thin peril shares the market's seasons */
            assert_true(r.peril[2].size == r.market.size);
    }
    assert_true(seen >= 16);
}

static void a_flat_average_has_no_slope_and_needs_no_years(void **state)
{
    (void)state;
    struct quo_trend_counts c = counts_of(8, -0.2, -0.2, INFINITY);
    struct quo_trend_rates r;
    assert_int_equal(quo_trend_fit_counts(&c, true, &r), QUO_OK);
    assert_true(r.market.trend == 0.0 && r.peril[0].trend == 0.0 && r.peril[3].trend == 0.0);
    double n = 0.0, e = 0.0;
    for (int t = 0; t < c.n_periods; t++) {
        n += c.count[1][t];
        e += c.exposure[t];
    }
    check_rel(r.peril[1].rate, n / e, 1e-12, "events over exposure");
    c.n_periods = 3;
    assert_int_equal(quo_trend_fit_counts(&c, false, &r), QUO_REFUSED);
    assert_non_null(strstr(r.reason, "too few"));
    assert_int_equal(quo_trend_fit_counts(&c, true, &r), QUO_OK);
    memset(c.count, 0, sizeof c.count);
    assert_int_equal(quo_trend_fit_counts(&c, true, &r), QUO_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_is_found_again_although_small_sizes_are_missing),
        cmocka_unit_test(the_unit_of_money_does_not_matter),
        cmocka_unit_test(without_a_floor_it_is_least_squares),
        cmocka_unit_test(too_few_records_are_refused),
        cmocka_unit_test(rates_and_slopes_are_found_again),
        cmocka_unit_test(a_peril_without_incidents_has_jeffreys_rate),
        cmocka_unit_test(seasons_show_as_over_dispersion),
        cmocka_unit_test(a_flat_average_has_no_slope_and_needs_no_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
