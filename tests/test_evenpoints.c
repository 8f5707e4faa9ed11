/* A survival function at evenly spaced points, against each value by itself. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/aggregate/evenpoints.h"

#define POINTS 20000

static void compare(struct quo_severity s, double from, double wide, const double *bend, int bends, const char *what)
{
    double *q = malloc(POINTS * sizeof *q);
    assert_non_null(q);
    quo_evenpoints_Q(&s, from, wide, POINTS, bend, bends, q);
    for (size_t j = 0; j < POINTS; j++) {
        const double want = quo_severity_Q(from + wide * (double)j, &s);
        if (want > 1e-290)
            check_rel(q[j], want, 3e-12, "%s, point %zu", what, j);
    }
    free(q);
}

static void every_point_is_its_own_value(void **state)
{
    (void)state;
    for (double step = 0.5; step < 200.0; step *= 7.0) {
        compare(quo_severity_simple(QUO_LOGNORMAL, (const double[]){4.0, 1.3}), 0.0, step, NULL, 0, "lognormal");
        compare(quo_severity_simple(QUO_LOGNORMAL, (const double[]){4.0, 0.2}), 10.0, step, NULL, 0, "narrow lognormal");
        compare(quo_severity_simple(QUO_WEIBULL, (const double[]){0.43, 500.0}), 0.0, step, NULL, 0, "weibull");
        compare(quo_severity_simple(QUO_EXPONENTIAL, (const double[]){100.0}), 0.0, step, NULL, 0, "exponential");
        compare(quo_severity_simple(QUO_GAMMA, (const double[]){2.5, 30.0}), 0.0, step, NULL, 0, "gamma");
        const double start = 1234.5;
        compare(quo_severity_simple(QUO_GPD, (const double[]){1.2, 300.0, start}), 0.0, step, &start, 1, "gpd");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_point_is_its_own_value)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
