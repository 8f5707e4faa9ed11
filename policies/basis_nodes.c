/* The laws behind policies/basis.h as nodes and probabilities. */
#include "policies/basis.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

#define POINTS 12    /* Gauss-Legendre points a panel */
#define Z_LOW (-9.0) /* below lies 1e-19 of the mass */
#define Z_HIGH 38.0  /* above it the survival function is no longer a double */
#define PANEL 0.75   /* widest panel, in standard deviations of the rank */
#define BREAKS_MAX 1024

void quo_basis_nodes_free(struct quo_basis_nodes *nodes)
{
    free(nodes->node);
    *nodes = (struct quo_basis_nodes){NULL, 0};
}

struct breaks {
    double z[BREAKS_MAX];
    size_t n;
    double low, high;
};

static void add_break(struct breaks *breaks, const struct quo_basis_law *law, double loss)
{
    if (!(loss > 0.0) || !isfinite(loss) || breaks->n == BREAKS_MAX)
        return;
    const double q = law->Q(loss, law->context);
    const double z = q > 0.0 && q < 1.0 ? quo_normal_Qinv(q) : NAN;
    if (z > breaks->low && z < breaks->high)
        breaks->z[breaks->n++] = z;
}

/* Where what depends on the loss bends: the threshold; the losses that the index reads as a bend of the payout, and for each
 * the reach of the reporting error around it, so that a panel never spans a whole transition; where payout and loss cross. */
static void find_breaks(const struct quo_basis_law *law, const struct quo_basis_terms *terms, struct breaks *breaks)
{
    static const double reach[] = {-8.0, -5.5, -4.0, -2.5, -1.25, 0.0, 1.25, 2.5, 4.0, 5.5, 8.0};
    struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
    const int n = quo_payout_pieces(terms->payout, piece);
    const double seen_as = terms->scale * exp(terms->error_meanlog);
    add_break(breaks, law, terms->loss_threshold);
    for (int i = 0; i < n; i++) {
        const double slope = terms->event_limit * piece[i].slope;
        const double start = terms->event_limit * piece[i].share - terms->event_deductible;
        const double bend[2] = {piece[i].from, start < 0.0 && slope > 0.0 ? piece[i].from - start / slope : NAN};
        for (int b = 0; b < 2; b++)
            for (size_t r = 0; r < sizeof reach / sizeof *reach; r++)
                if (terms->error > 0.0 || reach[r] == 0.0)
                    add_break(breaks, law, bend[b] / seen_as * exp(reach[r] * terms->error));
        /* loss = start + slope (seen_as loss - from); and where the payout is flat, loss = start. */
        add_break(breaks, law, (start - slope * piece[i].from) / (1.0 - slope * seen_as));
    }
    for (double z = ceil(breaks->low / PANEL) * PANEL; z < breaks->high && breaks->n < BREAKS_MAX; z += PANEL)
        if (z > breaks->low)
            breaks->z[breaks->n++] = z;
    quo_numeric_sort(breaks->z, breaks->n);
}

static void fill_panel(const struct quo_basis_law *law, double low, double high, struct quo_basis_nodes *out)
{
    double x[POINTS], w[POINTS];
    quo_gauss_legendre(POINTS, x, w);
    const double middle = 0.5 * (low + high), half = 0.5 * (high - low);
    for (int j = 0; j < POINTS; j++) {
        const double z = middle + half * x[j];
        const double weight = half * w[j] * exp(-0.5 * z * z) / sqrt(2.0 * 3.14159265358979323846);
        const double loss = fmin(law->Qinv(quo_normal_Q(z), law->context), law->cap);
        if (weight > 0.0 && isfinite(loss))
            out->node[out->n++] = (struct quo_basis_node){loss, weight};
    }
}

enum quo_status quo_basis_nodes_new(const struct quo_basis_law *law, const struct quo_basis_terms *terms,
                                    struct quo_basis_nodes *out)
{
    *out = (struct quo_basis_nodes){NULL, 0};
    if (!terms->payout || quo_payout_invalid(terms->payout) || !(law->atom >= 0.0 && law->atom <= 1.0) ||
        !(law->cap > 0.0))
        return QUO_DOMAIN;
    struct breaks *breaks = malloc(sizeof *breaks);
    if (!breaks)
        return QUO_MACHINE;
    breaks->n = 0;
    breaks->low = Z_LOW;
    breaks->high = law->atom >= 1.0 ? Z_LOW : law->atom > 0.0 ? quo_normal_Qinv(law->atom) : Z_HIGH;
    if (breaks->high > breaks->low)
        find_breaks(law, terms, breaks);
    out->node = malloc(((breaks->n + 1) * POINTS + 1) * sizeof *out->node);
    if (!out->node) {
        free(breaks);
        return QUO_MACHINE;
    }
    double low = breaks->low;
    for (size_t i = 0; i <= breaks->n && breaks->high > breaks->low; i++) {
        const double high = i < breaks->n ? breaks->z[i] : breaks->high;
        if (high > low)
            fill_panel(law, low, high, out);
        low = high;
    }
    if (law->atom > 0.0)
        out->node[out->n++] = (struct quo_basis_node){law->cap, law->atom};
    free(breaks);
    return QUO_OK;
}

enum quo_status quo_basis_nodes_tabulated(const double *x, const double *right, const double *left, const double *lev,
                                          size_t n, struct quo_basis_nodes *out)
{
    *out = (struct quo_basis_nodes){NULL, 0};
    const double total = n ? left[0] : 0.0;
    if (!(total > 0.0))
        return QUO_DOMAIN;
    out->node = malloc(2 * n * sizeof *out->node);
    if (!out->node)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++) {
        if (left[i] > right[i])
            out->node[out->n++] = (struct quo_basis_node){x[i], (left[i] - right[i]) / total};
        if (i + 1 == n)
            break;
        const double mass = right[i] - left[i + 1];
        if (!(mass > 0.0))
            continue;
        /* E[X; x_i < X < x_i+1] = E[min(X, x_i+1)] - E[min(X, x_i)] + x_i P[X > x_i] - x_i+1 P[X >= x_i+1] */
        const double mean = (lev[i + 1] - lev[i] + x[i] * right[i] - x[i + 1] * left[i + 1]) / mass;
        out->node[out->n++] = (struct quo_basis_node){mean > x[i] ? (mean < x[i + 1] ? mean : x[i + 1]) : x[i], mass / total};
    }
    return QUO_OK;
}

/* Losses of one bin: chance, and the first two moments from `from` on. */
struct bin {
    double chance, first, second, from;
};

/* The logarithms of all losses; false where one is 0 or no number. */
static bool logarithms(const struct quo_basis_nodes *nodes, double *at, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < nodes->n; i++)
        at[i] = nodes->node[i].loss;
    quo_vectormath_log(at, nodes->n, at);
    for (size_t i = 0; i < nodes->n; i++) {
        if (!isfinite(at[i]))
            return false;
        *low = at[i] < *low ? at[i] : *low;
        *high = at[i] > *high ? at[i] : *high;
    }
    return true;
}

enum quo_status quo_basis_nodes_merge(struct quo_basis_nodes *nodes, double width)
{
    double low, high, *at = malloc((nodes->n + 1) * sizeof *at);
    if (!at)
        return QUO_MACHINE;
    const bool some = logarithms(nodes, at, &low, &high) && width > 0.0;
    const double bins = some ? floor((high - low) / width) + 1.0 : INFINITY;
    if (!(2.0 * bins < (double)nodes->n)) { /* nothing to gain */
        free(at);
        return QUO_OK;
    }
    struct bin *bin = calloc((size_t)bins, sizeof *bin);
    if (!bin) {
        free(at);
        return QUO_MACHINE;
    }
    for (size_t i = 0; i < nodes->n; i++) {
        const double place = (at[i] - low) / width;
        struct bin *b = &bin[(size_t)(place < bins - 1.0 ? place : bins - 1.0)];
        const double w = nodes->node[i].probability;
        if (b->chance == 0.0)
            b->from = nodes->node[i].loss;
        const double x = nodes->node[i].loss - b->from;
        b->chance += w;
        b->first += w * x;
        b->second += w * x * x;
    }
    nodes->n = 0;
    for (size_t k = 0; k < (size_t)bins; k++) {
        if (!(bin[k].chance > 0.0))
            continue;
        const double mean = bin[k].first / bin[k].chance,
                     spread = sqrt(fmax(0.0, bin[k].second / bin[k].chance - mean * mean));
        nodes->node[nodes->n++] = (struct quo_basis_node){bin[k].from + (mean - spread), 0.5 * bin[k].chance};
        nodes->node[nodes->n++] = (struct quo_basis_node){bin[k].from + (mean + spread), 0.5 * bin[k].chance};
    }
    free(bin);
    free(at);
    return QUO_OK;
}
