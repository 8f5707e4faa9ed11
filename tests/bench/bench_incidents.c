/* The whole fit of the shipped incidents by a cold start of the program: every family at every peril, goodness tests, pooling,
 * reconciliation with the market, and 200 bootstrap draws.
 *
 * The answer is checked first: it is the shipped model. Beside it, what R's fitdistrplus takes for three of the
 * families and a bootstrap of one on the sizes alone. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "risk/model.h"
#include "risk/modeldraws.h"

#define RUNS 3

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double fit(const char *program, char *out)
{
    const double start = now();
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execl(program, program, "fit", "fixtures/incidents/incidents.csv", "--outages",
              "fixtures/incidents/outages.csv", "--outage-windows", "fixtures/incidents/outage-observation.csv", "-o",
              out, (char *)NULL);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return NAN;
    return now() - start;
}

/* The largest relative difference of the numbers of two sets. */
static double apart(const struct quo_peril_parameters *a, const struct quo_peril_parameters *b)
{
    struct quo_peril_parameters left = *a, right = *b;
    double *x[QUO_MODELDRAWS_NUMBERS_MAX], *y[QUO_MODELDRAWS_NUMBERS_MAX], worst = 0.0;
    const int n = quo_modeldraws_numbers(&left, x);
    if (left.severity.family != right.severity.family || quo_modeldraws_numbers(&right, y) != n)
        return INFINITY;
    for (int i = 0; i < n; i++)
        worst = fmax(worst, fabs(*x[i] - *y[i]) / fmax(fabs(*y[i]), 1e-6));
    return worst;
}

/* The same: every point estimate to 1e-6, and 19 of 20 draws to 1e-3. A draw whose parameters run away stops where the likelihood is
 * flat, so on the last digits of the processor's vectors. */
static int same_model(const struct quo_model *a, const struct quo_model *b)
{
    size_t draws = 0, alike = 0;
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_peril_model *x = &a->peril[p], *y = &b->peril[p];
        if (x->present != y->present || x->n_draws != y->n_draws ||
            (x->present && !(apart(&x->point, &y->point) < 1e-6)))
            return 0;
        draws += x->n_draws;
        for (size_t d = 0; d < x->n_draws; d++)
            alike += apart(&x->draw[d], &y->draw[d]) < 1e-3;
    }
    return draws > 1000 && alike >= draws / 20 * 19;
}

static int is_shipped(const char *path)
{
    struct quo_faults faults;
    struct quo_model *model = NULL, *shipped = NULL;
    quo_faults_init(&faults);
    const int good = quo_model_load(path, &model, &faults) == QUO_OK &&
                     quo_model_load("fixtures/model/model.cfg", &shipped, &faults) == QUO_OK &&
                     same_model(model, shipped);
    quo_model_free(model);
    quo_model_free(shipped);
    quo_faults_free(&faults);
    return good;
}

int main(void)
{
    const char *build = getenv("BUILD");
    char program[512], model[] = "/tmp/quorate-bench-XXXXXX";
    snprintf(program, sizeof program, "%s/quorate", build ? build : "build");
    const int file = mkstemp(model);
    if (file < 0)
        return 1;
    close(file);
    double best = INFINITY;
    for (int i = 0; i < RUNS; i++) {
        const double seconds = fit(program, model);
        if (!(seconds > 0.0)) {
            fprintf(stderr, "bench_incidents: the program failed\n");
            unlink(model);
            return 1;
        }
        best = fmin(best, seconds);
    }
    const int good = is_shipped(model);
    unlink(model);
    if (!good) {
        fprintf(stderr, "bench_incidents: the fit is not the shipped model\n");
        return 1;
    }
    printf("fit of all incidents, all families, 200 draws, cold start: %.2f s (wanted: under 2 s); it is the shipped "
           "model\n",
           best);
    double seconds, loglik;
    FILE *r = popen("Rscript tests/bench/incidents_fitdistrplus.R fixtures/incidents/incidents.csv 2>/dev/null", "r");
    const int read = r ? fscanf(r, "%lf %lf", &seconds, &loglik) : 0;
    if (r)
        pclose(r);
    if (read != 2)
        printf("fitdistrplus: skipped, Rscript with fitdistrplus is not here\n");
    else
        printf("fitdistrplus, three families and 200 draws of one on the sizes alone: %.2f s; the whole fit takes %.2f "
               "of it\n",
               seconds, best / seconds);
    return 0;
}
