#include "pricing/aggregate/spectrum.h"

#include <math.h>
#include <string.h>
#include "risk/base/vectormath.h"

/* exp(theta k) is the product of one of many coarse and one of `block` fine powers: two roundings, no recursion. Few points ask for few of
 * either. */
#define BLOCK 256
#define BLOCK_OF_FEW 64
#define FEW (BLOCK_OF_FEW * COARSE)
#define COARSE 64
/* Frequencies at a time: their arrays stay in the nearest cache. */
#define CHUNK 128
#define LANES 4
#define CLONES __attribute__((target_clones("default", "avx2")))
#define CLONES_WIDEST __attribute__((target_clones("default", "avx2", "avx512f")))

typedef double four __attribute__((vector_size(8 * LANES), aligned(8)));
typedef double eight __attribute__((vector_size(64), aligned(8)));

static size_t block_of(size_t n) { return n <= FEW ? BLOCK_OF_FEW : BLOCK; }

/* out[i] = exp(theta (from + i apart)), i < n; there is room for one also where n is 0. */
static void powers(double theta, size_t from, size_t apart, size_t n, double *out)
{
    out[0] = theta * (double)from;
    for (size_t i = 1; i < n; i++)
        out[i] = theta * (double)(from + i * apart);
    quo_vectormath_exp(out, n, out);
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
    const size_t block = block_of(n), blocks = (n + block - 1) / block;
    double fine[BLOCK], coarse[COARSE];
    powers(-theta, 0, 1, n < block ? n : block, fine);
    for (size_t k = 0; k < blocks; k++) {
        const size_t at = k * block;
        if (k % COARSE == 0)
            powers(-theta, at, block, blocks - k < COARSE ? blocks - k : COARSE, coarse);
        times(in + at, n - at < block ? n - at : block, scale * coarse[k % COARSE], fine, out + at);
    }
}

/* Of whole and broken blocks, four chains: the order is fixed, the adds overlap. */
CLONES static double products(const double *mass, size_t n, size_t block, const double *coarse, const double *fine)
{
    four sum = {0.0};
    double rest = 0.0;
    for (size_t k = 0; k < n; k += block, coarse++) {
        const size_t m = n - k < block ? n - k : block;
        four part = {0.0};
        size_t i = 0;
        for (; i + LANES <= m; i += LANES)
            part += *(const four *)(mass + k + i) * *(const four *)(fine + i);
        sum += *coarse * part;
        for (; i < m; i++)
            rest += mass[k + i] * (*coarse * fine[i]);
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

double quo_spectrum_moment(const double *mass, size_t n, double theta)
{
    const size_t block = block_of(n), whole = block * COARSE;
    double fine[BLOCK], coarse[COARSE], sum = 0.0;
    powers(theta, 0, 1, n < block ? n : block, fine);
    for (size_t at = 0; at < n; at += whole) {
        const size_t m = n - at < whole ? n - at : whole;
        powers(theta, at, block, (m + block - 1) / block, coarse);
        sum += products(mass + at, m, block, coarse, fine);
    }
    return sum;
}

CLONES static double product(const double *a, const double *b, size_t n)
{
    four part = {0.0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        part += *(const four *)(a + i) * *(const four *)(b + i);
    for (; i < n; i++)
        part[0] += a[i] * b[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
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

size_t quo_spectrum_group(const double *mass, size_t n, size_t each, double *sum)
{
    const size_t groups = n / each;
    if (each == 1)
        memcpy(sum, mass, n * sizeof *sum);
    else
        sum_groups(mass, groups, each, sum);
    if (groups * each == n)
        return groups;
    sum[groups] = 0.0;
    for (size_t k = groups * each; k < n; k++)
        sum[groups] += mass[k];
    return groups + 1;
}

double quo_spectrum_product(const double *a, const double *b, size_t n) { return product(a, b, n); }

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

/* rate (z[j] - from) as real and imaginary parts. */
CLONES static void scaled(const double complex *z, size_t m, double rate, double from, double *a, double *b)
{
    size_t j = 0;
    for (; j + LANES <= m; j += LANES) {
        const double *at = (const double *)(z + j);
        const four low = *(const four *)at, high = *(const four *)(at + LANES);
        *(four *)(a + j) = rate * (__builtin_shufflevector(low, high, 0, 2, 4, 6) - from);
        *(four *)(b + j) = rate * __builtin_shufflevector(low, high, 1, 3, 5, 7);
    }
    for (; j < m; j++) {
        a[j] = rate * (creal(z[j]) - from);
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

/* out[j] = a[j] + i b[j], or times it. */
CLONES static void take(const double *a, const double *b, size_t n, bool first, double *out)
{
    if (first) {
#pragma omp simd
        for (size_t j = 0; j < n; j++) {
            out[2 * j] = a[j];
            out[2 * j + 1] = b[j];
        }
        return;
    }
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const double u = out[2 * j], v = out[2 * j + 1];
        out[2 * j] = u * a[j] - v * b[j];
        out[2 * j + 1] = u * b[j] + v * a[j];
    }
}

/* A power series with real coefficients that leaves out no more than a hundredth of a rounding. */
#define TERMS 28
#define LEFT_OUT 1e-18
struct series {
    int terms; /* 0: too many were needed */
    double c[TERMS];
};

/* scale (1 - v)^power, power negative, for |v| <= radius; or where power is INFINITY scale exp(v). */
static struct series series_of(double scale, double power, double radius)
{
    struct series s = {1, {scale}};
    double size = 1.0, all = 1.0; /* of a term at the radius; of those so far */
    for (int n = 1; n < TERMS; n++) {
        const double ratio = (isinf(power) ? 1.0 : (double)(n - 1) - power) / (double)n;
        s.c[n] = s.c[n - 1] * ratio;
        size *= ratio * radius;
        all += size;
        s.terms = n + 1;
        /* The ratio of terms falls, or rises towards the radius. */
        const double later = fmax(ratio, isinf(power) ? 0.0 : 1.0) * radius;
        if (later < 1.0 && size * later / (1.0 - later) < LEFT_OUT * all)
            return s;
    }
    s.terms = 0;
    return s;
}

/* The series at v = (a + ib), in place, by Goertzel's recursion: real numbers until the last step. n is a multiple of 16. */
CLONES_WIDEST static void sum_series(const struct series *series, double *a, double *b, size_t n)
{
    const int last = series->terms - 1;
    const double *c = series->c;
    for (size_t j = 0; j < n; j += 16) {
        const eight a0 = *(const eight *)(a + j), a1 = *(const eight *)(a + j + 8), b0 = *(const eight *)(b + j),
                    b1 = *(const eight *)(b + j + 8);
        const eight r0 = a0 + a0, r1 = a1 + a1, s0 = a0 * a0 + b0 * b0, s1 = a1 * a1 + b1 * b1;
        eight y0 = {0.0}, y1 = y0, x0 = y0 + c[last], x1 = x0; /* x: of the term before; y: of the one before that */
        for (int k = last - 1; k > 0; k--) {
            const eight z0 = (c[k] - s0 * y0) + r0 * x0, z1 = (c[k] - s1 * y1) + r1 * x1;
            y0 = x0;
            y1 = x1;
            x0 = z0;
            x1 = z1;
        }
        if (last == 0)
            x0 = x1 = y0;
        *(eight *)(a + j) = (c[0] - s0 * y0) + a0 * x0;
        *(eight *)(a + j + 8) = (c[0] - s1 * y1) + a1 * x1;
        *(eight *)(b + j) = b0 * x0;
        *(eight *)(b + j + 8) = b1 * x1;
    }
}

static void poisson_by_series(const double complex *z, size_t n, double rate, const struct series *series,
                              double complex *out)
{
    double a[CHUNK] = {0.0}, b[CHUNK] = {0.0};
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        scaled(z + at, m, rate, 0.0, a, b);
        sum_series(series, a, b, CHUNK);
        take(a, b, m, true, (double *)(out + at));
    }
}

void quo_spectrum_poisson(const double complex *z, size_t n, double rate, double complex *out)
{
    /* No frequency is larger than the first: masses are positive. */
    const struct series series = series_of(exp(-rate), INFINITY, rate * fabs(creal(z[0])));
    if (series.terms) {
        poisson_by_series(z, n, rate, &series, out);
        return;
    }
    double a[CHUNK], b[CHUNK], sine[CHUNK], cosine[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        scaled(z + at, m, rate, 1.0, a, b);
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
        scaled(z, m, f->par[0], 1.0, a, b);
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

CLONES static void times_base(const double *z, size_t n, double share, double *real, double *imaginary)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const double x = 1.0 - share * z[2 * j], y = -share * z[2 * j + 1], u = real[j], v = imaginary[j];
        real[j] = u * x - v * y;
        imaginary[j] = u * y + v * x;
    }
}

void quo_spectrum_times_base(const double complex *z, size_t n, double share, double *real, double *imaginary)
{
    times_base((const double *)z, n, share, real, imaginary);
}

void quo_spectrum_times_power(const double *real, const double *imaginary, size_t n, double radius, double scale,
                              double power, bool first, double complex *out)
{
    const struct series series = series_of(scale, power, radius);
    double a[CHUNK] = {0.0}, b[CHUNK] = {0.0};
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        if (series.terms) {
            for (size_t j = 0; j < m; j++) {
                a[j] = 1.0 - real[at + j];
                b[j] = -imaginary[at + j];
            }
            sum_series(&series, a, b, CHUNK);
        } else {
            memcpy(a, real + at, m * sizeof *a);
            memcpy(b, imaginary + at, m * sizeof *b);
            to_power(a, b, m, power);
            for (size_t j = 0; j < m; j++) {
                a[j] *= scale;
                b[j] *= scale;
            }
        }
        take(a, b, m, first, (double *)(out + at));
    }
}
