#include "pricing/alternative.h"

#include <string.h>

#include "pricing/price.h"

static enum quo_status pure_of(const struct quo_quote *quote, const struct quo_policy *policy,
                               const struct quo_score *score, const struct quo_hazard *hazard,
                               struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                               const struct quo_policylaw *like, double *pure)
{
    struct quo_policylaw law;
    const enum quo_status status =
        quo_policylaw_reclaused(quote->engine, policy, score, hazard, resolution, quote->seed, tools->workspace,
                                tools->memo, like, &law);
    if (status)
        return status;
    double risk, credit;
    *pure = quo_price_pure(&policy->terms, &law, quote->term_years, &risk, &credit);
    quo_policylaw_free(&law);
    return QUO_OK;
}

enum quo_status quo_alternative_without_clause(const struct quo_quote *quote, const struct quo_score *score,
                                               const struct quo_policylaw *with,
                                               const struct quo_alternative_tools *tools, double *pure)
{
    struct quo_policy plain = *quote->policy;
    if (plain.clauses.state_actor == QUO_CLAUSE_NONE)
        return QUO_OK;
    plain.clauses.state_actor = QUO_CLAUSE_NONE;
    return pure_of(quote, &plain, score, quote->hazard, quote->resolution, tools, with, pure);
}

enum quo_status quo_alternative_typical(const struct quo_quote *quote, struct quo_alternative *out)
{
    const struct quo_engine *engine = quote->engine;
    memset(out, 0, sizeof *out);
    enum quo_status status =
        quo_typical_fill(quote->policy->protocol, engine->market, engine->catalogue->n_controls, &out->typical);
    if (status || out->typical.n_filled == 0)
        return status;
    out->policy = *quote->policy;
    out->policy.protocol = &out->typical.protocol;
    struct quo_relativity factor[QUO_PERILS];
    status = quo_score_relativities(&out->typical.protocol, engine->scale, factor);
    if (status)
        return status;
    out->score.experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    quo_score_put(&out->score, factor);
    return quo_hazard_laws(engine->model, out->policy.protocol, &out->score, out->policy.inception, -1, out->hazard);
}

void quo_alternative_free(struct quo_alternative *alternative) { quo_typical_free(&alternative->typical); }

enum quo_status quo_alternative_prepare(const struct quo_quote *quote, const struct quo_alternative *alternative,
                                        struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                                        enum quo_peril peril)
{
    if (alternative->typical.n_filled == 0)
        return QUO_OK;
    return quo_policylaw_prepare(quote->engine, &alternative->policy, &alternative->score, alternative->hazard,
                                 resolution, tools->memo, peril);
}

enum quo_status quo_alternative_price(const struct quo_quote *quote, const struct quo_alternative *alternative,
                                      struct quo_resolution resolution, const struct quo_alternative_tools *tools,
                                      double *pure)
{
    if (alternative->typical.n_filled == 0)
        return QUO_OK;
    return pure_of(quote, &alternative->policy, &alternative->score, alternative->hazard, resolution, tools, NULL, pure);
}
