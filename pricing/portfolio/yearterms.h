/* pricing/portfolio/yearterms.h -- the year's deductible and limit of covers and policies, used up in the order of time. */
#ifndef QUO_YEARTERMS_H
#define QUO_YEARTERMS_H

#include "pricing/portfolio/exposures.h"

/* What a node has left in the year that it was last touched in. */
struct quo_yearterms {
    uint64_t stamp; /* any number of the caller's that each year has for itself; never 0 */
    int64_t deductible, limit;
};

/* What a payment at `node` leaves after the terms of its cover, then of its policy; left[i] is that of node base + i. Cents. */
static inline int64_t quo_yearterms_pay(const struct quo_exposures *e, struct quo_yearterms *left, uint32_t base,
                                        uint64_t stamp, uint32_t node, int64_t cents)
{
    for (uint32_t at = node; at != QUO_NO_NODE && cents > 0; at = e->node[at].parent) {
        const struct quo_node *n = &e->node[at];
        struct quo_yearterms *l = &left[at - base];
        if (l->stamp != stamp)
            *l = (struct quo_yearterms){stamp, n->deductible, n->limit};
        const int64_t kept = cents < l->deductible ? cents : l->deductible;
        l->deductible -= kept;
        cents -= kept;
        cents = cents < l->limit ? cents : l->limit;
        if (l->limit != INT64_MAX)
            l->limit -= cents;
    }
    return cents;
}
#endif
