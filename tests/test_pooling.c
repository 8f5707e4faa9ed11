#include "risk/perils/pooling.h"

#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"

#define MOST 3000

struct unit {
    double log_loss[MOST], log_floor[MOST], loss[MOST];
    struct quo_pooling_unit u;
};

static void simulate(uint64_t seed, double meanlog, double sdlog, size_t n, struct unit *out)
{
    struct quo_stream s = quo_stream_at(seed, 0, 0, 3);
    const double floor = log(1e5);
    for (size_t i = 0; i < n;) {
        const double y = meanlog + sdlog * quo_stream_normal(&s);
        if (y <= floor)
            continue;
        out->log_loss[i] = y;
        out->loss[i] = exp(y);
        out->log_floor[i++] = floor;
    }
    out->u = (struct quo_pooling_unit){n, out->log_loss, out->log_floor};
}

static void without_a_prior_it_is_the_truncated_maximum(void **state)
{
    (void)state;
    static struct unit a;
    simulate(1, 12.5, 2.1, 400, &a);
    struct quo_pooling_fit fit;
    assert_int_equal(quo_pooling_fit_unit(&a.u, NULL, &fit), QUO_OK);
    /* the estimation engine's own lognormal, another program of the same likelihood */
    struct quo_sample sample = quo_likelihood_sample(a.loss, a.u.n);
    sample.floor = 1e5;
    struct quo_fit_options options;
    quo_fit_options_init(&options);
    struct quo_fit engine;
    assert_int_equal(quo_fit_family(&sample, QUO_LOGNORMAL, &options, &engine), QUO_OK);
    check_rel(fit.meanlog, engine.parameter[0], 1e-7, "meanlog");
    check_rel(fit.sdlog, engine.parameter[1], 1e-7, "sdlog");
    check_rel(sqrt(fit.covariance[0][0]), engine.std_error[0], 1e-5, "its error");
    check_rel(sqrt(fit.covariance[1][1]) * fit.sdlog, engine.std_error[1], 1e-5, "its error");
    assert_true(fit.weight == 0.0);
}

static void the_weight_goes_from_all_prior_to_all_own(void **state)
{
    (void)state;
    static struct unit a;
    const struct quo_pooling_prior prior = {{13.0, log(2.3)}, {1.2, 0.2}, 5};
    struct quo_pooling_fit fit;
    simulate(2, 15.0, 1.8, MOST, &a);
    struct quo_pooling_unit u = a.u;
    u.n = 0;
    assert_int_equal(quo_pooling_fit_unit(&u, &prior, &fit), QUO_OK);
    check_rel(fit.meanlog, 13.0, 1e-12, "no data: the centre");
    check_rel(fit.sdlog, 2.3, 1e-12, "no data: the centre");
    check_rel(fit.weight, 1.0, 1e-12, "no data: all prior");
    check_rel(sqrt(fit.covariance[0][0]), 1.2, 1e-9, "no data: the prior's spread");
    double before = 1.0, location = 13.0;
    for (size_t n = 1; n <= MOST; n = n < 10 ? n * 3 : n * 5) {
        u.n = n;
        assert_int_equal(quo_pooling_fit_unit(&u, &prior, &fit), QUO_OK);
        assert_true(fit.weight < before && fit.weight > 0.0);
        before = fit.weight;
        location = fit.meanlog;
    }
    assert_true(before < 0.05);
    check_abs(location, 15.0, 0.2, "much data: its own");
    const struct quo_pooling_prior sharp = {{13.0, log(2.3)}, {1e-4, 1e-4}, 5};
    assert_int_equal(quo_pooling_fit_unit(&a.u, &sharp, &fit), QUO_OK);
    check_abs(fit.meanlog, 13.0, 1e-3, "a sharp prior wins");
    const struct quo_pooling_prior dull = {{13.0, log(2.3)}, {1e6, 1e6}, 5};
    struct quo_pooling_fit own;
    quo_pooling_fit_unit(&a.u, NULL, &own);
    assert_int_equal(quo_pooling_fit_unit(&a.u, &dull, &fit), QUO_OK);
    check_rel(fit.meanlog, own.meanlog, 1e-8, "a dull prior says nothing");
}

static void the_prior_finds_centre_and_spread(void **state)
{
    (void)state;
    enum { UNITS = 40 };
    static struct unit unit[UNITS];
    struct quo_pooling_unit u[UNITS];
    struct quo_stream s = quo_stream_at(7, 0, 0, 4);
    for (int i = 0; i < UNITS; i++) {
        simulate(100 + (uint64_t)i, 14.0 + 0.8 * quo_stream_normal(&s), 2.0 * exp(0.15 * quo_stream_normal(&s)), 300,
                 &unit[i]);
        u[i] = unit[i].u;
    }
    struct quo_pooling_prior prior;
    assert_int_equal(quo_pooling_prior_fit(u, UNITS, 10, &prior), QUO_OK);
    assert_int_equal(prior.units, UNITS);
    check_abs(prior.centre[0], 14.0, 0.45, "centre");
    check_abs(prior.sd[0], 0.8, 0.3, "spread");
    check_abs(prior.centre[1], log(2.0), 0.12, "centre of ln sdlog");
    check_abs(prior.sd[1], 0.15, 0.08, "spread of ln sdlog");
    /* units that are all alike: what is left is the error of the centre, and never 0 */
    for (int i = 0; i < UNITS; i++) {
        simulate(500 + (uint64_t)i, 14.0, 2.0, 300, &unit[i]);
        u[i] = unit[i].u;
    }
    assert_int_equal(quo_pooling_prior_fit(u, UNITS, 10, &prior), QUO_OK);
    assert_true(prior.sd[0] > 0.0 && prior.sd[0] < 0.2);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    static struct unit a;
    simulate(3, 13.0, 2.0, 100, &a);
    struct quo_pooling_unit u = a.u;
    u.n = 2;
    struct quo_pooling_fit fit;
    assert_int_equal(quo_pooling_fit_unit(&u, NULL, &fit), QUO_REFUSED);
    struct quo_pooling_prior prior;
    assert_int_equal(quo_pooling_prior_fit(&a.u, 1, 10, &prior), QUO_REFUSED);
    /* all equal, right at the floor: the likelihood runs away, and that is told */
    for (size_t i = 0; i < 20; i++)
        a.log_loss[i] = log(1e5) + 1e-7;
    u.n = 20;
    assert_int_not_equal(quo_pooling_fit_unit(&u, NULL, &fit), QUO_OK);
    /* with a prior the same is a fit */
    const struct quo_pooling_prior p = {{13.0, log(2.3)}, {1.2, 0.2}, 5};
    assert_int_equal(quo_pooling_fit_unit(&u, &p, &fit), QUO_OK);
    assert_true(fit.meanlog < 13.0 && fit.sdlog < 2.3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_prior_it_is_the_truncated_maximum),
        cmocka_unit_test(the_weight_goes_from_all_prior_to_all_own),
        cmocka_unit_test(the_prior_finds_centre_and_spread),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
