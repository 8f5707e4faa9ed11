#include "pricing/portfolio/sizetable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float log_of(double q) { return q > 0.0 ? (float)log(fmin(q, 1.0)) : -INFINITY; }

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out)
{
    memset(out, 0, sizeof *out);
    if (table->n == 0 || !table->right[peril])
        return QUO_DOMAIN;
    out->right = malloc(3 * table->n * sizeof *out->right);
    if (!out->right)
        return QUO_MACHINE;
    out->n = (uint32_t)table->n;
    out->left = out->right + table->n;
    out->size = out->left + table->n;
    for (size_t i = 0; i < table->n; i++) {
        out->right[i] = log_of(table->right[peril][i]);
        out->left[i] = log_of(table->left[peril][i]);
        out->size[i] = (float)log(table->x[i]);
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

double quo_sizetable_draw(double u, const struct quo_sizetable *table)
{
    const float at = (float)log(u);
    uint32_t low = 0, high = table->n - 1; /* the least i with right[i] <= at lies in low..high */
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (table->right[middle] <= at)
            high = middle;
        else
            low = middle + 1;
    }
    if (at < table->left[low]) /* in the node's atom */
        return exp((double)table->size[low]);
    if (low == 0)
        return 0.0; /* below the least size that the table tells apart */
    const double up = table->right[low - 1], down = table->left[low];
    if (!(up > down))
        return exp((double)table->size[low]);
    double part;
    if (isinf(down)) /* the law ends at this node: straight in the chance itself */
        part = 1.0 - u / exp(up);
    else
        part = (up - at) / (up - down);
    return exp((double)table->size[low - 1] + part * ((double)table->size[low] - (double)table->size[low - 1]));
}

double quo_sizetable_bound(double size, const struct quo_sizetable *table)
{
    const double at = log(size);
    uint32_t i = 0; /* the last node at or below the size, less one for rounding */
    while (i < table->n && (double)table->size[i] <= at)
        i++;
    return i < 2 ? 1.0 : exp((double)table->left[i - 2]);
}
