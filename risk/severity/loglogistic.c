#include "risk/severity/loglogistic.h"

#include "risk/severity/burr.h"

/* Burr with first shape 1: nothing is lost by going through it. */
double quo_loglogistic_pdf(double x, double shape, double scale) { return quo_burr_pdf(x, 1.0, shape, scale); }
double quo_loglogistic_logpdf(double x, double shape, double scale) { return quo_burr_logpdf(x, 1.0, shape, scale); }
double quo_loglogistic_P(double x, double shape, double scale) { return quo_burr_P(x, 1.0, shape, scale); }
double quo_loglogistic_logP(double x, double shape, double scale) { return quo_burr_logP(x, 1.0, shape, scale); }
double quo_loglogistic_Q(double x, double shape, double scale) { return quo_burr_Q(x, 1.0, shape, scale); }
double quo_loglogistic_logQ(double x, double shape, double scale) { return quo_burr_logQ(x, 1.0, shape, scale); }
double quo_loglogistic_Pinv(double p, double shape, double scale) { return quo_burr_Pinv(p, 1.0, shape, scale); }
double quo_loglogistic_Qinv(double q, double shape, double scale) { return quo_burr_Qinv(q, 1.0, shape, scale); }
double quo_loglogistic_moment(double order, double shape, double scale)
{
    return quo_burr_moment(order, 1.0, shape, scale);
}
double quo_loglogistic_stoploss(double deductible, double shape, double scale)
{
    return quo_burr_stoploss(deductible, 1.0, shape, scale);
}

double quo_loglogistic_lev(double limit, double order, double shape, double scale)
{
    return quo_burr_lev(limit, order, 1.0, shape, scale);
}
