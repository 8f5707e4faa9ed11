#include "pricing/aggregate/transform.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>
#include "risk/base/memory.h"

/* FFTW's planner takes some 200 KB, and as much as a table of sines. */
#define PLANNER_BYTES ((size_t)1 << 20)

/* FFTW plans under one lock: its planner, alone of its functions, is not safe in threads. */
void quo_transform_free(struct quo_transform *t)
{
#pragma omp critical(quo_fftw_planner)
    {
        if (t->forward)
            fftw_destroy_plan(t->forward);
        if (t->backward)
            fftw_destroy_plan(t->backward);
    }
    fftw_free(t->real);
    fftw_free(t->spectrum);
    fftw_free(t->product);
    fftw_free(t->cosine);
    memset(t, 0, sizeof *t);
}

int quo_transform_new(size_t size, struct quo_transform *t)
{
    const size_t half = size / 2, quarter = size / 4 + 1;
    memset(t, 0, sizeof *t);
    t->real = fftw_alloc_real(size);
    t->spectrum = fftw_alloc_complex(half + 1);
    t->product = fftw_alloc_complex(half + 1);
    t->cosine = fftw_alloc_real(2 * quarter);
    if (t->real && t->spectrum && t->product && t->cosine && quo_memory_suffices(PLANNER_BYTES + 32 * size)) {
        t->sine = t->cosine + quarter;
        for (size_t k = 0; k < quarter; k++) {
            const double angle = 2.0 * M_PI * (double)k / (double)size;
            t->cosine[k] = cos(angle);
            t->sine[k] = sin(angle);
        }
#pragma omp critical(quo_fftw_planner)
        {
            t->forward = fftw_plan_dft_1d((int)half, (fftw_complex *)t->real, t->spectrum, FFTW_FORWARD, FFTW_ESTIMATE);
            t->backward =
                fftw_plan_dft_1d((int)half, t->product, (fftw_complex *)t->real, FFTW_BACKWARD, FFTW_ESTIMATE);
        }
    }
    if (!t->forward || !t->backward) {
        quo_transform_free(t);
        return 0;
    }
    t->size = size;
    return 1;
}

typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
static const four conjugate = {1.0, -1.0, 1.0, -1.0};

/* Two complex numbers in the other order; real and imaginary parts exchanged; each of two numbers twice. */
#define TURNED(x) __builtin_shufflevector(x, x, 2, 3, 0, 1)
#define CROSSED(x) __builtin_shufflevector(x, x, 1, 0, 3, 2)
#define EACH_TWICE(x) ((four){(x)[0], (x)[0], (x)[1], (x)[1]})

/* With z[m] = x[2m] + i x[2m + 1]: Z[k] = E[k] + i O[k], E and O the transforms of the even and the odd numbers, and
 * X[k] = E[k] + w^k O[k], X[half - k] = conj(E[k] - w^k O[k]), w = exp(-2 pi i / size). */
static void untangle_one(double complex *z, size_t half, size_t k, double c, double s)
{
    const double ar = creal(z[k]), ai = cimag(z[k]), br = creal(z[half - k]), bi = cimag(z[half - k]);
    const double er = 0.5 * (ar + br), ei = 0.5 * (ai - bi), or = 0.5 * (ai + bi), oi = 0.5 * (br - ar);
    const double wr = c * or +s * oi, wi = c * oi - s * or ;
    z[k] = CMPLX(er + wr, ei + wi);
    z[half - k] = CMPLX(er - wr, wi - ei);
}

/* Two at a time, while they do not meet; returns the first k that is left. */
CLONES static size_t untangle(double *z, size_t half, const double *cosine, const double *sine)
{
    size_t k = 1;
    for (; k + 1 < half - k - 1; k += 2) {
        four *low = (four *)(z + 2 * k), *high = (four *)(z + 2 * (half - k - 1));
        const four a = *low, b = TURNED(*high) * conjugate, e = 0.5 * (a + b), d = 0.5 * (a - b);
        const four o = CROSSED(d) * conjugate; /* of a - conj(b) = 2 i O */
        const four w = EACH_TWICE(cosine + k) * o + EACH_TWICE(sine + k) * (CROSSED(o) * conjugate);
        *low = e + w;
        *high = TURNED((e - w) * conjugate);
    }
    return k;
}

void quo_transform_forward(const struct quo_transform *t)
{
    const size_t half = t->size / 2;
    double complex *z = t->spectrum;
    fftw_execute(t->forward);
    const double first = creal(z[0]), second = cimag(z[0]);
    z[0] = first + second;
    z[half] = first - second;
    for (size_t k = untangle((double *)z, half, t->cosine, t->sine); k <= half - k; k++)
        untangle_one(z, half, k, t->cosine[k], t->sine[k]);
}

static void tangle_one(double complex *z, size_t half, size_t k, double c, double s)
{
    const double ar = creal(z[k]), ai = cimag(z[k]), br = creal(z[half - k]), bi = cimag(z[half - k]);
    const double er = ar + br, ei = ai - bi, wr = ar - br, wi = ai + bi;
    const double or = c * wr - s * wi, oi = c * wi + s * wr;
    z[k] = CMPLX(er - oi, ei + or);
    z[half - k] = CMPLX(er + oi, or -ei);
}

CLONES static size_t tangle(double *z, size_t half, const double *cosine, const double *sine)
{
    size_t k = 1;
    for (; k + 1 < half - k - 1; k += 2) {
        four *low = (four *)(z + 2 * k), *high = (four *)(z + 2 * (half - k - 1));
        const four a = *low, b = TURNED(*high) * conjugate, e = a + b, w = a - b;
        const four o = EACH_TWICE(cosine + k) * w - EACH_TWICE(sine + k) * (CROSSED(w) * conjugate);
        const four i_o = -CROSSED(o) * conjugate;
        *low = e + i_o;
        *high = TURNED((e - i_o) * conjugate);
    }
    return k;
}

/* The same backwards, without the halves: the result is size times the inverse. */
void quo_transform_backward(const struct quo_transform *t)
{
    const size_t half = t->size / 2;
    double complex *z = t->product;
    const double first = creal(z[0]), last = creal(z[half]);
    z[0] = CMPLX(first + last, first - last);
    for (size_t k = tangle((double *)z, half, t->cosine, t->sine); k <= half - k; k++)
        tangle_one(z, half, k, t->cosine[k], t->sine[k]);
    fftw_execute(t->backward);
}
