#include "pricing/aggregate/plainyears.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "risk/base/marks.h"
#include "risk/base/stream.h"

enum { STREAM_PLAIN_YEARS = 51, COUNTS = 0, SIZES = 1, FURTHER = 2 };

#define BLOCK QUO_PLAINYEARS_BLOCK
#define LANES 16 /* years side by side, as marks.h has its words */
#define GROUPS (BLOCK / LANES)
#define CELL_BITS 8 /* 256 cells to a power of two */
#define OCTAVES 11 /* of chances from 1/2 down to 2^-12, on either side */
#define CELLS (OCTAVES << CELL_BITS)
#define SIDE_BITS 12 /* room for CELLS + 1 */
#define SIDE (1 << SIDE_BITS)
#define FAR (1u << 20) /* of 31 bits: a number below lies in the last 2^-12 of its side */
#define COUNTS_MAX 1023
#define GUIDE_BITS 12

struct quo_plainyears {
    double low[2][SIDE], rise[2][SIDE]; /* of u and of 1 - u, upwards: the size at a cell's lower end and what it gains to the
                                         * upper; the first cell stands for what is farther out, and has none */
    uint64_t below[COUNTS_MAX + 1]; /* P[N <= k], of 2^64 */
    uint16_t guide[1 << GUIDE_BITS]; /* the least count that a number with these leading bits may mean */
    quo_plainyears_size *size;
    const void *context;
};

void quo_plainyears_free(struct quo_plainyears *plain) { free(plain); }

static double size_at(const struct quo_plainyears *p, int side, double near)
{
    return p->size(side ? 1.0 - near : near, p->context);
}

static bool fill_sizes(struct quo_plainyears *p)
{
    const unsigned cells = 1u << CELL_BITS;
    for (int side = 0; side < 2; side++) {
        double low = size_at(p, side, 0x1p-12);
        if (!isfinite(low) || !isfinite(size_at(p, side, 0x1p-86)))
            return false;
        p->low[side][0] = p->rise[side][0] = 0.0;
        for (unsigned i = 0; i < CELLS; i++) {
            const unsigned next = i + 1;
            const double high = size_at(p, side, ldexp(1.0 + (double)(next % cells) / cells, (int)(next / cells) - 12));
            if (!isfinite(high) || (side ? high < low : high > low))
                return false;
            p->low[side][next] = low;
            p->rise[side][next] = high - low;
            low = high;
        }
    }
    return true;
}

static void fill_counts(double rate, struct quo_plainyears *p)
{
    double mass = exp(-rate), sum = 0.0;
    for (unsigned k = 0; k <= COUNTS_MAX; k++) {
        sum += mass;
        p->below[k] = sum < 1.0 && k < COUNTS_MAX ? (uint64_t)ldexp(sum, 64) : UINT64_MAX;
        mass *= rate / (k + 1.0);
    }
    unsigned k = 0;
    for (uint64_t g = 0; g < 1u << GUIDE_BITS; g++) {
        while (p->below[k] <= g << (64 - GUIDE_BITS))
            k++;
        p->guide[g] = (uint16_t)k;
    }
}

enum quo_status quo_plainyears_new(double rate, quo_plainyears_size *size, const void *context,
                                   struct quo_plainyears **out)
{
    *out = NULL;
    if (!(rate > 0.0 && rate <= 600.0))
        return QUO_DOMAIN;
    struct quo_plainyears *p = malloc(sizeof *p);
    if (!p)
        return QUO_MACHINE;
    p->size = size;
    p->context = context;
    fill_counts(rate, p);
    if (!fill_sizes(p)) {
        quo_plainyears_free(p);
        return QUO_DOMAIN;
    }
    *out = p;
    return QUO_OK;
}

/* ---- a block of years -------------------------------------------------------------------------- */

struct scratch {
    uint16_t count[BLOCK], order[BLOCK]; /* order: the years, most losses first */
    double sum[BLOCK]; /* in that order */
    uint32_t *word;
    size_t room;
};

static bool room_for(struct scratch *s, size_t words)
{
    if (words <= s->room)
        return true;
    free(s->word);
    s->room = words + words / 4;
    s->word = malloc(s->room * sizeof *s->word);
    return s->word != NULL || (s->room = 0);
}

static void draw_counts(const struct quo_plainyears *p, const uint32_t *word, struct scratch *s)
{
    uint16_t start[COUNTS_MAX + 2] = {0};
    unsigned most = 0;
    for (size_t y = 0; y < BLOCK; y++) {
        const uint32_t *pair = word + y / LANES * (2 * LANES) + y % LANES;
        const uint64_t w = (uint64_t)pair[0] << 32 | pair[LANES];
        unsigned k = p->guide[w >> (64 - GUIDE_BITS)];
        while (k < COUNTS_MAX && w >= p->below[k])
            k++;
        s->count[y] = (uint16_t)k;
        start[k]++;
        most = k > most ? k : most;
    }
    unsigned before = 0;
    for (unsigned k = most + 1; k-- > 0;) {
        const unsigned n = start[k];
        start[k] = (uint16_t)before;
        before += n;
    }
    for (unsigned y = 0; y < BLOCK; y++)
        s->order[start[s->count[y]]++] = (uint16_t)y;
}

static double as_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t as_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Sums of sixteen years side by side, year i of have[i] losses, from rows of sixteen words; far[]: the rows with a loss of the last 2^-12,
 * which is left out. A word is a side and, of 2^32, the chance to it; as a double its leading bits are the cell, the rest how far within. */
struct rows {
    const double *low, *rise;
    const uint32_t *word;
    size_t n;
    const int64_t *have;
    double *sum;
    uint16_t *far;
};

#define TO_DOUBLE 0x4330000000000000 /* 2^52 as bits: whole numbers below it turn into doubles */
#define ONE 0x3FF0000000000000
#define FRACTION 0xFFFFFFFFFFFFF
#define FIRST ((int64_t)(1023 + 21) << CELL_BITS) /* leading bits of 2 FAR */
#define BEFORE (2.0 * FAR - 0x1p12) /* lies in the cell before */

static size_t plainyears_rows(const struct rows *r)
{
    size_t n_far = 0;
    memset(r->sum, 0, LANES * sizeof *r->sum);
    for (size_t row = 0; row < r->n; row++) {
        unsigned any = 0;
        for (size_t i = 0; i < LANES; i++) {
            const uint64_t w = r->word[row * LANES + i];
            const double whole = as_double((w << 1 & 0xFFFFFFFF) | 1 | TO_DOUBLE) - 0x1p52, x = fmax(whole, BEFORE);
            const int64_t side = w >> 31 ? SIDE : 0, at = (int64_t)(as_bits(x) >> (52 - CELL_BITS)) - (FIRST - 1) + side;
            const double part = as_double((as_bits(x) << CELL_BITS & FRACTION) | ONE) - 1.0;
            any |= whole < 2.0 * FAR;
            r->sum[i] += (int64_t)row < r->have[i] ? r->low[at] + part * r->rise[at] : 0.0;
        }
        r->far[n_far] = (uint16_t)row;
        n_far += any;
    }
    return n_far;
}

#if defined(__x86_64__)
/* The same in vectors; compilers do not gather by themselves. */
#define ROWS_IN_VECTORS(name, isa, whole_vector, vector, lanes)                                                        \
    __attribute__((target(isa))) static size_t name(const struct rows *r)                                             \
    {                                                                                                                  \
        vector sum[LANES / (lanes)];                                                                                   \
        size_t n_far = 0;                                                                                              \
        for (int v = 0; v < LANES / (lanes); v++)                                                                      \
            sum[v] = SETD(0.0);                                                                                        \
        for (size_t row = 0; row < r->n; row++) {                                                                      \
            unsigned any = 0;                                                                                          \
            _Pragma("GCC unroll 4") for (int v = 0; v < LANES / (lanes); v++)                                          \
            {                                                                                                          \
                const whole_vector w = WORDS(r->word + row * LANES + v * (lanes));                                     \
                const whole_vector twice = AND(LEFT(w, 1), SET(0xFFFFFFFF));                                           \
                const vector number = SUBTRACT(DOUBLES(OR(twice, SET(TO_DOUBLE | 1))), SETD(0x1p52));                  \
                const whole_vector bits = BITS(MOST(number, SETD(BEFORE)));                                            \
                const whole_vector side = RIGHT(AND(w, SET(0x80000000)), 31 - SIDE_BITS);                              \
                const whole_vector at = ADD(ADD(RIGHT(bits, 52 - CELL_BITS), SET(1 - FIRST)), side);                   \
                const whole_vector within = OR(AND(LEFT(bits, CELL_BITS), SET(FRACTION)), SET(ONE));                   \
                const vector part = SUBTRACT(DOUBLES(within), SETD(1.0));                                              \
                const vector size = PLUS(GATHER(r->low, at), TIMES(part, GATHER(r->rise, at)));                        \
                any |= (unsigned)BELOW(number, SETD(2.0 * FAR));                                                        \
                sum[v] = PLUS(sum[v], WHERE_MORE(LOAD(r->have + v * (lanes)), SET(row), size));                        \
            }                                                                                                          \
            r->far[n_far] = (uint16_t)row;                                                                             \
            n_far += any != 0;                                                                                         \
        }                                                                                                              \
        for (int v = 0; v < LANES / (lanes); v++)                                                                      \
            STORE(r->sum + v * (lanes), sum[v]);                                                                       \
        return n_far;                                                                                                  \
    }
#define SET(k) _mm256_set1_epi64x((long long)(k))
#define SETD _mm256_set1_pd
#define WORDS(p) _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE _mm256_storeu_pd
#define LEFT _mm256_slli_epi64
#define RIGHT _mm256_srli_epi64
#define AND _mm256_and_si256
#define OR _mm256_or_si256
#define ADD _mm256_add_epi64
#define DOUBLES _mm256_castsi256_pd
#define BITS _mm256_castpd_si256
#define PLUS _mm256_add_pd
#define SUBTRACT _mm256_sub_pd
#define TIMES _mm256_mul_pd
#define MOST _mm256_max_pd
#define GATHER(table, at) _mm256_i64gather_pd(table, at, 8)
#define BELOW(x, y) _mm256_movemask_pd(_mm256_cmp_pd(x, y, _CMP_LT_OQ))
#define WHERE_MORE(n, than, x) _mm256_and_pd(DOUBLES(_mm256_cmpgt_epi64(n, than)), x)
ROWS_IN_VECTORS(plainyears_rows_wide, "avx2", __m256i, __m256d, 4)
#undef SET
#undef SETD
#undef WORDS
#undef LOAD
#undef STORE
#undef LEFT
#undef RIGHT
#undef AND
#undef OR
#undef ADD
#undef DOUBLES
#undef BITS
#undef PLUS
#undef SUBTRACT
#undef TIMES
#undef MOST
#undef GATHER
#undef BELOW
#undef WHERE_MORE
#define SET(k) _mm512_set1_epi64((long long)(k))
#define SETD _mm512_set1_pd
#define WORDS(p) _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define LOAD _mm512_loadu_si512
#define STORE _mm512_storeu_pd
#define LEFT _mm512_slli_epi64
#define RIGHT _mm512_srli_epi64
#define AND _mm512_and_si512
#define OR _mm512_or_si512
#define ADD _mm512_add_epi64
#define DOUBLES _mm512_castsi512_pd
#define BITS _mm512_castpd_si512
#define PLUS _mm512_add_pd
#define SUBTRACT _mm512_sub_pd
#define TIMES _mm512_mul_pd
#define MOST _mm512_max_pd
#define GATHER(table, at) _mm512_i64gather_pd(at, table, 8)
#define BELOW(x, y) _mm512_cmp_pd_mask(x, y, _CMP_LT_OQ)
#define WHERE_MORE(n, than, x) _mm512_maskz_mov_pd(_mm512_cmpgt_epi64_mask(n, than), x)
ROWS_IN_VECTORS(plainyears_rows_widest, "avx512f", __m512i, __m512d, 8)
#endif

static size_t (*widest(void))(const struct rows *)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return plainyears_rows_widest;
    if (__builtin_cpu_supports("avx2"))
        return plainyears_rows_wide;
#endif
    return plainyears_rows;
}

/* Losses of the last 2^-12 at either end: 52 bits more, and the law's own quantile. */
static void add_far(const struct quo_plainyears *p, const struct quo_marks_address *address, const uint32_t *word, size_t place,
                    const int64_t *have, size_t row, double *sum)
{
    for (size_t i = 0; i < LANES; i++) {
        const uint32_t near = word[i] & 0x7FFFFFFF;
        if (near >= FAR || (int64_t)row >= have[i])
            continue;
        struct quo_stream further =
            quo_stream_at(address->seed, address->simulation, FURTHER + (uint32_t)(place + i), STREAM_PLAIN_YEARS);
        sum[i] += size_at(p, word[i] >> 31 != 0, (near + quo_stream_uniform(&further)) * 0x1p-32);
    }
}

static enum quo_status one_block(const struct quo_plainyears *p, uint64_t seed, uint64_t first, size_t (*add_rows)(const struct rows *),
                                 struct scratch *s)
{
    struct quo_marks_address at = {seed, first / BLOCK, COUNTS, STREAM_PLAIN_YEARS};
    int64_t have[BLOCK];
    if (!room_for(s, 2 * BLOCK))
        return QUO_MACHINE;
    quo_marks_words(&at, 0, BLOCK / 2, s->word);
    draw_counts(p, s->word, s);
    size_t rows = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        have[i] = s->count[s->order[i]];
        rows += i % LANES == 0 ? (size_t)have[i] : 0;
    }
    const size_t blocks = (rows + 3) / 4 * LANES; /* four words each */
    if (!room_for(s, 4 * blocks))
        return QUO_MACHINE;
    at.entity = SIZES;
    quo_marks_words(&at, 0, blocks, s->word);
    uint16_t far[COUNTS_MAX + 1];
    size_t place = 0;
    for (size_t from = 0; from < BLOCK; from += LANES) {
        const struct rows r = {p->low[0], p->rise[0], s->word + place, (size_t)have[from], have + from, s->sum + from, far};
        for (size_t n_far = add_rows(&r), i = 0; i < n_far; i++)
            add_far(p, &at, r.word + far[i] * LANES, place + far[i] * LANES, r.have, far[i], r.sum);
        place += r.n * LANES;
    }
    return QUO_OK;
}

enum quo_status quo_plainyears_run(const struct quo_plainyears *p, uint64_t seed, uint64_t first, size_t n,
                                   double *total, uint64_t *events)
{
    if (first % BLOCK != 0)
        return QUO_DOMAIN;
    struct scratch *s = malloc(sizeof *s);
    if (!s)
        return QUO_MACHINE;
    s->word = NULL;
    s->room = 0;
    uint64_t all = 0;
    enum quo_status status = QUO_OK;
    for (size_t from = 0; from < n && status == QUO_OK; from += BLOCK) {
        status = one_block(p, seed, first + from, widest(), s); /* whole, so that its years are the same however many are asked for */
        for (size_t i = 0; i < BLOCK && status == QUO_OK; i++)
            if (from + s->order[i] < n) {
                total[from + s->order[i]] = s->sum[i];
                all += s->count[s->order[i]];
            }
    }
    free(s->word);
    free(s);
    if (events)
        *events = all;
    return status;
}
