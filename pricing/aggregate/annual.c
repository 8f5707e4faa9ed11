#include "pricing/aggregate/annual.h"

#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/annual_parts.h"

#define LADDER_END 1e-12
/* Below this the tail of a light law comes from the weighted grid; its cells. */
#define TAIL_BELOW 1e-2
#define TAIL_CELLS 4096

/* ---- numbers of S and of what the contract pays ------------------------------------------------- */

double quo_annual_rung_end(const struct quo_annual *a, size_t i)
{
    const double end = quo_grid_end(&a->rung[i].fine);
    return a->limited || (a->whole && i + 1 == a->rungs) ? end : QUO_ANNUAL_RUNG_READ * end;
}

/* The rung that reaches x; the last if none does. */
static const struct quo_annual_pair *rung_at(const struct quo_annual *a, double x)
{
    size_t i = 0;
    while (i + 1 < a->rungs && x > quo_annual_rung_end(a, i))
        i++;
    return &a->rung[i];
}

/* E[(S - x)+] on two grids as that at step 0. A lattice moves it by half the variance that it adds to each payout times the density: the
 * variances are known, and where the step is coarse for the law they do not go with its square. */
#define RATIO_LEAST 1.5
#define RATIO_MOST 16.0
static struct quo_annual_value unspread(const struct quo_annual_pair *pair, double coarse, double fine)
{
    struct quo_annual_value v = quo_annual_extrapolated(coarse, fine);
    const double c = pair->coarse.spread, f = pair->fine.spread;
    if (f > 0.0 && isfinite(v.value) && c >= RATIO_LEAST * f && c <= RATIO_MOST * f)
        v.value = fine + (fine - coarse) * f / (c - f);
    return v;
}

typedef double grid_number(double x, const struct quo_grid *grid);

/* The weighted grids about x, kept for the next question; false where the tail is too heavy for them. */
static bool make_tail(struct quo_annual *a, double x)
{
    if (a->tail_x != x) {
        const size_t cells = a->cells > TAIL_CELLS ? a->cells : TAIL_CELLS;
        quo_annual_pair_free(&a->tail);
        a->tail_x = x;
        if (quo_ladder_tail(&a->base, x, cells, &a->tail.coarse) != QUO_OK ||
            quo_ladder_tail(&a->base, x, 2 * cells, &a->tail.fine) != QUO_OK)
            quo_annual_pair_free(&a->tail);
    }
    return a->tail.fine.smooth != NULL;
}

/* A number of S at x from the grids: the ladder's rung, or the weighted grid where the tail is thin and light. */
static struct quo_annual_value number_at(struct quo_annual *a, double x, grid_number *number)
{
    const struct quo_annual_pair *pair = rung_at(a, x);
    const struct quo_annual_value plain =
        number == quo_grid_stoploss ? unspread(pair, number(x, &pair->coarse), number(x, &pair->fine))
                                    : quo_annual_extrapolated(number(x, &pair->coarse), number(x, &pair->fine));
    if (a->limited || a->whole || quo_grid_sf(x, &pair->fine) >= TAIL_BELOW || !(x > 0.0))
        return plain;
    if (make_tail(a, x))
        return quo_annual_extrapolated(number(x, &a->tail.coarse), number(x, &a->tail.fine));
    if (x > quo_annual_rung_end(a, (size_t)(pair - a->rung))) /* above the ladder of a heavy tail */
        return (struct quo_annual_value){0.0, number == quo_grid_sf ? LADDER_END : INFINITY};
    return plain;
}

static struct quo_annual_value quantile(const struct quo_annual *a, double p)
{
    size_t i = 0;
    while (i + 1 < a->rungs && quo_grid_sf(quo_annual_rung_end(a, i), &a->rung[i].fine) > 1.0 - p)
        i++;
    return quo_annual_extrapolated(quo_grid_quantile(1.0 - p, &a->rung[i].coarse),
                                   quo_grid_quantile(1.0 - p, &a->rung[i].fine));
}

struct quo_annual_value quo_annual_exactly(const struct quo_annual *a, double value)
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
    return a->exact ? quo_annual_exactly(a, quo_measure_sf(x + a->contract.annual_deductible, &a->law[0]))
                    : number_at(a, x + a->contract.annual_deductible, quo_grid_sf);
}

struct quo_annual_value quo_annual_cdf(double x, struct quo_annual *a)
{
    if (a->exact && x < a->contract.annual_limit)
        return quo_annual_exactly(a, quo_measure_cdf(x + a->contract.annual_deductible, &a->law[0]));
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
    struct quo_annual_value v = a->exact ? quo_annual_exactly(a, quo_measure_var(p, &a->law[0])) : quantile(a, p);
    v.value = fmin(fmax(v.value - a->contract.annual_deductible, 0.0), a->contract.annual_limit);
    return v;
}

/* E[(S - x)+] from the top: what heavy tails give as a difference of the mean, a light one has itself. */
static struct quo_annual_value excess(struct quo_annual *a, double x)
{
    return a->exact ? quo_annual_exactly(a, quo_measure_stoploss(x, &a->law[0])) : number_at(a, x, quo_grid_stoploss);
}

/* What a grid does to E[(S - x)+] at the least, even if two of them agree by accident: local moments spread each payout by a
 * variance of step^2/6, and a spread of variance v adds v f(x)/2, with f the density between the atoms. */
static double spread_at(const struct quo_annual *a, double x)
{
    const struct quo_grid *g = &rung_at(a, x)->fine;
    const double h = g->law.step;
    const size_t k = (size_t)(x / h);
    if (a->exact || k + 1 >= g->law.n)
        return 0.0;
    return fmax(1.0, a->base.count_mean) * h * fabs(g->smooth[k] - g->smooth[k + 1]) / 12.0;
}

/* E[min((S - low)+, high - low)]: on one pair of grids as a difference, in which most of their errors cancel. */
static struct quo_annual_value layer(struct quo_annual *a, double low, double high)
{
    const struct quo_annual_pair *pair = rung_at(a, high);
    if (isfinite(high) && !a->exact && pair == rung_at(a, low)) {
        struct quo_annual_value v =
            unspread(pair, quo_grid_stoploss(low, &pair->coarse) - quo_grid_stoploss(high, &pair->coarse),
                     quo_grid_stoploss(low, &pair->fine) - quo_grid_stoploss(high, &pair->fine));
        v.error = fmax(v.error, spread_at(a, low) + spread_at(a, high));
        return v;
    }
    struct quo_annual_value value = excess(a, low);
    if (a->limited)
        value.error = fmax(value.error, spread_at(a, low));
    if (isfinite(high)) {
        const struct quo_annual_value above = excess(a, high);
        value.value -= above.value;
        value.error += above.error;
    }
    return value;
}

struct quo_annual_value quo_annual_stoploss(double d, struct quo_annual *a)
{
    if (isnan(d))
        return (struct quo_annual_value){NAN, NAN};
    const double D = a->contract.annual_deductible, A = a->contract.annual_limit, below = fmin(d, 0.0);
    if (d >= A)
        return (struct quo_annual_value){0.0, 0.0};
    struct quo_annual_value low = layer(a, D + fmax(d, 0.0), D + A);
    low.value -= below;
    return low;
}

struct quo_annual_value quo_annual_tvar(double p, struct quo_annual *a)
{
    if (!(p >= 0.0 && p < 1.0))
        return (struct quo_annual_value){NAN, NAN};
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
        return quo_annual_exactly(a, quo_measure_cdf(a->contract.annual_deductible, &a->law[0]));
    const double D = a->contract.annual_deductible;
    const struct quo_annual_pair *pair = rung_at(a, D);
    struct quo_annual_value v = quo_annual_extrapolated(quo_grid_sf(D, &pair->coarse), quo_grid_sf(D, &pair->fine));
    v.value = 1.0 - v.value;
    return v;
}

struct quo_annual_value quo_annual_mean(struct quo_annual *a)
{
    if (!quo_annual_has_terms(&a->contract))
        return (struct quo_annual_value){a->base.mean, 0.0};
    return quo_annual_stoploss(0.0, a);
}

struct quo_annual_value quo_annual_variance(struct quo_annual *a)
{
    if (!quo_annual_has_terms(&a->contract))
        return (struct quo_annual_value){a->second, 0.0};
    return a->exact ? quo_annual_exactly(a, quo_lattice_variance(&a->law[1])) : quo_annual_ladder_moment(a, 2);
}

struct quo_annual_value quo_annual_skewness(struct quo_annual *a)
{
    if (!quo_annual_has_terms(&a->contract))
        return (struct quo_annual_value){a->third / (a->second * sqrt(a->second)), 0.0};
    if (a->exact)
        return quo_annual_exactly(a, quo_measure_skewness(&a->law[1]));
    const struct quo_annual_value second = quo_annual_ladder_moment(a, 2), third = quo_annual_ladder_moment(a, 3);
    const double value = third.value / (second.value * sqrt(second.value));
    return (struct quo_annual_value){value, third.error / pow(second.value, 1.5) +
                                                1.5 * fabs(value) * second.error / second.value};
}

enum quo_annual_method quo_annual_method_used(const struct quo_annual *a)
{
    return a->base.method == QUO_ANNUAL_PANJER ? QUO_ANNUAL_PANJER : QUO_ANNUAL_FFT;
}
const struct quo_contract *quo_annual_contract(const struct quo_annual *a) { return &a->contract; }
size_t quo_annual_points(const struct quo_annual *a)
{
    return a->exact ? a->law[1].n : a->rung[a->rungs - 1].fine.law.n;
}
double quo_annual_step(const struct quo_annual *a)
{
    return a->exact ? a->law[1].step : a->rung[a->rungs - 1].fine.law.step;
}
bool quo_annual_limited(const struct quo_annual *a) { return a->limited; }
const struct quo_lattice *quo_annual_law(const struct quo_annual *a) { return a->limited ? &a->law[1] : NULL; }
