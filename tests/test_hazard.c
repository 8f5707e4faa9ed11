#include "check.h"

#include <math.h>
#include <string.h>
#include "risk/hazard.h"

/* A market of three perils: two in money, one in hours. */
struct world {
    struct quo_model model;
    struct quo_protocol protocol;
    struct quo_score score;
    struct quo_peril_parameters draw[2];
};

static struct quo_peril_model money_peril(enum quo_peril peril)
{
    struct quo_peril_model out = {.peril = peril, .present = true, .floor = 1e5, .cap_share = 0.8, .size = 8.0};
    out.point = (struct quo_peril_parameters){.rate = 0.02,
                                              .rate_trend = -0.2,
                                              .alpha = 0.3,
                                              .severity_trend = 0.1,
                                              .log_median = 14.5,
                                              .gamma = 0.9,
                                              .spread = 0.75};
    out.point.severity = quo_severity_simple(QUO_LOGNORMAL, (double[]){14.2, 2.1});
    return out;
}

static struct world new_world(void)
{
    struct world w = {.model = {.exposure_reference = 1e8, .reference_day = 20000, .trend_until_day = 20000 + 731}};
    w.model.peril[QUO_KEY_COMPROMISE] = money_peril(QUO_KEY_COMPROMISE);
    w.model.peril[QUO_CODE_BUG] = money_peril(QUO_CODE_BUG);
    w.model.peril[QUO_CODE_BUG].size = INFINITY;
    w.model.peril[QUO_SERVICE_OUTAGE] = (struct quo_peril_model){
        .peril = QUO_SERVICE_OUTAGE, .present = true, .floor = 0.25, .cap_share = 1.0, .size = INFINITY};
    w.model.peril[QUO_SERVICE_OUTAGE].point =
        (struct quo_peril_parameters){.rate = 0.6,
                                      .spread = 1.0,
                                      .log_median = 1.5,
                                      .gamma = 0.9,
                                      .severity = quo_severity_simple(QUO_LOGNORMAL, (double[]){1.4, 1.25})};
    w.protocol.exposure_usd = 1.8e8;
    for (int p = 0; p < QUO_PERILS; p++)
        w.score.peril[p].frequency = w.score.peril[p].severity = w.score.peril[p].duration = 1.0;
    w.score.peril[QUO_KEY_COMPROMISE].frequency = 1.7;
    w.score.peril[QUO_KEY_COMPROMISE].severity = 0.6;
    w.score.peril[QUO_SERVICE_OUTAGE].duration = 0.4;
    return w;
}

static void price(const struct world *w, int day, long draw, struct quo_hazard hazard[QUO_PERILS])
{
    assert_int_equal(quo_hazard_all(&w->model, &w->protocol, &w->score, day, draw, hazard), QUO_OK);
}

static void a_rate_is_the_product_of_its_factors(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard hazard[QUO_PERILS];
    price(&w, 20000 + 365, -1, hazard);
    const struct quo_hazard *key = &hazard[QUO_KEY_COMPROMISE];
    check_rel(key->base_rate, 0.02 * exp(-0.2 * 365 / 365.25), 1e-14, "base rate a year on");
    check_rel(key->exposure_factor, pow(1.8, 0.3), 1e-14, "exposure factor");
    check_rel(key->relativity, 1.7, 0.0, "relativity");
    check_rel(key->experience, 1.0, 0.0, "no record");
    check_rel(key->rate, key->base_rate * key->exposure_factor * 1.7, 1e-15, "rate");
    check_rel(key->size, 8.0, 0.0, "size");
    check_rel(hazard[QUO_CODE_BUG].size, INFINITY, 0.0, "Poisson");
    assert_false(hazard[QUO_ADMIN_ABUSE].present);
    check_rel(hazard[QUO_ADMIN_ABUSE].rate, 0.0, 0.0, "a peril the model does not hold");
    /* Trends stop with the data. */
    struct quo_hazard later[QUO_PERILS], end[QUO_PERILS];
    price(&w, 20000 + 5000, -1, later);
    price(&w, 20000 + 731, -1, end);
    check_rel(later[QUO_KEY_COMPROMISE].rate, end[QUO_KEY_COMPROMISE].rate, 0.0, "no trend beyond the data");
    check_rel(later[QUO_KEY_COMPROMISE].mean_loss, end[QUO_KEY_COMPROMISE].mean_loss, 0.0, "nor of sizes");
}

/* P[X > x] by hand, from ln X = m + gamma ln(E/E0) + r (ln S - m) + trend + ln severity. */
static double by_hand(double x, double shift, double floor)
{
    const double log_s = 14.5 + (log(x) - 14.5 - shift) / 0.75;
    const struct quo_severity s = quo_severity_simple(QUO_LOGNORMAL, (double[]){14.2, 2.1});
    return fmin(1.0, quo_severity_Q(exp(log_s), &s) / quo_severity_Q(floor, &s));
}

static void a_loss_sees_exposure_trend_and_controls(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard hazard[QUO_PERILS];
    price(&w, 20000 + 365, -1, hazard);
    const double market = 0.9 * log(1.8) + 0.1 * 365 / 365.25, own = market + log(0.6);
    const struct quo_hazard *key = &hazard[QUO_KEY_COMPROMISE];
    for (double x = 1e4; x < 1.4e8; x *= 3.0) {
        check_rel(quo_loss_Q(x, &key->loss), by_hand(x, own, 1e5), 1e-12, "own law at %g", x);
        check_rel(quo_loss_Q(x, &key->market_loss), by_hand(x, market, 1e5), 1e-12, "market's law at %g", x);
    }
    check_rel(key->loss.cap, 0.8 * 1.8e8, 1e-15, "cap");
    check_rel(key->mean_loss, quo_loss_mean(&key->loss), 0.0, "mean");
    assert_true(quo_loss_mean(&key->market_loss) > key->mean_loss);
    /* Caps of the score and the reach of the signers are in the loss, not in the market's. */
    struct quo_signer_set set[2] = {{.reach_share = 0.25}, {.reach_share = 0.5}};
    w.protocol.signer_set = set, w.protocol.n_signer_sets = 2;
    w.score.peril[QUO_KEY_COMPROMISE].outflow =
        quo_outflow_one((struct quo_outflow_cap){.per_hour = 1e6, .hard = 5e7}, 1.0, 1.0, 1.0);
    price(&w, 20000 + 365, -1, hazard);
    check_rel(hazard[QUO_KEY_COMPROMISE].loss.cap, 0.5 * 0.8 * 1.8e8, 1e-15, "the widest reach");
    check_rel(hazard[QUO_KEY_COMPROMISE].market_loss.cap, 0.8 * 1.8e8, 1e-15, "the market's cap");
    check_rel(hazard[QUO_CODE_BUG].loss.cap, 0.8 * 1.8e8, 1e-15, "code needs no signer");
    assert_int_equal(hazard[QUO_KEY_COMPROMISE].loss.outflow.n_caps, 1);
    assert_int_equal(hazard[QUO_KEY_COMPROMISE].market_loss.outflow.n_caps, 0);
    check_rel(hazard[QUO_KEY_COMPROMISE].loss.outflow.cap[0].hard, 5e7, 0.0, "the cap's own numbers");
    assert_true(hazard[QUO_KEY_COMPROMISE].mean_loss < 1e7);
}

static void outages_are_hours(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard small[QUO_PERILS], large[QUO_PERILS];
    price(&w, 20000, -1, small);
    w.protocol.exposure_usd = 1e11;
    price(&w, 20000, -1, large);
    check_rel(small[QUO_SERVICE_OUTAGE].rate, 0.6, 1e-15, "rate");
    check_rel(small[QUO_SERVICE_OUTAGE].mean_loss, large[QUO_SERVICE_OUTAGE].mean_loss, 0.0,
              "hours do not grow with value");
    const struct quo_severity s = quo_severity_simple(QUO_LOGNORMAL, (double[]){1.4, 1.25});
    check_rel(quo_loss_Q(4.0, &small[QUO_SERVICE_OUTAGE].loss), quo_severity_Q(10.0, &s) / quo_severity_Q(0.25, &s),
              1e-13, "four hours of 0.4");
    check_rel(small[QUO_SERVICE_OUTAGE].loss.cap, 8766.0, 0.0, "a year");
}

/* Gamma(2, 2) prior, Poisson incidents: by hand. */
static void own_experience_counts(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard none[QUO_PERILS], hazard[QUO_PERILS];
    price(&w, 20000, -1, none);
    const double expected = none[QUO_KEY_COMPROMISE].rate + none[QUO_CODE_BUG].rate;
    w.protocol.has_history = true, w.protocol.history_years = 2.5;
    price(&w, 20000, -1, hazard);
    check_rel(hazard[QUO_KEY_COMPROMISE].experience, 2.0 / (2.0 + 2.5 * expected), 1e-14, "claims-free");
    check_rel(hazard[QUO_CODE_BUG].rate, none[QUO_CODE_BUG].rate * hazard[QUO_CODE_BUG].experience, 1e-15,
              "in the rate");
    check_rel(hazard[QUO_SERVICE_OUTAGE].experience, 1.0, 0.0, "outages are not in the record");
    w.protocol.history_incidents = 2;
    price(&w, 20000, -1, hazard);
    check_rel(hazard[QUO_KEY_COMPROMISE].experience, 4.0 / (2.0 + 2.5 * expected), 1e-14, "two incidents");
    w.score.experience_shape = 50.0;
    price(&w, 20000, -1, hazard);
    check_rel(hazard[QUO_KEY_COMPROMISE].experience, 52.0 / (50.0 + 2.5 * expected), 1e-14, "a firmer prior");
    w.protocol.history_years = 0.0, w.protocol.history_incidents = 0;
    price(&w, 20000, -1, hazard);
    check_rel(hazard[QUO_KEY_COMPROMISE].experience, 1.0, 0.0, "a record of no length says nothing");
}

static void draws_replace_the_point(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard hazard[QUO_PERILS];
    w.draw[0] = w.draw[1] = w.model.peril[QUO_KEY_COMPROMISE].point;
    w.draw[0].rate = 0.5, w.draw[1].rate = 0.7;
    w.model.peril[QUO_KEY_COMPROMISE].draw = w.draw;
    w.model.peril[QUO_KEY_COMPROMISE].n_draws = 2;
    const double want[] = {0.02, 0.5, 0.7, 0.5};
    for (long draw = -1; draw < 3; draw++) {
        price(&w, 20000, draw, hazard);
        check_rel(hazard[QUO_KEY_COMPROMISE].base_rate, want[draw + 1], 0.0, "draw %ld", draw);
        check_rel(hazard[QUO_CODE_BUG].base_rate, 0.02, 0.0, "no draws: the point, draw %ld", draw);
    }
}

static void weights_are_expected_losses_of_the_average(void **state)
{
    (void)state;
    struct world w = new_world();
    struct quo_hazard hazard[QUO_PERILS];
    double weight[QUO_PERILS];
    for (int p = 0; p < QUO_PERILS; p++)
        w.score.peril[p].frequency = w.score.peril[p].severity = w.score.peril[p].duration = 1.0;
    price(&w, 20100, -1, hazard);
    quo_hazard_weights(&w.model, 1.8e8, 20100, weight);
    check_rel(weight[QUO_CODE_BUG], hazard[QUO_CODE_BUG].rate * hazard[QUO_CODE_BUG].mean_loss, 1e-14, "money");
    check_rel(weight[QUO_SERVICE_OUTAGE],
              hazard[QUO_SERVICE_OUTAGE].rate * hazard[QUO_SERVICE_OUTAGE].mean_loss * 1800.0, 1e-14, "hours");
    check_rel(weight[QUO_ADMIN_ABUSE], 0.0, 0.0, "absent");
}

static void impossible_numbers_are_refused(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    for (int bad = 0; bad < 5; bad++) {
        struct world w = new_world();
        struct quo_peril_parameters *key = &w.model.peril[QUO_KEY_COMPROMISE].point;
        if (bad == 0)
            w.protocol.exposure_usd = 0.0;
        if (bad == 1)
            w.protocol.exposure_usd = INFINITY;
        if (bad == 2)
            key->spread = -1.0;
        if (bad == 3)
            key->severity.law[0].par[1] = NAN;
        if (bad == 4)
            w.score.peril[QUO_KEY_COMPROMISE].frequency = NAN;
        assert_int_equal(quo_hazard_all(&w.model, &w.protocol, &w.score, 20000, -1, hazard), QUO_DOMAIN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_the_product_of_its_factors),
        cmocka_unit_test(a_loss_sees_exposure_trend_and_controls),
        cmocka_unit_test(outages_are_hours),
        cmocka_unit_test(own_experience_counts),
        cmocka_unit_test(draws_replace_the_point),
        cmocka_unit_test(weights_are_expected_losses_of_the_average),
        cmocka_unit_test(impossible_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
