#include "risk/fitting/counts.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/numeric.h"

#define STEPS 100
#define DONE 1e-12    /* relative change of the deviance, and of a coefficient */
#define RUN_AWAY 25.0 /* a coefficient of which some row's share of the linear predictor exceeds this has run away */
#define SIZE_HIGH 1e9 /* a size beyond is Poisson */

/* ---- small linear algebra ---------------------------------------------------------------------------------- */

/* Cholesky factor of the k x k matrix a, in place (lower); false if it is not positive definite. */
static bool factor(int k, double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX])
{
    for (int j = 0; j < k; j++) {
        const double before = a[j][j];
        for (int m = 0; m < j; m++)
            a[j][j] -= a[j][m] * a[j][m];
        if (!(a[j][j] > 1e-12 * before))
            return false;
        a[j][j] = sqrt(a[j][j]);
        for (int i = j + 1; i < k; i++) {
            for (int m = 0; m < j; m++)
                a[i][j] -= a[i][m] * a[j][m];
            a[i][j] /= a[j][j];
        }
    }
    return true;
}

static void solve(int k, double l[QUO_COUNTS_MAX][QUO_COUNTS_MAX], double *b)
{
    for (int i = 0; i < k; i++) {
        for (int m = 0; m < i; m++)
            b[i] -= l[i][m] * b[m];
        b[i] /= l[i][i];
    }
    for (int i = k; i-- > 0;) {
        for (int m = i + 1; m < k; m++)
            b[i] -= l[m][i] * b[m];
        b[i] /= l[i][i];
    }
}

/* ---- regression -------------------------------------------------------------------------------------------- */

static double exposure_of(const struct quo_counts *d, size_t i) { return d->exposure ? d->exposure[i] : 1.0; }
static double weight_of(const struct quo_counts *d, size_t i) { return d->weight ? d->weight[i] : 1.0; }
static bool used(const struct quo_counts *d, size_t i) { return exposure_of(d, i) > 0.0 && weight_of(d, i) > 0.0; }

static double covariate_of(const struct quo_counts *d, size_t i, int j)
{
    return j == 0 ? 1.0 : d->covariate[i * (size_t)d->n_covariates + (size_t)j - 1];
}

static double predictor(const struct quo_counts *d, size_t i, const double *beta)
{
    double eta = log(exposure_of(d, i));
    for (int j = 0; j <= d->n_covariates; j++)
        eta += beta[j] * covariate_of(d, i, j);
    return eta;
}

static const char *invalid(const struct quo_counts *d, char *reason, size_t size)
{
    double total = 0.0, rows = 0.0;
    if (d->n == 0 || !d->count || d->n_covariates < 0 || d->n_covariates >= QUO_COUNTS_MAX ||
        (d->n_covariates > 0 && !d->covariate)) {
        snprintf(reason, size, "no counts, or more than %d covariates", QUO_COUNTS_MAX - 1);
        return reason;
    }
    for (size_t i = 0; i < d->n; i++) {
        const double c = d->count[i], e = exposure_of(d, i), w = weight_of(d, i);
        if (!(c >= 0.0) || c != floor(c) || isinf(c)) {
            snprintf(reason, size, "row %zu: count %g is not a whole number of at least 0", i + 1, c);
            return reason;
        }
        if (!(e >= 0.0) || isinf(e) || !(w >= 0.0) || isinf(w)) {
            snprintf(reason, size, "row %zu: exposure %g and weight %g are to be finite and at least 0", i + 1, e, w);
            return reason;
        }
        if (e == 0.0 && c > 0.0) {
            snprintf(reason, size, "row %zu: %g events without exposure", i + 1, c);
            return reason;
        }
        for (int j = 1; j <= d->n_covariates; j++)
            if (!isfinite(covariate_of(d, i, j))) {
                snprintf(reason, size, "row %zu: covariate %d is not a finite number", i + 1, j);
                return reason;
            }
        if (used(d, i)) {
            total += w * c;
            rows += 1.0;
        }
    }
    if (rows < d->n_covariates + 1.0) {
        snprintf(reason, size, "%g rows with exposure for %d coefficients", rows, d->n_covariates + 1);
        return reason;
    }
    if (total == 0.0) {
        snprintf(reason, size, "no event at all: a rate follows from the Jeffreys posterior, not from a regression");
        return reason;
    }
    return NULL;
}

/* log(1 + x) - x/(1 + x) and such lose their digits when a size is huge; counts against means do not. */
static double log_likelihood(const struct quo_counts *d, const double *beta, double size)
{
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < d->n; i++) {
        if (!used(d, i))
            continue;
        const double eta = predictor(d, i, beta), mu = exp(eta), y = d->count[i];
        double one = y * eta - lgamma(y + 1.0);
        if (isinf(size)) {
            one -= mu;
        } else {
            /* log Gamma(size + y) - log Gamma(size) - y log size, without cancellation for small counts */
            if (y < 1000.0)
                for (double m = 0.0; m < y; m++)
                    one += log1p(m / size);
            else
                one += lgamma(size + y) - lgamma(size) - y * log(size);
            one -= (size + y) * log1p(mu / size);
        }
        quo_sum_add(&sum, weight_of(d, i) * one);
    }
    return quo_sum_value(&sum);
}

/* Expected information X' W X at beta. */
static void information(const struct quo_counts *d, const double *beta, double size,
                        double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX])
{
    const int k = d->n_covariates + 1;
    memset(a, 0, sizeof(double) * QUO_COUNTS_MAX * QUO_COUNTS_MAX);
    for (size_t i = 0; i < d->n; i++) {
        if (!used(d, i))
            continue;
        const double mu = exp(predictor(d, i, beta)), w = weight_of(d, i) * mu / (1.0 + mu / size);
        for (int r = 0; r < k; r++)
            for (int c = 0; c <= r; c++)
                a[r][c] += w * covariate_of(d, i, r) * covariate_of(d, i, c);
    }
}

/* Half the log determinant of the information: Jeffreys' penalty [Fir93]. */
static bool jeffreys(const struct quo_counts *d, const double *beta, double size, double *value)
{
    double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX];
    information(d, beta, size, a);
    if (!factor(d->n_covariates + 1, a))
        return false;
    *value = 0.0;
    for (int j = 0; j <= d->n_covariates; j++)
        *value += log(a[j][j]);
    return true;
}

static bool objective(const struct quo_counts *d, const double *beta, double size, bool penalised, double *value)
{
    double penalty = 0.0;
    if (penalised && !jeffreys(d, beta, size, &penalty))
        return false;
    *value = log_likelihood(d, beta, size) + penalty;
    return isfinite(*value);
}

/* Score of the (penalised) likelihood. The penalty's part is h_i (1/2 - ...) y-free leverage: for a log link and weights
 * w = mu/(1 + mu/size), d(1/2 log det)/d beta = 1/2 sum h_i (1 - share) x_i, share = mu/(size + mu). */
static void score(const struct quo_counts *d, const double *beta, double size, bool penalised,
                  double l[QUO_COUNTS_MAX][QUO_COUNTS_MAX], double *g)
{
    const int k = d->n_covariates + 1;
    for (int j = 0; j < k; j++)
        g[j] = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        if (!used(d, i))
            continue;
        const double mu = exp(predictor(d, i, beta)), share = mu / size / (1.0 + mu / size), w = weight_of(d, i);
        double pull = w * (d->count[i] - mu) / (1.0 + mu / size);
        if (penalised) {
            double x[QUO_COUNTS_MAX], leverage = 0.0;
            for (int j = 0; j < k; j++)
                x[j] = covariate_of(d, i, j);
            for (int j = 0; j < k; j++) { /* forward substitution: |L^-1 x|^2 */
                for (int m = 0; m < j; m++)
                    x[j] -= l[j][m] * x[m];
                x[j] /= l[j][j];
                leverage += x[j] * x[j];
            }
            pull += 0.5 * w * mu / (1.0 + mu / size) * leverage * (1.0 - share);
        }
        for (int j = 0; j < k; j++)
            g[j] += pull * covariate_of(d, i, j);
    }
}

/* Fisher scoring with halved steps: IRLS in the form that needs no working response. */
static bool fit_coefficients(const struct quo_counts *d, double size, bool penalised, double *beta, int *iterations)
{
    const int k = d->n_covariates + 1;
    double value;
    if (!objective(d, beta, size, penalised, &value))
        return false;
    for (int step = 0; step < STEPS; step++, ++*iterations) {
        double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX], g[QUO_COUNTS_MAX], moved = 0.0;
        information(d, beta, size, a);
        if (!factor(k, a))
            return false;
        score(d, beta, size, penalised, a, g);
        solve(k, a, g);
        double next[QUO_COUNTS_MAX], there = -INFINITY, part = 1.0;
        for (int halving = 0; halving < 30; halving++, part *= 0.5) {
            for (int j = 0; j < k; j++)
                next[j] = beta[j] + part * g[j];
            if (objective(d, next, size, penalised, &there) && there >= value - 1e-12 * fabs(value))
                break;
        }
        for (int j = 0; j < k; j++) {
            moved = fmax(moved, fabs(next[j] - beta[j]) / (1.0 + fabs(beta[j])));
            beta[j] = next[j];
        }
        value = there;
        if (moved < DONE)
            return true;
    }
    return false;
}

/* A coefficient runs away where some row's predicted log count, exposure taken out, lies hopelessly far below the mean rate. */
static bool run_away(const struct quo_counts *d, const double *beta)
{
    double total = 0.0, exposure = 0.0;
    for (size_t i = 0; i < d->n; i++)
        if (used(d, i)) {
            total += weight_of(d, i) * d->count[i];
            exposure += weight_of(d, i) * exposure_of(d, i);
        }
    const double mean = log(total / exposure);
    for (size_t i = 0; i < d->n; i++)
        if (used(d, i) && predictor(d, i, beta) - log(exposure_of(d, i)) < mean - RUN_AWAY)
            return true;
    return false;
}

/* d log-likelihood / d log size at the coefficients, and its second derivative by size itself (for the standard error). */
static double size_score(const struct quo_counts *d, const double *beta, double size, double *second)
{
    struct quo_sum sum = {0.0, 0.0}, bend = {0.0, 0.0};
    for (size_t i = 0; i < d->n; i++) {
        if (!used(d, i))
            continue;
        const double mu = exp(predictor(d, i, beta)), y = d->count[i], w = weight_of(d, i);
        double one = 0.0, two = 0.0;
        if (y < 1000.0) /* digamma(size + y) - digamma(size), exactly */
            for (double m = 0.0; m < y; m++) {
                one += 1.0 / (size + m);
                two -= 1.0 / ((size + m) * (size + m));
            }
        else {
            one = gsl_sf_psi(size + y) - gsl_sf_psi(size);
            two = gsl_sf_psi_1(size + y) - gsl_sf_psi_1(size);
        }
        one -= log1p(mu / size) - (mu - y) / (mu + size);
        two += 1.0 / size - 2.0 / (mu + size) + (y + size) / ((mu + size) * (mu + size));
        quo_sum_add(&sum, w * one);
        quo_sum_add(&bend, w * two);
    }
    *second = quo_sum_value(&bend);
    return size * quo_sum_value(&sum);
}

/* Profile of the size: coefficients are refitted at each size, and since the score by the coefficients is then zero, the score of
 * the profile is the partial one. Bisection on it: one sign change, from over-dispersed to Poisson. */
static bool fit_size(const struct quo_counts *d, bool penalised, double *beta, double *size, int *iterations)
{
    double low = log(1e-4), high = log(SIZE_HIGH), second;
    for (int pass = 0; pass < 80; pass++) {
        const double middle = 0.5 * (low + high), at = exp(middle);
        if (!fit_coefficients(d, at, penalised, beta, iterations))
            return false;
        if (size_score(d, beta, at, &second) > 0.0)
            low = middle;
        else
            high = middle;
        if (high - low < 1e-12)
            break;
    }
    *size = exp(0.5 * (low + high));
    if (*size > 0.99 * SIZE_HIGH)
        *size = INFINITY;
    return fit_coefficients(d, *size, penalised, beta, iterations);
}

static void summarise(const struct quo_counts *d, struct quo_regression *r)
{
    double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX], rows = 0.0, second;
    const int k = r->n_coefficients;
    information(d, r->coefficient, r->size, a);
    if (factor(k, a))
        for (int j = 0; j < k; j++) {
            double unit[QUO_COUNTS_MAX] = {0.0};
            unit[j] = 1.0;
            solve(k, a, unit);
            for (int i = 0; i < k; i++)
                r->covariance[i][j] = unit[i];
            r->std_error[j] = sqrt(unit[j]);
        }
    r->loglik = log_likelihood(d, r->coefficient, r->size);
    r->deviance = r->pearson = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        if (!used(d, i))
            continue;
        const double mu = exp(predictor(d, i, r->coefficient)), y = d->count[i], w = weight_of(d, i);
        const double raw = y > 0.0 ? y * log(y / mu) : 0.0;
        r->deviance +=
            2.0 * w * (isinf(r->size) ? raw - (y - mu) : raw - (y + r->size) * log1p((y - mu) / (mu + r->size)));
        r->pearson += w * (y - mu) * (y - mu) / (mu * (1.0 + mu / r->size));
        rows += 1.0;
    }
    r->df_residual = (int)rows - k;
    r->aic = 2.0 * (k + (r->family == QUO_NEGBIN)) - 2.0 * r->loglik;
    r->size_std_error = NAN;
    if (r->family == QUO_NEGBIN && isfinite(r->size)) {
        size_score(d, r->coefficient, r->size, &second);
        r->size_std_error = second < 0.0 ? sqrt(-1.0 / second) : NAN;
    }
}

static enum quo_status fail(struct quo_regression *out, enum quo_status status, const char *reason)
{
    out->status = status;
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    return status;
}

static bool fit_all(const struct quo_counts *d, struct quo_regression *out, bool penalised)
{
    double total = 0.0, exposure = 0.0;
    for (size_t i = 0; i < d->n; i++)
        if (used(d, i)) {
            total += weight_of(d, i) * d->count[i];
            exposure += weight_of(d, i) * exposure_of(d, i);
        }
    memset(out->coefficient, 0, sizeof out->coefficient);
    out->coefficient[0] = log(total / exposure);
    out->size = INFINITY;
    const bool done = fit_coefficients(d, INFINITY, penalised, out->coefficient, &out->iterations);
    if (!done || out->family == QUO_POISSON)
        return done;
    return fit_size(d, penalised, out->coefficient, &out->size, &out->iterations);
}

enum quo_status quo_counts_fit(const struct quo_counts *data, enum quo_count_family family, struct quo_regression *out)
{
    memset(out, 0, sizeof *out);
    out->family = family;
    out->size = INFINITY;
    if (family != QUO_POISSON && family != QUO_NEGBIN)
        return fail(out, QUO_REFUSED, "regressions are Poisson or negative binomial");
    if (invalid(data, out->reason, sizeof out->reason))
        return out->status = QUO_REFUSED;
    double a[QUO_COUNTS_MAX][QUO_COUNTS_MAX];
    const double flat[QUO_COUNTS_MAX] = {0.0};
    out->n_coefficients = data->n_covariates + 1;
    information(data, flat, INFINITY, a);
    if (!factor(out->n_coefficients, a))
        return fail(out, QUO_REFUSED, "the covariates are linearly dependent: one can be had from the others");
    bool done = fit_all(data, out, false);
    if (!done || run_away(data, out->coefficient)) {
        out->separated = true;
        done = fit_all(data, out, true);
        snprintf(out->reason, sizeof out->reason,
                 "some rows with exposure have no event, and a coefficient runs away: held by Jeffreys' penalty");
    }
    summarise(data, out);
    if (!done)
        return fail(out, QUO_NOT_CONVERGED, "the coefficients did not settle");
    return out->status = QUO_OK;
}

double quo_counts_expected(const struct quo_regression *r, double exposure, const double *covariate)
{
    double eta = r->coefficient[0];
    for (int j = 1; j < r->n_coefficients; j++)
        eta += r->coefficient[j] * covariate[j - 1];
    return exposure * exp(eta);
}

struct quo_dispersion_test quo_counts_dispersion(const struct quo_regression *poisson,
                                                 const struct quo_regression *negbin)
{
    const double statistic = fmax(2.0 * (negbin->loglik - poisson->loglik), 0.0);
    return (struct quo_dispersion_test){statistic, statistic > 0.0 ? 0.5 * gsl_cdf_chisq_Q(statistic, 1.0) : 1.0};
}

enum quo_status quo_counts_choose(const struct quo_counts *data, double level, struct quo_regression *out)
{
    struct quo_regression negbin;
    const enum quo_status status = quo_counts_fit(data, QUO_POISSON, out);
    if (status != QUO_OK || out->df_residual < 1 || quo_counts_fit(data, QUO_NEGBIN, &negbin) != QUO_OK)
        return status;
    if (quo_counts_dispersion(out, &negbin).p_value < level)
        *out = negbin;
    return QUO_OK;
}
