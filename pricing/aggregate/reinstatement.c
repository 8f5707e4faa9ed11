#include "pricing/aggregate/reinstatement.h"

#include <math.h>

double quo_reinstatement_charge(double paid, double limit, const double *rate, size_t n)
{
    if (!(limit > 0.0) || isnan(paid))
        return NAN;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += rate[k] * fmin(fmax(paid / limit - (double)k, 0.0), 1.0);
    return sum;
}

enum quo_status quo_reinstatement_price(double limit, const double *rate, size_t n, struct quo_annual *annual,
                                        struct quo_reinstatement_price *out)
{
    *out = (struct quo_reinstatement_price){NAN, NAN, NAN};
    const double cover = (double)(n + 1) * limit;
    if (!(limit > 0.0) || isinf(limit) || fabs(quo_annual_contract(annual)->annual_limit - cover) > 1e-9 * cover)
        return QUO_DOMAIN;
    double multiple = 0.0, above = quo_annual_mean(annual).value;
    out->expected_cover = above;
    for (size_t k = 0; k < n; k++) {
        if (!(rate[k] >= 0.0) || isinf(rate[k]))
            return QUO_DOMAIN;
        const double next = quo_annual_stoploss((double)(k + 1) * limit, annual).value;
        multiple += rate[k] * (above - next) / limit;
        above = next;
    }
    out->expected_multiple = multiple;
    out->initial_premium = out->expected_cover / (1.0 + multiple);
    return QUO_OK;
}
