/* Making an annual law: exact moments, the grid of a limited amount, the ladder of an unlimited one. */
#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/annual_parts.h"

#define TOLERANCE 1e-6
/* Refinement of a limited law begins and ends here (points of the coarser grid). */
#define POINTS_FIRST 2048
#define POINTS_LAST ((size_t)1 << 20)
#define POINTS_LAST_PANJER ((size_t)1 << 13) /* its cost goes with the square */
#define CELLS_LEAST 8                        /* of one payout */
/* Mass left beyond the span of an amount that has no end. */
#define LOG_BEYOND (-34.0)
/* A ladder: cells of a rung's coarser grid, width of a rung, how far up a rung is read, and where the ladder ends. */
#define RUNG_CELLS 4096
#define RUNG_RATIO 4.0
#define EVENTS_MANY 1e6 /* a law that cannot be computed with so many is too long, whatever else may be wrong */
#define LADDER_FROM 2048.0              /* the greatest payout, in ordinary ones, from which on one grid will not do */
#define LADDER_POINTS ((size_t)1 << 21) /* of all its finer grids */
#define LADDER_END 1e-12
/* Payouts times points up to which Panjer takes less than a tenth of a second. */
#define PANJER_WORK 5e7

void quo_contract_init(struct quo_contract *c)
{
    *c = (struct quo_contract){.event = {.limit = INFINITY, .share = 1.0}, .annual_limit = INFINITY};
}

void quo_annual_options_init(struct quo_annual_options *o)
{
    *o = (struct quo_annual_options){QUO_ANNUAL_AUTO, 0, TOLERANCE, NULL};
}

const char *quo_contract_invalid(const struct quo_contract *c)
{
    const char *why = c->points ? NULL : quo_severity_invalid(&c->event.severity);
    if (why)
        return why;
    if (!(c->event.attach >= 0.0) || isinf(c->event.attach))
        return "the deductible is 0 or more";
    if (!(c->event.limit > 0.0))
        return "the limit is above 0";
    if (!(c->event.share > 0.0 && c->event.share <= 1.0))
        return "the share lies above 0 and at most at 1";
    if (!(c->annual_deductible >= 0.0) || isinf(c->annual_deductible))
        return "the annual deductible is 0 or more";
    if (!(c->annual_limit > 0.0))
        return "the annual limit is above 0";
    double points = 0.0;
    for (size_t k = 0; c->points && k < c->points->n; k++) {
        if (!(c->points->mass[k] >= 0.0))
            return "a probability of the severity is negative";
        points += c->points->mass[k];
    }
    if (c->points && !(points > 0.0 && points <= 1.0 + 1e-9))
        return "the probabilities of the severity do not add up to 1";
    if (!c->count)
        return quo_frequency_invalid(&c->frequency);
    double sum = 0.0;
    for (size_t i = 0; i < c->n_count; i++) {
        if (!(c->count[i] >= 0.0))
            return "a probability of a count is negative";
        sum += c->count[i];
    }
    return fabs(sum - 1.0) <= 1e-9 ? NULL : "the probabilities of the counts do not add up to 1";
}

/* ---- exact moments of S ----------------------------------------------------------------------- */

/* Mean, variance and third central moment of the count. */
static void count_moments(const struct quo_contract *c, double m[3])
{
    if (!c->count) {
        m[0] = quo_frequency_mean(&c->frequency);
        m[1] = quo_frequency_variance(&c->frequency);
        m[2] = m[1] > 0.0 ? quo_frequency_skewness(&c->frequency) * m[1] * sqrt(m[1]) : 0.0;
        return;
    }
    m[0] = m[1] = m[2] = 0.0;
    for (size_t i = 0; i < c->n_count; i++)
        m[0] += (double)i * c->count[i];
    for (size_t i = 0; i < c->n_count; i++) {
        const double d = (double)i - m[0];
        m[1] += d * d * c->count[i];
        m[2] += d * d * d * c->count[i];
    }
}

/* Of S, from raw moments y[3] of one payout [KPW12] 9.3. */
static void sum_moments(struct quo_annual *a, const double y[3])
{
    double n[3];
    count_moments(&a->contract, n);
    a->base.count_mean = n[0];
    a->base.mean = n[0] > 0.0 ? n[0] * y[0] : 0.0;
    const double var = y[1] - y[0] * y[0], skew = y[2] - 3.0 * y[0] * y[1] + 2.0 * y[0] * y[0] * y[0];
    a->second = isinf(y[1]) ? INFINITY : n[0] * var + n[1] * y[0] * y[0];
    a->third = isinf(y[2]) || isinf(y[1]) ? NAN : n[0] * skew + 3.0 * n[1] * y[0] * var + n[2] * y[0] * y[0] * y[0];
}

/* ---- building ----------------------------------------------------------------------------------- */

void quo_annual_pair_free(struct quo_annual_pair *pair)
{
    quo_grid_free(&pair->coarse);
    quo_grid_free(&pair->fine);
}

void quo_annual_free(struct quo_annual *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < QUO_ANNUAL_RUNGS; i++)
        quo_annual_pair_free(&a->rung[i]);
    quo_annual_pair_free(&a->tail);
    quo_lattice_free(&a->law[0]);
    quo_lattice_free(&a->law[1]);
    quo_workspace_free(a->workspace);
    free(a);
}

bool quo_annual_has_terms(const struct quo_contract *c)
{
    return c->annual_deductible > 0.0 || isfinite(c->annual_limit);
}

/* What one event can pay at most; as far as the annual terms let it matter, if they are asked. */
static double top_of(const struct quo_contract *c, bool with_terms)
{
    struct quo_layer event = c->event;
    const struct quo_law *law = &event.severity.law[0];
    if (event.severity.family == QUO_GPD && law->par[0] < 0.0) /* it has an end of its own */
        event.limit = fmin(event.limit, fmax(0.0, law->par[2] - law->par[1] / law->par[0] - event.attach));
    return with_terms ? fmin(quo_layer_top(&event), c->annual_deductible + c->annual_limit) : quo_layer_top(&event);
}

/* E[min(Y, top)^2], from E[Y^2]. */
static double square_of(const struct quo_layer *event, double top, double square)
{
    const struct quo_layer capped = {event->severity, event->attach, top / event->share, event->share};
    if (!(top > 0.0 && isfinite(top)))
        return 0.0;
    return top >= quo_layer_top(event) * (1.0 - 1e-12) ? square : quo_layer_moment(2, &capped);
}

struct quo_annual_value quo_annual_extrapolated(double coarse, double fine)
{
    /* The error goes with the square of the step: a third of the difference is left, and is added. Stated is six times that,
     * since beside an atom or a corner it goes by fits and starts. */
    const double value = fine + (fine - coarse) / 3.0;
    if (!isfinite(value))
        return (struct quo_annual_value){fine, 0.0};
    return (struct quo_annual_value){value, 2.0 * fabs(fine - coarse)};
}

static bool settled(const struct quo_annual *a, struct quo_annual_value v)
{
    return v.error <= a->options.tolerance * v.value;
}

static enum quo_status layered_copy(const struct quo_contract *c, const struct quo_lattice *from,
                                    struct quo_lattice *to)
{
    const enum quo_status status = quo_lattice_new(from->step, from->n, to);
    if (status != QUO_OK)
        return status;
    for (size_t k = 0; k < from->n; k++)
        to->mass[k] = from->mass[k];
    quo_lattice_layer(to, c->annual_deductible, c->annual_limit);
    return QUO_OK;
}

/* How far the annual amount reaches: to the annual limit, or to where nothing worth counting is left. */
static enum quo_status span_of(const struct quo_contract *c, double top, double *span)
{
    *span = c->annual_deductible + c->annual_limit;
    if (isfinite(*span))
        return QUO_OK;
    struct quo_lattice rough;
    const enum quo_status status = quo_layer_discretise(&c->event, top, 64, QUO_LAYER_CAPPED, &rough);
    if (status != QUO_OK)
        return status;
    *span = quo_ladder_span(c, &rough, LOG_BEYOND) * rough.step + top;
    quo_lattice_free(&rough);
    return QUO_OK;
}

static size_t cells_for(size_t points, double top, double span)
{
    const double cells = ceil((double)points * top / span);
    return cells > CELLS_LEAST ? (size_t)cells : CELLS_LEAST;
}

/* Halves the step until mean and TVaR 99 of two grids agree to the tolerance. */
static enum quo_status build_limited(struct quo_annual *a, double top, struct quo_faults *faults)
{
    const struct quo_contract *c = &a->contract;
    const bool gather = isfinite(c->annual_limit);
    double span = 0.0;
    enum quo_status status = span_of(c, top, &span);
    size_t cells = cells_for(a->options.points ? a->options.points : POINTS_FIRST, top, span);
    const size_t last = a->options.method == QUO_ANNUAL_PANJER ? POINTS_LAST_PANJER : POINTS_LAST;
    struct quo_annual_pair *pair = &a->rung[0];
    for (bool done = false; status == QUO_OK && !done;) {
        status = quo_ladder_limited(&a->base, top, 2 * cells, span, gather, a->rungs ? NULL : &pair->coarse,
                                    &pair->fine, &a->wrap);
        if (status != QUO_OK)
            break;
        a->rungs = 1;
        done = a->options.points || pair->fine.law.n > last ||
               (settled(a, quo_annual_mean(a)) && settled(a, quo_annual_tvar(0.99, a)));
        if (!done) {
            quo_grid_free(&pair->coarse);
            pair->coarse = pair->fine;
            pair->fine = (struct quo_grid){.atom = NULL};
            cells *= 2;
        }
    }
    if (status == QUO_DOMAIN)
        return quo_faults_add(
            faults, QUO_REFUSED, "", 0, "fewer events, a higher limit of one event, or an annual limit",
            "the annual amount spans %.3g times the limit of one event: more points than can be computed", span / top);
    if (status == QUO_OK)
        status = layered_copy(c, &pair->coarse.law, &a->law[0]);
    return status == QUO_OK ? layered_copy(c, &pair->fine.law, &a->law[1]) : status;
}

/* An ordinary payout: the median of those above 0. */
static double typical_of(const struct quo_layer *event)
{
    const double q = quo_layer_Q(0.0, event), x = quo_severity_Qinv(0.5 * q, &event->severity);
    return event->share * fmin(fmax(x - event->attach, 0.0), event->limit);
}

/* One grid of rung i: of payouts cut at its end; the last of a limited contract has them whole, and all of the amount. */
static enum quo_status make_rung(struct quo_annual *a, size_t i, size_t cells, struct quo_grid *grid)
{
    if (!a->whole || i + 1 < a->rungs)
        return quo_ladder_rung(&a->base, a->end[i], cells, grid, &a->wrap);
    double wrap = 0.0;
    const enum quo_status status = quo_ladder_limited(&a->base, a->end[i], cells_for(cells, a->end[i], a->span),
                                                      a->span, isfinite(a->contract.annual_limit), NULL, grid, &wrap);
    a->wrap = fmax(a->wrap, wrap);
    return status;
}

/* The coarser grid of every rung: up from where the ordinary amounts lie, until nearly nothing is left above, the annual limit is
 * reached, or `top`, the limit of one event, is. */
static enum quo_status first_ladder(struct quo_annual *a, double top)
{
    const struct quo_contract *c = &a->contract;
    const double reach = c->annual_deductible + c->annual_limit,
                 payments = a->base.count_mean * quo_layer_Q(0.0, &c->event);
    double end = 4.0 * fmax(1.0, payments) * typical_of(&c->event);
    enum quo_status status = end > 0.0 && isfinite(end) ? QUO_OK : QUO_DOMAIN;
    for (bool done = false; status == QUO_OK && !done && a->rungs < QUO_ANNUAL_RUNGS; end *= RUNG_RATIO) {
        const size_t i = a->rungs++;
        a->whole = end >= 0.5 * top;
        a->end[i] = a->whole ? top : end;
        if (a->whole)
            status = span_of(c, top, &a->span);
        if (status == QUO_OK)
            status = make_rung(a, i, a->cells, &a->rung[i].coarse);
        const double read = QUO_ANNUAL_RUNG_READ * end;
        done = status != QUO_OK || a->whole || read >= reach || quo_grid_sf(read, &a->rung[i].coarse) < LADDER_END;
    }
    return status;
}

/* The finer grids; where TVaR 99 (VaR 99 without a mean) still moves by more than the tolerance, again with half the step. */
static enum quo_status build_ladder(struct quo_annual *a, double top)
{
    const bool panjer = a->base.method == QUO_ANNUAL_PANJER;
    a->cells = a->options.points ? a->options.points : panjer ? RUNG_CELLS / 4 : RUNG_CELLS;
    enum quo_status status = first_ladder(a, top);
    while (status == QUO_OK) {
        for (size_t i = 0; i < a->rungs && status == QUO_OK; i++)
            status = make_rung(a, i, 2 * a->cells, &a->rung[i].fine);
        if (status != QUO_OK)
            break;
        if (a->options.points ||
            settled(a, isfinite(a->base.mean) ? quo_annual_tvar(0.99, a) : quo_annual_var(0.99, a)) ||
            4 * a->cells * a->rungs > LADDER_POINTS || (panjer && 2 * a->cells > POINTS_LAST_PANJER))
            break;
        for (size_t i = 0; i < a->rungs; i++) {
            quo_grid_free(&a->rung[i].coarse);
            a->rung[i].coarse = a->rung[i].fine;
            a->rung[i].fine = (struct quo_grid){.atom = NULL};
        }
        a->cells *= 2;
        quo_annual_pair_free(&a->tail); /* made from the former cells */
        a->tail_x = 0.0;
    }
    return status;
}

/* Payouts on given points: nothing to discretise. */
static enum quo_status build_exact(struct quo_annual *a, struct quo_faults *faults)
{
    const struct quo_contract *c = &a->contract;
    struct quo_lattice payout, law = {0.0, 0, NULL};
    enum quo_status status = quo_lattice_new(c->points->step, c->points->n, &payout);
    if (status != QUO_OK)
        return status;
    for (size_t k = 0; k < payout.n; k++)
        payout.mass[k] = c->points->mass[k];
    quo_lattice_layer(&payout, c->event.attach, c->event.limit);
    payout.step *= c->event.share;
    double y[3] = {0.0, 0.0, 0.0};
    for (size_t k = payout.n; k-- > 1;) {
        const double x = payout.step * (double)k;
        y[0] += x * payout.mass[k];
        y[1] += x * x * payout.mass[k];
        y[2] += x * x * x * payout.mass[k];
    }
    sum_moments(a, y);
    a->base.zero = quo_ladder_pgf(payout.mass[0], c);
    const bool gather = isfinite(c->annual_limit);
    const double steps = payout.n < 2 ? 1.0
                         : gather     ? (c->annual_deductible + c->annual_limit) / payout.step
                                      : quo_ladder_span(c, &payout, LOG_BEYOND);
    if (!(steps < (double)((size_t)1 << 24)))
        status = quo_faults_add(faults, QUO_REFUSED, "", 0, "fewer events or an annual limit",
                                "the annual amount spans %.3g points: more than can be computed", steps);
    size_t payouts = 0;
    for (size_t k = 1; k < payout.n; k++)
        payouts += payout.mass[k] > 0.0;
    if (a->base.method == QUO_ANNUAL_AUTO && c->frequency.family != QUO_BINOMIAL &&
        (double)payouts * steps < PANJER_WORK)
        a->base.method = QUO_ANNUAL_PANJER;
    if (status == QUO_OK)
        status = quo_ladder_law(&a->base, &payout, (size_t)ceil(steps) + 2, gather, &law, &a->wrap);
    if (status == QUO_OK)
        status = layered_copy(c, &law, &a->law[1]);
    a->law[0] = law; /* S itself */
    quo_lattice_free(&payout);
    return status;
}

enum quo_status quo_annual_new(const struct quo_contract *contract, const struct quo_annual_options *options,
                               struct quo_annual **out, struct quo_faults *faults)
{
    *out = NULL;
    const char *why = quo_contract_invalid(contract);
    if (why)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, NULL, "impossible contract: %s", why);
    struct quo_annual *a = calloc(1, sizeof *a);
    if (!a)
        return QUO_MACHINE;
    a->contract = *contract;
    a->options = *options;
    a->workspace = options->workspace ? NULL : quo_workspace_new();
    a->base = (struct quo_ladder_base){
        &a->contract, options->method, options->workspace ? options->workspace : a->workspace, 0.0, 0.0, 0.0, 0.0};
    a->exact = contract->points != NULL;
    enum quo_status status = a->base.workspace ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK && a->exact) {
        a->limited = true;
        status = build_exact(a, faults);
    } else if (status == QUO_OK) {
        const double top = top_of(contract, true);
        const double y[3] = {quo_layer_moment(1, &contract->event), quo_layer_moment(2, &contract->event),
                             quo_layer_moment(3, &contract->event)};
        sum_moments(a, y);
        a->base.zero = quo_ladder_pgf(quo_layer_zero(&contract->event), contract);
        /* One grid from the ordinary payouts to the greatest, unless they lie too far apart for that. */
        a->limited = top <= LADDER_FROM * typical_of(&contract->event);
        const double event_top = top_of(contract, false), whole_top = a->limited ? top : event_top;
        a->base.square = square_of(&contract->event, whole_top, y[1]);
        status = !(top > 0.0) ? QUO_DOMAIN : a->limited ? build_limited(a, top, faults) : build_ladder(a, event_top);
    }
    if (status == QUO_OK)
        *out = a;
    else
        quo_annual_free(a);
    const double events = contract->count ? 0.0 : quo_frequency_mean(&contract->frequency);
    if (status == QUO_DOMAIN && events > EVENTS_MANY)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "an annual limit, or fewer events",
                              "%g events a year: more points than can be computed", events);
    if (status == QUO_DOMAIN)
        return quo_faults_add(
            faults, QUO_REFUSED, "", 0, NULL,
            "the contract cannot be put on a grid: amounts beyond what a double holds, or no payout at all");
    return status;
}
