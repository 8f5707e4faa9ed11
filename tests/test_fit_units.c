/* The fit of c x is the fit of x, for every family, floors and censored records included: money is large, and it has a unit. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"

enum { N = 600, PURPOSE = 79, CASES = 15 };
static const double units[] = {1e-6, 1e-3, 1.0 / 3.0, 2.7, 1e3, 1e6, 1e9, 1e12};

/* Sizes of the law above a floor, a tenth of them (if asked) censored at three quarters of their size. */
struct one {
    const char *what;
    enum quo_family family;
    struct quo_severity law;
    double floor, threshold;
    enum quo_family part[2];
    bool censored, continuous;
};

static struct quo_severity simple(enum quo_family family, double a, double b, double c, double d)
{
    return quo_severity_simple(family, (const double[]){a, b, c, d});
}

static void sample_of(const struct one *o, double *x, bool *censored)
{
    struct quo_stream s = quo_stream_at(31, (uint64_t)o->family, o->censored, PURPOSE);
    const double above = o->floor > 0.0 ? quo_severity_Q(o->floor, &o->law) : 1.0;
    for (int i = 0; i < N; i++) {
        x[i] = quo_severity_Qinv(above * quo_stream_uniform(&s), &o->law);
        censored[i] = o->censored && i % 10 == 0 && 0.75 * x[i] > o->floor;
        if (censored[i])
            x[i] *= 0.75;
    }
}

static void options_of(const struct one *o, double unit, struct quo_fit_options *options)
{
    quo_fit_options_init(options);
    options->threshold = unit * o->threshold;
    options->continuous = o->continuous;
    if (o->family == QUO_MIXTURE)
        memcpy(options->component, o->part, sizeof options->component);
}

/* Parameter i of the fit in another unit, brought back. */
static double brought_back(const struct quo_fit *fit, int i, double value, double unit, bool *location)
{
    char name[64];
    quo_fit_parameter_name(fit, i, name, sizeof name);
    *location = strstr(name, "meanlog") != NULL;
    const bool scale = strstr(name, "scale") || strstr(name, "beta") || fit->severity.family == QUO_INVGAUSS;
    return *location ? value - log(unit) : scale ? value / unit : value;
}

static void same_fit(const struct one *o, const struct quo_fit *fit, const struct quo_fit *other, double unit)
{
    if (fit->status != other->status)
        fail_msg("%s in units of %g: status %d, not %d: %s", o->what, unit, (int)other->status, (int)fit->status,
                 other->reason);
    for (int i = 0; i < fit->n_parameters; i++) {
        bool location;
        const double got = brought_back(fit, i, other->parameter[i], unit, &location);
        check_abs(got, fit->parameter[i],
                  1e-8 * (location ? fmax(1.0, fabs(other->parameter[i])) : fabs(fit->parameter[i])),
                  "%s parameter %d in units of %g", o->what, i, unit);
        if (isfinite(fit->std_error[i]))
            check_rel(location ? other->std_error[i] : brought_back(fit, i, other->std_error[i], unit, &location),
                      fit->std_error[i], 1e-5, "%s error of parameter %d in units of %g", o->what, i, unit);
    }
}

static void the_unit_of_money_does_not_matter(void **state)
{
    (void)state;
    const struct one all[CASES] = {
        {.what = "exponential", .family = QUO_EXPONENTIAL, .law = simple(QUO_EXPONENTIAL, 1e6, 0, 0, 0), .floor = 1e5},
        {.what = "gamma", .family = QUO_GAMMA, .law = simple(QUO_GAMMA, 0.7, 1e6, 0, 0), .floor = 1e5},
        {.what = "weibull, censored",
         .family = QUO_WEIBULL,
         .law = simple(QUO_WEIBULL, 0.6, 5e5, 0, 0),
         .floor = 1e5,
         .censored = true},
        {.what = "lognormal, censored",
         .family = QUO_LOGNORMAL,
         .law = simple(QUO_LOGNORMAL, 13.0, 1.9, 0, 0),
         .floor = 1e5,
         .censored = true},
        {.what = "inverse gaussian", .family = QUO_INVGAUSS, .law = simple(QUO_INVGAUSS, 1e6, 4e5, 0, 0), .floor = 0.0},
        {.what = "lomax, censored",
         .family = QUO_PARETO2,
         .law = simple(QUO_PARETO2, 1.3, 4e5, 0, 0),
         .floor = 1e5,
         .censored = true},
        {.what = "burr", .family = QUO_BURR, .law = simple(QUO_BURR, 0.8, 1.5, 5e5, 0), .floor = 0.0},
        {.what = "loglogistic",
         .family = QUO_LOGLOGISTIC,
         .law = simple(QUO_LOGLOGISTIC, 1.3, 1e6, 0, 0),
         .floor = 1e5},
        {.what = "paralogistic",
         .family = QUO_PARALOGISTIC,
         .law = simple(QUO_PARALOGISTIC, 1.3, 1e6, 0, 0),
         .floor = 1e5},
        {.what = "gpd", .family = QUO_GPD, .law = simple(QUO_GPD, 0.9, 3e5, 1e5, 0), .floor = 1e5},
        {.what = "gb2", .family = QUO_GB2, .law = simple(QUO_GB2, 1.5, 2.0, 0.8, 5e5), .floor = 0.0},
        {.what = "mixture of lognormals",
         .family = QUO_MIXTURE,
         .law = quo_severity_mixture(0.6, (struct quo_law){QUO_LOGNORMAL, {11.0, 0.7, 0, 0}},
                                     (struct quo_law){QUO_LOGNORMAL, {15.0, 0.9, 0, 0}}),
         .part = {QUO_LOGNORMAL, QUO_LOGNORMAL}},
        {.what = "mixture of gamma and lognormal",
         .family = QUO_MIXTURE,
         .law = quo_severity_mixture(0.5, (struct quo_law){QUO_GAMMA, {3.0, 1e4, 0, 0}},
                                     (struct quo_law){QUO_LOGNORMAL, {15.0, 0.8, 0, 0}}),
         .part = {QUO_GAMMA, QUO_LOGNORMAL}},
        {.what = "splice",
         .family = QUO_SPLICED,
         .law = simple(QUO_LOGNORMAL, 12.0, 2.3, 0, 0),
         .floor = 1e4,
         .threshold = 2e6},
        {.what = "continuous splice",
         .family = QUO_SPLICED,
         .law = simple(QUO_LOGNORMAL, 12.0, 2.3, 0, 0),
         .floor = 1e4,
         .threshold = 2e6,
         .continuous = true},
    };
    double x[N], y[N];
    bool censored[N];
    for (int k = 0; k < CASES; k++) {
        const struct one *o = &all[k];
        struct quo_fit fit, other;
        struct quo_fit_options options;
        struct quo_sample sample = quo_likelihood_sample(x, N), moved = quo_likelihood_sample(y, N);
        sample_of(o, x, censored);
        sample.censored = moved.censored = o->censored ? censored : NULL;
        sample.floor = o->floor;
        options_of(o, 1.0, &options);
        if (quo_fit_family(&sample, o->family, &options, &fit) != QUO_OK)
            fail_msg("%s: %s", o->what, fit.reason);
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            for (int i = 0; i < N; i++)
                y[i] = units[u] * x[i];
            moved.floor = units[u] * o->floor;
            options_of(o, units[u], &options);
            quo_fit_family(&moved, o->family, &options, &other);
            same_fit(o, &fit, &other, units[u]);
        }
    }
}

/* Where the likelihood has no maximum the fit says so, whatever the unit, and says where it climbs. */
static void without_a_maximum_it_is_told_in_every_unit(void **state)
{
    (void)state;
    double x[N], y[N];
    const struct quo_severity weibull = simple(QUO_WEIBULL, 0.5, 1e6, 0, 0), light = simple(QUO_GAMMA, 30.0, 1e4, 0, 0);
    static const struct {
        enum quo_family family;
        bool light; /* sizes of a light law, where heavy families run away */
    } runs[] = {{QUO_BURR, false}, {QUO_PARETO2, true}, {QUO_GB2, true}};
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        int told = 0, fits = 0;
        for (uint64_t set = 0; set < 3; set++) {
            struct quo_stream s = quo_stream_at(77, set, 0, PURPOSE);
            for (int i = 0; i < N; i++)
                x[i] = quo_severity_draw(&s, runs[k].light ? &light : &weibull);
            enum quo_status first = QUO_OK;
            for (size_t u = 0; u < sizeof units / sizeof *units; u += runs[k].family == QUO_GB2 ? 4 : 1) {
                struct quo_fit fit;
                for (int i = 0; i < N; i++)
                    y[i] = units[u] * x[i];
                const struct quo_sample sample = quo_likelihood_sample(y, runs[k].family == QUO_GB2 ? 60 : N);
                const enum quo_status status = quo_fit_family(&sample, runs[k].family, NULL, &fit);
                first = u == 0 ? status : first;
                assert_int_equal(status, first);
                assert_true(status == QUO_OK || (status == QUO_NOT_CONVERGED && fit.reason[0]));
                assert_true(isfinite(fit.loglik));
                told += status == QUO_NOT_CONVERGED;
                fits++;
            }
        }
        if (told == 0)
            fail_msg("%s: none of %d fits says that it has no maximum", quo_family_name(runs[k].family), fits);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_of_money_does_not_matter),
        cmocka_unit_test(without_a_maximum_it_is_told_in_every_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
