/* pricing/cmd/cluster.h -- this process among those that mpirun or srun started. The module that knows MPI is loaded then; else this process is
 * alone, and nothing of it is touched. */
#ifndef QUO_CLUSTER_H
#define QUO_CLUSTER_H

#include "pricing/cmd/cmd.h"
#include "pricing/cmd/transport.h"
#include "risk/base/hash.h"

struct quo_cluster {
    struct quo_transport transport; /* of ranks > 1 */
    int told; /* where standard error went: what other ranks than 0 say is kept, and told if they alone fail; -1 */
};

/* Who this is. Ranks other than 0 print nothing from here on. false: it was started as one of several and cannot be; told. */
bool quo_cluster_is_one_of_several(void); /* mpirun or srun started this process beside others */
bool quo_cluster_open(const struct quo_cmd *cmd, struct quo_cluster *out);
/* Whether rank 0 goes on: its status, in every rank. */
enum quo_status quo_cluster_go(const struct quo_ranks *ranks, enum quo_status status);
/* identity: a hash of what a rank works on, as hexadecimal digits. QUO_REFUSED in a rank that has another than rank 0; told. */
enum quo_status quo_cluster_same(const struct quo_ranks *ranks, const char identity[QUO_HASH_SIZE], struct quo_faults *faults);
/* Standard input is rank 0's: it is read to its end, and every rank has all of it as its own then. */
bool quo_cluster_spread_input(const struct quo_ranks *ranks);
/* The end of a run with that exit status: that of the worst rank is returned. A rank that fails where others go on ends them. */
int quo_cluster_close(struct quo_cluster *cluster, int code);
#endif
