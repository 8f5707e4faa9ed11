/* pricing/aggregate/transform.h -- the discrete Fourier transform of real numbers and back, by FFTW.
 *
 * n real numbers go as n/2 complex ones through a complex transform and are untangled after it [Press et al. 2007, 12.3.2]:
 * FFTW plans a complex power of two in a twentieth of the time that its real transforms take to plan, which for the sizes of
 * one quote is more than the transforms themselves. FFTW_ESTIMATE: the same plan every time, so that the last digits do not
 * depend on the machine's load. Errors as FFTW's: about 1e-16 of the largest, growing as sqrt(log n). */
#ifndef QUO_TRANSFORM_H
#define QUO_TRANSFORM_H

#include <complex.h>
#include <stddef.h>

struct quo_transform {
    size_t size;              /* real numbers; even; 0: free */
    double *real;             /* real[size] */
    double complex *spectrum; /* spectrum[size / 2 + 1] */
    double complex *product;  /* product[size / 2 + 1] */
    double *cosine, *sine;    /* of 2 pi k / size, k <= size / 4 */
    void *forward, *backward; /* FFTW's plans */
};

/* False where memory runs out; then the transform is free. size: even, 4 or more. */
int quo_transform_new(size_t size, struct quo_transform *out);
void quo_transform_free(struct quo_transform *transform);
/* spectrum[j] = sum over k of real[k] exp(-2 pi i j k / size); real is overwritten. */
void quo_transform_forward(const struct quo_transform *transform);
/* real[k] = sum over all frequencies of product[j] exp(2 pi i j k / size), so size times the inverse; product is overwritten. */
void quo_transform_backward(const struct quo_transform *transform);
#endif
