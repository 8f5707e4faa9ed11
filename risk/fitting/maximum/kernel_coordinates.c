/* Parameters as the coordinates of kernel.h, and back. */
#include "risk/fitting/maximum/kernel.h"

#include <math.h>

int quo_kernel_coordinates(enum quo_family family) { return family == QUO_GPD ? 2 : quo_family_parameters(family); }

enum quo_coordinate quo_kernel_coordinate(enum quo_family family, int i)
{
    switch (family) {
    case QUO_LOGNORMAL:
        return i == 0 ? QUO_COORDINATE_LOCATION : QUO_COORDINATE_LOG;
    case QUO_GPD:
        return i == 0 ? QUO_COORDINATE_FREE : QUO_COORDINATE_LOG_SCALE;
    case QUO_INVGAUSS:
        return QUO_COORDINATE_LOG_SCALE;
    default: /* every other family has its scale last */
        return i == quo_kernel_coordinates(family) - 1 ? QUO_COORDINATE_LOG_SCALE : QUO_COORDINATE_LOG;
    }
}

struct quo_law quo_kernel_law(enum quo_family family, const double *t, double scale, double mu)
{
    struct quo_law law = {.family = family};
    for (int i = 0; i < quo_kernel_coordinates(family); i++)
        switch (quo_kernel_coordinate(family, i)) {
        case QUO_COORDINATE_LOG:
            law.par[i] = exp(t[i]);
            break;
        case QUO_COORDINATE_LOG_SCALE:
            law.par[i] = scale * exp(t[i]);
            break;
        case QUO_COORDINATE_LOCATION:
            law.par[i] = t[i] + log(scale);
            break;
        case QUO_COORDINATE_FREE:
            law.par[i] = t[i];
            break;
        }
    if (family == QUO_GPD)
        law.par[2] = mu;
    return law;
}

void quo_kernel_from_law(const struct quo_law *law, double scale, double *t)
{
    for (int i = 0; i < quo_kernel_coordinates(law->family); i++)
        switch (quo_kernel_coordinate(law->family, i)) {
        case QUO_COORDINATE_LOG:
            t[i] = log(law->par[i]);
            break;
        case QUO_COORDINATE_LOG_SCALE:
            t[i] = log(law->par[i] / scale);
            break;
        case QUO_COORDINATE_LOCATION:
            t[i] = law->par[i] - log(scale);
            break;
        case QUO_COORDINATE_FREE:
            t[i] = law->par[i];
            break;
        }
}

double quo_kernel_slope(const struct quo_law *law, int i)
{
    const enum quo_coordinate kind = quo_kernel_coordinate(law->family, i);
    return kind == QUO_COORDINATE_LOCATION || kind == QUO_COORDINATE_FREE ? 1.0 : law->par[i];
}
