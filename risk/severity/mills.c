#include "risk/severity/mills.h"

#include <math.h>

#include "risk/base/numeric.h"

/* Laplace's fraction R = 1/(z + K), K = 1/(z + K2), K2 = 2/(z + 3/(z + ...)): every function below is a product of such
 * pieces from here on, a difference of larger numbers before. */
#define FRACTION_FROM 3.0

struct pieces {
    double r, k, k2;
};

static struct pieces pieces_at(double z)
{
    const int terms =
        13 + (int)(500.0 / (z * z)); /* relative error of K2 K R below 2e-17 for every z >= 1.5, measured */
    double tail = 0.0;
    for (int n = terms; n >= 3; n--)
        tail = n / (z + tail);
    struct pieces p;
    p.k2 = 2.0 / (z + tail);
    p.k = 1.0 / (z + p.k2);
    p.r = 1.0 / (z + p.k);
    return p;
}

double quo_mills_ratio(double z)
{
    if (z >= FRACTION_FROM)
        return pieces_at(z).r;
    return quo_normal_Q(z) * sqrt(2.0 * M_PI) * exp(0.5 * z * z);
}

/* G = -R' = 1 - z R. */
static double slope(double z)
{
    if (z < FRACTION_FROM)
        return 1.0 - z * quo_mills_ratio(z);
    const struct pieces p = pieces_at(z);
    return p.k * p.r;
}

/* -G' = (1 + z^2) R - z. */
static double bend(double z)
{
    if (z < FRACTION_FROM)
        return (1.0 + z * z) * quo_mills_ratio(z) - z;
    const struct pieces p = pieces_at(z);
    return p.k2 * p.k * p.r;
}

/* Gauss-Legendre with 8 points [AS64 table 25.4]: exact to rounding over the short steps it is used for. */
static double over_step(double (*f)(double), double z, double step)
{
    static const double node[4] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
    static const double weight[4] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763};
    const double half = 0.5 * step, middle = z + half;
    double sum = 0.0;
    for (int i = 0; i < 4; i++)
        sum += weight[i] * (f(middle - half * node[i]) + f(middle + half * node[i]));
    return half * sum;
}

static int is_short(double z, double step) { return step < 0.25 * fmax(1.0, z); }

double quo_mills_drop(double z, double step)
{
    return is_short(z, step) ? over_step(slope, z, step) : quo_mills_ratio(z) - quo_mills_ratio(z + step);
}

double quo_mills_excess_drop(double z, double step)
{
    return is_short(z, step) ? over_step(bend, z, step) : slope(z) - slope(z + step);
}
