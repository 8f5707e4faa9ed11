#include "pricing/quote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/basisrisk.h"
#include "pricing/premium/walk.h"
#include "pricing/price.h"
#include "pricing/quoter.h"
#include "risk/base/money.h"

static const double levels[QUO_QUOTE_LEVELS] = {0.9, 0.95, 0.99, 0.995, 0.999};

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

enum quo_status quo_quote_price(const struct quo_engine *engine, const struct quo_policy *policy,
                                const struct quo_quote_options *options, struct quo_quote **out)
{
    *out = NULL;
    struct quo_quoter *quoter = quo_quoter_new();
    const enum quo_status status =
        quoter ? quo_quoter_price(quoter, engine, policy, options, out) : QUO_MACHINE;
    quo_quoter_free(quoter);
    return status;
}
