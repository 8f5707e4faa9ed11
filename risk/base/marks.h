/* risk/base/marks.h -- the random numbers of many events at once: Philox 4x32-10 [Sal11] on whole vectors.
 *
 * Event k of a year has the block at (seed, year, entity, purpose, k), whoever asks for it and beside whom: the same bits as
 * quo_stream_at's block k (tests/test_scores.c). */
#ifndef QUO_MARKS_H
#define QUO_MARKS_H

#include <stddef.h>
#include <stdint.h>

struct quo_marks_address {
    uint64_t seed, simulation;
    uint32_t entity;
    uint16_t purpose;
};

/* Of block index[i], i < n: one uniform number of 52 bits in (0, 1) (as quo_stream_uniform), one of 40 bits and one of 24 bits in [0, 1).
 * n is rounded up to a whole 16: the arrays have room for that. */
void quo_marks(const struct quo_marks_address *address, const uint32_t *index, size_t n, double *fine, double *middle,
               double *coarse);

/* The words themselves, of the blocks first to first + n - 1, n a multiple of 16: word k of block first + i is
 * words[64 (i / 16) + 16 k + i % 16]. */
void quo_marks_words(const struct quo_marks_address *address, uint32_t first, size_t n, uint32_t *words);
#endif
