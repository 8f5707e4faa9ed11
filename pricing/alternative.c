#include "pricing/alternative.h"

#include "pricing/price.h"
#include "risk/controls/typical.h"

static enum quo_status pure_of(const struct quo_quote *quote, const struct quo_policy *policy,
                               const struct quo_score *score, const struct quo_hazard *hazard,
                               struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                               double *pure)
{
    struct quo_policylaw law;
    const enum quo_status status = quo_policylaw_remembered(quote->engine, policy, score, hazard, resolution,
                                                            quote->seed, tools->workspace, tools->memo, &law);
    if (status)
        return status;
    double risk, credit;
    *pure = quo_price_pure(&policy->terms, &law, quote->term_years, &risk, &credit);
    quo_policylaw_free(&law);
    return QUO_OK;
}

enum quo_status quo_alternative_without_clause(const struct quo_quote *quote, const struct quo_alternative_tools *tools,
                                               double *pure)
{
    struct quo_policy plain = *quote->policy;
    if (plain.clauses.state_actor == QUO_CLAUSE_NONE)
        return QUO_OK;
    plain.clauses.state_actor = QUO_CLAUSE_NONE;
    return pure_of(quote, &plain, quote->score, quote->hazard, quote->resolution, tools, pure);
}

enum quo_status quo_alternative_typical(const struct quo_quote *quote, struct quo_resolution resolution,
                                        const struct quo_alternative_tools *tools, double *pure, size_t *filled)
{
    const struct quo_engine *engine = quote->engine;
    struct quo_typical typical;
    enum quo_status status =
        quo_typical_fill(quote->policy->protocol, engine->market, engine->catalogue->n_controls, &typical);
    *filled = status ? 0 : typical.n_filled;
    if (*filled == 0) {
        quo_typical_free(&typical);
        return status;
    }
    struct quo_policy policy = *quote->policy;
    policy.protocol = &typical.protocol;
    struct quo_score score = {.experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape")}; /* and factors: no more is priced */
    struct quo_relativity factor[QUO_PERILS];
    struct quo_hazard hazard[QUO_PERILS];
    status = quo_score_relativities(&typical.protocol, engine->scale, factor);
    if (status == QUO_OK) {
        quo_score_put(&score, factor);
        status = quo_hazard_laws(engine->model, policy.protocol, &score, policy.inception, -1, hazard);
    }
    if (status == QUO_OK)
        status = pure_of(quote, &policy, &score, hazard, resolution, tools, pure);
    quo_typical_free(&typical);
    return status;
}
