/* risk/perils/reconcile.h -- from the market's law of sizes to the law of one protocol of known exposure, so that both tell
 * the same number of incidents and the same loss.                                                [methods: reconciliation]
 *
 *   lambda(E) = lambda_0 (E/E_0)^alpha          events with S > floor a year
 *   ln X | E  = m + gamma ln(E/E_0) + r (ln S - m),  m = ln median(S | S > floor),  X at most cap_share E
 *
 * An incident file holds X > floor. With w_b = count_b (E_b/E_0)^alpha over the bands b:
 *   number  N = lambda_0 sum_b w_b P[X > floor | E_b]
 *   loss    L = lambda_0 sum_b w_b E[X; X > floor | E_b]
 * alpha solves L/N = E[min(S, top) | S > floor], top the most that the largest band can lose; lambda_0 solves N. The spread of
 * the victims' exposures is in the mixture over b, and r < 1 takes it out of X | E: it is not counted twice. */
#ifndef QUO_RECONCILE_H
#define QUO_RECONCILE_H

#include "risk/base/status.h"
#include "risk/market.h"
#include "risk/model.h"

struct quo_reconcile_terms {
    const struct quo_market *market;
    double exposure_reference;
    double floor, cap_share;
    double events; /* N: incidents above the floor a year that the market has, at the reference date */
    enum quo_peril peril; /* over whose bands: quo_market_band */
};
struct quo_reconcile_result {
    enum quo_status
        status; /* QUO_OK; QUO_NOT_CONVERGED: no alpha in [QUO_ALPHA_MIN, QUO_ALPHA_MAX] gives the loss: the nearer end was taken */
    double mean_wanted; /* E[min(S, top) | S > floor] */
    double mean_modelled;
    double victims_log_exposure; /* mean of ln E over incidents above the floor */
};
#define QUO_ALPHA_MIN (-1.0)
#define QUO_ALPHA_MAX 1.5
#define QUO_SPREAD_MIN 0.1 /* of r */
#define QUO_SPREAD_MAX 0.98

/* Sets point->log_median, alpha and rate from severity, gamma, spread. QUO_DOMAIN if nothing can exceed the floor. */
enum quo_status quo_reconcile_solve(const struct quo_reconcile_terms *terms, struct quo_peril_parameters *point,
                                    struct quo_reconcile_result *out);
/* The same with alpha given and only the rate solved (service_outage: every service alike). */
void quo_reconcile_flat(struct quo_peril_parameters *point);
/* Number a year, and loss a year, of incidents larger than x in the whole market under the parameters (x >= floor). */
double quo_reconcile_number_above(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point,
                                  double x);
double quo_reconcile_loss(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point);

/* sd of ln S given S > floor, by quadrature over its quantiles. */
double quo_reconcile_log_sd(const struct quo_severity *severity, double floor);
/* How far the mixture of X | E over the bands is from S, both above the floor: sum over the cells between the quantiles of S at
 * 25, 50, 75, 90 and 97 % of (share of the mixture - share of S)^2 / share of S. Times n it is Pearson's chi-square of n losses. */
double quo_reconcile_misfit(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point);
#endif
