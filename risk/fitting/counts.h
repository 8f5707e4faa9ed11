/* risk/fitting/counts.h -- how often: Poisson and negative binomial fits and regressions with log link and exposure offset,
 * rates of thin perils, exact intervals.
 *
 *   log E[N_t] = log exposure_t + x_t' beta ;  Var N = mu (Poisson) or mu + mu^2/size (negative binomial)     [MN89] 6.2, [VR02] 7.4
 * [methods: counts] */
#ifndef QUO_COUNTS_H
#define QUO_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/status.h"
#include "risk/severity/frequency.h"

#define QUO_COUNTS_MAX 8 /* most coefficients, the intercept included */

struct quo_counts {
    size_t n;                /* periods, or classes */
    const double *count;     /* count[n]: whole numbers >= 0 */
    const double *exposure;  /* exposure[n] > 0; NULL: 1. A period of exposure 0 must have count 0 and is left out */
    int n_covariates;        /* beside the intercept, at most QUO_COUNTS_MAX - 1 */
    const double *covariate; /* covariate[n][n_covariates], row-major; NULL if none */
    const double *weight;    /* weight[n]: how many periods look like this one (a table of counts); NULL: 1 */
};

struct quo_regression {
    enum quo_status status; /* QUO_OK, QUO_NOT_CONVERGED, QUO_REFUSED */
    char reason[200];
    enum quo_count_family family;
    int n_coefficients;
    double coefficient[QUO_COUNTS_MAX], std_error[QUO_COUNTS_MAX]; /* [0]: intercept */
    double covariance[QUO_COUNTS_MAX][QUO_COUNTS_MAX];             /* inverse expected information, size held fixed */
    double size, size_std_error; /* negative binomial; INFINITY if Poisson or if the data show no over-dispersion */
    double loglik, aic, deviance, pearson;
    int df_residual, iterations;
    bool
        separated; /* some period or class with exposure has no event and a coefficient runs away: it was held by a weak
                       (Jeffreys, [Fir93]) penalty and says so in `reason` */
};

/* family QUO_POISSON or QUO_NEGBIN. Returns out->status. All counts 0: QUO_REFUSED, see quo_counts_posterior. */
enum quo_status quo_counts_fit(const struct quo_counts *data, enum quo_count_family family, struct quo_regression *out);
/* Expected count of a period with that exposure and covariates. */
double quo_counts_expected(const struct quo_regression *r, double exposure, const double *covariate);
/* Likelihood ratio of negative binomial against Poisson; the null lies on the edge: p = P[chi2_1 > lr] / 2. */
struct quo_dispersion_test {
    double statistic, p_value;
};
struct quo_dispersion_test quo_counts_dispersion(const struct quo_regression *poisson,
                                                 const struct quo_regression *negbin);
/* Poisson, or negative binomial where the test rejects at `level` (0.05). */
enum quo_status quo_counts_choose(const struct quo_counts *data, double level, struct quo_regression *out);

/* Zero-inflated and zero-modified (hurdle) fits of identically distributed counts (no covariates, no exposure). */
struct quo_zero_fit {
    enum quo_status status;
    char reason[200];
    struct quo_frequency law; /* modified form; P[N = 0] is law.p0 */
    double extra_zeros;       /* pi, zero-inflated; NaN for the modified form */
    double zero_probability;
    double mean, size; /* of the count law below the zeros; size INFINITY: Poisson */
    double loglik;
};
enum quo_status quo_counts_zero_inflated(const struct quo_counts *data, enum quo_count_family family,
                                         struct quo_zero_fit *out);
enum quo_status quo_counts_zero_modified(const struct quo_counts *data, enum quo_count_family family,
                                         struct quo_zero_fit *out);
/* Pearson's chi-square of a table of counts against a law: cells 0 .. max - 1 and "max or more". */
double quo_counts_pearson_cells(const struct quo_counts *data, const struct quo_frequency *law);

/* Posterior of a rate under a Gamma(shape, rate) prior: Gamma(shape + events, rate + exposure). Jeffreys: 0.5, 0; a peril that
 * never happened still has a rate. */
struct quo_rate_posterior {
    double shape, rate;
};
struct quo_rate_posterior quo_counts_posterior(double prior_shape, double prior_rate, double events, double exposure);
double quo_counts_posterior_mean(const struct quo_rate_posterior *p);
double quo_counts_posterior_sd(const struct quo_rate_posterior *p);
double quo_counts_posterior_quantile(const struct quo_rate_posterior *p, double probability);
/* P[N = 0] and P[N >= 2] in `exposure` to come (negative binomial). */
double quo_counts_posterior_none(const struct quo_rate_posterior *p, double exposure);
double quo_counts_posterior_two_or_more(const struct quo_rate_posterior *p, double exposure);
/* Garwood's exact interval of a Poisson rate [Gar36]. */
void quo_counts_garwood(double events, double exposure, double level, double *low, double *high);
#endif
