/* risk/severity/exponential.h -- exponential severity: the tail is exp(-x/scale).
 *
 * Formulas: [KPW12] A.3.3.1.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; scale > 0).  [methods: severity] */
#ifndef QUO_EXPONENTIAL_H
#define QUO_EXPONENTIAL_H

double quo_exponential_pdf(double x, double scale);
double quo_exponential_logpdf(double x, double scale);
/* P[X <= x] and its log */
double quo_exponential_P(double x, double scale);
double quo_exponential_logP(double x, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_exponential_Q(double x, double scale);
double quo_exponential_logQ(double x, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_exponential_Pinv(double p, double scale);
double quo_exponential_Qinv(double q, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_exponential_moment(double order, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_exponential_lev(double limit, double order, double scale);
/* E[(X - deductible)+] */
double quo_exponential_stoploss(double deductible, double scale);
#endif
