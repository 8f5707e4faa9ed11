#include "risk/fitting/maximum/limits.h"

#include <math.h>
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

/* Pareto I above the smallest loss: shape2 of Burr to infinity with shape1 shape2 held. Complete data only. */
static double pareto_above_least(const struct quo_scaled *s)
{
    if (s->low.n + s->censored.n + s->truncation.n > 0)
        return -INFINITY;
    const double w = s->bulk.sum_weight;
    return w * log(w / (s->bulk.sum_logx - w * log(s->bulk.least))) - s->bulk.sum_logx - w;
}

static double of_family(const struct quo_scaled *s, enum quo_family family)
{
    struct quo_scaled other = *s;
    struct quo_newton_problem p = {.k = quo_kernel_coordinates(family), .evaluate = quo_scaled_evaluate, .context = &other,
                                   .mass = s->mass, .max_iterations = 100};
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
    case QUO_BURR:
    case QUO_GB2:
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

const char *quo_limits_edge(enum quo_family family, int edge, bool upper)
{
    switch (family) {
    case QUO_GAMMA:
        return edge == 0 && !upper ? "gamma of shape 0" : edge == 1 && upper ? "a power law" : "a single size";
    case QUO_INVGAUSS:
        return edge == 0 && upper ? "levy" : "a single size";
    case QUO_GPD:
        return edge == 0 && !upper ? "uniform up to the largest loss" : "a law without a tail to fit";
    case QUO_GB2:
        return edge == 0 && upper ? "generalised gamma" : edge == 2 && upper ? "inverse generalised gamma" : "an edge of gb2";
    default:
        return "";
    }
}
