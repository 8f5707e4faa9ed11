#include "risk/base/marks.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The constants of [Sal11]. */
#define MULTIPLY0 0xD2511F53u
#define MULTIPLY1 0xCD9E8D57u
#define WEYL0 0x9E3779B9u
#define WEYL1 0xBB67AE85u

/* Blocks at once. */
#define LANES 16

/* A block's four words lie in the low halves of four 64-bit lanes: what gathers in the upper halves is never read. */
struct block {
    uint64_t a[LANES], b[LANES], c[LANES], d[LANES];
};

static void begin(const struct quo_marks_address *at, const uint32_t *index, struct block *x)
{
    const uint64_t low = (uint32_t)at->simulation,
                   high = ((uint32_t)(at->simulation >> 32) & 0xFFFFu) | (uint32_t)at->purpose << 16;
    for (int i = 0; i < LANES; i++) {
        x->a[i] = index[i];
        x->b[i] = low;
        x->c[i] = high;
        x->d[i] = at->entity;
    }
}

static void rounds(uint64_t seed, struct block *x)
{
    for (int i = 0; i < LANES; i++) {
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        for (int round = 0; round < 10; round++, k0 += WEYL0, k1 += WEYL1) {
            const uint64_t p = (uint64_t)(uint32_t)x->a[i] * MULTIPLY0, q = (uint64_t)(uint32_t)x->c[i] * MULTIPLY1;
            x->a[i] = (q >> 32) ^ x->b[i] ^ k0;
            x->b[i] = q;
            x->c[i] = (p >> 32) ^ x->d[i] ^ k1;
            x->d[i] = p;
        }
    }
}

#if defined(__x86_64__)
/* Two vectors go side by side: each waits for its own products. */
#define ONE_ROUND(a, b, c, d)                                                                                          \
    p = MULTIPLY(a, m0);                                                                                               \
    q = MULTIPLY(c, m1);                                                                                               \
    a = BITXOR(BITXOR(SHIFT(q, 32), b), v0);                                                                           \
    b = q;                                                                                                             \
    c = BITXOR(BITXOR(SHIFT(p, 32), d), v1);                                                                           \
    d = p;
#define ROUNDS_IN_VECTORS(name, isa, vector, lanes)                                                                    \
    __attribute__((target(isa))) static void name(uint64_t seed, struct block *x)                                      \
    {                                                                                                                  \
        const vector m0 = SET(MULTIPLY0), m1 = SET(MULTIPLY1);                                                         \
        for (int i = 0; i < LANES; i += 2 * (lanes)) {                                                                 \
            vector a = LOAD(x->a + i), b = LOAD(x->b + i), c = LOAD(x->c + i), d = LOAD(x->d + i);                     \
            vector e = LOAD(x->a + i + (lanes)), f = LOAD(x->b + i + (lanes)), g = LOAD(x->c + i + (lanes)),           \
                   h = LOAD(x->d + i + (lanes));                                                                       \
            uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);                                                 \
            for (int round = 0; round < 10; round++, k0 += WEYL0, k1 += WEYL1) {                                       \
                const vector v0 = SET(k0), v1 = SET(k1);                                                               \
                vector p, q;                                                                                           \
                ONE_ROUND(a, b, c, d)                                                                                  \
                ONE_ROUND(e, f, g, h)                                                                                  \
            }                                                                                                          \
            STORE(x->a + i, a);                                                                                        \
            STORE(x->b + i, b);                                                                                        \
            STORE(x->c + i, c);                                                                                        \
            STORE(x->d + i, d);                                                                                        \
            STORE(x->a + i + (lanes), e);                                                                              \
            STORE(x->b + i + (lanes), f);                                                                              \
            STORE(x->c + i + (lanes), g);                                                                              \
            STORE(x->d + i + (lanes), h);                                                                              \
        }                                                                                                              \
    }
#define SET(k) _mm256_set1_epi64x((long long)(k))
#define MULTIPLY _mm256_mul_epu32
#define SHIFT _mm256_srli_epi64
#define BITXOR _mm256_xor_si256
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
ROUNDS_IN_VECTORS(rounds_wide, "avx2", __m256i, 4)
#undef SET
#undef MULTIPLY
#undef SHIFT
#undef BITXOR
#undef LOAD
#undef STORE
#define SET(k) _mm512_set1_epi64((long long)(k))
#define MULTIPLY _mm512_mul_epu32
#define SHIFT _mm512_srli_epi64
#define BITXOR _mm512_xor_si512
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, v) _mm512_storeu_si512(p, v)
ROUNDS_IN_VECTORS(rounds_widest, "avx512f", __m512i, 8)
#endif

/* Whole numbers below 2^31 turn into doubles in vectors. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void numbers(const struct block *x, double *fine,
                                                                               double *middle, double *coarse)
{
#pragma omp simd
    for (int i = 0; i < LANES; i++) {
        const uint32_t a = (uint32_t)x->a[i], b = (uint32_t)x->b[i], c = (uint32_t)x->c[i], d = (uint32_t)x->d[i];
        fine[i] = ((double)(int32_t)(a >> 6) * 0x1p26 + (double)(int32_t)(b >> 6) + 0.5) * 0x1p-52;
        middle[i] = (double)(int32_t)(c >> 12) * 0x1p-20 + (double)(int32_t)(d >> 12) * 0x1p-40;
        coarse[i] = (double)(int32_t)((c & 0xFFFu) << 12 | (d & 0xFFFu)) * 0x1p-24;
    }
}

void quo_marks(const struct quo_marks_address *address, const uint32_t *index, size_t n, double *fine, double *middle,
               double *coarse)
{
    struct block x;
    void (*philox)(uint64_t, struct block *) = rounds;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        philox = rounds_widest;
    else if (__builtin_cpu_supports("avx2"))
        philox = rounds_wide;
#endif
    for (size_t i = 0; i < n; i += LANES) {
        begin(address, index + i, &x);
        philox(address->seed, &x);
        numbers(&x, fine + i, middle + i, coarse + i);
    }
}
