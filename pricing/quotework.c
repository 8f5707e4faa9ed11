#include "pricing/quotework.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/aggregate/measures.h"
#include "pricing/alternative.h"
#include "pricing/basisrisk.h"
#include "pricing/price.h"
#include "pricing/resolution.h"

#define DOUBLED_MOST 3

/* One quote on its way. */
struct work {
    struct quo_quote *quote;
    const struct quo_quote_options *options;
    struct quo_quotetools *tools;
    struct quo_score priced; /* what is priced of the score: factors and caps */
    struct quo_price_input input;
    struct quo_price price;
    struct quo_policylaw half;
    struct quo_relativity *effect;
    struct quo_alternative typical;
    struct quo_resolution typical_at;
    double pure_typical, pure_without_clause; /* before expenses and the draws' load; NaN: nothing */
};

/* What was offered at one resolution. */
struct batches {
    size_t law, half, without_clause, basis, typical;
};

static struct quo_alternative_tools tools_of(struct work *w, int worker)
{
    return (struct quo_alternative_tools){w->tools->workspace[worker], w->tools->memo};
}

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
    return quo_price_uncertainty(&w->input, w->effect, &w->price);
}

/* What a page shows of the score takes many times as long as what is priced of it, and nothing waits for it but the quote's last part. */
static enum quo_status score(void *context, size_t i, int worker)
{
    struct work *w = context;
    struct quo_quote *quote = w->quote;
    const struct quo_model *model = quote->engine->model;
    const struct quo_protocol *protocol = quote->policy->protocol;
    (void)i;
    (void)worker;
    quo_hazard_weights(model, model->exposure_reference, quote->policy->inception, quote->weight_reference);
    quo_hazard_weights(model, protocol->exposure_usd, quote->policy->inception, quote->weight);
    return quo_score_valued(protocol, quote->engine->scale, quote->weight, model, quote->policy->inception,
                            w->options->shown ? QUO_SCORE_SETS | QUO_SCORE_DOMAINS : 0, &quote->score);
}

static enum quo_status hazards(void *context, size_t i, int worker)
{
    struct work *w = context;
    struct quo_quote *quote = w->quote;
    const struct quo_engine *engine = quote->engine;
    const struct quo_protocol *protocol = quote->policy->protocol;
    struct quo_relativity factor[QUO_PERILS];
    (void)i;
    (void)worker;
    const enum quo_status status = quo_score_relativities(protocol, engine->scale, factor);
    if (status)
        return status;
    w->priced.experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    quo_score_put(&w->priced, factor);
    return quo_hazard_laws(engine->model, protocol, &w->priced, quote->policy->inception, -1, quote->hazard);
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
    return quo_policylaw_prepare(w->quote->engine, w->quote->policy, &w->priced, w->quote->hazard, w->quote->resolution,
                                 w->tools->memo, (enum quo_peril)i);
}

static enum quo_status price_law(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    w->input.workspace = w->tools->workspace[worker];
    return quo_price_law(&w->input, &w->price);
}

static enum quo_status half_law(void *context, size_t i, int worker)
{
    struct work *w = context;
    const struct quo_quote *quote = w->quote;
    (void)i;
    return quo_policylaw_half(quote->engine, quote->policy, &w->priced, quote->hazard, quote->resolution, quote->seed,
                              w->tools->workspace[worker], w->tools->memo, &w->half);
}

static enum quo_status without_clause(void *context, size_t i, int worker)
{
    struct work *w = context;
    const struct quo_alternative_tools tools = tools_of(w, worker);
    (void)i;
    return quo_alternative_without_clause(w->quote, &w->priced, &w->price.law, &tools, &w->pure_without_clause);
}

static enum quo_status basis(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    (void)worker;
    return quo_basisrisk_of(w->quote, &w->price.law, w->tools->memo, &w->quote->basis);
}

static enum quo_status typical(void *context, size_t i, int worker)
{
    struct work *w = context;
    (void)i;
    (void)worker;
    return quo_alternative_typical(w->quote, &w->typical);
}

static enum quo_status typical_peril(void *context, size_t i, int worker)
{
    struct work *w = context;
    const struct quo_alternative_tools tools = tools_of(w, worker);
    return quo_alternative_prepare(w->quote, &w->typical, w->typical_at, &tools, (enum quo_peril)i);
}

static enum quo_status typical_law(void *context, size_t i, int worker)
{
    struct work *w = context;
    const struct quo_alternative_tools tools = tools_of(w, worker);
    (void)i;
    return quo_alternative_price(w->quote, &w->typical, w->typical_at, &tools, &w->pure_typical);
}

/* ---- the errand ---- */

/* How far the law may be off, by one half as fine. */
static void state_error(struct work *w)
{
    struct quo_quote *quote = w->quote;
    quote->discretisation_error =
        quo_resolution_error(&w->price.law, &w->half) + quo_resolution_unseen(quote->engine, quote->policy);
}

static double gross_of(const struct quo_quote *quote, double pure)
{
    return isnan(pure) ? NAN : quo_load_gross(&quote->policy->terms, pure + quote->model_uncertainty_load).gross;
}

/* Of the typical answers there is a law of half the resolution, set right by what that does to the quote's own. */
static void take_alternatives(struct work *w)
{
    struct quo_quote *quote = w->quote;
    double risk, credit, pure = NAN;
    if (w->typical.typical.n_filled > 0) {
        const double coarse =
            w->options->halved ? quo_price_pure(&quote->policy->terms, &w->half, quote->term_years, &risk, &credit) : 0.0;
        pure = w->pure_typical * (coarse > 0.0 ? w->price.pure / coarse : 1.0);
    }
    quote->n_unanswered = w->typical.typical.n_filled;
    quote->gross_typical = gross_of(quote, pure);
    quote->gross_without_clause = gross_of(quote, w->pure_without_clause);
}

/* Where the stated error is above what was asked for: how far a law of twice the resolution is from this one. The difference from the half is
 * a bound with much to spare, this one is the error itself but for a quarter. A simulated term is left: no resolution takes its error away. */
static enum quo_status look_closer(struct work *w, bool *enough)
{
    struct quo_quote *quote = w->quote;
    const struct quo_policylaw *law = &w->price.law;
    const double error = w->options->error;
    const double unseen = quo_resolution_unseen(quote->engine, quote->policy); /* and not taken away by any doubling */
    *enough = law->shared_events || !(quote->discretisation_error - unseen > error);
    if (*enough)
        return QUO_OK;
    struct quo_policylaw twice = {0};
    const enum quo_status status = quo_policylaw_remembered(quote->engine, quote->policy, &w->priced, quote->hazard,
                                                            quo_resolution_doubled(quote->resolution), quote->seed,
                                                            w->tools->workspace[0], w->tools->memo, &twice);
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

/* All at one resolution, what takes longest or is waited for first. */
static struct batches offer(struct work *w, size_t hazards_batch, size_t typical_batch)
{
    struct quo_crew *crew = &w->tools->crew;
    const bool market = quo_basisrisk_market_cover(w->quote->policy) < w->quote->policy->n_covers;
    struct batches b;
    w->typical_at = w->quote->resolution;
    if (w->options->halved) {
        w->typical_at = quo_resolution_half(w->quote->resolution);
        w->typical_at.table_nodes = 2 * w->quote->resolution.table_nodes / 3; /* no other law tells what fewer do */
    }
    const size_t perils = quo_crew_offer(crew, one_peril, w, QUO_PERILS, hazards_batch);
    const size_t typical_perils = quo_crew_offer(crew, typical_peril, w, QUO_PERILS, typical_batch);
    b.law = quo_crew_offer(crew, price_law, w, 1, perils);
    b.half = quo_crew_offer(crew, half_law, w, w->options->halved ? 1 : 0, perils);
    b.without_clause = quo_crew_offer(crew, without_clause, w, 1, b.law);
    b.basis = quo_crew_offer(crew, basis, w, 1, market ? b.law : perils);
    b.typical = quo_crew_offer(crew, typical_law, w, 1, typical_perils);
    return b;
}

static enum quo_status wait_for_others(struct quo_crew *crew, const struct batches *b)
{
    const enum quo_status of_clause = quo_crew_wait(crew, b->without_clause), of_basis = quo_crew_wait(crew, b->basis),
                          of_typical = quo_crew_wait(crew, b->typical);
    return of_clause ? of_clause : of_basis ? of_basis : of_typical;
}

/* The law and its error, with the resolution doubled until that is small enough; the others of the last resolution may be on their way. */
static enum quo_status settle(struct work *w, size_t hazards_batch, size_t typical_batch, struct batches *b)
{
    struct quo_crew *crew = &w->tools->crew;
    for (int doubled = 0;; doubled++) {
        bool enough = true;
        *b = offer(w, hazards_batch, typical_batch);
        const enum quo_status of_law = quo_crew_wait(crew, b->law), of_half = quo_crew_wait(crew, b->half);
        enum quo_status status = of_law ? of_law : of_half;
        if (status == QUO_OK && w->options->halved)
            state_error(w);
        if (status == QUO_OK && w->options->error > 0.0)
            status = look_closer(w, &enough);
        if (status || enough || !w->options->refined || doubled == DOUBLED_MOST)
            return status;
        status = wait_for_others(crew, b); /* they look at the resolution */
        if (status)
            return status;
        quo_price_free(&w->price);
        quo_policylaw_free(&w->half);
        w->quote->resolution = quo_resolution_doubled(w->quote->resolution);
    }
}

static enum quo_status all(struct work *w)
{
    struct quo_crew *crew = &w->tools->crew;
    struct batches b;
    const size_t effects = quo_crew_offer(crew, draw_effects, w, w->options->draws > 0 ? 1 : 0, QUO_CREW_AT_ONCE);
    const size_t hazards_batch = quo_crew_offer(crew, hazards, w, 1, QUO_CREW_AT_ONCE);
    const size_t typical_batch = quo_crew_offer(crew, typical, w, 1, QUO_CREW_AT_ONCE);
    const size_t score_batch = quo_crew_offer(crew, score, w, 1, QUO_CREW_AT_ONCE);
    enum quo_status status = settle(w, hazards_batch, typical_batch, &b);
    if (status == QUO_OK)
        status = quo_crew_wait(crew, effects);
    if (status == QUO_OK)
        status = quo_crew_wait(crew, quo_crew_offer(crew, draw_prices, w, 1, QUO_CREW_AT_ONCE));
    if (status == QUO_OK)
        status = quo_crew_wait(crew, score_batch);
    if (status == QUO_OK)
        status = quo_quote_explain(w->quote, &w->price, NULL, 1.0); /* the others may still be on their way */
    if (status == QUO_OK)
        status = wait_for_others(crew, &b);
    if (status == QUO_OK)
        take_alternatives(w);
    return status;
}

enum quo_status quo_quotework_do(struct quo_quote *quote, const struct quo_quote_options *options,
                                 struct quo_quotetools *tools)
{
    struct work *w = malloc(sizeof *w);
    if (!w)
        return QUO_MACHINE;
    *w = (struct work){.quote = quote, .options = options, .tools = tools, .pure_typical = NAN, .pure_without_clause = NAN};
    quote->resolution = quo_resolution_first(quote->engine, quote->policy);
    quote->discretisation_error = NAN;
    w->input = (struct quo_price_input){.engine = quote->engine,
                                        .policy = quote->policy,
                                        .score = &w->priced,
                                        .hazard = quote->hazard,
                                        .draws = options->draws,
                                        .seed = quote->seed,
                                        .memo = tools->memo,
                                        .resolution = &quote->resolution,
                                        .bounded = options->halved};
    for (int i = 0; i < QUO_QUOTEWORK_WORKERS; i++) {
        quo_workspace_tune(tools->workspace[i], 0, 0.0);
        quo_workspace_allow(tools->workspace[i], 0.0);
    }
    const enum quo_status status = all(w);
    quo_crew_round(&tools->crew);
    quo_payoutmemo_clear(tools->memo);
    quo_alternative_free(&w->typical);
    quo_policylaw_free(&w->half);
    quo_price_free(&w->price);
    free(w->effect);
    free(w);
    return status;
}
