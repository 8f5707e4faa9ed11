/* A mixture of two simple laws, log f = log(w f1 + (1 - w) f2), and of their tails alike. Expectation-maximisation on logs finds
 * the neighbourhood [KPW12] 13.5, [DLR77]; Newton on the whole likelihood then reaches the maximum, which EM alone only creeps
 * up to. A component that shrinks to one size makes the likelihood infinite: such runs are left out by a floor on its spread. */
#include "risk/fitting/maximum/task.h"
#include "risk/base/numeric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIXTURE_STEPS 200
#define LEAST_SPREAD 0.02 /* of the sample's standard deviation of logs */

static struct quo_jet mix(const struct quo_task *task, const double *t, double x, bool tail,
                          const struct quo_jet *first, const struct quo_jet *second)
{
    const int k = task->problem.k, n = quo_kernel_coordinates(task->part[0]);
    struct quo_jet (*of)(enum quo_family, const double *, double, int, int) =
        tail ? quo_kernel_logQ : quo_kernel_logpdf;
    struct quo_jet a = of(task->part[0], t + 1, x, k, 1), b = of(task->part[1], t + 1 + n, x, k, 1 + n);
    a = quo_jet_combine(1.0, &a, 1.0, first);
    b = quo_jet_combine(1.0, &b, 1.0, second);
    return quo_jet_logaddexp(&a, &b);
}

static void evaluate(const double *t, struct quo_jet *out, const void *context)
{
    const struct quo_task *task = context;
    const struct quo_scaled *s = &task->scaled[0];
    const int k = task->problem.k;
    const struct quo_jet logit = quo_jet_variable(k, 0, t[0]), against = quo_jet_combine(-1.0, &logit, 0.0, &logit);
    const struct quo_jet first = quo_jet_loglogistic(&logit), second = quo_jet_loglogistic(&against);
    *out = quo_jet_constant(k, 0.0);
    struct quo_jet one;
    for (size_t i = 0; i < s->bulk.n; i++) {
        one = mix(task, t, s->bulk.x[i], false, &first, &second);
        *out = quo_jet_combine(1.0, out, s->bulk.weight ? s->bulk.weight[i] : 1.0, &one);
    }
    for (size_t i = 0; i < s->truncation.n; i++) {
        one = mix(task, t, s->truncation.x[i], true, &first, &second);
        *out = quo_jet_combine(1.0, out, -s->truncation.weight[i], &one);
    }
    for (size_t i = 0; i < s->censored.n; i++) {
        one = mix(task, t, s->censored.x[i], true, &first, &second);
        *out = quo_jet_combine(1.0, out, s->censored.weight[i], &one);
    }
    for (size_t i = 0; i < s->low.n; i++) {
        const struct quo_jet a = mix(task, t, s->low.x[i], true, &first, &second);
        const struct quo_jet b = mix(task, t, s->high.x[i], true, &first, &second);
        one = quo_jet_logdiffexp(&a, &b);
        *out = quo_jet_combine(1.0, out, s->low.weight[i], &one);
    }
    if (isnan(out->v))
        out->v = -INFINITY;
}

struct normal_pair {
    double weight, mean[2], sd[2];
};

/* EM for two normals on the logs, floors not seen. */
static void expect_maximise(const struct quo_bulk *b, struct normal_pair *p, double least)
{
    for (int step = 0; step < MIXTURE_STEPS; step++) {
        double w[2] = {0.0, 0.0}, m[2] = {0.0, 0.0}, q[2] = {0.0, 0.0};
        for (size_t i = 0; i < b->n; i++) {
            const double y = b->logx[i], v = b->weight ? b->weight[i] : 1.0;
            const double z0 = (y - p->mean[0]) / p->sd[0], z1 = (y - p->mean[1]) / p->sd[1];
            const double odds = (1.0 - p->weight) / p->weight * p->sd[0] / p->sd[1] * exp(0.5 * (z0 * z0 - z1 * z1));
            const double r = 1.0 / (1.0 + odds), r0 = v * r, r1 = v * (1.0 - r);
            w[0] += r0;
            w[1] += r1;
            m[0] += r0 * y;
            m[1] += r1 * y;
            q[0] += r0 * y * y;
            q[1] += r1 * y * y;
        }
        double moved = fabs(p->weight - w[0] / (w[0] + w[1]));
        p->weight = fmin(fmax(w[0] / (w[0] + w[1]), 1e-6), 1.0 - 1e-6);
        for (int c = 0; c < 2; c++) {
            const double mean = m[c] / fmax(w[c], 1e-300);
            moved = fmax(moved, fabs(mean - p->mean[c]));
            p->mean[c] = mean;
            p->sd[c] = fmax(sqrt(fmax(q[c] / fmax(w[c], 1e-300) - mean * mean, 0.0)), least);
        }
        if (moved < 1e-4)
            return;
    }
}

static void law_start(enum quo_family family, double mean, double sd, double *t)
{
    const double shape = 1.2825 / sd; /* pi/sqrt(6) */
    switch (family) {
    case QUO_LOGNORMAL:
        t[0] = mean;
        t[1] = log(sd);
        break;
    case QUO_EXPONENTIAL:
        t[0] = mean + 0.5772;
        break;
    case QUO_GAMMA:
        t[0] = -2.0 * log(sd);
        t[1] = mean + 0.5 * sd * sd + 2.0 * log(sd);
        break;
    case QUO_WEIBULL:
        t[0] = log(shape);
        t[1] = mean + 0.5772 / shape;
        break;
    case QUO_INVGAUSS:
        t[0] = mean + 0.5 * sd * sd;
        t[1] = t[0] - 2.0 * log(sd);
        break;
    case QUO_PARETO2:
        t[0] = log(2.0);
        t[1] = mean + 1.0;
        break;
    case QUO_LOGLOGISTIC:
    case QUO_PARALOGISTIC:
        t[0] = log(1.8138 / sd); /* pi/sqrt(3) */
        t[1] = mean;
        break;
    default: /* burr */
        t[0] = 0.0;
        t[1] = log(1.8138 / sd);
        t[2] = mean;
        break;
    }
}

static enum quo_status make_starts(struct quo_task *task)
{
    static const double split[3] = {0.5, 0.2, 0.8};
    const struct quo_bulk *b = &task->scaled[0].bulk;
    const double spread = sqrt(b->square_log / b->sum_weight);
    double *y = malloc(b->n * sizeof *y);
    if (!y)
        return QUO_MACHINE;
    memcpy(y, b->logx, b->n * sizeof *y);
    quo_numeric_sort(y, b->n);
    const double median = y[b->n / 2], low = y[b->n / 10], high = y[b->n - 1 - b->n / 10];
    free(y);
    const int n = quo_kernel_coordinates(task->part[0]);
    for (int i = 0; i < 5; i++) {
        struct normal_pair p;
        if (i < 3) /* two hills side by side, or a narrow one within a wide one */
            p = (struct normal_pair){split[i], {low, high}, {0.6 * spread, 0.6 * spread}};
        else
            p = (struct normal_pair){i == 3 ? 0.6 : 0.3, {median, median + 0.1 * spread}, {0.5 * spread, 1.4 * spread}};
        expect_maximise(b, &p, LEAST_SPREAD * spread);
        if (task->part[0] == task->part[1] && p.mean[0] > p.mean[1])
            p = (struct normal_pair){1.0 - p.weight, {p.mean[1], p.mean[0]}, {p.sd[1], p.sd[0]}};
        double *t = task->start[task->n_starts++];
        t[0] = log(p.weight) - log1p(-p.weight);
        law_start(task->part[0], p.mean[0], p.sd[0], t + 1);
        law_start(task->part[1], p.mean[1], p.sd[1], t + 1 + n);
        if (task->part[0] != task->part[1] && task->n_starts < QUO_TASK_STARTS) { /* the other way round */
            t = task->start[task->n_starts++];
            t[0] = log1p(-p.weight) - log(p.weight);
            law_start(task->part[0], p.mean[1], p.sd[1], t + 1);
            law_start(task->part[1], p.mean[0], p.sd[0], t + 1 + n);
        }
    }
    return QUO_OK;
}

enum quo_status quo_mixture_task(const struct quo_sample *sample, const struct quo_fit_options *options,
                                 struct quo_task *out, char *reason, size_t size)
{
    for (int c = 0; c < 2; c++) {
        out->part[c] = options->component[c];
        if (out->part[c] >= QUO_SIMPLE_FAMILIES || out->part[c] == QUO_GPD || out->part[c] == QUO_GB2) {
            snprintf(reason, size, "a mixture is of two of the families exponential to paralogistic");
            return QUO_REFUSED;
        }
    }
    struct quo_scaled *s = &out->scaled[0];
    enum quo_status status = quo_scaled_make(sample, 0.0, s, reason, size);
    if (status != QUO_OK)
        return status;
    const int first = quo_kernel_coordinates(out->part[0]), second = quo_kernel_coordinates(out->part[1]),
              k = 1 + first + second;
    if (s->n < (size_t)k + 1 || s->bulk.n < 4) {
        snprintf(reason, size, "%zu records (%zu exact) for %d parameters: at least %d are needed, 4 of them exact",
                 s->n, s->bulk.n, k, k + 1);
        return QUO_REFUSED;
    }
    out->n = s->n;
    out->shift = s->shift;
    out->problem = (struct quo_newton_problem){.k = k, .evaluate = evaluate, .context = out, .mass = s->mass};
    out->problem.low[0] = -30.0;
    out->problem.high[0] = 30.0;
    quo_task_box(out, out->part[0], 1, &out->problem);
    quo_task_box(out, out->part[1], 1 + first, &out->problem);
    const double floor = log(LEAST_SPREAD * sqrt(s->bulk.square_log / s->bulk.sum_weight));
    for (int c = 0, at = 1; c < 2; at += quo_kernel_coordinates(out->part[c++]))
        switch (out->part[c]) {
        case QUO_LOGNORMAL:
            out->problem.low[at + 1] = floor;
            break;
        case QUO_GAMMA:
            out->problem.high[at] = -2.0 * floor;
            break;
        case QUO_WEIBULL:
        case QUO_LOGLOGISTIC:
        case QUO_PARALOGISTIC:
            out->problem.high[at] = -floor;
            break;
        case QUO_BURR:
            out->problem.high[at + 1] = -floor;
            break;
        default:
            break;
        }
    return make_starts(out);
}
