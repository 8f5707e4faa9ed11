/* risk/fitting/maximum/gb2sum.h -- the sums over records that cost the time of a fit: transformed beta and Weibull. */
#ifndef QUO_GB2SUM_H
#define QUO_GB2SUM_H

#include <stdbool.h>
#include "risk/fitting/maximum/kernel.h"

/* Sum of w log f of the transformed beta with coordinates t = logs of (shape1, shape2, shape3, scale), derivatives in all four
 * (lower triangle). shape3_free false: shape3 is 1 exactly and its row is not filled. */
double quo_gb2sum_logpdf(const struct quo_bulk *b, const double t[4], bool shape3_free, double g[4], double h[4][4]);
/* log Q of the Burr law (shape3 = 1) at log x. */
double quo_gb2sum_burr_logQ(double logx, const double t[4], double g[4], double h[4][4]);
/* Sum of w log Q of it over records whose logx is known. */
double quo_gb2sum_burr_tails(const struct quo_bulk *b, const double t[4], double g[4], double h[4][4]);
/* e[k] = sum of w y^k exp(y), k = 0, 1, 2, y = shape (logx - logscale). */
void quo_gb2sum_exponentials(const struct quo_bulk *b, double shape, double logscale, double e[3]);
#endif
