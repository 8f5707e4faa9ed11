#include "pricing/drawlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/marketcover.h"
#include "pricing/payment.h"
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

#define LOSSES 96             /* cells of the loss, 7 % each over three decades */
#define CELLS 64              /* of the largest event limit */
#define CELLS_MAX (2 * CELLS) /* quo_coverlaw_step may take half as many more */
#define MARKET_NODES 24       /* of the index error's quadrature, for covers of the market's loss */
#define BLOCK 16              /* columns of a payout matrix that are summed together */

/* One grid of losses: money or hours. */
struct grid {
    double edge[LOSSES + 1], middle[LOSSES + 1]; /* middle[LOSSES]: the largest loss, where an atom may sit */
    bool used;
};

struct draw_cover {
    bool hours, market; /* market: of the market's loss: what follows is not used */
    size_t cells;               /* of this cover's event limit */
    size_t width;               /* of a row: cells + 1, rounded up to whole blocks */
    double *payout[QUO_PERILS]; /* payout[p][j * width + k]; perils of one sublimit share it; NULL: not covered */
    double *owned[QUO_PERILS];  /* what of it is freed */
    double keeps[QUO_PERILS];   /* share of a peril's events that the cover sees */
    double left[QUO_PERILS][LOSSES + 1]; /* share of a loss's payout that the state-actor clause leaves in */
    double false_alarms, annual_limit, annual_deductible;
    size_t points; /* of its year's lattice */
};

struct quo_drawlaw {
    const struct quo_engine *engine;
    struct quo_indexlaw_rule rule; /* of covers of the market's loss */
    const struct quo_policy *policy;
    double term_years, step;
    size_t points; /* of all covers' */
    struct grid money, hours;
    struct draw_cover *cover;
};

static struct grid *grid_of(struct quo_drawlaw *law, bool hours) { return hours ? &law->hours : &law->money; }

/* Losses from below the first payment to the largest possible. */
static void place(struct grid *grid, double low, double high)
{
    for (int j = 0; j <= LOSSES; j++)
        grid->edge[j] = j == LOSSES ? high : low * pow(high / low, (double)j / LOSSES);
    for (int j = 0; j < LOSSES; j++)
        grid->middle[j] = sqrt(grid->edge[j] * grid->edge[j + 1]);
    grid->middle[LOSSES] = high;
    grid->used = true;
}

static double index_scale(const struct quo_policy *policy, const struct quo_cover *cover)
{
    return quo_index_scale(cover->trigger.index, policy->protocol->exposure_usd);
}

static void place_grids(struct quo_drawlaw *law, const struct quo_hazard *hazard)
{
    for (int hours = 0; hours < 2; hours++) {
        double low = INFINITY, high = 0.0;
        for (size_t c = 0; c < law->policy->n_covers; c++) {
            const struct quo_cover *cover = &law->policy->cover[c];
            if (quo_marketcover_is(cover) || quo_coverlaw_in_hours(cover) != (bool)hours)
                continue;
            for (int p = 0; p < QUO_PERILS; p++)
                if (cover->perils >> p & 1u && hazard[p].present)
                    high = fmax(high, isfinite(hazard[p].loss.cap) ? hazard[p].loss.cap
                                                                   : quo_loss_Qinv(1e-9, &hazard[p].loss));
            low = fmin(low, 0.3 * quo_payout_index_above(0.0, &cover->payout, NULL) * index_scale(law->policy, cover));
        }
        if (high > 0.0)
            place(grid_of(law, hours), fmin(fmax(low, 1e-5 * high), 0.5 * high), high);
    }
}

/* E[min(a eps, t[k])], ln eps normal(0, s), k < n, n at most CELLS_MAX. */
static void scattered_lev(double a, double s, const double *t, size_t n, double *out)
{
    double z[CELLS_MAX];
    for (size_t k = 0; k < n; k++)
        out[k] = s == 0.0 ? fmin(a, t[k]) : t[k] / a;
    if (s == 0.0)
        return;
    quo_vectormath_log(out, n, z);
    for (size_t k = 0; k < n; k++) {
        out[k] = z[k] / s * M_SQRT1_2;
        z[k] = (s - z[k] / s) * M_SQRT1_2;
    }
    quo_vectormath_erfc(out, n, out);
    quo_vectormath_erfc(z, n, z);
    const double half = 0.5 * a * exp(0.5 * s * s);
    for (size_t k = 0; k < n; k++)
        out[k] = half * z[k] + 0.5 * t[k] * out[k];
}

static double scattered_tail(double a, double t, double s)
{
    return s == 0.0 || t <= 0.0 ? (double)(a >= t) : quo_normal_Q(log(t / a) / s);
}

/* Limited means, at whole steps up to `cells`, of the payment for a loss whose index is a. */
static void payment_lev(const struct quo_payment_piece *piece, size_t n, double a, double s, double step, size_t cells,
                        double *lev)
{
    double t[CELLS_MAX], value[CELLS_MAX];
    memset(lev, 0, cells * sizeof *lev);
    for (size_t i = 0; i < n; i++) {
        const struct quo_payment_piece *p = &piece[i];
        size_t from = 0;
        while (from < cells && step * (double)(from + 1) <= p->y0)
            from++;
        if (!(p->x1 > p->x0)) {
            const double tail = from < cells ? scattered_tail(a, p->x0, s) : 0.0;
            for (size_t k = from; k < cells; k++)
                lev[k] += (fmin(step * (double)(k + 1), p->y1) - p->y0) * tail;
            continue;
        }
        const double slope = (p->y1 - p->y0) / (p->x1 - p->x0);
        double below = 0.0;
        if (p->x0 > 0.0)
            scattered_lev(a, s, &p->x0, 1, &below);
        for (size_t k = from; k < cells; k++)
            t[k] = p->x0 + (fmin(step * (double)(k + 1), p->y1) - p->y0) / slope;
        scattered_lev(a, s, t + from, cells - from, value + from);
        for (size_t k = from; k < cells; k++)
            lev[k] += slope * (value[k] - below);
    }
}

static void payout_rows(const struct quo_drawlaw *law, const struct grid *grid, const struct quo_payment_piece *piece,
                        size_t n, double scale, double error, const struct draw_cover *cover, double *rows)
{
    const size_t cells = cover->cells;
    for (int j = 0; j <= LOSSES; j++) {
        double *row = rows + (size_t)j * cover->width, above = 1.0, below = 0.0, lev[CELLS_MAX];
        if (n == 0 || scattered_tail(grid->middle[j] / scale, piece[0].x0, error) < 1e-12) {
            row[0] = 1.0; /* far below the first payment: nothing else in this row */
            continue;
        }
        payment_lev(piece, n, grid->middle[j] / scale, error, law->step, cells, lev);
        for (size_t k = 0; k <= cells; k++) { /* local moments: mean survival over the cell above each point */
            const double here = k < cells ? fmin((lev[k] - below) / law->step, above) : 0.0;
            row[k] = above - here;
            above = here;
            below = k < cells ? lev[k] : below;
        }
    }
}

/* Attribution by the loss itself; a sublimit pays part of what is attributed. */
static void clause_of(const struct quo_clauses *clauses, const struct quo_peril_model *model, const struct grid *grid,
                      double step, const struct draw_cover *cover, int p, double *left)
{
    const double holds = quo_clausefactor_matters(clauses, model) && !cover->hours ? quo_clausefactor_holds(clauses) : 0.0;
    for (int j = 0; j <= LOSSES; j++) {
        const double *row = cover->payout[p] + (size_t)j * cover->width;
        double all = 0.0, below = 0.0;
        left[j] = 1.0;
        if (holds == 0.0)
            continue;
        for (size_t k = 1; k <= cover->cells && isfinite(clauses->state_sublimit); k++) {
            all += row[k] * step * (double)k;
            below += row[k] * fmin(step * (double)k, clauses->state_sublimit);
        }
        const double state =
            holds / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(grid->middle[j]))));
        left[j] = 1.0 - state + (all > 0.0 ? state * below / all : 0.0);
    }
}

static double sublimit_of(const struct quo_cover *cover, int p)
{
    double limit = cover->event_limit;
    for (size_t i = 0; i < cover->n_sublimits; i++)
        if ((int)cover->sublimit[i].peril == p)
            limit = fmin(limit, cover->sublimit[i].event_limit);
    return limit;
}

static enum quo_status cover_new(const struct quo_engine *engine, struct quo_drawlaw *law, size_t c,
                                 const struct quo_policylaw *fine, const struct quo_hazard *hazard)
{
    const struct quo_cover *cover = &law->policy->cover[c];
    const struct quo_coverlaw *point = &fine->cover[c];
    struct draw_cover *out = &law->cover[c];
    out->market = quo_marketcover_is(cover);
    if (out->market)
        return QUO_OK;
    out->hours = quo_coverlaw_in_hours(cover);
    out->cells = (size_t)fmax(1.0, ceil(cover->event_limit / law->step - 1e-9));
    out->width = (out->cells + BLOCK) / BLOCK * BLOCK;
    out->false_alarms = point->false_alarms;
    out->annual_limit = point->annual_limit;
    out->annual_deductible = cover->annual_deductible;
    const double said = cover->trigger.reporting_error;
    const double error = out->hours ? 0.0 : isnan(said) ? engine->model->index_error : said;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u) || !hazard[p].present || !(hazard[p].rate > 0.0))
            continue;
        out->keeps[p] = quo_trigger_seen(&cover->trigger);
        for (int q = 0; q < p && !out->payout[p]; q++)
            if (out->payout[q] && sublimit_of(cover, q) == sublimit_of(cover, p))
                out->payout[p] = out->payout[q];
        if (out->payout[p]) {
            clause_of(&law->policy->clauses, &engine->model->peril[p], grid_of(law, out->hours), law->step, out, p,
                      out->left[p]);
            continue;
        }
        struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
        const double scale = index_scale(law->policy, cover);
        const struct quo_clauses *clauses = &law->policy->clauses;
        const double secondary = clauses->secondary_losses && !out->hours ? point->secondary_ratio * scale : 0.0;
        const size_t n = quo_payment_pieces(cover, sublimit_of(cover, p), point->kept, secondary,
                                            clauses->secondary_sublimit, piece);
        out->owned[p] = out->payout[p] = calloc((LOSSES + 1) * out->width, sizeof(double));
        if (!out->payout[p])
            return QUO_MACHINE;
        payout_rows(law, grid_of(law, out->hours), piece, n, scale, error, out, out->payout[p]);
        clause_of(clauses, &engine->model->peril[p], grid_of(law, out->hours), law->step, out, p, out->left[p]);
    }
    return QUO_OK;
}

/* How far each cover's year and their sum reach. A draw may bring more events than the point estimate: room for three times as many. */
static void reach(struct quo_drawlaw *law, const struct quo_hazard *hazard)
{
    struct quo_hazard more[QUO_PERILS];
    double sum = 0.0;
    memcpy(more, hazard, sizeof more);
    for (int p = 0; p < QUO_PERILS; p++)
        more[p].rate *= 3.0;
    for (size_t c = 0; c < law->policy->n_covers; c++) {
        const double far = quo_coverlaw_reach(law->policy, &law->policy->cover[c], more);
        law->cover[c].points = (size_t)ceil(far / law->step - 1e-9) + 1;
        sum += far;
    }
    law->points = (size_t)ceil(fmin(sum, law->policy->annual_limit) / law->step - 1e-9) + 1;
}

enum quo_status quo_drawlaw_new(const struct quo_engine *engine, const struct quo_policy *policy,
                                const struct quo_policylaw *fine, const struct quo_hazard hazard[QUO_PERILS],
                                struct quo_drawlaw **out)
{
    *out = NULL;
    struct quo_drawlaw *law = calloc(1, sizeof *law);
    if (law)
        law->cover = calloc(policy->n_covers, sizeof *law->cover);
    if (!law || !law->cover) {
        free(law);
        return QUO_MACHINE;
    }
    law->engine = engine;
    law->rule = quo_indexlaw_rule(MARKET_NODES);
    law->policy = policy;
    law->term_years = policy->term_days / 365.0;
    law->step = quo_coverlaw_step(policy, CELLS);
    reach(law, hazard);
    place_grids(law, hazard);
    enum quo_status status = QUO_OK;
    for (size_t c = 0; c < policy->n_covers && status == QUO_OK; c++)
        status = cover_new(engine, law, c, fine, hazard);
    if (status) {
        quo_drawlaw_free(law);
        return status;
    }
    *out = law;
    return QUO_OK;
}

void quo_drawlaw_free(struct quo_drawlaw *law)
{
    if (!law)
        return;
    for (size_t c = 0; c < law->policy->n_covers; c++)
        for (int p = 0; p < QUO_PERILS; p++)
            free(law->cover[c].owned[p]);
    free(law->cover);
    free(law);
}

/* Chance of each loss of the grid, per event; what lies below the first edge pays nothing. */
static void losses_of(const struct grid *grid, const struct quo_hazard *hazard, double *chance)
{
    double survival[LOSSES + 1];
    const struct quo_loss *loss = &hazard->loss;
    quo_loss_Q_many(grid->edge, LOSSES, loss, survival);
    /* Just below the top: the atom there, which the grid's last point carries. */
    survival[LOSSES] = isfinite(loss->cap) && loss->cap <= grid->edge[LOSSES] ? quo_loss_atom(loss)
                                                                              : quo_loss_Q(grid->edge[LOSSES], loss);
    for (int j = 0; j < LOSSES; j++)
        chance[j] = fmax(0.0, survival[j] - survival[j + 1]);
    chance[LOSSES] = survival[LOSSES];
}

typedef double four __attribute__((vector_size(32), aligned(8)));

/* mass[k] += sum over j of weight[j] row_j[k], a block of columns at a time kept in registers. */
__attribute__((target_clones("default", "avx2"))) static void add_rows(const double *weight, const double *rows,
                                                                       size_t width, double *mass)
{
    for (size_t k = 0; k < width; k += BLOCK) {
        four *out = (four *)(mass + k), sum[BLOCK / 4] = {out[0], out[1], out[2], out[3]};
        for (int j = 0; j <= LOSSES; j++) {
            const four *row = (const four *)(rows + (size_t)j * width + k),
                       w = {weight[j], weight[j], weight[j], weight[j]};
            for (int i = 0; i < BLOCK / 4; i++)
                sum[i] += w * row[i];
        }
        for (int i = 0; i < BLOCK / 4; i++)
            out[i] = sum[i];
    }
}

/* Expected events by payout, mass[width] set to 0 before: perils that share a matrix go through it together. */
static void payouts_of(const struct draw_cover *cover, const double (*chance)[LOSSES + 1],
                       const double rate[QUO_PERILS], double *mass)
{
    for (int p = 0; p < QUO_PERILS; p++) {
        double weight[LOSSES + 1] = {0.0};
        if (!cover->owned[p])
            continue;
        for (int q = p; q < QUO_PERILS; q++)
            for (int j = 0; cover->payout[q] == cover->owned[p] && j <= LOSSES; j++)
                weight[j] += rate[q] * chance[q][j] * cover->left[q][j];
        add_rows(weight, cover->owned[p], cover->width, mass);
    }
}

/* A cover of the market's loss knows nothing of this protocol: its law is made anew, as coarse as the others. */
static enum quo_status market_year(const struct quo_drawlaw *law, size_t c, long draw,
                                   const struct quo_hazard *hazard, struct quo_workspace *workspace,
                                   struct quo_lattice *annual)
{
    const struct quo_cover_input in = {.engine = law->engine,
                                       .draw = draw,
                                       .policy = law->policy,
                                       .cover = &law->policy->cover[c],
                                       .hazard = hazard,
                                       .term_years = law->term_years,
                                       .index_error = law->engine->model->index_error,
                                       .step = law->step,
                                       .resolution = {0, CELLS, MARKET_NODES, 1},
                                       .rule = &law->rule};
    struct quo_coverlaw one;
    const enum quo_status status = quo_coverlaw_new(&in, workspace, &one);
    if (status == QUO_OK) {
        *annual = one.annual;
        one.annual = (struct quo_lattice){0.0, 0, NULL};
    }
    quo_coverlaw_free(&one);
    return status;
}

/* One cover's year: payouts of all its perils mixed by their rates, false alarms added, one transform. */
static enum quo_status cover_year(const struct quo_drawlaw *law, size_t c, const double (*chance)[LOSSES + 1],
                                  const struct quo_hazard *hazard, struct quo_workspace *workspace,
                                  struct quo_lattice *annual)
{
    const struct draw_cover *cover = &law->cover[c];
    double mass[CELLS_MAX + BLOCK] = {0.0}, rate[QUO_PERILS] = {0.0}, events = 0.0, spread = 0.0;
    const size_t cells = cover->cells;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!cover->payout[p])
            continue;
        rate[p] = hazard[p].rate * law->term_years * cover->keeps[p];
        events += rate[p];
        spread += isinf(hazard[p].size) ? 0.0 : rate[p] * rate[p] / hazard[p].size;
    }
    payouts_of(cover, chance, rate, mass);
    double paying = 0.0;
    for (size_t k = 1; k <= cells; k++)
        paying += mass[k];
    const double with_false = paying > 0.0 ? 1.0 + cover->false_alarms / paying : 1.0;
    const double all = fmax(events + cover->false_alarms, 1e-300);
    mass[0] = 1.0;
    for (size_t k = 1; k <= cells; k++) {
        mass[k] *= with_false / all;
        mass[0] -= mass[k];
    }
    const struct quo_lattice severity = {law->step, cells + 1, mass};
    const struct quo_component component = {
        quo_frequency_negbin_mean(all, spread > 0.0 ? all * all / spread : INFINITY), &severity};
    const enum quo_status status = quo_compound_fft(&component, 1, cover->points, 1, workspace, annual, NULL);
    if (status == QUO_OK)
        quo_lattice_layer(annual, cover->annual_deductible, cover->annual_limit);
    return status;
}

enum quo_status quo_drawlaw_annual(const struct quo_drawlaw *law, const struct quo_hazard hazard[QUO_PERILS],
                                   long draw, struct quo_workspace *workspace, struct quo_lattice *annual)
{
    double chance[QUO_PERILS][LOSSES + 1];
    *annual = (struct quo_lattice){0.0, 0, NULL};
    quo_workspace_tune(workspace, law->points, 1e-9); /* one plan for nearly all of them */
    for (int p = 0; p < QUO_PERILS; p++) {
        bool wanted = false;
        for (size_t c = 0; c < law->policy->n_covers; c++)
            wanted |= law->cover[c].payout[p] != NULL;
        if (wanted)
            losses_of(quo_peril_in_hours((enum quo_peril)p) ? &law->hours : &law->money, &hazard[p], chance[p]);
    }
    enum quo_status status = QUO_OK;
    for (size_t c = 0; c < law->policy->n_covers && status == QUO_OK; c++) {
        struct quo_lattice one = {0}, sum = {0};
        status = law->cover[c].market
                     ? market_year(law, c, draw, hazard, workspace, &one)
                     : cover_year(law, c, (const double(*)[LOSSES + 1]) chance, hazard, workspace, &one);
        if (status == QUO_OK && c > 0) {
            status = quo_compound_convolve(annual, &one, law->points, 1, workspace, &sum);
            quo_lattice_free(annual);
            quo_lattice_free(&one);
            one = sum;
        }
        *annual = one;
    }
    if (status == QUO_OK && isfinite(law->policy->annual_limit))
        quo_lattice_layer(annual, 0.0, law->policy->annual_limit);
    if (status)
        quo_lattice_free(annual);
    return status;
}
