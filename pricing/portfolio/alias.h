/* pricing/portfolio/alias.h -- draws from a table of weights in constant time [Wal77, Vos91]. */
#ifndef QUO_ALIAS_H
#define QUO_ALIAS_H

#include <stddef.h>
#include <stdint.h>
#include "risk/base/status.h"

struct quo_alias {
    uint32_t n;
    double total; /* of the weights */
    float *keep;  /* keep[n]: chance that a cell stands for itself */
    uint32_t *other;
};

/* weight[n] >= 0 and finite, n >= 1; a table whose weights are all 0 draws its first entry. */
enum quo_status quo_alias_new(const double *weight, size_t n, struct quo_alias *out);
void quo_alias_free(struct quo_alias *alias); /* the contents */

/* The entry that u, uniform in (0, 1), stands for. */
static inline uint32_t quo_alias_pick(const struct quo_alias *alias, double u)
{
    const double at = u * alias->n;
    uint32_t i = (uint32_t)at;
    if (i >= alias->n)
        i = alias->n - 1;
    const uint32_t mask = -(uint32_t)(at - i < (double)alias->keep[i]); /* a toss: no branch foresees it */
    return (i & mask) | (alias->other[i] & ~mask);
}
#endif
