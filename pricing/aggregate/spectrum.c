#include "pricing/aggregate/spectrum.h"

#include <math.h>

/* exp(theta k) is the product of one of many coarse and one of BLOCK fine powers: two roundings, no recursion. */
#define BLOCK 64

void quo_spectrum_tilt(const double *in, size_t n, double theta, double *out)
{
    double fine[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        fine[i] = exp(-theta * (double)i);
    for (size_t k = 0; k < n; k += BLOCK) {
        const double coarse = exp(-theta * (double)k);
        const size_t m = n - k < BLOCK ? n - k : BLOCK;
        for (size_t i = 0; i < m; i++)
            out[k + i] = in[k + i] * (coarse * fine[i]);
    }
}

double quo_spectrum_moment(const double *mass, size_t n, double theta)
{
    double fine[BLOCK], sum = 0.0;
    for (size_t i = 0; i < BLOCK; i++)
        fine[i] = exp(theta * (double)i);
    for (size_t k = 0; k < n; k += BLOCK) {
        const size_t m = n - k < BLOCK ? n - k : BLOCK;
        double part[4] = {0.0, 0.0, 0.0, 0.0}; /* four chains: the order is fixed, the adds overlap */
        size_t i = 0;
        for (; i + 4 <= m; i += 4)
            for (size_t c = 0; c < 4; c++)
                part[c] += mass[k + i + c] * fine[i + c];
        for (; i < m; i++)
            part[0] += mass[k + i] * fine[i];
        sum += exp(theta * (double)k) * ((part[0] + part[1]) + (part[2] + part[3]));
    }
    return sum;
}

void quo_spectrum_poisson(const double complex *z, size_t n, double rate, double complex *out)
{
    for (size_t j = 0; j < n; j++) {
        const double size = exp(rate * (creal(z[j]) - 1.0)), angle = rate * cimag(z[j]);
        out[j] = CMPLX(size * cos(angle), size * sin(angle));
    }
}

void quo_spectrum_times_pgf(const double complex *z, size_t n, const struct quo_frequency *frequency, double complex *out)
{
    for (size_t j = 0; j < n; j++)
        out[j] *= quo_frequency_pgf_complex(z[j], frequency);
}
