#include "risk/severity/severity.h"

#include <math.h>

#include "risk/severity/average.h"
#include "risk/severity/law.h"
#include "risk/severity/mixture.h"
#include "risk/severity/spliced.h"
#include "risk/severity/support.h"

struct quo_severity quo_severity_simple(enum quo_family family, const double *par)
{
    struct quo_severity s = {.family = family, .law = {{.family = family}}};
    for (int i = 0; i < quo_family_parameters(family); i++)
        s.law[0].par[i] = par[i];
    return s;
}

struct quo_severity quo_severity_spliced(struct quo_law body, double threshold, double tail_weight, double xi,
                                         double beta)
{
    return (struct quo_severity){.family = QUO_SPLICED,
                                 .weight = tail_weight,
                                 .threshold = threshold,
                                 .law = {body, {QUO_GPD, {xi, beta, threshold, 0.0}}}};
}

struct quo_severity quo_severity_mixture(double weight1, struct quo_law first, struct quo_law second)
{
    return (struct quo_severity){.family = QUO_MIXTURE, .weight = weight1, .law = {first, second}};
}

struct quo_severity quo_severity_average(const double *share, const struct quo_law *law, int parts)
{
    struct quo_severity s = {.family = QUO_AVERAGE, .parts = parts};
    for (int i = 0; i < parts && i < QUO_PARTS_MAX; i++) {
        s.share[i] = share[i];
        s.law[i] = law[i];
    }
    return s;
}

int quo_severity_laws(const struct quo_severity *s)
{
    return s->family == QUO_AVERAGE ? s->parts : s->family == QUO_SPLICED || s->family == QUO_MIXTURE ? 2 : 1;
}

static double law_tail_index(const struct quo_law *law)
{
    const double *par = law->par;
    switch (law->family) {
    case QUO_GPD:
        return par[0];
    case QUO_PARETO2:
    case QUO_LOGLOGISTIC:
        return 1.0 / par[0];
    case QUO_BURR:
    case QUO_GB2:
        return 1.0 / (par[0] * par[1]);
    case QUO_PARALOGISTIC:
        return 1.0 / (par[0] * par[0]);
    default:
        return 0.0;
    }
}

double quo_severity_tail_index(const struct quo_severity *s)
{
    if (s->family == QUO_SPLICED)
        return law_tail_index(&s->law[1]);
    double most = -INFINITY;
    for (int i = 0; i < quo_severity_laws(s); i++)
        if (s->family != QUO_AVERAGE || s->share[i] > 0.0)
            most = fmax(most, law_tail_index(&s->law[i]));
    return most;
}

const char *quo_severity_invalid(const struct quo_severity *s)
{
    if (s->family == QUO_SPLICED)
        return quo_spliced_invalid(s);
    if (s->family == QUO_MIXTURE)
        return quo_mixture_invalid(s);
    if (s->family == QUO_AVERAGE)
        return quo_average_invalid(s);
    if (s->law[0].family != s->family)
        return "the law is not of the family that is said";
    return quo_law_invalid(&s->law[0]);
}

#define DISPATCH(verb)                                                                                                 \
    double quo_severity_##verb(double x, const struct quo_severity *s)                                                 \
    {                                                                                                                  \
        if (s->family == QUO_SPLICED)                                                                                  \
            return quo_spliced_##verb(x, s);                                                                           \
        if (s->family == QUO_AVERAGE)                                                                                  \
            return quo_average_##verb(x, s);                                                                           \
        return s->family == QUO_MIXTURE ? quo_mixture_##verb(x, s) : quo_law_##verb(x, &s->law[0]);                    \
    }
DISPATCH(pdf)
DISPATCH(logpdf)
DISPATCH(P)
DISPATCH(logP)
DISPATCH(Q)
DISPATCH(logQ)
DISPATCH(Pinv)
DISPATCH(Qinv)
DISPATCH(moment)
DISPATCH(stoploss)

double quo_severity_lev(double limit, double order, const struct quo_severity *s)
{
    if (s->family == QUO_SPLICED)
        return quo_spliced_lev(limit, order, s);
    if (s->family == QUO_AVERAGE)
        return quo_average_lev(limit, order, s);
    return s->family == QUO_MIXTURE ? quo_mixture_lev(limit, order, s) : quo_law_lev(limit, order, &s->law[0]);
}

/* E[X | X > x] with tail = P[X > x]. */
static double mean_above(double x, double tail, const struct quo_severity *s)
{
    if (isnan(x) || isinf(x) || tail == 0.0) /* at the very end there is only the end itself */
        return x;
    return x + quo_severity_stoploss(x, s) / tail;
}

double quo_severity_tvar(double p, const struct quo_severity *s)
{
    return mean_above(quo_severity_Pinv(p, s), 1.0 - p, s);
}
double quo_severity_tvar_upper(double q, const struct quo_severity *s)
{
    return mean_above(quo_severity_Qinv(q, s), q, s);
}

double quo_severity_draw(struct quo_stream *stream, const struct quo_severity *s)
{
    return quo_severity_Qinv(quo_stream_uniform(stream),
                             s); /* Qinv: the small uniforms make the large losses, exactly */
}
