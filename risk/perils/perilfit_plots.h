/* risk/perils/perilfit_plots.h -- the curves by which a fit is judged by eye, as numbers.
 *
 * PP: each record's probability u under the chosen law given its own truncation, ascending, beside (i - 0.5)/n. QQ: the same on the scale of
 * unit exponentials, -ln(1 - u) beside -ln(1 - (i - 0.5)/n), where the tail is seen and records with different floors stand on one line.
 * The band holds the whole curve with 95 % if the law is right: u within (i - 0.5)/n -+ d, d the 95 % point of Kolmogorov's statistic for
 * n records. With parameters fitted to the same records it is too wide, so what leaves it is bad indeed; the p-values
 * beside the candidates are the sharp test.                                                       [methods: plots] */
#ifndef QUO_PERILFIT_PLOTS_H
#define QUO_PERILFIT_PLOTS_H

#include <stddef.h>
#include "risk/fitting/likelihood.h"
#include "risk/fitting/tail.h"

#define QUO_PERILFIT_STABILITY 10

struct quo_perilfit_plots {
    size_t n;                   /* records on the PP and QQ curves; 0: no law was chosen */
    double *empirical, *model;  /* [n] ascending */
    double band;                /* d */
    size_t n_tail;              /* points of Hill's plot and the mean excess: half of the complete records */
    double *hill;               /* [n_tail], from the k largest, k = 1 .. */
    double *excess_at, *excess; /* [n_tail], mean excess over the (k+1)-th largest */
    size_t n_stability;         /* thresholds at which the GPD was fitted again */
    struct quo_tail_fit stability[QUO_PERILFIT_STABILITY];
    struct quo_tail_fit least_ks; /* at the threshold of the other rule; status QUO_REFUSED where it gives none */
};
/* size[n_size] ascending: the complete records; severity NULL: no law. NULL where memory ran out. */
struct quo_perilfit_plots *quo_perilfit_plots_new(const struct quo_sample *sample, const struct quo_severity *severity,
                                                  const double *size, size_t n_size);
void quo_perilfit_plots_free(struct quo_perilfit_plots *plots);
#endif
