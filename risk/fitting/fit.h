/* risk/fitting/fit.h -- fits one family of severities to a sample: maximum likelihood, or moments, or quantiles.
 *
 * Data are divided by their geometric mean and optimised in logarithms of the parameters, from several starts, by Newton with
 * exact derivatives: the fit of c x is the fit of x to 1e-8, whatever the unit. A fit that did not reach a maximum says so:
 * status QUO_NOT_CONVERGED, `reason` in words, and the law the likelihood climbs to, if there is one. Never NaN parameters in a
 * fit whose status is QUO_OK or QUO_NOT_CONVERGED. All functions are pure and may be called from any thread.
 * [methods: fit] */
#ifndef QUO_FIT_H
#define QUO_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/fitting/likelihood.h"
#include "risk/severity/severity.h"

#define QUO_FIT_MAX 9 /* most parameters: a splice or mixture with gb2 */

enum quo_fit_method { QUO_FIT_LIKELIHOOD, QUO_FIT_MOMENTS, QUO_FIT_QUANTILES };

struct quo_fit_options {
    enum quo_fit_method method; /* default QUO_FIT_LIKELIHOOD */
    double location;      /* gpd: mu, held fixed; records at or below are left out. NaN (default): the common floor */
    enum quo_family body; /* spliced: family of the body; default QUO_LOGNORMAL */
    double threshold;     /* spliced: held fixed. No default */
    bool continuous;      /* spliced: weight such that the density is continuous at the threshold; default false:
                                       the share above it is free (k/n) */
    enum quo_family component[2]; /* mixture; default two lognormals */
    int max_iterations;           /* of Newton, for each start; default 500 */
    const struct quo_severity
        *start; /* one more starting point, of the same family; NULL: none. The quick way to refit */
    bool quick; /* only `start` (or the first start) is tried, no standard errors: bootstrap replicates */
};
void quo_fit_options_init(struct quo_fit_options *options);
struct quo_fit {
    enum quo_status status; /* QUO_OK, QUO_NOT_CONVERGED, QUO_REFUSED (the data cannot be fitted), QUO_MACHINE */
    char reason[200];       /* "" if OK */
    char limit[64];         /* the law the likelihood climbs to ("exponential", "pareto above the floor"), "" if none */
    double limit_loglik;    /* its log likelihood, the supremum; NaN if none */
    struct quo_severity severity;
    /* Free parameters in natural units, in the family's order; gpd: xi beta (mu is given); spliced: body's, weight unless
     * continuous, xi, beta; mixture: weight1, first's, second's (by increasing median). */
    int n_parameters;
    double parameter[QUO_FIT_MAX], std_error[QUO_FIT_MAX];
    double covariance[QUO_FIT_MAX][QUO_FIT_MAX]; /* inverse observed information, delta method; NaN if it is singular */
    size_t n;                                    /* records used, n in aicc and bic */
    double loglik, aic, aicc, bic;
    double gradient_norm; /* of the mean log likelihood in the optimiser's (logarithmic, unit-free) parameters */
    double condition;     /* of the information in the same parameters */
    int starts, iterations;
};

/* The options under which a fit is found again: its location, threshold, families. */
void quo_fit_options_of(const struct quo_fit *fit, struct quo_fit_options *options);

/* Returns fit->status. out->severity is valid unless QUO_REFUSED or QUO_MACHINE. */
enum quo_status quo_fit_family(const struct quo_sample *sample, enum quo_family family,
                               const struct quo_fit_options *options, struct quo_fit *out);
/* "shape", "body.meanlog", "weight", "xi": the name of free parameter i. Buffer of the caller. */
const char *quo_fit_parameter_name(const struct quo_fit *fit, int i, char *buffer, size_t size);

/* Profile-likelihood interval of free parameter i at that level (0.95): where the deviance of the profile reaches the chi-square
 * quantile. An end that the profile never reaches is the edge of the parameter space (0 or INFINITY, -INFINITY). [KPW12] 13.3 */
enum quo_status quo_fit_interval(const struct quo_sample *sample, const struct quo_fit *fit, int i, double level,
                                 double *low, double *high);
/* Akaike weights of n fits from aicc (or bic): weight[n], adds up to 1; a fit not OK has 0. */
void quo_fit_weights(const struct quo_fit *fit, size_t n, bool by_bic, double *weight);
/* One parametric draw of the parameters: refit of a sample simulated from the fit with the same truncation points (size n).
 * The simplest bootstrap of a severity. Reproducible: stream(seed, replicate). */
enum quo_status quo_fit_replicate(const struct quo_sample *sample, const struct quo_fit *fit,
                                  const struct quo_fit_options *options, uint64_t seed, uint64_t replicate,
                                  struct quo_fit *out);
#endif
