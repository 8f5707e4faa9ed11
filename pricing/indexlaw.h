/* pricing/indexlaw.h -- the law of a trigger's index: loss times reporting error, from a curve of the loss table.
 *
 * index = X * eps, ln eps normal(0, error): by pricing/indexgrid.h. An error too small for that: E[(X eps - t)+] = E[eps R(t/eps)] with
 * R(x) = E[(X - x)+], the atoms of X in closed form, all else by quadrature over the part where t/eps lies between the least and the
 * largest loss.                                                                                    [methods: index] */
#ifndef QUO_INDEXLAW_H
#define QUO_INDEXLAW_H

#include <stddef.h>
#include "pricing/indexgrid.h"
#include "pricing/losstable.h"

#define QUO_INDEXLAW_NODES 48

struct quo_indexlaw {
    struct quo_curve smooth; /* the curve without its atoms; owns nothing but its three arrays */
    double *atom_at, *atom_mass;
    size_t n_atoms;
    double error;              /* sd of ln(index / loss); 0: the index is the loss */
    double scale;              /* index = loss / scale: the exposure for a share, else 1 */
    struct quo_indexgrid grid; /* n = 0: not used */
    const struct quo_indexlaw_rule *rule;
};

/* Gauss-Legendre of n nodes for the reporting error; one serves all laws. */
struct quo_indexlaw_rule {
    int n;
    double node[QUO_INDEXLAW_NODES], weight[QUO_INDEXLAW_NODES];
};
struct quo_indexlaw_rule quo_indexlaw_rule(int nodes);

/* Copies what it needs of the curve, except its nodes x, which must outlive it, as must the rule, of 8..48 nodes. like: NULL, or another law, of
 * the same error if that is to save time. */
enum quo_status quo_indexlaw_new(const struct quo_curve *curve, double error, double scale,
                                 const struct quo_indexlaw_rule *rule, const struct quo_indexlaw *like,
                                 struct quo_indexlaw *out);
void quo_indexlaw_free(struct quo_indexlaw *law);
/* E[(index - t)+] at n ascending points t >= 0; out may not be t. Weighted as the curve was. */
enum quo_status quo_indexlaw_rest(const struct quo_indexlaw *law, const double *t, size_t n, double *out);
/* P[index >= t] (as weighted). */
double quo_indexlaw_at_least(const struct quo_indexlaw *law, double t);
#endif
