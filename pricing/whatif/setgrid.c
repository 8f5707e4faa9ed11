#include "pricing/whatif/setgrid.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/spectrum.h"
#include "risk/base/vectormath.h"

/* What undoing the tilt may leave of error in a mass; what wraps around at a size of 3/2 and more is then of the same order. */
#define ROUNDING 4e-12
#define LANES 8
#define ROOM 3.0
#define LARGEST ((size_t)1 << 22)

void quo_setgrid_points(const struct quo_policy *policy, const struct quo_hazard hazard[QUO_PERILS], size_t *year,
                        size_t *sum)
{
    struct quo_hazard more[QUO_PERILS];
    memcpy(more, hazard, sizeof more);
    for (int p = 0; p < QUO_PERILS; p++)
        more[p].rate *= ROOM;
    const double step = quo_coverlaw_step(policy, quo_resolution_fine.cells);
    *year = 1;
    for (size_t c = 0; c < policy->n_covers; c++) {
        const double reach = quo_coverlaw_reach(policy, &policy->cover[c], more);
        const size_t own = (size_t)ceil(reach / step - 1e-9) + 1;
        *year = own > *year ? own : *year;
    }
    *sum = quo_coverlaw_points(policy, more, step);
    *sum = *year > *sum ? *year : *sum;
}

/* The least of 2^a, 3 2^a and 5 2^a that is so large. */
static size_t fast_size(size_t least)
{
    size_t best = SIZE_MAX;
    for (size_t odd = 1; odd <= 5; odd += 2) {
        size_t size = 256 * odd;
        while (size < least && size < LARGEST)
            size *= 2;
        best = size < best ? size : best;
    }
    return best;
}

bool quo_setgrid_new(const struct quo_policy *policy, size_t points, struct quo_setgrid *g)
{
    const size_t size = fast_size(points + points / 2);
    memset(g, 0, sizeof *g);
    g->step = quo_coverlaw_step(policy, quo_resolution_fine.cells);
    g->points = points;
    g->theta = log(ROUNDING / DBL_EPSILON) / (double)points;
    g->half = size / 2 + 1;
    g->row = (g->half + LANES - 1) / LANES * LANES;
    g->back = malloc(points * sizeof *g->back);
    for (size_t k = 0; g->back && k < points; k++)
        g->back[k] = 1.0;
    if (g->back)
        quo_spectrum_tilt(g->back, points, -g->theta, 1.0 / (double)size, g->back);
    return g->back && size >= points && quo_transform_new(size, &g->plan);
}

void quo_setgrid_free(struct quo_setgrid *g)
{
    quo_transform_free(&g->plan);
    free(g->back);
    memset(g, 0, sizeof *g);
}

void quo_setgrid_forward(const struct quo_setgrid *g, const struct quo_lattice *law, double complex *out)
{
    const size_t n = law->n < g->points ? law->n : g->points;
    quo_spectrum_tilt(law->mass, n, g->theta, 1.0, g->plan.real);
    memset(g->plan.real + n, 0, (g->plan.size - n) * sizeof *g->plan.real);
    quo_transform_forward(&g->plan);
    memcpy(out, g->plan.spectrum, g->half * sizeof *out);
}

#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

typedef double vector __attribute__((vector_size(8 * LANES), aligned(8)));
typedef int64_t mask __attribute__((vector_size(8 * LANES)));

CLONES static void add(const double *x, size_t n, double c, double *y)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        *(vector *)(y + i) += c * *(const vector *)(x + i);
    for (; i < n; i++)
        y[i] += c * x[i];
}

void quo_setgrid_add(const struct quo_setgrid *g, const double *z, double weight, double *exponent)
{
    add(z, 2 * g->row, weight, exponent);
}

/* mass = real back, n numbers; their sum and that of mass[k] k. False where one is below 0. */
CLONES static bool untilt(const double *real, const double *back, size_t n, double *mass, double *sum, double *moment)
{
    vector total = {0.0}, first = {0.0}, at = {0, 1, 2, 3, 4, 5, 6, 7};
    mask below = {0};
    size_t k = 0;
    for (; k + LANES <= n; k += LANES, at += LANES) {
        const vector m = *(const vector *)(real + k) * *(const vector *)(back + k);
        *(vector *)(mass + k) = m;
        total += m;
        first += m * at;
        below |= m < 0.0;
    }
    *sum = *moment = 0.0;
    bool positive = true;
    for (; k < n; k++) {
        mass[k] = real[k] * back[k];
        *sum += mass[k];
        *moment += mass[k] * (double)k;
        positive &= mass[k] >= 0.0;
    }
    for (size_t i = 0; i < LANES; i++) {
        *sum += total[i];
        *moment += first[i];
        positive &= below[i] == 0;
    }
    return positive;
}

double quo_setgrid_back(const struct quo_setgrid *g, struct quo_lattice *law)
{
    double sum, moment;
    quo_transform_backward(&g->plan);
    law->n = g->points;
    if (untilt(g->plan.real, g->back, g->points - 1, law->mass, &sum, &moment)) {
        law->mass[law->n - 1] = fmax(0.0, 1.0 - sum);
        return (moment + law->mass[law->n - 1] * (double)(law->n - 1)) * law->step;
    }
    quo_compound_clean(law->mass, g->points - 1, 0.0);
    quo_compound_gather(law);
    return quo_lattice_mean(law);
}

#define BLOCKS 4 /* vectors at a time: sums that do not wait for each other */

size_t quo_setgrid_whole(size_t n) { return (n + BLOCKS * LANES - 1) / (BLOCKS * LANES) * (BLOCKS * LANES); }

CLONES static void spread(const double *x, size_t n, const size_t *at, const double *weight, size_t m, double *y)
{
    for (size_t j = 0; j < n; j += BLOCKS * LANES) {
        vector a = {0.0}, b = {0.0}, c = {0.0}, d = {0.0};
        for (size_t i = 0; i < m; i++) {
            const double *from = x + j - at[i], w = weight[i];
            a += w * *(const vector *)from;
            b += w * *(const vector *)(from + LANES);
            c += w * *(const vector *)(from + 2 * LANES);
            d += w * *(const vector *)(from + 3 * LANES);
        }
        *(vector *)(y + j) = a;
        *(vector *)(y + j + LANES) = b;
        *(vector *)(y + j + 2 * LANES) = c;
        *(vector *)(y + j + 3 * LANES) = d;
    }
}

void quo_setgrid_spread(const double *x, size_t n, const size_t *at, const double *weight, size_t m, double *y)
{
    spread(x, quo_setgrid_whole(n), at, weight, m, y);
}

#define TERMS 12
#define LEFT 1e-12 /* of the exponent */

/* y += sum of w z - s ln(1 - v), 1 - v the product of 1 - c z; the logarithm by Horner's rule with the real coefficients 1/terms .. 1; n
 * whole vectors. */
CLONES static void add_series(const struct quo_setgrid_count *count, size_t counts, size_t n, double s, int terms,
                              double *out_re, double *out_im)
{
    double coefficient[TERMS + 1], share[QUO_SETGRID_COUNTS], weight[QUO_SETGRID_COUNTS];
    for (int k = 1; k <= terms; k++)
        coefficient[k] = 1.0 / k;
    for (size_t i = 0; i < counts; i++) {
        share[i] = count[i].mean / s;
        weight[i] = count[i].weight;
    }
    for (size_t j = 0; j < n; j += LANES) {
        vector x = {0.0}, y = {0.0}, re = {0.0}, im = {0.0};
        for (size_t i = 0; i < counts; i++) {
            const vector a = *(const vector *)(count[i].z + j), b = *(const vector *)(count[i].z + n + j);
            const vector c = share[i] * a, d = share[i] * b, up = x + (c - (x * c - y * d));
            re += weight[i] * a;
            im += weight[i] * b;
            y = y + (d - (x * d + y * c));
            x = up;
        }
        vector u = x * coefficient[terms] + coefficient[terms - 1], v = y * coefficient[terms];
        for (int k = terms - 2; k > 0; k--) {
            const vector up = u * x - v * y + coefficient[k];
            v = u * y + v * x;
            u = up;
        }
        *(vector *)(out_re + j) += re + s * (u * x - v * y);
        *(vector *)(out_im + j) += im + s * (u * y + v * x);
    }
}

bool quo_setgrid_add_mixed(const struct quo_setgrid *g, const struct quo_setgrid_count *count, size_t n, double size,
                           double *exponent)
{
    double most = 1.0; /* of 1 + |v|: each |z| is at most 2 */
    for (size_t i = 0; i < n; i++)
        most *= 1.0 + 2.0 * count[i].mean / size;
    most -= 1.0;
    int terms = 2;
    double left = most * most * most;
    while (size * left > LEFT && terms < TERMS) {
        left *= most;
        terms++;
    }
    if (size * left > LEFT || n > QUO_SETGRID_COUNTS)
        return false;
    add_series(count, n, g->row, size, terms, exponent, exponent + g->row);
    return true;
}

#define CHUNK 128 /* whole vectors */
#define SMALL 0.5

/* Whether no angle is larger than SMALL; n whole vectors. */
CLONES static bool all_small(const double *angle, size_t n)
{
    mask large = {0};
    for (size_t j = 0; j < n; j += LANES) {
        const vector x = *(const vector *)(angle + j);
        large |= x * x > SMALL * SMALL;
    }
    int64_t any = 0;
    for (size_t i = 0; i < LANES; i++)
        any |= large[i];
    return any == 0;
}

/* Sine and cosine of angles up to SMALL, by their series to the 15th power: 1e-17. */
CLONES static void small_angles(const double *angle, size_t n, double *sine, double *cosine)
{
    for (size_t j = 0; j < n; j += LANES) {
        const vector x = *(const vector *)(angle + j), q = x * x;
        vector s = 1.0 - q / 210.0, c = 1.0 - q / 182.0;
        s = 1.0 - q * s * (1.0 / 156.0);
        c = 1.0 - q * c * (1.0 / 132.0);
        s = 1.0 - q * s * (1.0 / 110.0);
        c = 1.0 - q * c * (1.0 / 90.0);
        s = 1.0 - q * s * (1.0 / 72.0);
        c = 1.0 - q * c * (1.0 / 56.0);
        s = 1.0 - q * s * (1.0 / 42.0);
        c = 1.0 - q * c * (1.0 / 30.0);
        s = 1.0 - q * s * (1.0 / 20.0);
        c = 1.0 - q * c * (1.0 / 12.0);
        s = 1.0 - q * s * (1.0 / 6.0);
        c = 1.0 - q * c * 0.5;
        *(vector *)(sine + j) = x * s;
        *(vector *)(cosine + j) = c;
    }
}

void quo_setgrid_exponential(const struct quo_setgrid *g, double *exponent)
{
    double sine[CHUNK], cosine[CHUNK];
    for (size_t at = 0; at < g->row; at += CHUNK) { /* beyond `half` the rows are 0 */
        const size_t m = g->row - at < CHUNK ? g->row - at : CHUNK;
        const double *angle = exponent + g->row + at;
        quo_vectormath_exp(exponent + at, m, exponent + at);
        if (all_small(angle, m))
            small_angles(angle, m, sine, cosine);
        else
            quo_vectormath_sincos(angle, m, sine, cosine);
        double *out = (double *)(g->plan.product + at);
        const size_t kept = g->half - at < m ? g->half - at : m;
        for (size_t j = 0; j < kept; j++) {
            out[2 * j] = exponent[at + j] * cosine[j];
            out[2 * j + 1] = exponent[at + j] * sine[j];
        }
    }
}

/* By parts: the compiler's product of complex numbers looks for NaN first. */
CLONES static void multiply(const double *restrict x, size_t n, double *restrict z)
{
    for (size_t i = 0; i < n; i++) {
        const double re = x[2 * i] * z[2 * i] - x[2 * i + 1] * z[2 * i + 1];
        z[2 * i + 1] = x[2 * i] * z[2 * i + 1] + x[2 * i + 1] * z[2 * i];
        z[2 * i] = re;
    }
}

void quo_setgrid_multiply(const struct quo_setgrid *g, const double complex *factor)
{
    multiply((const double *)factor, g->half, (double *)g->plan.product);
}
