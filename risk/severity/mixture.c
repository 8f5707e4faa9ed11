#include "risk/severity/mixture.h"

#include <math.h>

#include "risk/base/numeric.h"
#include "risk/severity/invert.h"
#include "risk/severity/law.h"
#include "risk/severity/support.h"

const char *quo_mixture_invalid(const struct quo_severity *s)
{
    if (!quo_support_share(s->weight))
        return "weight1 must be a share between 0 and 1";
    const char *wrong = quo_law_invalid(&s->law[0]);
    return wrong ? wrong : quo_law_invalid(&s->law[1]);
}

/* w a + (1 - w) b, where a part of weight 0 counts nothing even if it is infinite. */
static double blend(double a, double b, double weight)
{
    return (weight > 0.0 ? weight * a : 0.0) + (weight < 1.0 ? (1.0 - weight) * b : 0.0);
}

static double blend_logs(double a, double b, double weight)
{
    if (weight == 0.0 || weight == 1.0)
        return weight == 1.0 ? a : b;
    return quo_logaddexp(log(weight) + a, log1p(-weight) + b);
}

#define BLENDED(verb, how)                                                                                             \
    double quo_mixture_##verb(double x, const struct quo_severity *s)                                                  \
    {                                                                                                                  \
        if (isnan(x) || quo_mixture_invalid(s))                                                                        \
            return NAN;                                                                                                \
        return how(quo_law_##verb(x, &s->law[0]), quo_law_##verb(x, &s->law[1]), s->weight);                           \
    }
BLENDED(pdf, blend)
BLENDED(logpdf, blend_logs)
BLENDED(P, blend)
BLENDED(Q, blend)
BLENDED(moment, blend)
BLENDED(stoploss, blend)

/* The log of a tail from the small side. */
double quo_mixture_logP(double x, const struct quo_severity *s)
{
    const double q = quo_mixture_Q(x, s);
    return q < 0.5 || isnan(q) ? log1p(-q)
                               : blend_logs(quo_law_logP(x, &s->law[0]), quo_law_logP(x, &s->law[1]), s->weight);
}

double quo_mixture_logQ(double x, const struct quo_severity *s)
{
    const double p = quo_mixture_P(x, s);
    return p < 0.5 || isnan(p) ? log1p(-p)
                               : blend_logs(quo_law_logQ(x, &s->law[0]), quo_law_logQ(x, &s->law[1]), s->weight);
}

double quo_mixture_lev(double limit, double order, const struct quo_severity *s)
{
    if (isnan(limit) || !quo_support_positive(order) || quo_mixture_invalid(s))
        return NAN;
    return blend(quo_law_lev(limit, order, &s->law[0]), quo_law_lev(limit, order, &s->law[1]), s->weight);
}

static double solver_logP(double x, const void *s) { return quo_mixture_logP(x, s); }
static double solver_logQ(double x, const void *s) { return quo_mixture_logQ(x, s); }
static double solver_logpdf(double x, const void *s) { return quo_mixture_logpdf(x, s); }

/* The quantile of the mixture lies between those of its parts. */
static double between(double a, double b, double log_target, bool upper, const struct quo_severity *s)
{
    if (s->weight == 1.0 || s->weight == 0.0)
        return s->weight == 1.0 ? a : b;
    const struct quo_invert_law law = {upper ? solver_logQ : solver_logP, solver_logpdf, s, upper};
    return quo_invert_between(&law, log_target, fmin(a, b), fmax(a, b));
}

double quo_mixture_Pinv(double p, const struct quo_severity *s)
{
    if (!quo_support_share(p) || quo_mixture_invalid(s))
        return NAN;
    const bool upper = p > 0.5;
    return between(quo_law_Pinv(p, &s->law[0]), quo_law_Pinv(p, &s->law[1]), upper ? log1p(-p) : log(p), upper, s);
}

double quo_mixture_Qinv(double q, const struct quo_severity *s)
{
    if (!quo_support_share(q) || quo_mixture_invalid(s))
        return NAN;
    const bool upper = q <= 0.5;
    return between(quo_law_Qinv(q, &s->law[0]), quo_law_Qinv(q, &s->law[1]), upper ? log(q) : log1p(-q), upper, s);
}
