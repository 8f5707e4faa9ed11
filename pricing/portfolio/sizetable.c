#include "pricing/portfolio/sizetable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"

/* Log of what is below every size that the table tells apart: no cover sees it. */
#define NOTHING -700.0

static double log_of(double q) { return q > 0.0 ? log(fmin(q, 1.0)) : -INFINITY; }

/* Log of the size that is exceeded with the chance of that logarithm: between nodes straight in both. *low: where to begin to look; chances
 * come in falling order. */
static double inverse(const struct quo_losstable *table, enum quo_peril peril, double at, size_t *low)
{
    const double *right = table->right[peril], *left = table->left[peril];
    size_t i = *low;
    while (i + 1 < table->n && log_of(right[i]) > at)
        i++; /* the least i with right[i] <= at */
    *low = i;
    const double size = log(table->x[i]), down = log_of(left[i]);
    if (at < down) /* in the node's atom */
        return size;
    if (i == 0)
        return NOTHING;
    const double up = log_of(right[i - 1]), before = log(table->x[i - 1]);
    if (!(up > down))
        return size;
    /* Where the law ends at this node: straight in the chance itself. */
    return before + (isinf(down) ? -expm1(at - up) : (up - at) / (up - down)) * (size - before);
}

enum quo_status quo_sizetable_new(const struct quo_losstable *table, enum quo_peril peril, struct quo_sizetable *out)
{
    out->log_size = NULL;
    if (table->n == 0 || !table->right[peril])
        return QUO_DOMAIN;
    out->log_size = malloc(QUO_SIZETABLE_NODES * sizeof *out->log_size);
    if (!out->log_size)
        return QUO_MACHINE;
    size_t low = 0;
    for (int i = 0; i < QUO_SIZETABLE_NODES; i++) {
        const double score = (double)i / QUO_SIZETABLE_CELLS_PER_UNIT - QUO_SIZETABLE_FARTHEST;
        out->log_size[i] = (float)inverse(table, peril, quo_normal_logQ(score), &low);
    }
    return QUO_OK;
}

void quo_sizetable_free(struct quo_sizetable *table)
{
    if (!table)
        return;
    free(table->log_size);
    table->log_size = NULL;
}

double quo_sizetable_draw(double u, const struct quo_sizetable *table)
{
    return exp(quo_sizetable_log(quo_normal_Qinv(u), table));
}

/* A little below where the line meets the size, for rounding: a score has 24 bits. */
#define MARGIN 1e-5

double quo_sizetable_bound(double size, const struct quo_sizetable *table)
{
    const double at = log(size) - 1e-6 * fmax(1.0, fabs(log(size)));
    int i = 0;
    while (i < QUO_SIZETABLE_NODES && (double)table->log_size[i] < at)
        i++;
    if (i == 0)
        return -INFINITY;
    if (i == QUO_SIZETABLE_NODES)
        return INFINITY;
    const double low = (double)table->log_size[i - 1], high = (double)table->log_size[i],
                 part = high > low ? (at - low) / (high - low) : 0.0;
    return (i - 1 + part) / QUO_SIZETABLE_CELLS_PER_UNIT - QUO_SIZETABLE_FARTHEST - MARGIN;
}

void quo_sizetable_beyond(const struct quo_sizetable *table, const double *log_size, size_t n, double *chance)
{
    int i = 0;
    for (size_t k = 0; k < n; k++) {
        while (i < QUO_SIZETABLE_NODES && (double)table->log_size[i] < log_size[k])
            i++;
        if (i == 0 || i == QUO_SIZETABLE_NODES) {
            chance[k] = i == 0;
            continue;
        }
        const double low = (double)table->log_size[i - 1], part = (log_size[k] - low) / ((double)table->log_size[i] - low);
        chance[k] = quo_normal_Q((i - 1 + part) / QUO_SIZETABLE_CELLS_PER_UNIT - QUO_SIZETABLE_FARTHEST);
    }
}
