/* pricing/premium/load.h -- what is added to the expected payout for bearing its risk, by a named principle, and the way from
 * there to the gross premium. Money of the term.                                                   [methods: premium] */
#ifndef QUO_LOAD_H
#define QUO_LOAD_H

#include "policies/policy.h"
#include "pricing/aggregate/lattice.h"

/* The risk load on that annual law; >= 0 for every principle within its parameters. term_years scales the cost of capital, which
 * is asked for by the year. NaN where the parameters are impossible. */
double quo_load_risk(const struct quo_terms *terms, const struct quo_lattice *annual, double term_years);
/* The same for whoever has the law's mean already. */
double quo_load_risk_above(const struct quo_terms *terms, const struct quo_lattice *annual, double mean,
                           double term_years);

/* Capital behind the cost of capital: (TVaR_level - mean) * diversification; for two layers junior + senior. 0 for the other principles. */
double quo_load_capital(const struct quo_terms *terms, const struct quo_lattice *annual);

struct quo_gross {
    double technical;                                         /* before brokerage and tax */
    double expenses_fixed, expenses_share, profit, brokerage; /* money */
    double minimum_added;                                     /* what the minimum premium adds */
    double tax;
    double gross; /* what the insured pays, unrounded */
};
/* (pure + fixed)/(1 - brokerage - share - profit), not below the minimum, tax on top. `pure` is expected payout + loads - credits. */
struct quo_gross quo_load_gross(const struct quo_terms *terms, double pure);
#endif
