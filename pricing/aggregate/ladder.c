#include "pricing/aggregate/ladder.h"

#include <math.h>
#include <stdlib.h>

#define POINTS_MAX ((size_t)1 << 24)
/* Golden sections in search of the weight: 0.618^24 of where it can lie, which is near enough. */
#define WEIGHT_STEPS 24
/* Under the weight, what wraps around or lies beyond the span is less than this of what is wanted. */
#define TAIL_LOST (-23.0) /* log of 1e-10 */
#define TAIL_SIZE 4       /* transform over points */

double quo_ladder_pgf(double z, const struct quo_contract *c)
{
    if (!c->count)
        return quo_frequency_pgf(z, &c->frequency);
    double sum = 0.0;
    for (size_t i = c->n_count; i-- > 0;)
        sum = sum * z + c->count[i];
    return sum;
}

enum quo_status quo_ladder_law(const struct quo_ladder_base *base, const struct quo_lattice *severity, size_t points,
                               bool gather, struct quo_lattice *out, double *wrap)
{
    const struct quo_contract *c = base->contract;
    const struct quo_component component = {c->frequency, severity};
    if (wrap)
        *wrap = 1e-15;
    if (c->count)
        return quo_compound_counts(c->count, c->n_count, severity, points, gather, base->workspace, out);
    if (base->method == QUO_ANNUAL_PANJER)
        return quo_compound_panjer(&component, 1, points, gather, out);
    return quo_compound_fft(&component, 1, points, gather, base->workspace, out, wrap);
}

double quo_ladder_span(const struct quo_contract *c, const struct quo_lattice *severity, double log_mass)
{
    const double most = (double)(severity->n - 1);
    if (c->count)
        return most * (double)(c->n_count - 1);
    const struct quo_component component = {c->frequency, severity};
    double best = INFINITY;
    if (c->frequency.family == QUO_BINOMIAL)
        best = most * c->frequency.par[0];
    for (double theta = 700.0 / most; theta > 1e-9 / most; theta /= 1.25) {
        const double span = (quo_compound_log_moment(&component, 1, theta) - log_mass) / theta;
        if (span < best)
            best = fmax(span, 0.0);
    }
    return best;
}

/* P[S = m tops], m = 0 ..: nothing but full payouts. *n is at most what stands within the points. */
static enum quo_status atoms_of(const struct quo_ladder_base *base, double full, size_t *n, double **atom)
{
    *atom = NULL;
    struct quo_lattice two, law = {0.0, 0, NULL};
    enum quo_status status = quo_lattice_new(1.0, 2, &two);
    if (status != QUO_OK)
        return status;
    two.mass[0] = quo_layer_zero(&base->contract->event);
    two.mass[1] = full;
    if (full <= 0.0)
        *n = 1;
    const struct quo_component component = {base->contract->frequency, &two};
    if (base->contract->count)
        status =
            quo_compound_counts(base->contract->count, base->contract->n_count, &two, *n, 0, base->workspace, &law);
    else
        status = quo_compound_panjer(&component, 1, *n, 0, &law);
    if (status == QUO_OK) {
        *atom = law.mass; /* taken over */
        (*atom)[0] = base->zero;
    }
    quo_lattice_free(&two);
    return status;
}

/* The law of payouts on a lattice whose last point is `top`. */
static enum quo_status limited_law(const struct quo_ladder_base *base, double top, const struct quo_lattice *severity,
                                   double span, bool gather, struct quo_grid *out, double *wrap)
{
    const struct quo_layer *event = &base->contract->event;
    /* A few points more, so that what is gathered does not stand beside what is read. */
    const size_t cells = severity->n - 1, points = (size_t)ceil(span / top * (double)cells) + 5;
    size_t n_atoms = (points - 1) / cells + 1;
    const bool whole = top >= quo_layer_top(event) * (1.0 - 1e-12); /* else what stands on top is not paid there */
    struct quo_lattice law = {0.0, 0, NULL};
    double *atom = NULL;
    enum quo_status status = quo_ladder_law(base, severity, points, gather, &law, wrap);
    if (status == QUO_OK)
        status = atoms_of(base, whole ? quo_layer_full(event) : 0.0, &n_atoms, &atom);
    if (status == QUO_OK)
        status = quo_grid_read(&law, atom, n_atoms, cells, QUO_GRID_TOP, base->mean, out);
    if (status == QUO_OK && base->square > 0.0)
        out->spread = quo_lattice_square(severity) - base->square;
    quo_lattice_free(&law);
    return status;
}

enum quo_status quo_ladder_limited(const struct quo_ladder_base *base, double top, size_t cells, double span,
                                   bool gather, struct quo_grid *coarse, struct quo_grid *out, double *wrap)
{
    struct quo_lattice severity = {0.0, 0, NULL}, half = {0.0, 0, NULL};
    if (!(span / top * (double)cells < (double)POINTS_MAX))
        return QUO_DOMAIN;
    enum quo_status status =
        quo_layer_discretise(&base->contract->event, top, cells, QUO_LAYER_CAPPED, &severity);
    if (status == QUO_OK)
        status = limited_law(base, top, &severity, span, gather, out, wrap);
    if (status == QUO_OK && coarse)
        status = quo_lattice_halve(&severity, &half);
    if (status == QUO_OK && coarse)
        status = limited_law(base, top, &half, span, gather, coarse, NULL);
    quo_lattice_free(&severity);
    quo_lattice_free(&half);
    return status;
}

static enum quo_status only_zero(const struct quo_ladder_base *base, double **atom)
{
    *atom = malloc(sizeof **atom);
    if (!*atom)
        return QUO_MACHINE;
    **atom = base->zero;
    return QUO_OK;
}

enum quo_status quo_ladder_rung(const struct quo_ladder_base *base, double end, size_t cells, struct quo_grid *out,
                                double *wrap)
{
    struct quo_lattice severity, law = {0.0, 0, NULL};
    double *atom = NULL, own = 0.0;
    enum quo_status status = quo_layer_discretise(&base->contract->event, end, cells, QUO_LAYER_CUT, &severity);
    if (status == QUO_OK)
        status = quo_ladder_law(base, &severity, cells + 1, false, &law, &own);
    *wrap = fmax(*wrap, own);
    if (status == QUO_OK)
        status = only_zero(base, &atom);
    if (status == QUO_OK)
        status = quo_grid_read(&law, atom, 1, cells + 1, QUO_GRID_BOTTOM, base->mean, out);
    quo_lattice_free(&severity);
    quo_lattice_free(&law);
    return status;
}

/* The weight that moves the mean of S to `point`: the least of log E[exp(theta S)] - theta point, which is convex. */
static double weight_for(const struct quo_component *component, double point, double *least)
{
    const double golden = 0.6180339887498949;
    double low = 0.0, high = 100.0 / point, values[2], at[2];
    for (int i = 0; i < 2; i++) {
        at[i] = high - (i == 0 ? golden : 1.0 - golden) * (high - low);
        values[i] = quo_compound_log_moment(component, 1, at[i]) - at[i] * point;
    }
    for (int step = 0; step < WEIGHT_STEPS; step++) {
        if (values[0] <= values[1]) {
            high = at[1];
            at[1] = at[0];
            values[1] = values[0];
            at[0] = high - golden * (high - low);
            values[0] = quo_compound_log_moment(component, 1, at[0]) - at[0] * point;
        } else {
            low = at[0];
            at[0] = at[1];
            values[0] = values[1];
            at[1] = high - (1.0 - golden) * (high - low);
            values[1] = quo_compound_log_moment(component, 1, at[1]) - at[1] * point;
        }
    }
    *least = fmin(values[0], values[1]);
    return 0.5 * (low + high);
}

/* Chernoff's bound, relative to the weighted law, of what lies beyond `point`. */
static double log_lost(const struct quo_component *component, double theta, double point)
{
    static const double more[] = {1.02, 1.05, 1.1, 1.2, 1.4, 1.8, 2.5, 4.0};
    const double at = quo_compound_log_moment(component, 1, theta);
    double best = 0.0;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        const double other = quo_compound_log_moment(component, 1, theta * more[i]);
        if (theta * more[i] * (double)component->severity->n < 600.0)
            best = fmin(best, other - at - theta * (more[i] - 1.0) * point);
    }
    return best;
}

/* The best weight centres the law on x, but may leave it a long tail of its own; a smaller one trades digits for that. */
static const double weights[] = {1.0, 0.85, 0.65};
#define DIGITS_LOST (-14.0) /* log of 1e-6 */

static bool weight_does(const struct quo_component *component, double theta, double point, double size, double least)
{
    const double cells = (double)component->severity->n, moment = quo_compound_log_moment(component, 1, theta);
    return theta * cells < 600.0 && fabs(moment) < 300.0 && least - (moment - theta * point) > DIGITS_LOST &&
           log_lost(component, theta, size) < TAIL_LOST &&
           log_lost(component, theta, cells) - theta * (cells - point) < TAIL_LOST;
}

/* Tries the span [0, end]. QUO_DOMAIN where too much is lost beyond it. */
static enum quo_status try_tail(const struct quo_ladder_base *base, double x, double end, size_t cells,
                                struct quo_grid *out)
{
    struct quo_lattice severity, law = {0.0, 0, NULL};
    enum quo_status status = quo_layer_discretise(&base->contract->event, end, cells, QUO_LAYER_CUT, &severity);
    if (status != QUO_OK)
        return status;
    const struct quo_component component = {base->contract->frequency, &severity};
    const double point = x / severity.step, size = (double)(TAIL_SIZE * (cells + 1));
    double least, *atom = NULL;
    const double best = weight_for(&component, point, &least);
    const double single = log(base->count_mean * quo_layer_Q(end, &base->contract->event)) - least;
    status = QUO_DOMAIN;
    if (single < 0.5 * TAIL_LOST) /* no single payout beyond the span counts */
        for (size_t i = 0; i < sizeof weights / sizeof *weights && status == QUO_DOMAIN; i++) {
            const double theta = weights[i] * best;
            if (weight_does(&component, theta, point, size, least))
                status = quo_compound_fft_tail(&component, 1, cells + 1, (size_t)size, theta, base->workspace, &law);
        }
    if (status == QUO_OK)
        status = only_zero(base, &atom);
    if (status == QUO_OK)
        status = quo_grid_read(&law, atom, 1, cells + 1, QUO_GRID_TOP, base->mean, out);
    quo_lattice_free(&severity);
    quo_lattice_free(&law);
    return status;
}

enum quo_status quo_ladder_tail(const struct quo_ladder_base *base, double x, size_t cells, struct quo_grid *out)
{
    if (base->contract->count)
        return QUO_DOMAIN;
    enum quo_status status = QUO_DOMAIN;
    for (double end = 2.0; end <= 8.0 && status == QUO_DOMAIN; end *= 2.0)
        status = try_tail(base, x, end * x, cells, out);
    return status;
}
