/* Distortions of an annual law, to the end of its tail; and the check of its moments. */
#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/annual_parts.h"
#include "risk/base/numeric.h"

/* Panels of a distortion's integral on one rung, even for Simpson. */
#define PANELS 8192

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
        return quo_annual_exactly(a, quo_distortion_price(d, &a->law[1]));
    if (a->limited)
        return quo_annual_extrapolated(quo_distortion_price(d, &a->law[0]), quo_distortion_price(d, &a->law[1]));
    double sum[2] = {0.0, 0.0}, low = a->contract.annual_deductible;
    for (size_t i = 0; i < a->rungs; i++) {
        const double high = QUO_ANNUAL_RUNG_READ * quo_grid_end(&a->rung[i].fine);
        if (high <= low)
            continue;
        sum[0] += rung_integral(d, &a->rung[i].coarse, low, high);
        sum[1] += rung_integral(d, &a->rung[i].fine, low, high);
        low = high;
    }
    const double rest = beyond_ladder(a, d, low, quo_grid_sf(low, &a->rung[a->rungs - 1].fine));
    if (isinf(rest))
        return (struct quo_annual_value){INFINITY, 0.0};
    struct quo_annual_value value = quo_annual_extrapolated(sum[0], sum[1]);
    value.value += rest;
    value.error += 1e-2 * rest; /* the one-payout law is good to about its own next term */
    return value;
}

struct quo_annual_check quo_annual_check(const struct quo_annual *a)
{
    struct quo_annual_check c = {{a->base.mean, NAN}, {sqrt(a->second) / a->base.mean, NAN}, {a->third / (a->second * sqrt(a->second)), NAN},
                                 NAN, a->wrap, a->limited ? 1 : a->rungs};
    /* After an annual deductible alone the law is not S any more, but the grid under it is. */
    const struct quo_lattice *law = a->exact && !quo_annual_has_terms(&a->contract) ? &a->law[1] : !a->exact && a->limited ? &a->rung[0].fine.law : NULL;
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

