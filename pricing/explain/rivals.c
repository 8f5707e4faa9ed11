#include "pricing/explain/rivals.h"

#include <math.h>

/* StakingProducts.sol: bumps decay by 2 points a day; a purchase of all capacity raises the price by 5 points. */
#define NEXUS_DECAY_A_DAY 0.02
#define NEXUS_BUMP 0.05
#define NEXUS_DAYS_MIN 28
#define NEXUS_DAYS_MAX 365
/* PolicyHelperV1.sol: one point a month, one to three months. */
#define NEPTUNE_A_MONTH 0.01
#define NEPTUNE_MONTHS 3
#define MONTH_DAYS (365.0 / 12.0)

void quo_pool_init(struct quo_pool *pool, double amount)
{
    *pool = (struct quo_pool){.capacity = 20.0 * amount,
                              .used = 0.3,
                              .nexus_target = 0.01,
                              .neptune_floor = 0.02,
                              .neptune_ceiling = 0.12,
                              .insure_base = 0.10,
                              .insure_slope1 = 0.10,
                              .insure_slope2 = 0.40,
                              .insure_optimal = 0.9,
                              .ensuro_moc = 1.0};
}

double quo_rivals_nexus(double target, double bumped, double days, double amount, double capacity, double *next)
{
    const double base = fmax(target, bumped - NEXUS_DECAY_A_DAY * days);
    *next = base + NEXUS_BUMP * amount / capacity;
    return base;
}

double quo_rivals_neptune(double used, double capacity, double amount, double floor, double ceiling, int months)
{
    const double use = used + amount / capacity;
    return fmin(ceiling, fmax(use, floor) + NEPTUNE_A_MONTH * months);
}

/* Integral of the curve from 0 to u. */
static double insure_integral(double u, double base, double slope1, double slope2, double optimal)
{
    const double low = fmin(u, optimal), over = fmax(u - optimal, 0.0);
    double sum = base * u + slope1 * (optimal > 0.0 ? 0.5 * low * low / optimal : 0.0) + slope1 * over;
    if (optimal < 1.0)
        sum += slope2 * 0.5 * over * over / (1.0 - optimal);
    return sum;
}

double quo_rivals_insure(double used, double capacity, double amount, double base, double slope1, double slope2,
                         double optimal)
{
    const double to = used + amount / capacity;
    return (insure_integral(to, base, slope1, slope2, optimal) - insure_integral(used, base, slope1, slope2, optimal)) /
           (to - used);
}

double quo_rivals_ensuro(const struct quo_ensuro *e, double *pure, double *junior, double *senior)
{
    *pure = e->payout * e->probability * e->moc;
    *junior = fmax(0.0, e->payout * e->junior_collateral - *pure);
    *senior = fmax(0.0, e->payout * e->collateral - *pure - *junior);
    const double capital = (*junior * e->junior_rate + *senior * e->senior_rate) * e->years;
    return *pure + capital + e->fee_pure * *pure + e->fee_capital * capital;
}

double quo_rivals_amount(const struct quo_quote *quote)
{
    double events = 0.0;
    for (size_t i = 0; i < quote->policy->n_covers; i++)
        events += quote->policy->cover[i].event_limit;
    return isinf(quote->annual_limit) ? events : quote->annual_limit;
}

/* Value at a level of the quote's own table, between its levels by the next higher. */
static double var_at(const struct quo_quote *quote, double level)
{
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        if (quote->quantile[i].level >= level - 1e-12)
            return quote->quantile[i].var;
    return quote->quantile[QUO_QUOTE_LEVELS - 1].var;
}

static struct quo_rival priced(const struct quo_quote *quote, const char *id, const char *name, const char *note,
                               double premium)
{
    return (struct quo_rival){
        id, name, note, premium, premium / quo_rivals_amount(quote), premium / quote->gross_premium};
}

void quo_rivals_of(const struct quo_quote *quote, const struct quo_pool *pool, struct quo_rival out[QUO_RIVALS])
{
    const double amount = quo_rivals_amount(quote), years = quote->term_years;
    const int days = quote->policy->term_days;
    const struct quo_terms *terms = &quote->policy->terms;
    const bool room = pool->used + amount / pool->capacity <= 1.0 + 1e-12;
    double next, pure, junior, senior;
    const double nexus =
        quo_rivals_nexus(pool->nexus_target, pool->nexus_bumped, pool->nexus_days, amount, pool->capacity, &next);
    const bool in_term = days >= NEXUS_DAYS_MIN && days <= NEXUS_DAYS_MAX;
    out[0] = priced(quote, "nexus_v2", "Nexus Mutual v2",
                    !room     ? "not offered: the pool has no room"
                    : in_term ? "hand-set target rate, bumped by purchases; the buyer pays the rate before his own bump"
                              : "not offered: terms of 28 to 365 days",
                    room && in_term ? nexus * amount * years : NAN);
    const int months = (int)fmin(NEPTUNE_MONTHS, fmax(1.0, ceil(days / MONTH_DAYS - 1e-9)));
    const double neptune =
        quo_rivals_neptune(pool->used, pool->capacity, amount, pool->neptune_floor, pool->neptune_ceiling, months);
    out[1] = priced(quote, "neptune", "Neptune Mutual",
                    !room ? "not offered: the pool has no room"
                    : days > NEPTUNE_MONTHS * MONTH_DAYS
                        ? "share of the pool in use, and a point a month; three months at a time, bought again"
                        : "share of the pool in use, and a point a month",
                    room ? neptune * amount * years : NAN);
    const double insure = quo_rivals_insure(pool->used, pool->capacity, amount, pool->insure_base, pool->insure_slope1,
                                            pool->insure_slope2, pool->insure_optimal);
    out[2] = priced(quote, "insuredao", "InsureDAO",
                    room ? "two-slope curve of the pool's use, integrated over the purchase"
                         : "not offered: the pool has no room",
                    room ? insure * amount * years : NAN);
    const struct quo_ensuro ensuro = {.payout = amount,
                                      .probability = quote->expected_payout / amount,
                                      .moc = pool->ensuro_moc,
                                      .junior_collateral = var_at(quote, terms->junior_level) / amount,
                                      .collateral = var_at(quote, terms->senior_level) / amount,
                                      .junior_rate = terms->junior_rate,
                                      .senior_rate = terms->senior_rate,
                                      .years = years,
                                      .fee_pure = pool->ensuro_fee_pure,
                                      .fee_capital = pool->ensuro_fee_capital};
    out[3] = priced(quote, "ensuro", "Ensuro",
                    "this quote's expected payout; two layers of capital at its junior and senior levels; no expenses",
                    quo_rivals_ensuro(&ensuro, &pure, &junior, &senior));
}
