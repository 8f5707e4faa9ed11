/* Laws of the KS, Cramer-von Mises and Anderson-Darling statistics of a fully specified law (goodness.h). */
#include "risk/fitting/goodness.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"

#define EXACT_BELOW 100 /* records; R takes the limit law from here on too */

/* ---- Kolmogorov ---------------------------------------------------------------------------------------------- */

/* out = a b for m x m matrices. */
static void multiply(int m, const double *a, const double *b, double *out)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++) {
            double sum = 0.0;
            for (int k = 0; k < m; k++)
                sum += a[i * m + k] * b[k * m + j];
            out[i * m + j] = sum;
        }
}

/* P[D_n < d] exactly: an entry of the n-th power of a matrix of order 2k - 1, k = floor(n d) + 1 [MTW03]. n < EXACT_BELOW, so that
 * the order stays below 200 and the power below 1e308. NaN if memory runs out. */
static double kolmogorov_exact(int n, double d)
{
    const int k = (int)floor(n * d) + 1, m = 2 * k - 1;
    const double h = k - n * d;
    double *all = malloc(4 * (size_t)(m * m) * sizeof *all);
    if (!all)
        return NAN;
    double *a = all, *power = all + m * m, *square = all + 2 * m * m, *work = all + 3 * m * m;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++) {
            double v = i - j + 1 < 0 ? 0.0 : 1.0;
            if (j == 0)
                v -= pow(h, i + 1);
            if (i == m - 1)
                v -= pow(h, m - j);
            if (i == m - 1 && j == 0 && 2.0 * h - 1.0 > 0.0)
                v += pow(2.0 * h - 1.0, m);
            for (int g = 1; g <= i - j + 1; g++)
                v /= g;
            a[i * m + j] = v;
        }
    memset(power, 0, (size_t)(m * m) * sizeof *power);
    for (int i = 0; i < m; i++)
        power[i * m + i] = 1.0;
    memcpy(square, a, (size_t)(m * m) * sizeof *square);
    for (int e = n; e > 0; e /= 2) {
        if (e % 2 == 1) {
            multiply(m, power, square, work);
            memcpy(power, work, (size_t)(m * m) * sizeof *power);
        }
        multiply(m, square, square, work);
        memcpy(square, work, (size_t)(m * m) * sizeof *square);
    }
    double out = power[(k - 1) * m + k - 1];
    for (int i = 1; i <= n; i++)
        out *= (double)i / n;
    free(all);
    return out;
}

double quo_goodness_ks_p_value(double ks, size_t n)
{
    if (!(ks >= 0.0) || n == 0)
        return NAN;
    if (ks >= 1.0)
        return 0.0;
    if (ks <= 0.5 / (double)n)
        return 1.0;
    if (n < EXACT_BELOW)
        return fmin(fmax(1.0 - kolmogorov_exact((int)n, ks), 0.0), 1.0);
    const double x = sqrt((double)n) * ks;
    if (x < 1.0) { /* the other form of the theta function converges faster here */
        double sum = 0.0;
        for (int k = 1; k <= 9; k += 2)
            sum += exp(-k * k * M_PI * M_PI / (8.0 * x * x));
        return 1.0 - sqrt(2.0 * M_PI) / x * sum;
    }
    double sum = 0.0;
    for (int k = 1; k <= 20; k++)
        sum += (k % 2 ? 2.0 : -2.0) * exp(-2.0 * k * k * x * x);
    return sum;
}

/* ---- Cramer-von Mises [CF96] --------------------------------------------------------------------------------- */

double quo_goodness_cvm_limit(double x)
{
    if (isnan(x))
        return NAN;
    if (x <= 0.0)
        return 0.0;
    double sum = 0.0;
    for (int k = 0; k < 40; k++) {
        const double y = 4.0 * k + 1.0, q = y * y / (16.0 * x);
        if (q > 350.0)
            break;
        /* exp(-q) K(q) = exp(-2 q) times the scaled Bessel function */
        sum += exp(lgamma(k + 0.5) - lgamma(k + 1.0) - 2.0 * q) * sqrt(y) * gsl_sf_bessel_Knu_scaled(0.25, q);
    }
    return fmin(sum / (pow(M_PI, 1.5) * sqrt(x)), 1.0);
}

/* exp(-z) K_nu(z), z = y^2/4, without underflow before it is due. */
static double damped_bessel(double nu, double z)
{
    return z > 350.0 ? 0.0 : exp(-2.0 * z) * gsl_sf_bessel_Knu_scaled(nu, z);
}

static double second_kernel(double y)
{
    const double z = 0.25 * y * y;
    return pow(0.5 * y, 1.5) * (damped_bessel(0.25, z) + damped_bessel(0.75, z)) / M_SQRTPI;
}

static double third_kernel(double y)
{
    const double z = 0.25 * y * y;
    return pow(0.5 * y, 2.5) * (2.0 * damped_bessel(0.25, z) + 3.0 * damped_bessel(0.75, z) - damped_bessel(1.25, z)) /
           M_SQRTPI;
}

/* The term in 1/n of the law of W2, equation 1.10, without V(x)/12. */
static double cvm_correction(double x)
{
    const double s = 2.0 * sqrt(x), x34 = pow(x, 0.75), x54 = pow(x, 1.25);
    double sum = 0.0;
    for (int k = 0; k < 60; k++) {
        const double m = 2.0 * k + 1.0, half = gsl_sf_gamma(k + 0.5), next = gsl_sf_gamma(k + 1.5);
        const double term =
            m * half * second_kernel((4.0 * k + 3.0) / s) / (9.0 * x34) +
            half * third_kernel((4.0 * k + 1.0) / s) / (72.0 * x54) +
            2.0 * (m + 2.0) * next * third_kernel((4.0 * k + 5.0) / s) / (12.0 * x54) +
            7.0 * m * half * (second_kernel((4.0 * k + 1.0) / s) + second_kernel((4.0 * k + 5.0) / s)) / (144.0 * x34);
        const double one = term / (M_PI * gsl_sf_gamma(k + 1.0));
        sum -= one;
        if (fabs(one) < 1e-12)
            break;
    }
    return sum;
}

double quo_goodness_cvm_p_value(double cvm, size_t n)
{
    const double count = (double)n;
    if (isnan(cvm) || n == 0)
        return NAN;
    if (cvm <= 1.0 / (12.0 * count))
        return 1.0;
    if (cvm >= count / 3.0)
        return 0.0;
    const double p = quo_goodness_cvm_limit(cvm) * (1.0 + 1.0 / (12.0 * count)) + cvm_correction(cvm) / count;
    return fmin(fmax(1.0 - p, 0.0), 1.0);
}

/* ---- Anderson-Darling [AD52], [MM04] -------------------------------------------------------------------------- */

struct ad_term {
    double x, y; /* y = (4 j + 1)^2 pi^2 / (8 x) */
};

static double ad_integrand(double w, void *context)
{
    const struct ad_term *t = context;
    return exp(t->x / (8.0 * (1.0 + w * w)) - t->y * (1.0 + w * w));
}

double quo_goodness_ad_limit(double x)
{
    if (isnan(x))
        return NAN;
    if (x <= 0.0)
        return 0.0;
    if (x > 100.0) /* 1 - P is below 1e-40 */
        return 1.0;
    double sum = 0.0, binomial = 1.0; /* (-1/2 choose j) */
    for (int j = 0; j < 100; j++) {
        struct ad_term t = {x, (4.0 * j + 1.0) * (4.0 * j + 1.0) * M_PI * M_PI / (8.0 * x)};
        double error;
        const double width = sqrt(60.0 / t.y); /* beyond it the integrand is below e^-60 of its start */
        const double term = binomial * (4.0 * j + 1.0) * quo_integral(ad_integrand, &t, 0.0, width, 1e-12, &error);
        sum += term;
        binomial *= -(j + 0.5) / (j + 1.0);
        if (fabs(term) < 1e-14)
            break;
    }
    return fmin(sum * sqrt(2.0 * M_PI) / x, 1.0);
}

double quo_goodness_ad_p_value(double ad, size_t n)
{
    if (isnan(ad) || n == 0)
        return NAN;
    const double limit = quo_goodness_ad_limit(ad), count = (double)n, cut = 0.01265 + 0.1757 / count;
    double fix;
    if (limit > 0.8) {
        const double x = limit;
        fix = (-130.2137 + (745.2337 - (1705.091 - (1950.646 - (1116.360 - 255.7844 * x) * x) * x) * x) * x) / count;
    } else if (limit < cut) {
        const double t = limit / cut;
        fix = sqrt(t) * (1.0 - t) * (49.0 * t - 102.0) * (0.0037 / (count * count) + 0.00078 / count + 0.00006) / count;
    } else {
        const double t = (limit - cut) / (0.8 - cut);
        fix = (-0.00022633 + (6.54034 - (14.6538 - (14.458 - (8.259 - 1.91864 * t) * t) * t) * t) * t) *
              (0.04213 + 0.01365 / count) / count;
    }
    return fmin(fmax(1.0 - limit - fix, 0.0), 1.0);
}
