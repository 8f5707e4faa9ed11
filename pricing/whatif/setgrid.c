#include "pricing/whatif/setgrid.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "pricing/aggregate/spectrum.h"
#include "risk/base/vectormath.h"

/* What undoing the tilt may leave of error in a mass; what wraps around at a size of 5/4 and more is then of the same order. */
#define ROUNDING 4e-12
#define LANES 8
#define ROOM 3.0
#define LARGEST ((size_t)1 << 22)

bool quo_setgrid_new(const struct quo_policy *policy, const struct quo_hazard hazard[QUO_PERILS], struct quo_setgrid *g)
{
    struct quo_hazard more[QUO_PERILS];
    memcpy(more, hazard, sizeof more);
    for (int p = 0; p < QUO_PERILS; p++)
        more[p].rate *= ROOM;
    g->step = quo_coverlaw_step(policy, quo_resolution_fine.cells);
    g->points = quo_coverlaw_points(policy, more, g->step);
    for (size_t c = 0; c < policy->n_covers; c++) {
        const double reach = quo_coverlaw_reach(policy, &policy->cover[c], more);
        const size_t own = (size_t)ceil(reach / g->step - 1e-9) + 1;
        g->points = own > g->points ? own : g->points;
    }
    size_t size = 256;
    while (size < g->points + g->points / 4 && size < LARGEST)
        size *= 2;
    g->theta = log(ROUNDING / DBL_EPSILON) / (double)g->points;
    g->half = size / 2 + 1;
    g->row = (g->half + LANES - 1) / LANES * LANES;
    return size >= g->points && quo_transform_new(size, &g->plan);
}

void quo_setgrid_free(struct quo_setgrid *g)
{
    quo_transform_free(&g->plan);
    memset(g, 0, sizeof *g);
}

void quo_setgrid_forward(const struct quo_setgrid *g, const struct quo_lattice *law, double complex *out)
{
    const size_t n = law->n < g->points ? law->n : g->points;
    quo_spectrum_tilt(law->mass, n, g->theta, g->plan.real);
    memset(g->plan.real + n, 0, (g->plan.size - n) * sizeof *g->plan.real);
    quo_transform_forward(&g->plan);
    memcpy(out, g->plan.spectrum, g->half * sizeof *out);
}

void quo_setgrid_back(const struct quo_setgrid *g, struct quo_lattice *law)
{
    const double scale = 1.0 / (double)g->plan.size;
    quo_transform_backward(&g->plan);
    for (size_t k = 0; k < g->points; k++)
        g->plan.real[k] *= scale;
    quo_spectrum_tilt(g->plan.real, g->points, -g->theta, law->mass);
    quo_compound_clean(law->mass, g->points - 1, 0.0);
    law->n = g->points;
    quo_compound_gather(law);
}

#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

typedef double vector __attribute__((vector_size(8 * LANES), aligned(8)));

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

void quo_setgrid_axpy(const double *x, size_t n, double c, double *y) { add(x, n, c, y); }

#define TERMS 12
#define LEFT 1e-13 /* of the exponent */

/* y += w z + r x (1 + x/2 + x^2/3 + ..), x = c z, by Horner's rule with the real coefficients 1/terms .. 1; n whole vectors. */
CLONES static void add_series(const double *re, const double *im, size_t n, double c, double r, double w, int terms,
                              double *out_re, double *out_im)
{
    double coefficient[TERMS + 1];
    for (int k = 1; k <= terms; k++)
        coefficient[k] = 1.0 / k;
    for (size_t j = 0; j < n; j += LANES) {
        const vector a = *(const vector *)(re + j), b = *(const vector *)(im + j), x = c * a, y = c * b;
        vector u = x * coefficient[terms] + coefficient[terms - 1], v = y * coefficient[terms];
        for (int k = terms - 2; k > 0; k--) {
            const vector up = u * x - v * y + coefficient[k];
            v = u * y + v * x;
            u = up;
        }
        *(vector *)(out_re + j) += w * a + r * (u * x - v * y);
        *(vector *)(out_im + j) += w * b + r * (u * y + v * x);
    }
}

bool quo_setgrid_add_mixed(const struct quo_setgrid *g, const double *z, double mean, double size, double weight,
                           double *exponent)
{
    const double c = mean / size, most = 2.0 * c; /* |z| is at most 2 */
    int terms = 2;
    double left = most * most * most;
    while (size * left > LEFT && terms < TERMS) {
        left *= most;
        terms++;
    }
    if (size * left > LEFT)
        return false;
    add_series(z, z + g->row, g->row, c, size, weight, terms, exponent, exponent + g->row);
    return true;
}

#define CHUNK 128 /* whole vectors */
#define SMALL 0.5

typedef int64_t mask __attribute__((vector_size(8 * LANES)));

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
