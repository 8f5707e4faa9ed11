#include "risk/base/numeric.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>
#include <stdbool.h>
#include <stddef.h>

double quo_log1mexp(double x)
{
    if (!(x <= 0.0))
        return NAN;
    return x > -M_LN2 ? log(-expm1(x)) : log1p(-exp(x)); /* the switch of [Mae12] eq. 7 */
}

double quo_logaddexp(double a, double b)
{
    if (isnan(a) || isnan(b))
        return NAN;
    const double high = a > b ? a : b, low = a > b ? b : a;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

/* sqrt(1/2) to twice the precision of a double. */
static const double sqrt_half_high = 0x1.6a09e667f3bcdp-1, sqrt_half_low = -0x1.bdd3413b26456p-55;

double quo_normal_Q(double z)
{
    const double t = z * sqrt_half_high;
    if (!isfinite(t))
        return 0.5 * erfc(t);
    /* erfc is steep in the tail: the rounding of t would cost z^2 units in the last place. The slope at t puts back
     * what t lost. */
    const double lost = fma(z, sqrt_half_high, -t) + z * sqrt_half_low;
    return 0.5 * (erfc(t) - lost * M_2_SQRTPI * exp(-t * t));
}

double quo_normal_logQ(double z)
{
    if (z < 0.0)
        return log1p(-quo_normal_Q(-z));
    if (z < 35.0 || isnan(z))
        return log(quo_normal_Q(z));
    if (isinf(z))
        return -INFINITY;
    /* [AS64] 26.2.12; the first term left out is below 1e-13 of the last kept one's weight at z = 35. */
    const double r = 1.0 / (z * z);
    const double series = r * (-1.0 + r * (3.0 + r * (-15.0 + r * (105.0 - 945.0 * r))));
    return -0.5 * z * z - log(z) - 0.5 * log(2.0 * M_PI) + log1p(series);
}

double quo_normal_Qinv(double q)
{
    if (!(q >= 0.0 && q <= 1.0))
        return NAN;
    if (q == 0.0 || q == 1.0)
        return q == 0.0 ? INFINITY : -INFINITY;
    if (q > 0.5)
        return -quo_normal_Qinv(1.0 - q); /* exact difference */
    double z = gsl_cdf_ugaussian_Qinv(q);
    /* One Newton step in log Q takes Wichura's last digits; its slope is -pdf / Q. */
    const double tail = quo_normal_Q(z), density = exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
    if (tail > 1e-300 && density > 0.0)
        z += (tail - q) / density;
    return z;
}

double quo_normal_Pinv(double p) { return -quo_normal_Qinv(p); }

void quo_sum_add(struct quo_sum *sum, double x)
{
    const double total = sum->total + x;
    if (isfinite(total)) { /* an infinity must stay one; its compensation would be NaN */
        if (fabs(sum->total) >= fabs(x))
            sum->compensation += (sum->total - total) + x;
        else
            sum->compensation += (x - total) + sum->total;
    }
    sum->total = total;
}

double quo_sum_value(const struct quo_sum *sum)
{
    return isfinite(sum->total) ? sum->total + sum->compensation : sum->total;
}

double quo_sum_array(const double *x, size_t n)
{
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < n; i++)
        quo_sum_add(&sum, x[i]);
    return quo_sum_value(&sum);
}

/* P_n(x) and its derivative by Bonnet's recurrence. */
static double legendre(int n, double x, double *slope)
{
    double before = 1.0, now = x;
    for (int k = 2; k <= n; k++) {
        const double next = ((2 * k - 1) * x * now - (k - 1) * before) / k;
        before = now;
        now = next;
    }
    *slope = n * (before - x * now) / (1.0 - x * x);
    return now;
}

/* GSL's own table is good to 1e-10 only where n is not one of its tabulated sizes (n = 38: 2e-11). */
void quo_gauss_legendre(int n, double *x, double *w)
{
    if (n < 1)
        return;
    for (int i = 0; i < n; i++)
        x[i] = w[i] = NAN;
    if (n > 64)
        return;
    for (int i = 0; i < (n + 1) / 2; i++) {
        double node = cos(M_PI * (i + 0.75) / (n + 0.5)), slope; /* [AS64] 22.16.6; Newton doubles its digits */
        double move = 1.0;
        for (int step = 0; step < 6 && fabs(move) > 1e-9; step++) {
            move = legendre(n, node, &slope) / slope;
            node -= move;
        }
        if (2 * i + 1 == n)
            node = 0.0;
        legendre(n, node, &slope);
        x[n - 1 - i] = node;
        x[i] = -node;
        w[i] = w[n - 1 - i] = 2.0 / ((1.0 - node * node) * slope * slope);
    }
}

double quo_root(double (*f)(double x, void *context), void *context, double low, double high, double tolerance)
{
    if (!isfinite(low) || !isfinite(high))
        return NAN;
    if (low > high) {
        const double swap = low;
        low = high;
        high = swap;
    }
    const double f_low = f(low, context), f_high = f(high, context);
    if (f_low == 0.0)
        return low;
    if (f_high == 0.0)
        return high;
    if (!((f_low < 0.0 && f_high > 0.0) || (f_low > 0.0 && f_high < 0.0)))
        return NAN;
    /* The solver's own allocator is passed by: a NaN for want of memory would look like "no root". */
    max_align_t state[8];
    gsl_root_fsolver own = {.type = gsl_root_fsolver_brent, .state = state}, *const solver = &own;
    if (own.type->size > sizeof state)
        return NAN;
    gsl_function function = {f, context};
    double root = NAN;
    const double relative = fmax(tolerance, 2e-16);
    /* Halving from 1e308 to 1e-308 takes 2000 steps: only a root at zero itself needs as many. */
    int status = gsl_root_fsolver_set(solver, &function, low, high);
    for (int i = 0; status == GSL_SUCCESS && i < 4000; i++) {
        status = gsl_root_fsolver_iterate(solver);
        if (status != GSL_SUCCESS)
            break;
        const double a = gsl_root_fsolver_x_lower(solver), b = gsl_root_fsolver_x_upper(solver);
        const double at = gsl_root_fsolver_root(solver);
        if (fabs(b - a) <= relative * fmin(fabs(a), fabs(b)) + DBL_MIN || nextafter(a, b) >= b) {
            root = at;
            break;
        }
    }
    return root;
}

#define INTERVALS 2000 /* of the adaptive quadrature; 64 kB */

double quo_integral(double (*f)(double x, void *context), void *context, double low, double high, double tolerance,
                    double *error)
{
    double value = NAN, estimate = NAN;
    if (error)
        *error = NAN;
    if (isnan(low) || isnan(high))
        return NAN;
    if (low == high) {
        if (error)
            *error = 0.0;
        return 0.0;
    }
    if (low > high)
        return -quo_integral(f, context, high, low, tolerance, error);
    /* As in quo_root: nothing to allocate. */
    double left[INTERVALS], right[INTERVALS], result[INTERVALS], deviation[INTERVALS];
    size_t order[INTERVALS], level[INTERVALS];
    gsl_integration_workspace own = {.limit = INTERVALS,
                                     .alist = left,
                                     .blist = right,
                                     .rlist = result,
                                     .elist = deviation,
                                     .order = order,
                                     .level = level},
                              *const space = &own;
    gsl_function function = {f, context};
    const double relative = fmax(tolerance, 50.0 * DBL_EPSILON); /* GSL refuses less */
    int status;
    if (isinf(low) && isinf(high))
        status = gsl_integration_qagi(&function, 0.0, relative, INTERVALS, space, &value, &estimate);
    else if (isinf(high))
        status = gsl_integration_qagiu(&function, low, 0.0, relative, INTERVALS, space, &value, &estimate);
    else if (isinf(low))
        status = gsl_integration_qagil(&function, high, 0.0, relative, INTERVALS, space, &value, &estimate);
    else
        status = gsl_integration_qag(&function, low, high, 0.0, relative, INTERVALS, GSL_INTEG_GAUSS21, space, &value,
                                     &estimate);
    /* "Roundoff" is said also when the answer is as good as asked for, but for the last digit. */
    const bool good_enough = status == GSL_SUCCESS || estimate <= 10.0 * relative * fabs(value);
    if (error)
        *error = estimate;
    return good_enough ? value : NAN;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void quo_numeric_sort(double *x, size_t n) { qsort(x, n, sizeof *x, ascending); }

typedef double vector __attribute__((vector_size(32), aligned(8)));

__attribute__((target_clones("default", "avx2"))) static double total_of(const double *x, size_t n)
{
    vector low = {0.0}, high = {0.0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        low += *(const vector *)(x + i);
        high += *(const vector *)(x + i + 4);
    }
    double part[8] = {low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]};
    for (; i < n; i++)
        part[0] += x[i];
    return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

double quo_numeric_total(const double *x, size_t n) { return total_of(x, n); }
