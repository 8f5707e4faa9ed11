#include "pricing/whatif/booksum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/compound.h"
#include "pricing/aggregate/measures.h"

#define POINTS 8192 /* of the sum: a step is 1/700 of twelve standard deviations */
#define REACH 12.0  /* standard deviations */

enum quo_status quo_booksum_begin(struct quo_booksum *sum)
{
    *sum = (struct quo_booksum){NULL, 0, 0};
    return QUO_OK;
}

void quo_booksum_end(struct quo_booksum *sum)
{
    free(sum->law);
    *sum = (struct quo_booksum){NULL, 0, 0};
}

enum quo_status quo_booksum_add(struct quo_booksum *sum, const struct quo_lattice *law)
{
    if (sum->n == sum->room) {
        const size_t room = sum->room ? 2 * sum->room : 64;
        const struct quo_lattice **grown = realloc(sum->law, room * sizeof *grown);
        if (!grown)
            return QUO_MACHINE;
        sum->law = grown;
        sum->room = room;
    }
    sum->law[sum->n++] = law;
    return QUO_OK;
}

/* The law on another step, each mass split between its neighbours; what lies beyond the last point stands on it. */
static enum quo_status regrid(const struct quo_lattice *law, double step, size_t points, struct quo_lattice *out)
{
    const double top = law->step * (double)(law->n - 1) / step;
    const size_t needed = (size_t)fmin(ceil(top) + 2.0, (double)points);
    const enum quo_status status = quo_lattice_new(step, needed, out);
    for (size_t k = 0; status == QUO_OK && k < law->n; k++) {
        const double at = fmin((double)k * law->step / step, (double)(needed - 1));
        const size_t low = (size_t)at;
        const double part = at - (double)low;
        out->mass[low] += law->mass[k] * (1.0 - part);
        if (part > 0.0)
            out->mass[low + 1] += law->mass[k] * part;
    }
    return status;
}

enum quo_status quo_booksum_tvar(const struct quo_booksum *sum, double level, double *out)
{
    double mean = 0.0, variance = 0.0, tops = 0.0;
    *out = 0.0;
    for (size_t i = 0; i < sum->n; i++) {
        mean += quo_lattice_mean(sum->law[i]);
        variance += quo_lattice_variance(sum->law[i]);
        tops += sum->law[i]->step * (double)(sum->law[i]->n - 1);
    }
    const double reach = fmin(tops, mean + REACH * sqrt(variance));
    if (!(reach > 0.0))
        return QUO_OK;
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_lattice total = {0};
    enum quo_status status = workspace ? quo_lattice_new(reach / (POINTS - 1), 1, &total) : QUO_MACHINE;
    if (status == QUO_OK)
        total.mass[0] = 1.0;
    for (size_t i = 0; i < sum->n && status == QUO_OK; i++) {
        struct quo_lattice one, next = {0};
        status = regrid(sum->law[i], total.step, POINTS, &one);
        if (status)
            break;
        const size_t points = total.n + one.n - 1;
        status = quo_compound_convolve(&total, &one, points < POINTS ? points : POINTS, 1, workspace, &next);
        quo_lattice_free(&one);
        quo_lattice_free(&total);
        total = next;
    }
    if (status == QUO_OK)
        *out = quo_measure_tvar(level, &total);
    quo_lattice_free(&total);
    quo_workspace_free(workspace);
    return status;
}
