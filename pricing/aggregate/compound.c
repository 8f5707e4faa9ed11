#include "pricing/aggregate/compound.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pricing/aggregate/groupweights.h"
#include "pricing/aggregate/spectrum.h"
#include "pricing/aggregate/transform.h"
#include "risk/base/numeric.h"

/* What wraps around is kept below this share of the mass ... */
#define ALIAS 1e-13
/* ... while undoing the tilt does not lift the transform's rounding above this; else the span is padded further. */
#define ROUNDING 4e-12
/* Plans that a workspace keeps. */
#define PLANS 16
#define STEP_TOLERANCE 1e-9

struct quo_workspace {
    struct quo_transform plan[PLANS];
    size_t next;     /* the slot given up when all are taken */
    struct quo_groupweights_kept weights;
    size_t least;    /* no plan is smaller */
    double rounding; /* allowed, of the mass */
    double error;    /* allowed of what wraps around and of rounding together; 0: each as above */
};

struct quo_workspace *quo_workspace_new(void)
{
    struct quo_workspace *workspace = calloc(1, sizeof *workspace);
    if (workspace)
        workspace->rounding = ROUNDING;
    return workspace;
}

void quo_workspace_tune(struct quo_workspace *workspace, size_t points, double rounding)
{
    workspace->least = points;
    workspace->rounding = fmax(rounding, ROUNDING);
}

void quo_workspace_allow(struct quo_workspace *workspace, double error) { workspace->error = error; }

void quo_workspace_free(struct quo_workspace *workspace)
{
    if (!workspace)
        return;
    for (size_t i = 0; i < PLANS; i++)
        quo_transform_free(&workspace->plan[i]);
    quo_groupweights_free(&workspace->weights);
    free(workspace);
}

/* The plan of that size, made if need be; NULL if there is no memory. */
static struct quo_transform *plan_of(struct quo_workspace *workspace, size_t size)
{
    struct quo_transform *plan = NULL;
    for (size_t i = 0; i < PLANS; i++)
        if (workspace->plan[i].size == size)
            return &workspace->plan[i];
    for (size_t i = 0; i < PLANS && !plan; i++)
        if (workspace->plan[i].size == 0)
            plan = &workspace->plan[i];
    if (!plan) {
        plan = &workspace->plan[workspace->next++ % PLANS];
        quo_transform_free(plan);
    }
    return quo_transform_new(size, plan) ? plan : NULL;
}

/* The least fast size of at least n points: 2^a times 1, 9/8, 5/4, 3/2. Up to 4096 only powers of two, and then 5120: they share a plan,
 * which there costs more than many transforms. */
static size_t fast_size(size_t n)
{
    size_t size = 16;
    while (size < n)
        size *= 2;
    static const size_t eighths[] = {9, 10, 12};
    if (size == 8192)
        return n <= 5120 ? 5120 : size;
    for (size_t i = 0; size > 8192 && i < 3; i++)
        if (size / 16 * eighths[i] >= n)
            return size / 16 * eighths[i];
    return size;
}

/* The sum as it is computed: all Poisson components are one, with the mixture of their severities; the rest one by one. */
struct sum {
    const struct quo_component *component;
    size_t n;
    double rate;           /* of all Poisson components */
    const double *poisson; /* mixture of their severities; NULL if rate is 0 */
    double *owned;         /* the same, to be freed; NULL where there is one Poisson component, whose severity it is */
    size_t poisson_n;
};

/* A count of exactly 1, for the convolution of two laws: no family of its own, so it borrows the number past the last. */
#define ONCE QUO_COUNT_FAMILIES

static int is_poisson(const struct quo_component *c)
{
    return c->frequency.family == QUO_POISSON && !c->frequency.modified;
}

enum quo_status quo_compound_check(const struct quo_component *component, size_t n, size_t points)
{
    if (n == 0 || points == 0 || points > (size_t)1 << 28)
        return QUO_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        const struct quo_lattice *s = component[i].severity;
        const int known = component[i].frequency.family == ONCE || !quo_frequency_invalid(&component[i].frequency);
        if (!s || !s->mass || s->n == 0 || !known ||
            !(fabs(s->step - component[0].severity->step) <= STEP_TOLERANCE * s->step))
            return QUO_DOMAIN;
    }
    return QUO_OK;
}

static enum quo_status sum_begin(const struct quo_component *component, size_t n, size_t points, struct sum *sum)
{
    *sum = (struct sum){component, n, 0.0, NULL, NULL, 0};
    size_t poissons = 0, last = 0;
    for (size_t i = 0; i < n; i++)
        if (is_poisson(&component[i])) {
            sum->rate += component[i].frequency.par[0];
            poissons++;
            last = i;
            if (component[i].severity->n > sum->poisson_n)
                sum->poisson_n = component[i].severity->n;
        }
    if (!(sum->rate > 0.0))
        return QUO_OK;
    /* Payouts beyond the last point never come back below it. */
    if (sum->poisson_n > points)
        sum->poisson_n = points;
    if (poissons == 1) {
        sum->poisson = component[last].severity->mass;
        return QUO_OK;
    }
    sum->poisson = sum->owned = calloc(sum->poisson_n, sizeof *sum->owned);
    if (!sum->owned)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++)
        if (is_poisson(&component[i])) {
            const struct quo_lattice *s = component[i].severity;
            const double share = component[i].frequency.par[0] / sum->rate;
            for (size_t k = 0; k < s->n && k < sum->poisson_n; k++)
                sum->owned[k] += share * s->mass[k];
        }
    return QUO_OK;
}

static double log_pgf(double z, const struct quo_frequency *f)
{
    const double value = f->family == ONCE ? z : quo_frequency_pgf(z, f);
    return value > 0.0 ? log(value) : INFINITY;
}

/* log E[exp(theta S)] of the sum on the lattice, severities cut at `points`; INFINITY where a count has no such moment. */
static double log_moment(const struct sum *sum, size_t points, double theta)
{
    double log_sum = 0.0;
    if (sum->poisson)
        log_sum += sum->rate * (quo_spectrum_moment(sum->poisson, sum->poisson_n, theta) - 1.0);
    for (size_t i = 0; i < sum->n; i++) {
        if (is_poisson(&sum->component[i]))
            continue;
        const struct quo_lattice *s = sum->component[i].severity;
        const double z = quo_spectrum_moment(s->mass, s->n < points ? s->n : points, theta);
        log_sum += log_pgf(z, &sum->component[i].frequency);
    }
    return log_sum;
}

/* Chernoff's bound of P[S >= x steps] is E[exp(theta S)] exp(-theta x) for any theta tried: rigorous, and the moments, which
 * cost a pass over the payouts each, serve every x. Many payouts are taken in groups, each on its greatest: still a bound. */
struct chernoff {
    double theta[QUO_GROUPWEIGHTS_TRIED], log_moment[QUO_GROUPWEIGHTS_TRIED];
};

static enum quo_status chernoff_of(const struct sum *sum, size_t keep, struct quo_workspace *workspace, struct chernoff *c)
{
    const struct quo_groupweights *weights = quo_groupweights_of(keep, &workspace->weights);
    double z[QUO_GROUPWEIGHTS_TRIED];
    if (!weights)
        return QUO_MACHINE;
    for (size_t i = 0; i < QUO_GROUPWEIGHTS_TRIED; i++) {
        c->theta[i] = quo_groupweights_theta(weights, i);
        c->log_moment[i] = 0.0;
    }
    if (sum->poisson) {
        quo_groupweights_moments(weights, sum->poisson, sum->poisson_n, z);
        for (size_t i = 0; i < QUO_GROUPWEIGHTS_TRIED; i++)
            c->log_moment[i] = sum->rate * (z[i] - 1.0);
    }
    for (size_t k = 0; k < sum->n; k++) {
        if (is_poisson(&sum->component[k]))
            continue;
        const struct quo_lattice *s = sum->component[k].severity;
        quo_groupweights_moments(weights, s->mass, s->n < keep ? s->n : keep, z);
        for (size_t i = 0; i < QUO_GROUPWEIGHTS_TRIED; i++)
            c->log_moment[i] += log_pgf(z[i], &sum->component[k].frequency);
    }
    return QUO_OK;
}

static double log_beyond(const struct chernoff *c, size_t points)
{
    double best = 0.0;
    for (size_t i = 0; i < QUO_GROUPWEIGHTS_TRIED; i++) {
        const double bound = c->log_moment[i] - c->theta[i] * (double)points;
        best = bound < best ? bound : best;
    }
    return best;
}

struct choice {
    size_t size;
    double theta; /* a step */
    double log_alias, rounding;
};

/* Without tilt what lies beyond the size wraps around; exp(-tilt) damps it, and what is left of the tilt at the last point that is
 * kept then lifts the transform's rounding there. */
static struct choice tilted(size_t size, double tilt, double beyond, size_t keep)
{
    const double theta = fmax(0.0, tilt) / (double)size;
    return (struct choice){size, theta, beyond - theta * (double)size, DBL_EPSILON * exp(theta * (double)keep)};
}

/* Size and tilt: the size grows until both errors are small, or their sum is where they are alike, which is where it is least. */
static enum quo_status choose(const struct sum *sum, size_t keep, struct quo_workspace *workspace, struct choice *out)
{
    struct choice c = {0, 0.0, 0.0, 0.0};
    static const size_t eighths[] = {8, 10, 12, 16, 24, 32, 64};
    struct chernoff chernoff;
    const enum quo_status status = chernoff_of(sum, keep, workspace, &chernoff);
    for (size_t i = 0; i < sizeof eighths / sizeof *eighths && status == QUO_OK; i++) {
        const size_t padded = keep * eighths[i] / 8;
        const size_t size = fast_size(padded > workspace->least ? padded : workspace->least);
        const double beyond = log_beyond(&chernoff, size);
        c = tilted(size, beyond - log(ALIAS), beyond, keep);
        if (c.rounding <= workspace->rounding)
            break;
        const double alike = (beyond - log(DBL_EPSILON)) / (1.0 + (double)keep / (double)size);
        const struct choice even = tilted(size, alike, beyond, keep);
        if (exp(even.log_alias) + even.rounding <= workspace->error) {
            c = even;
            break;
        }
    }
    *out = c;
    return status;
}

/* Forward transform of one tilted severity into plan->spectrum. */
static void transform(const struct quo_transform *plan, const double *mass, size_t n, double theta)
{
    quo_spectrum_tilt(mass, n, theta, 1.0, plan->real);
    memset(plan->real + n, 0, (plan->size - n) * sizeof *plan->real);
    quo_transform_forward(plan);
}

/* The probability of a plain negative binomial, whose generating function is a power of 1 - (1 - prob) z; 0 for any other count. */
static double negbin_prob(const struct quo_component *c)
{
    const struct quo_frequency *f = &c->frequency;
    return f->family == QUO_NEGBIN && !f->modified ? f->par[1] : 0.0;
}

/* The product over all counts, point by point; `base` is room for 2 half numbers. */
struct product {
    const struct quo_transform *plan;
    size_t half, keep;
    double theta;
    double *base;
    bool empty; /* nothing is in plan->product yet */
};

/* Negative binomials of one size are powers of one exponent: their bases are multiplied first, and one power taken. The angle of a base
 * 1 - (1 - prob) z is at most that of the greatest 1/prob - 1, so that their sum, kept below 3, stays on the principal branch. */
static void multiply_alike(const struct sum *sum, size_t i, struct product *p, bool *taken)
{
    const double size = sum->component[i].frequency.par[0];
    double angle = 0.0, scale = 1.0, reach = 1.0, *real = p->base, *imaginary = p->base + p->half;
    for (size_t j = 0; j < p->half; j++)
        real[j] = 1.0;
    memset(imaginary, 0, p->half * sizeof *imaginary);
    for (size_t k = i; k < sum->n; k++) {
        const double prob = negbin_prob(&sum->component[k]), wide = prob > 0.0 ? 1.0 / prob - 1.0 : 0.0;
        if (taken[k] || prob == 0.0 || sum->component[k].frequency.par[0] != size || (k > i && angle + wide > 3.0))
            continue;
        const struct quo_lattice *s = sum->component[k].severity;
        transform(p->plan, s->mass, s->n < p->keep ? s->n : p->keep, p->theta);
        quo_spectrum_times_base(p->plan->spectrum, p->half, 1.0 - prob, real, imaginary);
        angle += wide;
        scale *= pow(prob, size);
        reach *= 1.0 + (1.0 - prob) * fabs(creal(p->plan->spectrum[0])); /* masses are positive: no frequency is larger */
        taken[k] = true;
    }
    quo_spectrum_times_power(real, imaginary, p->half, reach - 1.0, scale, -size, p->empty, p->plan->product);
    p->empty = false;
}

/* Nothing yet: 1 everywhere. */
static void all_one(struct product *p)
{
    for (size_t j = 0; p->empty && j < p->half; j++)
        p->plan->product[j] = 1.0;
    p->empty = false;
}

static void multiply_one(const struct quo_component *component, struct product *p)
{
    const struct quo_lattice *s = component->severity;
    const struct quo_transform *plan = p->plan;
    transform(plan, s->mass, s->n < p->keep ? s->n : p->keep, p->theta);
    all_one(p);
    if (component->frequency.family == ONCE)
        for (size_t j = 0; j < p->half; j++)
            plan->product[j] *= plan->spectrum[j];
    else
        quo_spectrum_times_pgf(plan->spectrum, p->half, &component->frequency, plan->product);
}

static enum quo_status multiply_all(const struct sum *sum, const struct quo_transform *plan, size_t keep, double theta)
{
    struct product p = {plan, plan->size / 2 + 1, keep, theta, NULL, true};
    if (sum->poisson) {
        transform(plan, sum->poisson, sum->poisson_n, theta);
        quo_spectrum_poisson(plan->spectrum, p.half, sum->rate, plan->product);
        p.empty = false;
    }
    bool *taken = calloc(sum->n + 1, sizeof *taken);
    p.base = taken ? malloc(2 * p.half * sizeof *p.base) : NULL;
    for (size_t i = 0; i < sum->n && p.base; i++) {
        if (is_poisson(&sum->component[i]) || taken[i])
            continue;
        if (negbin_prob(&sum->component[i]) > 0.0)
            multiply_alike(sum, i, &p, taken);
        else
            multiply_one(&sum->component[i], &p);
    }
    all_one(&p);
    const bool memory = p.base != NULL;
    free(p.base);
    free(taken);
    return memory ? QUO_OK : QUO_MACHINE;
}

void quo_compound_clean(double *mass, size_t n, double noise)
{
    quo_lattice_clean(mass, n);
    double above = 0.0;
    for (size_t k = n; k-- > 0 && (above += mass[k]) < noise;)
        mass[k] = 0.0;
}

void quo_compound_gather(struct quo_lattice *law)
{
    law->mass[law->n - 1] = fmax(0.0, 1.0 - quo_numeric_total(law->mass, law->n - 1));
}

enum quo_status quo_compound_fft(const struct quo_component *component, size_t n, size_t points, int gather,
                                 struct quo_workspace *workspace, struct quo_lattice *out, double *wrap)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    enum quo_status status = quo_compound_check(component, n, points);
    if (status != QUO_OK)
        return status;
    struct sum sum;
    status = sum_begin(component, n, points, &sum);
    if (status != QUO_OK)
        return status;
    struct choice c;
    status = choose(&sum, points, workspace, &c);
    struct quo_transform *plan = status == QUO_OK ? plan_of(workspace, c.size) : NULL;
    status = plan ? quo_lattice_new(component[0].severity->step, points, out) : QUO_MACHINE;
    if (status == QUO_OK) {
        status = multiply_all(&sum, plan, points, c.theta);
        quo_transform_backward(plan);
        quo_spectrum_tilt(plan->real, points, -c.theta, 1.0 / (double)c.size, out->mass);
        quo_compound_clean(out->mass, gather ? points - 1 : points, gather ? 0.0 : c.rounding);
        if (gather)
            quo_compound_gather(out);
        if (wrap)
            *wrap = exp(c.log_alias) + c.rounding;
    }
    if (status)
        quo_lattice_free(out);
    free(sum.owned);
    return status;
}

enum quo_status quo_compound_fft_tail(const struct quo_component *component, size_t n, size_t points, size_t size,
                                      double theta, struct quo_workspace *workspace, struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    enum quo_status status = quo_compound_check(component, n, points);
    if (status != QUO_OK || size < points)
        return QUO_DOMAIN;
    struct sum sum;
    status = sum_begin(component, n, points, &sum);
    struct quo_transform *plan = status == QUO_OK ? plan_of(workspace, fast_size(size)) : NULL;
    status = plan ? quo_lattice_new(component[0].severity->step, points, out) : QUO_MACHINE;
    if (status == QUO_OK) {
        status = multiply_all(&sum, plan, points, -theta);
        quo_transform_backward(plan);
        for (size_t k = 0; k < points; k++)
            plan->real[k] = fmax(0.0, plan->real[k]);
        quo_spectrum_tilt(plan->real, points, theta, 1.0 / (double)plan->size, out->mass);
    }
    if (status)
        quo_lattice_free(out);
    free(sum.owned);
    return status;
}

double quo_compound_log_moment(const struct quo_component *component, size_t n, double theta)
{
    struct sum sum;
    if (sum_begin(component, n, SIZE_MAX, &sum) != QUO_OK)
        return NAN;
    const double value = log_moment(&sum, SIZE_MAX, theta);
    free(sum.owned);
    return value;
}

/* Horner's rule in the payouts' law: ((p_n f + p_(n-1)) f + ..) f + p_0. */
enum quo_status quo_compound_counts(const double *count, size_t n_counts, const struct quo_lattice *severity,
                                    size_t points, int gather, struct quo_workspace *workspace, struct quo_lattice *out)
{
    *out = (struct quo_lattice){0.0, 0, NULL};
    if (n_counts == 0 || !severity || severity->n == 0)
        return QUO_DOMAIN;
    enum quo_status status = quo_lattice_new(severity->step, points, out);
    if (status != QUO_OK)
        return status;
    out->mass[0] = count[n_counts - 1];
    for (size_t i = n_counts - 1; i-- > 0 && status == QUO_OK;) {
        struct quo_lattice next;
        status = quo_compound_convolve(out, severity, points, 0, workspace, &next);
        quo_lattice_free(out);
        *out = next;
        if (status == QUO_OK)
            out->mass[0] += count[i];
    }
    if (status == QUO_OK && gather)
        quo_compound_gather(out);
    return status;
}

enum quo_status quo_compound_convolve(const struct quo_lattice *a, const struct quo_lattice *b, size_t points,
                                      int gather, struct quo_workspace *workspace, struct quo_lattice *out)
{
    const struct quo_frequency once = {ONCE, {0.0, 0.0}, false, 0.0};
    const struct quo_component both[] = {{once, a}, {once, b}};
    return quo_compound_fft(both, 2, points, gather, workspace, out, NULL);
}
