/* A body cut to (0, u] with weight 1 - phi and a GPD above u. Seen only above its floor d < u, a record has
 *   log f = log(1 - phi) + log f_b(x) - log F_b(u)  or  log phi + log g(x - u),  minus
 *   log Q(d) = log(phi + (1 - phi)(F_b(u) - F_b(d))/F_b(u)),
 * and records with floors above u speak of the tail alone. Continuous: phi/(1 - phi) = beta f_b(u)/F_b(u). */
#include "risk/fitting/maximum/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "risk/fitting/maximum/starts.h"

#define TAIL_LEAST 4

/* What all floors have in common: log phi; log(1 - phi) - log F_b(u); log Q_b(u), and exp of it with its derivatives. */
struct beyond {
    struct quo_jet log_share, log_scale, at_u, exp_u;
};

/* log Q at d in (0, u), scaled to the body's unit: log(phi + (1 - phi) (Q_b(d) - Q_b(u)) / F_b(u)). */
static struct quo_jet tail_beyond(const struct quo_task *task, const double *t, double d, const struct beyond *b)
{
    const int k = task->problem.k;
    const struct quo_jet q = quo_kernel_logQ(task->part[0], t, d, k, 0);
    struct quo_jet between = quo_jet_logdiffexp(&q, &b->at_u);
    between = quo_jet_combine(1.0, &between, 1.0, &b->log_scale);
    return quo_jet_logaddexp(&b->log_share, &between);
}

/* out += weight * tail_beyond, in one pass: a fit has hundreds of floors. */
static void add_beyond(const struct quo_task *task, const double *t, double d, double weight, const struct beyond *b,
                       struct quo_jet *out)
{
    const int k = task->problem.k, nb = quo_kernel_coordinates(task->part[0]);
    double qg[4], qh[4][4]; /* no other parameter moves it */
    const double q = quo_kernel_tail(task->part[0], t, d, qg, qh);
    if (!(q >= -600.0)) {
        const struct quo_jet far = tail_beyond(task, t, d, b);
        *out = quo_jet_combine(1.0, out, weight, &far);
        return;
    }
    const double e = exp(q), between = q > -0.7 ? expm1(q) - expm1(b->at_u.v) : -e * expm1(b->at_u.v - q);
    const double log_between = log(between) + b->log_scale.v, ahead = b->log_share.v - log_between,
                 less = exp(-fabs(ahead));
    const double share = ahead >= 0.0 ? 1.0 / (1.0 + less) : less / (1.0 + less),
                 rest = 1.0 - share; /* phi's part of Q, and the body's */
    double gradient[QUO_JET_MAX], slope[QUO_JET_MAX], apart[QUO_JET_MAX];
    out->v += weight * (log_between + fmax(ahead, 0.0) + log1p(less));
    for (int i = 0; i < k; i++) {
        slope[i] = i < nb ? (e * qg[i] - b->exp_u.g[i]) / between : 0.0;
        gradient[i] = slope[i] + b->log_scale.g[i];
        apart[i] = b->log_share.g[i] - gradient[i];
        out->g[i] += weight * (share * b->log_share.g[i] + rest * gradient[i]);
    }
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++) {
            double bend = b->log_scale.h[i][j];
            if (i < nb)
                bend += (e * (qh[i][j] + qg[i] * qg[j]) - b->exp_u.h[i][j]) / between - slope[i] * slope[j];
            out->h[i][j] += weight * (share * b->log_share.h[i][j] + rest * bend + share * rest * apart[i] * apart[j]);
        }
}

static void evaluate(const double *t, struct quo_jet *out, const void *context)
{
    const struct quo_task *task = context;
    const struct quo_scaled *body = &task->scaled[0], *tail = &task->scaled[1];
    const enum quo_family family = task->part[0];
    const int k = task->problem.k, nb = quo_kernel_coordinates(family), at_tail = nb + !task->continuous;
    const double u = task->threshold / body->scale;

    const struct quo_jet zero = quo_jet_constant(k, 0.0), beyond_u = quo_kernel_logQ(family, t, u, k, 0);
    const struct quo_jet log_body = quo_jet_logdiffexp(&zero, &beyond_u); /* log F_b(u) */
    struct quo_jet logit;
    if (task->continuous) {
        logit = quo_kernel_logpdf(family, t, u, k, 0);
        const struct quo_jet beta = quo_jet_variable(k, at_tail + 1, t[at_tail + 1] + log(tail->scale / body->scale));
        logit = quo_jet_combine(1.0, &logit, 1.0, &beta);
        logit = quo_jet_combine(1.0, &logit, -1.0, &log_body);
    } else {
        logit = quo_jet_variable(k, nb, t[nb]);
    }
    const struct quo_jet against = quo_jet_combine(-1.0, &logit, 0.0, &logit);
    const struct quo_jet log_share = quo_jet_loglogistic(&logit), log_rest = quo_jet_loglogistic(&against);

    double g[4], h[4][4], gt[4], ht[4][4];
    *out = quo_jet_constant(k, 0.0);
    out->v = quo_kernel_sum(family, t, &body->bulk, g, h);
    for (int i = 0; i < nb; i++) {
        out->g[i] = g[i];
        for (int j = 0; j <= i; j++)
            out->h[i][j] = h[i][j];
    }
    struct quo_jet part;
    quo_scaled_evaluate(t + at_tail, &part, tail);
    out->v += part.v;
    for (int i = 0; i < 2; i++) {
        gt[i] = part.g[i];
        for (int j = 0; j <= i; j++)
            ht[i][j] = part.h[i][j];
    }
    for (int i = 0; i < 2; i++) {
        out->g[at_tail + i] += gt[i];
        for (int j = 0; j <= i; j++)
            out->h[at_tail + i][at_tail + j] += ht[i][j];
    }
    const double below = body->bulk.sum_weight;
    *out = quo_jet_combine(1.0, out, below, &log_rest);
    *out = quo_jet_combine(1.0, out, -below, &log_body);
    *out = quo_jet_combine(1.0, out, task->above, &log_share);
    const struct beyond b = {log_share, quo_jet_combine(1.0, &log_rest, -1.0, &log_body), beyond_u,
                             quo_jet_exp(&beyond_u)};
    for (size_t i = 0; i < body->truncation.n; i++)
        add_beyond(task, t, body->truncation.x[i], -body->truncation.weight[i], &b, out);
    for (size_t i = 0; i < body->censored.n; i++)
        add_beyond(task, t, body->censored.x[i], body->censored.weight[i], &b, out);
    if (isnan(out->v))
        out->v = -INFINITY;
}

/* The records of one side of the threshold as a sample of their own. above[i] tells the side. */
struct half {
    double *value, *truncation, *weight;
    bool *censored;
    size_t n;
};

static void put(struct half *half, const struct quo_sample *s, size_t i, double floor)
{
    half->value[half->n] = s->value[i];
    half->truncation[half->n] = floor;
    half->weight[half->n] = s->weight ? s->weight[i] : 1.0;
    half->censored[half->n++] = s->censored && s->censored[i];
}

/* Body records, tail records, and the floors below u of all: floor[n_floors] with weights. A record of the tail whose floor is
 * below u is in the tail's sample without a floor: being above u is accounted for by phi. */
static enum quo_status split(const struct quo_sample *s, double u, struct half *body, struct half *tail, double *floor,
                             double *floor_weight, size_t *n_floors, double *mass, char *reason, size_t size)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->low && s->high && s->high[i] > s->low[i]) {
            snprintf(reason, size, "record %zu is an interval: a splice is fitted to exact and right-censored records",
                     i + 1);
            return QUO_REFUSED;
        }
        const double d = quo_likelihood_truncation(s, i), w = s->weight ? s->weight[i] : 1.0;
        const bool above = s->value[i] > u || (s->value[i] == u && s->censored && s->censored[i]);
        if (w == 0.0)
            continue;
        if (above)
            put(tail, s, i, d > u ? d : 0.0);
        else
            put(body, s, i, 0.0);
        if (d > 0.0 && d < u) {
            floor[*n_floors] = d;
            floor_weight[(*n_floors)++] = w;
        }
        if (above && d < u) /* one that is seen only because it is in the tail says nothing of phi */
            *mass += w;
    }
    return QUO_OK;
}

static enum quo_status make_half(const struct half *half, double origin, struct quo_scaled *out, const char *what,
                                 char *reason, size_t size)
{
    char why[160];
    const struct quo_sample s = {.n = half->n,
                                 .value = half->value,
                                 .truncation = half->truncation,
                                 .censored = half->censored,
                                 .weight = half->weight};
    const enum quo_status status = quo_scaled_make(&s, origin, out, why, sizeof why);
    if (status != QUO_OK)
        snprintf(reason, size, "%s: %s", what, why);
    return status;
}

static void make_starts(struct quo_task *task)
{
    const int nb = quo_kernel_coordinates(task->part[0]), at_tail = nb + !task->continuous;
    struct quo_scaled *body = &task->scaled[0], *tail = &task->scaled[1];
    double first[QUO_STARTS_MAX][4], last[QUO_STARTS_MAX][4];
    const double above = fmax(task->above, 0.5), below = body->mass;
    const int n = quo_starts_make(body, first);
    if (quo_starts_make(tail, last) == 0) {
        last[0][0] = 0.3;
        last[0][1] = 0.0;
    }
    /* The body is cut on the right: besides its own starts, wider laws of which only the lower part is seen. */
    for (int i = 0; i < 2 * n && task->n_starts < QUO_TASK_STARTS; i++) {
        double *t = task->start[task->n_starts++];
        for (int j = 0; j < nb; j++) {
            t[j] = first[i % n][j];
            if (i >= n && quo_kernel_coordinate(task->part[0], j) != QUO_COORDINATE_LOG)
                t[j] += 0.7;
        }
        if (!task->continuous)
            t[nb] = log(above / below);
        t[at_tail] = fmax(last[0][0], -0.5);
        t[at_tail + 1] = last[0][1];
    }
}

/* What is asked of threshold, body and records. */
static enum quo_status refuse(const struct quo_sample *sample, const struct quo_fit_options *options, char *reason,
                              size_t size)
{
    const double u = options->threshold;
    if (!(u > 0.0) || isinf(u)) {
        snprintf(reason, size, "the threshold %g of the splice is not a finite number above 0", u);
        return QUO_REFUSED;
    }
    if (options->body >= QUO_SIMPLE_FAMILIES || options->body == QUO_GPD) {
        snprintf(reason, size, "the body of a splice is one of the simple families, not a GPD");
        return QUO_REFUSED;
    }
    return quo_likelihood_invalid(sample, reason, size) ? QUO_REFUSED : QUO_OK;
}

static enum quo_status too_few(const struct half *body, const struct half *tail, double u, int nb, char *reason,
                               size_t size)
{
    if (tail->n < TAIL_LEAST) {
        snprintf(reason, size, "%zu record%s above the threshold %g: at least %d are needed", tail->n,
                 tail->n == 1 ? "" : "s", u, TAIL_LEAST);
        return QUO_REFUSED;
    }
    if (body->n < (size_t)nb + 1) {
        snprintf(reason, size, "%zu record%s at or below the threshold %g: at least %d are needed for the body",
                 body->n, body->n == 1 ? "" : "s", u, nb + 1);
        return QUO_REFUSED;
    }
    return QUO_OK;
}

/* The floors of all records, equal ones gathered, take the place of the body's own. */
static enum quo_status take_floors(const double *floor, const double *weight, size_t n, struct quo_scaled *body)
{
    double *x = malloc(2 * (n + 1) * sizeof *x);
    if (!x)
        return QUO_MACHINE;
    body->floors = x;
    body->truncation = (struct quo_points){n, x, x + n};
    for (size_t i = 0; i < n; i++) {
        x[i] = floor[i] / body->scale;
        x[n + i] = weight[i];
    }
    return quo_scaled_gather(&body->truncation);
}

/* The problem in the coordinates of body, weight and tail, with its starts and its box. */
static void pose(struct quo_task *out, enum quo_family family)
{
    struct quo_scaled *body = &out->scaled[0], *tail = &out->scaled[1];
    const int nb = quo_kernel_coordinates(family), at_tail = nb + !out->continuous;
    out->problem = (struct quo_newton_problem){
        .k = at_tail + 2, .evaluate = evaluate, .context = out, .mass = body->mass + tail->mass};
    make_starts(out);
    quo_task_box(out, family, 0, &out->problem);
    if (!out->continuous) {
        out->problem.low[nb] = -40.0;
        out->problem.high[nb] = 40.0;
    }
    quo_task_box(out, QUO_GPD, at_tail, &out->problem);
}

enum quo_status quo_splice_task(const struct quo_sample *sample, const struct quo_fit_options *options,
                                struct quo_task *out, char *reason, size_t size)
{
    enum quo_status status = refuse(sample, options, reason, size);
    if (status != QUO_OK)
        return status;
    const double u = options->threshold;
    const size_t n = sample->n;
    double *memory = malloc(8 * n * sizeof *memory);
    bool *censored = malloc(2 * n * sizeof *censored);
    size_t n_floors = 0;
    status = QUO_MACHINE;
    snprintf(reason, size, "out of memory");
    if (!memory || !censored)
        goto done;
    struct half body = {memory, memory + n, memory + 2 * n, censored, 0};
    struct half tail = {memory + 3 * n, memory + 4 * n, memory + 5 * n, censored + n, 0};
    double *floor = memory + 6 * n, *floor_weight = memory + 7 * n;
    status = split(sample, u, &body, &tail, floor, floor_weight, &n_floors, &out->above, reason, size);
    if (status == QUO_OK)
        status = too_few(&body, &tail, u, quo_kernel_coordinates(options->body), reason, size);
    if (status == QUO_OK)
        status = make_half(&body, 0.0, &out->scaled[0], "the body", reason, size);
    if (status == QUO_OK)
        status = make_half(&tail, u, &out->scaled[1], "the tail", reason, size);
    if (status != QUO_OK)
        goto done;
    out->part[0] = out->scaled[0].family = options->body;
    out->part[1] = out->scaled[1].family = QUO_GPD;
    out->continuous = options->continuous;
    out->threshold = u;
    out->n = out->scaled[0].n + out->scaled[1].n;
    out->shift = out->scaled[0].shift + out->scaled[1].shift;
    status = take_floors(floor, floor_weight, n_floors, &out->scaled[0]);
    if (status == QUO_OK)
        pose(out, options->body);
done:
    free(memory);
    free(censored);
    return status;
}
