/* The survival function at many points: blocks that stay in the nearest cache go through array functions. The arithmetic is
 * that of the families' own Q; where the vector functions' last digit would be magnified beyond the promise of the header,
 * the point goes back to the family's own. */
#include "risk/severity/severity.h"

#include <math.h>
#include <stdbool.h>

#include "risk/base/vectormath.h"
#include "risk/severity/law.h"
#include "risk/severity/spliced.h"

#define BLOCK 256

/* How often the last digit of an intermediate may count in the result: SLEEF and the C library differ by 1.5 units in the
 * last place, and half the promise of 1e-12 is left for the rest. */
#define MOST_MAGNIFIED 1500.0

static void one_by_one(const double *x, size_t n, const struct quo_law *law, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = quo_law_Q(x[i], law);
}

/* Points at or below the start of the support have Q = 1; NaN goes through the arithmetic. */
static double not_below(double x, double start) { return x < start ? start : x; }

static void exponential_block(const double *x, size_t n, double scale, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = -not_below(x[i], 0.0) / scale;
    quo_vectormath_exp(out, n, out);
}

/* exp(-h) with h = (x/scale)^shape through logs: the last digit of log h counts h times. */
static void weibull_block(const double *x, size_t n, const struct quo_law *law, double *out)
{
    const double shape = law->par[0], scale = law->par[1];
    double level[BLOCK], hazard[BLOCK], tail[BLOCK];
    level[0] = 0.0;
    for (size_t i = 0; i < n; i++)
        level[i] = not_below(x[i], 0.0) / scale;
    quo_vectormath_log(level, n, level);
    for (size_t i = 0; i < n; i++)
        level[i] *= shape;
    quo_vectormath_exp(level, n, hazard);
    for (size_t i = 0; i < n; i++)
        tail[i] = -hazard[i];
    quo_vectormath_exp(tail, n, tail);
    for (size_t i = 0; i < n; i++) {
        const double magnified = level[i] > 0.0 ? hazard[i] * (1.0 + level[i]) : hazard[i];
        out[i] = magnified < MOST_MAGNIFIED || level[i] == -INFINITY ? tail[i] : quo_law_Q(x[i], law);
    }
}

/* tail[i] = z sqrt(1/2), and whether a last digit of some z is magnified beyond the promise. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static bool
lognormal_scores(const double *level, size_t n, double meanlog, double sdlog, double *tail)
{
    const double bound = MOST_MAGNIFIED * sdlog, middle = fabs(meanlog);
    int beyond = 0;
#pragma omp simd reduction(| : beyond)
    for (size_t i = 0; i < n; i++) {
        const double z = (level[i] - meanlog) / sdlog;
        beyond |= !(z * (fabs(level[i]) + middle) < bound);
        tail[i] = z * M_SQRT1_2;
    }
    return beyond != 0;
}

/* erfc(z sqrt(1/2)) / 2: the rounding of its argument costs z^2 units in the last place, at most 1.5e-13 above 1e-300. */
static void lognormal_block(const double *x, size_t n, const struct quo_law *law, double *out)
{
    const double meanlog = law->par[0], sdlog = law->par[1];
    double level[BLOCK], tail[BLOCK];
    level[0] = 0.0; /* so that gcc sees something written where n is 0 */
    for (size_t i = 0; i < n; i++)
        level[i] = not_below(x[i], 0.0);
    quo_vectormath_log(level, n, level);
    const bool beyond = lognormal_scores(level, n, meanlog, sdlog, tail);
    quo_vectormath_erfc(tail, n, tail);
    if (!beyond) {
        for (size_t i = 0; i < n; i++)
            out[i] = 0.5 * tail[i];
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const double z = (level[i] - meanlog) / sdlog;
        out[i] = z * (fabs(level[i]) + fabs(meanlog)) < MOST_MAGNIFIED * sdlog ? 0.5 * tail[i] : quo_law_Q(x[i], law);
    }
}

/* SLEEF's log1p gives up above 1e307, and a power can overflow where the tail does not vanish. */
static bool is_huge(const double *v, size_t n)
{
    bool huge = false;
    for (size_t i = 0; i < n; i++)
        huge = huge || v[i] > 1e300;
    return huge;
}

/* (1 + v)^-shape; -shape log(1 + v) is at most some 700 where the tail still counts. */
static void power_tail(const double *v, size_t n, double shape, double *out)
{
    quo_vectormath_log1p(v, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] *= -shape;
    quo_vectormath_exp(out, n, out);
}

static void burr_block(const double *x, size_t n, const struct quo_law *law, double shape1, double shape2, double scale,
                       double *out)
{
    if (shape1 > MOST_MAGNIFIED) {
        one_by_one(x, n, law, out);
        return;
    }
    double v[BLOCK];
    v[0] = 0.0;
    for (size_t i = 0; i < n; i++)
        v[i] = not_below(x[i], 0.0) / scale;
    if (shape2 != 1.0) { /* through logs: their last digit counts shape1 shape2 log v <= -log Q times */
        quo_vectormath_log(v, n, v);
        for (size_t i = 0; i < n; i++)
            v[i] *= shape2;
        quo_vectormath_exp(v, n, v);
    }
    if (is_huge(v, n))
        one_by_one(x, n, law, out);
    else
        power_tail(v, n, shape1, out);
}

static void gpd_block(const double *x, size_t n, const struct quo_law *law, double *out)
{
    const double xi = law->par[0], beta = law->par[1], mu = law->par[2];
    if (xi == 0.0) {
        for (size_t i = 0; i < n; i++)
            out[i] = -(not_below(x[i], mu) - mu) / beta;
        quo_vectormath_exp(out, n, out);
        return;
    }
    if (xi < 1e-4) { /* ends, or so light that 1/xi magnifies too much */
        one_by_one(x, n, law, out);
        return;
    }
    double v[BLOCK];
    v[0] = 0.0;
    for (size_t i = 0; i < n; i++)
        v[i] = xi * ((not_below(x[i], mu) - mu) / beta);
    if (is_huge(v, n))
        one_by_one(x, n, law, out);
    else
        power_tail(v, n, 1.0 / xi, out);
}

static void law_block(const double *x, size_t n, const struct quo_law *law, double *out)
{
    const double *par = law->par;
    switch (law->family) {
    case QUO_EXPONENTIAL:
        exponential_block(x, n, par[0], out);
        return;
    case QUO_WEIBULL:
        weibull_block(x, n, law, out);
        return;
    case QUO_LOGNORMAL:
        lognormal_block(x, n, law, out);
        return;
    case QUO_PARETO2:
        burr_block(x, n, law, par[0], 1.0, par[1], out);
        return;
    case QUO_BURR:
        burr_block(x, n, law, par[0], par[1], par[2], out);
        return;
    case QUO_LOGLOGISTIC:
        burr_block(x, n, law, 1.0, par[0], par[1], out);
        return;
    case QUO_PARALOGISTIC:
        burr_block(x, n, law, par[0], par[0], par[1], out);
        return;
    case QUO_GPD:
        gpd_block(x, n, law, out);
        return;
    default: /* gamma, gb2, invgauss: fractions of their own length at each point */
        one_by_one(x, n, law, out);
    }
}

/* phi + c (Q_body(x) - Q_body(u)) up to u, phi Q_tail(x) beyond. The points ascend, so a block has at most one seam. */
static void spliced_block(const double *x, size_t n, const struct quo_severity *s, double share, double above,
                          double *out)
{
    size_t seam = 0;
    while (seam < n && !(x[seam] > s->threshold))
        seam++;
    for (size_t i = seam; i < n; i++) /* not in order after all, or NaN */
        if (!(x[i] > s->threshold)) {
            for (size_t k = 0; k < n; k++)
                out[k] = quo_spliced_Q(x[k], s);
            return;
        }
    double tail[BLOCK];
    law_block(x + seam, n - seam, &s->law[1], tail);
    /* Where the tail's weight is small beside what the body has above the threshold the difference loses digits. */
    if (share * above > 30.0 * s->weight) {
        for (size_t i = 0; i < seam; i++)
            out[i] = quo_spliced_Q(x[i], s);
    } else if (seam > 0) {
        double body[BLOCK];
        law_block(x, seam, &s->law[0], body);
        for (size_t i = 0; i < seam; i++)
            out[i] = x[i] <= 0.0 ? 1.0 : s->weight + share * (body[i] - above);
    }
    for (size_t i = seam; i < n; i++)
        out[i] = s->weight * tail[i - seam];
}

static void mixture_block(const double *x, size_t n, const struct quo_severity *s, double *out)
{
    double first[BLOCK], second[BLOCK];
    law_block(x, n, &s->law[0], first);
    law_block(x, n, &s->law[1], second);
    for (size_t i = 0; i < n; i++)
        out[i] = s->weight * first[i] + (1.0 - s->weight) * second[i];
}

static void average_block(const double *x, size_t n, const struct quo_severity *s, double *out)
{
    double part[BLOCK], sum[BLOCK] = {0.0}, total = 0.0;
    for (int k = 0; k < s->parts; k++) {
        if (!(s->share[k] > 0.0))
            continue;
        total += s->share[k];
        law_block(x, n, &s->law[k], part);
        for (size_t i = 0; i < n; i++)
            sum[i] += s->share[k] * part[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] = sum[i] / total;
}

void quo_severity_Q_many(const double *x, size_t n, const struct quo_severity *s, double *out)
{
    if (quo_severity_invalid(s)) {
        for (size_t i = 0; i < n; i++)
            out[i] = NAN;
        return;
    }
    const bool spliced = s->family == QUO_SPLICED;
    const double above = spliced ? quo_law_Q(s->threshold, &s->law[0]) : 0.0;
    const double share = spliced && s->weight < 1.0 ? (1.0 - s->weight) / quo_law_P(s->threshold, &s->law[0]) : 0.0;
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        if (spliced)
            spliced_block(x + i, count, s, share, above, out + i);
        else if (s->family == QUO_MIXTURE)
            mixture_block(x + i, count, s, out + i);
        else if (s->family == QUO_AVERAGE)
            average_block(x + i, count, s, out + i);
        else
            law_block(x + i, count, &s->law[0], out + i);
    }
}
