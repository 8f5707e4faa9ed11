/* pricing/sharedlaw.h -- the term's payout of a policy in which one event can touch several covers: by simulation.
 *
 * A peril in two covers makes their payouts move together, and each cover has annual terms of its own: there is no transform for that.
 * Addressed random numbers: the same result for any number of threads. The mean before the overall limit is not simulated: it is the
 * sum of the covers' exact means, to which the chances of the simulated payouts are scaled.            [methods: shared events] */
#ifndef QUO_SHAREDLAW_H
#define QUO_SHAREDLAW_H

#include "pricing/policylaw.h"

/* Terms simulated: the relative standard error of the mean of a policy that pays once in 50 terms is then 1.2 %. */
#define QUO_SHAREDLAW_TERMS 400000

/* law: the covers' own laws, joined as if independent; its annual law, no_payout and simulation_error are replaced. */
enum quo_status quo_sharedlaw_simulate(const struct quo_model *model, const struct quo_policy *policy,
                                       const struct quo_hazard *hazard, uint64_t seed, struct quo_policylaw *law);
#endif
