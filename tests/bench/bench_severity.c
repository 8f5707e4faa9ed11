/* The tail at many points at once against the scalar function at each: agreement to the header's promise first, then the
 * ratio of times. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include <gsl/gsl_errno.h>

#include "risk/severity/severity.h"

#define POINTS 4096
#define PROMISE 1e-12

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void one_by_one(const double *x, const struct quo_severity *s, double *out)
{
    for (int i = 0; i < POINTS; i++)
        out[i] = quo_severity_Q(x[i], s);
}

/* Seconds of the fastest of the rounds. */
static double least_time(const double *x, const struct quo_severity *s, double *out, int at_once)
{
    double best = INFINITY;
    for (int round = 0; round < 20; round++) {
        const double start = now();
        if (at_once)
            quo_severity_Q_many(x, POINTS, s, out);
        else
            one_by_one(x, s, out);
        best = fmin(best, now() - start);
    }
    return best;
}

static int bench(const struct quo_severity *s)
{
    static double x[POINTS], many[POINTS], single[POINTS];
    char law[256];
    quo_severity_format(s, law, sizeof law);
    const double low = quo_severity_Qinv(0.999, s), high = quo_severity_Qinv(1e-20, s);
    for (int i = 0; i < POINTS; i++)
        x[i] = low * pow(high / low, i / (POINTS - 1.0));
    const double slow = least_time(x, s, single, 0), fast = least_time(x, s, many, 1);
    double worst = 0.0;
    for (int i = 0; i < POINTS; i++)
        worst = fmax(worst, fabs(many[i] / single[i] - 1.0));
    if (!(worst < PROMISE)) {
        printf("severity: %s: WRONG, off by %.3g\n", law, worst);
        return 1;
    }
    printf("severity: %-60.60s %6.1f ns a point, one by one %6.1f, %5.1f times faster, agree to %.1g\n", law,
           1e9 * fast / POINTS, 1e9 * slow / POINTS, slow / fast, worst);
    return 0;
}

#define SIMPLE(family, ...) quo_severity_simple(family, (const double[]){__VA_ARGS__})

int main(void)
{
    gsl_set_error_handler_off();
    const struct quo_severity laws[] = {
        SIMPLE(QUO_EXPONENTIAL, 1000.0),
        SIMPLE(QUO_WEIBULL, 0.7, 1000.0),
        SIMPLE(QUO_LOGNORMAL, 13.0, 2.3),
        SIMPLE(QUO_PARETO2, 1.1, 5e5),
        SIMPLE(QUO_GPD, 0.9, 3e6, 2e6),
        SIMPLE(QUO_BURR, 0.6, 1.2, 2e4),
        SIMPLE(QUO_GAMMA, 0.4, 2e6),
        SIMPLE(QUO_INVGAUSS, 2e5, 1e4),
        SIMPLE(QUO_GB2, 0.7, 2.2, 3.0, 5e4),
        quo_severity_spliced((struct quo_law){QUO_LOGNORMAL, {12.0, 2.0}}, 2e6, 0.2, 0.9, 3e6),
        quo_severity_mixture(0.7, (struct quo_law){QUO_LOGNORMAL, {11.0, 1.5}},
                             (struct quo_law){QUO_PARETO2, {1.3, 1e6}}),
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        bad += bench(&laws[i]);
    return bad != 0;
}
