/* pricing/explain/rivals.h -- how others would price the same cover, by their published formulas.
 *
 * Three price by how much of a pool's capital is in use: Nexus Mutual v2, Neptune Mutual, InsureDAO. What the insured does enters none of
 * them but through a rate that somebody sets by hand. Ensuro has the structure of a technical price (pure premium, two layers of
 * capital) and takes the probability from its partner: here from this quote's law. Not offers of these houses.   [methods: rivals] */
#ifndef QUO_RIVALS_H
#define QUO_RIVALS_H

#include <stddef.h>
#include "pricing/quote.h"

/* The pool that utilisation prices speak of, and the rates set by hand. The defaults are in quo_pool_init; none is known of a policy, so each is
 * a judgement or the value its source shows. */
struct quo_pool {
    double capacity;     /* the most that the pool may cover, the policy's currency */
    double used;         /* share of it in use before this purchase, 0..1 */
    double nexus_target; /* a year; 0.01: the default floor */
    double nexus_bumped; /* rate after the last purchase, 0: none, and days since */
    double nexus_days;
    double neptune_floor, neptune_ceiling; /* 0.02, 0.12: popular DeFi */
    double insure_base, insure_slope1, insure_slope2,
        insure_optimal;                                     /* 0.10, 0.10, 0.40, 0.9: values of its own tests */
    double ensuro_moc, ensuro_fee_pure, ensuro_fee_capital; /* margin on the pure premium 1; fees 0 */
};
/* Capacity twenty times the amount, 0.3 of it used. */
void quo_pool_init(struct quo_pool *pool, double amount);

/* Yearly premium rates on the amount, by formula; pure functions of their arguments, so that they can be tested by hand. */
/* max(target, bumped - 0.02 a day): what the buyer pays; *next: the price after the purchase, 0.05 x share of capacity higher. */
double quo_rivals_nexus(double target, double bumped, double days, double amount, double capacity, double *next);
/* min(ceiling, max(u, floor) + 0.01 months), u the use after the purchase; months 1..3. */
double quo_rivals_neptune(double used, double capacity, double amount, double floor, double ceiling, int months);
/* Mean of base + slope1 min(u, optimal)/optimal + slope2 (u - optimal)+/(1 - optimal) over the purchase. */
double quo_rivals_insure(double used, double capacity, double amount, double base, double slope1, double slope2,
                         double optimal);
/* Ensuro's minimum premium of the term, money. */
struct quo_ensuro {
    double payout, probability, moc;
    double junior_collateral, collateral; /* shares of the payout */
    double junior_rate, senior_rate, years;
    double fee_pure, fee_capital;
};
double quo_rivals_ensuro(const struct quo_ensuro *e, double *pure, double *junior, double *senior);

struct quo_rival {
    const char *id, *name, *note; /* note: what it rests on, or why it is not offered */
    double premium;               /* of the term; NaN: not offered */
    double rate_on_line;          /* premium over the amount */
    double over_gross;            /* over this quote's gross premium */
};
#define QUO_RIVALS 4
/* amount: what is bought, the quote's line. */
void quo_rivals_of(const struct quo_quote *quote, const struct quo_pool *pool, struct quo_rival out[QUO_RIVALS]);
/* The line of a quote: its annual limit, or where there is none the sum of the event limits. */
double quo_rivals_amount(const struct quo_quote *quote);
#endif
