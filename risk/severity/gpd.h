/* risk/severity/gpd.h -- generalized Pareto severity: the tail is (1 + xi (x-mu)/beta)^(-1/xi) for x > mu.
 *
 * xi = 0 is the exponential beyond mu; xi < 0 ends at mu - beta/xi; xi >= 1 has no mean and is legal. Nothing is lost
 * near xi = 0: log(1 + xi y)/xi is formed by log1p. Formulas: [EKM97] 3.4. Limited moments of order 1, 2, ... are closed;
 * of other orders too if mu = 0, else by quadrature.
 * X, x, limit and deductible are in the currency unit of the data, densities in 1/unit. Pure; NaN where an
 * argument is NaN or a parameter impossible (parameters are finite; beta > 0, mu >= 0).  [methods: severity] */
#ifndef QUO_GPD_H
#define QUO_GPD_H

double quo_gpd_pdf(double x, double xi, double beta, double mu);
double quo_gpd_logpdf(double x, double xi, double beta, double mu);
/* P[X <= x] and its log */
double quo_gpd_P(double x, double xi, double beta, double mu);
double quo_gpd_logP(double x, double xi, double beta, double mu);
/* P[X > x] and its log, accurate far in the tail */
double quo_gpd_Q(double x, double xi, double beta, double mu);
double quo_gpd_logQ(double x, double xi, double beta, double mu);
/* The x with P[X <= x] = p, with P[X > x] = q */
double quo_gpd_Pinv(double p, double xi, double beta, double mu);
double quo_gpd_Qinv(double q, double xi, double beta, double mu);
/* E[X^order]; INFINITY where it does not exist */
double quo_gpd_moment(double order, double xi, double beta, double mu);
/* E[min(X, limit)^order], order > 0 */
double quo_gpd_lev(double limit, double order, double xi, double beta, double mu);
/* E[(X - deductible)+] */
double quo_gpd_stoploss(double deductible, double xi, double beta, double mu);
#endif
