#include "pricing/cmd/cluster.h"

#include <stdio.h>

#ifdef QUO_MPI
#include <mpi.h>

/* So many numbers at once: MPI counts in int. */
#define CHUNK ((size_t)1 << 20)

static bool sum(void *context, int64_t *x, size_t n)
{
    (void)context;
    for (size_t from = 0; from < n; from += CHUNK) {
        const int m = (int)(n - from < CHUNK ? n - from : CHUNK);
        if (MPI_Allreduce(MPI_IN_PLACE, x + from, m, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD) != MPI_SUCCESS)
            return false;
    }
    return true;
}

struct quo_ranks quo_cluster_open(void)
{
    struct quo_ranks ranks = {0, 1, NULL, NULL};
    int given;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS)
        return ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks.ranks);
    ranks.sum = ranks.ranks > 1 ? sum : NULL;
    if (ranks.rank > 0 && (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)))
        MPI_Abort(MPI_COMM_WORLD, 3);
    return ranks;
}

int quo_cluster_close(const struct quo_ranks *ranks, int code)
{
    fflush(stdout);
    if (code != 0 && ranks->ranks > 1)
        MPI_Abort(MPI_COMM_WORLD, code);
    int begun = 0;
    MPI_Initialized(&begun);
    if (begun)
        MPI_Finalize();
    return code;
}
#else
struct quo_ranks quo_cluster_open(void) { return (struct quo_ranks){0, 1, NULL, NULL}; }

int quo_cluster_close(const struct quo_ranks *ranks, int code)
{
    (void)ranks;
    return code;
}
#endif
