/* risk/severity/spliced.h -- a body cut to (0, threshold] with weight 1 - phi, a GPD beyond the threshold with weight phi.
 *
 * The functions take a struct quo_severity of family QUO_SPLICED; NaN if its parameters are impossible. Formulas:
 * docs/methods.md (2.9), (2.10). Limited moments and stop-loss of the body's part are differences of the body's own: they
 * lose digits only where the body holds next to nothing below the threshold.     [methods: severity] */
#ifndef QUO_SPLICED_H
#define QUO_SPLICED_H

#include "risk/severity/severity.h"

const char *quo_spliced_invalid(const struct quo_severity *s);
/* The weight phi that makes the density continuous at the threshold; NaN if there is none. */
double quo_spliced_continuous(const struct quo_law *body, double threshold, double beta);

double quo_spliced_pdf(double x, const struct quo_severity *s);
double quo_spliced_logpdf(double x, const struct quo_severity *s);
double quo_spliced_P(double x, const struct quo_severity *s);
double quo_spliced_logP(double x, const struct quo_severity *s);
double quo_spliced_Q(double x, const struct quo_severity *s);
double quo_spliced_logQ(double x, const struct quo_severity *s);
double quo_spliced_Pinv(double p, const struct quo_severity *s);
double quo_spliced_Qinv(double q, const struct quo_severity *s);
double quo_spliced_moment(double order, const struct quo_severity *s);
double quo_spliced_lev(double limit, double order, const struct quo_severity *s);
double quo_spliced_stoploss(double deductible, const struct quo_severity *s);
#endif
