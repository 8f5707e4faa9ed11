#include "pricing/portfolio/alias.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Vose: cells below the mean are filled up from those above it, in order of index, so that equal weights give equal tables. */
static void fill(const double *weight, struct quo_alias *alias, double *left, uint32_t *small, uint32_t *large)
{
    size_t n_small = 0, n_large = 0;
    for (uint32_t i = alias->n; i-- > 0;) {
        left[i] = alias->total > 0.0 ? weight[i] * alias->n / alias->total : i == 0 ? (double)alias->n : 0.0;
        if (left[i] < 1.0)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small && n_large) {
        const uint32_t s = small[--n_small], l = large[n_large - 1];
        alias->keep[s] = (float)left[s];
        alias->other[s] = l;
        left[l] -= 1.0 - left[s];
        if (left[l] < 1.0) {
            n_large--;
            small[n_small++] = l;
        }
    }
    while (n_large) {
        const uint32_t l = large[--n_large];
        alias->keep[l] = 1.0f;
        alias->other[l] = l;
    }
    while (n_small) { /* left over by rounding alone */
        const uint32_t s = small[--n_small];
        alias->keep[s] = 1.0f;
        alias->other[s] = s;
    }
}

enum quo_status quo_alias_new(const double *weight, size_t n, struct quo_alias *out)
{
    memset(out, 0, sizeof *out);
    if (n == 0 || n > UINT32_MAX)
        return QUO_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        if (!(weight[i] >= 0.0) || isinf(weight[i]))
            return QUO_DOMAIN;
        out->total += weight[i];
    }
    out->n = (uint32_t)n;
    out->keep = malloc(n * sizeof *out->keep);
    out->other = malloc(n * sizeof *out->other);
    double *left = malloc(n * sizeof *left);
    uint32_t *small = malloc(n * sizeof *small), *large = malloc(n * sizeof *large);
    const int made = out->keep && out->other && left && small && large;
    if (made)
        fill(weight, out, left, small, large);
    else
        quo_alias_free(out);
    free(left);
    free(small);
    free(large);
    return made ? QUO_OK : QUO_MACHINE;
}

void quo_alias_free(struct quo_alias *alias)
{
    if (!alias)
        return;
    free(alias->keep);
    free(alias->other);
    memset(alias, 0, sizeof *alias);
}
