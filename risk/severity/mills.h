/* risk/severity/mills.h -- Mills' ratio R(z) = Q(z) / phi(z) of the normal law and differences of it.
 *
 * What is left of a lognormal or inverse Gaussian tail after its leading terms cancel is a difference of Mills'
 * ratios; formed here without cancellation, far in the tail. Pure. Relative error about 1e-14.
 * [methods: limited moments] */
#ifndef QUO_MILLS_H
#define QUO_MILLS_H

double quo_mills_ratio(double z);
/* R(z) - R(z + step), step >= 0, z >= -8. */
double quo_mills_drop(double z, double step);
/* G(z) - G(z + step) with G(z) = 1 - z R(z), z >= 0. */
double quo_mills_excess_drop(double z, double step);
#endif
