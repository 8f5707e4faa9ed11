#include "risk/fitting/maximum/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/fitting/maximum/starts.h"

/* Beyond these a parameter counts as run away to the limit law: shapes of 1e-8 and 1e10, scales of e^60 geometric means. */
#define SHAPE_LOW (-18.42)
#define SHAPE_HIGH 23.03
#define SCALE_EDGE 60.0
#define LOCATION_EDGE 1e9
#define SPREAD_HIGH 6.9 /* sdlog of 1,000 */
#define SPREAD_HIGH_CUT                                                                                                \
    3.4 /* sdlog of 30 where only a part of the law is seen: a power law over any data, and the last digits still hold */
#define XI_HIGH 60.0
#define THIN_ABOVE 8000 /* records; below it the starts are tried on all of them */
#define THIN_TO 1000

void quo_task_box(const struct quo_task *task, enum quo_family family, int first, struct quo_newton_problem *p)
{
    const bool cut = task->family == QUO_SPLICED || (task->family != QUO_MIXTURE && task->scaled[0].truncation.n > 0);
    for (int i = 0; i < quo_kernel_coordinates(family); i++) {
        double low = SHAPE_LOW, high = SHAPE_HIGH;
        switch (quo_kernel_coordinate(family, i)) {
        case QUO_COORDINATE_LOG:
            high = family != QUO_LOGNORMAL ? high : cut ? SPREAD_HIGH_CUT : SPREAD_HIGH;
            break;
        case QUO_COORDINATE_LOG_SCALE:
            low = -SCALE_EDGE;
            high = SCALE_EDGE;
            break;
        case QUO_COORDINATE_LOCATION:
            low = -LOCATION_EDGE;
            high = LOCATION_EDGE;
            p->unit_of[first + i] = first + i + 2; /* its spread comes next */
            break;
        case QUO_COORDINATE_FREE: /* below -1 the density has no bound at its end */
            low = -1.0;
            high = XI_HIGH;
            break;
        }
        p->low[first + i] = low;
        p->high[first + i] = high;
    }
}

static double gpd_location(const struct quo_sample *s, const struct quo_fit_options *o)
{
    if (!isnan(o->location))
        return o->location;
    double least = s->n > 0 ? quo_likelihood_truncation(s, 0) : 0.0;
    for (size_t i = 1; s->truncation && i < s->n; i++)
        least = fmin(least, s->truncation[i]);
    return least;
}

static enum quo_status simple_task(const struct quo_sample *sample, const struct quo_fit_options *options,
                                   struct quo_task *out, char *reason, size_t size)
{
    const enum quo_family family = out->family;
    struct quo_scaled *s = &out->scaled[0];
    const double origin = family == QUO_GPD ? gpd_location(sample, options) : 0.0;
    const enum quo_status status = quo_scaled_make(sample, origin, s, reason, size);
    if (status != QUO_OK)
        return status;
    s->family = out->part[0] = family;
    const int k = quo_kernel_coordinates(family);
    const size_t needed = family == QUO_GPD ? 4 : (size_t)k + 1;
    if (s->n < needed) {
        snprintf(reason, size, "%zu record%s for %d parameter%s: at least %zu are needed", s->n, s->n == 1 ? "" : "s",
                 k, k == 1 ? "" : "s", needed);
        return QUO_REFUSED;
    }
    out->n = s->n;
    out->shift = s->shift;
    out->problem = (struct quo_newton_problem){.k = k, .evaluate = quo_scaled_evaluate, .context = s, .mass = s->mass};
    quo_task_box(out, family, 0, &out->problem);
    double start[QUO_STARTS_MAX][4];
    out->n_starts = quo_starts_make(s, start);
    for (int i = 0; i < out->n_starts; i++)
        memcpy(out->start[i], start[i], (size_t)k * sizeof(double));
    return QUO_OK;
}

enum quo_status quo_task_make(const struct quo_sample *sample, enum quo_family family,
                              const struct quo_fit_options *options, struct quo_task *out, char *reason, size_t size)
{
    memset(out, 0, sizeof *out);
    out->family = family;
    enum quo_status status;
    if (family == QUO_SPLICED)
        status = quo_splice_task(sample, options, out, reason, size);
    else if (family == QUO_MIXTURE)
        status = quo_mixture_task(sample, options, out, reason, size);
    else if ((int)family >= 0 && family < QUO_SIMPLE_FAMILIES)
        status = simple_task(sample, options, out, reason, size);
    else {
        snprintf(reason, size, "no such family");
        status = QUO_REFUSED;
    }
    if (status != QUO_OK)
        quo_task_free(out);
    else
        out->problem.max_iterations = options->max_iterations;
    return status;
}

void quo_task_free(struct quo_task *task)
{
    if (!task)
        return;
    quo_scaled_free(&task->scaled[0]);
    quo_scaled_free(&task->scaled[1]);
}

static double logistic(double x) { return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x)); }

struct quo_severity quo_task_severity(const struct quo_task *task, const double *t)
{
    const struct quo_scaled *s = task->scaled;
    const struct quo_law first =
        quo_kernel_law(task->part[0], t + (task->family == QUO_MIXTURE), s[0].scale, s[0].origin);
    const int k = quo_kernel_coordinates(task->part[0]);
    if (task->family == QUO_MIXTURE)
        return quo_severity_mixture(logistic(t[0]), first, quo_kernel_law(task->part[1], t + 1 + k, s[0].scale, 0.0));
    if (task->family != QUO_SPLICED)
        return quo_severity_simple(task->family, first.par);
    const struct quo_law tail = quo_kernel_law(QUO_GPD, t + k + !task->continuous, s[1].scale, task->threshold);
    double weight;
    if (task->continuous) { /* phi/(1 - phi) = beta f(u)/F(u) */
        const struct quo_severity body = quo_severity_simple(task->part[0], first.par);
        weight = logistic(log(tail.par[1]) + quo_severity_logpdf(task->threshold, &body) -
                          quo_severity_logP(task->threshold, &body));
    } else {
        weight = logistic(t[k]);
    }
    return quo_severity_spliced(first, task->threshold, weight, tail.par[0], tail.par[1]);
}

void quo_task_coordinates(const struct quo_task *task, const struct quo_severity *severity, double *t)
{
    const int k = quo_kernel_coordinates(task->part[0]);
    const double logit = log(severity->weight) - log1p(-severity->weight);
    if (task->family == QUO_MIXTURE) {
        t[0] = logit;
        quo_kernel_from_law(&severity->law[0], task->scaled[0].scale, t + 1);
        quo_kernel_from_law(&severity->law[1], task->scaled[0].scale, t + 1 + k);
        return;
    }
    quo_kernel_from_law(&severity->law[0], task->scaled[0].scale, t);
    if (task->family != QUO_SPLICED)
        return;
    if (!task->continuous)
        t[k] = logit;
    quo_kernel_from_law(&severity->law[1], task->scaled[1].scale, t + k + !task->continuous);
}

/* Where free parameter i lives: which law of the severity and its number there; law -1: the weight. */
static void locate(const struct quo_task *task, int i, int *law, int *number)
{
    const int k = quo_kernel_coordinates(task->part[0]);
    *law = 0;
    *number = i;
    if (task->family == QUO_MIXTURE) {
        *law = i == 0 ? -1 : i > k;
        *number = i > k ? i - 1 - k : i - 1;
    } else if (task->family == QUO_SPLICED && i >= k) {
        *law = !task->continuous && i == k ? -1 : 1;
        *number = i - k - !task->continuous;
    }
}

double quo_task_parameter(const struct quo_task *task, const struct quo_severity *severity, int i, double *slope)
{
    int law, number;
    locate(task, i, &law, &number);
    if (law < 0) {
        *slope = severity->weight * (1.0 - severity->weight);
        return severity->weight;
    }
    *slope = quo_kernel_slope(&severity->law[law], number);
    return severity->law[law].par[number];
}

/* A part of a large, simple sample, to find the hill on; false if the sample is not of that kind. */
static bool thin(const struct quo_task *task, struct quo_scaled *part, double *weight)
{
    const struct quo_scaled *s = &task->scaled[0];
    if (task->family >= QUO_SIMPLE_FAMILIES || s->bulk.n < THIN_ABOVE || s->censored.n + s->low.n > 0 ||
        s->truncation.n > 1)
        return false;
    *part = *s;
    part->memory = malloc(3 * THIN_TO * sizeof(double));
    if (!part->memory)
        return false;
    part->bulk.x = part->memory;
    part->bulk.logx = part->memory + THIN_TO;
    part->bulk.weight = s->bulk.weight ? part->memory + 2 * THIN_TO : NULL;
    part->bulk.n = THIN_TO;
    const double stride = (double)s->bulk.n / THIN_TO;
    for (size_t i = 0; i < THIN_TO; i++) {
        const size_t from = (size_t)((double)i * stride);
        part->bulk.x[i] = s->bulk.x[from];
        if (s->bulk.weight)
            part->bulk.weight[i] = s->bulk.weight[from];
    }
    quo_kernel_summarise(&part->bulk);
    part->mass = part->bulk.sum_weight;
    if (s->truncation.n == 1) {
        *weight = s->truncation.weight[0] * part->bulk.sum_weight / s->bulk.sum_weight;
        part->truncation.weight = weight;
    }
    return part->bulk.least < part->bulk.greatest;
}

/* Better: a maximum that was reached, unless a run that was not is clearly higher. A mixture's likelihood has no bound where a component
 * shrinks to one size: there any maximum is better than the run to that edge. */
static bool better(const struct quo_task *task, const struct quo_newton_result *a, const struct quo_newton_result *b)
{
    if (task->family == QUO_MIXTURE && a->converged != b->converged)
        return a->converged;
    const double margin = 1e-9 * (1.0 + fabs(b->at.v));
    if (a->converged != b->converged)
        return a->converged ? a->at.v > b->at.v - margin : a->at.v > b->at.v + margin;
    return a->at.v > b->at.v;
}

/* A lognormal of which a floor or a threshold shows a part only: (meanlog, ln sdlog) runs along a parabola, meanlog ~ sdlog^2, towards
 * a power law; with meanlog/sdlog^2 in place of meanlog the likelihood is that of an exponential family and the way is straight. */
struct straightened {
    const struct quo_newton_problem *problem;
    int at; /* the coordinate of meanlog */
};

static void evaluate_straightened(const double *s, struct quo_jet *out, const void *context)
{
    const struct straightened *c = context;
    const int k = c->problem->k, i = c->at, j = c->at + 1;
    double t[QUO_JET_MAX];
    memcpy(t, s, sizeof t);
    const double square = exp(2.0 * s[j]);
    t[i] = s[i] * square;
    struct quo_jet at;
    at.k = k;
    c->problem->evaluate(t, &at, c->problem->context);
    *out = at;
    if (!isfinite(at.v))
        return;
    /* dt_i/ds_i = square, dt_i/ds_j = 2 t_i; the second derivatives of t_i are 0, 2 square, 4 t_i */
    double h[QUO_JET_MAX][QUO_JET_MAX], j0[QUO_JET_MAX][QUO_JET_MAX] = {{0}};
    for (int a = 0; a < k; a++)
        j0[a][a] = 1.0;
    j0[i][i] = square;
    j0[i][j] = 2.0 * t[i];
    for (int a = 0; a < k; a++)
        for (int b = 0; b < k; b++)
            h[a][b] = a >= b ? at.h[a][b] : at.h[b][a];
    for (int a = 0; a < k; a++) {
        out->g[a] = 0.0;
        for (int m = 0; m < k; m++)
            out->g[a] += j0[m][a] * at.g[m];
        for (int b = 0; b <= a; b++) {
            out->h[a][b] = 0.0;
            for (int m = 0; m < k; m++)
                for (int n = 0; n < k; n++)
                    out->h[a][b] += j0[m][a] * h[m][n] * j0[n][b];
        }
    }
    out->h[j][i] += 2.0 * square * at.g[i];
    out->h[j][j] += 4.0 * t[i] * at.g[i];
}

/* Newton from a start, straightened first where that helps. */
static void climb(const struct quo_task *task, const struct quo_newton_problem *problem, const double *start,
                  struct quo_newton_result *out)
{
    const bool cut = task->scaled[0].truncation.n > 0 || task->family == QUO_SPLICED;
    if (task->part[0] != QUO_LOGNORMAL || task->family == QUO_MIXTURE || !cut) {
        quo_newton_maximise(problem, start, out);
        return;
    }
    const struct straightened context = {problem, 0};
    struct quo_newton_problem straight = *problem;
    double s[QUO_JET_MAX];
    straight.evaluate = evaluate_straightened;
    straight.context = &context;
    straight.unit_of[0] = 0;
    straight.low[0] = -1e4;
    straight.high[0] = 1e4;
    memcpy(s, start, sizeof s);
    s[0] = start[0] * exp(-2.0 * start[1]);
    quo_newton_maximise(&straight, s, out);
    memcpy(s, out->t, sizeof s);
    s[0] = out->t[0] * exp(2.0 * out->t[1]);
    quo_newton_maximise(problem, s, out);
}

void quo_task_maximise(const struct quo_task *task, bool quick, struct quo_newton_result *best, int *tried)
{
    struct quo_scaled part;
    struct quo_newton_result one;
    double start[QUO_TASK_STARTS][QUO_JET_MAX], weight;
    int n = quick ? 1 : task->n_starts;
    memcpy(start, task->start, sizeof start);
    *tried = n;
    const bool cheap = task->part[0] == QUO_LOGNORMAL || task->part[0] == QUO_GAMMA ||
                       task->part[0] == QUO_EXPONENTIAL ||
                       task->part[0] == QUO_INVGAUSS; /* their sums are taken once for all */
    memset(&part, 0, sizeof part);
    if (!cheap && n > 1 && thin(task, &part, &weight)) {
        struct quo_newton_problem problem = task->problem;
        struct quo_newton_result top = {.at = {.v = -INFINITY}};
        problem.context = &part;
        problem.mass = part.mass;
        for (int i = 0; i < n; i++) {
            climb(task, &problem, start[i], &one);
            if (i == 0 || better(task, &one, &top))
                top = one;
        }
        memcpy(start[0], top.t, sizeof top.t);
        n = 1;
    }
    free(part.memory);
    for (int i = 0; i < n; i++) {
        climb(task, &task->problem, start[i], &one);
        if (i == 0 || better(task, &one, best))
            *best = one;
    }
}
