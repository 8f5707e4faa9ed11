/* risk/loss.h -- the law of one loss at a protocol of known exposure: the market's law seen from there, capped.
 *
 *   X = min(cap, scale * S^power),  S given S > floor;   then outflow caps change the survival function (risk/outflow.h):
 *   Q_capped(x) = Q_X(x) * what the caps leave at x                                                    [methods: capped loss]
 *
 * so that the law has an atom at `cap`. Units: USD, or hours for service_outage. A plain value, no ownership. Pure. [methods: loss] */
#ifndef QUO_LOSS_H
#define QUO_LOSS_H

#include <stddef.h>
#include "risk/base/stream.h"
#include "risk/outflow.h"
#include "risk/severity/severity.h"

struct quo_loss {
    struct quo_severity severity;
    double floor;            /* S is conditioned on exceeding it; 0: not conditioned */
    double log_scale, power; /* X = exp(log_scale) * S^power */
    double cap;              /* INFINITY: none */
    struct quo_outflow outflow;
};

/* NULL if the law is possible, else what is wrong, in words. The functions below give NaN then. */
const char *quo_loss_invalid(const struct quo_loss *loss);

double quo_loss_Q(double x, const struct quo_loss *loss);       /* P[X > x]; 0 from cap on */
double quo_loss_Q_from(double x, const struct quo_loss *loss);  /* P[X >= x]: differs where the law has an atom */
double quo_loss_atom(const struct quo_loss *loss);              /* P[X = cap] */
double quo_loss_Qinv(double q, const struct quo_loss *loss);    /* the least x with P[X > x] <= q */
double quo_loss_lev(double limit, const struct quo_loss *loss); /* E[min(X, limit)]; closed where there are no limits */
/* E[(min(X, high) - low)+], from the tail: relative error below 1e-9 also far out, where a difference of lev would lose it. */
double quo_loss_layer(double low, double high, const struct quo_loss *loss);
double quo_loss_mean(const struct quo_loss *loss);
double quo_loss_second_moment(const struct quo_loss *loss);
double quo_loss_draw(struct quo_stream *stream, const struct quo_loss *loss);
double quo_loss_image(double severity, const struct quo_loss *loss); /* exp(log_scale) S^power: X without its caps */
/* At n ascending points; out may be x. lev_many integrates on panels by Chebyshev polynomials in ln x, relative
 * error below 1e-11: a tenth of the time of n closed forms. */
void quo_loss_Q_many(const double *x, size_t n, const struct quo_loss *loss, double *out);
void quo_loss_lev_many(const double *x, size_t n, const struct quo_loss *loss, double *out);
#endif
