#include "risk/base/vectormath.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#include <sleef.h>

/* The header declares the four-wide functions only where the whole file is compiled for AVX; here one function is. The names
 * without a suffix choose the best code for the processor themselves. */
#define WIDE __attribute__((target("avx2,fma")))
#define WIDEST __attribute__((target("avx512f")))
typedef double four __attribute__((vector_size(32)));
struct four_pair {
    four x, y;
};
typedef double eight __attribute__((vector_size(64)));
WIDEST eight Sleef_expd8_u10avx512f(eight);
WIDEST eight Sleef_logd8_u10avx512f(eight);
WIDEST eight Sleef_log1pd8_u10avx512f(eight);
WIDEST eight Sleef_erfcd8_u15avx512f(eight);
struct eight_pair {
    eight x, y;
};
WIDEST struct eight_pair Sleef_sincosd8_u10avx512f(eight);
WIDE four Sleef_expd4_u10(four);
WIDE four Sleef_logd4_u10(four);
WIDE four Sleef_log1pd4_u10(four);
WIDE four Sleef_erfcd4_u15(four);
WIDE four Sleef_atan2d4_u10(four, four);
WIDE struct four_pair Sleef_sincosd4_u10(four);

/* clang 14 passes wide vectors on the stack from functions that alone are compiled for them, where the library, which gcc built, does not
 * look: there two at a time. */
#ifdef __clang__
static int has_wide(void) { return 0; }
static int has_widest(void) { return 0; }
#else
static int has_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_widest(void) { return __builtin_cpu_supports("avx512f"); }
#endif

/* The rest of n after whole vectors goes through a padded copy, so that a value does not depend on where it stands. */
#define WHOLE_VECTORS(name, attribute, vector, lanes, function)                                                        \
    attribute static void name(const double *x, size_t n, double *out)                                                 \
    {                                                                                                                  \
        size_t i = 0;                                                                                                  \
        vector v;                                                                                                      \
        for (; i + lanes <= n; i += lanes) {                                                                           \
            memcpy(&v, x + i, sizeof v);                                                                               \
            v = function(v);                                                                                           \
            memcpy(out + i, &v, sizeof v);                                                                             \
        }                                                                                                              \
        if (i < n) {                                                                                                   \
            double rest[lanes];                                                                                        \
            for (size_t k = 0; k < lanes; k++)                                                                         \
                rest[k] = i + k < n ? x[i + k] : 1.0;                                                                  \
            memcpy(&v, rest, sizeof v);                                                                                \
            v = function(v);                                                                                           \
            memcpy(out + i, &v, (n - i) * sizeof *x);                                                                  \
        }                                                                                                              \
    }
#define ONE_ARGUMENT(name, widest, wide, narrow)                                                                       \
    WHOLE_VECTORS(name##_widest, WIDEST, eight, 8, widest)                                                             \
    WHOLE_VECTORS(name##_wide, WIDE, four, 4, wide)                                                                    \
    void quo_vectormath_##name(const double *x, size_t n, double *out)                                                 \
    {                                                                                                                  \
        if (has_widest()) {                                                                                            \
            name##_widest(x, n, out);                                                                                  \
            return;                                                                                                    \
        }                                                                                                              \
        if (has_wide()) {                                                                                              \
            name##_wide(x, n, out);                                                                                    \
            return;                                                                                                    \
        }                                                                                                              \
        for (size_t i = 0; i < n; i += 2) {                                                                            \
            const __m128d v = narrow(i + 1 < n ? _mm_loadu_pd(x + i) : _mm_set1_pd(x[i]));                             \
            if (i + 1 < n)                                                                                             \
                _mm_storeu_pd(out + i, v);                                                                             \
            else                                                                                                       \
                _mm_store_sd(out + i, v);                                                                              \
        }                                                                                                              \
    }

ONE_ARGUMENT(exp, Sleef_expd8_u10avx512f, Sleef_expd4_u10, Sleef_expd2_u10)
ONE_ARGUMENT(log, Sleef_logd8_u10avx512f, Sleef_logd4_u10, Sleef_logd2_u10)
ONE_ARGUMENT(log1p, Sleef_log1pd8_u10avx512f, Sleef_log1pd4_u10, Sleef_log1pd2_u10)
ONE_ARGUMENT(erfc, Sleef_erfcd8_u15avx512f, Sleef_erfcd4_u15, Sleef_erfcd2_u15)

/* Two results of one argument; the rest of n as above. */
#define WHOLE_PAIRS(name, attribute, vector, pair, lanes, function)                                                    \
    attribute static void name(const double *x, size_t n, double *sine, double *cosine)                                \
    {                                                                                                                  \
        size_t i = 0;                                                                                                  \
        vector v;                                                                                                      \
        for (; i + lanes <= n; i += lanes) {                                                                           \
            memcpy(&v, x + i, sizeof v);                                                                               \
            const struct pair r = function(v);                                                                         \
            memcpy(sine + i, &r.x, sizeof v);                                                                          \
            memcpy(cosine + i, &r.y, sizeof v);                                                                        \
        }                                                                                                              \
        if (i < n) {                                                                                                   \
            double rest[lanes] = {0.0};                                                                                \
            memcpy(rest, x + i, (n - i) * sizeof *x);                                                                  \
            memcpy(&v, rest, sizeof v);                                                                                \
            const struct pair r = function(v);                                                                         \
            memcpy(sine + i, &r.x, (n - i) * sizeof *x);                                                               \
            memcpy(cosine + i, &r.y, (n - i) * sizeof *x);                                                             \
        }                                                                                                              \
    }
WHOLE_PAIRS(sincos_widest, WIDEST, eight, eight_pair, 8, Sleef_sincosd8_u10avx512f)
WHOLE_PAIRS(sincos_wide, WIDE, four, four_pair, 4, Sleef_sincosd4_u10)

void quo_vectormath_sincos(const double *x, size_t n, double *sine, double *cosine)
{
    if (has_widest()) {
        sincos_widest(x, n, sine, cosine);
        return;
    }
    if (has_wide()) {
        sincos_wide(x, n, sine, cosine);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const Sleef___m128d_2 r = Sleef_sincosd2_u10(_mm_set1_pd(x[i]));
        _mm_store_sd(sine + i, r.x);
        _mm_store_sd(cosine + i, r.y);
    }
}

WIDE static void atan2_wide(const double *y, const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i += 4) {
        const size_t m = n - i < 4 ? n - i : 4;
        four a = {0.0, 0.0, 0.0, 0.0}, b = {1.0, 1.0, 1.0, 1.0};
        memcpy(&a, y + i, m == 4 ? sizeof a : m * sizeof *x);
        memcpy(&b, x + i, m == 4 ? sizeof b : m * sizeof *x);
        a = Sleef_atan2d4_u10(a, b);
        memcpy(out + i, &a, m == 4 ? sizeof a : m * sizeof *x);
    }
}

void quo_vectormath_atan2(const double *y, const double *x, size_t n, double *out)
{
    if (has_wide()) {
        atan2_wide(y, x, n, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        _mm_store_sd(out + i, Sleef_atan2d2_u10(_mm_set1_pd(y[i]), _mm_set1_pd(x[i])));
}

#else /* other processors: the C library, one at a time */

void quo_vectormath_exp(const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = exp(x[i]);
}

void quo_vectormath_log(const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = log(x[i]);
}

void quo_vectormath_log1p(const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = log1p(x[i]);
}

void quo_vectormath_erfc(const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = erfc(x[i]);
}

void quo_vectormath_sincos(const double *x, size_t n, double *sine, double *cosine)
{
    for (size_t i = 0; i < n; i++) {
        const double angle = x[i];
        sine[i] = sin(angle);
        cosine[i] = cos(angle);
    }
}

void quo_vectormath_atan2(const double *y, const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = atan2(y[i], x[i]);
}
#endif
