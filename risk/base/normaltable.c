#include "risk/base/normaltable.h"

#include <math.h>

#include "risk/base/vectormath.h"

#define STEPS (QUO_NORMALTABLE_N - 2) /* between the two ends; the last place is never read from */

void quo_normaltable_init(struct quo_normaltable *table)
{
    for (int i = 0; i < QUO_NORMALTABLE_N; i++) {
        const double z = (double)i / QUO_NORMALTABLE_EACH - QUO_NORMALTABLE_FAR;
        table->value[i] = z * M_SQRT1_2;
        table->slope[i] = -0.5 * z * z;
    }
    quo_vectormath_erfc(table->value, QUO_NORMALTABLE_N, table->value);
    quo_vectormath_exp(table->slope, QUO_NORMALTABLE_N, table->slope);
    for (int i = 0; i < QUO_NORMALTABLE_N; i++) {
        table->value[i] *= 0.5;
        table->slope[i] *= -0.39894228040143267794 / QUO_NORMALTABLE_EACH;
    }
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static void
normal_tails(const struct quo_normaltable *table, double x, const double *at, const double *scale, size_t n, double *out)
{
    const double *value = table->value, *slope = table->slope;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double place = ((x - at[i]) * scale[i] + QUO_NORMALTABLE_FAR) * QUO_NORMALTABLE_EACH;
        const double low = place > 0.0 ? place : 0.0, within = low < STEPS ? low : STEPS;
        const int k = (int)within;
        const double u = within - (double)k, v = 1.0 - u;
        const double cubic =
            v * v * ((1.0 + 2.0 * u) * value[k] + u * slope[k]) + u * u * ((3.0 - 2.0 * u) * value[k + 1] - v * slope[k + 1]);
        out[i] = place < STEPS ? cubic : 0.0;
    }
}

void quo_normaltable_Q(const struct quo_normaltable *table, double x, const double *at, const double *scale, size_t n,
                       double *out)
{
    normal_tails(table, x, at, scale, n, out);
}
