/* risk/fitting/credibility.h -- Buhlmann and Buhlmann-Straub: how far a unit's own mean counts against that of all. [BG05] ch. 3-4
 *
 *   premium_i = z_i mean_i + (1 - z_i) collective ;  z_i = weight_i a / (weight_i a + s2)  [methods: credibility] */
#ifndef QUO_CREDIBILITY_H
#define QUO_CREDIBILITY_H

#include <stddef.h>
#include "risk/base/status.h"

enum quo_credibility_estimator {
    QUO_CREDIBILITY_UNBIASED,
    QUO_CREDIBILITY_ITERATIVE /* Bichsel-Straub pseudo-estimator */
};

struct quo_credibility {
    double collective;      /* credibility-weighted mean */
    double within, between; /* s2, a. a = 0: the units do not differ, z = 0 */
};
/* value[units][periods], weight of the same shape (NULL: all 1, Buhlmann's model), weight 0: not observed. mean, factor,
 * premium: [units], any may be NULL. QUO_REFUSED with fewer than two units or no unit seen twice. */
enum quo_status quo_credibility_fit(const double *value, const double *weight, size_t units, size_t periods,
                                    enum quo_credibility_estimator estimator, struct quo_credibility *out, double *mean,
                                    double *factor, double *premium);
#endif
