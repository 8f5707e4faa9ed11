#include "pricing/aggregate/grid.h"

#include <math.h>
#include <stdlib.h>
#include "risk/base/numeric.h"

/* Steps of bisection inside one cell: 2^-60 of it. */
#define BISECTIONS 60

enum quo_status quo_grid_read(struct quo_lattice *law, double *atom, size_t n_atoms, size_t every,
                              enum quo_grid_from from, double mean, struct quo_grid *out)
{
    const size_t n = law->n;
    *out = (struct quo_grid){.law = *law,
                             .smooth = malloc(n * sizeof(double)),
                             .excess = malloc(n * sizeof(double)),
                             .atom = atom,
                             .atoms_above = malloc(n_atoms * sizeof(double)),
                             .n_atoms = n_atoms,
                             .every = every};
    *law = (struct quo_lattice){0.0, 0, NULL};
    if (!out->smooth || !out->excess || !out->atoms_above) {
        quo_grid_free(out);
        return QUO_MACHINE;
    }
    const double *mass = out->law.mass, h = out->law.step;
    double atoms = 0.0;
    for (size_t m = n_atoms; m-- > 0;) {
        out->atoms_above[m] = atoms;
        atoms += m * every < n ? atom[m] : 0.0;
    }
    if (from == QUO_GRID_TOP) {
        double above = 0.0, excess = 0.0;
        for (size_t k = n; k-- > 0;) {
            const double here = k % every == 0 && k / every < n_atoms ? fmin(mass[k], atom[k / every]) : 0.0;
            const double part = mass[k] - here;
            out->smooth[k] = above + 0.5 * part;
            out->excess[k] = excess;
            above += part;
        }
        double all = 0.0; /* with the atoms */
        for (size_t k = n - 1; k-- > 0;) {
            all += mass[k + 1];
            excess += all * h;
            out->excess[k] = excess;
        }
    } else {
        /* Compensated sums: what is wanted is what they lack to 1, down to 1e-9 of it. */
        struct quo_sum above = {0.0, 0.0}, excess = {0.0, 0.0};
        quo_sum_add(&above, 1.0);
        quo_sum_add(&excess, mean);
        for (size_t k = 0; k < n; k++) {
            const double here = k == 0 ? atom[0] : 0.0;
            out->smooth[k] = quo_sum_value(&above) - here - 0.5 * (mass[k] - here);
            out->excess[k] = isinf(mean) ? INFINITY : quo_sum_value(&excess);
            quo_sum_add(&above, -mass[k]);
            quo_sum_add(&excess, -quo_sum_value(&above) * h);
        }
    }
    /* Whatever is continuous lies above 0, also that half of a cell. */
    out->smooth[0] = 1.0 - atom[0] - out->atoms_above[0];
    return QUO_OK;
}

void quo_grid_free(struct quo_grid *grid)
{
    if (!grid)
        return;
    quo_lattice_free(&grid->law);
    free(grid->smooth);
    free(grid->excess);
    free(grid->atom);
    free(grid->atoms_above);
    *grid = (struct quo_grid){.atom = NULL};
}

double quo_grid_end(const struct quo_grid *grid) { return grid->law.step * (double)(grid->law.n - 1); }

/* Mass of the atoms above point k. */
static double atoms_above(const struct quo_grid *g, size_t k)
{
    return k / g->every < g->n_atoms ? g->atoms_above[k / g->every] : 0.0;
}

/* The cell that x lies in, and where in it: [0, 1). */
static size_t cell_of(const struct quo_grid *g, double x, double *t)
{
    const double steps = x / g->law.step, near = round(steps);
    const double at = fabs(steps - near) <= 1e-9 * fmax(1.0, near) ? near : steps;
    size_t k = (size_t)at;
    if (k >= g->law.n - 1)
        k = g->law.n - 1;
    *t = k == g->law.n - 1 ? 0.0 : at - (double)k;
    return k;
}

/* First of the four points through which the cubic of cell k goes: within the block between two atoms. */
static size_t stencil(const struct quo_grid *g, size_t k, size_t *points)
{
    const size_t block = k / g->every, low = block * g->every;
    size_t high = low + g->every;
    if (high > g->law.n - 1)
        high = g->law.n - 1;
    *points = high - low + 1 < 4 ? high - low + 1 : 4;
    size_t first = k > low ? k - 1 : low;
    if (first + *points > high + 1)
        first = high + 1 - *points;
    return first;
}

/* Lagrange's polynomial at cell k, place t, through the smooth part of P[S > x], or through the density. */
static double interpolate(const struct quo_grid *g, size_t k, double t, int density)
{
    size_t points;
    const size_t first = stencil(g, k, &points);
    const double x = (double)(k - first) + t;
    double sum = 0.0;
    for (size_t i = 0; i < points; i++) {
        double value = 1.0;
        for (size_t j = 0; j < points; j++)
            if (j != i)
                value *= (x - (double)j) / ((double)i - (double)j);
        sum += value * (density ? g->law.mass[first + i] / g->law.step : g->smooth[first + i]);
    }
    return sum;
}

double quo_grid_sf(double x, const struct quo_grid *g)
{
    if (x < 0.0)
        return 1.0;
    double t;
    const size_t k = cell_of(g, x, &t);
    const double smooth = t == 0.0 ? g->smooth[k] : interpolate(g, k, t, 0);
    return fmax(0.0, smooth) + atoms_above(g, k);
}

double quo_grid_density(double x, const struct quo_grid *g)
{
    double t;
    const size_t k = cell_of(g, x, &t);
    return k + 1 >= g->law.n ? 0.0 : fmax(0.0, interpolate(g, k, t, 1));
}

/* Hermite's cubic: the excess at both ends of the cell, and its slope -P[S > x]. */
double quo_grid_stoploss(double x, const struct quo_grid *g)
{
    double t;
    const size_t k = cell_of(g, fmax(x, 0.0), &t);
    double excess = g->excess[k];
    if (t > 0.0 && isfinite(excess)) {
        const double h = g->law.step, atoms = atoms_above(g, k);
        const double s0 = -h * (g->smooth[k] + atoms), s1 = -h * (g->smooth[k + 1] + atoms), u = 1.0 - t;
        excess = u * u * (1.0 + 2.0 * t) * g->excess[k] + t * t * (3.0 - 2.0 * t) * g->excess[k + 1] + t * u * u * s0 -
                 t * t * u * s1;
    }
    return fmax(0.0, excess) - fmin(x, 0.0);
}

double quo_grid_quantile(double q, const struct quo_grid *g)
{
    /* Rounding of the sums must not push the answer off an atom; in the tail a share of q counts. */
    const double slack = fmin(1e-13, 1e-9 * q), wanted = q + slack;
    if (g->smooth[0] + atoms_above(g, 0) <= wanted)
        return 0.0;
    size_t low = 0, high = g->law.n - 1; /* P[S > low h] > q >= P[S > high h] */
    if (g->smooth[high] + atoms_above(g, high) > wanted)
        return quo_grid_end(g);
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (g->smooth[middle] + atoms_above(g, middle) <= wanted)
            high = middle;
        else
            low = middle;
    }
    const double atoms = atoms_above(g, low);
    if (g->smooth[high] + atoms > wanted)
        return (double)high * g->law.step; /* it jumps there */
    double a = 0.0, b = 1.0;
    for (int i = 0; i < BISECTIONS; i++) {
        const double t = 0.5 * (a + b);
        *(interpolate(g, low, t, 0) + atoms > q ? &a : &b) = t;
    }
    return ((double)low + b) * g->law.step;
}
