/* A whole book priced again by the program: from CSV to CSV, by one thread and two, with its memory; a book from a menu of products and one in
 * which no two policies are alike. Beside it policies priced one by one in Python with NumPy's FFTs, by a simpler model.
 *
 * The answer is checked first: both threads' outputs are the same bytes, every policy is there in order, and none is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLICIES 40000
#define PROTOCOLS 80

static double now(void)
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
static struct cost run(const char *command)
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

static int measure(const char *program, const char *folder, const char *how, double *rate)
{
    char command[1024];
    snprintf(command, sizeof command, "%s book sample --policies %d --protocols %d %s -o %s", program, POLICIES,
             PROTOCOLS, how, folder);
    if (run(command).wall < 0.0)
        return 0;
    struct cost cost[2];
    for (int jobs = 1; jobs <= 2; jobs++) {
        snprintf(command, sizeof command,
                 "exec %s reprice --jobs %d --protocols %s/protocols.csv %s/policies.csv -o %s/out%d.csv", program,
                 jobs, folder, folder, folder, jobs);
        cost[jobs - 1] = run(command);
        if (cost[jobs - 1].wall < 0.0)
            return 0;
    }
    snprintf(command, sizeof command,
             "cd %s && cmp -s out1.csv out2.csv && [ $(grep -c ',priced,' out1.csv) = %d ] && [ \"$(cut -d, -f1 "
             "policies.csv | cksum)\" = \"$(cut -d, -f1 out1.csv | cksum)\" ]",
             folder, POLICIES);
    if (run(command).wall < 0.0) {
        printf("reprice: WRONG: outputs differ, or a policy is missing\n");
        return 0;
    }
    *rate = POLICIES / cost[0].cpu;
    printf("reprice%-11s %d policies on %d protocols: %.0f a second a core (1 thread); 2 threads %.2f times as fast; "
           "%.0f MB\n",
           how[0] ? ", distinct:" : ":", POLICIES, PROTOCOLS, *rate, cost[0].wall / cost[1].wall,
           (double)cost[1].kib / 1024.0);
    return 1;
}

#define ROWS 200000

/* How fast a table of policies is read, every field of it checked: the least of three, and the program's start is in it. */
static int measure_reading(const char *program, const char *folder)
{
    char command[1024];
    double best = 1e300;
    struct stat about;
    snprintf(command, sizeof command, "%s book sample --policies %d --protocols 500 -o %s", program, ROWS, folder);
    if (run(command).wall < 0.0)
        return 0;
    snprintf(command, sizeof command, "%s/policies.csv", folder);
    if (stat(command, &about) != 0)
        return 0;
    snprintf(command, sizeof command, "%s check %s/policies.csv >%s/check.out && grep -q ' %d rows: good' %s/check.out",
             program, folder, folder, ROWS, folder);
    for (int i = 0; i < 3; i++) {
        const struct cost cost = run(command);
        if (cost.wall < 0.0) {
            printf("reprice: WRONG: not all rows of the table were read\n");
            return 0;
        }
        best = cost.cpu < best ? cost.cpu : best;
    }
    printf("policies.csv read: %.0f MB/s of processor time (%.1f MB)\n", 1e-6 * (double)about.st_size / best,
           1e-6 * (double)about.st_size);
    return 1;
}

int main(void)
{
    char folder[] = "/tmp/quorate-bench-XXXXXX", command[128], program[1024] = "build/quorate";
    const char *build = getenv("BUILD");
    double menu = 0.0, distinct = 0.0, peer = 0.0, error = 1.0;
    if (build)
        snprintf(program, sizeof program, "%s/quorate", build);
    if (!mkdtemp(folder))
        return 3;
    const int good = measure_reading(program, folder) && measure(program, folder, "", &menu) && measure(program, folder, "--distinct", &distinct);
    FILE *python =
        good ? popen(
                   "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 tests/bench/reprice_numpy.py 2>/dev/null",
                   "r")
             : NULL;
    if (python && fscanf(python, "%lf %lf", &peer, &error) == 2 && error < 1e-4)
        printf("  NumPy, one by one, a simpler model: %.0f a second; reprice is %.1f times as fast (distinct terms: "
               "%.1f)\n",
               peer, menu / peer, distinct / peer);
    else if (good)
        printf("  NumPy: skipped, /usr/bin/python3 with numpy and scipy is not here\n");
    if (python)
        pclose(python);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return run(command).wall < 0.0 || !good;
}
