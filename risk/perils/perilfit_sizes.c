/* Candidate families on one sample, their tests, the tail, the choice by AICc. */
#include "risk/perils/perilfit_parts.h"
#include "risk/base/numeric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LEAST 30      /* records from which a tail is looked at */
#define TAIL_CANDIDATES 20 /* thresholds that the rule tries */
#define WEIGHT_LEAST 0.01  /* Akaike weight from which a family is scored on held-out records */
#define LEVEL 0.95         /* of profile-likelihood intervals */
#define FOLDS 5            /* of the cross-validated log score */
#define TAIL_LEVEL 0.10    /* of ForwardStop */
#define AICC_SAME 1e-6     /* a Lomax and a GPD are one law: the first stands, whatever their last digits */
#define AD_SAME 1e-6
#define PROFILE_POINTS 16 /* thresholds of a profiled splice */
#define SPLICE_SIDE 10    /* fewest records on each side of a splice */

/* The sizes above the largest floor: complete there, so that tail statistics need no truncation. Caller frees. */
static double *complete_sizes(const struct quo_sample *sample, size_t *n)
{
    double highest = 0.0;
    for (size_t i = 0; i < sample->n; i++)
        highest = fmax(highest, quo_likelihood_truncation(sample, i));
    double *size = malloc((sample->n ? sample->n : 1) * sizeof *size);
    *n = 0;
    for (size_t i = 0; size && i < sample->n; i++)
        if (sample->value[i] > highest)
            size[(*n)++] = sample->value[i];
    if (size)
        quo_numeric_sort(size, *n);
    return size;
}

static enum quo_status look_at_tail(const struct quo_sample *sample, const struct quo_perilfit_options *o,
                                    struct quo_perilfit_sizes *out)
{
    size_t n;
    double *size = complete_sizes(sample, &n);
    enum quo_status status = size ? QUO_OK : QUO_MACHINE;
    out->hill = NAN;
    out->tail.status = QUO_REFUSED;
    out->tail.xi = NAN;
    out->rule.threshold = o->tail_threshold;
    if (size && n >= TAIL_LEAST) {
        if (isnan(o->tail_threshold))
            status = quo_tail_threshold(size, n, QUO_TAIL_FORWARD_STOP, TAIL_CANDIDATES, TAIL_LEVEL, &out->rule);
        else
            strcpy(out->rule.how, "as asked for");
        if (status == QUO_OK)
            status = quo_tail_fit(size, n, out->rule.threshold, &out->tail);
        const size_t k = out->tail.exceedances;
        double *hill = malloc(n * sizeof *hill);
        if (hill && out->tail.status == QUO_OK && k >= 1 && k < n && quo_tail_hill(size, n, hill, k) == QUO_OK)
            out->hill = hill[k - 1];
        status = hill ? status : QUO_MACHINE;
        free(hill);
    }
    free(size);
    return status == QUO_MACHINE ? status : QUO_OK; /* a tail that cannot be fitted is told by its own status */
}

/* Whether a splice at that threshold has records enough on both sides. */
static bool can_splice(const struct quo_sample *sample, double threshold)
{
    size_t above = 0;
    for (size_t i = 0; i < sample->n; i++) {
        if (!(threshold > quo_likelihood_truncation(sample, i)))
            return false;
        above += sample->value[i] > threshold;
    }
    return above >= SPLICE_SIDE && sample->n - above >= SPLICE_SIDE;
}

/* Families to try, and with a splice its threshold. */
struct trial {
    enum quo_family family;
    struct quo_fit_options options;
    struct quo_perilfit_candidate result;
};

static void try_family(const struct quo_sample *sample, struct trial *t)
{
    struct quo_perilfit_candidate *c = &t->result;
    memset(c, 0, sizeof *c);
    for (int i = 0; i < QUO_FIT_MAX; i++)
        c->low[i] = c->high[i] = NAN;
    c->p_ks = c->p_cvm = c->p_ad = c->p_ad_upper = c->log_score = c->log_score_se = NAN;
    const enum quo_status status = quo_fit_family(sample, t->family, &t->options, &c->fit);
    if (status == QUO_REFUSED || status == QUO_MACHINE)
        return;
    const enum quo_status measured = quo_goodness_measure(sample, &c->fit.severity, &c->goodness);
    if (measured == QUO_MACHINE)
        c->fit.status = QUO_MACHINE;
    if (measured != QUO_OK)
        c->goodness.ks = c->goodness.cvm = c->goodness.ad = NAN;
}

static void add_trial(struct trial *trial, int *n, enum quo_family family, double threshold)
{
    trial[*n].family = family;
    quo_fit_options_init(&trial[*n].options);
    trial[*n].options.threshold = threshold;
    ++*n;
}

/* The splice whose threshold has the greatest likelihood, among order statistics with SPLICE_SIDE records or more on each side. The threshold
 * is then a parameter like the others, and AICc counts it. */
static enum quo_status profile_splice(const struct quo_sample *sample, struct trial *best)
{
    struct trial trial[PROFILE_POINTS];
    size_t n;
    int trials = 0, at = -1;
    double *size = complete_sizes(sample, &n);
    if (!size)
        return QUO_MACHINE;
    for (int i = 0; i < PROFILE_POINTS && n > 2 * SPLICE_SIDE; i++) {
        const double share = i / (PROFILE_POINTS - 1.0), most = log((double)(n - SPLICE_SIDE)),
                     least = log(SPLICE_SIDE);
        const double threshold = size[n - 1 - (size_t)exp(most + share * (least - most))];
        if (can_splice(sample, threshold) && (trials == 0 || threshold > trial[trials - 1].options.threshold))
            add_trial(trial, &trials, QUO_SPLICED, threshold);
    }
    free(size);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < trials; i++)
        try_family(sample, &trial[i]);
    for (int i = 0; i < trials; i++) {
        const struct quo_fit *f = &trial[i].result.fit;
        if (f->status == QUO_MACHINE)
            return QUO_MACHINE;
        if (f->status == QUO_OK && (at < 0 || f->loglik > trial[at].result.fit.loglik))
            at = i;
    }
    if (at < 0)
        return QUO_NOT_CONVERGED;
    *best = trial[at];
    struct quo_fit *f = &best->result.fit;
    const double k = f->n_parameters + 1.0, records = (double)f->n;
    f->aic = 2.0 * k - 2.0 * f->loglik;
    f->aicc = records > k + 1.0 ? f->aic + 2.0 * k * (k + 1.0) / (records - k - 1.0) : INFINITY;
    f->bic = k * log(records) - 2.0 * f->loglik;
    return QUO_OK;
}

static void choose(struct quo_perilfit_sizes *out)
{
    struct quo_fit fit[QUO_PERILFIT_FAMILIES];
    double weight[QUO_PERILFIT_FAMILIES];
    out->chosen = -1;
    for (int i = 0; i < out->n_candidates; i++) {
        fit[i] = out->candidate[i].fit;
        if (fit[i].status != QUO_OK || !isfinite(fit[i].aicc))
            continue;
        if (out->chosen < 0 || fit[i].aicc < fit[out->chosen].aicc - AICC_SAME)
            out->chosen = i;
    }
    if (out->chosen < 0)
        return;
    const double least = fit[out->chosen].aicc;
    const bool far = out->candidate[out->chosen].goodness.ad > QUO_PERILFIT_AD;
    for (int i = 0; i < out->n_candidates && far; i++)
        if (fit[i].status == QUO_OK && fit[i].aicc <= least + QUO_PERILFIT_ALIKE &&
            out->candidate[i].goodness.ad < (1.0 - AD_SAME) * out->candidate[out->chosen].goodness.ad)
            out->chosen = i;
    quo_fit_weights(fit, (size_t)out->n_candidates, false, weight);
    for (int i = 0; i < out->n_candidates; i++)
        out->candidate[i].weight = weight[i];
}

/* Held-out scores of the simple families that are still in the running; a splice's threshold was chosen with all records in sight. */
static enum quo_status score_candidates(const struct quo_sample *sample, uint64_t seed, struct quo_perilfit_sizes *out)
{
    bool memory = true;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < out->n_candidates; i++) {
        struct quo_perilfit_candidate *c = &out->candidate[i];
        if (c->weight < WEIGHT_LEAST || c->fit.severity.family >= QUO_SIMPLE_FAMILIES)
            continue;
        struct quo_fit_options o;
        quo_fit_options_of(&c->fit, &o);
        o.quick = true; /* from the maximum of all records: the folds' own lie near */
        o.start = &c->fit.severity;
        const enum quo_status scored =
            quo_goodness_log_score(sample, c->fit.severity.family, &o, FOLDS, seed, &c->log_score, &c->log_score_se);
        if (scored != QUO_OK)
            c->log_score = c->log_score_se = NAN; /* a fold without a maximum: nothing that could be compared */
        if (scored == QUO_MACHINE) {
#pragma omp atomic write
            memory = false;
        }
    }
    return memory ? QUO_OK : QUO_MACHINE;
}

/* Of the chosen candidate, or of all that stand at a maximum. */
static enum quo_status add_intervals(const struct quo_sample *sample, bool all, struct quo_perilfit_sizes *out)
{
    bool memory = true;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < out->n_candidates; i++) {
        struct quo_perilfit_candidate *c = &out->candidate[i];
        if (!(all || i == out->chosen) || c->fit.status != QUO_OK)
            continue;
        for (int k = 0; k < c->fit.n_parameters; k++) {
            const enum quo_status one = quo_fit_interval(sample, &c->fit, k, LEVEL, &c->low[k], &c->high[k]);
            if (one != QUO_OK)
                c->low[k] = c->high[k] = NAN;
            if (one == QUO_MACHINE) {
#pragma omp atomic write
                memory = false;
            }
        }
    }
    return memory ? QUO_OK : QUO_MACHINE;
}

static enum quo_status add_plots(const struct quo_sample *sample, struct quo_perilfit_sizes *out)
{
    size_t n;
    double *size = complete_sizes(sample, &n);
    out->plots = quo_perilfit_plots_new(sample, out->chosen >= 0 ? &out->candidate[out->chosen].fit.severity : NULL,
                                        size, size ? n : 0);
    const bool memory = size && out->plots;
    free(size);
    return memory ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_perilfit_sizes(const struct quo_sample *sample, const struct quo_perilfit_options *options,
                                   bool with_tests, struct quo_perilfit_sizes *out)
{
    memset(out, 0, sizeof *out);
    out->n = sample->n;
    out->chosen = -1;
    enum quo_status status = look_at_tail(sample, options, out);
    struct trial trial[QUO_PERILFIT_FAMILIES];
    const bool every = options->family < 0 || options->family == QUO_AVERAGE;
    int n = 0;
    for (int f = 0; f < QUO_SIMPLE_FAMILIES; f++)
        /* Of four parameters on truncated sizes two run away (its limits are the simpler families), so GB2 is fitted when asked for. */
        if (options->family == f || (every && f != QUO_GB2))
            add_trial(trial, &n, (enum quo_family)f, NAN);
    if (options->family == QUO_MIXTURE)
        add_trial(trial, &n, QUO_MIXTURE, NAN);
    struct trial splice;
    const bool wanted = every || options->family == QUO_SPLICED;
    const enum quo_status profiled =
        wanted && options->profile_threshold ? profile_splice(sample, &splice) : QUO_REFUSED;
    if (profiled == QUO_MACHINE)
        return profiled;
    if (wanted && !options->profile_threshold && out->tail.status == QUO_OK && can_splice(sample, out->rule.threshold))
        add_trial(trial, &n, QUO_SPLICED, out->rule.threshold);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = n - 1; i >= 0; i--) /* the splice takes longest: first */
        try_family(sample, &trial[i]);
    for (int i = 0; i < n; i++) /* one family less for want of memory would be another choice */
        status = trial[i].result.fit.status == QUO_MACHINE ? QUO_MACHINE : status;
    if (status != QUO_OK)
        return status;
    for (int i = 0; i < n; i++)
        if (trial[i].result.fit.status == QUO_OK || trial[i].result.fit.status == QUO_NOT_CONVERGED)
            out->candidate[out->n_candidates++] = trial[i].result;
    if (profiled == QUO_OK)
        out->candidate[out->n_candidates++] = splice.result;
    choose(out);
    status = quo_perilfit_average(sample, sample->truncation ? options->floor : sample->floor, out);
    if (status == QUO_OK)
        status = add_intervals(sample, options->intervals, out);
    if (status == QUO_OK)
        status = add_plots(sample, out);
    if (status != QUO_OK || !with_tests || out->chosen < 0 || options->tests < 1)
        return status;
    status = score_candidates(sample, options->seed, out);
    if (status != QUO_OK)
        return status;
    struct quo_perilfit_candidate *c = &out->candidate[out->chosen];
    struct quo_goodness_test test;
    struct quo_fit_options fit_options;
    quo_fit_options_init(&fit_options);
    fit_options.threshold = c->fit.severity.family == QUO_SPLICED ? c->fit.severity.threshold : NAN;
    status = quo_goodness_bootstrap(sample, &c->fit, &fit_options, options->tests, options->seed, &test);
    if (status == QUO_OK) {
        c->p_ks = test.p_ks;
        c->p_cvm = test.p_cvm;
        c->p_ad = test.p_ad;
        c->p_ad_upper = test.p_ad_upper;
    }
    return status == QUO_MACHINE ? status : QUO_OK;
}
