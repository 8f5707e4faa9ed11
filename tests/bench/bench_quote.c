/* A quote by a cold start of the program: wall time and memory, beside actuar's Panjer recursion of the same annual distribution.
 *
 * The answer is checked first: the mean of actuar's distribution must be the mean that the library computes. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pricing/engine.h"
#include "pricing/policylaw.h"
#include "pricing/quote.h"

#define RUNS 21

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of one run, -1 if it failed; *kib: its largest resident set. */
static double cold_start(const char *program, const char *policy, long *kib)
{
    const double start = now();
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execl(program, program, "quote", policy, (char *)NULL);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return -1.0;
    *kib = usage.ru_maxrss;
    return now() - start;
}

/* The law of one event of the first cover to a CSV, as the quote has it; its count and the exact mean of the year. */
static int export_law(const char *path, double *lambda, double *step, double *mean)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_policylaw law = {0};
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    options.draws = 0;
    int good = workspace && quo_engine_new(&shipped, &engine, &faults) == QUO_OK &&
               quo_policy_load("fixtures/examples/bridge.policy.cfg", engine->catalogue, &policy, &faults) == QUO_OK &&
               quo_quote_price(engine, policy, &options, &quote) == QUO_OK &&
               quo_policylaw_new(engine, policy, quote->score, quote->hazard, quo_resolution_fine, 1, workspace,
                                 &law) == QUO_OK;
    FILE *out = good ? fopen(path, "w") : NULL;
    good = out != NULL;
    if (good) {
        const struct quo_lattice *event = &law.cover[0].event;
        fprintf(out, "mass\n");
        for (size_t k = 0; k < event->n; k++)
            fprintf(out, "%.17g\n", event->mass[k]);
        *lambda = law.cover[0].events;
        *step = event->step;
        *mean = law.cover[0].expected_events;
        good = fclose(out) == 0;
    }
    quo_policylaw_free(&law);
    quo_quote_free(quote);
    quo_policy_free(policy);
    quo_engine_free(engine);
    quo_workspace_free(workspace);
    quo_faults_free(&faults);
    return good;
}

int main(void)
{
    const char *build = getenv("BUILD");
    char program[512], csv[] = "/tmp/quorate-bench-XXXXXX", command[1024];
    snprintf(program, sizeof program, "%s/quorate", build ? build : "build");
    double seconds[RUNS];
    long kib = 0, most = 0;
    for (int i = 0; i < RUNS; i++) {
        seconds[i] = cold_start(program, "fixtures/examples/bridge.policy.cfg", &kib);
        if (seconds[i] < 0.0) {
            fprintf(stderr, "bench_quote: the program failed\n");
            return 1;
        }
        most = kib > most ? kib : most;
    }
    qsort(seconds, RUNS, sizeof *seconds, by_value);
    printf("quote, cold start: median %.1f ms, least %.1f ms (wanted: under 20 ms); memory %.1f MB (wanted: under 32 "
           "MB)\n",
           1e3 * seconds[RUNS / 2], 1e3 * seconds[0], (double)most / 1024.0);

    double lambda, step, mean, r_seconds, r_mean;
    const int file = mkstemp(csv);
    if (file < 0 || !export_law(csv, &lambda, &step, &mean)) {
        fprintf(stderr, "bench_quote: no law to compare\n");
        return 1;
    }
    close(file);
    snprintf(command, sizeof command, "Rscript tests/bench/aggregate_dist.R %s %.17g %.17g 2>/dev/null", csv, lambda,
             step);
    FILE *r = popen(command, "r");
    const int read = r ? fscanf(r, "%lf %lf", &r_seconds, &r_mean) : 0;
    if (r)
        pclose(r);
    unlink(csv);
    if (read != 2) {
        printf("actuar::aggregateDist: skipped, Rscript with actuar is not here\n");
        return 0;
    }
    if (!(fabs(r_mean / mean - 1.0) < 1e-3)) {
        fprintf(stderr, "bench_quote: actuar's mean %.10g is not %.10g\n", r_mean, mean);
        return 1;
    }
    printf("actuar::aggregateDist (recursive), one law of as many points: %.1f ms; the whole quote by a cold start "
           "takes %.2f of it\n",
           1e3 * r_seconds, seconds[RUNS / 2] / r_seconds);
    return 0;
}
