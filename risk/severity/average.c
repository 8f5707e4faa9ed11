#include "risk/severity/average.h"

#include <math.h>

#include "risk/base/numeric.h"
#include "risk/severity/invert.h"
#include "risk/severity/law.h"
#include "risk/severity/support.h"

const char *quo_average_invalid(const struct quo_severity *s)
{
    double sum = 0.0;
    if (s->parts < 1 || s->parts > QUO_PARTS_MAX)
        return "an average has 1 to 10 parts";
    for (int i = 0; i < s->parts; i++) {
        if (!(s->share[i] >= 0.0) || isinf(s->share[i]))
            return "weights must be 0 or more";
        sum += s->share[i];
        const char *wrong = quo_law_invalid(&s->law[i]);
        if (wrong)
            return wrong;
    }
    return quo_support_positive(sum) ? NULL : "weights must not all be 0";
}

static double total(const struct quo_severity *s)
{
    double sum = 0.0;
    for (int i = 0; i < s->parts; i++)
        sum += s->share[i];
    return sum;
}

/* A part of share 0 counts nothing even if it is infinite. */
#define AVERAGED(verb)                                                                                                 \
    double quo_average_##verb(double x, const struct quo_severity *s)                                                  \
    {                                                                                                                  \
        if (isnan(x) || quo_average_invalid(s))                                                                        \
            return NAN;                                                                                                \
        double sum = 0.0;                                                                                              \
        for (int i = 0; i < s->parts; i++)                                                                             \
            sum += s->share[i] > 0.0 ? s->share[i] * quo_law_##verb(x, &s->law[i]) : 0.0;                              \
        return sum / total(s);                                                                                         \
    }
AVERAGED(pdf)
AVERAGED(P)
AVERAGED(Q)
AVERAGED(moment)
AVERAGED(stoploss)

static double averaged_logs(double x, const struct quo_severity *s, double (*log_of)(double, const struct quo_law *))
{
    double sum = -INFINITY;
    for (int i = 0; i < s->parts; i++)
        if (s->share[i] > 0.0)
            sum = quo_logaddexp(sum, log(s->share[i]) + log_of(x, &s->law[i]));
    return sum - log(total(s));
}

double quo_average_logpdf(double x, const struct quo_severity *s)
{
    return isnan(x) || quo_average_invalid(s) ? NAN : averaged_logs(x, s, quo_law_logpdf);
}

/* The log of a tail from the small side. */
double quo_average_logP(double x, const struct quo_severity *s)
{
    const double q = quo_average_Q(x, s);
    return q < 0.5 || isnan(q) ? log1p(-q) : averaged_logs(x, s, quo_law_logP);
}

double quo_average_logQ(double x, const struct quo_severity *s)
{
    const double p = quo_average_P(x, s);
    return p < 0.5 || isnan(p) ? log1p(-p) : averaged_logs(x, s, quo_law_logQ);
}

double quo_average_lev(double limit, double order, const struct quo_severity *s)
{
    if (isnan(limit) || !quo_support_positive(order) || quo_average_invalid(s))
        return NAN;
    double sum = 0.0;
    for (int i = 0; i < s->parts; i++)
        sum += s->share[i] > 0.0 ? s->share[i] * quo_law_lev(limit, order, &s->law[i]) : 0.0;
    return sum / total(s);
}

static double solver_logP(double x, const void *s) { return quo_average_logP(x, s); }
static double solver_logQ(double x, const void *s) { return quo_average_logQ(x, s); }
static double solver_logpdf(double x, const void *s) { return quo_average_logpdf(x, s); }

/* The quantile lies between the least and the greatest of the parts'; p is of the tail that `upper` says. */
static double between(double p, bool upper_given, const struct quo_severity *s)
{
    double low = INFINITY, high = 0.0;
    for (int i = 0; i < s->parts; i++)
        if (s->share[i] > 0.0) {
            const double x = upper_given ? quo_law_Qinv(p, &s->law[i]) : quo_law_Pinv(p, &s->law[i]);
            low = fmin(low, x);
            high = fmax(high, x);
        }
    const bool upper = upper_given ? p <= 0.5 : p > 0.5; /* solved on the smaller tail */
    const struct quo_invert_law law = {upper ? solver_logQ : solver_logP, solver_logpdf, s, upper};
    return quo_invert_between(&law, upper == upper_given ? log(p) : log1p(-p), low, high);
}

double quo_average_Pinv(double p, const struct quo_severity *s)
{
    return quo_support_share(p) && !quo_average_invalid(s) ? between(p, false, s) : NAN;
}

double quo_average_Qinv(double q, const struct quo_severity *s)
{
    return quo_support_share(q) && !quo_average_invalid(s) ? between(q, true, s) : NAN;
}
