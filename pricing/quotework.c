#include "pricing/quotework.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/alternative.h"
#include "pricing/basisrisk.h"
#include "pricing/crew.h"
#include "pricing/resolution.h"

#define WORKERS 2
#define DOUBLED_MOST 3

/* One quote on its way. */
struct work {
    struct quo_quote *quote;
    const struct quo_quote_options *options;
    struct quo_quotework *out;
    struct quo_price_input input;
    struct quo_alternative_tools tools[WORKERS]; /* one memory, a workspace each */
    size_t effects; /* the batch that makes the next */
    struct quo_relativity *effect;
    struct quo_policylaw half; /* the law at half the resolution, where the price has none; empty: none was made */
    struct quo_resolution typical_at;
    double typical_pure;
    size_t typical_filled;
};

/* ---- tasks ---- */

static enum quo_status draw_effects(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    (void)worker;
    return quo_price_effects(&w->input, &w->effect);
}

/* It writes other fields of the price than what goes on meanwhile reads. */
static enum quo_status draw_prices(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    (void)worker;
    return quo_price_uncertainty(&w->input, w->effect, &w->out->price);
}

static enum quo_status typical(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    return quo_alternative_typical(w->quote, w->typical_at, &w->tools[worker], &w->typical_pure, &w->typical_filled);
}

/* Peril i: its mean loss, and where it is covered its payouts. */
static enum quo_status one_peril(void *context, size_t i, int worker)
{
    struct work *w = context;
    struct quo_hazard *hazard = &w->quote->hazard[i];
    (void)worker;
    if (!hazard->present)
        return QUO_OK;
    hazard->mean_loss = quo_loss_mean(&hazard->loss);
    if (!isfinite(hazard->mean_loss))
        return QUO_DOMAIN;
    return quo_policylaw_prepare(w->quote->engine, w->quote->policy, w->quote->score, w->quote->hazard,
                                 w->quote->resolution, w->tools[0].memo, (enum quo_peril)i);
}

enum { WITHOUT_CLAUSE, BASIS_RISK, BESIDES };

/* What hangs on the payouts, and not on the law. */
static enum quo_status beside(void *context, size_t i, int worker)
{
    struct work *w = context;
    if (i == WITHOUT_CLAUSE)
        return quo_alternative_without_clause(w->quote, &w->tools[worker], &w->out->pure_without_clause);
    return quo_basisrisk_of(w->quote, NULL, w->tools[0].memo, &w->quote->basis);
}

/* ---- the errand ---- */

/* How far the law may be off, by one half as fine. */
static enum quo_status state_error(struct work *w, const struct quo_policylaw **half)
{
    struct quo_quote *quote = w->quote;
    const struct quo_price *price = &w->out->price;
    enum quo_status status = QUO_OK;
    *half = price->half.annual.n ? &price->half : &w->half;
    if (*half == &w->half)
        status = quo_policylaw_remembered(quote->engine, quote->policy, quote->score, quote->hazard,
                                          quo_resolution_half(quote->resolution), quote->seed, w->tools[0].workspace,
                                          w->tools[0].memo, &w->half);
    if (status == QUO_OK)
        quote->discretisation_error =
            quo_resolution_error(&price->law, *half) + quo_resolution_unseen(quote->engine, quote->policy);
    return status;
}

/* Of the typical answers there is a law of half the resolution, set right by what that does to the quote's own. */
static void take_typical(struct work *w, const struct quo_policylaw *half)
{
    const struct quo_quote *quote = w->quote;
    double risk, credit;
    if (w->typical_filled == 0)
        return;
    const double coarse = half ? quo_price_pure(&quote->policy->terms, half, quote->term_years, &risk, &credit) : 0.0;
    w->out->pure_typical = w->typical_pure * (coarse > 0.0 ? w->out->price.pure / coarse : 1.0);
    w->quote->n_unanswered = w->typical_filled;
}

/* Where the stated error is above what was asked for: how far a law of twice the resolution is from this one. The difference from the half is
 * a bound with much to spare, this one is the error itself but for a quarter. A simulated term is left: no resolution takes its error away. */
static enum quo_status look_closer(struct work *w, bool *enough)
{
    struct quo_quote *quote = w->quote;
    const struct quo_policylaw *law = &w->out->price.law;
    const double error = w->options->error;
    const double unseen = quo_resolution_unseen(quote->engine, quote->policy); /* and not taken away by any doubling */
    *enough = law->shared_events || !(quote->discretisation_error - unseen > error);
    if (*enough)
        return QUO_OK;
    struct quo_policylaw twice = {0};
    const enum quo_status status = quo_policylaw_remembered(quote->engine, quote->policy, quote->score, quote->hazard,
                                                            quo_resolution_doubled(quote->resolution), quote->seed,
                                                            w->tools[0].workspace, w->tools[0].memo, &twice);
    if (status)
        return status;
    const double tvar = quo_measure_tvar(0.99, &law->annual);
    const double off =
        fmax(4.0 / 3.0 * quo_resolution_error(&twice, law), quo_resolution_between_points(0.99, tvar, &law->annual));
    quo_policylaw_free(&twice);
    *enough = off <= error;
    quote->discretisation_error = fmin(quote->discretisation_error, off + unseen + quo_resolution_folded(law));
    return QUO_OK;
}

static size_t offer_typical(struct work *w, struct quo_crew *crew)
{
    w->typical_at = w->quote->resolution;
    if (w->options->halved) {
        w->typical_at = quo_resolution_half(w->quote->resolution);
        w->typical_at.table_nodes = 2 * w->quote->resolution.table_nodes / 3; /* no other law tells what fewer do */
    }
    return quo_crew_offer(crew, typical, w, 1);
}

/* The price at the quote's resolution and all that stands beside it; the typical answers' price is on its way. */
static enum quo_status at_resolution(struct work *w, struct quo_crew *crew, size_t typical_batch)
{
    struct quo_quote *quote = w->quote;
    const struct quo_policylaw *half = NULL;
    const bool market = quo_basisrisk_market_cover(quote->policy) < quote->policy->n_covers;
    enum quo_status status = quo_crew_wait(crew, quo_crew_offer(crew, one_peril, w, QUO_PERILS));
    if (status)
        return status;
    const size_t besides = quo_crew_offer(crew, beside, w, market ? BASIS_RISK : BESIDES);
    status = quo_price_law(&w->input, &w->out->price);
    const enum quo_status of_effects = quo_crew_wait(crew, w->effects);
    status = status ? status : of_effects;
    const size_t draws = status == QUO_OK ? quo_crew_offer(crew, draw_prices, w, 1) : 0;
    if (status == QUO_OK && market)
        status = quo_basisrisk_of(quote, &w->out->price.law, w->tools[0].memo, &quote->basis);
    if (status == QUO_OK && w->options->halved)
        status = state_error(w, &half);
    const enum quo_status of_besides = quo_crew_wait(crew, besides), of_typical = quo_crew_wait(crew, typical_batch),
                          of_draws = draws ? quo_crew_wait(crew, draws) : QUO_OK;
    status = status ? status : of_besides ? of_besides : of_typical ? of_typical : of_draws;
    if (status == QUO_OK)
        take_typical(w, half);
    quo_policylaw_free(&w->half);
    return status;
}

static enum quo_status all(struct work *w, struct quo_crew *crew)
{
    struct quo_quote *quote = w->quote;
    const struct quo_engine *engine = quote->engine;
    const struct quo_protocol *protocol = quote->policy->protocol;
    w->effects = quo_crew_offer(crew, draw_effects, w, 1);
    size_t typical_batch = offer_typical(w, crew);
    quo_hazard_weights(engine->model, engine->model->exposure_reference, quote->policy->inception, quote->weight_reference);
    quo_hazard_weights(engine->model, protocol->exposure_usd, quote->policy->inception, quote->weight);
    enum quo_status status = quo_score_parts(protocol, engine->scale, quote->weight,
                                             w->options->shown ? QUO_SCORE_SETS | QUO_SCORE_DOMAINS : 0, &quote->score);
    if (status == QUO_OK)
        status = quo_hazard_laws(engine->model, protocol, quote->score, quote->policy->inception, -1, quote->hazard);
    w->input.score = quote->score;
    for (int doubled = 0; status == QUO_OK; doubled++) {
        bool enough = true;
        status = at_resolution(w, crew, typical_batch);
        if (status == QUO_OK && w->options->error > 0.0)
            status = look_closer(w, &enough);
        if (status || enough || !w->options->refined || doubled == DOUBLED_MOST)
            break;
        quo_price_free(&w->out->price);
        quote->resolution = quo_resolution_doubled(quote->resolution);
        typical_batch = offer_typical(w, crew);
    }
    return status;
}

enum quo_status quo_quotework_do(struct quo_quote *quote, const struct quo_quote_options *options,
                                 struct quo_quotework *out)
{
    struct work w = {.quote = quote, .options = options, .out = out};
    struct quo_crew crew;
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    memset(out, 0, sizeof *out);
    out->pure_without_clause = out->pure_typical = NAN;
    quote->resolution = quo_resolution_first(quote->engine, quote->policy);
    quote->discretisation_error = NAN;
    for (int i = 0; i < WORKERS; i++)
        w.tools[i] = (struct quo_alternative_tools){quo_workspace_new(), memo};
    w.input = (struct quo_price_input){.engine = quote->engine,
                                       .policy = quote->policy,
                                       .hazard = quote->hazard,
                                       .draws = options->draws,
                                       .seed = quote->seed,
                                       .workspace = w.tools[0].workspace,
                                       .memo = memo,
                                       .resolution = &quote->resolution,
                                       .halved = options->halved};
    enum quo_status status = QUO_MACHINE;
    if (memo && w.tools[0].workspace && w.tools[1].workspace) {
        quo_payoutmemo_share(memo);
        quo_crew_begin(&crew, true);
        status = all(&w, &crew);
        quo_crew_end(&crew);
    }
    for (int i = 0; i < WORKERS; i++)
        quo_workspace_free(w.tools[i].workspace);
    quo_payoutmemo_free(memo);
    free(w.effect);
    if (status)
        quo_price_free(&out->price);
    return status;
}
