/* The Anderson-Darling test of excesses against a GPD fitted to them (tail.h).
 *
 * With parameters fitted by maximum likelihood the empirical process tends to a Gaussian one with covariance
 *   c(s, t) = min(s, t) - s t - g(s)' I^-1 g(t),  g = dF/d(xi, beta) at F = s,
 * and A2 = integral of its square over s(1 - s) to sum lambda_i chi2_1, lambda the eigenvalues of c/sqrt(s(1-s)t(1-t))
 * [DS86] 4.2. Choulakian and Stephens [CS01] tabulate the result; here it is computed for the xi at hand. */
#include "risk/fitting/tail.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include "risk/base/numeric.h"

#define NODES 96 /* the p-value is good to 1e-4, far below what the limit itself is worth */

/* dF/dxi and dF/dbeta of the GPD with beta = 1 where its tail probability is q. */
static void slopes(double q, double xi, double *by_xi, double *by_beta)
{
    const double l = log(q), v = xi * l;
    if (fabs(v) < 1e-4) { /* (1 - e^v)/xi = -l (1 + v/2 + v^2/6), and it plus l, over xi */
        *by_beta = q * l * (1.0 + v / 2.0 + v * v / 6.0);
        *by_xi = -q * l * l * (0.5 + v / 6.0 + v * v / 24.0);
        return;
    }
    const double drop = -expm1(v) / xi;
    *by_beta = -q * drop;
    *by_xi = q * (drop + l) / xi;
}

/* Eigenvalues by the midpoint rule in the angle s = sin^2(angle/2), which smooths both ends; lambda[NODES]. */
static void eigenvalues(double xi, double *lambda)
{
    double s[NODES], a[NODES], b[NODES], kernel[NODES * NODES], diagonal[NODES], beside[NODES];
    gsl_matrix_view m = gsl_matrix_view_array(kernel, NODES, NODES);
    gsl_vector_view v = gsl_vector_view_array(lambda, NODES);
    gsl_eigen_symm_workspace w = {.size = NODES, .d = diagonal, .sd = beside};
    for (int i = 0; i < NODES; i++) {
        const double half = sin(0.5 * M_PI * (i + 0.5) / NODES);
        s[i] = half * half;
        slopes(1.0 - s[i], xi, &a[i], &b[i]);
    }
    for (size_t i = 0; i < NODES; i++)
        for (size_t j = 0; j <= i; j++) {
            /* I^-1 = (1 + xi) [[1 + xi, -1], [-1, 2]] for beta = 1 */
            const double fitted =
                (1.0 + xi) * ((1.0 + xi) * a[i] * a[j] - a[i] * b[j] - b[i] * a[j] + 2.0 * b[i] * b[j]);
            const double c = s[j] * (1.0 - s[i]) - fitted, spread = s[i] * (1.0 - s[i]) * s[j] * (1.0 - s[j]);
            gsl_matrix_set(&m.matrix, i, j, c / sqrt(sqrt(spread)) * M_PI / NODES);
        }
    gsl_eigen_symm(&m.matrix, &v.vector, &w);
}

struct imhof {
    const double *lambda;
    double x;
};

static double imhof_integrand(double u, void *context)
{
    const struct imhof *p = context;
    double angle = -0.5 * p->x * u, log_size = 0.0;
    for (int i = 0; i < NODES; i++) {
        const double v = p->lambda[i] * u;
        angle += 0.5 * atan(v);
        log_size += 0.25 * log1p(v * v);
    }
    return u > 0.0 ? sin(angle) / u * exp(-log_size) : 0.0;
}

double quo_tail_ad_p_value(double ad, double xi)
{
    double lambda[NODES], error;
    if (!(ad > 0.0) || !(xi > -0.5) || isinf(xi))
        return NAN;
    if (ad > 40.0)
        return 0.0;
    eigenvalues(xi, lambda);
    /* Imhof's inversion [Imh61]; the integrand has fallen below 1e-12 long before u = 4000. */
    const struct imhof p = {lambda, ad};
    const double integral = quo_integral(imhof_integrand, (void *)&p, 0.0, 4000.0, 1e-7, &error);
    return fmin(fmax(0.5 + integral / M_PI, 0.0), 1.0);
}
