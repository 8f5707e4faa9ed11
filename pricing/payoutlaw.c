#include "pricing/payoutlaw.h"

#include <stdlib.h>
#include <string.h>

void quo_payoutlaw_init(struct quo_payoutlaw *law, const struct quo_indexlaw *index,
                        const struct quo_payment_piece *piece, size_t n, enum quo_status *status)
{
    law->index = index;
    law->status = status;
    law->piece = piece;
    law->n_pieces = n;
    for (size_t i = 0; i < law->n_pieces; i++) {
        const struct quo_payment_piece *p = &law->piece[i];
        law->jump[i] = p->x1 > p->x0 ? 0.0 : quo_indexlaw_at_least(index, p->x0);
        law->base[i] = 0.0;
        if (p->x1 > p->x0 && quo_indexlaw_rest(index, &p->x0, 1, &law->base[i]) != QUO_OK)
            *status = QUO_MACHINE;
    }
}

#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

CLONES static void add_jump(const struct quo_payment_piece *p, double chance, const double *y, size_t n, double *lev)
{
    const double y0 = p->y0, y1 = p->y1;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double paid = (y[i] < y1 ? y[i] : y1) - y0;
        lev[i] += chance * (paid > 0.0 ? paid : 0.0);
    }
}

CLONES static void indices_of(const struct quo_payment_piece *p, double slope, const double *y, size_t n, double *x)
{
    const double x0 = p->x0, y0 = p->y0, inverse = 1.0 / slope;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        x[i] = x0 + (y[i] - y0) * inverse;
}

/* What lies below the points of a rise, rest[m] at them; whole[n] from the last of them on. */
CLONES static void add_rise(double slope, double base, const double *rest, size_t m, size_t n, double *lev)
{
    const double last = slope * (base - rest[m - 1]);
#pragma omp simd
    for (size_t i = 0; i < m; i++)
        lev[i] += slope * (base - rest[i]);
#pragma omp simd
    for (size_t i = m; i < n; i++)
        lev[i] += last;
}

/* The first of y[n], which ascend, from `from` on that is not below `most` (`above`: not at it either). */
static size_t first_not_below(const double *y, size_t from, size_t n, double most, bool above)
{
    size_t high = n;
    while (from < high) {
        const size_t middle = (from + high) / 2;
        if (y[middle] < most || (above && y[middle] == most))
            from = middle + 1;
        else
            high = middle;
    }
    return from;
}

void quo_payoutlaw_lev(const double *y, size_t n, double *lev, const void *context)
{
    const struct quo_payoutlaw *law = context;
    double *x = malloc((2 * n + 1) * sizeof *x);
    memset(lev, 0, n * sizeof *lev);
    if (!x) {
        *law->status = QUO_MACHINE;
        return;
    }
    for (size_t k = 0; k < law->n_pieces; k++) {
        const struct quo_payment_piece *p = &law->piece[k];
        if (p->x1 <= p->x0) {
            add_jump(p, law->jump[k], y, n, lev);
            continue;
        }
        const double slope = (p->y1 - p->y0) / (p->x1 - p->x0);
        const size_t from = first_not_below(y, 0, n, p->y0, true), to = first_not_below(y, from, n, p->y1, false),
                     m = to < n ? to - from + 1 : n - from;
        if (m == 0)
            continue;
        indices_of(p, slope, y + from, to - from, x + from);
        if (to < n)
            x[to] = p->x1;
        if (quo_indexlaw_rest(law->index, x + from, m, x + n) != QUO_OK) {
            *law->status = QUO_MACHINE;
            break;
        }
        add_rise(slope, law->base[k], x + n, m, n - from, lev + from);
    }
    free(x);
}

double quo_payoutlaw_pays(const struct quo_payoutlaw *law)
{
    if (law->n_pieces == 0)
        return 0.0;
    const struct quo_payment_piece *p = &law->piece[0]; /* the lowest: pieces ascend */
    return p->x1 > p->x0 ? quo_indexlaw_at_least(law->index, p->x0) : law->jump[0];
}
