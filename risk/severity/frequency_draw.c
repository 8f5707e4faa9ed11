/* Samples of the count laws. */
#include "risk/severity/frequency.h"

#include <math.h>

#define BY_INVERSION_ABOVE 1e9 /* what quo_stream_poisson takes */

static int64_t base_draw(struct quo_stream *stream, const struct quo_frequency *f)
{
    double mean = f->family == QUO_BINOMIAL ? INFINITY : f->par[0];
    if (f->family == QUO_NEGBIN) { /* Poisson with a gamma mean */
        if (f->par[1] == 1.0)
            return 0;
        mean = quo_stream_gamma(stream, f->par[0]) * (1.0 - f->par[1]) / f->par[1];
        if (mean > BY_INVERSION_ABOVE) {
            const struct quo_frequency poisson = quo_frequency_poisson(mean);
            return quo_frequency_Pinv(quo_stream_uniform(stream), &poisson);
        }
    }
    if (mean > BY_INVERSION_ABOVE)
        return quo_frequency_Pinv(quo_stream_uniform(stream), f);
    return quo_stream_poisson(stream, mean);
}

int64_t quo_frequency_draw(struct quo_stream *stream, const struct quo_frequency *f)
{
    if (quo_frequency_invalid(f))
        return -1;
    /* The modified laws by inversion: one uniform decides between zero and the rest and where in the rest. */
    return f->modified ? quo_frequency_Pinv(quo_stream_uniform(stream), f) : base_draw(stream, f);
}
