/* pricing/drawlaw.h -- the term's payout under many draws of the model's parameters, at a cost of microseconds each.
 *
 * What the covers do to a loss does not depend on the draw: on J losses spread evenly in ln x it is tabulated once as a matrix
 * P[payout = k steps | loss_j]. A draw then needs the perils' survival at J + 1 points, one matrix product a cover and a short transform.
 * Coarse (1e-3): made for ratios between draws, to be scaled by the fine price of the point estimate.     [methods: draws] */
#ifndef QUO_DRAWLAW_H
#define QUO_DRAWLAW_H

#include "pricing/policylaw.h"

struct quo_drawlaw;

/* fine: the policy's law at the point estimate (clauses, false alarms and limits are taken from it); hazard: the point estimate's. All
 * arguments must outlive the result. Immutable afterwards: threads share it, each with a workspace of its own. */
enum quo_status quo_drawlaw_new(const struct quo_engine *engine, const struct quo_policy *policy,
                                const struct quo_policylaw *fine, const struct quo_hazard hazard[QUO_PERILS],
                                struct quo_drawlaw **out);
void quo_drawlaw_free(struct quo_drawlaw *law);
/* The law of the term's payout if these were the hazards; the caller frees it. draw: of the market's loss, -1: the point estimate. */
enum quo_status quo_drawlaw_annual(const struct quo_drawlaw *law, const struct quo_hazard hazard[QUO_PERILS], long draw,
                                   struct quo_workspace *workspace, struct quo_lattice *annual);
#endif
