#include "pricing/whatif/shares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/base/stream.h"

enum { STREAM_ORDERS = 0x5749 }; /* purpose of the random orders */

void quo_shares_options_init(struct quo_shares_options *options)
{
    *options = (struct quo_shares_options){.orders = 64, .seed = 1};
}

void quo_shares_free(struct quo_shares *a)
{
    if (!a)
        return;
    free(a->share);
    free(a->pair);
    memset(a, 0, sizeof *a);
}

static bool same_outcome(const struct quo_outcome *a, const struct quo_outcome *b)
{
    bool same = a->gross == b->gross && a->expected_payout == b->expected_payout && a->tail == b->tail;
    for (int p = 0; p < QUO_PERILS; p++)
        same &= a->loss[p] == b->loss[p] && a->payout[p] == b->payout[p];
    return same;
}

/* Base, all, each alone and all but each. */
static enum quo_status fill_shares(struct quo_values *values, struct quo_shares *a)
{
    const struct quo_subset none = quo_subset_none(), all = quo_subset_all(a->n);
    struct quo_subset *wanted = malloc((2 * a->n + 2) * sizeof *wanted);
    if (!wanted)
        return QUO_MACHINE;
    size_t k = 0;
    wanted[k++] = none;
    wanted[k++] = all;
    for (size_t i = 0; i < a->n; i++) {
        wanted[k++] = quo_subset_with(none, i);
        wanted[k++] = quo_subset_without(all, i);
    }
    enum quo_status status = quo_values_fill(values, wanted, k);
    free(wanted);
    if (status == QUO_OK)
        status = quo_values_get(values, none, &a->base);
    if (status == QUO_OK)
        status = quo_values_get(values, all, &a->all);
    for (size_t i = 0; i < a->n && status == QUO_OK; i++) {
        status = quo_values_get(values, quo_subset_with(none, i), &a->share[i].alone);
        if (status == QUO_OK)
            status = quo_values_get(values, quo_subset_without(all, i), &a->share[i].others);
        a->share[i].does_nothing = same_outcome(&a->share[i].alone, &a->base);
    }
    return status;
}

void quo_shares_shapley(const double *cost, size_t n, double *share)
{
    double weight[QUO_SHAPLEY_EXACT];
    for (size_t k = 0; k < n; k++) /* B(k + 1, n - k) */
        weight[k] = exp(lgamma((double)k + 1.0) + lgamma((double)(n - k)) - lgamma((double)n + 1.0));
#pragma omp parallel for schedule(dynamic) if (n > QUO_SHAPLEY_ANYWAY)
    for (size_t i = 0; i < n; i++) {
        struct quo_sum sum = {0.0, 0.0};
        for (size_t m = 0; m < (size_t)1 << n; m++)
            if (!(m >> i & 1u))
                quo_sum_add(&sum, weight[__builtin_popcountll(m)] * (cost[m] - cost[m | (size_t)1 << i]));
        share[i] = quo_sum_value(&sum);
    }
}

static enum quo_status shapley_exact(struct quo_values *values, const struct quo_shares_options *options,
                                     struct quo_shares *a)
{
    const size_t n = a->n;
    const double *gross, *loss;
    double share[QUO_SHAPLEY_EXACT];
    const enum quo_status status =
        quo_values_all(values, n, options->exact || n <= QUO_SHAPLEY_ANYWAY, &options->watch, &gross, &loss);
    if (status)
        return status;
    a->shared = quo_values_shared(values);
    quo_shares_shapley(gross, n, share);
    for (size_t i = 0; i < n; i++)
        a->share[i].shapley = share[i];
    return QUO_OK;
}

static void random_order(size_t n, uint64_t seed, uint64_t number, size_t *order)
{
    struct quo_stream stream = quo_stream_at(seed, number, 0, STREAM_ORDERS);
    for (size_t i = 0; i < n; i++) {
        const size_t j = quo_stream_below(&stream, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

/* The sets that an order and its reverse go through, from one change to all. */
static void sets_of(const size_t *order, size_t n, struct quo_subset *out)
{
    for (int back = 0; back < 2; back++) {
        struct quo_subset s = quo_subset_none();
        for (size_t k = 0; k < n; k++)
            *out++ = s = quo_subset_with(s, order[back ? n - 1 - k : k]);
    }
}

/* Mean gain of each change over an order and its reverse: gain[n]. */
static enum quo_status gains(struct quo_values *values, const struct quo_shares *a, const size_t *order, double *gain)
{
    memset(gain, 0, a->n * sizeof *gain);
    for (int back = 0; back < 2; back++) {
        struct quo_subset s = quo_subset_none();
        double before = a->base.gross;
        for (size_t k = 0; k < a->n; k++) {
            const size_t i = order[back ? a->n - 1 - k : k];
            struct quo_outcome one;
            s = quo_subset_with(s, i);
            const enum quo_status status = quo_values_get(values, s, &one);
            if (status)
                return status;
            gain[i] += 0.5 * (before - one.gross);
            before = one.gross;
        }
    }
    return QUO_OK;
}

static enum quo_status shapley_sampled(struct quo_values *values, const struct quo_shares_options *options,
                                       struct quo_shares *a)
{
    const size_t n = a->n;
    const long pairs = (options->orders + 1) / 2 > 2 ? (options->orders + 1) / 2 : 2;
    size_t *order = malloc(n * sizeof *order);
    double *work = calloc(3 * n, sizeof *work), *gain = work, *sum = work + n, *square = work + 2 * n;
    struct quo_subset *wanted = malloc(2 * n * sizeof *wanted);
    enum quo_status status = order && work && wanted ? QUO_OK : QUO_MACHINE;
    for (long k = 0; k < pairs && status == QUO_OK; k++) {
        random_order(n, options->seed, (uint64_t)k, order);
        sets_of(order, n, wanted);
        status = quo_values_fill(values, wanted, 2 * n);
        if (status == QUO_OK)
            status = gains(values, a, order, gain);
        for (size_t i = 0; i < n && status == QUO_OK; i++) { /* Welford's running mean and squares */
            const double off = gain[i] - sum[i];
            sum[i] += off / (double)(k + 1);
            square[i] += off * (gain[i] - sum[i]);
        }
    }
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        a->share[i].shapley = sum[i];
        a->share[i].shapley_error = sqrt(square[i] / (double)(pairs - 1) / (double)pairs);
    }
    a->orders = 2 * pairs;
    free(order);
    free(work);
    free(wanted);
    return status;
}

struct ranked {
    size_t change;
    double saving;
};

static int by_saving(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->saving > y->saving ? -1 : x->saving < y->saving ? 1 : x->change < y->change ? -1 : 1;
}

static int by_extra(const void *a, const void *b)
{
    const struct quo_pair *x = a, *y = b;
    const double u = fabs(x->extra), v = fabs(y->extra);
    if (u != v)
        return u > v ? -1 : 1;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : x->second < y->second ? -1 : 1;
}

static enum quo_status price_pairs(struct quo_values *values, const struct ranked *ranked, size_t m,
                                   struct quo_shares *a)
{
    struct quo_subset *wanted = calloc(a->n_pairs + 1, sizeof *wanted);
    size_t k = 0;
    if (!wanted)
        return QUO_MACHINE;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++) {
            const size_t x = ranked[i].change, y = ranked[j].change;
            a->pair[k] = (struct quo_pair){x < y ? x : y, x < y ? y : x, 0.0};
            wanted[k++] = quo_subset_with(quo_subset_with(quo_subset_none(), x), y);
        }
    enum quo_status status = quo_values_fill(values, wanted, k);
    for (size_t i = 0; i < k && status == QUO_OK; i++) {
        struct quo_outcome both;
        status = quo_values_get(values, wanted[i], &both);
        const struct quo_outcome *first = &a->share[a->pair[i].first].alone,
                                 *second = &a->share[a->pair[i].second].alone;
        a->pair[i].extra = first->gross + second->gross - a->base.gross - both.gross;
    }
    free(wanted);
    return status;
}

static enum quo_status fill_pairs(struct quo_values *values, struct quo_shares *a)
{
    struct ranked *ranked = malloc((a->n + 1) * sizeof *ranked);
    const size_t m = a->n < QUO_PAIRED_MAX ? a->n : QUO_PAIRED_MAX;
    a->n_pairs = m * (m - (m > 0)) / 2;
    a->pair = calloc(a->n_pairs + 1, sizeof *a->pair);
    enum quo_status status = ranked && a->pair ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        for (size_t i = 0; i < a->n; i++)
            ranked[i] = (struct ranked){i, a->base.gross - a->share[i].alone.gross};
        qsort(ranked, a->n, sizeof *ranked, by_saving);
        status = price_pairs(values, ranked, m, a);
        qsort(a->pair, a->n_pairs, sizeof *a->pair, by_extra);
    }
    free(ranked);
    return status;
}

enum quo_status quo_shares_margins(struct quo_values *values, size_t n, struct quo_shares *out)
{
    memset(out, 0, sizeof *out);
    out->n = n;
    out->share = calloc(n + 1, sizeof *out->share);
    enum quo_status status = out->share ? fill_shares(values, out) : QUO_MACHINE;
    if (status == QUO_OK)
        status = fill_pairs(values, out);
    if (status)
        quo_shares_free(out);
    return status;
}

enum quo_status quo_shares_new(struct quo_values *values, size_t n, const struct quo_shares_options *options,
                               struct quo_shares *out)
{
    enum quo_status status = quo_shares_margins(values, n, out);
    if (status)
        return status;
    out->exact = n <= (options->sampled && !options->exact ? QUO_SHAPLEY_ANYWAY : QUO_SHAPLEY_EXACT);
    if (n > 0 && out->exact)
        status = shapley_exact(values, options, out);
    if (status == QUO_REFUSED && n > QUO_SHAPLEY_ANYWAY && !options->exact) { /* no price of shared parts */
        out->exact = false;
        status = QUO_OK;
    }
    if (n > 0 && status == QUO_OK && !out->exact)
        status = shapley_sampled(values, options, out);
    if (status)
        quo_shares_free(out);
    return status;
}
