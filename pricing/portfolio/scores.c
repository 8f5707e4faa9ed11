#include "pricing/portfolio/scores.h"

#include <math.h>

#include "risk/base/numeric.h"

static double slope(double z) { return -sqrt(2.0 * M_PI) * exp(0.5 * z * z); }

void quo_scores_init(struct quo_scores *s)
{
    const int cells = 1 << QUO_SCORES_BITS;
    for (unsigned i = 0; i < QUO_SCORES_CELLS; i++) {
        const int exponent = -1 - (int)(i >> QUO_SCORES_BITS), k = cells - 1 - (int)(i & (unsigned)(cells - 1));
        const double left = ldexp(1.0 + (double)k / cells, exponent), h = ldexp(1.0 / cells, exponent);
        const double right = fmin(left + h, 0.999);
        const double z0 = quo_normal_Qinv(left), z1 = quo_normal_Qinv(right), d0 = slope(z0), d1 = slope(z1);
        s->cell[i][0] = z0;
        s->cell[i][1] = d0;
        s->cell[i][2] = (3.0 * (z1 - z0) / h - 2.0 * d0 - d1) / h;
        s->cell[i][3] = (d0 + d1 - 2.0 * (z1 - z0) / h) / (h * h);
    }
}
