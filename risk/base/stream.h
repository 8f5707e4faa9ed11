/* risk/base/stream.h -- addressed random numbers: stream(seed, simulation, entity, purpose) on Random123
 * Philox 4x32-10 [Sal11]. A stream's numbers depend on its address alone, never on threads or order.
 * [methods: streams] */
#ifndef QUO_STREAM_H
#define QUO_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct quo_stream {
    uint32_t key[2];
    uint32_t counter[4]; /* counter[0] runs; the rest is the address */
    uint32_t block[4];
    int used; /* words of block handed out */
};

/* The address: every combination of seed, simulation below 2^48, entity and purpose is a stream of its own with
 * 2^34 words before it repeats. purpose and entity are free numbers of the caller; name them in an enum beside the code that uses them. */
struct quo_stream quo_stream_at(uint64_t seed, uint64_t simulation, uint32_t entity, uint16_t purpose);
uint32_t quo_stream_bits(struct quo_stream *stream);
/* Uniform in the open interval (0, 1): an odd multiple of 2^-53, so neither 0 nor 1 and symmetric. */
double quo_stream_uniform(struct quo_stream *stream);
/* The next n of them at once: out[n], the same as n calls. */
void quo_stream_uniforms(struct quo_stream *stream, size_t n, double *out);
double quo_stream_normal(struct quo_stream *stream);      /* by inversion: one uniform a number */
double quo_stream_exponential(struct quo_stream *stream); /* mean 1 */
/* Scale 1; Marsaglia-Tsang [MT00]; NaN unless shape is positive and finite. */
double quo_stream_gamma(struct quo_stream *stream, double shape);
/* Poisson; exact for any mean up to 1e9 (inversion below 30, PTRS [Hor93] above); -1 for any other mean. */
int64_t quo_stream_poisson(struct quo_stream *stream, double mean);
/* Whole number 0..n-1, without modulo bias [Lem19]; 0 for n = 0. */
uint32_t quo_stream_below(struct quo_stream *stream, uint32_t n);
#endif
