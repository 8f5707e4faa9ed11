#include "pricing/losstable.h"
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Nodes on each side of the median of an outflow cap's time to stop. */
#define CAP_SCORES 30

/* Where the law of this loss has a kink or an atom. */
static size_t kinks(const struct quo_loss *loss, double *at)
{
    size_t n = 0;
    at[n++] = quo_loss_image(loss->floor, loss);
    if (loss->severity.family == QUO_SPLICED)
        at[n++] = quo_loss_image(loss->severity.threshold, loss);
    for (int i = 0; loss->severity.family != QUO_SPLICED && i < quo_severity_laws(&loss->severity); i++)
        if (loss->severity.law[i].family == QUO_GPD)
            at[n++] = quo_loss_image(loss->severity.law[i].par[2], loss);
    at[n++] = loss->cap;
    return n + quo_outflow_kinks(&loss->outflow, at + n);
}
#define KINKS (3 + QUO_PARTS_MAX + QUO_OUTFLOW_KINKS)

/* An outflow cap bends the law within a few hours' flow: nodes at normal scores of the time to stop. */
static size_t cap_nodes(const struct quo_loss *loss, double *at)
{
    size_t n = 0;
    const struct quo_outflow *o = &loss->outflow;
    for (int i = 0; i < o->n_caps; i++) {
        const struct quo_outflow_cap *cap = &o->cap[i];
        for (int k = -CAP_SCORES; k <= CAP_SCORES && isfinite(cap->per_hour); k++) {
            const double z = 7.0 * k / CAP_SCORES;
            at[n++] = cap->burst + cap->per_hour * exp(o->meanlog + o->sdlog * z);
            if (o->p_auto > 0.0)
                at[n++] = cap->burst + cap->per_hour * exp(o->auto_meanlog + o->auto_sdlog * z);
        }
    }
    return n;
}
#define CAP_NODES (QUO_OUTFLOW_CAPS * 2 * (2 * CAP_SCORES + 1))

/* A finite upper end for a law without a cap: hardly anything is beyond it. */
static double upper_end(const struct quo_loss *loss)
{
    return isfinite(loss->cap) ? loss->cap : quo_loss_Qinv(1e-15, loss);
}

/* x[n] ascending and extra[k] of any order become x[n + k] ascending; returns n + k. */
static size_t merge(double *x, size_t n, double *extra, size_t k)
{
    const size_t all = n + k;
    quo_numeric_sort(extra, k);
    while (k > 0) {
        const bool first = n > 0 && x[n - 1] > extra[k - 1];
        x[n + k - 1] = first ? x[n - 1] : extra[k - 1];
        n -= first;
        k -= !first;
    }
    return all;
}

static size_t place_nodes(const struct quo_hazard *hazard, quo_peril_set perils, size_t nodes, double *x)
{
    double low = INFINITY, high = 0.0, at[KINKS + CAP_NODES];
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(perils >> p & 1u))
            continue;
        const double end = upper_end(&hazard[p].loss);
        const double start = quo_loss_image(hazard[p].loss.floor, &hazard[p].loss);
        high = fmax(high, end);
        low = fmin(low, start > 0.0 && start < end ? start : 1e-7 * end);
    }
    if (!(high > 0.0))
        return 0;
    low = fmin(low, 1e-3 * high); /* the table keeps its spacing also where the floor is near the cap */
    size_t n = 0;
    const double ratio = log(high / low) / (double)(nodes - 1);
    for (; n < nodes; n++)
        x[n] = ratio * (double)n;
    quo_vectormath_exp(x, nodes, x);
    for (size_t i = 0; i < nodes; i++)
        x[i] *= low;
    x[nodes - 1] = high;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(perils >> p & 1u))
            continue;
        size_t k = kinks(&hazard[p].loss, at);
        k += cap_nodes(&hazard[p].loss, at + k);
        size_t inside = 0;
        for (size_t i = 0; i < k; i++)
            if (at[i] > low && at[i] <= high)
                at[inside++] = at[i];
        n = merge(x, n, at, inside);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || x[i] > x[kept - 1] * (1.0 + QUO_NUMERIC_ROUNDING))
            x[kept++] = x[i];
        else
            x[kept - 1] = x[i]; /* the later one: a cap must be a node to the last bit */
    return kept;
}

/* P[X >= x] at the nodes: differs from the right value at atoms only. */
static void left_limits(const double *x, size_t n, const struct quo_loss *loss, const double *right, double *left)
{
    double at[KINKS];
    const size_t k = kinks(loss, at);
    memcpy(left, right, n * sizeof *left);
    for (size_t j = 0; j < k; j++) {
        size_t low = 0, high = n; /* the first node that is not below it */
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (x[middle] < at[j] * (1.0 - 2.0 * QUO_NUMERIC_ROUNDING))
                low = middle + 1;
            else
                high = middle;
        }
        for (size_t i = low; i < n && x[i] - at[j] <= QUO_NUMERIC_ROUNDING * x[i]; i++)
            if (fabs(x[i] - at[j]) <= QUO_NUMERIC_ROUNDING * x[i])
                left[i] = quo_loss_Q_from(x[i], loss);
    }
}

/* At most so many nodes besides the even ones. */
static size_t extra_nodes(const struct quo_hazard *hazard, quo_peril_set perils)
{
    size_t n = 0;
    for (int p = 0; p < QUO_PERILS; p++)
        if (perils >> p & 1u)
            n += KINKS + (size_t)hazard[p].loss.outflow.n_caps * 2 * (2 * CAP_SCORES + 1);
    return n;
}

enum quo_status quo_losstable_new(const struct quo_hazard hazard[QUO_PERILS], quo_peril_set perils, size_t nodes,
                                  struct quo_losstable *out)
{
    memset(out, 0, sizeof *out);
    if (nodes < 8)
        return QUO_DOMAIN;
    for (int p = 0; p < QUO_PERILS; p++)
        if (!hazard[p].present)
            perils &= ~((quo_peril_set)1 << p);
    if (!perils)
        return QUO_OK;
    out->x = malloc((nodes + extra_nodes(hazard, perils)) * sizeof *out->x);
    if (!out->x)
        return QUO_MACHINE;
    out->n = place_nodes(hazard, perils, nodes, out->x);
    out->perils = perils;
    const size_t n = out->n;
    for (int p = 0; p < QUO_PERILS && n > 0; p++) {
        if (!(perils >> p & 1u))
            continue;
        double *block = malloc(3 * n * sizeof *block);
        if (!block) {
            quo_losstable_free(out);
            return QUO_MACHINE;
        }
        out->rest[p] = block;
        out->right[p] = block + n;
        out->left[p] = block + 2 * n;
        quo_loss_lev_many(out->x, n, &hazard[p].loss, block);
        out->below[p] = block[0];
        for (size_t i = 0; i + 1 < n; i++)
            block[i] = block[i + 1] - block[i];
        block[n - 1] = 0.0;
        for (size_t i = n - 1; i-- > 0;) /* summed from the top: small sums stay accurate */
            block[i] += block[i + 1];
        quo_loss_Q_many(out->x, n, &hazard[p].loss, out->right[p]);
        left_limits(out->x, n, &hazard[p].loss, out->right[p], out->left[p]);
    }
    return QUO_OK;
}

void quo_losstable_free(struct quo_losstable *table)
{
    if (!table)
        return;
    free(table->x);
    for (int p = 0; p < QUO_PERILS; p++)
        free(table->rest[p]);
    memset(table, 0, sizeof *table);
}

enum quo_status quo_curve_new(const struct quo_losstable *table, quo_peril_set perils, const double weight[QUO_PERILS],
                              struct quo_curve *out)
{
    const size_t n = table->n;
    memset(out, 0, sizeof *out);
    out->x = table->x;
    if (n == 0)
        return QUO_OK;
    out->rest = calloc(3 * n, sizeof *out->rest);
    if (!out->rest)
        return QUO_MACHINE;
    out->n = n;
    out->right = out->rest + n;
    out->left = out->rest + 2 * n;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(perils & table->perils & (quo_peril_set)1 << p))
            continue;
        out->weight += weight[p];
        out->below += weight[p] * table->below[p];
        /* The three arrays of a peril are one block in the same order. */
        for (size_t i = 0; i < 3 * n; i++)
            out->rest[i] += weight[p] * table->rest[p][i];
    }
    return QUO_OK;
}

struct quo_curve quo_curve_of(const struct quo_losstable *table, enum quo_peril peril)
{
    return (struct quo_curve){table->n,           table->x,           table->rest[peril], table->right[peril],
                              table->left[peril], table->below[peril], 1.0};
}

void quo_curve_free(struct quo_curve *curve)
{
    if (!curve)
        return;
    free(curve->rest);
    memset(curve, 0, sizeof *curve);
}

/* Cell i with x[i] <= x < x[i+1]; n - 1 from the last node on. x is at least the first node. */
static size_t cell_of(const struct quo_curve *curve, double x, size_t from)
{
    size_t low = from, high = curve->n - 1;
    if (x >= curve->x[high])
        return high;
    /* Ascending arguments: the next cell is nearly always near. */
    size_t step = 1;
    while (low + step < high && curve->x[low + step] <= x) {
        low += step;
        step *= 2;
    }
    if (low + step < high)
        high = low + step;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (curve->x[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* How much R falls in one cell, in t = (x - x_i)/h, in two parts that meet at t = knot: part k is c[k][0] + u (c[k][1] + u (c[k][2] + u c[k][3])) with u = t
 * in the first and t - knot in the second. */
struct cell {
    double h, knot, c[2][4];
};

/* The cubic through values and slopes; where it would not be concave (the fall is: its slope is a survival function), Schumaker's
 * two parabolas, which keep values, slopes and concavity [Sch83]. */
static struct cell cell_at(const struct quo_curve *curve, size_t i)
{
    struct cell cell = {.h = curve->x[i + 1] - curve->x[i], .knot = 1.0};
    const double rise = curve->rest[i] - curve->rest[i + 1];
    const double d0 = cell.h * curve->right[i], d1 = cell.h * curve->left[i + 1];
    const double c2 = 3.0 * rise - 2.0 * d0 - d1, c3 = d0 + d1 - 2.0 * rise;
    cell.c[0][1] = d0;
    if (c2 <= 0.0 && c2 + 3.0 * c3 <= 0.0) {
        cell.c[0][2] = c2;
        cell.c[0][3] = c3;
        return cell;
    }
    /* Slope `middle` at the knot; with the knot where the nearer end's slope allows it, d0 >= middle >= d1. */
    const double up = fmax(d0 - rise, 0.0), down = fmax(rise - d1, 0.0);
    cell.knot = up + down > 0.0 ? down / (up + down) : 0.5;
    cell.knot = fmin(fmax(cell.knot, 0.02), 0.98);
    const double middle = 2.0 * rise - d0 * cell.knot - d1 * (1.0 - cell.knot);
    cell.c[0][2] = 0.5 * (middle - d0) / cell.knot;
    cell.c[1][0] = 0.5 * cell.knot * (d0 + middle);
    cell.c[1][1] = middle;
    cell.c[1][2] = 0.5 * (d1 - middle) / (1.0 - cell.knot);
    return cell;
}

double quo_curve_fall(const struct quo_curve *curve, size_t i, double c[2][3])
{
    const struct cell cell = cell_at(curve, i);
    for (int part = 0; part < 2; part++)
        for (int k = 0; k < 3; k++)
            c[part][k] = cell.c[part][k + 1];
    return cell.knot;
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static void
whole_falls(const double *x, const double *rest, const double *right, const double *left, size_t n, double *c1, double *c2,
            double *c3)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double h = x[i + 1] - x[i], rise = rest[i] - rest[i + 1], d0 = h * right[i], d1 = h * left[i + 1];
        const double second = 3.0 * rise - 2.0 * d0 - d1, third = d0 + d1 - 2.0 * rise;
        const double slack = 1e-12 * d0; /* where nothing falls rounding decides: the slope stays far above 0 */
        const int whole = (second <= slack) & (second + 3.0 * third <= slack);
        c1[i] = whole ? d0 : 0.0;
        c2[i] = whole ? second : 0.0;
        c3[i] = whole ? third : 0.0;
    }
}

void quo_curve_falls(const struct quo_curve *curve, size_t first, size_t n, double *const c[3])
{
    whole_falls(curve->x + first, curve->rest + first, curve->right + first, curve->left + first, n, c[0], c[1], c[2]);
}

static double cell_slope(const struct cell *cell, double t)
{
    const double *c = cell->c[t > cell->knot], u = t > cell->knot ? t - cell->knot : t;
    return (c[1] + u * (2.0 * c[2] + 3.0 * u * c[3])) / cell->h;
}

double quo_curve_mean(const struct quo_curve *curve) { return curve->n ? curve->rest[0] + curve->below : 0.0; }

typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t four_whole __attribute__((vector_size(32)));

/* R at n points of one cell that begins at x0, where it is rest. */
__attribute__((target_clones("default", "avx2"))) static void cell_rest(const struct cell *cell, double x0, double rest,
                                                                        const double *x, size_t n, double *out)
{
    const double inverse = 1.0 / cell->h, knot = cell->knot, *a = cell->c[0], *b = cell->c[1];
    const bool two = knot < 1.0;
    for (size_t k = 0; k < n; k += 4) {
        four t = {x0, x0, x0, x0};
        if (n - k >= 4)
            t = *(const four *)(x + k);
        else
            for (size_t i = 0; i < n - k; i++)
                t[i] = x[k + i];
        t = (t - x0) * inverse;
        four value = rest - (a[0] + t * (a[1] + t * (a[2] + t * a[3])));
        if (two) {
            const four u = t - knot;
            const four_whole beyond = u > 0.0;
            const four second = rest - (b[0] + u * (b[1] + u * (b[2] + u * b[3])));
            value = (four)((beyond & (four_whole)second) | (~beyond & (four_whole)value));
        }
        if (n - k >= 4)
            *(four *)(out + k) = value;
        else
            for (size_t i = 0; i < n - k; i++)
                out[k + i] = value[i];
    }
}

void quo_curve_rest(const struct quo_curve *curve, const double *x, size_t n, double *out)
{
    size_t from = 0;
    for (size_t k = 0, to; k < n; k = to) {
        to = k + 1;
        if (curve->n == 0) {
            out[k] = 0.0;
            continue;
        }
        if (x[k] <= curve->x[0]) {
            out[k] = curve->rest[0] + curve->below * (1.0 - fmax(x[k], 0.0) / curve->x[0]);
            continue;
        }
        if (x[k] < curve->x[from])
            from = 0; /* not ascending after all: slower, still right */
        from = cell_of(curve, x[k], from);
        if (from == curve->n - 1) {
            out[k] = 0.0;
            continue;
        }
        const double low = curve->x[from], high = curve->x[from + 1];
        while (to < n && x[to] > low && x[to] < high)
            to++;
        const struct cell cell = cell_at(curve, from);
        cell_rest(&cell, low, curve->rest[from], x + k, to - k, out + k);
    }
}

double quo_curve_Q(const struct quo_curve *curve, double x)
{
    if (curve->n == 0)
        return 0.0;
    if (x < curve->x[0])
        return x < 0.0 ? curve->weight : curve->below / curve->x[0];
    const size_t i = cell_of(curve, x, 0);
    if (i == curve->n - 1)
        return curve->right[i] > 0.0 && x > curve->x[i] ? 0.0 : curve->right[i];
    if (x == curve->x[i])
        return curve->right[i];
    const struct cell cell = cell_at(curve, i);
    const double slope = cell_slope(&cell, (x - curve->x[i]) / cell.h);
    return fmin(fmax(slope, curve->left[i + 1]), curve->right[i]); /* Q never rises */
}

double quo_curve_Q_left(const struct quo_curve *curve, double x)
{
    if (curve->n == 0)
        return 0.0;
    if (x >= curve->x[0] && x <= curve->x[curve->n - 1]) {
        const size_t i = cell_of(curve, x, 0);
        if (fabs(x - curve->x[i]) <= QUO_NUMERIC_ROUNDING * x)
            return curve->left[i];
        if (i + 1 < curve->n && fabs(curve->x[i + 1] - x) <= QUO_NUMERIC_ROUNDING * x)
            return curve->left[i + 1];
    }
    return quo_curve_Q(curve, x);
}

double quo_curve_top(const struct quo_curve *curve) { return curve->n ? curve->x[curve->n - 1] : 0.0; }
