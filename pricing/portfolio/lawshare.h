/* pricing/portfolio/lawshare.h -- the laws of a batch of policies made by several ranks: each has what the others made, to the last bit. Inside of the
 * portfolio. */
#ifndef QUO_LAWSHARE_H
#define QUO_LAWSHARE_H

#include "policies/policy.h"
#include "pricing/policylaw.h"
#include "risk/base/ranks.h"

/* mine[n]: those whose outcome and law are this rank's own, every policy one rank's. The others' are filled in: of a law that which
 * quo_exposed_policy_add reads. Nothing of them is left where it fails. */
enum quo_status quo_lawshare(const struct quo_ranks *ranks, const bool *mine, const struct quo_policy *const *policy, size_t n,
                             enum quo_status *outcome, struct quo_policylaw *law);
#endif
