/* pricing/resolution.h -- how far a law may be from the truth because of its lattice, tables and quadrature.       [methods: year] */
#ifndef QUO_RESOLUTION_H
#define QUO_RESOLUTION_H

#include "pricing/policylaw.h"

/* What a policy is priced at first, by whoever prices it: of quo_resolution_fine, with fewer nodes where each index in money has an error. */
struct quo_resolution quo_resolution_first(const struct quo_engine *engine, const struct quo_policy *policy);
/* Half the resolution: its error is of second order, so that the difference from the fine law bounds what is left there. */
struct quo_resolution quo_resolution_half(struct quo_resolution resolution);
struct quo_resolution quo_resolution_doubled(struct quo_resolution resolution);
/* How far the least of d + E[(S - d)+]/(1 - p), which is TVaR, may lie below its least over the lattice's points, relative: half a step
 * away, by the density there. Two laws can be off by the same, which their difference does not show. */
double quo_resolution_between_points(double p, double tvar, const struct quo_lattice *annual);
/* How far the part of this payout above any amount may be off because of the table: from how far each node is from the curve through its two
 * neighbours, which is the error of a table half as fine. With the payouts' rates these add up to a bound for the part of the term's
 * payout above any amount. */
double quo_resolution_table_error(const struct quo_losstable *table, enum quo_peril peril,
                                  const struct quo_perilpayout_terms *terms);
/* What no difference of two laws tells, relative: the more where a state-actor clause meets an index without error. */
double quo_resolution_unseen(const struct quo_engine *engine, const struct quo_policy *policy);
/* What folding tables with index errors leaves in laws of any resolution, relative; 0 where no bound of tables was asked for. */
double quo_resolution_folded(const struct quo_policylaw *law);
/* Whether the law on every second point, with the tables' bounds, tells all of the error. No simulation, no cover of the market's loss; and an
 * index error too small for a grid hangs on a quadrature, a clause without one on the tables' cells. */
bool quo_resolution_halves(const struct quo_engine *engine, const struct quo_policy *policy);
/* The larger of mean's and TVaR 99's, relative, seen from a coarser law of the same policy. */
double quo_resolution_error(const struct quo_policylaw *fine, const struct quo_policylaw *half);
#endif
