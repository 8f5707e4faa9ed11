#include "pricing/quote.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "pricing/aggregate/measures.h"
#include "pricing/alternative.h"
#include "pricing/basisrisk.h"
#include "pricing/clausefactor.h"
#include "pricing/premium/walk.h"
#include "pricing/price.h"
#include "pricing/resolution.h"
#include "risk/base/money.h"

static const double levels[QUO_QUOTE_LEVELS] = {0.9, 0.95, 0.99, 0.995, 0.999};

/* Fewer draws take less time than to start a thread. */
#define FEW_DRAWS 10
#define DOUBLED_MOST 3

void quo_quote_options_init(struct quo_quote_options *options)
{
    *options = (struct quo_quote_options){.draws = 50, .seed = 1, .halved = true, .shown = true, .error = 1e-6};
}

void quo_quote_free(struct quo_quote *quote)
{
    if (!quote)
        return;
    quo_score_free(quote->score);
    quo_reasons_free(&quote->reasons);
    free(quote);
}

static quo_peril_set covered_perils(const struct quo_policy *policy)
{
    quo_peril_set set = 0;
    for (size_t c = 0; c < policy->n_covers; c++)
        set |= policy->cover[c].perils;
    return set;
}

/* The measures of a law that is another's but for its unit of money. */
static void measure_alike(struct quo_quote *quote, const struct quo_quote *like, double scale)
{
    quote->payout_sd = scale * like->payout_sd;
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        quote->quantile[i] =
            (struct quo_quantile){levels[i], scale * like->quantile[i].var, scale * like->quantile[i].tvar};
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS; i++) {
        quote->exceedance_payout[i] = scale * like->exceedance_payout[i];
        quote->exceedance_probability[i] = like->exceedance_probability[i];
    }
}

static void measure(struct quo_quote *quote, const struct quo_policylaw *law)
{
    const struct quo_lattice *annual = &law->annual;
    quote->payout_sd = sqrt(quo_lattice_variance(annual));
    double var[QUO_QUOTE_LEVELS], tvar[QUO_QUOTE_LEVELS];
    quo_measure_tail(levels, QUO_QUOTE_LEVELS, annual, var, tvar);
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        quote->quantile[i] = (struct quo_quantile){levels[i], var[i], tvar[i]};
    const double top = annual->step * (double)(annual->n - 1);
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS; i++)
        quote->exceedance_payout[i] = top * i / (QUO_EXCEEDANCE_POINTS - 1);
    quo_measure_sf_many(quote->exceedance_payout, QUO_EXCEEDANCE_POINTS, annual, quote->exceedance_probability);
    quote->exceedance_probability[0] = quote->payout_probability;
}

/* Each peril's line; its payout is its share of the events' payouts, after the annual terms took theirs off all alike. */
static void peril_lines(struct quo_quote *quote, const struct quo_policylaw *law)
{
    const double kept = law->expected_events > 0.0 ? law->expected / law->expected_events : 0.0;
    const quo_peril_set covered = covered_perils(quote->policy);
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_hazard *hazard = &quote->hazard[p];
        struct quo_quote_peril *line = &quote->peril[p];
        *line = (struct quo_quote_peril){.peril = (enum quo_peril)p, .covered = covered >> p & 1u};
        if (!hazard->present)
            continue;
        line->base_rate = hazard->base_rate;
        line->exposure_factor = hazard->exposure_factor;
        line->relativity = hazard->relativity;
        line->experience = hazard->experience;
        line->rate = hazard->rate;
        line->mean_loss = hazard->mean_loss;
        line->expected_loss = hazard->rate * hazard->mean_loss * quote->term_years;
        for (size_t c = 0; c < quote->policy->n_covers; c++)
            line->expected_payout += kept * law->cover[c].peril[p].expected;
        if (quo_peril_in_hours((enum quo_peril)p) || p >= QUO_COVERED_PERILS)
            continue;
        if (quo_peril_group_of((enum quo_peril)p) == QUO_GROUP_CODE)
            quote->code_seen += line->expected_loss;
        else
            quote->code_missed += line->expected_loss;
    }
}

/* Where the stated error is above what was asked for: how far a law of twice the resolution is from this one. The difference from the half is
 * a bound with much to spare, this one is the error itself but for a quarter. A simulated term is left: no resolution takes its error away. */
static enum quo_status look_closer(struct quo_quote *quote, double error, const struct quo_policylaw *law,
                                   const struct quo_alternative_tools *tools, bool *enough)
{
    const double unseen = quo_resolution_unseen(quote->engine, quote->policy); /* and not taken away by any doubling */
    *enough = law->shared_events || !(quote->discretisation_error - unseen > error);
    if (*enough)
        return QUO_OK;
    struct quo_policylaw twice = {0};
    const enum quo_status status = quo_policylaw_remembered(quote->engine, quote->policy, quote->score, quote->hazard,
                                                            quo_resolution_doubled(quote->resolution), quote->seed,
                                                            tools->workspace, tools->memo, &twice);
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

/* What is found of a quote beside its price, before expenses and without the draws' load. NaN: nothing. */
struct beside {
    struct quo_policylaw half; /* the law at half the resolution; empty: none was made */
    double pure_without_clause, pure_typical;
};

/* A piece of a quote that another thread can do. */
struct piece {
    enum quo_status (*work)(struct piece *);
    struct quo_price_input *input;
    struct quo_price *price;
    struct quo_relativity *effect;
    const struct quo_quote *quote;
    const struct quo_alternative_tools *tools; /* of the thread that waits */
    struct quo_resolution resolution;
    double pure;
    size_t filled;
    struct quo_payoutmemo *memo; /* what was prepared */
    enum quo_status status;
    thrd_t thread;
    bool apart;
};

static int do_piece(void *context)
{
    struct piece *piece = context;
    piece->status = piece->work(piece);
    return 0;
}

/* Not OpenMP's threads, which would burn the other processor while they wait. */
static void start(struct piece *piece, bool worthwhile)
{
    piece->apart = worthwhile && !omp_in_parallel() && omp_get_max_threads() > 1;
    if (piece->apart && thrd_create(&piece->thread, do_piece, piece) != thrd_success)
        piece->apart = false;
}

static void wait_for(struct piece *piece)
{
    if (piece->apart)
        thrd_join(piece->thread, NULL);
    piece->apart = false;
}

/* What was not started is done now. */
static enum quo_status finish(struct piece *piece)
{
    if (piece->apart)
        wait_for(piece);
    else
        do_piece(piece);
    return piece->status;
}

static enum quo_status draw_effects(struct piece *piece) { return quo_price_effects(piece->input, &piece->effect); }

/* It writes other fields of the price than what goes on meanwhile reads. */
static enum quo_status draw_prices(struct piece *piece)
{
    return quo_price_uncertainty(piece->input, piece->effect, piece->price);
}

/* It writes nothing of the quote; in a thread of its own it has tools of its own. */
static enum quo_status typical_price(struct piece *piece)
{
    const struct quo_alternative_tools own =
        piece->apart ? quo_alternative_tools_new() : (struct quo_alternative_tools){NULL, NULL};
    const struct quo_alternative_tools *tools = piece->apart ? &own : piece->tools;
    const enum quo_status status =
        tools->workspace && tools->memo
            ? quo_alternative_typical(piece->quote, piece->resolution, tools, &piece->pure, &piece->filled)
            : QUO_MACHINE;
    quo_alternative_tools_free(&own);
    return status;
}

/* All that the draws do not change and that does not change them. Of the typical answers a law of half the resolution, set right by what that
 * does to the quote's own. */
static enum quo_status find_beside(struct quo_quote *quote, bool halved, const struct quo_price *price,
                                   const struct quo_alternative_tools *tools, struct piece *typical,
                                   struct beside *out)
{
    const struct quo_policylaw *half = price->half.annual.n ? &price->half : &out->half;
    enum quo_status status = quo_basisrisk_of(quote, &price->law, tools->memo, &quote->basis);
    if (status == QUO_OK && halved && half == &out->half)
        status = quo_policylaw_remembered(quote->engine, quote->policy, quote->score, quote->hazard,
                                          quo_resolution_half(quote->resolution), quote->seed, tools->workspace,
                                          tools->memo, &out->half);
    if (status == QUO_OK && halved)
        quote->discretisation_error =
            quo_resolution_error(&price->law, half) + quo_resolution_unseen(quote->engine, quote->policy);
    if (status == QUO_OK)
        status = quo_alternative_without_clause(quote, tools, &out->pure_without_clause);
    if (status == QUO_OK)
        status = finish(typical);
    if (status == QUO_OK && typical->filled > 0) {
        double risk, credit;
        const double coarse =
            halved ? quo_price_pure(&quote->policy->terms, half, quote->term_years, &risk, &credit) : 0.0;
        out->pure_typical = typical->pure * (coarse > 0.0 ? price->pure / coarse : 1.0);
        quote->n_unanswered = typical->filled;
    }
    quo_policylaw_free(&out->half);
    return status;
}

/* What a given gross premium leaves for payouts and their risk, and the distortion that would ask for just that. */
static void compare_premiums(struct quo_quote *quote, const struct quo_policylaw *law)
{
    const struct quo_terms *t = &quote->policy->terms;
    struct quo_adequacy *a = &quote->adequacy;
    *a = (struct quo_adequacy){t->expiring_premium,
                               t->market_premium,
                               t->expiring_premium / quote->gross.gross,
                               t->market_premium / quote->gross.gross,
                               NAN,
                               NAN};
    if (isnan(a->market))
        return;
    const double left =
        a->market / (1.0 + t->tax) * (1.0 - t->brokerage - t->expenses_share - t->profit) - t->expenses_fixed;
    const double price = left - quote->model_uncertainty_load + quote->reinstatement_credit;
    a->implied_wang = quo_distortion_implied(QUO_DISTORTION_WANG, price, &law->annual);
    a->implied_ph = quo_distortion_implied(QUO_DISTORTION_PH, price, &law->annual);
}

static double tail_index(const struct quo_quote *quote)
{
    double largest = NAN;
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_severity *s = &quote->engine->model->peril[p].point.severity;
        if (!quote->peril[p].covered || !quote->hazard[p].present)
            continue;
        const double xi = quo_severity_tail_index(s);
        if (xi != 0.0 && !(xi <= largest)) /* 0: no power */
            largest = xi;
    }
    return largest;
}

static void decide(struct quo_quote *quote)
{
    const struct quo_policy *policy = quote->policy;
    size_t answered = 0;
    for (size_t i = 0; i < policy->protocol->n_answers; i++)
        answered += policy->protocol->answer[i].level >= 0 || policy->protocol->answer[i].not_applicable;
    const struct quo_authority_facts facts = {
        .annual_limit = quote->annual_limit * policy->usd_per_unit, /* the rules are in USD */
        .exposure = policy->protocol->exposure_usd,
        .score = quote->score->overall,
        .rate_on_line = quote->rate_on_line,
        .payout_probability = quote->payout_probability,
        .unknown_share = 1.0 - (double)answered / (double)quote->engine->catalogue->n_controls,
        .interval_ratio = quote->p95 / quote->p05,
        .tail_index = tail_index(quote),
        .adequacy = quote->adequacy.to_market,
        .movement = quote->gross_premium / quote->adequacy.expiring - 1.0,
        .age_days = policy->inception - quote->engine->model->data_to,
    };
    quote->decision = quo_authority_decide(quote->engine->authority, &facts, &quote->reasons);
    for (size_t i = 0; i < quote->score->n_knockouts; i++) {
        const struct quo_knockout *k = &quote->score->knockout[i];
        const enum quo_decision d = k->decline ? QUO_DECISION_DECLINE : QUO_DECISION_REFER;
        quote->decision = d > quote->decision ? d : quote->decision;
        quo_reasons_add(&quote->reasons, "%s: %s: %s", quo_decision_id(d), k->id, k->why);
    }
    for (int p = 0; p < QUO_PERILS; p++)
        if (quote->peril[p].covered && !quote->hazard[p].present) {
            quote->decision = QUO_DECISION_DECLINE;
            quo_reasons_add(&quote->reasons, "decline: the model holds nothing on %s", quo_peril_id((enum quo_peril)p));
        }
}

/* The line that the rate is a share of: the annual limit, or where there is none the sum of the event limits. */
static double line(const struct quo_quote *quote)
{
    double events = 0.0;
    for (size_t i = 0; i < quote->policy->n_covers; i++)
        events += quote->policy->cover[i].event_limit;
    return isinf(quote->annual_limit) ? events : quote->annual_limit;
}

/* Everything that a quote shows of its price; the price's laws stay its own. */
static void take(struct quo_quote *quote, const struct quo_price *price, const struct quo_quote *like, double scale)
{
    const struct quo_terms *terms = &quote->policy->terms;
    quote->shared_events = price->law.shared_events;
    quote->simulation_error = price->law.simulation_error;
    quote->expected_payout = price->law.expected;
    quote->payout_probability = 1.0 - price->law.no_payout;
    quote->annual_limit = price->law.annual_limit;
    if (like)
        measure_alike(quote, like, scale);
    else
        measure(quote, &price->law);
    peril_lines(quote, &price->law);
    quote->risk_load = price->risk_load;
    quote->reinstatement_credit = price->reinstatement_credit;
    quote->model_uncertainty_load = price->model_uncertainty_load;
    quote->capital = like ? scale * like->capital : quo_load_capital(terms, &price->law.annual);
    quote->draws = (long)price->n_draws;
    quote->p05 = price->p05;
    quote->p50 = price->p50;
    quote->p95 = price->p95;
    quote->gross = price->gross;
    const size_t c = quo_basisrisk_market_cover(quote->policy);
    if (c < quote->policy->n_covers) {
        const struct quo_coverlaw *law = &price->law.cover[c];
        quote->market_index = (struct quo_market_index){&quote->policy->cover[c], law->windows,
                                                        24.0 * quote->policy->term_days / law->windows,
                                                        law->window_mean, law->peril[0].pays};
    }
    quote->gross_premium = quo_money_rounded(quote->gross.gross);
    quote->technical_premium = quo_money_rounded(quote->gross.technical);
    quote->rate_on_line = quote->gross_premium / line(quote);
}

enum quo_status quo_quote_explain(struct quo_quote *quote, const struct quo_price *price, const struct quo_quote *like,
                                  double scale)
{
    take(quote, price, like, scale);
    compare_premiums(quote, &price->law);
    const enum quo_status status = quo_walk_fill(quote, &price->law);
    decide(quote);
    return quote->reasons.lost ? QUO_MACHINE : status;
}

static double gross_of(const struct quo_quote *quote, double pure)
{
    return isnan(pure) ? NAN : quo_load_gross(&quote->policy->terms, pure + quote->model_uncertainty_load).gross;
}

/* Half of the payouts' laws, into a memory of its own. */
static enum quo_status prepare_half(struct piece *piece)
{
    const struct quo_quote *quote = piece->quote;
    struct quo_hazard hazard[QUO_PERILS];
    if (!piece->memo)
        return QUO_MACHINE;
    const enum quo_status status = quo_hazard_laws(quote->engine->model, quote->policy->protocol, quote->score,
                                                   quote->policy->inception, -1, hazard);
    return status ? status
                  : quo_policylaw_prepare(quote->engine, quote->policy, quote->score, hazard, piece->resolution,
                                          piece->memo, 1, 2);
}

/* The payouts' laws, half of them by another thread; where there is none, the law makes them. */
static enum quo_status prepare(const struct quo_quote *quote, const struct quo_price_input *own)
{
    struct quo_hazard hazard[QUO_PERILS];
    struct piece other = {.work = prepare_half, .quote = quote, .resolution = *own->resolution, .memo = quo_payoutmemo_new()};
    start(&other, true);
    enum quo_status status = QUO_OK;
    if (other.apart) {
        status = quo_hazard_laws(own->engine->model, own->policy->protocol, own->score, own->policy->inception, -1, hazard);
        if (status == QUO_OK)
            status = quo_policylaw_prepare(own->engine, own->policy, own->score, hazard, *own->resolution, own->memo, 0, 2);
        const enum quo_status of_other = finish(&other);
        status = status ? status : of_other;
        if (status == QUO_OK)
            status = quo_payoutmemo_adopt(own->memo, other.memo);
    }
    quo_payoutmemo_free(other.memo);
    return status;
}

/* Where no draws use the other processor, it makes half of the payouts and then the typical answers' law. */
static enum quo_status law_and_typical(const struct quo_price_input *own, bool beside, struct piece *typical,
                                       struct quo_price *price)
{
    const enum quo_status status = beside ? prepare(typical->quote, own) : QUO_OK;
    if (status)
        return status;
    typical->resolution = own->halved ? quo_resolution_half(*own->resolution) : *own->resolution;
    start(typical, beside);
    return quo_price_law(own, price);
}

static enum quo_status price(struct quo_quote *quote, const struct quo_quote_options *options,
                             const struct quo_alternative_tools *tools)
{
    const struct quo_engine *engine = quote->engine;
    const struct quo_policy *policy = quote->policy;
    quo_hazard_weights(engine->model, engine->model->exposure_reference, policy->inception, quote->weight_reference);
    quo_hazard_weights(engine->model, policy->protocol->exposure_usd, policy->inception, quote->weight);
    quote->resolution = quo_resolution_first(engine, policy);
    quote->discretisation_error = NAN;
    struct quo_price_input input = {.engine = engine,
                                    .policy = policy,
                                    .draws = options->draws,
                                    .seed = quote->seed,
                                    .workspace = tools->workspace,
                                    .memo = tools->memo};
    struct quo_price price = {0};
    struct beside beside = {.pure_without_clause = NAN, .pure_typical = NAN};
    struct piece effects = {.work = draw_effects, .input = &input},
                 draws = {.work = draw_prices, .input = &input, .price = &price},
                 typical = {.work = typical_price, .quote = quote, .tools = tools};
    const bool draw = options->draws >= FEW_DRAWS;
    start(&effects, draw);
    enum quo_status status = quo_score_parts(policy->protocol, engine->scale, quote->weight,
                                             options->shown ? QUO_SCORE_SETS | QUO_SCORE_DOMAINS : 0, &quote->score);
    struct quo_price_input own = input;
    own.score = quote->score;
    own.resolution = &quote->resolution;
    own.halved = options->halved;
    if (status == QUO_OK)
        status = law_and_typical(&own, !draw, &typical, &price);
    const enum quo_status drawn = finish(&effects);
    status = status ? status : drawn;
    draws.input = &own;
    draws.effect = effects.effect;
    for (int doubled = 0; status == QUO_OK; doubled++) {
        bool enough = true;
        memcpy(quote->hazard, price.hazard, sizeof quote->hazard);
        start(&draws, draw);
        status = find_beside(quote, options->halved, &price, tools, &typical, &beside);
        const enum quo_status others = finish(&draws);
        status = others ? others : status;
        if (status == QUO_OK && options->error > 0.0)
            status = look_closer(quote, options->error, &price.law, tools, &enough);
        if (status || enough || doubled == DOUBLED_MOST)
            break;
        quo_price_free(&price);
        quote->resolution = quo_resolution_doubled(quote->resolution);
        status = law_and_typical(&own, !draw, &typical, &price);
    }
    wait_for(&typical); /* where something failed before anybody asked for it */
    if (status == QUO_OK)
        status = quo_quote_explain(quote, &price, NULL, 1.0);
    quote->gross_without_clause = gross_of(quote, beside.pure_without_clause);
    quote->gross_typical = gross_of(quote, beside.pure_typical);
    free(effects.effect);
    quo_price_free(&price);
    return status;
}

enum quo_status quo_quote_price(const struct quo_engine *engine, const struct quo_policy *policy,
                                const struct quo_quote_options *options, struct quo_quote **out)
{
    *out = NULL;
    struct quo_quote *quote = calloc(1, sizeof *quote);
    const struct quo_alternative_tools tools = quo_alternative_tools_new();
    enum quo_status status = QUO_MACHINE;
    if (quote && tools.workspace && tools.memo) {
        quote->engine = engine;
        quote->policy = policy;
        quote->term_years = policy->term_days / 365.0;
        quote->seed = options->seed;
        status = price(quote, options, &tools);
    }
    quo_alternative_tools_free(&tools);
    if (status) {
        quo_quote_free(quote);
        return status;
    }
    *out = quote;
    return QUO_OK;
}
