#include "pricing/sharedlaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/marketcover.h"
#include "pricing/payment.h"
#include "risk/base/stream.h"

enum { STREAM_SHARED_EVENTS = 40 };

/* What each cover needs in the loop. */
struct shared_cover {
    const struct quo_cover *cover;
    const struct quo_coverlaw *law;
    double scale, error;
    double seen; /* chance that it sees an event, or a window of the market's loss */
    bool covers[QUO_PERILS];
    struct quo_payment_piece piece[QUO_PERILS][QUO_PAYMENT_PIECES_MAX];
    size_t n_pieces[QUO_PERILS];
    int windows; /* of a cover of the market's loss, which sees no event of the protocol; else 0 */
    double *sum; /* sum[n of the event's law]; owned */
};

static void prepare(const struct quo_policy *policy, const struct quo_hazard *hazard, double index_error,
                    const struct quo_policylaw *law, size_t c, struct shared_cover *out)
{
    const struct quo_cover *cover = &policy->cover[c];
    const bool hours = quo_coverlaw_in_hours(cover);
    const double said = cover->trigger.reporting_error;
    double window_years;
    out->cover = cover;
    out->law = &law->cover[c];
    out->seen = quo_trigger_seen(&cover->trigger);
    if (quo_marketcover_is(cover)) {
        out->windows = quo_marketcover_windows(policy, cover, &window_years);
        return;
    }
    out->scale = quo_index_scale(cover->trigger.index, policy->protocol->exposure_usd);
    out->error = hours ? 0.0 : isnan(said) ? index_error : said;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u) || !hazard[p].present || !(hazard[p].rate > 0.0))
            continue;
        const double secondary =
            policy->clauses.secondary_losses && !hours ? out->law->secondary_ratio * out->scale : 0.0;
        out->covers[p] = true;
        out->n_pieces[p] =
            quo_payment_pieces(cover, quo_coverlaw_sublimit(cover, (enum quo_peril)p, false), out->law->kept, secondary,
                               policy->clauses.secondary_sublimit, out->piece[p]);
    }
}

/* Sums of the masses of one event's payout above 0, for drawing from them; NULL where it never pays or memory ran out. */
static double *running_sums(const struct quo_lattice *event)
{
    double *sum = event->n > 1 ? malloc(event->n * sizeof *sum) : NULL;
    if (sum)
        sum[0] = 0.0;
    for (size_t k = 1; sum && k < event->n; k++)
        sum[k] = sum[k - 1] + event->mass[k];
    return sum;
}

/* What an event pays that pays, a false alarm among them, from the law of one event. */
static double payment(const struct shared_cover *cover, struct quo_stream *stream)
{
    const struct quo_lattice *event = &cover->law->event;
    if (event->n < 2)
        return 0.0;
    const double u = quo_stream_uniform(stream) * cover->sum[event->n - 1];
    size_t low = 0, high = event->n - 1; /* sum[low] < u <= sum[high] */
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        *(cover->sum[middle] < u ? &low : &high) = middle;
    }
    return event->step * (double)high;
}

/* What the whole simulation reads. */
struct shared {
    const struct quo_model *model;
    const struct quo_policy *policy;
    const struct quo_hazard *hazard;
    const struct shared_cover *cover; /* cover[n_covers] */
    quo_peril_set perils;
    bool clause; /* a state-actor clause may take something off */
};

/* The most that an event pays: all, or where it is a state's and the clause holds what that clause leaves, for all covers alike. */
static double most_paid(const struct shared *all, int p, double loss, struct quo_stream *stream)
{
    const struct quo_peril_model *model = &all->model->peril[p];
    const struct quo_clauses *clauses = &all->policy->clauses;
    if (!all->clause || !quo_clausefactor_matters(clauses, model) || quo_peril_in_hours((enum quo_peril)p))
        return INFINITY;
    const double state = 1.0 / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(loss))));
    if (quo_stream_uniform(stream) > quo_clausefactor_holds(clauses) * state)
        return INFINITY;
    return isfinite(clauses->state_sublimit) ? clauses->state_sublimit : 0.0;
}

static double one_term(const struct shared *all, struct quo_stream *stream, double *paid)
{
    const struct quo_policy *policy = all->policy;
    const struct quo_hazard *hazard = all->hazard;
    const struct shared_cover *shared = all->cover;
    const quo_peril_set perils = all->perils;
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
            const double loss = quo_loss_draw(stream, &hazard[p].loss), most = most_paid(all, p, loss, stream);
            for (size_t c = 0; c < n; c++) {
                if (!shared[c].covers[p] || quo_stream_uniform(stream) > shared[c].seen)
                    continue;
                const double eps = shared[c].error > 0.0 ? exp(shared[c].error * quo_stream_normal(stream)) : 1.0;
                paid[c] +=
                    fmin(most, quo_payment_at(shared[c].piece[p], shared[c].n_pieces[p], loss * eps / shared[c].scale));
            }
        }
    }
    double term = 0.0;
    for (size_t c = 0; c < n; c++) {
        for (int64_t alarms = quo_stream_poisson(stream, shared[c].law->false_alarms); alarms > 0; alarms--)
            paid[c] += payment(&shared[c], stream);
        for (int w = 0; w < shared[c].windows; w++)
            if (shared[c].sum && quo_stream_uniform(stream) < shared[c].seen * shared[c].sum[shared[c].law->event.n - 1])
                paid[c] += payment(&shared[c], stream);
        term += fmin(fmax(paid[c] - shared[c].cover->annual_deductible, 0.0), shared[c].law->annual_limit);
    }
    return term;
}

/* The simulated terms on the lattice's points, each amount split between its neighbours so that the mean is kept; then the chances of
 * all payouts are scaled alike to the exact mean: limits and steps stay where they are. Where that would ask for more than certainty
 * the amounts take the rest. Returns the factor on the chances. */
static double gather(const double *term, size_t n, double paying, double scale, double limit,
                     struct quo_lattice *annual)
{
    const double chances = fmin(scale, 1.0 / paying), amounts = scale / chances;
    memset(annual->mass, 0, annual->n * sizeof *annual->mass);
    annual->mass[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        const double at = fmin(fmin(term[i] * amounts, limit) / annual->step, (double)(annual->n - 1));
        const size_t k = (size_t)at;
        const double part = at - (double)k, weight = chances / (double)n;
        if (term[i] <= 0.0)
            continue;
        annual->mass[k] += (1.0 - part) * weight;
        if (part > 0.0)
            annual->mass[k + 1] += part * weight;
        annual->mass[0] -= weight;
    }
    annual->mass[0] = fmax(annual->mass[0], 0.0);
    return chances;
}

/* term[n]; false where memory ran out. */
static bool all_terms(const struct shared *all, uint64_t seed, size_t n, double *term)
{
    bool failed = false;
#pragma omp parallel
    {
        double *paid = malloc(all->policy->n_covers * sizeof *paid);
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            struct quo_stream stream = quo_stream_at(seed, i, 0, STREAM_SHARED_EVENTS);
            if (paid)
                term[i] = one_term(all, &stream, paid);
        }
        if (!paid) {
#pragma omp atomic write
            failed = true;
        }
        free(paid);
    }
    return !failed;
}

/* The simulated terms as the policy's law. */
static void take_terms(const struct quo_policy *policy, const double *term, size_t n, double exact,
                       struct quo_policylaw *law)
{
    double sum = 0.0, squares = 0.0, nothing = 0.0;
    for (size_t i = 0; i < n; i++) { /* in order: the same sum for any number of threads */
        sum += term[i];
        squares += term[i] * term[i];
        nothing += term[i] == 0.0;
    }
    if (!(sum > 0.0))
        return;
    const double mean = sum / (double)n, variance = squares / (double)n - mean * mean,
                 paying = 1.0 - nothing / (double)n;
    law->no_payout = 1.0 - paying * gather(term, n, paying, exact / mean, policy->annual_limit, &law->annual);
    law->simulation_error = sqrt(variance / (double)n) / mean;
}

enum quo_status quo_sharedlaw_simulate(const struct quo_model *model, const struct quo_policy *policy,
                                       const struct quo_hazard *hazard, uint64_t seed, struct quo_policylaw *law)
{
    const size_t n = QUO_SHAREDLAW_TERMS;
    struct shared_cover *shared = calloc(policy->n_covers, sizeof *shared);
    double *term = malloc(n * sizeof *term), exact = 0.0;
    quo_peril_set perils = 0;
    bool failed = !shared || !term;
    for (size_t c = 0; c < policy->n_covers && !failed; c++) {
        prepare(policy, hazard, model->index_error, law, c, &shared[c]);
        perils |= shared[c].windows ? 0 : policy->cover[c].perils;
        exact += law->cover[c].expected;
        shared[c].sum = running_sums(&law->cover[c].event);
        failed = !shared[c].sum && law->cover[c].event.n > 1;
    }
    if (!failed)
        failed = !all_terms(&(struct shared){model, policy, hazard, shared, perils,
                                             policy->clauses.state_actor != QUO_CLAUSE_NONE},
                            seed, n, term);
    if (!failed)
        take_terms(policy, term, n, exact, law);
    for (size_t c = 0; c < policy->n_covers && shared; c++)
        free(shared[c].sum);
    free(shared);
    free(term);
    return failed ? QUO_MACHINE : QUO_OK;
}
