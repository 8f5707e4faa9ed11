#include "pricing/cmd/cluster.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* How long a rank that failed waits for the others to fail in the same way, as they do where all read one bad file. Seconds. */
#define PATIENCE 3.0

/* What mpirun of Open MPI, and srun with either of its interfaces, put into the environment. */
static const char *const rank_is[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};

/* -1: nobody started this process as one of several. */
static long started_as(void)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    if (size && strcmp(size, "1") == 0)
        return -1;
    for (size_t i = 0; i < sizeof rank_is / sizeof *rank_is; i++)
        if (getenv(rank_is[i]))
            return strtol(getenv(rank_is[i]), NULL, 10);
    return -1;
}

bool quo_cluster_is_one_of_several(void) { return started_as() >= 0; }

/* Beside the program, or where it is installed. NULL: it is not there. */
static void *load(void)
{
    static const char *const place[] = {"", "../lib/quorate/"};
    char self[3072], path[4096];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    void *module = NULL;
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        slash[1] = '\0';
    for (size_t i = 0; i < sizeof place / sizeof *place && !module; i++) {
        snprintf(path, sizeof path, "%s%s%s", self, place[i], QUO_TRANSPORT_FILE);
        module = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* the library's own parts look for its names */
    }
    return module;
}

/* Ranks other than 0 print nothing; what they have to say is kept. */
static int silence(void)
{
    const int told = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC),
              kept = memfd_create("told", MFD_CLOEXEC);
    const bool good = told >= 0 && nowhere >= 0 && kept >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
                      dup2(kept, STDERR_FILENO) >= 0;
    close(nowhere);
    close(kept);
    return good ? told : -1;
}

bool quo_cluster_open(const struct quo_cmd *cmd, struct quo_cluster *out)
{
    const long started = started_as();
    *out = (struct quo_cluster){.transport = {.ranks = {.ranks = 1}}, .told = -1};
    if (started < 0)
        return true;
    void *module = load(), *found = module ? dlsym(module, QUO_TRANSPORT_NAME) : NULL;
    quo_transport_open *begin = NULL;
    memcpy(&begin, &found, sizeof begin);
    if (!begin || !begin(&out->transport)) {
        if (started == 0)
            fprintf(stderr, "quorate %s: was started as one of several processes, but %s; %s\n", cmd->name,
                    begin ? "Open MPI cannot be begun" : QUO_TRANSPORT_FILE " is not beside the program",
                    begin ? "see what it says" : "'make MPI=1' builds it");
        return false;
    }
    if (out->transport.ranks.rank > 0 && (out->told = silence()) < 0)
        out->transport.abort(3);
    return true;
}

enum quo_status quo_cluster_go(const struct quo_ranks *ranks, enum quo_status status)
{
    int32_t first = (int32_t)status;
    if (ranks->ranks == 1 || (ranks->rank > 0 && status != QUO_OK))
        return status;
    return ranks->share(ranks->context, &first, sizeof first) ? (enum quo_status)first : QUO_MACHINE;
}

enum quo_status quo_cluster_same(const struct quo_ranks *ranks, const char identity[QUO_HASH_SIZE], struct quo_faults *faults)
{
    char first[QUO_HASH_SIZE];
    memcpy(first, identity, sizeof first);
    if (ranks->ranks == 1)
        return QUO_OK;
    if (!ranks->share(ranks->context, first, sizeof first))
        return QUO_MACHINE;
    return memcmp(first, identity, sizeof first) == 0
               ? QUO_OK
               : quo_faults_add(faults, QUO_REFUSED, "", 0, "a folder that all machines see, and one program",
                                "rank %d reads other files than rank 0, or is another program", ranks->rank);
}

bool quo_cluster_spread_input(const struct quo_ranks *ranks)
{
    char block[1 << 16];
    const int all = memfd_create("input", MFD_CLOEXEC);
    int64_t n = 1;
    if (all < 0)
        return false;
    while (n > 0) {
        n = ranks->rank == 0 ? read(STDIN_FILENO, block, sizeof block) : 0;
        if (!ranks->share(ranks->context, &n, sizeof n) || n < 0 || !ranks->share(ranks->context, block, (size_t)n) ||
            write(all, block, (size_t)n) != n)
            break;
    }
    const bool good = n == 0 && lseek(all, 0, SEEK_SET) == 0 && dup2(all, STDIN_FILENO) >= 0;
    close(all);
    return good;
}

/* What this rank alone has to say. */
static void tell(const struct quo_cluster *cluster)
{
    char host[64] = "", text[4096];
    ssize_t n;
    gethostname(host, sizeof host - 1);
    dprintf(cluster->told, "quorate: rank %d on %s failed:\n", cluster->transport.ranks.rank, host);
    lseek(STDERR_FILENO, 0, SEEK_SET);
    while ((n = read(STDERR_FILENO, text, sizeof text)) > 0 && write(cluster->told, text, (size_t)n) == n)
        continue;
}

int quo_cluster_close(struct quo_cluster *cluster, int code)
{
    struct quo_transport *t = &cluster->transport;
    int all[2] = {code, code};
    if (!t->farewell)
        return code;
    fflush(stdout);
    fflush(stderr);
    const bool met = t->farewell(all, code ? PATIENCE : -1.0);
    if (code && t->ranks.rank > 0 && (!met || all[1] == 0)) /* else rank 0 has told the same */
        tell(cluster);
    if (met)
        t->close();
    else
        t->abort(code);
    return met ? all[0] : code;
}
