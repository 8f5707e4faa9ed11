/* The module quorate-mpi.so: built by `make MPI=1`, loaded by a program that mpirun or srun started. */
#include <mpi.h>
#include <time.h>

#include "pricing/cmd/transport.h"

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

static bool share(void *context, void *bytes, size_t n)
{
    (void)context;
    for (size_t from = 0; from < n; from += CHUNK) {
        const int m = (int)(n - from < CHUNK ? n - from : CHUNK);
        if (MPI_Bcast((char *)bytes + from, m, MPI_BYTE, 0, MPI_COMM_WORLD) != MPI_SUCCESS)
            return false;
    }
    return true;
}

static bool pass(void *context, int giver, int taker, void *bytes, size_t n)
{
    int rank;
    (void)context;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (size_t from = 0; from < n; from += CHUNK) {
        const int m = (int)(n - from < CHUNK ? n - from : CHUNK);
        char *at = (char *)bytes + from;
        const int code = rank == taker ? MPI_Recv(at, m, MPI_BYTE, giver, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE)
                                       : MPI_Send(at, m, MPI_BYTE, taker, 0, MPI_COMM_WORLD);
        if (code != MPI_SUCCESS)
            return false;
    }
    return true;
}

/* Of its own for the farewell, which some ranks may come to while others are still in a sum. */
static MPI_Comm apart;

static bool farewell(int code[2], double seconds)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    const double start = MPI_Wtime();
    MPI_Request request;
    int all[2] = {0, 0}, rank, done = 0;
    MPI_Comm_rank(apart, &rank);
    code[1] = rank == 0 ? code[0] : 0;
    MPI_Iallreduce(code, all, 2, MPI_INT, MPI_MAX, apart, &request);
    for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); !done && (seconds < 0.0 || MPI_Wtime() - start < seconds);
         MPI_Test(&request, &done, MPI_STATUS_IGNORE))
        nanosleep(&nap, NULL);
    for (int i = 0; i < 2 && done; i++)
        code[i] = all[i];
    return done;
}

static void close_all(void)
{
    MPI_Comm_free(&apart);
    MPI_Finalize();
}

static void abort_all(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

bool quo_transport_open_mpi(struct quo_transport *out);
bool quo_transport_open_mpi(struct quo_transport *out)
{
    int given;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS ||
        MPI_Comm_dup(MPI_COMM_WORLD, &apart) != MPI_SUCCESS)
        return false;
    *out = (struct quo_transport){{0, 1, sum, NULL, share, pass}, farewell, close_all, abort_all};
    MPI_Comm_rank(MPI_COMM_WORLD, &out->ranks.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &out->ranks.ranks);
    return true;
}
