/* risk/severity/weibull.h -- Weibull severity: the tail is exp(-(x/scale)^shape).
 *
 * Formulas: [KPW12] A.3.2.3, the limited moments as one incomplete gamma function.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; shape, scale > 0).  [methods: severity] */
#ifndef QUO_WEIBULL_H
#define QUO_WEIBULL_H

double quo_weibull_pdf(double x, double shape, double scale);
double quo_weibull_logpdf(double x, double shape, double scale);
/* P[X <= x] and its log */
double quo_weibull_P(double x, double shape, double scale);
double quo_weibull_logP(double x, double shape, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_weibull_Q(double x, double shape, double scale);
double quo_weibull_logQ(double x, double shape, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_weibull_Pinv(double p, double shape, double scale);
double quo_weibull_Qinv(double q, double shape, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_weibull_moment(double order, double shape, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_weibull_lev(double limit, double order, double shape, double scale);
/* E[(X - deductible)+] */
double quo_weibull_stoploss(double deductible, double shape, double scale);
#endif
