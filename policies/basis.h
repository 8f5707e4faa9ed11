/* policies/basis.h -- basis risk of a trigger: what its index misses of the loss, and what it pays without one.
 *
 * index = scale * loss * eps, ln eps normal(error_meanlog, error): an observation of the loss. With probability `missed` an event
 * is not seen at all; false alarms come at a rate of their own. No sampling: given the loss, every moment of a payout made of
 * straight pieces is a partial moment of a lognormal, in closed form; over the loss a quadrature.      [methods: basis]
 *
 * The law of the loss comes in as nodes {loss, probability}: from a survival function and its inverse (quo_basis_nodes_new:
 * near machine accuracy), from a table (quo_basis_nodes_tabulated), or the caller's own (a list of incidents). */
#ifndef QUO_BASIS_H
#define QUO_BASIS_H

#include <stddef.h>
#include "policies/payout.h"
#include "risk/base/status.h"

struct quo_basis_terms {
    const struct quo_payout *payout;
    double event_limit, event_deductible; /* money: pays max(0, event_limit * share - event_deductible) */
    double scale;                         /* index per unit of loss: 1 for loss_usd, 1/exposure for loss_share */
    double error_meanlog, error;          /* of ln eps; error 0: no scatter */
    double missed;                        /* probability that an event is not seen, 0..1 */
    double loss_threshold;                /* a loss is what lies above it, money; 0: any loss */
};

struct quo_basis_node {
    double loss, probability;
};
struct quo_basis_nodes {
    struct quo_basis_node *node; /* node[n]; probabilities add up to 1 */
    size_t n;
};

/* The law of one loss: P[X > x], its upper quantile, and an atom at `cap` (INFINITY and 0: none). */
struct quo_basis_law {
    double (*Q)(double x, void *context);
    double (*Qinv)(double q, void *context);
    void *context;
    double cap, atom;
};
/* Gauss-Legendre panels on the normal scale of the loss's rank, split where terms bend. QUO_DOMAIN for impossible terms. */
enum quo_status quo_basis_nodes_new(const struct quo_basis_law *law, const struct quo_basis_terms *terms,
                                    struct quo_basis_nodes *out);
/* From x[n] ascending with right[i] = P[X > x_i], left[i] = P[X >= x_i], lev[i] = E[min(X, x_i)], each per event or weighted by
 * rates (then divided by left[0]): each interval's mass at its own mean, atoms where they are. Error of second order in the
 * spacing; split the table where the payout jumps if error is 0. */
enum quo_status quo_basis_nodes_tabulated(const double *x, const double *right, const double *left, const double *lev,
                                          size_t n, struct quo_basis_nodes *out);
/* Those whose logarithms lie within a width of each other become two that keep chance, mean and spread: what is left of an index error of several
 * widths is then of fourth order. As they are where that would not halve their number. */
enum quo_status quo_basis_nodes_merge(struct quo_basis_nodes *nodes, double width);
void quo_basis_nodes_free(struct quo_basis_nodes *nodes); /* the contents */

/* Of one event. Money and its squares; probabilities. */
struct quo_basis_event {
    double loss, loss_squared;                       /* E[L], E[L^2] */
    double payout, payout_squared;                   /* E[P], E[P^2] */
    double cross;                                    /* E[L P] */
    double shortfall;                                /* E[(L - P)+] */
    double is_loss, pays;                            /* P[L > threshold], P[P > 0] */
    double loss_without_payout, payout_without_loss; /* P[L > threshold, P = 0], P[L <= threshold, P > 0] */
};
/* QUO_DOMAIN for impossible terms or nodes. */
enum quo_status quo_basis_event(const struct quo_basis_nodes *nodes, const struct quo_basis_terms *terms,
                                struct quo_basis_event *out);

/* Of a year: events of several perils, each Poisson at its rate, and false alarms, which pay as an event that pays. Annual limits
 * are left out: this is about the trigger. Ratios are NaN where there is nothing to compare with. */
struct quo_basis {
    double loss_without_payout;            /* P[in a year some loss goes without payout] */
    double payout_without_loss;            /* P[in a year some payout comes without a loss], false alarms included */
    double loss_unpaid_share;              /* of the losses above the threshold, the share without payout */
    double payout_unfounded_share;         /* of the payouts, the share without a loss */
    double expected_loss, expected_payout; /* a year */
    double expected_shortfall;             /* E[sum (L - P)+] a year */
    double expected_excess;                /* E[sum (P - L)+] a year */
    double expected_gap;                   /* their sum, E[sum |P - L|] */
    double hedge_effectiveness;            /* 1 - Var(L - P)/Var(L) of the year's sums */
    double correlation;                    /* of the year's sums */
};
void quo_basis_year(const struct quo_basis_event *event, const double *rate, size_t n, double false_alarms,
                    struct quo_basis *out);
#endif
