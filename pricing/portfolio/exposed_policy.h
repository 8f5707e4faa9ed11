/* pricing/portfolio/exposed_policy.h -- one policy as rows of a book: priced by the quote's own law, then cut into what each peril's
 * events pay and which annual limits they run through. Inside of the exposures. */
#ifndef QUO_EXPOSED_POLICY_H
#define QUO_EXPOSED_POLICY_H

#include "pricing/perilpayout.h"
#include "pricing/policylaw.h"
#include "pricing/portfolio/exposures.h"

/* The law of a policy at its protocol, contagion in the rates. The hazards are those of the policy's own inception. */
enum quo_status quo_exposed_policy_law(const struct quo_exposures *exposures, const struct quo_policy *policy,
                                       const struct quo_risk *risk, struct quo_workspace *workspace,
                                       struct quo_payoutmemo *memo, struct quo_hazard hazard[QUO_PERILS],
                                       struct quo_policylaw *law);
/* Adds the policy. */
enum quo_status quo_exposed_policy_add(struct quo_exposures *exposures, const struct quo_policy *policy, uint32_t risk,
                                       const struct quo_hazard hazard[QUO_PERILS], const struct quo_policylaw *law);
#endif
