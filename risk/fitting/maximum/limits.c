#include "risk/fitting/maximum/limits.h"

#include <math.h>
#include "risk/base/numeric.h"
#include "risk/fitting/maximum/newton.h"
#include "risk/fitting/maximum/starts.h"

/* Pareto I above each record's own floor, Q(x) = (x/d)^-a: where the scale of Burr, Lomax and their kin runs to 0, where the spread
 * of a truncated lognormal runs to infinity, where the shape of a truncated Weibull runs to 0. */
static double pareto_above_floor(const struct quo_scaled *s)
{
    double floored = 0.0, height = s->bulk.sum_logx;
    for (size_t i = 0; i < s->truncation.n; i++) {
        floored += s->truncation.weight[i];
        height -= s->truncation.weight[i] * log(s->truncation.x[i]);
    }
    for (size_t i = 0; i < s->censored.n; i++)
        height += s->censored.weight[i] * log(s->censored.x[i]);
    if (s->low.n > 0 || floored < s->mass * (1.0 - 1e-12) || !(height > 0.0))
        return -INFINITY;
    const double w = s->bulk.sum_weight;
    return w * log(w / height) - s->bulk.sum_logx - w;
}

/* Pareto I above the smallest loss: shape2 of Burr to infinity with shape1 shape2 held. A floor below that loss hides nothing then. */
static double pareto_above_least(const struct quo_scaled *s)
{
    const double least = s->bulk.least;
    double height = s->bulk.sum_logx, explained = 0.0;
    for (size_t i = 0; i < s->censored.n; i++)
        height += s->censored.weight[i] * log(fmax(s->censored.x[i], least));
    for (size_t i = 0; i < s->truncation.n; i++) {
        explained += s->truncation.weight[i];
        height -= s->truncation.weight[i] * log(fmax(s->truncation.x[i], least));
    }
    height -= (s->mass - explained) * log(least);
    if (s->low.n > 0 || !(height > 0.0))
        return -INFINITY;
    const double w = s->bulk.sum_weight;
    return w * log(w / height) - s->bulk.sum_logx - w;
}

static double of_family(const struct quo_scaled *s, enum quo_family family)
{
    struct quo_scaled other = *s;
    struct quo_newton_problem p = {.k = quo_kernel_coordinates(family),
                                   .evaluate = quo_scaled_evaluate,
                                   .context = &other,
                                   .mass = s->mass,
                                   .max_iterations = 100};
    double start[QUO_STARTS_MAX][4], best = -INFINITY;
    other.family = family;
    for (int i = 0; i < p.k; i++) {
        p.low[i] = -60.0;
        p.high[i] = 60.0;
    }
    const int n = quo_starts_make(&other, start);
    for (int i = 0; i < n; i++) {
        struct quo_newton_result r;
        quo_newton_maximise(&p, start[i], &r);
        best = fmax(best, r.at.v);
    }
    return best;
}

static void offer(double value, const char *what, double *best, const char **name)
{
    if (value > *best) {
        *best = value;
        *name = what;
    }
}

double quo_limits_best(const struct quo_scaled *s, const char **name)
{
    double best = -INFINITY;
    *name = "";
    switch (s->family) {
    case QUO_PARETO2:
        offer(of_family(s, QUO_EXPONENTIAL), "exponential", &best, name);
        offer(pareto_above_floor(s), "pareto above the floor", &best, name);
        break;
    case QUO_GB2:
        offer(of_family(s, QUO_LOGNORMAL), "lognormal", &best, name);
        offer(of_family(s, QUO_GAMMA), "gamma", &best, name);
        /* fall through */
    case QUO_BURR:
        offer(of_family(s, QUO_WEIBULL), "weibull", &best, name);
        offer(pareto_above_floor(s), "pareto above the floor", &best, name);
        offer(pareto_above_least(s), "pareto above the smallest loss", &best, name);
        break;
    case QUO_LOGLOGISTIC:
    case QUO_PARALOGISTIC:
    case QUO_LOGNORMAL:
    case QUO_WEIBULL:
        offer(pareto_above_floor(s), "pareto above the floor", &best, name);
        break;
    default:
        break;
    }
    return best;
}

struct power_law {
    double mean, width; /* of y = ln(x/u): its mean, and ln(floor/u), -INFINITY without a floor */
};

/* Mean of y under the density ~ e^(c y) on (width, 0], less the observed one: increasing in c. */
static double power_mean(double c, void *context)
{
    const struct power_law *p = context;
    if (isinf(p->width))
        return -1.0 / c - p->mean;
    if (fabs(c * p->width) < 1e-5)
        return p->width * (0.5 - c * p->width / 12.0) - p->mean;
    return -1.0 / c - p->width / expm1(-c * p->width) - p->mean;
}

double quo_limits_body(const struct quo_scaled *body, double threshold)
{
    const double w = body->bulk.sum_weight;
    if (body->censored.n > 0 || body->truncation.n > 1 || body->bulk.n == 0)
        return -INFINITY;
    struct power_law p = {body->bulk.mean_log - log(threshold), -INFINITY};
    if (body->truncation.n == 1)
        p.width = log(body->truncation.x[0] / threshold);
    if (!(p.mean < 0.0 && p.mean > p.width))
        return -INFINITY;
    double c = -1.0 / p.mean;
    if (isfinite(p.width))
        c = quo_root(power_mean, &p, -700.0 / -p.width, 700.0 / -p.width, 1e-14);
    if (isnan(c))
        return -INFINITY;
    /* integral of e^(c y) over (width, 0] */
    const double area = isinf(p.width) ? 1.0 / c : fabs(c * p.width) < 1e-12 ? -p.width : -expm1(c * p.width) / c;
    return w * (c * p.mean - log(area)) - body->bulk.sum_logx;
}

const char *quo_limits_edge(enum quo_family family, int edge, bool upper)
{
    switch (family) {
    case QUO_LOGNORMAL:
        return edge == 1 && !upper ? "a single size" : "a power law";
    case QUO_WEIBULL:
        return edge == 0 && upper ? "a single size" : "a power law";
    case QUO_GAMMA:
        return edge == 0 && !upper ? "gamma of shape 0" : edge == 1 && upper ? "a power law" : "a single size";
    case QUO_INVGAUSS:
        return edge == 0 && upper ? "levy" : "a single size";
    case QUO_GPD:
        return edge == 0 && !upper ? "uniform up to the largest loss" : "a law without a tail to fit";
    case QUO_GB2:
        return edge == 0 && upper   ? "generalised gamma"
               : edge == 2 && upper ? "inverse generalised gamma"
                                    : "an edge of gb2";
    default:
        return "";
    }
}
