/* risk/controls/kofn.h -- laws of how many of n fall: independent, alike or not, with common causes.  [methods: kofn]
 *
 * Pure functions; sums of positive terms only, so that a tail of 1e-100 is as accurate as one of 0.1. NaN for an impossible
 * argument. n up to QUO_KOFN_MAX. */
#ifndef QUO_KOFN_H
#define QUO_KOFN_H

#include <stdbool.h>
#include <stddef.h>

#define QUO_KOFN_MAX 256
#define QUO_KOFN_GROUPS_MAX 20

/* Poisson-binomial: pmf[0..n] of the number of successes of n independent trials p[n]. */
void quo_kofn_pmf(const double *p, size_t n, double *pmf);
double quo_kofn_tail(const double *p, size_t n, int k); /* P[K >= k] */
/* Birnbaum's measure of trial `item` in "at least k": P[exactly k - 1 of the others]. */
double quo_kofn_birnbaum(const double *p, size_t n, int k, size_t item);

/* Over one period trial j succeeds by itself with p[j]; group g is shocked with shock[g] and then takes each member with
 * fall[g]; member[g * n + j]: j is in g. Sums over all 2^n_groups shock patterns; false for n_groups > QUO_KOFN_GROUPS_MAX. */
bool quo_kofn_shock_pmf(const double *p, size_t n, const double *shock, const double *fall, const bool *member,
                        size_t n_groups, double *pmf);

/* n alike of probability p: all fall together with probability beta p; else each alone with (1 - beta) p. */
double quo_kofn_beta_factor_tail(int n, double p, double beta, int k);
/* The first-order sum for all n, beta p + ((1 - beta) p)^n [NUREG/CR-4780]; counts the overlap twice. */
double quo_kofn_beta_factor_rare(int n, double p, double beta);
double quo_kofn_beta_binomial_pmf(int n, double alpha, double beta, int k);
double quo_kofn_beta_binomial_tail(int n, double alpha, double beta, int k);
/* Beta-binomial with mean p and correlation rho of two: alpha = p (1 - rho)/rho. rho 0 is the binomial, 1 all or none. */
double quo_kofn_correlated_tail(int n, double p, double rho, int k);
/* Of the same law: k or more of the n others, given that one has fallen: the urn with that one drawn, alpha + 1 for alpha. */
double quo_kofn_correlated_others(int n, double p, double rho, int k);

/* Probability that k given ones, and no others, fall by one cause; `total`: that one given falls. alpha[n]: shares of the
 * causes that take 1, 2 .. n [NUREG/CR-5485]. */
double quo_kofn_alpha_factor(int n, const double *alpha, double total, int k, bool staggered);
/* The same by greek[n - 1] = beta, gamma, delta .. [NUREG/CR-4780]. */
double quo_kofn_greek_letter(int n, const double *greek, double total, int k);
/* Rate of events that take exactly k of n: own rate of each, shocks that take each with p, shocks that take all. */
double quo_kofn_failure_rate(int n, double own_rate, double shock_rate, double p, double lethal_rate, int k);
#endif
