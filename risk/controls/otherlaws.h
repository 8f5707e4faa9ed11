/* risk/controls/otherlaws.h -- a signer set under the simpler laws of common causes, beside the shock groups.  [methods: otherlaws]
 *
 * Each keeps r_j = h_j + sum_{g has j} s_g q_g, the rate at which signer j falls, and gives the breach rate of signers.h, so that it
 * stands beside that of the shock groups as like beside like:
 *   independent     nobody shares a shock: own rates r_j, no groups
 *   beta factor     own rates (1 - beta) r_j and one sure shock to all at beta r, r the mean of r_j and beta the mean of the share of
 *                   r_j that comes through groups [NUREG/CR-4780]
 *   beta-binomial   at any time each is down with the mean of pi_j, two with correlation rho: the mean over pairs of
 *                   tau sum_{g has both} s_g q_g^2 over the geometric mean of pi_j (1 - pi_j). The rate is
 *                   sum_j r_j P[m - 1 or more of the others are down, given that one falls]; at rho = 0 that is the independent law
 *                   of signers who are alike, at rho = 1 all are down whenever one falls */
#ifndef QUO_OTHERLAWS_H
#define QUO_OTHERLAWS_H

#include "risk/controls/score.h"
#include "risk/controls/signers.h"

/* NaN throughout for an impossible set. */
struct quo_other_laws quo_otherlaws_of(const struct quo_signers *set);
#endif
