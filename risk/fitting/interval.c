/* Profile-likelihood intervals and parametric replicates of a fit (fit.h). */
#include "risk/fitting/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"
#include "risk/fitting/maximum/drawn.h"
#include "risk/fitting/maximum/task.h"

#define PURPOSE_REPLICATE 0x5250 /* numbers of the streams of quo_fit_replicate: no other use has them */

struct profile {
    struct quo_newton_problem problem;
    double others[QUO_JET_MAX]; /* the other coordinates at the last point: where the next maximisation starts */
    double top, drop;           /* greatest log likelihood; half the chi-square quantile */
    int i;
};

/* Height of the profile at coordinate t above the line that cuts the interval off. */
static double profile_at(struct profile *p, double t)
{
    struct quo_newton_result r;
    p->others[p->i] = t;
    quo_newton_maximise(&p->problem, p->others, &r);
    if (!isfinite(r.at.v))
        return -INFINITY;
    memcpy(p->others, r.t, sizeof r.t);
    return r.at.v - p->top + p->drop;
}

/* The end of the interval on one side (direction -1 or 1); INFINITY times it if the profile never falls that far. */
static double profile_end(struct profile *p, const double *best, double step, int direction)
{
    double inside = best[p->i], height = p->drop, outside = inside, low_height = 0.0;
    memcpy(p->others, best, sizeof p->others);
    for (int widening = 0;; widening++) {
        outside = inside + direction * step;
        const double edge = direction < 0 ? p->problem.low[p->i] : p->problem.high[p->i];
        const bool at_edge = direction * (outside - edge) >= 0.0;
        if (at_edge)
            outside = edge;
        low_height = profile_at(p, outside);
        if (low_height <= 0.0)
            break;
        if (at_edge || widening > 60)
            return copysign(INFINITY, direction);
        inside = outside;
        height = low_height;
        step *= 1.6;
    }
    /* Illinois: the profile is smooth and close to a parabola, so few steps reach 1e-10. */
    for (int pass = 0; pass < 80 && fabs(outside - inside) > 1e-10 * fmax(1.0, fabs(inside)); pass++) {
        double t = isfinite(low_height) ? inside + (outside - inside) * height / (height - low_height)
                                        : 0.5 * (inside + outside);
        if (pass % 3 == 2)
            t = 0.5 * (inside + outside);
        const double at = profile_at(p, t);
        if (at > 0.0) {
            inside = t;
            height = at;
            if (isfinite(low_height))
                low_height *= 0.5;
        } else {
            outside = t;
            low_height = at;
            height *= 0.5;
        }
        if (fabs(at) < 1e-10)
            return t;
    }
    return 0.5 * (inside + outside);
}

static double natural_end(const struct quo_task *task, const double *best, int i, double t, int direction)
{
    double slope, moved[QUO_JET_MAX];
    memcpy(moved, best, sizeof moved);
    if (isfinite(t)) {
        moved[i] = t;
        const struct quo_severity s = quo_task_severity(task, moved);
        return quo_task_parameter(task, &s, i, &slope);
    }
    const struct quo_severity s = quo_task_severity(task, best);
    const double value = quo_task_parameter(task, &s, i, &slope);
    if (slope == 1.0) /* meanlog, xi */
        return copysign(INFINITY, direction);
    if (slope < value) /* a weight */
        return direction < 0 ? 0.0 : 1.0;
    return direction < 0 ? 0.0 : INFINITY;
}

enum quo_status quo_fit_interval(const struct quo_sample *sample, const struct quo_fit *fit, int i, double level,
                                 double *low, double *high)
{
    struct quo_task task;
    char reason[200];
    *low = *high = NAN;
    if (i < 0 || i >= fit->n_parameters || !(level > 0.0 && level < 1.0))
        return QUO_DOMAIN;
    struct quo_fit_options options;
    quo_fit_options_of(fit, &options);
    const enum quo_status status = quo_task_make(sample, fit->severity.family, &options, &task, reason, sizeof reason);
    if (status != QUO_OK)
        return status;
    double best[QUO_JET_MAX] = {0};
    struct profile p = {.problem = task.problem, .drop = 0.5 * gsl_cdf_chisq_Pinv(level, 1.0), .i = i};
    struct quo_jet at;
    quo_task_coordinates(&task, &fit->severity, best);
    task.problem.evaluate(best, &at, task.problem.context);
    p.top = at.v;
    p.problem.fixed[i] = true;
    double slope;
    quo_task_parameter(&task, &fit->severity, i, &slope);
    double step = fit->std_error[i] / slope * sqrt(2.0 * p.drop);
    if (!(step > 1e-8 && step < 10.0))
        step = 0.3;
    *low = natural_end(&task, best, i, profile_end(&p, best, step, -1), -1);
    *high = natural_end(&task, best, i, profile_end(&p, best, step, 1), 1);
    quo_task_free(&task);
    return fit->status == QUO_OK ? QUO_OK : QUO_NOT_CONVERGED;
}

enum quo_status quo_fit_replicate(const struct quo_sample *sample, const struct quo_fit *fit,
                                  const struct quo_fit_options *options, uint64_t seed, uint64_t replicate,
                                  struct quo_fit *out)
{
    struct quo_fit_options quick;
    quo_fit_options_of(fit, &quick);
    if (options)
        quick = *options;
    const struct quo_severity *law = &fit->severity;
    double *value = malloc(sample->n * sizeof *value);
    if (!value) {
        out->status = QUO_MACHINE;
        return QUO_MACHINE;
    }
    struct quo_stream stream = quo_stream_at(seed, replicate, 0, PURPOSE_REPLICATE);
    double floor = 0.0, beyond = 1.0;
    quo_stream_uniforms(&stream, sample->n, value);
    for (size_t i = 0; i < sample->n && (sample->truncation || sample->floor > 0.0); i++) {
        const double d = quo_likelihood_truncation(sample, i);
        if (d != floor) {
            floor = d;
            beyond = d > 0.0 ? quo_severity_Q(d, law) : 1.0;
        }
        value[i] *= beyond;
    }
    quo_drawn_quantiles(value, sample->n, law, value);
    for (size_t i = 0; i < sample->n; i++) {
        const double d = quo_likelihood_truncation(sample, i);
        value[i] = value[i] > d ? value[i] : d;
    }
    struct quo_sample drawn = *sample;
    drawn.value = value;
    drawn.low = drawn.high = NULL;
    drawn.censored = NULL;
    quick.quick = true;
    quick.start = law;
    const enum quo_status status = quo_fit_family(&drawn, law->family, &quick, out);
    free(value);
    return status;
}
