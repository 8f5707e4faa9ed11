/* pricing/portfolio/accumulate.h -- what hangs on one vendor, organisation, bridge, chain, peril or cause. Inside of the portfolio. */
#ifndef QUO_ACCUMULATE_H
#define QUO_ACCUMULATE_H

#include "pricing/portfolio/portfolio.h"
#include "pricing/portfolio/tally.h"

/* Fills the portfolio's accumulations from its contributions and from the sums over all years, those above the VaR, and at it. By kind,
 * then by contribution to the tail, the largest first. */
enum quo_status quo_accumulate(const struct quo_shocks *shocks, const struct quo_tally *all,
                               const struct quo_tally *above, const struct quo_tally *at,
                               struct quo_portfolio *portfolio);
/* What a tie's name is: "cloud:aws", "org:foundation", "bridge:wormhole", "chain:ethereum". */
enum quo_accumulation_kind quo_accumulation_kind_of(const char *name);
const char *quo_accumulation_name(const char *name); /* without its kind: "aws" */
#endif
