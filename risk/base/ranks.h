/* risk/base/ranks.h -- several machines that share one piece of work: who is who, and how what they make is joined.
 *
 * The library knows no message passing: the program gives it these ways to pass numbers and bytes between ranks. Sums of whole numbers are the
 * same in any order, so that any number of ranks gives the same bits. [methods: portfolio]
 *
 * All ranks call the same functions in the same order; false: the machine failed. The functions are NULL where ranks is 1. */
#ifndef QUO_RANKS_H
#define QUO_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quo_ranks {
    int rank, ranks; /* 0 .. ranks - 1; 0 of 1: alone */
    /* Adds x[n] over all ranks, the result in every rank's x. */
    bool (*sum)(void *context, int64_t *x, size_t n);
    void *context;
    /* What stands in bytes[n] of rank 0 stands in everybody's then. */
    bool (*share)(void *context, void *bytes, size_t n);
    /* bytes[n] of rank `from` come to rank `to`; those two call it. */
    bool (*pass)(void *context, int from, int to, void *bytes, size_t n);
};
#endif
