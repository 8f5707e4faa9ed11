/* Rolling half-years: fit to the four years before each, predict it, compare. Prints the table of docs/validation.md.
 * Usage: study_backtest [FIRST-YEAR [SIMULATIONS]]. Exit 1 if a half-year that should be predicted was not. */
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/config.h"
#include "risk/base/date.h"
#include "risk/base/money.h"
#include "risk/base/numeric.h"
#include "risk/defaults.h"
#include "risk/fitting/goodness.h"
#include "risk/perils/backtest.h"

enum { YEARS_BEFORE = 4, FIRST_DATA = 2019, HALVES_MAX = 24 };

static enum quo_status market_load(struct quo_market **out, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    struct quo_catalogue *catalogue = NULL;
    enum quo_status status = quo_default_open(QUO_DEFAULT_CATALOGUE, &config, faults);
    if (status == QUO_OK)
        status = quo_catalogue_read(config, &catalogue, faults);
    quo_config_close(config);
    config = NULL;
    if (status == QUO_OK)
        status = quo_default_open(QUO_DEFAULT_MARKET, &config, faults);
    if (status == QUO_OK)
        status = quo_market_read(config, catalogue, out, faults);
    quo_config_close(config);
    quo_catalogue_free(catalogue);
    return status;
}

static const char *amount(double x, bool whole, char text[48])
{
    if (whole)
        snprintf(text, 48, "%.0f", x);
    else
        quo_money_short(x, text, 48);
    return text;
}

static void print_row(const struct quo_backtest *b)
{
    static const int shown[] = {QUO_BACKTEST_COUNT, QUO_BACKTEST_TOTAL, QUO_BACKTEST_MEDIAN, QUO_BACKTEST_MAXIMUM};
    char split[11], text[3][48];
    quo_date_format(b->split, split);
    printf("| %.7s | %zu ", split, b->fitted);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        const struct quo_backtest_line *l = &b->line[shown[k]];
        const bool whole = shown[k] == QUO_BACKTEST_COUNT;
        printf("| %s [%s, %s] %.3f ", amount(l->observed, whole, text[0]), amount(l->low, whole, text[1]),
               amount(l->high, whole, text[2]), l->pit);
    }
    printf("| %+.1f | %+.1f |\n", b->log_score_count - b->simple_count, b->log_score_sizes - b->simple_sizes);
}

/* Kolmogorov's test that the places are uniform. */
static void print_uniform(const char *title, double *pit, size_t n)
{
    double d = 0.0, inside = 0.0;
    quo_numeric_sort(pit, n);
    for (size_t i = 0; i < n; i++) {
        d = fmax(d, fmax((double)(i + 1) / (double)n - pit[i], pit[i] - (double)i / (double)n));
        inside += pit[i] >= 0.05 && pit[i] <= 0.95;
    }
    printf("| %s | %.0f of %zu | %.3f | %.3f |\n", title, inside, n, d, quo_goodness_ks_p_value(d, n));
}

int main(int argc, char **argv)
{
    const int first = argc > 1 ? atoi(argv[1]) : 2021, simulations = argc > 2 ? atoi(argv[2]) : 20000;
    gsl_set_error_handler_off();
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_incidents *incidents = NULL;
    struct quo_market *market = NULL;
    if (first < FIRST_DATA + 2 || simulations < 100 ||
        quo_incidents_load("fixtures/incidents/incidents.csv", &incidents, &faults) != QUO_OK ||
        market_load(&market, &faults) != QUO_OK) {
        fputs("usage, in the project's folder: study_backtest [YEAR from 2021 [SIMULATIONS]]\n", stderr);
        return 2;
    }
    double pit[4][HALVES_MAX], gain_count = 0.0, gain_sizes = 0.0;
    size_t n = 0;
    int bad = 0;
    puts("| half-year from | records fitted | count | total | median | maximum | log score of the count | of the sizes "
         "|\n|---|---|---|---|---|---|---|---|");
    for (int year = first, half = 0;
         n < HALVES_MAX && quo_date_from_civil(year, half ? 7 : 1, 1) + 180 <= incidents->to + 4;
         half = !half, year += !half) {
        struct quo_backtest_options o;
        struct quo_backtest b;
        quo_backtest_options_init(&o);
        o.split = quo_date_from_civil(year, half ? 7 : 1, 1);
        o.simulations = simulations;
        o.fit.from = quo_date_from_civil(year - YEARS_BEFORE < FIRST_DATA ? FIRST_DATA : year - YEARS_BEFORE,
                                         year - YEARS_BEFORE < FIRST_DATA || !half ? 1 : 7, 1);
        if (quo_backtest_run(incidents, market, &o, &b, &faults) != QUO_OK) {
            printf("| %d-%02d | %s |\n", year, half ? 7 : 1, faults.n ? faults.fault[faults.n - 1].text : "failed");
            bad = 1;
            continue;
        }
        print_row(&b);
        pit[0][n] = b.line[QUO_BACKTEST_COUNT].pit;
        pit[1][n] = b.line[QUO_BACKTEST_TOTAL].pit;
        pit[2][n] = b.line[QUO_BACKTEST_MEDIAN].pit;
        pit[3][n++] = b.line[QUO_BACKTEST_MAXIMUM].pit;
        gain_count += b.log_score_count - b.simple_count;
        gain_sizes += b.log_score_sizes - b.simple_sizes;
    }
    printf("\nSum of the gains in log score over the simplest model (one Poisson, one lognormal): count %+.1f, sizes "
           "%+.1f.\n\n",
           gain_count, gain_sizes);
    puts("| statistic | within the 90 % interval | KS distance of the places from uniform | p |\n|---|---|---|---|");
    static const char *const titles[] = {"count", "total", "median", "maximum"};
    for (int k = 0; k < 4 && n > 0; k++)
        print_uniform(titles[k], pit[k], n);
    quo_market_free(market);
    quo_incidents_free(incidents);
    quo_faults_free(&faults);
    return bad;
}
