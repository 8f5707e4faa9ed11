/* risk/severity/loglogistic.h -- log-logistic severity: the tail is 1/(1 + (x/scale)^shape).
 *
 * Burr with first shape 1. Formulas: [KPW12] A.2.3.3.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; shape, scale > 0).  [methods: severity] */
#ifndef QUO_LOGLOGISTIC_H
#define QUO_LOGLOGISTIC_H

double quo_loglogistic_pdf(double x, double shape, double scale);
double quo_loglogistic_logpdf(double x, double shape, double scale);
/* P[X <= x] and its log */
double quo_loglogistic_P(double x, double shape, double scale);
double quo_loglogistic_logP(double x, double shape, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_loglogistic_Q(double x, double shape, double scale);
double quo_loglogistic_logQ(double x, double shape, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_loglogistic_Pinv(double p, double shape, double scale);
double quo_loglogistic_Qinv(double q, double shape, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_loglogistic_moment(double order, double shape, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_loglogistic_lev(double limit, double order, double shape, double scale);
/* E[(X - deductible)+] */
double quo_loglogistic_stoploss(double deductible, double shape, double scale);
#endif
