#include "risk/perils/perilfit_plots.h"

#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/fitting/goodness.h"

enum { N = 400 };

static const struct quo_severity *law(void)
{
    static struct quo_severity s;
    s = quo_severity_simple(QUO_PARETO2, (const double[]){1.4, 1e6});
    return &s;
}

/* Sizes above floors that differ from record to record, ascending. */
static void draw(uint64_t seed, double *x, double *floor)
{
    struct quo_stream stream = quo_stream_at(seed, 0, 0, 70);
    for (int i = 0; i < N; i++) {
        floor[i] = 1e4 * (1 + i % 7);
        x[i] = quo_severity_Qinv(quo_severity_Q(floor[i], law()) * quo_stream_uniform(&stream), law());
    }
}

/* Under the right law the whole curve stays within its band 95 times in 100, floors and all. */
static void the_band_holds_the_whole_curve(void **state)
{
    (void)state;
    double x[N], floor[N];
    int inside = 0;
    const int trials = 400;
    for (int t = 0; t < trials; t++) {
        draw(100 + (uint64_t)t, x, floor);
        struct quo_sample sample = quo_likelihood_sample(x, N);
        sample.truncation = floor;
        struct quo_perilfit_plots *p = quo_perilfit_plots_new(&sample, law(), NULL, 0);
        assert_int_equal(p->n, N);
        double worst = 0.0;
        for (size_t i = 0; i < p->n; i++) {
            assert_true(i == 0 || p->model[i] >= p->model[i - 1]);
            worst = fmax(worst, fabs(p->model[i] - p->empirical[i]));
        }
        inside += worst + 0.5 / N <= p->band; /* Kolmogorov's distance takes the steps' ends, half a step off */
        check_rel(quo_goodness_ks_p_value(p->band, N), 0.05, 1e-6, "the band is the 5 %% point");
        quo_perilfit_plots_free(p);
    }
    check_abs(inside / (double)trials, 0.95, 4.0 * sqrt(0.05 * 0.95 / trials), "held");
}

static void the_tail_curves_are_those_of_the_tail(void **state)
{
    (void)state;
    double x[N], floor[N];
    draw(1, x, floor);
    quo_numeric_sort(x, N);
    const struct quo_sample sample = quo_likelihood_sample(x, N);
    struct quo_perilfit_plots *p = quo_perilfit_plots_new(&sample, NULL, x, N);
    assert_int_equal(p->n, 0);
    assert_int_equal(p->n_tail, N / 2);
    assert_int_equal(p->n_stability, QUO_PERILFIT_STABILITY);
    double hill = 0.0, excess = 0.0;
    for (int i = 0; i < 20; i++) {
        hill += log(x[N - 1 - i] / x[N - 21]) / 20.0;
        excess += (x[N - 1 - i] - x[N - 21]) / 20.0;
    }
    check_rel(p->hill[19], hill, 1e-12, "Hill from the 20 largest");
    check_rel(p->excess[19], excess, 1e-12, "mean excess over the 21st largest");
    check_rel(p->excess_at[19], x[N - 21], 0.0, "the 21st largest");
    for (size_t i = 0; i < p->n_stability; i++)
        assert_true(p->stability[i].xi_low < p->stability[i].xi && p->stability[i].xi < p->stability[i].xi_high);
    assert_int_equal(p->least_ks.status, QUO_OK);
    assert_true(p->least_ks.xi_low < 1.0 / 1.4 && 1.0 / 1.4 < p->least_ks.xi_high);
    quo_perilfit_plots_free(p);
    /* too few for a tail: no curve, and no number that is none */
    p = quo_perilfit_plots_new(&sample, NULL, x, 5);
    assert_true(p->n_tail == 0 && p->n_stability == 0 && p->least_ks.status == QUO_REFUSED);
    quo_perilfit_plots_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_band_holds_the_whole_curve),
                                       cmocka_unit_test(the_tail_curves_are_those_of_the_tail)};
    return cmocka_run_group_tests_name("perilfit_plots", tests, NULL, NULL);
}
