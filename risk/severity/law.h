/* risk/severity/law.h -- the functions of a simple law (struct quo_law), by its family. For the composite laws and for
 * severity.h, which is what everybody else includes. Meaning, units and errors as there. */
#ifndef QUO_LAW_H
#define QUO_LAW_H

#include "risk/severity/severity.h"

/* NULL if possible, else what is wrong. */
const char *quo_law_invalid(const struct quo_law *law);
double quo_law_pdf(double x, const struct quo_law *law);
double quo_law_logpdf(double x, const struct quo_law *law);
double quo_law_P(double x, const struct quo_law *law);
double quo_law_logP(double x, const struct quo_law *law);
double quo_law_Q(double x, const struct quo_law *law);
double quo_law_logQ(double x, const struct quo_law *law);
double quo_law_Pinv(double p, const struct quo_law *law);
double quo_law_Qinv(double q, const struct quo_law *law);
double quo_law_moment(double order, const struct quo_law *law);
double quo_law_lev(double limit, double order, const struct quo_law *law);
double quo_law_stoploss(double deductible, const struct quo_law *law);
/* P[low < X <= high] from whichever tails are small. */
double quo_law_between(double low, double high, const struct quo_law *law);
#endif
