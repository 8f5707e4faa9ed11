#include "pricing/aggregate/lattice.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"

/* More points than anyone can mean: 2^28 doubles are 2 GiB. */
#define POINTS_MAX ((size_t)1 << 28)
/* A law whose limited mean is not concave by more than this is no law. Less is the quadrature of whoever made the mean. */
#define CONCAVE_SLACK 1e-4
/* An amount this near to a point (in steps) stands on it. */
#define ON_POINT 1e-9
#define RUN 64 /* masses looked at together */
#define LANES 8
#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

typedef double four __attribute__((vector_size(32), aligned(8)));
typedef double vector __attribute__((vector_size(8 * LANES), aligned(8)));
typedef long long truths __attribute__((vector_size(8 * LANES)));

enum quo_status quo_lattice_new(double step, size_t n, struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    if (!(step > 0.0) || isinf(step) || n == 0 || n > POINTS_MAX)
        return QUO_DOMAIN;
    double *mass = calloc(n, sizeof *mass);
    if (!mass)
        return QUO_MACHINE;
    *out = (struct quo_lattice){step, n, mass};
    return QUO_OK;
}

void quo_lattice_free(struct quo_lattice *lattice)
{
    if (!lattice)
        return;
    free(lattice->mass);
    *lattice = (struct quo_lattice){0.0, 0, NULL};
}

/* x[k] becomes (x[k - 1] - x[k]) / h for k = n .. 1, downwards: what is read has not been written to. */
CLONES static void differences(double *x, size_t n, double h)
{
    const double inverse = 1.0 / h;
    size_t k = n;
    for (; k >= LANES; k -= LANES) {
        double *at = x + k + 1 - LANES;
        const vector below = *(vector *)(at - 1), here = *(vector *)at;
        *(vector *)at = (below - here) * inverse;
    }
    for (; k > 0; k--)
        x[k] = (x[k - 1] - x[k]) * inverse;
}

CLONES static bool all_above(const double *x, size_t n, double least)
{
    size_t k = 0;
    truths below = {0};
    for (; k + LANES <= n; k += LANES)
        below |= ~(*(const vector *)(x + k) > least);
    long long any = 0;
    for (int i = 0; i < LANES; i++)
        any |= below[i];
    for (; k < n; k++)
        any |= !(x[k] > least);
    return !any;
}

void quo_lattice_clean(double *mass, size_t n)
{
    double carry = 0.0;
    for (size_t k = 0, to; k < n; k = to) {
        to = k + RUN < n ? k + RUN : n;
        if (carry == 0.0 && all_above(mass + k, to - k, -DBL_TRUE_MIN)) /* mostly: no chain from one to the next */
            continue;
        for (size_t i = k; i < to; i++) {
            const double with = mass[i] + carry;
            carry = with < 0.0 ? with : 0.0;
            mass[i] = with < 0.0 ? 0.0 : with;
        }
    }
}

enum quo_status quo_lattice_from_layers(const double *layer, size_t cells, double total, struct quo_lattice *out)
{
    double *mass = out->mass;
    if (layer != mass)
        memcpy(mass, layer, cells * sizeof *mass);
    mass[cells] = 0.0;
    const double first = total - mass[0] / out->step; /* mean survival over the cell above this point */
    differences(mass, cells, out->step);
    mass[0] = first;
    if (!all_above(mass, cells + 1, -CONCAVE_SLACK))
        return QUO_DOMAIN;
    quo_lattice_clean(mass, cells + 1);
    return QUO_OK;
}

CLONES static void even_points(double step, size_t n, double *x)
{
#pragma omp simd
    for (int k = 0; k < (int)n; k++)
        x[k] = step * (double)k;
}

CLONES static void rises(const double *x, size_t n, double *out)
{
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        out[k] = x[k + 1] - x[k];
}

enum quo_status quo_lattice_discretise(quo_lev_fn *lev, const void *context, double top, size_t cells,
                                       struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    if (!(top > 0.0) || isinf(top) || cells == 0)
        return QUO_DOMAIN;
    enum quo_status status = quo_lattice_new(top / (double)cells, cells + 1, out);
    if (status != QUO_OK)
        return status;
    double *x = malloc((cells + 1) * sizeof *x);
    if (!x) {
        quo_lattice_free(out);
        return QUO_MACHINE;
    }
    even_points(out->step, cells, x);
    x[cells] = top;
    lev(x, cells + 1, out->mass, context);
    rises(out->mass, cells, x);
    status = quo_lattice_from_layers(x, cells, 1.0, out);
    free(x);
    if (status != QUO_OK)
        quo_lattice_free(out);
    return status;
}

enum quo_status quo_lattice_halve(const struct quo_lattice *fine, struct quo_lattice *out)
{
    const size_t cells = fine->n / 2;
    const double *mass = fine->mass;
    if (fine->n % 2 == 0)
        return QUO_DOMAIN;
    const enum quo_status status = quo_lattice_new(2.0 * fine->step, cells + 1, out);
    if (status != QUO_OK)
        return status;
    for (size_t k = 0; k <= cells; k++)
        out->mass[k] =
            mass[2 * k] + 0.5 * ((k > 0 ? mass[2 * k - 1] : 0.0) + (k < cells ? mass[2 * k + 1] : 0.0));
    return QUO_OK;
}

/* Sum of mass[k] k, in four chains of a fixed order. */
__attribute__((target_clones("default", "avx2"))) static double first_moment(const double *mass, size_t n)
{
    four part = {0.0}, at = {0.0, 1.0, 2.0, 3.0};
    size_t k = 0;
    for (; k + 4 <= n; k += 4, at += 4.0)
        part += *(const four *)(mass + k) * at;
    for (; k < n; k++)
        part[0] += mass[k] * (double)k;
    return (part[0] + part[1]) + (part[2] + part[3]);
}

double quo_lattice_mean(const struct quo_lattice *lattice)
{
    return first_moment(lattice->mass, lattice->n) * lattice->step;
}

/* Sum of mass[k] (k - about)^2, the same way. */
__attribute__((target_clones("default", "avx2"))) static double second_moment(const double *mass, size_t n, double about)
{
    four part = {0.0}, at = {0.0, 1.0, 2.0, 3.0};
    size_t k = 0;
    for (; k + 4 <= n; k += 4, at += 4.0)
        part += *(const four *)(mass + k) * (at - about) * (at - about);
    for (; k < n; k++)
        part[0] += mass[k] * ((double)k - about) * ((double)k - about);
    return (part[0] + part[1]) + (part[2] + part[3]);
}

double quo_lattice_square(const struct quo_lattice *lattice)
{
    return second_moment(lattice->mass, lattice->n, 0.0) * lattice->step * lattice->step;
}

double quo_lattice_variance(const struct quo_lattice *lattice)
{
    const double mean = first_moment(lattice->mass, lattice->n);
    return second_moment(lattice->mass, lattice->n, mean) * lattice->step * lattice->step;
}

/* Steps of an amount; whole if it is whole but for rounding. */
static double in_steps(double amount, double step)
{
    const double steps = amount / step, near = round(steps);
    return fabs(steps - near) <= ON_POINT * fmax(1.0, near) ? near : steps;
}

void quo_lattice_layer(struct quo_lattice *lattice, double deductible, double limit)
{
    const double d = in_steps(fmax(deductible, 0.0), lattice->step);
    const double most = in_steps(fmax(limit, 0.0), lattice->step);
    const size_t n = lattice->n;
    double *mass = lattice->mass;
    if (d == 0.0 && most >= (double)(n - 1))
        return;
    if (d == floor(d) && most == floor(most)) { /* whole points: those below go to 0, those above to the limit */
        const size_t below = d < (double)n ? (size_t)d : n - 1;
        const size_t top = most < (double)(n - 1 - below) ? (size_t)most : n - 1 - below;
        const double none = quo_numeric_total(mass, top ? below + 1 : n);
        const double all = quo_numeric_total(mass + below + top, n - below - top);
        memmove(mass, mass + below, (top + 1) * sizeof *mass);
        memset(mass + top + 1, 0, (n - top - 1) * sizeof *mass);
        mass[top] = all;
        mass[0] = none;
        lattice->n = top + 1;
        return;
    }
    /* The amount never grows, so that in ascending order what is read has not been written to; nothing moves below the limit. */
    size_t last = 0;
    for (size_t k = d == 0.0 ? (size_t)most : 0; k < n; k++) {
        const double m = mass[k], y = fmin(fmax((double)k - d, 0.0), most);
        const size_t low = (size_t)y;
        const double part = y - (double)low;
        mass[k] = 0.0;
        mass[low] += m * (1.0 - part);
        if (part > 0.0)
            mass[low + 1] += m * part;
        last = part > 0.0 ? low + 1 : low;
    }
    lattice->n = last + 1;
}
