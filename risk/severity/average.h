/* risk/severity/average.h -- several simple laws, each with its share: the average that Akaike weights leave.
 *
 * The functions take a struct quo_severity of family QUO_AVERAGE; NaN if its parameters are impossible. Shares count in
 * proportion to their sum. Everything is the weighted sum of the parts, so that no digit is lost; quantiles are solved for
 * between those of the parts. [methods: severity] */
#ifndef QUO_AVERAGE_H
#define QUO_AVERAGE_H

#include "risk/severity/severity.h"

const char *quo_average_invalid(const struct quo_severity *s);
double quo_average_pdf(double x, const struct quo_severity *s);
double quo_average_logpdf(double x, const struct quo_severity *s);
double quo_average_P(double x, const struct quo_severity *s);
double quo_average_logP(double x, const struct quo_severity *s);
double quo_average_Q(double x, const struct quo_severity *s);
double quo_average_logQ(double x, const struct quo_severity *s);
double quo_average_Pinv(double p, const struct quo_severity *s);
double quo_average_Qinv(double q, const struct quo_severity *s);
double quo_average_moment(double order, const struct quo_severity *s);
double quo_average_lev(double limit, double order, const struct quo_severity *s);
double quo_average_stoploss(double deductible, const struct quo_severity *s);
#endif
