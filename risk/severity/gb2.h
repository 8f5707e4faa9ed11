/* risk/severity/gb2.h -- generalized beta II (transformed beta) severity: P = I(shape3, shape1; v/(1+v)), v = (x/scale)^shape2.
 *
 * shape3 = 1 is Burr. GB2(a, b, p, q) of [KK03] is (shape2, scale, shape3, shape1). Formulas: [KPW12] A.2.1.1.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; all positive).  [methods: severity] */
#ifndef QUO_GB2_H
#define QUO_GB2_H

double quo_gb2_pdf(double x, double shape1, double shape2, double shape3, double scale);
double quo_gb2_logpdf(double x, double shape1, double shape2, double shape3, double scale);
/* P[X <= x] and its log */
double quo_gb2_P(double x, double shape1, double shape2, double shape3, double scale);
double quo_gb2_logP(double x, double shape1, double shape2, double shape3, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_gb2_Q(double x, double shape1, double shape2, double shape3, double scale);
double quo_gb2_logQ(double x, double shape1, double shape2, double shape3, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_gb2_Pinv(double p, double shape1, double shape2, double shape3, double scale);
double quo_gb2_Qinv(double q, double shape1, double shape2, double shape3, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_gb2_moment(double order, double shape1, double shape2, double shape3, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_gb2_lev(double limit, double order, double shape1, double shape2, double shape3, double scale);
/* E[(X - deductible)+] */
double quo_gb2_stoploss(double deductible, double shape1, double shape2, double shape3, double scale);
#endif
