/* pricing/basisrisk.h -- basis risk of a quote: how well the payout follows the loss.                  [methods: basis] */
#ifndef QUO_BASISRISK_H
#define QUO_BASISRISK_H

#include "pricing/policylaw.h"
#include "pricing/quote.h"

/* Over all covers whose index is the insured's own loss in money or a share of it. Where there is none, of the cover of the market's
 * loss with the largest event limit; where there is none of these either, out->known is false. memo: may have the tables already. law: looked at for a
 * cover of the market's loss alone. */
enum quo_status quo_basisrisk_of(const struct quo_quote *quote, const struct quo_policylaw *law,
                                 struct quo_payoutmemo *memo, struct quo_basis_risk *out);
/* The cover of the market's loss with the largest event limit; n_covers where there is none. */
size_t quo_basisrisk_market_cover(const struct quo_policy *policy);
#endif
