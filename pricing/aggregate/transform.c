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

/* With z[m] = x[2m] + i x[2m + 1]: Z[k] = E[k] + i O[k], E and O the transforms of the even and the odd numbers, and
 * X[k] = E[k] + w^k O[k], X[half - k] = conj(E[k] - w^k O[k]), w = exp(-2 pi i / size). */
void quo_transform_forward(const struct quo_transform *t)
{
    const size_t half = t->size / 2;
    double complex *z = t->spectrum;
    fftw_execute(t->forward);
    const double first = creal(z[0]), second = cimag(z[0]);
    z[0] = first + second;
    z[half] = first - second;
    for (size_t k = 1; k <= half - k; k++) {
        const double ar = creal(z[k]), ai = cimag(z[k]), br = creal(z[half - k]), bi = cimag(z[half - k]);
        const double er = 0.5 * (ar + br), ei = 0.5 * (ai - bi), or = 0.5 * (ai + bi), oi = 0.5 * (br - ar);
        const double c = t->cosine[k], s = t->sine[k];
        const double wr = c * or +s * oi, wi = c * oi - s * or ;
        z[k] = CMPLX(er + wr, ei + wi);
        z[half - k] = CMPLX(er - wr, wi - ei);
    }
}

/* The same backwards, without the halves: the result is size times the inverse. */
void quo_transform_backward(const struct quo_transform *t)
{
    const size_t half = t->size / 2;
    double complex *z = t->product;
    const double first = creal(z[0]), last = creal(z[half]);
    z[0] = CMPLX(first + last, first - last);
    for (size_t k = 1; k <= half - k; k++) {
        const double ar = creal(z[k]), ai = cimag(z[k]), br = creal(z[half - k]), bi = cimag(z[half - k]);
        const double er = ar + br, ei = ai - bi, wr = ar - br, wi = ai + bi;
        const double c = t->cosine[k], s = t->sine[k];
        const double or = c * wr - s * wi, oi = c * wi + s * wr;
        z[k] = CMPLX(er - oi, ei + or);
        z[half - k] = CMPLX(er + oi, or -ei);
    }
    fftw_execute(t->backward);
}
