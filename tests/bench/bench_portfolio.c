/* A sample book of 10,000 policies on 500 protocols, simulated: its mean is held to the sum of the quotes and its bits to one thread first. Beside
 * it NumPy on the very same book and model (portfolio_numpy.py; its mean is held to the quotes too), in the same run. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "pricing/book/booksample.h"
#include "pricing/portfolio/assemble.h"
#include "pricing/aggregate/simulate.h"
#include "pricing/portfolio/portfolio.h"
#include "risk/base/numeric.h"
#include "tests/bench/portfolio_dump.h"

#define POLICIES 10000
#define PROTOCOLS 500
#define YEARS 30000
#define TIMES 8 /* the least of so many runs is told: others' work on the machine is not ours */

static int verdict(const char *what, double ratio, double wanted)
{
    printf("  %-58s %10.1f x  (wanted: %g x)%s\n", what, ratio, wanted, ratio >= wanted ? "" : "  MISSED");
    return ratio >= wanted;
}

static int write_book(const struct quo_catalogue *catalogue, char *folder, char *protocols, char *policies, size_t size)
{
    const struct quo_booksample what = {.policies = POLICIES, .protocols = PROTOCOLS, .seed = 1};
    if (!mkdtemp(folder))
        return 0;
    snprintf(protocols, size, "%s/protocols.csv", folder);
    snprintf(policies, size, "%s/policies.csv", folder);
    FILE *a = fopen(protocols, "w"), *b = fopen(policies, "w");
    const int good = a && b && quo_booksample_protocols(&what, catalogue, a) == QUO_OK &&
                     quo_booksample_policies(&what, b) == QUO_OK;
    return (!a || fclose(a) == 0) && (!b || fclose(b) == 0) && good;
}

/* Of all threads: other programs on the machine do not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of processor time a thread, of that many years on that many threads. */
static double time_years(const struct quo_shocks *shocks, uint64_t years, int threads, struct quo_portfolio **out)
{
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = years;
    omp_set_num_threads(threads);
    *out = NULL;
    const double start = now();
    return quo_portfolio_run(shocks, &options, out) == QUO_OK ? (now() - start) / threads : NAN;
}

/* Payments that a year asks for: an event on a policy that covers it, put through the terms and added up. As a sample of ktools' chain is one
 * event's loss on one item. */
static double samples_a_year(const struct quo_exposures *e)
{
    double sum = 0.0;
    for (size_t i = 0; i < e->n_rows; i++) {
        const struct quo_risk *risk = &e->risk[e->policy[e->row[i].policy].risk];
        sum += risk->rate[e->row[i].peril] + risk->contagion[e->row[i].peril];
    }
    return sum * e->horizon;
}

static int right(const struct quo_shocks *shocks)
{
    struct quo_portfolio *one = NULL, *two = NULL;
    if (isnan(time_years(shocks, 2000, 1, &one)) || isnan(time_years(shocks, 2000, 2, &two)))
        return 0;
    const int same = memcmp(&one->gross, &two->gross, sizeof one->gross) == 0 &&
                     memcmp(one->contribution, two->contribution, one->policies * sizeof *one->contribution) == 0;
    const int mean = fabs(one->gross.mean.value - one->exact_mean) < 4.0 * one->gross.mean.std_error;
    if (!same || !mean)
        fprintf(stderr, "bench_portfolio: %s\n",
                same ? "the mean is not that of the quotes" : "two threads give other bits than one");
    quo_portfolio_free(one);
    quo_portfolio_free(two);
    return same && mean;
}

/* Events a second of a plain compound, ten lognormal losses a year, by what `aggregate --method simulation` runs; its mean held to the law's.
 * 0: wrong. */
static double plain_compound(void)
{
    enum { PLAIN_YEARS = 1000000, RUNS = 7 };
    static const double par[] = {10.0, 1.5};
    struct quo_contract contract;
    double *total = malloc(PLAIN_YEARS * sizeof *total), best = INFINITY, mean = 0.0;
    quo_contract_init(&contract);
    contract.frequency = quo_frequency_poisson(10.0);
    contract.event.severity = quo_severity_simple(QUO_LOGNORMAL, par);
    omp_set_num_threads(1);
    bool good = total != NULL;
    for (uint64_t seed = 0; seed < RUNS && good; seed++) {
        const double start = now();
        good = quo_simulate_one(&contract, seed, PLAIN_YEARS, total) == QUO_OK;
        best = fmin(best, (now() - start) / (10.0 * PLAIN_YEARS)); /* of the years' mean number: it is right to a thousandth */
        for (size_t y = 0; y < PLAIN_YEARS; y++)
            mean += total[y] / ((double)RUNS * PLAIN_YEARS);
    }
    const double exact = 10.0 * exp(11.125), error = sqrt(10.0 * exp(24.5) / ((double)RUNS * PLAIN_YEARS));
    free(total);
    return good && fabs(mean - exact) < 4.0 * error ? 1.0 / best : 0.0;
}

static int compare(const struct quo_shocks *shocks, double alone, double both, double exact_mean)
{
    const struct quo_exposures *e = shocks->exposures;
    char command[256], folder[] = "/tmp/quorate-bench-numpy-XXXXXX";
    double full, plain, mean, error, tvar;
    if (!mkdtemp(folder) || !dump_book(shocks, folder)) {
        fprintf(stderr, "bench_portfolio: the book cannot be written for NumPy\n");
        return 0;
    }
    snprintf(command, sizeof command,
             "OMP_NUM_THREADS=1 /usr/bin/python3 tests/bench/portfolio_numpy.py %s 4000; rm -r %s", folder, folder);
    FILE *from = popen(command, "r");
    const int n = from ? fscanf(from, "%lf %lf %lf %lf %lf", &full, &plain, &mean, &error, &tvar) : 0;
    if (from)
        pclose(from);
    if (n != 5) {
        printf("NumPy: skipped, /usr/bin/python3 with numpy and scipy is not here\n");
        return 1;
    }
    if (fabs(mean - exact_mean) > 4.0 * error) {
        fprintf(stderr, "bench_portfolio: NumPy's mean %.0f (error %.0f) is not the quotes' %.0f\n", mean, error,
                exact_mean);
        return 0;
    }
    const double ours = YEARS / alone;
    printf("NumPy, one thread: %.0f years a second of this book (mean %.0f, error %.0f; the quotes': %.0f); %.1f "
           "million events a second of a plain compound\n",
           full, mean, error, exact_mean, 1e-6 * plain);
    const double compound = plain_compound();
    printf("plain compound of ours: %.0f million events a second of one core\n", 1e-6 * compound);
    int good = verdict("plain compound, one core, beside NumPy", compound / plain, 5.0);
    good &= verdict("full model, one core, beside NumPy", ours / full, 10.0);
    printf("  payments asked for: %.1f million a second on one core, %.1f on two\n", 1e-6 * ours * samples_a_year(e),
           1e-6 * YEARS / both * samples_a_year(e));
    good &= verdict("the machine beside ktools' 3.5 million samples/s", YEARS / both * samples_a_year(e) / 3.5e6, 20.0);
    return good;
}

int main(void)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    char folder[] = "/tmp/quorate-bench-XXXXXX", protocols[64], policies[64];
    struct quo_engine *engine = NULL;
    struct quo_exposures *e = NULL;
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *p = NULL;
    struct quo_faults faults;
    struct quo_rejects rejects;
    struct quo_dependence dependence;
    struct rusage used;
    quo_faults_init(&faults);
    quo_dependence_init(&dependence);
    quo_rejects_init(&rejects, NULL, NULL, 0);
    int good = quo_engine_new(&shipped, &engine, &faults) == QUO_OK &&
               write_book(engine->catalogue, folder, protocols, policies, sizeof protocols);
    const double start = omp_get_wtime();
    good = good &&
           quo_assemble_tables(engine, &dependence, protocols, policies, NULL, &rejects, &e, &faults) == QUO_OK &&
           quo_shocks_new(e, &shocks) == QUO_OK;
    if (!good) {
        fprintf(stderr, "bench_portfolio: the sample book cannot be made ready\n");
        return 1;
    }
    printf("a book of %zu policies on %zu protocols made ready, each priced: %.1f s\n", e->n_policies, e->n_risks,
           omp_get_wtime() - start);
    good = right(shocks);
    double two = INFINITY, alone = INFINITY;
    for (int i = 0; i < TIMES && good; i++) { /* by turns: a busy minute is a busy minute of both */
        for (int threads = 2; threads >= 1; threads--) {
            quo_portfolio_free(p);
            const double seconds = time_years(shocks, YEARS, threads, &p);
            good &= !isnan(seconds);
            if (threads == 2)
                two = fmin(two, seconds);
            else
                alone = fmin(alone, seconds);
        }
    }
    if (!good)
        return 1;
    const double events = p->events_per_year;
    printf("%d years of %.0f events: %.2f s on one thread, %.2f s on two (efficiency %.2f); %.0f ns an event\n", YEARS,
           events, alone, two, alone / two / 2.0, 1e9 * alone / YEARS / events);
    good &= verdict("1,000,000 years on two threads: 60 s / ours", 60.0 / (two * 1e6 / YEARS), 1.0);
    good &= compare(shocks, alone, two, p->exact_mean);
    getrusage(RUSAGE_SELF, &used);
    good &= verdict("memory: 512 MB / ours", 512.0 * 1024.0 / (double)used.ru_maxrss, 1.0);
    quo_portfolio_free(p);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
    quo_engine_free(engine);
    quo_faults_free(&faults);
    unlink(protocols);
    unlink(policies);
    rmdir(folder);
    return good ? 0 : 1;
}
