/* pricing/explain/explanation.h -- what a quote says beyond its price, as far as it was asked for. */
#ifndef QUO_EXPLANATION_H
#define QUO_EXPLANATION_H

#include "pricing/explain/design.h"
#include "pricing/explain/rivals.h"
#include "pricing/explain/worth.h"

struct quo_explanation_wants {
    bool design, rivals, worth;
    double pool_capacity, pool_used; /* NaN: quo_pool_init's */
};

struct quo_explanation {
    struct quo_design
        *design; /* design[n_designs], one a cover in the policy's order; n = 0 where its index cannot be moved */
    size_t n_designs;
    bool has_rivals;
    struct quo_pool pool;
    struct quo_rival rival[QUO_RIVALS];
    bool has_worth;
    struct quo_worth worth;
};

/* Where it fails it holds nothing but worth.unpriced, of the control whose answer has no price (-1: another thing has none). */
enum quo_status quo_explanation_of(const struct quo_quote *quote, const struct quo_explanation_wants *wants,
                                   struct quo_explanation *out);
void quo_explanation_free(struct quo_explanation *explanation); /* the contents */
#endif
