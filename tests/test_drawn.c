#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include "risk/fitting/maximum/drawn.h"

static void many_quantiles_are_those_of_the_severity(void **state)
{
    (void)state;
    enum { N = 600 };
    static const struct {
        enum quo_family family;
        double par[4];
    } laws[] = {{QUO_EXPONENTIAL, {3e5}},       {QUO_GAMMA, {0.7, 1e6}},       {QUO_WEIBULL, {0.4, 2e6}},
                {QUO_LOGNORMAL, {12.0, 2.3}},   {QUO_INVGAUSS, {1e6, 4e5}},    {QUO_PARETO2, {1.1, 4e5}},
                {QUO_BURR, {0.8, 1.5, 5e5}},    {QUO_LOGLOGISTIC, {1.3, 1e6}}, {QUO_PARALOGISTIC, {1.3, 1e6}},
                {QUO_GPD, {0.9, 3e5, 1e5}},     {QUO_GPD, {-0.2, 3e5, 1e5}},   {QUO_GPD, {0.0, 3e5, 1e5}},
                {QUO_GB2, {1.2, 0.9, 1.4, 1e6}}};
    double tail[N], x[N];
    for (int i = 0; i < N; i++) /* from 1 - 1e-9 to 1e-15 */
        tail[i] =
            i < N / 2 ? 1.0 - exp(log(1e-9) * (1.0 - 2.0 * i / N)) * 0.5 : 0.5 * exp(log(1e-15) * (2.0 * i / N - 1.0));
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        const struct quo_severity s = quo_severity_simple(laws[l].family, laws[l].par);
        quo_drawn_quantiles(tail, N, &s, x);
        for (int i = 0; i < N; i++)
            check_rel(x[i], quo_severity_Qinv(tail[i], &s), 1e-10 + 4e-16 / (1.0 - tail[i]), "%s at tail %g",
                      quo_family_name(laws[l].family), tail[i]);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_quantiles_are_those_of_the_severity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
