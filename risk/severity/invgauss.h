/* risk/severity/invgauss.h -- inverse Gaussian severity: density sqrt(shape/(2 pi x^3)) exp(-shape (x-mean)^2/(2 mean^2 x)).
 *
 * mean is that of X, variance mean^3/shape. Formulas: [KPW12] A.5.1.3, with the exponential taken into Mills' ratios
 * (mills.h): exp(2 shape/mean) times a tiny tail is never formed. Limited moments of an order other than 1 by quadrature.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; mean, shape > 0).  [methods: severity] */
#ifndef QUO_INVGAUSS_H
#define QUO_INVGAUSS_H

double quo_invgauss_pdf(double x, double mean, double shape);
double quo_invgauss_logpdf(double x, double mean, double shape);
/* P[X <= x] and its log */
double quo_invgauss_P(double x, double mean, double shape);
double quo_invgauss_logP(double x, double mean, double shape);
/* P[X > x] and its log, accurate far in the tail */
double quo_invgauss_Q(double x, double mean, double shape);
double quo_invgauss_logQ(double x, double mean, double shape);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_invgauss_Pinv(double p, double mean, double shape);
double quo_invgauss_Qinv(double q, double mean, double shape);
/* E[X^order]; INFINITY where it does not exist */
double quo_invgauss_moment(double order, double mean, double shape);
/* E[min(X, limit)^order], order > 0 */
double quo_invgauss_lev(double limit, double order, double mean, double shape);
/* E[(X - deductible)+] */
double quo_invgauss_stoploss(double deductible, double mean, double shape);
#endif
