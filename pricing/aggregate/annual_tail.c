/* Distortions of an annual law, to the end of its tail; and the check of its moments. */
#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/annual_parts.h"
#include "risk/base/numeric.h"

/* ---- distortions -------------------------------------------------------------------------------- */

typedef double of_tail(double x, double sf, const void *context);

/* Integral of f(x, P[S > x]) over [low, high] of one grid: cell by cell at its middle, where no atom stands. */
static double grid_integral(const struct quo_grid *g, double low, double high, of_tail *f, const void *context)
{
    const double h = g->law.step;
    double sum = 0.0;
    for (size_t k = (size_t)(low / h); k + 1 < g->law.n && (double)k * h < high; k++) {
        const double from = fmax(low, (double)k * h), to = fmin(high, (double)(k + 1) * h), x = 0.5 * (from + to);
        if (to > from)
            sum += (to - from) * f(x, quo_grid_sf(x, g), context);
    }
    return sum;
}

/* The same up the ladder, on the coarser grids and on the finer ones. Returns how far up it came. */
static double ladder_integral(const struct quo_annual *a, double low, double high, of_tail *f, const void *context,
                              double sum[2])
{
    sum[0] = sum[1] = 0.0;
    for (size_t i = 0; i < a->rungs; i++) {
        const double to = fmin(high, quo_annual_rung_end(a, i));
        if (to <= low)
            continue;
        sum[0] += grid_integral(&a->rung[i].coarse, low, to, f, context);
        sum[1] += grid_integral(&a->rung[i].fine, low, to, f, context);
        low = to;
    }
    return low;
}

struct power {
    double from;
    int order;
};

/* order (x - from)^(order - 1) P[S > x] */
static double raw_part(double x, double sf, const void *context)
{
    const struct power *p = context;
    return sf * p->order * pow(x - p->from, p->order - 1);
}

struct quo_annual_value quo_annual_ladder_moment(struct quo_annual *a, int order)
{
    const double D = a->contract.annual_deductible, high = D + a->contract.annual_limit;
    if (isinf(high) && (isinf(a->second) || (order == 3 && isnan(a->third))))
        return (struct quo_annual_value){order == 2 ? INFINITY : NAN, 0.0};
    double raw[3][2], central[2];
    for (int k = 0; k < order; k++) {
        const struct power power = {D, k + 1};
        ladder_integral(a, D, high, raw_part, &power, raw[k]);
    }
    for (int i = 0; i < 2; i++)
        central[i] = order == 2 ? raw[1][i] - raw[0][i] * raw[0][i]
                                : raw[2][i] - 3.0 * raw[0][i] * raw[1][i] + 2.0 * raw[0][i] * raw[0][i] * raw[0][i];
    return quo_annual_extrapolated(central[0], central[1]);
}

static double distorted(double x, double sf, const void *context)
{
    (void)x;
    return quo_distortion_g(sf, context);
}

/* What lies above the ladder: there one great payout makes the year, P[S > x] = c P[Y > x]. INFINITY if it does not end. */
static double beyond_ladder(const struct quo_annual *a, const struct quo_distortion *d, double end, double high,
                            double sf)
{
    const struct quo_layer *event = &a->contract.event;
    /* Where the transform's rounding has left nothing at the end, still so much as single payouts bring. */
    const double ratio = sf > 0.0 ? sf / quo_layer_Q(end, event) : a->base.count_mean;
    if (!isfinite(ratio))
        return 0.0;
    double node[16], weight[16], sum = 0.0, last = INFINITY;
    quo_gauss_legendre(16, node, weight);
    for (double low = end; low < 1e290; low *= 2.0) {
        if (low >= high)
            return sum;
        double part = 0.0;
        const double width = fmin(low, high - low);
        for (int i = 0; i < 16; i++)
            part += 0.5 * width * weight[i] *
                    quo_distortion_g(ratio * quo_layer_Q(low + width * (0.5 + 0.5 * node[i]), event), d);
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
        return quo_annual_exactly(a, quo_distortion_price(d, &a->law[1]));
    double sum[2];
    const double D = a->contract.annual_deductible, high = D + a->contract.annual_limit,
                 low = ladder_integral(a, D, high, distorted, d, sum);
    const double rest = low < high && !a->whole && !a->limited
                            ? beyond_ladder(a, d, low, high, quo_grid_sf(low, &a->rung[a->rungs - 1].fine))
                            : 0.0;
    if (isinf(rest))
        return (struct quo_annual_value){INFINITY, 0.0};
    struct quo_annual_value value = quo_annual_extrapolated(sum[0], sum[1]);
    value.value += rest;
    value.error += 1e-2 * rest; /* the one-payout law is good to about its own next term */
    return value;
}

struct quo_annual_check quo_annual_check(const struct quo_annual *a)
{
    struct quo_annual_check c = {{a->base.mean, NAN},
                                 {sqrt(a->second) / a->base.mean, NAN},
                                 {a->third / (a->second * sqrt(a->second)), NAN},
                                 NAN,
                                 a->wrap,
                                 a->limited ? 1 : a->rungs};
    const struct quo_lattice *law = a->exact ? &a->law[0] : a->limited ? &a->rung[0].fine.law : NULL;
    if (!law)
        return c;
    c.mass = 0.0;
    for (size_t k = law->n; k-- > 0;)
        c.mass += law->mass[k];
    if (isinf(a->contract.annual_limit)) {
        c.mean[1] = quo_lattice_mean(law);
        c.cv[1] = sqrt(quo_lattice_variance(law)) / c.mean[1];
        c.skewness[1] = quo_measure_skewness(law);
    }
    return c;
}
