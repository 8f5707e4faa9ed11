#include "pricing/resolution.h"

#include <math.h>

#include "pricing/aggregate/measures.h"

static double relative(double a, double b) { return fabs(a - b) / fmax(fabs(b), 1e-300); }

struct quo_resolution quo_resolution_half(struct quo_resolution half)
{
    half.cells /= 2;
    half.padding = 2;
    half.table_nodes /= 2;
    half.error_nodes = half.error_nodes * 3 / 4;
    return half;
}

double quo_resolution_between_points(double p, double tvar, const struct quo_lattice *annual)
{
    const double at = quo_measure_var(p, annual) / annual->step;
    const size_t k = (size_t)at;
    if (k < 1 || k + 1 >= annual->n || !(tvar > 0.0))
        return 0.0;
    /* The lesser neighbour: the other may be an atom. */
    return annual->step * fmin(annual->mass[k - 1], annual->mass[k + 1]) / (8.0 * (1.0 - p) * tvar);
}

double quo_resolution_error(const struct quo_policylaw *fine, const struct quo_policylaw *half)
{
    const double tvar = quo_measure_tvar(0.99, &fine->annual);
    return fmax(fmax(relative(half->expected, fine->expected),
                     relative(quo_measure_tvar(0.99, &half->annual), tvar)),
                quo_resolution_between_points(0.99, tvar, &fine->annual));
}

struct quo_resolution quo_resolution_doubled(struct quo_resolution twice)
{
    twice.cells *= 2;
    twice.table_nodes *= 2;
    return twice;
}
