/* pricing/marketlaw.h -- the loss of the whole market in a window of time: the law behind an index that counts everybody's losses.
 *
 * Peril by peril the market has N_p events a year above the model's floor (the fitted rate over the size bands of the market file,
 * quo_reconcile_number_above), each of the fitted size S given S > floor, at most what the largest band can lose. Over a window of w
 * years: a negative binomial count of mean N_p w and size r_p w, so that windows are independent and a year of them has the fitted
 * count; then one transform over all perils.                                                      [methods: market loss] */
#ifndef QUO_MARKETLAW_H
#define QUO_MARKETLAW_H

#include "pricing/aggregate/compound.h"
#include "pricing/engine.h"
#include "pricing/losstable.h"

struct quo_marketlaw {
    struct quo_lattice loss;  /* USD of one window; all from the last point on is on the last point */
    double events[QUO_PERILS]; /* in one window */
    double mean[QUO_PERILS];   /* USD of one window by peril, uncut; 0 for a peril that is not counted */
    double mean_all;           /* their sum */
};

struct quo_marketlaw_input {
    const struct quo_engine *engine;
    quo_peril_set perils; /* whose losses count: in money */
    int day;              /* the pricing date */
    long draw;            /* of the model's parameters; -1: the point estimate */
    double window_years;
    const struct quo_hazard *without; /* [QUO_PERILS]: one market-average protocol like this one is left out; NULL: nobody */
    double top;                       /* USD: where the law may be cut */
    size_t cells;                     /* from 0 to top */
};

/* One peril's number of events in the window, its negative binomial size there, and the law of one of them, in USD: the model has it, and it
 * is not one in hours. */
void quo_marketlaw_peril(const struct quo_marketlaw_input *input, enum quo_peril peril, double *events, double *size,
                         struct quo_loss *loss);
/* QUO_DOMAIN where the window or the top is impossible, or the model holds none of the perils. */
enum quo_status quo_marketlaw_new(const struct quo_marketlaw_input *input, struct quo_workspace *workspace,
                                  struct quo_marketlaw *out);
void quo_marketlaw_free(struct quo_marketlaw *law); /* the contents */
/* The law as a curve for pricing/indexlaw.h: between the points it is continuous. *x, of one block with the curve, is freed by
 * quo_marketlaw_curve_free. */
enum quo_status quo_marketlaw_curve(const struct quo_marketlaw *law, struct quo_curve *out, double **x);
void quo_marketlaw_curve_free(struct quo_curve *curve, double *x);
/* E[min(X, x)] of a struct quo_loss (context) at ascending points from 0 on: a quo_lev_fn. */
void quo_marketlaw_lev(const double *x, size_t n, double *lev, const void *context);
#endif
