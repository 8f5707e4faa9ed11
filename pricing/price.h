/* pricing/price.h -- the price of a policy and nothing else: the laws, the loads, the gross premium, the premium under each draw.
 *
 * A quote explains it, a what-if compares two of them: one path, so that they agree to the last bit. Money of the term, in the policy's
 * currency, unrounded.                                                            [methods: premium], [methods: draws] */
#ifndef QUO_PRICE_H
#define QUO_PRICE_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/policylaw.h"
#include "pricing/premium/load.h"

struct quo_price_input {
    const struct quo_engine *engine;
    const struct quo_policy *policy;
    const struct quo_score *score; /* of the policy's protocol; its relativities and caps are all that is looked at */
    long draws;                    /* of model and controls together; 0: none; no more than the model has are taken */
    uint64_t seed;                 /* of anything drawn */
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo; /* what other prices may have left; NULL: nothing */
    const struct quo_resolution *resolution; /* NULL: quo_resolution_first */
    bool bounded; /* with a memo: the law by quo_policylaw_bounded */
    const struct quo_hazard *hazard; /* NULL, or what quo_hazard_all makes of the score: hazard[QUO_PERILS] */
};

struct quo_price {
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_policylaw law;
    double risk_load, reinstatement_credit;
    double pure;                   /* expected payout + risk load - reinstatement credit */
    double model_uncertainty_load; /* 0 where the terms name no quantile or there are no draws */
    struct quo_gross gross;        /* of pure + model_uncertainty_load */
    double *
        draw_pure; /* draw_pure[n_draws]: pure under each draw of model and controls' effects, in the order of the draws */
    size_t n_draws;
    double p05, p50, p95; /* of the gross premium over the draws, without the uncertainty load; NaN without draws */
};

/* QUO_DOMAIN, QUO_MACHINE: *out is empty then. */
enum quo_status quo_price_new(const struct quo_price_input *input, struct quo_price *out);
/* Its two halves, for who has other work for the time of the second: the law and what follows from it; then the draws and what they
 * add, without a look at workspace and memo or a change to what the first half gave. After a failure of the first *out is empty; after one of the
 * second it is to be freed as ever. effect: what quo_price_effects gave; NULL: the effects are drawn here. */
enum quo_status quo_price_law(const struct quo_price_input *input, struct quo_price *out);
enum quo_status quo_price_uncertainty(const struct quo_price_input *input, const struct quo_relativity *effect,
                                      struct quo_price *out);
void quo_price_free(struct quo_price *price); /* the contents */
/* The controls' effects drawn, as relativities of the policy's protocol: they need neither score nor law. The caller frees *out; NULL where the input
 * asks for no draws. */
enum quo_status quo_price_effects(const struct quo_price_input *input, struct quo_relativity **out);
/* Expected payout, risk load, less what reinstatement premiums bring back, under one law; the two parts are given too. */
double quo_price_pure(const struct quo_terms *terms, const struct quo_policylaw *law, double term_years,
                      double *risk_load, double *credit);
/* Draws that a model holds for every peril in it. */
size_t quo_price_draws(const struct quo_model *model);
/* The value at share p of n ascending numbers, between neighbours by a straight line. */
double quo_price_quantile(const double *sorted, size_t n, double p);
#endif
