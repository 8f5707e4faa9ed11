#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include "risk/fitting/maximum/kernel.h"

static const struct {
    enum quo_family family;
    double t[4];
} points[] = {
    {QUO_EXPONENTIAL, {0.3}},         {QUO_GAMMA, {0.4, -0.2}},
    {QUO_WEIBULL, {-0.3, 0.5}},       {QUO_LOGNORMAL, {0.2, 0.6}},
    {QUO_INVGAUSS, {0.5, 0.1}},       {QUO_PARETO2, {0.4, 0.7}},
    {QUO_BURR, {0.4, 0.2, -0.3}},     {QUO_LOGLOGISTIC, {0.4, -0.3}},
    {QUO_PARALOGISTIC, {0.25, 0.4}},  {QUO_GPD, {0.7, 0.2}},
    {QUO_GPD, {-0.15, 1.6}},          {QUO_GPD, {0.0, 0.2}},
    {QUO_GB2, {0.4, 0.2, -0.5, 0.3}}, {QUO_GPD, {1e-6, -0.4}},
    {QUO_GPD, {0.019, 0.0}},
};
static const double sizes[] = {0.05, 0.7, 1.9, 4.3};

/* Gradient against five-point differences of the value, Hessian against those of the gradient. */
static void check_derivatives(struct quo_jet (*of)(enum quo_family, const double *, double, int, int), size_t p,
                              double x, double tolerance)
{
    const enum quo_family family = points[p].family;
    const int k = quo_kernel_coordinates(family);
    const double h = 1e-3;
    const struct quo_jet at = of(family, points[p].t, x, k, 0);
    for (int i = 0; i < k; i++) {
        struct quo_jet near[5];
        for (int s = -2; s <= 2; s++) {
            double t[4];
            for (int j = 0; j < k; j++)
                t[j] = points[p].t[j] + (i == j ? s * h : 0.0);
            near[s + 2] = of(family, t, x, k, 0);
        }
        check_abs(at.g[i], (8.0 * (near[3].v - near[1].v) - (near[4].v - near[0].v)) / (12.0 * h), tolerance,
                  "%s x %g g%d", quo_family_name(family), x, i);
        for (int j = 0; j < k; j++)
            check_abs(i > j ? at.h[i][j] : at.h[j][i],
                      (8.0 * (near[3].g[j] - near[1].g[j]) - (near[4].g[j] - near[0].g[j])) / (12.0 * h),
                      tolerance * (1.0 + fabs(at.h[i][i])), "%s x %g h%d%d", quo_family_name(family), x, i, j);
    }
}

static void derivatives_are_those_of_the_value(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            check_derivatives(quo_kernel_logpdf, p, sizes[i], 2e-7);
            check_derivatives(quo_kernel_logQ, p, sizes[i], 2e-7);
        }
}

static void values_are_those_of_the_severity(void **state)
{
    (void)state;
    const double scale = 1024.0;
    for (size_t p = 0; p < sizeof points / sizeof *points; p++) {
        const enum quo_family family = points[p].family;
        const struct quo_law law = quo_kernel_law(family, points[p].t, scale, 77.0);
        const struct quo_severity s = quo_severity_simple(family, law.par);
        const double origin = family == QUO_GPD ? 77.0 : 0.0;
        double back[4];
        quo_kernel_from_law(&law, scale, back);
        for (int i = 0; i < quo_kernel_coordinates(family); i++)
            check_abs(back[i], points[p].t[i], 1e-13, "there and back");
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const struct quo_jet f = quo_kernel_logpdf(family, points[p].t, sizes[i], 4, 0);
            const struct quo_jet q = quo_kernel_logQ(family, points[p].t, sizes[i], 4, 0);
            const double x = origin + scale * sizes[i];
            check_abs(f.v - log(scale), quo_severity_logpdf(x, &s), 1e-11, "%s log density at %g",
                      quo_family_name(family), x);
            check_rel(q.v, quo_severity_logQ(x, &s), 1e-10, "%s log tail at %g", quo_family_name(family), x);
        }
    }
}

static void sums_are_sums_of_points(void **state)
{
    (void)state;
    enum { N = 600 }; /* more than two blocks */
    double x[N], logx[N], weight[N];
    for (int i = 0; i < N; i++) {
        x[i] = exp(0.01 * (i - 250));
        weight[i] = 0.5 + 0.01 * (i % 37);
    }
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int weighted = 0; weighted < 2; weighted++) {
            const int k = quo_kernel_coordinates(points[p].family);
            struct quo_bulk bulk = {.n = points[p].t[0] < 0.0 && points[p].family == QUO_GPD ? 300 : N,
                                    .x = x,
                                    .logx = logx,
                                    .weight = weighted ? weight : NULL};
            double g[4], h[4][4];
            quo_kernel_summarise(&bulk);
            const double v = quo_kernel_sum(points[p].family, points[p].t, &bulk, g, h);
            struct quo_jet sum = quo_jet_constant(k, 0.0);
            for (size_t i = 0; i < bulk.n; i++) {
                const struct quo_jet one = quo_kernel_logpdf(points[p].family, points[p].t, x[i], k, 0);
                sum = quo_jet_combine(1.0, &sum, weighted ? weight[i] : 1.0, &one);
            }
            check_rel(v, sum.v, 1e-12, "%s sum", quo_family_name(points[p].family));
            for (int i = 0; i < k; i++) {
                check_abs(g[i], sum.g[i], 1e-9 * N, "%s gradient", quo_family_name(points[p].family));
                for (int j = 0; j <= i; j++)
                    check_abs(h[i][j], sum.h[i][j], 1e-9 * N, "%s Hessian", quo_family_name(points[p].family));
            }
        }
}

static struct quo_jet both(const double *t, int which)
{
    const struct quo_jet a = quo_jet_variable(2, 0, t[0]), b = quo_jet_variable(2, 1, t[1]);
    const struct quo_jet q = quo_kernel_logQ(QUO_WEIBULL, t, 0.7, 2, 0), r = quo_kernel_logQ(QUO_WEIBULL, t, 1.9, 2, 0);
    return which == 0 ? quo_jet_logaddexp(&a, &b) : which == 1 ? quo_jet_logdiffexp(&q, &r) : quo_jet_loglogistic(&b);
}

static void jets_are_differentiated_rightly(void **state)
{
    (void)state;
    const double at[2] = {0.3, -1.1}, h = 1e-4;
    for (int which = 0; which < 3; which++) {
        const struct quo_jet j = both(at, which);
        for (int i = 0; i < 2; i++) {
            double t[2] = {at[0], at[1]};
            t[i] += h;
            const struct quo_jet up = both(t, which);
            t[i] -= 2.0 * h;
            const struct quo_jet down = both(t, which);
            check_abs(j.g[i], (up.v - down.v) / (2.0 * h), 1e-6, "jet %d g%d", which, i);
            for (int m = 0; m <= i; m++)
                check_abs(j.h[i][m], (up.g[m] - down.g[m]) / (2.0 * h), 1e-6, "jet %d h%d%d", which, i, m);
        }
    }
    /* intervals at the bottom of a law keep their digits: log(F(b) - F(a)) with F about 1e-14 */
    const double t[1] = {0.0};
    const struct quo_jet a = quo_kernel_logQ(QUO_EXPONENTIAL, t, 1e-14, 1, 0),
                         b = quo_kernel_logQ(QUO_EXPONENTIAL, t, 3e-14, 1, 0);
    check_rel(quo_jet_logdiffexp(&a, &b).v, log(2e-14), 1e-13, "a small interval");
    const struct quo_jet c = quo_kernel_logQ(QUO_EXPONENTIAL, t, 800.0, 1, 0),
                         d = quo_kernel_logQ(QUO_EXPONENTIAL, t, 801.0, 1, 0);
    check_rel(quo_jet_logdiffexp(&c, &d).v, -800.0 + log(1.0 - exp(-1.0)), 1e-13, "an interval far out");
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_are_those_of_the_value),
        cmocka_unit_test(values_are_those_of_the_severity),
        cmocka_unit_test(sums_are_sums_of_points),
        cmocka_unit_test(jets_are_differentiated_rightly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
