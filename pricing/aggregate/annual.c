#include "pricing/aggregate/annual.h"

#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/grid.h"
#include "pricing/aggregate/ladder.h"
#include "risk/base/numeric.h"

#define TOLERANCE 1e-6
/* Refinement of a limited law begins and ends here (points of the coarser grid). */
#define POINTS_FIRST 2048
#define POINTS_LAST ((size_t)1 << 20)
#define POINTS_LAST_PANJER ((size_t)1 << 13) /* its cost goes with the square */
#define CELLS_LEAST 8                       /* of one payout */
/* Mass left beyond the span of an amount that has no end. */
#define LOG_BEYOND (-34.0)
/* A ladder: cells of a rung's coarser grid, width of a rung, how far up a rung is read, and where the ladder ends. */
#define RUNG_CELLS 8192
#define RUNG_RATIO 4.0
#define RUNG_READ 0.4
#define RUNGS 40
#define LADDER_END 1e-12
/* Below this the tail of a light law comes from the weighted grid; its cells. */
#define TAIL_BELOW 1e-2
#define TAIL_CELLS 8192
/* Payouts times points up to which Panjer takes less than a tenth of a second. */
#define PANJER_WORK 5e7
/* Panels of a distortion's integral on one rung, even for Simpson. */
#define PANELS 8192

struct pair {
    struct quo_grid coarse, fine; /* fine: twice the cells */
};

struct quo_annual {
    struct quo_contract contract;
    struct quo_annual_options options;
    struct quo_ladder_base base;
    struct quo_workspace *workspace;
    double second, third; /* central moments of S; INFINITY or NaN where there are none */
    bool limited, exact;  /* exact: payouts of given points, no grid to err */
    double wrap;
    struct pair rung[RUNGS]; /* limited: rung[0] alone */
    size_t rungs;
    struct quo_lattice law[2]; /* limited: after annual terms, coarse and fine; exact: law[1] alone */
};

void quo_contract_init(struct quo_contract *c)
{
    *c = (struct quo_contract){.event = {.limit = INFINITY, .share = 1.0}, .annual_limit = INFINITY};
}

void quo_annual_options_init(struct quo_annual_options *o) { *o = (struct quo_annual_options){QUO_ANNUAL_AUTO, 0, TOLERANCE}; }

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

static void pair_free(struct pair *pair)
{
    quo_grid_free(&pair->coarse);
    quo_grid_free(&pair->fine);
}

void quo_annual_free(struct quo_annual *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < RUNGS; i++)
        pair_free(&a->rung[i]);
    quo_lattice_free(&a->law[0]);
    quo_lattice_free(&a->law[1]);
    quo_workspace_free(a->workspace);
    free(a);
}

static bool has_annual_terms(const struct quo_contract *c) { return c->annual_deductible > 0.0 || isfinite(c->annual_limit); }

/* What one event can pay at most, as far as the annual terms let it matter. */
static double top_of(const struct quo_contract *c)
{
    struct quo_layer event = c->event;
    const struct quo_law *law = &event.severity.law[0];
    if (event.severity.family == QUO_GPD && law->par[0] < 0.0) /* it has an end of its own */
        event.limit = fmin(event.limit, fmax(0.0, law->par[2] - law->par[1] / law->par[0] - event.attach));
    return fmin(quo_layer_top(&event), c->annual_deductible + c->annual_limit);
}

static struct quo_annual_value extrapolated(double coarse, double fine)
{
    /* The error goes with the square of the step: a third of the difference is left. */
    const double value = fine + (fine - coarse) / 3.0;
    if (!isfinite(value))
        return (struct quo_annual_value){fine, 0.0};
    return (struct quo_annual_value){value, fabs(fine - coarse)};
}

static double tvar_of(const struct quo_grid *g, double p)
{
    const double x = quo_grid_quantile(1.0 - p, g);
    return x + quo_grid_stoploss(x, g) / (1.0 - p);
}

static enum quo_status layered_copy(const struct quo_contract *c, const struct quo_lattice *from, struct quo_lattice *to)
{
    const enum quo_status status = quo_lattice_new(from->step, from->n, to);
    if (status != QUO_OK)
        return status;
    for (size_t k = 0; k < from->n; k++)
        to->mass[k] = from->mass[k];
    quo_lattice_layer(to, c->annual_deductible, c->annual_limit);
    return QUO_OK;
}

/* Halves the step until mean and TVaR 99 of two grids agree to the tolerance. */
static enum quo_status build_limited(struct quo_annual *a, double top, struct quo_faults *faults)
{
    const struct quo_contract *c = &a->contract;
    const bool gather = isfinite(c->annual_limit);
    double span = c->annual_deductible + c->annual_limit;
    enum quo_status status = QUO_OK;
    if (!gather) {
        struct quo_lattice rough;
        status = quo_layer_discretise(&c->event, top, 64, QUO_LAYER_CAPPED, &rough);
        if (status != QUO_OK)
            return status;
        span = quo_ladder_span(c, &rough, LOG_BEYOND) * rough.step + top;
        quo_lattice_free(&rough);
    }
    const size_t wanted = a->options.points ? a->options.points : POINTS_FIRST;
    const double share = (double)wanted * top / span;
    size_t cells = share > CELLS_LEAST ? (size_t)ceil(share) : CELLS_LEAST;
    const size_t last = a->options.method == QUO_ANNUAL_PANJER ? POINTS_LAST_PANJER : POINTS_LAST;
    struct pair *pair = &a->rung[0];
    status = quo_ladder_limited(&a->base, top, cells, span, gather, &pair->coarse, NULL);
    for (bool done = false; status == QUO_OK && !done;) {
        status = quo_ladder_limited(&a->base, top, 2 * cells, span, gather, &pair->fine, &a->wrap);
        if (status != QUO_OK)
            break;
        const double m[2] = {quo_lattice_mean(&pair->coarse.law), quo_lattice_mean(&pair->fine.law)};
        const double t[2] = {tvar_of(&pair->coarse, 0.99), tvar_of(&pair->fine, 0.99)};
        done = a->options.points || pair->fine.law.n > last ||
               (fabs(m[1] - m[0]) <= a->options.tolerance * m[1] && fabs(t[1] - t[0]) <= a->options.tolerance * t[1]);
        if (!done) {
            quo_grid_free(&pair->coarse);
            pair->coarse = pair->fine;
            pair->fine = (struct quo_grid){.atom = NULL};
            cells *= 2;
        }
    }
    if (status == QUO_DOMAIN)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "fewer events, a higher limit of one event, or an annual limit",
                              "the annual amount spans %.3g times the limit of one event: more points than can be computed", span / top);
    a->rungs = 1;
    if (status == QUO_OK)
        status = layered_copy(c, &pair->coarse.law, &a->law[0]);
    return status == QUO_OK ? layered_copy(c, &pair->fine.law, &a->law[1]) : status;
}

/* Rungs up from where the ordinary amounts lie, until nearly nothing is left above. */
static enum quo_status build_ladder(struct quo_annual *a)
{
    const struct quo_layer *event = &a->contract.event;
    const size_t cells = a->options.points ? a->options.points : a->options.method == QUO_ANNUAL_PANJER ? RUNG_CELLS / 4 : RUNG_CELLS;
    const double median = quo_severity_Qinv(0.5, &event->severity), q = quo_layer_Q(0.0, event);
    const double typical = q < 0.5 ? quo_severity_Qinv(0.5 * q, &event->severity) - event->attach : median;
    double end = 4.0 * fmax(1.0, a->base.count_mean * q) * event->share * typical;
    enum quo_status status = end > 0.0 && isfinite(end) ? QUO_OK : QUO_DOMAIN;
    while (status == QUO_OK && a->rungs < RUNGS) {
        struct pair *pair = &a->rung[a->rungs++];
        status = quo_ladder_rung(&a->base, end, cells, &pair->coarse);
        if (status == QUO_OK)
            status = quo_ladder_rung(&a->base, end, 2 * cells, &pair->fine);
        if (status == QUO_OK && quo_grid_sf(RUNG_READ * end, &pair->fine) < LADDER_END)
            break;
        end *= RUNG_RATIO;
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
    if (a->base.method == QUO_ANNUAL_AUTO && c->frequency.family != QUO_BINOMIAL && (double)payouts * steps < PANJER_WORK)
        a->base.method = QUO_ANNUAL_PANJER;
    if (status == QUO_OK)
        status = quo_ladder_law(&a->base, &payout, (size_t)ceil(steps) + 2, gather, &law, &a->wrap);
    if (status == QUO_OK)
        status = layered_copy(c, &law, &a->law[1]);
    quo_lattice_free(&law);
    quo_lattice_free(&payout);
    return status;
}

enum quo_status quo_annual_new(const struct quo_contract *contract, const struct quo_annual_options *options, struct quo_annual **out,
                               struct quo_faults *faults)
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
    a->workspace = quo_workspace_new();
    a->base = (struct quo_ladder_base){&a->contract, options->method, a->workspace, 0.0, 0.0, 0.0};
    a->exact = contract->points != NULL;
    enum quo_status status = a->workspace ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK && a->exact) {
        a->limited = true;
        status = build_exact(a, faults);
    } else if (status == QUO_OK) {
        const double top = top_of(contract);
        const double y[3] = {quo_layer_moment(1, &contract->event), quo_layer_moment(2, &contract->event), quo_layer_moment(3, &contract->event)};
        sum_moments(a, y);
        a->base.zero = quo_ladder_pgf(quo_layer_zero(&contract->event), contract);
        a->limited = isfinite(top);
        status = !(top > 0.0) ? QUO_DOMAIN : a->limited ? build_limited(a, top, faults) : build_ladder(a);
    }
    if (status == QUO_OK)
        *out = a;
    else
        quo_annual_free(a);
    if (status == QUO_DOMAIN)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, NULL, "the contract cannot be put on a grid: amounts beyond what a double holds, or no payout at all");
    return status;
}

/* ---- numbers of S and of what the contract pays ------------------------------------------------- */

/* The rung that reaches x; the last if none does. */
static const struct pair *rung_at(const struct quo_annual *a, double x)
{
    size_t i = 0;
    while (!a->limited && i + 1 < a->rungs && x > RUNG_READ * quo_grid_end(&a->rung[i].fine))
        i++;
    return &a->rung[i];
}

typedef double grid_number(double x, const struct quo_grid *grid);

/* A number of S at x from the grids: the ladder's rung, or the weighted grid where the tail is thin and light. */
static struct quo_annual_value number_at(struct quo_annual *a, double x, grid_number *number)
{
    const struct pair *pair = rung_at(a, x);
    const struct quo_annual_value plain = extrapolated(number(x, &pair->coarse), number(x, &pair->fine));
    if (a->limited || quo_grid_sf(x, &pair->fine) >= TAIL_BELOW || !(x > 0.0))
        return plain;
    struct pair tail = {{.atom = NULL}, {.atom = NULL}};
    struct quo_annual_value value = plain;
    if (quo_ladder_tail(&a->base, x, TAIL_CELLS, &tail.coarse) == QUO_OK && quo_ladder_tail(&a->base, x, 2 * TAIL_CELLS, &tail.fine) == QUO_OK)
        value = extrapolated(number(x, &tail.coarse), number(x, &tail.fine));
    else if (x > RUNG_READ * quo_grid_end(&pair->fine))
        value = (struct quo_annual_value){0.0, number == quo_grid_sf ? LADDER_END : INFINITY}; /* above the ladder of a heavy tail */
    pair_free(&tail);
    return value;
}

static struct quo_annual_value quantile(const struct quo_annual *a, double p)
{
    size_t i = 0;
    while (!a->limited && i + 1 < a->rungs && quo_grid_sf(RUNG_READ * quo_grid_end(&a->rung[i].fine), &a->rung[i].fine) > 1.0 - p)
        i++;
    return extrapolated(quo_grid_quantile(1.0 - p, &a->rung[i].coarse), quo_grid_quantile(1.0 - p, &a->rung[i].fine));
}

static struct quo_annual_value exactly(const struct quo_annual *a, double value)
{
    return (struct quo_annual_value){value, a->exact ? a->wrap * fabs(value) : 0.0};
}

struct quo_annual_value quo_annual_sf(double x, struct quo_annual *a)
{
    if (isnan(x))
        return (struct quo_annual_value){NAN, NAN};
    if (x < 0.0)
        return (struct quo_annual_value){1.0, 0.0};
    if (x >= a->contract.annual_limit)
        return (struct quo_annual_value){0.0, 0.0};
    return a->exact ? exactly(a, quo_measure_sf(x, &a->law[1])) : number_at(a, x + a->contract.annual_deductible, quo_grid_sf);
}

struct quo_annual_value quo_annual_cdf(double x, struct quo_annual *a)
{
    if (a->exact && x < a->contract.annual_limit)
        return exactly(a, quo_measure_cdf(x, &a->law[1]));
    struct quo_annual_value v = quo_annual_sf(x, a);
    v.value = 1.0 - v.value;
    return v;
}

struct quo_annual_value quo_annual_density(double x, struct quo_annual *a)
{
    if (a->exact || !(x >= 0.0) || x >= a->contract.annual_limit)
        return (struct quo_annual_value){NAN, NAN};
    return number_at(a, x + a->contract.annual_deductible, quo_grid_density);
}

struct quo_annual_value quo_annual_var(double p, struct quo_annual *a)
{
    if (!(p >= 0.0 && p < 1.0))
        return (struct quo_annual_value){NAN, NAN};
    if (a->exact)
        return exactly(a, quo_measure_var(p, &a->law[1]));
    struct quo_annual_value v = quantile(a, p);
    v.value = fmin(fmax(v.value - a->contract.annual_deductible, 0.0), a->contract.annual_limit);
    return v;
}

/* E[(S - x)+] from the top: what heavy tails give as a difference of the mean, a light one has itself. */
static struct quo_annual_value excess(struct quo_annual *a, double x) { return number_at(a, x, quo_grid_stoploss); }

struct quo_annual_value quo_annual_stoploss(double d, struct quo_annual *a)
{
    if (isnan(d))
        return (struct quo_annual_value){NAN, NAN};
    if (a->exact)
        return exactly(a, quo_measure_stoploss(d, &a->law[1]));
    const double D = a->contract.annual_deductible, A = a->contract.annual_limit, below = fmin(d, 0.0);
    if (d >= A)
        return (struct quo_annual_value){0.0, 0.0};
    struct quo_annual_value low = excess(a, D + fmax(d, 0.0));
    if (isfinite(A)) {
        const struct quo_annual_value high = excess(a, D + A);
        low.value -= high.value;
        low.error += high.error;
    }
    low.value -= below;
    return low;
}

struct quo_annual_value quo_annual_tvar(double p, struct quo_annual *a)
{
    if (!(p >= 0.0 && p < 1.0))
        return (struct quo_annual_value){NAN, NAN};
    if (a->exact)
        return exactly(a, quo_measure_tvar(p, &a->law[1]));
    if (p == 0.0)
        return quo_annual_mean(a);
    /* TVaR is the least of v + E[(S - v)+]/(1 - p) over v: an error in VaR matters by its square only. */
    const struct quo_annual_value var = quo_annual_var(p, a), beyond = quo_annual_stoploss(var.value, a);
    return (struct quo_annual_value){var.value + beyond.value / (1.0 - p), beyond.error / (1.0 - p)};
}

struct quo_annual_value quo_annual_zero(const struct quo_annual *a)
{
    if (a->contract.annual_deductible <= 0.0)
        return (struct quo_annual_value){a->base.zero, 0.0};
    if (a->exact)
        return exactly(a, a->law[1].mass[0]);
    const double D = a->contract.annual_deductible;
    const struct pair *pair = rung_at(a, D);
    struct quo_annual_value v = extrapolated(quo_grid_sf(D, &pair->coarse), quo_grid_sf(D, &pair->fine));
    v.value = 1.0 - v.value;
    return v;
}

/* A number of the limited law after annual terms. */
static struct quo_annual_value of_laws(const struct quo_annual *a, double (*number)(const struct quo_lattice *law))
{
    if (a->exact)
        return exactly(a, number(&a->law[1]));
    return extrapolated(number(&a->law[0]), number(&a->law[1]));
}

struct quo_annual_value quo_annual_mean(const struct quo_annual *a)
{
    if (!has_annual_terms(&a->contract))
        return (struct quo_annual_value){a->base.mean, 0.0};
    if (a->limited)
        return of_laws(a, quo_lattice_mean);
    const double D = a->contract.annual_deductible;
    const struct pair *pair = rung_at(a, D);
    return extrapolated(quo_grid_stoploss(D, &pair->coarse), quo_grid_stoploss(D, &pair->fine));
}

struct quo_annual_value quo_annual_variance(const struct quo_annual *a)
{
    if (!has_annual_terms(&a->contract) || (!a->limited && isinf(a->second)))
        return (struct quo_annual_value){a->second, 0.0};
    return a->limited ? of_laws(a, quo_lattice_variance) : (struct quo_annual_value){NAN, NAN};
}

struct quo_annual_value quo_annual_skewness(const struct quo_annual *a)
{
    if (!has_annual_terms(&a->contract))
        return (struct quo_annual_value){a->third / (a->second * sqrt(a->second)), 0.0};
    return a->limited ? of_laws(a, quo_measure_skewness) : (struct quo_annual_value){NAN, NAN};
}

/* ---- distortions -------------------------------------------------------------------------------- */

/* Integral of g(P[S > x]) over [low, high] of one grid, by Simpson. */
static double rung_integral(const struct quo_distortion *d, const struct quo_grid *g, double low, double high)
{
    const double h = (high - low) / PANELS;
    double sum = 0.0;
    for (int i = 0; i <= PANELS; i++) {
        const double weight = i == 0 || i == PANELS ? 1.0 : i % 2 ? 4.0 : 2.0;
        sum += weight * quo_distortion_g(quo_grid_sf(low + h * (double)i, g), d);
    }
    return sum * h / 3.0;
}

/* What lies above the ladder: there one great payout makes the year, P[S > x] = c P[Y > x]. INFINITY if it does not end. */
static double beyond_ladder(const struct quo_annual *a, const struct quo_distortion *d, double end, double sf)
{
    const struct quo_layer *event = &a->contract.event;
    const double ratio = sf / quo_layer_Q(end, event);
    if (!(sf > 0.0) || !isfinite(ratio))
        return 0.0;
    double node[16], weight[16], sum = 0.0, last = INFINITY;
    quo_gauss_legendre(16, node, weight);
    for (double low = end; low < 1e290; low *= 2.0) {
        double part = 0.0;
        for (int i = 0; i < 16; i++)
            part += 0.5 * low * weight[i] * quo_distortion_g(ratio * quo_layer_Q(low * (1.5 + 0.5 * node[i]), event), d);
        sum += part;
        if (part <= 1e-13 * sum)
            return sum;
        if (part >= last) /* each doubling adds no less than the one before */
            return INFINITY;
        last = part;
    }
    return INFINITY;
}

struct quo_annual_value quo_annual_distortion(const struct quo_distortion *d, struct quo_annual *a)
{
    if (quo_distortion_invalid(d))
        return (struct quo_annual_value){NAN, NAN};
    if (d->kind == QUO_DISTORTION_TVAR)
        return quo_annual_tvar(d->parameter, a);
    if (a->exact)
        return exactly(a, quo_distortion_price(d, &a->law[1]));
    if (a->limited)
        return extrapolated(quo_distortion_price(d, &a->law[0]), quo_distortion_price(d, &a->law[1]));
    double sum[2] = {0.0, 0.0}, low = a->contract.annual_deductible;
    for (size_t i = 0; i < a->rungs; i++) {
        const double high = RUNG_READ * quo_grid_end(&a->rung[i].fine);
        if (high <= low)
            continue;
        sum[0] += rung_integral(d, &a->rung[i].coarse, low, high);
        sum[1] += rung_integral(d, &a->rung[i].fine, low, high);
        low = high;
    }
    const double rest = beyond_ladder(a, d, low, quo_grid_sf(low, &a->rung[a->rungs - 1].fine));
    struct quo_annual_value value = extrapolated(sum[0], sum[1]);
    value.value += rest;
    value.error += isfinite(rest) ? 1e-2 * rest : 0.0; /* the one-payout law is good to about its own next term */
    return value;
}

double quo_annual_mean_computed(const struct quo_annual *a)
{
    if (a->limited)
        return quo_lattice_mean(&a->law[1]);
    if (isinf(a->base.mean))
        return NAN;
    const struct quo_grid *g = &a->rung[a->rungs - 1].fine;
    return a->base.mean - quo_grid_stoploss(0.0, g) + quo_lattice_mean(&g->law);
}

enum quo_annual_method quo_annual_method_used(const struct quo_annual *a)
{
    return a->base.method == QUO_ANNUAL_PANJER ? QUO_ANNUAL_PANJER : QUO_ANNUAL_FFT;
}
const struct quo_contract *quo_annual_contract(const struct quo_annual *a) { return &a->contract; }
size_t quo_annual_points(const struct quo_annual *a) { return a->exact ? a->law[1].n : a->rung[a->rungs - 1].fine.law.n; }
double quo_annual_step(const struct quo_annual *a) { return a->exact ? a->law[1].step : a->rung[a->rungs - 1].fine.law.step; }
bool quo_annual_limited(const struct quo_annual *a) { return a->limited; }
const struct quo_lattice *quo_annual_law(const struct quo_annual *a) { return a->limited ? &a->law[1] : NULL; }
