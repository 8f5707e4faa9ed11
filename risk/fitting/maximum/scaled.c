#include "risk/fitting/maximum/scaled.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    double x, weight;
};

static int by_x(const void *a, const void *b)
{
    const double x = ((const struct pair *)a)->x, y = ((const struct pair *)b)->x;
    return (x > y) - (x < y);
}

enum quo_status quo_scaled_gather(struct quo_points *p)
{
    bool constant = true;
    for (size_t i = 1; i < p->n && constant; i++)
        constant = p->x[i] == p->x[0];
    if (constant) {
        for (size_t i = 1; i < p->n; i++)
            p->weight[0] += p->weight[i];
        p->n = p->n > 0;
        return QUO_OK;
    }
    struct pair *pair = malloc(p->n * sizeof *pair);
    if (!pair)
        return QUO_MACHINE;
    for (size_t i = 0; i < p->n; i++)
        pair[i] = (struct pair){p->x[i], p->weight[i]};
    qsort(pair, p->n, sizeof *pair, by_x);
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (n > 0 && p->x[n - 1] == pair[i].x) {
            p->weight[n - 1] += pair[i].weight;
        } else {
            p->x[n] = pair[i].x;
            p->weight[n++] = pair[i].weight;
        }
    p->n = n;
    free(pair);
    return QUO_OK;
}

static void add(struct quo_points *p, double x, double weight)
{
    p->x[p->n] = x;
    p->weight[p->n++] = weight;
}

enum kind { EXACT, CENSORED, INTERVAL };

static enum kind kind_of(const struct quo_sample *s, size_t i, double *low, double *high)
{
    if (s->low && s->high && s->high[i] > s->low[i]) {
        *low = s->low[i];
        *high = s->high[i];
        return isinf(*high) ? CENSORED : INTERVAL;
    }
    *low = *high = s->value[i];
    return s->censored && s->censored[i] ? CENSORED : EXACT;
}

/* What most samples are: sizes and at most one floor. The same sums as below, without a question at every record. */
static bool plain(const struct quo_sample *s) { return !s->censored && !s->low && !s->weight && !s->truncation; }

static double mean_exponent(const double *value, size_t n, double origin)
{
    int64_t sum = 0, count = 0;
    const size_t stride = n / 4096 + 1; /* near is enough: the scale is only to keep numbers in hand */
    for (size_t i = 0; i < n; i += stride) {
        const double x = value[i] - origin;
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        const int64_t exponent = (int64_t)(bits >> 52);
        if (x > 0.0 && x < DBL_MIN) { /* subnormal: the exponent is not in the bits */
            int own;
            frexp(x, &own);
            sum += own;
            count++;
        } else if (x > 0.0 && x <= DBL_MAX) {
            sum += exponent - 1022;
            count++;
        }
    }
    return count > 0 ? (double)sum / (double)count : 0.0;
}

/* A power of two near the geometric mean of whatever is known of the sizes: the mean of their binary exponents. */
static double choose_scale(const struct quo_sample *s, double origin)
{
    double sum = 0.0, mass = 0.0, low, high;
    if (plain(s))
        return exp2(fmin(fmax(round(mean_exponent(s->value, s->n, origin)), -1000.0), 1000.0));
    for (size_t i = 0; i < s->n; i++) {
        const enum kind kind = kind_of(s, i, &low, &high);
        const double x = (kind == INTERVAL ? 0.5 * (low + high) : low) - origin, w = s->weight ? s->weight[i] : 1.0;
        if (x > 0.0 && isfinite(x)) {
            int exponent;
            frexp(x, &exponent);
            sum += w * exponent;
            mass += w;
        }
    }
    return mass > 0.0 ? exp2(fmin(fmax(round(sum / mass), -1000.0), 1000.0)) : 1.0;
}

static enum quo_status refuse(char *reason, size_t size, const char *text)
{
    snprintf(reason, size, "%s", text);
    return QUO_REFUSED;
}

static void take_plain(const struct quo_sample *s, struct quo_scaled *out)
{
    const double unit = 1.0 / out->scale, origin = out->origin, d = (s->floor - origin) * unit;
    double *x = out->bulk.x;
    size_t n = 0;
    if (origin == 0.0) { /* all lie above it: they were looked at */
        for (; n < s->n; n++)
            x[n] = s->value[n] * unit;
    } else {
        for (size_t i = 0; i < s->n; i++) {
            x[n] = (s->value[i] - origin) * unit;
            n += s->value[i] > origin;
        }
    }
    out->bulk.n = out->n = n;
    out->mass = (double)n;
    if (d > 0.0 && n > 0)
        add(&out->truncation, d, (double)n);
}

/* Sorts the records into kinds, in units of the scale. */
static enum quo_status sort_records(const struct quo_sample *s, struct quo_scaled *out, char *reason, size_t size)
{
    const double unit = 1.0 / out->scale;
    double *x = out->bulk.x, *weight = out->memory + 2 * s->n, low, high;
    if (plain(s)) {
        take_plain(s, out);
        return QUO_OK;
    }
    for (size_t i = 0; i < s->n; i++) {
        const enum kind kind = kind_of(s, i, &low, &high);
        const double w = s->weight ? s->weight[i] : 1.0;
        if (!(high > out->origin) || (kind == CENSORED && out->origin > 0.0 && low <= out->origin) || w == 0.0)
            continue;
        if (kind == INTERVAL && low < out->origin) {
            snprintf(reason, size, "record %zu: its interval %g to %g straddles the location %g", i + 1, low, high,
                     out->origin);
            return QUO_REFUSED;
        }
        out->n++;
        out->mass += w;
        if (kind == EXACT) {
            x[out->bulk.n] = (high - out->origin) * unit;
            weight[out->bulk.n++] = w;
        } else if (kind == CENSORED) {
            add(&out->censored, (low - out->origin) * unit, w);
        } else {
            const size_t last = out->low.n;
            const double a = (low - out->origin) * unit, b = (high - out->origin) * unit;
            if (last > 0 && out->low.x[last - 1] == a && out->high.x[last - 1] == b) {
                out->low.weight[last - 1] += w; /* grouped data: one term an interval, not one a record */
            } else {
                add(&out->low, a, w);
                add(&out->high, b, w);
            }
        }
        const double d = (quo_likelihood_truncation(s, i) - out->origin) * unit;
        if (d > 0.0)
            add(&out->truncation, d, w);
    }
    return QUO_OK;
}

enum quo_status quo_scaled_make(const struct quo_sample *s, double origin, struct quo_scaled *out, char *reason,
                                size_t size)
{
    memset(out, 0, sizeof *out);
    if (quo_likelihood_invalid(s, reason, size))
        return QUO_REFUSED;
    const size_t n = s->n;
    const bool partial = s->censored || s->low;
    double *m = out->memory = malloc((partial ? 11 : 5) * n * sizeof *m);
    if (!m) {
        snprintf(reason, size, "out of memory");
        return QUO_MACHINE;
    }
    out->bulk.x = m;
    out->bulk.logx = m + n;
    out->truncation = (struct quo_points){0, m + 3 * n, m + 4 * n};
    if (partial) {
        out->censored = (struct quo_points){0, m + 5 * n, m + 6 * n};
        out->low = (struct quo_points){0, m + 7 * n, m + 8 * n};
        out->high = (struct quo_points){0, m + 9 * n, m + 10 * n};
    }
    out->origin = origin;
    out->scale = choose_scale(s, origin);
    enum quo_status status = sort_records(s, out, reason, size);
    if (status != QUO_OK)
        goto done;
    if (out->bulk.n == 0 && out->low.n == 0) {
        status =
            refuse(reason, size,
                   out->n == 0 ? "no record lies above the location" : "every record is censored: no size is known");
        goto done;
    }
    out->bulk.weight = s->weight ? m + 2 * n : NULL;
    quo_kernel_summarise(&out->bulk);
    if (out->low.n == 0 && out->bulk.least == out->bulk.greatest) {
        status =
            refuse(reason, size, out->bulk.n == 1 ? "only one size is known" : "all sizes are equal: no spread to fit");
        goto done;
    }
    out->shift = -out->bulk.sum_weight * log(out->scale);
    status = quo_scaled_gather(&out->truncation);
    if (status == QUO_OK)
        status = quo_scaled_gather(&out->censored);
done:
    if (status != QUO_OK)
        quo_scaled_free(out);
    return status;
}

void quo_scaled_free(struct quo_scaled *scaled)
{
    if (!scaled)
        return;
    free(scaled->memory);
    free(scaled->floors);
    memset(scaled, 0, sizeof *scaled);
}

/* out += sign times the sum of w log Q over the points. */
static void add_tails(const struct quo_points *p, double sign, const struct quo_scaled *s, const double *t,
                      struct quo_jet *out)
{
    double g[4], h[4][4];
    if (p->n == 0)
        return;
    out->v += sign * quo_kernel_tails(s->family, t, p->x, p->weight, p->n, g, h);
    for (int i = 0; i < out->k; i++) {
        out->g[i] += sign * g[i];
        for (int j = 0; j <= i; j++)
            out->h[i][j] += sign * h[i][j];
    }
}

void quo_scaled_evaluate(const double *t, struct quo_jet *out, const void *context)
{
    const struct quo_scaled *s = context;
    const int k = quo_kernel_coordinates(s->family);
    *out = quo_jet_constant(k, 0.0);
    if (s->bulk.n > 0) {
        double g[4], h[4][4];
        out->v = quo_kernel_sum(s->family, t, &s->bulk, g, h);
        for (int i = 0; i < k; i++) {
            out->g[i] = g[i];
            memcpy(out->h[i], h[i], (size_t)k * sizeof(double));
        }
    }
    add_tails(&s->truncation, -1.0, s, t, out);
    add_tails(&s->censored, 1.0, s, t, out);
    for (size_t i = 0; i < s->low.n; i++) {
        const struct quo_jet a = quo_kernel_logQ(s->family, t, s->low.x[i], k, 0);
        const struct quo_jet b = quo_kernel_logQ(s->family, t, s->high.x[i], k, 0);
        const struct quo_jet between = quo_jet_logdiffexp(&a, &b);
        *out = quo_jet_combine(1.0, out, s->low.weight[i], &between);
    }
    if (isnan(out->v))
        out->v = -INFINITY;
}
