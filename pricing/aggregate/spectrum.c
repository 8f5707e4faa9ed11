#include "pricing/aggregate/spectrum.h"

#include <math.h>
#include <string.h>
#include "risk/base/vectormath.h"

/* exp(theta k) is the product of one of many coarse and one of BLOCK fine powers: two roundings, no recursion. */
#define BLOCK 256
/* Frequencies at a time: their arrays stay in the nearest cache. */
#define CHUNK 128
#define LANES 4
#define CLONES __attribute__((target_clones("default", "avx2")))

typedef double four __attribute__((vector_size(8 * LANES), aligned(8)));

static void powers(double theta, size_t n, double fine[BLOCK])
{
    const size_t m = n < BLOCK ? n : BLOCK;
    fine[0] = 0.0;
    for (size_t i = 1; i < m; i++)
        fine[i] = theta * (double)i;
    quo_vectormath_exp(fine, m, fine);
}

CLONES static void times(const double *in, size_t n, double coarse, const double *fine, double *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        *(four *)(out + i) = *(const four *)(in + i) * (coarse * *(const four *)(fine + i));
    for (; i < n; i++)
        out[i] = in[i] * (coarse * fine[i]);
}

void quo_spectrum_tilt(const double *in, size_t n, double theta, double scale, double *out)
{
    double fine[BLOCK];
    powers(-theta, n, fine);
    for (size_t k = 0; k < n; k += BLOCK)
        times(in + k, n - k < BLOCK ? n - k : BLOCK, scale * exp(-theta * (double)k), fine, out + k);
}

/* Four chains: the order is fixed, the adds overlap. */
CLONES static double product(const double *mass, const double *fine, size_t n)
{
    four part = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        part += *(const four *)(mass + i) * *(const four *)(fine + i);
    for (; i < n; i++)
        part[0] += mass[i] * fine[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

double quo_spectrum_moment(const double *mass, size_t n, double theta)
{
    double fine[BLOCK], sum = 0.0;
    powers(theta, n, fine);
    for (size_t k = 0; k < n; k += BLOCK)
        sum += exp(theta * (double)k) * product(mass + k, fine, n - k < BLOCK ? n - k : BLOCK);
    return sum;
}

CLONES static void sum_groups(const double *mass, size_t groups, size_t each, double *sum)
{
    for (size_t g = 0; g < groups; g++) {
        four part = {0.0};
        for (size_t i = 0; i < each; i += LANES)
            part += *(const four *)(mass + g * each + i);
        sum[g] = (part[0] + part[1]) + (part[2] + part[3]);
    }
}

size_t quo_spectrum_group(const double *mass, size_t n, double sum[QUO_SPECTRUM_GROUPS], size_t *each)
{
    *each = 1;
    if (n <= QUO_SPECTRUM_GROUPS) {
        memcpy(sum, mass, n * sizeof *sum);
        return n;
    }
    for (*each = LANES; n > *each * QUO_SPECTRUM_GROUPS; *each *= 2)
        ;
    const size_t groups = n / *each;
    sum_groups(mass, groups, *each, sum);
    if (groups * *each == n)
        return groups;
    sum[groups] = 0.0;
    for (size_t k = groups * *each; k < n; k++)
        sum[groups] += mass[k];
    return groups + 1;
}

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

/* rate (z[j] - 1) as real and imaginary parts. */
CLONES static void exponents(const double complex *z, size_t m, double rate, double *a, double *b)
{
    size_t j = 0;
    for (; j + LANES <= m; j += LANES) {
        const double *at = (const double *)(z + j);
        const four low = *(const four *)at, high = *(const four *)(at + LANES);
        *(four *)(a + j) = rate * (__builtin_shufflevector(low, high, 0, 2, 4, 6) - 1.0);
        *(four *)(b + j) = rate * __builtin_shufflevector(low, high, 1, 3, 5, 7);
    }
    for (; j < m; j++) {
        a[j] = rate * (creal(z[j]) - 1.0);
        b[j] = rate * cimag(z[j]);
    }
}

/* out[j] = size[j] (cosine[j] + i sine[j]). */
CLONES static void put_polar(const double *size, const double *sine, const double *cosine, size_t m, double complex *out)
{
    size_t j = 0;
    for (; j + LANES <= m; j += LANES) {
        double *at = (double *)(out + j);
        const four s = *(const four *)(size + j), x = s * *(const four *)(cosine + j), y = s * *(const four *)(sine + j);
        *(four *)at = __builtin_shufflevector(x, y, 0, 4, 1, 5);
        *(four *)(at + LANES) = __builtin_shufflevector(x, y, 2, 6, 3, 7);
    }
    for (; j < m; j++)
        out[j] = CMPLX(size[j] * cosine[j], size[j] * sine[j]);
}

void quo_spectrum_poisson(const double complex *z, size_t n, double rate, double complex *out)
{
    double a[CHUNK], b[CHUNK], sine[CHUNK], cosine[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        exponents(z + at, m, rate, a, b);
        quo_vectormath_exp(a, m, a);
        quo_vectormath_sincos(b, m, sine, cosine);
        put_polar(a, sine, cosine, m, out + at);
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
        exponents(z, m, f->par[0], a, b);
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
