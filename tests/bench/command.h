/* tests/bench/command.h -- commands run by a benchmark: wall clock, processor time and memory of each. */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct cost {
    double wall, cpu;
    long kib;
};

/* Runs a command; wall -1 where it fails. */
static inline struct cost run(const char *command)
{
    struct cost cost = {-1.0, 0.0, 0};
    const double start = now();
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cost;
    cost.wall = now() - start;
    cost.cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    cost.kib = usage.ru_maxrss;
    return cost;
}

/* The least of `times` runs; wall -1 where one fails. */
static inline struct cost least(const char *command, int times)
{
    struct cost best = {-1.0, 0.0, 0};
    for (int i = 0; i < times; i++) {
        const struct cost cost = run(command);
        if (cost.wall < 0.0)
            return cost;
        best.kib = cost.kib > best.kib ? cost.kib : best.kib;
        best.cpu = i == 0 || cost.cpu < best.cpu ? cost.cpu : best.cpu;
        best.wall = i == 0 || cost.wall < best.wall ? cost.wall : best.wall;
    }
    return best;
}
#endif
