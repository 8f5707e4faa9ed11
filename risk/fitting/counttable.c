/* Counts without covariates: zero-inflated and zero-modified laws, chi-square of a table, posteriors and exact intervals of a
 * rate (counts.h). */
#include "risk/fitting/counts.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/numeric.h"

#define SIZE_LOW 1e-4
#define SIZE_HIGH 1e9 /* beyond: Poisson */

static double weight_of(const struct quo_counts *d, size_t i) { return d->weight ? d->weight[i] : 1.0; }

/* What the likelihood of a zero-truncated law needs. */
struct table {
    const struct quo_counts *data;
    double all, zeros, positives, events;
};

static double log_zero(double mean, double size) { return isinf(size) ? -mean : -size * log1p(mean / size); }

struct mean_problem {
    double target, size;
};

/* Mean of the law given at least one, less its target: increasing in the mean. In log mean. */
static double truncated_mean(double log_mean, void *context)
{
    const struct mean_problem *p = context;
    const double mean = exp(log_mean);
    return mean / -expm1(log_zero(mean, p->size)) - p->target;
}

/* The mean of the untruncated law whose positive part has the table's mean: the likelihood equation of the mean. */
static double solve_mean(const struct table *t, double size)
{
    struct mean_problem p = {t->events / t->positives, size};
    return exp(quo_root(truncated_mean, &p, log(1e-12), log(p.target), 1e-15));
}

/* d/d(size) of the log likelihood of the positive counts; the mean's own score is zero at its solution. */
static double truncated_score(const struct table *t, double size)
{
    const double mean = solve_mean(t, size), ratio = log1p(mean / size);
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < t->data->n; i++) {
        const double y = t->data->count[i];
        if (y == 0.0)
            continue;
        double one = (mean - y) / (mean + size) - ratio;
        for (double m = 0.0; m < y; m++)
            one += 1.0 / (size + m);
        quo_sum_add(&sum, weight_of(t->data, i) * one);
    }
    const double zero = exp(log_zero(mean, size));
    quo_sum_add(&sum, t->positives * zero / (1.0 - zero) * (mean / (mean + size) - ratio));
    return quo_sum_value(&sum);
}

static double truncated_loglik(const struct table *t, double mean, double size)
{
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < t->data->n; i++) {
        const double y = t->data->count[i];
        if (y == 0.0)
            continue;
        double one = y * log(mean) - lgamma(y + 1.0) - (isinf(size) ? mean : (size + y) * log1p(mean / size));
        for (double m = 1.0; m < y && isfinite(size); m++)
            one += log1p(m / size);
        quo_sum_add(&sum, weight_of(t->data, i) * one);
    }
    return quo_sum_value(&sum) - t->positives * log(-expm1(log_zero(mean, size)));
}

static bool make_table(const struct quo_counts *d, struct table *t, char *reason, size_t size)
{
    *t = (struct table){.data = d};
    for (size_t i = 0; i < d->n; i++) {
        const double c = d->count[i], w = weight_of(d, i);
        if (!(c >= 0.0) || c != floor(c) || !(c < 1e6) || !(w >= 0.0) || isinf(w)) {
            snprintf(reason, size,
                     "row %zu: count %g is not a whole number below a million, or its weight %g is negative", i + 1, c,
                     w);
            return false;
        }
        t->all += w;
        t->zeros += c == 0.0 ? w : 0.0;
        t->events += w * c;
    }
    t->positives = t->all - t->zeros;
    if (d->exposure || d->n_covariates > 0) {
        snprintf(reason, size,
                 "laws of zeros are fitted to identically distributed counts: no exposure, no covariates");
        return false;
    }
    if (!(t->positives > 0.0) || !(t->events > t->positives)) {
        snprintf(reason, size, "no count above 1: the positive counts say nothing of their law");
        return false;
    }
    return true;
}

static struct quo_frequency law_of(enum quo_count_family family, double mean, double size, double p0)
{
    struct quo_frequency f = {.family = family, .modified = true, .p0 = p0};
    if (family == QUO_NEGBIN && isfinite(size)) {
        f.par[0] = size;
        f.par[1] = size / (size + mean);
    } else {
        f.family = QUO_POISSON;
        f.par[0] = mean;
    }
    return f;
}

enum quo_status quo_counts_zero_modified(const struct quo_counts *data, enum quo_count_family family,
                                         struct quo_zero_fit *out)
{
    struct table t;
    memset(out, 0, sizeof *out);
    out->extra_zeros = NAN;
    out->size = INFINITY;
    if (!make_table(data, &t, out->reason, sizeof out->reason))
        return out->status = QUO_REFUSED;
    if (family == QUO_NEGBIN) {
        double low = log(SIZE_LOW), high = log(SIZE_HIGH);
        if (truncated_score(&t, SIZE_LOW) < 0.0) {
            snprintf(out->reason, sizeof out->reason, "the size runs to 0: the limit is the logarithmic law");
            out->status = QUO_NOT_CONVERGED;
        }
        while (high - low > 1e-13 * fabs(high) + 1e-13) {
            const double middle = 0.5 * (low + high);
            *(truncated_score(&t, exp(middle)) > 0.0 ? &low : &high) = middle;
        }
        out->size = exp(0.5 * (low + high));
        if (out->size > 0.99 * SIZE_HIGH)
            out->size = INFINITY;
    }
    out->mean = solve_mean(&t, out->size);
    out->zero_probability = t.zeros / t.all;
    out->law = law_of(family, out->mean, out->size, out->zero_probability);
    out->loglik = truncated_loglik(&t, out->mean, out->size) + t.positives * log(t.positives / t.all) +
                  (t.zeros > 0.0 ? t.zeros * log(t.zeros / t.all) : 0.0);
    return out->status;
}

/* With at least the zeros of the law below, the inflated form is the modified one in other words: P[0] = pi + (1 - pi) q, q the
 * law's own zeros. With fewer, the best share of extra zeros is none and the law is fitted without. */
enum quo_status quo_counts_zero_inflated(const struct quo_counts *data, enum quo_count_family family,
                                         struct quo_zero_fit *out)
{
    if (quo_counts_zero_modified(data, family, out) == QUO_REFUSED)
        return out->status;
    const double own = exp(log_zero(out->mean, out->size));
    if (out->zero_probability >= own) {
        out->extra_zeros = (out->zero_probability - own) / (1.0 - own);
        return out->status;
    }
    struct quo_regression r;
    out->status = quo_counts_fit(data, family, &r);
    out->extra_zeros = 0.0;
    out->mean = exp(r.coefficient[0]);
    out->size = r.size;
    out->zero_probability = exp(log_zero(out->mean, out->size));
    out->law = law_of(family, out->mean, out->size, out->zero_probability);
    out->law.modified = false;
    out->loglik = r.loglik;
    snprintf(out->reason, sizeof out->reason, "fewer zeros than the law has of itself: none are extra");
    return out->status;
}

double quo_counts_pearson_cells(const struct quo_counts *data, const struct quo_frequency *law)
{
    double most = 0.0, all = 0.0, out = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        most = fmax(most, data->count[i]);
        all += weight_of(data, i);
    }
    for (double cell = 0.0; cell <= most; cell++) {
        double seen = 0.0;
        for (size_t i = 0; i < data->n; i++)
            seen += data->count[i] == cell ? weight_of(data, i) : 0.0;
        const double expected =
            all * (cell < most ? quo_frequency_pmf((int64_t)cell, law) : quo_frequency_Q((int64_t)cell - 1, law));
        out += (seen - expected) * (seen - expected) / expected;
    }
    return out;
}

struct quo_rate_posterior quo_counts_posterior(double prior_shape, double prior_rate, double events, double exposure)
{
    return (struct quo_rate_posterior){prior_shape + events, prior_rate + exposure};
}

double quo_counts_posterior_mean(const struct quo_rate_posterior *p) { return p->shape / p->rate; }
double quo_counts_posterior_sd(const struct quo_rate_posterior *p) { return sqrt(p->shape) / p->rate; }

double quo_counts_posterior_quantile(const struct quo_rate_posterior *p, double probability)
{
    return probability <= 0.5 ? gsl_cdf_gamma_Pinv(probability, p->shape, 1.0 / p->rate)
                              : gsl_cdf_gamma_Qinv(1.0 - probability, p->shape, 1.0 / p->rate);
}

double quo_counts_posterior_none(const struct quo_rate_posterior *p, double exposure)
{
    return exp(-p->shape * log1p(exposure / p->rate));
}

double quo_counts_posterior_two_or_more(const struct quo_rate_posterior *p, double exposure)
{
    const double share = exposure / (p->rate + exposure); /* P[N = 1] = shape share P[N = 0] */
    return -expm1(p->shape * log1p(-share) + log1p(p->shape * share));
}

void quo_counts_garwood(double events, double exposure, double level, double *low, double *high)
{
    const double side = 0.5 * (1.0 - level);
    if (!(events >= 0.0) || !(exposure > 0.0) || !(level > 0.0 && level < 1.0)) {
        *low = *high = NAN;
        return;
    }
    *low = events > 0.0 ? gsl_cdf_gamma_Pinv(side, events, 1.0) / exposure : 0.0;
    *high = gsl_cdf_gamma_Qinv(side, events + 1.0, 1.0) / exposure;
}
