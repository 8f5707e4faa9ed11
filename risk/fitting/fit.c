#include "risk/fitting/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/fitting/matching.h"
#include "risk/fitting/maximum/limits.h"
#include "risk/fitting/maximum/task.h"

void quo_fit_options_init(struct quo_fit_options *o)
{
    *o = (struct quo_fit_options){.method = QUO_FIT_LIKELIHOOD,
                                  .location = NAN,
                                  .body = QUO_LOGNORMAL,
                                  .threshold = NAN,
                                  .component = {QUO_LOGNORMAL, QUO_LOGNORMAL},
                                  .max_iterations = 500};
}

void quo_fit_options_of(const struct quo_fit *fit, struct quo_fit_options *o)
{
    const struct quo_severity *s = &fit->severity;
    quo_fit_options_init(o);
    if (s->family == QUO_GPD)
        o->location = s->law[0].par[2];
    if (s->family == QUO_SPLICED) {
        o->body = s->law[0].family;
        o->threshold = s->threshold;
        o->continuous = fit->n_parameters == quo_family_parameters(s->law[0].family) + 2;
    }
    if (s->family == QUO_MIXTURE) {
        o->component[0] = s->law[0].family;
        o->component[1] = s->law[1].family;
    }
}

static void blank(struct quo_fit *out)
{
    memset(out, 0, sizeof *out);
    out->limit_loglik = out->loglik = out->aic = out->aicc = out->bic = out->gradient_norm = out->condition = NAN;
    for (int i = 0; i < QUO_FIT_MAX; i++) {
        out->parameter[i] = out->std_error[i] = NAN;
        for (int j = 0; j < QUO_FIT_MAX; j++)
            out->covariance[i][j] = NAN;
    }
}

static void criteria(struct quo_fit *f)
{
    const double k = f->n_parameters, n = (double)f->n;
    f->aic = 2.0 * k - 2.0 * f->loglik;
    f->aicc = n > k + 1.0 ? f->aic + 2.0 * k * (k + 1.0) / (n - k - 1.0) : INFINITY;
    f->bic = k * log(n) - 2.0 * f->loglik;
}

/* Natural parameters and their covariance: each natural parameter depends on its own coordinate alone, and at a maximum
 * the gradient is zero, so the information in natural units is that of the coordinates times the slopes. */
static void describe(const struct quo_task *task, const struct quo_newton_result *r, bool errors, struct quo_fit *f)
{
    double slope[QUO_JET_MAX], covariance[QUO_JET_MAX][QUO_JET_MAX];
    f->severity = quo_task_severity(task, r->t);
    f->n_parameters = task->problem.k;
    f->n = task->n;
    f->loglik = r->at.v + task->shift;
    f->gradient_norm = r->gradient_norm;
    f->iterations = r->iterations;
    criteria(f);
    for (int i = 0; i < f->n_parameters; i++)
        f->parameter[i] = quo_task_parameter(task, &f->severity, i, &slope[i]);
    if (!errors)
        return;
    if (!quo_newton_covariance(&r->at, covariance, &f->condition))
        return;
    if (task->family == QUO_GPD && f->parameter[0] <= -0.5) /* the information does not exist [Smi85] */
        return;
    for (int i = 0; i < f->n_parameters; i++) {
        for (int j = 0; j < f->n_parameters; j++)
            f->covariance[i][j] = covariance[i][j] * slope[i] * slope[j];
        f->std_error[i] = sqrt(f->covariance[i][i]);
    }
}

/* A mixture is told with the component of the lower median first. */
static void order_mixture(struct quo_task *task, struct quo_newton_result *r)
{
    const struct quo_severity s = quo_task_severity(task, r->t);
    const struct quo_severity a = quo_severity_simple(s.law[0].family, s.law[0].par);
    const struct quo_severity b = quo_severity_simple(s.law[1].family, s.law[1].par);
    if (task->part[0] != task->part[1] || quo_severity_Pinv(0.5, &a) <= quo_severity_Pinv(0.5, &b))
        return;
    const struct quo_severity turned = quo_severity_mixture(1.0 - s.weight, s.law[1], s.law[0]);
    quo_task_coordinates(task, &turned, r->t);
    task->problem.evaluate(r->t, &r->at, task->problem.context);
}

/* The supremum of the log likelihood outside the family, in the task's units; -INFINITY if no limit law applies. */
static double supremum(const struct quo_task *task, const struct quo_newton_result *r, const char **name)
{
    *name = "";
    if (task->family < QUO_SIMPLE_FAMILIES)
        return quo_limits_best(&task->scaled[0], name);
    if (task->family != QUO_SPLICED || task->continuous || task->part[0] == QUO_EXPONENTIAL)
        return -INFINITY;
    /* Body, share and tail come apart: the limit replaces the body alone. */
    const struct quo_scaled *body = &task->scaled[0], *tail = &task->scaled[1];
    const double below = body->bulk.sum_weight, above = task->above, all = below + above;
    struct quo_jet part;
    quo_scaled_evaluate(r->t + quo_kernel_coordinates(task->part[0]) + 1, &part, tail);
    *name = "a power law below the threshold";
    return quo_limits_body(body, task->threshold / body->scale) + part.v + below * log(below / all) +
           (above > 0.0 ? above * log(above / all) : 0.0);
}

static void judge(const struct quo_task *task, const struct quo_newton_result *r, struct quo_fit *f)
{
    const char *name = "";
    const double limit = supremum(task, r, &name);
    if (limit >= r->at.v - 1e-10 * (1.0 + fabs(r->at.v))) {
        f->status = QUO_NOT_CONVERGED;
        f->limit_loglik = limit + task->shift;
        snprintf(f->limit, sizeof f->limit, "%s", name);
        snprintf(f->reason, sizeof f->reason,
                 "the likelihood climbs to the law '%s', outside the family (log likelihood %.8g, here %.8g)", name,
                 f->limit_loglik, f->loglik);
        return;
    }
    if (r->converged)
        return;
    f->status = QUO_NOT_CONVERGED;
    if (r->edge >= 0) {
        char parameter[40];
        const bool upper = r->t[r->edge] >= task->problem.high[r->edge];
        if (r->edge < quo_kernel_coordinates(task->part[0]) && task->family != QUO_MIXTURE)
            snprintf(f->limit, sizeof f->limit, "%s", quo_limits_edge(task->part[0], r->edge, upper));
        snprintf(f->reason, sizeof f->reason, "%s runs to the %s end of its range%s%s",
                 quo_fit_parameter_name(f, r->edge, parameter, sizeof parameter), upper ? "upper" : "lower",
                 f->limit[0] ? "; the limit is " : "", f->limit);
        return;
    }
    snprintf(f->reason, sizeof f->reason, "%s (gradient %.2g)", r->why, r->gradient_norm);
}

enum quo_status quo_fit_family(const struct quo_sample *sample, enum quo_family family,
                               const struct quo_fit_options *options, struct quo_fit *out)
{
    struct quo_fit_options defaults;
    struct quo_task task;
    struct quo_newton_result best;
    quo_fit_options_init(&defaults);
    if (!options)
        options = &defaults;
    blank(out);
    out->severity.family = family;
    if (options->method != QUO_FIT_LIKELIHOOD) {
        out->status = quo_matching_fit(sample, family, options, out);
        return out->status;
    }
    out->status = quo_task_make(sample, family, options, &task, out->reason, sizeof out->reason);
    if (out->status != QUO_OK)
        return out->status;
    if (options->start && options->start->family == family && !quo_severity_invalid(options->start)) {
        if (task.n_starts == QUO_TASK_STARTS)
            task.n_starts--;
        memmove(task.start[1], task.start[0], (size_t)task.n_starts * sizeof task.start[0]);
        quo_task_coordinates(&task, options->start, task.start[0]);
        task.n_starts++;
    }
    quo_task_maximise(&task, options->quick, &best, &out->starts);
    if (family == QUO_MIXTURE)
        order_mixture(&task, &best);
    out->reason[0] = '\0';
    describe(&task, &best, !options->quick, out);
    if (!isfinite(best.at.v)) {
        out->status = QUO_REFUSED;
        snprintf(out->reason, sizeof out->reason, "no starting point is possible for these data");
    } else if (options->quick) {
        out->status = best.converged ? QUO_OK : QUO_NOT_CONVERGED;
        snprintf(out->reason, sizeof out->reason, "%s", best.why);
    } else {
        judge(&task, &best, out);
    }
    quo_task_free(&task);
    return out->status;
}

const char *quo_fit_parameter_name(const struct quo_fit *fit, int i, char *buffer, size_t size)
{
    const struct quo_severity *s = &fit->severity;
    const int first = quo_family_parameters(s->law[0].family);
    if (i < 0 || i >= fit->n_parameters)
        snprintf(buffer, size, "?");
    else if (s->family == QUO_MIXTURE && i == 0)
        snprintf(buffer, size, "weight1");
    else if (s->family == QUO_MIXTURE)
        snprintf(buffer, size, "c%d.%s", i > first ? 2 : 1,
                 quo_family_parameter_name(s->law[i > first].family, i > first ? i - 1 - first : i - 1));
    else if (s->family != QUO_SPLICED)
        snprintf(buffer, size, "%s", quo_family_parameter_name(s->family, i));
    else if (i < first)
        snprintf(buffer, size, "body.%s", quo_family_parameter_name(s->law[0].family, i));
    else
        snprintf(buffer, size, "%s",
                 i == fit->n_parameters - 1   ? "beta"
                 : i == fit->n_parameters - 2 ? "xi"
                                              : "weight");
    return buffer;
}

void quo_fit_weights(const struct quo_fit *fit, size_t n, bool by_bic, double *weight)
{
    double least = INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        if (fit[i].status == QUO_OK)
            least = fmin(least, by_bic ? fit[i].bic : fit[i].aicc);
    for (size_t i = 0; i < n; i++) {
        const double value = by_bic ? fit[i].bic : fit[i].aicc;
        weight[i] = fit[i].status == QUO_OK && isfinite(value) ? exp(-0.5 * (value - least)) : 0.0;
        sum += weight[i];
    }
    for (size_t i = 0; i < n; i++)
        weight[i] = sum > 0.0 ? weight[i] / sum : 0.0;
}
