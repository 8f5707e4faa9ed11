#include "risk/controls/capture.h"

#include <math.h>
#include <stdbool.h>

double quo_capture_cost(const struct quo_capture_costs *costs)
{
    return fmin(fmin(costs->buy, costs->borrow), costs->bribe); /* fmin passes over NaN */
}

static bool share(double x) { return x >= 0.0 && x <= 1.0; }

double quo_capture_votes(double supply, double quorum_share, double turnout_share)
{
    if (!(supply >= 0.0) || !share(quorum_share) || !share(turnout_share))
        return NAN;
    return supply * fmax(quorum_share, 0.5 * turnout_share);
}

double quo_capture_buy(double votes, double price, double depth, double resale)
{
    if (!(votes >= 0.0) || !(price >= 0.0) || !(depth > 0.0) || !share(resale))
        return NAN;
    const double spent = isinf(depth) ? price * votes : price * depth * expm1(votes / depth);
    return (1.0 - resale) * spent;
}

double quo_capture_borrow(double votes, double price, double rate, double days)
{
    if (!(votes >= 0.0) || !(price >= 0.0) || !(rate >= 0.0) || !(days >= 0.0))
        return NAN;
    return votes * price * rate * days / 365.25;
}

struct quo_capture_costs quo_capture_ways(const struct quo_capture_votes_for *f, double *votes)
{
    const double v = quo_capture_votes(f->supply, f->quorum_share, f->turnout_share);
    *votes = v;
    return (struct quo_capture_costs){.buy = quo_capture_buy(v, f->price_usd, f->depth, f->resale_share),
                                      .borrow =
                                          v <= f->borrowable_share * f->supply
                                              ? quo_capture_borrow(v, f->price_usd, f->borrow_rate, f->borrow_days)
                                              : NAN,
                                      .bribe = f->bribe_yield * v * f->price_usd};
}

double quo_capture_multiplier(double extractable, double cost, const struct quo_capture_curve *curve)
{
    if (!(extractable >= 0.0) || !(cost >= 0.0) || !(curve->ceiling >= 0.0) || !(curve->slope > 0.0) ||
        isnan(curve->middle))
        return NAN;
    if (extractable == 0.0 || (isinf(cost) && !isinf(extractable)))
        return 0.0; /* nothing to take, or no way to it */
    if (cost == 0.0)
        return curve->ceiling;
    if (isinf(cost))
        return NAN;
    return curve->ceiling / (1.0 + exp(-curve->slope * (log(extractable) - log(cost) - curve->middle)));
}
