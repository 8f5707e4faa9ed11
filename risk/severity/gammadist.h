/* risk/severity/gammadist.h -- gamma severity: density x^(shape-1) exp(-x/scale) / (scale^shape Gamma(shape)).
 *
 * Formulas: [KPW12] A.3.2.1; the stop-loss from Legendre's continued fraction (incomplete.h).
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; shape, scale > 0).  [methods: severity] */
#ifndef QUO_GAMMADIST_H
#define QUO_GAMMADIST_H

double quo_gammadist_pdf(double x, double shape, double scale);
double quo_gammadist_logpdf(double x, double shape, double scale);
/* P[X <= x] and its log */
double quo_gammadist_P(double x, double shape, double scale);
double quo_gammadist_logP(double x, double shape, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_gammadist_Q(double x, double shape, double scale);
double quo_gammadist_logQ(double x, double shape, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_gammadist_Pinv(double p, double shape, double scale);
double quo_gammadist_Qinv(double q, double shape, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_gammadist_moment(double order, double shape, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_gammadist_lev(double limit, double order, double shape, double scale);
/* E[(X - deductible)+] */
double quo_gammadist_stoploss(double deductible, double shape, double scale);
#endif
