/* pricing/portfolio/ranks.h -- several machines that share the years of one simulation: who is who, and how sums are joined.
 *
 * The library knows no message passing: the program gives it a way to add whole numbers over all ranks. Sums of whole numbers are the same in
 * any order, so that any number of ranks gives the same bits. [methods: portfolio] */
#ifndef QUO_RANKS_H
#define QUO_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quo_ranks {
    int rank, ranks; /* 0 .. ranks - 1; 0 of 1: alone */
    /* Adds x[n] over all ranks, the result in every rank's x. false: the machine failed. NULL where ranks is 1. */
    bool (*sum)(void *context, int64_t *x, size_t n);
    void *context;
};
#endif
