#include "pricing/sharedlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/payment.h"
#include "risk/base/stream.h"

enum { STREAM_SHARED_EVENTS = 40 };

/* What each cover needs in the loop. */
struct shared_cover {
    const struct quo_cover *cover;
    const struct quo_coverlaw *law;
    double scale, error;
    double sees[QUO_PERILS]; /* chance that it sees an event of this peril, clauses taken off */
    struct quo_payment_piece piece[QUO_PERILS][QUO_PAYMENT_PIECES_MAX];
    size_t n_pieces[QUO_PERILS];
};

static double sublimit_of(const struct quo_cover *cover, int p)
{
    double limit = cover->event_limit;
    for (size_t i = 0; i < cover->n_sublimits; i++)
        if ((int)cover->sublimit[i].peril == p)
            limit = fmin(limit, cover->sublimit[i].event_limit);
    return limit;
}

static void prepare(const struct quo_policy *policy, const struct quo_hazard *hazard, double index_error, const struct quo_policylaw *law,
                    size_t c, struct shared_cover *out)
{
    const struct quo_cover *cover = &policy->cover[c];
    const bool hours = quo_coverlaw_in_hours(cover);
    const double said = cover->trigger.reporting_error, term_years = policy->term_days / 365.0;
    out->cover = cover;
    out->law = &law->cover[c];
    out->scale = quo_index_scale(cover->trigger.index, policy->protocol->exposure_usd);
    out->error = hours ? 0.0 : isnan(said) ? index_error : said;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u) || !hazard[p].present || !(hazard[p].rate > 0.0))
            continue;
        const double secondary = policy->clauses.secondary_losses && !hours ? out->law->secondary_ratio * out->scale : 0.0;
        out->sees[p] = out->law->peril[p].rate / (hazard[p].rate * term_years);
        out->n_pieces[p] = quo_payment_pieces(cover, sublimit_of(cover, p), out->law->kept, secondary, policy->clauses.secondary_sublimit,
                                              out->piece[p]);
    }
}

/* What a false alarm pays: a true event that pays, from the law of one event. */
static double false_alarm(const struct quo_lattice *event, struct quo_stream *stream)
{
    double u = quo_stream_uniform(stream) * (1.0 - event->mass[0]);
    size_t k = 1;
    while (k + 1 < event->n && (u -= event->mass[k]) > 0.0)
        k++;
    return event->n > 1 ? event->step * (double)k : 0.0;
}

static double one_term(const struct quo_policy *policy, const struct quo_hazard *hazard, const struct shared_cover *shared,
                       quo_peril_set perils, struct quo_stream *stream, double *paid)
{
    const double term_years = policy->term_days / 365.0;
    const size_t n = policy->n_covers;
    memset(paid, 0, n * sizeof *paid);
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(perils >> p & 1u) || !hazard[p].present)
            continue;
        double mean = hazard[p].rate * term_years;
        if (isfinite(hazard[p].size))
            mean *= quo_stream_gamma(stream, hazard[p].size) / hazard[p].size;
        for (int64_t events = quo_stream_poisson(stream, mean); events > 0; events--) {
            const double loss = quo_loss_draw(stream, &hazard[p].loss);
            for (size_t c = 0; c < n; c++) {
                if (!(shared[c].sees[p] > 0.0) || quo_stream_uniform(stream) > shared[c].sees[p])
                    continue;
                const double eps = shared[c].error > 0.0 ? exp(shared[c].error * quo_stream_normal(stream)) : 1.0;
                paid[c] += quo_payment_at(shared[c].piece[p], shared[c].n_pieces[p], loss * eps / shared[c].scale);
            }
        }
    }
    double term = 0.0;
    for (size_t c = 0; c < n; c++) {
        for (int64_t alarms = quo_stream_poisson(stream, shared[c].law->false_alarms); alarms > 0; alarms--)
            paid[c] += false_alarm(&shared[c].law->event, stream);
        term += fmin(fmax(paid[c] - shared[c].cover->annual_deductible, 0.0), shared[c].law->annual_limit);
    }
    return term;
}

/* The simulated terms on the lattice's points: each amount is split between its neighbours, the mean kept. */
static void gather(const double *term, size_t n, double scale, double limit, struct quo_lattice *annual)
{
    memset(annual->mass, 0, annual->n * sizeof *annual->mass);
    for (size_t i = 0; i < n; i++) {
        const double at = fmin(fmin(term[i] * scale, limit) / annual->step, (double)(annual->n - 1));
        const size_t k = (size_t)at;
        const double part = at - (double)k;
        annual->mass[k] += (1.0 - part) / (double)n;
        if (part > 0.0)
            annual->mass[k + 1] += part / (double)n;
    }
}

enum quo_status quo_sharedlaw_simulate(const struct quo_policy *policy, const struct quo_hazard *hazard, double index_error, uint64_t seed,
                                       struct quo_policylaw *law)
{
    const size_t n = QUO_SHAREDLAW_TERMS;
    struct shared_cover *shared = calloc(policy->n_covers, sizeof *shared);
    double *term = malloc(n * sizeof *term);
    if (!shared || !term) {
        free(shared);
        free(term);
        return QUO_MACHINE;
    }
    quo_peril_set perils = 0;
    double exact = 0.0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        prepare(policy, hazard, index_error, law, c, &shared[c]);
        perils |= policy->cover[c].perils;
        exact += law->cover[c].expected;
    }
    enum quo_status failed = QUO_OK;
#pragma omp parallel
    {
        double *paid = malloc(policy->n_covers * sizeof *paid);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            struct quo_stream stream = quo_stream_at(seed, i, 0, STREAM_SHARED_EVENTS);
            if (paid)
                term[i] = one_term(policy, hazard, shared, perils, &stream, paid);
        }
        if (!paid) {
#pragma omp atomic write
            failed = QUO_MACHINE;
        }
        free(paid);
    }
    double sum = 0.0, squares = 0.0, nothing = 0.0;
    for (size_t i = 0; i < n; i++) { /* in order: the same sum for any number of threads */
        sum += term[i];
        squares += term[i] * term[i];
        nothing += term[i] == 0.0;
    }
    if (failed == QUO_OK && sum > 0.0) {
        const double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
        gather(term, n, exact / mean, policy->annual_limit, &law->annual);
        law->no_payout = nothing / (double)n;
        law->simulation_error = sqrt(variance / (double)n) / mean;
    }
    free(shared);
    free(term);
    return failed;
}
