#include "pricing/aggregate/spectrum.h"

#include <math.h>
#include "risk/base/vectormath.h"

/* exp(theta k) is the product of one of many coarse and one of BLOCK fine powers: two roundings, no recursion. */
#define BLOCK 64

static void powers(double theta, double fine[BLOCK])
{
    for (size_t i = 0; i < BLOCK; i++)
        fine[i] = theta * (double)i;
    quo_vectormath_exp(fine, BLOCK, fine);
}

void quo_spectrum_tilt(const double *in, size_t n, double theta, double *out)
{
    double fine[BLOCK];
    powers(-theta, fine);
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
    powers(theta, fine);
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

/* Frequencies at a time: their arrays stay in the nearest cache. */
#define CHUNK 128

/* v[j] = exp(a[j] + i b[j]), both overwritten by its real and imaginary part. */
static void exponential(double *a, double *b, size_t n)
{
    double sine[CHUNK], cosine[CHUNK];
    quo_vectormath_exp(a, n, a);
    quo_vectormath_sincos(b, n, sine, cosine);
    for (size_t j = 0; j < n; j++) {
        b[j] = a[j] * sine[j];
        a[j] *= cosine[j];
    }
}

void quo_spectrum_poisson(const double complex *z, size_t n, double rate, double complex *out)
{
    double a[CHUNK], b[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        for (size_t j = 0; j < m; j++) {
            a[j] = rate * (creal(z[at + j]) - 1.0);
            b[j] = rate * cimag(z[at + j]);
        }
        exponential(a, b, m);
        for (size_t j = 0; j < m; j++)
            out[at + j] = CMPLX(a[j], b[j]);
    }
}

/* (a + ib) to a real power, in place. */
static void to_power(double *a, double *b, size_t m, double power)
{
    double angle[CHUNK];
    quo_vectormath_atan2(b, a, m, angle);
    for (size_t j = 0; j < m; j++)
        a[j] = a[j] * a[j] + b[j] * b[j];
    quo_vectormath_log(a, m, a);
    for (size_t j = 0; j < m; j++) {
        a[j] *= 0.5 * power;
        b[j] = power * angle[j];
    }
    exponential(a, b, m);
}

/* The unmodified generating function at m points, as real and imaginary parts: exp(lambda (z - 1)), or a power of 1 + slope (z - 1). */
static void base_pgf(const double complex *z, size_t m, const struct quo_frequency *f, double *a, double *b)
{
    if (f->family == QUO_POISSON) {
        for (size_t j = 0; j < m; j++) {
            a[j] = f->par[0] * (creal(z[j]) - 1.0);
            b[j] = f->par[0] * cimag(z[j]);
        }
        exponential(a, b, m);
        return;
    }
    const double prob = f->par[1], slope = f->family == QUO_NEGBIN ? -(1.0 - prob) / prob : prob;
    const double power = f->family == QUO_NEGBIN ? -f->par[0] : f->par[0];
    for (size_t j = 0; j < m; j++) {
        const double x = 1.0 + slope * (creal(z[j]) - 1.0), y = slope * cimag(z[j]);
        a[j] = x;
        b[j] = y;
    }
    to_power(a, b, m, power);
}

void quo_spectrum_times_pgf(const double complex *z, size_t n, const struct quo_frequency *frequency,
                            double complex *out)
{
    /* A modified count is a mixture of the unmodified one and of nothing at all. */
    struct quo_frequency plain = *frequency;
    plain.modified = false;
    const double zero = frequency->modified ? quo_frequency_pmf(0, &plain) : 0.0;
    const double weight = frequency->modified ? (1.0 - frequency->p0) / (1.0 - zero) : 1.0;
    const double constant = frequency->modified ? frequency->p0 - weight * zero : 0.0;
    double a[CHUNK], b[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        base_pgf(z + at, m, &plain, a, b);
        for (size_t j = 0; j < m; j++) {
            const double x = constant + weight * a[j], y = weight * b[j], u = creal(out[at + j]),
                         v = cimag(out[at + j]);
            out[at + j] = CMPLX(u * x - v * y, u * y + v * x);
        }
    }
}

void quo_spectrum_times_base(const double complex *z, size_t n, double slope, double complex *base)
{
    for (size_t j = 0; j < n; j++) {
        const double x = 1.0 + slope * (creal(z[j]) - 1.0), y = slope * cimag(z[j]), u = creal(base[j]),
                     v = cimag(base[j]);
        base[j] = CMPLX(u * x - v * y, u * y + v * x);
    }
}

void quo_spectrum_times_power(const double complex *base, size_t n, double power, double complex *out)
{
    double a[CHUNK], b[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        for (size_t j = 0; j < m; j++) {
            a[j] = creal(base[at + j]);
            b[j] = cimag(base[at + j]);
        }
        to_power(a, b, m, power);
        for (size_t j = 0; j < m; j++) {
            const double u = creal(out[at + j]), v = cimag(out[at + j]);
            out[at + j] = CMPLX(u * a[j] - v * b[j], u * b[j] + v * a[j]);
        }
    }
}
