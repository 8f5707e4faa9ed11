#include "pricing/whatif/values.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/whatif/everyset.h"
#include "risk/base/money.h"

#define CHUNK ((size_t)4096) /* sets priced between two reports of progress */
#define HELD 24              /* sets all over the lattice that are priced by the long way too */
#define HELD_SAME 4e-9       /* relative: less than a cent of a million; a quote leaves 1e-9 itself */

struct entry {
    struct quo_subset changes;
    enum quo_status status;
    struct quo_outcome outcome;
};

struct quo_values {
    const struct quo_engine *engine;
    const struct quo_variants *variants;
    struct quo_values_options options;
    struct entry *entry; /* entry[n], in order of pricing */
    size_t n, room;
    size_t *slot; /* slot[slots]: 1 + place in entry, 0 free; open addressing */
    size_t slots; /* a power of two, at least twice n */
    struct tools {
        struct quo_workspace *workspace;
        struct quo_payoutmemo *memo;
    } * tools; /* one a thread */
    int threads;
    double *all; /* all[2 sets]: gross premiums, then expected losses, of all sets */
    size_t sets;
    bool known, shared; /* they are worked out; by shared parts */
};

static size_t hash(struct quo_subset s)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (size_t w = 0; w < QUO_SUBSET_MAX / 64; w++) {
        h ^= s.word[w];
        h *= 0xBF58476D1CE4E5B9u; /* splitmix64's multiplier */
        h ^= h >> 29;
    }
    return (size_t)h;
}

/* Where the set stands, or the free slot that it would take. */
static size_t *find(const struct quo_values *v, struct quo_subset s)
{
    for (size_t i = hash(s);; i++) {
        size_t *slot = &v->slot[i & (v->slots - 1)];
        if (*slot == 0 || quo_subset_equal(v->entry[*slot - 1].changes, s))
            return slot;
    }
}

static bool grow(struct quo_values *v, size_t wanted)
{
    if (wanted > v->room) {
        const size_t room = wanted + wanted / 2 + 64;
        struct entry *entry = realloc(v->entry, room * sizeof *entry);
        if (!entry)
            return false;
        v->entry = entry;
        v->room = room;
    }
    if (2 * wanted <= v->slots)
        return true;
    size_t slots = v->slots ? v->slots : 128;
    while (slots < 2 * wanted)
        slots *= 2;
    size_t *slot = calloc(slots, sizeof *slot);
    if (!slot)
        return false;
    free(v->slot);
    v->slot = slot;
    v->slots = slots;
    for (size_t i = 0; i < v->n; i++)
        *find(v, v->entry[i].changes) = i + 1;
    return true;
}

/* What a price asks of a score: relativities and caps, without the scores. */
static enum quo_status relativities(const struct quo_engine *engine, const struct quo_protocol *protocol,
                                    struct quo_score *score)
{
    struct quo_relativity r[QUO_PERILS];
    memset(score, 0, sizeof *score);
    const enum quo_status status = quo_score_relativities(protocol, engine->scale, r);
    if (status == QUO_OK)
        quo_score_put(score, r);
    score->experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    return status;
}

static void take(const struct quo_policy *policy, const struct quo_price *price, struct quo_outcome *out)
{
    const double term_years = policy->term_days / 365.0;
    *out = (struct quo_outcome){.gross = price->gross.gross,
                                .gross_premium = quo_money_rounded(price->gross.gross),
                                .expected_payout = price->law.expected,
                                .tail = quo_measure_tvar(0.99, &price->law.annual),
                                .score = NAN};
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_hazard *hazard = &price->hazard[p];
        if (!hazard->present)
            continue;
        out->loss[p] = hazard->rate * hazard->mean_loss * term_years;
        if (!quo_peril_in_hours((enum quo_peril)p))
            out->expected_loss += out->loss[p];
        for (size_t c = 0; c < policy->n_covers; c++)
            out->payout[p] += price->law.cover[c].peril[p].expected;
    }
}

static enum quo_status price_of(const struct quo_values *v, const struct quo_policy *policy, long draws,
                                const struct tools *tools, struct quo_price *price)
{
    struct quo_score score;
    enum quo_status status = relativities(v->engine, policy->protocol, &score);
    const struct quo_price_input input = {v->engine,       policy,           &score,      draws,
                                          v->options.seed, tools->workspace, tools->memo, NULL, false, NULL};
    return status ? status : quo_price_new(&input, price);
}

static enum quo_status evaluate(const struct quo_values *v, struct quo_subset changes, const struct tools *tools,
                                struct quo_outcome *out)
{
    struct quo_policy *policy = NULL;
    struct quo_price price;
    memset(out, 0, sizeof *out);
    enum quo_status status = quo_variants_policy(v->variants, changes, &policy, NULL);
    if (status)
        return status;
    /* The premium hangs on the draws only through the uncertainty load. */
    const bool drawn = !isnan(policy->terms.uncertainty_quantile);
    status = price_of(v, policy, drawn ? v->options.draws : 0, tools, &price);
    if (status == QUO_OK) {
        take(policy, &price, out);
        quo_price_free(&price);
        if (v->options.scored) {
            double weight[QUO_PERILS];
            quo_hazard_weights(v->engine->model, policy->protocol->exposure_usd, policy->inception, weight);
            status = quo_score_overall(policy->protocol, v->engine->scale, weight, &out->score);
        }
    }
    quo_policy_free(policy);
    return status;
}

enum quo_status quo_values_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               const struct quo_values_options *options, struct quo_values **out)
{
    *out = NULL;
    struct quo_values *v = calloc(1, sizeof *v);
    if (!v)
        return QUO_MACHINE;
    v->engine = engine;
    v->variants = variants;
    v->options = *options;
    v->threads = omp_get_max_threads();
    v->tools = calloc((size_t)v->threads, sizeof *v->tools);
    bool made = v->tools && grow(v, 64);
    for (int i = 0; made && i < v->threads; i++) {
        v->tools[i] = (struct tools){quo_workspace_new(), quo_payoutmemo_new()};
        made = v->tools[i].workspace && v->tools[i].memo;
    }
    if (!made) {
        quo_values_free(v);
        return QUO_MACHINE;
    }
    *out = v;
    return QUO_OK;
}

void quo_values_free(struct quo_values *v)
{
    if (!v)
        return;
    for (int i = 0; v->tools && i < v->threads; i++) {
        quo_payoutmemo_free(v->tools[i].memo);
        quo_workspace_free(v->tools[i].workspace);
    }
    free(v->tools);
    free(v->all);
    free(v->entry);
    free(v->slot);
    free(v);
}

enum quo_status quo_values_fill(struct quo_values *v, const struct quo_subset *changes, size_t n)
{
    if (!grow(v, v->n + n))
        return QUO_MACHINE;
    const size_t first = v->n;
    for (size_t i = 0; i < n; i++) {
        size_t *slot = find(v, changes[i]);
        if (*slot)
            continue;
        v->entry[v->n].changes = changes[i];
        *slot = ++v->n;
    }
    const size_t last = v->n;
    enum quo_status failed = QUO_OK;
#pragma omp parallel for schedule(dynamic) num_threads(v->threads) if (last - first > 1)
    for (size_t i = first; i < last; i++) {
        struct entry *entry = &v->entry[i];
        entry->status = evaluate(v, entry->changes, &v->tools[omp_get_thread_num()], &entry->outcome);
        if (entry->status == QUO_MACHINE) {
#pragma omp atomic write
            failed = QUO_MACHINE;
        }
    }
    return failed;
}

/* All sets the long way. */
static enum quo_status all_by_pricing(const struct quo_values *v, size_t n, const struct quo_everyset_watch *watch,
                                      double *gross, double *loss)
{
    const size_t sets = (size_t)1 << n;
    enum quo_status failed = QUO_OK;
    for (size_t first = 0; first < sets && failed == QUO_OK; first += CHUNK) {
        const size_t last = first + CHUNK < sets ? first + CHUNK : sets;
#pragma omp parallel for schedule(dynamic, 16) num_threads(v->threads)
        for (size_t i = first; i < last; i++) {
            struct quo_outcome outcome;
            struct quo_subset s = quo_subset_none();
            s.word[0] = i;
            const enum quo_status status = evaluate(v, s, &v->tools[omp_get_thread_num()], &outcome);
            gross[i] = outcome.gross;
            loss[i] = outcome.expected_loss;
            if (status != QUO_OK) {
#pragma omp atomic write
                failed = status;
            }
        }
        if (watch && watch->progress)
            watch->progress(watch->context, last, sets);
    }
    return failed;
}

/* Some sets by the long way too: none, all, each alone, all but each, and others all over. The long way's numbers stay, so that sums over
 * orders telescope to what quotes say. */
static enum quo_status hold(struct quo_values *v, size_t n, double *gross, double *loss, bool *same)
{
    const uint64_t all = n ? UINT64_MAX >> (64 - n) : 0;
    enum quo_status status = QUO_OK;
    *same = true;
    for (size_t i = 0; i < 2 * n + 2 + HELD && status == QUO_OK && *same; i++) {
        struct quo_subset s = quo_subset_none();
        struct quo_outcome outcome;
        const size_t k = i - 2 * n - 2; /* of the others: the golden ratio's steps */
        s.word[0] = i == 0          ? 0
                    : i == 1        ? all
                    : i < n + 2     ? (uint64_t)1 << (i - 2)
                    : i < 2 * n + 2 ? all ^ (uint64_t)1 << (i - n - 2)
                                    : ((uint64_t)(k + 1) * 0x9E3779B97F4A7C15u >> 32) & all;
        const size_t at = (size_t)s.word[0];
        status = quo_values_get(v, s, &outcome);
        *same = fabs(gross[at] - outcome.gross) <= HELD_SAME * fabs(outcome.gross) &&
                fabs(loss[at] - outcome.expected_loss) <= HELD_SAME * fabs(outcome.expected_loss);
        gross[at] = outcome.gross;
        loss[at] = outcome.expected_loss;
    }
    return status;
}

enum quo_status quo_values_all(struct quo_values *v, size_t n, bool anyway, const struct quo_everyset_watch *watch,
                               const double **gross, const double **loss)
{
    const size_t sets = (size_t)1 << n;
    free(v->all);
    v->known = v->shared = false;
    v->all = n <= QUO_EVERYSET_MAX ? malloc(2 * sets * sizeof *v->all) : NULL;
    if (!v->all)
        return QUO_MACHINE;
    v->sets = sets;
    enum quo_status status = quo_everyset_all(v->engine, v->variants, n, watch, v->all, v->all + sets);
    if (status == QUO_OK)
        status = hold(v, n, v->all, v->all + sets, &v->shared);
    if (status != QUO_MACHINE && (status != QUO_OK || !v->shared))
        status = anyway ? all_by_pricing(v, n, watch, v->all, v->all + sets) : QUO_REFUSED;
    v->known = status == QUO_OK;
    quo_values_known(v, gross, loss);
    return status;
}

bool quo_values_shared(const struct quo_values *v) { return v->shared; }

bool quo_values_known(const struct quo_values *v, const double **gross, const double **loss)
{
    *gross = v->known ? v->all : NULL;
    *loss = v->known ? v->all + v->sets : NULL;
    return v->known;
}

const struct quo_engine *quo_values_engine(const struct quo_values *v) { return v->engine; }
const struct quo_variants *quo_values_variants(const struct quo_values *v) { return v->variants; }

enum quo_status quo_values_get(struct quo_values *v, struct quo_subset changes, struct quo_outcome *out)
{
    const enum quo_status status = *find(v, changes) ? QUO_OK : quo_values_fill(v, &changes, 1);
    if (status)
        return status;
    const struct entry *entry = &v->entry[*find(v, changes) - 1];
    *out = entry->outcome;
    return entry->status;
}

enum quo_status quo_values_draws(struct quo_values *v, struct quo_subset changes, double **out, size_t *n)
{
    struct quo_policy *policy = NULL;
    struct quo_price price;
    *out = NULL;
    *n = 0;
    enum quo_status status = quo_variants_policy(v->variants, changes, &policy, NULL);
    if (status == QUO_OK)
        status = price_of(v, policy, v->options.draws, &v->tools[0], &price);
    if (status == QUO_OK) {
        if (price.n_draws >= 2) {
            for (size_t i = 0; i < price.n_draws; i++)
                price.draw_pure[i] = quo_load_gross(&policy->terms, price.draw_pure[i]).gross;
            *out = price.draw_pure;
            *n = price.n_draws;
            price.draw_pure = NULL;
        }
        quo_price_free(&price);
    }
    quo_policy_free(policy);
    return status;
}

size_t quo_values_count(const struct quo_values *v) { return v->n; }
