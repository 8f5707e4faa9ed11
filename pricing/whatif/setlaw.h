/* pricing/whatif/setlaw.h -- the gross premium and the expected loss under any set of changes, from parts that sets share.
 *
 * A change reaches few perils. Each peril's rate and loss law is worked out once for every set of the changes that reach it (setparts.h),
 * the spectrum of its payout once for every loss law, and a set is then a product of spectra, one inverse transform for each cover, and
 * the loads: nothing is read, nothing allocated. The lattice is that of a quote, the result the quote's but for rounding (1e-9).
 *                                                                                                      [methods: sets] */
#ifndef QUO_SETLAW_H
#define QUO_SETLAW_H

#include "pricing/whatif/setparts.h"

struct quo_setlaw;
/* One a thread; engine and variants must outlive it. QUO_REFUSED: more changes than parts can tell apart. */
enum quo_status quo_setlaw_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               struct quo_setlaw **out);
void quo_setlaw_free(struct quo_setlaw *law);
const struct quo_setreach *quo_setlaw_reach(const struct quo_setlaw *law);
/* Unrounded. QUO_REFUSED: a price that is no product of laws (a peril in two covers, an uncertainty load from draws) or a set that cannot
 * stand; QUO_DOMAIN as of a quote. */
enum quo_status quo_setlaw_gross(struct quo_setlaw *law, uint64_t changes, double *gross);
/* Of the term, all perils in money, before any terms, USD. */
enum quo_status quo_setlaw_loss(struct quo_setlaw *law, uint64_t changes, double *loss);
/* The overall score, to the last bit of a quote's. */
enum quo_status quo_setlaw_score(struct quo_setlaw *law, uint64_t changes, double *score);
#endif
