/* pricing/cmd/transport.h -- what the module for Open MPI offers the program, which finds it at run time: the program itself knows no MPI. */
#ifndef QUO_TRANSPORT_H
#define QUO_TRANSPORT_H

#include "risk/base/ranks.h"

struct quo_transport {
    struct quo_ranks ranks;
    /* Waits for all ranks to be at their end, for that many seconds at most (negative: however long). code[0] becomes the highest of all,
     * code[1] that of rank 0. false: some are still at work. */
    bool (*farewell)(int code[2], double seconds);
    void (*close)(void);     /* all were there */
    void (*abort)(int code); /* ends every rank */
};

/* false: Open MPI cannot be begun. */
typedef bool quo_transport_open(struct quo_transport *out);
#define QUO_TRANSPORT_FILE "quorate-mpi.so"
#define QUO_TRANSPORT_NAME "quo_transport_open_mpi"
#endif
