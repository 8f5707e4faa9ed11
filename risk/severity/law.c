#include "risk/severity/law.h"

#include <math.h>
#include <string.h>

#include "risk/severity/burr.h"
#include "risk/severity/exponential.h"
#include "risk/severity/gammadist.h"
#include "risk/severity/gb2.h"
#include "risk/severity/gpd.h"
#include "risk/severity/invgauss.h"
#include "risk/severity/lnorm.h"
#include "risk/severity/loglogistic.h"
#include "risk/severity/paralogistic.h"
#include "risk/severity/pareto2.h"
#include "risk/severity/support.h"
#include "risk/severity/weibull.h"

enum kind { POSITIVE, FINITE, NOT_NEGATIVE };

struct family {
    const char *name;
    int n;
    const char *parameter[QUO_LAW_MAX];
    enum kind kind[QUO_LAW_MAX];
    const char *wrong; /* what to say of impossible parameters */
    double (*pdf)(double x, const double *par), (*logpdf)(double x, const double *par);
    double (*P)(double x, const double *par), (*logP)(double x, const double *par);
    double (*Q)(double x, const double *par), (*logQ)(double x, const double *par);
    double (*Pinv)(double p, const double *par), (*Qinv)(double q, const double *par);
    double (*moment)(double order, const double *par), (*stoploss)(double deductible, const double *par);
    double (*lev)(double limit, double order, const double *par);
};

/* clang-format off */
/* Each family's functions take bare parameters; these take them from an array. */
#define PAR_1 par[0]
#define PAR_2 par[0], par[1]
#define PAR_3 par[0], par[1], par[2]
#define PAR_4 par[0], par[1], par[2], par[3]
#define FROM_ARRAY(family, verb, n) \
    static double family##_##verb(double x, const double *par) { return quo_##family##_##verb(x, PAR_##n); }
#define ALL_FROM_ARRAY(family, n) \
    FROM_ARRAY(family, pdf, n)      FROM_ARRAY(family, logpdf, n) \
    FROM_ARRAY(family, P, n)        FROM_ARRAY(family, logP, n) \
    FROM_ARRAY(family, Q, n)        FROM_ARRAY(family, logQ, n) \
    FROM_ARRAY(family, Pinv, n)     FROM_ARRAY(family, Qinv, n) \
    FROM_ARRAY(family, moment, n)   FROM_ARRAY(family, stoploss, n) \
    static double family##_lev(double limit, double order, const double *par) \
    { \
        return quo_##family##_lev(limit, order, PAR_##n); \
    }
#define FUNCTIONS(family) \
    family##_pdf, family##_logpdf, family##_P, family##_logP, family##_Q, family##_logQ, family##_Pinv, \
    family##_Qinv, family##_moment, family##_stoploss, family##_lev

ALL_FROM_ARRAY(exponential, 1)
ALL_FROM_ARRAY(gammadist, 2)
ALL_FROM_ARRAY(weibull, 2)
ALL_FROM_ARRAY(lnorm, 2)
ALL_FROM_ARRAY(invgauss, 2)
ALL_FROM_ARRAY(pareto2, 2)
ALL_FROM_ARRAY(burr, 3)
ALL_FROM_ARRAY(loglogistic, 2)
ALL_FROM_ARRAY(paralogistic, 2)
ALL_FROM_ARRAY(gpd, 3)
ALL_FROM_ARRAY(gb2, 4)

#define SHAPE_SCALE {"shape", "scale"}, {POSITIVE, POSITIVE}, "shape and scale must be positive and finite"

static const struct family families[QUO_FAMILIES] = {
    [QUO_EXPONENTIAL] = {"exponential", 1, {"scale"}, {POSITIVE}, "scale must be positive and finite",
                         FUNCTIONS(exponential)},
    [QUO_GAMMA] = {"gamma", 2, SHAPE_SCALE, FUNCTIONS(gammadist)},
    [QUO_WEIBULL] = {"weibull", 2, SHAPE_SCALE, FUNCTIONS(weibull)},
    [QUO_LOGNORMAL] = {"lognormal", 2, {"meanlog", "sdlog"}, {FINITE, POSITIVE},
                       "meanlog must be finite, sdlog positive and finite", FUNCTIONS(lnorm)},
    [QUO_INVGAUSS] = {"invgauss", 2, {"mean", "shape"}, {POSITIVE, POSITIVE},
                      "mean and shape must be positive and finite", FUNCTIONS(invgauss)},
    [QUO_PARETO2] = {"pareto2", 2, SHAPE_SCALE, FUNCTIONS(pareto2)},
    [QUO_BURR] = {"burr", 3, {"shape1", "shape2", "scale"}, {POSITIVE, POSITIVE, POSITIVE},
                  "shape1, shape2 and scale must be positive and finite", FUNCTIONS(burr)},
    [QUO_LOGLOGISTIC] = {"loglogistic", 2, SHAPE_SCALE, FUNCTIONS(loglogistic)},
    [QUO_PARALOGISTIC] = {"paralogistic", 2, SHAPE_SCALE, FUNCTIONS(paralogistic)},
    [QUO_GPD] = {"gpd", 3, {"xi", "beta", "mu"}, {FINITE, POSITIVE, NOT_NEGATIVE},
                 "xi must be finite, beta positive and finite, mu 0 or more and finite", FUNCTIONS(gpd)},
    [QUO_GB2] = {"gb2", 4, {"shape1", "shape2", "shape3", "scale"}, {POSITIVE, POSITIVE, POSITIVE, POSITIVE},
                 "shape1, shape2, shape3 and scale must be positive and finite", FUNCTIONS(gb2)},
    [QUO_SPLICED] = {.name = "spliced"},
    [QUO_MIXTURE] = {.name = "mixture"},
    [QUO_AVERAGE] = {.name = "average"},
};
/* clang-format on */

static bool known(enum quo_family family) { return (unsigned)family < QUO_FAMILIES; }
static bool simple(enum quo_family family) { return (unsigned)family < QUO_SIMPLE_FAMILIES; }

const char *quo_family_name(enum quo_family family) { return known(family) ? families[family].name : NULL; }

bool quo_family_by_name(const char *name, enum quo_family *out)
{
    for (int i = 0; name && i < QUO_FAMILIES; i++)
        if (strcmp(families[i].name, name) == 0) {
            *out = (enum quo_family)i;
            return true;
        }
    return false;
}

int quo_family_parameters(enum quo_family family) { return simple(family) ? families[family].n : 0; }

const char *quo_family_parameter_name(enum quo_family family, int i)
{
    return simple(family) && i >= 0 && i < families[family].n ? families[family].parameter[i] : NULL;
}

const char *quo_law_invalid(const struct quo_law *law)
{
    if (!simple(law->family))
        return "this is not a simple family";
    const struct family *family = &families[law->family];
    for (int i = 0; i < family->n; i++) {
        const double x = law->par[i];
        if (!isfinite(x) || (family->kind[i] != FINITE && x < 0.0) || (family->kind[i] == POSITIVE && x == 0.0))
            return family->wrong;
    }
    return NULL;
}

#define DISPATCH(verb)                                                                                                 \
    double quo_law_##verb(double x, const struct quo_law *law)                                                         \
    {                                                                                                                  \
        return simple(law->family) ? families[law->family].verb(x, law->par) : (double)NAN;                            \
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

double quo_law_lev(double limit, double order, const struct quo_law *law)
{
    return simple(law->family) ? families[law->family].lev(limit, order, law->par) : (double)NAN;
}

double quo_law_between(double low, double high, const struct quo_law *law)
{
    const double above = quo_law_Q(low, law);
    return above < 0.5 ? above - quo_law_Q(high, law) : quo_law_P(high, law) - quo_law_P(low, law);
}
