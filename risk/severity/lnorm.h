/* risk/severity/lnorm.h -- lognormal severity: the log of X is normal(meanlog, sdlog).
 *
 * meanlog and sdlog are without unit; the mean of X is exp(meanlog + sdlog^2/2). Formulas: [KPW12] A.5.1.1. The log tails
 * are finite far beyond the point where the tails themselves underflow.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; sdlog > 0).  [methods: severity] */
#ifndef QUO_LNORM_H
#define QUO_LNORM_H

double quo_lnorm_pdf(double x, double meanlog, double sdlog);
double quo_lnorm_logpdf(double x, double meanlog, double sdlog);
/* P[X <= x] and its log */
double quo_lnorm_P(double x, double meanlog, double sdlog);
double quo_lnorm_logP(double x, double meanlog, double sdlog);
/* P[X > x] and its log, accurate far in the tail */
double quo_lnorm_Q(double x, double meanlog, double sdlog);
double quo_lnorm_logQ(double x, double meanlog, double sdlog);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_lnorm_Pinv(double p, double meanlog, double sdlog);
double quo_lnorm_Qinv(double q, double meanlog, double sdlog);
/* E[X^order]; INFINITY where it does not exist */
double quo_lnorm_moment(double order, double meanlog, double sdlog);
/* E[min(X, limit)^order], order > 0 */
double quo_lnorm_lev(double limit, double order, double meanlog, double sdlog);
/* E[(X - deductible)+] */
double quo_lnorm_stoploss(double deductible, double meanlog, double sdlog);
#endif
