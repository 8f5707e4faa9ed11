#include "risk/perils/perilfit_parts.h"

#include <math.h>
#include "check.h"
#include "risk/base/stream.h"
#include "risk/loss.h"

enum { N = 300 };
#define FLOOR 1e5

/* Sizes above the floor, of a law that several families can be taken for. */
static struct quo_sample draw(double *value)
{
    const double par[2] = {13.0, 2.0};
    const struct quo_severity law = quo_severity_simple(QUO_LOGNORMAL, par);
    const double above = quo_severity_Q(FLOOR, &law);
    struct quo_stream s = quo_stream_at(11, 0, 0, 0);
    for (int i = 0; i < N; i++)
        value[i] = quo_severity_Qinv(above * quo_stream_uniform(&s), &law);
    struct quo_sample sample = quo_likelihood_sample(value, N);
    sample.floor = FLOOR;
    return sample;
}

static void fit_all(const struct quo_sample *sample, struct quo_perilfit_sizes *out)
{
    struct quo_perilfit_options options;
    quo_perilfit_options_init(&options);
    options.family = QUO_AVERAGE;
    quo_perilfit_sizes(sample, &options, false, out);
    assert_true(out->average.severity.parts > 2);
}

static const struct quo_fit *fit_of(const struct quo_perilfit_sizes *sizes, enum quo_family family)
{
    for (int i = 0; i < sizes->n_candidates; i++)
        if (sizes->candidate[i].fit.severity.family == family)
            return &sizes->candidate[i].fit;
    return NULL;
}

static void weights_are_akaikes_of_distinct_laws(void **state)
{
    (void)state;
    double value[N], sum = 0.0;
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_sizes sizes;
    fit_all(&sample, &sizes);
    const struct quo_perilfit_average *a = &sizes.average;
    const struct quo_fit *first = fit_of(&sizes, a->severity.law[0].family);
    for (int i = 0; i < a->severity.parts; i++) {
        const enum quo_family family = a->severity.law[i].family;
        const struct quo_fit *fit = fit_of(&sizes, family);
        assert_non_null(fit);
        assert_int_equal(fit->status, QUO_OK);
        assert_true(family < QUO_SIMPLE_FAMILIES && family != QUO_GPD); /* the Lomax is there already */
        assert_true(a->weight[i] >= 1e-3);
        check_rel(a->weight[i] / a->weight[0], exp(-0.5 * (fit->aicc - first->aicc)), 1e-12, "average");
        sum += a->weight[i];
    }
    check_rel(sum, 1.0, 1e-14, "average");
    assert_true(a->goodness.ks > 0.0 && a->goodness.ks < 0.08 && a->goodness.ad < 1.0);
    quo_perilfit_plots_free(sizes.plots);
}

static void above_the_floor_it_is_the_average_of_what_was_fitted(void **state)
{
    (void)state;
    double value[N];
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_sizes sizes;
    fit_all(&sample, &sizes);
    const struct quo_perilfit_average *a = &sizes.average;
    const double above = quo_severity_Q(FLOOR, &a->severity);
    for (double x = 1.5e5; x < 1e12; x *= 7.0) {
        double tail = 0.0, density = 0.0;
        for (int i = 0; i < a->severity.parts; i++) {
            const struct quo_severity part = quo_severity_simple(a->severity.law[i].family, a->severity.law[i].par);
            const double q = quo_severity_Q(FLOOR, &part);
            tail += a->weight[i] * quo_severity_Q(x, &part) / q;
            density += a->weight[i] * quo_severity_pdf(x, &part) / q;
        }
        check_rel(quo_severity_Q(x, &a->severity) / above, tail, 1e-12, "average");
        check_rel(quo_severity_pdf(x, &a->severity) / above, density, 1e-12, "average");
        check_rel(quo_severity_Qinv(tail * above, &a->severity), x, 1e-10, "average");
    }
    quo_perilfit_plots_free(sizes.plots);
}

/* The price of a layer is the average of the prices under each law, floor, power transform and cap included. */
static void a_layer_costs_the_average_of_its_costs(void **state)
{
    (void)state;
    double value[N];
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_sizes sizes;
    fit_all(&sample, &sizes);
    const struct quo_perilfit_average *a = &sizes.average;
    struct quo_loss loss = {
        .severity = a->severity, .floor = FLOOR, .log_scale = 2.0, .power = 0.7, .cap = 5e8};
    static const double layers[][2] = {{0.0, 1e6}, {1e5, 1e7}, {1e6, 5e8}, {1e8, 5e8}};
    for (size_t k = 0; k < sizeof layers / sizeof *layers; k++) {
        double sum = 0.0;
        for (int i = 0; i < a->severity.parts; i++) {
            struct quo_loss one = loss;
            one.severity = quo_severity_simple(a->severity.law[i].family, a->severity.law[i].par);
            sum += a->weight[i] * quo_loss_layer(layers[k][0], layers[k][1], &one);
        }
        check_rel(quo_loss_layer(layers[k][0], layers[k][1], &loss), sum, 1e-8, "average");
    }
    quo_perilfit_plots_free(sizes.plots);
}

static void a_refit_on_the_same_sizes_changes_nothing(void **state)
{
    (void)state;
    double value[N];
    const struct quo_sample sample = draw(value);
    struct quo_perilfit_sizes sizes;
    fit_all(&sample, &sizes);
    const struct quo_severity *s = &sizes.average.severity;
    struct quo_severity again;
    assert_int_equal(quo_perilfit_average_again(&sample, s, FLOOR, &again), QUO_OK);
    assert_int_equal(again.parts, s->parts);
    for (double q = 0.9; q > 1e-6; q *= 0.1)
        check_rel(quo_severity_Qinv(q, &again), quo_severity_Qinv(q, s), 1e-5, "average");
    /* other sizes move it, and every part stays possible */
    for (int i = 0; i < N; i++)
        value[i] = FLOOR + 3.0 * (value[i] - FLOOR);
    quo_perilfit_average_again(&sample, s, FLOOR, &again);
    assert_null(quo_severity_invalid(&again));
    assert_true(quo_severity_Qinv(0.01, &again) > 1.5 * quo_severity_Qinv(0.01, s));
    quo_perilfit_plots_free(sizes.plots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_akaikes_of_distinct_laws),
        cmocka_unit_test(above_the_floor_it_is_the_average_of_what_was_fitted),
        cmocka_unit_test(a_layer_costs_the_average_of_its_costs),
        cmocka_unit_test(a_refit_on_the_same_sizes_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
