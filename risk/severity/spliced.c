#include "risk/severity/spliced.h"

#include <math.h>

#include "risk/base/numeric.h"
#include "risk/severity/law.h"
#include "risk/severity/support.h"

#define QUADRATURE_TOLERANCE 1e-11

/* What is wrong with the parameters, short of integrating the body. */
static const char *wrong_parameter(const struct quo_severity *s)
{
    const struct quo_law *tail = &s->law[1];
    if (!quo_support_positive(s->threshold))
        return "threshold must be positive and finite";
    if (tail->family != QUO_GPD || tail->par[2] != s->threshold)
        return "the tail must be a gpd that begins at the threshold";
    if (quo_law_invalid(tail))
        return "xi must be finite, beta positive and finite";
    if (!quo_support_share(s->weight))
        return "weight must be a share between 0 and 1";
    return quo_law_invalid(&s->law[0]);
}

const char *quo_spliced_invalid(const struct quo_severity *s)
{
    const char *wrong = wrong_parameter(s);
    if (!wrong && s->weight < 1.0 && !(quo_law_P(s->threshold, &s->law[0]) > 0.0))
        wrong = "the body has no probability below the threshold";
    return wrong;
}

double quo_spliced_continuous(const struct quo_law *body, double threshold, double beta)
{
    if (quo_law_invalid(body) || !quo_support_positive(threshold) || !quo_support_positive(beta))
        return NAN;
    /* phi / beta = (1 - phi) f(u) / P(u) */
    const double density = beta * exp(quo_law_logpdf(threshold, body) - quo_law_logP(threshold, body));
    return isinf(density) ? 1.0 : density / (1.0 + density);
}

/* The share of the body per unit of its own probability: (1 - phi) / P(u). */
static double share(const struct quo_severity *s)
{
    return s->weight == 1.0 ? 0.0 : (1.0 - s->weight) / quo_law_P(s->threshold, &s->law[0]);
}

double quo_spliced_logpdf(double x, const struct quo_severity *s)
{
    if (isnan(x) || wrong_parameter(s))
        return NAN;
    if (x > s->threshold)
        return log(s->weight) + quo_law_logpdf(x, &s->law[1]);
    return log1p(-s->weight) - quo_law_logP(s->threshold, &s->law[0]) + quo_law_logpdf(x, &s->law[0]);
}

double quo_spliced_pdf(double x, const struct quo_severity *s) { return exp(quo_spliced_logpdf(x, s)); }

double quo_spliced_logP(double x, const struct quo_severity *s)
{
    if (isnan(x) || wrong_parameter(s))
        return NAN;
    if (x > s->threshold)
        return log1p(-s->weight * quo_law_Q(x, &s->law[1]));
    return log1p(-s->weight) + quo_law_logP(x, &s->law[0]) - quo_law_logP(s->threshold, &s->law[0]);
}

double quo_spliced_P(double x, const struct quo_severity *s)
{
    if (isnan(x) || wrong_parameter(s))
        return NAN;
    if (x > s->threshold)
        return 1.0 - s->weight * quo_law_Q(x, &s->law[1]);
    return share(s) * quo_law_P(x, &s->law[0]);
}

double quo_spliced_Q(double x, const struct quo_severity *s)
{
    if (isnan(x) || wrong_parameter(s))
        return NAN;
    if (x > s->threshold)
        return s->weight * quo_law_Q(x, &s->law[1]);
    if (x <= 0.0)
        return 1.0;
    return s->weight + share(s) * quo_law_between(x, s->threshold, &s->law[0]);
}

double quo_spliced_logQ(double x, const struct quo_severity *s)
{
    if (isnan(x) || wrong_parameter(s))
        return NAN;
    if (x > s->threshold)
        return log(s->weight) + quo_law_logQ(x, &s->law[1]);
    const double p = quo_spliced_P(x, s);
    return p < 0.5 ? log1p(-p) : log(quo_spliced_Q(x, s));
}

/* x <= threshold with tail probability q of the whole. */
static double body_Qinv(double q, const struct quo_severity *s)
{
    const struct quo_law *body = &s->law[0];
    const double tail = quo_law_Q(s->threshold, body) + (q - s->weight) / share(s);
    return fmin(s->threshold, quo_law_Qinv(fmin(1.0, tail), body));
}

double quo_spliced_Pinv(double p, const struct quo_severity *s)
{
    if (!quo_support_share(p) || wrong_parameter(s))
        return NAN;
    if (p == 0.0)
        return s->weight == 1.0 ? s->threshold : quo_law_Pinv(0.0, &s->law[0]);
    if (1.0 - p < s->weight)
        return quo_law_Qinv((1.0 - p) / s->weight, &s->law[1]);
    const double below = p / share(s);
    return below <= 0.5 ? quo_law_Pinv(below, &s->law[0]) : body_Qinv(1.0 - p, s);
}

double quo_spliced_Qinv(double q, const struct quo_severity *s)
{
    if (!quo_support_share(q) || wrong_parameter(s))
        return NAN;
    if (q < s->weight)
        return quo_law_Qinv(q / s->weight, &s->law[1]);
    return q >= 0.5 ? quo_spliced_Pinv(1.0 - q, s) : body_Qinv(q, s);
}

struct power {
    double order;
    const struct quo_law *body;
};

static double partial_integrand(double z, void *context)
{
    const struct power *p = context;
    return exp((p->order + 1.0) * z + quo_law_logpdf(exp(z), p->body));
}

/* E[X^order; X <= threshold] of the body's law. */
static double partial_moment(double order, const struct quo_severity *s)
{
    const struct quo_law *body = &s->law[0];
    const double u = s->threshold;
    if (order == 0.0)
        return quo_law_P(u, body);
    if (order > 0.0)
        return quo_law_lev(u, order, body) - pow(u, order) * quo_law_Q(u, body);
    if (isinf(quo_law_moment(order, body)))
        return INFINITY;
    /* No limited moment has a negative order: by quadrature in log x, from where nothing is left below. */
    struct power p = {order, body};
    const double from = log(fmax(quo_law_Pinv(1e-300, body), 1e-300));
    return quo_integral(partial_integrand, &p, from, log(u), QUADRATURE_TOLERANCE, NULL);
}

double quo_spliced_moment(double order, const struct quo_severity *s)
{
    if (!isfinite(order) || wrong_parameter(s))
        return NAN;
    const double tail = s->weight > 0.0 ? s->weight * quo_law_moment(order, &s->law[1]) : 0.0;
    return s->weight < 1.0 ? share(s) * partial_moment(order, s) + tail : tail;
}

double quo_spliced_lev(double limit, double order, const struct quo_severity *s)
{
    if (isnan(limit) || !quo_support_positive(order) || wrong_parameter(s))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    if (isinf(limit))
        return quo_spliced_moment(order, s);
    const double end = fmin(limit, s->threshold);
    /* Below u: share (lev(d) - d^k Q(u)) + phi d^k, in which d^k Q(d) has cancelled. */
    const double body =
        s->weight < 1.0
            ? share(s) * (quo_law_lev(end, order, &s->law[0]) - pow(end, order) * quo_law_Q(s->threshold, &s->law[0]))
            : 0.0;
    return body + (s->weight > 0.0 ? s->weight * quo_law_lev(limit, order, &s->law[1]) : 0.0);
}

double quo_spliced_stoploss(double deductible, const struct quo_severity *s)
{
    if (isnan(deductible) || wrong_parameter(s))
        return NAN;
    if (deductible == INFINITY)
        return 0.0;
    const double u = s->threshold, d = fmax(0.0, deductible), ground = d - deductible;
    const double tail = s->weight > 0.0 ? s->weight * quo_law_stoploss(d, &s->law[1]) : 0.0;
    if (d >= u || s->weight == 1.0)
        return tail + ground;
    const struct quo_law *body = &s->law[0];
    /* E[min(X, u) - d; d < X <= u] of the body, from limited moments: they exist where the mean does not. */
    const double layer = quo_law_lev(u, 1.0, body) - quo_law_lev(d, 1.0, body) - (u - d) * quo_law_Q(u, body);
    return share(s) * layer + tail + ground;
}
