#include "pricing/marketcover.h"

#include <math.h>
#include <string.h>

#include "pricing/marketlaw.h"
#include "pricing/payment.h"

/* Normal scores of the reporting error beyond this weigh less than 1e-14. */
#define FAR 7.7
/* Cells of the window's loss up to the full payout, for each cell of the payout: what the lattice adds to the variance grows with the
 * number of events, some dozens here. */
#define CELLS_TO_FULL 32.0
#define TOPS_LEAST 4.0
#define TOPS_MOST 64.0

bool quo_marketcover_is(const struct quo_cover *cover) { return cover->trigger.index == QUO_INDEX_MARKET_LOSS; }

int quo_marketcover_windows(const struct quo_policy *policy, const struct quo_cover *cover, double *years)
{
    const double term_hours = 24.0 * policy->term_days, window = cover->trigger.observation_hours;
    const int n = window > 0.0 ? (int)fmax(1.0, nearbyint(term_hours / window)) : 1;
    *years = policy->term_days / 365.0 / n;
    return n;
}

double quo_marketcover_top(const struct quo_cover *cover, double error)
{
    struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
    const int n = quo_payout_pieces(&cover->payout, piece);
    const double full = piece[n - 1].from > 0.0 ? piece[n - 1].from : 1.0;
    return full * fmin(fmax(exp(FAR * error), TOPS_LEAST), TOPS_MOST);
}

/* The payout of one window that is read. */
static enum quo_status window_payout(const struct quo_cover_input *in, const struct quo_marketlaw *law, double error,
                                     struct quo_perilpayout *out)
{
    const struct quo_cover *cover = in->cover;
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
    const size_t n = quo_payment_pieces(cover, cover->event_limit, 1.0, 0.0, 0.0, piece);
    const struct quo_perilpayout_terms terms = {.error = error,
                                                .scale = 1.0,
                                                .rule = in->rule,
                                                .piece = piece,
                                                .piece_true = piece,
                                                .n_pieces = n,
                                                .n_pieces_true = n,
                                                .limit = cover->event_limit,
                                                .step = in->step};
    struct quo_curve curve;
    double *x = NULL;
    enum quo_status status = quo_marketlaw_curve(law, &curve, &x);
    if (status == QUO_OK)
        status = quo_perilpayout_of(&terms, &curve, out);
    quo_marketlaw_curve_free(&curve, x);
    return status;
}

static void fill_perils(const struct quo_marketlaw *law, const struct quo_perilpayout *payout, int windows, double seen,
                        struct quo_coverlaw *out)
{
    for (int p = 0; p < QUO_PERILS; p++) {
        const double share = law->mean_all > 0.0 ? law->mean[p] / law->mean_all : 0.0, n = windows * share;
        out->peril[p] = (struct quo_cover_peril){.rate = n * seen,
                                                 .pays = payout->pays,
                                                 .mean_payout = payout->mean,
                                                 .expected = n * seen * payout->mean,
                                                 .expected_true = n * payout->mean_true};
    }
}

/* False alarms pay what a window pays, given that it pays. */
static enum quo_status alarm_of(const struct quo_perilpayout *payout, struct quo_lattice *out)
{
    const struct quo_lattice *window = &payout->payout;
    const enum quo_status status = quo_lattice_new(window->step, window->n, out);
    if (status)
        return status;
    out->mass[0] = 1.0;
    for (size_t k = 1; k < window->n && payout->pays > 0.0; k++) {
        out->mass[k] = window->mass[k] / payout->pays;
        out->mass[0] -= out->mass[k];
    }
    out->mass[0] = fmax(out->mass[0], 0.0);
    return QUO_OK;
}

/* Windows read and false alarms in one transform, then the terms of the year. */
static enum quo_status term_of(const struct quo_cover_input *in, const struct quo_perilpayout *payout,
                               const struct quo_lattice *alarm, int windows, double seen,
                               struct quo_workspace *workspace, struct quo_coverlaw *out)
{
    const struct quo_component component[2] = {{{QUO_BINOMIAL, {windows, seen}, false, 0.0}, &payout->payout},
                                               {quo_frequency_poisson(out->false_alarms), alarm}};
    const double reach = quo_coverlaw_reach(in->policy, in->cover, in->hazard);
    size_t points = (size_t)ceil(reach / in->step - 1e-9) + 1;
    points = points > in->points ? points : in->points;
    const enum quo_status status =
        quo_compound_fft(component, out->false_alarms > 0.0 ? 2 : 1, points, 1, workspace, &out->annual, NULL);
    if (status)
        return status;
    quo_lattice_layer(&out->annual, in->cover->annual_deductible, out->annual_limit);
    const double end = ceil(fmin(out->annual_limit, reach) / in->step - 1e-9) + 1.0;
    if (end < (double)out->annual.n)
        out->annual.n = (size_t)end;
    return QUO_OK;
}

enum quo_status quo_marketcover_new(const struct quo_cover_input *in, struct quo_workspace *workspace,
                                    struct quo_coverlaw *out)
{
    const struct quo_cover *cover = in->cover;
    const double error = isnan(cover->trigger.reporting_error) ? in->index_error : cover->trigger.reporting_error;
    const double seen = quo_trigger_seen(&cover->trigger);
    struct quo_marketlaw_input market = {.engine = in->engine,
                                         .perils = cover->perils,
                                         .day = in->policy->inception,
                                         .draw = in->draw,
                                         .top = quo_marketcover_top(cover, error)};
    const int windows = quo_marketcover_windows(in->policy, cover, &market.window_years);
    const double tops = fmin(fmax(exp(FAR * error), TOPS_LEAST), TOPS_MOST);
    market.cells = (size_t)(CELLS_TO_FULL * tops * (double)in->resolution.cells);
    struct quo_marketlaw law;
    struct quo_perilpayout payout = {0};
    struct quo_lattice alarm = {0};
    out->kept = 1.0;
    out->false_alarms = cover->trigger.false_alarm_per_year * in->term_years;
    out->annual_limit = quo_coverlaw_annual_limit(cover);
    enum quo_status status = quo_marketlaw_new(&market, workspace, &law);
    if (status == QUO_OK)
        status = window_payout(in, &law, error, &payout);
    if (status == QUO_OK) {
        fill_perils(&law, &payout, windows, seen, out);
        out->events = windows * seen + out->false_alarms;
        status = alarm_of(&payout, &alarm);
    }
    if (status == QUO_OK)
        status = term_of(in, &payout, &alarm, windows, seen, workspace, out);
    if (status == QUO_OK) {
        out->expected_false = out->false_alarms * quo_lattice_mean(&alarm);
        out->expected_events = windows * seen * payout.mean + out->expected_false;
        out->no_payout = pow(1.0 - seen * payout.pays, windows) * exp(-out->false_alarms);
        out->windows = windows;
        out->window_mean = law.mean_all;
        out->event = payout.payout;
        payout.payout = (struct quo_lattice){0.0, 0, NULL};
    }
    quo_marketlaw_free(&law);
    quo_lattice_free(&payout.payout);
    quo_lattice_free(&alarm);
    return status;
}
