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
#define ROUNDS 10

/* A block's four words lie in the low halves of four 64-bit lanes: what gathers in the upper halves is never read. */
struct block {
    uint64_t a[LANES], b[LANES], c[LANES], d[LANES];
};

/* What all blocks of an address share: counter words 1 to 3, and the keys of the rounds. */
struct shared {
    uint64_t word[3], key[ROUNDS][2];
};

static struct shared shared_of(const struct quo_marks_address *at)
{
    struct shared s = {{(uint32_t)at->simulation, ((uint32_t)(at->simulation >> 32) & 0xFFFFu) | (uint32_t)at->purpose << 16, at->entity},
                       {{0}}};
    uint32_t k0 = (uint32_t)at->seed, k1 = (uint32_t)(at->seed >> 32);
    for (int round = 0; round < ROUNDS; round++, k0 += WEYL0, k1 += WEYL1) {
        s.key[round][0] = k0;
        s.key[round][1] = k1;
    }
    return s;
}

/* Blocks index[i] + more. */
static void rounds(const struct shared *s, const uint32_t *index, uint32_t more, struct block *x)
{
    for (int i = 0; i < LANES; i++) {
        x->a[i] = index[i] + more;
        x->b[i] = s->word[0];
        x->c[i] = s->word[1];
        x->d[i] = s->word[2];
        for (int round = 0; round < ROUNDS; round++) {
            const uint64_t p = (uint64_t)(uint32_t)x->a[i] * MULTIPLY0, q = (uint64_t)(uint32_t)x->c[i] * MULTIPLY1;
            x->a[i] = (q >> 32) ^ x->b[i] ^ s->key[round][0];
            x->b[i] = q;
            x->c[i] = (p >> 32) ^ x->d[i] ^ s->key[round][1];
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
    __attribute__((target(isa))) static void name(const struct shared *s, const uint32_t *index, uint32_t more, struct block *x) \
    {                                                                                                                  \
        const vector m0 = SET(MULTIPLY0), m1 = SET(MULTIPLY1), begin = SET(more);                                      \
        for (int i = 0; i < LANES; i += 2 * (lanes)) {                                                                 \
            vector a = PLUS(WIDEN(index + i), begin), b = SET(s->word[0]), c = SET(s->word[1]), d = SET(s->word[2]);   \
            vector e = PLUS(WIDEN(index + i + (lanes)), begin), f = b, g = c, h = d;                                   \
            _Pragma("GCC unroll 10") for (int round = 0; round < ROUNDS; round++)                                      \
            {                                                                                                          \
                const vector v0 = SET(s->key[round][0]), v1 = SET(s->key[round][1]);                                   \
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
#define PLUS _mm256_add_epi64
#define WIDEN(p) _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
ROUNDS_IN_VECTORS(rounds_wide, "avx2", __m256i, 4)
#undef SET
#undef MULTIPLY
#undef SHIFT
#undef BITXOR
#undef PLUS
#undef WIDEN
#undef STORE
#define SET(k) _mm512_set1_epi64((long long)(k))
#define MULTIPLY _mm512_mul_epu32
#define SHIFT _mm512_srli_epi64
#define BITXOR _mm512_xor_si512
#define PLUS _mm512_add_epi64
#define WIDEN(p) _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
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

/* The widest rounds that this processor has. */
static void (*widest(void))(const struct shared *, const uint32_t *, uint32_t, struct block *)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return rounds_widest;
    if (__builtin_cpu_supports("avx2"))
        return rounds_wide;
#endif
    return rounds;
}

void quo_marks(const struct quo_marks_address *address, const uint32_t *index, size_t n, double *fine, double *middle,
               double *coarse)
{
    struct block x;
    const struct shared shared = shared_of(address);
    void (*philox)(const struct shared *, const uint32_t *, uint32_t, struct block *) = widest();
    for (size_t i = 0; i < n; i += LANES) {
        philox(&shared, index + i, 0, &x);
        numbers(&x, fine + i, middle + i, coarse + i);
    }
}

/* The low halves, in vectors. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void marks_low_halves(const struct block *x, uint32_t *words)
{
#pragma omp simd
    for (int i = 0; i < LANES; i++)
        words[i] = (uint32_t)x->a[i];
#pragma omp simd
    for (int i = 0; i < LANES; i++)
        words[LANES + i] = (uint32_t)x->b[i];
#pragma omp simd
    for (int i = 0; i < LANES; i++)
        words[2 * LANES + i] = (uint32_t)x->c[i];
#pragma omp simd
    for (int i = 0; i < LANES; i++)
        words[3 * LANES + i] = (uint32_t)x->d[i];
}

static const uint32_t counted[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

void quo_marks_words(const struct quo_marks_address *address, uint32_t first, size_t n, uint32_t *words)
{
    struct block x;
    const struct shared shared = shared_of(address);
    void (*philox)(const struct shared *, const uint32_t *, uint32_t, struct block *) = widest();
    for (size_t i = 0; i < n; i += LANES) {
        philox(&shared, counted, first + (uint32_t)i, &x);
        marks_low_halves(&x, words + 4 * i);
    }
}
