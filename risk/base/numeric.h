/* risk/base/numeric.h -- small numerics that several modules need and GSL lacks or has in another form.
 * [methods: normal] */
#ifndef QUO_NUMERIC_H
#define QUO_NUMERIC_H

#include <stddef.h>

/* Two amounts closer than this, relative, are one amount that was reckoned in two ways. */
#define QUO_NUMERIC_ROUNDING 1e-12

/* A number with the standard error of the simulation that made it (0: exact). */
struct quo_estimate {
    double value, std_error;
};

double quo_log1mexp(double x);            /* log(1 - exp(x)), x <= 0, without cancellation [Mae12] */
double quo_logaddexp(double a, double b); /* log(exp(a) + exp(b)) */
double quo_normal_Q(double z);            /* upper tail; relative accuracy to the underflow */
double quo_normal_logQ(double z);
double quo_normal_Qinv(double q); /* z with Q(z) = q; accurate for q down to 1e-308 */
double quo_normal_Pinv(double p);

/* Neumaier's compensated sum. */
struct quo_sum {
    double total, compensation;
};
void quo_sum_add(struct quo_sum *sum, double x);
double quo_sum_value(const struct quo_sum *sum);
double quo_sum_array(const double *x, size_t n);

void quo_numeric_sort(double *x, size_t n); /* ascending; no NaN */
/* x[0] + ... + x[n - 1], in eight chains of a fixed order: fast, and the same whatever the processor. */
double quo_numeric_total(const double *x, size_t n);

/* Gauss-Legendre nodes and weights on [-1, 1]: x[n], w[n]. n <= 64. */
void quo_gauss_legendre(int n, double *x, double *w);

/* A root of f in [low, high] by Brent; f(low) and f(high) must differ in sign (else NaN). Stops at relative
 * width `tolerance` (2e-16 at the least). */
double quo_root(double (*f)(double x, void *context), void *context, double low, double high, double tolerance);
/* Integral by adaptive Gauss-Kronrod (GSL QAG); *error gets its estimate. Relative tolerance. Either end may be
 * infinite. NaN if it did not converge. GSL's error handler must be off (gsl_set_error_handler_off). */
double quo_integral(double (*f)(double x, void *context), void *context, double low, double high, double tolerance,
                    double *error);
#endif
