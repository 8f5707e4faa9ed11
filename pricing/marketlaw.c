#include "pricing/marketlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/perils/reconcile.h"

#define NODE_SPACING 0.002 /* of a curve's nodes, over their value */

/* What the largest band can lose. */
static double most_lost(const struct quo_market *market, enum quo_peril peril, double cap_share)
{
    double most = 0.0;
    for (size_t i = 0; i < market->n_bands; i++)
        most = fmax(most, cap_share * quo_market_band(market, i, peril).mean_usd);
    return most;
}

void quo_marketlaw_peril(const struct quo_marketlaw_input *in, enum quo_peril p, double *events, double *size,
                         struct quo_loss *loss)
{
    const struct quo_model *model = in->engine->model;
    const struct quo_peril_model *peril = &model->peril[p];
    const struct quo_peril_parameters *par = quo_hazard_parameters(peril, in->draw);
    const struct quo_reconcile_terms terms = {
        in->engine->market, model->exposure_reference, peril->floor, peril->cap_share, 0.0, p};
    const double years = quo_hazard_trend_years(model, in->day);
    double a_year = quo_reconcile_number_above(&terms, par, peril->floor) * exp(par->rate_trend * years);
    if (in->without)
        a_year = fmax(0.0, a_year - in->without[p].base_rate * in->without[p].exposure_factor);
    *events = a_year * in->window_years;
    *size = peril->size * in->window_years;
    *loss = (struct quo_loss){.severity = par->severity,
                              .floor = peril->floor,
                              .power = 1.0,
                              .log_scale = par->severity_trend * years,
                              .cap = most_lost(in->engine->market, p, peril->cap_share)};
}

void quo_marketlaw_lev(const double *x, size_t n, double *lev, const void *context)
{
    lev[0] = 0.0; /* the panels of quo_loss_lev_many begin above 0 */
    const size_t from = n && x[0] <= 0.0;
    quo_loss_lev_many(x + from, n - from, context, lev + from);
}

enum quo_status quo_marketlaw_new(const struct quo_marketlaw_input *in, struct quo_workspace *workspace,
                                  struct quo_marketlaw *out)
{
    memset(out, 0, sizeof *out);
    struct quo_lattice one[QUO_COVERED_PERILS] = {{0}};
    struct quo_component component[QUO_COVERED_PERILS];
    size_t n = 0;
    enum quo_status status =
        in->window_years > 0.0 && in->top > 0.0 && isfinite(in->top) && in->cells > 0 ? QUO_OK : QUO_DOMAIN;
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        const enum quo_peril peril = (enum quo_peril)p;
        if (!(in->perils >> p & 1u) || quo_peril_in_hours(peril) || !in->engine->model->peril[p].present)
            continue;
        double size;
        struct quo_loss loss;
        quo_marketlaw_peril(in, peril, &out->events[p], &size, &loss);
        out->mean[p] = out->events[p] * quo_loss_mean(&loss);
        out->mean_all += out->mean[p];
        if (!(out->events[p] > 0.0))
            continue;
        status = quo_lattice_discretise(quo_marketlaw_lev, &loss, in->top, in->cells, &one[n]);
        component[n] = (struct quo_component){quo_frequency_negbin_mean(out->events[p], size), &one[n]};
        n++;
    }
    if (status == QUO_OK && (n == 0 || !isfinite(out->mean_all)))
        status = QUO_DOMAIN;
    if (status == QUO_OK)
        status = quo_compound_fft(component, n, in->cells + 1, 1, workspace, &out->loss, NULL);
    for (size_t i = 0; i < n; i++)
        quo_lattice_free(&one[i]);
    if (status)
        quo_marketlaw_free(out);
    return status;
}

void quo_marketlaw_free(struct quo_marketlaw *law)
{
    if (!law)
        return;
    quo_lattice_free(&law->loss);
    memset(law, 0, sizeof *law);
}

/* The points of the lattice that become nodes: all of the first, then so far apart that cubics still hold. keep[n + 1]; returns
 * their number. */
static size_t choose_nodes(size_t n, bool *keep)
{
    size_t count = 0;
    for (size_t i = 1, next = 1; i <= n; i++) {
        keep[i] = i >= next || i == n;
        if (!keep[i])
            continue;
        count++;
        next = i + (size_t)fmax(1.0, NODE_SPACING * (double)i);
    }
    return count;
}

enum quo_status quo_marketlaw_curve(const struct quo_marketlaw *law, struct quo_curve *out, double **x)
{
    const size_t n = law->loss.n - 1;
    const double h = law->loss.step, *mass = law->loss.mass;
    memset(out, 0, sizeof *out);
    bool *keep = malloc((n + 1) * sizeof *keep);
    const size_t nodes = keep ? choose_nodes(n, keep) : 0;
    double *at = *x = malloc((4 * nodes + 1) * sizeof *at);
    if (!keep || !at) {
        free(keep);
        return QUO_MACHINE;
    }
    *out = (struct quo_curve){nodes, at, at + nodes, at + 2 * nodes, at + 3 * nodes, 0.0, 1.0};
    /* Half of a point's mass lies above it: the law between points is continuous. The last point holds all that lies beyond. */
    double above = 0.0, rest = 0.0;
    for (size_t i = n, k = nodes; i > 0; i--) {
        if (keep[i]) {
            k--;
            at[k] = h * (double)i;
            out->rest[k] = rest;
            out->right[k] = i == n ? 0.0 : above + 0.5 * mass[i];
            out->left[k] = i == n ? mass[i] : out->right[k];
        }
        above += mass[i];
        rest += h * above;
    }
    out->below = h * above;
    free(keep);
    return QUO_OK;
}

void quo_marketlaw_curve_free(struct quo_curve *curve, double *x)
{
    free(x);
    memset(curve, 0, sizeof *curve);
}
