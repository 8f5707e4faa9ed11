#include "pricing/indexlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

/* Normal scores beyond this weigh less than 1e-14. */
static const double far = 7.7;

struct quo_indexlaw_rule quo_indexlaw_rule(int nodes)
{
    struct quo_indexlaw_rule rule = {nodes, {0.0}, {0.0}};
    if (nodes >= 8 && nodes <= QUO_INDEXLAW_NODES)
        quo_gauss_legendre(nodes, rule.node, rule.weight);
    return rule;
}

enum quo_status quo_indexlaw_new(const struct quo_curve *curve, double error, double scale,
                                 const struct quo_indexlaw_rule *rule, const struct quo_indexlaw *like,
                                 struct quo_indexlaw *out)
{
    memset(out, 0, sizeof *out);
    if (!(error >= 0.0) || !(scale > 0.0) || rule->n < 8 || rule->n > QUO_INDEXLAW_NODES)
        return QUO_DOMAIN;
    out->error = error;
    out->scale = scale;
    out->rule = rule;
    out->smooth = *curve;
    const size_t n = curve->n;
    if (n == 0 || error >= QUO_INDEXGRID_ERROR_MIN) { /* the curve itself is not looked at again */
        out->smooth.rest = out->smooth.right = out->smooth.left = NULL;
        return n == 0 ? QUO_OK : quo_indexgrid_new(curve, error, like ? &like->grid : NULL, &out->grid);
    }
    out->smooth.rest = malloc(5 * n * sizeof(double));
    if (!out->smooth.rest)
        return QUO_MACHINE;
    memcpy(out->smooth.rest, curve->rest, 3 * n * sizeof(double)); /* rest, right, left are one block */
    out->smooth.right = out->smooth.rest + n;
    out->smooth.left = out->smooth.rest + 2 * n;
    out->atom_at = out->smooth.rest + 3 * n;
    out->atom_mass = out->smooth.rest + 4 * n;
    if (error == 0.0)
        return QUO_OK;
    for (size_t i = 0; i < n; i++) {
        const double mass = curve->left[i] - curve->right[i];
        if (mass > 1e-15 * curve->weight) {
            out->atom_at[out->n_atoms] = curve->x[i];
            out->atom_mass[out->n_atoms++] = mass;
        }
    }
    for (size_t a = 0; a < out->n_atoms; a++)
        out->smooth.below -= out->atom_mass[a] * fmin(curve->x[0], out->atom_at[a]);
    for (size_t a = 0; a < out->n_atoms; a++)
        for (size_t i = 0; i < n; i++) {
            out->smooth.rest[i] -= out->atom_mass[a] * fmax(out->atom_at[a] - curve->x[i], 0.0);
            if (curve->x[i] < out->atom_at[a])
                out->smooth.right[i] -= out->atom_mass[a];
            if (curve->x[i] <= out->atom_at[a])
                out->smooth.left[i] -= out->atom_mass[a];
        }
    return QUO_OK;
}

void quo_indexlaw_free(struct quo_indexlaw *law)
{
    if (!law)
        return;
    free(law->smooth.rest);
    quo_indexgrid_free(&law->grid);
    memset(law, 0, sizeof *law);
}

/* Adds mass E[(a eps - t)+] of one atom at a: lognormal, median a. x and value are scratch. */
static void add_atom(double a, double mass, double s, const double *t, size_t n, double *x, double *value, double *out)
{
    const double up = 0.5 * mass * a * exp(0.5 * s * s);
    for (size_t i = 0; i < n; i++)
        x[i] = t[i] / a;
    quo_vectormath_log(x, n, x);
    for (size_t i = 0; i < n; i++) {
        const double z = x[i] / s;
        x[i] = z * M_SQRT1_2;
        value[i] = (z - s) * M_SQRT1_2;
    }
    quo_vectormath_erfc(x, n, x);
    quo_vectormath_erfc(value, n, value);
    for (size_t i = 0; i < n; i++)
        out[i] += up * value[i] - 0.5 * mass * t[i] * x[i];
}

/* The normal scores over which t/eps lies between the least and the largest loss: [low, low + 2 half], half 0 if there are none.
 * Beyond low nothing is left, beyond the other end R is a straight line: added in closed form. */
static void error_nodes(const struct quo_indexlaw *law, double at, double *low, double *half)
{
    const double z0 = log(at / quo_curve_top(&law->smooth)) / law->error, z1 = log(at / law->smooth.x[0]) / law->error;
    *low = fmin(fmax(z0, -far), far);
    *half = 0.5 * fmax(0.0, fmin(z1, far) - *low);
}

static double density(double z) { return 0.39894228040143267794 * exp(-0.5 * z * z); }

static double smooth_near(const struct quo_indexlaw *law, double at)
{
    const size_t n = (size_t)law->rule->n;
    double low, half, x[QUO_INDEXLAW_NODES], weight[QUO_INDEXLAW_NODES], value[QUO_INDEXLAW_NODES], sum = 0.0;
    error_nodes(law, at, &low, &half);
    if (half <= 0.0)
        return 0.0;
    for (size_t k = 0; k < n; k++) { /* ascending x: descending score */
        const double z = low + half * (1.0 - law->rule->node[k]);
        x[k] = -law->error * z;
        weight[k] = -0.5 * z * z;
    }
    quo_vectormath_exp(x, n, x);
    quo_vectormath_exp(weight, n, weight);
    for (size_t k = 0; k < n; k++) {
        weight[k] *= law->rule->weight[k] / x[k];
        x[k] *= at;
    }
    quo_curve_rest(&law->smooth, x, n, value);
    for (size_t k = 0; k < n; k++)
        sum += weight[k] * value[k];
    return density(0.0) * half * sum;
}

static void with_error(const struct quo_indexlaw *law, const double *at, size_t n, double *x, double *value,
                       double *out)
{
    const double s = law->error, up = exp(0.5 * s * s), least = law->smooth.x[0];
    const double mean = quo_curve_mean(&law->smooth), slope = law->smooth.below / least;
    for (size_t i = 0; i < n; i++) {
        if (!(at[i] > 0.0)) {
            out[i] = up * mean;
            continue;
        }
        const double z1 = log(at[i] / least) / s; /* beyond it t/eps is below the least loss */
        out[i] = smooth_near(law, at[i]) + mean * up * quo_normal_Q(z1 - s) - slope * at[i] * quo_normal_Q(z1);
    }
    for (size_t a = 0; a < law->n_atoms; a++)
        add_atom(law->atom_at[a], law->atom_mass[a], s, at, n, x, value, out);
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static void to_scale(const double *x, double scale, size_t n,
                                                                                 double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * scale;
}

enum quo_status quo_indexlaw_rest(const struct quo_indexlaw *law, const double *t, size_t n, double *out)
{
    double *at = malloc((3 * n + 1) * sizeof *at);
    if (!at)
        return QUO_MACHINE;
    to_scale(t, law->scale, n, at);
    if (law->grid.n)
        quo_indexgrid_rest(&law->grid, at, n, at + n, out);
    else if (law->error == 0.0 || law->smooth.n == 0)
        quo_curve_rest(&law->smooth, at, n, out);
    else
        with_error(law, at, n, at + n, at + 2 * n, out);
    if (law->scale != 1.0)
        to_scale(out, 1.0 / law->scale, n, out);
    free(at);
    return QUO_OK;
}

double quo_indexlaw_at_least(const struct quo_indexlaw *law, double t)
{
    const double at = t * law->scale, s = law->error;
    if (law->grid.n)
        return quo_indexgrid_at_least(&law->grid, at);
    if (!(at > 0.0) || law->smooth.n == 0)
        return law->smooth.weight;
    if (s == 0.0)
        return quo_curve_Q_left(&law->smooth, at);
    double sum = 0.0, low, half;
    for (size_t a = 0; a < law->n_atoms; a++)
        sum += law->atom_mass[a] * quo_normal_Q(log(at / law->atom_at[a]) / s);
    error_nodes(law, at, &low, &half);
    sum += law->smooth.below / law->smooth.x[0] * quo_normal_Q(log(at / law->smooth.x[0]) / s);
    for (int k = 0; k < law->rule->n && half > 0.0; k++) {
        const double z = low + half * (1.0 + law->rule->node[k]);
        sum += half * law->rule->weight[k] * quo_curve_Q(&law->smooth, at * exp(-s * z)) * density(z);
    }
    return sum;
}
