/* Simulated moments: the search, its errors, whose work the losses were, and the predictive law of every published statistic. */
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/perils/calibrate_parts.h"

enum { FREE = QUO_CALIBRATE_FREE, MOMENTS_MAX = 5, STAGES = 3, ITERATIONS = 250 };
#define SIMPLEX                                                                                                        \
    2e-3 /* of logs: far below the parameters' errors; earlier stages only move the weights and stop sooner */
#define REPORT_FACTOR 8
#define PRIOR_SDLOG 2.0 /* sd of log sizes within a group of perils, and how far it may be off in logs: judgements */
#define PRIOR_ERROR 0.35
#define STATE_CENTRE                                                                                                   \
    14.0 /* ln x at which the intercept of attribution is held, so that it hardly moves with the slope */
#define STATE_SLOPE                                                                                                    \
    0.6 /* of attribution in ln x, and how far it may be off: judgements; one half-year would make it a step */
#define STATE_SLOPE_ERROR 0.3
#define STATE_SHARE_SD                                                                                                 \
    1.0 /* of the logit of the share of states in a half-year's loss; and of the log of their number */
#define STATE_COUNT_SD 0.7

struct moment {
    const char *statistic, *scope;
    double published; /* transformed */
    double sd;        /* of one period */
};
struct search {
    const struct quo_calibrate *calibrate;
    struct quo_calibrate_sim_period *period; /* [n] */
    size_t n;
    struct moment moment[MOMENTS_MAX];
    int n_moments;
    bool memory;
};

void quo_calibrate_set(struct quo_calibrate_sim_law *law, const double at[FREE])
{
    law->meanlog[QUO_CALIBRATE_SIM_INFRASTRUCTURE] = at[0];
    law->sdlog[QUO_CALIBRATE_SIM_INFRASTRUCTURE] = exp(at[1]);
    for (int g = QUO_CALIBRATE_SIM_CODE; g < QUO_CALIBRATE_SIM_GROUPS; g++) {
        law->meanlog[g] = at[2];
        law->sdlog[g] = exp(at[3]);
    }
}

/* Mean and sd over the periods; those without a value (an empty period) are passed over. NaN with fewer than half. */
static void spread(const struct search *s, const char *statistic, const char *scope, double *mean, double *sd)
{
    double sum = 0.0, square = 0.0, n = 0.0;
    for (size_t j = 0; j < s->n; j++) {
        const double x =
            quo_calibrate_transform(statistic, quo_calibrate_sim_statistic(&s->period[j], statistic, scope));
        if (!isfinite(x))
            continue;
        n += 1.0;
        const double off = x - sum;
        sum += off / n;
        square += off * (x - sum);
    }
    const bool enough = n >= 0.5 * (double)s->n && n > 1.0;
    *mean = enough ? sum : NAN;
    *sd = enough ? sqrt(square / (n - 1.0)) : NAN;
}

static bool simulate(struct search *s, const double at[FREE])
{
    struct quo_calibrate_sim_law law = s->calibrate->law;
    quo_calibrate_set(&law, at);
    if (quo_calibrate_sim_run(&law, s->calibrate->options.seed, s->n, s->period) != QUO_OK)
        s->memory = false;
    return s->memory;
}

static double prior(const double at[FREE])
{
    return gsl_pow_2((at[1] - log(PRIOR_SDLOG)) / PRIOR_ERROR) + gsl_pow_2((at[3] - log(PRIOR_SDLOG)) / PRIOR_ERROR);
}

static double objective(const gsl_vector *v, void *context)
{
    struct search *s = context;
    double at[FREE], sum;
    for (size_t k = 0; k < FREE; k++)
        at[k] = gsl_vector_get(v, k);
    /* Beyond this a lognormal above the floor is no longer told from a power law, and nothing published says more. */
    if (!(fabs(at[0]) < 60.0 && fabs(at[2]) < 60.0 && fabs(at[1]) < 2.0 && fabs(at[3]) < 2.0) || !simulate(s, at))
        return 1e12;
    sum = prior(at);
    for (int k = 0; k < s->n_moments; k++) {
        double mean, sd;
        spread(s, s->moment[k].statistic, s->moment[k].scope, &mean, &sd);
        sum += isfinite(mean) ? gsl_pow_2((s->moment[k].published - mean) / s->moment[k].sd) : 1e6;
    }
    return sum;
}

static void use_moment(struct search *s, struct quo_calibrate *c, const char *statistic, const char *scope)
{
    for (int i = 0; i < c->n_lines; i++)
        if (strcmp(c->line[i].statistic, statistic) == 0 && strcmp(c->line[i].scope, scope) == 0) {
            c->line[i].fitted = true;
            s->moment[s->n_moments++] = (struct moment){c->line[i].statistic, c->line[i].scope,
                                                        quo_calibrate_transform(statistic, c->line[i].published), 1.0};
        }
}

static bool has(const struct quo_calibrate *c, const char *statistic, const char *scope)
{
    return !isnan(quo_calibrate_published(c, statistic, scope));
}

/* Each fact once: of total and mean, of the share of a group and its total, the first alone. */
static void choose_moments(struct search *s, struct quo_calibrate *c)
{
    use_moment(s, c, "loss_median", "all");
    use_moment(s, c, has(c, "loss_total", "all") ? "loss_total" : "loss_mean", "all");
    use_moment(s, c, has(c, "loss_share", "infrastructure") ? "loss_share" : "loss_total", "infrastructure");
    use_moment(s, c, "loss_largest", "all");
    use_moment(s, c, "loss_second_largest", "all");
}

/* Incidents of each group in the period, as published. */
static void set_counts(struct quo_calibrate *c)
{
    static const char *const scope[] = {"infrastructure", "code"};
    const double all = quo_calibrate_published(c, "incidents", "all"), days = c->options.to - c->options.from + 1;
    static const char *const ids[] = {"infrastructure", "code", "other vectors"};
    double rest = all;
    for (int g = 0; g < 2; g++) {
        const double own = quo_calibrate_published(c, "incidents", scope[g]),
                     share = quo_calibrate_published(c, "incident_share", scope[g]);
        c->law.mean[g] = fmin(rest, isnan(own) ? share * all : own);
        rest -= c->law.mean[g];
    }
    c->law.mean[QUO_CALIBRATE_SIM_OTHER] = rest;
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++) {
        c->group[g].id = ids[g];
        c->group[g].per_period = c->law.mean[g];
        c->group[g].per_year = c->law.mean[g] * 365.25 / days;
    }
}

/* Where the search begins: the median is that of the others, the mean of infrastructure is its share of the total over its number. */
static void begin(const struct quo_calibrate *c, double at[FREE])
{
    const double n = quo_calibrate_published(c, "incidents", "all"),
                 total = quo_calibrate_published(c, "loss_total", "all");
    const double mean = quo_calibrate_published(c, "loss_mean", "all"), all = isnan(total) ? mean * n : total;
    const double share = quo_calibrate_published(c, "loss_share", "infrastructure");
    const double own = isnan(share) ? quo_calibrate_published(c, "loss_total", "infrastructure") : share * all;
    at[1] = at[3] = log(PRIOR_SDLOG);
    at[2] = log(quo_calibrate_published(c, "loss_median", "all"));
    at[0] = log(own / fmax(1.0, c->law.mean[QUO_CALIBRATE_SIM_INFRASTRUCTURE])) - 0.5 * PRIOR_SDLOG * PRIOR_SDLOG;
}

/* Weights are the simulated sampling errors at the stage's start: with weights that follow the parameters a wide law would win. */
static bool minimise(struct search *s, double at[FREE], double *least)
{
    gsl_vector_view point = gsl_vector_view_array(at, FREE);
    double step[FREE] = {0.5, 0.15, 0.5, 0.15};
    gsl_vector_view size = gsl_vector_view_array(step, FREE);
    gsl_multimin_function f = {objective, FREE, s};
    bool converged = false;
    for (int stage = 0; stage < STAGES; stage++) {
        gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, FREE);
        if (!m || !simulate(s, at)) {
            gsl_multimin_fminimizer_free(m);
            return false;
        }
        for (int k = 0; k < s->n_moments; k++) {
            double mean;
            spread(s, s->moment[k].statistic, s->moment[k].scope, &mean, &s->moment[k].sd);
            if (!(s->moment[k].sd > 0.0))
                s->moment[k].sd = 1.0;
        }
        converged = false;
        gsl_multimin_fminimizer_set(m, &f, &point.vector, &size.vector);
        for (int i = 0; i < ITERATIONS && !converged && s->memory; i++)
            converged = gsl_multimin_fminimizer_iterate(m) != 0 ||
                        gsl_multimin_test_size(gsl_multimin_fminimizer_size(m),
                                               stage < STAGES - 1 ? 20.0 * SIMPLEX : SIMPLEX) == GSL_SUCCESS;
        gsl_vector_memcpy(&point.vector, m->x);
        *least = m->fval;
        gsl_multimin_fminimizer_free(m);
        for (int k = 0; k < FREE; k++)
            step[k] *= 0.3;
    }
    return converged;
}

/* Covariance of the moments of one period, and their slopes in the parameters. */
static bool slopes(struct search *s, const double at[FREE], double slope[MOMENTS_MAX][FREE],
                   double moments[MOMENTS_MAX][MOMENTS_MAX])
{
    double mean[MOMENTS_MAX], sd;
    if (!simulate(s, at))
        return false;
    for (int k = 0; k < s->n_moments; k++)
        spread(s, s->moment[k].statistic, s->moment[k].scope, &mean[k], &sd);
    for (int k = 0; k < s->n_moments; k++)
        for (int l = 0; l < s->n_moments; l++) {
            double sum = 0.0, n = 0.0;
            for (size_t j = 0; j < s->n; j++) {
                const double x = quo_calibrate_transform(
                    s->moment[k].statistic,
                    quo_calibrate_sim_statistic(&s->period[j], s->moment[k].statistic, s->moment[k].scope));
                const double y = quo_calibrate_transform(
                    s->moment[l].statistic,
                    quo_calibrate_sim_statistic(&s->period[j], s->moment[l].statistic, s->moment[l].scope));
                if (isfinite(x) && isfinite(y)) {
                    sum += (x - mean[k]) * (y - mean[l]);
                    n += 1.0;
                }
            }
            moments[k][l] = n > 1.0 ? sum / n : 0.0;
        }
    for (int i = 0; i < FREE; i++) {
        const double h = 0.05;
        double up[FREE], down[FREE], a, b;
        memcpy(up, at, sizeof up);
        memcpy(down, at, sizeof down);
        up[i] += h;
        down[i] -= h;
        double high[MOMENTS_MAX];
        if (!simulate(s, up))
            return false;
        for (int k = 0; k < s->n_moments; k++)
            spread(s, s->moment[k].statistic, s->moment[k].scope, &high[k], &a);
        if (!simulate(s, down))
            return false;
        for (int k = 0; k < s->n_moments; k++) {
            spread(s, s->moment[k].statistic, s->moment[k].scope, &b, &a);
            slope[k][i] = (high[k] - b) / (2.0 * h);
        }
    }
    return true;
}

/* (J'WJ + P)^-1 (J'W V W J + P) (J'WJ + P)^-1: moments are correlated, weights are not, the prior counts as data. */
static bool errors(struct search *s, struct quo_calibrate *c)
{
    double j[MOMENTS_MAX][FREE], v[MOMENTS_MAX][MOMENTS_MAX], bread[FREE * FREE] = {0}, meat[FREE][FREE] = {{0}};
    if (!slopes(s, c->estimate, j, v))
        return false;
    for (int a = 0; a < FREE; a++)
        for (int b = 0; b < FREE; b++) {
            for (int k = 0; k < s->n_moments; k++) {
                const double w = 1.0 / gsl_pow_2(s->moment[k].sd);
                bread[a * FREE + b] += w * j[k][a] * j[k][b];
                for (int l = 0; l < s->n_moments; l++)
                    meat[a][b] += w * j[k][a] * v[k][l] * j[l][b] / gsl_pow_2(s->moment[l].sd);
            }
            if (a == b && (a == 1 || a == 3)) {
                bread[a * FREE + b] += 1.0 / gsl_pow_2(PRIOR_ERROR);
                meat[a][b] += 1.0 / gsl_pow_2(PRIOR_ERROR);
            }
        }
    for (int a = 0; a < FREE; a++)
        bread[a * FREE + a] *= 1.0 + 1e-9;
    gsl_matrix_view m = gsl_matrix_view_array(bread, FREE, FREE);
    if (gsl_linalg_cholesky_decomp1(&m.matrix) != 0 || gsl_linalg_cholesky_invert(&m.matrix) != 0)
        return false;
    for (int a = 0; a < FREE; a++)
        for (int b = 0; b < FREE; b++) {
            double sum = 0.0;
            for (int k = 0; k < FREE; k++)
                for (int l = 0; l < FREE; l++)
                    sum += bread[a * FREE + k] * meat[k][l] * bread[l * FREE + b];
            c->covariance[a][b] = sum;
        }
    return true;
}

struct state {
    struct search *search;
    double share, count; /* published; count NaN where it is not */
};

static double state_gap(const gsl_vector *v, void *context)
{
    const struct state *t = context;
    struct quo_calibrate_sim_law law = t->search->calibrate->law;
    const double slope = isnan(t->count) ? STATE_SLOPE : gsl_vector_get(v, 1);
    if (!(slope >= 0.0 && slope < 20.0 && fabs(gsl_vector_get(v, 0)) < 200.0))
        return 1e12;
    law.state_b = slope;
    law.state_a = gsl_vector_get(v, 0) - slope * STATE_CENTRE;
    if (quo_calibrate_sim_run(&law, t->search->calibrate->options.seed, t->search->n, t->search->period) != QUO_OK)
        return 1e12;
    double share = 0.0, count = 0.0, n = 0.0;
    for (size_t j = 0; j < t->search->n; j++) {
        const struct quo_calibrate_sim_period *p = &t->search->period[j];
        const double total = p->total[0] + p->total[1] + p->total[2];
        if (total > 0.0) {
            share += p->state_total_mean / total;
            count += p->state_count_mean;
            n += 1.0;
        }
    }
    share /= n;
    const double off = (log(t->share / (1.0 - t->share)) - log(share / (1.0 - share))) / STATE_SHARE_SD;
    return off * off + (isnan(t->count) ? 0.0
                                        : gsl_pow_2((log(t->count) - log(count / n)) / STATE_COUNT_SD) +
                                              gsl_pow_2((slope - STATE_SLOPE) / STATE_SLOPE_ERROR));
}

/* a and b of the attribution, with a prior on b: the mean share of states in the loss, and their mean number, are the published ones as near as may be. */
static void attribute(struct search *s, struct quo_calibrate *c)
{
    const double total = quo_calibrate_published(c, "loss_total", "all"),
                 own = quo_calibrate_published(c, "loss_total", "state_actor");
    const double share = quo_calibrate_published(c, "loss_share", "state_actor");
    struct state t = {s, isnan(share) ? own / total : share,
                      quo_calibrate_published(c, "state_operations", "state_actor")};
    c->law.state_a = c->law.state_b = 0.0;
    if (!(t.share > 0.0 && t.share < 1.0))
        return;
    const size_t free = isnan(t.count) ? 1 : 2;
    double start[2] = {-4.0, 1.0}, step[2] = {1.0, 0.3};
    gsl_vector_view at = gsl_vector_view_array(start, free), size = gsl_vector_view_array(step, free);
    gsl_multimin_function f = {state_gap, free, &t};
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, free);
    if (!m)
        return;
    gsl_multimin_fminimizer_set(m, &f, &at.vector, &size.vector);
    for (int i = 0; i < ITERATIONS; i++)
        if (gsl_multimin_fminimizer_iterate(m) != 0 ||
            gsl_multimin_test_size(gsl_multimin_fminimizer_size(m), 10.0 * SIMPLEX) == GSL_SUCCESS)
            break;
    c->law.state_b = free == 2 ? gsl_vector_get(m->x, 1) : STATE_SLOPE;
    c->law.state_a = gsl_vector_get(m->x, 0) - c->law.state_b * STATE_CENTRE;
    gsl_multimin_fminimizer_free(m);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The place of the published value in the simulated law, and its residual. New numbers, so that the search's luck is not in it. */
static enum quo_status predict(struct quo_calibrate *c)
{
    const size_t n = (size_t)c->options.simulations * REPORT_FACTOR;
    struct quo_calibrate_sim_period *period = malloc(n * sizeof *period);
    double *value = malloc(n * sizeof *value);
    enum quo_status status =
        period && value ? quo_calibrate_sim_run(&c->law, c->options.seed + 1, n, period) : QUO_MACHINE;
    const struct search all = {.period = period, .n = n};
    for (int i = 0; i < c->n_lines && status == QUO_OK; i++) {
        struct quo_calibrate_line *l = &c->line[i];
        size_t m = 0;
        double below = 0.0, mean, sd;
        for (size_t j = 0; j < n; j++) {
            const double x = quo_calibrate_sim_statistic(&period[j], l->statistic, l->scope);
            if (isnan(x))
                continue;
            value[m++] = x;
            below += x < l->published ? 1.0 : x == l->published ? 0.5 : 0.0;
        }
        l->median = l->low = l->high = l->tail_probability = l->residual = NAN;
        if (m < 2)
            continue;
        qsort(value, m, sizeof *value, ascending);
        l->median = value[m / 2];
        l->low = value[(size_t)(0.05 * (double)(m - 1))];
        l->high = value[(size_t)(0.95 * (double)(m - 1))];
        below /= (double)m;
        l->tail_probability = 2.0 * fmin(below, 1.0 - below);
        spread(&all, l->statistic, l->scope, &mean, &sd);
        if (sd > 0.0)
            l->residual = (quo_calibrate_transform(l->statistic, l->published) - mean) / sd;
    }
    free(period);
    free(value);
    return status;
}

enum quo_status quo_calibrate_search(struct quo_calibrate *out)
{
    struct search s = {.calibrate = out, .n = (size_t)out->options.simulations, .memory = true};
    s.period = malloc(s.n * sizeof *s.period);
    if (!s.period)
        return QUO_MACHINE;
    out->law.floor = out->options.floor;
    set_counts(out);
    choose_moments(&s, out);
    begin(out, out->estimate);
    out->converged = minimise(&s, out->estimate, &out->objective);
    quo_calibrate_set(&out->law, out->estimate);
    if (s.memory && !errors(&s, out))
        out->converged = false;
    if (s.memory)
        attribute(&s, out);
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++) {
        const int first = g == QUO_CALIBRATE_SIM_INFRASTRUCTURE ? 0 : 2;
        out->group[g].meanlog = out->law.meanlog[g];
        out->group[g].sdlog = out->law.sdlog[g];
        out->group[g].meanlog_se = sqrt(out->covariance[first][first]);
        out->group[g].log_sdlog_se = sqrt(out->covariance[first + 1][first + 1]);
    }
    free(s.period);
    return s.memory ? predict(out) : QUO_MACHINE;
}
