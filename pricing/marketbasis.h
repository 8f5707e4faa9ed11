/* pricing/marketbasis.h -- basis risk of a cover of the market's loss: how well it follows the insured's own loss.
 *
 * The insured is one of the market: in a window the index is what all others lose (one market-average protocol of its size left out)
 * plus what the insured loses under its own controls, times the reporting error. Both laws are on lattices; given the own loss, the
 * payout's law is a shifted sum over the others'. No sampling; 1e-3 of each number.                [methods: market loss] */
#ifndef QUO_MARKETBASIS_H
#define QUO_MARKETBASIS_H

#include "pricing/policylaw.h"
#include "pricing/quote.h"

/* Basis risk of that one cover. out->known is false where nothing of it can happen. */
enum quo_status quo_marketbasis_of(const struct quo_quote *quote, const struct quo_policylaw *law, size_t cover,
                                   struct quo_basis_risk *out);
#endif
