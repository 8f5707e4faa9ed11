#include "pricing/portfolio/season.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "risk/base/numeric.h"

#define TABLE_FROM 2.0
#define FARTHEST 9

void quo_season_init(double size, struct quo_season *out)
{
    out->size = size;
    for (int i = 0; i < QUO_SEASON_NODES && size >= TABLE_FROM && isfinite(size); i++) {
        const double z = (double)i / QUO_SEASON_CELLS_PER_UNIT - FARTHEST;
        out->quantile[i] = z < 0.0 ? gsl_cdf_gamma_Pinv(quo_normal_Q(-z), size, 1.0 / size)
                                   : gsl_cdf_gamma_Qinv(quo_normal_Q(z), size, 1.0 / size);
    }
}

double quo_season_draw(const struct quo_season *season, const struct quo_scores *scores, struct quo_stream *stream)
{
    if (isinf(season->size))
        return 1.0;
    if (season->size < TABLE_FROM)
        return quo_stream_gamma(stream, season->size) / season->size;
    const double at = (FARTHEST - quo_scores_of(quo_stream_uniform(stream), scores)) * QUO_SEASON_CELLS_PER_UNIT;
    const int i = (int)at; /* scores reach 8.3: both neighbours are there */
    const double t = at - i, *q = season->quantile + i;
    return q[0] + 0.5 * t * (q[1] - q[-1] + t * (2.0 * q[-1] - 5.0 * q[0] + 4.0 * q[1] - q[2] +
                                                 t * (3.0 * (q[0] - q[1]) + q[2] - q[-1])));
}
