/* A whole book priced again by the program: from CSV to CSV, by one thread and two, with its memory; a book from a menu of products, one in
 * which no two policies are alike, and a million policies. Beside it policies priced one by one in Python with NumPy's FFTs: the very same to the
 * very same premiums, and others by a simpler model.
 *
 * The answer is checked first: both threads' outputs are the same bytes, every policy is there in order, none is refused, and the peer's
 * premiums are reprice's. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pricing/book/bookcontagion.h"
#include "tests/bench/command.h"
#include "tests/bench/reprice_dump.h"

#define A_PROTOCOL 500 /* policies, on average: as a million on two thousand protocols */

/* A book of one kind, priced by one thread and by two. */
struct book {
    const char *name, *how;
    int protocols;
    double rate, both; /* policies a second: of one core, of two together */
};

static int measure(const char *program, const char *folder, struct book *book)
{
    char command[1024];
    const int policies = A_PROTOCOL * book->protocols;
    snprintf(command, sizeof command, "%s book sample --policies %d --protocols %d %s -o %s/%s", program, policies,
             book->protocols, book->how, folder, book->name);
    if (run(command).wall < 0.0)
        return 0;
    struct cost cost[2];
    for (int jobs = 1; jobs <= 2; jobs++) {
        snprintf(command, sizeof command, "cd %s/%s && exec %s reprice --jobs %d --protocols protocols.csv policies.csv -o out%d.csv",
                 folder, book->name, program, jobs, jobs);
        cost[jobs - 1] = least(command, 2);
        if (cost[jobs - 1].wall < 0.0)
            return 0;
    }
    snprintf(command, sizeof command,
             "cd %s/%s && cmp -s out1.csv out2.csv && [ $(grep -c ',priced,' out1.csv) = %d ] && [ \"$(cut -d, -f1 "
             "policies.csv | cksum)\" = \"$(cut -d, -f1 out1.csv | cksum)\" ]",
             folder, book->name, policies);
    if (run(command).wall < 0.0) {
        printf("reprice: WRONG: outputs differ, or a policy is missing\n");
        return 0;
    }
    snprintf(command, sizeof command,
             "cd %s/%s && { %s reprice --jobs 1 --protocols protocols.csv policies.csv -o out3.csv & %s reprice --jobs 1 --protocols "
             "protocols.csv policies.csv -o out4.csv && wait; }",
             folder, book->name, program, program);
    const struct cost apart = least(command, 2);
    book->rate = policies / cost[0].cpu;
    book->both = policies / cost[1].wall;
    printf("reprice, %s: %d policies on %d protocols: %.0f a second a core (1 thread); 2 threads %.2f times as fast, "
           "efficiency %.2f (two programs at once, with nothing in common: %.2f); %.0f MB\n",
           book->name, policies, book->protocols, book->rate, cost[0].wall / cost[1].wall,
           0.5 * cost[0].wall / cost[1].wall, cost[0].wall / apart.wall, (double)cost[1].kib / 1024.0);
    return 1;
}

/* A million policies by one thread and by two: time, memory, and what the second thread brings. */
static int measure_million(const char *program, const char *folder, double *peak)
{
    char command[1024];
    snprintf(command, sizeof command, "%s book sample --policies 1000000 --protocols 2000 --seed 3 -o %s/million", program, folder);
    if (run(command).wall < 0.0)
        return 0;
    struct cost cost[2];
    for (int jobs = 1; jobs <= 2; jobs++) {
        snprintf(command, sizeof command,
                 "cd %s/million && TMPDIR=%s exec %s reprice --jobs %d --protocols protocols.csv policies.csv -o out%d.csv", folder, folder,
                 program, jobs, jobs);
        cost[jobs - 1] = least(command, 2);
    }
    snprintf(command, sizeof command, "cd %s/million && cmp -s out1.csv out2.csv && [ $(grep -c ',priced,' out2.csv) = 1000000 ]", folder);
    if (cost[0].wall < 0.0 || cost[1].wall < 0.0 || run(command).wall < 0.0) {
        printf("reprice: WRONG: a policy of the million is missing, or threads differ\n");
        return 0;
    }
    printf("reprice: 1000000 policies on 2000 protocols by 2 threads: %.1f s (goal: 20 s), %.1f s of processor time, %.0f MB (goal: "
           "below 256 MB); by one %.1f s, efficiency %.2f (goal: 0.9)\n",
           cost[1].wall, cost[1].cpu, (double)cost[1].kib / 1024.0, cost[0].wall, 0.5 * cost[0].wall / cost[1].wall);
    *peak = (double)cost[1].kib / 1024.0;
    return *peak < 256.0;
}

/* When two threads hold their largest tables at once is chance: so much apart two runs of the same table have been seen. */
#define PEAKS_APART 1.05

/* Ten million policies of the same protocols: their memory, which is not to be more than the million's. */
static int measure_ten_million(const char *program, const char *folder, double million)
{
    char command[1024];
    snprintf(command, sizeof command, "%s book sample --policies 10000000 --protocols 2000 --seed 3 -o %s/ten", program, folder);
    if (run(command).wall < 0.0)
        return 0;
    snprintf(command, sizeof command,
             "cd %s/ten && [ $(TMPDIR=%s %s reprice --jobs 2 --protocols protocols.csv policies.csv | grep -c ',priced,') = 10000000 ]",
             folder, folder, program);
    const struct cost cost = run(command);
    if (cost.wall < 0.0) {
        printf("reprice: WRONG: a policy of the ten million is missing\n");
        return 0;
    }
    const double peak = (double)cost.kib / 1024.0;
    printf("reprice: 10000000 policies on 2000 protocols by 2 threads: %.0f s, %.0f MB (goal: no more than a million's %.0f MB, but for chance: %s)\n",
           cost.wall, peak, million, peak <= PEAKS_APART * million ? "met" : "MISSED");
    return peak < 256.0;
}

#define AGREE 1e-5 /* of the premiums, relative; they stand there in cents */

/* Engine and protocols of a book, for the peer. */
static bool dump(const char *folder, const struct book *book)
{
    char path[256];
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    struct quo_bookprotocols protocols;
    struct quo_rejects rejects;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_rejects_init(&rejects, NULL, &faults, QUO_REJECTS_KEPT);
    snprintf(path, sizeof path, "%s/%s/protocols.csv", folder, book->name);
    bool good = quo_engine_new(&shipped, &engine, &faults) == QUO_OK &&
                quo_bookprotocols_load(path, engine->catalogue, &protocols, &rejects, &faults) == QUO_OK &&
                quo_bookcontagion_put(engine, &protocols) == QUO_OK;
    snprintf(path, sizeof path, "%s/%s/model.json", folder, book->name);
    if (good) {
        good = dump_book(engine, &protocols, engine->model->trend_until_day, path);
        quo_bookprotocols_free(&protocols);
    }
    quo_engine_free(engine);
    quo_faults_free(&faults);
    return good;
}

/* The same policies, one by one, to the same premiums. 0 where the premiums are others. */
static int measure_quotes(const char *folder, const struct book *book)
{
    char command[1024];
    double a_protocol, a_policy, alone, n, premium, payout;
    if (!dump(folder, book)) {
        printf("reprice: WRONG: the model cannot be written for the peer\n");
        return 0;
    }
    snprintf(command, sizeof command,
             "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 tests/bench/reprice_quote_numpy.py %s/%s/model.json "
             "%s/%s/policies.csv %s/%s/out1.csv 10 1500 2>/dev/null",
             folder, book->name, folder, book->name, folder, book->name);
    FILE *python = popen(command, "r");
    const int read = python ? fscanf(python, "%lf %lf %lf %lf %lf %lf", &a_protocol, &a_policy, &alone, &n, &premium, &payout) : 0;
    if (python)
        pclose(python);
    if (read != 6) {
        printf("  NumPy: skipped, /usr/bin/python3 with numpy and scipy is not here\n");
        return 1;
    }
    if (!(premium < AGREE)) {
        printf("reprice: WRONG: the peer's premiums differ by %g\n", premium);
        return 0;
    }
    const double kept = 1.0 / (a_policy + a_protocol / A_PROTOCOL);
    printf("  NumPy, %.0f of the same quotes, %s (premiums agree to %.1g): one by one %.0f a second, reprice is %.0f times as fast on one "
           "core, %.0f times on two (goal: 100)\n",
           n, book->name, premium, 1.0 / alone, book->rate * alone, book->both * alone);
    printf("  NumPy, the same, a protocol's tables kept for all its %d policies: %.0f a second, reprice is %.1f times as fast on one core, "
           "%.1f times on two\n",
           A_PROTOCOL, kept, book->rate / kept, book->both / kept);
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

static void measure_simple(const struct book *menu, const struct book *distinct)
{
    double peer, error;
    FILE *python = popen("OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 tests/bench/reprice_numpy.py 2>/dev/null", "r");
    if (python && fscanf(python, "%lf %lf", &peer, &error) == 2 && error < 1e-4)
        printf("  NumPy, one by one, a simpler model, no walk: %.0f a second; reprice is %.1f times as fast on one core (distinct terms: %.1f)\n",
               peer, menu->rate / peer, distinct->rate / peer);
    if (python)
        pclose(python);
}

int main(void)
{
    char folder[] = "/tmp/quorate-bench-XXXXXX", command[128], *program = NULL;
    const char *build = getenv("BUILD");
    struct book menu = {"menu", "", 80, 0.0, 0.0}, distinct = {"distinct", "--distinct", 40, 0.0, 0.0};
    if (asprintf(&program, "%s/quorate", build ? build : "build") < 0 || !mkdtemp(folder))
        return 3;
    char *full = realpath(program, NULL);
    const int good = full && measure_reading(full, folder) && measure(full, folder, &menu) && measure(full, folder, &distinct) &&
                     measure_quotes(folder, &menu) && measure_quotes(folder, &distinct);
    if (good)
        measure_simple(&menu, &distinct);
    double peak = 0.0;
    const int million = good && measure_million(full, folder, &peak) && measure_ten_million(full, folder, peak);
    free(program);
    free(full);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return run(command).wall < 0.0 || !million;
}
