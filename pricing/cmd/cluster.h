/* pricing/cmd/cluster.h -- this process among those that mpirun started: compiled in by `make MPI=1`, else always alone. */
#ifndef QUO_CLUSTER_H
#define QUO_CLUSTER_H

#include "pricing/portfolio/ranks.h"

/* Who this is. Ranks other than 0 print nothing from here on. */
struct quo_ranks quo_cluster_open(void);
/* The end of a run with that exit status: where it is not 0, all ranks end with it. Returns it. */
int quo_cluster_close(const struct quo_ranks *ranks, int code);
#endif
