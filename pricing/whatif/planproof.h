/* pricing/whatif/planproof.h -- branch and bound with bounds that hold whatever the changes do together: what is left out was shown to hold
 * nothing better.                                                                                    [methods: proofs] */
#ifndef QUO_PLANPROOF_H
#define QUO_PLANPROOF_H

#include "pricing/whatif/planscore.h"

struct quo_planproof;
/* Tables of every peril under the changes: good for many searches of one goal. QUO_REFUSED: the goal, the policy or the changes are beyond these
 * bounds (periltable.h says how many changes; planproof.c what policy). The values must outlive it. */
enum quo_status quo_planproof_new(struct quo_values *values, enum quo_goal goal, struct quo_planproof **out);
void quo_planproof_free(struct quo_planproof *proof);
/* From the best that score holds on: what beats it, or no better is shown to be. score->best.exact is set where the search ended. */
enum quo_status quo_planproof_run(struct quo_planproof *proof, struct quo_planscore *score);
/* Where it was cut: no set within the budget measures less, of a target none that reaches it costs less. From the first nodes alone. */
enum quo_status quo_planproof_bound(struct quo_planproof *proof, const struct quo_planscore *score, double *bound);
#endif
