#include "pricing/indexgrid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/vectormath.h"

/* Normal scores beyond this weigh less than 1e-14. */
static const double far = 7.7;
/* Points in one standard deviation of the error: folding is then exact to 1e-7 of the value, interpolation too. */
#define POINTS_AN_ERROR 12.0
/* And never further apart than this, in ln t. */
#define SPACING_MAX 0.05
/* Cells of the loss are cut to this share of the error, those below the least loss down to this share of it. */
#define CELL_OF_ERROR 0.4
#define BELOW_LEAST 0.05

void quo_indexgrid_free(struct quo_indexgrid *grid)
{
    if (!grid)
        return;
    free(grid->value);
    memset(grid, 0, sizeof *grid);
}

#define TILE QUO_INDEXGRID_TILE

/* Taps run over scores -far .. far of z + s; what lies above them counts whole. */
static enum quo_status room_for(struct quo_indexgrid *grid)
{
    const double s = grid->error;
    const long high = (long)ceil((far - s) * s / grid->spacing);
    grid->low = (long)floor((-far - s) * s / grid->spacing);
    grid->taps = ((size_t)(high - grid->low + 1) + 3) / 4 * 4;
    const size_t tiles = (grid->n + TILE - 1) / TILE, whole = tiles * TILE, before = (size_t)-grid->low;
    const size_t masses = before + whole + grid->taps;
    grid->value = malloc((2 * whole + masses + grid->n + 1 + 2 * grid->taps + (tiles + 7) / 8) * sizeof *grid->value);
    if (!grid->value)
        return QUO_MACHINE;
    grid->slope = grid->value + whole;
    grid->mass = grid->slope + whole + before;
    grid->above = grid->slope + whole + masses;
    grid->tap = grid->above + grid->n + 1;
    grid->folded = (unsigned char *)(grid->tap + 2 * grid->taps);
    memset(grid->slope + whole, 0, masses * sizeof *grid->mass);
    memset(grid->folded, 0, tiles);
    grid->above[grid->n] = 0.0;
    grid->value[0] = grid->value[1] = grid->slope[0] = grid->slope[1] = 0.0; /* read, and not used, where no point needs any */
    return QUO_OK;
}

#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

#define CELLS_AT_ONCE 64
/* Gauss's points of a cell: the integral of S times anything that is a cubic there is exact. */
#define GAUSS 3
#define PUT_AT_ONCE (GAUSS * CELLS_AT_ONCE)

/* The point below each ln t = at, and what the four around it get of each mass, so that cubics keep their sum. */
CLONES static void
shares_of(const struct quo_indexgrid *grid, const double *at, const double *mass, size_t n, int *point,
          double share[4][PUT_AT_ONCE])
{
    const double first = grid->first, inverse = 1.0 / grid->spacing, last = (double)grid->n - 3.0;
#pragma omp simd
    for (size_t k = 0; k < n; k++) {
        const double place = (at[k] - first) * inverse, low = place > 1.0 ? place : 1.0;
        const int i = (int)(low < last ? low : last);
        const double u = place - (double)i, sixth = mass[k] * (1.0 / 6.0), half = 0.5 * mass[k];
        const double up = u + 1.0, down = u - 1.0, far_down = u - 2.0;
        point[k] = i;
        share[0][k] = -sixth * u * down * far_down;
        share[1][k] = half * up * down * far_down;
        share[2][k] = -half * up * u * far_down;
        share[3][k] = sixth * up * u * down;
    }
}

/* Puts masses on the points; n at most PUT_AT_ONCE. */
static void put(struct quo_indexgrid *grid, const double *at, const double *mass, size_t n)
{
    double share[4][PUT_AT_ONCE];
    int point[PUT_AT_ONCE];
    shares_of(grid, at, mass, n, point, share);
    for (size_t k = 0; k < n; k++) {
        double *m = grid->mass + point[k] - 1;
        for (int j = 0; j < 4; j++)
            m[j] += share[j][k];
    }
}

static const double gauss_at[GAUSS] = {0.11270166537925831, 0.5, 0.88729833462074169},
                    gauss_weight[GAUSS] = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};

/* The integral of S over parts of the table's cells, at Gauss's points, on its way to the grid. */
struct cells {
    struct quo_indexgrid *grid;
    const struct quo_curve *curve;
    size_t n;
    double at[PUT_AT_ONCE], mass[PUT_AT_ONCE];
};

static void put_cells(struct cells *cells)
{
    quo_vectormath_log(cells->at, cells->n, cells->at);
    put(cells->grid, cells->at, cells->mass, cells->n);
    cells->n = 0;
}

/* The cells between n + 1 nodes, x[0] .. x[n], as far as one part and one cubic c do for each. */
CLONES static void whole_cells(const double *x, size_t n, double *const c[3], double widest, double *at, double *mass)
{
    for (int k = 0; k < GAUSS; k++) {
        const double u = gauss_at[k], weight = gauss_weight[k];
        double *place = at + (size_t)k * n, *part = mass + (size_t)k * n;
        const double *c0 = c[0], *c1 = c[1], *c2 = c[2];
#pragma omp simd
        for (size_t i = 0; i < n; i++) {
            const double a = x[i], width = x[i + 1] - a;
            place[i] = a + u * width;
            part[i] = width <= widest * a ? weight * (c0[i] + u * (2.0 * c1[i] + 3.0 * u * c2[i])) : 0.0;
        }
    }
}

/* From share t of a cell on, which begins at `start` and is `width` wide, over a share d of it; the fall is this cubic in the share. */
static void add_part(struct cells *cells, const double c[3], double start, double width, double t, double d)
{
    if (cells->n + GAUSS > PUT_AT_ONCE)
        put_cells(cells);
    for (int k = 0; k < GAUSS; k++) {
        const double u = t + d * gauss_at[k];
        cells->at[cells->n] = start + u * width;
        cells->mass[cells->n++] = gauss_weight[k] * d * (c[0] + u * (2.0 * c[1] + 3.0 * u * c[2]));
    }
}

/* The cell from a to node i, in parts none wider than the error allows. */
static void add_cell(struct cells *cells, double a, size_t i)
{
    const double b = cells->curve->x[i], widest = CELL_OF_ERROR * cells->grid->error, width = b - a;
    /* ln(1 + x) < x: mostly one part does, and no logarithm is taken. */
    const size_t n = width <= widest * a ? 1 : (size_t)ceil(fmax(1.0, log(b / a) / widest));
    const double ratio = n > 1 ? pow(b / a, 1.0 / (double)n) : 1.0;
    double c[2][3] = {{cells->curve->below * width / b, 0.0, 0.0}}; /* below the first node a straight line */
    const double knot = i == 0 ? 1.0 : quo_curve_fall(cells->curve, i - 1, c);
    double from = a;
    for (size_t k = 1; k <= n; k++) {
        const double to = k == n ? b : from * ratio, low = (from - a) / width, high = k == n ? 1.0 : (to - a) / width;
        if (low < knot)
            add_part(cells, c[0], a, width, low, fmin(high, knot) - low);
        if (high > knot)
            add_part(cells, c[1], a + knot * width, width, fmax(low, knot) - knot, high - fmax(low, knot));
        from = to;
    }
}

typedef double eight __attribute__((vector_size(64), aligned(8), may_alias));

/* The n cells from node `first` on. */
static void add_cells(struct cells *cells, size_t first, size_t n)
{
    const struct quo_curve *curve = cells->curve;
    const double widest = CELL_OF_ERROR * cells->grid->error, *x = curve->x + first;
    double c[3][CELLS_AT_ONCE], *const all[3] = {c[0], c[1], c[2]};
    if (cells->n)
        put_cells(cells);
    quo_curve_falls(curve, first, n, all);
    whole_cells(x, n, all, widest, cells->at, cells->mass);
    cells->n = GAUSS * n;
    put_cells(cells);
    for (size_t i = 0; i < n; i++)
        if (c[0][i] == 0.0 || x[i + 1] - x[i] > widest * x[i])
            add_cell(cells, x[i], first + i + 1);
    if (cells->n)
        put_cells(cells);
}

/* value[k] = sum over m of w[k + m] c[m] for a tile of k, four m at a time; slope the same with d. */
CLONES static void
fold_tile(const double *w, const double *c, const double *d, size_t taps, double *value, double *slope)
{
    eight v0 = {0.0}, v1 = {0.0}, s0 = {0.0}, s1 = {0.0};
    for (size_t m = 0; m + 4 <= taps; m += 4) {
        const eight a0 = *(const eight *)(w + m), a1 = *(const eight *)(w + m + 1), a2 = *(const eight *)(w + m + 2),
                    a3 = *(const eight *)(w + m + 3);
        const eight b0 = *(const eight *)(w + m + 8), b1 = *(const eight *)(w + m + 9),
                    b2 = *(const eight *)(w + m + 10), b3 = *(const eight *)(w + m + 11);
        v0 += (a0 * c[m] + a1 * c[m + 1]) + (a2 * c[m + 2] + a3 * c[m + 3]);
        v1 += (b0 * c[m] + b1 * c[m + 1]) + (b2 * c[m + 2] + b3 * c[m + 3]);
        s0 += (a0 * d[m] + a1 * d[m + 1]) + (a2 * d[m + 2] + a3 * d[m + 3]);
        s1 += (b0 * d[m] + b1 * d[m + 1]) + (b2 * d[m + 2] + b3 * d[m + 3]);
    }
    *(eight *)value = v0;
    *(eight *)(value + 8) = v1;
    *(eight *)slope = s0;
    *(eight *)(slope + 8) = s1;
}

/* value and slope of the points from..to. A quote asks for those between its attachment and its limit, a small part of all. */
static void fold(const struct quo_indexgrid *grid, size_t from, size_t to)
{
    const double up = exp(0.5 * grid->error * grid->error);
    for (size_t tile = from / TILE; tile <= to / TILE; tile++) {
        if (grid->folded[tile])
            continue;
        const size_t first = tile * TILE, last = first + TILE < grid->n ? first + TILE : grid->n;
        fold_tile(grid->mass + (long)first + grid->low, grid->tap, grid->tap + grid->taps, grid->taps,
                  grid->value + first, grid->slope + first);
        for (size_t k = first; k < last; k++) {
            const size_t past = k + (size_t)((long)grid->taps + grid->low);
            const double value = grid->value[k] + up * (past < grid->n ? grid->above[past] : 0.0);
            grid->value[k] = value > 0.0 ? value : 0.0;
            grid->slope[k] = grid->slope[k] < 0.0 ? grid->slope[k] : 0.0;
        }
        grid->folded[tile] = 1;
    }
}

/* The taps, and the masses summed from the top. */
static void prepare_fold(struct quo_indexgrid *grid, const struct quo_indexgrid *like)
{
    const double s = grid->error, up = exp(0.5 * s * s);
    double *c = grid->tap, *d = grid->tap + grid->taps;
    for (size_t k = grid->n; k-- > 0;)
        grid->above[k] = grid->above[k + 1] + grid->mass[k];
    if (like && like->error == s) { /* the spacing follows from the error */
        memcpy(c, like->tap, 2 * grid->taps * sizeof *c);
        return;
    }
    for (size_t m = 0; m < grid->taps; m++) {
        const double z = ((double)grid->low + (double)m) * grid->spacing / s + s;
        c[m] = -z * M_SQRT1_2;
        d[m] = -0.5 * z * z;
    }
    quo_vectormath_erfc(c, grid->taps, c);
    quo_vectormath_exp(d, grid->taps, d);
    for (size_t m = 0; m < grid->taps; m++) {
        c[m] *= 0.5 * up;
        d[m] *= -up / s * 0.39894228040143267794;
    }
}

enum quo_status quo_indexgrid_new(const struct quo_curve *curve, double error, const struct quo_indexgrid *like,
                                  struct quo_indexgrid *out)
{
    memset(out, 0, sizeof *out);
    if (!(error >= QUO_INDEXGRID_ERROR_MIN) || curve->n == 0)
        return QUO_DOMAIN;
    const double least = BELOW_LEAST * curve->x[0], reach = (far + error) * error;
    out->error = error;
    out->mean = quo_curve_mean(curve);
    out->weight = curve->weight;
    out->flat = curve->below / curve->x[0];
    out->flat_until = curve->x[0] * exp(-reach);
    out->spacing = fmin(error / POINTS_AN_ERROR, SPACING_MAX);
    out->first = log(0.1 * least) - reach;
    out->n = (size_t)ceil((log(quo_curve_top(curve)) + reach - out->first) / out->spacing) + 5;
    enum quo_status status = room_for(out);
    if (status)
        return status;
    /* Below all cells S is flat: two points. */
    const double at[2] = {log(least * (0.5 - sqrt(1.0 / 12.0))), log(least * (0.5 + sqrt(1.0 / 12.0)))},
                 mass = 0.5 * least * curve->below / curve->x[0], both[2] = {mass, mass};
    put(out, at, both, 2);
    struct cells cells;
    cells.grid = out;
    cells.curve = curve;
    cells.n = 0;
    add_cell(&cells, least, 0);
    for (size_t i = 0; i + 1 < curve->n; i += CELLS_AT_ONCE)
        add_cells(&cells, i, curve->n - 1 - i < CELLS_AT_ONCE ? curve->n - 1 - i : CELLS_AT_ONCE);
    prepare_fold(out, like);
    return QUO_OK;
}

/* ln t as a place between points; the least and the greatest of those that need points. */
CLONES static void find_places(const struct quo_indexgrid *grid, const double *t, double *place, size_t n, double *least,
                               double *greatest)
{
    const double first = grid->first, inverse = 1.0 / grid->spacing, until = grid->flat_until, end = (double)grid->n - 1.0;
    double low = end, high = -1.0;
#pragma omp simd reduction(min : low) reduction(max : high)
    for (size_t i = 0; i < n; i++) {
        const double at = (place[i] - first) * inverse;
        const int inside = t[i] > until && at < end;
        const double from = inside ? at : end, to = inside ? at : -1.0;
        place[i] = at;
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    *least = low;
    *greatest = high;
}

/* By cubics between the points. Below all losses nothing is cut off: a straight line, which the points hold only roughly. */
CLONES static void read_places(const struct quo_indexgrid *grid, const double *t, const double *place, size_t n, int safe,
                               double *out)
{
    const double *value = grid->value, *slope = grid->slope, spacing = grid->spacing, until = grid->flat_until,
                 flat = grid->flat, all = exp(0.5 * grid->error * grid->error) * grid->mean, end = (double)grid->n - 1.0;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const int below = t[i] <= until, inside = t[i] > until && place[i] < end;
        const double at = inside ? place[i] : (double)safe;
        const int k = (int)at;
        const double u = at - (double)k, v = 1.0 - u, d0 = slope[k] * spacing, d1 = slope[k + 1] * spacing;
        const double cubic =
            v * v * ((1.0 + 2.0 * u) * value[k] + u * d0) + u * u * ((3.0 - 2.0 * u) * value[k + 1] - v * d1);
        const double line = all - (t[i] > 0.0 ? t[i] : 0.0) * flat, beyond = cubic > 0.0 && inside ? cubic : 0.0;
        out[i] = below ? line : beyond;
    }
}

void quo_indexgrid_rest(const struct quo_indexgrid *grid, const double *t, size_t n, double *scratch, double *out)
{
    double low, high;
    for (size_t i = 0; i < n; i++)
        scratch[i] = t[i] > 1e-300 ? t[i] : 1e-300;
    quo_vectormath_log(scratch, n, scratch);
    find_places(grid, t, scratch, n, &low, &high);
    if (high >= 0.0)
        fold(grid, (size_t)low, (size_t)high + 1);
    read_places(grid, t, scratch, n, high >= 0.0 ? (int)low : 0, out);
}

#define AT_ONCE 64

double quo_indexgrid_at_least(const struct quo_indexgrid *grid, double t)
{
    const double s = grid->error, place = t > 0.0 ? (log(t) - grid->first) / grid->spacing : -1.0;
    if (t <= grid->flat_until)
        return t > 0.0 ? grid->flat : grid->weight;
    const double low = place + (-far - s) * s / grid->spacing, high = place + (far - s) * s / grid->spacing;
    const size_t from = low > 0.0 ? (size_t)low : 0, to = high < (double)grid->n ? (size_t)fmax(high, 0.0) : grid->n;
    double sum = 0.0, weight[AT_ONCE];
    for (size_t j = from; j < to; j += AT_ONCE) {
        const size_t m = to - j < AT_ONCE ? to - j : AT_ONCE;
        for (size_t i = 0; i < m; i++) {
            const double z = ((double)(j + i) - place) * grid->spacing / s + s;
            weight[i] = -0.5 * z * z;
        }
        quo_vectormath_exp(weight, m, weight);
        for (size_t i = 0; i < m; i++)
            sum += grid->mass[j + i] * weight[i];
    }
    return fmax(0.0, sum) * 0.39894228040143267794 * exp(0.5 * s * s) / (s * t);
}
