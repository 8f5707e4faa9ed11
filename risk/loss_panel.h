/* risk/loss_panel.h -- integrals of a loss's survival function, panel by panel; the numerical half of risk/loss.c.
 *
 * On each panel x^order Q(x) is a Chebyshev polynomial in ln x through 20 nodes; a panel is at most e^2 wide, ends at every kink or
 * jump of Q, and is halved until its last coefficients do not matter. Its integral is then a polynomial too, so that a
 * thousand points cost little more than one.                                                        [methods: loss] */
#ifndef QUO_LOSS_PANEL_H
#define QUO_LOSS_PANEL_H

#include <stddef.h>
#include "risk/loss.h"

#define QUO_LOSS_BLOCK QUO_OUTFLOW_BLOCK
/* Q at n <= QUO_LOSS_BLOCK ascending points > 0 of a law known to be possible; above: P[S > floor]. (In loss.c.) */
void quo_loss_Q_block(const double *x, size_t n, const struct quo_loss *loss, double above, double *out);

/* order * integral of x^(order-1) Q(x) from low to high, 0 < low, high finite. base: what the integral will be added to: the
 * tolerance is relative to the whole. 0 if high <= low. */
double quo_loss_panel_integral(double low, double high, int order, double base, const struct quo_loss *loss);
/* E[min(X, x)] at n ascending points from x[0] = from on, of which E[min(X, from)] = base is known. out may be x. */
void quo_loss_panel_lev(double from, double base, const double *x, size_t n, const struct quo_loss *loss, double *out);
#endif
