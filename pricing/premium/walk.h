/* pricing/premium/walk.h -- the price walk: from what the market's rates say, step by step, to the premium.
 *
 * Every step is money; together they are the gross premium to the cent (largest remainder).           [methods: walk] */
#ifndef QUO_WALK_H
#define QUO_WALK_H

#include "pricing/policylaw.h"
#include "pricing/quote.h"

/* Fills quote->step from the quote's other numbers and its law. QUO_DOMAIN if the catalogue has more domains than the walk has
 * room for. */
enum quo_status quo_walk_fill(struct quo_quote *quote, const struct quo_policylaw *law);
#endif
