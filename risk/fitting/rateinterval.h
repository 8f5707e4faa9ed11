/* risk/fitting/rateinterval.h -- the interval of a rate whose events are few and whose trend is estimated too. [methods: rate intervals] */
#ifndef QUO_RATEINTERVAL_H
#define QUO_RATEINTERVAL_H

/* Two-sided interval of the expected number of events, when `events` (>= 0, any real) were seen and the number speaks of another
 * date by a factor exp(log_sd T), T Student's t with df degrees of freedom (INFINITY: normal). log_sd 0: Garwood's exact interval
 * [Gar36]; else each end is the quantile of Garwood's gamma law times that factor. */
void quo_rateinterval(double events, double log_sd, double df, double level, double *low, double *high);
#endif
