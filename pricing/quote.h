/* pricing/quote.h -- one policy priced, with everything that a reader needs to follow the number.
 *
 * All money is of the term, in the policy's currency, unrounded except where it says cents. */
#ifndef QUO_QUOTE_H
#define QUO_QUOTE_H

#include <stddef.h>
#include <stdint.h>
#include "policies/policy.h"
#include "pricing/coverlaw.h"
#include "pricing/engine.h"
#include "pricing/premium/authority.h"
#include "pricing/premium/load.h"
#include "pricing/price.h"

struct quo_quote_options {
    long draws;    /* of the model's parameters, for the interval and the model-uncertainty load; 0: none */
    uint64_t seed; /* of anything drawn */
    bool halved;   /* also run at half the resolution, for the stated discretisation error */
    bool shown;    /* also find what pages show and nothing prices: domains' scores, the signer sets and their moves */
    double error;  /* where the stated error is above this, a law of twice the resolution tells it more closely; 0: never */
    bool refined;  /* and where that is above it too, the resolution is doubled, three times at most. Else all is priced at the first, as what-ifs and
                    * books are, to the cent */
};
void quo_quote_options_init(struct quo_quote_options *options); /* draws 50, seed 1, halved, shown, error 1e-6 */

/* One peril's line in the quote. */
struct quo_quote_peril {
    enum quo_peril peril;
    bool covered;
    double base_rate, exposure_factor, relativity, experience, rate; /* as struct quo_hazard: a year */
    double mean_loss;                                                /* USD, or hours for service_outage */
    double expected_loss;                                            /* rate * mean_loss * term */
    double expected_payout; /* its share of the policy's, after annual terms; adds up with the false alarms */
};

/* One step of the walk from the market's rate to the premium. */
struct quo_step {
    char name[48];
    int64_t cents;
};
#define QUO_STEPS_MAX 48

struct quo_basis_risk {
    double loss_without_payout; /* P[an event with a loss is not paid | event] */
    double payout_without_loss; /* P[at least one payout without an event, in the term] */
    double expected_shortfall;  /* E[(loss - payout)+], summed over events of the term */
    double hedge_effectiveness; /* 1 - Var(L - P)/Var(L) of one event's compound */
    double correlation;
    double expected_gap; /* E|loss - payout|, summed over events of the term, false alarms included */
    double gap_share;    /* of the expected loss */
    bool known;          /* false where no cover has an index in money */
    bool of_market;      /* of a cover of the market's loss: an event is a window of it, the loss is the insured's own */
};

/* Of the policy's cover of the market's loss with the largest event limit; cover NULL where there is none. */
struct quo_market_index {
    const struct quo_cover *cover; /* the policy's */
    int windows;                   /* in the term */
    double window_hours, window_mean, pays; /* USD that the market is expected to lose in one; P[it pays | it is read] */
};

/* The premium against one that somebody offers or has paid. All NaN where the policy names none. */
struct quo_adequacy {
    double expiring, market;       /* gross, as given */
    double to_expiring, to_market; /* what is given over this quote's gross: below 1 it is too cheap */
    double implied_wang,
        implied_ph; /* distortion of the year's law at which the market premium is the technical price */
};

struct quo_quantile {
    double level, var, tvar;
};
#define QUO_QUOTE_LEVELS 5
#define QUO_EXCEEDANCE_POINTS 21

struct quo_quote {
    const struct quo_engine *engine; /* not owned */
    const struct quo_policy *policy; /* not owned */
    double term_years;
    struct quo_score *score; /* owned; without the controls' own parts */
    struct quo_hazard hazard[QUO_PERILS];
    /* Expected loss by peril of a market-average protocol at the model's reference exposure and at this one's (quo_hazard_weights). */
    double weight_reference[QUO_PERILS], weight[QUO_PERILS];
    struct quo_quote_peril peril[QUO_PERILS];
    double expected_payout, payout_sd, payout_probability;
    struct quo_quantile quantile[QUO_QUOTE_LEVELS];
    double exceedance_payout[QUO_EXCEEDANCE_POINTS], exceedance_probability[QUO_EXCEEDANCE_POINTS];
    double discretisation_error; /* relative, the larger of mean's and TVaR 99's; NaN where it was not asked for */
    struct quo_resolution resolution; /* at which all its prices were made */
    double annual_limit;         /* as it works, over all covers; INFINITY */
    double risk_load, capital, model_uncertainty_load, reinstatement_credit;
    struct quo_gross gross;
    double gross_premium, technical_premium; /* rounded to cents */
    double rate_on_line;  /* over the annual limit, or where there is none over the sum of the event limits */
    double p05, p50, p95; /* of the gross premium over the draws; NaN without draws */
    long draws;
    struct quo_step step[QUO_STEPS_MAX];
    size_t n_steps;
    size_t n_payout_steps; /* the first so many end at the expected payout */
    struct quo_basis_risk basis;
    struct quo_market_index market_index;
    double code_seen, code_missed; /* expected loss of the term, by group code and by all the other money perils */
    enum quo_decision decision;
    struct quo_reasons reasons;
    double gross_without_clause; /* the premium if the policy had no state-actor clause; NaN where it has none */
    double
        gross_typical; /* the premium if each question without an answer had the market's typical one; NaN where that changes nothing */
    size_t n_unanswered; /* questions so filled: those whose typical answer is above level 0 */
    struct quo_adequacy adequacy;
    uint64_t seed;
    bool shared_events;      /* a peril is in two covers: the term was simulated */
    double simulation_error; /* relative standard error of its mean; 0: nothing was simulated */
};

/* One policy; many: pricing/quoter.h. */
enum quo_status quo_quote_price(const struct quo_engine *engine, const struct quo_policy *policy,
                                const struct quo_quote_options *options, struct quo_quote **out);
void quo_quote_free(struct quo_quote *quote);
/* The part of a quote that follows from its price alone: measures, loads, walk, decision. Everything up to the weights, the term and the seed
 * are set, all else is zero. like: NULL, or a quote explained before whose laws are this one's but for `scale`, as money is: its measures
 * serve again. Basis risk, discretisation error, clause and typical answers stay as they are. */
enum quo_status quo_quote_explain(struct quo_quote *quote, const struct quo_price *price, const struct quo_quote *like,
                                  double scale);
#endif
