/* risk/perils/calibrate_sim.h -- the simulated period of calibrate.c, and the statistics that publications print of it. */
#ifndef QUO_CALIBRATE_SIM_H
#define QUO_CALIBRATE_SIM_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"

enum quo_calibrate_sim_group {
    QUO_CALIBRATE_SIM_INFRASTRUCTURE,
    QUO_CALIBRATE_SIM_CODE,
    QUO_CALIBRATE_SIM_OTHER,
    QUO_CALIBRATE_SIM_GROUPS
};

struct quo_calibrate_sim_law {
    double mean[QUO_CALIBRATE_SIM_GROUPS]; /* incidents a period */
    double meanlog[QUO_CALIBRATE_SIM_GROUPS], sdlog[QUO_CALIBRATE_SIM_GROUPS];
    double floor;
    double state_a, state_b; /* P[state | x] = 1/(1 + exp(-(a + b ln x))) */
};
/* One simulated period. */
struct quo_calibrate_sim_period {
    double count[QUO_CALIBRATE_SIM_GROUPS], total[QUO_CALIBRATE_SIM_GROUPS];
    double median, largest, second;            /* NaN with fewer than one, one, two incidents */
    double state_count, state_total;           /* incidents attributed to a state, as drawn */
    double state_count_mean, state_total_mean; /* their means given the sizes */
};
/* out[n]. The same seed gives the same uniforms whatever the law: common random numbers. Parallel; the same for any number of threads. */
enum quo_status quo_calibrate_sim_run(const struct quo_calibrate_sim_law *law, uint64_t seed, size_t n,
                                      struct quo_calibrate_sim_period *out);
/* The statistic a publication names, of that period; NaN if it is none that this model has. Known: incidents, incident_share, loss_total,
 * loss_share (scopes all, infrastructure, code, other vectors, state_actor, all but the two largest), loss_median, loss_mean,
 * mean_to_median, loss_share_two_largest, loss_two_largest, loss_largest, loss_second_largest, state_operations. */
double quo_calibrate_sim_statistic(const struct quo_calibrate_sim_period *period, const char *statistic,
                                   const char *scope);
#endif
