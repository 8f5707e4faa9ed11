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
        execl(program, program, "fit", "fixtures/incidents/incidents.csv", "--outages", "fixtures/incidents/outages.csv", "--outage-windows",
              "fixtures/incidents/outage-observation.csv", "-o", out, (char *)NULL);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return NAN;
    return now() - start;
}

/* Whether two numbers in text, or two words, are the same: to 1e-3, since draws whose parameters run away stop where it is flat, and on
 * the last digits of the processor's vectors. */
static int alike(const char *a, const char *b)
{
    char *left, *right;
    const double x = strtod(a, &left), y = strtod(b, &right);
    return left == a || right == b ? strcmp(a, b) == 0 : strcmp(left, right) == 0 && fabs(x - y) <= 1e-3 * fabs(y);
}

/* The word, from 1, where two texts differ, 0 if they are alike, -1 if one cannot be read. */
static int first_difference(const char *a, const char *b)
{
    char x[4096], y[4096];
    FILE *left = fopen(a, "r"), *right = fopen(b, "r");
    int out = left && right ? 0 : -1;
    for (int word = 1; out == 0; word++) {
        const int m = fscanf(left, " \"%4095s", x) < 1 && fscanf(left, "%4095s", x) < 1, n = fscanf(right, " \"%4095s", y) < 1 && fscanf(right, "%4095s", y) < 1;
        if (m && n)
            break;
        if (m || n || !alike(x, y))
            out = word;
    }
    if (left)
        fclose(left);
    if (right)
        fclose(right);
    return out;
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
    const int word = first_difference(model, "fixtures/model/model.cfg");
    unlink(model);
    if (word) {
        fprintf(stderr, "bench_incidents: the fit is not the shipped model, from word %d on\n", word);
        return 1;
    }
    printf("fit of all incidents, all families, 200 draws, cold start: %.2f s (wanted: under 2 s); it is the shipped model\n", best);
    double seconds, loglik;
    FILE *r = popen("Rscript tests/bench/incidents_fitdistrplus.R fixtures/incidents/incidents.csv 2>/dev/null", "r");
    const int read = r ? fscanf(r, "%lf %lf", &seconds, &loglik) : 0;
    if (r)
        pclose(r);
    if (read != 2)
        printf("fitdistrplus: skipped, Rscript with fitdistrplus is not here\n");
    else
        printf("fitdistrplus, three families and 200 draws of one on the sizes alone: %.2f s; the whole fit takes %.2f of it\n", seconds,
               best / seconds);
    return 0;
}
