/* risk/severity/pareto2.h -- Pareto II (Lomax) severity: the tail is (1 + x/scale)^(-shape).
 *
 * Burr with second shape 1. Formulas: [KPW12] A.2.3.1. shape <= 1 has no mean and is legal.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; shape, scale > 0).  [methods: severity] */
#ifndef QUO_PARETO2_H
#define QUO_PARETO2_H

double quo_pareto2_pdf(double x, double shape, double scale);
double quo_pareto2_logpdf(double x, double shape, double scale);
/* P[X <= x] and its log */
double quo_pareto2_P(double x, double shape, double scale);
double quo_pareto2_logP(double x, double shape, double scale);
/* P[X > x] and its log, accurate far in the tail */
double quo_pareto2_Q(double x, double shape, double scale);
double quo_pareto2_logQ(double x, double shape, double scale);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_pareto2_Pinv(double p, double shape, double scale);
double quo_pareto2_Qinv(double q, double shape, double scale);
/* E[X^order]; INFINITY where it does not exist */
double quo_pareto2_moment(double order, double shape, double scale);
/* E[min(X, limit)^order], order > 0 */
double quo_pareto2_lev(double limit, double order, double shape, double scale);
/* E[(X - deductible)+] */
double quo_pareto2_stoploss(double deductible, double shape, double scale);
#endif
