/* risk/severity/burr.h -- Burr XII severity: the tail is (1 + (x/scale)^shape2)^(-shape1).
 *
 * Formulas: [KPW12] A.2.2.1. Limited moments and stop-loss are one incomplete beta function, also where shape1 shape2 is
 * below the order and the moment itself is infinite.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; shape1, shape2, scale > 0).
 * [methods: severity] */
#ifndef QUO_BURR_H
#define QUO_BURR_H

double quo_burr_pdf(double x, double shape1, double shape2, double scale);
double quo_burr_logpdf(double x, double shape1, double shape2, double scale);
/* P[X <= x] and its log */
double quo_burr_P(double x, double shape1, double shape2, double scale);
double quo_burr_logP(double x, double shape1, double shape2, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_burr_Q(double x, double shape1, double shape2, double scale);
double quo_burr_logQ(double x, double shape1, double shape2, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_burr_Pinv(double p, double shape1, double shape2, double scale);
double quo_burr_Qinv(double q, double shape1, double shape2, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_burr_moment(double order, double shape1, double shape2, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_burr_lev(double limit, double order, double shape1, double shape2, double scale);
/* E[(X - deductible)+] */
double quo_burr_stoploss(double deductible, double shape1, double shape2, double scale);
#endif
