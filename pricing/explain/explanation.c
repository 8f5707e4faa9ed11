#include "pricing/explain/explanation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum quo_status all_designs(const struct quo_quote *quote, struct quo_explanation *out)
{
    const struct quo_policy *policy = quote->policy;
    enum quo_status status = QUO_OK;
    out->design = calloc(policy->n_covers, sizeof *out->design);
    if (!out->design)
        return QUO_MACHINE;
    out->n_designs = policy->n_covers;
    for (size_t c = 0; c < policy->n_covers && status == QUO_OK; c++)
        if (quo_design_movable(&policy->cover[c]))
            status = quo_design_of(quote, c, &out->design[c]);
    return status;
}

enum quo_status quo_explanation_of(const struct quo_quote *quote, const struct quo_explanation_wants *wants,
                                   struct quo_explanation *out)
{
    memset(out, 0, sizeof *out);
    out->worth.unpriced = -1;
    enum quo_status status = wants->design ? all_designs(quote, out) : QUO_OK;
    if (status == QUO_OK && wants->rivals) {
        quo_pool_init(&out->pool, quo_rivals_amount(quote));
        if (!isnan(wants->pool_capacity))
            out->pool.capacity = wants->pool_capacity;
        if (!isnan(wants->pool_used))
            out->pool.used = wants->pool_used;
        quo_rivals_of(quote, &out->pool, out->rival);
        out->has_rivals = true;
    }
    if (status == QUO_OK && wants->worth) {
        status = quo_worth_of(quote, &out->worth);
        out->has_worth = status == QUO_OK;
    }
    if (status) {
        const struct quo_worth tried = out->worth;
        quo_explanation_free(out);
        out->worth.unpriced = tried.unpriced;
        out->worth.unpriced_best = tried.unpriced_best;
    }
    return status;
}

void quo_explanation_free(struct quo_explanation *explanation)
{
    free(explanation->design);
    quo_worth_free(&explanation->worth);
    memset(explanation, 0, sizeof *explanation);
}
