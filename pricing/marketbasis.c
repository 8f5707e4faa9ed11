#include "pricing/marketbasis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/marketcover.h"
#include "pricing/marketlaw.h"
#include "risk/base/numeric.h"

#define OTHERS 512 /* cells of the others' loss up to the full payout */
#define OWN 2048   /* cells of the own loss up to OWN_TOP times the exposure */
#define OWN_TOP 2.0
#define NODES 64 /* of the own loss, after merging */
#define LEVELS 64 /* of the payout; its steps come on top */
#define LEVELS_MAX (LEVELS + QUO_PAYOUT_STEPS_MAX + 1)

/* The own loss of one window: its atom at nothing, and nodes of about equal ratio, mass and mean kept. */
struct own_loss {
    double none; /* P[no event] */
    double mean, squared;
    double loss[NODES + 1], mass[NODES + 1];
    size_t n;
};

static enum quo_status own_lattice(const struct quo_quote *quote, quo_peril_set perils, double years,
                                   struct quo_workspace *workspace, struct quo_lattice *out, double *none)
{
    struct quo_lattice one[QUO_COVERED_PERILS] = {{0}};
    struct quo_component component[QUO_COVERED_PERILS];
    const double top = OWN_TOP * quote->policy->protocol->exposure_usd;
    size_t n = 0;
    enum quo_status status = QUO_OK;
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        const struct quo_hazard *hazard = &quote->hazard[p];
        if (!(perils >> p & 1u) || quo_peril_in_hours((enum quo_peril)p) || !hazard->present || !(hazard->rate > 0.0))
            continue;
        status = quo_lattice_discretise(quo_marketlaw_lev, &hazard->loss, top, OWN, &one[n]);
        component[n] =
            (struct quo_component){quo_frequency_negbin_mean(hazard->rate * years, hazard->size * years), &one[n]};
        n++;
    }
    *none = 1.0;
    for (size_t i = 0; i < n; i++)
        *none *= quo_frequency_pgf(0.0, &component[i].frequency);
    if (status == QUO_OK)
        status = n ? quo_compound_fft(component, n, OWN + 1, 1, workspace, out, NULL) : QUO_DOMAIN;
    for (size_t i = 0; i < n; i++)
        quo_lattice_free(&one[i]);
    return status;
}

static void merge(const struct quo_lattice *lattice, struct own_loss *out)
{
    const double ratio = pow((double)lattice->n, 1.0 / NODES);
    double edge = 1.0, mass = 0.0, amount = 0.0;
    for (size_t k = 1; k < lattice->n; k++) {
        const double at = lattice->step * (double)k;
        mass += lattice->mass[k];
        amount += lattice->mass[k] * at;
        out->squared += lattice->mass[k] * at * at;
        if ((double)k < edge && k + 1 < lattice->n)
            continue;
        while (edge <= (double)k)
            edge *= ratio;
        if (mass > 0.0 && out->n < NODES + 1) {
            out->loss[out->n] = amount / mass;
            out->mass[out->n++] = mass;
        }
        out->mean += amount;
        mass = amount = 0.0;
    }
}

/* Levels of the payout in USD between which P[payout > y] is taken as constant: even ones, and the steps. Returns their number;
 * edge[n + 1]. */
static size_t levels_of(const struct quo_cover *cover, double units, double *edge)
{
    double shares[QUO_PAYOUT_STEPS_MAX];
    const int points = quo_payout_points(&cover->payout, shares);
    const double most = cover->event_limit - cover->event_deductible;
    size_t n = 0;
    for (int i = 0; i <= LEVELS; i++)
        edge[n++] = most * units * i / LEVELS;
    for (int i = 0; i < points; i++) {
        const double at = shares[i] * cover->event_limit - cover->event_deductible;
        if (at > 0.0 && at < most)
            edge[n++] = at * units;
    }
    quo_numeric_sort(edge, n);
    return n - 1;
}

/* P[the cover pays more than y | the window's true loss], on the others' lattice. */
static void pays_more(const struct quo_cover *cover, double y, double error, const struct quo_lattice *others,
                      double *chance)
{
    const double share = (y + cover->event_deductible) / cover->event_limit, seen = quo_trigger_seen(&cover->trigger);
    const double at = quo_payout_index_above(share, &cover->payout, NULL);
    for (size_t j = 0; j < others->n; j++) {
        const double z = others->step * (double)j;
        chance[j] = error == 0.0 || z == 0.0 ? seen * (z >= at) : seen * quo_normal_Q(log(at / z) / error);
    }
}

/* The mean of chance[] at the others' loss plus `more`; beyond the last point it stays what it is there. */
static double shifted(const struct quo_lattice *others, const double *chance, double more)
{
    const size_t last = others->n - 1, shift = (size_t)fmin(more / others->step, (double)last);
    const double part = fmin(more / others->step - (double)shift, 1.0);
    double sum = 0.0, gone = 0.0;
    for (size_t j = 0; j + shift < last; j++)
        sum += others->mass[j] * ((1.0 - part) * chance[j + shift] + part * chance[j + shift + 1]);
    for (size_t j = last - shift; j <= last; j++)
        gone += others->mass[j];
    return sum + gone * chance[last];
}

/* Of one window: sums over nodes and levels. */
struct window {
    double payout, payout_squared, cross, shortfall, pays;
    double loss_without_payout, payout_without_loss;
};

static void add_node(double loss, double mass, bool is_loss, const double *edge, size_t levels, const double *above,
                     struct window *out)
{
    double payout = 0.0, squared = 0.0, paid_up_to_loss = 0.0;
    for (size_t b = 0; b < levels; b++) {
        payout += (edge[b + 1] - edge[b]) * above[b];
        squared += (edge[b + 1] * edge[b + 1] - edge[b] * edge[b]) * above[b];
        paid_up_to_loss += fmax(0.0, fmin(edge[b + 1], loss) - edge[b]) * above[b];
    }
    out->payout += mass * payout;
    out->payout_squared += mass * squared;
    out->cross += mass * loss * payout;
    out->shortfall += mass * (loss - paid_up_to_loss);
    out->pays += mass * above[levels];
    *(is_loss ? &out->loss_without_payout : &out->payout_without_loss) +=
        mass * (is_loss ? 1.0 - above[levels] : above[levels]);
}

/* above[a][b]: P[payout > level b | own loss a]; the last column: P[payout > 0]. */
static enum quo_status joint(const struct quo_cover *cover, double units, double error,
                             const struct quo_lattice *others, const struct own_loss *own, struct window *out)
{
    double edge[LEVELS_MAX + 1];
    const size_t levels = levels_of(cover, units, edge), columns = levels + 1;
    double *chance = malloc(others->n * sizeof *chance);
    double *above = calloc((own->n + 1) * columns, sizeof *above);
    if (!chance || !above) {
        free(chance);
        free(above);
        return QUO_MACHINE;
    }
    for (size_t b = 0; b < columns; b++) {
        pays_more(cover, b == levels ? 0.0 : 0.5 * (edge[b] + edge[b + 1]) / units, error, others, chance);
        for (size_t a = 0; a <= own->n; a++)
            above[a * columns + b] = shifted(others, chance, a == own->n ? 0.0 : own->loss[a]);
    }
    double some = 0.0;
    for (size_t a = 0; a < own->n; a++) {
        add_node(own->loss[a], own->mass[a], true, edge, levels, above + a * columns, out);
        some += own->mass[a];
    }
    /* Losses too small for the lattice are losses all the same. */
    add_node(0.0, fmax(0.0, 1.0 - own->none - some), true, edge, levels, above + own->n * columns, out);
    add_node(0.0, own->none, false, edge, levels, above + own->n * columns, out);
    free(chance);
    free(above);
    return QUO_OK;
}

/* A term of n windows and a Poisson number of false alarms, which pay as a window that pays. */
static void term_of(const struct window *w, const struct own_loss *own, int n, double alarms, double units,
                    struct quo_basis_risk *out)
{
    const double alarm = w->pays > 0.0 ? alarms / w->pays : 0.0;
    const double var_loss = n * (own->squared - own->mean * own->mean);
    const double var_payout = n * (w->payout_squared - w->payout * w->payout) + alarm * w->payout_squared;
    const double covariance = n * (w->cross - own->mean * w->payout);
    const double payout = (n + alarm) * w->payout, loss = n * own->mean, shortfall = n * w->shortfall;
    const double gap = shortfall + fmax(0.0, shortfall - loss + payout);
    *out = (struct quo_basis_risk){
        .loss_without_payout = own->none < 1.0 ? w->loss_without_payout / (1.0 - own->none) : NAN,
        .payout_without_loss = 1.0 - pow(1.0 - w->payout_without_loss, n) * exp(-alarms),
        .expected_shortfall = shortfall / units,
        .hedge_effectiveness = var_loss > 0.0 ? (2.0 * covariance - var_payout) / var_loss : NAN,
        .correlation = var_loss > 0.0 && var_payout > 0.0 ? covariance / sqrt(var_loss * var_payout) : NAN,
        .expected_gap = gap / units,
        .gap_share = gap / loss,
        .known = true,
        .of_market = true,
    };
}

enum quo_status quo_marketbasis_of(const struct quo_quote *quote, const struct quo_policylaw *law, size_t cover,
                                   struct quo_basis_risk *out)
{
    const struct quo_cover *one = &quote->policy->cover[cover];
    const double said = one->trigger.reporting_error, units = quote->policy->usd_per_unit;
    const double error = isnan(said) ? quote->engine->model->index_error : said, top = quo_marketcover_top(one, error);
    struct quo_marketlaw_input market = {.engine = quote->engine,
                                         .perils = one->perils,
                                         .day = quote->policy->inception,
                                         .draw = -1,
                                         .without = quote->hazard,
                                         .top = top,
                                         .cells = 4 * OTHERS};
    const int n = quo_marketcover_windows(quote->policy, one, &market.window_years);
    *out = (struct quo_basis_risk){.known = false};
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_marketlaw others = {0};
    struct quo_lattice lattice = {0};
    struct own_loss own = {0};
    struct window window = {0};
    enum quo_status status = workspace ? quo_marketlaw_new(&market, workspace, &others) : QUO_MACHINE;
    if (status == QUO_OK)
        status = own_lattice(quote, one->perils, market.window_years, workspace, &lattice, &own.none);
    if (status == QUO_OK) {
        merge(&lattice, &own);
        status = joint(one, units, error, &others.loss, &own, &window);
    }
    if (status == QUO_OK)
        term_of(&window, &own, n, law->cover[cover].false_alarms, units, out);
    quo_lattice_free(&lattice);
    quo_marketlaw_free(&others);
    quo_workspace_free(workspace);
    return status == QUO_DOMAIN ? QUO_OK : status; /* nothing can happen: nothing to compare */
}
