/* Generating functions at the frequencies of a transform against complex exponentials and powers of the C library; tilts and moments against sums
 * term by term. */
#include <complex.h>
#include <math.h>

#include "check.h"
#include "pricing/aggregate/spectrum.h"
#include "risk/base/stream.h"

#define N 301

/* Transforms of masses: none is larger than the first. */
static void draw_spectrum(struct quo_stream *stream, double complex *z)
{
    z[0] = 1.0 - 0.3 * quo_stream_uniform(stream);
    for (int j = 1; j < N; j++)
        z[j] = creal(z[0]) * quo_stream_uniform(stream) * cexp(CMPLX(0.0, 6.3 * quo_stream_uniform(stream)));
}

static void poisson_by_series_and_without(void **state)
{
    (void)state;
    static const double rate[] = {1e-9, 1e-3, 0.05, 0.7, 2.0, 5.0, 40.0};
    double complex z[N], out[N];
    for (size_t r = 0; r < sizeof rate / sizeof *rate; r++) {
        struct quo_stream stream = quo_stream_at(5, r, 0, 1);
        draw_spectrum(&stream, z);
        quo_spectrum_poisson(z, N, rate[r], out);
        const double most = exp(rate[r] * (creal(z[0]) - 1.0));
        for (int j = 0; j < N; j++)
            check_abs(cabs(out[j] - cexp(rate[r] * (z[j] - 1.0))) / most, 0.0, 4e-15, "Poisson");
    }
}

static void powers_by_series_and_without(void **state)
{
    (void)state;
    static const double share[] = {1e-9, 1e-3, 0.02, 0.1, 0.3, 0.7}, size[] = {0.3, 1.0, 15.2, 27.1};
    double complex z[N], out[N], twice[N];
    double real[N], imaginary[N];
    for (size_t s = 0; s < sizeof share / sizeof *share; s++)
        for (size_t r = 0; r < sizeof size / sizeof *size; r++) {
            struct quo_stream stream = quo_stream_at(6, s, (uint32_t)r, 1);
            draw_spectrum(&stream, z);
            for (int j = 0; j < N; j++) {
                real[j] = 1.0;
                imaginary[j] = 0.0;
            }
            quo_spectrum_times_base(z, N, share[s], real, imaginary);
            const double scale = pow(1.0 - share[s], size[r]), radius = share[s] * creal(z[0]);
            quo_spectrum_times_power(real, imaginary, N, radius, scale, -size[r], true, out);
            const double most = scale * pow(1.0 - radius, -size[r]);
            for (int j = 0; j < N; j++) {
                check_abs(cabs(out[j] - scale * cpow(1.0 - share[s] * z[j], -size[r])) / most, 0.0, 2e-14, "power");
                twice[j] = out[j];
            }
            quo_spectrum_times_power(real, imaginary, N, radius, scale, -size[r], false, twice);
            for (int j = 0; j < N; j++)
                check_abs(cabs(twice[j] - out[j] * out[j]) / (most * most), 0.0, 1e-15, "times");
        }
}

static void tilts_and_moments_of_any_length(void **state)
{
    (void)state;
    static const size_t n[] = {1, 3, 63, 64, 65, 1001, 4095, 4096, 4097, 20000};
    static double mass[20000], out[20000];
    struct quo_stream stream = quo_stream_at(7, 0, 0, 1);
    for (size_t k = 0; k < 20000; k++)
        mass[k] = quo_stream_uniform(&stream);
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        const double theta = 9.0 / (double)n[i];
        double sum = 0.0;
        quo_spectrum_tilt(mass, n[i], theta, 0.5, out);
        for (size_t k = 0; k < n[i]; k++) {
            check_rel(out[k], 0.5 * mass[k] * exp(-theta * (double)k), 1e-14, "tilt");
            sum += mass[k] * exp(theta * (double)k);
        }
        check_rel(quo_spectrum_moment(mass, n[i], theta), sum, 1e-13, "moment");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_by_series_and_without),
        cmocka_unit_test(powers_by_series_and_without),
        cmocka_unit_test(tilts_and_moments_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
