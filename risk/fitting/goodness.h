/* risk/fitting/goodness.h -- does the law fit: distances of the empirical distribution, bootstrap p-values, PP and QQ data,
 * cross-validated scores.
 *
 * Everything is computed on the probability integral transform given each record's truncation, so that samples with
 * per-record floors are tested rightly. Records that are not exact (censored, intervals) are left out.
 * [methods: goodness] */
#ifndef QUO_GOODNESS_H
#define QUO_GOODNESS_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"
#include "risk/fitting/fit.h"
#include "risk/fitting/likelihood.h"

struct quo_goodness {
    size_t n;           /* records used */
    double ks, cvm, ad; /* Kolmogorov-Smirnov D, Cramer-von Mises W2, Anderson-Darling A2 [KPW12] 15.4, [DS86] ch. 4 */
    double ad_upper;    /* quadratic upper-tail AD: weight 1/(1 - F)^2 [CRF05] */
};
enum quo_status quo_goodness_measure(const struct quo_sample *sample, const struct quo_severity *severity,
                                     struct quo_goodness *out);

/* P-values of a fully specified law (wrong where parameters were fitted to the same data). */
double quo_goodness_ks_p_value(double ks, size_t n);   /* exact [MTW03] for n < 100, else the limit law */
double quo_goodness_cvm_p_value(double cvm, size_t n); /* limit with the 1/n term [CF96] */
double quo_goodness_ad_p_value(double ad, size_t n);   /* [MM04] */
double quo_goodness_cvm_limit(double x);               /* P of the limit laws */
double quo_goodness_ad_limit(double x);

/* Parametric bootstrap: samples of the same size and truncation points are drawn from the fit, refitted, measured.
 * p = (1 + #{replicate >= observed}) / (1 + replicates that could be fitted). Same seed, same p, for any number of threads. */
struct quo_goodness_test {
    struct quo_goodness observed;
    double p_ks, p_cvm, p_ad, p_ad_upper;
    int replicates, failed; /* failed: refits that did not converge; they count with the fit they reached */
};
enum quo_status quo_goodness_bootstrap(const struct quo_sample *sample, const struct quo_fit *fit,
                                       const struct quo_fit_options *options, int replicates, uint64_t seed,
                                       struct quo_goodness_test *out);

/* One point a record that is exact, ascending in x: model and empirical probability ((i - 0.5)/n), and the model's quantile.
 * Arrays of n; NULL: not wanted. Returns how many points. Common truncation only for the quantile (else NaN). */
size_t quo_goodness_plot(const struct quo_sample *sample, const struct quo_severity *severity, double *x,
                         double *empirical, double *model, double *quantile);

/* Sum of held-out log densities in k folds (record i is in fold i mod k of a seeded shuffle), over n: higher is better. */
enum quo_status quo_goodness_log_score(const struct quo_sample *sample, enum quo_family family,
                                       const struct quo_fit_options *options, int folds, uint64_t seed,
                                       double *mean_log_score, double *std_error);
#endif
