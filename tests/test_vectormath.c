/* Functions of whole arrays beside the C library's, for every length up to three vectors: rests go through a copy of their own. */
#include "check.h"

#include <math.h>

#include "risk/base/vectormath.h"

#define MOST 25

static void one_argument(void (*many)(const double *x, size_t n, double *out), double (*one)(double), const char *name)
{
    double x[MOST], out[MOST];
    for (size_t n = 1; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = 0.1 + 0.37 * (double)i + 1e-3 * (double)n;
        many(x, n, out);
        for (size_t i = 0; i < n; i++)
            check_rel(out[i], one(x[i]), 1e-15, "%s(%g), %zu of %zu", name, x[i], i, n);
    }
}

static void as_the_c_library(void **state)
{
    (void)state;
    one_argument(quo_vectormath_exp, exp, "exp");
    one_argument(quo_vectormath_log, log, "log");
    one_argument(quo_vectormath_log1p, log1p, "log1p");
    one_argument(quo_vectormath_erfc, erfc, "erfc");
}

static void angles(void **state)
{
    (void)state;
    double x[MOST], sine[MOST], cosine[MOST], back[MOST];
    for (size_t n = 1; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = -3.1 + 0.25 * (double)i;
        quo_vectormath_sincos(x, n, sine, cosine);
        quo_vectormath_atan2(sine, cosine, n, back);
        for (size_t i = 0; i < n; i++) {
            check_abs(sine[i], sin(x[i]), 1e-15, "sin %g", x[i]);
            check_abs(cosine[i], cos(x[i]), 1e-15, "cos %g", x[i]);
            check_abs(back[i], atan2(sine[i], cosine[i]), 1e-15, "atan2 of %g", x[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_c_library), cmocka_unit_test(angles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
