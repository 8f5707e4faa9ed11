/* pricing/basisrisk.h -- basis risk of a quote: how well the payout follows the loss.                  [methods: basis] */
#ifndef QUO_BASISRISK_H
#define QUO_BASISRISK_H

#include "pricing/policylaw.h"
#include "pricing/quote.h"

/* Over all covers whose index is money or a share of it. Where there is none, out->known is false. */
enum quo_status quo_basisrisk_of(const struct quo_quote *quote, const struct quo_policylaw *law,
                                 struct quo_basis_risk *out);
#endif
