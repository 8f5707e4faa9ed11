/* pricing/portfolio/season.h -- a peril's season: gamma of mean 1, that multiplies all rates of a year.
 *
 * Drawn from one number through a table of quantiles at normal scores, a cubic through four of them: relative error below 3e-5 (tests/
 * test_scores.c). A size below 2 is drawn by quo_stream_gamma: its quantiles are too steep. [methods: portfolio] */
#ifndef QUO_SEASON_H
#define QUO_SEASON_H

#include "pricing/portfolio/scores.h"
#include "risk/base/stream.h"

#define QUO_SEASON_CELLS_PER_UNIT 16
#define QUO_SEASON_NODES (2 * 9 * QUO_SEASON_CELLS_PER_UNIT + 1)

struct quo_season {
    double size;                       /* INFINITY: always 1 */
    double quantile[QUO_SEASON_NODES]; /* at scores from -9 to 9 */
};

void quo_season_init(double size, struct quo_season *out);
double quo_season_draw(const struct quo_season *season, const struct quo_scores *scores, struct quo_stream *stream);
#endif
