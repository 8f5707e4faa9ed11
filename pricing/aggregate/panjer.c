/* Panjer's recursion [Pan81], [KPW12] 9.6: for counts with p_k = (a + b/k) p_(k-1),
 *
 *   g_0 = P_N(f_0),   g_k = 1/(1 - a f_0) sum_(j=1..k) (a + b j/k) f_j g_(k-j).
 *
 * Only points where f_j > 0 are visited: a payout of few points costs points x payouts. Where P_N(f_0) is below the least
 * double (lambda = 1000), the recursion runs on a scale of its own that is brought back whenever it threatens to
 * overflow: the same as halving lambda and convolving, without the convolutions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pricing/aggregate/compound.h"

/* exp(LOWEST) starts a recursion whose first term is below it; past exp(HIGHEST) everything is divided by RESCALE. */
#define LOWEST (-600.0)
#define HIGHEST 1e250
#define RESCALE_LOG 500.0

struct recursion {
    double a, b, log_zero; /* log P_N(f_0) */
};

static struct recursion recursion_of(const struct quo_frequency *f, double f0)
{
    const double p = f->par[1];
    switch (f->family) {
    case QUO_NEGBIN:
        return (struct recursion){1.0 - p, (f->par[0] - 1.0) * (1.0 - p),
                                  f->par[0] * (log(p) - log1p(-(1.0 - p) * f0))};
    case QUO_BINOMIAL: {
        const double odds = p / (1.0 - p);
        return (struct recursion){-odds, (f->par[0] + 1.0) * odds, f->par[0] * log1p(-p * (1.0 - f0))};
    }
    default:
        return (struct recursion){0.0, f->par[0], f->par[0] * (f0 - 1.0)};
    }
}

/* The points of a severity that have mass, but for 0. */
struct payouts {
    size_t n, *at;
    double *mass;
};

static enum quo_status payouts_of(const double *mass, size_t n, struct payouts *out)
{
    *out = (struct payouts){0, malloc(n * sizeof *out->at), malloc(n * sizeof *out->mass)};
    if (!out->at || !out->mass)
        return QUO_MACHINE;
    for (size_t j = 1; j < n; j++)
        if (mass[j] > 0.0) {
            out->at[out->n] = j;
            out->mass[out->n++] = mass[j];
        }
    return QUO_OK;
}

/* g[points] = the compound law of an unmodified count. */
static void recurse(const struct recursion *r, const struct payouts *f, double f0, double *g, size_t points)
{
    double log_scale = fmin(0.0, r->log_zero - LOWEST); /* g holds law / exp(log_scale) */
    g[0] = exp(r->log_zero - log_scale);
    const double factor = 1.0 / (1.0 - r->a * f0);
    size_t reach = 0;
    for (size_t k = 1; k < points; k++) {
        while (reach < f->n && f->at[reach] <= k)
            reach++;
        const double slope = r->b / (double)k;
        double sum[2] = {0.0, 0.0};
        for (size_t i = 0; i < reach; i++) {
            const size_t j = f->at[i];
            sum[i & 1] += (r->a + slope * (double)j) * f->mass[i] * g[k - j];
        }
        g[k] = factor * (sum[0] + sum[1]);
        if (g[k] > HIGHEST && log_scale < 0.0) {
            const double lift = fmin(RESCALE_LOG, -log_scale), down = exp(-lift);
            for (size_t i = 0; i <= k; i++)
                g[i] *= down;
            log_scale += lift;
        }
    }
    const double back = exp(log_scale);
    for (size_t k = 0; k < points && log_scale < 0.0; k++)
        g[k] *= back;
}

/* P[N = 0] is p0 instead: the law is a mixture of the unmodified one and of nothing at all, one weight of which may be < 0. */
static void modify(const struct quo_frequency *f, double *g, size_t points)
{
    struct quo_frequency plain = *f;
    plain.modified = false;
    const double zero = quo_frequency_pmf(0, &plain), weight = (1.0 - f->p0) / (1.0 - zero);
    for (size_t k = 1; k < points; k++)
        g[k] *= weight;
    g[0] = fmax(0.0, f->p0 + weight * (g[0] - zero));
}

/* The sum of two independent amounts: directly where that is no more work than this, and then with every digit of the smallest
 * masses; else by transform. */
#define DIRECT_WORK 2e7

static size_t positive(const struct quo_lattice *l)
{
    size_t n = 0;
    for (size_t k = 0; k < l->n; k++)
        n += l->mass[k] > 0.0;
    return n;
}

static enum quo_status convolve(const struct quo_lattice *a, const struct quo_lattice *b, size_t points,
                                struct quo_workspace *workspace, struct quo_lattice *out)
{
    if ((double)positive(a) * (double)positive(b) > DIRECT_WORK)
        return quo_compound_convolve(a, b, points, 0, workspace, out);
    const enum quo_status status = quo_lattice_new(a->step, points, out);
    for (size_t i = 0; status == QUO_OK && i < a->n && i < points; i++)
        for (size_t j = 0; a->mass[i] > 0.0 && j < b->n && i + j < points; j++)
            out->mass[i + j] += a->mass[i] * b->mass[j];
    return status;
}

/* Binomial counts by squaring the law of one trial: the recursion with a < 0 subtracts and loses digits [PW93]. */
static enum quo_status binomial_power(const struct quo_frequency *f, const double *mass, size_t n, double step,
                                      size_t points, struct quo_workspace *workspace, struct quo_lattice *out)
{
    struct quo_lattice power, next;
    enum quo_status status = quo_lattice_new(step, points, &power);
    if (status != QUO_OK)
        return status;
    status = quo_lattice_new(step, points, out);
    if (status == QUO_OK) {
        out->mass[0] = 1.0;
        for (size_t k = 0; k < n && k < points; k++)
            power.mass[k] = f->par[1] * mass[k];
        power.mass[0] += 1.0 - f->par[1];
    }
    for (unsigned long long size = (unsigned long long)f->par[0]; status == QUO_OK && size > 0; size >>= 1) {
        if (size & 1) {
            status = convolve(out, &power, points, workspace, &next);
            quo_lattice_free(out);
            *out = next;
        }
        if (status == QUO_OK && size > 1) {
            status = convolve(&power, &power, points, workspace, &next);
            quo_lattice_free(&power);
            power = next;
        }
    }
    quo_lattice_free(&power);
    if (status != QUO_OK)
        quo_lattice_free(out);
    return status;
}

static enum quo_status one_component(const struct quo_frequency *f, const double *mass, size_t n, double step,
                                     size_t points, struct quo_workspace *workspace, struct quo_lattice *out)
{
    enum quo_status status;
    if (f->family == QUO_BINOMIAL) {
        status = binomial_power(f, mass, n, step, points, workspace, out);
    } else {
        const struct recursion r = recursion_of(f, mass[0]);
        struct payouts payouts;
        status = payouts_of(mass, n < points ? n : points, &payouts);
        if (status == QUO_OK)
            status = quo_lattice_new(step, points, out);
        if (status == QUO_OK)
            recurse(&r, &payouts, mass[0], out->mass, points);
        free(payouts.at);
        free(payouts.mass);
    }
    if (status == QUO_OK && f->modified)
        modify(f, out->mass, points);
    return status;
}

static int is_poisson(const struct quo_component *c)
{
    return c->frequency.family == QUO_POISSON && !c->frequency.modified;
}

/* All Poisson components are one, with the mixture of their severities. *mass is the caller's to free; NULL if there are none. */
static enum quo_status merge_poisson(const struct quo_component *component, size_t n, double *rate, double **mass,
                                     size_t *width)
{
    *rate = 0.0;
    *mass = NULL;
    *width = 1;
    for (size_t i = 0; i < n; i++)
        if (is_poisson(&component[i])) {
            *rate += component[i].frequency.par[0];
            if (component[i].severity->n > *width)
                *width = component[i].severity->n;
        }
    if (!(*rate > 0.0))
        return QUO_OK;
    *mass = calloc(*width, sizeof **mass);
    if (!*mass)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; is_poisson(&component[i]) && k < component[i].severity->n; k++)
            (*mass)[k] += component[i].frequency.par[0] / *rate * component[i].severity->mass[k];
    return QUO_OK;
}

/* *sum becomes *sum + *part; both were the function's to free. */
static enum quo_status add(struct quo_lattice *sum, struct quo_lattice *part, size_t points,
                           struct quo_workspace *workspace)
{
    if (!sum->mass) {
        *sum = *part;
        return QUO_OK;
    }
    struct quo_lattice both;
    const enum quo_status status = convolve(sum, part, points, workspace, &both);
    quo_lattice_free(sum);
    quo_lattice_free(part);
    *sum = both;
    return status;
}

enum quo_status quo_compound_panjer(const struct quo_component *component, size_t n, size_t points, int gather,
                                    struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    enum quo_status status = quo_compound_check(component, n, points);
    if (status != QUO_OK)
        return status;
    struct quo_workspace *workspace = quo_workspace_new();
    const double step = component[0].severity->step;
    double rate, *merged = NULL;
    size_t width;
    struct quo_lattice part = {0.0, 0, NULL};
    status = workspace ? merge_poisson(component, n, &rate, &merged, &width) : QUO_MACHINE;
    if (status == QUO_OK && merged) {
        const struct quo_frequency all = quo_frequency_poisson(rate);
        status = one_component(&all, merged, width, step, points, workspace, out);
    }
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        if (is_poisson(&component[i]))
            continue;
        status = one_component(&component[i].frequency, component[i].severity->mass, component[i].severity->n, step,
                               points, workspace, &part);
        if (status == QUO_OK)
            status = add(out, &part, points, workspace);
    }
    if (status == QUO_OK && !out->mass) { /* Poisson of rate 0 alone: nothing ever happens */
        status = quo_lattice_new(step, points, out);
        if (status == QUO_OK)
            out->mass[0] = 1.0;
    }
    if (status == QUO_OK && gather)
        quo_compound_gather(out);
    free(merged);
    quo_workspace_free(workspace);
    if (status != QUO_OK)
        quo_lattice_free(out);
    return status;
}
