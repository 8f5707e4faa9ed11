#include "pricing/portfolio/sizetable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float log_of(double q) { return q > 0.0 ? (float)log(fmin(q, 1.0)) : -INFINITY; }

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out)
{
    memset(out, 0, sizeof *out);
    if (table->n == 0 || table->n > UINT16_MAX || !table->right[peril])
        return QUO_DOMAIN;
    out->right = malloc(3 * table->n * sizeof *out->right + QUO_SIZETABLE_GUIDE * sizeof *out->guide);
    if (!out->right)
        return QUO_MACHINE;
    out->n = (uint32_t)table->n;
    out->left = out->right + table->n;
    out->size = out->left + table->n;
    out->guide = (uint16_t *)(void *)(out->size + table->n);
    for (size_t i = 0; i < table->n; i++) {
        out->right[i] = log_of(table->right[peril][i]);
        out->left[i] = log_of(table->left[peril][i]);
        out->size[i] = (float)log(table->x[i]);
    }
    uint32_t at = 0;
    for (int g = 0; g < QUO_SIZETABLE_GUIDE; g++) {
        while (at + 1 < out->n && out->right[at] > -0.125f * (float)g)
            at++;
        out->guide[g] = (uint16_t)at;
    }
    return QUO_OK;
}

void quo_sizetable_free(struct quo_sizetable *table)
{
    if (!table)
        return;
    free(table->right);
    memset(table, 0, sizeof *table);
}

double quo_sizetable_log(double at, const struct quo_sizetable *table)
{
    const double cell = -8.0 * at;
    uint32_t i = table->guide[cell < QUO_SIZETABLE_GUIDE - 1 ? (int)cell : QUO_SIZETABLE_GUIDE - 1];
    while (i + 1 < table->n && (double)table->right[i] > at)
        i++; /* the least i with right[i] <= at */
    if (at < (double)table->left[i]) /* in the node's atom */
        return (double)table->size[i];
    if (i == 0)
        return -INFINITY;
    const double up = (double)table->right[i - 1], down = (double)table->left[i], size = (double)table->size[i];
    if (!(up > down))
        return size;
    /* Where the law ends at this node: straight in the chance itself. */
    const double part = isinf(down) ? 1.0 - exp(at - up) : (up - at) / (up - down);
    return (double)table->size[i - 1] + part * (size - (double)table->size[i - 1]);
}

double quo_sizetable_draw(double u, const struct quo_sizetable *table)
{
    return exp(quo_sizetable_log(log(u), table));
}

double quo_sizetable_bound(double size, const struct quo_sizetable *table)
{
    const double at = log(size);
    uint32_t i = 0; /* the last node at or below the size, less one for rounding */
    while (i < table->n && (double)table->size[i] <= at)
        i++;
    return i < 2 ? 1.0 : exp((double)table->left[i - 2]);
}
