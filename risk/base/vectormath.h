/* risk/base/vectormath.h -- elementary functions of whole arrays, by SLEEF, eight at a time where the processor has AVX-512,
 * four where it has AVX2, two else. Error below 1.0 ulp; last digits may differ between processors. out may be in. */
#ifndef QUO_VECTORMATH_H
#define QUO_VECTORMATH_H

#include <stddef.h>

void quo_vectormath_exp(const double *x, size_t n, double *out);
void quo_vectormath_log(const double *x, size_t n, double *out);
void quo_vectormath_log1p(const double *x, size_t n, double *out);
void quo_vectormath_erfc(const double *x, size_t n, double *out); /* error below 1.5 ulp */
void quo_vectormath_sincos(const double *x, size_t n, double *sine, double *cosine);
void quo_vectormath_atan2(const double *y, const double *x, size_t n, double *out);
#endif
