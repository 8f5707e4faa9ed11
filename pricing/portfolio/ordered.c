#include "pricing/portfolio/ordered.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

#define DIGIT 11 /* bits */
#define FEW 4096

/* By digits from the last one, those that are the same in all left out; amounts below 0 come first by their sign's bit turned. */
void quo_ordered_sort(int64_t *cents, size_t n)
{
    uint64_t *from = (uint64_t *)cents, *spare = n > FEW ? malloc(n * sizeof *spare) : NULL, differ = 0;
    if (!spare) {
        qsort(cents, n, sizeof *cents, ascending);
        return;
    }
    uint64_t *to = spare;
    for (size_t i = 0; i < n; i++) {
        from[i] ^= (uint64_t)1 << 63;
        differ |= from[i] ^ from[0];
    }
    for (int shift = 0; shift < 64; shift += DIGIT) {
        size_t at[(1 << DIGIT) + 1] = {0};
        if (!(differ >> shift & ((1u << DIGIT) - 1)))
            continue;
        for (size_t i = 0; i < n; i++)
            at[(from[i] >> shift & ((1u << DIGIT) - 1)) + 1]++;
        for (size_t k = 0; k < 1u << DIGIT; k++)
            at[k + 1] += at[k];
        for (size_t i = 0; i < n; i++)
            to[at[from[i] >> shift & ((1u << DIGIT) - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < n; i++)
        cents[i] = (int64_t)(from[i] ^ (uint64_t)1 << 63);
    free(spare);
}

/* Rank of the quantile, from 0: the least amount that a share of at least `level` does not exceed. */
static size_t rank_of(double level, size_t n)
{
    const double at = ceil(level * (double)n - 1e-9) - 1.0;
    return at <= 0.0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;
}

static size_t first_above(int64_t amount, const int64_t *cents, size_t n)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cents[middle] <= amount)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct quo_tail quo_ordered_tail(double level, const int64_t *cents, size_t n)
{
    struct quo_tail tail = {.level = level, .years = (1.0 - level) * (double)n, .var = cents[rank_of(level, n)]};
    const size_t above = first_above(tail.var, cents, n);
    const size_t below = tail.var > INT64_MIN ? first_above(tail.var - 1, cents, n) : 0;
    tail.above = n - above;
    tail.at = above - below;
    tail.share_at = tail.at ? fmax(0.0, tail.years - (double)tail.above) / (double)tail.at : 0.0;
    return tail;
}

static double at_rank(double rank, const int64_t *cents, size_t n)
{
    return 0.01 * (double)cents[rank <= 0.0 ? 0 : rank >= (double)(n - 1) ? n - 1 : (size_t)rank];
}

double quo_ordered_var(double level, const int64_t *cents, size_t n, double *low, double *high)
{
    const size_t rank = rank_of(level, n);
    const double sd = sqrt((double)n * level * (1.0 - level));
    if (low)
        *low = at_rank((double)rank - 1.96 * sd, cents, n);
    if (high)
        *high = at_rank((double)rank + 1.96 * sd + 1.0, cents, n);
    return 0.01 * (double)cents[rank];
}

/* Error: [MH05], Var = (Var(L | tail) + level (TVaR - VaR)^2) / (n (1 - level)). */
struct quo_estimate quo_ordered_tvar(double level, const int64_t *cents, size_t n)
{
    const struct quo_tail tail = quo_ordered_tail(level, cents, n);
    if (!(tail.years > 0.0))
        return (struct quo_estimate){NAN, NAN};
    const double var = 0.01 * (double)tail.var;
    double sum = 0.0, squares = 0.0;
    for (size_t i = n - (size_t)tail.above; i < n; i++) {
        const double over = 0.01 * (double)(cents[i] - tail.var);
        sum += over;
        squares += over * over;
    }
    const double mean = sum / tail.years, spread = fmax(0.0, squares / tail.years - mean * mean);
    /* A tail of less than a year has no spread to be seen. */
    return (struct quo_estimate){var + mean, tail.years < 1.0 - 1e-9 ? NAN : sqrt((spread + level * mean * mean) / tail.years)};
}

struct quo_return_point quo_ordered_return(double return_period, const int64_t *cents, size_t n)
{
    struct quo_return_point point = {return_period, NAN, NAN, NAN};
    if (return_period > (double)n)
        return point;
    point.loss = quo_ordered_var(1.0 - 1.0 / return_period, cents, n, &point.low, &point.high);
    return point;
}

struct quo_estimate quo_ordered_mean(const int64_t *cents, size_t n, struct quo_estimate *sd)
{
    __int128 sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += cents[i];
    const double years = (double)n, mean = (double)sum / years;
    double second = 0.0, fourth = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)cents[i] - mean;
        second += d * d;
        fourth += d * d * d * d;
    }
    second /= years;
    fourth /= years;
    const double sigma = n > 1 ? sqrt(second * years / (years - 1.0)) : NAN;
    if (sd)
        *sd = (struct quo_estimate){
            0.01 * sigma,
            n < 2          ? NAN
            : second > 0.0 ? 0.01 * sqrt(fmax(0.0, fourth - second * second) / years) / (2.0 * sqrt(second)) : 0.0};
    return (struct quo_estimate){0.01 * mean, 0.01 * sigma / sqrt(years)};
}
