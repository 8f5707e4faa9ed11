/* pricing/whatif/planprice.h -- what a goal measures of many sets of changes, for a search that looks at very many: by shared parts
 * (setlaw.h), a fiftieth of a quote's time and right to 1e-8, or as quotes where parts cannot.  Inside of the planner. */
#ifndef QUO_PLANPRICE_H
#define QUO_PLANPRICE_H

#include "pricing/whatif/planner.h"

struct quo_planprice;
/* The values must outlive it. goal: QUO_GOAL_NET measures the premium alone. */
enum quo_status quo_planprice_new(struct quo_values *values, enum quo_goal goal, struct quo_planprice **out);
void quo_planprice_free(struct quo_planprice *price);
/* measure[n]: gross premium, expected loss or minus the score, not rounded; INFINITY where the changes cannot stand together. */
enum quo_status quo_planprice_many(struct quo_planprice *price, const struct quo_subset *set, size_t n,
                                   double *measure);
/* Whether parts are used; sets measured so far. */
bool quo_planprice_shared(const struct quo_planprice *price);
size_t quo_planprice_count(const struct quo_planprice *price);
#endif
