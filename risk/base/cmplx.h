/* risk/base/cmplx.h -- C11's CMPLX also where the compiler has it and the C library does not say so (clang with
 * glibc 2.36). */
#ifndef QUO_CMPLX_H
#define QUO_CMPLX_H

#include <complex.h>

#ifndef CMPLX
#define CMPLX(re, im) __builtin_complex((double)(re), (double)(im))
#endif
#endif
