#include "risk/severity/paralogistic.h"

#include "risk/severity/burr.h"

/* Burr with both shapes equal. */
double quo_paralogistic_pdf(double x, double shape, double scale) { return quo_burr_pdf(x, shape, shape, scale); }
double quo_paralogistic_logpdf(double x, double shape, double scale) { return quo_burr_logpdf(x, shape, shape, scale); }
double quo_paralogistic_P(double x, double shape, double scale) { return quo_burr_P(x, shape, shape, scale); }
double quo_paralogistic_logP(double x, double shape, double scale) { return quo_burr_logP(x, shape, shape, scale); }
double quo_paralogistic_Q(double x, double shape, double scale) { return quo_burr_Q(x, shape, shape, scale); }
double quo_paralogistic_logQ(double x, double shape, double scale) { return quo_burr_logQ(x, shape, shape, scale); }
double quo_paralogistic_Pinv(double p, double shape, double scale) { return quo_burr_Pinv(p, shape, shape, scale); }
double quo_paralogistic_Qinv(double q, double shape, double scale) { return quo_burr_Qinv(q, shape, shape, scale); }
double quo_paralogistic_moment(double order, double shape, double scale)
{
    return quo_burr_moment(order, shape, shape, scale);
}
double quo_paralogistic_stoploss(double deductible, double shape, double scale)
{
    return quo_burr_stoploss(deductible, shape, shape, scale);
}

double quo_paralogistic_lev(double limit, double order, double shape, double scale)
{
    return quo_burr_lev(limit, order, shape, shape, scale);
}
