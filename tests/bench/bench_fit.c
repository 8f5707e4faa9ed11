/* Fits of 100,000 sizes, refits for a bootstrap, and a p-value; each answer is checked before its time is told. The simpler method
 * beside them is Nelder-Mead on the same log likelihood, as general-purpose packages do it. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"
#include "risk/fitting/goodness.h"
#include "risk/fitting/tail.h"

enum { MANY = 100000, FEW = 2000, REPLICATES = 1000, PURPOSE = 80 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void draw(const struct quo_severity *law, double floor, size_t n, double *x)
{
    struct quo_stream stream = quo_stream_at(1, 0, 0, PURPOSE);
    const double beyond = quo_severity_Q(floor, law);
    for (size_t i = 0; i < n; i++)
        x[i] = quo_severity_Qinv(beyond * quo_stream_uniform(&stream), law);
}

/* A maximum: moved by a hundredth of its standard error either way, each parameter loses what the curvature says it should. The log
 * likelihood is formed anew by the severity's own functions. */
static int is_maximum(const struct quo_sample *sample, const struct quo_fit *fit)
{
    const double top = quo_likelihood_log(sample, &fit->severity);
    if (fit->status != QUO_OK || !(fabs(top / fit->loglik - 1.0) < 1e-11))
        return 0;
    for (int i = 0; i < fit->n_parameters; i++) {
        const double step = 0.02 * fit->std_error[i];
        struct quo_severity up = fit->severity, down = fit->severity;
        up.law[0].par[i] += step;
        down.law[0].par[i] -= step;
        const double a = quo_likelihood_log(sample, &up) - top, b = quo_likelihood_log(sample, &down) - top;
        /* the slope left at the top, in standard errors of the parameter */
        if (!(a < 0.0 && b < 0.0 && fabs(a - b) < 0.02 * fabs(a + b)))
            return 0;
    }
    return 1;
}

struct simple {
    const struct quo_sample *sample;
    enum quo_family family;
};

static double simple_objective(const gsl_vector *at, void *context)
{
    const struct simple *s = context;
    double par[4] = {0};
    for (size_t i = 0; i < at->size; i++)
        par[i] = s->family == QUO_LOGNORMAL && i == 0 ? gsl_vector_get(at, i) : exp(gsl_vector_get(at, i));
    const struct quo_severity law = quo_severity_simple(s->family, par);
    return -quo_likelihood_log(s->sample, &law);
}

/* Seconds of Nelder-Mead to a simplex of 1e-6, from parameters a fifth off. */
static double nelder_mead(const struct quo_sample *sample, const struct quo_fit *fit)
{
    const size_t k = (size_t)fit->n_parameters;
    struct simple context = {sample, fit->severity.family};
    gsl_multimin_function f = {simple_objective, k, &context};
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, k);
    gsl_vector *x = gsl_vector_alloc(k), *step = gsl_vector_alloc(k);
    for (size_t i = 0; i < k; i++)
        gsl_vector_set(x, i,
                       (context.family == QUO_LOGNORMAL && i == 0 ? fit->parameter[i] : log(fit->parameter[i])) + 0.2);
    gsl_vector_set_all(step, 0.3);
    const double start = now();
    gsl_multimin_fminimizer_set(m, &f, x, step);
    for (int i = 0;
         i < 400 && gsl_multimin_fminimizer_iterate(m) == GSL_SUCCESS && gsl_multimin_fminimizer_size(m) > 1e-6; i++)
        ;
    const double out = now() - start;
    gsl_multimin_fminimizer_free(m);
    gsl_vector_free(x);
    gsl_vector_free(step);
    return out;
}

static const struct {
    enum quo_family family;
    double par[4], floor;
} laws[] = {
    {QUO_LOGNORMAL, {12.0, 1.8}, 0.0},   {QUO_GAMMA, {0.6, 1000.0}, 0.0},     {QUO_WEIBULL, {0.7, 1000.0}, 0.0},
    {QUO_BURR, {1.5, 1.2, 1000.0}, 0.0}, {QUO_PARETO2, {1.3, 1000.0}, 0.0},   {QUO_LOGLOGISTIC, {1.4, 1000.0}, 0.0},
    {QUO_LOGNORMAL, {12.0, 1.8}, 1e5},   {QUO_WEIBULL, {0.7, 1000.0}, 500.0}, {QUO_GAMMA, {0.6, 1000.0}, 500.0},
};

/* Least seconds of some fits. */
static double fit_seconds(const struct quo_sample *sample, enum quo_family family, int rounds, struct quo_fit *fit)
{
    double best = INFINITY;
    for (int round = 0; round < rounds; round++) {
        const double start = now();
        quo_fit_family(sample, family, NULL, fit);
        best = fmin(best, now() - start);
    }
    return best;
}

static int bench_large(double *x)
{
    int bad = 0;
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        const struct quo_severity law = quo_severity_simple(laws[l].family, laws[l].par);
        draw(&law, laws[l].floor, MANY, x);
        struct quo_sample sample = quo_likelihood_sample(x, MANY);
        sample.floor = laws[l].floor;
        struct quo_sample tenth = quo_likelihood_sample(x, MANY / 10);
        tenth.floor = laws[l].floor;
        struct quo_fit fit;
        const double small = fit_seconds(&tenth, laws[l].family, 20, &fit);
        const double best = fit_seconds(&sample, laws[l].family, 5, &fit);
        const char *name = quo_family_name(laws[l].family), *floor = laws[l].floor > 0.0 ? " above a floor" : "";
        if (!is_maximum(&sample, &fit)) {
            printf("fit %s%s: WRONG: %s\n", name, floor, fit.reason[0] ? fit.reason : "not a maximum");
            bad = 1;
            continue;
        }
        const double slow = nelder_mead(&sample, &fit);
        printf("fit %s%s: %d sizes in %.1f ms; Nelder-Mead on the likelihood %.0f ms, ratio %.0f; a tenth of them in 1/%.1f of it\n",
               name, floor, MANY, 1e3 * best, 1e3 * slow, slow / best, best / small);
    }
    return bad;
}

static int bench_refits(double *x)
{
    static const size_t which[] = {0, 2, 3, 6};
    int bad = 0;
    for (size_t w = 0; w < sizeof which / sizeof *which; w++) {
        const size_t l = which[w];
        const struct quo_severity law = quo_severity_simple(laws[l].family, laws[l].par);
        draw(&law, laws[l].floor, FEW, x);
        struct quo_sample sample = quo_likelihood_sample(x, FEW);
        sample.floor = laws[l].floor;
        struct quo_fit fit, one;
        quo_fit_family(&sample, laws[l].family, NULL, &fit);
        double sum = 0.0, square = 0.0;
        const double start = now();
        for (uint64_t r = 0; r < REPLICATES; r++) {
            quo_fit_replicate(&sample, &fit, NULL, 3, r, &one);
            sum += one.parameter[1];
            square += one.parameter[1] * one.parameter[1];
        }
        const double time = now() - start, sd = sqrt(square / REPLICATES - sum * sum / REPLICATES / REPLICATES);
        const char *name = quo_family_name(laws[l].family);
        if (!(fabs(sd / fit.std_error[1] - 1.0) < 0.2)) {
            printf("bootstrap %s: WRONG: spread %g, standard error %g\n", name, sd, fit.std_error[1]);
            bad = 1;
        } else
            printf("bootstrap %s%s: %d draws and refits of %d sizes in %.0f ms, one thread; spread %.3f of the "
                   "standard error\n",
                   name, laws[l].floor > 0.0 ? " above a floor" : "", REPLICATES, FEW, 1e3 * time,
                   sd / fit.std_error[1]);
    }
    return bad;
}

/* A lognormal's A2 has a known law (Stephens): the p-value must be near it. */
static int bench_p_value(double *x)
{
    const struct quo_severity law = quo_severity_simple(QUO_LOGNORMAL, laws[0].par);
    draw(&law, 0.0, FEW, x);
    const struct quo_sample sample = quo_likelihood_sample(x, FEW);
    struct quo_fit fit;
    struct quo_goodness_test test;
    quo_fit_family(&sample, QUO_LOGNORMAL, NULL, &fit);
    double best = INFINITY;
    for (int round = 0; round < 3; round++) {
        const double start = now();
        quo_goodness_bootstrap(&sample, &fit, NULL, REPLICATES, 5, &test);
        best = fmin(best, now() - start);
    }
    const double a = test.observed.ad * (1.0 + 0.75 / FEW + 2.25 / FEW / FEW);
    const double p = a > 0.6    ? exp(1.2937 - 5.709 * a + 0.0186 * a * a)
                     : a > 0.34 ? exp(0.9177 - 4.279 * a - 1.38 * a * a)
                     : a > 0.2  ? 1.0 - exp(-8.318 + 42.796 * a - 59.938 * a * a)
                                : 1.0 - exp(-13.436 + 101.14 * a - 223.73 * a * a);
    if (!(fabs(test.p_ad - p) < 4.0 * sqrt(p * (1.0 - p) / REPLICATES) + 0.01)) {
        printf("p-value: WRONG: %g, by the table %g\n", test.p_ad, p);
        return 1;
    }
    printf(
        "p-value of AD: lognormal on %d sizes, %d replicates in %.0f ms, all threads; %.3f, by Stephens' table %.3f\n",
        FEW, REPLICATES, 1e3 * best, test.p_ad, p);
    return 0;
}

static int bench_tail(double *x)
{
    const struct quo_severity law = quo_severity_simple(QUO_GPD, (const double[]){0.7, 1e6, 0.0});
    draw(&law, 0.0, MANY, x);
    struct quo_tail_fit fit;
    double start = now();
    if (quo_tail_fit(x, MANY, 0.0, &fit) != QUO_OK || !(fabs(fit.xi - 0.7) < 4.0 * fit.xi_se)) {
        printf("tail: WRONG: xi %g +- %g\n", fit.xi, fit.xi_se);
        return 1;
    }
    const double one = now() - start;
    struct quo_tail_choice choice;
    start = now();
    quo_tail_threshold(x, FEW, QUO_TAIL_FORWARD_STOP, 40, 0.1, &choice);
    printf("tail: GPD of %d excesses with its interval in %.0f ms; threshold among 40 on %d sizes in %.0f ms\n", MANY,
           1e3 * one, FEW, 1e3 * (now() - start));
    return 0;
}

int main(void)
{
    gsl_set_error_handler_off();
    double *x = malloc(MANY * sizeof *x);
    if (!x)
        return 3;
    const int bad = bench_large(x) | bench_refits(x) | bench_p_value(x) | bench_tail(x);
    free(x);
    return bad;
}
