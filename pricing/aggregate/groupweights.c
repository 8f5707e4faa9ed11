#include "pricing/aggregate/groupweights.h"

#include <stdlib.h>

#include "pricing/aggregate/spectrum.h"
#include "risk/base/vectormath.h"

#define TRIED QUO_GROUPWEIGHTS_TRIED
#define GROUPS 512

struct quo_groupweights {
    size_t points, each; /* so many are taken together */
    double theta[TRIED], of[TRIED][GROUPS + 1];
};

static void fill(size_t points, struct quo_groupweights *w)
{
    static const double tried[TRIED] = {40.0, 20.0, 13.0, 9.0, 5.0};
    w->points = points;
    for (w->each = 1; w->each * GROUPS < points;)
        w->each *= w->each == 1 ? 4 : 2;
    const size_t groups = points / w->each + 1;
    for (size_t i = 0; i < TRIED; i++) {
        w->theta[i] = tried[i] / (double)points;
        for (size_t g = 0; g < groups; g++)
            w->of[i][g] = w->theta[i] * (double)(w->each * (g + 1) - 1);
        quo_vectormath_exp(w->of[i], groups, w->of[i]);
    }
}

const struct quo_groupweights *quo_groupweights_of(size_t points, struct quo_groupweights_kept *kept)
{
    for (size_t i = 0; i < QUO_GROUPWEIGHTS_KEPT; i++)
        if (kept->of[i] && kept->of[i]->points == points)
            return kept->of[i];
    struct quo_groupweights **slot = &kept->of[kept->next++ % QUO_GROUPWEIGHTS_KEPT];
    if (!*slot)
        *slot = malloc(sizeof **slot);
    if (*slot)
        fill(points, *slot);
    return *slot;
}

void quo_groupweights_free(struct quo_groupweights_kept *kept)
{
    for (size_t i = 0; i < QUO_GROUPWEIGHTS_KEPT; i++)
        free(kept->of[i]);
    *kept = (struct quo_groupweights_kept){0};
}

double quo_groupweights_theta(const struct quo_groupweights *weights, size_t i) { return weights->theta[i]; }

void quo_groupweights_moments(const struct quo_groupweights *w, const double *mass, size_t n, double out[TRIED])
{
    double group[GROUPS + 1];
    const size_t groups = quo_spectrum_group(mass, n, w->each, group);
    for (size_t i = 0; i < TRIED; i++)
        out[i] = quo_spectrum_product(group, w->of[i], groups);
}
