#include "pricing/aggregate/layer.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "pricing/aggregate/evenpoints.h"
#include "risk/base/numeric.h"

/* Panels of the survival integral grow by this factor, with this many Gauss nodes each. */
#define PANEL 1.6
#define NODES 16
#define FEW 8     /* nodes of a panel that is .. */
#define SHORT 1.3 /* .. no longer than this */
/* Cells that take limited means and not the interpolation rule: the first ones, and those beside a bend. */
#define FIRST 32
#define BESIDE 3
/* If the rule misses the layer's mean by more than this share, the grid is too coarse for it. */
#define RULE_SLACK 1e-7
#define BENT_SLACK 0.01 /* .. and of the second differences no more than this */
#define PARTS_MAX 8
#define BENDS (2 * QUO_PARTS_MAX + 1)
/* A cell that begins within this many cells of 0 is near it. */
#define NEAR_ZERO 4.0
#define LANES 8

const char *quo_layer_invalid(const struct quo_layer *layer)
{
    if (!(layer->attach >= 0.0) || isinf(layer->attach))
        return "the deductible is 0 or more";
    if (!(layer->limit > 0.0))
        return "the limit is above 0";
    if (!(layer->share > 0.0 && layer->share <= 1.0))
        return "the share lies above 0 and at most at 1";
    return quo_severity_invalid(&layer->severity);
}

double quo_layer_top(const struct quo_layer *layer) { return layer->share * layer->limit; }

double quo_layer_Q(double y, const struct quo_layer *layer)
{
    if (isnan(y))
        return NAN;
    if (y < 0.0)
        return 1.0;
    return y >= quo_layer_top(layer) ? 0.0 : quo_severity_Q(layer->attach + y / layer->share, &layer->severity);
}

double quo_layer_zero(const struct quo_layer *layer) { return quo_severity_P(layer->attach, &layer->severity); }

double quo_layer_full(const struct quo_layer *layer)
{
    return isinf(layer->limit) ? 0.0 : quo_severity_Q(layer->attach + layer->limit, &layer->severity);
}

/* Where the survival function has a corner: the start of a GPD, the threshold of a splice. Returns how many. */
static int bends_of(const struct quo_severity *s, double bend[BENDS])
{
    int n = 0;
    for (int i = 0; i < quo_severity_laws(s); i++)
        if (s->law[i].family == QUO_GPD) {
            const double xi = s->law[i].par[0], beta = s->law[i].par[1], mu = s->law[i].par[2];
            bend[n++] = mu;
            if (xi < 0.0 && n < BENDS)
                bend[n++] = mu - beta / xi; /* its upper end */
        }
    if (s->family == QUO_SPLICED && n < BENDS)
        bend[n++] = s->threshold;
    return n;
}

/* The survival integral's tools: Gauss nodes and the law's bends, made once for a law. */
struct rule {
    double node[NODES], weight[NODES], few_node[FEW], few_weight[FEW], bend[BENDS + 1];
    int bends;
};

static struct rule rule_of(const struct quo_severity *s)
{
    struct rule rule;
    quo_gauss_legendre(NODES, rule.node, rule.weight);
    quo_gauss_legendre(FEW, rule.few_node, rule.few_weight);
    rule.bends = bends_of(s, rule.bend);
    return rule;
}

/* The nearest bend above low, or high. */
static double next_bend(const struct rule *rule, double low, double high)
{
    double next = high;
    for (int i = 0; i < rule->bends; i++)
        if (rule->bend[i] > low && rule->bend[i] < next)
            next = rule->bend[i];
    return next;
}

/* Integral of order (x - from)^(order-1) Q(x) over [low, high], 0 < low, without a bend inside. */
static double panels(const struct rule *rule, const struct quo_severity *s, double from, double low, double high,
                     int order)
{
    double sum = 0.0;
    for (double a = low; a < high;) {
        const double b = fmin(a * PANEL, high), half = 0.5 * (b - a);
        const int few = b <= SHORT * a, n = few ? FEW : NODES;
        const double *node = few ? rule->few_node : rule->node, *weight = few ? rule->few_weight : rule->weight;
        double part = 0.0;
        for (int i = 0; i < n; i++) {
            const double x = a + half * (1.0 + node[i]), y = x - from;
            part += weight[i] * (order == 1 ? 1.0 : order == 2 ? 2.0 * y : 3.0 * y * y) * quo_severity_Q(x, s);
        }
        sum += half * part;
        a = b;
    }
    return sum;
}

/* E[(X - attach)+^order] without limit. */
static double unlimited(int order, const struct quo_layer *l)
{
    const struct quo_severity *s = &l->severity;
    const double a = l->attach;
    if (a == 0.0 || order == 1)
        return a == 0.0 ? quo_severity_moment(order, s) : quo_severity_stoploss(a, s);
    const double raw = quo_severity_moment(order, s);
    if (isinf(raw))
        return raw;
    /* X^k = (min(X, a) + (X - a)+)^k, and where the second is not 0 the first is a. */
    const double first = quo_severity_stoploss(a, s),
                 second = quo_severity_moment(2, s) - quo_severity_lev(a, 2, s) - 2.0 * a * first;
    return order == 2 ? second : raw - quo_severity_lev(a, 3, s) - 3.0 * a * a * first - 3.0 * a * second;
}

double quo_layer_moment(int order, const struct quo_layer *l)
{
    if (order < 1 || order > 3)
        return NAN;
    const double scale = pow(l->share, order), end = l->attach + l->limit;
    if (isinf(l->limit))
        return scale * unlimited(order, l);
    if (l->attach == 0.0)
        return scale * quo_severity_lev(end, order, &l->severity);
    const struct rule rule = rule_of(&l->severity);
    double sum = 0.0;
    for (double low = l->attach, next; low < end; low = next) {
        next = next_bend(&rule, low, end);
        sum += panels(&rule, &l->severity, l->attach, low, next, order);
    }
    return scale * sum;
}

/* The survival integral of one cell: near 0, where the density may be infinite, from limited means; else by Gauss nodes, which
 * keep their digits however small the survival is, on either side of a bend. */
static double one_cell(const struct rule *rule, const struct quo_layer *l, double step, size_t k)
{
    const double x = l->attach + step * (double)k / l->share, width = step / l->share;
    if (x < NEAR_ZERO * width)
        return l->share * (quo_severity_lev(x + width, 1, &l->severity) - quo_severity_lev(x, 1, &l->severity));
    double sum = 0.0;
    for (double low = x, next; low < x + width; low = next) {
        next = next_bend(rule, low, x + width);
        sum += panels(rule, &l->severity, 0.0, low, next, 1);
    }
    return l->share * sum;
}

/* The first cells, and those beside a bend of the law, one by one; the rest of layer is 0 on entry and stays so. */
static void fill_bent(const struct rule *rule, const struct quo_layer *l, double step, size_t cells, double *layer)
{
    for (size_t k = 0; k < cells && k < FIRST; k++)
        layer[k] = one_cell(rule, l, step, k);
    for (int i = 0; i < rule->bends; i++) {
        const double at = (rule->bend[i] - l->attach) * l->share / step - 0.5, end = fmin(at + BESIDE, (double)cells - 1.0);
        for (double k = fmax(ceil(at - BESIDE), FIRST); k <= end; k++)
            layer[(size_t)k] = one_cell(rule, l, step, (size_t)k);
    }
}

/* The first cell at or after k that is done; n if none is. */
static size_t next_done(const double *layer, size_t k, size_t n)
{
    double sum = 0.0;
    for (; k + LANES <= n && sum == 0.0; k += LANES)
        for (int i = 0; i < LANES; i++)
            sum += fabs(layer[k + (size_t)i]);
    for (k -= sum != 0.0 ? LANES : 0; k < n && !(layer[k] > 0.0);)
        k++;
    return k;
}

/* The second difference about interval j: how much the survival function bends there. */
static double bent(const double *q, size_t j) { return q[j - 1] - q[j] - q[j + 1] + q[j + 2]; }

static double positive(double x) { return x < 0.0 ? -x : x; }

/* Sums over the intervals from..to - 1: the cubics' integrals, in steps, and how much they bend. Several sums at a time, so that it goes
 * through vectors; their order is the same on every machine. */
__attribute__((target_clones("default", "avx2"))) static void sum_up(const double *q, size_t from, size_t to,
                                                                     double *ruled, double *curved)
{
    double r[LANES] = {0.0}, c[LANES] = {0.0};
    size_t j = from;
    for (; j + LANES <= to; j += LANES)
        for (int i = 0; i < LANES; i++) {
            const double *at = q + j + i, second = at[-1] - at[0] - at[1] + at[2];
            r[i] += 0.5 * (at[0] + at[1]) - second / 24.0;
            c[i] += positive(second);
        }
    for (; j < to; j++) {
        r[0] += 0.5 * (q[j] + q[j + 1]) - bent(q, j) / 24.0;
        c[0] += positive(bent(q, j));
    }
    for (int i = 0; i < LANES; i++) {
        *ruled += r[i];
        *curved += c[i];
    }
}

/* layer[k] of each cell that is not done, one interval a cell. */
__attribute__((target_clones("default", "avx2"))) static void fill_single(const double *q, size_t from, size_t cells,
                                                                          double h, double given, double *restrict layer)
{
    size_t k = from;
    for (; k + LANES <= cells; k += LANES)
        for (int i = 0; i < LANES; i++) {
            const double *at = q + k + i, second = at[-1] - at[0] - at[1] + at[2];
            const double here = h * (0.5 * (at[0] + at[1]) - second / 24.0) + given * positive(second);
            layer[k + (size_t)i] = layer[k + (size_t)i] > 0.0 ? layer[k + (size_t)i] : here;
        }
    for (; k < cells; k++)
        if (!(layer[k] > 0.0))
            layer[k] = h * (0.5 * (q[k] + q[k + 1]) - bent(q, k) / 24.0) + given * positive(bent(q, k));
}

static void fill(const double *q, size_t cells, size_t parts, double h, double given, double *layer)
{
    for (size_t k = 0; k < cells; k++) {
        double sum = 0.0;
        if (layer[k] > 0.0)
            continue;
        for (size_t j = k * parts; j < (k + 1) * parts; j++)
            sum += h * (0.5 * (q[j] + q[j + 1]) - bent(q, j) / 24.0) + given * positive(bent(q, j));
        layer[k] = sum;
    }
}

/* Cubics through points `parts` to a cell: 1 where they do, else how many times as many may. The layers are theirs then, and those
 * of the first cells and of the cells beside a bend (marked by layer[k] > 0 on entry) are left. What the cubics miss of the exact
 * mean, parts in 10^8, goes to the cells in proportion to their second differences, where it came from. q: room for cells * parts
 * + 2 numbers. */
static int by_cubics(const struct rule *rule, const struct quo_layer *l, double step, size_t cells, size_t parts,
                     double mean, double *q, double *layer)
{
    const double h = step / (double)parts, wide = h / l->share;
    quo_evenpoints_Q(&l->severity, l->attach, wide, cells * parts + 2, rule->bend, rule->bends, q);
    double left = mean, curved = 0.0, ruled = 0.0;
    for (size_t k = 0, next; k < cells; k = next) { /* runs of cells that are done, and of cells that are not */
        next = k + 1;
        if (layer[k] > 0.0) {
            left -= layer[k];
            continue;
        }
        next = next_done(layer, next, cells);
        sum_up(q, k * parts, next * parts, &ruled, &curved);
    }
    const double missed = left - h * ruled;
    const double over = fmax(fabs(missed) / (RULE_SLACK * h * ruled), fabs(missed) / (BENT_SLACK * h * curved));
    if (!(over <= 1.0))
        return over > 300.0 ? 4 : 2; /* half the width misses a sixteenth */
    if (parts == 1 && layer[0] > 0.0)
        fill_single(q, 1, cells, h, missed / curved, layer);
    else
        fill(q, cells, parts, h, missed / curved, layer);
    return 1;
}

/* Integrals of the survival function over every cell: near 0 and beside a bend of the law one by one; else by cubics through the
 * points, one survival function a point, or a few where the grid is coarse for the law; one by one if that will not do. */
static enum quo_status integrate(const struct quo_layer *l, double step, size_t cells, double mean, double *layer)
{
    const struct rule rule = rule_of(&l->severity);
    fill_bent(&rule, l, step, cells, layer);
    size_t finer = cells <= FIRST ? 1 : 0;
    for (size_t parts = 1; parts <= PARTS_MAX && finer != 1; parts *= finer) {
        double *q = malloc((cells * parts + 2) * sizeof *q);
        if (!q)
            return QUO_MACHINE;
        finer = (size_t)by_cubics(&rule, l, step, cells, parts, mean, q, layer);
        free(q);
    }
    const bool done = finer == 1;
    for (size_t k = FIRST; k < cells && !done; k++)
        layer[k] = one_cell(&rule, l, step, k);
    return QUO_OK;
}

enum quo_status quo_layer_discretise(const struct quo_layer *l, double top, size_t cells, enum quo_layer_edge edge,
                                     struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    if (quo_layer_invalid(l) || !(top > 0.0) || isinf(top) || top > quo_layer_top(l) * (1.0 + 1e-12) || cells == 0)
        return QUO_DOMAIN;
    enum quo_status status = quo_lattice_new(top / (double)cells, cells + 1, out);
    if (status == QUO_OK) {
        const struct quo_layer capped = {l->severity, l->attach, top / l->share, l->share};
        status = integrate(l, out->step, cells, quo_layer_moment(1, &capped), out->mass);
    }
    if (status == QUO_OK)
        status = quo_lattice_from_layers(out->mass, cells, 1.0, out);
    if (status == QUO_OK && edge == QUO_LAYER_CUT)
        out->mass[cells] = fmax(0.0, out->mass[cells] - quo_severity_Q(l->attach + top / l->share, &l->severity));
    if (status != QUO_OK)
        quo_lattice_free(out);
    return status;
}

enum quo_status quo_layer_discretise_rule(const struct quo_layer *l, double step, double top, enum quo_layer_rule rule,
                                          struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    const double cells_real = step > 0.0 ? round(top / step) : 0.0;
    if (quo_layer_invalid(l) || !(step > 0.0) || !(cells_real >= 1.0 && cells_real < 1e8) ||
        fabs(cells_real * step - top) > 1e-9 * top)
        return QUO_DOMAIN;
    const size_t cells = (size_t)cells_real;
    /* upper puts the mass of a cell on its lower end, so that nothing stands on top; rounding gives top half a cell. */
    enum quo_status status =
        quo_lattice_new(step, rule == QUO_RULE_UPPER || rule == QUO_RULE_ROUNDING ? cells : cells + 1, out);
    const struct rule rule_used = rule_of(&l->severity);
    double above = 1.0;
    for (size_t k = 0; status == QUO_OK && k < out->n; k++) {
        const double x = step * (double)k;
        double here; /* P[Y > x], or its mean, at the upper end of what belongs to this point */
        const bool unbiased = rule == QUO_RULE_UNBIASED || rule == QUO_RULE_CAPPED;
        if (unbiased && k < cells)
            here = one_cell(&rule_used, l, step, k) / step;
        else if (rule == QUO_RULE_CAPPED)
            here = 0.0; /* what exceeds top stands on it */
        else
            here = quo_layer_Q(rule == QUO_RULE_UPPER ? x + step : rule == QUO_RULE_ROUNDING ? x + 0.5 * step : x, l);
        out->mass[k] = fmax(0.0, above - here);
        above = here;
    }
    return status;
}
