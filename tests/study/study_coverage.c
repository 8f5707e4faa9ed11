/* Do 95 % intervals hold the truth 95 times in 100? Samples are drawn from known laws, refitted, and counted. Prints the table of
 * docs/validation.md. Usage: study_coverage [REPLICATES]. Exit 1 if a share is further than 2 points and three errors of its own from 95 %. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"
#include "risk/fitting/counts.h"
#include "risk/fitting/fit.h"
#include "risk/fitting/tail.h"
#include "risk/perils/trend.h"

enum { SAMPLE = 90, PERIODS = 12, YEARS = 4, GROUPS = 3, RECORDS = 300 };
#define LEVEL 0.95
#define Z95 1.959963984540054

static int bad;

static void row(const char *what, const char *of, int n, const char *kind, int covered, int replicates)
{
    const double share = covered / (double)replicates, error = sqrt(0.95 * 0.05 / replicates);
    const int off = !(fabs(share - LEVEL) <= 0.02 + 3.0 * error);
    printf("| %s | %s | %d | %s | %.1f %%%s |\n", what, of, n, kind, 100.0 * share, off ? " **out**" : "");
    bad |= off;
}

static void draw_above(const struct quo_severity *law, double floor, int n, uint64_t seed, uint64_t replicate,
                       double *x)
{
    struct quo_stream stream = quo_stream_at(seed, replicate, 0, SAMPLE);
    const double beyond = quo_severity_Q(floor, law);
    for (int i = 0; i < n; i++)
        x[i] = quo_severity_Qinv(beyond * quo_stream_uniform(&stream), law);
}

static const struct {
    enum quo_family family;
    double par[4], floor;
    int n;
} laws[] = {
    {QUO_EXPONENTIAL, {1e6}, 0.0, 200},      {QUO_GAMMA, {0.6, 1e6}, 0.0, 200},
    {QUO_WEIBULL, {0.6, 1e6}, 0.0, 200},     {QUO_LOGNORMAL, {12.0, 2.3}, 0.0, 200},
    {QUO_INVGAUSS, {1e6, 8e5}, 0.0, 200},    {QUO_PARETO2, {1.3, 1e6}, 0.0, 500},
    {QUO_LOGLOGISTIC, {1.3, 1e6}, 0.0, 200}, {QUO_PARALOGISTIC, {1.3, 1e6}, 0.0, 200},
    {QUO_GPD, {0.7, 1e6, 0.0}, 0.0, 200},    {QUO_BURR, {1.5, 1.2, 1e6}, 0.0, 1000},
    {QUO_LOGNORMAL, {12.0, 2.3}, 1e5, 500},  {QUO_WEIBULL, {0.5, 1e6}, 1e5, 500},
};

/* Profile intervals of every parameter, as fit and the tail report use them, and the plain ones of two standard errors. */
static void families(int replicates)
{
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        const struct quo_severity law = quo_severity_simple(laws[l].family, laws[l].par);
        const int k = laws[l].family == QUO_GPD ? 2 : quo_family_parameters(laws[l].family);
        int profile[4] = {0}, normal[4] = {0};
#pragma omp parallel for schedule(dynamic, 4) reduction(+ : profile, normal)
        for (int r = 0; r < replicates; r++) {
            double *x = malloc((size_t)laws[l].n * sizeof *x);
            struct quo_sample sample = quo_likelihood_sample(x, x ? (size_t)laws[l].n : 0);
            struct quo_fit fit;
            sample.floor = laws[l].floor;
            if (x)
                draw_above(&law, laws[l].floor, laws[l].n, 100 + l, (uint64_t)r, x);
            if (x && quo_fit_family(&sample, laws[l].family, NULL, &fit) == QUO_OK)
                for (int i = 0; i < k; i++) {
                    double low, high;
                    if (quo_fit_interval(&sample, &fit, i, LEVEL, &low, &high) == QUO_OK)
                        profile[i] += low <= laws[l].par[i] && laws[l].par[i] <= high;
                    normal[i] += fabs(fit.parameter[i] - laws[l].par[i]) <= Z95 * fit.std_error[i];
                }
            free(x);
        }
        for (int i = 0; i < k; i++) {
            char what[64];
            snprintf(what, sizeof what, "%s%s", quo_family_name(laws[l].family),
                     laws[l].floor > 0.0 ? " above a floor" : "");
            row(what, quo_family_parameter_name(laws[l].family, i), laws[l].n, "profile", profile[i], replicates);
            printf("| | %s | | two standard errors, for comparison | %.1f %% |\n",
                   quo_family_parameter_name(laws[l].family, i), 100.0 * normal[i] / replicates);
        }
    }
}

/* The interval of xi that fit prints, from the exceedances of a lognormal body's spliced tail. */
static void tails(int replicates)
{
    const struct quo_severity law =
        quo_severity_spliced((struct quo_law){QUO_LOGNORMAL, {12.0, 1.5}}, 1e6, 0.25, 0.8, 1.5e6);
    enum { N = 800 };
    int covered = 0;
#pragma omp parallel for schedule(dynamic, 4) reduction(+ : covered)
    for (int r = 0; r < replicates; r++) {
        double x[N];
        struct quo_tail_fit fit;
        draw_above(&law, 0.0, N, 7, (uint64_t)r, x);
        covered += quo_tail_fit(x, N, 1e6, &fit) == QUO_OK && fit.xi_low <= 0.8 && 0.8 <= fit.xi_high;
    }
    row("tail above a threshold", "xi", 200, "profile", covered, replicates);
}

/* Rates with over-dispersion and a trend. The size is estimated from few periods, so Student's quantile stands for the normal one. */
static void counts(int replicates)
{
    int slope = 0, level = 0, normal = 0;
    const double t95 = gsl_cdf_tdist_Pinv(0.975, 2.0 * PERIODS - 2.0);
#pragma omp parallel for schedule(dynamic, 16) reduction(+ : slope, level, normal)
    for (int r = 0; r < replicates; r++) {
        double count[PERIODS * 2], covariate[PERIODS * 2], exposure[PERIODS * 2];
        struct quo_stream s = quo_stream_at(8, (uint64_t)r, 0, SAMPLE);
        for (int t = 0; t < 2 * PERIODS; t++) {
            covariate[t] = 0.25 * t - 3.0;
            exposure[t] = 1000.0 + 20.0 * t;
            const double mean = exposure[t] * 0.04 * exp(-0.2 * covariate[t]);
            count[t] = (double)quo_stream_poisson(&s, mean * quo_stream_gamma(&s, 20.0) / 20.0);
        }
        const struct quo_counts data = {2 * PERIODS, count, exposure, 1, covariate, NULL};
        struct quo_regression fit;
        if (quo_counts_fit(&data, QUO_NEGBIN, &fit) != QUO_OK)
            continue;
        normal += fabs(fit.coefficient[1] + 0.2) <= Z95 * fit.std_error[1];
        slope += fabs(fit.coefficient[1] + 0.2) <= t95 * fit.std_error[1];
        level += fabs(fit.coefficient[0] - log(0.04)) <= t95 * fit.std_error[0];
    }
    row("negative binomial regression", "trend", 2 * PERIODS, "Student's t", slope, replicates);
    printf("| | trend | | two standard errors, for comparison | %.1f %% |\n", 100.0 * normal / replicates);
    row("negative binomial regression", "log rate", 2 * PERIODS, "Student's t", level, replicates);
}

/* The trend of sizes, three perils of different location, seen above a floor. */
static void trends(int replicates)
{
    int covered = 0;
#pragma omp parallel for schedule(dynamic, 4) reduction(+ : covered)
    for (int r = 0; r < replicates; r++) {
        double loss[RECORDS], floor[RECORDS], years[RECORDS];
        int group[RECORDS];
        struct quo_stream s = quo_stream_at(9, (uint64_t)r, 0, SAMPLE);
        for (int i = 0; i < RECORDS;) {
            years[i] = -YEARS * quo_stream_uniform(&s);
            group[i] = i % GROUPS;
            floor[i] = log(1e5);
            loss[i] = 12.0 + group[i] - 0.3 * years[i] + 2.0 * quo_stream_normal(&s);
            i += loss[i] > floor[i];
        }
        const struct quo_trend_sample sample = {RECORDS, loss, floor, years, group, GROUPS, NULL};
        struct quo_trend fit;
        covered += quo_trend_sizes(&sample, false, &fit) == QUO_OK && fabs(fit.trend + 0.3) <= Z95 * fit.std_error;
    }
    row("trend of sizes above a floor", "trend", RECORDS, "two standard errors", covered, replicates);
}

int main(int argc, char **argv)
{
    const int replicates = argc > 1 ? atoi(argv[1]) : 2000;
    gsl_set_error_handler_off();
    if (replicates < 20) {
        fputs("usage: study_coverage [REPLICATES of at least 20]\n", stderr);
        return 2;
    }
    printf("%d samples of each law; the share of them whose 95 %% interval holds the parameter they were drawn with "
           "(error of the share %.1f points).\n\n",
           replicates, 100.0 * sqrt(0.95 * 0.05 / replicates));
    puts("| law | parameter | n | interval | held |\n|---|---|---|---|---|");
    families(replicates);
    tails(replicates);
    counts(replicates);
    trends(replicates);
    return bad;
}
