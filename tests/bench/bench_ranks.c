/* The program on several ranks under Open MPI, beside as many threads in the same run: portfolio of a sample book of 10,000 policies and reprice of
 * another, by wall clock. The outputs are compared first, byte by byte. Starting the ranks is timed apart, by a run that does nothing: it is the same
 * for a book of any size. Skipped where mpirun or the program's module is not here.
 *
 * BENCH_RANKS_YEARS: simulated years (default 1000000, the length that is promised). In a short run the larger part is making the book ready, of
 * which each rank repeats the protocols' scores and the tables of sizes: at 60,000 years two ranks took 1.4 times what two threads do. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/command.h"

#define TIMES 2 /* of what is compared; else once */
#define POLICIES 10000
#define PROTOCOLS 500
/* Ranks are as many as processors, or more, and all on one machine; one that waits lets others work. */
#define MPIRUN                                                                                                         \
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "                   \
    "OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1 mpirun -q -n"

static char program[512], folder[] = "/tmp/quorate-bench-ranks-XXXXXX";

/* The least of some runs of the program with those arguments; ranks 0: without mpirun. */
static struct cost timed(int times, int ranks, int jobs, const char *arguments, const char *out)
{
    char command[2048], start[512] = "";
    if (ranks)
        snprintf(start, sizeof start, MPIRUN " %d ", ranks);
    snprintf(command, sizeof command, "cd %s && %s%s %s --jobs %d >%s 2>/dev/null", folder, start, program, arguments, jobs, out);
    return least(command, times);
}

static bool same(const char *a, const char *b)
{
    char command[512];
    snprintf(command, sizeof command, "cd %s && [ -s %s ] && cmp -s %s %s", folder, a, a, b);
    return run(command).wall >= 0.0;
}

/* What the ranks' start takes: of a run that simulates a few years of one policy. */
static double start_of(int ranks)
{
    char arguments[512];
    snprintf(arguments, sizeof arguments, "portfolio --quiet --years 100 --protocols %s/few/protocols.csv %s/few/policies.csv", folder, folder);
    const struct cost with = timed(TIMES, ranks, 1, arguments, "few.ranks"),
                      without = timed(TIMES, 0, 1, arguments, "few.alone");
    return with.wall > without.wall ? with.wall - without.wall : 0.0; /* other programs may have been in the way of the second */
}

/* 0: outputs differ. */
static int compare(const char *what, const char *arguments, bool wanted, double start)
{
    const struct cost one = timed(1, 0, 1, arguments, "one"), threads = timed(TIMES, 0, 2, arguments, "threads"),
                      ranks = timed(TIMES, 2, 1, arguments, "ranks"), four = timed(1, 4, 1, arguments, "four");
    if (one.wall < 0.0 || ranks.wall < 0.0 || !same("one", "threads") || !same("one", "ranks") || !same("one", "four")) {
        printf("ranks: WRONG: %s fails, or gives other bytes on several ranks\n", what);
        return 0;
    }
    const double ratio = (ranks.wall - start) / threads.wall;
    printf("%s: 1 thread %.2f s, 2 threads %.2f s, 2 ranks %.2f s, 4 ranks on the same processors %.2f s (wall clock, twos the least of %d); processor "
           "time %.2f, %.2f, %.2f, %.2f s\n",
           what, one.wall, threads.wall, ranks.wall, four.wall, TIMES, one.cpu, threads.cpu, ranks.cpu, four.cpu);
    printf("  2 ranks less their start beside 2 threads: %.3f%s\n", ratio,
           !wanted        ? ""
           : ratio <= 1.1 ? "  (wanted: within 1.1)"
                          : "  (wanted: within 1.1)  MISSED");
    return 1;
}

static bool write_books(void)
{
    char command[1024];
    if (!mkdtemp(folder))
        return false;
    snprintf(command, sizeof command,
             "cd %s && %s book sample --policies %d --protocols %d --seed 1 -o big && %s book sample --policies 20 --protocols 2 --seed 1 -o few",
             folder, program, POLICIES, PROTOCOLS, program);
    return run(command).wall >= 0.0;
}

int main(void)
{
    char arguments[1024], module[600];
    const char *build = getenv("BUILD"), *years = getenv("BENCH_RANKS_YEARS");
    if (!realpath(build ? build : "build", program))
        return 1;
    snprintf(module, sizeof module, "%.500s/quorate-mpi.so", program);
    strncat(program, "/quorate", sizeof program - strlen(program) - 1);
    if (system("command -v mpirun >/dev/null") != 0 || access(module, R_OK) != 0) {
        printf("ranks: skipped, mpirun or the program's module for it is not here\n");
        return 0;
    }
    if (!write_books()) {
        printf("ranks: WRONG: the sample books cannot be made\n");
        return 1;
    }
    const double start = start_of(2);
    printf("starting 2 ranks takes %.2f s\n", start);
    snprintf(arguments, sizeof arguments, "portfolio --quiet --json --years %s --protocols big/protocols.csv big/policies.csv",
             years ? years : "1000000");
    int good = compare("portfolio, 10,000 policies on 500 protocols", arguments, true, start);
    snprintf(arguments, sizeof arguments, "reprice --quiet --protocols big/protocols.csv big/policies.csv");
    good &= compare("reprice, the same book", arguments, false, start);
    snprintf(arguments, sizeof arguments, "rm -r %s", folder);
    run(arguments);
    return good ? 0 : 1;
}
