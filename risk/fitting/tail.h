/* risk/fitting/tail.h -- the tail of a severity: generalised Pareto over thresholds, Hill, mean excess, choice of threshold.
 *
 * Sizes are complete (no censoring). Arrays need not be sorted unless said. [EKM97] ch. 6, [MFE15] 5.2
 * [methods: tail] */
#ifndef QUO_TAIL_H
#define QUO_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"

#define QUO_TAIL_LEAST 10 /* fewest exceedances an automatic threshold leaves */

struct quo_tail_fit {
    enum quo_status status;
    char reason[200];
    double threshold;
    size_t n, exceedances; /* n: all sizes; exceedances: those above the threshold */
    double share;          /* exceedances / n */
    double xi, beta;
    double xi_se, beta_se, covariance; /* NaN where xi <= -1/2: the information does not exist */
    double xi_low, xi_high;            /* 95 % profile likelihood */
    double loglik, ks, ad, cvm;
};
/* GPD over `threshold` by Grimshaw's profile [Gri93]. At least four exceedances, else QUO_REFUSED. */
enum quo_status quo_tail_fit(const double *value, size_t n, double threshold, struct quo_tail_fit *out);
/* Profile-likelihood interval of xi or beta at that level. */
enum quo_status quo_tail_interval(const double *value, size_t n, const struct quo_tail_fit *fit, bool of_beta,
                                  double level, double *low, double *high);
/* Probability weighted moments, plotting position (i - 0.35)/k [HW87]. */
enum quo_status quo_tail_pwm(const double *value, size_t n, double threshold, double *xi, double *beta);
/* Quantile at p and expected shortfall E[X | X > quantile] by the tail, given the share above the threshold; p must lie
 * above 1 - share, else NaN. Expected shortfall INFINITY where xi >= 1. [MFE15] 5.2.3 */
double quo_tail_quantile(const struct quo_tail_fit *fit, double p);
double quo_tail_shortfall(const struct quo_tail_fit *fit, double p);

/* Hill's estimator of xi from the k largest over the (k+1)-th, for k = 1 .. n_points: xi[k - 1], standard error xi/sqrt(k).
 * `value` ascending, n_points < n. */
enum quo_status quo_tail_hill(const double *ascending, size_t n, double *xi, size_t n_points);
/* Mean excess over the (k+1)-th largest, k = 1 .. n_points: mean[k - 1] at at[k - 1] (may be NULL). */
enum quo_status quo_tail_mean_excess(const double *ascending, size_t n, double *at, double *mean, size_t n_points);

/* ForwardStop [GWCT16]: the largest k whose mean of -log(1 - p_i), i <= k, is at most alpha; 0 if none. */
size_t quo_tail_forward_stop(const double *p, size_t n, double alpha);
double quo_tail_forward_stop_statistic(const double *p, size_t k);

enum quo_tail_rule { QUO_TAIL_FORWARD_STOP, QUO_TAIL_MINIMUM_KS };
struct quo_tail_choice {
    double threshold;
    size_t exceedances;
    double statistic; /* the p-value at the chosen threshold, or the KS distance */
    char how[200];    /* in words, for the report */
};
/* Threshold among candidate order statistics (at least QUO_TAIL_LEAST exceedances, at most half of the data, at most
 * n_candidates of them). Forward stop: the AD test of the fitted excesses [CS01] from the lowest candidate up, [BYZ18].
 * Minimum KS: the candidate whose GPD is nearest to its excesses [CSN09]. */
enum quo_status quo_tail_threshold(const double *value, size_t n, enum quo_tail_rule rule, size_t n_candidates,
                                   double alpha, struct quo_tail_choice *out);
/* Minimum-KS start of a power law (Pareto I) over all data points [CSN09]: xmin, exponent of the density, distance. */
enum quo_status quo_tail_power_law(const double *value, size_t n, double *xmin, double *exponent, double *ks);
/* Stability: fits at n_points thresholds, the exceedances spaced evenly in log from QUO_TAIL_LEAST to n/2: out[n_points]. */
enum quo_status quo_tail_stability(const double *value, size_t n, struct quo_tail_fit *out, size_t n_points);
/* P-value of the AD statistic of excesses of a GPD fitted to them by maximum likelihood, in the limit of many excesses: A2 is then
 * a weighted sum of chi-squares, the weights being eigenvalues of its covariance [DS86] 4.2, [CS01]. xi > -1/2, else NaN. */
double quo_tail_ad_p_value(double ad, double xi);
#endif
