#include "risk/base/stream.h"

#include <Random123/philox.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

struct quo_stream quo_stream_at(uint64_t seed, uint64_t simulation, uint32_t entity, uint16_t purpose)
{
    return (struct quo_stream){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)simulation, ((uint32_t)(simulation >> 32) & 0xFFFFu) | ((uint32_t)purpose << 16),
                    entity},
        .used = 4,
    };
}

static void refill(struct quo_stream *stream)
{
    const philox4x32_ctr_t counter = {{stream->counter[0], stream->counter[1], stream->counter[2], stream->counter[3]}};
    const philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    const philox4x32_ctr_t block = philox4x32_R(10, counter, key);
    for (int i = 0; i < 4; i++)
        stream->block[i] = block.v[i];
    stream->counter[0]++;
    stream->used = 0;
}

uint32_t quo_stream_bits(struct quo_stream *stream)
{
    if (stream->used >= 4)
        refill(stream);
    return stream->block[stream->used++];
}

/* 26 bits of each word. */
static double uniform_of(uint32_t first, uint32_t second)
{
    const uint64_t high = first >> 6, low = second >> 6;
    return ((double)((high << 26) | low) + 0.5) * 0x1p-52;
}

double quo_stream_uniform(struct quo_stream *stream)
{
    const uint32_t first = quo_stream_bits(stream);
    return uniform_of(first, quo_stream_bits(stream));
}

void quo_stream_uniforms(struct quo_stream *stream, size_t n, double *out)
{
    size_t i = 0;
    while (i < n && stream->used < 4)
        out[i++] = quo_stream_uniform(stream);
    philox4x32_ctr_t counter = {{stream->counter[0], stream->counter[1], stream->counter[2], stream->counter[3]}};
    const philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    for (; i + 1 < n && stream->used == 4; i += 2) { /* whole blocks, two numbers each */
        const philox4x32_ctr_t block = philox4x32_R(10, counter, key);
        counter.v[0]++;
        out[i] = uniform_of(block.v[0], block.v[1]);
        out[i + 1] = uniform_of(block.v[2], block.v[3]);
    }
    stream->counter[0] = counter.v[0];
    while (i < n)
        out[i++] = quo_stream_uniform(stream);
}

double quo_stream_normal(struct quo_stream *stream) { return gsl_cdf_ugaussian_Pinv(quo_stream_uniform(stream)); }

double quo_stream_exponential(struct quo_stream *stream) { return -log(quo_stream_uniform(stream)); }

double quo_stream_gamma(struct quo_stream *stream, double shape)
{
    if (!(shape > 0.0) || isinf(shape))
        return NAN;
    if (shape < 1.0) { /* X(shape) = X(shape + 1) U^(1/shape), section 6 of [MT00] */
        const double above = quo_stream_gamma(stream, shape + 1.0);
        return above * exp(log(quo_stream_uniform(stream)) / shape);
    }
    const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = quo_stream_normal(stream), root = 1.0 + c * x;
        if (root <= 0.0)
            continue;
        const double v = root * root * root;
        if (log(quo_stream_uniform(stream)) < 0.5 * x * x + d * (1.0 - v + log(v)))
            return d * v;
    }
}

/* Counts up from 0 until the distribution function passes one uniform. */
static int64_t poisson_by_inversion(struct quo_stream *stream, double mean)
{
    double p = exp(-mean), left = quo_stream_uniform(stream) - p;
    int64_t k = 0;
    while (left > 0.0 && p > 0.0) {
        k++;
        p *= mean / (double)k;
        left -= p;
    }
    return k;
}

/* log of the Poisson probability of k, by the saddle point [Loa00]: no difference of terms of size mean log mean. */
static double poisson_logpmf(double k, double mean)
{
    if (k < 16.0) {
        int sign;
        return k * log(mean) - mean - lgamma_r(k + 1.0, &sign); /* lgamma itself writes to a global */
    }
    const double x = (k - mean) / mean;
    const double deviance = mean * ((1.0 + x) * log1p(x) - x);
    const double k2 = k * k;
    const double stirling = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / k2) / k2) / k2) / k;
    return -deviance - stirling - 0.5 * log(2.0 * M_PI * k);
}

/* PTRS, transformed rejection with squeeze; constants of [Hor93]. */
static int64_t poisson_by_rejection(struct quo_stream *stream, double mean)
{
    const double b = 0.931 + 2.53 * sqrt(mean);
    const double a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    const double v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        const double u = quo_stream_uniform(stream) - 0.5, v = quo_stream_uniform(stream);
        const double us = 0.5 - fabs(u);
        const double k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return (int64_t)k;
        if (k < 0.0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= poisson_logpmf(k, mean))
            return (int64_t)k;
    }
}

int64_t quo_stream_poisson(struct quo_stream *stream, double mean)
{
    if (!(mean >= 0.0 && mean <= 1e9))
        return -1;
    if (mean == 0.0)
        return 0;
    return mean < 30.0 ? poisson_by_inversion(stream, mean) : poisson_by_rejection(stream, mean);
}

uint32_t quo_stream_below(struct quo_stream *stream, uint32_t n)
{
    if (n == 0)
        return 0;
    uint64_t product = (uint64_t)quo_stream_bits(stream) * n;
    if ((uint32_t)product < n) {
        const uint32_t threshold = (0u - n) % n;
        while ((uint32_t)product < threshold)
            product = (uint64_t)quo_stream_bits(stream) * n;
    }
    return (uint32_t)(product >> 32);
}
