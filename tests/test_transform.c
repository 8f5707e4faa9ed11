#include "pricing/aggregate/transform.h"

#include <math.h>
#include "check.h"
#include "risk/base/stream.h"

static const size_t sizes[] = {4, 6, 8, 10, 16, 18, 24, 256, 1152};

/* Against the definition, summed term by term. */
static void forward_is_the_definition(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(7, 0, 0, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct quo_transform t;
        double x[1152];
        const size_t n = sizes[i];
        assert_true(quo_transform_new(n, &t));
        for (size_t k = 0; k < n; k++)
            x[k] = t.real[k] = quo_stream_normal(&stream);
        quo_transform_forward(&t);
        for (size_t j = 0; j <= n / 2; j++) {
            double re = 0.0, im = 0.0;
            for (size_t k = 0; k < n; k++) {
                const double angle = 2.0 * M_PI * (double)(j * k % n) / (double)n;
                re += x[k] * cos(angle);
                im -= x[k] * sin(angle);
            }
            check_abs(creal(t.spectrum[j]), re, 1e-12, "real part %zu of %zu", j, n);
            check_abs(cimag(t.spectrum[j]), im, 1e-12, "imaginary part %zu of %zu", j, n);
        }
        quo_transform_free(&t);
    }
}

static void backward_undoes_forward(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(11, 0, 0, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct quo_transform t;
        double x[1152];
        const size_t n = sizes[i];
        assert_true(quo_transform_new(n, &t));
        for (size_t k = 0; k < n; k++)
            x[k] = t.real[k] = quo_stream_normal(&stream);
        quo_transform_forward(&t);
        for (size_t j = 0; j <= n / 2; j++)
            t.product[j] = t.spectrum[j];
        quo_transform_backward(&t);
        for (size_t k = 0; k < n; k++)
            check_abs(t.real[k] / (double)n, x[k], 1e-14, "number %zu of %zu", k, n);
        quo_transform_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_the_definition),
        cmocka_unit_test(backward_undoes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
