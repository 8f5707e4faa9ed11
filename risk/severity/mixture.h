/* risk/severity/mixture.h -- a mixture of two simple laws: with probability `weight` of law[0], else of law[1].
 *
 * The functions take a struct quo_severity of family QUO_MIXTURE; NaN if its parameters are impossible. Everything is the
 * weighted sum of the parts, so that no digit is lost; quantiles are solved for between those of the parts.
 * [methods: severity] */
#ifndef QUO_MIXTURE_H
#define QUO_MIXTURE_H

#include "risk/severity/severity.h"

const char *quo_mixture_invalid(const struct quo_severity *s);
double quo_mixture_pdf(double x, const struct quo_severity *s);
double quo_mixture_logpdf(double x, const struct quo_severity *s);
double quo_mixture_P(double x, const struct quo_severity *s);
double quo_mixture_logP(double x, const struct quo_severity *s);
double quo_mixture_Q(double x, const struct quo_severity *s);
double quo_mixture_logQ(double x, const struct quo_severity *s);
double quo_mixture_Pinv(double p, const struct quo_severity *s);
double quo_mixture_Qinv(double q, const struct quo_severity *s);
double quo_mixture_moment(double order, const struct quo_severity *s);
double quo_mixture_lev(double limit, double order, const struct quo_severity *s);
double quo_mixture_stoploss(double deductible, const struct quo_severity *s);
#endif
