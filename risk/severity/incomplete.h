/* risk/severity/incomplete.h -- incomplete gamma and beta functions, also in logs and far in both tails.
 *
 * GSL has them without logs: they underflow where a log survival of -5000 is still wanted, and its incomplete beta needs
 * both parameters positive, where the limited mean of a law without a mean has a negative one. Pure; NaN for an
 * impossible argument. Relative error of the values, and absolute of the logs' small parts, about 1e-14.
 * [methods: incomplete] */
#ifndef QUO_INCOMPLETE_H
#define QUO_INCOMPLETE_H

/* log of Gamma(a + k) / (Gamma(a) a^k): small for large a, and exact there; a, a + k > 0. */
double quo_incomplete_log_rising(double a, double k);
/* log of the complete beta function, a, b > 0. */
double quo_incomplete_log_beta(double a, double b);

/* log of x^a e^-x / Gamma(a + 1), a >= 0, x > 0: the Poisson probability of a where a is whole [Loa00]. */
double quo_incomplete_log_poisson(double a, double x);
/* log of Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) u^a (1 - u)^b, a, b >= 0: the binomial probability of a in a + b. */
double quo_incomplete_log_binomial(double a, double b, double log_odds);

/* Regularised: P(a, x) = gamma(a, x) / Gamma(a), Q = 1 - P; a > 0, x >= 0. */
double quo_incomplete_gamma_P(double a, double x);
double quo_incomplete_gamma_Q(double a, double x);
double quo_incomplete_gamma_logP(double a, double x);
double quo_incomplete_gamma_logQ(double a, double x);
/* Integral of Q(a, t) over t from x on: E[(X - x)+] of a gamma law of that shape and scale 1, without cancellation. */
double quo_incomplete_gamma_excess(double a, double x);

/* Regularised I_u(a, b), a, b > 0, and its complement, at u = 1 / (1 + exp(-log_odds)): so that u and 1 - u are both
 * exact however near to 0 they are. */
double quo_incomplete_beta_P(double a, double b, double log_odds);
double quo_incomplete_beta_Q(double a, double b, double log_odds);
double quo_incomplete_beta_logP(double a, double b, double log_odds);
double quo_incomplete_beta_logQ(double a, double b, double log_odds);
/* log of the integral of s^(a-1) (1-s)^(b-1) over s from 0 to u: a > 0, any real b (u < 1 where b <= 0). */
double quo_incomplete_beta_log(double a, double b, double log_odds);
#endif
