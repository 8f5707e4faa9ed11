#include "pricing/aggregate/plainyears.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/marks.h"

enum { STREAM_PLAIN_YEARS = 51, COUNTS = 0, SIZES = 1 };

#define BLOCK 256 /* years that share an address */
#define BITS 8 /* 256 cells to a power of two */
#define CELLS (42u << BITS) /* of chances down to 2^-42; below, the last is drawn on */
#define GUIDE 256

struct quo_plainyears {
    double node[2][CELLS + 1]; /* sizes at the ends of cells, of u and of 1 - u from 1/2 down */
    double below[1024];       /* below[k]: P[N <= k] */
    uint16_t guide[GUIDE];    /* the least count that a number of that cell may mean */
};

void quo_plainyears_free(struct quo_plainyears *plain) { free(plain); }

static bool fill(quo_plainyears_size *size, const void *context, int upper, double *node)
{
    const unsigned cells = 1u << BITS;
    for (unsigned i = 0; i <= CELLS; i++) { /* node[i]: the upper end of cell i */
        const double u = ldexp(1.0 + (double)(cells - i % cells) / cells, -1 - (int)(i / cells));
        node[i] = size(upper ? 1.0 - fmin(u, 0.5) : fmin(u, 0.5), context);
        if (!isfinite(node[i]))
            return false;
    }
    return true;
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
    bool good = true;
    for (int side = 0; side < 2 && good; side++)
        good = fill(size, context, side, p->node[side]);
    double mass = exp(-rate), sum = 0.0;
    for (unsigned k = 0; k < 1024; k++) {
        sum += mass;
        p->below[k] = k < 1023 ? sum : 1.0;
        mass *= rate / (k + 1.0);
    }
    unsigned k = 0;
    for (unsigned g = 0; g < GUIDE; g++) {
        while (k < 1023 && p->below[k] < (double)g / GUIDE)
            k++;
        p->guide[g] = (uint16_t)k;
    }
    if (good)
        *out = p;
    else
        quo_plainyears_free(p);
    return good ? QUO_OK : QUO_DOMAIN;
}

#define LANES 16

/* Sizes of n uniform numbers and a little more, out may be u; n is rounded up to whole vectors. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void
sizes(const struct quo_plainyears *p, const double *u, double more, size_t n, double *out)
{
    const double *table = &p->node[0][0];
    for (size_t from = 0; from < n; from += LANES) {
        double x[LANES], near[LANES], part[LANES], low[LANES], high[LANES];
        int64_t bits[LANES], at[LANES], rest[LANES];
#pragma omp simd
        for (int i = 0; i < LANES; i++)
            x[i] = u[from + (size_t)i] + more;
#pragma omp simd
        for (int i = 0; i < LANES; i++)
            near[i] = x[i] <= 0.5 ? x[i] : 1.0 - x[i];
        memcpy(bits, near, sizeof bits);
#pragma omp simd
        for (int i = 0; i < LANES; i++) {
            const int64_t cell = (((int64_t)1022 << BITS) + (1 << BITS) - 1) - (int64_t)((uint64_t)bits[i] >> (52 - BITS));
            const int64_t side = x[i] <= 0.5 ? 0 : (int64_t)CELLS + 1;
            at[i] = (cell < (int64_t)CELLS ? cell : (int64_t)CELLS - 1) + side;
            /* How far the number is within its cell: the bits that the cell leaves. */
            rest[i] = (int64_t)(((uint64_t)bits[i] << BITS & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        }
        memcpy(part, rest, sizeof part);
#pragma omp simd
        for (int i = 0; i < LANES; i++) {
            low[i] = table[at[i] + 1];
            high[i] = table[at[i]];
        }
#pragma omp simd
        for (int i = 0; i < LANES; i++)
            out[from + (size_t)i] = low[i] + (part[i] - 1.0) * (high[i] - low[i]);
    }
}

#define SUMS 8

/* Sums of the years' sizes, which stand one after the other: each in eight parts, so that no addition waits for the one before. What is
 * read beyond a year's last is left out. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void add_up(const double *x, const uint16_t *count, size_t years,
                                                                              double *total)
{
    for (size_t y = 0; y < years; y++) {
        const int n = count[y];
        double part[SUMS] = {0.0};
        for (int from = 0; from < n; from += SUMS)
#pragma omp simd
            for (int i = 0; i < SUMS; i++)
                part[i] += from + i < n ? x[from + i] : 0.0;
        total[y] = ((part[0] + part[4]) + (part[1] + part[5])) + ((part[2] + part[6]) + (part[3] + part[7]));
        x += n;
    }
}

struct scratch {
    uint32_t *index;
    double *fine, *middle, *coarse;
    size_t room;
};

static bool room_for(struct scratch *s, size_t n)
{
    if (n <= s->room)
        return true;
    const size_t room = n + n / 2 + 64;
    free(s->index);
    free(s->fine);
    s->index = malloc(room * sizeof *s->index);
    s->fine = malloc(3 * room * sizeof *s->fine);
    s->room = s->index && s->fine ? room : 0;
    if (s->room) {
        s->middle = s->fine + room;
        s->coarse = s->middle + room;
        for (size_t i = 0; i < room; i++)
            s->index[i] = (uint32_t)i;
    }
    return s->room > 0;
}

static enum quo_status one_block(const struct quo_plainyears *p, uint64_t seed, uint64_t first, size_t years,
                                 struct scratch *s, double *total, uint64_t *events)
{
    struct quo_marks_address at = {seed, first / BLOCK, COUNTS, STREAM_PLAIN_YEARS};
    uint16_t count[BLOCK];
    size_t n = 0;
    if (!room_for(s, BLOCK + 16))
        return QUO_MACHINE;
    quo_marks(&at, s->index, BLOCK, s->fine, s->middle, s->coarse);
    for (size_t y = 0; y < BLOCK; y++) { /* all, so that a block's years are the same however many are asked for */
        unsigned k = p->guide[(int)(s->fine[y] * GUIDE)];
        while (p->below[k] < s->fine[y])
            k++;
        count[y] = (uint16_t)k;
        n += k;
    }
    const size_t half = (n + 1) / 2 + 15; /* each block of numbers is two sizes */
    if (!room_for(s, half + 16))
        return QUO_MACHINE;
    at.entity = SIZES;
    quo_marks(&at, s->index, (n + 1) / 2, s->fine, s->middle, s->coarse);
    sizes(p, s->fine, 0.0, (n + 1) / 2, s->fine);
    sizes(p, s->middle, 0x1p-41, n / 2, s->fine + (n + 1) / 2); /* never 0. There is room: the arrays follow each other */
    add_up(s->fine, count, years, total);
    for (size_t y = 0; y < years; y++)
        *events += count[y];
    return QUO_OK;
}

enum quo_status quo_plainyears_run(const struct quo_plainyears *p, uint64_t seed, uint64_t first, size_t n,
                                   double *total, uint64_t *events)
{
    struct scratch s = {0};
    uint64_t all = 0;
    enum quo_status status = first % BLOCK == 0 ? QUO_OK : QUO_DOMAIN;
    for (size_t from = 0; from < n && status == QUO_OK; from += BLOCK)
        status = one_block(p, seed, first + from, n - from < BLOCK ? n - from : BLOCK, &s, total + from, &all);
    free(s.index);
    free(s.fine);
    if (events)
        *events = all;
    return status;
}
