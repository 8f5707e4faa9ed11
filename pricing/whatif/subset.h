/* pricing/whatif/subset.h -- a set of changes, as bits. A plain value. */
#ifndef QUO_SUBSET_H
#define QUO_SUBSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUO_SUBSET_MAX 256 /* changes of one what-if */

struct quo_subset {
    uint64_t word[QUO_SUBSET_MAX / 64];
};

static inline bool quo_subset_has(struct quo_subset s, size_t i) { return s.word[i / 64] >> (i % 64) & 1u; }

static inline struct quo_subset quo_subset_with(struct quo_subset s, size_t i)
{
    s.word[i / 64] |= (uint64_t)1 << (i % 64);
    return s;
}

static inline struct quo_subset quo_subset_without(struct quo_subset s, size_t i)
{
    s.word[i / 64] &= ~((uint64_t)1 << (i % 64));
    return s;
}

static inline bool quo_subset_equal(struct quo_subset a, struct quo_subset b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1] && a.word[2] == b.word[2] && a.word[3] == b.word[3];
}

static inline struct quo_subset quo_subset_none(void) { return (struct quo_subset){{0}}; }

/* The first n. */
static inline struct quo_subset quo_subset_all(size_t n)
{
    struct quo_subset s = quo_subset_none();
    for (size_t i = 0; i < n; i++)
        s = quo_subset_with(s, i);
    return s;
}

static inline size_t quo_subset_count(struct quo_subset s)
{
    size_t n = 0;
    for (size_t w = 0; w < QUO_SUBSET_MAX / 64; w++)
        n += (size_t)__builtin_popcountll(s.word[w]);
    return n;
}
#endif
