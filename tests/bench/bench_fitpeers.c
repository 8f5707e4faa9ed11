/* The same samples fitted here, by R's fitdistrplus and evd, and by SciPy, in one run. The answer is checked first: no log likelihood
 * here may be lower than a peer's by more than 1e-7 of it, and the spread of the bootstrap must be theirs. A peer that is not installed is
 * told and left out. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "risk/base/stream.h"
#include "risk/fitting/fit.h"

enum { MANY = 100000, FEW = 2000, REPLICATES = 1000, RUNS = 5, PURPOSE = 81, LAWS = 5, BOOTSTRAPS = 2 };

static const struct {
    const char *name;
    enum quo_family family;
    double par[4];
    double by_r; /* the ratio to R that is asked for */
} laws[LAWS] = {
    {"lognormal", QUO_LOGNORMAL, {12.0, 1.8}, 50.0}, {"gamma", QUO_GAMMA, {0.6, 1000.0}, 50.0},
    {"weibull", QUO_WEIBULL, {0.7, 1000.0}, 50.0},   {"burr", QUO_BURR, {1.5, 1.2, 1000.0}, 50.0},
    {"gpd", QUO_GPD, {0.7, 1000.0, 0.0}, 20.0},
};
static const struct {
    const char *name;
    int law, spread; /* which parameter's spread is compared */
} bootstraps[BOOTSTRAPS] = {{"lognormal", 0, 1}, {"weibull", 2, 0}};

struct result {
    double seconds, value; /* log likelihood, or spread of a bootstrap */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int draw_to(const char *folder, const char *name, int law, size_t n, double *x)
{
    char path[256];
    const struct quo_severity s = quo_severity_simple(laws[law].family, laws[law].par);
    struct quo_stream stream = quo_stream_at(1, (uint64_t)law, 0, PURPOSE);
    for (size_t i = 0; i < n; i++)
        x[i] = quo_severity_draw(&stream, &s);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = fopen(path, "wb");
    if (!to)
        return 0;
    const int good = fwrite(x, sizeof *x, n, to) == n;
    return fclose(to) == 0 && good;
}

static struct result fit_here(int law, const double *x)
{
    const struct quo_sample sample = quo_likelihood_sample(x, MANY);
    struct quo_fit fit;
    struct result out = {INFINITY, NAN};
    for (int run = 0; run < RUNS; run++) {
        const double start = now();
        quo_fit_family(&sample, laws[law].family, NULL, &fit);
        out.seconds = fmin(out.seconds, now() - start);
    }
    out.value = fit.status == QUO_OK ? fit.loglik : NAN;
    return out;
}

/* Draws and refits, over all threads. */
static struct result bootstrap_here(int b, const double *x)
{
    const struct quo_sample sample = quo_likelihood_sample(x, FEW);
    struct quo_fit fit;
    static double estimate[REPLICATES];
    struct result out = {INFINITY, NAN};
    quo_fit_family(&sample, laws[bootstraps[b].law].family, NULL, &fit);
    for (int run = 0; run < RUNS; run++) {
        const double start = now();
#pragma omp parallel for schedule(dynamic, 16)
        for (int r = 0; r < REPLICATES; r++) {
            struct quo_fit one;
            quo_fit_replicate(&sample, &fit, NULL, 3, (uint64_t)r, &one);
            estimate[r] = one.parameter[bootstraps[b].spread];
        }
        out.seconds = fmin(out.seconds, now() - start);
    }
    double sum = 0.0, square = 0.0;
    for (int r = 0; r < REPLICATES; r++) {
        sum += estimate[r];
        square += estimate[r] * estimate[r];
    }
    out.value = sqrt(square / REPLICATES - sum * sum / REPLICATES / REPLICATES);
    return out;
}

/* What a peer printed, by name; NaN where it did not. */
static void read_peer(const char *command, struct result law[LAWS], struct result bootstrap[BOOTSTRAPS])
{
    for (int i = 0; i < LAWS; i++)
        law[i] = (struct result){NAN, NAN};
    for (int i = 0; i < BOOTSTRAPS; i++)
        bootstrap[i] = (struct result){NAN, NAN};
    FILE *from = popen(command, "r");
    char line[400], name[64];
    struct result r;
    while (from && fgets(line, sizeof line, from)) {
        if (sscanf(line, "%63s %lf %lf", name, &r.seconds, &r.value) != 3) /* R prints errors that were caught */
            continue;
        for (int i = 0; i < LAWS; i++)
            if (strcmp(name, laws[i].name) == 0)
                law[i] = r;
        for (int i = 0; i < BOOTSTRAPS; i++)
            if (strncmp(name, "bootstrap_", 10) == 0 && strcmp(name + 10, bootstraps[i].name) == 0)
                bootstrap[i] = r;
    }
    if (from)
        pclose(from);
}

static void tell(const char *peer, const struct result *here, const struct result *there, double asked)
{
    if (isnan(there->seconds))
        printf("; %s: no answer", peer);
    else
        printf("; %s %.0f ms, ratio %.0f%s", peer, 1e3 * there->seconds, there->seconds / here->seconds,
               asked > 0.0 && there->seconds < asked * here->seconds ? " BELOW WHAT IS ASKED FOR" : "");
}

static int compare(const struct result here[LAWS], const struct result boot[BOOTSTRAPS], const char *folder)
{
    char r_command[400], python[400];
    struct result r[LAWS], r_boot[BOOTSTRAPS], scipy[LAWS], none[BOOTSTRAPS];
    int bad = 0;
    snprintf(r_command, sizeof r_command, "OMP_NUM_THREADS=1 Rscript tests/bench/fit_peers.R %s 2>/dev/null", folder);
    snprintf(python, sizeof python, "OMP_NUM_THREADS=1 /usr/bin/python3 tests/bench/fit_peers.py %s 2>/dev/null",
             folder);
    read_peer(r_command, r, r_boot);
    read_peer(python, scipy, none);
    for (int i = 0; i < LAWS; i++) {
        const double best =
            fmax(isnan(r[i].value) ? -INFINITY : r[i].value, isnan(scipy[i].value) ? -INFINITY : scipy[i].value);
        printf("fit %s: %d sizes in %.2f ms", laws[i].name, MANY, 1e3 * here[i].seconds);
        if (!(here[i].value >= best - 1e-7 * fabs(best))) {
            printf(": WRONG: log likelihood %.10g, a peer's %.10g\n", here[i].value, best);
            bad = 1;
            continue;
        }
        tell(i == LAWS - 1 ? "evd" : "fitdistrplus", &here[i], &r[i], laws[i].by_r);
        tell("SciPy", &here[i], &scipy[i], 1.0);
        if (isfinite(best))
            printf("; log likelihood above the better peer's by %.2g of it", (here[i].value - best) / fabs(best));
        putchar('\n');
    }
    for (int i = 0; i < BOOTSTRAPS; i++) {
        printf("bootstrap %s: %d refits of %d sizes in %.0f ms, all threads", bootstraps[i].name, REPLICATES, FEW,
               1e3 * boot[i].seconds);
        if (!isnan(r_boot[i].value) && !(fabs(r_boot[i].value / boot[i].value - 1.0) < 0.25)) {
            printf(": WRONG: spread %g, the peer's %g\n", boot[i].value, r_boot[i].value);
            bad = 1;
            continue;
        }
        tell("bootdist", &boot[i], &r_boot[i], 100.0);
        putchar('\n');
    }
    return bad;
}

int main(void)
{
    gsl_set_error_handler_off();
    char folder[] = "/tmp/bench-fit-XXXXXX", command[64];
    double *x = malloc(MANY * sizeof *x);
    struct result here[LAWS], boot[BOOTSTRAPS];
    int good = x && mkdtemp(folder);
    for (int i = 0; good && i < LAWS; i++) {
        good = draw_to(folder, laws[i].name, i, MANY, x);
        here[i] = fit_here(i, x);
    }
    for (int i = 0; good && i < BOOTSTRAPS; i++) {
        char name[64];
        snprintf(name, sizeof name, "few_%s", bootstraps[i].name);
        good = draw_to(folder, name, bootstraps[i].law, FEW, x);
        boot[i] = bootstrap_here(i, x);
    }
    const int code = good ? compare(here, boot, folder) : 3;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (good && system(command) != 0)
        printf("%s is left behind\n", folder);
    free(x);
    return code;
}
