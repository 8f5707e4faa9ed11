/* Limited means of a loss at a thousand points: panels against closed forms (or quadrature) one by one; the timelock race
 * against adaptive quadrature. */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include "risk/base/numeric.h"
#include "risk/controls/timelock.h"
#include "risk/loss.h"

#define POINTS 1000

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void one_by_one(const double *x, const struct quo_loss *loss, double *out)
{
    for (int k = 0; k < POINTS; k++)
        out[k] = quo_loss_lev(x[k], loss);
}

/* Seconds, the least of the rounds. */
static double time_levs(const double *x, const struct quo_loss *loss, double *out, int many, int rounds)
{
    double best = INFINITY;
    for (int round = 0; round < rounds; round++) {
        const double start = now();
        if (many)
            quo_loss_lev_many(x, POINTS, loss, out);
        else
            one_by_one(x, loss, out);
        best = fmin(best, now() - start);
    }
    return best;
}

static int bench_levs(const char *name, const struct quo_loss *loss, int slow_rounds)
{
    static double x[POINTS], many[POINTS], single[POINTS];
    for (int k = 0; k < POINTS; k++)
        x[k] = 1e5 * (k + 1);
    const double fast = time_levs(x, loss, many, 1, 200), slow = time_levs(x, loss, single, 0, slow_rounds);
    double worst = 0.0;
    for (int k = 0; k < POINTS; k++)
        worst = fmax(worst, fabs(many[k] / single[k] - 1.0));
    if (!(worst < 1e-10)) {
        printf("loss %s: WRONG, off by %.3g\n", name, worst);
        return 1;
    }
    printf("loss %s: %d limited means in %.0f us, one by one %.0f us, %.1f times faster, agree to "
           "%.1g\n",
           name, POINTS, 1e6 * fast, 1e6 * slow, slow / fast, worst);
    return 0;
}

struct race {
    double delay;
    struct quo_timelock_time a, b;
};
static double density_times_P(double z, void *context)
{
    const struct race *r = context;
    const double left = r->delay - exp(r->a.meanlog + r->a.sdlog * z);
    return left > 0.0 ? exp(-0.5 * z * z) / sqrt(2.0 * M_PI) * quo_normal_Q((r->b.meanlog - log(left)) / r->b.sdlog)
                      : 0.0;
}

static int bench_race(void)
{
    const struct race race = {24.0, {1.79, 1.5}, {1.39, 1.3}};
    double fast = INFINITY, slow = INFINITY, error, ours = 0.0, theirs = 0.0;
    for (int round = 0; round < 200; round++) {
        double start = now();
        ours = quo_timelock_in_time(race.delay, race.a, race.b);
        fast = fmin(fast, now() - start);
        start = now();
        theirs = quo_integral(density_times_P, (void *)&race, -9.0, (log(race.delay) - race.a.meanlog) / race.a.sdlog,
                              1e-9, &error);
        slow = fmin(slow, now() - start);
    }
    if (!(fabs(ours / theirs - 1.0) < 1e-8)) {
        printf("timelock: WRONG, %.17g against %.17g\n", ours, theirs);
        return 1;
    }
    printf("timelock: %.1f us, adaptive Gauss-Kronrod %.1f us, %.1f times faster\n", 1e6 * fast, 1e6 * slow,
           slow / fast);
    return 0;
}

int main(void)
{
    const struct quo_severity body = quo_severity_simple(QUO_LOGNORMAL, (double[]){14.2, 2.1});
    struct quo_loss loss = {.severity = body, .floor = 1e5, .power = 0.75, .log_scale = 0.25 * 14.5, .cap = 1.8e8};
    int bad = bench_levs("lognormal", &loss, 20);
    loss.severity = quo_severity_spliced(body.law[0], 5e6, 0.3, 0.9, 4e6);
    bad |= bench_levs("spliced", &loss, 5);
    loss.outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = 5e6, .burst = 2e6, .hard = INFINITY}, 0.8, 2.0, 1.1);
    bad |= bench_levs("spliced, outflow cap", &loss, 1);
    return bad | bench_race();
}
