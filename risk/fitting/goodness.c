#include "risk/fitting/goodness.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/stream.h"
#include "risk/base/vectormath.h"
#include "risk/fitting/maximum/drawn.h"

enum { PURPOSE_BOOTSTRAP = 0x4742, PURPOSE_FOLDS = 0x4746 };

/* The exact records under the law, ascending: sizes, both conditional tail probabilities and their logs. Five arrays of room n in one
 * block, and one for the order. */
struct transformed {
    size_t n;
    double *x, *lower, *upper, *log_lower, *log_upper;
    size_t *order;
};

static bool make_room(size_t n, struct transformed *t)
{
    t->n = 0;
    t->x = malloc(5 * n * sizeof *t->x);
    t->order = malloc(n * sizeof *t->order);
    t->lower = t->x ? t->x + n : NULL;
    t->upper = t->x ? t->x + 2 * n : NULL;
    t->log_lower = t->x ? t->x + 3 * n : NULL;
    t->log_upper = t->x ? t->x + 4 * n : NULL;
    return t->x && t->order;
}

static void free_room(struct transformed *t)
{
    free(t->x);
    free(t->order);
}

static bool exact(const struct quo_sample *s, size_t i)
{
    return !(s->low && s->high && s->high[i] > s->low[i]) && !(s->censored && s->censored[i]);
}

static int by_tail(const void *a, const void *b, void *context)
{
    const struct transformed *t = context;
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (t->log_upper[i] != t->log_upper[j]) /* descending tail is ascending probability */
        return t->log_upper[i] < t->log_upper[j] ? 1 : -1;
    return (t->log_lower[i] > t->log_lower[j]) - (t->log_lower[i] < t->log_lower[j]);
}

/* Puts one array into order, with `work` of the same length. */
static void permute(double *x, const size_t *order, size_t n, double *work)
{
    memcpy(work, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = work[order[i]];
}

/* From the logs of the tails: far out 1 - F underflows where its log does not. */
static void transform(const struct quo_sample *s, const struct quo_severity *law, struct transformed *t)
{
    double floor = 0.0, base = 0.0;
    t->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!exact(s, i))
            continue;
        const double d = quo_likelihood_truncation(s, i), x = s->value[i];
        if (d != floor) {
            floor = d;
            base = d > 0.0 ? quo_severity_logQ(d, law) : 0.0;
        }
        const double upper = quo_severity_logQ(x, law) - base;
        t->x[t->n] = x;
        t->log_upper[t->n] = upper;
        t->log_lower[t->n++] = d > 0.0 ? quo_log1mexp(fmin(upper, 0.0)) : quo_severity_logP(x, law);
    }
    for (size_t i = 0; i < t->n; i++)
        t->order[i] = i;
    qsort_r(t->order, t->n, sizeof *t->order, by_tail, t);
    double *const sorted[] = {t->x, t->log_lower, t->log_upper};
    for (int i = 0; i < 3; i++)
        permute(sorted[i], t->order, t->n, t->lower);
    for (size_t i = 0; i < t->n; i++) {
        t->lower[i] = exp(t->log_lower[i]);
        t->upper[i] = exp(t->log_upper[i]);
    }
}

#define BOTTOM 0.01 /* of the lower tail, where 1 - Q would lose digits */

/* The same for a replicate that comes sorted under one floor: whole arrays at once. */
static void transform_sorted(const struct quo_sample *s, const struct quo_severity *law, struct transformed *t)
{
    const double floor = quo_likelihood_truncation(s, 0), beyond = floor > 0.0 ? quo_severity_Q(floor, law) : 1.0;
    t->n = s->n;
    memcpy(t->x, s->value, s->n * sizeof *t->x);
    quo_severity_Q_many(t->x, t->n, law, t->upper);
    for (size_t i = 0; i < t->n; i++) {
        const double upper = t->upper[i] / beyond;
        t->upper[i] = upper < 1e-300 ? 1e-300 : upper > 1.0 ? 1.0 : upper;
        t->lower[i] = 1.0 - t->upper[i];
        if (t->lower[i] < BOTTOM)
            t->lower[i] = fmax(floor > 0.0 ? -expm1(quo_severity_logQ(t->x[i], law) - quo_severity_logQ(floor, law))
                                           : quo_severity_P(t->x[i], law),
                               1e-300);
    }
    quo_vectormath_log(t->lower, t->n, t->log_lower);
    quo_vectormath_log(t->upper, t->n, t->log_upper);
}

static void measure(const struct transformed *t, struct quo_goodness *out)
{
    struct quo_sum ad = {0.0, 0.0}, cvm = {0.0, 0.0}, upper = {0.0, 0.0};
    const size_t n = t->n;
    const double count = (double)n;
    double ks = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double rank = (double)i, gap = t->lower[i] - (2.0 * rank + 1.0) / (2.0 * count);
        ks = fabs(gap) > ks ? fabs(gap) : ks;
        quo_sum_add(&cvm, gap * gap);
        quo_sum_add(&ad, (2.0 * rank + 1.0) * (t->log_lower[i] + t->log_upper[n - 1 - i]));
        quo_sum_add(&upper, 2.0 * t->log_upper[i] + (2.0 * (count - rank) - 1.0) / count / t->upper[i]);
    }
    out->n = n;
    out->ks = ks + 0.5 / count; /* the greater of i/n - u and u - (i - 1)/n */
    out->cvm = 1.0 / (12.0 * count) + quo_sum_value(&cvm);
    out->ad = -count - quo_sum_value(&ad) / count;
    out->ad_upper = quo_sum_value(&upper);
}

enum quo_status quo_goodness_measure(const struct quo_sample *sample, const struct quo_severity *severity,
                                     struct quo_goodness *out)
{
    struct transformed t;
    *out = (struct quo_goodness){0, NAN, NAN, NAN, NAN};
    if (sample->n == 0)
        return QUO_REFUSED;
    enum quo_status status = QUO_MACHINE;
    if (make_room(sample->n, &t)) {
        transform(sample, severity, &t);
        status = t.n > 0 ? QUO_OK : QUO_REFUSED;
        if (t.n > 0)
            measure(&t, out);
    }
    free_room(&t);
    return status;
}

/* ---- bootstrap ---------------------------------------------------------------------------------------------- */

static bool common_floor(const struct quo_sample *s)
{
    for (size_t i = 1; s->truncation && i < s->n; i++)
        if (s->truncation[i] != s->truncation[0])
            return false;
    return true;
}

/* Draws a sample of the law given the floors. With one floor for all it comes out sorted, from exponential spacings, and need not be
 * sorted again [Dev86] V.3. */
static void draw(const struct quo_sample *s, const struct quo_severity *law, bool sorted, struct quo_stream *stream,
                 double *value)
{
    double floor = 0.0, beyond = 1.0, sum = 0.0;
    for (size_t i = 0; i < s->n; i++)
        value[i] = quo_stream_uniform(stream);
    if (sorted) {
        quo_vectormath_log(value, s->n, value);
        for (size_t i = 0; i < s->n; i++)
            value[i] = sum -= value[i];
        sum += quo_stream_exponential(stream);
        for (size_t i = 0; i < s->n; i++)
            value[i] = (sum - value[i]) / sum; /* tail probabilities, descending */
    }
    for (size_t i = 0; i < s->n; i++) {
        const double d = quo_likelihood_truncation(s, i);
        if (d != floor) {
            floor = d;
            beyond = d > 0.0 ? quo_severity_Q(d, law) : 1.0;
        }
        value[i] *= beyond;
    }
    quo_drawn_quantiles(value, s->n, law, value);
    for (size_t i = 0; i < s->n; i++) { /* rounding may leave a size a digit below its floor */
        const double d = s->truncation ? s->truncation[i] : s->floor;
        value[i] = value[i] < d ? d : value[i];
    }
}

struct outcome {
    struct quo_goodness measured;
    bool fitted, converged, machine;
};

static struct outcome replicate(const struct quo_sample *sample, const struct quo_fit *fit,
                                const struct quo_fit_options *options, bool sorted, uint64_t seed, int number,
                                double *value, struct transformed *room)
{
    struct outcome out = {.fitted = false};
    struct quo_fit again;
    struct quo_stream stream = quo_stream_at(seed, (uint64_t)number, 0, PURPOSE_BOOTSTRAP);
    draw(sample, &fit->severity, sorted, &stream, value);
    struct quo_sample drawn = *sample;
    drawn.value = value;
    const enum quo_status status = quo_fit_family(&drawn, fit->severity.family, options, &again);
    out.machine = status == QUO_MACHINE;
    if (status != QUO_OK && status != QUO_NOT_CONVERGED)
        return out;
    out.fitted = true;
    out.converged = status == QUO_OK;
    if (sorted)
        transform_sorted(&drawn, &again.severity, room);
    else
        transform(&drawn, &again.severity, room);
    measure(room, &out.measured);
    return out;
}

/* The exact records alone, as a sample. */
static enum quo_status exact_only(const struct quo_sample *s, struct quo_sample *out, double **memory)
{
    double *m = *memory = malloc(3 * s->n * sizeof *m);
    if (!m)
        return QUO_MACHINE;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (exact(s, i)) {
            m[n] = s->value[i];
            m[s->n + n] = quo_likelihood_truncation(s, i);
            m[2 * s->n + n++] = s->weight ? s->weight[i] : 1.0;
        }
    *out = (struct quo_sample){.n = n, .value = m};
    if (s->truncation)
        out->truncation = m + s->n;
    else
        out->floor = s->floor;
    if (s->weight)
        out->weight = m + 2 * s->n;
    return n > 0 ? QUO_OK : QUO_REFUSED;
}

static double p_value(int at_least, int fitted) { return (1.0 + at_least) / (1.0 + fitted); }

/* The p-values of what was observed among the replicates. */
static enum quo_status judge(const struct outcome *outcome, int replicates, struct quo_goodness_test *out)
{
    int fitted = 0, ks = 0, cvm = 0, ad = 0, upper = 0;
    for (int r = 0; r < replicates; r++) {
        out->failed += !outcome[r].fitted || !outcome[r].converged;
        if (outcome[r].machine)
            return QUO_MACHINE;
        if (!outcome[r].fitted)
            continue;
        fitted++;
        ks += outcome[r].measured.ks >= out->observed.ks;
        cvm += outcome[r].measured.cvm >= out->observed.cvm;
        ad += outcome[r].measured.ad >= out->observed.ad;
        upper += outcome[r].measured.ad_upper >= out->observed.ad_upper;
    }
    out->replicates = replicates;
    out->p_ks = p_value(ks, fitted);
    out->p_cvm = p_value(cvm, fitted);
    out->p_ad = p_value(ad, fitted);
    out->p_ad_upper = p_value(upper, fitted);
    return fitted > 0 ? QUO_OK : QUO_NOT_CONVERGED;
}

enum quo_status quo_goodness_bootstrap(const struct quo_sample *sample, const struct quo_fit *fit,
                                       const struct quo_fit_options *options, int replicates, uint64_t seed,
                                       struct quo_goodness_test *out)
{
    struct quo_fit_options quick;
    struct quo_sample seen;
    double *memory = NULL;
    *out = (struct quo_goodness_test){.p_ks = NAN, .p_cvm = NAN, .p_ad = NAN, .p_ad_upper = NAN};
    if (replicates < 1 || fit->status == QUO_REFUSED || fit->status == QUO_MACHINE)
        return QUO_REFUSED;
    quo_fit_options_of(fit, &quick);
    if (options) /* the law's own location, threshold and families stand; the rest is the caller's */
        quick.max_iterations = options->max_iterations;
    quick.quick = true;
    quick.start = &fit->severity;
    enum quo_status status = exact_only(sample, &seen, &memory);
    struct outcome *outcome = malloc((size_t)replicates * sizeof *outcome);
    if (status == QUO_OK && !outcome)
        status = QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_goodness_measure(&seen, &fit->severity, &out->observed);
    if (status != QUO_OK)
        goto done;
    const bool sorted = common_floor(&seen) && !seen.weight; /* sorted sizes would meet weights in order */
    bool short_of_memory = false;
#pragma omp parallel
    {
        struct transformed room;
        double *value = malloc(seen.n * sizeof *value);
        const bool ready = make_room(seen.n, &room) && value;
        if (!ready) {
#pragma omp atomic write
            short_of_memory = true;
        }
#pragma omp for schedule(dynamic, 8)
        for (int r = 0; r < replicates; r++)
            if (ready)
                outcome[r] = replicate(&seen, fit, &quick, sorted, seed, r, value, &room);
        free(value);
        free_room(&room);
    }
    if (short_of_memory) {
        status = QUO_MACHINE;
        goto done;
    }
    status = judge(outcome, replicates, out);
done:
    free(outcome);
    free(memory);
    return status;
}

/* ---- plots and scores --------------------------------------------------------------------------------------- */

size_t quo_goodness_plot(const struct quo_sample *sample, const struct quo_severity *severity, double *x,
                         double *empirical, double *model, double *quantile)
{
    struct transformed t;
    if (sample->n == 0)
        return 0;
    if (!make_room(sample->n, &t)) {
        free_room(&t);
        return 0;
    }
    transform(sample, severity, &t);
    const bool one_floor = common_floor(sample);
    const double floor = quo_likelihood_truncation(sample, 0),
                 beyond = floor > 0.0 ? quo_severity_Q(floor, severity) : 1.0;
    for (size_t i = 0; i < t.n; i++) {
        const double p = ((double)i + 0.5) / (double)t.n;
        if (x)
            x[i] = t.x[i];
        if (empirical)
            empirical[i] = p;
        if (model)
            model[i] = t.lower[i];
        if (quantile)
            quantile[i] = one_floor ? quo_severity_Qinv(beyond * (1.0 - p), severity) : NAN;
    }
    const size_t n = t.n;
    free_room(&t);
    return n;
}

/* fold[i] of a seeded shuffle, folds of equal size. */
static void shuffle(size_t n, int folds, uint64_t seed, int *fold)
{
    struct quo_stream stream = quo_stream_at(seed, 0, 0, PURPOSE_FOLDS);
    for (size_t i = 0; i < n; i++)
        fold[i] = (int)(i % (size_t)folds);
    for (size_t i = n; i-- > 1;) {
        const size_t j = quo_stream_below(&stream, (uint32_t)i + 1);
        const int swap = fold[i];
        fold[i] = fold[j];
        fold[j] = swap;
    }
}

/* The sample without one fold, through arrays of the caller: five doubles and a flag a record. */
static struct quo_sample without(const struct quo_sample *s, const int *fold, int left_out, double *m, bool *flag)
{
    struct quo_sample out = *s;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (fold[i] == left_out)
            continue;
        m[n] = s->value[i];
        if (s->low) {
            m[s->n + n] = s->low[i];
            m[2 * s->n + n] = s->high[i];
        }
        m[3 * s->n + n] = quo_likelihood_truncation(s, i);
        m[4 * s->n + n] = s->weight ? s->weight[i] : 1.0;
        flag[n++] = s->censored && s->censored[i];
    }
    out.n = n;
    out.value = m;
    out.low = s->low ? m + s->n : NULL;
    out.high = s->low ? m + 2 * s->n : NULL;
    out.truncation = s->truncation ? m + 3 * s->n : NULL;
    out.weight = s->weight ? m + 4 * s->n : NULL;
    out.censored = s->censored ? flag : NULL;
    return out;
}

enum quo_status quo_goodness_log_score(const struct quo_sample *sample, enum quo_family family,
                                       const struct quo_fit_options *options, int folds, uint64_t seed,
                                       double *mean_log_score, double *std_error)
{
    const size_t n = sample->n;
    *mean_log_score = *std_error = NAN;
    if (folds < 2 || n < 2 * (size_t)folds || n > UINT32_MAX - 1)
        return QUO_REFUSED;
    double *memory = malloc(6 * n * sizeof *memory);
    int *fold = malloc(n * sizeof *fold);
    bool *flag = malloc(n * sizeof *flag);
    enum quo_status status = memory && fold && flag ? QUO_OK : QUO_MACHINE;
    if (status != QUO_OK)
        goto done;
    double *score = memory + 5 * n;
    shuffle(n, folds, seed, fold);
    for (int f = 0; f < folds; f++) {
        struct quo_fit fit;
        const struct quo_sample rest = without(sample, fold, f, memory, flag);
        const enum quo_status one = quo_fit_family(&rest, family, options, &fit);
        if (one == QUO_REFUSED || one == QUO_MACHINE) {
            status = one;
            goto done;
        }
        if (one == QUO_NOT_CONVERGED)
            status = one;
        for (size_t i = 0; i < n; i++)
            if (fold[i] == f)
                score[i] = quo_likelihood_record(sample, i, &fit.severity);
    }
    double mass = 0.0, square = 0.0;
    struct quo_sum sum = {0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        const double w = sample->weight ? sample->weight[i] : 1.0;
        quo_sum_add(&sum, w * score[i]);
        mass += w;
    }
    const double mean = quo_sum_value(&sum) / mass;
    for (size_t i = 0; i < n; i++) {
        const double w = sample->weight ? sample->weight[i] : 1.0, d = w * (score[i] - mean);
        square += d * d;
    }
    *mean_log_score = mean;
    *std_error = sqrt(square * (double)n / ((double)n - 1.0)) / mass;
done:
    free(memory);
    free(fold);
    free(flag);
    return status;
}
